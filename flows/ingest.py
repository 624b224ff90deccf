"""Records of any source, sorted into monthly partitions.

A month's item knows the pieces of staged batches that hold a part of the month, the URLs of sources that
are addressed by month, and the records whose current rendering lies in another month.
"""

import importlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from zarr.abc.store import Store

from catalogs.schema import Feature, Source, variables
from flows.collection import Reading, fingerprint
from flows.groups import remove_group, write_dataset
from flows.months import Months, month_path
from flows.records import (
    ROW_DIMENSION,
    Records,
    concatenate,
    current_rendering,
    in_partition_order,
    to_dataset,
)
from flows.staging import Piece, Staged, read_identities, read_piece, reader_digest
from flows.work import Item, Outcome
from kernels.compiled import Array
from kernels.registry import source_digest

FEATURES: tuple[Feature, ...] = tuple(ROW_DIMENSION)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Month:
    """What a month is collected from."""

    month: int
    folder: str
    """Where the staged batches lie."""
    pieces: tuple[Piece, ...] = ()
    urls: tuple[tuple[str, Source], ...] = ()
    elsewhere: tuple[int, ...] = ()
    """``RECORD_ID`` of records whose current rendering is in another month."""


def month_items(
    folder: str, staged: Mapping[str, Staged], by_month: Sequence[tuple[str, Source]], months: Months | None
) -> list[Item]:
    """One item for each month that the staged batches, and the sources addressed by month, have.

    ``by_month`` are (records URL, source) of sources that can open any month on its own.
    """
    pieces: dict[int, list[Piece]] = {}
    for index in staged.values():
        for piece in index.pieces:
            pieces.setdefault(piece.month, []).append(piece)
    elsewhere = _superseded_elsewhere(folder, list(staged))
    wanted = set(pieces) | (set(months.numbers()) if months and by_month else set())
    versions = {source.name: reader_digest(source) for _, source in by_month}
    code = source_digest("flows.records", "flows.ingest", "kernels.cells", "kernels.ragged"), variables()
    return [
        _item(
            Month(
                month,
                folder,
                tuple(sorted(pieces.get(month, []), key=lambda p: (p.inputs, p.feature))),
                tuple((_month_url(url, month), source) for url, source in by_month),
                tuple(elsewhere.get(month, ())),
            ),
            (code, versions),
        )
        for month in sorted(wanted)
        if months is None or month in months
    ]


def _item(month: Month, versions: object) -> Item:
    path = month_path(month.month)
    inputs = sorted((p.feature, i) for p in month.pieces for i in p.inputs)
    made_from = fingerprint("ingest", inputs, [u for u, _ in month.urls], month.elsewhere, versions)
    return Item(path, made_from, month, tuple(f"{feature}/{path}" for feature in FEATURES))


def _month_url(url: str, month: int) -> str:
    base, mark, query = url.partition("?")
    return f"{base.rstrip('/')}/{month_path(month)}{mark}{query}"


def _superseded_elsewhere(folder: str, batches: Iterable[str]) -> dict[int, list[int]]:
    """Month -> ids of rows in it that have a better rendering in another month (a corrected date)."""
    read = [read_identities(folder, b) for b in sorted(batches)]
    if not read:
        return {}
    ids, precedence, month = (
        np.concatenate([r[k] for r in read]) for k in ("RECORD_ID", "PRECEDENCE", "month")
    )
    order = np.lexsort((month, -precedence, ids))
    ids, month = ids[order], month[order]
    best = np.maximum.accumulate(np.where(np.r_[True, ids[1:] != ids[:-1]], np.arange(len(ids)), 0))
    moved = month != month[best]
    lost: dict[int, list[int]] = {}
    for m, record in sorted(set(zip(month[moved].tolist(), ids[moved].tolist(), strict=True))):
        lost.setdefault(m, []).append(record)
    return lost


def collect(reading: Reading, target: Store, item: Item) -> Outcome:
    """Bring the rows of a month together, keep the current rendering of each, write the partitions."""
    month: Month = item.argument
    parts = [read_piece(month.folder, p) for p in month.pieces]
    for url, source in month.urls:
        parts += importlib.import_module(f"flows.readers.{source.reader}").open_records(url, source)
    outcome: dict[str, Any] = {"wrote": [], "digest": {}, "rows": {}, "obs": {}, "superseded": {}}
    for feature in FEATURES:
        path = f"{feature}/{item.name}"
        remove_group(target, path)
        of_feature = [p for p in parts if p.feature == feature and p.n_row]
        if of_feature:
            _write(target, path, concatenate(of_feature), month.elsewhere, outcome)
    return outcome


def _write(
    store: Store, path: str, records: Records, elsewhere: Sequence[int], outcome: dict[str, Any]
) -> None:
    moved = np.isin(records.rows["RECORD_ID"], np.array(elsewhere, np.uint64))
    here = records.take(~moved)
    best = current_rendering(here)
    kept = best == np.arange(here.n_row)
    replaced = Counter(_replacements(here, best)) + Counter(
        f"{name} now in another month" for name in records.rows["SOURCE"][moved].tolist()
    )
    outcome["superseded"] = dict(Counter(outcome["superseded"]) + replaced)
    if not kept.any():
        return
    current = in_partition_order(here.take(kept))
    outcome["wrote"].append(path)
    outcome["digest"][path] = write_dataset(store, path, to_dataset(current))
    outcome["rows"][path] = counts(current.rows["SOURCE"])
    outcome["obs"][path] = current.n_obs


def _replacements(records: Records, best: Array) -> list[str]:
    """``argo R by D`` for each record of which an R rendering was replaced by a D rendering, and so on."""
    old = np.flatnonzero(best != np.arange(records.n_row))
    ids, source, mode = (records.rows[n] for n in ("RECORD_ID", "SOURCE", "DATA_MODE"))
    pairs = {(int(ids[i]), f"{source[i]} {mode[i]} by {mode[best[i]]}") for i in old}
    return sorted(said for _, said in pairs)


def counts(values: Array) -> dict[str, int]:
    """How often each value occurs."""
    names, n = np.unique(values, return_counts=True)
    return dict(zip(names.tolist(), n.tolist(), strict=True))
