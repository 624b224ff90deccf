"""The area mean and its error, on fields whose covariance is known."""

import numpy as np
import pytest

from kernels.indicators.area_mean import (
    area_mean,
    area_weighted_mean,
    exponential_correlation,
    sample_variance,
    signal_variance,
)

LAT, LON = (
    a.ravel() for a in np.meshgrid(np.arange(-57.5, 60, 5), np.arange(-175.0, 180, 10), indexing="ij")
)
AREA = np.cos(np.radians(LAT))
CORRELATION = exponential_correlation(LAT, LON, 1500.0)
INSIDE = (LAT > 0) & (LAT < 40) & (LON > -60) & (LON < 40)


def test_exponential_correlation__known_distance():
    """90 degrees of great circle are 10007.543 km on a sphere of 6371 km."""
    c = exponential_correlation(np.array([0.0, 0.0, 90.0]), np.array([-170.0, 100.0, 3.0]), 10007.543)
    np.testing.assert_allclose(c, np.exp(-(1 - np.eye(3))), rtol=1e-6)


def test_area_mean__equal_boxes_without_signal_give_the_plain_mean():
    d, n = np.array([1.0, 2, 6]), 3
    value, error, _ = area_mean(d, np.full(n, 4.0), np.ones(n), np.eye(n), 0.0)
    assert value == pytest.approx(3)
    assert error == pytest.approx(2 / np.sqrt(3))


def test_area_mean__noise_decides_the_weights():
    value, error, _ = area_mean(np.array([1.0, 4.0]), np.array([1.0, 2.0]), np.ones(2), np.eye(2), 0.0)
    assert value == pytest.approx(2)
    assert error == pytest.approx(np.sqrt(2 / 3))


def test_area_mean__tells_noise_from_what_lasts():
    """Without noise all of the error is signal, without signal all of it is noise."""
    d, area, c = np.array([1.0, np.nan, 3.0]), np.ones(3), np.eye(3)
    assert area_mean(d, np.zeros(3), area, c, 1.0).noise == pytest.approx(0, abs=1e-6)
    only_noise = area_mean(d, np.full(3, 2.0), area, c, 0.0)
    assert only_noise.noise == pytest.approx(only_noise.standard_error) == pytest.approx(1)
    both = area_mean(d, np.full(3, 2.0), area, c, 1.0)
    # by symmetry a half of each
    assert both.noise == pytest.approx(1)
    assert both.standard_error > both.noise


def test_area_mean__everything_sampled_without_noise_is_the_weighted_mean():
    rng = np.random.default_rng(0)
    d = rng.standard_normal(INSIDE.sum())
    c = CORRELATION[np.ix_(INSIDE, INSIDE)]
    value, error, _ = area_mean(d, np.zeros(d.size), AREA[INSIDE], c, 1.0)
    assert value == pytest.approx(np.average(d, weights=AREA[INSIDE]), rel=1e-6)
    assert error < 1e-3


def test_area_mean__uniform_field_is_exact_and_certain():
    value, error, _ = area_mean(
        np.array([5.0, np.nan, 5.0]), np.zeros(3), np.array([1.0, 2, 3]), np.eye(3), 0.0
    )
    assert (value, error) == (5.0, 0.0)


def test_area_mean__unsampled_boxes_add_error():
    d = np.zeros(INSIDE.sum())
    c = CORRELATION[np.ix_(INSIDE, INSIDE)]
    errors = []
    for left_out in (0, 10, 20, 30):
        d[:] = 0
        d[:left_out] = np.nan
        errors.append(area_mean(d, np.full(d.size, 0.1), AREA[INSIDE], c, 1.0)[1])
    assert errors == sorted(errors)
    assert errors[-1] > 2 * errors[0]


@pytest.mark.parametrize("area", [np.ones(2), np.zeros(2)], ids=["nothing sampled", "no area"])
def test_area_mean__nothing_is_not_zero(area):
    assert np.isnan(area_mean(np.full(2, np.nan), np.ones(2), area, np.eye(2), 1.0)).all()


