"""Smooth curve through a series, its rate over a period, and the rate's interval from surrogate series.

References
----------
Cleveland, W. S., 1979: Robust locally weighted regression and smoothing scatterplots. Journal of the American
Statistical Association 74, 829-836: local lines with tricube weights. Cheng, L. et al., 2022: Improved
quantification of the rate of ocean warming. Journal of Climate 35, 4827-4840: span of 25 years, rate from the
difference of the curve's ends, interval from 1000 and more surrogates. (Both from memory, not checked.)
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled
from kernels.indicators.persistence import effective_size, noise_by_moments, surrogates
from kernels.indicators.theil_sen import check_increasing
from kernels.indicators.trend import Trend


class Smooth(NamedTuple):
    """Curve with its 95 % interval, (n_time,), and the rate over the period, per unit of time.

    ``curve`` is NaN before the first and after the last value of the series; within, it bridges gaps.
    """

    time: Array
    curve: Array
    low: Array
    high: Array
    rate: Trend


def lowess(
    time: Array,
    value: Array,
    error: Array | None = None,
    span: float = 25.0,
    n_surrogates: int = 2000,
    seed: int = 0,
    minimum_n: int = 10,
    minimum_n_eff: float = 4.0,
) -> Smooth:
    """Local linear fit and its mean rate from the first to the last value.

    Surrogate series have AR(1) noise with the persistence and the variance which the residuals point to
    beyond the values' own errors, plus these errors, and are smoothed as the series is. What the smoother
    makes of residuals is undone by :func:`noise_by_moments`: residuals of a flexible curve are too small and
    too little correlated. Each surrogate's noise is scaled by a draw of the variance's own uncertainty, so
    that few effective values give wide intervals.

    Parameters
    ----------
    time : (n,) increasing, even steps, some may lack.
    value : (n,) NaN where missing.
    error : (n,) standard errors, independent between values; values without one do not count.
    span : width of the local window in the unit of time, each value standing for one step: 25 years are 25
        yearly values. At the ends the window keeps its width and lies to one side, as Cleveland's.
    seed : of the surrogates; the same seed gives the same interval.
    minimum_n, minimum_n_eff : as in :func:`kernels.indicators.trend.trend`.

    Returns
    -------
    smooth : its rate's ``r1`` and ``n_eff`` are those of noise and errors together.

    Notes
    -----
    The interval is that of the curve as a smoother sees it: where the truth bends within a span, the curve is
    too flat, and no residual tells. We differ from the cited in that errors enter once, not on top of the
    scatter that they cause, and in windows in time rather than in number of values where some lack.
    """
    time, value = np.asarray(time, np.float64), np.asarray(value, np.float64)
    check_increasing(time)
    known = np.isfinite(value) & (np.isfinite(error) if error is not None else True)
    n = int(known.sum())
    curve, low, high = np.full((3, time.size), np.nan)
    if n < max(minimum_n, 5):
        rate = Trend(np.nan, np.nan, np.nan, np.nan, np.nan, n, f"{n} values, fewer than {max(minimum_n, 5)}")
        return Smooth(time, curve, low, high, rate)
    t, y = time[known], value[known]
    own = np.zeros(n) if error is None else np.asarray(error, np.float64)[known] ** 2
    step = float(np.diff(t).min())
    if span < 3 * step:
        raise ValueError(f"a span of {span:g} is below three steps of {step:g}")
    smoother = smoother_matrix(t, t, span - step)
    residual = y - smoother @ y
    if np.abs(residual).max() <= 1e-12 * np.abs(y).max():
        residual = np.zeros(n)
    r1, variance = noise_by_moments(t, residual, smoother, own)
    inside = (time >= t[0]) & (time <= t[-1])
    onto = smoother_matrix(t, time[inside], span - step)
    curve[inside] = onto @ y
    ends = (smoother[-1] - smoother[0]) / (t[-1] - t[0])
    slope = float(ends @ y)
    total_r1, n_eff = _of_both(n, r1, variance, float(own.mean()))
    freedom = _freedom(smoother) * n_eff / n
    if n_eff < minimum_n_eff or freedom < 2:
        note = (
            f"no interval: effective sample size {n_eff:.1f}, {freedom:.1f} beyond the curve, is below "
            f"{minimum_n_eff:g} or 2 (r1 = {total_r1:.2f})"
        )
        return Smooth(time, curve, low, high, Trend(slope, np.nan, np.nan, total_r1, n_eff, n, note))
    noise = surrogates(t, r1, variance, own, freedom, n_surrogates, seed)
    of_curve = np.quantile(noise @ onto.T, [0.025, 0.975], axis=0)
    of_rate = np.quantile(noise @ ends, [0.025, 0.975])
    low[inside], high[inside] = curve[inside] - of_curve[1], curve[inside] - of_curve[0]
    rate = Trend(slope, slope - float(of_rate[1]), slope - float(of_rate[0]), total_r1, n_eff, n, "")
    return Smooth(time, curve, low, high, rate)


def _of_both(n: int, r1: float, variance: float, own_variance: float) -> tuple[float, float]:
    """Lag-one correlation and effective size of n values of AR(1) noise with independent errors upon it."""
    total = variance + own_variance
    if total == 0:
        return 0.0, float(n)
    return r1 * variance / total, n * total / (variance * n / effective_size(r1, n) + own_variance)


@compiled
def smoother_matrix(time: Array, at: Array, width: float) -> Array:
    """Weights that give the local linear fit from the values at ``time``: (n_at, n).

    The window reaches half its width to either side, and at the ends further inwards by what lacks outside;
    tricube weights vanish at its reach. Where fewer than two values are within reach it grows to the third.
    """
    n, first, last = time.size, time[0], time[-1]
    out = np.zeros((at.size, n))
    weight = np.empty(n)
    for i in range(at.size):
        near = min(at[i] - first, last - at[i])
        reach = max(width / 2, width - near)
        inside = 0
        for j in range(n):
            inside += abs(time[j] - at[i]) < reach
        if inside < 3:
            reach = np.sort(np.abs(time - at[i]))[min(3, n - 1)]
        total, moment = 0.0, 0.0
        for j in range(n):
            u = abs(time[j] - at[i]) / reach
            weight[j] = (1 - u * u * u) ** 3 if u < 1 else 0.0
            total += weight[j]
            moment += weight[j] * (time[j] - at[i])
        centre = moment / total
        spread = 0.0
        for j in range(n):
            spread += weight[j] * (time[j] - at[i] - centre) ** 2
        for j in range(n):
            lever = (time[j] - at[i] - centre) * centre / spread if spread > 0 else 0.0
            out[i, j] = weight[j] * (1 / total - lever)
    return out


def _freedom(smoother: Array) -> float:
    """Degrees of freedom of the residuals: n - trace(2 L - L L')."""
    return float(len(smoother) - 2 * np.trace(smoother) + (smoother**2).sum())
