"""Persistence of the noise from that of residuals."""

import numpy as np
import pytest

from kernels.indicators.persistence import (
    effective_size,
    hamed_rao_factor,
    lag_one_correlation,
    noise_by_moments,
    r1_beyond_line,
    surrogates,
)


def line(t):
    design = np.column_stack([np.ones(t.size), t])
    return design @ np.linalg.pinv(design)


def red_noise(rng, n, r1, size):
    out = rng.standard_normal((size, n))
    for k in range(1, n):
        out[:, k] = r1 * out[:, k - 1] + np.sqrt(1 - r1**2) * out[:, k]
    return out


@pytest.mark.parametrize("r1", [0.0, 0.3, 0.6])
def test_r1_beyond_line__bias_of_residuals_is_gone(r1):
    rng = np.random.default_rng(0)
    t = np.arange(40.0)
    keep = np.eye(40) - line(t)
    raw = [lag_one_correlation(t, keep @ e) for e in red_noise(rng, 40, r1, 3000)]
    assert np.mean(raw) < r1 - 0.04
    assert np.mean([r1_beyond_line(r, 40) for r in raw]) == pytest.approx(r1, abs=0.035)


def test_r1_beyond_line__stays_below_one():
    assert r1_beyond_line(0.95, 20) == 0.98
    assert r1_beyond_line(0.0, 4) == 0.98


@pytest.mark.parametrize(("r1", "expected"), [(0.5, 10.0), (0.0, 30.0), (-0.5, 30.0)])
def test_effective_size__published_form(r1, expected):
    assert effective_size(r1, 30) == pytest.approx(expected)


@pytest.mark.parametrize("own", [0.0, 0.8])
@pytest.mark.parametrize("r1", [0.0, 0.5, 0.8])
def test_noise_by_moments__is_exact_for_expected_moments(r1, own):
    """Residuals whose squares and products are the expected ones give back what they were made of: any root
    of the expected covariance is a set of series, whose moments add up."""
    t = np.array([0.0, 1, 2, 3, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17])
    smoother = line(t)
    keep = np.eye(t.size) - smoother
    error = np.full(t.size, own) * np.linspace(0.5, 1.5, t.size)
    covariance = 2.5 * r1 ** np.abs(t[:, None] - t) + np.diag(error**2)
    residual_covariance = keep @ covariance @ keep.T
    values, vectors = np.linalg.eigh(residual_covariance)
    # one series with these lag 0 and lag 1 moments: signs of the roots leave lag 0, a search meets lag 1
    pairs = np.isclose(np.diff(t), 1.0)
    wanted = np.trace(residual_covariance), np.diag(residual_covariance, 1)[pairs].sum()
    residual = one_series(wanted, vectors * np.sqrt(np.maximum(values, 0)), pairs)
    found = noise_by_moments(t, residual, smoother, error**2)
    assert found == pytest.approx((r1, 2.5), abs=1e-4)


def one_series(wanted, roots, pairs):
    rng = np.random.default_rng(1)

    def moments(e):
        return np.array([e @ e, e[1:][pairs] @ e[:-1][pairs]])

    def scaled(e):
        return e * np.sqrt(wanted[0] / (e @ e))

    low = high = None
    while low is None or high is None:
        e = scaled(roots @ rng.standard_normal(roots.shape[1]))
        low, high = (e, high) if moments(e)[1] < wanted[1] else (low, e)
    for _ in range(60):
        middle = scaled(low + high)
        low, high = (middle, high) if moments(middle)[1] < wanted[1] else (low, middle)
    return scaled(low + high)


def test_noise_by_moments__errors_that_explain_all_leave_no_noise():
    t = np.arange(20.0)
    residual = 0.1 * np.random.default_rng(2).standard_normal(20)
    assert noise_by_moments(t, residual, line(t), np.ones(20)) == (0.0, 0.0)


def test_noise_by_moments__unbiased_for_a_flexible_smoother():
    """A polynomial of degree 5 on 40 values takes half of r1 away; not from the estimate."""
    rng = np.random.default_rng(3)
    t = np.arange(40.0)
    design = np.vander((t - 20) / 20, 6)
    smoother = design @ np.linalg.pinv(design)
    keep = np.eye(40) - smoother
    noise = red_noise(rng, 40, 0.6, 400)
    raw = np.mean([lag_one_correlation(t, keep @ e) for e in noise])
    found = np.array([noise_by_moments(t, keep @ e, smoother) for e in noise])
    assert raw < 0.4
    assert np.median(found[:, 0]) == pytest.approx(0.6, abs=0.06)
    assert np.median(found[:, 1]) == pytest.approx(1.0, abs=0.25)


def test_hamed_rao_factor__white_noise_and_a_wave():
    rng = np.random.default_rng(4)
    t = np.arange(60.0)
    assert hamed_rao_factor(t, rng.standard_normal(60)) < 1.6
    assert hamed_rao_factor(t, np.sin(t / 8)) > 2


def test_hamed_rao_factor__missing_values_leave_pairs():
    t = np.arange(30.0)
    wave = np.sin(t / 4)
    gap = np.r_[0:10, 14:30]
    full, part = hamed_rao_factor(t, wave), hamed_rao_factor(t[gap], wave[gap])
    assert part == pytest.approx(full, rel=0.35)


def test_surrogates__covariance_is_the_one_asked_for():
    t = np.array([0.0, 1, 2, 4, 5])
    own = np.array([0.0, 1, 0, 2, 0])
    made = surrogates(t, 0.6, 2.0, own, 1e9, 200_000, 0)
    expected = 2 * 0.6 ** np.abs(t[:, None] - t) + np.diag(own)
    np.testing.assert_allclose(made.T @ made / len(made), expected, atol=0.05)
