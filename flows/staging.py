"""Staged records: each source file is read once, about a hundred to a batch, and laid down by month.

A batch is three files: ``<batch>.arrow``, one Arrow stream after the other, one per feature type and month;
``<batch>.npz``, the identities of its rows; ``<batch>.json``, the index, written last. A month is collected
later from the batches that hold a part of it, so memory is bounded by a batch and by a month, however many
months a file spans. The name of a batch is a digest of its files and of what reads them: a batch that is
there need not be read again.
"""

import hashlib
import importlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from zarr.abc.store import Store

from catalogs.schema import Feature, Source
from flows.collection import Reading, fingerprint
from flows.discovery import SourceFile, changed
from flows.location import join, read_bytes, read_range, write_bytes
from flows.records import Records, SourceError, concatenate, month_of_row
from flows.work import Item, Outcome
from kernels.compiled import Array
from kernels.registry import source_digest

BATCH_FILES = 100
"""Files to a batch, on average; the borders depend on the names, so that a new file moves none of them."""
BATCH_BYTES = 256_000_000


@dataclass(frozen=True)
class Batch:
    """Files of one source that one worker reads in one go."""

    name: str
    source: Source
    files: tuple[SourceFile, ...]


@dataclass(frozen=True)
class Piece:
    """A month of one feature type in a staged batch: where it lies and what it was made from."""

    batch: str
    feature: Feature
    month: int
    """12 * year + month - 1"""
    start: int
    stop: int
    """Bytes of the batch's Arrow file."""
    inputs: tuple[str, ...]
    """Digests of what each file has in this month."""


@dataclass(frozen=True)
class Staged:
    """Index of a staged batch. Remarks are (file, variable, reason)."""

    source: str
    pieces: tuple[Piece, ...]
    n_file: int
    n_read: int
    n_row: int
    quarantined: tuple[tuple[str, str, str], ...]
    notes: tuple[tuple[str, str, str], ...]


def reader_digest(source: Source) -> str:
    """Version of everything that turns a file of the source into records.

    A reader that computes names the kernels it uses in ``KERNELS``.
    """
    used = getattr(importlib.import_module(f"flows.readers.{source.reader}"), "KERNELS", ())
    return fingerprint(source, source_digest("flows.readers", "flows.records", *used))


def batches(files: Iterable[SourceFile], source: Source) -> list[Batch]:
    """Group the files of a source into batches."""
    reader = reader_digest(source)
    groups: list[list[SourceFile]] = [[]]
    size = 0
    for file in sorted(files, key=lambda f: f.name):
        groups[-1].append(file)
        size += file.size
        border = (
            int.from_bytes(hashlib.blake2b(file.name.encode(), digest_size=4).digest()) % BATCH_FILES == 0
        )
        if border or len(groups[-1]) >= 3 * BATCH_FILES or size > BATCH_BYTES:
            groups.append([])
            size = 0
    return [Batch(_batch_name(reader, g), source, tuple(g)) for g in groups if g]


def _batch_name(reader: str, files: Sequence[SourceFile]) -> str:
    return fingerprint(reader, [(f.name, f.size, f.token) for f in files])


def stage_item(reading: Reading, target: Store, item: Item) -> Outcome:
    """Stage one batch; nothing of it goes into the collection."""
    folder, batch = item.argument
    stage(folder, batch)
    return {"wrote": []}


def stage(folder: str, batch: Batch) -> None:
    """Read the files of a batch and write what they hold, sorted by month."""
    read: list[Records] = []
    n_read = 0
    quarantined: list[tuple[str, str, str]] = []
    open_records = importlib.import_module(f"flows.readers.{batch.source.reader}").open_records
    for file in batch.files:
        try:
            records = [_named(r, file.name) for r in open_records(file.url, batch.source)]
            if changed(file):
                raise SourceError(file.name, "changed while it was read; the next run reads it again")
        except SourceError as error:
            quarantined.append((file.name, error.variable, error.reason))
        except OSError as error:
            quarantined.append((file.name, "", f"cannot be read: {error}"))
        else:
            read += records
            n_read += 1
    quarantined += [remark for r in read for remark in _undated(r)]
    pieces, content = _by_month(batch.name, [r for r in read if r.n_row])
    staged = Staged(
        source=batch.source.name,
        pieces=tuple(pieces),
        n_file=len(batch.files),
        n_read=n_read,
        n_row=sum(r.n_row for r in read),
        quarantined=tuple(quarantined),
        notes=tuple(n for r in read for n in r.notes),
    )
    write_bytes(join(folder, f"{batch.name}.arrow"), content)
    write_bytes(join(folder, f"{batch.name}.npz"), _identities(read))
    write_bytes(join(folder, f"{batch.name}.json"), json.dumps(asdict(staged)).encode())


