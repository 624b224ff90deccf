"""Thermosteric expansion against gsw, called in full."""

import gsw
import numpy as np
import pytest

from kernels.indicators.steric import climatological_state, relative_expansion, state_at

DEPTH = np.array([5.0, 100, 500, 1000, 2000])
TEMP = np.array([[28.0, 22, 10, 6, 3], [4.0, 3, 2, 1, 0.5]])
PSAL = np.array([[34.5, 35, 34.8, 34.6, 34.7], [7.0, 8, 34, 34.6, 34.7]])
LAT = np.array([10.0, -60.0])


@pytest.mark.parametrize("change", [-3.0, -0.1, 0.5, 3.0])
def test_relative_expansion__is_that_of_teos10(change):
    state = climatological_state(DEPTH, LAT, TEMP, PSAL)
    p = gsw.p_from_z(-DEPTH, LAT[:, None])
    SA = gsw.SR_from_SP(PSAL)
    before = gsw.specvol(SA, gsw.CT_from_t(SA, TEMP, p), p)
    expected = gsw.specvol(SA, gsw.CT_from_t(SA, TEMP + change, p), p) / before - 1
    flat = type(state)(*(a.ravel() for a in state))
    result = relative_expansion(flat, np.full(TEMP.size, change))
    np.testing.assert_allclose(result, expected.ravel(), rtol=1e-3, atol=1e-7)


def test_relative_expansion__reference_salinity_is_good_enough_in_the_open_ocean():
    """Against the exact expansion coefficient at Absolute Salinity, 10N, 170W."""
    state = climatological_state(DEPTH, LAT[:1], TEMP[:1], PSAL[:1])
    p = gsw.p_from_z(-DEPTH, 10.0)
    SA = gsw.SA_from_SP(PSAL[0], p, -170.0, 10.0)
    alpha = gsw.alpha_wrt_t_exact(SA, TEMP[0], p)
    result = relative_expansion(type(state)(*(a[0] for a in state)), np.full(5, 0.01))
    np.testing.assert_allclose(result, alpha * 0.01, rtol=1e-3)


def test_relative_expansion__unknown_stays_unknown():
    salinity = PSAL.copy()
    salinity[0, 1] = np.nan
    state = climatological_state(DEPTH, LAT, TEMP, salinity)
    anomaly = np.full(10, 1.0)
    anomaly[7] = np.nan
    result = relative_expansion(type(state)(*(a.ravel() for a in state)), anomaly)
    np.testing.assert_array_equal(np.isnan(result), np.isin(np.arange(10), [1, 7]))


@pytest.mark.parametrize("change", [-0.5, 0.02, 1.0])
def test_relative_expansion__halosteric_is_that_of_teos10(change):
    state = climatological_state(DEPTH, LAT, TEMP, PSAL)
    p, SA, salty = gsw.p_from_z(-DEPTH, LAT[:, None]), gsw.SR_from_SP(PSAL), gsw.SR_from_SP(PSAL + change)
    before = gsw.specvol(SA, gsw.CT_from_t(SA, TEMP, p), p)
    expected = gsw.specvol(salty, gsw.CT_from_t(salty, TEMP, p), p) / before - 1
    flat = type(state)(*(a.ravel() for a in state))
    result = relative_expansion(flat, salinity=np.full(TEMP.size, change))
    np.testing.assert_allclose(result, expected.ravel(), rtol=1e-4)
    assert (np.sign(result) == -np.sign(change)).all()


def test_relative_expansion__total_is_both_parts_to_second_order():
    """What is missing falls with the product of both anomalies: a quarter when both are halved."""
    state = climatological_state(DEPTH, LAT, TEMP, PSAL)
    flat = type(state)(*(a.ravel() for a in state))
    missing = []
    for dt, ds in ((1.0, 0.2), (0.5, 0.1)):
        t, s = np.full(TEMP.size, dt), np.full(TEMP.size, ds)
        total, thermo, halo = (relative_expansion(flat, *a) for a in ((t, s), (t, None), (None, s)))
        missing.append(total - thermo - halo)
        assert (np.abs(missing[-1]) < 7e-7 * dt * ds / 0.2).all()
    np.testing.assert_allclose(missing[1] / missing[0], 0.25, atol=0.02)


def test_state_at__is_linear_between_levels_and_holds_above():
    state = climatological_state(DEPTH, LAT, TEMP, PSAL)
    z = np.array([1.0, 5, 52.5, 2000, 2001, 5])
    at = state_at(np.array([0, 5, 6]), z, DEPTH, state, 10.0)
    CT = state.conservative_temperature
    expected = [CT[0, 0], CT[0, 0], (CT[0, 0] + CT[0, 1]) / 2, CT[0, 4], np.nan, CT[1, 0]]
    np.testing.assert_allclose(at.conservative_temperature, expected)
    above = state_at(np.array([0, 1, 1]), np.array([1.0]), DEPTH, state, 3.0)
    assert np.isnan(above.conservative_temperature).all()
