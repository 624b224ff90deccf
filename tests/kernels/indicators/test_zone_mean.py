"""Zones give what single areas give, month by month and level by level."""

import numpy as np
import pytest

from kernels.indicators.area_mean import area_mean, exponential_correlation, sample_variance, signal_variance
from kernels.indicators.zone_mean import sample_noise, zone_means, zone_signal

N_MONTH, N_BOX, N_LEVEL = 30, 12, 4
CORRELATION = exponential_correlation(np.full(N_BOX, 42.5), np.arange(N_BOX) * 10.0, 1000.0)


@pytest.fixture(scope="module")
def zone():
    rng = np.random.default_rng(0)
    root = np.linalg.cholesky(CORRELATION)
    mean = np.einsum("ij,mjk->mik", root, rng.standard_normal((N_MONTH, N_BOX, N_LEVEL)))
    n = rng.integers(0, 5, mean.shape)
    mean = np.where(n > 0, mean + rng.standard_normal(mean.shape) / np.sqrt(np.maximum(n, 1)), np.nan)
    variance = np.where(n > 1, rng.chisquare(np.maximum(n - 1, 1)) / np.maximum(n - 1, 1), np.nan)
    mean[3], mean[4, 1:] = np.nan, np.nan  # a month without any box, and one with a single one
    area = rng.uniform(0.5, 1, (N_BOX, N_LEVEL))
    area[5, 2:] = 0
    return mean, variance, n, area


def test_zone_means__are_those_of_single_areas(zone):
    mean, variance, n, area = zone
    noise = sample_noise(mean, variance, n, 10.0)
    signal, freedom = zone_signal(mean, noise, CORRELATION)
    made = zone_means(mean, noise, area, CORRELATION, signal)
    for k in range(N_LEVEL):
        single = sample_variance(variance[..., k], n[..., k], 10.0)
        one = np.where(np.isfinite(mean[..., k]), single / np.where(n[..., k] > 0, n[..., k], np.nan), np.nan)
        np.testing.assert_allclose(noise[..., k], one, rtol=1e-12)
        np.testing.assert_allclose(
            (signal[k], freedom[k]), signal_variance(mean[..., k], one, CORRELATION), rtol=1e-10
        )
        for m in range(N_MONTH):
            expected = area_mean(mean[m, :, k], one[m], area[:, k], CORRELATION, signal[k])
            np.testing.assert_allclose([a[m, k] for a in made], expected, rtol=1e-9)


def test_zone_means__leave_their_input_alone(zone):
    mean, variance, n, area = (a.copy() for a in zone)
    noise = sample_noise(mean, variance, n, 10.0)
    zone_means(mean, noise, area, CORRELATION, zone_signal(mean, noise, CORRELATION)[0])
    for now, before in zip((mean, variance, n, area), zone, strict=True):
        np.testing.assert_array_equal(now, before)


def test_zone_means__months_on_their_own_are_the_same(zone):
    mean, variance, n, area = zone
    noise = sample_noise(mean, variance, n, 10.0)
    whole = zone_means(mean, noise, area, CORRELATION, np.ones(N_LEVEL))
    parts = [
        zone_means(mean[m : m + 1], noise[m : m + 1], area, CORRELATION, np.ones(N_LEVEL))
        for m in range(N_MONTH)
    ]
    np.testing.assert_array_equal(whole, np.concatenate(parts, axis=1))


def test_zone_means__stated_errors_hold():
    """Boxes with known signal and noise, every other one unsampled: z has a deviation of one."""
    rng = np.random.default_rng(1)
    n_month = 4000
    truth = np.linalg.cholesky(CORRELATION) @ rng.standard_normal((N_BOX, n_month))
    mean = (truth + 0.5 * rng.standard_normal(truth.shape)).T[:, :, None]
    mean[:, ::2] = np.nan
    noise, area = np.full(mean.shape, 0.25), np.ones((N_BOX, 1))
    signal = zone_signal(mean, noise, CORRELATION)[0]
    assert signal[0] == pytest.approx(1, abs=0.05)
    value, error, _ = zone_means(mean, noise, area, CORRELATION, np.ones(1))
    z = (value[:, 0] - truth.mean(axis=0)) / error[:, 0]
    assert z.std() == pytest.approx(1, abs=0.05)
    assert abs(z.mean()) < 0.07


def test_zone_means__without_a_known_variance_the_areas_decide_and_there_is_no_error():
    mean = np.array([[[1.0], [3.0], [np.nan]]])
    area = np.array([[1.0], [3.0], [2.0]])
    n = np.ones(mean.shape, int)
    noise = sample_noise(mean[:, :1], np.full((1, 1, 1), np.nan), n[:, :1], 10.0)
    assert np.isnan(noise).all()  # one value tells nothing of its error
    signal, freedom = zone_signal(mean[:, :1], noise, np.eye(1))
    assert np.isnan(signal).all()
    assert freedom.tolist() == [0]
    value, error, _ = zone_means(mean, np.full(mean.shape, np.nan), area, np.eye(3), np.array([np.nan]))
    assert value[0, 0] == pytest.approx(2.5)
    assert np.isnan(error).all()
    assert np.isnan(zone_means(mean, np.ones(mean.shape), 0 * area, np.eye(3), np.ones(1))[0]).all()


def test_sample_noise__box_means_stand_in_where_no_box_has_two_samples():
    mean = np.array([[[1.0], [3.0]]])
    noise = sample_noise(mean, np.full(mean.shape, np.nan), np.array([[[1], [2]]]) * 0 + 1, 10.0)
    np.testing.assert_allclose(noise, 2.0)
