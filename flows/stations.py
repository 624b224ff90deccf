"""Indicators of single stations from trajectories: yearly percentiles and marine heat waves.

``hours_of`` reduces a partition to hourly means of each station, ``station_year`` those of a year to what an
indicator needs of them, ``station_dataset`` puts the years together. A station is a platform code of a type
that stays in place.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from catalogs.schema import Selection
from catalogs.station import StationIndicator
from flows.selection import select
from kernels.compiled import Array
from kernels.indicators.heatwave import CATEGORIES, by_year, day_of_leap_year, events, season
from kernels.indicators.percentiles import (
    EMPTY,
    ENOUGH,
    THIN_MONTH,
    TOO_FEW_DAYS,
    against_reference,
    completeness,
    group_percentiles,
    slot_means,
)
from kernels.ragged import row_of_obs, row_start_of

EPOCH = np.datetime64("1950-01-01")
LONGEST = 366
TICK = 1e-3
"""Hours: times within so much below a full hour, as rounding makes them, belong to it."""


class Hours(NamedTuple):
    """Hourly means of stations: ``station`` (n,) is an index of ``code``, ``hour`` counts from 1950; what
    follows ``mean`` is by station."""

    station: Array
    hour: Array
    mean: Array
    code: Array
    kind: Array
    latitude: Array
    longitude: Array


def hours_of(partition: xr.Dataset, entry: StationIndicator, selection: Selection) -> Hours:
    """Hourly means of the usable values of a partition of ``trajectories``, at the stations that it holds.

    A station without any is there too, without a position: its depths may be unknown, or its flags bad.
    """
    row = row_of_obs(row_start_of(np.asarray(partition["row_size"].values)))
    code, kind = partition["PLATFORM_CODE"].values, partition["PLATFORM_TYPE"].values
    stays = np.isin(kind, entry.platform_types) & (code != "")
    value, depth = select(partition, entry.variable, selection)
    top, bottom = entry.layer
    use = np.flatnonzero(stays[row] & np.isfinite(value) & (depth >= top) & (depth <= bottom))
    codes, of_code = np.unique(code[stays], return_index=True)
    of_row = np.searchsorted(codes, code[row[use]])
    time, lat, lon = (partition[k].values[use].astype(np.float64) for k in ("TIME", "LATITUDE", "LONGITUDE"))
    hour = np.floor(24 * time + TICK).astype(np.int64)
    least = int(hour.min(initial=0))
    span = int(hour.max(initial=0)) - least + 1
    key, mean, _ = slot_means(of_row * span + hour - least, value[use])
    n = np.bincount(of_row, minlength=codes.size)
    n = np.where(n > 0, n, np.nan)
    about = np.zeros(codes.size)
    about[of_row] = lon
    east = np.bincount(of_row, (lon - about[of_row] + 180) % 360 - 180, codes.size) / n
    latitude, longitude = np.bincount(of_row, lat, codes.size) / n, about + east
    kinds = kind[stays][of_code]
    return Hours(key // span, key % span + least, mean, codes, kinds, latitude, (longitude + 180) % 360 - 180)


def station_year(hours: Iterable[Hours], entry: StationIndicator, year: int) -> xr.Dataset:
    """What an indicator needs of a year, from the hourly means of its partitions.

    Returns
    -------
    year : (station) ``days`` (station, 12) with a good value in each month, ``latitude``, ``longitude``,
        ``platform_type``, and ``percentile`` (station) of the hourly means or ``daily`` (station, 366) means
        of the hours of each day, NaN where there are none.
    """
    months = list(hours)
    code = np.unique(np.concatenate([m.code for m in months] or [np.empty(0, "U1")]))
    first = _day(year)
    n_day = _day(year + 1) - first
    station = _joined([np.searchsorted(code, m.code)[m.station] for m in months], np.int64)
    hour, mean = _joined([m.hour for m in months], np.int64) - 24 * first, _joined([m.mean for m in months])
    inside = (hour >= 0) & (hour < 24 * n_day)
    key, mean, _ = slot_means((station * 24 * LONGEST + hour)[inside], mean[inside])
    station, hour = key // (24 * LONGEST), key % (24 * LONGEST)
    of_day, daily, _ = slot_means(station * LONGEST + hour // 24, mean)
    by_day = np.full((code.size, LONGEST), np.nan)
    by_day[of_day // LONGEST, of_day % LONGEST] = daily
    starts = np.array([_day(year, m) - first for m in range(1, 13)])
    good = np.add.reduceat(np.isfinite(by_day).astype(np.int16), starts, axis=1)
    out: dict[str, Any] = {"days": (("station", "month"), good)}
    for name in ("latitude", "longitude"):
        out[name] = ("station", _mean_place(months, code, name))
    out["platform_type"] = ("station", _kinds(months, code))
    if entry.quantity == "percentile":
        start = np.searchsorted(station, np.arange(code.size + 1))
        out["percentile"] = ("station", group_percentiles(start, mean, entry.percentile))
    else:
        out["daily"] = (("station", "day"), by_day)
    return xr.Dataset(out, {"station": code}, {"year": year})


def _day(year: int, month: int = 1) -> int:
    return int((np.datetime64(f"{year:04d}-{month:02d}-01") - EPOCH).astype(int))


def _joined(parts: list[Array], dtype: Any = np.float64) -> Array:
    return np.concatenate([*parts, np.empty(0, dtype)])


def _mean_place(months: list[Hours], code: Array, name: str) -> Array:
    """Mean over the months of a station's positions; longitudes about that of its first month."""
    about, total, n = np.full(code.size, np.nan), np.zeros(code.size), np.zeros(code.size)
    for m in months:
        at, place = np.searchsorted(code, m.code), getattr(m, name)
        about[at] = np.where(np.isnan(about[at]), place, about[at])
        away = place - about[at]
        away = (away + 180) % 360 - 180 if name == "longitude" else away
        total[at] += np.nan_to_num(away)
        n[at] += np.isfinite(place)
    mean = about + total / np.maximum(n, 1)
    return np.asarray((mean + 180) % 360 - 180 if name == "longitude" else mean)


