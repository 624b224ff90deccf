"""Contiguous ragged arrays: rows of different length, one after the other.

``row_start`` has ``n_row + 1`` entries; row ``i`` is ``values[row_start[i]:row_start[i + 1]]``.
"""

import numpy as np
from numpy.typing import NDArray

from kernels.compiled import Array, compiled


def row_start_of(row_size: NDArray[np.integer]) -> NDArray[np.int64]:
    """Offsets of rows from their sizes: (n,) -> (n + 1,)."""
    start = np.zeros(len(row_size) + 1, np.int64)
    np.cumsum(row_size, out=start[1:])
    return start


def row_of_obs(row_start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row that each observation belongs to: (n_row + 1,) -> (n_obs,)."""
    return np.repeat(np.arange(len(row_start) - 1), np.diff(row_start))


def take_rows(
    row_start: NDArray[np.int64], rows: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Select and reorder rows.

    Returns
    -------
    row_start : (len(rows) + 1,) offsets of the selection.
    index : (n_obs,) positions of its observations in the original arrays.
    """
    start = row_start_of(np.diff(row_start)[rows])
    return start, _gather(row_start, np.asarray(rows, np.int64), start)


@compiled
def _gather(row_start: Array, rows: Array, new_start: Array) -> Array:
    index = np.empty(new_start[-1], np.int64)
    for i in range(rows.size):
        first = row_start[rows[i]]
        for j in range(new_start[i], new_start[i + 1]):
            index[j] = first + j - new_start[i]
    return index
