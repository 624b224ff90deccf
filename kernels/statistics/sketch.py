"""Quantiles and shape of a distribution from its sketch.

Within a bin the values are taken as evenly spread between its edges, and between minimum and maximum at the
ends. So the k-th value of the sketch lies in the same bin as the k-th of the data, and so do quantiles as
numpy's default has them: off by less than one bin width, see ``kernels.statistics.sums``.
"""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.statistics.sums import HIGH, LOW, N_BINS, bin_width

NARROWEST = 2.0**-10
"""Of a bin, for the part between minimum and the next edge, or the last edge and maximum."""
HALF_POINTS = 32
"""Points on each side of the median from which the medcouple is taken."""


@compiled
def edges_of_bins(moments: Array, edge: Array) -> None:
    """Edges of the bins of a sketch, written to ``edge`` (65,): from the minimum to the maximum.

    A bin that holds the minimum or the maximum alone has some width all the same.
    """
    low, high = moments[LOW], moments[HIGH]
    width = bin_width(low, high)
    first, last = np.floor(low / width), np.floor(high / width)
    for b in range(N_BINS + 1):
        edge[b] = (first + b) * width
    little = NARROWEST * width
    edge[0] = max(edge[0], min(low, edge[1] - little))
    end = int(last - first) + 1
    edge[end:] = min(edge[end], max(high, edge[end - 1] + little))


@compiled
def at_rank(rank: float, edge: Array, counts: Array) -> float:
    """The value of a rank, 0 for the smallest; the k-th value is in the middle of its share of a bin."""
    below, mass = 0.0, rank + 0.5
    for b in range(N_BINS):
        c = np.float64(counts[b])
        if c > 0 and below + c >= mass:
            return float(edge[b] + (mass - below) / c * (edge[b + 1] - edge[b]))
        below += c
    return float(edge[N_BINS])


@compiled
def quantile(p: float, n: float, edge: Array, counts: Array) -> float:
    """Quantile, linear between the two nearest values as ``numpy.quantile`` has it."""
    rank = p * (n - 1)
    lower = np.floor(rank)
    part = rank - lower
    value = at_rank(lower, edge, counts)
    if part > 0:
        value += part * (at_rank(lower + 1, edge, counts) - value)
    return value


@compiled
def absolute_deviation(median: float, n: float, edge: Array, counts: Array) -> float:
    """Median of the distances from the median, off by less than two bin widths.

    A distance off by one for where a value lies in its bin, and by another for the median. Where half the
    values lie up to one distance and half from another on, it is the middle of the two.
    """
    little = 1e-3  # of a value: tells a gap from a rounding error
    nearer = _distance_holding(0.5 * n - little, median, edge, counts)
    return 0.5 * (nearer + _distance_holding(0.5 * n + little, median, edge, counts))


@compiled
def _distance_holding(mass: float, median: float, edge: Array, counts: Array) -> float:
    """Distance from the median within which ``mass`` values lie: outward, from one bin edge to the next."""
    right = 0
    while right < N_BINS - 1 and edge[right + 1] <= median:
        right += 1
    left, distance, held = right, 0.0, 0.0
    while left >= 0 or right < N_BINS:
        to_left = median - edge[left] if left >= 0 else np.inf
        to_right = edge[right + 1] - median if right < N_BINS else np.inf
        step = min(to_left, to_right) - distance
        density = 0.0
        if left >= 0 and edge[left + 1] > edge[left]:
            density += counts[left] / (edge[left + 1] - edge[left])
        if right < N_BINS and edge[right + 1] > edge[right]:
            density += counts[right] / (edge[right + 1] - edge[right])
        if held + density * step >= mass and density > 0:
            return distance + max(mass - held, 0.0) / density
        held += density * max(step, 0.0)
        distance += max(step, 0.0)
        if to_left <= to_right:
            left -= 1
        if to_right <= to_left:
            right += 1
    return distance


@compiled
def medcouple(median: float, n: float, edge: Array, counts: Array) -> float:
    """Medcouple, -1 to 1: the median of ``((b - m) - (m - a)) / (b - a)`` over values ``a <= m <= b``.

    From every value of up to 64, as the sketch has it, else from 32 evenly spaced quantiles on each side of
    the median m. A pair of values at the median counts as zero; so does the kernel of the reference for one
    such value, while more of them are spread over their bin here.

    References
    ----------
    Brys, G., M. Hubert and A. Struyf, 2004: A robust measure of skewness. Journal of Computational and
    Graphical Statistics 13, 996-1017.
    """
    left, right = _sides(median, n, edge, counts)
    pairs = left.size * right.size
    lower = _smallest_holding((pairs + 1) // 2, left, right)
    if pairs % 2:
        return lower
    return 0.5 * (lower + _smallest_holding(pairs // 2 + 1, left, right))


@compiled
def _sides(median: float, n: float, edge: Array, counts: Array) -> tuple[Array, Array]:
    """Distances to points left and right of the median, increasing; both include the median of an odd
    number of values."""
    if n <= 2 * HALF_POINTS:
        k = (int(n) + 1) // 2
        rank = np.empty(2 * k)
        for i in range(k):
            rank[i], rank[k + i] = i, n - k + i
    else:
        k = HALF_POINTS
        rank = n * (np.arange(2 * k) + 0.5) / (2 * k) - 0.5
    value = _at_ranks(rank, edge, counts)
    shift = 1e-9 * (edge[N_BINS] - edge[0])  # a pair at the median is 0 / 0 otherwise
    left, right = np.empty(k), np.empty(k)
    for i in range(k):
        left[i] = max(median - value[k - 1 - i], 0.0) + shift
        right[i] = max(value[k + i] - median, 0.0) + shift
    return left, right


@compiled
def _at_ranks(rank: Array, edge: Array, counts: Array) -> Array:
    """``at_rank`` for ranks that do not decrease, in one pass."""
    out = np.full(rank.size, edge[N_BINS])
    below, i = 0.0, 0
    for b in range(N_BINS):
        c = np.float64(counts[b])
        while c > 0 and i < rank.size and below + c >= rank[i] + 0.5:
            out[i] = edge[b] + (rank[i] + 0.5 - below) / c * (edge[b + 1] - edge[b])
            i += 1
        below += c
    return out


@compiled
def _smallest_holding(n: int, left: Array, right: Array) -> float:
    """The n-th smallest of ``(r - l) / (r + l)`` over all pairs, to 1e-6: by halving the interval.

    The pairs up to t are those with ``r (1 - t) <= l (1 + t)``, counted in one pass since both increase.
    """
    low, high = -1.0, 1.0
    for _ in range(21):
        t = 0.5 * (low + high)
        held, j = 0, 0
        for i in range(left.size):
            limit = left[i] * (1 + t)
            while j < right.size and right[j] * (1 - t) <= limit:
                j += 1
            held += j
        if held >= n:
            high = t
        else:
            low = t
    return 0.5 * (low + high)
