import gsw
import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.density_gradient import density_gradient

NAN = np.nan
PLACE = np.array([30.0]), np.array([-40.0])
EDGES, GREATEST = np.array([30.0, 400.0]), np.array([0.03, 0.02, 0.001])


def outcome_of(depth: list[float], t: list[float], s: list[float]) -> list[int]:
    z = np.array(depth)
    p = gsw.p_from_z(-z, PLACE[0])
    columns = p, z, np.array(t), np.array(s)
    return list(density_gradient(np.array([0, z.size]), *columns, *PLACE, 3.0, EDGES, GREATEST))


def salinity_below(depth: list[float], inversion: float) -> float:
    """Salinity at 10 degrees of the lower level that makes it lighter by an inversion, kg m-3."""
    p = gsw.p_from_z(-np.array(depth), PLACE[0])
    low, high = 30.0, 36.0
    for _ in range(60):
        SP = (low + high) / 2
        SA = gsw.SA_from_SP(np.array([35.0, SP]), p, PLACE[1], PLACE[0])
        CT = gsw.CT_from_t(SA, 10.0, p)
        lighter = gsw.rho(SA[0], CT[0], p[0]) - gsw.rho(SA[1], CT[1], p[0])
        low, high = (SP, high) if lighter > inversion else (low, SP)
    return SP


@pytest.mark.parametrize(
    ("depth", "thickness", "greatest"),
    [
        pytest.param([20, 30], 10, 0.03, id="at 30 m the limit is that of the surface"),
        pytest.param([20.1, 30.1], 10, 0.02, id="below 30 m"),
        pytest.param([390, 400], 10, 0.02, id="at 400 m"),
        pytest.param([391, 401], 10, 0.001, id="below 400 m"),
        pytest.param([20, 21], 3, 0.03, id="closer levels count as 3 m apart"),
    ],
)
def test_density_gradient__limits(depth: list[float], thickness: float, greatest: float) -> None:
    for factor, outcome in ((0.999, PASS), (1.001, FAIL)):
        s = salinity_below(depth, factor * greatest * thickness)
        assert outcome_of(depth, [10, 10], [35, s]) == [NOT_RUN, outcome]


@pytest.mark.parametrize(
    ("depth", "t", "s", "outcome"),
    [
        pytest.param([10, 20], [20, 10], [35, 35], [NOT_RUN, PASS], id="stable water passes"),
        pytest.param([10, 20], [10, 20], [35, 35], [NOT_RUN, FAIL], id="warm water below fails"),
        pytest.param([20, 10], [20, 10], [35, 35], [NOT_RUN, NOT_RUN], id="going up"),
        pytest.param([10, 10], [10, 20], [35, 35], [NOT_RUN, NOT_RUN], id="same depth"),
        pytest.param([10, 15, 20], [10, NAN, 20], [35] * 3, [NOT_RUN, NOT_RUN, FAIL], id="no temperature"),
        pytest.param([10, 15, 20], [10, 10, 20], [35, NAN, 35], [NOT_RUN, NOT_RUN, FAIL], id="no salinity"),
        pytest.param([10], [10], [35], [NOT_RUN], id="one level"),
        pytest.param([], [], [], [], id="no level"),
    ],
)
def test_density_gradient__levels(
    depth: list[float], t: list[float], s: list[float], outcome: list[int]
) -> None:
    assert outcome_of(depth, t, s) == outcome


def test_density_gradient__the_weight_of_the_water_is_no_stratification() -> None:
    """Water of one salinity and Conservative Temperature is denser in situ below, but not stratified."""
    depth = np.array([1000.0, 1100.0, 1200.0])
    p = gsw.p_from_z(-depth, PLACE[0])
    SA = np.array([35.0, 34.8, 34.6])
    SP, t = gsw.SP_from_SA(SA, p, PLACE[1], PLACE[0]), gsw.t_from_CT(SA, 5.0, p)
    assert np.all(np.diff(gsw.rho(SA, 5.0, p)) > 0)
    assert outcome_of(list(depth), list(t), list(SP)) == [NOT_RUN, FAIL, FAIL]


def test_density_gradient__refuses_lists_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="expected 3 inversions"):
        density_gradient(
            np.array([0, 0]), *[np.zeros(0)] * 4, np.zeros(1), np.zeros(1), 3.0, EDGES, np.zeros(2)
        )
