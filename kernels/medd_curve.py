"""The envelope of Argo's MEDD test in plain NumPy, level by level as the specification tells it.

Slow, for ``explain`` and as the reference of the compiled ``kernels.medd_envelope``; it shares the
constants only.

References
----------
Dobler, D., 2019: MEDD test specification 1.2, Ifremer / Euro-Argo ERIC (Argo test 25).
"""

import gsw
import numpy as np

from kernels.compiled import Array
from kernels.medd_limits import (
    DEEP_FROM,
    DISTANCE_FROM,
    FEWEST_LEVELS,
    PRESSURE_LENGTH,
    SAME_LEVEL,
    SAME_VALUE,
    SLOPE_FROM,
    WINDOW,
    WINDOW_FROM,
    Limits,
)
from kernels.ragged import row_of_obs


def potential_density(
    row_start: Array, pressure: Array, temperature: Array, salinity: Array, latitude: Array, longitude: Array
) -> Array:
    """Potential density referred to the surface by gsw, kg m-3: (n_obs,), NaN where unknown."""
    p, t, SP = (np.asarray(a, np.float64) for a in (pressure, temperature, salinity))
    row = row_of_obs(row_start)
    lon, lat = (np.asarray(a, np.float64)[row] for a in (longitude, latitude))
    unknown = np.isnan(SP * p)
    SA = np.where(unknown, np.nan, gsw.SA_from_SP(SP, p, lon, lat))
    reference = np.where(unknown, np.nan, gsw.SR_from_SP(np.maximum(SP, 0)))
    SA = np.where(np.isnan(SA), reference, SA)
    rho: Array = gsw.rho(SA, gsw.CT_from_t(SA, t, p), 0.0)
    return rho


def envelope_of_profile(
    value: Array, pressure: Array, distance: Array, limits: Limits
) -> tuple[Array, Array]:
    """Lower and upper edge of the envelope of one profile.

    Parameters
    ----------
    value, pressure : (n_level,) float64; NaN where missing.
    distance : (4,) relative distance between ``DISTANCE_FROM``.

    Returns
    -------
    low, high : (n_level,) NaN where value or pressure is missing, or too few levels have them.
    """
    low, high = np.full(value.size, np.nan), np.full(value.size, np.nan)
    level = np.flatnonzero(~np.isnan(value + pressure))
    if level.size < FEWEST_LEVELS:
        return low, high
    level = level[np.argsort(pressure[level], kind="stable")]
    x, p = value[level], pressure[level]
    median = sliding_median(x, p, limits)
    length = float(np.clip(np.ptp(median), limits.narrowest, limits.widest))
    y = p * length / PRESSURE_LENGTH
    zone = np.searchsorted(DISTANCE_FROM, p, side="right")
    for z in np.unique(zone):
        edges = edges_at_distance(median, y, distance[z] * length)
        low[level[zone == z]], high[level[zone == z]] = edges[0][zone == z], edges[1][zone == z]
    return low, high


def sliding_median(x: Array, p: Array, limits: Limits) -> Array:
    """Median of each level, in windows of the levels whose slopes are not doubtful."""
    slope = slopes(x, p)
    counts = ~doubtful(slope, p, limits)
    band = np.searchsorted(SLOPE_FROM, p, side="right")
    half = np.ceil(np.interp(p, WINDOW_FROM, WINDOW) / 2) + 1
    above_deep = np.flatnonzero(p < DEEP_FROM)
    median, own = np.empty(x.size), np.zeros(x.size, bool)
    for k in range(x.size):
        window = window_of(k, p, half[k], counts)
        median[k] = np.sort(x[window])[window.size // 2]
        if not counts[k]:
            continue
        at_bottom = k in (window[-1], window[max(window.size - 2, 0)])
        at_top = k in (window[0], window[min(1, window.size - 1)])
        own[k] = at_bottom and k > 0 and counts[k - 1]
        own[k] |= at_top and k < x.size - 1 and counts[k + 1] and not slope[k] > limits.edge_slope
        if p[k] >= DEEP_FROM:
            own[k] = True
            if above_deep.size:
                last = above_deep[-1]
                if abs((x[k] - x[last]) / (p[k] - p[last])) > limits.steepest[band[k]]:
                    own[k], median[k] = False, median[last]
    median = np.where(own, x, median)
    if not counts.any():
        return np.full(x.size, median[0])
    last_counted = np.maximum.accumulate(np.where(counts, np.arange(x.size), np.flatnonzero(counts)[0]))
    return median[last_counted]


def slopes(x: Array, p: Array) -> Array:
    """Slope from the level above to each level; the first level takes that of the second."""
    dx, dp = np.diff(x), np.diff(p)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where((np.abs(dx) < SAME_VALUE) & (np.abs(dp) < SAME_LEVEL), 0.0, dx / dp)
    return np.concatenate([slope[:1], slope])


def doubtful(slope: Array, p: Array, limits: Limits) -> Array:
    """Whether a level does not count for the median."""
    band = np.searchsorted(SLOPE_FROM, p, side="right")
    steep = np.abs(slope) > limits.steepest_reversal[band]
    turns = np.zeros(p.size, bool)
    turns[1:-1] = steep[1:-1] & steep[2:] & (np.sign(slope[1:-1]) == -np.sign(slope[2:]))
    turns[0] = turns[1]
    outside = (slope < limits.lowest_slope) | (slope > limits.highest_slope)
    return turns | outside | (np.abs(slope) > limits.steepest[band])


def window_of(k: int, p: Array, half: float, counts: Array) -> Array:
    """Levels whose median is taken: as many above as below, or one side if the other has none; odd."""
    near = np.flatnonzero((np.abs(p - p[k]) < half) & counts)
    above, below = near[p[near] < p[k]], near[p[near] > p[k]]
    n = min(above.size, below.size)
    if n:
        own = np.array([k])[counts[k : k + 1]]
        near = np.sort(np.concatenate([above[-n:], own, below[:n]]))
    if not near.size:
        return np.array([k])
    return near if near.size % 2 else np.concatenate([near[:1], near])


def edges_at_distance(x: Array, y: Array, d: float) -> tuple[Array, Array]:
    """Lowest and highest x at distance ``d`` from the points of a curve, on the horizontal of each vertex.

    Long segments of the curve are divided, so that its points lie no more than about ``d`` apart.
    """
    xs, ys = [x], [y]
    parts = np.maximum(np.floor(np.hypot(np.diff(x), np.diff(y)) / d - 0.2), 0).astype(int) + 1
    for j in np.flatnonzero(parts > 1):
        step, dx, dy = np.arange(1, parts[j]), x[j + 1] - x[j], y[j + 1] - y[j]
        xs.append(x[j] + step * (dx / parts[j]))
        # with the rounding of the specification: a point at distance d to the last digit is a frequent case
        ys.append(y[j] + step * (dy / parts[j]) if dx == 0 else dy / dx * xs[-1] + (y[j] - dy / dx * x[j]))
    points, heights = np.concatenate(xs), np.concatenate(ys)
    squared = (y[:, None] - heights) ** 2
    near = squared <= d**2
    reach = np.sqrt(np.where(near, d**2 - squared, 0.0))
    low = np.min(np.where(near, points - reach, np.inf), axis=1)
    high = np.max(np.where(near, points + reach, -np.inf), axis=1)
    return low, high
