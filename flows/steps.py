"""The steps after ingest: what each has to make, from which groups, and the fingerprint of what makes it.

A step is planned from the ledgers of the steps before it. The fingerprint of an item holds those of its
inputs, the catalogue entries that it uses and the source of its kernels: it changes when, and only when,
the result may. The functions that end in ``_item`` run on a worker: they read groups, call the step of the
module that does the work (Dataset in, Dataset out) and write groups.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from zarr.abc.store import Store

from catalogs.schema import Campaign, Feature, Grid, Indicator, Procedure, Region, Selection, Use, load
from flows import agreement, climatology, quality
from flows.collection import Reading, fingerprint
from flows.groups import write_dataset
from flows.ingest import counts
from flows.months import Months, month_number
from flows.passes import Passes, second_passes
from flows.procedures import bind
from flows.quality import Given
from flows.standard_profiles import COMPANION
from flows.work import Item, Outcome, Step
from kernels.flags import Flag
from kernels.registry import source_digest

MASKS = ("_QC_FAILED", "_QC_SKIPPED")
"""Endings of variables that statistics do not need."""
KIND = ("SOURCE", "PLATFORM_TYPE")


def unread(selection: Selection) -> tuple[str, ...]:
    """Endings of variables that a selection does not need."""
    return ("_QC_SKIPPED",) if selection.without_tests else MASKS


@dataclass(frozen=True)
class Job:
    """A campaign with every catalogue entry that it names, read and checked before the first record."""

    campaign: Campaign
    procedure: Procedure
    statistics: Grid
    climatology: Grid
    boxes: Grid
    indicators: tuple[Indicator, ...]
    regions: tuple[Region, ...]
    use: Use | None = None
    """Whose selection takes the place of the campaign's after quality control."""
    analyses: tuple[Grid, ...] = ()
    other_procedures: tuple[Procedure, ...] = ()
    """Of the ensemble."""

    @classmethod
    def of(cls, campaign: Campaign, use: Use | None = None) -> "Job":
        procedure, *others = (load(Procedure, p) for p in (campaign.procedure, *campaign.ensemble.procedures))
        for each in (procedure, *others):
            bind(each)
        boxes = load(Grid, campaign.boxes)
        indicators = tuple(each for name in campaign.indicators for each in load(Indicator, name).each())
        if boxes.interpolation in campaign.ensemble.interpolation:
            raise ValueError(f"ensemble.interpolation: {boxes.interpolation} is that of {boxes.name} already")
        for scheme in (boxes.interpolation, *campaign.ensemble.interpolation):
            _check_interpolation(scheme, indicators)
        return cls(
            campaign,
            procedure,
            load(Grid, campaign.statistics),
            load(Grid, campaign.climatology),
            boxes,
            indicators,
            tuple(load(Region, name) for name in campaign.regions),
            use,
            tuple(load(Grid, name) for name in campaign.analyses),
            tuple(others),
        )

    @property
    def selection(self) -> Selection:
        """Which checked values enter statistics and indicators."""
        return self.use.selection if self.use else self.campaign.selection

    @property
    def passes(self) -> Passes:
        c = self.campaign
        return Passes(
            self.procedure,
            self.statistics,
            c.selection,
            c.external_climatology,
            c.grey_list,
            self.other_procedures,
        )

    @cached_property
    def references(self) -> str:
        """Digest of what the procedure, its lists and its code say."""
        return self.passes.made_from()

    @cached_property
    def code(self) -> str:
        """Source of the statistics, from selection to trend."""
        return source_digest(
            "kernels.adjustment",
            "kernels.climatology",
            "kernels.indicators",
            "kernels.standard_levels",
            "kernels.bathymetry",
            "kernels.ragged",
            "kernels.seawater",
            "kernels.teos10",
            "kernels.vertical",
            "catalogs.bottom",
            "flows.adjustment",
            "flows.selection",
            "flows.standard_profiles",
            "flows.climatology",
            "flows.column_values",
            "flows.columns",
            "flows.conversions",
            "flows.notes",
            "flows.boxes",
            "flows.regional_means",
            "flows.series_variables",
            "flows.subsampling",
            "flows.indicators",
            "flows.indicator_steps",
            "flows.uncertainty",
            "flows.trend_methods",
            "flows.yearly_trends",
        )


