"""What regional series are, however the means were made: conventions, and variables with their meanings."""

from collections.abc import Mapping
from typing import Any

from catalogs.schema import Indicator
from flows.column_values import partial_columns
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
CONSTANTS = {"rho0": "kg m-3", "cp": "J kg-1 K-1"}
"""Units of what an indicator may state."""


def conventions(indicator: Indicator, reference_period: tuple[int, int]) -> dict[str, Any]:
    """Attributes of a regional series that hold for every method; a method adds what is its own."""
    about: dict[str, Any] = {
        "indicator": indicator.name,
        "title": indicator.title,
        "quantity": indicator.quantity,
        "units": indicator.units,
        "layer": f"{indicator.layer[0]:g}-{indicator.layer[1]:g} m",
        "convention": indicator.convention,
        "reference": indicator.reference,
        "reference_period": f"{reference_period[0]}-{reference_period[1]}",
        "minimum_coverage": indicator.minimum_coverage,
        "partial_columns": partial_columns(indicator),
        "area": "ocean of the region by the land mask, on the WGS84 ellipsoid, shelves included unless the "
        "region states a least depth",
    }
    for name, unit in CONSTANTS.items():
        if (value := getattr(indicator, name)) is not None:
            about |= {name: value, f"{name}_units": unit}
    return about


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
    along_time = values.ndim == 2
    dims = ("region", PERIODS[name.partition("_")[0]]) if along_time else ("region",)
    return dims, values, attributes(name, indicator, of_method)


def attributes(name: str, indicator: Indicator, of_method: Mapping[str, str]) -> dict[str, str]:
    """Attributes of a variable of an indicator's dataset; parameters and errors as of ``series_variable``."""
    period, _, of = name.partition("_")
    meaning = of if period in PERIODS else name
    attrs = {"long_name": {**MEANING, **of_method}[meaning]}
    if not name.endswith("_note"):
        attrs["units"] = _units(meaning, indicator.units)
    if meaning == "value" and indicator.standard_name:
        attrs["standard_name"] = indicator.standard_name
    return attrs


def _units(meaning: str, units: str) -> str:
    if meaning in ("value", "standard_error", "baseline"):
        return units
    if meaning.startswith("trend") and meaning != "trend_n":
        return f"{units} year-1"
    return "m2" if meaning.endswith("area") else "1"
