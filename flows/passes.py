"""The steps between the first pass of quality control and the second: statistics and history.

The first pass runs the tests that need nothing but the row. Its good values make the statistics with which
the second pass compares, and the summaries of profiles that are tested along their platforms. A campaign
whose procedure has no test of the second pass has none of these steps.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr
from zarr.abc.store import Store

from catalogs.schema import Grid, Procedure, Selection
from flows import climatology_files, history, quality, statistics
from flows.collection import Reading, fingerprint
from flows.grey_list import GreyList
from flows.groups import write_dataset
from flows.inputs import Normals
from flows.location import read_bytes
from flows.procedures import BoundProcedure, bind
from flows.quality import Given
from flows.work import Item, Outcome, Step
from kernels.registry import source_digest

ROWS, HISTORY = "platforms/rows", "platforms/history"
KERNELS = (
    "kernels.adjustment",
    "kernels.statistics",
    "kernels.history",
    "kernels.climatology.moments",
    "kernels.vertical",
    "flows.adjustment",
    "flows.climatology_axes",
    "flows.climatology_files",
    "flows.history",
    "flows.inputs",
    "flows.passes",
    "flows.selection",
    "flows.statistics",
)
"""Modules whose source decides on statistics and history."""


@dataclass(frozen=True)
class Passes:
    """What of a campaign decides on the second pass."""

    procedure: Procedure
    grid: Grid
    selection: Selection
    external_climatology: str | None
    grey_list: str | None
    others: tuple[Procedure, ...] = ()
    """Procedures that the ensemble of the campaign takes instead: what they compare with is kept too."""

    @property
    def needed(self) -> bool:
        """Whether a month's flags rest on other months."""
        return _second_pass(self.procedure)

    @property
    def kept_for(self) -> tuple[BoundProcedure, ...]:
        """The procedures whose second pass needs statistics or history."""
        return tuple(bind(p) for p in (self.procedure, *self.others) if _second_pass(p))

    def made_from(self) -> str:
        """Everything but records that decides on the results of the first pass."""
        parts = quality.fingerprint_parts(self.procedure)
        return fingerprint(parts, self.grid, self.selection, self.made_from_lists(), source_digest(*KERNELS))

    def made_from_lists(self) -> dict[str, str]:
        """Digests of the files that any procedure would compare with."""
        climatology = self.external_climatology
        urls = [
            *(climatology_files.files_of(climatology) if climatology else ()),
            *([self.grey_list] if self.grey_list else ()),
        ]
        return {url: hashlib.blake2b(read_bytes(url)).hexdigest() for url in urls}

    def listed(self) -> GreyList | None:
        return GreyList.read(self.grey_list) if self.grey_list else None

    def as_json(self) -> dict[str, Any]:
        """What ``of`` makes the same again from."""
        return {
            "procedure": self.procedure.model_dump(mode="json"),
            "grid": self.grid.model_dump(mode="json"),
            "selection": self.selection.model_dump(mode="json"),
            "external_climatology": self.external_climatology,
            "grey_list": self.grey_list,
            "others": [p.model_dump(mode="json") for p in self.others],
        }

    @classmethod
    def of(cls, reading: Reading) -> "Passes":
        """Those by which the collection was checked.

        Raises
        ------
        ValueError
            where it has not been checked.
        """
        kept = reading.ledger("passes").get("quality")
        if kept is None:
            raise ValueError("the collection has not been checked yet: run a campaign on it first")
        content = kept["content"]
        return cls(
            Procedure.model_validate(content["procedure"]),
            Grid.model_validate(content["grid"]),
            Selection.model_validate(content["selection"]),
            content["external_climatology"],
            content["grey_list"],
            tuple(Procedure.model_validate(p) for p in content.get("others", ())),
        )


def _second_pass(procedure: Procedure) -> bool:
    return any(t.test.second_pass for t in bind(procedure).tests)


def compared_variables(procedures: Iterable[BoundProcedure]) -> list[str]:
    """Variables that procedures compare with statistics."""
    tests = [t for p in procedures for t in p.tests if any(name.startswith("normal_") for name in t.inputs)]
    return sorted({variable for t in tests for variable in t.arguments})


def compared_names(bound: BoundProcedure) -> list[str]:
    """Statistics that the procedure compares with, as ``kernels.registry.INPUTS`` has them."""
    return sorted({name for t in bound.tests for name in t.inputs if name.startswith("normal_")})


def first_pass_step(passes: Passes, reading: Reading) -> Step:
    """Sums for the statistics, and summaries of profiles, of each year."""
    years: dict[str, dict[str, str]] = defaultdict(dict)
    for month, entry in reading.ledger("ingest").items() if passes.kept_for else ():
        for path in entry["wrote"]:
            if path.startswith("profiles/"):
                years[month[:4]][path] = entry["fingerprint"]
    made_from = fingerprint(passes.made_from(), *_wanted(passes)) if years else ""
    items = [
        Item(
            year,
            fingerprint(partitions, made_from),
            (sorted(partitions), passes),
            (_sums_path(passes.grid, year), f"{ROWS}/{year}"),
        )
        for year, partitions in sorted(years.items())
    ]
    return Step("first_pass", first_pass_item, items)


