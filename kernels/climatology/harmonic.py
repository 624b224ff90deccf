"""Fit and evaluation of the harmonic climatology.

The slope in time is one number a level, pooled over cells after each cell's own seasonal cycle and mean
are taken out (the Frisch-Waugh theorem: the within estimator of panel data). So a cell that was sampled
late in a warming period is not warmer in the climatology for it. Seasonal cycle and gradient of a cell
are pulled towards those of its zonal band, as if ``prior_weight`` records had shown the band's.

References
----------
Frisch, R. and F. V. Waugh, 1933: Partial time regressions as compared with individual trends.
Econometrica 1, 387-401. Roemmich, D. and J. Gilson, 2009: The 2004-2008 mean and annual cycle of
temperature, salinity and steric height in the global ocean from the Argo program. Progress in Oceanography
82, 81-100, fit local gradients and harmonics likewise, around each grid point; our cells are fixed.
"""

from typing import NamedTuple

import numpy as np

from kernels.climatology.moments import unpack_moments
from kernels.compiled import Array, compiled

NONE, OWN_CELL, BLOCK = 0, 1, 2
"""Where the climatology of a cell comes from."""


class LevelFit(NamedTuple):
    """Climatology of one level; (n_lat, n_lon, ...) arrays. ``coefficient`` are those of ``moments.terms``
    without time, valid at the centre time; ``n`` records are behind them, with ``std`` residuals."""

    coefficient: Array
    n: Array
    std: Array
    origin: Array
    slope: float


def fit_level(
    moments: Array, centre: float, minimum: float, prior_weight: float, minimum_spread: float
) -> LevelFit:
    """Climatology of every cell at one level.

    Parameters
    ----------
    moments : (n_lat, n_lon, n_moment) sums; the longitudes go round the Earth.
    centre : time for which it holds, in years since 2000.
    minimum : records that a cell needs; a cell with fewer takes the plane through the 3 by 3 cells around
        it (``BLOCK``) where these together have as many, else it has none.
    prior_weight : records that the zonal band's cycle and gradient count for in each cell.
    minimum_spread : years; with less spread of time within cells (root mean square) the slope is zero.
    """
    products, with_value, squared = unpack_moments(moments)
    slope = pooled_slope(products, with_value, minimum_spread)
    B = products[..., :-1, :-1]
    time = products[..., :-1, -1] - centre * products[..., :-1, 0]
    time_squared = products[..., -1, -1] - 2 * centre * products[..., 0, -1] + centre**2 * B[..., 0, 0]
    time_value = with_value[..., -1] - centre * with_value[..., 0]
    Y = with_value[..., :-1] - slope * time
    yy = squared - 2 * slope * time_value + slope**2 * time_squared
    weight = prior_weight * _prior_variance(B.shape[-1])
    prior = _band_prior(B, Y, weight)[:, None, :]
    own = _ridge(B, Y, yy, prior, weight)
    block = _ridge(*_blocks(B, Y, yy), prior, weight)
    return _choose(own, block, minimum, slope)


def pooled_slope(products: Array, with_value: Array, minimum_spread: float) -> float:
    """Slope in time common to all cells, per year: (..., n_term, n_term) and (..., n_term) sums -> value."""
    used = products[..., 0, 0] > 0
    B, T = products[used][:, :-1, :-1], products[used][:, :-1, -1]
    inverse = np.linalg.pinv(B, rcond=1e-10, hermitian=True)
    explained = np.einsum("ci,cij->cj", T, inverse)
    tt = products[used][:, -1, -1] - np.einsum("ci,ci->c", explained, T)
    ty = with_value[used][:, -1] - np.einsum("ci,ci->c", explained, with_value[used][:, :-1])
    rank = np.einsum("cij,cji->c", inverse, B)
    freedom = np.maximum(B[:, 0, 0] - rank, 0).sum()
    if freedom < 1 or tt.sum() < minimum_spread**2 * freedom:
        return 0.0
    return float(ty.sum() / tt.sum())


def _prior_variance(n_term: int) -> Array:
    """Variance of each term but the constant where sampling is even: 1/2 for a sine, 1/3 across a cell."""
    return np.array([0.5] * (n_term - 3) + [1 / 3] * 2)


