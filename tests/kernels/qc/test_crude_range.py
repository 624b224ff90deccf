import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.crude_range import crude_range

NAN = np.nan
BOXES = tuple(
    np.array(a, np.float64)
    for a in ([-2.3, 12.8, 31.0, 32.0], [-2.0, 13.5, 32.0, 35.0], [1200, 3600, 100, 50])
)


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param(33.0, 10.0, PASS, id="at the highest"),
        pytest.param(33.01, 10.0, FAIL, id="above the highest"),
        pytest.param(-2.3, 10.0, PASS, id="at the lowest, which float32 cannot hold"),
        pytest.param(-2.31, 10.0, FAIL, id="below the lowest"),
        pytest.param(31.5, 99.9, PASS, id="above the depth of the box"),
        pytest.param(31.5, 100.0, FAIL, id="at the depth of the box"),
        pytest.param(32.0, 60.0, FAIL, id="a common edge belongs to both boxes"),
        pytest.param(12.8, 3600.0, FAIL, id="an edge belongs to the box"),
        pytest.param(12.79, 3600.0, PASS, id="just outside of the box"),
        pytest.param(13.0, 9000.5, PASS, id="the boxes end at 9000 m"),
        pytest.param(13.0, NAN, PASS, id="without a depth the box does not count"),
        pytest.param(40.0, NAN, FAIL, id="without a depth the range counts"),
        pytest.param(NAN, 10.0, NOT_RUN, id="no value"),
    ],
)
def test_crude_range__boxes(value: float, depth: float, outcome: int) -> None:
    one, other = np.array([value], np.float32), np.array([depth], np.float32)
    assert crude_range(one, other, -2.3, 33.0, *BOXES)[0] == outcome


def test_crude_range__more_observations_than_a_block() -> None:
    value = np.linspace(-3, 36, 10_000).astype(np.float32)
    depth = np.tile([10.0, 5000.0], 5_000).astype(np.float32)
    low, high, z = (a.astype(np.float32)[:, None] for a in BOXES)
    boxed = ((value >= low) & (value <= high) & (depth >= z)).any(axis=0)
    expected = boxed | (value < np.float32(-2.3)) | (value > 33)
    np.testing.assert_array_equal(crude_range(value, depth, -2.3, 33.0, *BOXES), expected)
