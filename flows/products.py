"""Tables, figures and files of a version: what a report or a catalogue takes as it is.

Under ``<store>/products/<version>``: ``tables/<indicator>.csv``, ``.parquet`` and ``.nc``,
``tables/trends.csv``, ``budget.csv``, ``subsampling.csv``, ``coverage.csv``, ``agreement.csv`` and
``remarks.csv``, ``figures/*.png``, and ``omi/*.nc`` in the layout of published ocean monitoring indicators.
Where a source knows the truth (the synthetic ocean does), series and trends stand beside it.
"""

import csv
import importlib
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import xarray as xr

from catalogs.schema import Indicator, Region, Source, load
from flows import agreement
from flows.collection import Reading
from flows.depth_series import own_name
from flows.figures.maps import coverage_figure
from flows.figures.profiles import profile_figure
from flows.location import join, write_bytes
from flows.methods import by_each_method, methods_of, on_common_terms
from flows.omi_files import RESOLUTIONS, depth_trend_file, map_file, series_file
from flows.omi_stations import station_file
from flows.origin import Origin
from flows.report import (
    budget_of,
    depth_trend_of,
    figure_of,
    hovmoeller_of,
    indicator_of,
    of_region,
    series_of,
    trend_map_of,
)
from flows.station_report import by_years
from flows.station_tables import event_table
from flows.tables import budget_rows, subsampling_rows, table, write_table
from flows.trend_maps import can_be_mapped, trend_map
from flows.work import Outcome
from kernels.compiled import Array
from kernels.flags import Flag
from kernels.ragged import row_start_of, take_rows

Row = Mapping[str, Any]
STATIONS_DRAWN = 12
"""Stations of each indicator that have a figure of their own among the products; any other is drawn by the
command."""


@dataclass(frozen=True)
class Truth:
    """What a source that knows the truth says of an indicator in a region."""

    source: Source

    @classmethod
    def of(cls, sources: Iterable[Source]) -> "Truth | None":
        """The truth, if the only source knows it."""
        known = list(sources)
        reader = importlib.import_module(f"flows.readers.{known[0].reader}") if len(known) == 1 else None
        return cls(known[0]) if hasattr(reader, "truth") else None

    def series(self, indicator: Indicator, region: Region, months: Array, period: tuple[int, int]) -> Array:
        """True monthly anomaly, relative to the mean of the period."""
        reader = importlib.import_module(f"flows.readers.{self.source.reader}")
        where = (region.latitude, region.longitude)
        truth: Array = reader.truth(indicator, months.astype("datetime64[M]"), period, *where)
        return truth


def write_tables(
    reading: Reading,
    folder: str,
    version: str,
    indicators: Sequence[Indicator],
    quality: Mapping[str, Outcome],
    remarks: Iterable[tuple[str, str, str, str]],
) -> None:
    """Every table of a version."""
    for own in dict.fromkeys(own_name(i.name) for i in indicators):
        rows = table(indicator_of(reading, own), version)
        for form, ending in (("csv", "csv"), ("parquet", "parquet"), ("netcdf", "nc")):
            write_bytes(join(folder, "tables", f"{own}.{ending}"), write_table(rows, form))
    datasets = [reading.dataset(f"indicators/{i.name}") for i in indicators]
    for name, rows_of in (("budget", budget_rows), ("subsampling", subsampling_rows)):
        write_csv(join(folder, "tables", f"{name}.csv"), [r for d in datasets for r in rows_of(d, version)])
    write_csv(join(folder, "tables", "coverage.csv"), coverage_rows(quality))
    write_csv(join(folder, "tables", "agreement.csv"), agreement_rows(quality))
    columns = ("kind", "file", "variable", "reason")
    write_csv(join(folder, "tables", "remarks.csv"), [dict(zip(columns, r, strict=True)) for r in remarks])


