"""What the command prints: the summary of a run, the state of a store, the catalogue."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from catalogs import schema
from flows import agreement
from flows.collection import Collection, Reading
from kernels.registry import tests

if TYPE_CHECKING:
    from flows.advise import Advice
    from flows.compare import Counted
    from flows.reprocess import Summary

REMARKS_SHOWN = 12
SERIES_NAMED = 3


def print_summary(console: Console, summary: "Summary") -> None:
    """A short account of a run: what came in, what was flagged, what was left out, how long it took."""
    state = "released as" if summary.changed else "nothing changed; it stays"
    console.print(f"campaign {summary.campaign}: {state} version {summary.version}")
    console.print(_steps(summary))
    if summary.files_read:
        of_kind = Counter(kind for kind, *_ in summary.remarks)
        aside = f"{of_kind['quarantined']} entries in quarantine, {of_kind['left aside']} files left aside"
        console.print(f"files: {summary.files_read} read; {aside}")
    for line in _counts(summary.reports):
        console.print(line)
    print_remarks(console, summary.remarks)
    for line in agreement.lines(
        agreement.merged(o["agreement"] for o in summary.reports["quality"].outcomes.values())
    ):
        console.print(f"against delayed-mode flags, {line}")
    if known := [r for r in summary.years if r["profiles"]]:
        console.print(_table(known))
    if known := [r for r in summary.trends if np.isfinite(r["trend"])]:
        console.print(_table(known))
    for note, rows in _grouped((r for r in summary.trends if r["note"]), "note").items():
        console.print(f"without interval or trend: {note}: {series_names(rows)}", markup=False)
    console.print(f"store {summary.store}; tables and figures in {summary.products}")
    console.print(f"{summary.seconds:.0f} s in all")


def series_names(rows: Sequence[Mapping[str, Any]]) -> str:
    """Indicators by region; their number where there are more than ``SERIES_NAMED``."""
    named = []
    for region, of_region in _grouped(rows, "region").items():
        indicators = [str(r["indicator"]) for r in of_region]
        some = ", ".join(indicators) if len(indicators) <= SERIES_NAMED else f"{len(indicators)} indicators"
        named.append(f"{region} ({some})")
    return ", ".join(named)


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = list(dict.fromkeys(name for row in rows for name in row if name != "note"))
    table = Table(*columns)
    for row in rows:
        table.add_row(*(_cell(row.get(name, "")) for name in columns))
    return table


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)


def _grouped(rows: Iterable[Mapping[str, Any]], name: str) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(str(row[name]), []).append(row)
    return groups


def _steps(summary: "Summary") -> Table:
    table = Table("step", "items", "done", "skipped", "failed", "seconds", "largest worker, MB")
    for name, report in summary.reports.items():
        total = len(report.done) + len(report.skipped) + len(report.failed)
        peak = f"{report.peak_bytes / 1e6:.0f}" if report.done else ""
        counts = [str(n) for n in (total, len(report.done), len(report.skipped), len(report.failed))]
        table.add_row(name, *counts, f"{report.seconds:.1f}", peak)
    return table


def _counts(reports: Mapping[str, Any]) -> Iterable[str]:
    ingested = reports["ingest"].outcomes.values()
    rows: Counter[str] = Counter()
    for outcome in ingested:
        for path, by_source in outcome["rows"].items():
            for source, n in by_source.items():
                rows[f"{source} {path.split('/')[0]}"] += n
    yield f"records: {_listed(rows)}; {sum(n for o in ingested for n in o['obs'].values())} observations"
    if replaced := total(o["superseded"] for o in ingested):
        yield f"records of which another rendering was replaced: {_listed(replaced)}"
    checked = reports["quality"].outcomes.values()
    n, bad = (sum(o[k] for o in checked) for k in ("rows", "rows_flagged"))
    yield f"checked: {n} records, {bad} with a flag 3 or 4 somewhere"
    yield f"observations failing each test: {_listed(total(o['flagged'] for o in checked)) or 'none'}"


def total(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    """Sum of counts by name."""
    summed: Counter[str] = Counter()
    for one in counts:
        summed.update(one)
    return summed


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()) if n)


def print_remarks(console: Console, remarks: Iterable[tuple[str, str, str, str]]) -> None:
    """Remarks grouped by what they say; the whole list is in the products."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for kind, file, variable, reason in remarks:
        said = f"{variable}: {reason}" if variable else reason
        reasons.setdefault((kind, said), []).append(file)
    for kind in dict.fromkeys(k for k, _ in reasons):
        of_kind = sorted(((f, r) for (k, r), f in reasons.items() if k == kind), key=lambda x: -len(x[0]))
        console.print(f"{kind}: {sum(len(f) for f, _ in of_kind)}")
        for files, reason in of_kind[:REMARKS_SHOWN]:
            more = " ..." if len(files) > 1 else ""
            console.print(f"  {len(files)} x {reason} ({files[0]}{more})", markup=False)
        if len(of_kind) > REMARKS_SHOWN:
            console.print(
                f"  and {len(of_kind) - REMARKS_SHOWN} other reasons: tables/remarks.csv has them all"
            )


