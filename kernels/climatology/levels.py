"""Profiles as ordered levels, and their values at standard depths."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.standard_levels.slopes import end_slope, monotone_slope


@compiled
def ordered_levels(row_start: Array, depth: Array, value: Array) -> tuple[Array, Array, Array]:
    """Usable levels of each profile from the top down, one value a depth.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile into the observation arrays.
    depth : (n_obs,) m, positive down; NaN where not usable.
    value : (n_obs,) NaN where not usable.

    Returns
    -------
    row_start : (n_row + 1,) offsets into the arrays below.
    depth : (n_level,) m, strictly increasing in each profile.
    value : (n_level,) mean of the values delivered at that depth.
    """
    start = np.zeros_like(row_start)
    out_depth, out_value = np.empty(depth.size), np.empty(depth.size)
    n = 0
    for i in range(row_start.size - 1):
        first, kept = row_start[i], n
        sorted_ = True
        for j in range(first, row_start[i + 1]):
            if np.isnan(depth[j]) or np.isnan(value[j]):
                continue
            sorted_ &= n == kept or depth[j] > out_depth[n - 1]
            out_depth[n], out_value[n] = depth[j], value[j]
            n += 1
        if not sorted_:
            n = kept + _sort_and_merge(out_depth[kept:n], out_value[kept:n])
        start[i + 1] = n
    return start, out_depth[:n].copy(), out_value[:n].copy()


@compiled
def _sort_and_merge(depth: Array, value: Array) -> int:
    """Sort one profile by depth and average what shares a depth, in place; the number that remains."""
    order = np.argsort(depth, kind="mergesort")
    by_depth, by_value = depth[order], value[order]
    n, j = 0, 0
    while j < by_depth.size:
        total, count, here = 0.0, 0, by_depth[j]
        while j < by_depth.size and by_depth[j] == here:
            total += by_value[j]
            count += 1
            j += 1
        depth[n], value[n] = here, total / count
        n += 1
    return n


@compiled
def largest_gap(upper: float, lower: float, at_surface: float, per_depth: float) -> float:
    """Largest distance (m) between adjacent levels that is bridged by a straight line.

    It grows with depth as the vertical scales of the ocean do: ``at_surface + per_depth * mean depth``.
    """
    return at_surface + per_depth * 0.5 * (upper + lower)


@compiled
def at_levels(
    row_start: Array, depth: Array, value: Array, levels: Array, gap_at_surface: float, gap_per_depth: float
) -> Array:
    """Profiles interpolated linearly to standard levels, without extrapolation.

    Parameters
    ----------
    row_start, depth, value : from ``ordered_levels``.
    levels : (n_level,) m, increasing, positive down.
    gap_at_surface, gap_per_depth : see ``largest_gap``; wider gaps are not bridged.

    Returns
    -------
    value : (n_row, n_level) NaN where a level is not within the profile or in too wide a gap.
    """
    out = np.full((row_start.size - 1, levels.size), np.nan)
    for i in range(row_start.size - 1):
        j, last = row_start[i], row_start[i + 1] - 1
        for k in range(levels.size):
            z = levels[k]
            while j <= last and depth[j] < z:
                j += 1
            if j > last:
                break
            if depth[j] == z:
                out[i, k] = value[j]
            elif j > row_start[i]:
                gap = depth[j] - depth[j - 1]
                if gap <= largest_gap(depth[j - 1], depth[j], gap_at_surface, gap_per_depth):
                    out[i, k] = value[j - 1] + (value[j] - value[j - 1]) * (z - depth[j - 1]) / gap
    return out


def deepest_known(levels: Array, at_level: Array) -> Array:
    """Deepest level at which each profile is known, NaN where it is known nowhere: levels (n_level,) m and
    values (n_row, n_level) -> (n_row,) m."""
    known = np.isfinite(at_level)
    last = at_level.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return np.asarray(np.where(known.any(axis=1), levels[last], np.nan))


@compiled
def insert_level(
    row_start: Array, depth: Array, value: Array, level: Array, gap_at_surface: float, gap_per_depth: float
) -> tuple[Array, Array, Array]:
    """Profiles with one more level each, interpolated linearly where the profile brackets it.

    Parameters
    ----------
    row_start, depth, value : from ``ordered_levels``.
    level : (n_row,) m; NaN adds nothing.
    gap_at_surface, gap_per_depth : see ``largest_gap``; a level in a wider gap is not added.

    Returns
    -------
    row_start, depth, value : as given, with the levels added.
    """
    start = np.zeros_like(row_start)
    out_depth, out_value = np.empty(depth.size + level.size), np.empty(depth.size + level.size)
    n = 0
    for i in range(row_start.size - 1):
        z = level[i]
        for j in range(row_start[i], row_start[i + 1]):
            if j > row_start[i] and depth[j - 1] < z < depth[j]:
                gap = depth[j] - depth[j - 1]
                if gap <= largest_gap(depth[j - 1], depth[j], gap_at_surface, gap_per_depth):
                    out_depth[n] = z
                    out_value[n] = value[j - 1] + (value[j] - value[j - 1]) * (z - depth[j - 1]) / gap
                    n += 1
            out_depth[n], out_value[n] = depth[j], value[j]
            n += 1
        start[i + 1] = n
    return start, out_depth[:n].copy(), out_value[:n].copy()


@compiled
def between_levels(row_start: Array, depth: Array, levels: Array, at_level: Array, extension: float) -> Array:
    """What is given at standard levels for each profile, at the depths of its observations.

    Parameters
    ----------
    row_start, depth : observations, strictly increasing depth in m in each profile.
    levels : (n_level,) m, increasing.
    at_level : (n_row, n_level) NaN where unknown.
    extension : m; observations above the shallowest known level take its value up to this distance.

    Returns
    -------
    value : (n_obs,) between two known neighbouring levels on a cubic that is as monotone as they are, NaN
        elsewhere. Straight lines would lie to one side of a thermocline: on 100 m, a climatology that is
        0.005 K too warm from 200 to 2000 m, and columns of different levels would see different parts of it.

    References
    ----------
    Fritsch and Butland 1984, see ``kernels.standard_levels.slopes.monotone_slopes``.
    """
    out = np.full(depth.size, np.nan)
    for i in range(row_start.size - 1):
        first = 0
        while first < levels.size and np.isnan(at_level[i, first]):
            first += 1
        if first == levels.size:
            continue
        k, of = first, -1
        above, below = 0.0, 0.0
        for j in range(row_start[i], row_start[i + 1]):
            z = depth[j]
            if z <= levels[first]:
                if levels[first] - z <= extension:
                    out[j] = at_level[i, first]
                continue
            while k < levels.size - 1 and levels[k + 1] < z:
                k += 1
            if k == levels.size - 1:
                break
            if k != of:
                above, below = _slope(levels, at_level[i], k), _slope(levels, at_level[i], k + 1)
                of = k
            h = levels[k + 1] - levels[k]
            part = (z - levels[k]) / h
            rise = at_level[i, k + 1] - at_level[i, k]
            # cubic of Hermite about the straight line
            bend = (1 - part) * (h * above - rise) - part * (h * below - rise)
            out[j] = at_level[i, k] + part * rise + part * (1 - part) * bend
    return out


@inlined
def _slope(levels: Array, value: Array, k: int) -> float:
    """Slope at a level from it and the known ones beside it; NaN where it is not known itself."""
    before, after = k > 0 and not np.isnan(value[k - 1]), k + 1 < levels.size and not np.isnan(value[k + 1])
    if before and after:
        h0, h1 = levels[k] - levels[k - 1], levels[k + 1] - levels[k]
        return float(monotone_slope(h0, h1, (value[k] - value[k - 1]) / h0, (value[k + 1] - value[k]) / h1))
    if not before and not after:
        return np.nan
    step = 1 if after else -1
    h0 = abs(levels[k + step] - levels[k])
    m0 = step * (value[k + step] - value[k]) / h0
    beyond = k + 2 * step
    if beyond < 0 or beyond >= levels.size or np.isnan(value[beyond]):
        return float(m0)
    h1 = abs(levels[beyond] - levels[k + step])
    return float(end_slope(h0, h1, m0, step * (value[beyond] - value[k + step]) / h1))
