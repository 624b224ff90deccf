"""CODC-QC check 12: vertical gradient within the range of its vertical gap."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row
from kernels.registry import qc_test
from kernels.steps import gather_downward, half_unit


def measure(
    row_start: Array,
    value: Array,
    depth: Array,
    thinnest: float,
    gap_edges: Array,
    lowest_of_gap: Array,
    highest_of_gap: Array,
) -> tuple[Array, Array, Array]:
    """The gradient round each level, and the range of its gap."""
    gradient, low, high = (np.full(value.size, np.nan) for _ in range(3))
    unit = half_unit(value)
    for first, stop in pairwise(row_start):
        levels = first + np.flatnonzero(~np.isnan(value[first:stop]) & (depth[first:stop] >= 0))
        levels = levels[np.argsort(depth[levels], kind="stable")]
        v, z = value[levels].astype(np.float64), depth[levels].astype(np.float64)
        for k in range(1, levels.size - 1):
            up, down = _window_in_python(z, k, thinnest, unit)
            gap, of_depth = z[down] - z[up], unit * (z[down] + z[up])
            central = down - up == 2 and gap >= thinnest - of_depth
            above = v[up] if central else v[up : k + 1].mean()
            below = v[down] if central else v[k : down + 1].mean()
            inside = (gap_edges[:-1] - of_depth <= gap) & (gap <= gap_edges[1:] + of_depth)
            if inside.any() and (central or gap > thinnest + of_depth):
                c, i = np.argmax(inside), levels[k]
                error = unit * (abs(above) + abs(below))
                gradient[i] = (below - above) / gap
                low[i] = lowest_of_gap[c] - (error + abs(lowest_of_gap[c]) * of_depth) / gap
                high[i] = highest_of_gap[c] + (error + abs(highest_of_gap[c]) * of_depth) / gap
    return gradient, low, high


def _window_in_python(z: Array, k: int, thinnest: float, unit: float) -> tuple[int, int]:
    up, down = k - 1, k + 1
    if z[down] - z[up] >= thinnest - unit * (z[down] + z[up]):
        return up, down
    turn = 0
    while z[down] - z[up] <= thinnest + unit * (z[down] + z[up]) and (up > 0 or down < z.size - 1):
        if (turn % 2 == 0 and down < z.size - 1) or up == 0:
            down += 1
        else:
            up -= 1
        turn += 1
    return up, down


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="vertical gradient round the level (per m)",
    reference="Tan and co-authors (2023), CODC-QC, check 12 (global vertical gradient)",
    example={
        "thinnest": 10.0,
        "gap_edges": (10.0, 20.0, 40.0, 60.0, 100.0, 160.0),
        "lowest_of_gap": (-4.0, -4.0, -4.0, -4.0, -4.0),
        "highest_of_gap": (1.5, 1.5, 1.5, 1.5, 1.5),
    },
    tie=1e-9,
)
@compiled
def gradient_range(
    row_start: Array,
    value: Array,
    depth: Array,
    thinnest: float,
    gap_edges: Array,
    lowest_of_gap: Array,
    highest_of_gap: Array,
) -> Array:
    """Levels round which the value changes faster than it does over such a gap anywhere.

    The gradient is the central difference between the levels above and below. Where these are closer than
    ``thinnest``, levels are added below and above in turn until the gap exceeds it, and the gradient is the
    mean of the level and those below it, minus the mean of the level and those above it, over the gap.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    thinnest : smallest gap of a central difference, m; above 0.
    gap_edges : (n_class + 1,) m, gaps between which the classes lie; a gap on an edge is of the smaller one.
    lowest_of_gap, highest_of_gap : (n_class,) accepted gradients of each class, in that unit per m.

    Returns
    -------
    outcome : (n_obs,) uint8. Levels are taken in order of their depth. ``NOT_RUN`` where value or depth is
        missing, above the surface, for the first and last level, where the profile is thinner than
        ``thinnest``, and where the gap is of no class. What exceeds a limit by no more than the rounding to
        float32 passes.

    References
    ----------
    Tan, Z., and co-authors, 2023: A new automatic quality control system for ocean profile observations and
    impact on ocean warming estimate. Deep-Sea Research I 194; CODC-QC User Manual 1.0, 2.2.12: 10 m, gaps of
    10, 20, 40, 60, 100 and 160 m, the 0.5 and 99.5 % quantiles of gradients. The manual does not print the
    ranges: those of the example are the widest ones of ICDC. A mean gradient is about half of the gradient
    itself, since the means lie half a gap apart: ranges must be made in the same way. CODC-QC's program uses
    the limits of ``kernels.qc.gradient_icdc`` in this check, and in its local one interpolates the ranges
    between gaps, and the values to every metre within 5 m of the level before it takes the means.
    """
    if not (gap_edges.size - 1 == lowest_of_gap.size == highest_of_gap.size):
        raise ValueError("expected one lowest and one highest gradient between every two edges of the gaps")
    outcome = np.full(value.size, 2, np.uint8)
    longest, unit = longest_row(row_start) + 1, half_unit(value)
    level, v, z = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    total = np.zeros(longest)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        n = gather_downward(value[first:stop], depth[first:stop], level, v, z)
        for k in range(n):
            total[k + 1] = total[k] + v[k]
        for k in range(1, n - 1):
            up, down = _window(z, n, k, thinnest, unit)
            gap, of_depth = z[down] - z[up], unit * (z[down] + z[up])
            above, below = v[up], v[down]
            if down - up > 2 or gap < thinnest - of_depth:
                if gap <= thinnest + of_depth:
                    continue
                above = (total[k + 1] - total[up]) / (k + 1 - up)
                below = (total[down + 1] - total[k]) / (down + 1 - k)
            c = _class_of(gap, of_depth, gap_edges)
            if c >= 0:
                outcome[first + level[k]] = _judge(
                    above, below, gap, of_depth, lowest_of_gap[c], highest_of_gap[c], unit
                )
    return outcome


@compiled
def _window(z: Array, n: int, k: int, thinnest: float, unit: float) -> tuple[int, int]:
    """First and last level of the gradient round level ``k``."""
    up, down = k - 1, k + 1
    if z[down] - z[up] >= thinnest - unit * (z[down] + z[up]):
        return up, down
    downward = True
    while (up > 0 or down < n - 1) and z[down] - z[up] <= thinnest + unit * (z[down] + z[up]):
        if (downward and down < n - 1) or up == 0:
            down += 1
        else:
            up -= 1
        downward = not downward
    return up, down


@inlined
def _class_of(gap: float, of_depth: float, gap_edges: Array) -> int:
    for c in range(gap_edges.size - 1):
        if gap_edges[c] - of_depth <= gap and gap <= gap_edges[c + 1] + of_depth:
            return c
    return -1


@inlined
def _judge(
    above: float, below: float, gap: float, of_depth: float, lowest: float, highest: float, unit: float
) -> int:
    gradient, error = (below - above) / gap, unit * (abs(above) + abs(below))
    low = lowest - (error + abs(lowest) * of_depth) / gap
    high = highest + (error + abs(highest) * of_depth) / gap
    return int((gradient < low) | (gradient > high))
