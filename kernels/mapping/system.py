"""The system of some neighbours, which may be those of many points: what depends on the casts alone is made
once, and each point adds its own columns.

The casts stand in the order of their index, and within a variable by the deepest level with a value: an order
that depends on nothing but which they are. So a point has the same numbers whoever shares its neighbours.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.mapping.covariance import Covariance, Places, fill_row, places_for, take_place
from kernels.mapping.solve import LANE, eliminate, padded, trend_of

TOGETHER = 16
"""Points that share a factor and are solved together, so that a large one is read once for all."""


class Between(NamedTuple):
    """Memory of the neighbours ``near``: their covariance with each other (``C``), and with a
    point ``at``, in the first row of ``right``; its others are the functions of the trend, whose value at
    the point is ``target``. ``rows`` are memory for making them."""

    near: Places
    rows: tuple[Array, Array, Array]
    C: Array
    right: Array
    target: Array
    at: Array


class Factor(NamedTuple):
    """Memory of an elimination: the neighbours in ``order`` (``member`` helps make it), the number of levels
    ``deep`` that each reaches, the end ``stop`` of its row in ``A``; what each ``point``
    of those that are solved together adds (``Z``, (n_point, 1 + n_trend, ...), and of one ``sums``; see
    ``solve``); coefficients ``b`` of the trend."""

    order: Array
    member: Array
    deep: Array
    stop: Array
    A: Array
    whole: Array
    point: Array
    Z: Array
    sums: Array
    b: Array


class Levels(NamedTuple):
    """Of each level the neighbours that reach it (``n``), and whether one of them has a gap there; sums over
    the neighbours (1 + n_trend, n_level)."""

    n: Array
    gap: Array
    total: Array


@compiled
def between_for(n: int, n_trend: int) -> Between:
    """Memory for at most ``n`` neighbours."""
    wide = padded(n)
    target = np.zeros(n_trend)
    target[:1] = 1.0
    return Between(
        places_for(wide),
        (np.empty(wide), np.empty(wide), np.empty(wide)),
        np.empty((n, wide)),
        np.empty((1 + n_trend, wide)),
        target,
        np.full(1, -1),
    )


@compiled
def factor_for(n: int, n_trend: int, n_level: int) -> Factor:
    """Memory for the values of at most ``n`` neighbours at so many levels."""
    return Factor(
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty((n, padded(n) + padded(n_level))),
        np.empty(n),
        np.empty(TOGETHER, np.int64),
        np.empty((TOGETHER, 1 + n_trend, padded(n))),
        np.zeros((n + 1, 1 + n_trend + n_trend * n_trend)),
        np.zeros(n_trend),
    )


@compiled
def levels_for(n_level: int, n_trend: int) -> Levels:
    return Levels(
        np.empty(n_level, np.int64), np.empty(n_level, np.bool_), np.empty((1 + n_trend, padded(n_level)))
    )


@compiled
def fill_between(
    chosen: Array, n: int, cast: Places, noise: Array, covariance: Covariance, known: Between
) -> None:
    """Covariances of the neighbours with each other."""
    known.at[0] = -1
    for i in range(n):
        take_place(cast, chosen[i], known.near, i)
    square, lag, factor = known.rows
    for i in range(n):
        fill_row(known.near, i, known.near, padded(i), covariance, square, lag, factor, known.C[i])
        known.C[i, i] = 1.0 + noise[chosen[i]]
        for j in range(i):
            known.C[j, i] = known.C[i, j]


@compiled
def fill_right(p: int, point: Places, n: int, covariance: Covariance, known: Between) -> None:
    """Covariances of the neighbours with a point, and the functions of the trend."""
    if known.at[0] == p:
        return
    known.at[0] = p
    square, lag, factor = known.rows
    fill_row(point, p, known.near, padded(n), covariance, square, lag, factor, known.right[0])
    if known.target.size:
        _fill_trend(p, point, known.near, n, known.right[1:])


@compiled
def _fill_trend(p: int, point: Places, near: Places, n: int, F: Array) -> None:
    """1, and distances from the point to its east and north and their square, over the farthest neighbour's.

    They span what the three Cartesian coordinates do on the sphere.
    """
    F[0, :n] = 1.0
    if F.shape[0] == 1:
        return
    axis = np.hypot(point.x[p], point.y[p])
    cosine, sine = (point.x[p] / axis, point.y[p] / axis) if axis > 0.0 else (1.0, 0.0)
    radius = np.hypot(axis, point.z[p])
    up, out = point.z[p] / radius, axis / radius
    farthest = 0.0
    for k in range(n):
        dx, dy, dz = near.x[k] - point.x[p], near.y[k] - point.y[p], near.z[k] - point.z[p]
        F[1, k] = cosine * dy - sine * dx
        F[2, k] = out * dz - up * (cosine * dx + sine * dy)
        F[3, k] = dx * dx + dy * dy + dz * dz
        farthest = max(farthest, F[3, k])
    if farthest > 0.0:
        for k in range(n):
            F[1, k] /= np.sqrt(farthest)
            F[2, k] /= np.sqrt(farthest)
            F[3, k] /= farthest


@compiled
def order_by_depth(chosen: Array, n: int, deepest: Array, factor: Factor, n_before: int) -> tuple[int, bool]:
    """Order the neighbours that have values by the deepest level with one, then as they were chosen.

    Returns
    -------
    m : number of them. same : whether ``factor`` holds ``n_before`` of them in this very order.
    """
    m, member = 0, factor.member
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
    same = m == n_before
    for k in range(m):
        same = same and factor.order[k] == member[k]
        factor.order[k] = member[k]
    return m, same


@compiled
def load(n: int, C: Array, factor: Factor) -> None:
    """Covariance of the neighbours in their order, into ``A``."""
    order, A, wide = factor.order, factor.A, padded(n)
    for i in range(n):
        row, of = A[i], C[order[i]]
        for j in range(i // LANE * LANE, n):
            row[j] = of[order[j]]
        A[i, n:wide] = 0.0


@compiled
def load_values(
    chosen: Array, n: int, value: Array, v: int, deepest: Array, gap: Array, factor: Factor, levels: Levels
) -> None:
    """Values of a variable of the neighbours at each level down to their deepest, and which levels have them
    all."""
    wide, n_level = padded(n), value.shape[2]
    levels.n[:] = 0
    levels.gap[:] = False
    for k in range(n):
        c = chosen[factor.order[k]]
        row, of_cast, last = factor.A[k, wide:], value[c, v], deepest[c] + 1
        factor.deep[k], factor.stop[k] = last, wide + padded(last)
        for level in range(last):
            row[level] = of_cast[level]
        row[last : padded(last)] = 0.0
        levels.n[last - 1] = k + 1
        if gap[c]:
            for level in range(last):
                if np.isnan(row[level]):
                    row[level], levels.gap[level] = 0.0, True
    for level in range(n_level - 2, -1, -1):
        levels.n[level] = max(levels.n[level], levels.n[level + 1])


@compiled
def load_level(
    chosen: Array, whole: Factor, n: int, value: Array, v: int, level: int, own: Factor, n_before: int
) -> tuple[int, bool]:
    """Those of the first ``n`` neighbours of a factor that have a value at a level, and their values.

    Returns
    -------
    m : number of them. same : whether ``own`` holds ``n_before`` of them already.
    """
    m, same = 0, True
    for k in range(n):
        i = whole.order[k]
        if not np.isnan(value[chosen[i], v, level]):
            same = same and m < n_before and own.order[m] == i
            own.order[m] = i
            m += 1
    wide = padded(m)
    for k in range(m):
        row = own.A[k, wide:]
        row[0], row[1:LANE] = value[chosen[own.order[k]], v, level], 0.0
        own.deep[k], own.stop[k] = 1, wide + LANE
    return m, same and m == n_before


@compiled
def solve(n: int, known: Between, same: bool, factor: Factor) -> None:
    """Eliminate; where the neighbours are the ``same`` as before, only their values."""
    if not same:
        load(n, known.C, factor)
    wide = padded(n)
    eliminate(factor.A, n, factor.stop, factor.whole, wide if same else 0)
    for k in range(n):
        factor.A[k, wide + factor.deep[k] : factor.stop[k]] = 0.0


@compiled
def add_column(p: int, n: int, known: Between, factor: Factor, together: int) -> None:
    """Columns of the point ``p`` that ``known`` is at, as of number ``together``, in the factor's order."""
    factor.point[together] = p
    for a in range(known.right.shape[0]):
        z, right = factor.Z[together, a], known.right[a]
        for k in range(n):
            z[k] = right[factor.order[k]]
        z[n : padded(n)] = 0.0


