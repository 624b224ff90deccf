"""The step that maps the checked profiles of every month on the grids that a campaign names.

With the climatology as background a month stands on its own and is an item. With damped persistence each
month builds on the one before; there an item is a year, which starts ``spin_up_months`` earlier from the
climatology. So years do not wait for each other, any worker makes any of them, and a run that goes on after
a kill, or has new records in one year, makes the same numbers as one that goes through from the first month.
What is forgotten is ``persistence ** spin_up_months`` of the anomaly before: 8 % for 0.9 and 24 months.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import xarray as xr
from zarr.abc.store import Store

from catalogs.bottom import bottom_depth, bottom_digest
from catalogs.land import land_class, land_digest
from catalogs.schema import Grid, Selection
from flows import analysis_alerts, mapping
from flows.collection import Reading, fingerprint
from flows.groups import write_dataset
from flows.months import Months, month_number, month_path
from flows.standard_casts import joined, settings_of, standard_casts
from flows.steps import Job, checked_profiles, unread
from flows.work import Item, Outcome, Step
from kernels.mapping.barriers import Barriers
from kernels.registry import source_digest

MODULES = (
    "kernels.adjustment",
    "kernels.climatology",
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
    "flows.mapping",
    "flows.mapping_steps",
    "flows.prior",
    "flows.selection",
    "flows.standard_casts",
    "flows.standard_profiles",
)
"""Modules whose source decides on an analysis."""


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
            task = Task(
                grid, job.selection, fitted["wrote"][0], {m: checked[m][0] for m in within}, first, keep, last
            )
            made_from = fingerprint(
                [checked[m] for m in within], (first, keep, last), grid, job.selection, code
            )
            items.append(Item(_name(grid, keep, last), made_from, task, tuple(_paths(grid, keep, last))))
    return Step("analysis", analysis_item, items)


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


def _paths(grid: Grid, keep: int, last: int) -> Iterator[str]:
    for month in range(keep, last + 1):
        yield f"analysis/{grid.name}/{month_path(month)}"
        yield f"analysis/{grid.name}/alerts/{month_path(month)}"


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
        around = joined(list(casts.values()), task.grid)
        made = mapping.analyse(
            around, climatology, task.grid, land_class(), month, previous, bottom_depth(), land
        )
        if month >= task.keep:
            found = analysis_alerts.alerts(around, climatology, task.grid, month, previous, land)
            for to, dataset in zip(_paths(task.grid, month, month), (made, found), strict=True):
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


def _casts_around(
    reading: Reading, task: Task, climatology: xr.Dataset, month: int, before: Mapping[int, xr.Dataset]
) -> dict[int, xr.Dataset]:
    """Casts of a month and of those in its window; those that were read for the month before are kept."""
    reach = settings_of(task.grid).window_months
    around = [m for m in range(month - reach, month + reach + 1) if m in task.partitions]
    return {m: before[m] if m in before else _casts(reading, task, climatology, m) for m in around}


def _casts(reading: Reading, task: Task, climatology: xr.Dataset, month: int) -> xr.Dataset:
    partition = reading.dataset(task.partitions[month], without=unread(task.selection))
    return standard_casts(partition, climatology, task.grid, task.selection)
