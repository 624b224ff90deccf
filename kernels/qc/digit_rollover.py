"""Argo test 12: digit rollover."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import (
    HALF_UNIT_FLOAT32,
    levels_with_values,
    longest_row,
    n_missing,
    neighbours,
    stored_error,
)
from kernels.registry import qc_test


def measure(row_start: Array, value: Array, threshold: float) -> tuple[Array, Array, Array]:
    """Difference from the level above, and the largest accepted one."""
    above, _ = neighbours(row_start, value)
    wide = value.astype(np.float64)
    upper = np.where(above >= 0, wide[above], np.nan) if value.size else wide
    difference = np.abs(wide - upper)
    highest = threshold + HALF_UNIT_FLOAT32 * (np.abs(wide) + np.abs(upper))
    return difference, np.where(np.isnan(difference), np.nan, 0.0), highest


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="difference from the level above",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 12 (digit rollover)",
    example={"threshold": 10.0},
)
@compiled
def digit_rollover(row_start: Array, value: Array, threshold: float) -> Array:
    """Values that differ from the level above by more than a float's message can hold.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    threshold : largest accepted difference, in that unit.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` for the first level with a value and where the value is missing.
        Levels without a value are passed over (``kernels.levels``). A difference that exceeds the threshold
        by no more than the rounding to float32 passes.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 12: 10 degrees Celsius, 5 in salinity. The
    manual does not say which of the two levels fails; as CoTeDe, we take the second, where the jump shows.
    """
    outcome = np.full(value.size, 2, np.uint8)
    level = np.empty(longest_row(row_start), np.int64)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        v, o = value[first:stop], outcome[first:stop]
        if n_missing(v) == 0:
            for i in range(1, v.size):
                o[i] = _judge(v[i - 1], v[i], threshold)
        else:
            for k in range(1, levels_with_values(v, level)):
                o[level[k]] = _judge(v[level[k - 1]], v[level[k]], threshold)
    return outcome


@inlined
def _judge(above: float, at: float, threshold: float) -> int:
    above, at = np.float64(above), np.float64(at)
    return int(abs(at - above) > threshold + stored_error(abs(at) + abs(above)))
