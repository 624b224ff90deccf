"""Quality control: observations a second of whole procedures, beside the peers, by the number of profiles.

An observation is one level of a profile, with its pressure, temperature and salinity; a profile has 200. What
is measured is ``quality.check``: from the partition in memory to flags and masks. Two threads share a
process: the kernels release the interpreter's lock. Best of several repeats; the peers have their own module.
"""

import multiprocessing
import re
import resource
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import quality_peers
import synthetic_profiles
import xarray as xr

from catalogs.schema import Procedure, load
from flows import quality
from flows.inputs import Columns
from flows.passes import compared_names
from flows.procedures import BoundProcedure, bind
from flows.quality import NOTHING, Given

N_PROFILES, REPEATS = 5_000, 5
PROCEDURES = ("argo_real_time", "reference")
PARTITION = 10_000
"""Profiles that a worker checks at a time: a month of Argo has about as many."""


@cache
def records() -> xr.Dataset:
    return synthetic_profiles.partition(N_PROFILES)


@cache
def given(procedure: str) -> tuple[BoundProcedure, Given]:
    """A procedure with what it compares with; its climatology is that of the records."""
    bound = bind(load(Procedure, procedure))
    names = compared_names(bound)
    return bound, synthetic_profiles.climatology(records(), names) if names else NOTHING


def check(procedure: str) -> None:
    bound, compared = given(procedure)
    quality.check(records(), bound, compared)


def kernels_alone(procedure: str) -> None:
    """The tests of single rows, block by block, without masks and flags."""
    bound, compared = given(procedure)
    columns = Columns.of(records(), with_depth=bound.with_depth, normals=compared.normals)
    for block in columns.blocks():
        for test in (t for t in bound.tests if t.test.scope == "row"):
            where = block.rows_in(test.region, test.entry.platform_types)
            for variable, parameters in test.arguments.items():
                if variable in block.values or test.test.on != "observation":
                    quality.outcome_of(test, block, variable, parameters, where, compared)


def seconds(work: Callable[[str], None], procedure: str, together: Any) -> list[float]:
    """Time of each repeat, all workers setting out together; before them one that compiles and loads."""
    work(procedure)
    found = []
    for _ in range(REPEATS):
        together.wait()
        start = time.perf_counter()
        work(procedure)
        found.append(time.perf_counter() - start)
    return found


def rate(pool: Executor, n: int, together: Any, work: Callable[[str], None], procedure: str) -> float:
    """Observations a second of ``n`` workers side by side, in the repeat that the slower one did best."""
    jobs = [pool.submit(seconds, work, procedure, together) for _ in range(n)]
    slower = np.max([job.result() for job in jobs], axis=0)
    return n * N_PROFILES * synthetic_profiles.N_LEVELS / float(slower.min())


def on_cores() -> dict[str, float]:
    """Millions of observations a second of each procedure on one core and on two."""
    rates: dict[str, float] = {}
    context = multiprocessing.get_context("spawn")
    threads, processes = ThreadPoolExecutor(2), ProcessPoolExecutor(2, context)
    with context.Manager() as manager, threads, processes:
        alone, both = manager.Barrier(1), manager.Barrier(2)
        for procedure in PROCEDURES:
            name = f"{procedure} ({len(load(Procedure, procedure).tests)} tests)"
            for how, pool, n, together, work in (
                ("kernels alone, 1 thread", threads, 1, alone, kernels_alone),
                ("1 thread", threads, 1, alone, check),
                ("2 threads", threads, 2, both, check),
                ("2 processes", processes, 2, both, check),
            ):
                rates[f"{name}, {how}"] = rate(pool, n, together, work, procedure) / 1e6
    return rates


def worker(n_profiles: int) -> tuple[float, float]:
    """What a worker does with so many profiles, a partition at a time.

    Returns
    -------
    rate, peak : observations a second of the checks, largest resident memory of the process in MB.
    """
    bound = bind(load(Procedure, "argo_real_time"))
    quality.check(synthetic_profiles.partition(100), bound)
    took = 0.0
    for seed, first in enumerate(range(0, n_profiles, PARTITION)):
        partition = synthetic_profiles.partition(min(PARTITION, n_profiles - first), seed)
        best = np.inf
        for _ in range(REPEATS):
            start = time.perf_counter()
            quality.check(partition, bound)
            best = min(best, time.perf_counter() - start)
        took += best
    return n_profiles * synthetic_profiles.N_LEVELS / took, peak_memory()


def peak_memory() -> float:
    """Largest resident memory of this process in MB. Of ``getrusage`` a child inherits that of its parent."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        return float(found[1]) * 1024 / 1e6 if found else float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes


def by_number() -> dict[str, float]:
    """Rate and memory of a worker by the number of profiles, each in a process of its own."""
    found: dict[str, float] = {}
    for n in (1_000, 10_000, 100_000):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            speed, peak = process.submit(worker, n).result()
        found[f"argo_real_time, {n} profiles"] = speed / 1e6
        found[f"largest memory of its worker, {n} profiles, MB"] = peak
    return found


def main() -> dict[str, Any]:
    """Print and return rates in millions of observations a second, memory in MB, and ratios to the peers."""
    figures = on_cores() | by_number()
    for name, figure in figures.items():
        print(f"quality: {name}: {figure:.1f}{'' if name.endswith('MB') else ' M observations/s'}")
    return figures | quality_peers.main()


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
