"""QuinCe's constant value test: the same value for too long."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import longest_row
from kernels.registry import qc_test
from kernels.windows import CLOCK_ERROR, SECONDS_PER_DAY


def measure(
    sequence_start: Array, time: Array, value: Array, longest: float, fewest_values: float = 3.0
) -> tuple[Array, Array, Array]:
    """How long a value has been the same, s, and the longest accepted time; 0 for too few equal values."""
    seconds = np.full(value.size, np.nan)
    for first, stop in pairwise(sequence_start):
        known = first + np.flatnonzero(~np.isnan(value[first:stop] * time[first:stop]))
        cuts = 1 + np.flatnonzero(value[known][1:] != value[known][:-1])
        for run in np.split(known, cuts):
            if run.size:
                lasts = abs(time[run[-1]] - time[run[0]]) * SECONDS_PER_DAY
                seconds[run] = lasts if run.size >= fewest_values else 0.0
    untested = np.isnan(seconds)
    highest = np.where(untested, np.nan, longest + CLOCK_ERROR)
    return seconds, np.where(untested, np.nan, -np.inf), highest


@qc_test(
    on="observation",
    features=("trajectories",),
    measure=measure,
    quantity="seconds for which the value has been the same",
    reference="QuinCe, ConstantValueRoutine",
    example={"longest": 7200.0},
)
@compiled
def flat_line_quince(
    sequence_start: Array, time: Array, value: Array, longest: float, fewest_values: float = 3.0
) -> Array:
    """Values of a time series that are exactly the same for too long.

    All values of such a run fail, unlike in ``flat_line``.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of each time series.
    time : (n_obs,) days; NaN where missing.
    value : (n_obs,) in its canonical unit; NaN where missing.
    longest : accepted time from the first to the last of the equal values, s.
    fewest_values : shorter runs pass, since two measurements far apart may well be equal.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or time is missing; such observations are passed over
        and end no run.

    References
    ----------
    QuinCe, ConstantValueRoutine and its configuration: more than 120 minutes and more than two values. It
    counts whole minutes, so that 120 and a half pass.
    """
    outcome = np.full(value.size, 2, np.uint8)
    run = np.empty(longest_row(sequence_start) + 1, np.int64)
    for sequence in range(sequence_start.size - 1):
        n = 0
        for i in range(sequence_start[sequence], sequence_start[sequence + 1]):
            if np.isnan(value[i]) or np.isnan(time[i]):
                continue
            if n and value[i] != value[run[0]]:
                _judge_run(run[:n], time, longest, fewest_values, outcome)
                n = 0
            run[n] = i
            n += 1
        _judge_run(run[:n], time, longest, fewest_values, outcome)
    return outcome


@compiled
def _judge_run(run: Array, time: Array, longest: float, fewest_values: float, outcome: Array) -> None:
    fails = False
    if run.size and run.size >= fewest_values:
        fails = abs(time[run[-1]] - time[run[0]]) * SECONDS_PER_DAY > longest + CLOCK_ERROR
    for k in range(run.size):
        outcome[run[k]] = fails
