"""The main job: records in, quality control, climatology, indicators, a released version out."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import xarray as xr
from distributed import Client
from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner

from catalogs.schema import Campaign, Indicator, Source, load
from flows import indicator_steps, ingest, mapping_steps, passes, section_steps, station_steps, steps
from flows.analysis_files import alert_rows
from flows.cluster import cluster as dask_cluster
from flows.collection import Collection, Reading, Run, fingerprint
from flows.discovery import Discovery, discover
from flows.fanout import THREADS, Report, run_step
from flows.groups import write_dataset
from flows.location import join, names_in
from flows.months import Months, month_number
from flows.origin import origin_of
from flows.products import (
    Truth,
    trend_rows,
    write_analysis_series,
    write_csv,
    write_figures,
    write_omi_files,
    write_sections_and_stations,
    write_tables,
    year_rows,
)
from flows.staging import Batch, Staged, batches, read_index, stage_item
from flows.work import Item, Outcome, Step

Remark = tuple[str, str, str, str]
"""(kind, file, variable, reason); kinds are quarantined, left aside, note, failed"""


@dataclass(frozen=True)
class Summary:
    """What a run did."""

    campaign: str
    store: str
    version: str
    """Released by this run, or shown by ``main`` where nothing changed."""
    changed: bool
    reports: Mapping[str, Report]
    remarks: tuple[Remark, ...]
    files_read: int
    trends: list[dict[str, Any]]
    years: list[dict[str, Any]]
    seconds: float
    products: str

    @property
    def failed(self) -> dict[str, str]:
        """Items that failed after every retry, with the reason."""
        return {f"{r.step} {name}": why for r in self.reports.values() for name, why in r.failed.items()}


def check(campaign: str, months: str | None, store: str) -> None:
    """Find what is wrong with a command before anything is started or read."""
    job = steps.Job.of(load(Campaign, campaign))
    section_steps.sections_of(job)
    station_steps.stations_of(job)
    if months:
        Months.parse(months)
    Collection.open(store, create=True)


@flow(
    name="reprocess",
    task_runner=ThreadPoolTaskRunner(max_workers=THREADS),  # type: ignore[arg-type]
    persist_result=False,
)
def reprocess(
    campaign: str,
    store: str,
    records: str | None = None,
    months: str | None = None,
    cluster: str = "local",
    seed: int | None = None,
) -> Summary:
    """Run a campaign on a Dask cluster. The arguments are those of ``oceanstate run``."""
    started = time.monotonic()
    job = steps.Job.of(load(Campaign, campaign))
    span = Months.parse(text) if (text := months or job.campaign.months) else None
    inputs = Inputs.of(job.campaign, records, seed)
    collection = Collection.open(store, create=True)
    run = collection.begin(campaign)
    with dask_cluster(cluster) as client:
        reports, staged = _run_steps(run, job, inputs, span, store, client)
    remarks = _remarks(inputs, staged, reports)
    _record_quarantine(run, remarks)
    changed = run.changed()
    version = run.release() if changed else _nothing_new(run)
    reading = collection.read(version or "main")
    released = next((v.written_at.date() for v in collection.versions() if v.name == version), date.today())
    products = Products(reading, job, version, released, join(store, "products", version))
    if changed or not names_in(products.folder):
        products.write(reports["quality"].outcomes, remarks)
    return Summary(
        campaign=campaign,
        store=store,
        version=version,
        changed=changed,
        reports=reports,
        remarks=remarks,
        files_read=sum(i.n_read for i in staged.values()),
        trends=products.trends(),
        years=products.years(),
        seconds=time.monotonic() - started,
        products=products.folder,
    )


def _nothing_new(run: Run) -> str:
    run.abandon()
    return run.collection.current_version()


@dataclass(frozen=True)
class Inputs:
    """The records of a campaign: files by source, and sources that open any month on their own."""

    found: Discovery
    sources: tuple[Source, ...]
    by_month: tuple[tuple[str, Source], ...]

    @classmethod
    def of(cls, campaign: Campaign, records: str | None, seed: int | None) -> "Inputs":
        records = records or campaign.records
        if not records:
            raise ValueError(f"campaign {campaign.name!r} has no records of its own: give --records URL")
        sources = [load(Source, name) for name in campaign.sources]
        filed = tuple(s for s in sources if s.addressed_by == "file")
        found = discover(records, campaign, filed) if filed else Discovery((), (), ())
        by_month = tuple(
            (_with_options(records, campaign.options.get(s.name, {}), seed), s)
            for s in sources
            if s.addressed_by == "month"
        )
        return cls(found, filed, by_month)

    def batches(self) -> list[Batch]:
        return [
            batch
            for source in self.sources
            for batch in batches((f for f in self.found.files if f.source == source.name), source)
        ]


def _with_options(url: str, options: Mapping[str, Any], seed: int | None) -> str:
    base, _, query = url.partition("?")
    merged = {**options, **({"seed": seed} if seed is not None else {}), **dict(parse_qsl(query))}
    return f"{base}?{urlencode(merged)}" if merged else base


def _run_steps(
    run: Run,
    job: steps.Job,
    inputs: Inputs,
    months: Months | None,
    store: str,
    client: Client,
) -> tuple[dict[str, Report], dict[str, Staged]]:
    reports: dict[str, Report] = {}

    def go(step: Step) -> Report:
        _forget(run, step, months)
        reports[step.name] = run_step(run, step, client)
        return reports[step.name]

    folder = join(store, "staging")
    wanted = inputs.batches()
    go(_staging_step(run, folder, wanted))
    staged = {b.name: read_index(folder, b.name) for b in wanted if b.name in reports["staging"].outcomes}
    go(Step("ingest", ingest.collect, ingest.month_items(folder, staged, inputs.by_month, months)))
    _keep_procedure(run, job)
    go(passes.first_pass_step(job.passes, run.reading()))
    go(passes.statistics_step(job.passes, run.reading()))
    go(passes.history_step(job.passes, run.reading()))
    go(steps.quality_step(job, run.reading(), months))
    go(steps.climatology_sums_step(job, run.reading()))
    go(steps.climatology_step(job, run.reading()))
    go(indicator_steps.boxes_step(job, run.reading()))
    go(mapping_steps.analysis_step(job, run.reading()))
    go(mapping_steps.analysis_series_step(job, run.reading()))
    go(indicator_steps.indicators_step(job, run.reading()))
    go(section_steps.sections_step(job, run.reading()))
    go(station_steps.station_years_step(job, run.reading()))
    go(station_steps.stations_step(job, run.reading()))
    return reports, staged


def _keep_procedure(run: Run, job: steps.Job) -> None:
    """Keep what the flags are made from beside them: they are explained by it when it has changed."""
    _keep(run, "procedures", job.procedure.name, job.procedure.model_dump(mode="json"))
    _keep(run, "passes", "quality", job.passes.as_json())
    _keep(run, "passes", "campaign", job.campaign.model_dump(mode="json"))


def _keep(run: Run, ledger: str, name: str, content: dict[str, Any]) -> None:
    entry = {"fingerprint": fingerprint(content), "wrote": [], "digest": "", "content": content}
    if run.reading().ledger(ledger).get(name) != entry:
        session = run.session([f"ledger/{ledger}"])
        run.record(session, ledger, {name: entry})
        run.commit(session, f"{ledger}: {name}")


def _staging_step(run: Run, folder: str, wanted: Sequence[Batch]) -> Step:
    """Batches to read; what the ledger knows but the folder has lost is read again."""
    there = names_in(folder)
    known = run.reading().ledger("staging")
    run.remove("staging", {name: () for name in known if f"{name}.json" not in there})
    return Step("staging", stage_item, [Item(b.name, b.name, (folder, b)) for b in wanted])


def _forget(run: Run, step: Step, months: Months | None) -> None:
    """Remove what an earlier run made of inputs that are gone; months that were not asked for stay."""
    planned = {i.name for i in step.items}
    monthly = step.name in ("ingest", "quality")
    stale = {
        name: entry["wrote"]
        for name, entry in run.reading().ledger(step.name).items()
        if name not in planned and not (monthly and months is not None and month_number(name) not in months)
    }
    run.remove(step.name, stale)


def _remarks(
    inputs: Inputs, staged: Mapping[str, Staged], reports: Mapping[str, Report]
) -> tuple[Remark, ...]:
    """What was not read, and why; what failed; what was left out of files that were read."""
    known = ", ".join(s.name for s in inputs.sources)
    failed = [(f"{r.step}/{name}", "", why) for r in reports.values() for name, why in r.failed.items()]
    unclaimed = f"no source of the campaign ({known}) reads a file of this name"
    return (
        *sorted(("quarantined", *r) for s in staged.values() for r in s.quarantined),
        *(("quarantined", name, "", unclaimed) for name in inputs.found.unclaimed),
        *(("failed", *f) for f in failed),
        *(("left aside", name, "", why) for name, _, why in inputs.found.skipped),
        *sorted(("note", *r) for s in staged.values() for r in s.notes),
    )


def _record_quarantine(run: Run, remarks: Sequence[Remark]) -> None:
    """Keep the quarantine in the collection, beside the data that it is missing from."""
    rows = [r for r in remarks if r[0] in ("quarantined", "failed")]
    made_from = fingerprint(rows)
    before = run.reading().ledger("quarantine").get("quarantine", {"fingerprint": fingerprint([])})
    if before["fingerprint"] == made_from:
        return
    session = run.session(["ledger/quarantine", "quarantine/files"])
    columns = {
        name: ("entry", np.array([row[i] for row in rows], dtype=str))
        for i, name in enumerate(("kind", "file", "variable", "reason"))
    }
    digest = write_dataset(session.store, "quarantine/files", xr.Dataset(columns))
    entry = {"fingerprint": made_from, "digest": digest, "wrote": ["quarantine/files"], "n": len(rows)}
    run.record(session, "quarantine", {"quarantine": entry})
    run.commit(session, f"quarantine: {len(rows)} entries")


@dataclass(frozen=True)
class Products:
    """Tables, figures and files of the version that a run released."""

    reading: Reading
    job: steps.Job
    version: str
    released: date
    folder: str

    @property
    def truth(self) -> Truth | None:
        return Truth.of(load(Source, name) for name in self.job.campaign.sources)

    @property
    def there(self) -> list[Indicator]:
        """Indicators that could be made: none without any usable profile."""
        made = set(self.reading.groups("indicators"))
        return [i for i in self.job.indicators if i.name in made]

    def write(self, quality: Mapping[str, Outcome], remarks: Iterable[Remark]) -> None:
        write_tables(self.reading, self.folder, self.version, self.there, quality, remarks)
        write_csv(join(self.folder, "tables", "trends.csv"), self.trends())
        if self.job.analyses:
            alerts = [row for grid in self.job.analyses for row in alert_rows(self.reading, grid.name)]
            write_csv(join(self.folder, "tables", "analysis_alerts.csv"), alerts)
            write_analysis_series(self.reading, self.folder, self.version)
        regions = self.job.regions
        write_figures(self.reading, self.folder, self.version, self.there, regions, self.truth)
        made = set(self.reading.groups("indicators"))
        others = [n for n in (*self.job.campaign.sections, *self.job.campaign.stations) if n in made]
        origin = origin_of(self.reading, self.version, self.released)
        write_omi_files(self.reading, self.folder, origin, self.there, regions, others)
        write_sections_and_stations(self.reading, self.folder, self.version, others)

    def trends(self) -> list[dict[str, Any]]:
        return trend_rows(self.reading, self.there, self.job.regions, self.truth)

    def years(self) -> list[dict[str, Any]]:
        """Yearly table of the campaign's first indicator in its first region."""
        if not self.there:
            return []
        return year_rows(self.reading, self.there[0], self.job.regions[0], self.truth)
