import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.mds_track_check import mds_track_check

NAN = np.nan
LIMITS = (60.0, 10.0, 40.0, 150.0)


def outcome_of(
    longitude: list[float], latitude: list[float] | None = None, hours: float = 6.0, limits: tuple = LIMITS
) -> list[int]:
    """Of a ship with a position every six hours."""
    n = len(longitude)
    lat = np.zeros(n) if latitude is None else np.array(latitude, float)
    time = 20_000 + hours / 24 * np.arange(n)
    return list(mds_track_check(np.array([0, n]), time, lat, np.array(longitude, float), *limits))


@pytest.mark.parametrize(
    ("longitude", "outcome"),
    [
        pytest.param([0, 1, 2, 3, 4, 5], [2, 0, 0, 0, 0, 2], id="10 knots along the equator"),
        pytest.param([0, 1, 2, 13, 4, 5], [2, 0, 0, FAIL, 0, 2], id="one position is 10 degrees off"),
        pytest.param([0, 1, 2, -17, 4, 5], [2, 0, 0, FAIL, 0, 2], id="on the other side"),
        pytest.param([0, 1, 2, 4.3, 4, 5], [2, 0, 0, PASS, 0, 2], id="145 km off"),
        pytest.param([0, 1, 2, 12, 13, 14], [2, 0, FAIL, FAIL, 0, 2], id="both ends of a jump that stays"),
        pytest.param([0, 1, NAN, 13, 4, 5], [2, 0, 2, FAIL, 0, 2], id="missing before it"),
        pytest.param([0, 50, 2], [2, FAIL, 2], id="three positions"),
        pytest.param([0, 50], [2, 2], id="two positions"),
        pytest.param([0], [2], id="one position"),
        pytest.param([], [], id="none"),
    ],
)
def test_mds_track_check__along_the_equator(longitude: list[float], outcome: list[int]) -> None:
    assert outcome_of(longitude) == outcome


def test_mds_track_check__at_the_midpoint_distance_passes() -> None:
    """A position 10 degrees north of the equator is 10 degrees from the way along it: 1111.95 km."""
    lon, lat = [0, 1, 2, 3, 4, 5], [0, 0, 0, 10, 0, 0]
    distance = np.radians(10) * 6371.0088
    assert outcome_of(lon, lat, limits=(60.0, 10.0, 40.0, distance + 1e-6))[3] == PASS
    assert outcome_of(lon, lat, limits=(60.0, 10.0, 40.0, distance - 1e-6))[3] == FAIL


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        pytest.param((180.0, 1e9, 1e9, 150.0), PASS, id="nothing is abrupt"),
        pytest.param((60.0, 1e9, 1e9, 150.0), FAIL, id="the course"),
        pytest.param((180.0, 10.0, 1e9, 150.0), FAIL, id="the speed changes"),
        pytest.param((180.0, 1e9, 200.0, 150.0), FAIL, id="the speed"),
        pytest.param((180.0, 1e9, 204.0, 150.0), PASS, id="a speed that is accepted"),
    ],
)
def test_mds_track_check__each_reason_for_suspicion(limits: tuple[float, ...], outcome: int) -> None:
    """11 degrees in six hours to the fourth position are 203.9 km/h, 9 degrees back 166.8 km/h."""
    assert outcome_of([0, 1, 2, 13, 4, 5], limits=limits)[3] == outcome


def test_mds_track_check__a_fast_ship_may_be_faster() -> None:
    """The way north is 29 knots for a ship of 25, and 18 knots, too fast, for one of 10."""
    lat = [0, 0, 0, 0, 1.5, 0, 0, 0, 0]
    degree = 25 * 1.852 * 6 / 111.195
    fast = [degree * k for k in range(9)]
    assert outcome_of(fast, lat)[4] == PASS
    assert outcome_of([0.4 * x for x in fast], lat)[4] == FAIL


def test_mds_track_check__across_the_date_line_and_not_to_the_next_ship() -> None:
    assert outcome_of([178, 179, 180, -179, -178]) == [2, 0, 0, 0, 2]
    time, lon = 0.25 * np.arange(6.0), np.array([0, 1, 2, 100, 101, 102.0])
    found = mds_track_check(np.array([0, 3, 3, 6]), time, np.zeros(6), lon, *LIMITS)
    assert list(found) == [NOT_RUN, PASS, NOT_RUN, NOT_RUN, PASS, NOT_RUN]