def _wanted(passes: Passes) -> tuple[list[str], dict[str, list[str]]]:
    """Variables that statistics are made of, and what is kept of them for the tests along platforms."""
    variables = [] if passes.external_climatology else compared_variables(passes.kept_for)
    return variables, history.wanted(passes.kept_for)


def _sums_path(grid: Grid, year: str) -> str:
    return f"statistics/{grid.name}/sums/{year}"


def _statistics_path(grid: Grid, variable: str) -> str:
    return f"statistics/{grid.name}/{variable}"


def first_pass_item(reading: Reading, target: Store, item: Item) -> Outcome:
    paths, passes = item.argument
    bound = bind(passes.procedure)
    given = Given(grey_list=passes.listed())
    variables, along_platforms = _wanted(passes)
    sums: dict[str, xr.Dataset] = {}
    rows: list[xr.Dataset] = []
    for path in paths:
        partition = reading.dataset(path)
        checked = quality.check(partition, bound.first_pass, given)
        if any(history.tests_of(p) for p in passes.kept_for):
            rows.append(history.summary(partition, checked, along_platforms))
        flagged = quality.unchecked(partition).merge(checked)
        for variable in (v for v in variables if f"{v}_QC" in checked):
            part = statistics.accumulate(flagged, passes.grid, passes.selection, variable)
            sums[variable] = statistics.merge([sums[variable], part]) if variable in sums else part
    return _write_first_pass(target, item, sums, rows)


def _write_first_pass(
    target: Store, item: Item, sums: Mapping[str, xr.Dataset], rows: Sequence[xr.Dataset]
) -> Outcome:
    folder, rows_path = item.writes
    digests = {v: write_dataset(target, f"{folder}/{v}", part) for v, part in sums.items()}
    wrote = [f"{folder}/{v}" for v in sums]
    if rows:
        together = xr.concat(rows, "row", data_vars="all", coords="minimal", compat="override", join="outer")
        digests["rows"] = write_dataset(target, rows_path, together)
        wrote.append(rows_path)
    return {"wrote": wrote, "digest": digests}


def statistics_step(passes: Passes, reading: Reading) -> Step:
    """The statistics of each variable, from the sums of all years."""
    years: dict[str, dict[str, str]] = defaultdict(dict)
    for year, entry in sorted(reading.ledger("first_pass").items()):
        for variable in (v for v in entry["digest"] if v != "rows"):
            years[variable][year] = entry["digest"][variable]
    items = [
        Item(
            variable,
            fingerprint(digests, passes.grid, source_digest(*KERNELS)),
            (sorted(digests), passes.grid),
            (_statistics_path(passes.grid, variable),),
        )
        for variable, digests in sorted(years.items())
    ]
    return Step("statistics", statistics_item, items)


def statistics_item(reading: Reading, target: Store, item: Item) -> Outcome:
    years, grid = item.argument
    sums = statistics.merge(reading.dataset(f"{_sums_path(grid, year)}/{item.name}") for year in years)
    (path,) = item.writes
    return {"wrote": [path], "digest": write_dataset(target, path, statistics.finish(sums, grid))}


def statistics_of(reading: Reading, variable: str) -> xr.Dataset:
    """The finished statistics of a variable in a version.

    Raises
    ------
    ValueError
        where the version has none; says of which variables it has.
    """
    made = reading.ledger("statistics")
    if variable not in made:
        known = ", ".join(made) or "none: its procedure compares with no statistics"
        raise ValueError(f"no statistics of {variable!r} in this version; there are: {known}")
    (path,) = made[variable]["wrote"]
    return reading.dataset(path)


def history_step(passes: Passes, reading: Reading) -> Step:
    """Outcomes of the procedure's tests along platforms, for the profiles of each year."""
    if not history.tests_of(bind(passes.procedure)):
        return Step("history", history_item, [])
    done = {y: e["digest"]["rows"] for y, e in reading.ledger("first_pass").items() if "rows" in e["digest"]}
    items = []
    for year in sorted(done):
        beside = [y for y in (f"{int(year) + k:04d}" for k in (-1, 0, 1)) if y in done]
        made_from = fingerprint([(y, done[y]) for y in beside], passes.procedure, source_digest(*KERNELS))
        items.append(Item(year, made_from, (beside, passes.procedure), (f"{HISTORY}/{year}",)))
    return Step("history", history_item, items)


def history_item(reading: Reading, target: Store, item: Item) -> Outcome:
    years, procedure = item.argument
    found = _history(reading, years, item.name, bind(procedure))
    (path,) = item.writes
    return {"wrote": [path], "digest": write_dataset(target, path, found)}


