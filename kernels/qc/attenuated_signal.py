"""QARTOD: attenuated signal."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32
from kernels.registry import qc_test
from kernels.windows import (
    CLOCK_ERROR,
    SECONDS_PER_DAY,
    extremes_in_windows,
    in_time_order,
    moments_in_windows,
    n_to_look_at,
    series_in_time_order,
    smallest_spread,
    window_begin,
)


def measure(
    sequence_start: Array,
    time: Array,
    value: Array,
    threshold: float,
    duration: float = 0.0,
    fewest_values: float = 2.0,
    by_range: float = 0.0,
) -> tuple[Array, Array, Array]:
    """Standard deviation or range of the values in each window, and the smallest accepted one."""
    measured, lowest = np.full(value.size, np.nan), np.full(value.size, np.nan)
    for series in series_in_time_order(sequence_start, time):
        wide = value[series].astype(np.float64)
        for i in np.flatnonzero(~np.isnan(wide)):
            age = (time[series[i]] - time[series]) * SECONDS_PER_DAY
            inside = (np.arange(series.size) <= i) & (age <= duration - CLOCK_ERROR)
            inside[i] = True
            known = wide[(inside if duration > 0 else True) & ~np.isnan(wide)]
            if known.size < fewest_values:
                continue
            low, high = known.min(), known.max()
            spread = high - low if by_range else known.std() if high > low else 0.0
            limit = threshold - HALF_UNIT_FLOAT32 * (abs(low) + abs(high))
            measured[series[i]] = spread
            lowest[series[i]] = limit if limit > 0 or threshold <= 0 else 5e-324
    return measured, lowest, np.where(np.isnan(measured), np.nan, np.inf)


@qc_test(
    on="observation",
    features=("trajectories",),
    measure=measure,
    quantity="standard deviation (or range) of the values in the window that ends here",
    reference="ioos_qc, attenuated_signal_test, after the QARTOD manuals",
    example={"threshold": 0.5, "duration": 172_800.0},
    tie=1e-9,
)
@compiled
def attenuated_signal(
    sequence_start: Array,
    time: Array,
    value: Array,
    threshold: float,
    duration: float = 0.0,
    fewest_values: float = 2.0,
    by_range: float = 0.0,
) -> Array:
    """Values of a time series that have varied too little for some time.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of each time series.
    time : (n_obs,) days; NaN where missing. Times may repeat or run backward (``kernels.windows``).
    value : (n_obs,) in its canonical unit; NaN where missing.
    threshold : smallest accepted standard deviation (of the population) or range; with 0 nothing fails.
    duration : length of the window that ends at each value, s; an observation that long ago does not belong
        to it. 0 for the whole series, which then passes or fails as one.
    fewest_values : windows with fewer are not tested.
    by_range : other than 0: the range instead of the standard deviation.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or time is missing, or the window holds too few values.
        A spread that is below the threshold by no more than the rounding to float32 passes, unless it is 0.

    References
    ----------
    The attenuated signal test of the QARTOD manuals, as ioos_qc has it: thresholds and window are the
    operator's. ioos_qc (``attenuated_signal_test``) is the same with ``min_obs`` for ``fewest_values``; by
    default it judges a single value, whose standard deviation is 0, to be bad. It also takes the number of
    values from a ``min_period``, tests no range of a window with a missing value, and refuses times that
    run backward. The example is from its own tests.
    """
    outcome = np.full(value.size, 2, np.uint8)
    for sequence in range(sequence_start.size - 1):
        first, stop = sequence_start[sequence], sequence_start[sequence + 1]
        order = in_time_order(time[first:stop])
        t, v, o = time[first:stop][order], value[first:stop][order], outcome[first:stop]
        begin = window_begin(t, duration, False)
        by_std = threshold if by_range == 0.0 else 0.0
        n = t.size
        if duration > 0.0 and threshold > 0.0:
            n = n_to_look_at(v, begin, threshold, by_std)
            _pass_where_enough(v, begin, n, order, fewest_values, o)
        count, low, high = extremes_in_windows(v[:n], begin[:n])
        spread = high - low
        if by_range == 0.0:
            spread = moments_in_windows(v[:n], begin[:n])[2]
        for i in range(n):
            at = i if duration > 0.0 else t.size - 1
            if count[at] >= fewest_values and not np.isnan(v[i]):
                limit = smallest_spread(threshold, abs(low[at]) + abs(high[at]))
                o[order[i]] = spread[at] < limit
    return outcome


@compiled
def _pass_where_enough(
    value: Array, begin: Array, first: int, order: Array, fewest_values: float, outcome: Array
) -> None:
    """Enter a pass for each value, from the first on, whose window holds enough of them."""
    n, gone = 0, 0
    for i in range(value.size):
        n += not np.isnan(value[i])
        while gone < begin[i]:
            n -= not np.isnan(value[gone])
            gone += 1
        if i >= first and n >= fewest_values and not np.isnan(value[i]):
            outcome[order[i]] = 0
