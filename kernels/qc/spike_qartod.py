"""QARTOD spike test."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.five_levels import gather_values
from kernels.levels import HALF_UNIT_FLOAT32, between_neighbours, longest_row, stored_error
from kernels.ragged import row_of_obs
from kernels.registry import qc_test


def measure(
    sequence_start: Array, value: Array, threshold: float, differential: float = 0.0, over_gaps: float = 1.0
) -> tuple[Array, Array, Array]:
    """Size of the spike by either method, and the largest accepted one."""
    if over_gaps:
        above, at, below = between_neighbours(sequence_start, value)
    else:
        padded = np.concatenate([[np.nan], value.astype(np.float64), [np.nan]])
        row = np.concatenate([[-1], row_of_obs(sequence_start), [-1]])
        above, at, below = padded[:-2], padded[1:-1], padded[2:]
        together = (row[:-2] == row[1:-1]) & (row[2:] == row[1:-1])
        at = np.where(together & ~np.isnan(above + below), at, np.nan)
    size = np.abs(at - (above + below) / 2)
    if differential:
        turns = (at - above) * (below - at) < 0
        size = np.where(turns, np.minimum(np.abs(at - above), np.abs(below - at)), at - at)
    error = HALF_UNIT_FLOAT32 * (np.abs(at) + np.maximum(np.abs(above), np.abs(below)))
    untested = np.isnan(size)
    return size, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, threshold + error)


@qc_test(
    on="observation",
    measure=measure,
    quantity="distance from the mean of both neighbours, or from the nearer one",
    reference="QARTOD, Manual for Real-Time Quality Control of In-situ Temperature and Salinity Data, test 6",
    example={"threshold": 3.0},
)
@compiled
def spike_qartod(
    sequence_start: Array, value: Array, threshold: float, differential: float = 0.0, over_gaps: float = 1.0
) -> Array:
    """Values that differ from their neighbours.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of what follows one another.
    value : (n_obs,) in its canonical unit; NaN where missing.
    threshold : largest accepted difference. The manual's two thresholds are two entries of a procedure.
    differential : 0 for the difference from the mean of both neighbours, as the manual has it, which also
        fails bends of steep gradients; else the difference from the nearer neighbour, of values above or
        below both.
    over_gaps : if 0, a value beside a missing one is not tested.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` for the first and the last value of a sequence and where the value
        is missing; missing values are passed over or not as ``over_gaps`` says. A difference that exceeds the
        threshold by no more than the rounding to float32 passes.

    References
    ----------
    QARTOD, 2020: Manual for Real-Time Quality Control of In-situ Temperature and Salinity Data 2.1, test 6:
    thresholds are the operator's. ioos_qc spike_test, methods "average" and "differential", with
    ``over_gaps`` 0.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest = longest_row(sequence_start) + 1
    level, v = np.empty(longest, np.int64), np.empty(longest)
    for sequence in range(sequence_start.size - 1):
        first, stop = sequence_start[sequence], sequence_start[sequence + 1]
        n, o = gather_values(value[first:stop], level, v), outcome[first:stop]
        for k in range(1, n - 1):
            if over_gaps != 0.0 or level[k + 1] - level[k - 1] == 2:
                o[level[k]] = _judge(v[k - 1], v[k], v[k + 1], threshold, differential != 0.0)
    return outcome


@inlined
def _judge(above: float, at: float, below: float, threshold: float, differential: bool) -> int:
    size = abs(at - (above + below) / 2)
    if differential:
        turns = (at - above) * (below - at) < 0.0
        size = min(abs(at - above), abs(below - at)) if turns else 0.0
    return int(size > threshold + stored_error(abs(at) + max(abs(above), abs(below))))
