import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.sensor_drift import sensor_drift

NAN = np.nan


@pytest.mark.parametrize(
    ("deep", "outcome"),
    [
        pytest.param([34.7, 35.1], [NOT_RUN, PASS], id="below the threshold"),
        pytest.param([34.7, 35.2], [NOT_RUN, PASS], id="at the threshold passes"),
        pytest.param([34.7, 35.2001], [NOT_RUN, FAIL], id="above it"),
        pytest.param([34.7, 34.1], [NOT_RUN, FAIL], id="downward too"),
        pytest.param(
            [34.7, 35.3, 35.4, 34.9], [NOT_RUN, FAIL, FAIL, PASS], id="a failed one is no reference"
        ),
        pytest.param([34.7, 35.0, 35.4], [NOT_RUN, PASS, PASS], id="slow drift follows"),
        pytest.param([NAN, 34.7, NAN, 35.3], [NOT_RUN, NOT_RUN, NOT_RUN, FAIL], id="missing between"),
        pytest.param([34.7], [NOT_RUN], id="one profile"),
        pytest.param([], [], id="no profile"),
    ],
)
def test_sensor_drift__thresholds(deep: list[float], outcome: list[int]) -> None:
    for dtype in (np.float32, np.float64):
        found = sensor_drift(np.array([0, len(deep)]), np.array(deep, dtype), np.full(len(deep), 1950.0), 0.5)
        assert list(found) == outcome


def test_sensor_drift__does_not_look_at_the_next_platform() -> None:
    found = sensor_drift(np.array([0, 2, 2, 3]), np.array([34.7, 34.7, 36.0]), np.full(3, 1950.0), 0.5)
    assert list(found) == [NOT_RUN, PASS, NOT_RUN]


def test_sensor_drift__compares_profiles_of_about_the_same_depth() -> None:
    deep, at = np.array([34.7, 36.0, 36.0, 34.7, 35.0]), np.array([1950.0, 950, 960, 950, 1950])
    found = sensor_drift(np.array([0, 5]), deep, at, 0.5, apart=50.0)
    np.testing.assert_array_equal(found, [NOT_RUN, NOT_RUN, PASS, FAIL, NOT_RUN])
