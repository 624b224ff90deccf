"""Fit and evaluation of the harmonic climatology.

The model of a level is: each cell has a mean of its own; its seasonal cycle, gradient and curvature are those
of its zonal band plus a deviation, which counts as much as if ``prior_weight`` records had shown the band's;
the slope in time is one number for all cells. The cell means are taken out before the slope is fitted (the
within estimator of panel data), so a cell that was sampled late in a warming period is not warmer in the
climatology for it. Band and slope are the generalised least squares estimates of this mixed model.

References
----------
Laird, N. M. and J. H. Ware, 1982: Random-effects models for longitudinal data. Biometrics 38, 963-974.
Roemmich, D. and J. Gilson, 2009: The 2004-2008 mean and annual cycle of
temperature, salinity and steric height in the global ocean from the Argo program. Progress in Oceanography
82, 81-100, fit gradients and harmonics likewise, and quadratic terms (from memory, not checked), around each
grid point; our cells are fixed.
Ridgway, K. R., J. R. Dunn and J. L. Wilkin, 2002: Ocean interpolation by four-dimensional weighted least
squares. Journal of Atmospheric and Oceanic Technology 19, 1357-1375, fit quadratics around each grid point;
ours bend northward only (decision 010).
"""

from typing import NamedTuple

import numpy as np

from kernels.climatology.moments import N_SPACE, unpack_moments
from kernels.compiled import Array, compiled

BAND_PULL = 0.05
"""Part of a cell's weight with which the cycle and gradient of a band are pulled to zero: enough to keep a
band with a handful of records sensible, too little to be seen in any other."""
CURVATURE_PULL = 2.0
"""The same for its curvature, which bends far off where a band is sampled along one edge of its cells. A band
of ``n`` well sampled cells keeps n / (n + 2) of it, a well sampled cell all of its own. With 1 to 3, real
records that are left out of the fit are predicted best (decision 010)."""


class LevelFit(NamedTuple):
    """Climatology of one level; (n_lat, n_lon, ...) arrays. ``coefficient`` are those of ``moments.terms``
    without time, valid at the centre time, NaN where a cell has too few records; ``n`` records are behind
    them, with ``std`` residuals."""

    coefficient: Array
    n: Array
    std: Array
    slope: float


def fit_level(
    moments: Array, centre: float, minimum: float, prior_weight: float, minimum_spread: float
) -> LevelFit:
    """Climatology of every cell at one level.

    Parameters
    ----------
    moments : (n_lat, n_lon, n_moment) sums; the longitudes go round the Earth.
    centre : time for which it holds, in years since 2000.
    minimum : records that a cell needs to have a climatology. A cell with fewer does not borrow from its
        neighbours: they may lie across land or a front.
    prior_weight : records that the zonal band's cycle, gradient and curvature count for in each cell.
    minimum_spread : years; with less spread of time within cells (root mean square) the slope is zero.
    """
    products, with_value, squared = unpack_moments(moments)
    weight = np.maximum(prior_weight, 1e-9) * _prior_variance(products.shape[-1] - 1)
    slope, prior = pooled(products, with_value, weight, minimum_spread)
    B = products[..., :-1, :-1]
    time = products[..., :-1, -1] - centre * products[..., :-1, 0]
    time_squared = products[..., -1, -1] - 2 * centre * products[..., 0, -1] + centre**2 * B[..., 0, 0]
    time_value = with_value[..., -1] - centre * with_value[..., 0]
    Y = with_value[..., :-1] - slope * time
    yy = squared - 2 * slope * time_value + slope**2 * time_squared
    coefficient, n, std = _ridge(B, Y, yy, prior[:, None, :], weight)
    known = n >= max(minimum, 1)
    return LevelFit(np.where(known[..., None], coefficient, np.nan), n, np.where(known, std, np.nan), slope)


def pooled(products: Array, with_value: Array, weight: Array, minimum_spread: float) -> tuple[float, Array]:
    """What cells share: slope in time of all, cycle, gradient and curvature of each zonal band.

    Parameters
    ----------
    products, with_value : (n_lat, n_lon, n_term, n_term) and (n_lat, n_lon, n_term) sums.
    weight : (n_term - 2,) precision of a cell's own cycle, gradient and curvature about those of its band.
    minimum_spread : years; see ``fit_level``.

    Returns
    -------
    slope : per year.
    prior : (n_lat, n_term - 2).
    """
    S, v = _centred(products, with_value)
    x = S[..., :-1, :-1] + np.diag(weight)
    # information on band and slope once each cell's mean and deviations are integrated out (Woodbury)
    solved = np.linalg.solve(x, np.concatenate([S[..., :-1, :], v[..., :-1, None]], axis=-1))
    through = S[..., :, :-1] @ solved
    information = (S - through[..., :-1]).sum(axis=1)
    score = (v - through[..., -1]).sum(axis=1)
    pull = np.append(np.full(weight.size - 1, BAND_PULL), CURVATURE_PULL)
    X = information[:, :-1, :-1] + np.diag(pull * weight)
    toward = np.linalg.solve(X, np.stack([information[:, :-1, -1], score[:, :-1]], axis=-1))
    along_time, along_value = toward[..., 0], toward[..., 1]
    tt = (information[:, -1, -1] - np.einsum("bi,bi->b", information[:, -1, :-1], along_time)).sum()
    ty = (score[:, -1] - np.einsum("bi,bi->b", information[:, -1, :-1], along_value)).sum()
    n = products[..., 0, 0]
    freedom = np.maximum(n - 1, 0).sum()
    slope = float(ty / tt) if tt > 0 and tt >= minimum_spread**2 * freedom else 0.0
    return slope, along_value - slope * along_time


def _prior_variance(n_term: int) -> Array:
    """Variance of each term but the constant where sampling is even: 1/2 for a sine; across a cell 1/3, and
    1/5 for the second Legendre polynomial."""
    return np.array([0.5] * (n_term - 1 - N_SPACE) + [1 / 3, 1 / 3, 1 / 5])


def _centred(B: Array, Y: Array) -> tuple[Array, Array]:
    """Sums of products of the terms but the constant, about their means in the cell."""
    n = np.maximum(B[..., 0, 0], 1)[..., None]
    first = B[..., 1:, 0]
    about = B[..., 1:, 1:] - first[..., :, None] * (first / n)[..., None, :]
    return about, Y[..., 1:] - first * (Y[..., :1] / n)


def _ridge(B: Array, Y: Array, yy: Array, prior: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Coefficients, number of records and residual standard deviation of every cell."""
    n = B[..., 0, 0]
    products, with_value = _centred(B, Y)
    penalised = products + np.diag(weight)
    right = with_value + weight * prior
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
