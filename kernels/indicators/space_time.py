"""Mean over an area month after month, from box means of all months: objective analysis in space and time.

The anomaly of a box is taken as the sum of a level that the whole area shares, which rises steadily and
wanders from month to month, a slow part that is correlated over distance and time, a fast part of each box
alone, and the noise of its samples. Level and slow part are a state that one filter forwards and one smoother
backwards estimate from the boxes of all months, so a month with few records leans on those beside it, and
unsampled boxes on sampled ones. The slow part is kept by the leading patterns of its covariance; what they
leave out counts as fast.

Fast part and noise of a box that is sampled in successive months are correlated (a float stays in its
eddy): of such a box the difference to what the month before lets expect is used. Errors of all months come
with their covariance, so those of yearly means and of trends are not made from assumptions on top.

Variances are relative to that between the samples of each box: where eddies are strong, so are the larger
motions. What they are relative to it is fitted by the likelihood of the box means, steadied by a prior.

References
----------
Durbin, J. and S. J. Koopman, 2012: Time series analysis by state space methods, 2nd edition, chapters 4 and 7
(from memory, not checked): filter, smoother, likelihood. Masreliez, C. J. and R. D. Martin, 1977: Robust
Bayesian estimation for the linear model and robustifying the Kalman filter. IEEE Transactions on Automatic
Control 22, 361-371 (from memory, not checked): what lies far off counts less. Bretherton, F. P., R. E. Davis
and C. B. Fandry, 1976: A technique for objective analysis and design of oceanographic experiments. Deep-Sea
Research 23, 559-582: the estimate that it is for a single month. Unlike these we carry the level as a state
of its own instead of a mean that is known.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import minimize

from kernels.compiled import Array, compiled


class Share(NamedTuple):
    """A-priori variances, relative to that between samples of a box, and e-folding times in months.

    ``slow`` and ``fast`` are variances of box means, ``noise`` is that of a sample (samples of a box that are
    not independent tell less of it than their number says), ``drift`` that of the step which the level takes
    from one month to the next, beyond a steady rise. ``fast_months`` is the e-folding time of the fast part
    and of the noise of a box.
    """

    slow: float
    fast: float
    noise: float
    months: float
    fast_months: float
    drift: float


EXPECTED = Share(slow=0.1, fast=0.3, noise=1.0, months=6.0, fast_months=1.0, drift=1e-4)
"""Median of the prior of ``fitted``: orders of magnitude, which a few years of records overrule."""
DOUBT = Share(slow=1.5, fast=1.0, noise=0.5, months=0.7, fast_months=0.5, drift=3.0)
"""Its standard deviations, of the natural logarithms."""
DOUBT_OF_BORROWED = Share(slow=0.5, fast=0.5, noise=0.3, months=0.5, fast_months=0.3, drift=3.0)
"""The same where the median was fitted to a region with more records: seas differ, but not by orders."""
PATTERNS, PATTERNS_OF_FIT = 20, 6
FAR = 4.0
"""Standard deviations from what is expected beyond which a box mean counts with the noise that puts it there:
a cast in a warm-core ring is no measure of its sea."""
_ANY_LEVEL, _ANY_RISE = 1e2, 1e-4


class Series(NamedTuple):
    """Means over the area, (n_month,), also of months without a sampled box, and the covariance of the errors
    of all of them, (n_month, n_month)."""

    value: Array
    error: Array


def patterns(correlation: Array, area: Array, n: int) -> Array:
    """Leading patterns of a field of unit variance and given correlation, the one of most variance last.

    Parameters
    ----------
    correlation : (n_box, n_box)
    area : (n_box,) weights, above 0.
    n : patterns at most.

    Returns
    -------
    patterns : (n_box, n) whose products with their transpose approach ``correlation`` from below.
    """
    weight = np.sqrt(area / area.sum())
    last = area.size - 1
    kept = (max(0, last + 1 - n), last)
    variance, vector = eigh(weight[:, None] * correlation * weight, subset_by_index=kept)
    return np.asarray(vector * np.sqrt(np.maximum(variance, 0.0)) / weight[:, None])


def smoothed(mean: Array, noise: Array, single: Array, area: Array, pattern: Array, share: Share) -> Series:
    """Means over the area of all months and the covariance of their errors.

    Parameters
    ----------
    mean : (n_month, n_box) box means, successive months; NaN where unsampled.
    noise : (n_month, n_box) their error variance.
    single : (n_box,) variance between the samples of a box.
    area : (n_box,) weight of each box.
    pattern : of ``patterns``.
    share : a-priori variances.
    """
    scale = _scale(single)
    loading, fast = _loading(single / scale**2, pattern, share)
    step, persistence = np.exp(-1 / share.months), np.exp(-1 / share.fast_months)
    data, error = mean / scale, share.noise * noise / scale**2
    weight = area / area.sum()
    value, covariance, rest = _smooth(data, error, loading, fast, weight, step, share.drift, persistence)
    months = np.arange(len(mean))
    # what the boxes themselves do not tell of their fast part fades as it does
    lag = np.abs(months[:, None] - months)
    covariance += np.sqrt(rest[:, None] * rest) * persistence**lag
    return Series(value * scale, covariance * scale**2)


def fitted(
    mean: Array, noise: Array, single: Array, pattern: Array, expected: Share = EXPECTED, doubt: Share = DOUBT
) -> Share:
    """A-priori variances under which the box means are most likely, given what is expected of them.

    Parameters
    ----------
    expected, doubt : median of the prior, and its standard deviation in the natural logarithm.

    Others as of ``smoothed``; few patterns are enough (``PATTERNS_OF_FIT``).
    """
    scale = _scale(single)
    data, error, relative = mean / scale, noise / scale**2, single / scale**2
    median, wide = np.log(expected), np.array(doubt)

    def unlikely(log: Array) -> float:
        share = Share(*np.exp(log).tolist())
        loading, fast = _loading(relative, pattern, share)
        steps = np.exp(-1 / share.months), np.exp(-1 / share.fast_months)
        likely = _likelihood(data, share.noise * error, loading, fast, steps[0], share.drift, steps[1])
        return float(0.5 * np.sum(((log - median) / wide) ** 2) - likely)

    around = median + np.vstack([np.zeros(wide.size), np.diag(wide)])
    settings = {"initial_simplex": around, "xatol": 0.1, "fatol": 0.1, "maxfev": 300}
    best = minimize(unlikely, median, method="Nelder-Mead", options=settings)
    return Share(*np.exp(best.x).tolist())


def _scale(single: Array) -> float:
    return float(np.sqrt(np.mean(single)))


def _loading(relative: Array, pattern: Array, share: Share) -> tuple[Array, Array]:
    """What the state means for each box, (n_box, n_pattern + 1), and the variance of its fast part."""
    spread = np.sqrt(share.slow * relative)
    loading = np.column_stack([pattern * spread[:, None], np.ones(len(pattern)), np.zeros(len(pattern))])
    left_out = np.maximum(1 - (pattern**2).sum(axis=1), 0.0)
    return loading, share.fast * relative + spread**2 * left_out


@compiled
def _start(n: int) -> tuple[Array, Array]:
    """State of the first month and the one before: slow parts of unit variance, a level nobody knows."""
    P = np.eye(2 * n)
    for i in (n - 2, 2 * n - 2):
        P[i, i], P[i + 1, i + 1] = _ANY_LEVEL, _ANY_RISE
    return np.zeros(2 * n), P


@compiled
def _forward(n: int, step: float) -> Array:
    """What a month makes of the state: slow parts fade, the level rises; the month before is kept with it."""
    A = np.zeros((2 * n, 2 * n))
    for i in range(n):
        A[i, i] = step if i < n - 2 else 1.0
        A[n + i, i] = 1.0
    A[n - 2, n - 1] = 1.0
    return A


@compiled
def _next(a: Array, P: Array, step: float, drift: float) -> tuple[Array, Array]:
    """State of a month and the one before it, from that of the month before."""
    n = a.size // 2
    A = _forward(n, step)
    covariance = A @ P @ A.T
    for i in range(n - 2):
        covariance[i, i] += 1 - step * step
    covariance[n - 2, n - 2] += drift
    covariance[n - 1, n - 1] += 1e-9 * _ANY_RISE  # keeps the root of the covariance real
    return A @ a, covariance


@compiled
def _update(
    a: Array,
    P: Array,
    month: int,
    mean: Array,
    noise: Array,
    loading: Array,
    fast: Array,
    persistence: float,
) -> tuple[Array, Array, float]:
    """State after the boxes of a month, and the logarithm of their likelihood.

    What lies too far off gets ``noise`` that puts it there, in place.
    """
    n = loading.shape[1]
    known = np.flatnonzero(np.isfinite(mean[month]))
    if known.size == 0:
        return a, P, 0.0
    H, d = np.zeros((known.size, 2 * n)), np.empty(known.size)
    likely = 0.0
    for k in range(known.size):
        b = known[k]
        variance, before = fast[b] + noise[month, b], 0.0
        value = mean[month, b]
        if month > 0 and np.isfinite(mean[month - 1, b]):
            before = persistence * np.sqrt(variance / (fast[b] + noise[month - 1, b]))
            value -= before * mean[month - 1, b]
            variance *= 1 - persistence * persistence
        certain = 1 / np.sqrt(variance)
        likely += np.log(certain)
        for i in range(n):
            H[k, i] = certain * loading[b, i]
            H[k, n + i] = -before * H[k, i]
            value -= loading[b, i] * (a[i] - before * a[n + i])
        d[k] = certain * value
    root = np.linalg.cholesky(P)
    G = H @ root
    for k in range(known.size):
        of_state = G[k] @ G[k]
        if d[k] ** 2 > FAR * FAR * (1 + of_state):
            b, more = known[k], d[k] ** 2 / (FAR * FAR) - of_state
            noise[month, b] = more * (fast[b] + noise[month, b]) - fast[b]
            H[k] /= np.sqrt(more)
            G[k] /= np.sqrt(more)
            d[k] /= np.sqrt(more)
            likely -= 0.5 * np.log(more)
    inner = np.linalg.cholesky(np.eye(2 * n) + G.T @ G)
    inward = _solved(inner, root)
    P = inward.T @ inward
    towards = H.T @ d
    gain = P @ towards
    likely -= np.log(np.diag(inner)).sum() + 0.5 * (d @ d - towards @ gain)
    return a + gain, P, likely


@compiled
def _solved(lower: Array, root: Array) -> Array:
    """The inverse of a lower triangle, times the transpose of another."""
    n = lower.shape[0]
    out = root.T.copy()
    for i in range(n):
        for k in range(i):
            factor = lower[i, k]
            for j in range(n):
                out[i, j] -= factor * out[k, j]
        for j in range(n):
            out[i, j] /= lower[i, i]
    return out


@compiled
def _likelihood(
    mean: Array, noise: Array, loading: Array, fast: Array, step: float, drift: float, persistence: float
) -> float:
    noise = noise.copy()
    a, P = _start(loading.shape[1])
    total = 0.0
    for month in range(mean.shape[0]):
        if month > 0:
            a, P = _next(a, P, step, drift)
        a, P, likely = _update(a, P, month, mean, noise, loading, fast, persistence)
        total += likely
    return total


@compiled
def _smooth(
    mean: Array,
    noise: Array,
    loading: Array,
    fast: Array,
    weight: Array,
    step: float,
    drift: float,
    persistence: float,
) -> tuple[Array, Array, Array]:
    """Means, their error covariance by the state, and the variance of what is left of the fast part."""
    n_month, n_box = mean.shape
    n = loading.shape[1]
    noise = noise.copy()
    state, covariance = np.empty((n_month, 2 * n)), np.empty((n_month, 2 * n, 2 * n))
    back = np.empty((n_month, 2 * n, 2 * n))
    ahead_state, ahead = np.empty((n_month, 2 * n)), np.empty((n_month, 2 * n, 2 * n))
    ahead_state[0], ahead[0] = _start(n)
    for t in range(n_month):
        if t > 0:
            ahead_state[t], ahead[t] = _next(state[t - 1], covariance[t - 1], step, drift)
        state[t], covariance[t], _ = _update(
            ahead_state[t], ahead[t], t, mean, noise, loading, fast, persistence
        )
    for t in range(n_month - 2, -1, -1):
        carried = covariance[t] @ _forward(n, step).T
        back[t] = np.linalg.solve(ahead[t + 1], carried.T).T
        state[t] += back[t] @ (state[t + 1] - ahead_state[t + 1])
        covariance[t] += back[t] @ (covariance[t + 1] - ahead[t + 1]) @ back[t].T
    value, rest = np.zeros(n_month), np.zeros(n_month)
    of_state = np.zeros((n_month, 2 * n))
    for t in range(n_month):
        for b in range(n_box):
            told = 0.0
            if np.isfinite(mean[t, b]):
                told = fast[b] / (fast[b] + noise[t, b])
                value[t] += weight[b] * told * mean[t, b]
            of_state[t, :n] += weight[b] * (1 - told) * loading[b]
            rest[t] += weight[b] ** 2 * fast[b] * (1 - told)
        value[t] += of_state[t] @ state[t]
    error = np.empty((n_month, n_month))
    for t in range(n_month):
        carried_on = covariance[t] @ of_state[t]
        error[t, t] = of_state[t] @ carried_on
        for s in range(t - 1, -1, -1):
            carried_on = back[s] @ carried_on
            error[s, t] = error[t, s] = of_state[s] @ carried_on
    return value, error, rest
