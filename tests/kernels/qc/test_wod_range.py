import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.wod_range import wod_range

NAN = np.nan
REGION = np.zeros((180, 360), np.uint8)
REGION[90:100, 180:190] = 2  # 0..10N, 0..10E
LEVEL = np.array([0.0, 10.0, 20.0])
RANGE = np.full((3, 3, 2), NAN)
RANGE[2] = [[5.0, 35.0], [5.0, 30.1], [4.0, 25.0]]


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param(35.0, 0.0, PASS, id="at the limit at the surface"),
        pytest.param(35.001, -1.0, FAIL, id="above the surface its limits hold"),
        pytest.param(30.1, 0.1, PASS, id="between levels the lower one counts"),
        pytest.param(30.101, 0.1, FAIL, id="above its limit"),
        pytest.param(30.1, 10.0, PASS, id="at the level"),
        pytest.param(25.1, 10.1, FAIL, id="just below the level the next one"),
        pytest.param(3.9, 20.0, FAIL, id="too cold"),
        pytest.param(3.9, 20.1, NOT_RUN, id="below the deepest level"),
        pytest.param(NAN, 5.0, NOT_RUN, id="no value"),
        pytest.param(99.0, NAN, NOT_RUN, id="no depth"),
    ],
)
def test_wod_range__levels(value: float, depth: float, outcome: int) -> None:
    columns = (np.array([v], np.float32) for v in (value, depth))
    place = (np.array([v]) for v in (5.0, 5.0))
    assert wod_range(np.array([0, 1]), *columns, *place, REGION, LEVEL, RANGE)[0] == outcome


@pytest.mark.parametrize(
    ("latitude", "longitude", "outcome"),
    [
        pytest.param(0.0, 0.0, FAIL, id="the southwestern corner"),
        pytest.param(9.99, 9.99, FAIL, id="before the northeastern corner"),
        pytest.param(10.0, 5.0, NOT_RUN, id="its northern edge belongs to the next"),
        pytest.param(90.0, 180.0, NOT_RUN, id="the last cell, without a region"),
        pytest.param(NAN, 5.0, NOT_RUN, id="no latitude"),
        pytest.param(5.0, 181.0, NOT_RUN, id="not on the Earth"),
    ],
)
def test_wod_range__places(latitude: float, longitude: float, outcome: int) -> None:
    columns = (np.array([v, v], np.float32) for v in (99.0, 5.0))
    place = (np.array([v]) for v in (latitude, longitude))
    found = wod_range(np.array([0, 2]), *columns, *place, REGION, LEVEL, RANGE)
    np.testing.assert_array_equal(found, [outcome, outcome])
