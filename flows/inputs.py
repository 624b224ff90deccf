"""What the tests read of a partition, as plain arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from catalogs.schema import Region, variables
from flows.columns import inside_region
from kernels.compiled import Array
from kernels.ragged import row_start_of
from kernels.vertical import pressure_of

BLOCK = 2**16
"""Observations checked at a time: what the tests of a block read and write stays in the cache."""


@dataclass(frozen=True)
class Columns:
    """What the tests read of a partition.

    For ``trajectories`` every observation is a row of its own: time and position are per observation.
    ``values`` are copies in float32, from which ``withdraw_failed`` takes what has failed; ``PRES`` among
    them is the vertical coordinate.
    """

    feature: str
    row_start: NDArray[np.int64]
    time: Array
    latitude: Array
    longitude: Array
    platform_type: Array
    values: Mapping[str, Array]

    @classmethod
    def of(cls, partition: xr.Dataset) -> "Columns":
        profiles = "profile" in partition.sizes
        size = partition["row_size"].values
        row_start = row_start_of(size if profiles else np.ones(partition.sizes["obs"], np.int64))
        time, latitude, longitude = (
            np.array(partition[k].values, np.float64) for k in ("TIME", "LATITUDE", "LONGITUDE")
        )
        kinds = partition["PLATFORM_TYPE"].values if "PLATFORM_TYPE" in partition else np.full(len(size), "")
        values = {v: np.array(partition[v].values, np.float32) for v in observed(partition)}
        if "DEPH" in values:
            values["PRES"] = _vertical(values, latitude, np.diff(row_start))
        return cls(
            "profiles" if profiles else "trajectories",
            row_start,
            time,
            latitude,
            longitude,
            kinds if profiles else np.repeat(kinds, size),
            values,
        )

    @property
    def n_row(self) -> int:
        return len(self.row_start) - 1

    @property
    def n_obs(self) -> int:
        return int(self.row_start[-1])

    def rows_in(self, region: Region | None, platform_types: Sequence[str]) -> NDArray[np.bool_] | None:
        """Rows of a region and of some platform types; None where neither restricts."""
        where = None if region is None else inside_region(self.latitude, self.longitude, region)
        if platform_types:
            kinds = np.isin(self.platform_type, platform_types)
            where = kinds if where is None else where & kinds
        return where

    def blocks(self) -> Iterator["Columns"]:
        """The same, some rows at a time; the arrays are views."""
        cuts = np.searchsorted(self.row_start, np.arange(0, self.n_obs, BLOCK))
        for first, stop in pairwise(np.unique([0, *cuts, self.n_row])):
            yield self.part(int(first), int(stop))

    def part(self, first: int, stop: int) -> "Columns":
        """Rows ``first`` to ``stop``; the arrays are views."""
        begin, end = self.row_start[first], self.row_start[stop]
        return Columns(
            self.feature,
            self.row_start[first : stop + 1] - begin,
            self.time[first:stop],
            self.latitude[first:stop],
            self.longitude[first:stop],
            self.platform_type[first:stop],
            {v: values[begin:end] for v, values in self.values.items()},
        )


def observed(partition: xr.Dataset) -> list[str]:
    """The observation variables that a partition holds."""
    rows = ("TIME", "LATITUDE", "LONGITUDE")
    return [v for v in variables() if v in partition and v not in rows]


def _vertical(values: Mapping[str, Array], latitude: Array, row_size: Array) -> Array:
    pressure = values.get("PRES")
    if pressure is None:
        pressure = np.full(len(values["DEPH"]), np.nan, np.float32)
    return pressure_of(pressure, values["DEPH"], np.repeat(latitude, row_size)).astype(np.float32)
