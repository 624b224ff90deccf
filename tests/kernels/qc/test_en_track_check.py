"""Made-up tracks, one for each rule, and real ones with what the EN system of the Met Office rejects of them.

The real tracks are cruises of the World Ocean Database of 1925 and 1975, with the outcomes of the EN system
that AutoQC's validation gives (its cases 1, 2, 4 and 5).
"""

import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.en_track_check import en_track_check

NAN = np.nan
SHIP = 15.0


def outcome_of(hours: list[float], latitude: list[float], longitude: object = 90.0) -> list[int]:
    columns = (np.array(hours) / 24, np.array(latitude, np.float64))
    east = np.broadcast_to(np.array(longitude, np.float64), len(hours)).copy()
    return list(en_track_check(np.array([0, len(hours)]), *columns, east, SHIP))


def rejected(hours: list[float], latitude: list[float], longitude: object = 90.0) -> list[int]:
    return [k for k, o in enumerate(outcome_of(hours, latitude, longitude)) if o == FAIL]


SOUTH = [5.0, 6, 7, 8, 9, 10, 11, 12, 13, 14]
DAY = 24.0
YEAR = 365 * DAY


@pytest.mark.parametrize(
    ("hours", "latitude", "wrong"),
    [
        pytest.param(SOUTH, [16 + 0.5 * k for k in range(10)], [], id="straight and slow"),
        pytest.param([0, 1], [0, 0], [], id="no movement"),
        pytest.param([0, 0], [0, 1], [0], id="a: of two the first"),
        pytest.param([0, 1, 2], [0, 1, 1.5], [0], id="a: the first place"),
        pytest.param([0, 1, 2], [0, 1.5, 0.1], [1], id="a: the second place, too fast to the third"),
        pytest.param([0, 1, 2, 3, 4], [0, 0.1, 0.2, 0.3, 1.5], [4], id="a: the last place"),
        pytest.param([0, 1, 2, 3, 4], [0, 0.1, 0.2, 1.5, 0.5], [3], id="a or b: the last but one"),
        pytest.param(
            [5, 6, 7, *(DAY + h for h in range(8, 15))],
            [16, 16.5, 17, 17.5, 18.5, 19.5, 20, 20.5, 21, 21.5],
            [3, 4],
            id="b, and the rest is too fast: both",
        ),
        pytest.param(
            [5, 6, *(DAY + h for h in (7, 8, 9, 10))], [16, 16.5, 17, 18, 18.5, 19], [2], id="c: without it"
        ),
        pytest.param(
            [5, 6, *(DAY + h for h in (7, 8, 9, 10))], [16, 16.5, 17, 18, 17.5, 17], [3], id="d: the turn"
        ),
        pytest.param(
            [5, 6, 7, DAY + 8, DAY + 9, 2 * DAY + 10, 2 * DAY + 11],
            [16, 16.5, 17, 16.5, 15.5, 15, 14.5],
            [3],
            id="e: the turn beside it",
        ),
        pytest.param([1, 3, 8, 9, 11], [16, 16.5, 17, 18, 18.5], [2], id="f: a slow leg"),
        pytest.param([9, 12, 15, 16, 20], [16, 17, 18, 19, 20], [3], id="h: shares of way and time"),
    ],
)
def test_en_track_check__rules(hours: list[float], latitude: list[float], wrong: list[int]) -> None:
    assert rejected(hours, latitude) == wrong


def test_en_track_check__rule_g_the_shorter_way() -> None:
    hours = [0, YEAR, YEAR + 1, 2 * YEAR + 2]
    assert rejected(hours, [16, 17, 18, 20], [90, 89, 90, 90]) == [1]


def test_en_track_check__a_wild_place_fails_alone() -> None:
    hours = [5, 6, 7, 8, 9, 9.5, 10, 11, 12, 13, 14]
    latitude = [16, 16.5, 17, 17.5, 18, 18, 18.5, 19, 19.5, 20, 20.5]
    assert rejected(hours, latitude, [90] * 5 + [10] + [90] * 5) == [5]


def test_en_track_check__a_sharp_turn_lowers_the_speed_that_passes() -> None:
    hours = [0.0, 1, 2, 3, 4]
    assert rejected(hours, [0, 0.55, 1.15, 1.8, 2.3]) == []
    assert rejected(hours, [0, 0.55, 1.15, 0.5, 0]) == [2]


@pytest.mark.parametrize(
    ("metres", "outcome"), [pytest.param(73_900, PASS, id="below"), pytest.param(74_100, FAIL, id="above")]
)
def test_en_track_check__highest_speed_beyond_20_km(metres: float, outcome: int) -> None:
    degrees = np.degrees(metres / 6_371_008.8)
    assert outcome_of([0, 1], [0, degrees])[0] == outcome


def test_en_track_check__times_closer_than_ten_minutes_count_as_that() -> None:
    assert outcome_of([0, 0], [0, np.degrees(28_900 / 6_371_008.8)]) == [PASS, PASS]
    assert outcome_of([0, 0], [0, np.degrees(29_100 / 6_371_008.8)]) == [FAIL, PASS]


@pytest.mark.parametrize(
    ("hours", "latitude", "outcome"),
    [
        pytest.param([], [], [], id="no place"),
        pytest.param([1.0], [5], [NOT_RUN], id="one place"),
        pytest.param([NAN, 1], [5, 50], [NOT_RUN] * 2, id="one time"),
        pytest.param([0, 1, 2, 3], [0, NAN, 0.2, 0.3], [PASS, NOT_RUN, PASS, PASS], id="no latitude"),
        pytest.param([2, 1, 0, 3], [1, 0.5, 0, 1.5], [PASS] * 4, id="not in the order of time"),
    ],
)
def test_en_track_check__of_few_places(hours: list[float], latitude: list[float], outcome: list[int]) -> None:
    assert outcome_of(hours, latitude) == outcome


