"""Where a profile leaves the envelope about its sliding median: the core of Argo's MEDD test.

The envelope of a variable is all that lies within a distance of the curve of its sliding median, in a plane
where 700 dbar and the range of the medians have length 1. Few values lie further from their own median than
that distance, and all others are inside whatever the curve does. So a profile is first asked whether each of
its values is close to its median, which mostly needs no median: among values that never rise (or never fall)
by more than a tolerance, the middle one lies within that tolerance of the median of a symmetric window.

References
----------
Dobler, D., 2019: MEDD test specification 1.2, Ifremer / Euro-Argo ERIC (Argo test 25), and its published
validation cycles.
"""

import math

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row
from kernels.medd_limits import (
    FEWEST_LEVELS,
    PRESSURE_LENGTH,
    TOLERANCE,
    Limits,
    distance_at,
    mark_doubtful,
)
from kernels.medd_median import medians_of_profile, near_medians


@compiled
def outside_envelope(
    row_start: Array, value: Array, pressure: Array, distance: Array, limits: Limits
) -> Array:
    """Values outside the envelope of their profile.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing. Levels are taken in the order of their pressures.
    distance : (n_row, 4) relative distance of the envelope between ``DISTANCE_FROM``.
    limits : of the variable.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or pressure is missing, and in profiles with fewer than
        ``FEWEST_LEVELS`` of both.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest = longest_row(row_start) + 1
    level, keep = np.empty(longest, np.int64), np.empty(longest, np.int64)
    runs = np.empty((2, longest), np.int64)
    x, p, slope, median = np.empty(longest), np.empty(longest), np.empty(longest), np.empty(longest)
    kept_x, kept_p, half = np.empty(longest), np.empty(longest), np.empty(longest)
    sorted_x, covered = np.empty(longest), np.empty(longest, np.bool_)
    doubtful = np.zeros(longest, np.bool_)
    for row in range(row_start.size - 1):
        first = row_start[row]
        n = _levels_by_pressure(
            value[first : row_start[row + 1]], pressure[first : row_start[row + 1]], level, x, p
        )
        if n < FEWEST_LEVELS:
            continue
        if n == row_start[row + 1] - first:
            outcome[first : row_start[row + 1]] = 0
        else:
            for k in range(n):
                outcome[first + level[k]] = 0
        profile = (x[:n], p[:n], slope[:n], doubtful[:n])
        mark_doubtful(x[:n], p[:n], limits, slope[:n], doubtful[:n])
        m = _kept(x[:n], p[:n], doubtful[:n], keep, kept_x, kept_p)
        kept = (keep[:m], kept_x[:m], kept_p[:m])
        d = distance[row]
        if near_medians(profile, kept, d, limits, half, runs, sorted_x, covered):
            continue
        medians_of_profile(profile, kept, limits, half, runs, sorted_x, covered, median[:n])
        _judge(x[:n], p[:n], median[:n], d, limits, level, outcome[first : row_start[row + 1]])
    return outcome


@compiled
def _levels_by_pressure(value: Array, pressure: Array, level: Array, x: Array, p: Array) -> int:
    """Levels with value and pressure, in the order of their pressures: how many, and three columns."""
    if _whole_and_ordered(value, pressure):
        for i in range(value.size):
            level[i], x[i], p[i] = i, value[i], pressure[i]
        return value.size
    n = 0
    ordered = True
    before = -np.inf
    for i in range(value.size):
        level[n], x[n], p[n] = i, value[i], pressure[i]
        if not np.isnan(x[n] + p[n]):
            ordered &= p[n] >= before
            before = p[n]
            n += 1
    if not ordered:
        order = np.argsort(p[:n], kind="mergesort")
        level[:n], x[:n], p[:n] = level[:n][order], x[:n][order], p[:n][order]
    return n


@compiled
def _whole_and_ordered(value: Array, pressure: Array) -> bool:
    n = 0
    for i in range(value.size):
        n += np.isnan(value[i]) | np.isnan(pressure[i])
    for i in range(1, value.size):
        n += pressure[i] < pressure[i - 1]
    return n == 0


@compiled
def _kept(x: Array, p: Array, doubtful: Array, keep: Array, kept_x: Array, kept_p: Array) -> int:
    """The levels that count for the median: how many, and three columns."""
    m = 0
    for k in range(x.size):
        keep[m], kept_x[m], kept_p[m] = k, x[k], p[k]
        m += not doubtful[k]
    return m


@compiled
def _judge(
    x: Array, p: Array, median: Array, distance: Array, limits: Limits, level: Array, outcome: Array
) -> None:
    """Enter the levels outside the envelope."""
    length = min(max(median.max() - median.min(), limits.narrowest), limits.widest)
    y = p * length / PRESSURE_LENGTH
    for k in range(x.size):
        d = distance_at(p[k], distance) * length
        if abs(x[k] - median[k]) > d * TOLERANCE:
            sign = 1.0 if x[k] > median[k] else -1.0
            outcome[level[k]] = sign * x[k] > _edge(median, y, k, d, sign)


@compiled
def _edge(median: Array, y: Array, k: int, d: float, sign: float) -> float:
    """Upper edge of the envelope at a level for ``sign`` 1; for -1, the lower one with its sign changed."""
    edge: float = sign * median[k] + d
    for j in range(k, 0, -1):
        if y[k] - y[j] > d:
            break
        edge = max(edge, _edge_by_segment(sign * median[j - 1], y[j - 1], sign * median[j], y[j], y[k], d))
    for j in range(k, y.size - 1):
        if y[j] - y[k] > d:
            break
        edge = max(edge, _edge_by_segment(sign * median[j], y[j], sign * median[j + 1], y[j + 1], y[k], d))
    return edge


@inlined
def _edge_by_segment(x0: float, y0: float, x1: float, y1: float, y: float, d: float) -> float:
    """Highest ``x + sqrt(d**2 - (y - yi)**2)`` over the points (x, yi) that divide one segment of the curve.

    The specification divides long segments into parts of about ``d``. The height is concave along the
    segment, so that one of the two points beside its continuous maximum has the highest.
    """
    dx, dy = x1 - x0, y1 - y0
    long = math.sqrt(dx * dx + dy * dy)
    parts = max(math.floor(long / d - 0.2), 0.0) + 1.0
    if dy > 0.0:
        at = 1.0 * math.floor(min(max((d * dx / long + y - y0) / dy, 0.0), 1.0) * parts)
    else:
        at = parts - 1.0 if dx > 0.0 else 0.0
    highest = -np.inf
    for step in (at, min(at + 1.0, parts)):
        xi = x1 if step == parts else x0 + step * (dx / parts)
        if step == parts:
            yi = y1
        elif step == 0.0:
            yi = y0
        elif dx == 0.0:
            yi = y0 + step * (dy / parts)
        else:  # with the rounding of the specification: a point just at distance d is a frequent case
            yi = dy / dx * xi + (y0 - dy / dx * x0)
        offset = y - yi
        if offset * offset <= d * d:
            highest = max(highest, xi + math.sqrt(d * d - offset * offset))
    return highest
