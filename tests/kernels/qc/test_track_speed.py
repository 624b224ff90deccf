import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.track_speed import track_speed

NAN = np.nan
SECOND = 1 / 86_400


@pytest.mark.parametrize(
    ("longitude", "outcome"),
    [
        pytest.param([0, 0.0013], [PASS, PASS], id="145 m in a second"),
        pytest.param([0, 0.0015], [FAIL, FAIL], id="167 m in a second"),
        pytest.param([0, 0.001, 0.5, 0.001], [PASS, PASS, FAIL, PASS], id="one wrong position"),
        pytest.param([0, NAN, 0.002], [PASS, NOT_RUN, PASS], id="missing between"),
        pytest.param([0], [NOT_RUN], id="one observation"),
        pytest.param([], [], id="none"),
    ],
)
def test_track_speed__thresholds(longitude: list[float], outcome: list[int]) -> None:
    n = len(longitude)
    time = 27_000 + SECOND * np.arange(n)
    found = track_speed(np.array([0, n]), time, np.zeros(n), np.array(longitude, float), 160.0)
    assert list(found) == outcome


def test_track_speed__times_that_run_backward_or_stand_still() -> None:
    time, lon = 27_000 + SECOND * np.array([3, 2, 2, 1.0]), np.array([0, 0.001, 0.001, 0.002])
    assert list(track_speed(np.array([0, 4]), time, np.zeros(4), lon, 160.0)) == [PASS] * 4


def test_track_speed__does_not_look_into_the_next_trajectory() -> None:
    lat, lon = np.zeros(5), np.array([0, 0.001, 50, 50.001, 0])
    found = track_speed(np.array([0, 2, 4, 5]), SECOND * np.arange(5), lat, lon, 160.0)
    assert list(found) == [PASS, PASS, PASS, PASS, NOT_RUN]