def write_analysis_series(reading: Reading, folder: str, version: str) -> None:
    """Regional means by the analyses, each analysis a file of all its indicators and regions."""
    of_analysis: dict[str, list[pa.Table]] = defaultdict(list)
    for name in sorted(reading.ledger("analysis_series")):
        analysis, _, indicator = name.partition("/")
        rows = table(reading.dataset(f"analysis/{analysis}/series/{indicator}"), version)
        of_analysis[analysis].append(rows)
    for analysis, tables in of_analysis.items():
        content = write_table(pa.concat_tables(tables), "csv")
        write_bytes(join(folder, "tables", f"{analysis}_series.csv"), content)


def write_sections_and_stations(reading: Reading, folder: str, version: str, names: Iterable[str]) -> None:
    """Tables of sections and stations, figures of sections in each region, of all stations and of those with
    most years, and the list of heat waves."""
    for name in names:
        dataset = reading.dataset(f"indicators/{name}")
        rows = table(dataset, version)
        for form, ending in (("csv", "csv"), ("parquet", "parquet"), ("netcdf", "nc")):
            write_bytes(join(folder, "tables", f"{name}.{ending}"), write_table(rows, form))
        if "event_station" in dataset:
            content = write_table(event_table(dataset), "csv")
            write_bytes(join(folder, "tables", f"{name}_events.csv"), content)
        if "station" in dataset.dims:
            _write_station_figures(reading, folder, version, name, by_years(dataset)[:STATIONS_DRAWN])
        kind = "section" if "latitude" in dataset.dims else "depth_trend"
        for region in dataset["region"].values if "region" in dataset.dims else ():
            figure = figure_of(reading, version, name, str(region), kind)
            write_bytes(join(folder, "figures", f"{name}_{region}_{kind}.png"), figure)


def _write_station_figures(
    reading: Reading, folder: str, version: str, name: str, codes: Sequence[str]
) -> None:
    figure = figure_of(reading, version, name, None, "stations")
    write_bytes(join(folder, "figures", f"{name}_stations.png"), figure)
    for code in codes:
        figure = figure_of(reading, version, name, code, "station")
        write_bytes(join(folder, "figures", f"{name}_{code}_station.png"), figure)


def trend_rows(
    reading: Reading,
    indicators: Sequence[Indicator],
    regions: Sequence[Region],
    truth: Truth | None,
) -> list[dict[str, Any]]:
    """Trend of each indicator in each region with its 95 % interval, beside the truth where it is known."""
    rows = []
    for indicator in indicators:
        series = reading.dataset(f"indicators/{indicator.name}")
        for region in regions:
            one = series.sel(region=region.name)
            row = {
                "indicator": indicator.name,
                "region": region.name,
                "units": f"{indicator.units} year-1",
                "trend": float(one["trend"]),
                "low": float(one["trend_low"]),
                "high": float(one["trend_high"]),
                "note": str(one["trend_note"].values),
            }
            rows.append(row | _true_trend(one, indicator, region, truth))
    return rows


def _true_trend(one: xr.Dataset, indicator: Indicator, region: Region, truth: Truth | None) -> dict[str, Any]:
    """Least-squares trend of the true yearly means over the years that have a value."""
    if truth is None:
        return {}
    yearly = (
        true_years(one, indicator, region, truth) if region.is_box else np.full(one.sizes["year"], np.nan)
    )
    known = np.isfinite(one["yearly_value"].values) & np.isfinite(yearly)
    if known.sum() < 2:
        return {"truth": float("nan"), "inside": ""}
    slope = float(np.polyfit(one["year"].values[known], yearly[known], 1)[0])
    inside = one["trend_low"] <= slope <= one["trend_high"]
    return {"truth": slope, "inside": "yes" if inside else "no" if np.isfinite(one["trend"]) else ""}


