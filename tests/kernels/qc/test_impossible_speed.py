import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.impossible_speed import impossible_speed
from kernels.track import EARTH_RADIUS, SECONDS_PER_DAY, speed_between

NAN = np.nan
DEGREE_A_DAY = np.radians(1.0) * EARTH_RADIUS / SECONDS_PER_DAY  # 1.287 m/s


def outcome_of(latitude: list[float], time: list[float] | None = None, **limits: float) -> list[int]:
    """Of one platform that drifts along a meridian, a profile a day, at most 3 degrees a day."""
    n = len(latitude)
    when = np.arange(n, dtype=np.float64) if time is None else np.array(time, np.float64)
    given = {"highest": 3 * DEGREE_A_DAY} | limits
    return list(impossible_speed(np.array([0, n]), when, np.array(latitude, float), np.zeros(n), **given))


@pytest.mark.parametrize(
    ("latitude", "outcome"),
    [
        pytest.param([0, 2.9], [PASS, PASS], id="below the highest speed"),
        pytest.param([0, 3.1], [FAIL, FAIL], id="above it: one of the two, nobody knows which"),
        pytest.param([0, -3.1], [FAIL, FAIL], id="in either direction"),
        pytest.param([0, 1, 40, 2, 3], [PASS, PASS, FAIL, PASS, PASS], id="wrong by itself"),
        pytest.param([0, 40, 1, 40, 2], [PASS, FAIL, PASS, FAIL, PASS], id="every other one"),
        pytest.param([0, 1, 40, 41], [PASS, FAIL, FAIL, PASS], id="a jump that does not come back"),
        pytest.param([0, 1, 40, 41, 2], [PASS, FAIL, FAIL, FAIL, FAIL], id="two wrong ones"),
        pytest.param([40, 0, 1, 2], [FAIL, FAIL, PASS, PASS], id="the first"),
        pytest.param([0, 1, 2, 40], [PASS, PASS, FAIL, FAIL], id="the last"),
        pytest.param([0, NAN, 2.9], [PASS, NOT_RUN, PASS], id="no position between"),
        pytest.param([0, NAN, 5.9, 7], [PASS, NOT_RUN, PASS, PASS], id="twice the time for it"),
        pytest.param([NAN, 1], [NOT_RUN, NOT_RUN], id="one position"),
        pytest.param([1], [NOT_RUN], id="one profile"),
        pytest.param([], [], id="no profile"),
    ],
)
def test_impossible_speed__which_positions_fail(latitude: list[float], outcome: list[int]) -> None:
    assert outcome_of(latitude) == outcome


def test_impossible_speed__at_the_highest_speed_passes() -> None:
    speed = speed_between(np.arange(2.0), np.array([0.0, 3.0]), np.zeros(2), 0, 1, 0.0, 0.0)
    assert outcome_of([0, 3], highest=speed) == [PASS, PASS]
    assert outcome_of([0, 3], highest=np.nextafter(speed, 0)) == [FAIL, FAIL]


def test_impossible_speed__two_positions_at_one_time() -> None:
    assert outcome_of([0, 0], [5, 5]) == [PASS, PASS]
    assert outcome_of([0, 0.001], [5, 5]) == [FAIL, FAIL]
    assert outcome_of([0, 0.001], [5, 5], shortest=600.0) == [PASS, PASS]
    assert outcome_of([0, 0.001], [5, 5], position_error=200.0) == [PASS, PASS]
    assert outcome_of([0, NAN, 3.1], [5, 6, NAN]) == [NOT_RUN] * 3


def test_impossible_speed__later_only() -> None:
    found = outcome_of([0, 1, 40, 2, NAN, 3], later_only=1.0)
    assert found == [NOT_RUN, PASS, FAIL, FAIL, NOT_RUN, PASS]


def test_impossible_speed__across_the_date_line() -> None:
    found = impossible_speed(np.array([0, 2]), np.arange(2.0), np.zeros(2), np.array([179.9, -179.9]), 3.0)
    np.testing.assert_array_equal(found, [PASS, PASS])


def test_impossible_speed__does_not_look_at_the_next_platform() -> None:
    start, lat = np.array([0, 2, 2, 4, 5]), np.array([0, 1, 60, 61, 0.0])
    found = impossible_speed(start, np.arange(5.0), lat, np.zeros(5), 3.0)
    np.testing.assert_array_equal(found, [PASS, PASS, PASS, PASS, NOT_RUN])
