"""Statistics at observations: runs of observations in one slot, which is found once, then plain fills."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.statistics.slots import layer_of

WIDTH = 8
"""Values that are filled at once; those beyond the end of a run belong to the next one, which comes later."""


@compiled
def runs_at(
    row_start: Array, cell: Array, month: Array, depth: Array, edges: Array, table: Array, position: Array
) -> tuple[Array, Array]:
    """Runs of observations that follow one another and have the same statistics.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each row.
    cell, month : (n_row,) -1 where unknown.
    depth : (n_obs,) m; NaN where missing.
    edges, table : of the layers, see ``kernels.statistics.slots``.
    position : (n_cell, n_layer, 12), or (..., 1) for the whole year; -1 where there is nothing.

    Returns
    -------
    start : (n_run + 1,) int32 offsets.
    at : (n_run,) int32, position of the statistics, -1 where nothing is known.
    """
    start, at = np.empty(depth.size + 1, np.int32), np.empty(depth.size, np.int32)
    n = 0
    for row in range(row_start.size - 1):
        known = cell[row] >= 0 and month[row] >= 0
        column = position[max(cell[row], 0), :, max(month[row], 0) % position.shape[2]]
        top, bottom, own = np.nan, np.nan, n
        for i in range(row_start[row], row_start[row + 1]):
            if top <= depth[i] < bottom:  # mostly the layer of the level above
                continue
            layer = layer_of(depth[i], edges, table) if known else -1
            top, bottom, slot = np.nan, np.nan, np.int32(-1)
            if layer >= 0:
                top, bottom, slot = edges[layer], edges[layer + 1], column[layer]
            if n == own or slot != at[n - 1]:
                start[n], at[n] = i, slot
                n += 1
    start[n] = depth.size
    return start[: n + 1], at[:n]


@compiled
def spread(values: Array, k: int, start: Array, at: Array) -> Array:
    """One statistic at observations.

    Parameters
    ----------
    values : (n_position, n_statistic) what lies at one position together.
    k : which of them.
    start, at : see ``runs_at``.

    Returns
    -------
    spread : (n_obs,) float32, NaN where nothing is known.
    """
    out = np.empty(start[-1] + WIDTH, np.float32)
    for run in range(at.size):
        value = values[at[run], k] if at[run] >= 0 else np.float32(np.nan)
        for first in range(start[run], start[run + 1], WIDTH):
            for i in range(first, first + WIDTH):
                out[i] = value
    return out[: start[-1]]


@compiled
def moved(
    row_start: Array,
    cell: Array,
    month: Array,
    depth: Array,
    edges: Array,
    table: Array,
    position: Array,
    mean: Array,
) -> Array:
    """How far the mean at each depth is from that of its layer, linear between the centres of layers.

    Parameters
    ----------
    mean : of each position; the others as in ``runs_at``.

    Returns
    -------
    difference : (n_obs,) float32, zero where the layer beside is unknown, and NaN where there is no layer.
    """
    out = np.full(depth.size, np.nan, np.float32)
    for row in range(row_start.size - 1):
        if cell[row] < 0 or month[row] < 0:
            continue
        column = position[cell[row], :, month[row] % position.shape[2]]
        top, bottom, centre = np.nan, np.nan, np.nan
        above, below = (np.nan, np.nan), (np.nan, np.nan)
        for i in range(row_start[row], row_start[row + 1]):
            if not top <= depth[i] < bottom:
                k = layer_of(depth[i], edges, table)
                if k < 0:
                    continue
                top, bottom = edges[k], edges[k + 1]
                centre = 0.5 * (top + bottom)
                above = _step_to(k, k - 1, edges, column, mean)
                below = _step_to(k, k + 1, edges, column, mean)
            away, step = below if depth[i] >= centre else above
            out[i] = (depth[i] - centre) / away * step if not np.isnan(step) else 0.0
    return out


@compiled
def _step_to(k: int, other: int, edges: Array, column: Array, mean: Array) -> tuple[float, float]:
    """How far the centre of another layer is, m, and how far its mean; NaN where that is unknown."""
    if not (0 <= other < edges.size - 1) or column[k] < 0 or column[other] < 0:
        return np.nan, np.nan
    away = 0.5 * (edges[other] + edges[other + 1]) - 0.5 * (edges[k] + edges[k + 1])
    return away, np.float64(mean[column[other]]) - np.float64(mean[column[k]])
