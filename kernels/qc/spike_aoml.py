"""AOML spike check of expendable probes."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.five_levels import (
    gather_values,
    median_of_five,
    median_of_three,
    running_median_by_numpy,
    sequences_of_values,
)
from kernels.levels import HALF_UNIT_FLOAT32, longest_row, stored_error
from kernels.registry import qc_test


def measure(
    row_start: Array, value: Array, threshold: float, resolution: float = 0.01
) -> tuple[Array, Array, Array]:
    """Distance from the mean of the neighbours, 0 for a value that is the median; the largest accepted."""
    distance, highest = np.full(value.size, np.nan), np.full(value.size, np.nan)
    for at, v in sequences_of_values(row_start, value):
        error = np.zeros(v.size)
        for window in (3, 5):
            half = window // 2
            for k in range(half, v.size - half):
                if window == 3 and k not in (1, v.size - 2):
                    continue
                around = v[k - half : k + half + 1]
                error[k] = HALF_UNIT_FLOAT32 * (np.abs(v[k]) + np.abs(around).max())
                differs = abs(v[k] - running_median_by_numpy(around, window)[half]) - error[k]
                mean = (around.sum() - v[k]) / (window - 1)
                distance[at[k]] = abs(v[k] - mean) if differs > resolution / 2 else 0.0
        highest[at] = threshold + resolution / 2 + error
    untested = np.isnan(distance)
    return distance, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="distance from the mean of the neighbours, of a value that is not the median with them",
    reference="Bringas and Goni, AOML quality control of XBT profiles (AutoQC AOML_spike)",
    example={"threshold": 0.3},
    tie=1e-9,
)
@compiled
def spike_aoml(row_start: Array, value: Array, threshold: float, resolution: float = 0.01) -> Array:
    """Values that are not the median of five and differ from the mean of the four others.

    The second value and the one before the last are compared with one neighbour on each side.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) temperature, degrees Celsius; NaN where missing.
    threshold : largest accepted difference from the mean.
    resolution : both differences are rounded to it before they are compared with 0 and the threshold.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` for the first and the last value and where it is missing. Missing
        values are passed over. A difference just between two steps of the resolution is rounded down.

    References
    ----------
    AutoQC AOML_spike, after the AOML XBT quality control of 2018: 0.3 degrees Celsius, rounded to 0.01.
    AutoQC does not test beside a missing value, and rounds a difference just between two steps as its float64
    number happens to lie.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest = longest_row(row_start) + 1
    level, v = np.empty(longest, np.int64), np.empty(longest)
    step = resolution / 2
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        n, o = gather_values(value[first:stop], level, v), outcome[first:stop]
        for k in range(2, n - 2):
            a, b, c, d, e = v[k - 2], v[k - 1], v[k], v[k + 1], v[k + 2]
            size = max(max(abs(a), abs(b)), max(abs(d), abs(e)), abs(c))
            median = median_of_five(a, b, c, d, e)
            o[level[k]] = _judge(c, median, 0.25 * (a + b + d + e), size, threshold, step)
        for k in (1, n - 2):
            if 0 < k < n - 1:
                a, c, e = v[k - 1], v[k], v[k + 1]
                size = max(abs(a), abs(c), abs(e))
                o[level[k]] = _judge(c, median_of_three(a, c, e), 0.5 * (a + e), size, threshold, step)
    return outcome


@inlined
def _judge(at: float, median: float, mean: float, size: float, threshold: float, step: float) -> int:
    error = stored_error(abs(at) + size)
    return int((abs(at - median) - error > step) & (abs(at - mean) > threshold + step + error))
