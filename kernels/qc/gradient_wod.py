"""World Ocean Database: excessive vertical gradients and inversions."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row
from kernels.registry import qc_test
from kernels.steps import (
    UNTESTED,
    gather_levels,
    half_unit,
    judge_both_levels,
    steps_between_levels,
    worst_of_steps,
)


def measure(
    row_start: Array, value: Array, depth: Array, lowest: float, highest: float, thinnest: float
) -> tuple[Array, Array, Array]:
    """The gradient with the level above or below that is further out of the range."""
    upper, lower = steps_between_levels(row_start, value, depth)
    v, z = value.astype(np.float64), depth.astype(np.float64)
    thickness = np.where(z[lower] > z[upper], np.maximum(z[lower] - z[upper], thinnest), np.nan)
    of_value = half_unit(value) * (np.abs(v[upper]) + np.abs(v[lower]))
    of_depth = half_unit(value) * (np.abs(z[upper]) + np.abs(z[lower]))
    return worst_of_steps(
        value.size,
        np.concatenate([upper, lower]),
        np.tile((v[lower] - v[upper]) / thickness, 2),
        np.tile(lowest - (of_value + abs(lowest) * of_depth) / thickness, 2),
        np.tile(highest + (of_value + abs(highest) * of_depth) / thickness, 2),
    )


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="vertical gradient (per m, over 3 m at least)",
    reference="World Ocean Database User's Manual, excessive gradients and inversions",
    example={"lowest": -0.7, "highest": 0.3, "thinnest": 3.0},
)
@compiled
def gradient_wod(
    row_start: Array, value: Array, depth: Array, lowest: float, highest: float, thinnest: float
) -> Array:
    """Levels between which the value changes too fast with depth.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    lowest, highest : accepted gradients, in that unit per m; negative where the value decreases with depth.
    thinnest : levels that are closer count as this far apart, m.

    Returns
    -------
    outcome : (n_obs,) uint8; both levels of a gradient fail. ``NOT_RUN`` where value or depth is missing, and
        where neither neighbour with both lies deeper than the one before it. Levels without them are passed
        over (``kernels.levels``). What exceeds a limit by no more than the rounding to float32 passes.

    References
    ----------
    World Ocean Database User's Manual (Garcia and co-authors, 2018), as in AutoQC's WOD_gradient_check:
    temperature -0.7 and 0.3 degrees Celsius per m over 3 m at least. Its zero sensitivity indicator, a fall
    to exactly 0 at more than 5 times the limit, is contained in the limit, so it needs no rule of its own.
    AutoQC does not run the test beside a missing level. The limits are as AutoQC has them from the manual.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest, unit = longest_row(row_start) + 1, half_unit(value)
    level, step = np.empty(longest, np.int64), np.empty(longest, np.uint8)
    v, z = np.empty(longest), np.empty(longest)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        n = gather_levels(value[first:stop], depth[first:stop], level, v, z)
        for k in range(1, n):
            step[k] = _judge(v[k - 1], v[k], z[k - 1], z[k], lowest, highest, thinnest, unit)
        judge_both_levels(step, level, n, outcome[first:stop])
    return outcome


@inlined
def _judge(
    v0: float, v1: float, z0: float, z1: float, lowest: float, highest: float, thinnest: float, unit: float
) -> int:
    thickness = max(z1 - z0, thinnest)
    gradient = (v1 - v0) / thickness
    of_value, of_depth = unit * (abs(v0) + abs(v1)), unit * (abs(z0) + abs(z1))
    low = lowest - (of_value + abs(lowest) * of_depth) / thickness
    high = highest + (of_value + abs(highest) * of_depth) / thickness
    return 1 + int((gradient < low) | (gradient > high)) if z1 > z0 else UNTESTED
