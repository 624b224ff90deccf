"""Medians of five values that follow one another, and the values of a sequence without gaps."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kernels.compiled import Array, compiled, inlined

BESIDE = 2
"""Values on each side of the one in the middle; nearer to an end there is no median."""


@inlined
def median_of_three(a: float, b: float, c: float) -> float:
    return max(min(a, b), min(max(a, b), c))


@inlined
def median_of_five(a: float, b: float, c: float, d: float, e: float) -> float:
    """Of two pairs, the lowest and the highest number cannot be the median."""
    return median_of_three(e, max(min(a, b), min(c, d)), min(max(a, b), max(c, d)))


@compiled
def gather_values(value: Array, level: Array, v: Array) -> int:
    """Collect the values of one sequence.

    Parameters
    ----------
    value : (n_level,) NaN where missing.
    level : (n_level + 1 or more,) int64, written: their positions.
    v : (n_level + 1 or more,) float64, written.

    Returns
    -------
    n : how many there are.
    """
    n = 0
    for i in range(value.size):
        level[n], v[n] = i, value[i]
        n += not np.isnan(v[n])
    return n


@compiled
def medians_of_five(v: Array, median: Array) -> None:
    """Median of each value and two on each side; written where there are two."""
    for k in range(BESIDE, v.size - BESIDE):
        median[k] = median_of_five(v[k - 2], v[k - 1], v[k], v[k + 1], v[k + 2])


@compiled
def has_small_steps(v: Array, largest: float) -> bool:
    """Whether no value is missing and all differ from the one before by no more than ``largest``.

    Then none is further from its median of five than that: with those beside it there are three that near,
    more than half. It counts, so that it vectorises.
    """
    n_other = 0
    for k in range(1, v.size):
        n_other += not abs(v[k] - v[k - 1]) <= largest
    return n_other == 0 and (v.size != 1 or v[0] == v[0])


def sequences_of_values(start: Array, value: Array) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Positions and values of each sequence, without gaps, in plain NumPy."""
    known = [first + np.flatnonzero(~np.isnan(value[first:stop])) for first, stop in pairwise(start)]
    return [(at, value[at].astype(np.float64)) for at in known]


def running_median_by_numpy(v: Array, window: int) -> NDArray[np.float64]:
    """Median of the values around each value, NaN where the window reaches beyond an end."""
    median = np.full(v.size, np.nan)
    if v.size >= window:
        half = window // 2
        around = np.lib.stride_tricks.sliding_window_view(v, window)
        median[half : v.size - half] = np.median(around, axis=-1)
    return median
