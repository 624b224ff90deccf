import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.position_on_land import position_on_land

MASK = np.zeros((180, 360), np.uint8)
MASK[100:102, 10:12] = [[3, 2], [1, 0]]
"""A mask of whole degrees; row 0 = 90S, column 0 = 180W."""
MASK[0, 0] = MASK[-1, -1] = 3


@pytest.mark.parametrize(
    ("latitude", "longitude", "outcome"),
    [
        pytest.param(10.5, -169.5, FAIL, id="all land fails"),
        pytest.param(10.0, -170.0, FAIL, id="south-west corner of the land belongs to it"),
        pytest.param(9.999, -170.0, PASS, id="just south of it is ocean"),
        pytest.param(10.5, -168.5, PASS, id="mostly land passes"),
        pytest.param(11.5, -169.5, PASS, id="mostly ocean passes"),
        pytest.param(11.5, -168.5, PASS, id="ocean passes"),
        pytest.param(90.0, 180.0, FAIL, id="the last corner is in the last cell"),
        pytest.param(-90.0, -180.0, FAIL, id="the first corner is in the first cell"),
        pytest.param(90.1, 0.0, NOT_RUN, id="not on the Earth"),
        pytest.param(0.0, 180.1, NOT_RUN, id="beyond the date line"),
        pytest.param(np.nan, 0.0, NOT_RUN, id="no latitude"),
        pytest.param(0.0, np.nan, NOT_RUN, id="no longitude"),
    ],
)
def test_position_on_land__fails_where_every_point_is_land(
    latitude: float, longitude: float, outcome: int
) -> None:
    assert position_on_land(np.array([latitude]), np.array([longitude]), MASK) == outcome


def test_position_on_land__of_no_rows() -> None:
    assert position_on_land(np.empty(0), np.empty(0), MASK).shape == (0,)
