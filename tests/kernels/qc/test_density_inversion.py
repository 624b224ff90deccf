import gsw
import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.density_inversion import density_inversion

PLACE = np.array([4.0]), np.array([-172.0])
NAN = np.nan


def outcome_of(
    pressure: list[float], temperature: list[float], salinity: list[float], threshold: float = 0.03
) -> list[int]:
    columns = (np.array(c, np.float32) for c in (pressure, temperature, salinity))
    return list(density_inversion(np.array([0, len(pressure)]), *columns, *PLACE, threshold))


def inversion(p: list[float], t: list[float], s: list[float]) -> float:
    """Potential density of the first level minus that of the second, by gsw, at the pressure between."""
    p, t, s = (np.array(c, np.float32).astype(float) for c in (p, t, s))
    SA = gsw.SA_from_SP(s, p, PLACE[1], PLACE[0])
    rho = gsw.rho(SA, gsw.CT_from_t(SA, t, p), p.mean())
    return float(rho[0] - rho[1])


def test_density_inversion__fails_both_levels_just_above_the_threshold_of_gsw() -> None:
    pair = [100.0, 110.0], [10.0, 10.2], [35.0, 35.0]
    size = inversion(*pair)
    assert size > 0.03
    assert outcome_of(*pair, threshold=size * (1 - 1e-9)) == [FAIL, FAIL]
    assert outcome_of(*pair, threshold=size * (1 + 1e-9)) == [PASS, PASS]


@pytest.mark.parametrize(
    ("pressure", "temperature", "salinity", "outcome"),
    [
        pytest.param([], [], [], [], id="no level"),
        pytest.param([5], [10], [35], [NOT_RUN], id="one level"),
        pytest.param([5, 10], [10, 10], [35, NAN], [NOT_RUN] * 2, id="one level with all three"),
        pytest.param([NAN] * 2, [NAN] * 2, [NAN] * 2, [NOT_RUN] * 2, id="no value"),
        pytest.param([5, 10], [10, 9], [35, 35], [PASS] * 2, id="stable passes"),
        pytest.param([5, 10], [10, 11], [35, 35], [FAIL] * 2, id="unstable fails both levels"),
        pytest.param([10, 5], [11, 10], [35, 35], [FAIL] * 2, id="unstable, stored on the way up"),
        pytest.param([10, 5], [10, 11], [35, 35], [PASS] * 2, id="stable, stored on the way up"),
        pytest.param([5, 5], [10, 11], [35, 35], [PASS] * 2, id="at one pressure there is no order"),
        pytest.param([5, 10, 15], [10, NAN, 11], [35, 35, 35], [FAIL, NOT_RUN, FAIL], id="missing between"),
        pytest.param([5, 10, 15, 20], [10, 9, 9.5, 8], [35] * 4, [PASS, FAIL, FAIL, PASS], id="middle"),
        pytest.param([0, 4000], [1.0, 1.35], [34.7, 34.7], [PASS] * 2, id="warmer below by compression"),
    ],
)
def test_density_inversion__cases(
    pressure: list[float], temperature: list[float], salinity: list[float], outcome: list[int]
) -> None:
    assert outcome_of(pressure, temperature, salinity) == outcome


def test_density_inversion__needs_no_position() -> None:
    columns = (np.array(c, np.float32) for c in ([5, 10], [10, 11], [35, 35]))
    nowhere = np.array([NAN]), np.array([NAN])
    assert list(density_inversion(np.array([0, 2]), *columns, *nowhere, 0.03)) == [FAIL, FAIL]


def test_density_inversion__does_not_look_into_the_next_profile() -> None:
    columns = (np.array(c, np.float32) for c in ([5, 10, 12, 15], [10, 9, 20, 19], [35, 35, 35, 35]))
    place = np.array([4.0, 4.0]), np.array([-172.0, -172.0])
    assert list(density_inversion(np.array([0, 2, 4]), *columns, *place, 0.03)) == [PASS] * 4