def _kinds(months: list[Hours], code: Array) -> Array:
    kinds = np.full(code.size, "", "U8")
    for m in months:
        kinds[np.searchsorted(code, m.code)] = m.kind
    return kinds


def station_dataset(
    years: Mapping[int, xr.Dataset],
    entry: StationIndicator,
    reference_period: tuple[int, int],
    version: str = "",
) -> xr.Dataset:
    """An indicator of all stations, from what ``station_year`` makes of each year.

    Returns
    -------
    indicator : (station, year) and (station); NaN with a note where a year or a station does not count. Heat
        waves also as a list of events along ``event``, and climatology and threshold by day of a leap year.
    """
    if not years:
        raise ValueError(f"{entry.name}: there is no year with trajectories")
    year = np.arange(min(years), max(years) + 1)
    code = np.unique(np.concatenate([y["station"].values for y in years.values()]))
    table = {k: _table(years, year, code, k) for k in ("latitude", "longitude", "days")}
    part, verdict = completeness(
        np.nan_to_num(table["days"]), _month_lengths(year)[None], entry.minimum_completeness,
        entry.minimum_month_completeness,
    )  # fmt: skip
    place, drift = _places(table["latitude"], table["longitude"])
    stays = ~(drift > entry.maximum_drift)
    counts = (verdict == ENOUGH) & stays[:, None]
    period = entry.reference_period or reference_period
    reference = (year >= period[0]) & (year <= period[1])
    n_years = (counts & reference).sum(axis=1)
    enough = n_years >= entry.minimum_years
    make = _percentiles if entry.quantity == "percentile" else _heat_waves
    out = make(years, entry, year, code, counts, reference, stays & enough)
    out |= {
        "yearly_completeness": (
            ("station", "year"),
            part,
            {"long_name": "Part of the days with a good value"},
        ),
        "yearly_note": (("station", "year"), _year_notes(verdict, part, entry, stays)),
        "n_years": ("station", n_years, {"long_name": "Years of the reference period that count"}),
        "note": ("station", _station_notes(n_years, entry, period, drift)),
        "platform_type": ("station", _latest_kind(years, code)),
    }
    coordinates: dict[str, Any] = {"station": code, "year": year}
    for name, values, units in zip(("latitude", "longitude"), place, ("north", "east"), strict=True):
        coordinates[name] = ("station", values, {"standard_name": name, "units": f"degrees_{units}"})
    return xr.Dataset(out, coordinates, _about(entry, period, version))


def _table(years: Mapping[int, xr.Dataset], year: Array, code: Array, name: str) -> Array:
    """A variable of all years and stations: (station, year, ...), NaN where a station has nothing."""
    shape = next(iter(years.values()))[name].shape[1:]
    out = np.full((code.size, year.size, *shape), np.nan)
    for y, one in years.items():
        out[np.searchsorted(code, one["station"].values), y - year[0]] = one[name].values
    return out


def _latest_kind(years: Mapping[int, xr.Dataset], code: Array) -> Array:
    kinds = np.full(code.size, "", "U8")
    for _, one in sorted(years.items()):
        kinds[np.searchsorted(code, one["station"].values)] = one["platform_type"].values
    return kinds


