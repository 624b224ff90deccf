import numpy as np
import pytest

from kernels.indicators.area_mean import exponential_correlation
from kernels.indicators.space_time import DOUBT, EXPECTED, Share, fitted, patterns, smoothed

LATITUDE, LONGITUDE = (a.ravel() for a in np.meshgrid([-7.5, -2.5, 2.5, 7.5], np.arange(-35, 36, 10.0)))
CORRELATION = exponential_correlation(LATITUDE, LONGITUDE, 1500.0)
AREA = np.cos(np.radians(LATITUDE))
SINGLE = np.linspace(0.5, 2.0, AREA.size)
N_MONTH = 120
MONTH = np.arange(N_MONTH)
TRUE = Share(slow=0.5, fast=0.3, noise=1.0, months=6.0, fast_months=1.5, drift=1e-3)


def fading(months):
    return np.exp(-np.abs(MONTH[:, None] - MONTH) / months)


def drawn(rng, share, n_samples):
    """Truth of each box and month under the model, and box means of so many samples (0: none)."""
    n_box = AREA.size
    roots = [np.linalg.cholesky(fading(m)) for m in (share.months, share.fast_months)]
    slow = roots[0] @ rng.standard_normal((N_MONTH, n_box)) @ np.linalg.cholesky(CORRELATION).T
    fast, noise = (roots[1] @ rng.standard_normal((N_MONTH, n_box)) for _ in range(2))
    level = 0.02 * MONTH + np.cumsum(np.sqrt(share.drift) * rng.standard_normal(N_MONTH))
    truth = level[:, None] + np.sqrt(SINGLE) * (np.sqrt(share.slow) * slow + np.sqrt(share.fast) * fast)
    variance = SINGLE / np.where(n_samples > 0, n_samples, np.nan)
    return truth, truth + np.sqrt(variance) * noise, variance


def sparse(rng):
    n = np.where(rng.uniform(size=(N_MONTH, AREA.size)) < 0.25, rng.integers(1, 4, (N_MONTH, AREA.size)), 0)
    n[:60, :12] = 0  # a part of the area is sampled in the second half only
    return n


def errors(share, seed, prior=None):
    rng = np.random.default_rng(seed)
    truth, mean, variance = drawn(rng, share, sparse(rng))
    pattern = patterns(CORRELATION, AREA, AREA.size)
    used = fitted(mean, variance, SINGLE, pattern[:, -8:]) if prior is None else prior
    made = smoothed(mean, variance, SINGLE, AREA, pattern, used)
    of_area = truth @ AREA / AREA.sum()
    there = np.isfinite(mean)
    of_boxes = np.nansum(mean, axis=1) / np.where(there.any(axis=1), there.sum(axis=1), np.nan)
    return made.value - of_area, made.error, of_boxes - of_area


def test_patterns__approach_the_correlation_from_below():
    whole = patterns(CORRELATION, AREA, AREA.size)
    np.testing.assert_allclose(whole @ whole.T, CORRELATION, atol=1e-10)
    few = patterns(CORRELATION, AREA, 5)
    assert few.shape == (AREA.size, 5)
    np.testing.assert_allclose(few, whole[:, -5:], atol=1e-10)
    assert (np.linalg.eigvalsh(CORRELATION - few @ few.T) > -1e-10).all()


def test_smoothed__equals_a_dense_solve():
    """All months and boxes at once, with the full covariance of signal and of persistent noise."""
    rng = np.random.default_rng(1)
    share = TRUE._replace(fast=1e-12)
    n = np.broadcast_to(np.where(np.arange(AREA.size) % 3 == 0, 2, 0), (N_MONTH, AREA.size)).copy()
    n[::7, 1] = 1  # sampled now and then
    _, mean, variance = drawn(rng, share, n)
    made = smoothed(mean, variance, SINGLE, AREA, patterns(CORRELATION, AREA, AREA.size), share)

    scale = SINGLE.mean()
    spread = np.sqrt(SINGLE)
    slow = np.kron(fading(share.months), share.slow * CORRELATION * np.outer(spread, spread))
    begun = np.minimum(
        MONTH[:, None], MONTH
    )  # variance of a random walk, level and rise of which are unknown
    level = scale * (1e2 + share.drift * begun + 1e-4 * np.outer(MONTH, MONTH))
    signal = slow + np.kron(level, np.ones((AREA.size, AREA.size)))
    deviation = np.sqrt(np.nan_to_num(variance))
    persistent = np.where(np.arange(AREA.size) % 3 == 0, 1.0, 0.0)
    month, box = np.nonzero(n)
    same = box[:, None] == box
    lag = np.abs(month[:, None] - month)
    between = np.where(lag == 0, 1.0, persistent[box] * np.exp(-lag / share.fast_months))
    noise = same * between * np.outer(deviation[month, box], deviation[month, box])
    at = month * AREA.size + box
    K = signal[np.ix_(at, at)] + noise
    towards = signal[:, at].reshape(N_MONTH, AREA.size, -1).transpose(0, 2, 1) @ (AREA / AREA.sum())
    weight = np.linalg.solve(K, towards.T)
    np.testing.assert_allclose(made.value, weight.T @ mean[month, box], atol=2e-3)
    whole = np.kron(np.eye(N_MONTH), AREA / AREA.sum())
    np.testing.assert_allclose(made.error, whole @ signal @ whole.T - towards @ weight, atol=2e-4)


