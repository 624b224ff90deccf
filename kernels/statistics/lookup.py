"""Statistics at observations: the slot of each once, then gathers."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.statistics.slots import layer_of


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
        for i in range(row_start[row], row_start[row + 1]):
            layer = layer_of(depth[i], edges, table)
            if layer >= 0:
                at[i] = column[layer]
    return at


@compiled
def gathered(values: Array, at: Array) -> Array:
    """Values at positions as float32, NaN where the position is -1."""
    out = np.empty(at.size, np.float32)
    for i in range(at.size):
        out[i] = values[at[i]] if at[i] >= 0 else np.nan
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
