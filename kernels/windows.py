"""Windows along a time series that end at each of its observations.

Times may be missing, repeated or out of order: observations without a time are passed over, the others are
taken in the order of time, and those of one time in the order in which they are stored.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kernels.compiled import Array, compiled, inlined
from kernels.levels import stored_error

SECONDS_PER_DAY = 86_400.0
CLOCK_ERROR = 1e-3
"""s; times that should be this far apart may be stored closer or farther, as days in float64."""


FEW = 32
"""Values of a window that are looked at before the long way is taken."""


@compiled
def in_time_order(time: Array) -> NDArray[np.int64]:
    """Positions of what has a time, in the order of time."""
    if _is_in_order(time):
        return np.arange(time.size)
    order = np.empty(time.size, np.int64)
    n, ordered = 0, True
    for i in range(time.size):
        if not np.isnan(time[i]):
            ordered &= n == 0 or time[i] >= time[order[max(n - 1, 0)]]
            order[n] = i
            n += 1
    order = order[:n]
    return order if ordered else order[np.argsort(time[order], kind="mergesort")]


@compiled
def _is_in_order(time: Array) -> bool:
    """Whether every time is known and none is before the one it follows."""
    wrong = time.size > 0 and np.isnan(time[0])
    for i in range(1, time.size):
        wrong |= not time[i] >= time[i - 1]
    return not wrong


@compiled
def usual_interval(time: Array) -> float:
    """Median of the intervals between times in order, s, those of 0 left out; NaN if there is none."""
    interval = np.diff(time) * SECONDS_PER_DAY
    interval = interval[interval > 0.0]
    return np.median(interval) if interval.size else np.nan


@compiled
def window_begin(time: Array, duration: float, is_closed: bool) -> NDArray[np.int64]:
    """First position of the window of each observation.

    Parameters
    ----------
    time : (n,) days, in order.
    duration : s; 0 for the window from the first observation to the last, whichever it ends at.
    is_closed : whether an observation ``duration`` before the last one belongs to the window.
    """
    begin = np.zeros(time.size, np.int64)
    if duration <= 0.0:
        return begin
    longest = duration + CLOCK_ERROR if is_closed else duration - CLOCK_ERROR
    first = 0
    for i in range(time.size):
        while first < i and (time[i] - time[first]) * SECONDS_PER_DAY > longest:
            first += 1
        begin[i] = first
    return begin


@compiled
def extremes_in_windows(value: Array, begin: Array) -> tuple[Array, Array, Array]:
    """Number of values, lowest and highest value from ``begin[i]`` to ``i``, by monotonic queues.

    Parameters
    ----------
    value : (n,) NaN where missing.
    begin : (n,) positions that never decrease.

    Returns
    -------
    count, lowest, highest : (n,) infinite where the window holds no value.
    """
    n = value.size
    count, lowest, highest = np.zeros(n, np.int64), np.full(n, np.inf), np.full(n, -np.inf)
    low, high = np.empty(n, np.int64), np.empty(n, np.int64)
    low_first = low_stop = high_first = high_stop = n_value = gone = 0
    for i in range(n):
        v = np.float64(value[i])
        if not np.isnan(v):
            n_value += 1
            while low_stop > low_first and value[low[low_stop - 1]] >= v:
                low_stop -= 1
            while high_stop > high_first and value[high[high_stop - 1]] <= v:
                high_stop -= 1
            low[low_stop], high[high_stop] = i, i
            low_stop, high_stop = low_stop + 1, high_stop + 1
        while gone < begin[i]:
            n_value -= not np.isnan(value[gone])
            gone += 1
        while low_first < low_stop and low[low_first] < gone:
            low_first += 1
        while high_first < high_stop and high[high_first] < gone:
            high_first += 1
        count[i] = n_value
        if n_value:
            lowest[i], highest[i] = value[low[low_first]], value[high[high_first]]
    return count, lowest, highest


@compiled
def n_to_look_at(value: Array, begin: Array, least: float, least_std: float) -> int:
    """How many windows, from the first on, must be looked at as a whole: a few values show of each window
    after them that it is spread enough, or it ends with no value.

    Parameters
    ----------
    value, begin : as for ``extremes_in_windows``.
    least : smallest range of the values of a window; above 0.
    least_std : smallest standard deviation (of the population); 0 asks for none. That of n values is no
        smaller than their range divided by the square root of 2 n.
    """
    for i in range(value.size - 1, -1, -1):
        low = high = np.float64(value[i])
        if np.isnan(low):
            continue
        enough = max(least, least_std * np.sqrt(2.000001 * (i - begin[i] + 1)))
        j, last = i - 1, max(begin[i], i - FEW)
        while high - low < enough and j >= last:
            low = min(low, value[j]) if not np.isnan(value[j]) else low
            high = max(high, value[j]) if not np.isnan(value[j]) else high
            j -= 1
        if high - low < enough:
            return i + 1
    return 0


@compiled
def moments_in_windows(value: Array, begin: Array) -> tuple[Array, Array, Array]:
    """Number of values, their mean and standard deviation (of the population) from ``begin[i]`` to ``i``.

    Nothing is ever subtracted from a sum, so that a large value leaves no trace once it has left the
    window: windows are put together from a part that only grows and one that only shrinks.
    """
    n = value.size
    count, mean, std = np.zeros(n, np.int64), np.full(n, np.nan), np.full(n, np.nan)
    n_old, mean_old, square_old = np.empty(n), np.empty(n), np.empty(n)
    n_new, mean_new, square_new = 0.0, 0.0, 0.0
    turn = 0
    for i in range(n):
        n_new, mean_new, square_new = _merged(n_new, mean_new, square_new, np.float64(value[i]), 1.0, 0.0)
        b = begin[i]
        if b >= turn:
            m, average, square = 0.0, 0.0, 0.0
            for j in range(i, b - 1, -1):
                m, average, square = _merged(m, average, square, np.float64(value[j]), 1.0, 0.0)
                n_old[j], mean_old[j], square_old[j] = m, average, square
            n_new, mean_new, square_new = 0.0, 0.0, 0.0
            turn = i + 1
        m, average, square = _merged(n_old[b], mean_old[b], square_old[b], mean_new, n_new, square_new)
        count[i] = int(m)
        if m:
            mean[i], std[i] = average, np.sqrt(square / m)
    return count, mean, std


@inlined
def _merged(
    n: float, mean: float, square: float, other_mean: float, other_n: float, other_square: float
) -> tuple[float, float, float]:
    """Moments of two sets together (Chan et al. 1979); a mean of NaN is a set of nothing."""
    if np.isnan(other_mean) or other_n == 0.0:
        return n, mean, square
    total = n + other_n
    step = other_mean - mean
    return total, mean + step * other_n / total, square + other_square + step * step * n * other_n / total


@inlined
def smallest_spread(threshold: float, magnitude: float) -> float:
    """Smallest spread of stored values that is not below ``threshold``, as float32 may have shrunk it.

    Values that are all the same are below any threshold but 0. ``magnitude`` is that of ``stored_error``.
    """
    limit = threshold - stored_error(magnitude)
    return limit if limit > 0.0 or threshold <= 0.0 else 5e-324


def series_in_time_order(sequence_start: Array, time: Array) -> list[NDArray[np.int64]]:
    """``in_time_order`` of each series, as positions in the whole, in plain NumPy."""
    series = []
    for first, stop in pairwise(sequence_start):
        known = first + np.flatnonzero(~np.isnan(time[first:stop]))
        series.append(known[np.argsort(time[known], kind="stable")])
    return series