def year_rows(
    reading: Reading, indicator: Indicator, region: Region, truth: Truth | None
) -> list[dict[str, Any]]:
    """Yearly means of an indicator in a region with their standard error, beside the truth."""
    one = reading.dataset(f"indicators/{indicator.name}").sel(region=region.name)
    columns = {
        "year": one["year"].values,
        f"{indicator.name} ({indicator.units})": one["yearly_value"].values,
        "standard error": one["yearly_standard_error"].values,
        "profiles": one["yearly_n_profiles"].values,
        "sampled area": one["yearly_sampled_fraction"].values,
    }
    if truth is not None and region.is_box:
        columns["truth"] = true_years(one, indicator, region, truth)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def true_years(one: xr.Dataset, indicator: Indicator, region: Region, truth: Truth) -> Array:
    """True yearly means of an indicator in a region."""
    months = one["month"].values.astype("datetime64[M]")
    first, last = (int(y) for y in str(one.attrs["reference_period"]).split("-"))
    series = truth.series(indicator, region, months, (first, last))
    year = months.astype("datetime64[Y]").astype(int) + 1970
    return np.array([series[year == y].mean() for y in one["year"].values])


def write_figures(
    reading: Reading,
    folder: str,
    version: str,
    indicators: Sequence[Indicator],
    regions: Sequence[Region],
    truth: Truth | None,
) -> None:
    """Every figure of a version: series and budgets of each region, several methods on one axis where there
    are several, trend maps of the first where there are enough years. Of a region without any value there is
    none: the tables say why."""
    for name in dict.fromkeys(own_name(i.name) for i in indicators):
        dataset = indicator_of(reading, name)
        for region in regions:
            one = dataset.sel(region=region.name)
            if not np.isfinite(one["monthly_value"]).any():
                continue
            truths = None if "depth" in one.dims else _true_months(one, load(Indicator, name), region, truth)
            for kind, figure in _figures(reading, one, version, truths, region is regions[0]).items():
                write_bytes(join(folder, "figures", f"{name}_{region.name}{kind}.png"), figure)
    latitude, longitude = _positions(reading)
    title = f"{len(latitude):,} profiles, version {version}"
    write_bytes(join(folder, "figures", "coverage.png"), coverage_figure(title, latitude, longitude))
    if (flagged := _flagged_profile(reading)) is not None:
        title = f"record {flagged['RECORD_ID'].values[0]}, platform {flagged['PLATFORM_CODE'].values[0]}"
        write_bytes(join(folder, "figures", "flagged_profile.png"), profile_figure(title, flagged))


def _figures(
    reading: Reading, one: xr.Dataset, version: str, truth: Array | None, mapped: bool
) -> dict[str, bytes]:
    """Figures of an indicator in one region, by the ending of their name."""
    if "depth" in one.dims:
        return {"_hovmoeller": hovmoeller_of(one, version), "_depth_trend": depth_trend_of(one, version)}
    made = {"": series_of(one, version, truth)}
    methods = by_each_method(reading, one)
    if len(on_common_terms(methods).drawn) > 1:
        made["_methods"] = methods_of(methods, version)
    if "part" in one.dims:
        made["_budget"] = budget_of(one, version)
    if mapped and can_be_mapped(reading, one.attrs["indicator"]):
        made["_trend_map"] = trend_map_of(reading, one, version)
    return made


def write_omi_files(
    reading: Reading,
    folder: str,
    origin: Origin,
    indicators: Sequence[Indicator],
    regions: Sequence[Region],
    others: Iterable[str] = (),
) -> None:
    """NetCDF in the layout of published indicators: yearly and monthly of each region, trends at depths, a
    map of the first; ``others`` are the sections and the indicators of stations.

    Where two give a file of one name the first stays: that of a section before that of an indicator.
    """
    files = []
    for name in others:
        made = indicator_of(reading, name)
        each_region = made["region"].values if "region" in made.dims else (None,)
        files += [omi_file(made, region, origin) for region in each_region]
    for name in dict.fromkeys(own_name(i.name) for i in indicators):
        each = [indicator_of(reading, name).sel(region=r.name) for r in regions]
        if "depth" in each[0].dims:
            files += [depth_trend_file(one, origin) for one in each]
            continue
        files += [series_file(one, origin, resolution) for one in each for resolution in RESOLUTIONS]
        if can_be_mapped(reading, name):
            mapped = trend_map(reading, load(Indicator, name), regions[0].name)
            files.append(map_file(mapped, each[0], origin))
    for file, content in dict(reversed(files)).items():
        write_bytes(join(folder, "omi", file), content)