def print_comparison(console: Console, counted: "Counted", files: Sequence[str]) -> None:
    """Base rates and pairwise agreement over all records, and where the rest is."""
    console.print(f"version {counted.version}: {counted.records} records, {len(counted.names)} procedures")
    overall = [p for p in counted.pairs() if p["by"] == "all"]
    shown = ("a", "b", "variable", "n", "base_rate_a", "base_rate_b", "observed", "kappa")
    console.print(_table([{k: p[k] for k in shown} for p in overall]))
    _print_files(console, counted, files)


def print_scores(console: Console, counted: "Counted", files: Sequence[str]) -> None:
    """True and false positive rates over all records, and where the rest is."""
    from flows.compare_products import score_rows

    console.print(f"version {counted.version}: {counted.records} records, truth: {counted.names[-1]}")
    shown = ("procedure", "variable", "bad", "good", "tpr", "tpr_low", "tpr_high", "fpr", "kappa")
    overall = [r for r in score_rows(counted) if r["by"] == "all"]
    console.print(_table([{k: r[k] for k in shown} for r in overall]))
    _print_files(console, counted, files)


def print_advice(console: Console, advice: "Advice", files: Sequence[str]) -> None:
    """What a use keeps by platform, and the trends with its choice beside those of the version."""
    use = advice.use
    console.print(f"version {advice.version}, use {use.name}: {use.title}", markup=False)
    console.print(use.advice, markup=False)
    if advice.ignored_tests:
        console.print(f"tests that do not count: {', '.join(advice.ignored_tests)}", markup=False)
    console.print(_table([r for r in advice.records if r["by"] in ("all", "platform")]))
    console.print(_table(advice.values))
    if known := [r for r in advice.indicators if np.isfinite(r["trend"])]:
        console.print(_table(known))
    console.print("written: " + ", ".join(files), markup=False)


def _print_files(console: Console, counted: "Counted", files: Sequence[str]) -> None:
    console.print(f"records on which they differ: {len(counted.differing)} listed", markup=False)
    console.print("written: " + ", ".join(files), markup=False)


def print_status(console: Console, collection: Collection) -> None:
    """Versions of a store with what they hold, and runs that were not finished."""
    versions = Table("version", "released", "months", "records", "quarantined", "indicators")
    for version in collection.versions():
        versions.add_row(
            version.name, f"{version.written_at:%Y-%m-%d %H:%M}", *_content(collection.read(version.name))
        )
    console.print(versions)
    for branch in collection.runs():
        done = {s: len(collection.read(branch).ledger(s)) for s in collection.read(branch).groups("ledger")}
        console.print(f"not finished: {branch}; items done: {_listed(done)}")


def _content(reading: Reading) -> tuple[str, ...]:
    ingested = reading.ledger("ingest")
    rows = sum(n for e in ingested.values() for by_source in e["rows"].values() for n in by_source.values())
    quarantined = sum(e["n"] for e in reading.ledger("quarantine").values())
    months = f"{min(ingested)} - {max(ingested)}" if ingested else ""
    return months, str(rows), str(quarantined), str(len(reading.groups("indicators")))


def print_catalogue(console: Console, kind: str | None, name: str | None) -> None:
    """The kinds of the catalogue, the entries of a kind, or one entry as YAML."""
    if kind is None:
        for each in [*schema.KINDS, "variables", "flags", "tests"]:
            console.print(f"{each}: {', '.join(_entries(each))}")
    elif name is None:
        for entry, content in _entries(kind).items():
            console.print(f"{entry}: {content.get('title') or content.get('long_name')}", markup=False)
    else:
        entries = _entries(kind)
        if name not in entries:
            raise ValueError(f"{kind} has no entry {name!r}; it has: {', '.join(entries)}")
        console.print(yaml.safe_dump(entries[name], sort_keys=False, allow_unicode=True), markup=False)


def _entries(kind: str) -> dict[str, dict[str, Any]]:
    if kind == "variables":
        return {n: v.model_dump(mode="json") for n, v in schema.variables().items()}
    if kind == "flags":
        return {n: v.model_dump(mode="json") for n, v in schema.flag_schemes().items()}
    if kind == "tests":
        return {n: _test(t) for n, t in tests().items()}
    entries = [schema.load(schema.KINDS[kind], n) for n in schema.names(kind)]
    return {str(e.name): e.model_dump(mode="json") for e in entries}  # type: ignore[attr-defined]


def _test(test: Any) -> dict[str, Any]:
    return {
        "title": f"{test.quantity} ({test.reference})",
        "on": test.on,
        "features": list(test.features),
        "inputs": list(test.inputs),
        "parameters": list(test.parameters),
    }
