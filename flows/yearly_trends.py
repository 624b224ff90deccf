"""The trend of the yearly means of a series, however they were made."""

from typing import Any, Literal

import numpy as np

from kernels.compiled import Array
from kernels.indicators.trend import Trend, trend

TREND_METHODS = (
    "weighted least squares on yearly means; 95 % interval by Student's t with n_eff - 2 degrees of "
    "freedom, from the larger of scatter and standard errors",
    "weighted least squares on yearly means; 95 % interval by the covariance of the errors of all years "
    "where they explain the scatter, else, if it is wider, by Student's t with n_eff - 2 degrees of freedom",
)
"""Of yearly means with errors of their own each, and with those of all years together."""


def yearly_trends(year: Array, value: Array, error: Array, covariance: Array | None = None) -> dict[str, Any]:
    """Trend of the yearly means, and that without the last year, which is often incomplete.

    Parameters
    ----------
    year : (year,) calendar years.
    value, error : (year,) means, NaN where missing, and their standard errors. Where a mean has none the
        weights are equal, else by error.
    covariance : (year, year) of the errors, where it is known.

    Returns
    -------
    trends : ``trend`` per year, ``trend_low``, ``trend_high``, ``trend_n``, ``trend_note``, ``r1``,
        ``n_eff``, ``trend_without_last_year``; NaN where the years or the effective sample do not allow it,
        as the note says.
    """
    time = year + 0.5
    whole = _trend(time, value, error, covariance)
    before = np.ones(year.size, bool)
    before[np.flatnonzero(np.isfinite(value))[-1:]] = False
    shorter = _trend(time[before], value[before], error[before], None)
    return {
        "r1": whole.r1,
        "n_eff": whole.n_eff,
        "trend_low": whole.low,
        "trend_high": whole.high,
        "trend_n": whole.n,
        "trend_note": whole.note,
        "trend": whole.slope,
        "trend_without_last_year": shorter.slope,
    }


def _trend(time: Array, value: Array, error: Array, covariance: Array | None) -> Trend:
    known = np.isfinite(error[np.isfinite(value)]).all()
    method: Literal["ols", "wls"] = "wls" if known else "ols"
    return trend(time, value, error if known else None, method, covariance=covariance)
