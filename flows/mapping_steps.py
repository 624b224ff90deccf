"""The step that maps the checked profiles of every month on the grids that a campaign names.

With the climatology as background a month stands on its own and is an item. With damped persistence each
month builds on the one before; there an item is a year, which starts ``spin_up_months`` earlier from the
climatology. So years do not wait for each other, any worker makes any of them, and a run that goes on after
a kill, or has new records in one year, makes the same numbers as one that goes through from the first
month. What is forgotten is ``persistence ** spin_up_months`` of the anomaly before: 8 % for 0.9 and 24
months.

The regional means of the campaign's column indicators are mapped in the same items, from the casts that are
read there anyway; ``analysis_series_step`` joins them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import xarray as xr
from zarr.abc.store import Store

from catalogs.bottom import bottom_depth, bottom_digest
from catalogs.land import land_class, land_digest
from catalogs.schema import Grid, Indicator, Region, Selection
from flows import analysis_alerts, mapped_columns, mapping
from flows.collection import Reading, fingerprint
from flows.groups import write_dataset
from flows.mapped_columns import Points, mapped_indicators, points_of
from flows.mapped_series import mapped_series
from flows.months import Months, month_number, month_path
from flows.standard_casts import joined, settings_of, standard_casts
from flows.steps import Job, checked_profiles, unread
from flows.work import Item, Outcome, Step
from kernels.mapping.barriers import Barriers
from kernels.registry import source_digest

MODULES = (
    "kernels.adjustment",
    "kernels.climatology",
    "kernels.indicators.area",
    "kernels.indicators.freshwater",
    "kernels.indicators.heat_content",
    "kernels.indicators.inside",
    "kernels.indicators.layer",
    "kernels.indicators.salt_content",
    "kernels.indicators.steric",
    "kernels.mapping",
    "kernels.nearest",
    "kernels.ragged",
    "kernels.seawater",
    "kernels.standard_levels",
    "kernels.teos10",
    "kernels.vertical",
    "flows.adjustment",
    "flows.analysis_alerts",
    "flows.climatology",
    "flows.column_values",
    "flows.columns",
    "flows.mapped_columns",
    "flows.mapping",
    "flows.mapping_steps",
    "flows.prior",
    "flows.selection",
    "flows.standard_casts",
    "flows.standard_profiles",
)
"""Modules whose source decides on an analysis."""
SERIES_MODULES = (
    "kernels.indicators.heat_content",
    "kernels.indicators.persistence",
    "kernels.indicators.trend",
    "kernels.indicators.yearly",
    "flows.columns",
    "flows.conversions",
    "flows.mapped_series",
    "flows.notes",
    "flows.series_variables",
    "flows.yearly_trends",
)
"""Modules whose source makes series of the means that an analysis has."""


@dataclass(frozen=True)
class Task:
    """What a worker maps: the months ``first`` to ``last`` one after the other, of which those from
    ``keep`` on are written."""

    grid: Grid
    selection: Selection
    climatology: str
    """Path of its group."""
    partitions: Mapping[int, str]
    first: int
    keep: int
    last: int
    indicators: tuple[Indicator, ...] = ()
    """Of which regional means are mapped; none: no means."""
    regions: tuple[Region, ...] = ()
    boxes: Grid | None = None
    """Whose options the column values are made with."""

    @property
    def digest(self) -> str:
        """Of what means rest on besides casts."""
        return fingerprint(self.indicators, self.regions, self.boxes) if self.indicators else ""


def analysis_step(job: Job, reading: Reading) -> Step:
    """Analyses of every month from the first to the last one with checked profiles, or of those that the
    campaign names; see the module for what an item is."""
    fitted = reading.ledger("climatology").get(job.climatology.name)
    checked = {
        month_number(path.removeprefix("profiles/")): (path, made_from)
        for partitions in checked_profiles(job, reading).values()
        for path, made_from in partitions.items()
    } if job.analyses and fitted else {}  # fmt: skip
    if not checked or fitted is None:
        return Step("analysis", analysis_item, [])
    code = fingerprint(source_digest(*MODULES), land_digest(), bottom_digest(), fitted["digest"])
    items = []
    for grid in job.analyses:
        for first, keep, last in _spans(grid, _months(job, checked)):
            within = _window(grid, first, last, checked)
            paths = {m: checked[m][0] for m in within}
            task = Task(grid, job.selection, fitted["wrote"][0], paths, first, keep, last, *_means_of(job))
            made_from = fingerprint(
                [checked[m] for m in within], (first, keep, last), grid, job.selection, code, task.digest
            )
            writes = tuple(_paths(grid, keep, last, bool(task.indicators)))
            items.append(Item(_name(grid, keep, last), made_from, task, writes))
    return Step("analysis", analysis_item, items)


def _means_of(job: Job) -> tuple[tuple[Indicator, ...], tuple[Region, ...], Grid | None]:
    """Indicators of which the campaign's regions have mapped means, and how their columns are made."""
    indicators = mapped_indicators(job.indicators)
    return (indicators, job.regions, job.boxes) if indicators and job.regions else ((), (), None)


def _months(job: Job, checked: Mapping[int, object]) -> range:
    wanted = Months(min(checked), max(checked))
    if job.campaign.analysis_months:
        asked = Months.parse(job.campaign.analysis_months)
        wanted = Months(max(asked.first, wanted.first), min(asked.last, wanted.last))
    return wanted.numbers()


