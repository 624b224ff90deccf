"""Point after point: neighbours, their system, and estimate and error at every variable and level.

The neighbours of some thousand points are chosen first. Points that have the same ones, wherever they lie
among these, share the system of those: where casts are few, or in reach from everywhere, many do.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled
from kernels.mapping.barriers import Afloat, Barriers
from kernels.mapping.covariance import Covariance, Places
from kernels.mapping.neighbours import Index, choose, search
from kernels.mapping.solve import forward, lower, running_sums, weights
from kernels.mapping.system import (
    TOGETHER,
    Between,
    Factor,
    Levels,
    add_column,
    between_for,
    error_of,
    estimate_alone,
    estimate_levels,
    factor_for,
    fill_between,
    fill_right,
    levels_for,
    load_level,
    load_values,
    order_by_depth,
    solve,
)

POINTS = 2048
"""Points among which those with the same neighbours are sought, at most."""
CHOSEN = 2**19
"""Neighbours that are held at a time."""


class Prepared(NamedTuple):
    """Casts in the order of their index: ``places``, ``afloat`` and ``group`` of the casts, ``noise``,
    ``value`` (n_cast, n_variable, n_level) float32, ``deepest`` (n_cast, n_variable) level with a value, -1
    where there is none, ``gap`` (n_cast, n_variable) bool, no value at a level above it, ``serves``
    (n_cast, n_choice) bool."""

    places: Places
    afloat: Afloat
    group: Array
    noise: Array
    value: Array
    deepest: Array
    gap: Array
    serves: Array
    bands: Index


class Sets(NamedTuple):
    """Neighbours of some points: ``chosen`` (n_point, most), the first ``n`` (n_point,) of each, in the order
    of their index. ``next`` (n_point,) leads to the next point with the same, -1 from the last; ``first``
    (n_point,) bool where none is before; the others are memory."""

    chosen: Array
    n: Array
    next: Array
    first: Array
    last: Array
    slot: Array
    fresh: Array
    spare: Array


@compiled
def sets_for(n_point: int, most: int, n_cast: int) -> Sets:
    size = 2
    while size < 2 * n_point:
        size *= 2
    return Sets(
        np.empty((n_point, most), np.int64),
        np.empty(n_point, np.int64),
        np.empty(n_point, np.int64),
        np.empty(n_point, np.bool_),
        np.empty(n_point, np.int64),
        np.empty(size, np.int64),
        np.zeros(n_cast, np.bool_),
        np.empty(most, np.int64),
    )


@compiled
def sort_like(before: Array, chosen: Array, fresh: Array, spare: Array) -> None:
    """Put casts in the order of their index; most of them stand in that order in ``before``.

    ``fresh`` (n_cast,) bool, False before and after, and ``spare`` are memory.
    """
    for k in chosen:
        fresh[k] = True
    n_kept, n_new = 0, 0
    for k in before:
        if fresh[k]:
            fresh[k], spare[n_kept] = False, k
            n_kept += 1
    for k in chosen:
        if fresh[k]:
            fresh[k], chosen[n_new] = False, k
            n_new += 1
    chosen[:n_new].sort()
    while n_kept > 0:  # from the back, so that nothing is overwritten
        if n_new > 0 and chosen[n_new - 1] > spare[n_kept - 1]:
            n_new -= 1
            chosen[n_new + n_kept] = chosen[n_new]
        else:
            n_kept -= 1
            chosen[n_new + n_kept] = spare[n_kept]


@compiled
def link(sets: Sets, count: int) -> None:
    """Chain those of the first ``count`` points that have the same neighbours."""
    sets.slot[:] = -1
    mask = sets.slot.size - 1
    for i in range(count):
        n, mine = sets.n[i], sets.chosen[i]
        digest = n
        for k in range(n):
            digest = (digest ^ mine[k]) * 1099511628211  # FNV-1a
        at = (digest ^ (digest >> 32)) & mask
        while sets.slot[at] >= 0 and not _same(sets, sets.slot[at], i):
            at = (at + 1) & mask
        lead = sets.slot[at]
        sets.next[i], sets.first[i] = -1, lead < 0
        if lead < 0:
            sets.slot[at] = lead = i
        else:
            sets.next[sets.last[lead]] = i
        sets.last[lead] = i


@compiled
def _same(sets: Sets, i: int, j: int) -> bool:
    n = sets.n[i]
    if n != sets.n[j]:
        return False
    return np.array_equal(sets.chosen[i, :n], sets.chosen[j, :n])


@compiled
def map_points(
    point: Places,
    point_afloat: Afloat,
    east: Array,
    order: Array,
    without: Array,
    casts: Prepared,
    covariance: Covariance,
    barriers: Barriers,
    n_neighbour: int,
    n_trend: int,
    estimate: Array,
    error_variance: Array,
    n_casts: Array,
    area: Array,
    taken: Array,
) -> None:
    """Map points in the given order, into arrays (n_point, n_variable, n_level).

    Where there are regions in ``area`` (n_region, n_point), each cast's weight at the last level, times the
    area, is added to ``taken`` (n_region, n_cast).
    """
    n_choice = casts.serves.shape[1]
    most = min(n_neighbour * n_choice, casts.noise.size)
    memory = search(n_choice, n_neighbour, casts.noise.size)
    sets = sets_for(max(min(POINTS, CHOSEN // max(most, 1), order.size), 1), most, casts.noise.size)
    n_level = casts.value.shape[2]
    known, levels = between_for(most, n_trend), levels_for(n_level, n_trend)
    factor, own = factor_for(most, n_trend, n_level), factor_for(most, n_trend, 1)
    L = np.empty((most, most)) if area.shape[0] else np.empty((0, 0))
    for start in range(0, order.size, sets.n.size):
        points = order[start : start + sets.n.size]
        for i in range(points.size):
            p = points[i]
            sets.n[i] = choose(
                p, point, east[p], without[p], casts.places, casts.group, casts.bands, covariance,
                casts.serves, memory, point_afloat, casts.afloat, barriers, n_neighbour, sets.chosen[i],
            )  # fmt: skip
            before = sets.chosen[i - 1, : sets.n[i - 1]] if i else sets.chosen[0, :0]
            sort_like(before, sets.chosen[i, : sets.n[i]], sets.fresh, sets.spare)
        link(sets, points.size)
        for i in range(points.size):
            if sets.first[i]:
                map_alike(
                    i, points, point, sets, casts, covariance, known, factor, own, levels, estimate,
                    error_variance, n_casts, area, taken, L,
                )  # fmt: skip


@compiled
def map_alike(
    lead: int,
    points: Array,
    point: Places,
    sets: Sets,
    casts: Prepared,
    covariance: Covariance,
    known: Between,
    factor: Factor,
    own: Factor,
    levels: Levels,
    estimate: Array,
    error_variance: Array,
    n_casts: Array,
    area: Array,
    taken: Array,
    L: Array,
) -> None:
    """Map the points that share the neighbours of one of them, the first."""
    chosen, n_chosen, n = sets.chosen[lead], sets.n[lead], -1
    fill_between(chosen, n_chosen, casts.places, casts.noise, covariance, known)
    for v in range(casts.value.shape[1]):
        deepest = casts.deepest[:, v]
        n, same = order_by_depth(chosen, n_chosen, deepest, factor, n)
        load_values(chosen, n, casts.value, v, deepest, casts.gap[:, v], factor, levels)
        solve(n, known, same, factor)
        if area.shape[0]:
            lower(factor.A, n, L)
        i = lead
        while i >= 0:
            count, i = bring_together(i, points, point, sets, n, covariance, known, factor)
            for q in range(count):
                p, Z = factor.point[q], factor.Z[q]
                running_sums(Z, n, factor.sums)
                estimate_levels(
                    n, known, factor, Z, levels, estimate[p, v], error_variance[p, v], n_casts[p, v]
                )
                if area.shape[0]:
                    take(p, n, chosen, known, factor, Z, L, area, taken)
        n_own = -1
        for level in range(levels.n.size):
            if levels.gap[level]:
                n_own, same = load_level(chosen, factor, levels.n[level], casts.value, v, level, own, n_own)
                solve(n_own, known, same, own)
                i = lead
                while i >= 0:
                    count, i = bring_together(i, points, point, sets, n_own, covariance, known, own)
                    for q in range(count):
                        p, Z = own.point[q], own.Z[q]
                        running_sums(Z, n_own, own.sums)
                        error_variance[p, v, level] = error_of(n_own, known, own)
                        estimate[p, v, level], n_casts[p, v, level] = estimate_alone(n_own, own, Z), n_own


@compiled
def bring_together(
    i: int,
    points: Array,
    point: Places,
    sets: Sets,
    n: int,
    covariance: Covariance,
    known: Between,
    factor: Factor,
) -> tuple[int, int]:
    """Columns of the next points of a chain, brought forward by a factor of ``n`` of their neighbours.

    Returns
    -------
    count : number of them. i : where the chain goes on, -1 at its end.
    """
    count = 0
    while i >= 0 and count < TOGETHER:
        fill_right(points[i], point, sets.n[i], covariance, known)
        add_column(points[i], n, known, factor, count)
        i = sets.next[i]
        count += 1
    forward(factor.A, n, factor.Z[:count])
    return count, i


@compiled
def take(
    p: int,
    n: int,
    chosen: Array,
    known: Between,
    factor: Factor,
    Z: Array,
    L: Array,
    area: Array,
    taken: Array,
) -> None:
    """Add the weights of the neighbours of a point, times its area, to those of each region."""
    error_of(n, known, factor)
    weight = factor.whole
    weights(factor.A, Z, n, factor.b, L, weight)
    for r in range(area.shape[0]):
        if area[r, p] != 0.0:
            for k in range(n):
                taken[r, chosen[factor.order[k]]] += area[r, p] * weight[k]
