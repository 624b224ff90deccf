"""What the variables of regional series are: dimensions, meaning and unit, however the means were made."""

from collections.abc import Mapping
from typing import Any

from catalogs.schema import Indicator
from kernels.compiled import Array

PERIODS = {"monthly": "month", "yearly": "year"}
"""Dimension of time of the variables whose names begin so."""
MEANING = {
    "value": "Anomaly from the mean of the reference period",
    "n_excluded": "Columns left out: too small a part of the layer, or no climatology",
    "note": "Why there is no value",
    "trend": "Trend of the yearly means",
    "trend_low": "Lower end of the 95 % interval of the trend",
    "trend_high": "Upper end of the 95 % interval of the trend",
    "trend_without_last_year": "Trend without the last year",
    "trend_n": "Years in the trend",
    "trend_note": "Why the trend or its interval is missing",
    "r1": "Lag one correlation of the residuals of the trend",
    "n_eff": "Effective number of years, n (1 - r1) / (1 + r1)",
    "baseline": "Mean over the reference period that was taken off, relative to the climatology",
    "n_months_reference": "Months of the reference period behind the baseline; with 0 nothing was taken off",
    "area": "Ocean area of the region (WGS84)",
}
"""Of what every series has, without ``monthly_`` or ``yearly_``; a method adds what is its own."""


def series_variable(
    name: str, values: Array, indicator: Indicator, of_method: Mapping[str, str]
) -> tuple[Any, ...]:
    """Dimensions, values and attributes of a variable of an indicator's dataset.

    Parameters
    ----------
    name : with ``monthly_`` or ``yearly_`` where it is along time.
    values : (region, time) or (region,).
    of_method : meanings, by name without the period, of what depends on how the means were made.

    Raises
    ------
    KeyError
        for a name that has no meaning.
    """
    period, _, of = name.partition("_")
    along_time = values.ndim == 2
    meaning = of if along_time else name
    attrs = {"long_name": {**MEANING, **of_method}[meaning]}
    if not name.endswith("_note"):
        attrs["units"] = _units(meaning, indicator.units)
    if meaning == "value" and indicator.standard_name:
        attrs["standard_name"] = indicator.standard_name
    return ("region", PERIODS[period]) if along_time else ("region",), values, attrs


def _units(meaning: str, units: str) -> str:
    if meaning in ("value", "standard_error", "baseline"):
        return units
    if meaning.startswith("trend") and meaning != "trend_n":
        return f"{units} year-1"
    return "m2" if meaning == "area" else "1"
