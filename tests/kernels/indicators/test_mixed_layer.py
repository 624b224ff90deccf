"""Depth of the mixed layer, by hand."""

import numpy as np
import pytest

from kernels.indicators.mixed_layer import mixed_layer_depth

LIMITS = (12.0, 50.0, 0.2)


def depth_of(depth, value, threshold=0.2, either_way=True, deepest=2000.0):
    depth, value = np.asarray(depth, float), np.asarray(value, float)
    start = np.array([0, len(depth)])
    return mixed_layer_depth(start, depth, value, 10.0, deepest, threshold, either_way, *LIMITS)[0]


@pytest.mark.parametrize(
    ("depth", "temperature", "expected"),
    [
        pytest.param([5, 10, 50, 70], [20, 20, 20, 19], 54, id="linear between levels"),
        pytest.param([5, 10, 50, 70], [20, 20, 19.8, 19], 50, id="reached exactly"),
        pytest.param([5, 10, 50, 70], [20, 20, 19.81, 19], 50 + 20 * 0.01 / 0.81, id="just not reached"),
        pytest.param([5, 10, 40, 50], [20, 20, 20, 20.4], 45, id="warmer ends it too"),
        pytest.param([5, 15, 40], [20, 19, 19], 12, id="reference between levels"),
        pytest.param([12, 30, 40], [20, 20, 19], 32, id="shallowest stands for the reference"),
        pytest.param([12.1, 30, 40], [20, 20, 19], np.nan, id="shallowest too deep"),
        pytest.param([5, 10, 50], [20, 20, 20], np.nan, id="ends within the layer"),
        pytest.param([5, 9], [20, 20], np.nan, id="ends above the reference"),
        pytest.param([5, 10, 100], [20, 20, 10], np.nan, id="too wide a gap"),
        pytest.param([5, 90], [20, 10], np.nan, id="reference in too wide a gap"),
        pytest.param([10], [20], np.nan, id="one level"),
        pytest.param([], [], np.nan, id="no level"),
    ],
)
def test_mixed_layer_depth__by_temperature(depth, temperature, expected):
    np.testing.assert_allclose(depth_of(depth, temperature), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("sigma", "expected"),
    [
        pytest.param([25.0, 25.0, 25.03, 26.0], 50, id="at the threshold"),
        pytest.param([25.0, 25.0, 25.06, 26.0], 30, id="half way"),
        pytest.param([25.0, 25.0, 24.9, 25.1], 50 + 20 * 0.13 / 0.2, id="lighter does not end it"),
    ],
)
def test_mixed_layer_depth__by_density(sigma, expected):
    assert depth_of([5, 10, 50, 70], sigma, 0.03, either_way=False) == pytest.approx(expected)


def test_mixed_layer_depth__deeper_than_asked_for_is_not_given():
    assert np.isnan(depth_of([5, 10, 50, 70], [20, 20, 20, 19], deepest=53))


def test_mixed_layer_depth__rows_do_not_mix():
    start = np.array([0, 4, 4, 8])
    depth, value = np.tile([5.0, 10, 50, 70], 2), np.array([20.0, 20, 20, 19, 10, 10, 9, 9])
    before = depth.copy()
    found = mixed_layer_depth(start, depth, value, 10.0, 2000.0, 0.2, True, *LIMITS)
    np.testing.assert_allclose(found, [54, np.nan, 18])
    np.testing.assert_array_equal(depth, before)
