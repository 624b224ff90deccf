"""QARTOD: rate of change, in time."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import HALF_UNIT_FLOAT32, neighbours, stored_error
from kernels.registry import qc_test
from kernels.windows import SECONDS_PER_DAY


def measure(sequence_start: Array, time: Array, value: Array, threshold: float) -> tuple[Array, Array, Array]:
    """Change since the value before, per second, and the largest accepted one."""
    before, _ = neighbours(sequence_start, np.where(np.isnan(time), np.nan, value))
    if not value.size:
        return np.empty(0), np.empty(0), np.empty(0)
    seconds = np.where(before >= 0, np.abs(time - time[before]) * SECONDS_PER_DAY, np.nan)
    seconds = np.where(seconds > 0, seconds, np.nan)
    now, then = value.astype(np.float64), value[before].astype(np.float64)
    with np.errstate(over="ignore"):  # times that differ by next to nothing: infinitely fast
        rate = np.abs(now - then) / seconds
        highest = threshold + HALF_UNIT_FLOAT32 * (np.abs(now) + np.abs(then)) / seconds
    untested = np.isnan(rate)
    return rate, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="observation",
    features=("trajectories",),
    measure=measure,
    quantity="change since the value before, per second",
    reference="ioos_qc, rate_of_change_test, after the QARTOD manuals",
    example={"threshold": 0.001},
    tie=1e-12,
)
@compiled
def rate_of_change_time(sequence_start: Array, time: Array, value: Array, threshold: float) -> Array:
    """Values of a time series that changed too fast since the value before.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of each time series.
    time : (n_obs,) days; NaN where missing.
    value : (n_obs,) in its canonical unit; NaN where missing.
    threshold : largest accepted change per second, of either sign.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or time is missing, for the first value of a series,
        and for a value at the time of the one before. Observations without value or time are passed over.
        A change that is too large by no more than the rounding to float32 passes.

    References
    ----------
    The rate of change test of the QARTOD manuals as ioos_qc has it, with a threshold per second of the
    operator's; the manuals compare with standard deviations of the last hours instead. ioos_qc
    (``rate_of_change_test``) passes the first value and those beside a missing one, counts whole seconds,
    and fails a value at the time of a different one before. CoTeDe's ``RateOfChange`` knows no time and is
    the change from level to level (``digit_rollover``).
    """
    outcome = np.full(value.size, 2, np.uint8)
    for sequence in range(sequence_start.size - 1):
        before, then = np.nan, np.nan
        for i in range(sequence_start[sequence], sequence_start[sequence + 1]):
            now = np.float64(value[i])
            if np.isnan(now) or np.isnan(time[i]):
                continue
            outcome[i] = _judge(before, now, abs(time[i] - then) * SECONDS_PER_DAY, threshold)
            before, then = now, time[i]
    return outcome


@inlined
def _judge(before: float, now: float, seconds: float, threshold: float) -> int:
    error = stored_error(abs(now) + abs(before))
    return int(abs(now - before) / seconds > threshold + error / seconds) if seconds > 0.0 else 2
