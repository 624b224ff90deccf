"""EN (Met Office): Bayesian background check of temperature on reported levels."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.en_spikes import outcomes as spike_outcomes
from kernels.en_spikes import outcomes_of_rows
from kernels.eos2003 import potential_temperature
from kernels.gross_error import (
    GROSS_DENSITY,
    NEAR_EQUATOR,
    REJECTED,
    background_factor,
    certainly_good,
    clearly_good,
    departure,
    interpolated,
    of_suspect,
    posterior,
)
from kernels.ragged import row_of_obs
from kernels.registry import qc_test


def measure(
    row_start: Array,
    value: Array,
    depth: Array,
    latitude: Array,
    normal_mean: Array,
    normal_std: Array,
    error_depth: Array,
    error_variance: Array,
    gross_error: float,
    reported: float = 2.0,
    tropical: float = 1.5,
    suspects: float = 1.0,
    of_potential: float = 0.0,
) -> tuple[Array, Array, Array]:
    """Probability of gross error; less than a half is accepted."""
    t, z, mean, std = (np.asarray(a, np.float64) for a in (value, depth, normal_mean, normal_std))
    at_row = np.asarray(latitude, np.float64)[row_of_obs(row_start)]
    found = potential_temperature.py_func(35.0, t, 1.007 * z) if of_potential > 0 else t  # type: ignore[attr-defined]
    inflated = np.where(np.abs(at_row) < NEAR_EQUATOR, tropical * reported, reported) * std
    variance = np.interp(z, error_depth, error_variance) + inflated**2
    variance = np.where((variance > 0) & ~np.isnan(z + at_row), variance, np.nan)
    prior = np.full(t.size, gross_error)
    if suspects > 0:
        suspect = spike_outcomes(row_start, value, depth, latitude, True, 1) == 1
        prior[suspect] = 0.5 + 0.5 * gross_error
    distance = np.minimum((found - mean) ** 2 / variance, 160.0)
    good = np.exp(-0.5 * distance) / np.sqrt(2 * np.pi * variance)
    pge = GROSS_DENSITY * prior / (GROSS_DENSITY * prior + good * (1 - prior))
    untested = np.isnan(pge)
    below = np.nextafter(REJECTED, 0.0)
    return pge, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, below)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="probability of gross error",
    reference="Ingleby and Huddleston (2007), background check; AutoQC EN_background_check",
    example={"error_depth": (0.0,), "error_variance": (0.25,), "gross_error": 0.01},
    tie=1e-9,
)
def en_background(
    row_start: Array,
    value: Array,
    depth: Array,
    latitude: Array,
    normal_mean: Array,
    normal_std: Array,
    error_depth: Array,
    error_variance: Array,
    gross_error: float,
    reported: float = 2.0,
    tropical: float = 1.5,
    suspects: float = 1.0,
    of_potential: float = 0.0,
) -> Array:
    """Temperatures that are more likely in gross error than not, given their distance from the background.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) temperature, degrees Celsius; NaN where missing.
    depth : (n_obs,) m; NaN where missing.
    latitude : (n_row,) degrees north; NaN where missing.
    normal_mean, normal_std : (n_obs,) background and its standard error there and then; NaN where unknown.
    error_depth, error_variance : depths, m, and the variance of an observation about the truth on the scale
        of the background, K2: linear between them, constant beyond.
    gross_error : probability of gross error before the check: 0.05 for bathythermographs (WOD probe
        types 1, 2, 3, 13 and 16), 0.01 for others.
    reported : factor of ``normal_std``, since on reported levels the background errs more than on its own.
    tropical : further factor within 10 degrees of the equator.
    suspects : 1 raises the probability before the check to ``0.5 + 0.5 gross_error`` for levels that
        ``en_spike_and_step_suspect`` finds; 0 does not.
    of_potential : 1 if ``normal_mean`` is a potential temperature, as that of EN is; 0 if it is in situ.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value, depth, latitude or background is missing.

    References
    ----------
    Ingleby, B., and M. Huddleston, 2007: Quality control of ocean temperature and salinity profiles. Journal
    of Marine Systems 65, 158-175. With V the variance of the difference d, good values have the density
    ``exp(-min(d^2/V, 160)/2)/sqrt(2 pi V)`` and gross errors 0.1 K-1; from a probability of 0.5 on a level is
    rejected. EN takes its variances from a file (``EN_bgcheck_info``), whose numbers no document prints: the
    one of the example is assumed. Its ``bg_err_var`` is the error of a monthly analysis; a standard deviation
    of records holds the errors of observations and the variability within a cell too, so that with it the
    check is more lenient.
    The difference between in situ temperatures is up to 3 % (at 4000 m) larger than between potential ones.
    EN reads salinity where there is one; 35 is taken here.
    """
    settings = (gross_error, reported, tropical, of_potential)
    depths, variances = np.asarray(error_depth, np.float64), np.asarray(error_variance, np.float64)
    columns = (value, depth, normal_mean, normal_std)
    outcome, doubtful = _certain_outcomes(row_start, columns, latitude, variances, settings)
    if doubtful.any():
        asked = doubtful & (suspects > 0.0)
        suspect = outcomes_of_rows(row_start, value, depth, latitude, True, 1, asked)
        _judge(row_start, columns, latitude, suspect, doubtful, depths, variances, settings, outcome)
    return outcome


@compiled
def _certain_outcomes(
    row_start: Array,
    columns: tuple[Array, Array, Array, Array],
    latitude: Array,
    error_variance: Array,
    settings: tuple[float, float, float, float],
) -> tuple[Array, Array]:
    """Outcomes that neither the depth nor the spike and step check can change, by straight passes.

    Returns
    -------
    outcome : (n_obs,) ``NOT_RUN`` where something is missing, else ``PASS``.
    doubtful : (n_row,) bool, rows with levels that are not certainly good.
    """
    value, depth, mean, std = columns
    gross_error, reported, tropical, of_potential = settings
    outcome, doubtful = np.full(value.size, 2, np.uint8), np.zeros(latitude.size, np.bool_)
    for row in range(row_start.size - 1):
        if np.isnan(latitude[row]):
            continue
        levels = slice(row_start[row], row_start[row + 1])
        factor = background_factor(latitude[row], tropical) * reported * reported
        certain = _certain_levels(
            (value[levels], depth[levels], mean[levels], std[levels]),
            factor,
            (error_variance.min(), error_variance.max()),
            of_suspect(gross_error),
            outcome[levels],
        )
        doubtful[row] = not certain or of_potential > 0.0
    return outcome, doubtful


@compiled
def _certain_levels(
    columns: tuple[Array, Array, Array, Array],
    factor: float,
    bounds: tuple[float, float],
    prior: float,
    outcome: Array,
) -> bool:
    """Enter what is missing in one row; whether all else is certainly good."""
    value, depth, mean, std = columns
    n_doubtful = 0
    for i in range(value.size):
        d, sigma = np.float64(value[i]) - np.float64(mean[i]), np.float64(std[i])
        inflated = factor * sigma * sigma
        missing = np.isnan(d + inflated + np.float64(depth[i]))
        outcome[i] = np.uint8(missing) << 1
        n_doubtful += not (missing | certainly_good(d, bounds[0] + inflated, bounds[1] + inflated, prior))
    return n_doubtful == 0


@compiled
def _judge(
    row_start: Array,
    columns: tuple[Array, Array, Array, Array],
    latitude: Array,
    suspect: Array,
    doubtful: Array,
    error_depth: Array,
    error_variance: Array,
    settings: tuple[float, float, float, float],
    outcome: Array,
) -> None:
    """Judge the levels of doubtful rows, in place."""
    value, depth, mean, std = columns
    gross_error, reported, tropical, of_potential = settings
    least, most = error_variance.min(), error_variance.max()
    for row in range(row_start.size - 1):
        if not doubtful[row] or np.isnan(latitude[row]):
            continue
        factor = background_factor(latitude[row], tropical) * reported * reported
        for i in range(row_start[row], row_start[row + 1]):
            z, sigma = np.float64(depth[i]), np.float64(std[i])
            d = departure(np.float64(value[i]), np.float64(mean[i]), z, of_potential)
            inflated = factor * sigma * sigma
            prior = of_suspect(gross_error) if suspect[i] == 1 else gross_error
            if certainly_good(d, least + inflated, most + inflated, prior):
                continue
            variance = interpolated(z, error_depth, error_variance) + inflated
            outcome[i] = 2
            if variance > 0.0 and d == d:
                good = clearly_good(d, variance, prior)
                outcome[i] = 0 if good else posterior(d, variance, prior) >= REJECTED
