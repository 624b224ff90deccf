"""CoTeDe: rate of change that fades slowly."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test
from kernels.steps import half_unit


def measure(
    sequence_start: Array, value: Array, threshold: float, memory: float
) -> tuple[Array, Array, Array]:
    """The cumulative rate of change, and the largest accepted one."""
    rate, error = np.full(value.size, np.nan), np.full(value.size, np.nan)
    x = value.astype(np.float64)
    for first, stop in pairwise(sequence_start):
        known = first + np.flatnonzero(~np.isnan(x[first:stop]))
        for n, (before, i) in enumerate(pairwise(known)):
            rate[i] = abs(x[i] - x[before])
            error[i] = half_unit(value) * (abs(x[before]) + abs(x[i]))
            if n and rate[i] < rate[before]:
                rate[i] = (1.0 - memory) * rate[i] + memory * rate[before]
                error[i] = (1.0 - memory) * error[i] + memory * error[before]
    return rate, np.where(np.isnan(rate), np.nan, 0.0), threshold + error


@qc_test(
    on="observation",
    measure=measure,
    quantity="cumulative rate of change",
    reference="Timms and co-authors (2011), cumulative rate of change (CoTeDe CumRateOfChange)",
    example={"threshold": 4.0, "memory": 0.8},
)
@compiled
def cumulative_rate_of_change(sequence_start: Array, value: Array, threshold: float, memory: float) -> Array:
    """Values at and after a great change, until confidence has returned.

    The cumulative rate is the difference from the value before; where that is smaller than the cumulative
    rate there, it is ``(1 - memory)`` times the difference and ``memory`` times the cumulative rate before.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of each profile or time series.
    value : (n_obs,) in its canonical unit; NaN where missing.
    threshold : largest accepted cumulative rate, in that unit.
    memory : weight of the past, 0..1.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` for the first value of a sequence and where the value is missing.
        Missing values are passed over. What exceeds the threshold by no more than the rounding to float32
        passes.

    References
    ----------
    Timms, G. P., and co-authors, 2011: Automated data quality assessment of marine sensors. Sensors 11, as in
    CoTeDe's CumRateOfChange: temperature 4 degrees Celsius, memory 0.8. In CoTeDe a missing value ends the
    memory, and the value after it is not judged.
    """
    outcome = np.full(value.size, 2, np.uint8)
    unit = half_unit(value)
    for sequence in range(sequence_start.size - 1):
        before, rate_before, error_before = np.nan, np.nan, np.nan
        for i in range(sequence_start[sequence], sequence_start[sequence + 1]):
            x = np.float64(value[i])
            if np.isnan(x):
                continue
            rate, error = abs(x - before), unit * (abs(before) + abs(x))
            if rate < rate_before:
                rate = (1.0 - memory) * rate + memory * rate_before
                error = (1.0 - memory) * error + memory * error_before
            if not np.isnan(before):
                outcome[i] = rate > threshold + error
            before, rate_before, error_before = x, rate, error
    return outcome
