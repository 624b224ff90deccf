"""Thermosteric expansion against gsw, called in full."""

import gsw
import numpy as np
import pytest

from kernels.indicators.steric import climatological_state, relative_expansion

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
