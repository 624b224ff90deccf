"""Which numbers of an indicator of stations go into which figure, and what is printed with them."""

from typing import Literal, get_args

import numpy as np
import xarray as xr

from flows.collection import Reading
from flows.figures.stations import (
    Daily,
    Waves,
    Years,
    heat_wave_figure,
    percentile_figure,
    stations_figure,
)
from flows.figures.style import Caption
from flows.station_steps import daily_series
from flows.stations import of_station
from kernels.compiled import Array
from kernels.indicators.heatwave import day_of_leap_year

StationKind = Literal["station", "stations"]
STATION_KINDS: tuple[str, ...] = get_args(StationKind)
MOST = 60
"""Stations that one figure holds; those with most years that count come first."""
REASONS = 3
"""Reasons that a figure without a value prints."""
MARGIN = np.timedelta64(150, "D")
"""Days before and after the middle of the largest heat wave that its figure shows."""


def station_figure_of(
    reading: Reading,
    indicator: xr.Dataset,
    version: str,
    kind: str,
    station: str | None = None,
    year: int | None = None,
    format: str = "png",
) -> bytes:
    """A figure of an indicator of stations.

    Parameters
    ----------
    kind : ``station``: one of them, by default that with most years that count; ``stations``: all by year.
    year : of which a figure of heat waves shows the days; by default those around the largest one.

    Raises
    ------
    ValueError
        names the kind, station or year that the indicator cannot serve, and what it has.
    """
    if kind not in STATION_KINDS:
        name = indicator.attrs["indicator"]
        raise ValueError(f"{name} is of stations, so no {kind}; try --kind station or --kind stations")
    if kind == "stations":
        return _all_of(indicator, version, format)
    if not indicator.sizes["station"]:
        raise ValueError(f"{indicator.attrs['indicator']} has no station")
    one = of_station(indicator, station or by_years(indicator)[0])
    if "event_station" in one:
        return _heat_waves_of(reading, one, version, year, format)
    if year is not None:
        raise ValueError(f"{one.attrs['indicator']} is by year: it has no days of {year} to show")
    return _percentiles_of(one, version, format)


def by_years(indicator: xr.Dataset) -> list[str]:
    """Codes of the stations, those with most years that count first."""
    counts = np.isfinite(_yearly(indicator).values).sum(axis=1)
    return [str(c) for c in indicator["station"].values[np.argsort(-counts, kind="stable")]]


def _yearly(indicator: xr.Dataset) -> xr.DataArray:
    """What is shown of each year: anomalies of percentiles, days in heat waves."""
    name = "yearly_anomaly" if "yearly_anomaly" in indicator else "yearly_days"
    return indicator[name].transpose("station", "year")


def _percentiles_of(one: xr.Dataset, version: str, format: str) -> bytes:
    first, last = (int(y) for y in str(one.attrs["reference_period"]).split("-"))
    caption = caption_of_station(one, version)
    one = one.isel(year=_from_first_to_last(one["yearly_completeness"].values > 0))
    years = Years(
        one["year"].values,
        one["yearly_value"].values,
        one["yearly_completeness"].values,
        float(one.attrs.get("minimum_completeness", np.nan)),
        float(one["mean"]),
        float(one["std"]),
        (first, last),
    )
    return percentile_figure(caption, _variable(one), one.attrs["units"], years, format=format)


def _heat_waves_of(reading: Reading, one: xr.Dataset, version: str, year: int | None, format: str) -> bytes:
    day, values = daily_series(reading, str(one.attrs["indicator"]), [str(one["station"].values)])
    known = _from_first_to_last(np.isfinite(values[0]))
    day, value = day[known], values[0, known]
    place = day_of_leap_year((day - np.datetime64("1950-01-01")).astype(np.int64))
    normal, high = (one[k].values[place] for k in ("climatology", "threshold"))
    first, last, peak = (one[f"event_{k}"].values.astype("M8[D]") for k in ("first", "last", "peak"))
    intensity, category = one["event_intensity_max"].values, one["event_category"].values
    waves = Waves(first, last, peak, intensity, category)
    shown = _shown(day, waves, one["event_intensity_cumulative"].values, year)
    daily = Daily(day, value, normal, high)
    caption = caption_of_station(one, version)
    if np.isfinite(high).any():
        said = "Above: every heat wave, grey where a month has no value. Below: the days of the part in blue."
        caption = caption._replace(footer=(*caption.footer, said))
    return heat_wave_figure(caption, _variable(one), one.attrs["units"], daily, waves, shown, format=format)


