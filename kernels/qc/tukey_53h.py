"""Tukey 53H: distance from a curve of medians and means."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.five_levels import (
    BESIDE,
    gather_values,
    median_of_three,
    medians_of_five,
    running_median_by_numpy,
    sequences_of_values,
)
from kernels.levels import HALF_UNIT_FLOAT32, longest_row, stored_error
from kernels.registry import qc_test

REACH = BESIDE + 2
"""Values on each side that the curve needs."""


def measure(
    sequence_start: Array, value: Array, threshold: float, normalised: float = 0.0
) -> tuple[Array, Array, Array]:
    """Distance from the smooth curve, and the largest accepted one."""
    distance, highest = np.full(value.size, np.nan), np.full(value.size, np.nan)
    for at, v in sequences_of_values(sequence_start, value):
        if v.size > 2 * REACH:
            fives = running_median_by_numpy(v, 5)
            threes = running_median_by_numpy(fives, 3)
            smooth = np.full(v.size, np.nan)
            smooth[1:-1] = 0.25 * (threes[:-2] + 2 * threes[1:-1] + threes[2:])
            limit = threshold * (np.nanstd(fives, ddof=1) if normalised else 1.0)
            distance[at] = np.abs(v - smooth)
            highest[at] = limit + HALF_UNIT_FLOAT32 * (np.abs(v) + np.abs(smooth))
    untested = np.isnan(distance)
    return distance, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="observation",
    measure=measure,
    quantity="distance from the smooth curve of Tukey 53H",
    reference="Goring and Nikora (2002), Despiking acoustic Doppler velocimeter data (CoTeDe, Tukey53H)",
    example={"threshold": 6.0},
    tie=1e-9,
)
@compiled
def tukey_53h(sequence_start: Array, value: Array, threshold: float, normalised: float = 0.0) -> Array:
    """Values far from a curve that is smoothed three times.

    Medians of five, of them medians of three, of them means weighted 1/4, 1/2, 1/4 (Hanning).

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of what follows one another.
    value : (n_obs,) in its canonical unit; NaN where missing.
    threshold : largest accepted distance from the curve, in that unit.
    normalised : if not 0, the threshold counts standard deviations of the medians of five of the sequence.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value is missing, and for the first four and the last four
        values of a sequence. Missing values are passed over. A distance that exceeds the threshold by no more
        than the rounding to float32 passes.

    References
    ----------
    Goring, D. G., and V. I. Nikora, 2002: Despiking acoustic Doppler velocimeter data. J. Hydraul. Eng. 128.
    CoTeDe Tukey53H, and with ``normalised`` its tukey53H_norm with the threshold 1.5. CoTeDe has no curve
    beside a missing value. AutoQC uses CoTeDe's.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest = longest_row(sequence_start) + 1
    level, v = np.empty(longest, np.int64), np.empty(longest)
    fives, threes = np.empty(longest), np.empty(longest)
    for sequence in range(sequence_start.size - 1):
        first, stop = sequence_start[sequence], sequence_start[sequence + 1]
        n, o = gather_values(value[first:stop], level, v), outcome[first:stop]
        if n <= 2 * REACH:
            continue
        medians_of_five(v[:n], fives)
        for k in range(BESIDE + 1, n - BESIDE - 1):
            threes[k] = median_of_three(fives[k - 1], fives[k], fives[k + 1])
        limit = threshold
        if normalised != 0.0:
            n_five = n - 2 * BESIDE
            limit *= np.std(fives[BESIDE : n - BESIDE]) * np.sqrt(n_five / (n_five - 1.0))
        for k in range(REACH, n - REACH):
            smooth = 0.25 * (threes[k - 1] + 2.0 * threes[k] + threes[k + 1])
            o[level[k]] = abs(v[k] - smooth) > limit + stored_error(abs(v[k]) + abs(smooth))
    return outcome
