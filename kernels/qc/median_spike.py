"""Distance from the median of five values."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.five_levels import (
    BESIDE,
    gather_values,
    has_small_steps,
    medians_of_five,
    running_median_by_numpy,
    sequences_of_values,
)
from kernels.levels import HALF_UNIT_FLOAT32, longest_row, stored_error
from kernels.registry import qc_test


def measure(
    sequence_start: Array, value: Array, threshold: float, relative: float = 0.0
) -> tuple[Array, Array, Array]:
    """Distance from the median, and the largest accepted one."""
    distance, highest = np.full(value.size, np.nan), np.full(value.size, np.nan)
    for at, v in sequences_of_values(sequence_start, value):
        median = running_median_by_numpy(v, 5)
        distance[at] = np.abs(v - median)
        highest[at] = threshold + relative * np.abs(v) + HALF_UNIT_FLOAT32 * (np.abs(v) + np.abs(median))
    untested = np.isnan(distance)
    return distance, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="observation",
    measure=measure,
    quantity="distance from the median of five values",
    reference="BGC-Argo quality control of pH (Johnson et al., 2018) and nitrate, spike test",
    example={"threshold": 0.04},
)
@compiled
def median_spike(sequence_start: Array, value: Array, threshold: float, relative: float = 0.0) -> Array:
    """Values far from the median of themselves and two values on each side.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of what follows one another.
    value : (n_obs,) in its canonical unit; NaN where missing.
    threshold : largest accepted distance, in that unit.
    relative : added to it per unit of the value's size.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value is missing, and for the first two and the last two
        values of a sequence. Missing values are passed over. A distance that exceeds the limit by no more
        than the rounding to float32 passes.

    References
    ----------
    Johnson, K. S., J. N. Plant and T. L. Maurer, 2018: Processing BGC-Argo pH data at the DAC level: 0.04.
    BGC-Argo nitrate: 5 umol/kg, 1 in the Mediterranean and the Red Sea. The Coriolis chain takes 0.04 of the
    value for pH (``threshold`` 0, ``relative`` 0.04).
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest = longest_row(sequence_start) + 1
    level, v, median = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    calm = threshold if relative >= 0.0 else np.nan
    for sequence in range(sequence_start.size - 1):
        first, stop = sequence_start[sequence], sequence_start[sequence + 1]
        if has_small_steps(value[first:stop], calm):
            outcome[first + BESIDE : max(first + BESIDE, stop - BESIDE)] = 0
            continue
        n, o = gather_values(value[first:stop], level, v), outcome[first:stop]
        if has_small_steps(v[:n], calm):
            for k in range(BESIDE, n - BESIDE):
                o[level[k]] = 0
            continue
        medians_of_five(v[:n], median)
        for k in range(BESIDE, n - BESIDE):
            size = abs(v[k])
            limit = threshold + relative * size + stored_error(size + abs(median[k]))
            o[level[k]] = abs(v[k] - median[k]) > limit
    return outcome