def test_smoothed__is_nearer_the_truth_than_box_averages_and_says_how_near():
    found = [errors(TRUE, seed) for seed in range(25)]
    error = np.array([f[0] for f in found])
    stated = np.sqrt([np.diag(f[1]) for f in found])
    plain = np.array([f[2] for f in found])
    known = np.isfinite(plain)
    assert np.sqrt(np.mean(error[known] ** 2)) < 0.75 * np.sqrt(np.mean(plain[known] ** 2))
    assert 0.90 <= np.mean(np.abs(error) < 1.96 * stated) <= 0.99
    # errors of months are not independent: those of means over years are stated from their covariance
    years = np.kron(np.eye(N_MONTH // 12), np.full(12, 1 / 12))
    of_year = np.sqrt([np.diag(years @ f[1] @ years.T) for f in found])
    assert 0.88 <= np.mean(np.abs(error @ years.T) < 1.96 * of_year) <= 0.995


def test_smoothed__less_sampled_is_less_certain():
    _, error, _ = errors(TRUE, 3, TRUE)
    stated = np.sqrt(np.diag(error))
    assert stated[:60].min() > stated[60:].max() * 0.9
    assert stated[:60].mean() > 1.2 * stated[60:].mean()


def test_smoothed__fills_a_month_without_records_from_those_beside_it():
    rng = np.random.default_rng(5)
    truth, mean, variance = drawn(rng, TRUE, sparse(rng))
    mean[70:73] = np.nan
    made = smoothed(mean, variance, SINGLE, AREA, patterns(CORRELATION, AREA, 12), TRUE)
    stated = np.sqrt(np.diag(made.error))
    assert np.isfinite(made.value).all()
    assert stated[71] > stated[[69, 73]].max()
    assert np.abs(made.value - truth @ AREA / AREA.sum())[71] < 4 * stated[71]


def test_smoothed__a_box_far_off_does_not_carry_its_sea_away():
    rng = np.random.default_rng(6)
    truth, mean, variance = drawn(rng, TRUE, sparse(rng))
    pattern = patterns(CORRELATION, AREA, 12)
    clean = smoothed(mean, variance, SINGLE, AREA, pattern, TRUE)
    mean[90] = np.nan
    mean[90, 5], variance[90, 5] = truth[90, 5] + 30, SINGLE[5]
    given = variance.copy()
    made = smoothed(mean, variance, SINGLE, AREA, pattern, TRUE)
    error = made.value - truth @ AREA / AREA.sum()
    assert np.abs(error[90]) < 3 * np.sqrt(made.error[90, 90])
    np.testing.assert_allclose(made.value[:60], clean.value[:60], atol=0.02)
    np.testing.assert_array_equal(variance, given)


@pytest.mark.parametrize("factor", [1e-3, 1e9], ids=["small", "large"])
def test_fitted_and_smoothed__do_not_depend_on_the_unit(factor):
    rng = np.random.default_rng(2)
    _, mean, variance = drawn(rng, TRUE, sparse(rng))
    pattern = patterns(CORRELATION, AREA, 8)
    share = fitted(mean, variance, SINGLE, pattern)
    scaled = mean * factor, variance * factor**2, SINGLE * factor**2
    np.testing.assert_allclose(fitted(*scaled, pattern), share, rtol=1e-3)
    one, other = (
        smoothed(mean, variance, SINGLE, AREA, pattern, share),
        smoothed(*scaled, AREA, pattern, share),
    )
    np.testing.assert_allclose(other.value, factor * one.value, rtol=1e-6)
    np.testing.assert_allclose(other.error, factor**2 * one.error, rtol=1e-6)


def test_fitted__finds_what_made_the_boxes():
    found = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        _, mean, variance = drawn(rng, TRUE, sparse(rng) + 1)
        found.append(fitted(mean, variance, SINGLE, patterns(CORRELATION, AREA, 8)))
    ratio = np.exp(np.mean(np.log(found), axis=0)) / TRUE
    assert (np.abs(np.log(ratio[:5])) < np.log(2)).all()


def test_fitted__without_records_is_what_is_expected():
    nothing = np.full((24, AREA.size), np.nan)
    found = fitted(nothing, nothing, SINGLE, patterns(CORRELATION, AREA, 8))
    assert (np.abs(np.log(np.array(found) / EXPECTED)) < 0.3 * np.array(DOUBT)).all()


def test_smoothed__order_of_boxes_does_not_matter_and_input_stays():
    rng = np.random.default_rng(4)
    _, mean, variance = drawn(rng, TRUE, sparse(rng))
    given = [a.copy() for a in (mean, variance, SINGLE, AREA)]
    pattern = patterns(CORRELATION, AREA, 8)
    made = smoothed(mean, variance, SINGLE, AREA, pattern, TRUE)
    order = rng.permutation(AREA.size)
    other = smoothed(mean[:, order], variance[:, order], SINGLE[order], AREA[order], pattern[order], TRUE)
    np.testing.assert_allclose(other.value, made.value, rtol=1e-9)
    for before, after in zip(given, (mean, variance, SINGLE, AREA), strict=True):
        np.testing.assert_array_equal(before, after)
