import math
from typing import Any

import numpy as np
import pytest

from kernels.en_buddies import Covariance, correlation, log_agreement, odds
from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.gross_error import posterior
from kernels.qc.en_buddy import en_buddy, measure
from kernels.track import great_circle_distance

NAN = np.nan
LEVELS = np.array([5.0, 15.0, 25.0, 35.0, 45.0])
SETTINGS = {
    "standard_level": LEVELS,
    "error_depth": np.array([0.0]),
    "error_variance": np.array([0.25]),
    "gross_error": 0.01,
    "reinstate": 0.0,
}
KM = 1 / 111.195


def casts(*departures: list[float], depth: list[float] | None = None, std: float = 1.0) -> dict[str, Any]:
    """Casts a kilometre apart, at one time, whose values lie so far from a background of 10 degrees."""
    n, sizes = len(departures), [len(d) for d in departures]
    value = 10 + np.concatenate([np.array(d, np.float64) for d in departures])
    return {
        "row_start": np.concatenate([[0], np.cumsum(sizes)]),
        "value": value,
        "depth": np.concatenate([np.array((depth or list(LEVELS))[:k], np.float64) for k in sizes]),
        "time": np.full(n, 100.0),
        "latitude": 30 + KM * np.arange(n),
        "longitude": np.full(n, -40.0),
        "platform": np.arange(n),
        "normal_mean": np.full(value.size, 10.0),
        "normal_std": np.full(value.size, std),
    }


def outcome_of(columns: dict[str, Any], **more: Any) -> list[int]:
    return list(en_buddy(**columns, **SETTINGS | more))


def pge_of(columns: dict[str, Any], **more: Any) -> np.ndarray:
    return np.asarray(measure(**columns, **SETTINGS | more)[0])


def test_en_buddy__alone_a_cast_is_judged_by_its_background() -> None:
    expected = [posterior(d, 1.25, 0.01) for d in (0.0, 3.0, 4.5)]
    columns = casts([0.0, 3.0, 4.5])
    np.testing.assert_allclose(pge_of(columns), expected)
    assert outcome_of(columns) == [PASS, PASS, FAIL]


def test_en_buddy__a_cast_that_agrees_saves_and_one_that_does_not_condemns() -> None:
    assert outcome_of(casts([4.5], [4.3]))[0] == PASS
    assert outcome_of(casts([4.5], [0.0]))[0] == FAIL
    alone, agreed, disputed = (
        pge_of(c)[0] for c in (casts([3.5]), casts([3.5], [3.4]), casts([3.5], [-1.0]))
    )
    assert agreed < alone < disputed


def test_en_buddy__is_the_formula_of_ingleby_and_lorenc() -> None:
    """Written out for two casts at 111.195 km and 2 days, with differences of 3 and 2 K."""
    columns = casts([3.0], [2.0])
    columns["latitude"], columns["time"] = np.array([30.0, 31.0]), np.array([100.0, 102.0])
    km = great_circle_distance(30, -40, 31, -40) / 1000
    soar = sum(0.5 * (1 + km / s) * math.exp(-km / s) for s in (100, 400))
    cov, v = soar * math.exp(-((2 / 5) ** 2)), 1.25
    rho2 = cov**2 / v**2
    agreement = -0.5 * math.log(1 - rho2)
    agreement -= 0.5 * rho2 / (1 - rho2) * (9 / v + 4 / v - 2 * 6 / cov)
    p, q = posterior(3.0, v, 0.01), posterior(2.0, v, 0.01)
    z = 1 / (1 - (1 - p) * (1 - q) * (1 - math.exp(agreement)))
    np.testing.assert_allclose(pge_of(columns), [p * math.sqrt(z), q * math.sqrt(z)], rtol=1e-6)


def test_en_buddy__densities_of_two_normal_variables() -> None:
    """``log_agreement`` against the bivariate normal density, in plain NumPy."""
    cov = np.array([[1.5, 0.7], [0.7, 2.0]])
    x = np.array([1.2, -0.4])
    joint = -0.5 * x @ np.linalg.inv(cov) @ x - 0.5 * np.log(np.linalg.det(cov))
    alone = -0.5 * (x**2 / np.diag(cov)).sum() - 0.5 * np.log(np.diag(cov)).sum()
    assert log_agreement(1.2, -0.4, 1.5, 2.0, 0.7) == pytest.approx(joint - alone)
    assert odds(0.3, 0.2, 0.0) == 1.0


