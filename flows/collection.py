"""The versioned collection: an Icechunk repository of Zarr groups, its versions and its runs.

Readers see versions (``main`` or a tag), whole. A run works on a branch of its own, ``run/<campaign>``;
workers write through forked sessions and one committer, the process of the flow, merges and commits. A run
that was killed finds its branch again and goes on from the last commit.

The ledger, one JSON attribute per step under ``/ledger``, holds for every item of a step the fingerprint of
what made it, the digest of what was written and the counts for the report. It is committed together with
the data that it describes.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import icechunk
import numpy as np
import xarray as xr
import zarr
from icechunk import IcechunkError
from zarr.abc.store import Store

from flows.groups import read_dataset, remove_group
from flows.location import StoreError, icechunk_storage, join


def fingerprint(*parts: object) -> str:
    """Digest of whatever made an item: equal parts, equal fingerprint, on every machine."""
    text = json.dumps(parts, sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a fingerprint cannot hold {type(value).__name__}")


IN_FLIGHT = timedelta(hours=1)
"""Younger objects are not collected: they may belong to a wave of another run that is not committed yet."""


@dataclass(frozen=True)
class Version:
    """A released state of the collection."""

    name: str
    snapshot: str
    written_at: datetime


class Collection:
    """The collection of one store URL; open with ``Collection.open``."""

    def __init__(self, url: str, repository: icechunk.Repository) -> None:
        self.url = url
        self.repository = repository

    @classmethod
    def open(cls, store: str, *, create: bool = False) -> "Collection":
        """Open the collection under a store URL; ``create`` makes one where there is none."""
        url = join(store, "collection")
        try:
            storage = icechunk_storage(url)
            if create and not icechunk.Repository.exists(storage):
                return cls(store, _new_repository(storage))
            return cls(store, icechunk.Repository.open(storage))
        except (IcechunkError, OSError) as error:
            what = "create or open" if create else "open"
            raise StoreError(f"cannot {what} the collection {url}: {_first_line(error)}") from error

    def versions(self) -> list[Version]:
        """Released versions, newest first."""
        found = [self._version(tag) for tag in self.repository.list_tags()]
        return sorted(found, key=lambda v: v.written_at, reverse=True)

    def _version(self, tag: str) -> Version:
        snapshot = self.repository.lookup_tag(tag)
        return Version(tag, snapshot, next(iter(self.repository.ancestry(tag=tag))).written_at)

    def current_version(self) -> str:
        """Name of the version that ``main`` shows; empty before the first release."""
        return self.name_of(self.repository.lookup_branch("main"))

    def name_of(self, snapshot: str) -> str:
        """Name of the version that shows a state; empty where none does."""
        return next((v.name for v in self.versions() if v.snapshot == snapshot), "")

    def read(self, version: str = "main") -> "Reading":
        """Look at ``main``, a version or a run's branch, as it is now and for as long as one looks."""
        return self.at(self.snapshot(version))

    def snapshot(self, version: str = "main") -> str:
        """The state that ``main``, a version or a run's branch shows now."""
        if version in self.repository.list_tags():
            return self.repository.lookup_tag(version)
        if version in self.repository.list_branches():
            return self.repository.lookup_branch(version)
        known = [v.name for v in self.versions()]
        raise StoreError(f"store {self.url} has no version {version!r}; it has: main, {', '.join(known)}")

    def at(self, snapshot: str) -> "Reading":
        """Look at one state of the collection, released or not."""
        return Reading(self.repository.readonly_session(snapshot_id=snapshot).store)

    def begin(self, campaign: str, start: str | None = None) -> "Run":
        """Begin the run of a campaign, or go on with the one that was interrupted.

        ``start`` is the state that it builds on, by default what ``main`` shows.
        """
        branch = f"run/{campaign}"
        main = start or self.repository.lookup_branch("main")
        if branch in self.repository.list_branches():
            behind = {s.id for s in self.repository.ancestry(branch=branch)}
            if main not in behind:  # another run released since: start over from what it released
                self.repository.delete_branch(branch)
        if branch not in self.repository.list_branches():
            self.repository.create_branch(branch, main)
        return Run(self, branch)

    def runs(self) -> list[str]:
        """Branches of runs that were begun and not released."""
        return sorted(b for b in self.repository.list_branches() if b.startswith("run/"))