def _spans(grid: Grid, months: range) -> Iterator[tuple[int, int, int]]:
    """First month that is mapped, first that is kept, and last, of each item."""
    settings = settings_of(grid)
    if settings.background == "climatology":
        yield from ((m, m, m) for m in months)
        return
    for year in sorted({m // 12 for m in months}):
        keep, last = max(12 * year, months.start), min(12 * year + 11, months.stop - 1)
        yield 12 * year - settings.spin_up_months, keep, last


def _window(grid: Grid, first: int, last: int, checked: Mapping[int, object]) -> list[int]:
    reach = settings_of(grid).window_months
    return [m for m in range(first - reach, last + reach + 1) if m in checked]


def _name(grid: Grid, keep: int, last: int) -> str:
    when = month_path(keep) if settings_of(grid).background == "climatology" else f"{last // 12:04d}"
    return f"{grid.name}/{when}"


def _paths(grid: Grid, keep: int, last: int, means: bool) -> Iterator[str]:
    for month in range(keep, last + 1):
        yield f"analysis/{grid.name}/{month_path(month)}"
        yield f"analysis/{grid.name}/alerts/{month_path(month)}"
        if means:
            yield means_path(grid.name, month)


def means_path(analysis: str, month: int) -> str:
    """Where the regional means of a month are."""
    return f"analysis/{analysis}/means/{month_path(month)}"


def analysis_item(reading: Reading, target: Store, item: Item) -> Outcome:
    task: Task = item.argument
    climatology = reading.dataset(task.climatology)
    casts: dict[int, xr.Dataset] = {}
    digests: dict[str, str] = {}
    counts = {"casts": 0, "alerts": 0}
    land = _land(task.grid)
    previous = None
    for month in range(task.first, task.last + 1):
        casts = _casts_around(reading, task, climatology, month, casts)
        around = joined(list(casts.values()), task.grid, n_column=len(task.indicators))
        made = mapping.analyse(
            around, climatology, task.grid, land_class(), month, previous, bottom_depth(), land
        )
        if month >= task.keep:
            found = analysis_alerts.alerts(around, climatology, task.grid, month, previous, land)
            datasets = [made, found]
            if task.indicators:
                datasets.append(_regional_means(task, around, climatology, month, land))
            paths = _paths(task.grid, month, month, bool(task.indicators))
            for to, dataset in zip(paths, datasets, strict=True):
                digests[to] = write_dataset(target, to, dataset)
            counts["casts"] += int(made["N_CASTS"].sum())
            counts["alerts"] += found.sizes["alert"]
        previous = made
    return {"wrote": sorted(digests), "digest": digests, **counts}


_LAND: dict[float | None, Barriers | None] = {}
"""By the width that hides: a worker makes it once."""


def _land(grid: Grid) -> Barriers | None:
    width = settings_of(grid).barrier_km
    if width not in _LAND:
        _LAND[width] = mapping.barriers_of(grid, land_class())
    return _LAND[width]


def _regional_means(
    task: Task, casts: xr.Dataset, climatology: xr.Dataset, month: int, land: Barriers | None
) -> xr.Dataset:
    assert task.boxes is not None
    std = mapped_columns.column_std(climatology, task.grid, task.boxes, task.indicators, month)
    return mapped_columns.regional_means(
        casts, std, _points(task), task.grid, task.indicators, task.regions, month, land
    )


_POINTS: dict[str, Points] = {}
"""By grid and regions: a worker makes them once."""


def _points(task: Task) -> Points:
    key = fingerprint(task.grid, task.regions)
    if key not in _POINTS:
        _POINTS[key] = points_of(task.regions, task.grid, land_class())
    return _POINTS[key]


def _casts_around(
    reading: Reading, task: Task, climatology: xr.Dataset, month: int, before: Mapping[int, xr.Dataset]
) -> dict[int, xr.Dataset]:
    """Casts of a month and of those in its window; those that were read for the month before are kept."""
    reach = settings_of(task.grid).window_months
    around = [m for m in range(month - reach, month + reach + 1) if m in task.partitions]
    return {m: before[m] if m in before else _casts(reading, task, climatology, m) for m in around}


def _casts(reading: Reading, task: Task, climatology: xr.Dataset, month: int) -> xr.Dataset:
    partition = reading.dataset(task.partitions[month], without=unread(task.selection))
    columns = None
    if task.indicators:
        assert task.boxes is not None
        columns = mapped_columns.column_values(
            partition, climatology, task.boxes, task.indicators, task.selection
        )
    return standard_casts(partition, climatology, task.grid, task.selection, columns=columns)


def analysis_series_step(job: Job, reading: Reading) -> Step:
    """Series of the regional means of each analysis, one an indicator."""
    done = reading.ledger("analysis")
    code = fingerprint(source_digest(*SERIES_MODULES), job.regions, job.boxes)
    items = []
    for grid in job.analyses:
        head = f"analysis/{grid.name}/means/"
        digests = {p: e["digest"][p] for e in done.values() for p in e["wrote"] if p.startswith(head)}
        for indicator in mapped_indicators(job.indicators) if digests else ():
            period = job.campaign.reference_period
            made_from = fingerprint(sorted(digests.items()), indicator, grid, period, code)
            argument = sorted(digests), indicator, grid, job, period
            path = series_path(grid.name, indicator.name)
            items.append(Item(f"{grid.name}/{indicator.name}", made_from, argument, (path,)))
    return Step("analysis_series", analysis_series_item, items)


def series_path(analysis: str, indicator: str) -> str:
    """Where the series of an indicator by an analysis is."""
    return f"analysis/{analysis}/series/{indicator}"


def analysis_series_item(reading: Reading, target: Store, item: Item) -> Outcome:
    paths, indicator, grid, job, period = item.argument
    months = {month_number("/".join(p.split("/")[-2:])): reading.dataset(p) for p in paths}
    series = mapped_series(months, indicator, job.regions, grid, job.boxes, land_class(), period)
    path = series_path(grid.name, indicator.name)
    return {"wrote": [path], "digest": {path: write_dataset(target, path, series)}}
