"""Profiles at standard depths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from kernels.climatology.levels import at_levels, between_levels, insert_level, largest_gap


def at(depth, value, levels, gaps=(50.0, 0.2)):
    start = np.array([0, len(depth)])
    return at_levels(
        start, np.asarray(depth, float), np.asarray(value, float), np.asarray(levels, float), *gaps
    )[0]


@pytest.mark.parametrize(
    ("depth", "level", "expected"),
    [
        pytest.param([10, 20], 15, 15.0, id="between"),
        pytest.param([10, 20], 10, 10.0, id="on the first"),
        pytest.param([10, 20], 20, 20.0, id="on the last"),
        pytest.param([10, 20], 9.99, np.nan, id="not above the first"),
        pytest.param([10, 20], 20.01, np.nan, id="not below the last"),
        pytest.param([100, 100 + 700 / 9], 150, 150.0, id="gap at the limit"),
        pytest.param([100, 178], 150, np.nan, id="gap above the limit"),
        pytest.param([100, 400], 400, 400.0, id="a level itself needs no bridge"),
        pytest.param([10], 10, 10.0, id="one level"),
        pytest.param([], 10, np.nan, id="no level"),
    ],
)
def test_at_levels__(depth, level, expected):
    np.testing.assert_allclose(at(depth, depth, [level]), [expected])


def test_largest_gap__grows_with_depth():
    """The widest steps of Nansen casts that pass: 300 to 400 m and 1500 to 1750 m."""
    assert largest_gap(300, 400, 50, 0.2) >= 100
    assert largest_gap(1500, 1750, 50, 0.2) >= 250
    assert largest_gap(0, 100, 50, 0.2) < 100


def test_at_levels__agrees_with_numpy():
    rng = np.random.default_rng(1)
    depth = np.sort(rng.uniform(0, 1000, 200))
    value, levels = rng.standard_normal(200), np.arange(depth[0] + 1, depth[-1], 7.0)
    np.testing.assert_allclose(at(depth, value, levels), np.interp(levels, depth, value), atol=1e-12)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1000), min_size=1, max_size=30, unique=True).map(sorted))
def test_between_levels__gives_back_a_line(depth):
    levels = np.array([5.0, 10, 50, 200, 800])
    line = (3 - 0.01 * levels)[None, :]
    z = np.array(depth)
    result = between_levels(np.array([0, len(z)]), z, levels, line, 10.0)
    expected = np.where(z < 5, 3 - 0.05, np.where(z > 800, np.nan, 3 - 0.01 * z))
    np.testing.assert_allclose(result, expected, atol=1e-12)


def test_between_levels__is_the_monotone_cubic_of_scipy():
    rng = np.random.default_rng(1)
    levels = np.array([5.0, 20, 30, 75, 100, 220, 400, 900])
    for known in (slice(0, 8), slice(2, 8), slice(0, 5), slice(1, 4), slice(1, 3)):
        at_level = np.full((1, 8), np.nan)
        at_level[0, known] = rng.standard_normal(8)[known].round(1)
        z = np.linspace(levels[known][0], levels[known][-1], 200)
        result = between_levels(np.array([0, z.size]), z, levels, at_level, 10.0)
        expected = PchipInterpolator(levels[known], at_level[0, known])(z)
        np.testing.assert_allclose(result, expected, atol=1e-12)


def test_between_levels__an_exponential_is_nearer_than_by_lines():
    levels = np.array([1000.0, 1100, 1200, 1300, 1400, 1500])
    z = np.arange(1000.0, 1500, 10)
    result = between_levels(np.array([0, z.size]), z, levels, np.exp(-levels / 700)[None], 10.0)
    off, of_lines = (v - np.exp(-z / 700) for v in (result, np.interp(z, levels, np.exp(-levels / 700))))
    assert np.abs(off).mean() < 0.1 * np.abs(of_lines).mean()


def test_between_levels__unknown_levels_stay_unknown():
    levels = np.array([10.0, 20, 30, 40])
    start, depth = np.array([0, 5, 5, 6]), np.array([5.0, 15, 25, 35, 45, 12])
    known = np.array([[np.nan, 2, 2, np.nan], [1, 1, 1, 1], [np.nan] * 4])
    result = between_levels(start, depth, levels, known, 10.0)
    np.testing.assert_array_equal(result, [np.nan, 2, 2, np.nan, np.nan, np.nan])


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        pytest.param(15.0, [10, 15, 20, 300], id="between two levels"),
        pytest.param(20.0, [10, 20, 300], id="on a level"),
        pytest.param(5.0, [10, 20, 300], id="above the first"),
        pytest.param(400.0, [10, 20, 300], id="below the last"),
        pytest.param(100.0, [10, 20, 300], id="in too wide a gap"),
        pytest.param(np.nan, [10, 20, 300], id="none"),
    ],
)
def test_insert_level__(level, expected):
    start, depth = np.array([0, 0, 3]), np.array([10.0, 20, 300])
    result = insert_level(start, depth, 2 * depth, np.array([15.0, level]), 50.0, 0.2)
    np.testing.assert_array_equal(result[0], [0, 0, len(expected)])
    np.testing.assert_array_equal(result[1], expected)
    np.testing.assert_allclose(result[2], 2 * np.array(expected))
