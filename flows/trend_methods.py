"""The trend of an indicator by each method of the field, beside that of the campaign."""

import numpy as np
import xarray as xr

from kernels.compiled import Array
from kernels.indicators.lowess import lowess
from kernels.indicators.piecewise import piecewise
from kernels.indicators.theil_sen import theil_sen
from kernels.indicators.trend import Trend, trend

METHODS = {
    "ols": "ordinary least squares with AR(1)",
    "theil_sen": "Theil-Sen slope, interval of Mann and Kendall with AR(1)",
    "quadratic": "mean rate of a parabola with AR(1)",
    "lowess": "mean rate of a LOWESS curve of 25 years, interval from surrogate series",
    "piecewise": "rate of the last segment of joined lines, their number by BIC; the note says from when on",
}
WITHOUT_LAST = "without_last_year"
"""Suffix of a trend without the last year that has a value: often it is not complete when it is published."""
OF_EACH = ("slope", "low", "high", "r1", "n_eff", "n", "note")


def with_methods(indicator: xr.Dataset) -> xr.Dataset:
    """An indicator with the trend of its yearly means by every method, where the effective sample allows it.

    Returns
    -------
    indicator : with ``estimator`` and ``by_<v>`` (estimator, region) for each v of ``OF_EACH``; a method that
        refuses is NaN, and its note says why. Intervals are of sampling alone, without the choices of an
        ensemble. ``by_slope_without_last_year`` is the same slope without the last year that has a value.
    """
    year = indicator["year"].values + 0.5
    series = [indicator[f"yearly_{k}"].values for k in ("value", "standard_error")]
    found = [_by_every_method(year, v, e) for v, e in zip(*series, strict=True)]
    shorter = [_by_every_method(year, _without_last(v), e) for v, e in zip(*series, strict=True)]
    units = indicator["trend"].attrs["units"]
    out = {}
    for of in OF_EACH:
        values = np.array([[getattr(t, of) for t in region] for region in found]).T
        attrs = {"units": units if of in ("slope", "low", "high") else "1"} if of != "note" else {}
        out[f"by_{of}"] = (("estimator", "region"), values, attrs)
    slopes = np.array([[t.slope for t in region] for region in shorter]).T
    out[f"by_slope_{WITHOUT_LAST}"] = (("estimator", "region"), slopes, {"units": units})
    return indicator.assign_coords(estimator=("estimator", np.array(list(METHODS)))).assign(out)


def _without_last(value: Array) -> Array:
    """Yearly values but the last one that there is."""
    out = value.copy()
    out[np.flatnonzero(np.isfinite(value))[-1:]] = np.nan
    return out


def _by_every_method(year: Array, value: Array, error: Array) -> list[Trend]:
    known = np.isfinite(error[np.isfinite(value)]).all()
    return [
        trend(year, value, unbiased_r1=True),
        theil_sen(year, value),
        trend(year, value, method="quadratic", unbiased_r1=True),
        lowess(year, value, error if known else None).rate,
        _last_segment(year, value),
    ]


def _last_segment(year: Array, value: Array) -> Trend:
    lines = piecewise(year, value)
    if not lines.trends:
        return Trend(np.nan, np.nan, np.nan, np.nan, np.nan, int(np.isfinite(value).sum()), lines.note)
    begin = f"from {int(lines.breaks[-1])} on" if lines.breaks else ""
    last = lines.trends[-1]
    return last._replace(note="; ".join(n for n in (last.note or lines.note, begin) if n))
