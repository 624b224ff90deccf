"""Quantiles, deviation and medcouple from the sketch against plain numpy."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kernels.statistics.sketch import absolute_deviation, edges_of_bins, medcouple, quantile
from kernels.statistics.sums import HIGH, LOW, N_BINS, bin_width, summed


def sketch(value):
    value = np.asarray(value, float)
    n = value.size
    moments, counts = summed(np.arange(n + 1), np.zeros(n), value, np.zeros(n, np.int32), 1)
    edge = np.empty(N_BINS + 1)
    edges_of_bins(moments[0], edge)
    return float(n), edge, counts[0], bin_width(moments[0, LOW], moments[0, HIGH])


def plain_medcouple(value):
    """Brys et al. 2004, equation 2.2, over all pairs."""
    x = np.sort(value)
    m = np.median(x)
    left, right = x[x <= m], x[x >= m]
    ties = int((x == m).sum())
    h = np.empty((left.size, right.size))
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            if a == b:
                h[i, j] = np.sign(j + (left.size - 1 - i) - (ties - 1))
            else:
                h[i, j] = ((b - m) - (m - a)) / (b - a)
    return np.median(h)


def draws(rng, kind, n):
    return {
        "normal": lambda: rng.standard_normal(n),
        "skewed": lambda: rng.gamma(2.0, 1.5, n) + 30,
        "two modes": lambda: np.where(rng.random(n) < 0.3, 4, 0) + 0.3 * rng.standard_normal(n),
        "rounded": lambda: np.round(5 + rng.standard_normal(n), 1),
        "one outlier": lambda: np.concatenate([rng.standard_normal(n - 1), [40.0]]),
    }[kind]()


KINDS = ["normal", "skewed", "two modes", "rounded", "one outlier"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [5, 64, 3000])
def test_quantile__within_a_bin_of_numpy(kind, n):
    value = draws(np.random.default_rng(n), kind, n)
    *given_, width = sketch(value)
    for p in (0, 0.005, 0.25, 0.5, 0.75, 0.995, 1):
        assert abs(quantile(p, *given_) - np.quantile(value, p)) < width
    median = quantile(0.5, *given_)
    amd = np.median(np.abs(value - np.median(value)))
    assert abs(absolute_deviation(median, *given_) - amd) < 2 * width


@settings(deadline=None)
@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=80))
@example([1.0, 1.0, 1.0, 9.0, 9.0, 9.0])
@example([0.0, 0.0, 0.0, 63 * 2.0**-14])
@example([0.0, 64.0, 64.0, 64.0])
@example([3.0])
@example([0.0, 126.0, -2.220446049250313e-16])
@example([0.0, -64.0, -64.0, -64.0])
@example([300.0, 300.0, 300.0 + 2**-14])
def test_quantile__bounds_hold_for_any_values(value):
    *given_, width = sketch(value)
    for p in (0.005, 0.25, 0.5, 0.75, 0.995):
        assert abs(quantile(p, *given_) - np.quantile(value, p)) <= width
    median = quantile(0.5, *given_)
    amd = np.median(np.abs(np.array(value) - np.median(value)))
    assert abs(absolute_deviation(median, *given_) - amd) <= 2 * width
    assert -1 <= medcouple(median, *given_) <= 1


def test_quantile__smooth_data_are_met_much_closer_than_the_bound():
    value = np.random.default_rng(8).standard_normal(20000)
    *given_, width = sketch(value)
    p = np.linspace(0.005, 0.995, 100)
    error = [quantile(q, *given_) - np.quantile(value, q) for q in p]
    assert np.abs(error).max() < 0.15 * width
    amd = absolute_deviation(quantile(0.5, *given_), *given_)
    assert amd == pytest.approx(np.median(np.abs(value - np.median(value))), abs=0.05 * width)


@pytest.mark.parametrize("n", [5, 20, 51, 64, 65, 301, 1000])
@pytest.mark.parametrize("kind", ["normal", "skewed", "two modes"])
def test_medcouple__near_the_plain_one(kind, n):
    value = draws(np.random.default_rng(n), kind, n)
    *given_, _ = sketch(value)
    assert medcouple(quantile(0.5, *given_), *given_) == pytest.approx(plain_medcouple(value), abs=0.07)


def test_medcouple__is_the_plain_one_of_the_sketch_s_own_values():
    """Values in bins of their own and in the middle of them: nothing is lost."""
    value = (np.array([0, 1, 4, 9, 11, 12, 30, 41, 60, 63]) + 0.5) * 0.25
    *given_, _ = sketch(np.concatenate([[0.0], value, [15.99]]))
    expected = plain_medcouple(np.concatenate([[0.0625], value, [15.87]]))
    assert medcouple(quantile(0.5, *given_), *given_) == pytest.approx(expected, abs=0.03)


def test_medcouple__sign_and_symmetry():
    value = np.random.default_rng(9).gamma(1.0, 1.0, 500)
    *right, _ = sketch(value)
    *left, _ = sketch(-value)
    mc = medcouple(quantile(0.5, *right), *right)
    assert mc > 0.2
    assert medcouple(quantile(0.5, *left), *left) == pytest.approx(-mc, abs=0.02)
    *same, _ = sketch(np.full(20, 7.0))
    assert medcouple(quantile(0.5, *same), *same) == pytest.approx(0, abs=1e-5)
