"""The sliding median of Argo's MEDD test, and values that are certainly close to it.

Among values that never rise (or never fall) by more than a tolerance, the middle one lies within that
tolerance of the median of a symmetric window: most values are found close to their median without it.

References
----------
Dobler, D., 2019: MEDD test specification 1.2, Ifremer / Euro-Argo ERIC (Argo test 25).
"""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.medd_limits import (
    DEEP_FROM,
    TOLERANCE,
    WINDOW,
    Limits,
    distance_at,
    first_from,
    reaches,
    steepest_at,
)
from kernels.sliding_median import median_within, sliding_median, symmetric_median, window_about


@compiled
def near_medians(
    profile: tuple[Array, Array, Array, Array],
    kept: tuple[Array, Array, Array],
    distance: Array,
    limits: Limits,
    half: Array,
    runs: Array,
    sorted_x: Array,
    covered: Array,
) -> bool:
    """Whether every value is so close to its median that it cannot be outside, whatever the curve.

    The range of all medians is not less than the difference between those at the top and at the bottom. With
    doubtful levels, whose median is that of a level above them, the tolerance is less by the difference
    between the two values.
    """
    x, p, _, doubtful = profile
    keep, kept_x, kept_p = kept
    n, m = x.size, keep.size
    k1950 = first_from(p, DEEP_FROM) - 1
    if m < 2 or (k1950 < n - 1 and not _flat_below(x, p, k1950, limits.steepest)):
        return False
    bounds = np.zeros(2, np.int64)
    for i in (0, m - 1):
        reaches(kept_p[i : i + 1], half[i : i + 1])
    top, bottom = kept_x[0], kept_x[m - 1]
    if kept_p[0] < DEEP_FROM:
        top = _median_of_kept(profile, kept, 0, half[0], limits.edge_slope, sorted_x, bounds)
    if kept_p[m - 1] < DEEP_FROM:
        bottom = _median_of_kept(profile, kept, m - 1, half[m - 1], limits.edge_slope, sorted_x, bounds)
    length = min(max(abs(top - bottom), limits.narrowest), limits.widest)
    spent = _doubtful_beside_kept(x, p, doubtful, keep[0], distance) if m < n else 0.0
    share = TOLERANCE * length - spent
    if not abs(top - kept_x[0]) <= share * distance_at(kept_p[0], distance):
        return False
    if not abs(bottom - kept_x[m - 1]) <= share * distance_at(kept_p[m - 1], distance):
        return False
    if _is_single_run(kept_x, share * distance.min()) and _without_gaps(kept_p):
        return True
    _runs(kept_x, share * distance.min(), runs)
    reaches(kept_p, half[:m])
    _cover(kept_p, half, runs, covered)
    longer = False
    for i in range(1, m - 1):
        if covered[i] or kept_p[i] >= DEEP_FROM:
            continue
        relative = distance_at(kept_p[i], distance)
        near = _near_median(profile, kept, i, half[i], share * relative, limits.edge_slope, sorted_x, bounds)
        if not near and not longer:
            longer = True
            for k in (int(np.argmax(kept_x)), int(np.argmin(kept_x))):
                if kept_p[k] < DEEP_FROM:
                    median = _median_of_kept(profile, kept, k, half[k], limits.edge_slope, sorted_x, bounds)
                    top, bottom = max(top, bottom, median), min(top, bottom, median)
            length = min(max(abs(top - bottom), limits.narrowest), limits.widest)
            share = TOLERANCE * length - spent
            near = _near_median(
                profile, kept, i, half[i], share * relative, limits.edge_slope, sorted_x, bounds
            )
        if not near:
            return False
    return True


@compiled
def _near_median(
    profile: tuple[Array, Array, Array, Array],
    kept: tuple[Array, Array, Array],
    i: int,
    half: float,
    tolerance: float,
    edge_slope: float,
    sorted_x: Array,
    bounds: Array,
) -> bool:
    """Whether a value is near to its median."""
    _, kept_x, kept_p = kept
    first, a, b, stop = window_about(kept_p, kept_p[i], half, i)
    beside = min(a - first, stop - b)
    if beside > 1 and b - a == 1:
        return median_within(kept_x[i - beside : i + beside + 1], kept_x[i], tolerance)
    median = _median_of_kept(profile, kept, i, half, edge_slope, sorted_x, bounds)
    return bool(abs(kept_x[i] - median) <= tolerance)


@compiled
def _doubtful_beside_kept(x: Array, p: Array, doubtful: Array, first: int, distance: Array) -> float:
    """Largest difference between a doubtful level and the one whose median it takes, over the distance."""
    last, largest = first, 0.0
    for k in range(x.size):
        last = last if doubtful[k] else k
        largest = max(largest, abs(x[k] - x[last]) / distance_at(p[k], distance))
    return largest


@compiled
def _flat_below(x: Array, p: Array, above: int, steepest: Array) -> bool:
    """Whether no level below ``DEEP_FROM`` is too steep from the last level above it."""
    steep = False
    for k in range(above + 1, x.size):
        steep |= _too_steep(x, p, k, above, steepest)
    return not steep


@inlined
def _too_steep(x: Array, p: Array, k: int, above: int, steepest: Array) -> bool:
    return above >= 0 and abs((x[k] - x[above]) / (p[k] - p[above])) > steepest_at(p[k], steepest)


@compiled
def _is_single_run(x: Array, tolerance: float) -> bool:
    """Whether no value exceeds one above it by more than the tolerance, or none one below it."""
    n_rise = n_fall = 0
    low = high = x[0]
    for i in range(x.size):
        n_rise += x[i] > low + tolerance
        n_fall += x[i] < high - tolerance
        low = x[i] if x[i] < low else low
        high = x[i] if x[i] > high else high
    return n_rise == 0 or n_fall == 0


