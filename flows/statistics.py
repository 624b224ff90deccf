"""Statistics of the records themselves, for the tests of the second pass of quality control.

``accumulate`` reduces a partition to sums over the slots (cell, depth layer, calendar month) that it touches,
``merge`` adds sums, two at a time, ``finish`` makes the statistics, ``at_observations`` gives them at places
and times. All of it is for one variable: what is held at a time is the sums of one variable, whose size the
grid bounds (see ``largest_sums``).

A grid for statistics has the edges of its depth layers as ``levels`` and these ``options``:
``equal_area`` (1: cells of about equal area), ``minimum_values`` (with fewer a slot is widened),
``widest`` (how far, 0 to 3, see ``kernels.statistics.describe``), ``minimum_spread_years`` (of time, for a
slope) and ``linear_in_depth`` (1: mean and median are linear between the centres of layers).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from catalogs.schema import Grid, Selection
from flows.climatology import option
from flows.inputs import Columns
from flows.selection import select
from kernels.climatology.moments import DAYS_PER_YEAR, EPOCH
from kernels.compiled import Array
from kernels.ragged import row_start_of
from kernels.statistics.cells import Cells, cell_of, global_cells, n_cells, neighbours
from kernels.statistics.describe import STATISTICS, describe_slots, widening
from kernels.statistics.lookup import moved, runs_at, spread
from kernels.statistics.slots import MONTHS, layer_table, month_of, n_slots, numbered, slots_of
from kernels.statistics.sums import N_BINS, N_MOMENTS, N, add_sums, summed
from kernels.vertical import depth_of

KERNELS = ("kernels.statistics", "flows.statistics", "flows.selection", "kernels.vertical")
"""Modules whose source decides on the statistics."""
MOVING = ("mean", "median")
"""Statistics that are linear in depth where the grid says so. The others stay those of the layer: moved with
the mean, the extremes of a layer failed 0.8 % of good values of the synthetic ocean instead of none."""


def cells_of(grid: Grid) -> Cells:
    """The cells of a grid; only a grid of layers will do."""
    if len(grid.levels) < 2:
        raise ValueError(f"grid {grid.name}: levels must be the edges of at least one depth layer")
    return global_cells(grid.cell_latitude, grid.cell_longitude, bool(option(grid, "equal_area")))


def largest_sums(grid: Grid) -> int:
    """Bytes that the sums of one variable cannot exceed, if every slot had data."""
    slots = n_slots(n_cells(cells_of(grid)), len(grid.levels) - 1)
    return slots * (8 + 8 * N_MOMENTS + 4 * N_BINS)


def accumulate(partition: xr.Dataset, grid: Grid, selection: Selection, name: str) -> xr.Dataset:
    """Sums over the usable values of a variable in a partition of ``profiles``; see ``accumulate_values``."""
    value, depth = select(partition, name, selection)
    time, latitude, longitude = (
        np.asarray(partition[k].values, np.float64) for k in ("TIME", "LATITUDE", "LONGITUDE")
    )
    row_start = row_start_of(np.asarray(partition["row_size"].values))
    return accumulate_values(grid, name, row_start, time, latitude, longitude, depth, value)


def accumulate_values(
    grid: Grid,
    name: str,
    row_start: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    depth: Array,
    value: Array,
) -> xr.Dataset:
    """Sums over values by slot.

    Parameters
    ----------
    name : the variable.
    row_start : (n_row + 1,) offsets of each row.
    time, latitude, longitude : (n_row,) days since 1950-01-01, degrees; NaN leaves the row out.
    depth, value : (n_obs,) m, positive down, and the values that count; NaN leaves a value out.

    Returns
    -------
    sums : ``SLOT`` numbers, increasing, ``MOMENTS`` (slot, moment) and ``COUNTS`` (slot, bin), see
        ``kernels.statistics.sums``.
    """
    cells, edges = cells_of(grid), np.array(grid.levels, np.float64)
    n = n_slots(n_cells(cells), edges.size - 1)
    cell = cell_of(latitude, longitude, cells)
    slot = slots_of(row_start, cell, month_of(time), depth, value, edges, layer_table(edges))
    used = numbered(slot, n)
    moments, counts = summed(row_start, (time - EPOCH) / DAYS_PER_YEAR, value, slot, used.size)
    return _sums(used, moments, counts, {"grid": grid.name, "variable": name})


def _sums(slot: Array, moments: Array, counts: Array, attrs: Mapping[str, Any]) -> xr.Dataset:
    arrays = {
        "SLOT": ("slot", slot),
        "MOMENTS": (("slot", "moment"), moments),
        "COUNTS": (("slot", "bin"), counts),
    }
    return xr.Dataset(arrays, attrs=dict(attrs))


def merge(parts: Iterable[xr.Dataset]) -> xr.Dataset:
    """Sums over several partitions, from the sums over each; holds the total and one part at a time."""
    total: xr.Dataset | None = None
    for part in parts:
        if total is not None and total.attrs != part.attrs:
            raise ValueError(f"sums of different grids or variables: {total.attrs} and {part.attrs}")
        total = _widened(total, part)
        to = np.searchsorted(total["SLOT"].values, part["SLOT"].values)
        moments, counts = part["MOMENTS"].values, part["COUNTS"].values
        add_sums(to, moments, counts, total["MOMENTS"].values, total["COUNTS"].values)
        del part, moments, counts  # before the next part is read
    if total is None:
        raise ValueError("no sums to merge")
    return total


def _widened(total: xr.Dataset | None, part: xr.Dataset) -> xr.Dataset:
    """The total with room for the slots of a part; a part is never the total itself."""
    slot = part["SLOT"].values
    if total is not None:
        own = total["SLOT"].values
        if np.isin(slot, own, assume_unique=True).all():
            return total
        slot = np.union1d(own, slot)
    moments, counts = np.zeros((slot.size, N_MOMENTS)), np.zeros((slot.size, N_BINS), np.uint32)
    if total is not None:
        at = np.searchsorted(slot, own)
        moments[at], counts[at] = total["MOMENTS"].values, total["COUNTS"].values
    return _sums(slot, moments, counts, part.attrs)


def finish(sums: xr.Dataset, grid: Grid) -> xr.Dataset:
    """Statistics of every slot that has enough values, or neighbours that do.

    Returns
    -------
    finished : ``SLOT`` numbers, increasing, ``widened`` (slot) how far each was, ``n`` (slot) the number of
        values behind it, and the other ``STATISTICS`` (slot) float32, NaN where ``n`` is too small.
    """
    if sums.attrs["grid"] != grid.name:
        raise ValueError(f"sums of grid {sums.attrs['grid']} cannot be finished on grid {grid.name}")
    cells, minimum = cells_of(grid), option(grid, "minimum_values")
    start, beside = neighbours(cells)
    shape = (n_cells(cells), len(grid.levels) - 1, MONTHS)
    moments, position = sums["MOMENTS"].values, _dense(sums["SLOT"].values, shape)
    n = np.where(position >= 0, np.append(moments[:, N], 0.0)[position], 0.0)
    widened, pooled = widening(n, start, beside, minimum, int(option(grid, "widest")))
    slot = np.flatnonzero(pooled)
    far = widened.ravel()[slot]
    spread = option(grid, "minimum_spread_years")
    sketch = sums["COUNTS"].values
    out = describe_slots(slot, far, position, moments, sketch, start, beside, minimum, spread)
    arrays: dict[str, Any] = {
        k: ("slot", out[:, i].astype(np.float32)) for i, k in enumerate(STATISTICS) if k != "n"
    }
    arrays |= {"SLOT": ("slot", slot), "widened": ("slot", far), "n": ("slot", out[:, 0].astype(np.int64))}
    return xr.Dataset(arrays, attrs=_about(grid) | {"variable": sums.attrs["variable"]})


def _dense(slot: Array, shape: tuple[int, int, int]) -> Array:
    """Position of every possible slot among those given; -1 where it is not one of them."""
    position = np.full(int(np.prod(shape)), -1, np.int32)
    position[slot] = np.arange(slot.size, dtype=np.int32)
    return position.reshape(shape)


def _about(grid: Grid) -> dict[str, Any]:
    return {
        "grid": grid.name,
        "cell_latitude": grid.cell_latitude,
        "cell_longitude": grid.cell_longitude,
        "equal_area": int(option(grid, "equal_area")),
        "layers": [float(z) for z in grid.levels],
        "linear_in_depth": int(option(grid, "linear_in_depth")),
        "minimum_values": option(grid, "minimum_values"),
    }


@dataclass(frozen=True)
class Lookup:
    """Statistics of one variable, ready to be looked up.

    ``position`` (n_cell, n_layer, 12), or (..., 1) if they hold for the whole year, is the place of a slot in
    each of ``values``, -1 where there is none; ``edges`` are those of the layers.
    """

    cells: Cells
    edges: Array
    position: Array
    values: Mapping[str, Array]
    linear_in_depth: bool = False

    @classmethod
    def of(cls, finished: xr.Dataset) -> "Lookup":
        """Of what ``finish`` made."""
        about, edges = finished.attrs, np.array(finished.attrs["layers"], np.float64)
        cells = global_cells(about["cell_latitude"], about["cell_longitude"], bool(about["equal_area"]))
        position = _dense(finished["SLOT"].values, (n_cells(cells), edges.size - 1, MONTHS))
        known = ~np.isnan(finished["mean"].values)
        position[position >= 0] = np.where(known, np.arange(known.size), -1)
        values = {k: finished[k].values for k in (*STATISTICS, "widened")}
        return cls(cells, edges, position, values, bool(about["linear_in_depth"]))

    @cached_property
    def table(self) -> Array:
        return layer_table(self.edges)

    @cached_property
    def columns(self) -> tuple[Array, Array]:
        """``position`` of slots that lie by cell, month and layer, so that a profile finds its own together,
        and where those lie in ``values``."""
        by_month = np.ascontiguousarray(np.swapaxes(self.position, 1, 2))
        known = by_month >= 0
        order = by_month[known]
        by_month[known] = np.arange(order.size)
        return np.swapaxes(by_month, 1, 2), order

    @cached_property
    def _side_by_side(self) -> dict[tuple[str, ...], Array]:
        return {}

    def side_by_side(self, names: Sequence[str]) -> Array:
        """Some of ``values`` in the order of ``columns``, (n, n_name) float32."""
        wanted = tuple(names)
        if wanted not in self._side_by_side:
            chosen = [self.values[k][self.columns[1]].astype(np.float32) for k in wanted]
            self._side_by_side[wanted] = np.stack(chosen, axis=1)
        return self._side_by_side[wanted]


@dataclass(frozen=True, eq=False)
class AtObservations(Mapping[str, Array]):
    """Statistics at observations by name, each laid out once it is asked for.

    ``start`` and ``at`` are the runs of ``kernels.statistics.lookup``, ``step`` what ``MOVING`` statistics
    are moved by.
    """

    lookup: Lookup
    wanted: Sequence[str]
    start: Array
    at: Array
    step: Array | None = None
    _found: dict[str, Array] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        if name not in self._found:
            known = name.removeprefix("normal_")
            if name == known or known not in self.wanted:
                raise KeyError(name)
            values = self.lookup.side_by_side(self.wanted)
            self._found[name] = spread(values, self.wanted.index(known), self.start, self.at)
            if self.step is not None and known in MOVING:
                self._found[name] += self.step
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return (f"normal_{k}" for k in self.wanted)

    def __len__(self) -> int:
        return len(self.wanted)


def at_observations(
    lookup: Lookup,
    names: Collection[str],
    time: Array,
    latitude: Array,
    longitude: Array,
    depth: Array,
    row_start: Array,
) -> Mapping[str, Array]:
    """Statistics at observations.

    Parameters
    ----------
    names : which, as ``kernels.registry.INPUTS`` has them: ``normal_mean``, ``normal_std``, ...
    time, latitude, longitude : (n_row,) days since 1950-01-01, degrees; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    row_start : (n_row + 1,) offsets of each row.

    Returns
    -------
    normals : (n_obs,) float32 by name, NaN where nothing is known; without those that ``lookup`` does not
        have.
    """
    wanted = [k for k in lookup.values if f"normal_{k}" in names]
    if not wanted:
        return {}
    cell, month = cell_of(latitude, longitude, lookup.cells), month_of(time)
    where = (row_start, cell, month, depth, lookup.edges, lookup.table)
    start, at = runs_at(*where, lookup.columns[0])
    step = None
    if lookup.linear_in_depth and any(k in MOVING for k in wanted):
        step = moved(*where, lookup.position, lookup.values["mean"])
    return AtObservations(lookup, wanted, start, at, step)


@dataclass(frozen=True)
class Statistics:
    """Statistics of several variables, as the tests ask for them (``flows.inputs.Normals``); ``names`` are
    the ones that some test needs."""

    lookups: Mapping[str, Lookup]
    names: Sequence[str] = tuple(f"normal_{k}" for k in STATISTICS)

    def at(self, columns: Columns, variable: str) -> Mapping[str, Array]:
        if variable not in self.lookups:
            return {}
        where = (columns.time, columns.latitude, columns.longitude)
        lookup = self.lookups[variable]
        return at_observations(lookup, self.names, *where, _depth(columns), columns.row_start)


def _depth(columns: Columns) -> Array:
    """Depth of the observations of a block; from the pressure where there is none."""
    known, pressure = columns.values.get("DEPH"), columns.values.get("PRES")
    missing = np.full(columns.n_obs, np.nan, np.float32)
    pressure = missing if pressure is None else pressure
    known = missing if known is None else known
    if not np.any(np.isnan(known) & ~np.isnan(pressure)):
        return known
    return depth_of(pressure, known, np.repeat(columns.latitude, np.diff(columns.row_start)))
