"""One step over all its items on a Dask cluster: skip, run, retry, commit, report.

An item is what one worker makes in one go, for example one month. Items whose fingerprint is in the ledger
are skipped before any task is made. The others run in waves: one Prefect task each, in a thread of the
flow's process, waits on one Dask future; the worker writes through a fork of the wave's session and hands
it back; when the wave is done, the one committer merges and commits. So every month is seen and retried in
Prefect while workers never import it, a kill loses at most one wave, and no result is held on to.

This is the only place that decides to retry or to quarantine.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from distributed import Client
from icechunk import ForkSession
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, as_completed
from zarr.abc.store import Store

from flows.collection import Run
from flows.location import StoreError

WAVE = 24
"""Items per commit at least; a larger cluster takes eight per worker."""
RETRIES = 2


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


@dataclass(frozen=True)
class Step:
    """``work(store, item)`` runs on a worker, reads and writes groups of ``store``, returns an ``Outcome``."""

    name: str
    work: Callable[[Store, Item], Outcome]
    items: Sequence[Item]


@dataclass(frozen=True)
class Report:
    """What became of a step: outcomes of all its items, new or skipped, and the failed ones with reason."""

    step: str
    outcomes: Mapping[str, Outcome]
    done: tuple[str, ...]
    skipped: tuple[str, ...]
    failed: Mapping[str, str]
    seconds: float
    peak_bytes: int = 0


@dataclass
class Progress:
    """Called with (step, items finished, items in all); the command line draws bars, others stay quiet."""

    show: Callable[[str, int, int], None] = field(default=lambda step, done, total: None)


def run_step(run: Run, step: Step, client: Client, progress: Progress | None = None) -> Report:
    """Run the items of a step that are not current; see the module."""
    started = time.monotonic()
    ledger = run.reading().ledger(step.name)
    pending = [i for i in step.items if ledger.get(i.name, {}).get("fingerprint") != i.fingerprint]
    outcomes = {i.name: ledger[i.name] for i in step.items if i not in pending}
    failed: dict[str, str] = {}
    skipped = tuple(outcomes)
    show = (progress or Progress()).show
    show(step.name, len(skipped), len(step.items))
    for wave in batched(pending, _wave_size(client), strict=False):
        finished = _run_wave(run, step, wave, client, lambda: show(step.name, 1, 0))
        outcomes |= finished[0]
        failed |= finished[1]
    done = tuple(i.name for i in pending if i.name in outcomes)
    peak = max((int(o.get("peak_bytes", 0)) for o in outcomes.values()), default=0)
    return Report(step.name, outcomes, done, skipped, failed, time.monotonic() - started, peak)


def _wave_size(client: Client) -> int:
    return max(WAVE, 8 * len(client.scheduler_info(n_workers=-1)["workers"]))


def _run_wave(
    run: Run, step: Step, wave: Sequence[Item], client: Client, tick: Callable[[], None]
) -> tuple[dict[str, Outcome], dict[str, str]]:
    session = run.session([f"ledger/{step.name}", *(p for i in wave for p in i.writes)])
    fork = session.fork()
    outcomes: dict[str, Outcome] = {}
    failed: dict[str, str] = {}
    forks = []
    for item, result in _results(step, wave, fork, client):
        if isinstance(result, BaseException):
            failed[item.name] = f"{type(result).__name__}: {result}"
        else:
            forks.append(result[0])
            outcomes[item.name] = {"fingerprint": item.fingerprint, **result[1]}
        tick()
    try:
        session.merge(*forks)
    except Exception as error:  # what a fork wrote cannot be seen by anyone: say so and stop
        raise StoreError(f"step {step.name}: cannot merge a wave of {len(forks)} items: {error}") from error
    run.record(session, step.name, outcomes)
    run.commit(session, f"{step.name}: {len(outcomes)} items")
    return outcomes, failed


def _results(
    step: Step, wave: Sequence[Item], fork: ForkSession, client: Client
) -> Iterator[tuple[Item, tuple[ForkSession, Outcome] | BaseException]]:
    futures: dict[PrefectFuture[Any], Item] = {}
    for item in wave:
        named = _item.with_options(task_run_name=f"{step.name} {item.name}")
        futures[named.submit(_Job(step, item, fork, client))] = item
    for future in as_completed(list(futures)):
        result = future.result(raise_on_failure=False)
        yield futures.pop(future), result


class _Job:
    """What a Prefect task does; opaque, so that Prefect does not walk through sessions and clients."""

    def __init__(self, step: Step, item: Item, fork: ForkSession, client: Client) -> None:
        self.step, self.item, self.fork, self.client = step, item, fork, client

    def __call__(self) -> tuple[ForkSession, Outcome]:
        future = self.client.submit(_on_worker, self.step.work, self.fork, self.item, pure=False)
        try:
            result: tuple[ForkSession, Outcome] = future.result()
            return result
        finally:
            future.release()


@task(retries=RETRIES, retry_delay_seconds=1, cache_policy=NO_CACHE, persist_result=False)
def _item(job: _Job) -> tuple[ForkSession, Outcome]:
    return job()


def _on_worker(
    work: Callable[[Store, Item], Outcome], fork: ForkSession, item: Item
) -> tuple[ForkSession, Outcome]:
    started = time.monotonic()
    outcome = work(fork.store, item)
    return fork, {**outcome, "seconds": round(time.monotonic() - started, 3), "peak_bytes": _peak_bytes()}


def _peak_bytes() -> int:
    """Largest resident size of this process so far."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
