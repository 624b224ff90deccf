"""The levels of a profile that a test compares: adjacent ones with values.

A level without a value is passed over, as the Argo manual has it for values that an earlier test found bad
("ignored by the quality control tests"). So the neighbours of a level are the nearest levels above and
below it that have values.
"""

import numpy as np
from numpy.typing import NDArray

from kernels.compiled import Array, compiled, inlined
from kernels.ragged import row_of_obs

HALF_UNIT_FLOAT32 = 2.0**-24
"""Largest relative difference between a number and its nearest float32."""


@inlined
def stored_error(magnitude: float) -> float:
    """How far a difference may be off because its terms were stored as float32.

    A value that lies exactly at a threshold in the decimals of its source must pass, although the nearest
    float32 numbers may lie beyond it. ``magnitude`` is the sum of the sizes of the terms.
    """
    return magnitude * HALF_UNIT_FLOAT32


@compiled
def longest_row(row_start: Array) -> int:
    """Number of observations of the longest row."""
    longest = 0
    for row in range(row_start.size - 1):
        longest = max(longest, row_start[row + 1] - row_start[row])
    return longest


@compiled
def levels_with_values(value: Array, level: Array) -> int:
    """List the levels of one profile that have a value.

    Parameters
    ----------
    value : (n_level,) NaN where missing.
    level : (n_level or more,) int64, written: positions of the levels with values, in order.

    Returns
    -------
    n : how many there are.
    """
    n = 0
    for i in range(value.size):
        level[n] = i
        n += not np.isnan(value[i])
    return n


@compiled
def n_missing(value: Array) -> int:
    """Number of NaN."""
    n = 0
    for i in range(value.size):
        n += np.isnan(value[i])
    return n


def neighbours(row_start: Array, value: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Nearest levels above and below with values, in plain NumPy.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) NaN where missing.

    Returns
    -------
    above, below : (n_obs,) positions in ``value``; -1 where there is none, and where ``value`` is missing.
    """
    level = np.flatnonzero(~np.isnan(value))
    row = row_of_obs(row_start)[level]
    together = row[1:] == row[:-1]
    above, below = np.full(value.size, -1), np.full(value.size, -1)
    above[level[1:][together]] = level[:-1][together]
    below[level[:-1][together]] = level[1:][together]
    return above, below


def between_neighbours(row_start: Array, value: Array) -> tuple[Array, Array, Array]:
    """Each value with those above and below it: three (n_obs,) float64 arrays, NaN where one is missing."""
    above, below = neighbours(row_start, value)
    tested = (above >= 0) & (below >= 0)
    wide = value.astype(np.float64)
    columns = [wide[above], wide, wide[below]] if value.size else [wide, wide, wide]
    upper, middle, lower = (np.where(tested, column, np.nan) for column in columns)
    return upper, middle, lower
