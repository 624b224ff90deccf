import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.position_near_ocean import position_near_ocean
from kernels.qc.position_on_land import position_on_land

NAN = np.nan


def mask_with(row: int, column: int, land_class: int) -> np.ndarray:
    """All land but for one cell; cells of 10 degrees from 90S, 180W."""
    mask = np.full((18, 36), 3, np.uint8)
    mask[row, column] = land_class
    return mask


@pytest.mark.parametrize(
    ("latitude", "longitude", "outcome"),
    [
        pytest.param(5.0, 5.0, PASS, id="in the cell"),
        pytest.param(25.0, 25.0, PASS, id="two cells away, both ways"),
        pytest.param(-19.9, 5.0, PASS, id="two cells south"),
        pytest.param(30.1, 5.0, FAIL, id="three cells away"),
        pytest.param(5.0, -20.1, FAIL, id="three cells west"),
        pytest.param(NAN, 5.0, NOT_RUN, id="no latitude"),
        pytest.param(5.0, NAN, NOT_RUN, id="no longitude"),
        pytest.param(91.0, 5.0, NOT_RUN, id="not on the Earth"),
    ],
)
@pytest.mark.parametrize("land_class", [0, 1, 2])
def test_position_near_ocean__looks_two_cells_around(
    latitude: float, longitude: float, outcome: int, land_class: int
) -> None:
    place = (np.array([v]) for v in (latitude, longitude))
    assert position_near_ocean(*place, mask_with(9, 18, land_class))[0] == outcome


def test_position_near_ocean__looks_across_the_date_line_but_not_across_the_pole() -> None:
    place = (np.array([v]) for v in (5.0, 179.0))
    assert position_near_ocean(*place, mask_with(9, 0, 0))[0] == PASS
    place = (np.array([v]) for v in (-89.0, 5.0))
    assert position_near_ocean(*place, mask_with(17, 18, 0))[0] == FAIL


def test_position_near_ocean__without_cells_around_is_position_on_land() -> None:
    mask = (np.arange(18 * 36) % 4).reshape(18, 36).astype(np.uint8)
    rng = np.random.default_rng(1)
    place = rng.uniform(-91, 91, 300), rng.uniform(-181, 181, 300)
    np.testing.assert_array_equal(position_near_ocean(*place, mask, 0.0), position_on_land(*place, mask))