@inlined
def error_of(m: int, known: Between, factor: Factor) -> float:
    """Error variance with the first ``m`` neighbours; coefficients of the trend into ``factor.b``."""
    added = trend_of(factor.sums, m, known.target, factor.b) if known.target.size else 0.0
    return max(1.0 - factor.sums[m, 0] + added, 0.0)  # type: ignore[no-any-return]


@compiled
def estimate_levels(
    n: int, known: Between, factor: Factor, Z: Array, levels: Levels, estimate: Array, error_variance: Array,
    n_casts: Array,
) -> None:  # fmt: skip
    """Estimates of one variable at the levels where no neighbour has a gap, (n_level,) each."""
    wide = padded(n)
    levels.total[:] = 0.0
    for a in range(Z.shape[0]):
        total = levels.total[a]
        for k in range(n):
            z, row = Z[a, k], factor.A[k, wide : factor.stop[k]]
            for level in range(row.size):
                total[level] += z * row[level]
    m, error = -1, 1.0
    for level in range(levels.n.size):
        if levels.gap[level]:
            continue
        if levels.n[level] != m:
            m = levels.n[level]
            error = error_of(m, known, factor)
        found = levels.total[0, level]
        for a in range(factor.b.size):
            found += factor.b[a] * levels.total[1 + a, level]
        estimate[level], error_variance[level], n_casts[level] = found, error, m


@compiled
def estimate_alone(n: int, factor: Factor, Z: Array) -> float:
    """Estimate at the one level of a factor, with the coefficients in ``factor.b``."""
    total, wide = 0.0, padded(n)
    for k in range(n):
        z = Z[0, k]
        for a in range(factor.b.size):
            z += factor.b[a] * Z[1 + a, k]
        total += z * factor.A[k, wide]
    return total
