"""What a use keeps of a collection, and what its choice does to the indicators.

A use is a pure function of masks and metadata (``catalogs/uses``). Its indicators are made on a branch of
their own, from the flags as they are; the branch is given up when they have been compared.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from distributed import Client
from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner

from catalogs.schema import Campaign, Selection, Use
from flows import indicator_steps, steps
from flows.cluster import cluster as dask_cluster
from flows.collection import Collection, Reading, Run
from flows.fanout import THREADS, run_step, scan
from flows.inputs import observed
from flows.products import trend_rows
from flows.selection import select, usable_rows
from flows.tally import Groups
from flows.work import Item, Outcome
from kernels.compiled import Array
from kernels.ragged import row_of_obs, row_start_of

KEPT = "kept"


@dataclass(frozen=True)
class Advice:
    """What a use keeps: rows of tables."""

    use: Use
    version: str
    ignored_tests: tuple[str, ...]
    """Tests of the procedure that do not count for the use."""
    records: list[dict[str, Any]]
    """By kind of group and group: records there, kept, and left out by reason."""
    values: list[dict[str, Any]]
    """By variable: values there, and kept."""
    indicators: list[dict[str, Any]]
    """By indicator and region: trend and mean standard error with the campaign's selection and the use's."""


@flow(
    name="advise",
    task_runner=ThreadPoolTaskRunner(max_workers=THREADS),  # type: ignore[arg-type]
    persist_result=False,
)
def advise(use: Use, store: str, version: str = "main", cluster: str = "local") -> Advice:
    """Say which records of a version a use keeps and what its choice does to the indicators."""
    collection = Collection.open(store)
    snapshot = collection.snapshot(version)
    reading = collection.at(snapshot)
    campaign = campaign_of(reading)
    with dask_cluster(cluster) as client:
        records, values = _counted(collection, snapshot, use, client)
        indicators = _indicators(collection, snapshot, campaign, use, client)
    tests = {t["id"] for t in reading.ledger("passes")["quality"]["content"]["procedure"]["tests"]}
    ignored = tuple(t for t in use.selection.without_tests if t in tests)
    return Advice(use, collection.name_of(snapshot), ignored, records, values, indicators)


def check(store: str, version: str) -> None:
    """Find what is wrong with a store before anything is started: see ``campaign_of``."""
    collection = Collection.open(store)
    campaign_of(collection.at(collection.snapshot(version)))


def campaign_of(reading: Reading) -> Campaign:
    """The campaign that made a collection.

    Raises
    ------
    ValueError
        where no campaign has been run on it.
    """
    kept = reading.ledger("passes").get("campaign")
    if kept is None:
        raise ValueError("the collection has not been checked yet: run a campaign on it first")
    return Campaign.model_validate(kept["content"])


def _counted(
    collection: Collection, snapshot: str, use: Use, client: Client
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    paths = collection.at(snapshot).partitions("profiles")
    rows: Counter[tuple[str, str, str]] = Counter()
    values: Counter[tuple[str, str]] = Counter()
    items = [Item(path, "", (path, use.selection)) for path in paths]
    for _, outcome in scan(collection, snapshot, "advise", look, items, client):
        rows.update({(kind, group, reason): n for kind, group, reason, n in outcome["records"]})
        values.update({(variable, what): n for variable, what, n in outcome["values"]})
    return _record_rows(rows), _value_rows(values)


def look(reading: Reading, item: Item) -> Outcome:
    """Count what a selection keeps of a partition of profiles, and why it leaves out the rest."""
    path, selection = item.argument
    partition = reading.dataset(path, without=steps.unread(selection))
    reasons, kept = reasons_of(partition, selection)
    records = [
        [kind, str(names[group]), str(reason), int(n)]
        for kind, (names, at) in Groups.of(partition).of_rows.items()
        for (group, reason), n in Counter(zip(at.tolist(), reasons.tolist(), strict=True)).items()
    ]
    values = [
        [v, what, int(n)]
        for v in kept
        for what, n in (("there", np.isfinite(partition[v].values).sum()), (KEPT, kept[v]))
    ]
    return {"records": records, "values": values}


def reasons_of(partition: xr.Dataset, selection: Selection) -> tuple[Array, dict[str, int]]:
    """Why each row is kept or left out, and how many values of each variable are kept."""
    row = row_of_obs(row_start_of(np.asarray(partition["row_size"].values)))
    n_row = partition.sizes["profile"]
    any_kept = np.zeros(n_row, bool)
    kept: dict[str, int] = {}
    for variable in (v for v in observed(partition) if v not in ("PRES", "DEPH")):
        if f"{variable}_QC" not in partition:
            continue
        value, _ = select(partition, variable, selection)
        kept[variable] = int(np.isfinite(value).sum())
        any_kept[row[np.isfinite(value)]] = True
    reasons = np.where(any_kept, KEPT, "no value that may be used").astype("U32")
    plain = selection.model_copy(update={"data_modes": (), "without_platform_types": ()})
    reasons[~usable_rows(partition, plain)] = "time or position"
    if selection.data_modes:
        reasons[~np.isin(partition["DATA_MODE"].values, selection.data_modes)] = "data mode"
    reasons[np.isin(partition["PLATFORM_TYPE"].values, selection.without_platform_types)] = "platform type"
    return reasons, kept


def _record_rows(rows: Mapping[tuple[str, str, str], int]) -> list[dict[str, Any]]:
    reasons = sorted({reason for _, _, reason in rows} - {KEPT})
    out = []
    for kind, group in sorted({(kind, group) for kind, group, _ in rows}):
        n = {reason: rows.get((kind, group, reason), 0) for reason in (KEPT, *reasons)}
        there = sum(n.values())
        out.append({"by": kind, "group": group, "records": there, **n, "part kept": n[KEPT] / there})
    return out


def _value_rows(values: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    out = []
    for variable in sorted({v for v, _ in values}):
        there, kept = values[variable, "there"], values[variable, KEPT]
        part = kept / there if there else float("nan")
        out.append({"variable": variable, "values": there, "kept": kept, "part kept": part})
    return out


def _indicators(
    collection: Collection, snapshot: str, campaign: Campaign, use: Use, client: Client
) -> list[dict[str, Any]]:
    """Trends with the use's selection beside those of the version."""
    job = steps.Job.of(campaign, use)
    reading = collection.at(snapshot)
    made = set(reading.groups("indicators"))
    there = [i for i in job.indicators if i.name in made]
    before = trend_rows(reading, there, job.regions, None)
    run = collection.begin(f"advise-{use.name}", snapshot)
    try:
        _run(run, job, client)
        now = {i.name for i in there} & set(run.reading().ledger("indicators"))
        after = trend_rows(run.reading(), [i for i in there if i.name in now], job.regions, None)
        errors = [_mean_error(r, there, job.regions) for r in (reading, run.reading())]
    finally:
        run.abandon()
    found = {(row["indicator"], row["region"]): row for row in after}
    return [_beside(row, found.get((row["indicator"], row["region"])), *errors) for row in before]


