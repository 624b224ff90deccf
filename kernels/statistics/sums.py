"""What is kept of the values of a slot, summing them, and merging two sums.

Moments are taken about the mean and merged by the formulas of Chan, Golub and LeVeque: no digit is lost
where a mean is large beside the spread, and the order of merging shows in the last digits only.

The sketch is a histogram of 64 bins ``floor(value / width)`` of the width ``2^k * FINEST``. The width is the
smallest for which the values from minimum to maximum fit, so width and first bin follow from these two
and are not stored. Widening merges neighbouring pairs of bins exactly, since
``floor(x / 2w) = floor(floor(x / w) / 2)``: the sketch of all values is the same however they were
partitioned and merged. As half the width did not fit, ``width < (maximum - minimum) / 31.5``, or it is
``FINEST``.

References
----------
Chan, T. F., G. H. Golub and R. J. LeVeque, 1983: Algorithms for computing the sample variance. The American
Statistician 37, 242-247.
"""

import numpy as np

from kernels.compiled import Array, compiled

N_BINS = 64
FINEST = 2.0**-14
"""Smallest width of a bin in the unit of the variable; a power of two, so that dividing is exact."""
MOMENTS = (
    "number of values",
    "mean time in years since 2000",
    "mean value",
    "sum of squared deviations of time",
    "sum of products of deviations",
    "sum of squared deviations",
    "minimum",
    "maximum",
)
N, TIME, MEAN, TIME_TIME, TIME_MEAN, SQUARES, LOW, HIGH = range(8)
N_MOMENTS = 8


@compiled
def bin_width(low: float, high: float) -> float:
    """Width of the bins of values from ``low`` to ``high``."""
    width = FINEST
    while np.floor(high / width) - np.floor(low / width) >= N_BINS:
        width *= 2.0
    return width


@compiled
def summed(row_start: Array, year: Array, value: Array, slot: Array, n_slot: int) -> tuple[Array, Array]:
    """Sums over the values of a partition.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each row.
    year : (n_row,) years since 2000.
    value : (n_obs,).
    slot : (n_obs,) position of the value's slot; -1 leaves it out.

    Returns
    -------
    moments : (n_slot, 8) see ``MOMENTS``.
    counts : (n_slot, 64) uint32 histogram.
    """
    moments = _moments(row_start, year, value, slot, n_slot)
    counts = np.zeros((n_slot, N_BINS), np.uint32)
    scale, first = np.empty(n_slot), np.empty(n_slot, np.int64)
    for s in range(n_slot):
        width = bin_width(moments[s, LOW], moments[s, HIGH])
        scale[s], first[s] = 1.0 / width, int(np.floor(moments[s, LOW] / width))
    for i in range(value.size):
        s = slot[i]
        if s >= 0:
            counts[s, int(np.floor(value[i] * scale[s])) - first[s]] += np.uint32(1)
    return moments, counts


@compiled
def _moments(row_start: Array, year: Array, value: Array, slot: Array, n_slot: int) -> Array:
    """Sums about the first value of each slot, moved to the mean at the end."""
    moments = np.zeros((n_slot, N_MOMENTS))
    origin = np.empty((n_slot, 2))
    for row in range(row_start.size - 1):
        for i in range(row_start[row], row_start[row + 1]):
            s = slot[i]
            if s < 0:
                continue
            x, m = np.float64(value[i]), moments[s]
            if m[N] == 0:
                origin[s, 0], origin[s, 1] = year[row], x
                m[LOW], m[HIGH] = x, x
            t, d = year[row] - origin[s, 0], x - origin[s, 1]
            m[N] += 1
            m[TIME] += t
            m[MEAN] += d
            m[TIME_TIME] += t * t
            m[TIME_MEAN] += t * d
            m[SQUARES] += d * d
            m[LOW] = min(m[LOW], x)
            m[HIGH] = max(m[HIGH], x)
    for s in range(n_slot):
        m = moments[s]
        t, d = m[TIME] / m[N], m[MEAN] / m[N]
        m[TIME_TIME] = max(m[TIME_TIME] - t * m[TIME], 0.0)
        m[TIME_MEAN] -= t * m[MEAN]
        m[SQUARES] = max(m[SQUARES] - d * m[MEAN], 0.0)
        m[TIME], m[MEAN] = origin[s, 0] + t, origin[s, 1] + d
    return moments


@compiled
def add_sums(to: Array, moments: Array, counts: Array, total: Array, total_counts: Array) -> None:
    """Add the sums of slots to a total, in place; ``to`` (n_slot,) is the position of each in the total."""
    scratch = np.empty(N_BINS, np.uint32)
    for s in range(to.size):
        add_slot(moments[s], counts[s], total[to[s]], total_counts[to[s]], scratch)


@compiled
def add_slot(moments: Array, counts: Array, total: Array, total_counts: Array, scratch: Array) -> None:
    """Add the sums of one slot to another, in place."""
    if moments[N] == 0:
        return
    if total[N] == 0:
        total[:], total_counts[:] = moments, counts
        return
    _add_counts(moments, counts, total, total_counts, scratch)
    _add_moments(moments, total)


@compiled
def _add_moments(moments: Array, total: Array) -> None:
    n = moments[N] + total[N]
    t, d = moments[TIME] - total[TIME], moments[MEAN] - total[MEAN]
    part = moments[N] / n
    between = total[N] * part
    total[TIME_TIME] += moments[TIME_TIME] + between * t * t
    total[TIME_MEAN] += moments[TIME_MEAN] + between * t * d
    total[SQUARES] += moments[SQUARES] + between * d * d
    total[TIME] += part * t
    total[MEAN] += part * d
    total[N] = n
    total[LOW] = min(total[LOW], moments[LOW])
    total[HIGH] = max(total[HIGH], moments[HIGH])


@compiled
def _add_counts(moments: Array, counts: Array, total: Array, total_counts: Array, scratch: Array) -> None:
    low, high = min(total[LOW], moments[LOW]), max(total[HIGH], moments[HIGH])
    width = bin_width(low, high)
    first = int(np.floor(low / width))
    if low < total[LOW] or high > total[HIGH]:
        scratch[:] = total_counts
        total_counts[:] = 0
        _rebin(total, scratch, width, first, total_counts)
    _rebin(moments, counts, width, first, total_counts)


@compiled
def _rebin(moments: Array, counts: Array, width: float, first: int, out: Array) -> None:
    """Add a histogram to one of the same or wider bins."""
    own = bin_width(moments[LOW], moments[HIGH])
    own_first = int(np.floor(moments[LOW] / own))
    shift = 0
    while own < width:
        own *= 2.0
        shift += 1
    last = int(np.floor(moments[HIGH] / width)) - first
    for b in range(N_BINS):
        at = min(((own_first + b) >> shift) - first, last)  # the bins after the last are empty
        out[at] += counts[b]
