from typing import Any

import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.mds_buddy import mds_buddy, measure
from kernels.super_observations import pentad_of

NAN = np.nan
EXAMPLE = {
    "search_lon": np.array([1.0, 2, 1, 2]),
    "search_lat": np.array([1.0, 2, 1, 2]),
    "search_pentad": np.array([2.0, 2, 4, 4]),
    "graded": np.array([1.0, 0, 1, 0]),
    "more_than": np.array([0.0, 5, 15, 100]),
    "multiplier": np.array([4.0, 3.5, 3, 2.5]),
}
JANUARY = 18262.0
"""2000-01-01."""


def reports(
    anomaly: list[float], lon: list[float], lat: list[float] | None = None, day: list[float] | None = None
) -> dict[str, Any]:
    """Surface reports of one observation each; the standard deviation is 0.5."""
    n = len(anomaly)
    return {
        "row_start": np.arange(n + 1),
        "value": np.array(anomaly, np.float64) + 20,
        "time": JANUARY + np.array(day or [0.0] * n),
        "latitude": np.array(lat or [0.5] * n),
        "longitude": np.array(lon, np.float64),
        "normal_mean": np.full(n, 20.0),
        "normal_std": np.full(n, 0.5),
    }


def outcome_of(columns: dict[str, Any]) -> list[int]:
    return list(mds_buddy(**columns, **EXAMPLE))


@pytest.mark.parametrize(
    ("anomaly", "outcome"),
    [
        pytest.param(1.999, PASS, id="less than 4 standard deviations passes"),
        pytest.param(2.0, FAIL, id="4 standard deviations fail"),
        pytest.param(-2.0, FAIL, id="below too"),
        pytest.param(NAN, NOT_RUN, id="no value"),
    ],
)
def test_mds_buddy__one_neighbour(anomaly: float, outcome: int) -> None:
    assert outcome_of(reports([anomaly, 0.0], [0.5, 1.5]))[0] == outcome


@pytest.mark.parametrize(
    ("n", "times"),
    [(5, 4.0), (6, 3.5), (15, 3.5), (16, 3.0), (100, 3.0), (101, 2.5)],
)
def test_mds_buddy__more_neighbours_allow_less(n: int, times: float) -> None:
    for sigmas, outcome in ((times - 0.01, PASS), (times, FAIL)):
        assert outcome_of(reports([sigmas * 0.5] + [0.0] * n, [0.5] + [1.5] * n))[0] == outcome


def test_mds_buddy__cells_count_alike_however_many_reports_they_hold() -> None:
    columns = reports([0.0, 1.0, 1.0, 1.0, 4.0], [0.5, 1.5, 1.5, 1.5, -0.5])
    assert measure(**columns, **EXAMPLE)[0][0] == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("lon", "lat", "day", "is_buddy"),
    [
        pytest.param(0.6, 0.6, 0.0, False, id="the cell itself"),
        pytest.param(0.6, 0.6, 5.0, True, id="the next pentad"),
        pytest.param(0.6, 0.6, 10.0, True, id="two pentads"),
        pytest.param(0.6, 0.6, 24.9, True, id="four pentads, in the third box"),
        pytest.param(0.6, 0.6, 25.0, False, id="five pentads"),
        pytest.param(2.5, 0.5, 0.0, True, id="two degrees, in the second box"),
        pytest.param(3.5, 0.5, 0.0, False, id="three degrees"),
        pytest.param(0.5, -1.9, 0.0, True, id="two degrees south"),
        pytest.param(0.5, -2.1, 0.0, False, id="three degrees south"),
        pytest.param(NAN, 0.5, 0.0, False, id="without a place"),
        pytest.param(1.5, 0.5, NAN, False, id="without a time"),
    ],
)
def test_mds_buddy__searches_boxes_in_turn(lon: float, lat: float, day: float, is_buddy: bool) -> None:
    found = outcome_of(reports([9.0, 0.0], [0.5, lon], [0.5, lat], [0.0, day]))
    assert found[0] == (FAIL if is_buddy else NOT_RUN)


