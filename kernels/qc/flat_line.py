"""QARTOD test 8: flat line."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32
from kernels.registry import qc_test
from kernels.windows import (
    CLOCK_ERROR,
    SECONDS_PER_DAY,
    extremes_in_windows,
    in_time_order,
    n_to_look_at,
    series_in_time_order,
    smallest_spread,
    usual_interval,
    window_begin,
)


def measure(
    sequence_start: Array, time: Array, value: Array, duration: float, tolerance: float
) -> tuple[Array, Array, Array]:
    """Range of the values in the window that ends at each of them, and the smallest accepted one."""
    measured, lowest = np.full(value.size, np.nan), np.full(value.size, np.nan)
    for series in series_in_time_order(sequence_start, time):
        intervals = np.diff(time[series]) * SECONDS_PER_DAY
        interval = np.median(intervals[intervals > 0]) if np.any(intervals > 0) else np.nan
        wide = value[series].astype(np.float64)
        for i, at in enumerate(series):
            age = (time[at] - time[series[: i + 1]]) * SECONDS_PER_DAY
            inside = age <= duration + CLOCK_ERROR
            known = wide[: i + 1][inside & ~np.isnan(wide[: i + 1])]
            if np.isnan(wide[i]) or known.size < 2:
                continue
            if not age[inside].max() > duration - interval + CLOCK_ERROR:
                continue
            low, high = known.min(), known.max()
            measured[at] = high - low
            limit = tolerance - HALF_UNIT_FLOAT32 * (abs(low) + abs(high))
            lowest[at] = limit if limit > 0 or tolerance <= 0 else 5e-324
    return measured, lowest, np.where(np.isnan(measured), np.nan, np.inf)


@qc_test(
    on="observation",
    features=("trajectories",),
    measure=measure,
    quantity="range of the values in the window that ends here",
    reference="QARTOD manuals, test 8 (flat line); ioos_qc, flat_line_test",
    example={"duration": 4800.0, "tolerance": 0.01},
)
@compiled
def flat_line(sequence_start: Array, time: Array, value: Array, duration: float, tolerance: float) -> Array:
    """Values of a time series that have hardly changed for some time.

    A value fails if those of the last ``duration`` seconds, itself among them, differ by less than
    ``tolerance``. Only the last value of such a window fails: the first ones of a flat line pass.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of each time series.
    time : (n_obs,) days; NaN where missing. Times may repeat or run backward (``kernels.windows``).
    value : (n_obs,) in its canonical unit; NaN where missing.
    duration : length of the window, s; an observation that long ago belongs to it.
    tolerance : smallest accepted range; with 0 nothing fails.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or time is missing; where the observations of the
        window do not reach back ``duration``, less the usual interval of the series (its median): at the
        begin of a series and after a gap; and where the window holds one value only. A range that is below
        the tolerance by no more than the rounding to float32 passes, unless it is 0.

    References
    ----------
    QARTOD manuals, test 8 (flat line): the value fails if it and those before it, five in all, are equal
    within a tolerance, and is suspect if three are; numbers and tolerance are the operator's. ioos_qc
    (``flat_line_test``) makes a duration of it, and so do we; its window are the last ``int(duration /
    median interval) + 1`` observations whatever their times, the same as ours if they are regular. It
    passes what is ``NOT_RUN`` here, and a missing, repeated or corrupted time moves its windows or stops it
    (ioos_qc issues 6 and 68). The example is that of its own tests.
    """
    outcome = np.full(value.size, 2, np.uint8)
    for sequence in range(sequence_start.size - 1):
        first, stop = sequence_start[sequence], sequence_start[sequence + 1]
        order = in_time_order(time[first:stop])
        t, v, o = time[first:stop][order], value[first:stop][order], outcome[first:stop]
        begin = window_begin(t, duration, True)
        shortest = duration - usual_interval(t) + CLOCK_ERROR
        n = n_to_look_at(v, begin, tolerance, 0.0) if tolerance > 0.0 else t.size
        count, low, high = extremes_in_windows(v[:n], begin[:n])
        for i in range(t.size):
            reaches_back = (t[i] - t[begin[i]]) * SECONDS_PER_DAY > shortest
            if reaches_back and i >= n and not np.isnan(v[i]):
                o[order[i]] = 0
            elif reaches_back and i < n and count[i] >= 2 and not np.isnan(v[i]):
                limit = smallest_spread(tolerance, abs(low[i]) + abs(high[i]))
                o[order[i]] = high[i] - low[i] < limit
    return outcome
