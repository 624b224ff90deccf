"""Statistics at observations: the slot of each once, then gathers."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.statistics.slots import layer_of

CHUNK = 1024
"""Observations whose positions stay in the cache from one statistic to the next."""


@compiled
def slots_at(
    row_start: Array, cell: Array, month: Array, depth: Array, edges: Array, table: Array, position: Array
) -> Array:
    """Position of the statistics of each observation.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each row.
    cell, month : (n_row,) -1 where unknown.
    depth : (n_obs,) m; NaN where missing.
    edges, table : of the layers, see ``kernels.statistics.slots``.
    position : (n_cell, n_layer, 12), or (..., 1) for the whole year; -1 where there is nothing.

    Returns
    -------
    at : (n_obs,) int32, -1 where nothing is known.
    """
    at = np.full(depth.size, -1, np.int32)
    for row in range(row_start.size - 1):
        if cell[row] < 0 or month[row] < 0:
            continue
        column = position[cell[row], :, month[row] % position.shape[2]]
        top, bottom, slot = np.nan, np.nan, np.int32(-1)
        for i in range(row_start[row], row_start[row + 1]):
            if not top <= depth[i] < bottom:  # mostly the layer of the level above
                layer = layer_of(depth[i], edges, table)
                if layer < 0:
                    continue
                top, bottom, slot = edges[layer], edges[layer + 1], column[layer]
            at[i] = slot
    return at


@compiled
def gathered(values: Array, at: Array) -> Array:
    """Statistics at positions.

    Parameters
    ----------
    values : (n_position, n_statistic) what lies at one position together.
    at : (n_obs,) mostly the same as for the observation before; -1 where nothing is known.

    Returns
    -------
    gathered : (n_statistic, n_obs) float32, NaN where nothing is known.
    """
    out = np.empty((values.shape[1], at.size), np.float32)
    for first in range(0, at.size, CHUNK):
        stop = min(first + CHUNK, at.size)
        for k in range(values.shape[1]):
            for i in range(first, stop):
                out[k, i] = values[at[i], k] if at[i] >= 0 else np.nan
    return out


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
    mean : of each position; the others as in ``slots_at``.

    Returns
    -------
    difference : (n_obs,) float32, zero where the layer beside is unknown, and NaN where there is no layer.
    """
    out = np.full(depth.size, np.nan, np.float32)
    n_layer = edges.size - 1
    for row in range(row_start.size - 1):
        if cell[row] < 0 or month[row] < 0:
            continue
        column = position[cell[row], :, month[row] % position.shape[2]]
        for i in range(row_start[row], row_start[row + 1]):
            k = layer_of(depth[i], edges, table)
            if k < 0:
                continue
            centre = 0.5 * (edges[k] + edges[k + 1])
            other = k + 1 if depth[i] >= centre else k - 1
            out[i] = 0.0
            if 0 <= other < n_layer and column[k] >= 0 and column[other] >= 0:
                away = 0.5 * (edges[other] + edges[other + 1]) - centre
                step = np.float64(mean[column[other]]) - np.float64(mean[column[k]])
                out[i] = (depth[i] - centre) / away * step if not np.isnan(step) else 0.0
    return out
