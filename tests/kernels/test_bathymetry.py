import numpy as np
import pytest

from kernels.bathymetry import bottom_depth_at

NAN = np.nan
GRID = np.array([[100.0, 200.0, 300.0, 400.0], [NAN, 600.0, 700.0, 800.0]], np.float32)


@pytest.mark.parametrize(
    ("latitude", "longitude", "depth"),
    [
        pytest.param(-90.0, -180.0, 100.0, id="the first corner"),
        pytest.param(90.0, 180.0, 800.0, id="the last corner"),
        pytest.param(0.0, 0.0, 700.0, id="an edge belongs to the cell north and east of it"),
        pytest.param(45.0, -100.0, NAN, id="no sea"),
        pytest.param(NAN, 0.0, NAN, id="no latitude"),
        pytest.param(0.0, 181.0, NAN, id="not on the Earth"),
    ],
)
def test_bottom_depth_at__the_cell_of_a_position(latitude: float, longitude: float, depth: float) -> None:
    found = bottom_depth_at(GRID, np.array([latitude]), np.array([longitude]))
    np.testing.assert_array_equal(found, [depth])
