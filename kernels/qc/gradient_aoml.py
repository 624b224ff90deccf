"""AOML: vertical gradient of temperature profiles."""

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
    row_start: Array, value: Array, depth: Array, cooling: float, warming: float
) -> tuple[Array, Array, Array]:
    """The steeper of the changes to the levels before and after; negative where the value falls."""
    before, after = steps_between_levels(row_start, value, depth)
    v, z = value.astype(np.float64), depth.astype(np.float64)
    change, apart = v[after] - v[before], z[after] - z[before]
    apart = np.where(apart == 0, np.nan, apart)
    falls = change < 0
    gradient = np.where(falls, -np.abs(change / apart), change / apart)
    of_value = half_unit(value) * (np.abs(v[before]) + np.abs(v[after]))
    of_depth = half_unit(value) * (np.abs(z[before]) + np.abs(z[after]))
    lowest = np.where(falls, -cooling - (of_value + cooling * of_depth) / np.abs(apart), -np.inf)
    highest = np.where(falls, np.inf, warming + (of_value + warming * of_depth) / np.abs(apart))
    return worst_of_steps(
        value.size, np.concatenate([before, after]), *(np.tile(a, 2) for a in (gradient, lowest, highest))
    )


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="change per m to a neighbouring level",
    reference="AOML automatic quality control of XBT profiles, vertical gradient (AutoQC AOML_gradient)",
    example={"cooling": 1.0, "warming": 0.2},
)
@compiled
def gradient_aoml(row_start: Array, value: Array, depth: Array, cooling: float, warming: float) -> Array:
    """Levels between which the value falls or rises too fast on the way down.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    cooling : largest accepted fall from a level to the next one, in that unit per m.
    warming : largest accepted rise, in that unit per m.

    Returns
    -------
    outcome : (n_obs,) uint8; both levels of a step fail. ``NOT_RUN`` where value or depth is missing, and
        where no neighbour with both has another depth. Levels without them are passed over
        (``kernels.levels``). What exceeds a limit by no more than the rounding to float32 passes.

    References
    ----------
    AOML quality control of XBT (2018), as in AutoQC's AOML_gradient: 1.0 and 0.2 degrees Celsius per m. As
    there, "next" is the next level that is stored: where a profile goes up, a fall is judged by its steepness
    alone and a rise is accepted. AutoQC does not run the test beside a missing level.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest, unit = longest_row(row_start) + 1, half_unit(value)
    level, step = np.empty(longest, np.int64), np.empty(longest, np.uint8)
    v, z = np.empty(longest), np.empty(longest)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        n = gather_levels(value[first:stop], depth[first:stop], level, v, z)
        for k in range(1, n):
            step[k] = _judge(v[k - 1], v[k], z[k - 1], z[k], cooling, warming, unit)
        judge_both_levels(step, level, n, outcome[first:stop])
    return outcome


@inlined
def _judge(v0: float, v1: float, z0: float, z1: float, cooling: float, warming: float, unit: float) -> int:
    gradient, apart = (v1 - v0) / (z1 - z0), abs(z1 - z0)
    of_value, of_depth = unit * (abs(v0) + abs(v1)), unit * (abs(z0) + abs(z1))
    low = -cooling - (of_value + cooling * of_depth) / apart
    high = warming + (of_value + warming * of_depth) / apart
    beyond = (-abs(gradient) < low) if v1 < v0 else (gradient > high)
    return 1 + int(beyond) if z1 != z0 else UNTESTED
