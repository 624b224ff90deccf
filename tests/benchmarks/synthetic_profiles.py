"""Profiles of a stratified ocean for the benchmarks: noise, a few spikes and a few missing values."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from catalogs.schema import Grid, load
from flows.inputs import Columns
from flows.quality import Given
from flows.statistics import Lookup, Statistics, accumulate_values, finish

N_LEVELS = 200


def partition(n_profiles: int, seed: int = 0) -> xr.Dataset:
    """Pressure, temperature and salinity of profiles at places all over the ocean."""
    rng = np.random.default_rng(seed)
    pressure = np.tile(np.linspace(3, 2000, N_LEVELS), n_profiles)
    row = {
        "TIME": rng.uniform(21_915, 21_946, n_profiles),  # January 2010: a partition is a month
        "LATITUDE": rng.uniform(-60, 60, n_profiles),
        "LONGITUDE": rng.uniform(-180, 180, n_profiles),
        "PLATFORM_TYPE": np.full(n_profiles, "PF"),
        "PLATFORM_CODE": np.array([f"{6900000 + i // 100}" for i in range(n_profiles)]),
        "row_size": np.full(n_profiles, N_LEVELS),
    }
    obs = {"PRES": pressure, **_values(rng, pressure)}
    return xr.Dataset(
        {k: ("profile", v) for k, v in row.items()}
        | {k: ("obs", v.astype(np.float32)) for k, v in obs.items()}
    )


def series(n_series: int, seed: int = 0) -> xr.Dataset:
    """The same values as time series, a value every ten minutes from a platform that drifts."""
    rng = np.random.default_rng(seed)
    n = n_series * N_LEVELS
    step = np.tile(np.arange(N_LEVELS), n_series)
    start = np.repeat(rng.uniform(19_000, 25_000, n_series), N_LEVELS)
    latitude, longitude = (np.repeat(rng.uniform(-m, m, n_series), N_LEVELS) for m in (59, 179))
    obs = {"TIME": start + step / 144, "LATITUDE": latitude + step / 2e3, "LONGITUDE": longitude + step / 2e3}
    values = _values(rng, np.tile(np.linspace(3, 2000, N_LEVELS), n_series))
    row = {"PLATFORM_TYPE": np.full(n_series, "MO"), "row_size": np.full(n_series, N_LEVELS)}
    return xr.Dataset(
        {k: ("trajectory", v) for k, v in row.items()}
        | {k: ("obs", v) for k, v in obs.items()}
        | {k: ("obs", v.astype(np.float32)) for k, v in (values | {"PRES": np.full(n, 5.0)}).items()}
    )


def _values(rng: np.random.Generator, pressure: np.ndarray) -> dict[str, np.ndarray]:
    n = pressure.size
    temperature = 3 + 20 * np.exp(-pressure / 500) + rng.normal(0, 0.01, n)
    salinity = 34.6 + 0.9 * np.exp(-pressure / 400) + rng.normal(0, 0.002, n)
    temperature[rng.integers(0, n, n // 1000)] += 15
    salinity[rng.integers(0, n, n // 1000)] = np.nan
    return {"TEMP": temperature, "PSAL": salinity}


def climatology(records: xr.Dataset, names: Sequence[str]) -> Given:
    """Statistics of the records themselves by cell, layer and month, as a campaign makes them."""
    grid, columns = load(Grid, "statistics_5deg"), Columns.of(records, with_depth=True)
    where = (columns.row_start, columns.time, columns.latitude, columns.longitude)
    depth = columns.values["DEPH"].astype(np.float64)
    lookups: Mapping[str, Lookup] = {
        v: Lookup.of(
            finish(
                accumulate_values(grid, v, *where, depth, columns.values[v].astype(np.float64)),
                grid,
            )
        )
        for v in ("TEMP", "PSAL")
    }
    return Given(normals=Statistics(lookups, names))
