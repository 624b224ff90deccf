"""Profiles with further levels on their curve, for what is computed from straight lines between levels."""

import numpy as np

from kernels.climatology.levels import largest_gap
from kernels.compiled import Array, compiled, inlined
from kernels.standard_levels.curve import Curve, between

MOST_PARTS = 8
"""Parts of equal thickness into which a distance between levels is divided: of what a straight line misses of
a parabola an eighth squared is left, 1.6 %."""
FINEST = 1.0
"""m; parts are no thinner, so that casts of a metre's resolution stay as they are."""


@compiled
def refined(profiles: Curve, gap_at_surface: float, gap_per_depth: float) -> tuple[Array, Array, Array]:
    """Levels of profiles and, between them, levels on their curve.

    Integrals, depths and products of several variables can then be taken along straight lines and are those
    of the curve to within ``MOST_PARTS``. Every level that was given stays as it is, and of two variables at
    the same levels the refined ones are at the same levels, too.

    Parameters
    ----------
    profiles : from ``kernels.standard_levels.curve.curve``.
    gap_at_surface, gap_per_depth : see ``kernels.climatology.levels.largest_gap``; in wider gaps there are no
        further levels, so that they stay gaps.

    Returns
    -------
    row_start, depth, value : as ``ordered_levels``: offsets, m (strictly increasing), and values.
    """
    row_start, depth, given = profiles.row_start, profiles.depth, profiles.value
    start = np.zeros(row_start.size, np.int64)
    for i in range(row_start.size - 1):
        n = row_start[i + 1] - row_start[i]
        for j in range(row_start[i] + 1, row_start[i + 1]):
            n += _parts(depth[j - 1], depth[j], gap_at_surface, gap_per_depth) - 1
        start[i + 1] = start[i] + n
    deeper, value = np.empty(start[-1]), np.empty(start[-1])
    k = 0
    for i in range(row_start.size - 1):
        first, last = row_start[i], row_start[i + 1] - 1
        for j in range(first, last + 1):
            if j > first:
                n, h = _parts(depth[j - 1], depth[j], gap_at_surface, gap_per_depth), depth[j] - depth[j - 1]
                for part in range(1, n):
                    z = depth[j - 1] + h * part / n
                    deeper[k], value[k] = z, between(profiles, z, j, first, last)
                    k += 1
            deeper[k], value[k] = depth[j], given[j]
            k += 1
    return start, deeper, value


@inlined
def _parts(upper: float, lower: float, gap_at_surface: float, gap_per_depth: float) -> int:
    h = lower - upper
    if h > largest_gap(upper, lower, gap_at_surface, gap_per_depth):
        return 1
    return max(1, min(MOST_PARTS, int(h / FINEST)))