class Reading:
    """One consistent view of the collection."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def dataset(
        self, path: str, names: Iterable[str] | None = None, without: tuple[str, ...] = ()
    ) -> xr.Dataset:
        """One group in memory, for example ``profiles/1993/01``; see ``flows.groups.read_dataset``."""
        return read_dataset(self.store, path, names, without)

    def ledger(self, step: str) -> dict[str, dict[str, Any]]:
        """What a step has done: item -> fingerprint, digest, counts."""
        try:
            attributes = zarr.open_group(self.store, path=f"ledger/{step}", mode="r").attrs
        except FileNotFoundError:
            return {}
        return dict(attributes["items"])  # type: ignore[arg-type]

    def groups(self, path: str) -> list[str]:
        """Names of the groups directly under a path."""
        try:
            return sorted(zarr.open_group(self.store, path=path, mode="r").group_keys())
        except FileNotFoundError:
            return []

    def partitions(self, feature: str = "profiles") -> list[str]:
        """Paths of the monthly partitions of a feature type, in order of time."""
        written = {p for entry in self.ledger("ingest").values() for p in entry["wrote"]}
        return sorted(p for p in written if p.startswith(feature + "/"))


class Run:
    """A run on its branch: the only writer of the collection."""

    def __init__(self, collection: Collection, branch: str) -> None:
        self.collection = collection
        self.branch = branch
        self.main = collection.repository.lookup_branch("main")

    @property
    def base(self) -> str:
        return self.collection.repository.lookup_branch(self.branch)

    def reading(self) -> Reading:
        """The state of the run so far."""
        return self.collection.read(self.branch)

    def session(self, paths: Sequence[str] = ()) -> icechunk.Session:
        """A writable session in which the parent groups of ``paths`` exist (else forks cannot be merged)."""
        session = self.collection.repository.writable_session(self.branch)
        missing = [p for p in sorted({a for path in paths for a in _ancestors(path)}) if not _has(session, p)]
        if missing:
            for path in missing:
                zarr.create_group(session.store, path=path)
            self.commit(session, "groups for what comes")
            session = self.collection.repository.writable_session(self.branch)
        return session

    def commit(self, session: icechunk.Session, message: str) -> None:
        """Commit what a session holds; the only place where the run's branch moves."""
        try:
            session.commit(message)
        except (IcechunkError, OSError) as error:
            raise StoreError(f"cannot commit to {self.collection.url}: {_first_line(error)}") from error

    def record(
        self, session: icechunk.Session, step: str, entries: Mapping[str, Mapping[str, Any] | None]
    ) -> None:
        """Enter items of a step into its ledger; ``None`` removes an item."""
        group = zarr.open_group(session.store, path=f"ledger/{step}", mode="a")
        items = dict(group.attrs.get("items", {}))  # type: ignore[arg-type]
        items.update({k: dict(v) for k, v in entries.items() if v is not None})
        kept = {k: items[k] for k in sorted(items) if entries.get(k, items[k]) is not None}
        group.attrs["items"] = kept

    def remove(self, step: str, items: Mapping[str, Sequence[str]]) -> None:
        """Remove items of a step, and the groups they wrote, that no input stands behind any more."""
        if not items:
            return
        session = self.session([f"ledger/{step}"])
        for path in (p for paths in items.values() for p in paths):
            remove_group(session.store, path)
        self.record(session, step, dict.fromkeys(items))
        self.commit(session, f"{step}: {len(items)} items without input removed")

    def changed(self) -> bool:
        """True if the run holds anything that ``main`` does not."""
        return bool(self.base != self.collection.repository.lookup_branch("main"))

    def release(self, today: datetime | None = None) -> str:
        """Show the run's state on ``main`` under a new version name, and end the run."""
        repository = self.collection.repository
        tip = self.base
        if repository.lookup_branch("main") != self.main:
            raise StoreError(f"{self.branch}: another run has released a version meanwhile; run again")
        name = _next_version(repository.list_tags(), today or datetime.now(UTC))
        repository.create_tag(name, tip)
        repository.reset_branch("main", tip)
        repository.delete_branch(self.branch)
        repository.expire_snapshots(datetime.now(UTC))
        repository.garbage_collect(datetime.now(UTC) - IN_FLIGHT)
        return name

    def abandon(self) -> None:
        """End a run that changed nothing."""
        self.collection.repository.delete_branch(self.branch)


def _new_repository(storage: icechunk.Storage) -> icechunk.Repository:
    repository = icechunk.Repository.create(storage)
    session = repository.writable_session("main")
    zarr.create_group(session.store, attributes={"title": "oceanstate collection", "Conventions": "CF-1.11"})
    session.commit("new collection")
    return repository


def _next_version(tags: Iterable[str], today: datetime) -> str:
    month = f"{today:%Y.%m}"
    taken = set(tags)
    return next(name for name in _version_names(month) if name not in taken)


def _version_names(month: str) -> Iterator[str]:
    yield month
    number = 1
    while True:
        yield f"{month}.{number}"
        number += 1


def _ancestors(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:i]) for i in range(1, len(parts))]


def _has(session: icechunk.Session, path: str) -> bool:
    try:
        zarr.open_group(session.store, path=path, mode="r")
    except FileNotFoundError:
        return False
    return True


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
