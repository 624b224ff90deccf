"""Yearly means of monthly values, with their error."""

import numpy as np

from kernels.compiled import Array


def yearly_mean(value: Array, error: Array, correlation_months: float, minimum: int) -> tuple[float, float]:
    """Mean of a year and its standard error.

    The errors of two months are correlated as exp(-months apart / ``correlation_months``): what makes one
    month's sample unlike the area lasts. Months that lack add the scatter between months, as in sampling from
    the twelve (finite population).

    Parameters
    ----------
    value, error : (12,) January to December; NaN where missing.
    correlation_months : e-folding time.
    minimum : months below which there is no mean (NaN).
    """
    at = np.flatnonzero(np.isfinite(value))
    if at.size < minimum or at.size == 0:
        return np.nan, np.nan
    lag = np.abs(at[:, None] - at)
    shared = error[at] @ np.exp(-lag / correlation_months) @ error[at] / at.size**2
    missing = 0.0
    if 1 < at.size < 12:
        missing = (1 - at.size / 12) * value[at].var(ddof=1) / at.size
    return float(value[at].mean()), float(np.sqrt(shared + missing))
