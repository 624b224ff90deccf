"""The system of one point: factor of its neighbours' covariance, weights and error of every prefix.

The matrix ``A`` holds in its rows the upper triangle of the covariance of the neighbours among each other
and, in further columns, their covariance with the point and the functions of an unknown trend. Elimination
turns these into U (with U'U the covariance), z = U'^-1 c and T = U'^-1 F. The first m rows and columns are
what the first m neighbours alone would give. So their error variance is 1 - z'z over m rows, and their
weights are U^-1 (z + T b), with b = G^-1 (f - T'z), G = T'T (0 without a trend); the unknown trend adds
b'(f - T'z) to the error variance.
"""

import numpy as np

from kernels.compiled import Array, compiled, inlined

DETERMINED = 1e-10
"""A neighbour of which less than this part of its variance is left, given those before it, is determined by
them to rounding (two casts at one place without noise): it takes no part."""


@compiled
def eliminate(A: Array, n: int, n_column: int) -> None:
    """Factor the first ``n`` rows of ``A`` in place; see the module.

    A row that is determined by those before it becomes 0, its pivot infinite: its weight is 0.
    """
    for k in range(n):
        A[k, n_column] = A[k, k]
    for k in range(n):
        pivot = A[k, k]
        if pivot > DETERMINED * A[k, n_column]:
            root = np.sqrt(pivot)
            A[k, k] = root
            for j in range(k + 1, n_column):
                A[k, j] /= root
        else:
            A[k, k] = np.inf
            for j in range(k + 1, n_column):
                A[k, j] = 0.0
        for i in range(k + 1, n):
            factor = A[k, i]
            if factor != 0.0:
                for j in range(i, n_column):
                    A[i, j] -= factor * A[k, j]


@compiled
def running_sums(A: Array, n: int, n_trend: int, sums: Array) -> None:
    """Sums over the first m rows, for every m: ``sums`` (n + 1, ...) z'z, T'z and the rows of T'T."""
    sums[0] = 0.0
    for k in range(n):
        z = A[k, n]
        sums[k + 1, 0] = sums[k, 0] + z * z
        for a in range(n_trend):
            sums[k + 1, 1 + a] = sums[k, 1 + a] + A[k, n + 1 + a] * z
            for b in range(n_trend):
                at = 1 + n_trend + a * n_trend + b
                sums[k + 1, at] = sums[k, at] + A[k, n + 1 + a] * A[k, n + 1 + b]


@compiled
def trend_of(sums: Array, m: int, target: Array, n_trend: int, b: Array) -> float:
    """Coefficients ``b`` of the trend's part in the weights of the first m neighbours, and what the unknown
    trend adds to their error variance.

    Only as many functions enter as m casts determine: all, else the constant, else none.
    """
    n = target.size
    used = n_trend
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
def lower(A: Array, n: int, L: Array) -> None:
    """The factor by columns of ``A``: rows of ``L``, which back substitution reads in order."""
    for i in range(n):
        for j in range(i + 1):
            L[i, j] = A[j, i]


@compiled
def weights(L: Array, A: Array, n: int, m: int, b: Array, weight: Array) -> None:
    """Weights of the first m of n neighbours, by back substitution."""
    for k in range(m):
        weight[k] = A[k, n]
        for a in range(b.size):
            weight[k] += A[k, n + 1 + a] * b[a]
    for i in range(m - 1, -1, -1):
        weight[i] /= L[i, i]
        w = weight[i]
        for j in range(i):
            weight[j] -= L[i, j] * w
