"""Casts on the standard levels of EN, and what a cast nearby says of them.

References
----------
Ingleby, B., and M. Huddleston, 2007: Quality control of ocean temperature and salinity profiles - historical
and real-time data. Journal of Marine Systems 65, 158-175. Ingleby, N. B., and A. C. Lorenc, 1993: Bayesian
quality control using multivariate normal distributions. Quarterly Journal of the RMS 119, 1195-1225.
AutoQC: EN_std_lev_bkg_and_buddy_check.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.gross_error import REJECTED, background_factor, certainly_good, interpolated, posterior
from kernels.nearest import in_bands, nearest_of_some

TROPICS = 20.0
"""Degrees of latitude within which the thermocline, and with it the larger tolerance, reaches deeper."""

TOLERANCE = 0.5
"""How far a reinstated level may lie outside its neighbours, K."""

BEYOND_DOUBT = 0.2499
"""Below a probability of 1/4 no cast nearby can lead to a rejection: Z is at most 1 / PGE (see ``odds``), so
that PGE times sqrt(Z) is at most the root of PGE. The rest is a margin for rounding."""

REINSTATED = 0.49
"""Probability of gross error of a level that its neighbours in the cast speak for."""


class Background(NamedTuple):
    """How far observations and background may be off; see ``kernels.qc.en_buddy``."""

    gross_error: float
    reported: float
    tropical: float


class Covariance(NamedTuple):
    """How the background's errors of two casts are related; lengths in m, time in days."""

    mesoscale: float
    synoptic: float
    days: float


class Check(NamedTuple):
    """Casts, and by what they are judged."""

    row_start: Array
    """(n_row + 1,) offsets of each cast."""
    columns: tuple[Array, Array, Array, Array]
    """(n_obs,) value, depth, mean and standard error of the background."""
    place: tuple[Array, Array, Array, Array]
    """(n_row,) time, latitude, longitude and platform."""
    levels: tuple[Array, Array]
    """(n_level,) depths, ascending, and variance of an observation's error at each, K2."""
    background: Background
    covariance: Covariance
    farthest: float
    """Of a buddy, m."""
    reinstate: float
    """Above 0 lets levels that agree with their neighbours in the cast pass."""


def probabilities(check: Check) -> Array:
    """Probability of gross error of each observation, that of its standard level.

    Returns
    -------
    probability : (n_obs,) NaN where not judged.
    """
    level_of, pge = judged_levels(check, 0.0)
    found: Array = _of_observations(check.row_start, level_of, pge)
    return found


def outcomes(check: Check) -> Array:
    """Whether that probability rejects an observation: (n_obs,) uint8, 2 where not judged."""
    level_of, pge = judged_levels(check, BEYOND_DOUBT)
    found: Array = _outcomes_of_observations(check.row_start, level_of, pge)
    return found


def judged_levels(check: Check, doubtful_from: float) -> tuple[Array, Array]:
    """Probability of gross error on the standard levels of each cast.

    Parameters
    ----------
    doubtful_from : a cast all of whose levels have smaller probabilities by the background is not compared.

    Returns
    -------
    level_of : (n_obs,) int16, standard level of each observation, -1 where it takes no part.
    probability : (n_row, n_level) NaN where there is no observation.
    """
    time, latitude, longitude, platform = check.place
    depths, error_variance = check.levels
    level_of, means, difference, variance = _on_standard_levels(
        check.row_start, check.columns, latitude, depths, error_variance, check.background
    )
    pge = _from_background(difference, variance, error_variance, check.background.gross_error)
    doubtful, revised = np.any(pge >= doubtful_from, axis=1), pge
    if doubtful.any():
        known = np.any(~np.isnan(difference), axis=1) & ~np.isnan(time)
        order = in_bands(latitude, longitude, known)
        nearest, distance = nearest_of_some(
            doubtful, latitude, longitude, platform, time, difference, *order, check.farthest
        )
        revised = _revised(
            pge, difference, variance, error_variance, nearest, distance, time, check.covariance
        )
    if check.reinstate > 0:
        _reinstate(revised, means, depths, latitude)
    return level_of, revised


@compiled
def _on_standard_levels(
    row_start: Array,
    columns: tuple[Array, Array, Array, Array],
    latitude: Array,
    depths: Array,
    error_variance: Array,
    background: Background,
) -> tuple[Array, Array, Array, Array]:
    """Standard level of each observation, -1 where it takes no part; and by cast and standard level the means
    of value, difference from the background and variance of the background."""
    value, depth, mean, std = columns
    n_row, n_level, middle = row_start.size - 1, depths.size, 0.5 * (depths[1:] + depths[:-1])
    level_of, means = np.full(value.size, -1, np.int16), np.full((3, n_row, n_level), np.nan)
    count, sums = np.zeros(n_level, np.int64), np.zeros((n_level, 3))
    least, most = error_variance.min(), error_variance.max()
    for row in range(n_row):
        factor, k = background_factor(latitude[row], background.tropical), 0
        count[:], sums[:] = 0, 0.0
        for i in range(row_start[row], row_start[row + 1]):
            t, z = np.float64(value[i]), np.float64(depth[i])
            d, b = t - np.float64(mean[i]), factor * np.float64(std[i]) * np.float64(std[i])
            if np.isnan(d + z + b + latitude[row]):
                continue
            inflated = b * background.reported * background.reported
            if not certainly_good(d, least + inflated, most + inflated, background.gross_error):
                v = interpolated(z, depths, error_variance) + inflated
                if not v > 0.0 or posterior(d, v, background.gross_error) >= REJECTED:
                    continue
            while k < n_level - 1 and middle[k] < z:  # mostly the level of the observation above
                k += 1
            while k > 0 and middle[k - 1] >= z:
                k -= 1
            level_of[i] = k
            count[k] += 1
            sums[k, 0] += t
            sums[k, 1] += d
            sums[k, 2] += b
        for k in range(n_level):
            for j in range(3):
                means[j, row, k] = sums[k, j] / count[k]
    return level_of, means[0], means[1], means[2]


