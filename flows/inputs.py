"""What the tests read of a partition, as plain arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from catalogs.schema import Region, variables
from flows.columns import inside_region
from flows.grey_list import GreyList
from kernels.compiled import Array
from kernels.ragged import row_start_of
from kernels.vertical import depth_of, pressure_of

BLOCK = 2**17
"""Observations checked at a time: what the tests of a block read and write stays in the cache."""


class Normals(Protocol):
    """Statistics of the records, or a climatology: its values at observations."""

    def at(self, columns: "Columns", variable: str) -> Mapping[str, Array]:
        """``normal_...`` of ``kernels.registry.INPUTS`` for each observation; empty for other variables."""


@dataclass(frozen=True)
class Columns:
    """What the tests read of a partition.

    For ``trajectories`` every observation is a row of its own: time and position are per observation.
    ``sequence_start`` has the offsets of what follows one another, levels or a time series. ``values`` are
    copies in float32, from which ``withdraw_failed`` takes what has failed; ``PRES`` among them is the
    vertical coordinate, and so is ``DEPH`` where ``with_depth`` was asked for. ``of_row`` holds what else is
    known of rows, by name; ``listed`` the rows that a list names, by variable.
    """

    feature: str
    row_start: NDArray[np.int64]
    sequence_start: NDArray[np.int64]
    time: Array
    latitude: Array
    longitude: Array
    platform_type: Array
    values: Mapping[str, Array]
    of_row: Mapping[str, Array] = field(default_factory=dict)
    listed: Mapping[str, Array] = field(default_factory=dict)
    normals: Normals | None = None
    _normal: dict[str, Mapping[str, Array]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        partition: xr.Dataset,
        *,
        with_depth: bool = False,
        normals: Normals | None = None,
        grey_list: GreyList | None = None,
    ) -> "Columns":
        profiles = "profile" in partition.sizes
        size = partition["row_size"].values
        sequence_start = row_start_of(size)
        n_obs = partition.sizes["obs"]
        time, latitude, longitude = (
            np.array(partition[k].values, np.float64) for k in ("TIME", "LATITUDE", "LONGITUDE")
        )

        def per_row(of_record: Array) -> Array:
            return of_record if profiles else np.repeat(of_record, size)

        kinds = partition["PLATFORM_TYPE"].values if "PLATFORM_TYPE" in partition else np.full(len(size), "")
        codes = partition["PLATFORM_CODE"].values if "PLATFORM_CODE" in partition else np.full(len(size), "")
        values = {v: np.array(partition[v].values, np.float32) for v in observed(partition)}
        of_obs = np.repeat(latitude, size) if profiles else latitude
        if "DEPH" in values:
            values["PRES"] = _vertical(values, of_obs)
        if with_depth and "PRES" in values:
            values["DEPH"] = _depth(values, of_obs)
        return cls(
            "profiles" if profiles else "trajectories",
            sequence_start if profiles else np.arange(n_obs + 1, dtype=np.int64),
            sequence_start,
            time,
            latitude,
            longitude,
            per_row(kinds),
            values,
            {k: per_row(v) for k, v in _numbers_of(codes).items()} if "PLATFORM_CODE" in partition else {},
            {v: per_row(grey_list.names(codes, time, v)) for v in values} if grey_list and profiles else {},
            normals,
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

    def normal(self, variable: str) -> Mapping[str, Array]:
        """``normal_...`` of a variable at these observations; empty where there is no climatology of it."""
        if variable not in self._normal:
            self._normal[variable] = self.normals.at(self, variable) if self.normals else {}
        return self._normal[variable]

    def blocks(self) -> Iterator["Columns"]:
        """The same, some sequences at a time; the arrays are views."""
        cuts = np.searchsorted(self.sequence_start, np.arange(0, self.n_obs, BLOCK))
        n = len(self.sequence_start) - 1
        for first, stop in pairwise(np.unique([0, *cuts, n])):
            yield self.part(int(first), int(stop))

    def part(self, first: int, stop: int) -> "Columns":
        """Sequences ``first`` to ``stop``; the arrays are views."""
        begin, end = int(self.sequence_start[first]), int(self.sequence_start[stop])
        sequence_start = self.sequence_start[first : stop + 1] - begin
        profiles = self.feature == "profiles"
        rows = slice(first, stop) if profiles else slice(begin, end)
        return Columns(
            self.feature,
            sequence_start if profiles else np.arange(end - begin + 1, dtype=np.int64),
            sequence_start,
            self.time[rows],
            self.latitude[rows],
            self.longitude[rows],
            self.platform_type[rows],
            {v: values[begin:end] for v, values in self.values.items()},
            {k: v[rows] for k, v in self.of_row.items()},
            {k: v[rows] for k, v in self.listed.items()},
            self.normals,
        )


def observed(partition: xr.Dataset) -> list[str]:
    """The observation variables that a partition holds."""
    rows = ("TIME", "LATITUDE", "LONGITUDE")
    return [v for v in variables() if v in partition and v not in rows]


def _vertical(values: Mapping[str, Array], latitude: Array) -> Array:
    pressure = values.get("PRES")
    if pressure is None:
        pressure = np.full(len(values["DEPH"]), np.nan, np.float32)
    return pressure_of(pressure, values["DEPH"], latitude).astype(np.float32)


def _depth(values: Mapping[str, Array], latitude: Array) -> Array:
    depth = values.get("DEPH")
    if depth is None:
        depth = np.full(len(values["PRES"]), np.nan, np.float32)
    return depth_of(values["PRES"], depth, latitude).astype(np.float32)


def _numbers_of(codes: Array) -> dict[str, Array]:
    """Platform codes as numbers: the WMO number, -1 where it is none, and one number per platform."""
    known, platform = np.unique(codes, return_inverse=True)
    wmo = np.array([int(c) if len(c) < 18 and c.isascii() and c.isdigit() else -1 for c in known], np.int64)
    return {"wmo_number": wmo[platform], "platform": platform.astype(np.int64)}
