"""Yearly means of monthly values, with their error."""

import numpy as np

from kernels.compiled import Array


def yearly_mean(
    value: Array,
    error: Array,
    correlation_months: float,
    minimum: int,
    noise: Array | float = 0.0,
    noise_correlation_months: float = 1.0,
) -> tuple[float, float]:
    """Mean of a year and its standard error.

    The errors of two months are correlated as exp(-months apart / e-folding time). Those by noise, sampling
    within boxes, pass sooner than the rest: what makes unsampled boxes unlike the sampled ones lasts. Months
    that lack add the scatter between months, as in sampling from the twelve (finite population).

    Parameters
    ----------
    value, error : (12,) January to December; NaN where missing.
    correlation_months : e-folding time of the error that is not noise.
    minimum : months below which there is no mean (NaN).
    noise : (12,) part of ``error`` that is noise; not larger than it.
    noise_correlation_months : e-folding time of the noise.
    """
    at = np.flatnonzero(np.isfinite(value))
    if at.size < minimum or at.size == 0:
        return np.nan, np.nan
    of_noise = np.broadcast_to(noise, value.shape)[at]
    lasting = np.sqrt(np.maximum(error[at] ** 2 - of_noise**2, 0.0))
    lag = np.abs(at[:, None] - at)
    shared = lasting @ np.exp(-lag / correlation_months) @ lasting
    shared += of_noise @ np.exp(-lag / noise_correlation_months) @ of_noise
    missing = 0.0
    if 1 < at.size < 12:
        missing = (1 - at.size / 12) * value[at].var(ddof=1) / at.size
    return float(value[at].mean()), float(np.sqrt(shared / at.size**2 + missing))
