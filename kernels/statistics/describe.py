"""Statistics of slots from their sums, those of sparse slots from a wider neighbourhood."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.statistics.sketch import absolute_deviation, edges_of_bins, medcouple, quantile
from kernels.statistics.slots import MONTHS
from kernels.statistics.sums import (
    HIGH,
    LOW,
    MEAN,
    N_BINS,
    N_MOMENTS,
    SQUARES,
    TIME,
    TIME_MEAN,
    TIME_TIME,
    N,
    add_slot,
)

STATISTICS = (
    "n",
    "mean",
    "std",
    "minimum",
    "maximum",
    "low",
    "q1",
    "median",
    "q3",
    "high",
    "amd",
    "medcouple",
    "slope",
    "year",
)
QUANTILES = np.array([0.005, 0.25, 0.5, 0.75, 0.995])
OWN, MONTHS_BESIDE, WHOLE_YEAR, CELLS_BESIDE = range(4)
"""How far a slot with too few values is widened: by the months before and after it, to all months, and by all
months of the cells that touch its own."""


def widening(n: Array, start: Array, neighbour: Array, minimum: float, widest: int) -> tuple[Array, Array]:
    """How far each slot must be widened to have enough values.

    Parameters
    ----------
    n : (n_cell, n_layer, 12) number of values of each slot.
    start, neighbour : the cells that touch each cell, see ``cells.neighbours``.
    minimum : number of values that are enough.
    widest : no further than this, 0 to 3.

    Returns
    -------
    widened : (n_cell, n_layer, 12) uint8, how far: the least that is enough, else ``widest``.
    pooled : (n_cell, n_layer, 12) number of values then.
    """
    year = np.broadcast_to(n.sum(axis=2, keepdims=True), n.shape)
    around = year[:, :, :1] + _sum_over(year[:, :, 0], start, neighbour)[:, :, None]
    choices = [n, n + np.roll(n, 1, 2) + np.roll(n, -1, 2), year, np.broadcast_to(around, n.shape)]
    widened, pooled = np.full(n.shape, widest, np.uint8), choices[widest].copy()
    for far in range(widest - 1, -1, -1):
        enough = choices[far] >= minimum
        widened[enough], pooled[enough] = far, choices[far][enough]
    return widened, pooled


def _sum_over(n: Array, start: Array, neighbour: Array) -> Array:
    """Sums over the cells beside each: (n_cell, n_layer)."""
    running = np.concatenate([np.zeros((1, n.shape[1])), np.cumsum(n[neighbour], axis=0)])
    return np.asarray(running[start[1:]] - running[start[:-1]])


@compiled
def describe_slots(
    slot: Array,
    widened: Array,
    position: Array,
    moments: Array,
    counts: Array,
    start: Array,
    neighbour: Array,
    minimum: float,
    minimum_spread: float,
) -> Array:
    """Statistics of slots.

    Parameters
    ----------
    slot, widened : (n,) numbers of the slots, increasing, and how far each is widened.
    position : (n_cell, n_layer, 12) row of each slot in ``moments`` and ``counts``; -1 where it has no data.
    moments, counts : see ``kernels.statistics.sums``.
    start, neighbour : the cells that touch each cell.
    minimum : with fewer values a slot has no statistics.
    minimum_spread : years; see ``describe``.

    Returns
    -------
    out : (n, 14) float64 in the order of ``STATISTICS``; NaN but for the number where there are too few.
    """
    out = np.full((slot.size, 14), np.nan)
    n_layer = position.shape[1]
    total, total_counts = np.empty(N_MOMENTS), np.empty(N_BINS, np.uint32)
    within, scratch, edge = np.empty(2), np.empty(N_BINS, np.uint32), np.empty(N_BINS + 1)
    for i in range(slot.size):
        column, far = slot[i] // MONTHS, widened[i]
        if far >= WHOLE_YEAR and i > 0 and slot[i - 1] // MONTHS == column and widened[i - 1] == far:
            out[i] = out[i - 1]  # every month of the year has the same values then
            continue
        total[:], total_counts[:], within[:] = 0, 0, 0
        cell, layer, month = column // n_layer, column % n_layer, slot[i] % MONTHS
        _pool(position[cell, layer], month, far, moments, counts, total, total_counts, within, scratch)
        if far == CELLS_BESIDE:
            for k in range(start[cell], start[cell + 1]):
                beside = position[neighbour[k], layer]
                _pool(beside, month, far, moments, counts, total, total_counts, within, scratch)
        out[i, 0] = total[N]
        if total[N] >= minimum and total[N] > 0:
            describe(total, total_counts, within, minimum_spread, edge, out[i])
    return out


@compiled
def _pool(
    position: Array,
    month: int,
    far: int,
    moments: Array,
    counts: Array,
    total: Array,
    total_counts: Array,
    within: Array,
    scratch: Array,
) -> None:
    """Add months of one cell and layer to the total, and their sums of time within slots to ``within``."""
    reach = 6 if far >= WHOLE_YEAR else far
    for k in range(-reach, min(reach, 5) + 1):
        s = position[(month + k) % MONTHS]
        if s >= 0:
            within[0] += moments[s, TIME_TIME]
            within[1] += moments[s, TIME_MEAN]
            add_slot(moments[s], counts[s], total, total_counts, scratch)


@compiled
def describe(
    moments: Array, counts: Array, within: Array, minimum_spread: float, edge: Array, out: Array
) -> None:
    """The statistics of one set of values, written to ``out`` (14,) in the order of ``STATISTICS``.

    The standard deviation is that of the population the values are a sample of (divided by n - 1). The
    slope comes from ``within``, the sums of squares of time and of products with it about the means of the
    slots that were pooled: what differs between their months and cells is no trend. Where the root mean
    square of time about these means is below ``minimum_spread`` years it is zero.
    """
    n = moments[N]
    edges_of_bins(moments, edge)
    out[0], out[1] = n, moments[MEAN]
    out[2] = np.sqrt(moments[SQUARES] / (n - 1)) if n > 1 else np.nan
    out[3], out[4] = moments[LOW], moments[HIGH]
    for q in range(5):
        value = quantile(QUANTILES[q], n, edge, counts)
        out[5 + q] = min(max(value, moments[LOW]), moments[HIGH])
    median = out[7]
    out[10] = absolute_deviation(median, n, edge, counts)
    out[11] = medcouple(median, n, edge, counts)
    spread = within[0] > 0 and within[0] >= minimum_spread**2 * n
    out[12] = within[1] / within[0] if spread else 0.0
    out[13] = 2000.0 + moments[TIME]
