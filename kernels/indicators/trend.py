"""Linear trend with a confidence interval that knows of persistence and of the values' own errors.

References
----------
Santer, B. D. et al., 2000: Statistical significance of trends and trend differences in layer-average
atmospheric temperature time series. Journal of Geophysical Research 105, 7337-7356: effective sample size
n (1 - r1) / (1 + r1). Paule, R. C. and J. Mandel, 1982: Consensus values and weighting factors. Journal of
Research of the National Bureau of Standards 87, 377-385: the excess variance.
"""

from typing import Literal, NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student

from kernels.compiled import Array
from kernels.indicators.persistence import (
    effective_size,
    lag_one_correlation,
    noise_by_moments,
    r1_beyond_line,
)

EXPLAINED = 2.0
"""Scatter, over that which the errors make, up to which it is taken for theirs: of few, correlated errors it
varies widely."""


class Trend(NamedTuple):
    """Slope per unit of time with its 95 % interval; ``note`` says why there is none, or is empty."""

    slope: float
    low: float
    high: float
    r1: float
    n_eff: float
    n: int
    note: str


def trend(
    time: Array,
    value: Array,
    error: Array | None = None,
    method: Literal["ols", "wls", "quadratic"] = "ols",
    minimum_n: int = 5,
    minimum_n_eff: float = 4.0,
    unbiased_r1: bool = False,
    covariance: Array | None = None,
) -> Trend:
    """Least squares trend.

    ``ols`` weighs all values alike. ``wls`` weighs by ``1 / (error**2 + excess)``, the excess variance being
    what makes the weighted scatter as large as expected. In both the variance of the slope is the larger of
    that from the scatter about the line and that from the errors alone, so neither a series that happens to
    lie on a line nor one with optimistic errors looks certain. It is then enlarged by
    ``(n - 2) / (n_eff - 2)``, and the interval is Student's with ``n_eff - 2`` degrees of freedom.

    ``quadratic`` fits a parabola and gives its mean rate from the first to the last value, which for even
    steps without gaps is the slope of ``ols``. Scatter and r1 are those about the parabola, so that curvature
    does not count as persistence; there is one degree of freedom less.

    Parameters
    ----------
    time : (n,) even steps, some may lack.
    value : (n,) NaN where missing.
    error : (n,) standard error of each value; needed for ``wls``.
    minimum_n : values below which there is no slope.
    minimum_n_eff : effective sample size below which there is no interval: a long, curved series has
        residuals with r1 near 1 and n_eff near 2, where the interval is infinite or not defined.
    unbiased_r1 : clear r1 of what the fitted line takes off it; without, intervals of short persistent series
        hold the truth too seldom (86 % for r1 = 0.6 and 20 values, 92 % for 40).
    covariance : (n, n) of the errors, where it is known (``ols``, ``wls``). Where the scatter is what these
        make, the interval is what they make of the slope, and their persistence is no reason to refuse it;
        where there is more scatter, it is the wider of the two.
    """
    known = np.isfinite(value) & (np.isfinite(error) if error is not None else True)
    t, y = np.asarray(time, np.float64)[known], np.asarray(value, np.float64)[known]
    sigma = np.zeros(t.size) if error is None else np.asarray(error, np.float64)[known]
    if t.size < max(minimum_n, 3):
        return _without(t.size, f"{t.size} values, fewer than {max(minimum_n, 3)}")
    if method == "quadratic":
        return _quadratic(t, y, sigma, minimum_n_eff, unbiased_r1)
    weight = np.ones(t.size) if method == "ols" else 1 / (sigma**2 + _excess_variance(t, y, sigma))
    slope, residual = _line(t, y, weight)
    if np.abs(residual).max() <= 1e-12 * np.abs(y).max():
        residual = np.zeros(t.size)  # rounding errors of an exact line, whose correlation means nothing
    r1 = lag_one_correlation(t, residual)
    if unbiased_r1 and residual.any():
        r1 = r1_beyond_line(r1, t.size)
    n_eff = effective_size(r1, t.size)
    least = 0.0
    if covariance is not None:
        of_errors, scatter = _made_by(t, weight, covariance[np.ix_(known, known)])
        least, sigma = 1.96 * of_errors, np.zeros(t.size)
        if weight @ residual**2 <= EXPLAINED * scatter:
            return Trend(slope, slope - least, slope + least, r1, n_eff, t.size, "")
    if n_eff < minimum_n_eff:
        return _refused(slope, r1, n_eff, t.size, minimum_n_eff)
    variance = _slope_variance(t, weight, sigma, residual) * (t.size - 2) / (n_eff - 2)
    half = max(float(student.ppf(0.975, n_eff - 2) * np.sqrt(variance)), least)
    return Trend(slope, slope - half, slope + half, r1, n_eff, t.size, "")


