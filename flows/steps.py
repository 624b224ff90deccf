"""The steps after ingest: what each has to make, from which groups, and the fingerprint of what makes it.

A step is planned from the ledgers of the steps before it. The fingerprint of an item holds those of its
inputs, the catalogue entries that it uses and the source of its kernels: it changes when, and only when,
the result may. The functions that end in ``_item`` run on a worker: they read groups, call the step of the
module that does the work (Dataset in, Dataset out) and write groups.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from zarr.abc.store import Store

from catalogs.land import land_class
from catalogs.schema import Campaign, Grid, Indicator, Procedure, Region, load
from flows import agreement, climatology, columns, indicators, quality
from flows.collection import Reading, fingerprint
from flows.groups import read_dataset, write_dataset
from flows.ingest import counts
from flows.months import Months, month_date, month_number
from flows.work import Item, Outcome, Step
from kernels.registry import source_digest

MASKS = ("_QC_FAILED", "_QC_SKIPPED")
Ledger = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Job:
    """A campaign with every catalogue entry that it names, read and checked before the first record."""

    campaign: Campaign
    procedure: Procedure
    climatology: Grid
    boxes: Grid
    indicators: tuple[Indicator, ...]
    regions: tuple[Region, ...]

    @classmethod
    def of(cls, campaign: Campaign) -> "Job":
        procedure = load(Procedure, campaign.procedure)
        quality.bind(procedure)
        return cls(
            campaign,
            procedure,
            load(Grid, campaign.climatology),
            load(Grid, campaign.boxes),
            tuple(load(Indicator, name) for name in campaign.indicators),
            tuple(load(Region, name) for name in campaign.regions),
        )

    @cached_property
    def code(self) -> str:
        """Source of the statistics, from selection to trend."""
        return source_digest(
            "kernels.climatology",
            "kernels.indicators",
            "kernels.vertical",
            "kernels.ragged",
            "flows.selection",
            "flows.climatology",
            "flows.columns",
            "flows.indicators",
        )


def month_of(path: str) -> int:
    """``profiles/1993/01`` -> 12 * year + month - 1."""
    return month_number("/".join(path.split("/")[-2:]))


def quality_step(job: Job, reading: Reading, months: Months | None) -> Step:
    """Check every partition of both feature types."""
    made_from = fingerprint(quality.fingerprint_parts(job.procedure))
    items = [
        Item(path, fingerprint(entry["fingerprint"], made_from), job.procedure)
        for entry in reading.ledger("ingest").values()
        for path in entry["wrote"]
        if months is None or month_of(path) in months
    ]
    return Step("quality", quality_item, sorted(items, key=lambda i: i.name))


def quality_item(store: Store, item: Item) -> Outcome:
    partition = read_dataset(store, item.name)
    checked = quality.check(partition, item.argument)
    digest = write_dataset(store, item.name, checked, add=True)
    return {
        "wrote": [],
        "digest": digest,
        "flagged": {
            f"{test} {variable}": n
            for test, by_variable in quality.counts(checked).items()
            for variable, n in by_variable.items()
        },
        "agreement": agreement.confusion(partition, checked),
        **_row_counts(partition, checked),
    }


def _row_counts(partition: xr.Dataset, checked: xr.Dataset) -> dict[str, Any]:
    """Rows by source and platform type, and those with a bad flag anywhere."""
    bad = np.zeros(partition.sizes["obs"], bool)
    for name in checked.data_vars:
        if str(name).endswith("_QC") and checked[name].dims == ("obs",):
            bad |= np.isin(checked[name].values, (3, 4))
    size = partition["row_size"].values
    row_bad = np.zeros(len(size), bool)
    row_bad[np.repeat(np.arange(len(size)), size)[bad]] = True
    for name in ("TIME_QC", "POSITION_QC"):
        if checked[name].dims != ("obs",):
            row_bad |= np.isin(checked[name].values, (3, 4))
    kinds = np.char.add(np.char.add(partition["SOURCE"].values, " "), partition["PLATFORM_TYPE"].values)
    return {
        "rows": len(size),
        "rows_flagged": int(row_bad.sum()),
        "kinds": counts(kinds),
        "kinds_flagged": counts(kinds[row_bad]),
    }


def climatology_sums_step(job: Job, reading: Reading) -> Step:
    """Sums of the reference period's profiles, one group a year."""
    first, last = job.campaign.reference_period
    checked = reading.ledger("quality")
    years: dict[int, list[str]] = defaultdict(list)
    for path in reading.partitions("profiles"):
        if first <= month_of(path) // 12 <= last and path in checked:
            years[month_of(path) // 12].append(path)
    made_from = fingerprint(job.climatology, job.campaign.selection, job.code)
    return Step(
        "climatology_sums",
        climatology_sums_item,
        [
            Item(
                str(year),
                fingerprint([checked[p]["fingerprint"] for p in paths], made_from),
                (paths, job.climatology, job.campaign.selection),
                (_sums_path(job.climatology, year),),
            )
            for year, paths in sorted(years.items())
        ],
    )


def _sums_path(grid: Grid, year: int | str) -> str:
    return f"climatology/{grid.name}/sums/{year}"


def climatology_sums_item(store: Store, item: Item) -> Outcome:
    paths, grid, selection = item.argument
    sums = climatology.merge(
        climatology.accumulate(read_dataset(store, p, without=MASKS), grid, selection) for p in paths
    )
    path = _sums_path(grid, item.name)
    return {"wrote": [path], "digest": write_dataset(store, path, sums)}


def climatology_step(job: Job, reading: Reading) -> Step:
    """The climatology, from the sums of all years."""
    sums = reading.ledger("climatology_sums")
    grid = job.climatology
    made_from = fingerprint(
        [(y, sums[y]["digest"]) for y in sorted(sums)], grid, job.campaign.reference_period, job.code
    )
    paths = [_sums_path(grid, year) for year in sorted(sums)]
    item = Item(grid.name, made_from, (paths, grid, job.campaign.reference_period), (_fit_path(grid),))
    return Step("climatology", climatology_item, [item] if sums else [])


def _fit_path(grid: Grid) -> str:
    return f"climatology/{grid.name}/fit"


def climatology_item(store: Store, item: Item) -> Outcome:
    paths, grid, period = item.argument
    fitted = climatology.fit(climatology.merge([read_dataset(store, p) for p in paths]), grid, period)
    path = _fit_path(grid)
    return {"wrote": [path], "digest": write_dataset(store, path, fitted)}


def boxes_step(job: Job, reading: Reading, months: Months | None) -> Step:
    """Anomalies of the columns of a month, averaged by box."""
    checked = reading.ledger("quality")
    fitted = reading.ledger("climatology").get(job.climatology.name)
    if fitted is None:
        return Step("boxes", boxes_item, [])
    made_from = fingerprint(
        fitted["digest"], job.boxes, job.indicators, job.campaign.selection, job.regions, job.code
    )
    return Step(
        "boxes",
        boxes_item,
        [
            Item(
                path.removeprefix("profiles/"),
                fingerprint(checked[path]["fingerprint"], made_from),
                (path, job),
                (f"boxes/{path.removeprefix('profiles/')}",),
            )
            for path in reading.partitions("profiles")
            if path in checked and (months is None or month_of(path) in months)
        ],
    )


def boxes_item(store: Store, item: Item) -> Outcome:
    path, job = item.argument
    fitted = read_dataset(store, _fit_path(job.climatology))
    averaged = columns.boxes(
        read_dataset(store, path, without=MASKS),
        fitted,
        job.boxes,
        job.indicators,
        job.campaign.selection,
        job.regions,
    )
    group = f"boxes/{item.name}"
    return {"wrote": [group], "digest": write_dataset(store, group, averaged)}


def indicators_step(job: Job, reading: Reading, months: Months | None) -> Step:
    """The indicators, each from the boxes of all months."""
    done = reading.ledger("boxes")
    names = sorted(n for n in done if months is None or month_number(n) in months)
    inputs = fingerprint([done[n]["digest"] for n in names], job.regions, job.boxes, job.code)
    items = [
        Item(
            indicator.name,
            fingerprint(inputs, indicator, job.campaign.reference_period),
            (tuple(names), indicator, job),
            (f"indicators/{indicator.name}",),
        )
        for indicator in job.indicators
    ]
    return Step("indicators", indicators_item, items if names else [])


def indicators_item(store: Store, item: Item) -> Outcome:
    names, indicator, job = item.argument
    months = month_date([month_number(n) for n in names])
    averaged = [read_dataset(store, f"boxes/{n}") for n in names]
    boxes = xr.concat(averaged, xr.DataArray(months.astype("datetime64[ns]"), dims="month", name="month"))
    result = indicators.indicator_dataset(
        boxes, indicator, job.regions, job.boxes, land_class(), job.campaign.reference_period
    )
    path = f"indicators/{item.name}"
    return {"wrote": [path], "digest": write_dataset(store, path, result)}
