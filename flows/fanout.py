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
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import batched
from typing import Any

from distributed import Client
from icechunk import ForkSession
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, as_completed

from flows.collection import Collection, Run
from flows.location import StoreError
from flows.work import Item, Look, Outcome, Step, look_on_worker, on_worker

WAVE = 24
"""Items per commit at least; a larger cluster takes eight per worker."""
RETRIES = 2
THREADS = 64
"""Prefect tasks that wait at the same time; each waits on one Dask future."""


@dataclass(frozen=True)
class Report:
    """What became of a step: outcomes of all its items, new or skipped, and the failed ones with reason."""

    step: str
    outcomes: Mapping[str, Outcome]
    done: tuple[str, ...]
    skipped: tuple[str, ...]
    failed: Mapping[str, str]
    seconds: float
    peak_bytes: int
    """Largest resident size of a worker, as far as this run's items saw it."""


Show = Callable[[str, int, int], None]
"""Called with a step, the items that are now finished and the items in all."""
show_progress: ContextVar[Show | None] = ContextVar("show_progress", default=None)
"""Set by who wants to see progress: the command line draws bars, others stay quiet."""


def run_step(run: Run, step: Step, client: Client) -> Report:
    """Run the items of a step that are not current; see the module."""
    started = time.monotonic()
    ledger = run.reading().ledger(step.name)
    pending = [i for i in step.items if ledger.get(i.name, {}).get("fingerprint") != i.fingerprint]
    outcomes: dict[str, Outcome] = {i.name: ledger[i.name] for i in step.items if i not in pending}
    failed: dict[str, str] = {}
    skipped = tuple(outcomes)
    _show(step, len(skipped))
    for wave in batched(pending, _wave_size(client), strict=False):
        finished = _run_wave(run, step, wave, client, len(outcomes) + len(failed))
        outcomes |= finished[0]
        failed |= finished[1]
    done = tuple(i.name for i in pending if i.name in outcomes)
    peak = max((int(outcomes[name]["peak_bytes"]) for name in done), default=0)
    return Report(step.name, outcomes, done, skipped, failed, time.monotonic() - started, peak)


def _show(step: Step, finished: int) -> None:
    if show := show_progress.get():
        show(step.name, finished, len(step.items))


def scan(
    collection: Collection, snapshot: str, name: str, look: Look, items: Sequence[Item], client: Client
) -> Iterator[tuple[Item, Outcome]]:
    """Look at items on the cluster, in waves, and hand over what was seen as it comes; nothing is written.

    Raises
    ------
    StoreError
        names the first item that failed after every retry: a comparison with a part left out would mislead.
    """
    finished = 0
    for wave in batched(items, _wave_size(client), strict=False):
        futures: dict[PrefectFuture[Any], Item] = {}
        for item in wave:
            named = _item.with_options(task_run_name=f"{name} {item.name}")
            job = _Job(look_on_worker, (look, collection.url, snapshot, item), client)
            futures[named.submit(job)] = item
        for future in as_completed(list(futures)):
            result = future.result(raise_on_failure=False)
            item = futures.pop(future)
            if isinstance(result, BaseException):
                raise StoreError(f"{name} {item.name}: {type(result).__name__}: {result}") from result
            finished += 1
            if show := show_progress.get():
                show(name, finished, len(items))
            yield item, result


def _wave_size(client: Client) -> int:
    return max(WAVE, 8 * len(client.scheduler_info(n_workers=-1)["workers"]))


def _run_wave(
    run: Run, step: Step, wave: Sequence[Item], client: Client, before: int
) -> tuple[dict[str, Outcome], dict[str, str]]:
    session = run.session([f"ledger/{step.name}", *(p for i in wave for p in i.writes)])
    at = run.collection.url, session.snapshot_id
    fork = session.fork()
    outcomes: dict[str, Outcome] = {}
    failed: dict[str, str] = {}
    forks = []
    for item, result in _results(step, wave, at, fork, client):
        if isinstance(result, BaseException):
            failed[item.name] = f"{type(result).__name__}: {result}"
        else:
            forks.append(result[0])
            outcomes[item.name] = {"fingerprint": item.fingerprint, **result[1]}
        _show(step, before + len(outcomes) + len(failed))
    try:
        session.merge(*forks)
    except Exception as error:  # what a fork wrote cannot be seen by anyone: say so and stop
        raise StoreError(f"step {step.name}: cannot merge a wave of {len(forks)} items: {error}") from error
    run.record(session, step.name, outcomes)
    run.commit(session, f"{step.name}: {len(outcomes)} items")
    return outcomes, failed


def _results(
    step: Step, wave: Sequence[Item], at: tuple[str, str], fork: ForkSession, client: Client
) -> Iterator[tuple[Item, tuple[ForkSession, Outcome] | BaseException]]:
    futures: dict[PrefectFuture[Any], Item] = {}
    for item in wave:
        named = _item.with_options(task_run_name=f"{step.name} {item.name}")
        futures[named.submit(_Job(on_worker, (step.work, *at, fork, item), client))] = item
    for future in as_completed(list(futures)):
        result = future.result(raise_on_failure=False)
        yield futures.pop(future), result


class _Job:
    """What a Prefect task does; opaque, so that Prefect does not walk through sessions and clients."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...], client: Client) -> None:
        self.function, self.arguments, self.client = function, arguments, client

    def __call__(self) -> Any:
        future = self.client.submit(self.function, *self.arguments, pure=False)
        try:
            return future.result()
        finally:
            future.release()


@task(retries=RETRIES, retry_delay_seconds=1, cache_policy=NO_CACHE, persist_result=False)
def _item(job: _Job) -> Any:
    return job()
