"""Running median of a profile, with windows that shrink at its ends."""

import numpy as np

from kernels.compiled import Array, compiled


@compiled
def median_of_sorted(value: Array, n: int) -> float:
    """Median of the first n of ascending values; NaN of none."""
    if n == 0:
        return np.nan
    middle: float = 0.5 * (value[(n - 1) // 2] + value[n // 2])
    return middle


@compiled
def running_median(value: Array, window: int, ascending: Array, median: Array) -> None:
    """Median of the values around each value.

    Parameters
    ----------
    value : (n,) float64, none missing.
    window : how many values, odd; at the ends as many of them as there are.
    ascending : (window + 1,) float64 scratch.
    median : (n,) float64, written.
    """
    half, n = window // 2, 0
    for k in range(value.size + half):
        if k - window >= 0:
            n = _removed(ascending, n, value[k - window])
        if k < value.size:
            n = _inserted(ascending, n, value[k])
        if k >= half:
            median[k - half] = median_of_sorted(ascending, n)


@compiled
def _inserted(ascending: Array, n: int, x: float) -> int:
    k = n
    while k > 0 and ascending[k - 1] > x:
        ascending[k] = ascending[k - 1]
        k -= 1
    ascending[k] = x
    return n + 1


@compiled
def _removed(ascending: Array, n: int, x: float) -> int:
    k = 0
    while ascending[k] < x:
        k += 1
    for j in range(k, n - 1):
        ascending[j] = ascending[j + 1]
    return n - 1


@compiled
def smoothed_profile(
    value: Array, pressure: Array, window: int, work: Array, level: Array
) -> tuple[int, int]:
    """Running median of the levels of one profile that lie above the next one.

    A float that stands still or drifts up repeats its pressure: such levels, and the last one, are left out.

    Parameters
    ----------
    value, pressure : (n_level,) NaN where missing.
    window : see ``running_median``.
    work : (3, n_level or more) float64, written: values, pressures and medians of the levels in ``level``.
    level : (n_level or more,) int64, written: positions of the levels that are left.

    Returns
    -------
    n : how many levels are left, and n_known : how many have value and pressure.
    """
    v, p, median = work[0], work[1], work[2]
    n, n_known, last = 0, 0, -1
    for i in range(value.size):
        if np.isnan(value[i] + pressure[i]):
            continue
        if last >= 0 and pressure[i] > pressure[last]:
            level[n], v[n], p[n] = last, value[last], pressure[last]
            n += 1
        n_known, last = n_known + 1, i
    running_median(v[:n], window, np.empty(window + 1), median)
    return n, n_known


def smoothed_by_numpy(value: Array, pressure: Array, window: int) -> tuple[Array, Array, Array]:
    """Values, pressures and medians of the same levels, in plain NumPy."""
    known = ~np.isnan(value + pressure)
    v, p = value[known].astype(np.float64), pressure[known].astype(np.float64)
    down = np.flatnonzero(np.diff(p) > 0)
    v, p, half = v[down], p[down], window // 2
    around = [v[max(k - half, 0) : k + half + 1] for k in range(v.size)]
    return v, p, np.array([np.median(w) for w in around], np.float64)
