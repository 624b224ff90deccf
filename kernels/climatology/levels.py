"""Profiles as ordered levels, and their values at standard depths."""

import numpy as np

from kernels.compiled import Array, compiled


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
    value : (n_obs,) linear between two known neighbouring levels, NaN elsewhere.
    """
    out = np.full(depth.size, np.nan)
    for i in range(row_start.size - 1):
        first = 0
        while first < levels.size and np.isnan(at_level[i, first]):
            first += 1
        if first == levels.size:
            continue
        k = first
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
            part = (z - levels[k]) / (levels[k + 1] - levels[k])
            out[j] = at_level[i, k] + part * (at_level[i, k + 1] - at_level[i, k])
    return out