def _history(reading: Reading, years: Sequence[str], year: str, bound: BoundProcedure) -> xr.Dataset:
    """Outcomes along platforms for the profiles of a year, tested with those of the years beside it."""
    parts = [reading.dataset(f"{ROWS}/{y}") for y in years]
    reported = np.concatenate([np.full(p.sizes["row"], y == year) for y, p in zip(years, parts, strict=True)])
    rows = xr.concat(parts, "row", data_vars="all", coords="minimal", compat="override", join="outer")
    return history.outcomes(rows, reported, bound)


@dataclass(frozen=True)
class SecondPass:
    """Where a month finds what its tests compare with, and the digests of it.

    ``history`` is the path of the year's outcomes, which hold for the campaign's procedure; for any other
    procedure they are found again from the rows of ``years``.
    """

    passes: Passes
    statistics: Mapping[str, tuple[str, str]]
    """Variable: path and digest."""
    history: str
    years: tuple[str, ...]
    year: str

    def given(self, reading: Reading, partition: xr.Dataset, bound: BoundProcedure) -> Given:
        """What the tests of a procedure compare a partition with."""
        found: list[xr.Dataset] = []
        if history.tests_of(bound) and "profile" in partition.sizes:
            if self.history and bound.procedure == self.passes.procedure:
                found = [reading.dataset(self.history)]
            elif self.years:
                found = [_history_of(reading, self.years, self.year, bound)]
        along = history.given(partition, found, bound) if found else Given()
        return replace(along, normals=self.normals(reading, bound), grey_list=self.passes.listed())

    def normals(self, reading: Reading, bound: BoundProcedure) -> Normals:
        """What the tests of a procedure compare with, and no more."""
        if self.passes.external_climatology:
            lookups = _external(self.passes.external_climatology).lookups
        else:
            lookups = {v: _lookup(reading, *at) for v, at in self.statistics.items()}
        return statistics.Statistics(lookups, compared_names(bound))

    def compared(self, bound: BoundProcedure) -> dict[str, tuple[str, str]]:
        """Those of the statistics that a procedure compares with."""
        wanted = compared_variables([bound])
        return {v: at for v, at in self.statistics.items() if v in wanted}

    def made_from(self, reading: Reading, bound: BoundProcedure) -> list[Any]:
        """Everything but the records of the month that decides on the flags of any procedure."""
        first = reading.ledger("first_pass")
        rows = [first[y]["digest"]["rows"] for y in self.years] if history.tests_of(bound) else []
        return [
            quality.fingerprint_parts(bound.procedure),
            sorted(self.compared(bound).items()),
            rows,
            self.passes.made_from_lists(),
        ]


_LOOKUPS: dict[str, statistics.Lookup] = {}
"""By digest: a worker reads the statistics once, not once a month."""


def _lookup(reading: Reading, path: str, digest: str) -> statistics.Lookup:
    if digest not in _LOOKUPS:
        if len(_LOOKUPS) >= KEPT:
            _LOOKUPS.pop(next(iter(_LOOKUPS)))
        _LOOKUPS[digest] = statistics.Lookup.of(reading.dataset(path))
    return _LOOKUPS[digest]


KEPT = 6
"""Statistics that a worker keeps: those of the variables of one collection."""


@lru_cache(maxsize=1)
def _external(url: str) -> statistics.Statistics:
    return climatology_files.external(url)


_FOUND: dict[tuple[str, str], xr.Dataset] = {}
MOST_PROCEDURES = 64
"""Outcomes along platforms that a worker keeps: of the procedures that are compared, for one year."""


def _history_of(reading: Reading, years: Sequence[str], year: str, bound: BoundProcedure) -> xr.Dataset:
    """``_history`` of a year for a procedure; kept for its other months."""
    key = (year, fingerprint(bound.procedure, [reading.ledger("first_pass")[y]["digest"] for y in years]))
    if key not in _FOUND:
        if len(_FOUND) >= MOST_PROCEDURES:
            _FOUND.pop(next(iter(_FOUND)))
        _FOUND[key] = _history(reading, years, year, bound)
    return _FOUND[key]


def second_passes(passes: Passes, reading: Reading, months: Iterable[str]) -> dict[str, SecondPass]:
    """What the tests of each month compare with."""
    made = reading.ledger("statistics")
    done = {
        v: (_statistics_path(passes.grid, v), e["digest"])
        for v, e in made.items()
        if _statistics_path(passes.grid, v) in e["wrote"]
    }
    first = {y for y, e in reading.ledger("first_pass").items() if "rows" in e["digest"]}
    found = set(reading.ledger("history"))
    out = {}
    for month in months:
        year = month[:4]
        years = tuple(y for y in (f"{int(year) + k:04d}" for k in (-1, 0, 1)) if y in first)
        path = f"{HISTORY}/{year}" if year in found else ""
        out[month] = SecondPass(passes, done, path, years if year in first else (), year)
    return out
