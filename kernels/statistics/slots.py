"""Where a value belongs: its depth layer, calendar month and slot."""

import numpy as np

from kernels.compiled import Array, compiled, inlined

MONTHS = 12
LARGEST = 1e12
"""Values from here on are no measurements; the bins of a sketch would not fit whole numbers."""


def n_slots(n_cell: int, n_layer: int) -> int:
    """Number of possible slots, which must fit a 32-bit number."""
    n = n_cell * n_layer * MONTHS
    if n >= 2**31:
        raise ValueError(f"{n_cell} cells, {n_layer} layers and 12 months are {n} slots, at most 2^31 - 1")
    return n


def layer_table(edges: Array) -> Array:
    """For each whole metre below the first edge, the layer that holds it: lets ``layer_of`` start near."""
    metres = edges[0] + np.arange(int(np.ceil(edges[-1] - edges[0])) + 1)
    return np.asarray(np.searchsorted(edges, metres, "right") - 1, np.int32)


@inlined
def layer_of(depth: float, edges: Array, table: Array) -> int:
    """The layer from ``edges[k]`` (included) to ``edges[k + 1]``; -1 outside of all and where NaN."""
    if not edges[0] <= depth < edges[-1]:
        return -1
    k = int(table[int(depth - edges[0])])
    while depth >= edges[k + 1]:
        k += 1
    return k


@compiled
def month_of(time: Array) -> Array:
    """Calendar month, 0 for January: (n,) days since 1950-01-01 -> (n,) int32, -1 where there is no time.

    References
    ----------
    The civil calendar counted from 1 March, so that the leap day comes last: 153 days in five months.
    """
    out = np.full(time.size, -1, np.int32)
    for i in range(time.size):
        if not abs(time[i]) < 1e6:
            continue
        day = int(np.floor(time[i])) + 712163  # since 0000-03-01
        era = day // 146097
        of_era = day - era * 146097
        year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
        of_year = of_era - (365 * year + year // 4 - year // 100)
        out[i] = ((5 * of_year + 2) // 153 + 2) % 12
    return out


@compiled
def slots_of(
    row_start: Array, cell: Array, month: Array, depth: Array, value: Array, edges: Array, table: Array
) -> Array:
    """Number of the slot of each value, ``(cell * n_layer + layer) * 12 + month``.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each row.
    cell, month : (n_row,) from ``cell_of`` and ``month_of``; -1 leaves the row out.
    depth : (n_obs,) m, positive down.
    value : (n_obs,) NaN where missing.
    edges, table : of the layers.

    Returns
    -------
    slot : (n_obs,) int32, -1 where the value does not count.
    """
    out = np.full(depth.size, -1, np.int32)
    n_layer = edges.size - 1
    for row in range(row_start.size - 1):
        if cell[row] < 0 or month[row] < 0:
            continue
        base = cell[row] * n_layer
        for i in range(row_start[row], row_start[row + 1]):
            layer = layer_of(depth[i], edges, table)
            if layer >= 0 and abs(value[i]) < LARGEST:
                out[i] = (base + layer) * MONTHS + month[row]
    return out


@compiled
def numbered(slot: Array, n: int) -> Array:
    """Slots in use, increasing; ``slot`` (n_obs,) becomes the position of each among them, in place."""
    position = np.zeros(n, np.int32)
    for i in range(slot.size):
        if slot[i] >= 0:
            position[slot[i]] = 1
    n_used = 0
    for s in range(n):
        if position[s]:
            position[s] = n_used
            n_used += 1
        else:
            position[s] = -1
    used = np.empty(n_used, np.int64)
    for s in range(n):
        if position[s] >= 0:
            used[position[s]] = s
    for i in range(slot.size):
        if slot[i] >= 0:
            slot[i] = position[slot[i]]
    return used
