"""The terms of the climatology, and the sums over records from which it is fitted.

A value at one level of one cell is ``a + harmonics of the year + gradients in the cell + curvature northward
+ slope in time``; there is no curvature eastward, which made errors on real records larger (decision 010).
All that the fit needs are sums of products of these terms, so months can be summed apart and merged, and
memory depends on the grid alone.
"""

import numpy as np

from kernels.compiled import Array, compiled

DAYS_PER_YEAR = 365.2425
EPOCH = 18262.0
"""2000-01-01 in days since 1950-01-01; sums of time count years from here, to stay well conditioned."""


N_SPACE = 3
"""Terms of the place in the cell: gradient northward and eastward, curvature northward."""


def n_terms(harmonics: int) -> int:
    """Terms of the model: constant, cosine and sine of each harmonic, those of the place, time."""
    return 2 + 2 * harmonics + N_SPACE


def n_moments(harmonics: int) -> int:
    """Sums for each cell and level: products of terms (upper triangle), terms times value, value squared."""
    n = n_terms(harmonics)
    return n * (n + 1) // 2 + n + 1


@compiled
def terms(time: Array, north: Array, east: Array, harmonics: int) -> Array:
    """The terms of the model at each place and time.

    Parameters
    ----------
    time : (n,) days since 1950-01-01.
    north, east : (n,) distance from the centre of the cell, in half cells: -1..1.
    harmonics : of the year of 365.2425 days.

    Returns
    -------
    terms : (n, 5 + 2 * harmonics) 1, cos, sin, ..., north, east, second Legendre polynomial of north, years
        since 2000. Where a cell is sampled evenly, all but the first and the last have mean zero.
    """
    out = np.ones((time.size, 2 + 2 * harmonics + N_SPACE))
    for i in range(time.size):
        angle = 2 * np.pi * time[i] / DAYS_PER_YEAR
        for h in range(harmonics):
            out[i, 1 + 2 * h] = np.cos((h + 1) * angle)
            out[i, 2 + 2 * h] = np.sin((h + 1) * angle)
        out[i, -4], out[i, -3], out[i, -2] = north[i], east[i], 1.5 * north[i] ** 2 - 0.5
        out[i, -1] = (time[i] - EPOCH) / DAYS_PER_YEAR
    return out


@compiled
def add_moments(cell: Array, x: Array, value: Array, moments: Array) -> None:
    """Add profiles to the sums, in place.

    Parameters
    ----------
    cell : (n_row,) index of the cell of each profile; -1 leaves it out.
    x : (n_row, n_term) from ``terms``.
    value : (n_row, n_level) at the standard levels; NaN where unknown.
    moments : (n_cell, n_level, n_moment) changed in place; order as in ``n_moments``.
    """
    n_term = x.shape[1]
    n_product = n_term * (n_term + 1) // 2
    products = np.empty(n_product)
    for i in range(cell.size):
        if cell[i] < 0:
            continue
        p = 0
        for a in range(n_term):
            for b in range(a, n_term):
                products[p] = x[i, a] * x[i, b]
                p += 1
        for k in range(value.shape[1]):
            y = value[i, k]
            if np.isnan(y):
                continue
            sums = moments[cell[i], k]
            for p in range(n_product):
                sums[p] += products[p]
            for a in range(n_term):
                sums[n_product + a] += x[i, a] * y
            sums[-1] += y * y


def unpack_moments(moments: Array) -> tuple[Array, Array, Array]:
    """Sums as matrices: (..., n_moment) -> products (..., n, n), with the value (..., n), squared (...)."""
    n = int((np.sqrt(8 * moments.shape[-1] + 1) - 3) / 2)
    rows, columns = np.triu_indices(n)
    products = np.empty((*moments.shape[:-1], n, n))
    products[..., rows, columns] = products[..., columns, rows] = moments[..., : len(rows)]
    return products, moments[..., len(rows) : len(rows) + n], moments[..., -1]
