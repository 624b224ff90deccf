"""One point after the other: neighbours, their system, and estimate and error at every variable and level."""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.mapping.barriers import Afloat, Barriers
from kernels.mapping.covariance import Covariance, Places, fill_row
from kernels.mapping.neighbours import Index, choose, search
from kernels.mapping.solve import eliminate, lower, running_sums, trend_of, weights


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


class System(NamedTuple):
    """Memory of the systems of one point: the neighbours and last the point (``near``), covariance of all
    (``C``, lower triangle; ``rows`` are memory for making it), with the point (``c``) and the trend (``F``),
    and the factor of those in use."""

    near: Places
    rows: tuple[Array, Array, Array]
    C: Array
    c: Array
    F: Array
    A: Array
    L: Array
    sums: Array
    b: Array
    target: Array
    weight: Array
    order: Array
    member: Array


@compiled
def places_for(n: int) -> Places:
    """Memory for so many places."""
    return Places(
        np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    )


@compiled
def system(n: int, n_trend: int) -> System:
    """Memory for at most ``n`` neighbours."""
    target = np.zeros(n_trend)
    target[:1] = 1.0
    return of_same_neighbours(
        places_for(n + 1),
        (np.empty(n), np.empty(n), np.empty(n)),
        np.empty((n, n)),
        np.empty(n),
        np.empty((n, n_trend)),
        target,
    )


@compiled
def of_same_neighbours(
    near: Places, rows: tuple[Array, Array, Array], C: Array, c: Array, F: Array, target: Array
) -> System:
    """Memory for another factor of covariances that are held already."""
    n, n_trend = F.shape
    return System(
        near,
        rows,
        C,
        c,
        F,
        np.empty((n, n + 2 + n_trend)),
        np.empty((n, n)),
        np.zeros((n + 1, 1 + n_trend + n_trend * n_trend)),
        np.zeros(n_trend),
        target,
        np.empty(n),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
    )


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
    room = system(most, n_trend)
    own = of_same_neighbours(room.near, room.rows, room.C, room.c, room.F, room.target)
    total = np.empty(casts.value.shape[2])
    chosen = np.empty(most, np.int64)
    for p in order:
        n = choose(
            p, point, east[p], without[p], casts.places, casts.group, casts.bands, covariance, casts.serves,
            memory, point_afloat, casts.afloat, barriers, n_neighbour, chosen,
        )  # fmt: skip
        fill(p, point, chosen, n, casts, covariance, room)
        n_before = -1
        for v in range(casts.value.shape[1]):
            n_before = order_by_depth(chosen, n, casts.deepest[:, v], room, n_before)
            if n_before < 0:
                n_before = -n_before - 1
                factor(room.order, n_before, room)
            estimate_levels(
                chosen, n_before, casts.value[:, v], casts.deepest[:, v], casts.gap[:, v], room, own, total,
                estimate[p, v], error_variance[p, v], n_casts[p, v],
            )  # fmt: skip
        if area.shape[0]:
            take(p, n_before, chosen, room, area, taken)


@compiled
def fill(
    p: int, point: Places, chosen: Array, n: int, casts: Prepared, covariance: Covariance, room: System
) -> None:
    """Covariances of the neighbours with each other and with the point, and the functions of the trend."""
    place, near = casts.places, room.near
    for i in range(n):
        take_place(place, chosen[i], near, i)
    take_place(point, p, near, n)
    square, lag, factor = room.rows
    for i in range(n):
        fill_row(near, i, i, covariance, square, lag, factor, room.C[i])
        room.C[i, i] = 1.0 + casts.noise[chosen[i]]
    fill_row(near, n, n, covariance, square, lag, factor, room.c)
    if room.b.size:
        fill_trend(p, point, chosen, n, place, room.F)


@inlined
def take_place(of: Places, i: int, to: Places, j: int) -> None:
    to.x[j], to.y[j], to.z[j], to.time[j] = of.x[i], of.y[i], of.z[i], of.time[i]
    to.stretch[j], to.xx[j], to.xy[j], to.yy[j] = of.stretch[i], of.xx[i], of.xy[i], of.yy[i]


@compiled
def fill_trend(p: int, point: Places, chosen: Array, n: int, place: Places, F: Array) -> None:
    """1, and distances from the point to its east and north and their square, over the farthest neighbour's.

    They span what the three Cartesian coordinates do on the sphere.
    """
    axis = np.hypot(point.x[p], point.y[p])
    cosine, sine = (point.x[p] / axis, point.y[p] / axis) if axis > 0.0 else (1.0, 0.0)
    radius = np.hypot(axis, point.z[p])
    up, out = point.z[p] / radius, axis / radius
    farthest = 0.0
    for i in range(n):
        F[i, 0] = 1.0
        if F.shape[1] > 1:
            k = chosen[i]
            dx, dy, dz = place.x[k] - point.x[p], place.y[k] - point.y[p], place.z[k] - point.z[p]
            F[i, 1] = cosine * dy - sine * dx
            F[i, 2] = out * dz - up * (cosine * dx + sine * dy)
            F[i, 3] = dx * dx + dy * dy + dz * dz
            farthest = max(farthest, F[i, 3])
    if F.shape[1] > 1 and farthest > 0.0:
        for i in range(n):
            F[i, 1] /= np.sqrt(farthest)
            F[i, 2] /= np.sqrt(farthest)
            F[i, 3] /= farthest


