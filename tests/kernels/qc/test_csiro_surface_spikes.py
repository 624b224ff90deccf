import numpy as np
import pytest

from kernels.qc.csiro_surface_spikes import csiro_surface_spikes

NAN = np.nan


@pytest.mark.parametrize(
    ("depth", "outcome"),
    [
        pytest.param([], [], id="no level"),
        pytest.param([1], [0], id="one level"),
        pytest.param([1, 2, 3], [1, 1, 0], id="the last level has none after it"),
        pytest.param([1, 7.99], [1, 0], id="another just above 8 m"),
        pytest.param([1, 8], [0, 0], id="at 8 m it is deep enough"),
        pytest.param([3.99, 5], [1, 0], id="just above 4 m"),
        pytest.param([4, 5], [0, 0], id="at 4 m it is the sea"),
        pytest.param([1, 4, 1, 2], [1, 0, 0, 0], id="the first level below the surface ends it"),
        pytest.param([1, NAN, 5], [1, 2, 0], id="missing between"),
        pytest.param([NAN, NAN], [2, 2], id="no depth"),
    ],
)
def test_csiro_surface_spikes__thresholds(depth: list[float], outcome: list[int]) -> None:
    column = np.array(depth, np.float32)
    found = csiro_surface_spikes(np.array([0, column.size]), np.ones_like(column), column)
    assert list(found) == outcome


def test_csiro_surface_spikes__levels_without_a_value_are_passed_over() -> None:
    value, depth = np.array([20, NAN, 20], np.float32), np.array([1, 2, 9], np.float32)
    assert list(csiro_surface_spikes(np.array([0, 3]), value, depth)) == [0, 2, 0]


def test_csiro_surface_spikes__do_not_look_into_the_next_profile() -> None:
    depth = np.array([1, 1, 2], np.float32)
    assert list(csiro_surface_spikes(np.array([0, 1, 3]), depth, depth)) == [0, 1, 0]
