"""The steps that make the indicators of stations: each year from its trajectories, then all years."""

from collections.abc import Sequence

import numpy as np
from zarr.abc.store import Store

from catalogs.schema import load, variables
from catalogs.station import StationIndicator
from flows import stations
from flows.collection import Reading, fingerprint
from flows.groups import write_dataset
from flows.steps import Job, checked_partitions
from flows.work import Item, Outcome, Step
from kernels.compiled import Array
from kernels.registry import source_digest

MODULES = (
    "kernels.indicators.heatwave",
    "kernels.indicators.percentiles",
    "kernels.indicators.theil_sen",
    "kernels.ragged",
    "kernels.vertical",
    "flows.selection",
    "flows.station_steps",
    "flows.stations",
)
"""Modules whose source decides on an indicator of stations."""
PLACES = ("PLATFORM_CODE", "PLATFORM_TYPE", "DATA_MODE", "row_size", "TIME", "LATITUDE", "LONGITUDE")
FLAGS = ("TIME_QC", "POSITION_QC", "TIME_SOURCE_QC", "POSITION_SOURCE_QC")
ENDINGS = ("", "_QC", "_SOURCE_QC", "_ADJUSTED", "_ADJUSTED_QC", "_QC_FAILED")


def stations_of(job: Job) -> tuple[StationIndicator, ...]:
    """The station indicators of a campaign; ``ValueError`` names one that cannot be made."""
    entries = tuple(load(StationIndicator, name) for name in job.campaign.stations)
    taken = {i.name for i in job.indicators} | set(job.campaign.sections)
    for entry in entries:
        if entry.variable not in variables():
            raise ValueError(f"station indicator {entry.name}: there is no variable {entry.variable!r}")
        if entry.name in taken:
            raise ValueError(
                f"station indicator {entry.name}: the campaign has another indicator of that name"
            )
    return entries


def station_years_step(job: Job, reading: Reading) -> Step:
    """What each station indicator needs of each year, from the checked trajectories."""
    entries = stations_of(job)
    code = fingerprint(entries, job.selection, source_digest(*MODULES))
    items = [
        Item(
            str(year),
            fingerprint(partitions, code),
            (tuple(partitions), entries, job.selection, year),
            tuple(_path(entry.name, year) for entry in entries),
        )
        for year, partitions in (checked_partitions(job, reading, "trajectories").items() if entries else ())
    ]
    return Step("station_years", station_years_item, items)


def _path(indicator: str, year: int | str) -> str:
    return f"stations/{indicator}/{year}"


def station_years_item(reading: Reading, target: Store, item: Item) -> Outcome:
    paths, entries, selection, year = item.argument
    hours: dict[str, list[stations.Hours]] = {entry.name: [] for entry in entries}
    for path in paths:
        partition = reading.dataset(path, _needed(entries))
        for entry in entries:
            hours[entry.name].append(stations.hours_of(partition, entry, selection))
    digests = {}
    for entry in entries:
        path = _path(entry.name, year)
        digests[path] = write_dataset(target, path, stations.station_year(hours[entry.name], entry, year))
    return {"wrote": list(digests), "digest": digests}


def _needed(entries: tuple[StationIndicator, ...]) -> list[str]:
    """Variables of a partition that any of the indicators may need."""
    values = ("PRES", "DEPH", *(entry.variable for entry in entries))
    return [*PLACES, *FLAGS, *dict.fromkeys(f"{v}{e}" for v in values for e in ENDINGS)]


def stations_step(job: Job, reading: Reading) -> Step:
    """The station indicators, each a group of ``indicators`` of its own name."""
    done = reading.ledger("station_years")
    years = sorted(done)
    period = job.campaign.reference_period
    items = [
        Item(
            entry.name,
            fingerprint(
                [
                    (y, done[y]["digest"][_path(entry.name, y)])
                    for y in years
                    if _path(entry.name, y) in done[y]["digest"]
                ],
                entry,
                period,
                source_digest(*MODULES),
            ),
            (tuple(y for y in years if _path(entry.name, y) in done[y]["digest"]), entry, period),
            (f"indicators/{entry.name}",),
        )
        for entry in (stations_of(job) if done else ())
    ]
    return Step("stations", stations_item, items)


def stations_item(reading: Reading, target: Store, item: Item) -> Outcome:
    years, entry, period = item.argument
    of_year = {int(y): reading.dataset(_path(entry.name, y)) for y in years}
    path = f"indicators/{entry.name}"
    made = stations.station_dataset(of_year, entry, period)
    about = {"minimum_completeness": entry.minimum_completeness, "minimum_years": entry.minimum_years}
    return {"wrote": [path], "digest": write_dataset(target, path, made.assign_attrs(about))}


def daily_series(reading: Reading, indicator: str, codes: Sequence[str]) -> tuple[Array, Array]:
    """Daily means of stations behind an indicator of heat waves.

    Returns
    -------
    day, value : (n_day,) datetime64[D], from 1 January of the first year with trajectories to the end of the
        last one, and (station, n_day) the mean of the day's hours, NaN where there is none.
    """
    years = [int(y) for y in reading.groups(f"stations/{indicator}")]
    if not years:
        raise ValueError(f"this version has no daily series for {indicator}")
    first = np.datetime64(f"{min(years):04d}-01-01")
    day = np.arange(first, np.datetime64(f"{max(years) + 1:04d}-01-01"))
    of_year = day.astype("M8[Y]").astype(np.int64) + 1970
    value = np.full((len(codes), day.size), np.nan)
    for year in years:
        one = reading.dataset(_path(indicator, year), ("station", "daily"))
        inside = np.flatnonzero(of_year == year)
        for k, code in enumerate(codes):
            at = np.flatnonzero(one["station"].values == code)
            if at.size:
                value[k, inside] = one["daily"].values[at[0], : inside.size]
    return day, value
