"""Procedures side by side on the same records, and against those who know the truth.

The records of a collection are read, rated and counted on the cluster; nothing is written to it. Statistics,
lists and summaries are those of the collection, so that all procedures are compared on equal terms.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import xarray as xr
from distributed import Client
from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner

from flows import ratings, tally
from flows.cluster import cluster as dask_cluster
from flows.collection import Collection, Reading
from flows.fanout import THREADS, scan
from flows.months import Months, month_number
from flows.passes import Passes, SecondPass, second_passes
from flows.ratings import Rater, Truth
from flows.work import Item, Outcome
from kernels.compiled import Array

HALVES = ("chosen", "held_back")
"""Platforms fall into two halves by their code: what was chosen on one is reported on the other."""


@dataclass(frozen=True)
class Counted:
    """What the raters said of the records of a version; the last one is the truth, if one was asked."""

    version: str
    names: tuple[str, ...]
    patterns: tally.Patterns
    differing: list[dict[str, Any]]
    """Records on whose rows the raters differ, see ``tally.LISTED``."""
    records: int

    def pairs(self) -> list[dict[str, Any]]:
        """Table of all pairs of raters; see ``tally.pair_rows``."""
        return tally.pair_rows(self.patterns, self.names, combinations(range(len(self.names)), 2))


def check(
    raters: Sequence[Rater],
    store: str,
    version: str,
    truth: Truth | None,
    half: str | None,
    months: str | None,
) -> None:
    """Find what is wrong with a comparison before anything is started.

    Raises
    ------
    ValueError, StoreError
        says what it is.
    """
    _names(raters, truth)
    collection = Collection.open(store)
    if not list(_items(collection.at(collection.snapshot(version)), raters, truth, half, months)):
        raise ValueError(f"version {version} of {store} has no records" + (f" of {months}" if months else ""))


def _names(raters: Sequence[Rater], truth: Truth | None) -> tuple[str, ...]:
    names = [*(r.name for r in raters), *([truth] if truth else [])]
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise ValueError(f"named twice: {', '.join(twice)}")
    return tuple(names)


@flow(
    name="compare",
    task_runner=ThreadPoolTaskRunner(max_workers=THREADS),  # type: ignore[arg-type]
    persist_result=False,
)
def compare(
    raters: Sequence[Rater],
    store: str,
    version: str = "main",
    truth: Truth | None = None,
    half: str | None = None,
    months: str | None = None,
    cluster: str = "local",
) -> Counted:
    """Count what procedures, and the truth if one is named, say of the records of a version."""
    collection = Collection.open(store)
    with dask_cluster(cluster) as client:
        return count(collection, collection.snapshot(version), raters, truth, half, months, client)


def count(
    collection: Collection,
    snapshot: str,
    raters: Sequence[Rater],
    truth: Truth | None,
    half: str | None,
    months: str | None,
    client: Client,
) -> Counted:
    """The body of ``compare``, on a cluster that is there."""
    names = _names(raters, truth)
    reading = collection.at(snapshot)
    items = list(_items(reading, raters, truth, half, months))
    found: tally.Patterns = tally.Patterns()
    differing: list[dict[str, Any]] = []
    records = 0
    for _, outcome in scan(collection, snapshot, "compare", look, items, client):
        found.update(tally.merged([outcome["patterns"]]))
        differing += outcome["differing"]
        records += outcome["rows"]
    differing.sort(key=lambda row: row["RECORD_ID"])
    return Counted(collection.name_of(snapshot), names, found, differing, records)


@dataclass(frozen=True)
class _Task:
    path: str
    raters: Sequence[Rater]
    truth: Truth | None
    half: str | None
    second: SecondPass


def _items(
    reading: Reading, raters: Sequence[Rater], truth: Truth | None, half: str | None, months: str | None
) -> Iterator[Item]:
    if half is not None and half not in HALVES:
        raise ValueError(f"half {half!r} is not known; choose one of {', '.join(HALVES)}")
    span = Months.parse(months) if months else None
    paths = [p for feature in ("profiles", "trajectories") for p in reading.partitions(feature)]
    month_of = {p: p.partition("/")[2] for p in paths}
    wanted = [p for p in paths if span is None or month_number(month_of[p]) in span]
    second = second_passes(Passes.of(reading), reading, sorted({month_of[p] for p in wanted}))
    for path in wanted:
        yield Item(path, "", _Task(path, raters, truth, half, second[month_of[path]]))


def look(reading: Reading, item: Item) -> Outcome:
    """Rate the records of a partition and count what the raters say."""
    task: _Task = item.argument
    partition = reading.dataset(task.path)
    rows = rows_of_half(partition, task.half)
    known = ratings.truth(partition, task.truth) if task.truth else None
    if known is not None and not _is_known(known):
        return {"patterns": [], "differing": [], "rows": 0}
    found = [r.rate(partition, task.second.given(reading, partition, r.bound)) for r in task.raters]
    if known is not None:
        found.append(known)
    counted, differing = tally.patterns(partition, found, rows)
    return {"patterns": tally.as_json(counted), "differing": differing, "rows": int(rows.sum())}


def _is_known(known: ratings.Rating) -> bool:
    """Whether the truth of any value is known."""
    return any(bool((verdict != ratings.UNKNOWN).any()) for verdict in known.values())


def rows_of_half(partition: xr.Dataset, half: str | None) -> Array:
    """Rows of the platforms of a half: (n_row,) bool; all rows where none is named."""
    codes, at = np.unique(partition["PLATFORM_CODE"].values, return_inverse=True)
    if half is None:
        return np.ones(at.size, bool)
    in_half = np.array([half_of(code) == half for code in codes.tolist()], bool)
    return in_half[at.reshape(-1)]


def half_of(platform_code: str) -> str:
    """Half that a platform belongs to: that of its code, so that it is the same in every collection."""
    digest = hashlib.blake2b(platform_code.strip().encode(), digest_size=1).digest()
    return HALVES[digest[0] % 2]