def _check_interpolation(scheme: str, indicators: tuple[Indicator, ...]) -> None:
    """Raise where a scheme between the levels of columns cannot interpolate what an indicator is made of."""
    of_others = [i.name for i in indicators if i.variable not in COMPANION]
    if scheme == "mrst_pchip" and of_others:
        raise ValueError(
            "interpolation mrst_pchip takes TEMP and PSAL together, not DOXY of indicator "
            f"{', '.join(of_others)}: choose pchip"
        )


def quality_step(job: Job, reading: Reading, months: Months | None) -> Step:
    """Check the partitions of the months, of both feature types; with a second pass, of every month: what
    the others are compared with may have changed, and what is not checked anew makes no indicator."""
    ingested = {
        month: entry
        for month, entry in sorted(reading.ledger("ingest").items())
        if months is None or job.passes.needed or month_number(month) in months
    }
    second = second_passes(job.passes, reading, ingested) if job.passes.needed else {}
    history = reading.ledger("history")
    bound = bind(job.procedure)
    items = []
    for month, entry in ingested.items():
        compared = second.get(month)
        made_from = [entry["fingerprint"], job.references]
        if compared is not None:
            made_from += [compared.compared(bound), history.get(month[:4], {}).get("digest", "")]
        items.append(Item(month, fingerprint(made_from), (entry["wrote"], job.passes, compared)))
    return Step("quality", quality_item, items)


def quality_item(reading: Reading, target: Store, item: Item) -> Outcome:
    paths, passes, compared = item.argument
    bound = bind(passes.procedure)
    digests: dict[str, str] = {}
    said: list[dict[str, Any]] = []
    for path in paths:
        partition = reading.dataset(path)
        given = compared.given(reading, partition, bound) if compared else Given(grey_list=passes.listed())
        checked = quality.check(partition, bound, given)
        digests[path] = write_dataset(target, path, checked, add=True)
        said.append(_counts(path.split("/")[0], partition, checked))
    return {
        "wrote": [],
        "digest": digests,
        "rows": sum(s["rows"] for s in said),
        "rows_flagged": sum(s["rows_flagged"] for s in said),
        "kinds": {k: n for s in said for k, n in s["kinds"].items()},
        "kinds_flagged": {k: n for s in said for k, n in s["kinds_flagged"].items()},
        "flagged": dict(sum((Counter(s["flagged"]) for s in said), Counter())),
        "agreement": agreement.merged(s["agreement"] for s in said),
    }


def _counts(feature: str, partition: xr.Dataset, checked: xr.Dataset) -> dict[str, Any]:
    """Rows, and rows with a bad flag anywhere, by feature type, source and platform type; failed tests."""
    size = partition["row_size"].values
    bad = np.zeros(partition.sizes["obs"], bool)
    row_bad = np.zeros(len(size), bool)
    for name in (str(n) for n in checked.data_vars if str(n).endswith("_QC")):
        flagged = np.isin(checked[name].values, (Flag.PROBABLY_BAD, Flag.BAD))
        if checked[name].dims == ("obs",):
            bad |= flagged
        else:
            row_bad |= flagged
    row_bad[np.repeat(np.arange(len(size)), size)[bad]] = True
    kinds = np.array(
        [f"{feature} {s} {t}" for s, t in zip(*(partition[n].values for n in KIND), strict=True)], dtype=str
    )
    return {
        "rows": len(size),
        "rows_flagged": int(row_bad.sum()),
        "kinds": counts(kinds),
        "kinds_flagged": counts(kinds[row_bad]),
        "flagged": {
            f"{test} {variable}": n
            for test, by_variable in quality.counts(checked).items()
            for variable, n in by_variable.items()
        },
        "agreement": agreement.confusion(partition, checked),
    }


def checked_profiles(job: Job, reading: Reading) -> dict[int, dict[str, str]]:
    """Year -> partition of profiles -> fingerprint of its flags, see ``checked_partitions``."""
    return checked_partitions(job, reading, "profiles")


