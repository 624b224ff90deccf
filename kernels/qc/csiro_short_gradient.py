"""CSIRO: gradient to the next level of a temperature profile."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row
from kernels.registry import qc_test
from kernels.steps import gather_levels, half_unit, steps_between_levels


def measure(
    row_start: Array,
    value: Array,
    depth: Array,
    smallest: float,
    inversion: float,
    inversion_within: float,
    fewest_metres: float,
    fewest_metres_inverted: float,
) -> tuple[Array, Array, Array]:
    """Change to the next level, and the changes that are accepted over that distance."""
    here, there = steps_between_levels(row_start, value, depth)
    v, z = value.astype(np.float64), depth.astype(np.float64)
    apart = z[there] - z[here]
    of_value = half_unit(value) * (np.abs(v[here]) + np.abs(v[there]))
    of_depth = half_unit(value) * (np.abs(z[here]) + np.abs(z[there]))
    steep = (np.abs(apart) + of_depth) / fewest_metres
    steep_inverted = (np.abs(apart) + of_depth) / fewest_metres_inverted
    rise = np.where(apart > 0, np.minimum(steep, steep_inverted), steep)
    rise = np.where(apart + of_depth < inversion_within, np.minimum(rise, inversion), rise)
    fall = np.where(apart < 0, np.minimum(steep, steep_inverted), steep)
    out = np.full((3, value.size), np.nan)
    out[0, here] = v[there] - v[here]
    out[1, here] = -(np.maximum(fall, smallest) + of_value)
    out[2, here] = np.maximum(rise, smallest) + of_value
    return out[0], out[1], out[2]


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="change to the next level",
    reference="CSIRO quality control of XBT profiles, short gradient (AutoQC CSIRO_short_gradient)",
    example={
        "smallest": 0.4,
        "inversion": 0.5,
        "inversion_within": 30.0,
        "fewest_metres": 0.4,
        "fewest_metres_inverted": 12.5,
    },
)
@compiled
def csiro_short_gradient(
    row_start: Array,
    value: Array,
    depth: Array,
    smallest: float,
    inversion: float,
    inversion_within: float,
    fewest_metres: float,
    fewest_metres_inverted: float,
) -> Array:
    """Levels from which the value changes too fast to the next level.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    smallest : changes up to this are accepted over any distance.
    inversion : a greater rise fails over less than ``inversion_within`` m.
    inversion_within : m
    fewest_metres : a change over fewer m per unit of the value fails.
    fewest_metres_inverted : the same where the value increases with depth.

    Returns
    -------
    outcome : (n_obs,) uint8; the first level of a step fails. ``NOT_RUN`` where value or depth is missing and
        for the last level with both. Levels without them are passed over (``kernels.levels``). What exceeds
        a limit by no more than the rounding to float32 passes.

    References
    ----------
    CSIRO quality control of XBT, as in AutoQC's CSIRO_short_gradient: a change of more than 0.4 degrees
    Celsius fails if it is a rise above 0.5 within 30 m, or takes less than 0.4 m per degree, or less than
    12.5 m per degree where temperature increases with depth. AutoQC does not run the test beside a missing
    level, and calls the last level passed.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest, unit = longest_row(row_start) + 1, half_unit(value)
    level, v, z = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        n = gather_levels(value[first:stop], depth[first:stop], level, v, z)
        for k in range(n - 1):
            change, apart = v[k + 1] - v[k], z[k + 1] - z[k]
            of_value, of_depth = unit * (abs(v[k]) + abs(v[k + 1])), unit * (abs(z[k]) + abs(z[k + 1]))
            accepted = _accepted(
                change, apart, of_depth, inversion, inversion_within, fewest_metres, fewest_metres_inverted
            )
            outcome[first + level[k]] = abs(change) > max(accepted, smallest) + of_value
    return outcome


@inlined
def _accepted(
    change: float,
    apart: float,
    of_depth: float,
    inversion: float,
    inversion_within: float,
    fewest_metres: float,
    fewest_metres_inverted: float,
) -> float:
    """Largest accepted size of a change over a distance, which may be off by ``of_depth``."""
    rises, distance = change > 0.0, abs(apart) + of_depth
    accepted = distance / fewest_metres
    if (apart > 0.0) if rises else (apart < 0.0):
        accepted = min(accepted, distance / fewest_metres_inverted)
    return min(accepted, inversion) if rises and apart + of_depth < inversion_within else accepted
