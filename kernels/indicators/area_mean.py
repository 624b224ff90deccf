"""Mean over an area from box means of different quality, with its sampling error.

References
----------
Bretherton, F. P., M. J. McPhaden and E. B. Kraus, 1984: Design studies for climatological measurements
of heat storage. Journal of Physical Oceanography 14, 318-337: the Gauss-Markov estimate of an area mean whose
level is unknown. von Schuckmann, K. and P.-Y. Le Traon, 2011: How well can we derive Global Ocean Indicators
from Argo data? Ocean Science 7, 783-791, use it on box means. We estimate noise and signal variance from the
records, and give the error of boxes without any record by the signal's covariance.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from kernels.compiled import Array

EARTH_RADIUS_KM = 6371.0


class Estimate(NamedTuple):
    """Mean over an area, its standard error, and the part of that which the noise of the boxes makes: it
    passes with the samples of a month, the rest (boxes without samples) lasts as long as the signal."""

    value: float
    standard_error: float
    noise: float


UNKNOWN = Estimate(np.nan, np.nan, np.nan)


def exponential_correlation(latitude: Array, longitude: Array, scale_km: float) -> Array:
    """Correlation exp(-distance / scale) between places on the sphere: (n,) -> (n, n)."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    vector = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    angle = np.arccos(np.clip(vector.T @ vector, -1, 1))
    np.fill_diagonal(angle, 0.0)
    return np.asarray(np.exp(-angle * EARTH_RADIUS_KM / scale_km))


def sample_variance(variance: Array, n: Array, weight: float, near: Array | None = None) -> Array:
    """Variance of single samples within each box, over all months, steadied by that of other boxes.

    Parameters
    ----------
    variance : (n_month, n_box) between the samples of a box and month; NaN where fewer than 2.
    n : (n_month, n_box) samples.
    weight : samples that the variance of other boxes counts for in each box.
    near : (n_box, n_box) how much a box counts for another, a correlation of places: eddies are many times
        stronger in one part of a region than in another. Without it all count alike.

    Returns
    -------
    variance : (n_box,) NaN where no box of the region ever had 2 samples.
    """
    freedom = np.where(n > 1, n - 1.0, 0.0)
    squares = np.where(n > 1, freedom * np.nan_to_num(variance), 0.0).sum(axis=0)
    freedom = freedom.sum(axis=0)
    if freedom.sum() == 0:
        return np.full(n.shape[1], np.nan)
    around = squares.sum() / freedom.sum() if near is None else (near @ squares) / (near @ freedom)
    return np.asarray((squares + weight * around) / (freedom + weight))


def signal_variance(mean: Array, noise: Array, correlation: Array) -> tuple[float, float]:
    """Variance of true box means about the mean of the area, by the method of moments.

    In each month the variance between sampled boxes is, in expectation, the signal's less what
    correlated boxes share, plus the mean noise.

    Parameters
    ----------
    mean, noise : (n_month, n_box) box means (NaN where unsampled) and their error variance.
    correlation : (n_box, n_box) of the signal.

    Returns
    -------
    variance : not below 0; NaN where no month has 2 sampled boxes.
    freedom : degrees of freedom behind it.
    """
    total, freedom = 0.0, 0.0
    for d, r in zip(mean, noise, strict=True):
        at = np.flatnonzero(np.isfinite(d))
        if at.size < 2:
            continue
        c = correlation[np.ix_(at, at)]
        own = 1 - (c.sum() - at.size) / (at.size * (at.size - 1))
        weight = (at.size - 1) * own
        total += (at.size - 1) * (d[at].var(ddof=1) - r[at].mean())
        freedom += weight
    return (max(total / freedom, 0.0) if freedom > 0 else np.nan), freedom


def area_mean(mean: Array, noise: Array, area: Array, correlation: Array, variance: float) -> Estimate:
    """Best linear unbiased estimate of the mean over an area, and its standard error.

    Parameters
    ----------
    mean : (n_box,) box means; NaN where unsampled.
    noise : (n_box,) their error variance.
    area : (n_box,) weight of each box; boxes without area do not count.
    correlation : (n_box, n_box) of true box means about the area's mean.
    variance : of true box means.

    Returns
    -------
    estimate : NaN where nothing is sampled.
    """
    at = np.flatnonzero(np.isfinite(mean) & (area > 0))
    if at.size == 0:
        return UNKNOWN
    w = area / area.sum()
    d = mean[at]
    K = variance * correlation[np.ix_(at, at)] + np.diag(noise[at])
    if not np.trace(K) > 0:  # neither signal nor noise: any weights are as good, take the areas
        return Estimate(float(d @ w[at] / w[at].sum()), 0.0, 0.0)
    K[np.diag_indices_from(K)] += 1e-10 * np.trace(K) / at.size
    towards = variance * (correlation @ w)
    c = towards[at]
    solved = cho_solve(cho_factor(K), np.column_stack([np.ones(at.size), c, d]))
    ones, along, data = solved.T
    level = data.sum() / ones.sum()
    value = level + c @ (data - level * ones)
    error = w @ towards - c @ along + (1 - along.sum()) ** 2 / ones.sum()
    weight = along + (1 - along.sum()) * ones / ones.sum()
    return _estimate(value, error, weight**2 @ noise[at])


def area_weighted_mean(
    mean: Array, noise: Array, area: Array, correlation: Array, variance: float
) -> Estimate:
    """Mean of the sampled boxes weighted by their areas, and its standard error under the same assumptions.

    Parameters and results as of ``area_mean``, whose weights make the error smallest; these are the ones of
    simple box averaging.
    """
    at = np.flatnonzero(np.isfinite(mean) & (area > 0))
    if at.size == 0:
        return UNKNOWN
    w = area / area.sum()
    own = w[at] / w[at].sum()
    towards = variance * (correlation @ w)
    of_noise = own**2 @ noise[at]
    among = variance * (own @ correlation[np.ix_(at, at)] @ own) + of_noise
    return _estimate(own @ mean[at], among - 2 * own @ towards[at] + w @ towards, of_noise)


def _estimate(value: float, variance: float, of_noise: float) -> Estimate:
    error = np.sqrt(max(variance, 0.0))
    return Estimate(float(value), float(error), float(min(np.sqrt(of_noise), error)))
