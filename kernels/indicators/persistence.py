"""How much residuals remember of the step before, and what that costs in effective sample.

Residuals about a fitted line are less correlated than the noise that they stem from, the more so the shorter
the series and the more flexible the fit. There are two remedies here: a closed form for a straight line, and
for any linear smoother the value whose expected moments are those observed.

References
----------
Hamed, K. H. and A. R. Rao, 1998: A modified Mann-Kendall trend test for autocorrelated data. Journal of
Hydrology 204, 182-196: variance of the score. Kendall, M. G., 1954: Note on bias in the estimation of
autocorrelation. Biometrika 41, 403-404, and its extension to a series with a trend, (2 + 4 r1) / n. (All from
memory, not checked; the bias is measured in the test.)
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import rankdata

from kernels.compiled import Array, compiled

LARGEST_R1 = 0.98
"""Beyond it noise and trend of a series cannot be told apart."""


@compiled
def lag_one_correlation(time: Array, residual: Array) -> float:
    """Correlation of residuals one step apart; 0 where they are all zero."""
    n = time.size
    step = np.inf
    for k in range(1, n):
        step = min(step, time[k] - time[k - 1])
    total, shared, pairs = 0.0, 0.0, 0
    for k in range(n):
        total += residual[k] * residual[k]
    for k in range(1, n):
        if abs(time[k] - time[k - 1] - step) <= 1e-8 + 1e-5 * abs(step):
            shared += residual[k] * residual[k - 1]
            pairs += 1
    if total == 0:
        return 0.0
    return shared * (n / (pairs + 1)) / total


@compiled
def r1_beyond_line(r1: float, n: int) -> float:
    """Lag-one correlation of the noise from that of its residuals about a straight line, not above 0.98.

    The residuals' is too low by (2 + 4 r1) / n on average.
    """
    return min((n * r1 + 2) / (n - 4), 0.98) if n > 4 else 0.98


@compiled
def effective_size(r1: float, n: int) -> float:
    """n (1 - r1) / (1 + r1) for r1 above 0, else n."""
    r = max(r1, 0.0)
    return n * (1 - r) / (1 + r)


def hamed_rao_factor(time: Array, residual: Array, significance: float = 0.05) -> float:
    """Factor by which autocorrelation enlarges the variance of the Mann-Kendall score, not below 1.

    Uses the autocorrelation of the ranks of the detrended series at those lags where it is significant. We
    differ from Hamed and Rao in that negative autocorrelation does not narrow an interval, and in that
    missing values count by the pairs that are left.

    Parameters
    ----------
    time, residual : (n,) detrended values, all known, on even steps of which some may lack.
    """
    n = time.size
    at = np.rint((time - time[0]) / np.diff(time).min()).astype(np.int64)
    rank = np.zeros(at[-1] + 1)
    present = np.zeros(at[-1] + 1)
    rank[at] = rankdata(residual) - (n + 1) / 2
    present[at] = 1.0
    lag = np.arange(1, n - 2)
    correlation = _of_lags(rank, lag.size) * n / (_of_lags(present, lag.size) + lag) / (rank @ rank)
    significant = np.abs(correlation) > ndtri(1 - significance / 2) / np.sqrt(n)
    weight = (n - lag) * (n - lag - 1.0) * (n - lag - 2)
    return max(1.0, float(1 + 2 * (weight * correlation)[significant].sum() / (n * (n - 1.0) * (n - 2))))


def _of_lags(values: Array, n_lags: int) -> Array:
    """Sums of products ``values[i] values[i + lag]`` for lag 1 to ``n_lags``."""
    full = np.correlate(values, values, "full")[values.size :]
    return np.asarray(full[:n_lags])


def noise_by_moments(
    time: Array, residual: Array, smoother: Array, own_variance: Array | None = None
) -> tuple[float, float]:
    """AR(1) noise whose residuals about a linear fit have, in expectation, the moments observed.

    If ``L`` is the smoother, residuals of noise with covariance C have the covariance (I - L) C (I - L)'.
    Its trace and the sum of its first off-diagonal are set equal to the observed sums of squares and of
    products one step apart, after what the values' own, independent errors explain is taken off both.

    Parameters
    ----------
    time, residual : (n,) all known, on even steps of which some may lack.
    smoother : (n, n) that gives the fitted values from the series.
    own_variance : (n,) error variance of each value; left out, all scatter is the noise's.

    Returns
    -------
    r1 : 0 to 0.98.
    variance : of the noise beyond the own errors, not below 0.
    """
    maker = np.eye(time.size) - smoother
    step = np.diff(time)
    pairs = np.isclose(step, step.min())
    observed = np.array([residual @ residual, residual[1:][pairs] @ residual[:-1][pairs]])
    square, product = maker.T @ maker, maker[:-1][pairs].T @ maker[1:][pairs]
    if own_variance is not None:
        observed -= [np.diag(square) @ own_variance, np.diag(product) @ own_variance]
    lag = np.rint(np.abs(time[:, None] - time) / step.min()).astype(np.int64).ravel()
    by_lag = np.array([np.bincount(lag, m.ravel()) for m in (square, product)])
    if observed[0] <= 0 or by_lag[0, 0] <= 0:
        return 0.0, 0.0
    power = np.arange(by_lag.shape[1])

    def surplus(r1: float) -> float:
        expected = by_lag @ r1**power
        return float(expected[1] * observed[0] - observed[1] * expected[0])

    r1 = 0.0
    if surplus(0.0) < 0:
        r1 = LARGEST_R1 if surplus(LARGEST_R1) <= 0 else float(brentq(surplus, 0.0, LARGEST_R1, xtol=1e-6))
    return r1, float(observed[0] / (by_lag[0] @ r1**power))


def surrogates(
    time: Array, r1: float, variance: float, own_variance: Array, freedom: float, n_surrogates: int, seed: int
) -> Array:
    """AR(1) noise plus independent errors on given times: (n_surrogates, n).

    ``freedom`` is that of the noise's variance, each surrogate taking a draw of it.
    """
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal((n_surrogates, time.size))
    red = red_noise(normal, np.diff(time) / np.diff(time).min(), r1)
    red *= np.sqrt(variance * freedom / rng.chisquare(freedom, n_surrogates))[:, None]
    if own_variance.any():
        red += np.sqrt(own_variance) * rng.standard_normal((n_surrogates, time.size))
    return np.asarray(red)


@compiled
def red_noise(normal: Array, steps: Array, r1: float) -> Array:
    """AR(1) series of unit variance from normal numbers (n_series, n), ``steps`` (n - 1) apart."""
    out = np.empty_like(normal)
    carried = r1**steps
    fresh = np.sqrt(1 - carried * carried)
    for s in range(normal.shape[0]):
        out[s, 0] = normal[s, 0]
        for k in range(1, normal.shape[1]):
            out[s, k] = carried[k - 1] * out[s, k - 1] + fresh[k - 1] * normal[s, k]
    return out
