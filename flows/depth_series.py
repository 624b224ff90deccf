"""Indicators at several depths taken together: along depth, and as trends by depth and latitude.

An indicator of the catalogue with ``depths`` is one indicator a depth in a version (``temp_at_100``); here
they come together again under its own name (``temp_at``).
"""

from typing import Any

import numpy as np
import xarray as xr

from catalogs.land import land_class
from catalogs.schema import Grid, Indicator, Region, load, names
from flows.collection import Reading
from flows.columns import box_areas
from flows.trend_maps import GLOBAL_LEVEL, MINIMUM_YEARS, SIGNIFICANCE, TREND_METHOD, yearly_means
from kernels.compiled import Array
from kernels.indicators.field_significance import field_significance
from kernels.indicators.trend_map import trend_map as trends_of


def own_name(indicator: str) -> str:
    """Name under which the catalogue has an indicator: ``temp_at`` of ``temp_at_100``."""
    known, of = names("indicators"), indicator.rpartition("_")[0]
    return of if indicator not in known and of in known else indicator


def depths_of(reading: Reading, name: str) -> dict[float, str]:
    """Depth (m): indicator of a version, for an indicator with depths; empty for any other."""
    if name not in names("indicators"):
        return {}
    there = set(reading.groups("indicators"))
    each = load(Indicator, name)
    return {i.layer[0]: i.name for i in each.each() if i.name in there} if each.depths else {}


def along_depth(reading: Reading, name: str) -> xr.Dataset:
    """The indicators of a version at each depth of ``name``, along ``depth``."""
    depths = depths_of(reading, name)
    parts = [reading.dataset(f"indicators/{n}") for n in depths.values()]
    depth = xr.DataArray(
        list(depths), dims="depth", name="depth", attrs={"units": "m", "positive": "down", "axis": "Z"}
    )
    together = xr.concat(parts, depth, data_vars="all", coords="minimal", compat="override", join="override",
                         combine_attrs="override")  # fmt: skip
    layer = f"{min(depths):g}-{max(depths):g} m"
    about = {"indicator": name, "title": load(Indicator, name).title, "layer": layer}
    return together.assign(area=parts[0]["area"]).assign_attrs(about)


def zonal_trends(reading: Reading, name: str, region: str) -> xr.Dataset:
    """Trends by depth and latitude of an indicator with depths, from the boxes of a region.

    Each row of boxes has, in each year, the mean of its boxes that have one, weighed by their ocean area in
    the region.

    Returns
    -------
    trends : (depth, latitude) ``trend``, ``trend_low``, ``trend_high`` (95 %), ``p_value`` and
        ``significant``; NaN where a row of boxes has too few years.
    """
    depths = depths_of(reading, name)
    years = reading.groups("boxes")
    zonal, latitude = _zonal_means(reading, years, list(depths.values()), region)
    found = trends_of(
        np.array(years, np.float64) + 0.5, zonal.reshape(len(years), -1), minimum_n=MINIMUM_YEARS
    )
    stands = field_significance(found.p_value, GLOBAL_LEVEL)
    columns = {
        "trend": found.slope,
        "trend_low": found.low,
        "trend_high": found.high,
        "p_value": found.p_value,
    }
    units = f"{load(Indicator, name).units} year-1"
    out: dict[str, Any] = {
        k: (("depth", "latitude"), v.reshape(len(depths), -1), {"units": "1" if k == "p_value" else units})
        for k, v in columns.items()
    }
    out["significant"] = (("depth", "latitude"), stands.mask.reshape(len(depths), -1))
    about = {"period": f"{years[0]}-{years[-1]}", "trend_method": TREND_METHOD, "significance": SIGNIFICANCE}
    return xr.Dataset(out, {"depth": list(depths), "latitude": latitude}, about)


def rows_of_boxes(reading: Reading, region: str) -> int:
    """Rows of boxes that a region touches, in a version that has boxes."""
    boxes = reading.dataset(f"boxes/{reading.groups('boxes')[0]}", ("region", "latitude"))
    return len(np.unique(boxes["latitude"].values[boxes["region"].values == region]))


def _zonal_means(
    reading: Reading, years: list[str], indicators: list[str], region: str
) -> tuple[Array, Array]:
    """Yearly means of rows of boxes, (year, depth, latitude), and the latitudes of those that hold ocean."""
    wanted = ("mean", "box", "region", "indicator", "month")
    boxes = [reading.dataset(f"boxes/{y}", wanted) for y in years]
    grid = load(Grid, str(boxes[0].attrs["grid"]))
    area = box_areas(load(Region, region), grid, land_class())
    cells = np.flatnonzero(boxes[0]["region"].values == region)
    box = boxes[0]["box"].values[cells]
    row, weight = box // area.shape[1], area.reshape(-1)[box]
    rows = np.unique(row[weight > 0])
    out = np.full((len(years), len(indicators), rows.size), np.nan)
    for y, one in enumerate(boxes):
        for d, name in enumerate(indicators):
            values = one["mean"].sel(indicator=name).transpose("month", "cell").values[:, cells]
            out[y, d] = _weighted_rows(yearly_means(values), weight, row, rows)
    return out, (rows + 0.5) * grid.cell_latitude - 90


def _weighted_rows(values: Array, weight: Array, row: Array, rows: Array) -> Array:
    known = np.isfinite(values)
    w = np.where(known, weight, 0.0)
    total = np.bincount(row, w, rows.max(initial=0) + 1)[rows]
    summed = np.bincount(row, w * np.where(known, values, 0.0), rows.max(initial=0) + 1)[rows]
    return np.asarray(summed / np.where(total > 0, total, np.nan))
