"""The steps from checked profiles to indicators: boxes of every month, and the indicators of all months.

The members of a campaign's ensemble have boxes of their own where a choice changes what enters a box: another
climatology, selection or procedure of quality control. Nobody stores the flags of another procedure: a worker
checks a month by it when it averages the month.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import xarray as xr
from zarr.abc.store import Store

from catalogs.land import land_class
from catalogs.schema import Grid, Procedure, Selection
from flows import columns, indicators, quality, trend_methods, uncertainty
from flows.boxes import along_months, of_indicator
from flows.collection import Reading, fingerprint
from flows.groups import write_dataset
from flows.months import month_date, month_number
from flows.passes import SecondPass, second_passes
from flows.procedures import bind
from flows.steps import MASKS, Job, checked_profiles, climatology_halves, fit_path, unread, written
from flows.work import Item, Outcome, Step


@dataclass(frozen=True)
class Member:
    """What an indicator is made from, with at most one choice other than the campaign's."""

    name: str
    """Factor and choice, ``climatology 1a``; empty for the campaign's own."""
    fit: str
    boxes: Grid
    selection: Selection
    procedure: Procedure | None = None
    """Whose flags count; None: those that are stored."""


def members(job: Job, fits: Mapping[str, Any]) -> list[Member]:
    """The campaign's own choices first, then the members of its ensemble that need boxes of their own."""
    own = Member("", fit_path(job.climatology), job.boxes, job.selection)
    ensemble = job.campaign.ensemble
    out = [own]
    for half in chain.from_iterable(climatology_halves(job)):
        if f"{job.climatology.name} {half.name}" in fits:
            fit = fit_path(job.climatology, f" {half.name}")
            out.append(replace(own, name=f"climatology {half.name}", fit=fit))
    for scheme in ensemble.interpolation:
        boxes = job.boxes.model_copy(update={"interpolation": scheme})
        out.append(replace(own, name=f"interpolation {scheme}", boxes=boxes))
    for factor, choices in ensemble.selections.items():
        out += [replace(own, name=f"{factor} {name}", selection=s) for name, s in choices.items()]
    return out + [replace(own, name=f"procedure {p.name}", procedure=p) for p in job.other_procedures]


@dataclass(frozen=True)
class BoxTask:
    """What a worker averages: partitions of a year, for each member."""

    partitions: tuple[str, ...]
    job: Job
    members: tuple[Member, ...]
    second: Mapping[str, SecondPass]
    """Month: what the procedures of members compare with; empty where none has one of its own."""


def boxes_step(job: Job, reading: Reading) -> Step:
    """Anomalies of the columns, averaged by box and month, a group a year."""
    fits = reading.ledger("climatology")
    if job.climatology.name not in fits:
        return Step("boxes", boxes_item, [])
    wanted = tuple(members(job, fits))
    digests = [entry["digest"] for _, entry in sorted(fits.items())]
    made_from = fingerprint(
        digests, job.boxes, job.indicators, [vars(m) for m in wanted], job.regions, job.code
    )
    years = checked_profiles(job, reading)
    months = [_month(path) for partitions in years.values() for path in partitions]
    second = second_passes(job.passes, reading, months) if job.other_procedures else {}
    items = []
    for year, partitions in years.items():
        of_year = {m: second[m] for m in map(_month, partitions) if m in second}
        compared = list(_compared(job, reading, of_year))
        task = BoxTask(tuple(partitions), job, wanted, of_year)
        writes = tuple(_boxes_path(year, m) for m in wanted)
        items.append(Item(str(year), fingerprint(partitions, made_from, compared), task, writes))
    return Step("boxes", boxes_item, items)


def _compared(job: Job, reading: Reading, second: Mapping[str, SecondPass]) -> Iterator[Any]:
    """What the flags of other procedures are made from, besides the records: the same for a whole year."""
    for of_month in list(second.values())[:1]:
        for procedure in job.other_procedures:
            yield of_month.made_from(reading, bind(procedure))