def read_index(folder: str, batch: str) -> Staged:
    """Index of a staged batch."""
    head: dict[str, Any] = json.loads(read_bytes(join(folder, f"{batch}.json")))
    head["pieces"] = tuple(Piece(**{**p, "inputs": tuple(p["inputs"])}) for p in head["pieces"])
    for remarks in ("quarantined", "notes"):
        head[remarks] = tuple(tuple(r) for r in head[remarks])
    return Staged(**head)


def read_identities(folder: str, batch: str) -> Mapping[str, Array]:
    """``RECORD_ID``, ``PRECEDENCE`` and ``month`` of every dated row of a staged batch."""
    with np.load(io.BytesIO(read_bytes(join(folder, f"{batch}.npz")))) as arrays:
        return dict(arrays)


def read_piece(folder: str, piece: Piece) -> Records:
    """The rows of one month from a staged batch."""
    content = read_range(join(folder, f"{piece.batch}.arrow"), piece.start, piece.stop)
    return _from_arrow(piece.feature, content)


def _named(records: Records, name: str) -> Records:
    """Files are known by their path under the records URL, which is the same wherever the records lie."""
    names = np.full(records.n_row, name)
    notes = tuple((name, variable, text) for _, variable, text in records.notes)
    return replace(records, rows={**records.rows, "SOURCE_FILE": names}, notes=notes)


def _undated(records: Records) -> Iterator[tuple[str, str, str]]:
    for row in np.flatnonzero(month_of_row(records) < 0):
        index = records.rows["SOURCE_INDEX"][row]
        yield str(records.rows["SOURCE_FILE"][row]), "TIME", f"row {index} has no time between 1700 and 2100"


def digest(records: Records) -> str:
    """Digest of all values of some records."""
    hashed = hashlib.blake2b(digest_size=12)
    for name, values in sorted({"row_size": records.row_size, **records.rows, **records.obs}.items()):
        hashed.update(f"{name}{values.dtype.kind}".encode() + np.ascontiguousarray(values).tobytes())
    return hashed.hexdigest()


def _identities(read: Sequence[Records]) -> bytes:
    months = [month_of_row(r) for r in read]
    columns = {
        name: np.concatenate([r.rows[name][m >= 0] for r, m in zip(read, months, strict=True)] or [empty])
        for name, empty in (("RECORD_ID", np.empty(0, "u8")), ("PRECEDENCE", np.empty(0, "i8")))
    }
    month = np.concatenate([m[m >= 0] for m in months] or [np.empty(0, "i8")])
    buffer = io.BytesIO()
    np.savez(buffer, month=month.astype("i4"), **columns)  # type: ignore[arg-type]
    return buffer.getvalue()


def _by_month(batch: str, read: Sequence[Records]) -> tuple[list[Piece], bytes]:
    pieces: list[Piece] = []
    buffer = io.BytesIO()
    for feature in ("profiles", "trajectories"):
        parts = [r for r in read if r.feature == feature]
        if not parts:
            continue
        inputs: dict[int, list[str]] = {}
        for part in parts:
            for m, rows in _months(part):
                inputs.setdefault(m, []).append(digest(rows))
        for m, rows in _months(concatenate(parts)):
            start = buffer.tell()
            buffer.write(_to_arrow(rows))
            pieces.append(Piece(batch, feature, m, start, buffer.tell(), tuple(sorted(inputs[m]))))
    return pieces, buffer.getvalue()


def _months(records: Records) -> Iterator[tuple[int, Records]]:
    month = month_of_row(records)
    for m in np.unique(month[month >= 0]).tolist():
        rows = month == m
        yield m, records if rows.all() else records.take(rows)


def _to_arrow(records: Records) -> bytes:
    """Two Arrow streams, one after the other: the rows, and the observations."""
    buffer = io.BytesIO()
    for columns in ({"row_size": records.row_size, **records.rows}, records.obs):
        table = pa.table({k: _arrow_column(v) for k, v in columns.items()})
        with pa.ipc.new_stream(buffer, table.schema) as stream:
            stream.write_table(table)
    return buffer.getvalue()


def _arrow_column(values: Array) -> pa.Array:
    return pa.array(values.tolist(), pa.string()) if values.dtype.kind == "U" else pa.array(values)


def _from_arrow(feature: Feature, content: bytes) -> Records:
    buffer = pa.BufferReader(content)
    rows, obs = (_numpy_columns(pa.ipc.open_stream(buffer).read_all()) for _ in range(2))
    return Records(feature, rows.pop("row_size"), rows, obs)


def _numpy_columns(table: pa.Table) -> dict[str, Array]:
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        text = pa.types.is_string(column.type)
        columns[name] = np.array(column.to_pylist(), dtype=str) if text else column.to_numpy()
    return columns
