"""Salt and freshwater of columns against gsw and closed forms."""

import gsw
import numpy as np
import pytest

from kernels.indicators.freshwater import freshwater_anomaly, freshwater_anomaly_below
from kernels.indicators.salt_content import salt_anomaly
from kernels.indicators.steric import State, climatological_state

DEPTH = np.array([5.0, 100, 500, 1000, 2000])
TEMP, PSAL = np.array([[28.0, 22, 10, 6, 3]]), np.array([[34.5, 35, 34.8, 34.6, 34.7]])
STATE = State(*(a[0] for a in climatological_state(DEPTH, np.array([10.0]), TEMP, PSAL)))
PRESSURE = gsw.p_from_z(-DEPTH, 10.0)


@pytest.mark.parametrize("change", [-0.5, 0.02, 1.0])
def test_salt_anomaly__is_that_of_teos10(change):
    def salt(SP):
        SA = gsw.SR_from_SP(SP)
        return 1e-3 * SA * gsw.rho(SA, gsw.CT_from_t(SA, TEMP[0], PRESSURE), PRESSURE)

    result = salt_anomaly(STATE, np.full(5, change))
    np.testing.assert_allclose(result, salt(PSAL[0] + change) - salt(PSAL[0]), rtol=1e-5)


@pytest.mark.parametrize("change", [-0.5, 0.02])
def test_freshwater_anomaly__is_the_formula_of_boyer(change):
    SA, fresh = gsw.SR_from_SP(PSAL[0]), np.zeros(5)
    CT = gsw.CT_from_t(SA, TEMP[0], PRESSURE)
    expected = gsw.rho(SA, CT, PRESSURE) / gsw.rho(fresh, CT, PRESSURE) * -change / PSAL[0]
    np.testing.assert_allclose(freshwater_anomaly(STATE, np.full(5, change)), expected, rtol=1e-9)


def test_freshwater_anomaly__a_metre_of_rain_is_a_metre():
    """One metre of fresh water mixed into 100 m of salinity 35, all at 10 degrees and no pressure."""
    SA = gsw.SR_from_SP(35.0)
    rho, rho_fresh = gsw.rho(SA, 10.0, 0.0), gsw.rho(0.0, 10.0, 0.0)
    mass = 100 * rho + rho_fresh
    diluted = 35.0 * 100 * rho / mass
    thickness = mass / gsw.rho(gsw.SR_from_SP(diluted), 10.0, 0.0)
    state = State(*(np.array([x]) for x in (0.0, SA, 10.0, 1.0, 0.0)))
    content = freshwater_anomaly(state, np.array([diluted - 35.0]))[0] * thickness
    assert content == pytest.approx(1.0, rel=0.005)


@pytest.mark.parametrize(
    ("normal", "anomaly", "expected"),
    [
        (30.0, -1.0, 1 / 34.8),
        (35.0, 1.0, 0.0),
        (35.0, -1.0, 0.8 / 34.8),
        (34.0, 1.0, -0.8 / 34.8),
        (34.8, 0.0, 0.0),
        (np.nan, 1.0, np.nan),
    ],
)
def test_freshwater_anomaly_below__saltier_water_holds_none(normal, anomaly, expected):
    found = freshwater_anomaly_below(np.array([normal]), np.array([anomaly]), 34.8)
    np.testing.assert_allclose(found, [expected], atol=1e-12)