def _month(partition: str) -> str:
    return partition.removeprefix("profiles/")


def _boxes_path(year: int | str, member: Member) -> str:
    return f"boxes/{year}" if not member.name else f"members/{member.name.replace(' ', '_')}/{year}"


def boxes_item(reading: Reading, target: Store, item: Item) -> Outcome:
    task: BoxTask = item.argument
    job = task.job
    fits = {m.fit: reading.dataset(m.fit) for m in task.members}
    averaged: dict[str, list[xr.Dataset]] = {m.name: [] for m in task.members}
    masks = MASKS if all(unread(m.selection) == MASKS for m in task.members) else ("_QC_SKIPPED",)
    for path in task.partitions:
        partition = reading.dataset(path, without=masks)
        for m in task.members:
            flagged = _by_its_procedure(reading, partition, m, task.second.get(_month(path)))
            boxes = columns.boxes(flagged, fits[m.fit], m.boxes, job.indicators, m.selection, job.regions)
            averaged[m.name].append(boxes)
    months = month_date([month_number(_month(p)) for p in task.partitions]).astype("datetime64[ns]")
    digests = {}
    for m in task.members:
        path = _boxes_path(item.name, m)
        digests[path] = write_dataset(target, path, along_months(averaged[m.name], months))
    return {"wrote": list(digests), "digest": digests}


def _by_its_procedure(
    reading: Reading, partition: xr.Dataset, member: Member, second: SecondPass | None
) -> xr.Dataset:
    """A partition with the flags of the member's procedure, on the statistics and history of the run."""
    if member.procedure is None or second is None:
        return partition
    bound = bind(member.procedure)
    checked = quality.check(partition, bound, second.given(reading, partition, bound))
    return quality.with_flags_of(partition, checked)


def indicators_step(job: Job, reading: Reading) -> Step:
    """The indicators, each from the boxes of all months, with the ensemble's parts of their uncertainty."""
    done = reading.ledger("boxes")
    inputs = fingerprint(
        [(y, done[y]["digest"]) for y in sorted(done)],
        job.regions,
        job.boxes,
        job.campaign.mapping,
        job.campaign.ensemble,
        job.code,
    )
    wanted = members(job, reading.ledger("climatology"))
    items = [
        Item(
            indicator.name,
            fingerprint(inputs, indicator, job.campaign.reference_period),
            (tuple(sorted(done)), indicator, job, tuple(wanted)),
            (f"indicators/{indicator.name}",),
        )
        for indicator in job.indicators
    ]
    return Step("indicators", indicators_item, items if done else [])


def indicators_item(reading: Reading, target: Store, item: Item) -> Outcome:
    years, indicator, job, wanted = item.argument
    campaign, grid = job.campaign, job.boxes

    def made(member: Member, grid: Grid, mapping: str, like: xr.Dataset | None = None) -> xr.Dataset:
        boxes = of_indicator(reading, [_boxes_path(year, member) for year in years], indicator.name)
        a_priori = like.get("a_priori") if like is not None else None
        return indicators.indicator_dataset(
            boxes,
            indicator,
            job.regions,
            grid,
            land_class(),
            campaign.reference_period,
            mapping=mapping,
            a_priori=a_priori,
            subsampling=like is None and mapping == campaign.mapping,
        )

    base = made(wanted[0], grid, campaign.mapping)
    alternatives: dict[str, list[xr.Dataset]] = defaultdict(list)
    for member in wanted[1:]:
        alternatives[member.name.split(" ")[0]].append(made(member, grid, campaign.mapping, base))
    for mapping in campaign.ensemble.mapping:
        alternatives["mapping"].append(made(wanted[0], grid, mapping))
    for scale in campaign.ensemble.slow_correlation_km:
        other = grid.model_copy(update={"options": {**grid.options, "slow_correlation_km": scale}})
        alternatives["mapping"].append(made(wanted[0], other, campaign.mapping, base))
    result = trend_methods.with_methods(uncertainty.with_budget(base, alternatives))
    return written(target, f"indicators/{item.name}", result)
