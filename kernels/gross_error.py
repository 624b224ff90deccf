"""Probability of gross error (PGE) of temperature beside a background, as the EN system computes it.

References
----------
Ingleby, B., and M. Huddleston, 2007: Quality control of ocean temperature and salinity profiles - historical
and real-time data. Journal of Marine Systems 65, 158-175. Lorenc, A. C., and O. Hammon, 1988: Objective
quality control of observations using Bayesian methods. Quarterly Journal of the RMS 114, 515-543. AutoQC:
EN_background_check.
"""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.eos2003 import potential_temperature

GROSS_DENSITY = 0.1
"""Probability density of a value in gross error, per K: it may be anything within 10 K."""

REJECTED = 0.5
"""From this probability on a level is rejected."""

NEAR_EQUATOR = 10.0
"""Degrees of latitude within which the background is less certain."""


@inlined
def posterior(difference: float, variance: float, prior: float) -> float:
    """Probability of gross error once the difference from the background is known.

    Parameters
    ----------
    difference : observed minus background, K
    variance : of the difference if the observation is good: of observation and background, K2
    prior : probability of gross error before
    """
    distance = min(difference * difference / variance, 160.0)
    good = np.exp(-0.5 * distance) / np.sqrt(2.0 * np.pi * variance)
    gross: float = GROSS_DENSITY * prior / (GROSS_DENSITY * prior + good * (1.0 - prior))
    return gross


@inlined
def clearly_good(difference: float, variance: float, prior: float) -> bool:
    """Whether ``posterior`` is below ``REJECTED``, told without root and exponential: exp(-x) > 1 - x."""
    good = (1.0 - difference * difference / (2.0 * variance)) * (1.0 - prior)
    gross = GROSS_DENSITY * prior
    return good > 0.0 and good * good > 1.0001 * gross * gross * 2.0 * np.pi * variance


@inlined
def certainly_good(difference: float, least: float, most: float, prior: float) -> bool:
    """``clearly_good`` whatever the variance is between two bounds, without a division: for straight passes.

    False where a number is NaN.
    """
    room = (2.0 * least - difference * difference) * (1.0 - prior)
    gross = GROSS_DENSITY * prior * 2.0 * least
    return (room > 0.0) & (room * room > 1.0001 * gross * gross * 2.0 * np.pi * most)


@inlined
def of_suspect(prior: float) -> float:
    """Probability of gross error before, of a level that the spike and step check suspects."""
    return 0.5 + 0.5 * prior


@inlined
def departure(value: float, mean: float, depth: float, of_potential: float) -> float:
    """Observed minus background, K; in potential temperature where the background is one.

    It is converted with a salinity of 35, which at 1000 m and 1 away from it errs by less than 2 mK, and
    with a pressure of 1.007 dbar/m, which errs by less than 1 mK.
    """
    if of_potential > 0.0:
        return potential_temperature(35.0, value, 1.007 * depth) - mean
    return value - mean


@compiled
def interpolated(x: float, at: Array, values: Array) -> float:
    """Linear between the values at ascending places, constant beyond them; NaN for NaN."""
    if not x > at[0]:
        return values[0] if x == x else np.nan
    k = 1
    while k < at.size and at[k] < x:  # tables are short
        k += 1
    if k == at.size:
        return values[-1]  # type: ignore[no-any-return]
    weight = (x - at[k - 1]) / (at[k] - at[k - 1])
    return values[k - 1] + weight * (values[k] - values[k - 1])  # type: ignore[no-any-return]


@compiled
def background_factor(latitude: float, tropical: float) -> float:
    """Factor of the background's variance; ``tropical`` is that of its standard deviation at the equator."""
    return tropical * tropical if abs(latitude) < NEAR_EQUATOR else 1.0