def omi_file(indicator: xr.Dataset, region: str | None, origin: Origin) -> tuple[str, bytes]:
    """Name and content of the file of an indicator or section in one region, by default its first, in the
    layout of published indicators; that of stations of all of them, or of one."""
    one = of_region(indicator, region)
    if "station" in one.coords:
        return station_file(one, origin)
    return depth_trend_file(one, origin) if "depth" in one.dims else series_file(one, origin)


def _true_months(one: xr.Dataset, indicator: Indicator, region: Region, truth: Truth | None) -> Array | None:
    if truth is None or not region.is_box:
        return None
    first, last = (int(y) for y in str(one.attrs["reference_period"]).split("-"))
    true = truth.series(indicator, region, one["month"].values, (first, last))
    return true if np.isfinite(true).any() else None


def _positions(reading: Reading) -> tuple[Array, Array]:
    def one(path: str) -> Array:
        partition = reading.dataset(path, ("LATITUDE", "LONGITUDE"))
        return np.stack([partition["LATITUDE"].values, partition["LONGITUDE"].values])

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, reading.partitions("profiles")))
    latitude, longitude = np.concatenate(found, axis=1) if found else np.empty((2, 0))
    return latitude, longitude


def _flagged_profile(reading: Reading) -> xr.Dataset | None:
    """A profile to show: of the newest month that has one, that with most levels and a few bad values."""
    for path in reversed(reading.partitions("profiles")):
        partition = reading.dataset(path)
        start = row_start_of(partition["row_size"].values)
        if "TEMP_QC" not in partition:
            continue
        bad = np.isin(partition["TEMP_QC"].values, (Flag.PROBABLY_BAD, Flag.BAD))
        n_bad = np.add.reduceat(np.r_[bad, 0], start[:-1]) * (np.diff(start) > 0)
        good = np.where((n_bad > 0) & (n_bad <= 5), np.diff(start), 0)
        if good.any():
            return one_row(partition, int(good.argmax()))
    return None


def one_row(partition: xr.Dataset, row: int) -> xr.Dataset:
    """One row of a partition with its observations."""
    _, index = take_rows(row_start_of(partition["row_size"].values), np.array([row]))
    dimension = str(partition["row_size"].dims[0])
    return partition.isel({dimension: [row], "obs": index})


def coverage_rows(quality: Mapping[str, Outcome]) -> list[Row]:
    """Records and flagged records by month, feature type, source and platform type."""
    return [
        {
            "month": month.replace("/", "-"),
            **dict(zip(("feature", "source", "platform_type"), kind.split(" "), strict=True)),
            "records": n,
            "records_flagged": outcome["kinds_flagged"].get(kind, 0),
        }
        for month, outcome in sorted(quality.items())
        for kind, n in outcome["kinds"].items()
    ]


def agreement_rows(quality: Mapping[str, Outcome]) -> list[Row]:
    """Confusion of our flags with the delayed-mode flags."""
    confusion = agreement.merged(o["agreement"] for o in quality.values())
    return [
        {"variable": name, "our_flag": pair[0], "delayed_mode_flag": pair[2], "observations": n}
        for name, pairs in sorted(confusion.items())
        for pair, n in sorted(pairs.items())
    ]


def write_csv(url: str, rows: Sequence[Row]) -> None:
    """Rows as a CSV file with a header; an empty file where there are none."""
    buffer = io.StringIO()
    if rows:
        writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    write_bytes(url, buffer.getvalue().encode())