def test_sample_variance__few_samples_lean_on_the_region():
    n = np.array([[2.0, 101.0, 1.0]])
    variance = np.array([[50.0, 2.0, np.nan]])
    pooled = (50 + 200) / 101
    expected = [(50 + 10 * pooled) / 11, (200 + 10 * pooled) / 110, pooled]
    np.testing.assert_allclose(sample_variance(variance, n, 10.0), expected)
    assert np.isnan(sample_variance(variance, np.ones((1, 3)), 10.0)).all()


def test_sample_variance__leans_on_what_is_near():
    """Two seas far from each other, quiet and restless; a box of each has one sample a month only."""
    n = np.array([[1.0, 31.0, 31.0, 1.0]])
    variance = np.array([[np.nan, 1.0, 9.0, np.nan]])
    near = np.kron(np.eye(2), np.ones((2, 2)))
    np.testing.assert_allclose(sample_variance(variance, n, 10.0, near), [1, 1, 9, 9])
    np.testing.assert_allclose(sample_variance(variance, n, 10.0)[[0, 3]], 5)


def draw(rng, size):
    """Fields of unit variance with ``CORRELATION`` about a random level: (size, n_box)."""
    level = 3 * rng.standard_normal((size, 1))
    root = np.linalg.cholesky(CORRELATION[np.ix_(INSIDE, INSIDE)])
    return level + rng.standard_normal((size, INSIDE.sum())) @ root.T


def test_area_mean__interval_covers_the_truth():
    """Field, noise and sampling drawn 400 times, each time with variances estimated from the draws alone."""
    rng = np.random.default_rng(7)
    area, c = AREA[INSIDE], CORRELATION[np.ix_(INSIDE, INSIDE)]
    fields = draw(rng, 400)
    truth = fields @ area / area.sum()
    n = np.where(rng.uniform(size=fields.shape) < 0.5, rng.integers(1, 8, fields.shape), 0)
    n[:, :40] = 0  # one end of the region is never sampled
    noise_variance = rng.uniform(0.5, 4, fields.shape[1])
    mean = np.full(fields.shape, np.nan)
    within = np.full(fields.shape, np.nan)
    for k, j in zip(*np.nonzero(n), strict=True):
        samples = fields[k, j] + np.sqrt(noise_variance[j]) * rng.standard_normal(n[k, j])
        mean[k, j] = samples.mean()
        within[k, j] = samples.var(ddof=1) if n[k, j] > 1 else np.nan
    noise = sample_variance(within, n, 10.0) / np.where(n > 0, n, np.nan)
    variance, freedom = signal_variance(mean, noise, c)
    assert variance == pytest.approx(1, abs=0.15)
    assert freedom > 1000
    estimate = np.array([area_mean(d, r, area, c, variance) for d, r in zip(mean, noise, strict=True)])
    covered = np.mean(np.abs(estimate[:, 0] - truth) < 1.96 * estimate[:, 1])
    assert 0.90 <= covered <= 0.99
    plain = np.nanmean(mean, axis=1)
    assert np.std(estimate[:, 0] - truth) < np.std(plain - truth)


def test_area_weighted_mean__states_its_error_and_is_never_better_than_the_best():
    """Fields drawn with the covariance that is assumed, a third of the boxes sampled with noise."""
    rng = np.random.default_rng(4)
    area, c = AREA[INSIDE], CORRELATION[np.ix_(INSIDE, INSIDE)]
    root = np.linalg.cholesky(c + 1e-9 * np.eye(area.size))
    sampled = rng.random(area.size) < 0.3
    noise = np.where(sampled, 0.5, np.nan)
    errors = []
    for _ in range(400):
        field = root @ rng.standard_normal(area.size)
        d = np.where(sampled, field + np.sqrt(0.5) * rng.standard_normal(area.size), np.nan)
        value, stated, of_noise = area_weighted_mean(d, noise, area, c, 1.0)
        errors.append(value - np.average(field, weights=area))
        assert value == pytest.approx(np.average(d[sampled], weights=area[sampled]))
    assert np.std(errors) == pytest.approx(stated, rel=0.1)
    share = area[sampled] / area[sampled].sum()
    assert of_noise == pytest.approx(np.sqrt(0.5 * share @ share))
    assert stated > area_mean(d, noise, area, c, 1.0)[1]
    assert np.isnan(area_weighted_mean(np.full(area.size, np.nan), noise, area, c, 1.0)).all()
