import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.impossible_location import impossible_location


@pytest.mark.parametrize(
    ("latitude", "longitude", "outcome"),
    [
        pytest.param(90.0, 0.0, PASS, id="the pole passes"),
        pytest.param(90.001, 0.0, FAIL, id="beyond the north pole fails"),
        pytest.param(-90.001, 0.0, FAIL, id="beyond the south pole fails"),
        pytest.param(0.0, 180.0, PASS, id="the date line passes"),
        pytest.param(0.0, -180.001, FAIL, id="west of the date line fails"),
        pytest.param(0.0, 181.0, FAIL, id="east of the date line fails"),
        pytest.param(np.nan, 181.0, NOT_RUN, id="no latitude"),
        pytest.param(0.0, np.nan, NOT_RUN, id="no longitude"),
    ],
)
def test_impossible_location__limits(latitude: float, longitude: float, outcome: int) -> None:
    assert impossible_location(np.array([latitude]), np.array([longitude])) == outcome


def test_impossible_location__of_no_rows() -> None:
    assert impossible_location(np.empty(0), np.empty(0)).shape == (0,)