@compiled
def _runs(x: Array, tolerance: float, runs: Array) -> None:
    """Divide a profile into runs in which no value exceeds one above it (0), or one below it (1), by more
    than the tolerance; ``runs`` (2, n or more) int64 is written: where the run of each level begins."""
    falls = rises = 0
    low = high = x[0]
    for i in range(x.size):
        if x[i] > low + tolerance:
            falls, low = i, x[i]
        if x[i] < high - tolerance:
            rises, high = i, x[i]
        low, high = min(low, x[i]), max(high, x[i])
        runs[0, i], runs[1, i] = falls, rises


@compiled
def _without_gaps(p: Array) -> bool:
    """Whether each level has another one above and below in the narrowest window."""
    n_gap = 0
    for i in range(1, p.size):
        step = p[i] - p[i - 1]
        n_gap += (step <= 0.0) | (step >= WINDOW[0] / 2)
    return n_gap == 0


@compiled
def _cover(p: Array, half: Array, runs: Array, covered: Array) -> None:
    """Mark the levels whose run reaches as far as their window, on the side where the window ends first."""
    last = p.size - 1
    stop0 = stop1 = last
    for i in range(last - 1, 0, -1):
        stop0 = i if runs[0, i + 1] == i + 1 else stop0
        stop1 = i if runs[1, i + 1] == i + 1 else stop1
        above, below = p[i] - p[i - 1], p[i + 1] - p[i]
        inside = (above > 0.0) & (below > 0.0) & (max(above, below) < half[i])
        covered[i] = inside and (
            _reaches_far(p, i, half[i], runs[0, i], stop0) or _reaches_far(p, i, half[i], runs[1, i], stop1)
        )


@inlined
def _reaches_far(p: Array, i: int, half: float, first: int, last: int) -> bool:
    """Whether a run contains the symmetric window about a level."""
    end = p.size - 1
    above = first == 0 or p[i] - p[first - 1] >= half
    below = last == end or p[last + 1] - p[i] >= half
    return (above and below) or min(i - first, last - i) >= min(i, end - i)


@compiled
def _median_of_kept(
    profile: tuple[Array, Array, Array, Array],
    kept: tuple[Array, Array, Array],
    i: int,
    half: float,
    edge_slope: float,
    sorted_x: Array,
    bounds: Array,
) -> float:
    """Median of a level that counts and lies above ``DEEP_FROM``: its own value near the end of a series."""
    x, _, slope, doubtful = profile
    keep, kept_x, kept_p = kept
    k = keep[i]
    first, a, b, stop = window_about(kept_p, kept_p[i], half, i)
    n_above, n_below = a - first, stop - b
    n = min(n_above, n_below)
    if n == 1:
        at_top = at_bottom = True
    elif n == 0:
        size = stop - first
        at_top = i == first or (size % 2 == 1 and i == first + 1)
        at_bottom = i == stop - 1 or (size > 1 and i == stop - 2)
    else:
        at_top = at_bottom = False
    if at_bottom and k > 0 and not doubtful[k - 1]:
        return kept_x[i]  # type: ignore[no-any-return]
    if at_top and k < x.size - 1 and not doubtful[k + 1] and not slope[k] > edge_slope:
        return kept_x[i]  # type: ignore[no-any-return]
    if n and b - a == 1:
        return sliding_median(kept_x, i - n, i + n + 1, sorted_x, bounds)
    return symmetric_median(kept_x, first, a, b, stop, i)


@compiled
def medians_of_profile(
    profile: tuple[Array, Array, Array, Array],
    kept: tuple[Array, Array, Array],
    limits: Limits,
    half: Array,
    runs: Array,
    sorted_x: Array,
    covered: Array,
    median: Array,
) -> None:
    """Median of each level."""
    x, p, _, doubtful = profile
    keep, kept_x, kept_p = kept
    m = keep.size
    if m == 0:
        median[:] = x[0]
        return
    reaches(kept_p, half[:m])
    bounds = np.zeros(2, np.int64)
    _runs(kept_x, 0.0, runs)
    _cover(kept_p, half, runs, covered)
    covered[0] = covered[m - 1] = False
    k1950 = first_from(p, DEEP_FROM) - 1
    deep_median = np.nan
    if k1950 >= 0 and k1950 < x.size - 1:
        deep_median = _window_median(x, p, k1950, kept, doubtful)
    for i in range(m):
        k = keep[i]
        if p[k] >= DEEP_FROM:
            median[k] = deep_median if _too_steep(x, p, k, k1950, limits.steepest) else x[k]
        elif covered[i]:
            median[k] = x[k]
        else:
            median[k] = _median_of_kept(profile, kept, i, half[i], limits.edge_slope, sorted_x, bounds)
    last = keep[0]
    for k in range(x.size):
        last = last if doubtful[k] else k
        median[k] = median[last]


@compiled
def _window_median(x: Array, p: Array, k: int, kept: tuple[Array, Array, Array], doubtful: Array) -> float:
    """Median of the window about a level, whether the level counts or not."""
    _, kept_x, kept_p = kept
    half = np.empty(1)
    reaches(p[k : k + 1], half)
    near = first_from(kept_p, p[k])
    first, a, b, stop = window_about(kept_p, p[k], half[0], near)
    if stop == first:
        return x[k]  # type: ignore[no-any-return]
    return symmetric_median(
        kept_x, first, a, b, stop, -1 if doubtful[k] else int(np.searchsorted(kept[0], k))
    )
