"""Heat content in three conventions, against columns of the TEOS-10 check casts."""

import gsw
import numpy as np
import pytest

from kernels.indicators.heat_content import (
    flux_of_trend,
    heat_anomaly_teos10,
    heat_density_in_situ,
    heat_density_potential,
    heat_density_teos10,
)
from kernels.indicators.layer import filled_to_layer, layer_integral
from kernels.indicators.steric import State, climatological_state, potential_per_temperature


def heat(casts, cast, bottom):
    """Heat content of a check cast in J m-2 by convention; NaN where the cast is too shallow."""
    with np.load(casts) as data:
        SP, t, p = (data[f"{k}_chck_cast"][:, cast] for k in ("SP", "t", "p"))
        place = float(data["long_chck_cast"][cast]), float(data["lat_chck_cast"][cast])
    start, depth = np.array([0, len(p)]), -gsw.z_from_p(p, place[1])
    densities = (
        heat_density_in_situ(t, 1030, 3980),
        heat_density_potential(t, SP, p, place, 1025, 3985),
        heat_density_teos10(t, SP, p, place),
    )
    columns = [layer_integral(start, depth, d, 0.0, bottom, 10.0, 50.0, 0.2) for d in densities]
    return [float(filled_to_layer(*c, bottom, 0.9)[0][0]) for c in columns]


@pytest.mark.records
@pytest.mark.parametrize(
    ("cast", "bottom", "expected"),
    [
        (0, 700.0, (3.733086e10, 3.708638e10, 3.719020e10)),
        (0, 2000.0, (5.611384e10, 5.526925e10, 5.554667e10)),
        (2, 300.0, (np.nan,) * 3),
        (2, 700.0, (np.nan,) * 3),
        (2, 2000.0, (np.nan,) * 3),
    ],
)
def test_heat_density__check_casts_to_the_printed_digits(shared_records, cast, bottom, expected):
    casts = shared_records / "reference" / "gsw_cv_v3_0.npz"
    np.testing.assert_allclose(heat(casts, cast, bottom), expected, rtol=2e-7)


def test_heat_density_teos10__published_density_and_temperature():
    """TEOS-10 check values of gsw_rho and gsw_CT_from_t at 4N, 188E."""
    SP, t, p = np.array([34.5487, 34.5600]), np.array([28.7856, 4.4036]), np.array([10.0, 1000.0])
    expected = (
        np.array([1021.839924483 * 28.809920089612, 1032.002416842 * 4.323576367733]) * 3991.86795711963
    )
    np.testing.assert_allclose(heat_density_teos10(t, SP, p, (188.0, 4.0)), expected, rtol=1e-11)


def test_flux_of_trend__one_zettajoule_a_year():
    assert flux_of_trend(1e21) == pytest.approx(0.0621335, abs=5e-8)


@pytest.mark.parametrize("change", [-2.0, 0.1, 1.0])
def test_heat_anomalies__are_differences_of_heat_by_gsw(change):
    depth, t, SP = np.array([5.0, 300, 1500]), np.array([25.0, 12, 4]), np.array([35.0, 34.9, 34.6])
    state = State(*(a[0] for a in climatological_state(depth, np.array([20.0]), t[None], SP[None])))
    p, SA = gsw.p_from_z(-depth, 20.0), gsw.SR_from_SP(SP)

    def heat(temperature):
        CT = gsw.CT_from_t(SA, temperature, p)
        return gsw.rho(SA, CT, p) * 3991.86795711963 * CT

    dt = np.full(3, change)
    np.testing.assert_allclose(heat_anomaly_teos10(state, dt), heat(t + change) - heat(t), rtol=1e-3)
    by_theta = gsw.pt0_from_t(SA, t + change, p) - gsw.pt0_from_t(SA, t, p)
    np.testing.assert_allclose(potential_per_temperature(p, t, SP) * dt, by_theta, rtol=1e-3)
