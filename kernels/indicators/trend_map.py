"""Trends of many series at once: the cells of a map, with the numbers that single series get.

References
----------
Those of :mod:`kernels.indicators.trend` and :mod:`kernels.indicators.theil_sen`.
"""

from typing import Literal, NamedTuple

import numpy as np
from scipy.stats import t as student

from kernels.compiled import Array, compiled
from kernels.indicators.mann_kendall import score, significance
from kernels.indicators.persistence import effective_size, lag_one_correlation, r1_beyond_line
from kernels.indicators.theil_sen import (
    NORMAL_975,
    check_increasing,
    interval_of_ranks,
    median_slope,
    residuals,
    score_variance,
)

REASONS = (
    "",
    "fewer values than the minimum",
    "effective sample size below the minimum: slope without interval",
    "ranks of the interval beyond the pairs of values: slope without interval",
)
GIVEN, TOO_FEW, TOO_PERSISTENT, BEYOND = range(4)


class TrendMap(NamedTuple):
    """Slopes per unit of time with 95 % intervals, all (n_cell,).

    ``p_value`` is that of no trend; NaN wherever there is no interval. ``reason`` is an index of ``REASONS``.
    """

    slope: Array
    low: Array
    high: Array
    p_value: Array
    r1: Array
    n_eff: Array
    n: Array
    reason: Array


def trend_map(
    time: Array,
    values: Array,
    errors: Array | None = None,
    method: Literal["ols", "theil_sen"] = "ols",
    minimum_n: int = 5,
    minimum_n_eff: float = 4.0,
    unbiased_r1: bool = True,
) -> TrendMap:
    """Trend of each cell.

    Parameters
    ----------
    time : (n_time,) increasing, even steps, some may lack.
    values : (n_time, n_cell) NaN where missing.
    errors : (n_time, n_cell) standard errors, for ``ols`` only: the variance of the slope is not below what
        they give, and values without one do not count. Theil-Sen knows no errors and refuses them.
    method : ``ols`` as :func:`trend`; ``theil_sen`` as :func:`theil_sen` with ``ar1``, its ``p_value`` from
        the test of Mann and Kendall.
    minimum_n, minimum_n_eff : as for single series.
    unbiased_r1 : as in :func:`trend`.
    """
    time, values = np.asarray(time, np.float64), np.asarray(values)
    if values.ndim != 2 or values.shape[0] != time.size:
        raise ValueError(f"values {values.shape} must be ({time.size}, n_cell)")
    if errors is not None and np.shape(errors) != values.shape:
        raise ValueError(f"errors {np.shape(errors)} must have the shape of values, {values.shape}")
    if errors is not None and method == "theil_sen":
        raise ValueError("Theil-Sen takes no errors; use method 'ols' with them")
    check_increasing(time)
    least = max(minimum_n, 3)
    by_cell = np.ascontiguousarray(values.T, np.float64)
    if method == "theil_sen":
        out, counts = _theil_sen_cells(time, by_cell, least, minimum_n_eff, unbiased_r1)
        return TrendMap(*out, *counts)
    sigma = np.zeros((0, 0)) if errors is None else np.ascontiguousarray(np.asarray(errors).T, np.float64)
    out, counts = _ols_cells(time, by_cell, sigma, least, minimum_n_eff, unbiased_r1)
    slope, deviation, r1, n_eff = out
    freedom = np.where(counts[1] == GIVEN, n_eff - 2, np.nan)
    half = student.ppf(0.975, freedom) * deviation
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * student.sf(np.abs(slope) / deviation, freedom)
    p_value = np.where((deviation == 0) & (slope == 0), 1.0, p_value)
    return TrendMap(slope, slope - half, slope + half, p_value, r1, n_eff, *counts)


@compiled
def _ols_cells(
    time: Array, values: Array, errors: Array, minimum_n: int, minimum_n_eff: float, unbiased: bool
) -> tuple[Array, Array]:
    """Slope, its standard deviation, r1 and n_eff of each cell: (4, n_cell); n and reason: (2, n_cell)."""
    n_cell, n_time = values.shape
    out = np.full((4, n_cell), np.nan)
    counts = np.empty((2, n_cell), np.int64)
    with_errors = errors.size > 0
    t, y, variance = np.empty(n_time), np.empty(n_time), np.zeros(n_time)
    for c in range(n_cell):
        n = 0
        for k in range(n_time):
            if np.isfinite(values[c, k]) and (not with_errors or np.isfinite(errors[c, k])):
                t[n], y[n] = time[k], values[c, k]
                variance[n] = errors[c, k] ** 2 if with_errors else 0.0
                n += 1
        counts[0, c], counts[1, c] = n, TOO_FEW
        if n < minimum_n:
            continue
        about = t[:n] - t[:n].mean()
        spread, slope = 0.0, 0.0
        level = y[:n].mean()
        for k in range(n):
            spread += about[k] * about[k]
            slope += about[k] * (y[k] - level)
        slope /= spread
        residual = residuals(t[:n], y[:n], slope)
        own, squares = 0.0, 0.0
        for k in range(n):
            own += about[k] * about[k] * variance[k]
            squares += residual[k] * residual[k]
        r1 = lag_one_correlation(t[:n], residual)
        if unbiased:
            r1 = r1_beyond_line(r1, n) if squares > 0 else 0.0
        n_eff = effective_size(r1, n)
        out[0, c], out[2, c], out[3, c] = slope, r1, n_eff
        counts[1, c] = TOO_PERSISTENT if n_eff < minimum_n_eff else GIVEN
        if n_eff >= minimum_n_eff:
            of_slope = max(squares / (n - 2) / spread, own / spread**2)
            out[1, c] = np.sqrt(of_slope * (n - 2) / (n_eff - 2))
    return out, counts


@compiled
def _theil_sen_cells(
    time: Array, values: Array, minimum_n: int, minimum_n_eff: float, unbiased: bool
) -> tuple[Array, Array]:
    """Slope, interval, p, r1 and n_eff of each cell: (6, n_cell); n and reason: (2, n_cell)."""
    n_cell, n_time = values.shape
    out = np.full((6, n_cell), np.nan)
    counts = np.empty((2, n_cell), np.int64)
    t, y = np.empty(n_time), np.empty(n_time)
    slopes = np.empty(n_time * (n_time - 1) // 2)
    for c in range(n_cell):
        n = 0
        for k in range(n_time):
            if np.isfinite(values[c, k]):
                t[n], y[n] = time[k], values[c, k]
                n += 1
        counts[0, c], counts[1, c] = n, TOO_FEW
        if n < minimum_n:
            continue
        pairs = slopes[: n * (n - 1) // 2]
        slope = median_slope(t[:n], y[:n], pairs)
        residual = residuals(t[:n], y[:n], slope)
        r1 = lag_one_correlation(t[:n], residual)
        if unbiased and residual.any():
            r1 = r1_beyond_line(r1, n)
        n_eff = effective_size(r1, n)
        out[0, c], out[4, c], out[5, c] = slope, r1, n_eff
        counts[1, c] = TOO_PERSISTENT
        if n_eff < minimum_n_eff:
            continue
        variance = score_variance(y[:n]) * n / n_eff
        out[1, c], out[2, c] = interval_of_ranks(pairs, NORMAL_975 * np.sqrt(variance))
        out[3, c] = significance(score(y[:n])[0], variance)[1]
        counts[1, c] = GIVEN if np.isfinite(out[1, c]) else BEYOND
        if counts[1, c] == BEYOND:
            out[3, c] = np.nan
    return out, counts
