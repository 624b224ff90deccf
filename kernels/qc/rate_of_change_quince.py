"""QuinCe's gradient test: rate of change in time, with single values that stand out told apart."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, longest_row, stored_error
from kernels.registry import qc_test

MINUTES_PER_DAY = 1440.0


def measure(sequence_start: Array, time: Array, value: Array, threshold: float) -> tuple[Array, Array, Array]:
    """Rate of change that is held against each value, 0 where there is none, and the largest accepted one."""
    rate = np.full(value.size, np.nan)
    for first, stop in pairwise(sequence_start):
        adjacent = np.abs(np.diff(value[first:stop].astype(np.float64)))
        least = np.min(adjacent[adjacent > 0], initial=np.inf)
        known = first + np.flatnonzero(~np.isnan(value[first:stop] * time[first:stop]))
        rate[known] = _rates(time[known], value[known].astype(np.float64), threshold, least)
    untested = np.isnan(rate)
    return rate, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, threshold)


def _rates(time: Array, value: Array, threshold: float, least: float) -> Array:
    """Of the values of one series, none of them missing."""
    n = value.size
    rate = np.zeros(n) if n > 1 else np.full(n, np.nan)
    i = 1
    while i < n:
        error = HALF_UNIT_FLOAT32 * (abs(value[i]) + abs(value[i - 1]))
        change, minutes = abs(value[i] - value[i - 1]) - error, abs(time[i] - time[i - 1]) * MINUTES_PER_DAY
        held = change / minutes if change > least + error and minutes > 0 else 0.0
        around = abs(value[i + 1] - value[i - 1]) if i + 1 < n else np.inf
        alone = held > threshold and (around + error) / minutes < threshold
        if not alone:
            rate[i - 1] = max(rate[i - 1], held)
        rate[i] = held
        i += 2 if alone else 1
    return rate


@qc_test(
    on="observation",
    features=("trajectories",),
    measure=measure,
    quantity="rate of change that is held against the value, per minute",
    reference="QuinCe, GradientTestRoutine",
    example={"threshold": 3.0},
    tie=1e-9,
)
@compiled
def rate_of_change_quince(sequence_start: Array, time: Array, value: Array, threshold: float) -> Array:
    """Values of a time series that changed too fast, or that stand out alone.

    After too fast a change to a value, the value alone fails if the next one is near the one before, and is
    then not compared with the next; otherwise the value and the one before fail, since either may be wrong.
    A change no larger than the smallest one of the series is the resolution of the sensor and passes.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of each time series.
    time : (n_obs,) days; NaN where missing.
    value : (n_obs,) in its canonical unit; NaN where missing.
    threshold : largest accepted change per minute, of either sign.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or time is missing and where the series has one value
        only. Observations without value or time are passed over; two values at one time are not compared.
        A change that is too large by no more than the rounding to float32 passes.

    References
    ----------
    QuinCe, GradientTestRoutine and its configuration: temperature 3, xCO2 20, pressure 50 per minute, and
    salinity 3. Known weaknesses that we keep, so that outcomes agree: the way around a value is divided by
    the time to it, not around it; one tiny change anywhere in the series switches the protection of coarse
    sensors off; the ends of a spike of two values fail with it. Each comparison allows for the rounding to
    float32.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest = longest_row(sequence_start)
    at, t, v = np.empty(longest + 1, np.int64), np.empty(longest + 1), np.empty(longest + 1)
    for sequence in range(sequence_start.size - 1):
        n, least = 0, np.inf
        for i in range(sequence_start[sequence], sequence_start[sequence + 1]):
            at[n], t[n], v[n] = i, time[i], value[i]
            if i > sequence_start[sequence]:
                change = abs(np.float64(value[i]) - np.float64(value[i - 1]))
                least = min(least, change) if change > 0.0 else least
            n += not (np.isnan(t[n]) or np.isnan(v[n]))
        if n > 1:
            outcome[at[:n]] = _judged(t[:n], v[:n], threshold, least)
    return outcome


@compiled
def _judged(time: Array, value: Array, threshold: float, least: float) -> Array:
    fails = np.zeros(value.size, np.uint8)
    i = 1
    while i < value.size:
        minutes = abs(time[i] - time[i - 1]) * MINUTES_PER_DAY
        error = stored_error(abs(value[i]) + abs(value[i - 1]))
        change = abs(value[i] - value[i - 1]) - error
        if change > least + error and minutes > 0.0 and change / minutes > threshold:
            fails[i] = 1
            around = abs(value[min(i + 1, value.size - 1)] - value[i - 1]) + error
            if i + 1 < value.size and around / minutes < threshold:
                i += 1
            else:
                fails[i - 1] = 1
        i += 1
    return fails
