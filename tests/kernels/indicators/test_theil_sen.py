"""Theil-Sen slopes against scipy, by hand, and intervals that hold what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import theilslopes

from kernels.indicators.theil_sen import interval_of_ranks, ranked, score_variance, theil_sen

T = np.arange(1993.0, 2021)


def test_theil_sen__line_is_found_exactly():
    result = theil_sen(T, 3 + 0.25 * T)
    assert result[:3] == pytest.approx((0.25, 0.25, 0.25), rel=1e-10)
    assert result.n_eff == T.size


def test_theil_sen__outliers_do_not_move_it():
    y = 0.25 * T
    y[[0, -1]] = 1e6, -1e6
    assert theil_sen(T, y).slope == pytest.approx(0.25)


def test_theil_sen__by_hand():
    """Pairs of 0 1 5 2 have the slopes 1, 5/2, 2/3, 4, 1/2 and -3; the middle two are 2/3 and 1."""
    result = theil_sen(np.arange(4.0), np.array([0.0, 1, 5, 2]), minimum_n=4, minimum_n_eff=0)
    assert result.slope == pytest.approx(5 / 6)


@pytest.mark.parametrize("n", [6, 7, 28, 61])
@pytest.mark.parametrize("decimals", [12, 0], ids=["no ties", "ties"])
def test_theil_sen__same_as_scipy_where_nothing_persists(n, decimals):
    rng = np.random.default_rng(n)
    for _ in range(20):
        t = np.sort(rng.choice(2 * n, n, replace=False)).astype(float)
        y = np.round(0.3 * t + 4 * rng.standard_normal(n), decimals)
        theirs = theilslopes(y, t)
        ours = theil_sen(t, y, "none")
        np.testing.assert_allclose(
            ours[:3], (theirs.slope, theirs.low_slope, theirs.high_slope), rtol=1e-12, atol=1e-15
        )


@pytest.mark.parametrize(("n", "refused"), [(4, True), (5, False)])
def test_theil_sen__too_few_values_are_refused_with_a_reason(n, refused):
    result = theil_sen(np.arange(n), np.array([0.0, 1, -1, 1, 0])[:n], "none")
    assert np.isnan(result.slope) == refused
    assert ("4 values, fewer than 5" in result.note) == refused


def test_theil_sen__persistent_series_gets_no_interval():
    t = np.arange(19.0)
    result = theil_sen(t, t**2)
    assert result.slope == pytest.approx(18)
    assert np.isnan([result.low, result.high]).all()
    assert "effective sample size" in result.note


def test_theil_sen__ranks_beyond_the_pairs_give_no_interval():
    """Where scipy would stop at the steepest pairs."""
    result = theil_sen(T, (T - 1980) ** 2, minimum_n_eff=0.1)
    assert result.note == "no interval: its ranks lie beyond the 378 pairs of values"
    assert np.isnan(interval_of_ranks(np.arange(10.0), 10.0)).all()
    assert interval_of_ranks(np.arange(10.0), 8.0) == (0.0, 9.0)


def test_theil_sen__missing_values_and_input_unchanged():
    rng = np.random.default_rng(2)
    y = 0.1 * T + rng.standard_normal(T.size)
    y[[3, 10, 11]] = np.nan
    before = y.copy()
    known = np.isfinite(y)
    assert theil_sen(T, y) == theil_sen(T[known], y[known])
    np.testing.assert_array_equal(y, before)


def test_theil_sen__times_that_do_not_increase_are_refused():
    with pytest.raises(ValueError, match="times must increase, but 2 follows 3"):
        theil_sen(np.array([0.0, 1, 3, 2, 4]), np.arange(5.0))


def red_noise(rng, n, r1, size):
    out = np.empty((size, n))
    out[:, 0] = rng.standard_normal(size)
    for k in range(1, n):
        out[:, k] = r1 * out[:, k - 1] + np.sqrt(1 - r1**2) * rng.standard_normal(size)
    return out


@pytest.mark.parametrize(
    ("correction", "r1", "least", "most"),
    [
        ("none", 0.0, 0.935, 0.965),
        ("none", 0.6, 0.60, 0.80),
        ("ar1", 0.0, 0.94, 0.98),
        ("ar1", 0.3, 0.93, 0.97),
        ("ar1", 0.6, 0.92, 0.97),
        ("hamed_rao", 0.0, 0.935, 0.975),
        ("hamed_rao", 0.6, 0.75, 0.90),
    ],
)
def test_theil_sen__coverage(correction, r1, least, most):
    """Of 50 values. Without correction persistence is fatal; that of Hamed and Rao takes half of it away."""
    rng = np.random.default_rng(7)
    t = np.arange(50.0)
    results = [theil_sen(t, 0.1 * t + y, correction) for y in red_noise(rng, 50, r1, 1500)]
    given = [r for r in results if not r.note]
    assert len(given) > 1400
    assert least <= np.mean([r.low <= 0.1 <= r.high for r in given]) <= most


@given(arrays(np.float64, st.integers(1, 60), elements=st.integers(-5, 5).map(float)), st.data())
def test_ranked__is_the_sorted_value(values, data):
    k = data.draw(st.integers(0, values.size - 1))
    a = values.copy()
    assert ranked(a, k) == np.sort(values)[k]
    assert (a[:k] <= a[k]).all()
    assert (a[k:] >= a[k]).all()


def test_score_variance__of_kendall():
    """n (n - 1) (2 n + 5) / 18, and with ties of 2 and 3: (8 7 21 - 2 1 9 - 3 2 11) / 18."""
    assert score_variance(np.arange(10.0)) == pytest.approx(10 * 9 * 25 / 18)
    y = np.array([1.0, 5, 1, 7, 8, 7, 7, 9])
    assert score_variance(y) == pytest.approx((8 * 7 * 21 - 2 * 9 - 3 * 2 * 11) / 18)
