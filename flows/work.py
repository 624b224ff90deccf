"""What crosses the border between the flow and its workers; knows nothing of Prefect."""

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from icechunk import ForkSession
from zarr.abc.store import Store

from flows.collection import Collection, Reading


@dataclass(frozen=True)
class Item:
    """One unit of a step: its name, the fingerprint of what makes it, the worker's argument.

    ``writes`` are the paths of groups it may write; their parents are made before the fan-out.
    """

    name: str
    fingerprint: str
    argument: Any = None
    writes: tuple[str, ...] = ()


Outcome = Mapping[str, Any]
"""What a worker says of an item: ``wrote`` (paths), ``digest`` and counts, all plain JSON."""


Work = Callable[[Reading, Store, Item], Outcome]
Look = Callable[[Reading, Item], Outcome]


@dataclass(frozen=True)
class Step:
    """``work(reading, target, item)`` runs on a worker: it reads what was committed before the wave and
    writes groups of ``target``."""

    name: str
    work: Work
    items: Sequence[Item]


def on_worker(
    work: Work, url: str, snapshot: str, fork: ForkSession, item: Item
) -> tuple[ForkSession, Outcome]:
    """Do an item on a worker and hand back the fork that holds what it wrote."""
    started = time.monotonic()
    outcome = work(_committed(url, snapshot), fork.store, item)
    return fork, {**outcome, "seconds": round(time.monotonic() - started, 3), "peak_bytes": _peak_bytes()}


def look_on_worker(look: Look, url: str, snapshot: str, item: Item) -> Outcome:
    """Look at an item on a worker; nothing is written."""
    started = time.monotonic()
    outcome = look(_committed(url, snapshot), item)
    return {**outcome, "seconds": round(time.monotonic() - started, 3), "peak_bytes": _peak_bytes()}


@lru_cache(maxsize=1)
def _committed(url: str, snapshot: str) -> Reading:
    """The state before the wave; opened once by each worker, so that its index is read once."""
    return Collection.open(url).at(snapshot)


def _peak_bytes() -> int:
    """Largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
