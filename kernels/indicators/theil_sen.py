"""Median of the slopes between all pairs of values: a trend that outliers do not move.

References
----------
Sen, P. K., 1968: Estimates of the regression coefficient based on Kendall's tau. Journal of the American
Statistical Association 63, 1379-1389: slope, and interval from the variance of Kendall's score.
Hamed, K. H. and A. R. Rao, 1998: A modified Mann-Kendall trend test for autocorrelated data. Journal of
Hydrology 204, 182-196. Yue, S. and C. Wang, 2004: The Mann-Kendall test modified by effective sample size to
detect trend in serially correlated hydrological series. Water Resources Management 18, 201-218: the
variance of the score times n / n_eff. (Titles and pages from memory, not checked.) scipy.stats.theilslopes
gives the same slope and, without persistence, the same interval; unlike it we give none where its ranks would
lie beyond the steepest pairs.
"""

from typing import Any, Literal

import numpy as np
from scipy.special import ndtri

from kernels.compiled import Array, compiled
from kernels.indicators.persistence import (
    effective_size,
    hamed_rao_factor,
    lag_one_correlation,
    r1_beyond_line,
)
from kernels.indicators.trend import Trend

Correction = Literal["none", "ar1", "hamed_rao"]
NORMAL_975 = float(ndtri(0.975))


def theil_sen(
    time: Array,
    value: Array,
    correction: Correction = "ar1",
    minimum_n: int = 5,
    minimum_n_eff: float = 4.0,
) -> Trend:
    """Theil-Sen slope with Sen's interval.

    The interval takes the slopes at the ranks (N -+ 1.96 sigma) / 2 of all N pairs, sigma being the standard
    deviation of Kendall's score, corrected for ties and with its variance enlarged by n / n_eff.

    Parameters
    ----------
    time : (n,) increasing, even steps, some may lack.
    value : (n,) NaN where missing.
    correction : ``ar1``: n_eff from the lag-one correlation of the residuals about the slope, cleared of
        its bias; ``hamed_rao``: from the significant autocorrelations of their ranks; ``none``: n.
    minimum_n, minimum_n_eff : as in :func:`kernels.indicators.trend.trend`.

    Returns
    -------
    trend : ``r1`` is that of the residuals as they are for ``none`` and ``hamed_rao``.
    """
    known = np.isfinite(value)
    t, y = np.asarray(time, np.float64)[known], np.asarray(value, np.float64)[known]
    if t.size < max(minimum_n, 3):
        note = f"{t.size} values, fewer than {max(minimum_n, 3)}"
        return Trend(np.nan, np.nan, np.nan, np.nan, np.nan, t.size, note)
    check_increasing(t)
    slopes = np.empty(t.size * (t.size - 1) // 2)
    slope = median_slope(t, y, slopes)
    r1, n_eff = persistence_about(t, y, slope, correction)
    if n_eff < minimum_n_eff:
        note = f"no interval: effective sample size {n_eff:.1f} is below {minimum_n_eff:g} (r1 = {r1:.2f})"
        return Trend(slope, np.nan, np.nan, r1, n_eff, t.size, note)
    reach = NORMAL_975 * np.sqrt(score_variance(y) * t.size / n_eff)
    low, high = interval_of_ranks(slopes, reach)
    note = "" if np.isfinite(low) else f"no interval: its ranks lie beyond the {slopes.size} pairs of values"
    return Trend(slope, low, high, r1, n_eff, t.size, note)


def check_increasing(time: Array) -> None:
    """Raise where times do not increase."""
    step = np.diff(time)
    if step.size and not step.min() > 0:
        at = int(np.argmin(step))
        raise ValueError(f"times must increase, but {time[at + 1]:g} follows {time[at]:g}")


def persistence_about(t: Array, y: Array, slope: float, correction: Correction) -> tuple[float, float]:
    """r1 and effective sample size of the residuals about a slope: the values are all known."""
    residual = residuals(t, y, slope)
    r1 = lag_one_correlation(t, residual)
    if correction == "hamed_rao":
        flat = not residual.any()
        return r1, float(t.size) if flat else t.size / hamed_rao_factor(t, residual)
    if correction == "none":
        return r1, float(t.size)
    if residual.any():
        r1 = r1_beyond_line(r1, t.size)
    return r1, effective_size(r1, t.size)


@compiled
def residuals(t: Array, y: Array, slope: float) -> Array:
    """Residuals about the line of a slope through the means; 0 where they are rounding errors of a line."""
    out = y - y.mean() - slope * (t - t.mean())
    if np.abs(out).max() <= 1e-12 * np.abs(y).max():
        out[:] = 0.0
    return out


@compiled
def median_slope(t: Array, y: Array, slopes: Array) -> float:
    """Median of the slopes of all pairs, which are left in ``slopes`` in some order."""
    m = 0
    for i in range(t.size - 1):
        for j in range(i + 1, t.size):
            slopes[m + j - i - 1] = (y[j] - y[i]) / (t[j] - t[i])
        m += t.size - 1 - i
    upper = ranked(slopes, m // 2)
    if m % 2:
        return float(upper)
    lower = slopes[0]
    for k in range(1, m // 2):
        lower = max(lower, slopes[k])
    return float(0.5 * (lower + upper))


@compiled
def interval_of_ranks(slopes: Array, reach: float) -> tuple[float, float]:
    """Slopes at the ranks (N -+ reach) / 2; NaN where a rank lies beyond the slopes that there are."""
    m = slopes.size
    low, high = int(np.rint((m - reach) / 2)) - 1, int(np.rint((m + reach) / 2))
    if low < 0 or high >= m:
        return np.nan, np.nan
    return ranked(slopes, low), ranked(slopes, high)


@compiled
def ranked(a: Array, k: int) -> Any:
    """Value of rank ``k`` (from 0); reorders ``a`` so that smaller ones lie before ``k``, larger after."""
    low, high = 0, a.size - 1
    while low < high:
        middle = (low + high) // 2
        pivot = max(min(a[low], a[middle]), min(max(a[low], a[middle]), a[high]))
        i, j = low, high
        while i <= j:
            while a[i] < pivot:
                i += 1
            while a[j] > pivot:
                j -= 1
            if i <= j:
                a[i], a[j] = a[j], a[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return a[k]


@compiled
def score_variance(y: Array) -> float:
    """Variance of Kendall's score of independent values, less what ties take off."""
    n = y.size
    ordered = np.sort(y)
    total = n * (n - 1.0) * (2 * n + 5)
    k = 0
    while k < n:
        same = 1
        while k + same < n and ordered[k + same] == ordered[k]:
            same += 1
        total -= same * (same - 1.0) * (2 * same + 5)
        k += same
    return total / 18