def _month_lengths(year: Array) -> Array:
    """Days of each month: (year, 12)."""
    starts = [[_day(y, m) for m in range(1, 13)] + [_day(y + 1)] for y in year.tolist()]
    return np.diff(np.array(starts), axis=1)


def _places(latitude: Array, longitude: Array) -> tuple[tuple[Array, Array], Array]:
    """Mean position of each station and how far its yearly positions lie apart, in degrees of latitude."""
    known = np.isfinite(latitude)
    first = np.argmax(known, axis=1)[:, None]
    about = np.take_along_axis(longitude, first, axis=1)
    east = (longitude - about + 180) % 360 - 180
    n = np.where(known.any(axis=1), known.sum(axis=1), np.nan)
    lat = np.where(known, latitude, 0).sum(axis=1) / n
    lon = (about[:, 0] + np.where(known, east, 0).sum(axis=1) / n + 180) % 360 - 180
    ends = [np.where(known, a, 0.0 * about + b) for a in (latitude, east) for b in (np.inf, -np.inf)]
    south, north = ends[0].min(axis=1), ends[1].max(axis=1)
    width = (ends[3].max(axis=1) - ends[2].min(axis=1)) * np.cos(np.radians(lat))
    return (lat, lon), np.maximum(north - south, width)


def _percentiles(
    years: Mapping[int, xr.Dataset],
    entry: StationIndicator,
    year: Array,
    code: Array,
    counts: Array,
    reference: Array,
    usable: Array,
) -> dict[str, Any]:
    value = np.where(counts, _table(years, year, code, "percentile"), np.nan)
    found = against_reference(value, reference, entry.minimum_years)
    what = f"{entry.percentile:g} % percentile of the year"
    units = {"units": entry.units}
    yearly = ("station", "year")
    return {
        "yearly_value": (yearly, value, units | {"long_name": what}),
        "yearly_anomaly": (yearly, found.anomaly, units | {"long_name": f"Anomaly of the {what}"}),
        "mean": ("station", found.mean, units | {"long_name": f"Mean {what} over the reference years"}),
        "std": ("station", found.std, units | {"long_name": "Standard deviation over the reference years"}),
        "anomaly": ("station", found.anomaly[:, -1], units | {"long_name": f"Anomaly of {year[-1]}"}),
    }


def _heat_waves(
    years: Mapping[int, xr.Dataset],
    entry: StationIndicator,
    year: Array,
    code: Array,
    counts: Array,
    reference: Array,
    usable: Array,
) -> dict[str, Any]:
    day = np.arange(_day(int(year[0])), _day(int(year[-1]) + 1))
    place, of_year = day_of_leap_year(day), np.repeat(np.arange(year.size), _month_lengths(year).sum(axis=1))
    yearly = {
        k: np.full(counts.shape, np.nan)
        for k in ("n_events", "days", "intensity_max", "intensity_cumulative")
    }
    seasons = np.full((2, code.size, LONGEST), np.nan)
    listed: list[dict[str, Array]] = []
    for s in np.flatnonzero(usable):
        value = _daily(years, year, str(code[s]), day)
        made = season(
            value, place, reference[of_year], entry.percentile, entry.window_days, entry.smoothing_days
        )
        seasons[:, s] = made
        normal, high = made.climatology[place], made.threshold[place]
        found = events(value, normal, high, entry.minimum_days, entry.maximum_gap)
        for name, values in by_year(found, value, normal, of_year, year.size)._asdict().items():
            yearly[name][s] = np.where(counts[s], values, np.nan)
        listed.append(
            {"station": np.full(found.first.size, s)} | found._asdict() | {"duration": found.duration}
        )
    units = {"n_events": "1", "days": "day", "intensity_cumulative": f"{entry.units} day"}
    out = {
        f"yearly_{k}": (("station", "year"), v, {"units": units.get(k, entry.units), "long_name": _YEARLY[k]})
        for k, v in yearly.items()
    }
    names = "Climatology", "Threshold"
    for name, values in zip(names, seasons, strict=True):
        about = {"units": entry.units, "long_name": f"{name} by day of a leap year, from 1 January"}
        out[name.lower()] = (("station", "day_of_year"), values, about)
    return out | _event_list(listed, code, day, entry)


_YEARLY = {
    "n_events": "Heat waves that began in the year",
    "days": "Days of the year within a heat wave",
    "intensity_max": "Largest intensity within a heat wave of the year, 0 without one",
    "intensity_cumulative": "Sum of the intensity over the days within heat waves",
}


def _daily(years: Mapping[int, xr.Dataset], year: Array, code: str, day: Array) -> Array:
    """Series of a station over all years: (n_day,)."""
    out = np.full(day.size, np.nan)
    for y, one in years.items():
        at = np.flatnonzero(one["station"].values == code)
        if at.size:
            first, n = _day(y) - int(day[0]), _day(y + 1) - _day(y)
            out[first : first + n] = one["daily"].values[at[0], :n]
    return out


