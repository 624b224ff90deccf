"""CSIRO: temperature inversions that are too steep."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row
from kernels.registry import qc_test
from kernels.steps import gather_levels, half_unit


def measure(
    row_start: Array, value: Array, depth: Array, shallowest: float, fewest_metres: float
) -> tuple[Array, Array, Array]:
    """Rise of the inversion that begins at a level, 0 where none begins, and what its thickness allows."""
    rise, highest = np.full(value.size, np.nan), np.full(value.size, np.nan)
    v, z = value.astype(np.float64), depth.astype(np.float64)
    for first, stop in pairwise(row_start):
        levels = first + np.flatnonzero(~np.isnan(v[first:stop] + z[first:stop]))
        steps = [(i, j) for i, j in pairwise(levels) if depth[i] >= depth.dtype.type(shallowest)]
        begin = -1
        for i, j in steps:
            if v[j] > v[i] and begin < 0:
                begin = i
                continue
            rise[i] = highest[i] = 0.0
            if v[j] < v[i] and begin >= 0:
                of_value = half_unit(value) * (abs(v[begin]) + abs(v[i]))
                of_depth = half_unit(value) * (abs(z[begin]) + abs(z[i]))
                rise[begin] = abs(v[i] - v[begin])
                highest[begin] = (abs(z[i] - z[begin]) + of_depth) / fewest_metres + of_value
                begin = -1
    return rise, np.where(np.isnan(rise), np.nan, 0.0), highest


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="rise of the inversion that begins here (0 where none begins)",
    reference="CSIRO quality control of XBT profiles, long gradient (AutoQC CSIRO_long_gradient)",
    example={"shallowest": 5.0, "fewest_metres": 4.0},
)
@compiled
def csiro_long_gradient(
    row_start: Array, value: Array, depth: Array, shallowest: float, fewest_metres: float
) -> Array:
    """Levels at which an inversion begins that is steep as a whole.

    An inversion begins where the value increases to the next level and ends at the level from which it
    decreases again; equal values between belong to it.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    shallowest : steps that begin above this depth are left out, m.
    fewest_metres : an inversion fails if it takes fewer m per unit of the value.

    Returns
    -------
    outcome : (n_obs,) uint8; the first level of a steep inversion fails. ``NOT_RUN`` where value or depth is
        missing, for the last level with both and those above ``shallowest``, and where an inversion begins
        that does not end within the profile. Levels without value or depth are passed over
        (``kernels.levels``). What exceeds the limit by no more than the rounding to float32 passes.

    References
    ----------
    CSIRO quality control of XBT, as in AutoQC's CSIRO_long_gradient: below 5 m, 4 m per degree Celsius. Its
    earlier versions divided by the difference between the last temperature and the first *depth*; ours is the
    difference of temperatures, as in NCEI's version. Neither judges an inversion that has no end.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest, unit = longest_row(row_start) + 1, half_unit(value)
    level, v, z = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    top = depth.dtype.type(shallowest)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        n = gather_levels(value[first:stop], depth[first:stop], level, v, z)
        begin = -1
        for k in range(n - 1):
            if z[k] < top:
                continue
            if v[k + 1] > v[k] and begin < 0:
                begin = k
                continue
            outcome[first + level[k]] = 0
            if v[k + 1] < v[k] and begin >= 0:
                outcome[first + level[begin]] = _judge(v[begin], v[k], z[begin], z[k], fewest_metres, unit)
                begin = -1
    return outcome


@inlined
def _judge(v0: float, v1: float, z0: float, z1: float, fewest_metres: float, unit: float) -> int:
    of_value, of_depth = unit * (abs(v0) + abs(v1)), unit * (abs(z0) + abs(z1))
    return int(abs(v1 - v0) > (abs(z1 - z0) + of_depth) / fewest_metres + of_value)