@compiled
def order_by_depth(chosen: Array, n: int, deepest: Array, room: System, n_before: int) -> int:
    """Order the neighbours that have values by the deepest level with one, then as they were chosen.

    Returns
    -------
    m : number of them where ``room`` already holds the factor for this order, else - m - 1.
    """
    m, same = 0, n_before >= 0
    member = room.member
    for i in range(n):
        depth = deepest[chosen[i]]
        if depth < 0:
            continue
        k = m
        while k > 0 and deepest[chosen[member[k - 1]]] < depth:
            member[k] = member[k - 1]
            k -= 1
        member[k] = i
        m += 1
    same = same and m == n_before
    for k in range(m):
        same = same and room.order[k] == member[k]
        room.order[k] = member[k]
    return m if same else -m - 1


@compiled
def factor(member: Array, n: int, room: System) -> None:
    """Eliminate the system of some of the neighbours."""
    n_trend = room.b.size
    for i in range(n):
        for j in range(i, n):
            room.A[i, j] = room.C[max(member[i], member[j]), min(member[i], member[j])]
        room.A[i, n] = room.c[member[i]]
        for a in range(n_trend):
            room.A[i, n + 1 + a] = room.F[member[i], a]
    eliminate(room.A, n, n + 1 + n_trend)
    running_sums(room.A, n, n_trend, room.sums)
    lower(room.A, n, room.L)


@inlined
def weigh(n: int, m: int, room: System) -> float:
    """Weights of the first m of n neighbours into ``room.weight``; their error variance."""
    added = trend_of(room.sums, m, room.target, room.b.size, room.b)
    weights(room.L, room.A, n, m, room.b, room.weight)
    return max(1.0 - room.sums[m, 0] + added, 0.0)  # type: ignore[no-any-return]


@inlined
def n_as_deep(level: int, n: int, chosen: Array, order: Array, deepest: Array) -> int:
    """Neighbours, in order of depth, that reach a level."""
    while n > 0 and deepest[chosen[order[n - 1]]] < level:
        n -= 1
    return n


@compiled
def estimate_levels(
    chosen: Array,
    n: int,
    value: Array,
    deepest: Array,
    gap: Array,
    room: System,
    own: System,
    total: Array,
    estimate: Array,
    error_variance: Array,
    n_casts: Array,
) -> None:
    """Estimates of one variable at every level, (n_level,), with the factor of its ``n`` neighbours.

    Levels that have the same casts share their weights; ``own`` is for those at which a cast has a gap.
    """
    n_level = value.shape[1]
    total[:] = 0.0
    with_gap = 0
    for k in range(n):
        with_gap += gap[chosen[room.order[k]]]
    level, m, n_own, known = 0, n, 0, -1
    error = 1.0
    while level < n_level:
        m = n_as_deep(level, m, chosen, room.order, deepest)
        if with_gap and missing(level, m, chosen, room.order, value):
            stop = level + 1
            n_own = solve_alone(level, m, n_own, chosen, value, room, own)
            own_error = weigh(n_own, n_own, own)
            apply(own.weight, n_own, chosen, own.order, value, level, stop, total)
            error_variance[level], n_casts[level] = own_error, n_own
        else:
            stop = level + 1
            while (
                stop < n_level
                and n_as_deep(stop, m, chosen, room.order, deepest) == m
                and not (with_gap and missing(stop, m, chosen, room.order, value))
            ):
                stop += 1
            if m != known:
                error, known = weigh(n, m, room), m
            apply(room.weight, m, chosen, room.order, value, level, stop, total)
            error_variance[level:stop], n_casts[level:stop] = error, m
        level = stop
    for level in range(n_level):
        estimate[level] = total[level]


@compiled
def take(p: int, n: int, chosen: Array, room: System, area: Array, taken: Array) -> None:
    """Add the weights of the neighbours of a point, times its area, to those of each region."""
    for r in range(area.shape[0]):
        if area[r, p] != 0.0:
            for k in range(n):
                taken[r, chosen[room.order[k]]] += area[r, p] * room.weight[k]


@inlined
def missing(level: int, m: int, chosen: Array, order: Array, value: Array) -> bool:
    """Whether any of the first m neighbours has no value at a level."""
    found = False
    for k in range(m):
        found = found or np.isnan(value[chosen[order[k]], level])
    return found


@compiled
def solve_alone(
    level: int, m: int, n_known: int, chosen: Array, value: Array, room: System, own: System
) -> int:
    """Factor of those of the first m neighbours that have a value at a level, into ``own``.

    Returns
    -------
    n : number of them; ``n_known`` of them are the ones that ``own`` holds already.
    """
    n, same = 0, True
    for k in range(m):
        i = room.order[k]
        if not np.isnan(value[chosen[i], level]):
            same = same and n < n_known and own.order[n] == i
            own.order[n] = i
            n += 1
    if not (same and n == n_known):
        factor(own.order, n, own)
    return n


@compiled
def apply(
    weight: Array, m: int, chosen: Array, order: Array, value: Array, first: int, stop: int, total: Array
) -> None:
    """Add the weighted values of the first m neighbours at levels ``first`` to ``stop``."""
    for k in range(m):
        w, row = weight[k], value[chosen[order[k]]]
        for level in range(first, stop):
            total[level] += w * row[level]