def _event_list(
    listed: list[dict[str, Array]], code: Array, day: Array, entry: StationIndicator
) -> dict[str, Any]:
    def column(name: str, dtype: Any = np.float64) -> Array:
        return np.concatenate([*(one[name] for one in listed), np.empty(0, dtype)]).astype(dtype)

    out: dict[str, Any] = {"event_station": ("event", code[column("station", np.int64)].astype("U16"))}
    for name in ("first", "last", "peak"):
        date = EPOCH + day[column(name, np.int64)].astype("m8[D]")
        out[f"event_{name}"] = ("event", date.astype("M8[ns]"), {"long_name": f"{name.capitalize()} day"})
    for name, units in (("max", ""), ("mean", ""), ("cumulative", " day")):
        about = {
            "units": entry.units + units,
            "long_name": f"{name.capitalize()} intensity above the climatology",
        }
        out[f"event_intensity_{name}"] = ("event", column(f"intensity_{name}"), about)
    flags: dict[str, Any] = {"flag_values": list(range(5)), "flag_meanings": " ".join(CATEGORIES)}
    out["event_category"] = ("event", column("category", np.int64).astype(np.int8), flags)
    for name in ("duration", "n_missing"):
        out[f"event_{name}"] = ("event", column(name, np.int64), {"units": "day"})
    return out


def _year_notes(verdict: Array, part: Array, entry: StationIndicator, stays: Array) -> Array:
    days = f" of the days, less than {entry.minimum_completeness:.0%}"
    few = np.char.add(np.char.mod("%.0f %%", 100 * part), days)
    least = entry.minimum_month_completeness
    said = np.select(
        [verdict == EMPTY, verdict == TOO_FEW_DAYS, verdict == THIN_MONTH],
        [
            f"no good value whose depth is known as {entry.layer[0]:g}-{entry.layer[1]:g} m",
            few,
            f"a month has good values on less than {least:.0%} of its days",
        ],
        "",
    )
    return np.where((said == "") & ~stays[:, None], "the station moved", said)


def _station_notes(n_years: Array, entry: StationIndicator, period: tuple[int, int], drift: Array) -> Array:
    few = f" years of {period[0]}-{period[1]} count, fewer than {entry.minimum_years}"
    said = np.where(n_years < entry.minimum_years, np.char.add(n_years.astype("U4"), few), "")
    moved = np.char.add("its yearly positions lie ", np.char.mod("%.2f degrees apart", drift))
    return np.where(drift > entry.maximum_drift, moved, said)


def _about(entry: StationIndicator, period: tuple[int, int], version: str) -> dict[str, Any]:
    """Every convention that the numbers depend on."""
    about: dict[str, Any] = {
        "indicator": entry.name,
        "title": entry.title,
        "quantity": entry.quantity,
        "variable": entry.variable,
        "units": entry.units,
        "layer": f"{entry.layer[0]:g}-{entry.layer[1]:g} m",
        "convention": entry.convention,
        "reference": entry.reference,
        "reference_period": f"{period[0]}-{period[1]}",
        "baseline": "years of the reference period that count, of each station",
        "area": f"stations: platforms of types {', '.join(entry.platform_types)} that stay within "
        f"{entry.maximum_drift:g} degrees",
        "completeness": f"a year counts with good values on {entry.minimum_completeness:.0%} of its days and "
        f"on {entry.minimum_month_completeness:.0%} of those of every month; a station with "
        f"{entry.minimum_years} such years in the reference period",
        "method": f"{entry.percentile:g} % percentile of the hourly means of each year, linear between ranks",
        "version": version,
    }
    if entry.quantity == "marine_heat_waves":
        about["baseline"] = "all days of the reference period, of each station"
        about["method"] = (
            f"{entry.percentile:g} % percentile within {entry.window_days} days, smoothed over "
            f"{entry.smoothing_days}; {entry.minimum_days} days or more, {entry.maximum_gap} days between "
            "two events join them; 29 February is the mean of its neighbours; a day without a value ends one"
        )
    return about


def of_station(dataset: xr.Dataset, code: str) -> xr.Dataset:
    """An indicator at one station, with its own events alone."""
    there = [str(s) for s in dataset["station"].values]
    if code not in there:
        some = ", ".join(there[:20]) + (f" and {len(there) - 20} more" if len(there) > 20 else "")
        raise ValueError(f"{dataset.attrs['indicator']} has no station {code!r}; it has: {some or 'none'}")
    one = dataset.sel(station=code)
    return one.isel(event=one["event_station"].values == code) if "event_station" in one else one
