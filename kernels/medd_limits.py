"""What Argo's MEDD test accepts, and the levels that count for its sliding median.

References
----------
Dobler, D., 2019: MEDD test specification 1.2, Ifremer / Euro-Argo ERIC (Argo test 25).
"""

import math
from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled, inlined

WINDOW_FROM = (150.0, 500.0, 1000.0, 1500.0)
"""Pressures, dbar, at which the windows of the median are given; linear between them."""
WINDOW = (110.0, 180.0, 400.0, 500.0)
"""Width of the window of the median, dbar."""
SLOPE_FROM = (60.0, 150.0, 500.0, 1000.0, 2100.0)
"""Pressures, dbar, from which the next limits of slopes hold."""
DISTANCE_FROM = (500.0, 1000.0, 1500.0)
"""Pressures, dbar, from which the next distance holds."""
PRESSURE_LENGTH = 700.0
"""dbar that have length 1."""
DEEP_FROM = 1950.0
"""Pressure, dbar, from which values stand for their own median unless the slope to there is too steep."""
FEWEST_LEVELS = 6
SAME_VALUE, SAME_LEVEL = 0.01, 5.0
"""Neighbours closer than both (unit of the value, dbar) have slope 0."""
TOLERANCE = 1.0 - 1e-9
"""The quick acceptance stays this much inside, for rounding."""


class Limits(NamedTuple):
    """What MEDD accepts of a variable; slopes are per dbar, positive where values increase downward."""

    steepest: Array
    """(6,) between ``SLOPE_FROM``: steeper values do not count for the median."""
    steepest_reversal: Array
    """(6,) as above, where the slope changes its sign."""
    lowest_slope: float
    highest_slope: float
    """Slopes outside do not count for the median."""
    edge_slope: float
    """At the top of a series, a value with a higher slope does not stand for its own median."""
    narrowest: float
    widest: float
    """Bounds of the range of the medians that has length 1."""


DENSITY = Limits(
    np.array([1.5, 0.07, 0.07, 0.005, 0.005, 0.0004]),
    np.array([0.006, 0.006, 0.001, 0.0004, 0.0004, 0.0004]),
    -0.001,
    np.inf,
    np.inf,
    1.0,
    6.0,
)
"""Of potential density, kg m-3."""
DENSITY_DISTANCE = np.array([0.08, 0.08, 0.04, 0.04])


@compiled
def first_from(p: Array, pressure: float) -> int:
    """First level at or below a pressure; ``p`` in order."""
    return int(np.searchsorted(p, pressure))


@compiled
def _ends_of_bands(p: Array) -> tuple[int, int, int, int, int, int]:
    """Where the levels of each band of ``SLOPE_FROM`` end."""
    a, b, c, d, e = SLOPE_FROM
    return first_from(p, a), first_from(p, b), first_from(p, c), first_from(p, d), first_from(p, e), p.size


@compiled
def mark_doubtful(x: Array, p: Array, limits: Limits, slope: Array, doubtful: Array) -> None:
    """Slope to the level above, and the levels that do not count for the median because of it."""
    n = x.size
    for k in range(1, n):
        dx, dp = x[k] - x[k - 1], p[k] - p[k - 1]
        slope[k] = 0.0 if (abs(dx) < SAME_VALUE) & (abs(dp) < SAME_LEVEL) else dx / dp
    slope[0] = slope[1]
    ends = _ends_of_bands(p)
    k = 0
    for band in range(len(SLOPE_FROM) + 1):
        stop, steepest = ends[band], limits.steepest_reversal[band]
        for i in range(k, stop):
            doubtful[i] = abs(slope[i]) > steepest
        k = stop
    for i in range(1, n - 1):
        doubtful[i] = doubtful[i] & doubtful[i + 1] & ((slope[i] < 0.0) != (slope[i + 1] < 0.0))
    doubtful[n - 1] = False
    doubtful[0] = doubtful[1]
    k = 0
    for band in range(len(SLOPE_FROM) + 1):
        stop = ends[band]
        low = max(limits.lowest_slope, -limits.steepest[band])
        high = min(limits.highest_slope, limits.steepest[band])
        for i in range(k, stop):
            doubtful[i] |= (slope[i] < low) | (slope[i] > high)
        k = stop


@compiled
def reaches(p: Array, half: Array) -> None:
    """Half widths of the windows of medians, dbar; levels at this distance are outside. ``p`` in order."""
    k = 0
    for zone in range(len(WINDOW_FROM) + 1):
        stop = first_from(p, WINDOW_FROM[zone]) if zone < len(WINDOW_FROM) else p.size
        upper, lower = max(zone - 1, 0), min(zone, len(WINDOW_FROM) - 1)
        start, thick = WINDOW_FROM[upper], max(WINDOW_FROM[lower] - WINDOW_FROM[upper], 1.0)
        width, wider = WINDOW[upper], WINDOW[lower] - WINDOW[upper]
        for i in range(k, stop):
            half[i] = math.ceil((width + wider * ((p[i] - start) / thick)) / 2) + 1.0
        k = stop


@inlined
def distance_at(p: float, distance: Array) -> float:
    z0, z1, z2 = DISTANCE_FROM
    return distance[0] if p < z0 else distance[1] if p < z1 else distance[2] if p < z2 else distance[3]  # type: ignore[no-any-return]


@inlined
def steepest_at(p: float, steepest: Array) -> float:
    band = 0
    for end in SLOPE_FROM:
        band += p >= end
    return steepest[band]  # type: ignore[no-any-return]