def test_en_track_check__fails_a_track_of_which_more_than_half_fails() -> None:
    hours, latitude = [float(k) for k in range(20)], [40.0 * (-1) ** k for k in range(20)]
    assert rejected(hours, latitude) == list(range(20))


def test_en_track_check__does_not_go_from_one_platform_to_the_next() -> None:
    found = en_track_check(np.array([0, 2, 4]), np.zeros(4), np.array([0.0, 0, 60, 60]), np.zeros(4), SHIP)
    np.testing.assert_array_equal(found, PASS)


# day and hour of June, latitude, longitude, rejected by the EN system
CRUISE_45 = """
 3 12 64.23 -22.22 0;  5 12 80.05 12.00 0;  6 12 80.47 11.08 0;  6 12 80.47 12.00 0;  6 12 80.13 12.00 1
 9 12 63.93 -52.68 0; 15 12 64.43 -50.23 0; 15 12 64.43 -50.22 0; 16 12 64.43 -50.65 0; 22 12 68.83 -52.80 0
28 12 64.03 -52.62 0
"""
CRUISE_843883 = """
11 15.17 65.35 -13.52 0; 12 11.83 65.30 -13.00 1; 12 17.83 65.50 -12.42 0; 12 23.33 65.82 -12.43 0
12 12.00 65.82 -12.43 1; 12 12.00 65.50 -12.42 0; 13 14.50 65.75 -14.17 0; 14 2.75 66.27 -14.37 0
14 14.67 66.57 -15.42 0; 14 18.50 66.60 -16.45 0; 15 11.50 66.32 -16.67 0; 15 18.50 66.02 -17.40 0
17 8.83 66.22 -18.08 0; 17 12.50 66.35 -18.32 0; 17 20.00 66.28 -19.22 0; 18 0.50 66.18 -20.17 0
18 7.50 65.72 -20.37 0; 18 13.50 66.08 -20.93 0; 18 17.50 66.35 -21.37 0; 18 23.00 66.53 -22.05 0
19 21.00 66.63 -23.13 0; 20 1.75 66.60 -23.38 0; 20 6.25 66.38 -23.77 0; 20 14.50 65.83 -23.95 0
20 22.00 65.77 -25.50 0; 21 5.42 65.27 -24.78 0; 21 10.50 64.88 -24.22 0; 21 19.00 64.55 -23.43 0
22 0.00 64.18 -23.28 0; 22 6.00 64.23 -22.22 0; 24 5.67 64.23 -22.22 0; 24 11.00 64.13 -22.40 0
24 15.00 64.10 -22.57 0; 26 1.50 63.87 -22.82 0; 26 7.00 63.80 -23.08 0; 26 23.00 63.67 -22.80 0
27 8.17 63.73 -21.58 0; 27 16.00 63.32 -20.80 0; 27 22.00 63.57 -20.43 0; 30 13.00 63.30 -20.08 0
30 21.00 63.42 -19.42 0
"""
CRUISE_5546547 = """
 1 7.58 59.07 -18.92 0;  4 18.43 59.27 -18.73 0;  7 15.25 56.45 -10.33 0;  8 2.83 57.28 -13.12 0
 8 8.17 58.30 -17.00 1;  8 10.05 57.75 -14.77 1;  8 15.03 58.00 -15.88 0;  8 21.08 57.58 -14.67 0
 9 2.08 57.22 -13.63 0;  9 15.02 56.45 -10.78 0;  9 21.17 56.13 -9.98 0; 13 9.58 59.02 -19.20 0
16 21.40 59.22 -19.40 0; 22 8.15 58.77 -19.42 0; 23 1.00 58.73 -19.33 0; 23 10.25 58.85 -19.40 0
24 7.72 58.82 -19.42 0; 25 9.67 58.82 -19.38 0; 26 8.25 58.75 -19.40 0; 27 9.00 58.83 -19.62 0
28 8.00 58.77 -19.55 0; 29 7.92 58.75 -19.58 0
"""
CRUISE_5670710 = """
 7 18.00 -20.92 112.862 0; 8 0.02 -19.35 113.795 0; 8 6.00 -17.38 114.162 0; 8 12.00 -15.50 115.512 1
 8 18.00 -12.47 114.800 1; 9 0.02 -10.98 115.220 0; 9 7.00 -9.37 115.580 0; 9 12.00 -7.75 115.050 0
 9 18.00 -6.63 116.700 1; 10 0.02 -3.70 118.130 0; 10 6.00 -1.77 118.780 0; 10 12.00 0.267 119.220 0
10 18.00 2.17 119.480 0
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(CRUISE_45, id="cruise 45"),
        pytest.param(CRUISE_843883, id="cruise 843883"),
        pytest.param(CRUISE_5546547, id="cruise 5546547"),
        pytest.param(CRUISE_5670710, id="cruise 5670710"),
    ],
)
def test_en_track_check__rejects_what_the_en_system_rejects(text: str) -> None:
    lines = text.strip().replace(";", "\n").splitlines()
    table = np.array([[float(x) for x in line.split()] for line in lines])
    day, hour, latitude, longitude, expected = table.T.copy()
    start = np.array([0, day.size])
    found = en_track_check(start, day + hour / 24, latitude, longitude, SHIP)
    np.testing.assert_array_equal(found, np.where(expected == 1, FAIL, PASS))
