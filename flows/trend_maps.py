"""Trends of the boxes of a region as a map, with the part that chance alone would not make.

Each box has yearly means of its monthly anomalies and a trend by least squares, whose interval knows of
persistence. Where many boxes are tested some look significant by chance: those count that are significant for
the field as a whole.
"""

from typing import Any

import numpy as np
import xarray as xr

from catalogs.schema import Grid, Indicator, load
from flows.collection import Reading
from kernels.compiled import Array
from kernels.indicators.field_significance import field_significance
from kernels.indicators.heat_content import flux_of_trend
from kernels.indicators.trend_map import trend_map as trends_of

MINIMUM_MONTHS = 3
"""Months with records that a year of a box needs: boxes are sampled more thinly than regions."""
MINIMUM_YEARS = 5
TREND_METHOD = (
    "ordinary least squares on yearly means of boxes with at least "
    f"{MINIMUM_MONTHS} months a year and {MINIMUM_YEARS} years, 95 % interval by Student's t with "
    "n_eff - 2 degrees of freedom, "
    "n_eff from the lag one correlation of the residuals"
)
SIGNIFICANCE = (
    "global level 5 % by a false discovery rate of 10 % over all that is tested "
    "(Benjamini and Hochberg 1995; Wilks 2016, Bulletin of the American Meteorological Society 97, "
    "2263-2273)"
)
GLOBAL_LEVEL = 0.05
"""Probability to call anything significant in a field without trends."""


def trend_map(reading: Reading, indicator: Indicator, region: str) -> xr.Dataset:
    """Trends of an indicator in the boxes of a region, from the boxes of a version.

    Returns
    -------
    map : (latitude, longitude) over all boxes of the grid ``trend``, ``trend_low``, ``trend_high`` (95 %),
        ``p_value``, ``significant`` and ``n_years``; a trend is NaN where a box has too few years. Heat
        content is in W m-2 of the ocean, others per year.

    Raises
    ------
    ValueError
        names the region or the indicator that the version has no boxes of.
    """
    years = reading.groups("boxes")
    boxes = [_of_indicator(reading.dataset(f"boxes/{y}"), indicator.name, region) for y in years]
    if not boxes:
        raise ValueError("this version has no boxes: no profile was usable")
    grid = load(Grid, str(boxes[0].attrs["grid"]))
    yearly = np.stack([yearly_means(b["mean"].transpose("month", "cell").values) for b in boxes])
    in_watts = indicator.quantity == "ocean_heat_content"
    units = "W m-2" if in_watts else f"{indicator.units} year-1"
    columns = _columns(
        np.array(years, np.float64) + 0.5, yearly, flux_of_trend(1.0, 1.0) if in_watts else 1.0
    )
    return _on_grid(columns, boxes[0]["box"].values, grid, units).assign_attrs(
        _about(indicator, region, grid, f"{years[0]}-{years[-1]}")
    )


def can_be_mapped(reading: Reading, indicator: str) -> bool:
    """True where a version has boxes of the indicator, of enough years for any trend."""
    years = reading.groups("boxes")
    if len(years) < MINIMUM_YEARS:
        return False
    return indicator in reading.dataset(f"boxes/{years[0]}", ("indicator",))["indicator"].values


def _of_indicator(boxes: xr.Dataset, indicator: str, region: str) -> xr.Dataset:
    if indicator not in boxes["indicator"].values:
        there = ", ".join(map(str, boxes["indicator"].values))
        raise ValueError(f"indicator {indicator!r} is not averaged by boxes; these are: {there}")
    cells = np.flatnonzero(boxes["region"].values == region)
    if not cells.size:
        there = ", ".join(sorted(set(map(str, boxes["region"].values))))
        raise ValueError(f"region {region!r} has no boxes; these have: {there}")
    return boxes.sel(indicator=indicator).isel(cell=cells)


def yearly_means(monthly: Array) -> Array:
    """Mean of the months of each box, (month, box); NaN with fewer than the minimum."""
    n = np.isfinite(monthly).sum(axis=0)
    return np.where(n >= MINIMUM_MONTHS, np.nansum(monthly, axis=0) / np.maximum(n, 1), np.nan)


def _columns(time: Array, yearly: Array, factor: float) -> dict[str, Array]:
    found = trends_of(time, yearly, minimum_n=MINIMUM_YEARS)
    stands = field_significance(found.p_value, GLOBAL_LEVEL)
    slopes = {"trend": found.slope, "trend_low": found.low, "trend_high": found.high}
    scaled = {k: factor * v for k, v in slopes.items()}
    return scaled | {"p_value": found.p_value, "significant": stands.mask, "n_years": found.n}


_MEANING = {
    "trend": "Trend of the yearly means of the box",
    "trend_low": "Lower end of the 95 % interval of the trend",
    "trend_high": "Upper end of the 95 % interval of the trend",
    "p_value": "Probability of a trend as large by chance, Student's t with n_eff - 2 degrees of freedom",
    "significant": "1 where the trend is significant for the field as a whole",
    "n_years": "Years in the trend",
}


def _on_grid(columns: dict[str, Array], box: Array, grid: Grid, units: str) -> xr.Dataset:
    n_lat, n_lon = round(180 / grid.cell_latitude), round(360 / grid.cell_longitude)
    out: dict[str, Any] = {}
    for name, values in columns.items():
        whole = np.full(n_lat * n_lon, np.nan if values.dtype.kind == "f" else 0, values.dtype)
        whole[box] = values
        attrs = {"long_name": _MEANING[name], "units": units if name.startswith("trend") else "1"}
        out[name] = (("latitude", "longitude"), whole.reshape(n_lat, n_lon), attrs)
    lat = (np.arange(n_lat) + 0.5) * grid.cell_latitude - 90
    lon = (np.arange(n_lon) + 0.5) * grid.cell_longitude - 180
    about = {
        "latitude": ("latitude", lat, {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}),
        "longitude": ("longitude", lon, {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}),
    }
    return xr.Dataset(out, about)


def _about(indicator: Indicator, region: str, grid: Grid, period: str) -> dict[str, Any]:
    return {
        "indicator": indicator.name,
        "title": indicator.title,
        "quantity": indicator.quantity,
        "layer": f"{indicator.layer[0]:g}-{indicator.layer[1]:g} m",
        "convention": indicator.convention,
        "region": region,
        "boxes": grid.name,
        "boxes_title": grid.title,
        "period": period,
        "trend_method": TREND_METHOD,
        "significance": SIGNIFICANCE,
    }
