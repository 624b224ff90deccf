"""Medians of windows that slide along a profile."""

import numpy as np

from kernels.compiled import Array, compiled


@compiled
def median_within(values: Array, middle: float, tolerance: float) -> bool:
    """Whether the median of an odd number of values is near to a number: more than half lie to both sides."""
    low, high = middle - tolerance, middle + tolerance
    above = below = 0
    for i in range(values.size):
        above += values[i] >= low
        below += values[i] <= high
    return 2 * min(above, below) > values.size


@compiled
def sliding_median(x: Array, first: int, stop: int, sorted_x: Array, bounds: Array) -> float:
    """Median of an odd number of values; ``sorted_x`` keeps those of ``bounds`` in order for the next one."""
    if first >= bounds[1] or stop <= bounds[0]:
        bounds[0] = bounds[1] = first
    for i in range(bounds[1], stop):
        _insert(sorted_x, i - bounds[0], x[i])
    bounds[1] = max(bounds[1], stop)
    for i in range(bounds[0] - 1, first - 1, -1):
        _insert(sorted_x, bounds[1] - i - 1, x[i])
    bounds[0] = min(bounds[0], first)
    for i in range(bounds[0], first):
        _remove(sorted_x, bounds[1] - i, x[i])
    bounds[0] = first
    for i in range(bounds[1] - 1, stop - 1, -1):
        _remove(sorted_x, i + 1 - first, x[i])
    bounds[1] = stop
    return sorted_x[(stop - first) // 2]  # type: ignore[no-any-return]


@compiled
def _insert(sorted_x: Array, size: int, value: float) -> None:
    at = np.searchsorted(sorted_x[:size], value)
    for j in range(size, at, -1):
        sorted_x[j] = sorted_x[j - 1]
    sorted_x[at] = value


@compiled
def _remove(sorted_x: Array, size: int, value: float) -> None:
    at = np.searchsorted(sorted_x[:size], value)
    for j in range(at, size - 1):
        sorted_x[j] = sorted_x[j + 1]


@compiled
def symmetric_median(x: Array, first: int, a: int, b: int, stop: int, own: int) -> float:
    """Median of as many values above as below and of the level itself if it counts (``own`` >= 0).

    If there are values on one side only, all count. Of an even number the first counts twice, so that the
    median is a value.
    """
    n = min(a - first, stop - b)
    size = 2 * n + (own >= 0) if n else stop - first
    values = np.empty(size + 1)
    if n:
        values[:n] = x[a - n : a]
        values[n : 2 * n] = x[b : b + n]
        if own >= 0:
            values[2 * n] = x[own]
    else:
        values[:size] = x[first:stop]
    if size % 2 == 0:
        values[size] = values[0]
        size += 1
    return kth_smallest(values[:size], size // 2)


@compiled
def kth_smallest(values: Array, k: int) -> float:
    """Hoare's selection, in place."""
    low, high = 0, values.size - 1
    while low < high:
        pivot = values[k]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if j < k:
            low = i
        if k < i:
            high = j
    return values[k]  # type: ignore[no-any-return]


@compiled
def window_about(p: Array, at: float, half: float, near: int) -> tuple[int, int, int, int]:
    """Levels above (first to a) and below (b to stop) a pressure and nearer than ``half``."""
    a = b = near
    while a > 0 and p[a - 1] >= at:
        a -= 1
    while b < p.size and p[b] <= at:
        b += 1
    first = int(np.searchsorted(p[:a], at - half))
    while first < a and not at - p[first] < half:
        first += 1
    while first > 0 and at - p[first - 1] < half:
        first -= 1
    stop = b + int(np.searchsorted(p[b:], at + half))
    while stop > b and not p[stop - 1] - at < half:
        stop -= 1
    while stop < p.size and p[stop] - at < half:
        stop += 1
    return first, a, b, stop
