"""The system of the neighbours: factor of their covariance, weights and error of every prefix.

The matrix ``A`` holds in its rows the upper triangle of the covariance of the neighbours among each other
and, in further columns, their values Y level by level. Elimination turns these into U (with U'U the
covariance) and V = U'^-1 Y. What depends on the point is a column of its own each: its covariance c with the
neighbours gives z = U'^-1 c, the functions F of an unknown trend T = U'^-1 F. The first m rows and columns
are what the first m neighbours alone would give. So their estimate is (z + T b)'V over m rows, and their
error variance 1 - z'z, with b = G^-1 (f - T'z), G = T'T (0 without a trend); the unknown trend adds
b'(f - T'z) to it. Their weights are U^-1 (z + T b).

Rows are padded to multiples of ``LANE``, and loops start and end at such: what lies left of the diagonal or
beyond the neighbours is never read. Each element goes through the same operations in the same order however
the loops are blocked.
"""

import numpy as np

from kernels.compiled import Array, compiled, inlined

LANE = 8
"""Numbers in the widest vector of common processors; a loop over a multiple of it has no remainder, which in
rows as short as these would take most of the time."""
PIVOTS = 4
"""Rows that are eliminated at a time: a row is then loaded and stored once for four of them."""

DETERMINED = 1e-10
"""A neighbour of which less than this part of its variance is left, given those before it, is determined by
them to rounding (two casts at one place without noise): it takes no part."""


@inlined
def padded(n: int) -> int:
    return (n + LANE - 1) // LANE * LANE


@compiled
def eliminate(A: Array, n: int, stop: Array, whole: Array, first_column: int) -> None:
    """Factor the first ``n`` rows of ``A`` in place; see the module.

    A row that is determined by those before it becomes 0, its pivot infinite: its weight is 0.

    Parameters
    ----------
    stop : (n,) end of each row, multiples of ``LANE`` that do not grow.
    whole : (n,) memory for the diagonal.
    first_column : 0; ``padded(n)`` where only the values are new and the factor stands in ``A`` already.
    """
    for k in range(n):
        whole[k] = A[k, k]
    for first in range(0, n, PIVOTS):
        last = min(first + PIVOTS, n)
        for k in range(first, last):
            root = A[k, k] if first_column else _root(A[k, k], whole[k])
            row = A[k, max(k // LANE * LANE, first_column) : stop[k]]
            for j in range(row.size):
                row[j] /= root
            A[k, k] = root
            for i in range(k + 1, last):
                start, end, a = max(i // LANE * LANE, first_column), stop[i], A[k, i]
                row, r = A[i, start:end], A[k, start:end]
                for j in range(row.size):
                    row[j] -= a * r[j]
        for i in range(last, n):
            start, end = max(i // LANE * LANE, first_column), stop[i]
            _subtract(A, first, A[first:last, i], start, end, A[i, start:end])


@inlined
def _root(pivot: float, whole: float) -> float:
    return np.sqrt(pivot) if pivot > DETERMINED * whole else np.inf


@inlined
def _subtract(A: Array, first: int, factor: Array, start: int, end: int, row: Array) -> None:
    """Take ``PIVOTS`` rows of ``A`` from ``first`` on, times their factors, from a row."""
    a, b, c, d = factor[0], factor[1], factor[2], factor[3]
    r, s, t, u = (
        A[first, start:end],
        A[first + 1, start:end],
        A[first + 2, start:end],
        A[first + 3, start:end],
    )
    for j in range(row.size):
        row[j] = row[j] - a * r[j] - b * s[j] - c * t[j] - d * u[j]


@compiled
def forward(A: Array, n: int, Z: Array) -> None:
    """``U'^-1 z`` in place, for each ``z`` of ``Z`` (n_point, n_column, padded(n) or more), with U in ``A``.

    Eight rows of U serve all columns before the next are read.
    """
    end = padded(n)
    for first in range(0, n, LANE):
        last = min(first + LANE, n)
        for p in range(Z.shape[0]):
            for c in range(Z.shape[1]):
                z = Z[p, c]
                for k in range(first, last):
                    z[k] /= A[k, k]
                    for i in range(k + 1, last):
                        z[i] -= z[k] * A[k, i]
                if last < n:
                    for k in range(first, last, PIVOTS):
                        _subtract(A, k, z[k : k + PIVOTS], last, end, z[last:end])


@compiled
def running_sums(Z: Array, n: int, sums: Array) -> None:
    """Sums over the first m neighbours, for every m: ``sums`` (n + 1, ...) z'z, T'z and the rows of T'T.

    ``Z`` (1 + n_trend, ...) holds z and the columns of T.
    """
    n_trend = Z.shape[0] - 1
    sums[0] = 0.0
    for k in range(n):
        z = Z[0, k]
        sums[k + 1, 0] = sums[k, 0] + z * z
        for a in range(n_trend):
            sums[k + 1, 1 + a] = sums[k, 1 + a] + Z[1 + a, k] * z
            for b in range(n_trend):
                at = 1 + n_trend + a * n_trend + b
                sums[k + 1, at] = sums[k, at] + Z[1 + a, k] * Z[1 + b, k]


@compiled
def trend_of(sums: Array, m: int, target: Array, b: Array) -> float:
    """Coefficients ``b`` of the trend's part in the weights of the first m neighbours, and what the unknown
    trend adds to their error variance.

    Only as many functions enter as m casts determine: all, else the constant, else none.
    """
    n = target.size
    used = n
    if used > 1 and not _solve_trend(sums[m], n, used, target, b):
        used = 1
    if used == 1 and not _solve_trend(sums[m], n, used, target, b):
        used = 0
    added = 0.0
    for a in range(n):
        if a >= used:
            b[a] = 0.0
        added += b[a] * (target[a] - sums[m, 1 + a])
    return added


@inlined
def _solve_trend(row: Array, n: int, used: int, target: Array, b: Array) -> bool:
    """Solve G b = f - T'z for the first ``used`` functions; False where G is singular to rounding."""
    G = np.empty((used, used))
    for i in range(used):
        b[i] = target[i] - row[1 + i]
        for j in range(used):
            G[i, j] = row[1 + n + i * n + j]
    for k in range(used):
        if not G[k, k] > DETERMINED * row[1 + n + k * n + k]:
            return False
        for i in range(k + 1, used):
            factor = G[i, k] / G[k, k]
            for j in range(k, used):
                G[i, j] -= factor * G[k, j]
            b[i] -= factor * b[k]
    for k in range(used - 1, -1, -1):
        for j in range(k + 1, used):
            b[k] -= G[k, j] * b[j]
        b[k] /= G[k, k]
    return True


@compiled
def weights(A: Array, Z: Array, n: int, b: Array, L: Array, weight: Array) -> None:
    """Weights of n neighbours, by back substitution; ``L`` (n, n) holds the columns of U in its rows."""
    for k in range(n):
        weight[k] = Z[0, k]
        for a in range(b.size):
            weight[k] += Z[1 + a, k] * b[a]
    for i in range(n - 1, -1, -1):
        weight[i] /= A[i, i]
        w = weight[i]
        for j in range(i):
            weight[j] -= L[i, j] * w


@compiled
def lower(A: Array, n: int, L: Array) -> None:
    """The factor by columns of ``A``: rows of ``L``, which back substitution reads in order."""
    for i in range(n):
        for j in range(i):
            L[i, j] = A[j, i]