def test_en_buddy__correlation_falls_with_distance_and_time() -> None:
    scales = Covariance(1e5, 4e5, 5.0)
    assert correlation(0.0, 0.0, scales) == 1.0
    assert correlation(0.0, 10.0, scales) == pytest.approx(correlation(0.0, 5.0, scales) * math.exp(-3))
    assert correlation(1e5, 0.0, scales) == pytest.approx(math.exp(-1) + 0.5 * 1.25 * math.exp(-0.25))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"platform": np.array([7, 7])}, id="of the same platform"),
        pytest.param({"latitude": np.array([30.0, 30 + 401 * KM])}, id="farther than 400 km"),
        pytest.param({"latitude": np.array([30.0, NAN])}, id="without a position"),
        pytest.param({"time": np.array([100.0, NAN])}, id="without a time"),
        pytest.param({"depth": np.array([5.0, 45.0])}, id="on another level"),
        pytest.param({"value": np.array([14.5, NAN])}, id="without a value"),
        pytest.param({"value": np.array([14.5, 30.0])}, id="that the background rejects"),
    ],
)
def test_en_buddy__a_cast_is_no_buddy(other: dict[str, np.ndarray]) -> None:
    assert pge_of(casts([4.5], [4.3]) | other)[0] == pytest.approx(posterior(4.5, 1.25, 0.01))


def test_en_buddy__the_nearest_counts_and_across_the_date_line_too() -> None:
    columns = casts([4.5], [4.3], [0.0])
    assert outcome_of(columns)[0] == PASS
    columns["latitude"] = np.full(3, 30.0)
    columns["longitude"] = np.array([179.9, 179.0, -179.9])
    assert outcome_of(columns)[0] == FAIL
    columns["longitude"] = np.array([179.9, -179.9, 179.0])
    assert outcome_of(columns)[0] == PASS


def test_en_buddy__values_of_a_standard_level_share_their_mean() -> None:
    columns = casts([4.0, 5.2, 0.0], depth=[4.0, 9.9, 10.1])
    assert outcome_of(columns) == [FAIL, FAIL, PASS]
    np.testing.assert_allclose(pge_of(columns)[:2], posterior(4.6, 1.25, 0.01))


def test_en_buddy__near_the_equator_the_background_is_less_certain() -> None:
    columns = casts([4.5])
    assert outcome_of(columns) == [FAIL]
    assert outcome_of(columns | {"latitude": np.array([9.9])}) == [PASS]


@pytest.mark.parametrize(
    ("departures", "outcome"),
    [
        pytest.param([3.7, 4.19, 3.7], [PASS, PASS, PASS], id="within half a degree of accepted neighbours"),
        pytest.param([3.7, 4.21, 3.7], [PASS, FAIL, PASS], id="farther"),
        pytest.param([4.3, 4.35, 0.0], [FAIL, FAIL, PASS], id="rejected neighbours do not help"),
        pytest.param([4.19, 3.7], [PASS, PASS], id="one neighbour is enough"),
        pytest.param([4.19, NAN, 3.7], [FAIL, NOT_RUN, PASS], id="neighbours are the next standard levels"),
    ],
)
def test_en_buddy__levels_that_fit_their_neighbours_are_reinstated(
    departures: list[float], outcome: list[int]
) -> None:
    assert outcome_of(casts(departures), reinstate=1.0) == outcome


@pytest.mark.parametrize("unknown", ["value", "depth", "normal_mean", "normal_std", "latitude"])
def test_en_buddy__does_not_judge_by_what_is_unknown(unknown: str) -> None:
    assert outcome_of(casts([4.5]) | {unknown: np.array([NAN])}) == [NOT_RUN]


def test_en_buddy__of_nothing_is_nothing() -> None:
    columns = casts([4.5])
    empty = {k: v[:0] for k, v in columns.items()} | {"row_start": np.array([0])}
    assert outcome_of(empty) == []
