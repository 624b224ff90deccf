"""Sections: zonal means at the depths of an indicator, with sampling errors, and their trends.

An indicator with ``depths`` is averaged by box at each of them. A band of latitude, or the whole region, has
in each month the Gauss-Markov mean of its boxes, each weighed by its ocean as deep as the level; trends are
of the yearly means, and those count as significant that are so for the section as a whole.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from catalogs.bottom import bottom_depth
from catalogs.schema import Grid, Indicator, Region
from catalogs.section import Section
from flows.climatology import option, shape
from flows.columns import box_areas
from flows.regional_means import ENOUGH_FREEDOM
from flows.series_variables import attributes
from kernels.compiled import Array
from kernels.indicators.area_mean import exponential_correlation
from kernels.indicators.field_significance import FieldSignificance, field_significance
from kernels.indicators.trend_map import REASONS, TrendMap
from kernels.indicators.trend_map import trend_map as trends_of
from kernels.indicators.yearly import yearly_mean
from kernels.indicators.zone_mean import sample_noise, zone_means, zone_signal

WANTED = ("indicator", "region", "box", "latitude", "longitude", "month", "mean", "variance", "n_samples",
          "n_profiles")  # fmt: skip
"""What a section needs of ``boxes``."""


class Zone(NamedTuple):
    """Boxes of one band of latitude within a region: (month, box, depth) and (box, ...)."""

    latitude: float
    mean: Array
    noise: Array
    n_profiles: Array
    area: Array
    correlation: Array
    variance: Array
    freedom: Array


def section_dataset(
    boxes: xr.Dataset,
    section: Section,
    of: Sequence[Indicator],
    regions: Sequence[Region],
    grid: Grid,
    land_class: Array,
    reference_period: tuple[int, int],
    version: str = "",
) -> xr.Dataset:
    """Yearly anomalies and trends by depth and band of latitude, or by depth alone.

    Parameters
    ----------
    boxes : of ``flows.columns.boxes`` along a further dimension ``month`` (datetime64); months may lack.
    of : the indicator of each depth, from the surface down.
    regions : each must be one of the boxes' regions.
    reference_period : first and last year; each depth and band is relative to the mean over its months.

    Returns
    -------
    section : (region, depth[, latitude]) trends, and the same by year; NaN with a note where there is no
        value. A band without ocean as deep as the level has ``sea_area`` 0.
    """
    missing = [i.name for i in of if i.name not in boxes["indicator"].values]
    if missing:
        raise ValueError(f"section {section.name}: {', '.join(missing)} are not averaged by boxes")
    number = boxes["month"].values.astype("M8[M]").astype(np.int64)
    month = np.arange(12 * (number.min() // 12), 12 * (number.max() // 12) + 12)
    depths = np.array([i.layer[0] for i in of])
    chosen = boxes[list(WANTED[6:])].sel(indicator=[i.name for i in of])
    each = [
        _of_region(chosen, section, r, depths, grid, land_class, month, reference_period) for r in regions
    ]
    latitude = sorted({lat for e in each for lat in e["latitude"]})
    coordinates: dict[str, Any] = {
        "region": [r.name for r in regions],
        "depth": ("depth", depths, {"units": "m", "positive": "down", "standard_name": "depth", "axis": "Z"}),
        "year": np.arange(month[0] // 12, month[-1] // 12 + 1) + 1970,
    }
    if section.band is not None:
        north = {"units": "degrees_north", "standard_name": "latitude", "axis": "Y"}
        coordinates["latitude"] = ("latitude", np.array(latitude), north)
    out = {k: _variable(k, [e[k] for e in each], [e["latitude"] for e in each], latitude, section, of[0])
           for k in each[0] if k != "latitude"}  # fmt: skip
    area = np.array([box_areas(r, grid, land_class).sum() for r in regions])
    out["area"] = ("region", area, {"units": "m2", "long_name": "Ocean area of the region (WGS84)"})
    about = _about(section, of, grid, reference_period, version)
    return xr.Dataset(out, coordinates, about | {"period": _period(boxes)})


def _period(boxes: xr.Dataset) -> str:
    year = boxes["month"].values.astype("M8[Y]").astype(np.int64) + 1970
    return f"{year.min()}-{year.max()}"


def _of_region(
    boxes: xr.Dataset,
    section: Section,
    region: Region,
    depths: Array,
    grid: Grid,
    land_class: Array,
    month: Array,
    reference_period: tuple[int, int],
) -> dict[str, Any]:
    """Everything of one region, along (zone, depth) or (zone, depth, year)."""
    zones = [_with_signal(z) for z in _zones(boxes, section, region, depths, grid, land_class, month)]
    if not zones:
        raise ValueError(f"section {section.name}: no box of region {region.name!r} holds ocean")
    freedom = np.stack([z.freedom for z in zones])
    best = np.stack([z.variance for z in zones])[freedom.argmax(axis=0), np.arange(depths.size)]
    series = [_series(z, best, freedom.max(axis=0), grid, month, reference_period) for z in zones]
    stacked = {k: np.stack([s[k] for s in series]) for k in series[0]}
    found, stands = _trends(stacked, section, month)
    place = stacked["sea_area"].shape
    columns = {"trend": found.slope, "trend_low": found.low, "trend_high": found.high}
    columns |= {"p_value": found.p_value, "r1": found.r1, "n_eff": found.n_eff, "trend_n": found.n}
    trends = {k: v.reshape(place) for k, v in columns.items()}
    trends["significant"] = stands.mask.astype(np.int8)
    trends["trend_note"] = np.where(
        stacked["sea_area"] > 0, np.array(REASONS)[found.reason].reshape(place), "no sea is so deep here"
    )
    return {"latitude": [z.latitude for z in zones]} | stacked | trends


def _zones(
    boxes: xr.Dataset,
    section: Section,
    region: Region,
    depths: Array,
    grid: Grid,
    land_class: Array,
    month: Array,
) -> list[Zone]:
    cells = np.flatnonzero(boxes["region"].values == region.name)
    if not cells.size:
        there = ", ".join(sorted(set(boxes["region"].values.tolist())))
        raise ValueError(f"section {section.name}: region {region.name!r} has no boxes; these have: {there}")
    box = boxes["box"].values[cells]
    area = areas_at_depths(region, grid, land_class, depths).reshape(depths.size, -1)[:, box].T
    cells, box, area = cells[area[:, 0] > 0], box[area[:, 0] > 0], area[area[:, 0] > 0]
    band = _band(section, grid, box // shape(grid)[1])
    row = boxes["month"].values.astype("M8[M]").astype(np.int64) - month[0]
    place = boxes["latitude"].values, boxes["longitude"].values
    zones = []
    for b in np.unique(band):
        at = cells[band == b]
        filled = {
            k: _filled(boxes, k, at, row, month.size) for k in ("mean", "variance", "n_samples", "n_profiles")
        }
        noise = sample_noise(
            filled["mean"], filled["variance"], filled["n_samples"], option(grid, "pooled_variance_weight")
        )
        correlation = exponential_correlation(place[0][at], place[1][at], option(grid, "correlation_km"))
        centre = (b + 0.5) * section.band - 90 if section.band else np.nan
        none = np.empty(0)
        zones.append(
            Zone(
                centre, filled["mean"], noise, filled["n_profiles"], area[band == b], correlation, none, none
            )
        )
    return zones


def areas_at_depths(region: Region, grid: Grid, land_class: Array, depths: Array) -> Array:
    """Area of each box within a region where the sea is at least so deep: (depth, n_lat, n_lon) m2.

    The depth is the deepest bottom of cells of a quarter degree, so slopes count to their foot.
    """
    deepest = np.where(np.isfinite(bottom_depth()), bottom_depth(), -np.inf)
    n_lat, n_lon = deepest.shape
    fine = grid.model_copy(update={"cell_latitude": 180 / n_lat, "cell_longitude": 360 / n_lon})
    area = box_areas(region, fine, land_class)
    rows, columns = shape(grid)
    by_box = (rows, n_lat // rows, columns, n_lon // columns)
    if n_lat % rows or n_lon % columns:
        raise ValueError(f"grid {grid.name}: boxes do not hold whole cells of a quarter degree")
    deep = [area if z <= 0 else np.where(deepest >= z, area, 0.0) for z in depths]
    return np.stack([a.reshape(by_box).sum(axis=(1, 3)) for a in deep])


def _band(section: Section, grid: Grid, row: Array) -> Array:
    """Band of latitude of each row of boxes; 0 where the whole region is one."""
    if section.band is None:
        return np.zeros(row.size, np.int64)
    per = section.band / grid.cell_latitude
    if per < 1 or per != round(per):
        raise ValueError(
            f"section {section.name}: bands of {section.band:g} degrees do not hold whole boxes of "
            f"{grid.cell_latitude:g}"
        )
    return np.asarray(row // round(per))


def _filled(boxes: xr.Dataset, name: str, cells: Array, row: Array, n_month: int) -> Array:
    """A statistic of some boxes on the full calendar: (month, box, depth)."""
    values = boxes[name].isel(cell=cells).transpose("month", "cell", "indicator").values
    out = np.full((n_month, *values.shape[1:]), 0.0 if name.startswith("n_") else np.nan)
    out[row] = values
    return out


def _with_signal(zone: Zone) -> Zone:
    variance, freedom = zone_signal(zone.mean, zone.noise, zone.correlation)
    return zone._replace(variance=variance, freedom=freedom)


def _series(
    zone: Zone, borrowed: Array, most: Array, grid: Grid, month: Array, reference_period: tuple[int, int]
) -> dict[str, Array]:
    """Yearly means of a zone: (depth,) and (depth, year). A depth with little to tell its signal's variance
    from takes that of the best sampled zone."""
    poor = (zone.freedom < ENOUGH_FREEDOM) & (most > zone.freedom)
    variance = np.where(poor, borrowed, zone.variance)
    value, error, noise = zone_means(zone.mean, zone.noise, zone.area, zone.correlation, variance)
    year = month // 12 + 1970
    reference = (year >= reference_period[0]) & (year <= reference_period[1])
    inside = np.isfinite(value) & reference[:, None]
    n_inside = inside.sum(axis=0)
    baseline = np.where(inside, value, 0.0).sum(axis=0) / np.maximum(n_inside, 1)
    lasting = option(grid, "error_correlation_months"), option(grid, "noise_correlation_months")
    limits = lasting[0], int(option(grid, "minimum_months"))
    by_year = [(a.T.reshape(value.shape[1], -1, 12)) for a in (value - baseline, error, noise)]
    means = [
        yearly_mean(v, e, *limits, n, lasting[1])
        for v, e, n in zip(*(a.reshape(-1, 12) for a in by_year), strict=True)
    ]
    yearly = np.array(means).reshape(*by_year[0].shape[:2], 2)
    whole = zone.area.sum(axis=0)
    part = (np.isfinite(zone.mean) * zone.area).sum(axis=1) / np.where(whole > 0, whole, np.nan)
    n_months = np.isfinite(by_year[0]).sum(axis=2)
    return {
        "yearly_value": yearly[..., 0],
        "yearly_standard_error": yearly[..., 1],
        "yearly_n_months": n_months,
        "yearly_n_profiles": zone.n_profiles.sum(axis=1)
        .T.reshape(*n_months.shape, 12)
        .sum(axis=2)
        .astype(np.int64),
        "yearly_sampled_fraction": part.T.reshape(*n_months.shape, 12).mean(axis=2),
        "yearly_note": _notes(yearly[..., 0], n_months, limits[1], whole[:, None]),
        "sea_area": whole,
        "baseline": np.where(n_inside > 0, baseline, np.nan),
        "n_months_reference": n_inside,
    }


def _notes(value: Array, n_months: Array, minimum: int, area: Array) -> Array:
    few = np.char.add(n_months.astype("U2"), f" months, fewer than {minimum}")
    why = np.where(n_months > 0, few, "no column reaches the depth")
    why = np.where(area > 0, why, "no sea is so deep here")
    return np.where(np.isfinite(value), "", why)


def _trends(series: dict[str, Array], section: Section, month: Array) -> tuple[TrendMap, FieldSignificance]:
    value, error = series["yearly_value"], series["yearly_standard_error"]
    year = np.arange(month[0] // 12, month[-1] // 12 + 1) + 1970.5
    columns = value.reshape(-1, year.size).T
    errors = (
        np.where(np.isfinite(error), error, 0.0).reshape(-1, year.size).T if section.method == "ols" else None
    )
    found = trends_of(year, columns, errors, section.method, section.minimum_years)
    return found, field_significance(found.p_value.reshape(value.shape[:2]), section.global_level)


OF_SECTIONS = {
    "standard_error": "Standard error of the anomaly by sampling (1 sigma)",
    "n_months": "Months with records",
    "n_profiles": "Columns that the value is made from",
    "sampled_fraction": "Part of the sea as deep as the level whose boxes have records",
    "sea_area": "Area of the sea that is at least as deep as the level",
    "p_value": "Probability of a trend as large by chance",
    "significant": "1 where the trend is significant for the section as a whole",
}
"""What variables mean in a section, besides what every series has."""


def _variable(
    name: str,
    values: Sequence[Array],
    zones: Sequence[Sequence[float]],
    latitude: Sequence[float],
    section: Section,
    of: Indicator,
) -> tuple[Any, ...]:
    """Dimensions, values and attributes; regions that lack a band have nothing there."""
    attrs = attributes(name, of, OF_SECTIONS)
    dims: tuple[str, ...] = ("year",) if name.startswith("yearly") else ()
    if section.band is None:
        return ("region", "depth", *dims), np.stack([v[0] for v in values]), attrs
    dtype = np.result_type(*values)
    empty = {"f": np.nan, "U": "no sea is so deep here"}.get(dtype.kind, 0)
    whole = np.full((len(values), len(latitude), *values[0].shape[1:]), 0 if name == "sea_area" else empty,
                    np.result_type(dtype, np.asarray(empty)) if dtype.kind == "U" else dtype)  # fmt: skip
    for k, (v, lats) in enumerate(zip(values, zones, strict=True)):
        whole[k, np.searchsorted(latitude, lats)] = v
    return ("region", "depth", "latitude", *dims), np.swapaxes(whole, 1, 2), attrs


TREND_METHODS = {
    "ols": "ordinary least squares on yearly means, 95 % interval by Student's t with n_eff - 2 degrees of "
    "freedom from the larger of scatter and standard errors, n_eff from the lag one correlation of the "
    "residuals, cleared of its bias",
    "theil_sen": "median of the slopes of all pairs of yearly means (Theil-Sen), 95 % interval and test from "
    "Kendall's score with its variance enlarged by n / n_eff",
}


def _about(
    section: Section, of: Sequence[Indicator], grid: Grid, reference_period: tuple[int, int], version: str
) -> dict[str, Any]:
    """Every convention that the numbers depend on."""
    zone = f"band of {section.band:g} degrees of latitude" if section.band else "region"
    return {
        "indicator": section.name,
        "title": section.title,
        "quantity": "trend_by_depth_and_latitude" if section.band else "trend_by_depth",
        "variable": of[0].variable,
        "units": of[0].units,
        "layer": f"{of[0].layer[0]:g}-{of[-1].layer[0]:g} m",
        "convention": section.convention,
        "reference": section.reference,
        "reference_period": f"{reference_period[0]}-{reference_period[1]}",
        "baseline": f"mean of the months of the reference period with a value, of each depth and {zone}",
        "relative_to": "the climatology at the place, depth and day of each value",
        "area": "ocean of the region by the land mask where the deepest bottom of a quarter degree is at or "
        "below the level, on the WGS84 ellipsoid",
        "standard_error": f"Gauss-Markov estimate of the mean of each {zone} and month from box means "
        "(Bretherton et al. 1984); sampling within boxes and boxes without records, not instruments or "
        "climatology",
        "trend_method": TREND_METHODS[section.method],
        "significance": f"global level {section.global_level:.3g} by a false discovery rate of "
        f"{2 * section.global_level:.3g} over all depths and bands of a region (Benjamini and Hochberg 1995; "
        "Wilks 2016)",
        "boxes": grid.name,
        "correlation_km": option(grid, "correlation_km"),
        "version": version,
    }