def _from_first_to_last(known: Array) -> slice:
    """From the first to the last that is known; everything where none is."""
    at = np.flatnonzero(known)
    return slice(at[0], at[-1] + 1) if at.size else slice(None)


def _shown(
    day: Array, waves: Waves, cumulative: Array, year: int | None
) -> tuple[np.datetime64, np.datetime64]:
    """Days of a figure: those of a year, or those around the heat wave with the largest sum of intensity."""
    first, last = day[0], day[-1]
    if year is not None:
        start, stop = (np.datetime64(f"{y:04d}-01-01", "D") for y in (year, year + 1))
        if not first <= start <= last:
            raise ValueError(f"there is no day of {year}; the series goes from {first} to {last}")
        return start, stop - np.timedelta64(1, "D")
    if not cumulative.size:
        return max(first, last - 2 * MARGIN), last
    k = int(cumulative.argmax())
    middle = waves.first[k] + (waves.last[k] - waves.first[k]) // 2
    return max(first, middle - MARGIN), min(last, middle + MARGIN)


def _all_of(indicator: xr.Dataset, version: str, format: str) -> bytes:
    """All stations, or those with most years, from north to south."""
    chosen = indicator.sel(station=by_years(indicator)[:MOST])
    chosen = chosen.isel(station=np.argsort(-chosen["latitude"].values, kind="stable"))
    n, shown = indicator.sizes["station"], _yearly(chosen)
    names = [str(code) for code in chosen["station"].values]
    heat = shown.name == "yearly_days"
    some = f"{len(names)} of {n} stations, those with most years"
    caption = Caption(
        indicator.attrs["title"],
        some if n > MOST else f"{n} stations" if n != 1 else "1 station",
        _footer(
            indicator, version, "Grey: no value; the number says on how many of the days there are good ones."
        ),
        "; ".join(str(s) for s in np.unique(indicator["note"].values) if s)[:300],
    )
    return stations_figure(caption, "days in heat waves" if heat else "anomaly", shown.attrs["units"], names,
                           chosen["year"].values, shown.values, chosen["yearly_completeness"].values,
                           diverging=not heat, format=format)  # fmt: skip


def _variable(one: xr.Dataset) -> str:
    known = {"TEMP": "temperature", "PSAL": "salinity"}
    return known.get(str(one.attrs["variable"]), str(one.attrs["variable"]))


def caption_of_station(one: xr.Dataset, version: str) -> Caption:
    """Words of a figure of one station: every convention that its numbers depend on."""
    code, kind = str(one["station"].values), str(one["platform_type"].values)
    lat, lon = float(one["latitude"]), float(one["longitude"])
    place = f"{abs(lat):.2f}°{'N' if lat >= 0 else 'S'}, {abs(lon):.2f}°{'E' if lon >= 0 else 'W'}"
    where = place if np.isfinite(lat) else "position not known"
    note = str(one["note"].values)
    of_years = [str(s) for s in np.unique(one["yearly_note"].values) if s]
    missing = "; ".join([*([note] if note else []), *of_years][:REASONS])
    said = f"No statistics of the reference: {note}." if note else ""
    subtitle = f"Station {code} ({kind}), {where}"
    return Caption(one.attrs["title"], subtitle, _footer(one, version, said), missing)


def _footer(one: xr.Dataset, version: str, more: str) -> tuple[str, ...]:
    about = one.attrs
    lines = (
        f"Version {version or 'not released'}. Reference {about['reference_period']} ({about['baseline']}).",
        f"Convention: {about['convention']}.",
        f"Method: {about['method']}.",
        f"Completeness: {about['completeness']}.",
        more,
    )
    return tuple(line for line in lines if line)
