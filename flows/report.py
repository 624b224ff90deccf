"""Which numbers of a version go into which figure, and what is printed with them."""

from typing import Literal, get_args

import numpy as np
import xarray as xr

from catalogs.schema import Indicator, load
from flows.captions import caption_of, lowered, region_of, region_title, sentence, slope_of
from flows.collection import Reading
from flows.depth_series import along_depth, depths_of, section_by_latitude
from flows.figures.budget import budget_figure
from flows.figures.maps import Frame, trend_map_figure
from flows.figures.sections import depth_trend_figure, hovmoeller_figure, section_figure
from flows.figures.series import Series, series_figure
from flows.figures.style import FORMATS, Caption, fractional_years
from flows.methods import by_several_methods, methods_of
from flows.station_report import STATION_KINDS, station_figure_of
from flows.stations import of_station
from flows.trend_maps import trend_map
from kernels.compiled import Array

Kind = Literal["series", "methods", "trend_map", "section", "hovmoeller", "depth_trend", "budget"]
KINDS: tuple[str, ...] = (*get_args(Kind), *STATION_KINDS)
GLOBE = 300
"""Degrees of longitude from which on a region is drawn on a map of the globe."""


def figure_of(
    reading: Reading,
    version: str,
    indicator: str,
    region: str | None,
    kind: str,
    format: str = "png",
    year: int | None = None,
) -> bytes:
    """A figure of an indicator of a version as the bytes of a file.

    ``region`` is the first of the indicator's where it is None. A ``section`` is read as the version holds
    it: by its own name, or by that of the indicator with depths that it is made of. Of stations, ``region``
    is the code of one of them, and ``year`` that of which the days of heat waves are shown.

    Raises
    ------
    ValueError
        names the indicator, region or kind that the version cannot serve, and what it has.
    """
    if kind not in KINDS:
        raise ValueError(f"figures are of kind {', '.join(KINDS)}, not {kind!r}")
    dataset = indicator_of(reading, indicator)
    if "station" in dataset.coords:
        return station_figure_of(reading, dataset, version, kind, region, year, format)
    _check_kind(dataset, kind)
    if kind == "section":
        of_latitude = "latitude" in dataset.dims
        dataset = dataset if of_latitude else section_by_latitude(reading, indicator)
        return section_of(of_region(dataset, region), version, format)
    one = of_region(dataset, region)
    along = kind in ("hovmoeller", "depth_trend")
    if "depth" in one.dims and not along:
        raise ValueError(f"{indicator} has depths: try --kind hovmoeller, or an indicator of one depth")
    if "depth" not in one.dims and along:
        raise ValueError(f"{indicator} has no depth, so no {kind}; try --kind series")
    if kind == "trend_map":
        return trend_map_of(reading, one, version, format)
    if kind == "series":
        return series_of(one, version, format=format)
    if kind == "methods":
        return methods_of(by_several_methods(reading, one), version, format)
    drawn = {"hovmoeller": hovmoeller_of, "depth_trend": depth_trend_of, "budget": budget_of}
    return drawn[kind](one, version, format)


def _check_kind(one: xr.Dataset, kind: str) -> None:
    """Raise where an indicator is asked for a figure that it does not give."""
    name = one.attrs["indicator"]
    if kind in STATION_KINDS:
        raise ValueError(f"{name} is of regions, so no {kind}; try --kind series")
    if "trend" in one and "monthly_value" not in one:
        fits = "section" if "latitude" in one.dims else "depth_trend"
        if kind != fits:
            raise ValueError(f"{name} has trends alone, so no {kind}; try --kind {fits}")


def format_of(url: str) -> str:
    """Format of a figure by the ending of the file that it is written to."""
    ending = url.rpartition(".")[2].lower()
    if ending not in FORMATS:
        raise ValueError(f"{url}: figures are written to files that end in {', '.join(FORMATS)}")
    return ending


def indicator_of(reading: Reading, indicator: str) -> xr.Dataset:
    """An indicator of a version."""
    there = reading.groups("indicators")
    if indicator not in there and depths_of(reading, indicator):
        return along_depth(reading, indicator)
    if indicator not in there:
        raise ValueError(f"there is no indicator {indicator!r}; there are: {', '.join(there) or 'none'}")
    return reading.dataset(f"indicators/{indicator}")


def of_region(dataset: xr.Dataset, region: str | None) -> xr.Dataset:
    """An indicator in one region, by default its first; that of stations at one of them, by default all."""
    if "station" in dataset.dims:
        return dataset if region is None else of_station(dataset, region)
    there = [str(r) for r in dataset["region"].values]
    if region is not None and region not in there:
        raise ValueError(f"{dataset.attrs['indicator']} has no region {region!r}; it has: {', '.join(there)}")
    return dataset.sel(region=region or there[0])


def series_of(one: xr.Dataset, version: str, truth: Array | None = None, format: str = "png") -> bytes:
    """Series of an indicator in one region, with its band, its trend and the truth where it is known."""
    series = Series(
        one["month"].values,
        one["monthly_value"].values,
        one["year"].values,
        one["yearly_value"].values,
        one["yearly_standard_error"].values,
    )
    return series_figure(
        caption_of(one, version), one.attrs["units"], series, trend=slope_of(one), truth=truth, format=format
    )


