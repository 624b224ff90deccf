"""Sampling error by thinning: the textbook's variance, patterns by hand, the same for the same seed."""

import numpy as np
import pytest

from kernels.indicators.area_mean import area_mean, exponential_correlation
from kernels.indicators.subsampling import (
    SamplingError,
    error_at,
    error_of_cast_fractions,
    error_of_fractions,
    error_of_patterns,
)


def test_error_of_patterns__by_hand():
    dense = np.array([[1.0, 2, 6], [0, 4, np.nan]])
    area = np.array([1.0, 1, 2])
    patterns = np.array([[1, 0, 0], [1, 0, 1], [0, 0, 0], [1, 1, 1]], bool)
    found = error_of_patterns(dense, area, patterns)
    differences = np.array([[1 - 15 / 4, 0 - 2], [13 / 3 - 15 / 4, 0 - 2]])
    np.testing.assert_allclose(found.rms[:2], np.sqrt((differences**2).mean(axis=1)))
    np.testing.assert_allclose(found.bias[:2], differences.mean(axis=1))
    np.testing.assert_allclose(found.fraction[[0, 1, 3]], [(1 / 4 + 1 / 2) / 2, (3 / 4 + 1 / 2) / 2, 1])
    assert found.n.tolist() == [2, 2, 0, 2]
    assert np.isnan([found.rms[2], found.bias[2], found.fraction[2]]).all()
    assert found.rms[3] == 0


def test_error_of_patterns__a_hemisphere_left_out_costs_more_than_its_area():
    """Lines of ships: with a signal of large scale half the boxes at random tell more than one half."""
    rng = np.random.default_rng(1)
    place = np.arange(200) / 200
    phase = rng.uniform(0, 2 * np.pi, (60, 1))
    dense = np.sin(2 * np.pi * place + phase)
    random = error_of_fractions(dense, np.ones(200), [0.5], 20, seed=2)
    half = error_of_patterns(dense, np.ones(200), (place < 0.5)[None])
    assert half.rms[0] > 5 * random.rms[0]


def test_error_of_fractions__variance_of_the_textbook():
    """m of N alike, without replacement: S^2 (1 - m / N) / m."""
    rng = np.random.default_rng(3)
    dense = rng.standard_normal((40, 100))
    found = error_of_fractions(dense, np.ones(100), [0.05, 0.2, 0.6, 1.0], 300, seed=4)
    m = np.array([5, 20, 60, 100])
    expected = np.sqrt(dense.var(axis=1, ddof=1).mean() * (1 - m / 100) / m)
    np.testing.assert_allclose(found.rms, expected, rtol=0.04, atol=1e-14)
    np.testing.assert_allclose(found.fraction, m / 100)
    np.testing.assert_allclose(found.bias, 0, atol=0.01)
    assert (found.n == 300 * 40).all()


def test_error_of_fractions__deterministic_with_a_seed():
    dense = np.random.default_rng(5).standard_normal((5, 30))
    one, same, other = (error_of_fractions(dense, np.ones(30), [0.3], 10, seed=s) for s in (1, 1, 2))
    assert one.rms == same.rms
    assert one.rms != other.rms


def test_error_of_patterns__with_the_estimate_of_the_indicator():
    """A Gauss-Markov mean of a correlated field errs less than the mean of clustered boxes."""
    rng = np.random.default_rng(6)
    latitude, longitude = np.repeat(np.arange(-20.0, 25, 10), 12), np.tile(np.arange(0.0, 120, 10), 5)
    correlation = exponential_correlation(latitude, longitude, 1500.0)
    dense = rng.standard_normal((150, 60)) @ np.linalg.cholesky(correlation).T
    area = np.cos(np.radians(latitude))
    pattern = (longitude < 40) | (rng.random(60) < 0.08)

    def gauss_markov(fields):
        return np.array([area_mean(f, np.full(60, 1e-6), area, correlation, 1.0)[0] for f in fields])

    plain = error_of_patterns(dense, area, pattern[None])
    better = error_of_patterns(dense, area, pattern[None], gauss_markov)
    assert better.rms[0] < 0.85 * plain.rms[0]
    assert better.fraction == plain.fraction


def test_error_of_cast_fractions__variance_within_one_box():
    rng = np.random.default_rng(7)
    value = rng.standard_normal(200)
    found = error_of_cast_fractions(value, np.zeros(200, int), np.ones(1), [0.5, 0.1, 1.0], 2000, seed=8)
    m = np.array([100, 20, 200])
    expected = np.sqrt(value.var(ddof=1) * (1 - m / 200) / m)
    np.testing.assert_allclose(found.rms, expected, rtol=0.06, atol=1e-14)
    np.testing.assert_allclose(found.fraction, 1)


def test_error_of_cast_fractions__boxes_empty_as_casts_are_dropped():
    """Against a plain mean of box means for the same draws; casts without value or area do not count."""
    rng = np.random.default_rng(9)
    value, box, area = rng.standard_normal(80), rng.integers(0, 12, 80), rng.uniform(1, 2, 12)
    value[3], area[5] = np.nan, 0.0
    before = value.copy(), box.copy(), area.copy()
    found = error_of_cast_fractions(value, box, area, [0.1, 0.5], 4, seed=10)
    counts = np.isfinite(value) & (area[box] > 0)

    def mean(at):
        boxes = np.unique(box[at])
        means = np.array([value[at][box[at] == b].mean() for b in boxes])
        return area[boxes] @ means / area[boxes].sum(), area[boxes].sum()

    usable, draws = np.flatnonzero(counts), np.random.default_rng(10)
    orders = [usable[draws.permutation(usable.size)] for _ in range(4)]
    full = mean(usable)
    for k, part in enumerate((0.1, 0.5)):
        drawn = [mean(o[: round(part * usable.size)]) for o in orders]
        difference = np.array([d[0] for d in drawn]) - full[0]
        assert found.rms[k] == pytest.approx(np.sqrt((difference**2).mean()))
        assert found.fraction[k] == pytest.approx(np.mean([d[1] for d in drawn]) / full[1])
    for array, kept in zip((value, box, area), before, strict=True):
        np.testing.assert_array_equal(array, kept)


def test_error_at__follows_random_sampling_exactly_between_two_points():
    x = np.array([0.1, 0.6, 1.0])
    curve = SamplingError(x, np.sqrt(2.0 * (1 - x) / x), np.zeros(3), np.ones(3))
    at = np.array([0.05, 0.1, 0.3, 0.9, 1.0, np.nan])
    expected = np.sqrt(2.0 * (1 - at) / at)
    expected[0] = np.nan
    np.testing.assert_allclose(error_at(curve, at), expected)
    none = error_at(curve._replace(rms=np.full(3, np.nan)), np.array([0.5, 1.0]))
    np.testing.assert_array_equal(none, [np.nan, 0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: error_of_patterns(np.zeros((2, 3)), np.ones(4), np.ones((1, 3))), "do not match"),
        (lambda: error_of_fractions(np.zeros((2, 3)), np.ones(3), [0.1], 5, 0), "keep 1 to 3 boxes"),
        (lambda: error_of_fractions(np.zeros((2, 3)), np.ones(3), [1.5], 5, 0), r"\[1.5\]"),
        (lambda: error_of_cast_fractions(np.zeros(3), [0, 1, 4], np.ones(4), [0.5], 5, 0), "0 to 4 lie"),
        (lambda: error_of_cast_fractions([], [], np.ones(4), [0.5], 5, 0), "keep 1 to 0 casts"),
    ],
)
def test_subsampling__bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