def _run(run: Run, job: steps.Job, client: Client) -> None:
    for plan in (
        steps.climatology_sums_step,
        steps.climatology_step,
        indicator_steps.boxes_step,
        indicator_steps.indicators_step,
    ):
        report = run_step(run, plan(job, run.reading()), client)
        if report.failed:
            name, why = next(iter(report.failed.items()))
            raise ValueError(f"use {job.use.name if job.use else ''}: {report.step} {name}: {why}")


def _mean_error(reading: Reading, indicators: Any, regions: Any) -> dict[tuple[str, str], float]:
    """Mean standard error of the yearly values of each indicator and region."""
    found = {}
    for indicator in indicators:
        series = reading.dataset(f"indicators/{indicator.name}")
        for region in regions:
            error = series["yearly_standard_error"].sel(region=region.name).values
            known = error[np.isfinite(error)]
            found[indicator.name, region.name] = float(known.mean()) if known.size else float("nan")
    return found


def _beside(
    before: Mapping[str, Any], after: Mapping[str, Any] | None, error: Any, use_error: Any
) -> dict[str, Any]:
    key = before["indicator"], before["region"]
    nothing = {"trend": float("nan"), "low": float("nan"), "high": float("nan"), "note": "no value is kept"}
    now = after or nothing
    return {
        "indicator": key[0],
        "region": key[1],
        "units": before["units"],
        "trend": before["trend"],
        "low": before["low"],
        "high": before["high"],
        "trend of the use": now["trend"],
        "its low": now["low"],
        "its high": now["high"],
        "mean yearly error": error[key],
        "that of the use": use_error[key],
        "note": now["note"],
    }