def _made_by(t: Array, weight: Array, covariance: Array) -> tuple[float, float]:
    """What errors of a known covariance make: standard error of the slope, weighted squared scatter."""
    line = np.column_stack([np.ones(t.size), t - np.average(t, weights=weight)])
    fit = np.linalg.solve((line.T * weight) @ line, line.T * weight)
    left = np.eye(t.size) - line @ fit
    scatter = np.einsum("i,ij,jk,ik->", weight, left, covariance, left, optimize=True)
    return float(np.sqrt(max(fit[1] @ covariance @ fit[1], 0.0))), float(scatter)


def _quadratic(t: Array, y: Array, sigma: Array, minimum_n_eff: float, unbiased_r1: bool) -> Trend:
    """Mean rate of a parabola; refused where n_eff leaves less beyond it than is asked beyond a line."""
    if t.size < 4:
        return _without(t.size, f"{t.size} values, fewer than 4")
    middle, half_width = (t[0] + t[-1]) / 2, (t[-1] - t[0]) / 2
    design = np.vander((t - middle) / half_width, 3)
    inverse = np.linalg.pinv(design)
    weight = inverse[1] / half_width
    slope, residual = float(weight @ y), y - design @ (inverse @ y)
    if np.abs(residual).max() <= 1e-12 * np.abs(y).max():
        residual = np.zeros(t.size)
    r1 = lag_one_correlation(t, residual)
    if unbiased_r1 and residual.any():
        r1 = noise_by_moments(t, residual, design @ inverse)[0]
    n_eff = effective_size(r1, t.size)
    if n_eff < minimum_n_eff + 1:
        return _refused(slope, r1, n_eff, t.size, minimum_n_eff + 1)
    scatter = residual @ residual / (t.size - 3) * (weight @ weight)
    variance = max(scatter, weight**2 @ sigma**2) * (t.size - 3) / (n_eff - 3)
    half = float(student.ppf(0.975, n_eff - 3) * np.sqrt(variance))
    return Trend(slope, slope - half, slope + half, r1, n_eff, t.size, "")


def _refused(slope: float, r1: float, n_eff: float, n: int, minimum_n_eff: float) -> Trend:
    note = f"no interval: effective sample size {n_eff:.1f} is below {minimum_n_eff:g} (r1 = {r1:.2f})"
    return Trend(slope, np.nan, np.nan, r1, n_eff, n, note)


def _without(n: int, note: str) -> Trend:
    return Trend(np.nan, np.nan, np.nan, np.nan, np.nan, n, note)


def _line(t: Array, y: Array, weight: Array) -> tuple[float, Array]:
    about = t - np.average(t, weights=weight)
    level = np.average(y, weights=weight)
    slope = float((weight * about) @ (y - level) / ((weight * about) @ about))
    return slope, y - level - slope * about


def _excess_variance(t: Array, y: Array, sigma: Array) -> float:
    """Variance beyond the errors, for which the weighted sum of squared residuals is n - 2 (0 if below)."""

    def surplus(excess: float) -> float:
        weight = 1 / (sigma**2 + excess)
        return float(weight @ _line(t, y, weight)[1] ** 2) - (t.size - 2)

    scatter = float(np.var(y)) + float(np.max(sigma) ** 2)
    if scatter == 0:
        return 1.0
    least = 1e-12 * scatter
    if surplus(least) <= 0:
        return least
    return float(brentq(surplus, least, 1e3 * scatter, xtol=least))


def _slope_variance(t: Array, weight: Array, sigma: Array, residual: Array) -> float:
    about = t - np.average(t, weights=weight)
    spread = (weight * about) @ about
    scatter = (weight @ residual**2) / (t.size - 2) / spread
    errors = ((weight * about) ** 2 @ sigma**2) / spread**2
    return float(max(scatter, errors))