def _centred(B: Array, Y: Array) -> tuple[Array, Array]:
    """Sums of products of the terms but the constant, about their means in the cell."""
    n = np.maximum(B[..., 0, 0], 1)[..., None]
    first = B[..., 1:, 0]
    about = B[..., 1:, 1:] - first[..., :, None] * (first / n)[..., None, :]
    return about, Y[..., 1:] - first * (Y[..., :1] / n)


def _band_prior(B: Array, Y: Array, weight: Array) -> Array:
    """Cycle and gradient of each zonal band, (n_lat, n_term - 1), pulled to zero as a cell is to the band."""
    products, with_value = (s.sum(axis=1) for s in _centred(B, Y))
    penalty = np.maximum(weight, 1e-9)
    solved: Array = np.linalg.solve(products + np.diag(penalty), with_value[..., None])[..., 0]
    return solved


def _ridge(B: Array, Y: Array, yy: Array, prior: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Coefficients, number of records and residual standard deviation of every cell."""
    n = B[..., 0, 0]
    products, with_value = _centred(B, Y)
    penalised = products + np.diag(np.maximum(weight, 1e-9))
    right = with_value + np.maximum(weight, 1e-9) * prior
    solution = np.linalg.solve(penalised, np.concatenate([right[..., None], products], axis=-1))
    beta = solution[..., 0]
    used = np.maximum(n, 1)
    constant = (Y[..., 0] - np.einsum("...i,...i", B[..., 1:, 0], beta)) / used
    freedom = n - 1 - np.trace(solution[..., 1:], axis1=-2, axis2=-1)
    total = yy - Y[..., 0] ** 2 / used
    rest = (
        total
        - 2 * np.einsum("...i,...i", beta, with_value)
        + np.einsum("...i,...ij,...j", beta, products, beta)
    )
    std = np.sqrt(np.maximum(rest, 0) / np.maximum(freedom, 1))
    return np.concatenate([constant[..., None], beta], axis=-1), n, std


def _blocks(B: Array, Y: Array, yy: Array) -> tuple[Array, Array, Array]:
    """Sums of the 3 by 3 cells around each cell, with places counted from its centre."""
    n_lat = B.shape[0]
    out_B, out_Y, out_yy = np.zeros_like(B), np.zeros_like(Y), np.zeros_like(yy)
    for north in (-1, 0, 1):
        to = slice(max(0, -north), n_lat - max(0, north))
        of = slice(max(0, north), n_lat - max(0, -north))
        for east in (-1, 0, 1):
            shift = np.eye(B.shape[-1])
            shift[-2, 0], shift[-1, 0] = 2 * north, 2 * east
            here = [np.roll(a[of], -east, axis=1) for a in (B, Y, yy)]
            out_B[to] += shift @ here[0] @ shift.T
            out_Y[to] += here[1] @ shift.T
            out_yy[to] += here[2]
    return out_B, out_Y, out_yy


def _choose(
    own: tuple[Array, Array, Array], block: tuple[Array, Array, Array], minimum: float, slope: float
) -> LevelFit:
    """The cell's own climatology where it has enough records, else its block's, else none."""
    origin = np.where(own[1] >= minimum, OWN_CELL, np.where(block[1] >= minimum, BLOCK, NONE)).astype(
        np.uint8
    )
    coefficient = np.where((origin == OWN_CELL)[..., None], own[0], block[0])
    coefficient[origin == NONE] = np.nan
    n = np.where(origin == BLOCK, block[1], own[1])
    std = np.where(origin == OWN_CELL, own[2], block[2])
    std[origin == NONE] = np.nan
    return LevelFit(coefficient, n, std, origin, slope)


@compiled
def evaluate(x: Array, lat_index: Array, lon_index: Array, coefficient: Array) -> Array:
    """Climatological profiles at the standard levels.

    Parameters
    ----------
    x : (n_row, n_term) from ``moments.terms``; its last term, time, is not used.
    lat_index, lon_index : (n_row,) cell of each profile; -1 where it has none.
    coefficient : (n_lat, n_lon, n_level, n_term - 1).

    Returns
    -------
    value : (n_row, n_level) NaN where there is no climatology.
    """
    n_level, n = coefficient.shape[2], coefficient.shape[3]
    out = np.full((lat_index.size, n_level), np.nan)
    for i in range(lat_index.size):
        if lat_index[i] < 0:
            continue
        cell = coefficient[lat_index[i], lon_index[i]]
        for k in range(n_level):
            total = 0.0
            for a in range(n):
                total += cell[k, a] * x[i, a]
            out[i, k] = total
    return out