def trend_map_of(reading: Reading, one: xr.Dataset, version: str, format: str = "png") -> bytes:
    """Map of the trends in the boxes of a region."""
    indicator = load(Indicator, one.attrs["indicator"])
    region = str(one["region"].values)
    mapped = trend_map(reading, indicator, region)
    footer = (
        f"Version {version or 'not released'}. Trends over {mapped.attrs['period']} of anomalies to the "
        f"climatology. {sentence(mapped.attrs['boxes_title'])} Convention: {mapped.attrs['convention']}.",
        f"Method: {mapped.attrs['trend_method']}. Significance: {mapped.attrs['significance']}.",
    )
    title = f"Trend of {lowered(one.attrs['title'])}"
    caption = Caption(title, region_title(region), footer, "no box has values of enough years")
    lat, lon, trend = (mapped[k].values for k in ("latitude", "longitude", "trend"))
    significant = mapped["significant"].values if np.isfinite(trend).any() else None
    return trend_map_figure(caption, mapped["trend"].attrs["units"], lat, lon, trend, significant,
                            frame=frame_of(region, lat, lon, trend), format=format)  # fmt: skip


def section_of(one: xr.Dataset, version: str, format: str = "png") -> bytes:
    """Trends by depth and latitude of a section in one region, dots where they do not stand for the whole."""
    one = one.isel(latitude=(one["sea_area"] > 0).any("depth").values).transpose("depth", "latitude", ...)
    depth, lat, trend, low = (one[k].values for k in ("depth", "latitude", "trend", "trend_low"))
    known = np.isfinite(trend)
    significant = one["significant"].values.astype(bool) if known.any() else None
    caption, units = caption_of(one, version), one["trend"].attrs["units"]
    if n := int((known & ~np.isfinite(low)).sum()):
        bare = f"{n} of {int(known.sum())} trends have too few independent years for an interval."
        caption = caption._replace(footer=(*caption.footer, bare))
    return section_figure(caption, units, depth, lat, trend, significant, format=format)


def hovmoeller_of(one: xr.Dataset, version: str, format: str = "png") -> bytes:
    """Monthly values of an indicator with depths in one region by depth and time."""
    field = one["monthly_value"].transpose("depth", "month")
    time, units = fractional_years(one["month"].values), field.attrs["units"]
    return hovmoeller_figure(
        caption_of(one, version), units, one["depth"].values, time, field.values, format=format
    )


def depth_trend_of(one: xr.Dataset, version: str, format: str = "png") -> bytes:
    """Trend of an indicator with depths in one region at each depth, with its interval."""
    units = one["trend"].attrs["units"]
    trend, low, high = (one[k].values for k in ("trend", "trend_low", "trend_high"))
    caption = caption_of(one, version)
    if "monthly_value" in one:
        caption = caption._replace(title=f"Trend of {lowered(caption.title)}")
    significant = one["significant"].values.astype(bool) if "significant" in one else None
    depth = one["depth"].values
    return depth_trend_figure(caption, units, depth, trend, low, high, significant, format=format)


def budget_of(one: xr.Dataset, version: str, format: str = "png") -> bytes:
    """Parts of the variance of an indicator in one region: of its months, its years and its trend."""
    if "part" not in one.dims:
        name = one.attrs["indicator"]
        raise ValueError(f"{name} has no budget: the campaign of this version declares no ensemble")
    rows = {
        "monthly mean": one["monthly_error_part"].transpose("part", ...).values,
        "yearly mean": one["yearly_error_part"].transpose("part", ...).values,
        "trend": one["trend_error_part"].values[:, None],
    }
    variance = np.array([_mean_square(errors) for errors in rows.values()])
    variance[-1] *= 10**2  # what the trend's error makes in ten years, in the unit of the values
    items = [*list(rows)[:-1], "trend, in ten years"]
    factors = [str(p).replace("_", " ") for p in one["part"].values]
    caption = caption_of(one, version)
    caption = caption._replace(title=f"Error budget of {lowered(caption.title)}")
    return budget_figure(caption, one.attrs["units"], items, factors, variance, variance.sum(axis=1),
                         format=format)  # fmt: skip


def _mean_square(errors: Array) -> Array:
    """Mean variance of each part over the times at which all parts are known: (part,)."""
    whole = np.isfinite(errors).all(axis=0)
    return np.mean(errors[:, whole] ** 2, axis=1) if whole.any() else np.full(len(errors), np.nan)


def frame_of(name: str, latitude: Array, longitude: Array, values: Array) -> Frame | None:
    """What a map of a region shows: the region and a margin; None for the globe."""
    region = region_of(name)
    if region is None:
        return None
    if region.polygon is not None:
        lon, lat = np.array(region.polygon).T
        west, east, south, north = (float(v) for v in (lon.min(), lon.max(), lat.min(), lat.max()))
    else:
        (south, north), (west, east) = region.latitude or (-90, 90), region.longitude or (-180, 180)
    east += 360 if east <= west else 0
    if east - west >= GLOBE:
        return None
    margin = 0.06 * max(east - west, north - south) + 1
    return Frame(west - margin, east + margin, max(south - margin, -90), min(north + margin, 90))