def checked_partitions(job: Job, reading: Reading, feature: Feature) -> dict[int, dict[str, str]]:
    """Year -> partition -> fingerprint of its flags, for the partitions whose flags are current."""
    current = {i.name: i.fingerprint for i in quality_step(job, reading, None).items}
    ledger = reading.ledger("quality")
    years: dict[int, dict[str, str]] = defaultdict(dict)
    for path in reading.partitions(feature):
        month = path.removeprefix(f"{feature}/")
        if ledger.get(month, {}).get("fingerprint") == current[month]:
            years[month_number(month) // 12][path] = current[month]
    return dict(sorted(years.items()))


def climatology_sums_step(job: Job, reading: Reading) -> Step:
    """Sums of the reference period's profiles, a group a year."""
    first, last = job.campaign.reference_period
    made_from = fingerprint(job.climatology, job.selection, job.code)
    items = [
        Item(
            str(year),
            fingerprint(partitions, made_from),
            (tuple(partitions), job.climatology, job.selection),
            (_sums_path(job.climatology, year),),
        )
        for year, partitions in checked_profiles(job, reading).items()
        if first <= year <= last
    ]
    return Step("climatology_sums", climatology_sums_item, items)


def _sums_path(grid: Grid, year: int | str) -> str:
    return f"climatology/{grid.name}/sums/{year}"


def climatology_sums_item(reading: Reading, target: Store, item: Item) -> Outcome:
    paths, grid, selection = item.argument
    partitions = (reading.dataset(p, without=unread(selection)) for p in paths)
    sums = climatology.merge([climatology.accumulate(p, grid, selection) for p in partitions])
    return written(target, _sums_path(grid, item.name), sums)


def climatology_step(job: Job, reading: Reading) -> Step:
    """The climatology, from the sums of all years of the reference period, and those that the ensemble of
    the campaign compares it with."""
    sums = reading.ledger("climatology_sums")
    grid, period = job.climatology, job.campaign.reference_period
    items = []
    for half, years in _years_of_fits(job, sorted(sums)).items():
        made_from = fingerprint([(y, sums[y]["digest"]) for y in years], grid, period, job.code)
        path = fit_path(grid, half)
        paths = [_sums_path(grid, year) for year in years]
        items.append(Item(f"{grid.name}{half}", made_from, (paths, grid, period, path), (path,)))
    return Step("climatology", climatology_item, items if sums else [])


def _years_of_fits(job: Job, years: list[str]) -> dict[str, list[str]]:
    """Years of each fit: all of them, and the two halves of each split where both have any."""
    out = {"": years}
    for halves in climatology_halves(job):
        split = [[y for y in years if half.holds(int(y))] for half in halves]
        if all(split):
            out |= {f" {half.name}": y for half, y in zip(halves, split, strict=True)}
    return out


@dataclass(frozen=True)
class Half:
    """One half of the years by one split: even and odd years (1), pairs of years in turn (2), their sums (3),
    fours (4)... as Walsh functions divide them, no two splits alike."""

    split: int
    second: bool

    @property
    def name(self) -> str:
        return f"{self.split}{'ab'[self.second]}"

    def holds(self, year: int) -> bool:
        return (year & self.split).bit_count() % 2 == self.second


def climatology_halves(job: Job) -> list[tuple[Half, Half]]:
    """The halves whose climatologies the campaign's ensemble compares."""
    splits = range(1, job.campaign.ensemble.climatology_splits + 1)
    return [(Half(split, False), Half(split, True)) for split in splits]


def fit_path(grid: Grid, half: str = "") -> str:
    return f"climatology/{grid.name}/fit{half.replace(' ', '_')}"


def climatology_item(reading: Reading, target: Store, item: Item) -> Outcome:
    paths, grid, period, path = item.argument
    fitted = climatology.fit(climatology.merge([reading.dataset(p) for p in paths]), grid, period)
    return written(target, path, fitted)


def written(target: Store, path: str, dataset: xr.Dataset) -> Outcome:
    return {"wrote": [path], "digest": write_dataset(target, path, dataset)}