@compiled
def _from_background(difference: Array, variance: Array, error_variance: Array, gross_error: float) -> Array:
    pge = np.full(difference.shape, np.nan)
    for row in range(pge.shape[0]):
        for k in range(pge.shape[1]):
            v = variance[row, k] + error_variance[k]
            if v > 0.0:
                pge[row, k] = posterior(difference[row, k], v, gross_error)
    return pge


@compiled
def _revised(
    pge: Array,
    difference: Array,
    variance: Array,
    error_variance: Array,
    nearest: Array,
    distance: Array,
    time: Array,
    covariance: Covariance,
) -> Array:
    """Probabilities after a look at the nearest cast, whose own are those before it."""
    revised = pge.copy()
    for row in range(pge.shape[0]):
        buddy = nearest[row]
        if buddy < 0:
            continue
        related = correlation(distance[row], abs(time[row] - time[buddy]), covariance)
        for k in range(pge.shape[1]):
            if np.isnan(pge[row, k] + pge[buddy, k]):
                continue
            shared = related * np.sqrt(variance[row, k] * variance[buddy, k])
            here, there = variance[row, k] + error_variance[k], variance[buddy, k] + error_variance[k]
            agreement = log_agreement(difference[row, k], difference[buddy, k], here, there, shared)
            revised[row, k] *= np.sqrt(odds(pge[row, k], pge[buddy, k], agreement))
    return revised


@inlined
def correlation(distance: float, days: float, covariance: Covariance) -> float:
    """Of the background's errors at two places and times: half of the variance on each of two scales."""
    near, far = distance / covariance.mesoscale, distance / covariance.synoptic
    apart = days / covariance.days
    both = (1.0 + near) * np.exp(-near) + (1.0 + far) * np.exp(-far)
    related: float = 0.5 * both * np.exp(-apart * apart)
    return related


@inlined
def log_agreement(here: float, there: float, variance: float, other: float, shared: float) -> float:
    """Logarithm of the density of two differences together over that of each alone, both good.

    Parameters
    ----------
    here, there : differences from the background, K
    variance, other : of each, K2
    shared : covariance of both, K2
    """
    squared = shared * shared / (variance * other)
    if not squared < 1.0:
        return 0.0
    form = squared * (here * here / variance + there * there / other)
    form -= 2.0 * here * there * shared / (variance * other)
    found = -0.5 * np.log(1.0 - squared) - 0.5 * form / (1.0 - squared)
    limited: float = min(max(found, -80.0), 80.0)
    return limited


@inlined
def odds(pge: float, other: float, agreement: float) -> float:
    """Factor of the probability of gross error once another value is known: Z of Ingleby and Lorenc."""
    z: float = 1.0 / (1.0 - (1.0 - pge) * (1.0 - other) * (1.0 - np.exp(agreement)))
    return z


@compiled
def _reinstate(pge: Array, value: Array, depths: Array, latitude: Array) -> None:
    """Let rejected levels pass that lie within a tolerance of accepted neighbours, in place."""
    rejected = pge >= REJECTED
    for row in range(pge.shape[0]):
        top = 300.0 if abs(latitude[row]) < TROPICS else 200.0
        for k in range(depths.size):
            if not rejected[row, k]:
                continue
            lowest, highest = np.inf, -np.inf
            for j in (k - 1, k + 1):
                if 0 <= j < depths.size and not rejected[row, j] and not np.isnan(pge[row, j]):
                    lowest, highest = min(lowest, value[row, j]), max(highest, value[row, j])
            tolerance = TOLERANCE * (1.0 - 0.005 * min(max(depths[k] - top, 0.0), 100.0))
            if lowest - tolerance <= value[row, k] <= highest + tolerance:
                pge[row, k] = REINSTATED


@compiled
def _of_observations(row_start: Array, level_of: Array, pge: Array) -> Array:
    found = np.full(level_of.size, np.nan)
    for row in range(row_start.size - 1):
        for i in range(row_start[row], row_start[row + 1]):
            if level_of[i] >= 0:
                found[i] = pge[row, level_of[i]]
    return found


@compiled
def _outcomes_of_observations(row_start: Array, level_of: Array, pge: Array) -> Array:
    found, n_level = np.empty(level_of.size, np.uint8), pge.shape[1]
    of_level = np.full(n_level + 1, 2, np.uint8)  # the last one for observations without a level
    for row in range(row_start.size - 1):
        for k in range(n_level):
            of_level[k] = np.uint8(pge[row, k] >= REJECTED) if pge[row, k] == pge[row, k] else np.uint8(2)
        for i in range(row_start[row], row_start[row + 1]):
            found[i] = of_level[level_of[i] if level_of[i] >= 0 else n_level]
    return found