def test_mds_buddy__boxes_widen_towards_the_poles_and_cross_the_date_line() -> None:
    assert outcome_of(reports([9.0, 0.0], [0.5, 4.5], [60.5, 60.5])) == [FAIL, FAIL]
    assert outcome_of(reports([9.0, 0.0], [0.5, 5.5], [60.5, 60.5])) == [NOT_RUN, NOT_RUN]
    assert outcome_of(reports([9.0, 0.0], [179.5, -179.5])) == [FAIL, FAIL]
    assert outcome_of(reports([9.0, 0.0], [0.5, -170.5], [89.5, 89.5])) == [FAIL, FAIL]
    assert outcome_of(reports([9.0, 0.0], [0.5, 0.5], [89.5, -89.5])) == [NOT_RUN, NOT_RUN]


def test_mds_buddy__a_grid_of_reports_as_in_plain_numpy() -> None:
    rng = np.random.default_rng(7)
    n = 300
    lon, lat, day = rng.uniform(-6, 6, n), rng.uniform(55, 62, n), rng.uniform(0, 31, n)
    columns = reports(list(rng.normal(0, 1, n)), list(lon), list(lat), list(day))
    distance, _, highest = measure(**columns, **EXAMPLE)
    for i in range(0, n, 7):
        expected, sigmas = by_hand(columns, i)
        assert distance[i] == pytest.approx(expected)
        assert highest[i] == pytest.approx(sigmas * 0.5)


def by_hand(columns: dict[str, Any], i: int) -> tuple[float, float]:
    anomaly = columns["value"] - 20
    x, y = np.floor(columns["longitude"]), np.floor(columns["latitude"])
    p = np.floor((columns["time"] - JANUARY) / 5)
    for lon, lat, pentads, graded in zip(*list(EXAMPLE.values())[:4], strict=True):
        wide = int(lon / np.cos(np.radians(y[i] + 0.5)))
        near = (abs(x - x[i]) <= wide) & (abs(y - y[i]) <= lat) & (abs(p - p[i]) <= pentads)
        near &= (x != x[i]) | (y != y[i]) | (p != p[i])
        if near.any():
            cells = {}
            for k in np.flatnonzero(near):
                cells.setdefault((x[k], y[k], p[k]), []).append(anomaly[k])
            n = np.count_nonzero(near)
            sigmas = EXAMPLE["multiplier"][np.flatnonzero(n > EXAMPLE["more_than"])[-1]] if graded else 4.0
            return abs(anomaly[i] - np.mean([np.mean(c) for c in cells.values()])), sigmas
    raise AssertionError("a report without neighbours")


@pytest.mark.parametrize(
    ("date", "pentad"),
    [
        ("2001-01-01", 0), ("2001-01-05", 0), ("2001-01-06", 1), ("2001-02-28", 11), ("2001-03-01", 11),
        ("2001-03-02", 12), ("2000-02-29", 11), ("2000-03-01", 11), ("2000-03-02", 12), ("2000-12-31", 72),
        ("1900-12-31", 72), ("1949-12-31", 72), ("1950-01-01", 0),
    ],
)  # fmt: skip
def test_pentad_of__five_days_of_each_year(date: str, pentad: int) -> None:
    days = (np.datetime64(date) - np.datetime64("1950-01-01")) / np.timedelta64(1, "D")
    assert pentad_of(float(days) + 0.9) == int(date[:4]) * 73 + pentad


@pytest.mark.parametrize("unknown", ["value", "normal_mean", "normal_std", "time", "latitude", "longitude"])
def test_mds_buddy__does_not_judge_by_what_is_unknown(unknown: str) -> None:
    columns = reports([9.0, 0.0], [0.5, 1.5])
    columns[unknown] = columns[unknown].copy()
    columns[unknown][0] = NAN
    assert outcome_of(columns)[0] == NOT_RUN


def test_mds_buddy__of_nothing_is_nothing() -> None:
    assert outcome_of(reports([], [])) == []
