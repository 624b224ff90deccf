"""ICDC check 8: vertical gradient within limits that narrow with depth."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row
from kernels.registry import qc_test
from kernels.steps import (
    UNTESTED,
    gather_downward,
    half_unit,
    judge_both_levels,
    steps_between_levels,
    worst_of_steps,
)


def measure(
    row_start: Array,
    value: Array,
    depth: Array,
    lowest_slope: float,
    lowest_deep: float,
    lowest: float,
    highest_slope: float,
    highest_deep: float,
    highest: float,
    coldest: float,
    warmest: float,
) -> tuple[Array, Array, Array]:
    """The gradient with the level above or below that is further out of the range at its depth."""
    upper, lower = steps_between_levels(row_start, value, depth, downward=True)
    v, z = value.astype(np.float64), depth.astype(np.float64)
    within = (value > value.dtype.type(coldest)) & (value < value.dtype.type(warmest))
    apart = z[lower] - z[upper]
    apart = np.where(within[upper] & within[lower] & (apart > 0), apart, np.nan)
    middle = np.maximum(0.5 * (z[upper] + z[lower]), 1.0)
    low = np.maximum(lowest_slope / middle + lowest_deep, lowest)
    high = np.minimum(highest_slope / middle + highest_deep, highest)
    of_value = half_unit(value) * (np.abs(v[upper]) + np.abs(v[lower]))
    of_depth = half_unit(value) * (z[upper] + z[lower])
    return worst_of_steps(
        value.size,
        np.concatenate([upper, lower]),
        np.tile((v[lower] - v[upper]) / apart, 2),
        np.tile(low - (of_value + np.abs(low) * of_depth) / apart, 2),
        np.tile(high + (of_value + np.abs(high) * of_depth) / apart, 2),
    )


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="vertical gradient (per m)",
    reference="Gouretski (2018), World Ocean Circulation Experiment - Argo Global Hydrographic Climatology, "
    "gradient check (AutoQC ICDC_aqc_08_gradient_check)",
    example={
        "lowest_slope": -150.0,
        "lowest_deep": -0.010,
        "lowest": -4.0,
        "highest_slope": 100.0,
        "highest_deep": 0.015,
        "highest": 1.5,
        "coldest": -2.3,
        "warmest": 33.0,
    },
)
@compiled
def gradient_icdc(
    row_start: Array,
    value: Array,
    depth: Array,
    lowest_slope: float,
    lowest_deep: float,
    lowest: float,
    highest_slope: float,
    highest_deep: float,
    highest: float,
    coldest: float,
    warmest: float,
) -> Array:
    """Levels between which the value changes too fast for their depth.

    The accepted range at the depth Z midway between two levels (1 m at least) is ``lowest_slope / Z +
    lowest_deep`` to ``highest_slope / Z + highest_deep``, but never beyond ``lowest`` and ``highest``.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    lowest_slope, highest_slope : how the limits widen towards the surface, in that unit.
    lowest_deep, highest_deep : limits at great depth, in that unit per m.
    lowest, highest : widest limits, in that unit per m.
    coldest, warmest : values on or beyond them are not compared: they are for the range test to reject.

    Returns
    -------
    outcome : (n_obs,) uint8; both levels of a gradient fail. Levels are taken in order of their depth, those
        above the surface are left out. ``NOT_RUN`` where value or depth is missing or left out, and where no
        neighbour can be compared or has another depth. What exceeds a limit by no more than the rounding to
        float32 passes.

    References
    ----------
    Gouretski, V., 2018: World Ocean Circulation Experiment - Argo Global Hydrographic Climatology. Ocean
    Science 14, as in AutoQC's ICDC_aqc_08_gradient_check: -150 / Z - 0.010, not below -4, to 100 / Z + 0.015,
    not above 1.5 degrees Celsius per m, between -2.3 and 33 degrees Celsius. CODC-QC's program has the same
    limits for its global vertical gradient check, and also fails what lies outside -2.3..33.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest, unit = longest_row(row_start) + 1, half_unit(value)
    level, step = np.empty(longest, np.int64), np.empty(longest, np.uint8)
    v, z = np.empty(longest), np.empty(longest)
    cold, warm = value.dtype.type(coldest), value.dtype.type(warmest)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        n = gather_downward(value[first:stop], depth[first:stop], level, v, z)
        for k in range(1, n):
            middle = max(0.5 * (z[k - 1] + z[k]), 1.0)
            low = max(lowest_slope / middle + lowest_deep, lowest)
            high = min(highest_slope / middle + highest_deep, highest)
            result = _judge(v[k - 1], v[k], z[k - 1], z[k], low, high, unit)
            within = (min(v[k - 1], v[k]) > cold) & (max(v[k - 1], v[k]) < warm)
            step[k] = result if within else UNTESTED
        judge_both_levels(step, level, n, outcome[first:stop])
    return outcome


@inlined
def _judge(v0: float, v1: float, z0: float, z1: float, low: float, high: float, unit: float) -> int:
    gradient, apart = (v1 - v0) / (z1 - z0), z1 - z0
    of_value, of_depth = unit * (abs(v0) + abs(v1)), unit * (z0 + z1)
    low -= (of_value + abs(low) * of_depth) / apart
    high += (of_value + abs(high) * of_depth) / apart
    return 1 + int((gradient < low) | (gradient > high)) if apart > 0.0 else UNTESTED
