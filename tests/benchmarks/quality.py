"""Quality control: observations a second of the full Argo real-time procedure and of its kernels alone.

One profile has 200 levels of pressure, temperature and salinity; an observation is one level. Threads share
nothing but the interpreter: the kernels release its lock.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import xarray as xr

from catalogs.schema import Procedure, load
from flows import quality
from flows.inputs import Columns
from flows.procedures import BoundProcedure, bind

N_PROFILES, N_LEVELS, REPEATS = 5_000, 200, 5


def partition(seed: int = 0) -> xr.Dataset:
    """Profiles of a stratified ocean with noise, a few spikes and a few missing values."""
    rng = np.random.default_rng(seed)
    n = N_PROFILES * N_LEVELS
    pressure = np.tile(np.linspace(3, 2000, N_LEVELS), N_PROFILES)
    temperature = 3 + 20 * np.exp(-pressure / 500) + rng.normal(0, 0.01, n)
    salinity = 34.6 + 0.9 * np.exp(-pressure / 400) + rng.normal(0, 0.002, n)
    temperature[rng.integers(0, n, n // 1000)] += 15
    salinity[rng.integers(0, n, n // 1000)] = np.nan
    row = {
        "TIME": rng.uniform(19_000, 25_000, N_PROFILES),
        "LATITUDE": rng.uniform(-60, 60, N_PROFILES),
        "LONGITUDE": rng.uniform(-180, 180, N_PROFILES),
        "PLATFORM_TYPE": np.full(N_PROFILES, "PF"),
        "row_size": np.full(N_PROFILES, N_LEVELS),
    }
    obs = {"PRES": pressure, "TEMP": temperature, "PSAL": salinity}
    return xr.Dataset(
        {k: ("profile", v) for k, v in row.items()}
        | {k: ("obs", v.astype(np.float32)) for k, v in obs.items()}
    )


def run_kernels(bound: BoundProcedure, columns: Columns) -> None:
    """Every test of the procedure, block by block, without masks and flags."""
    for test in bound.tests:
        where = columns.rows_in(test.region, test.entry.platform_types)
        for variable, parameters in test.arguments.items():
            if variable in columns.values or test.test.on != "observation":
                quality.outcome_of(test, columns, variable, parameters, where)


def blockwise(bound: BoundProcedure, columns: Columns) -> None:
    for block in columns.blocks():
        run_kernels(bound, block)


def rate(work: Callable[[], Any], threads: int) -> float:
    """Best of some repeats, observations a second over all threads."""
    best = np.inf
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(REPEATS):
            start = time.perf_counter()
            for done in [pool.submit(work) for _ in range(threads)]:
                done.result()
            best = min(best, time.perf_counter() - start)
    return threads * N_PROFILES * N_LEVELS / best


def main() -> dict[str, float]:
    """Print and return the rates in millions of observations a second."""
    bound = bind(load(Procedure, "argo_real_time"))
    records = partition()
    columns = Columns.of(records)
    quality.check(records, bound)
    blockwise(bound, columns)
    rates = {
        f"{name}, {threads} thread{'s' * (threads > 1)}": rate(work, threads) / 1e6
        for name, work in {
            "full check": lambda: quality.check(records, bound),
            "kernels alone": lambda: blockwise(bound, columns),
        }.items()
        for threads in (1, 2)
    }
    for name, million in rates.items():
        print(f"quality: {name}: {million:.1f} M observations/s")
    return rates


if __name__ == "__main__":
    main()
