"""Climatology of the records themselves: sums a month, merged, and one fit.

``accumulate`` reduces a partition to sums over the cells that it touches, ``merge`` adds sums, ``fit`` makes
the climatology, ``profiles_at`` and ``values_at`` evaluate it.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from catalogs.schema import Grid, Selection, variables
from flows.standard_profiles import standard_profiles
from kernels.climatology.harmonic import evaluate, fit_level
from kernels.climatology.levels import between_levels
from kernels.climatology.moments import add_moments, n_moments, n_terms, terms

Array = NDArray[Any]
VARIABLES = ("TEMP", "PSAL")


def option(grid: Grid, name: str) -> float:
    """A number that the grid must state."""
    if name not in grid.options:
        raise ValueError(f"grid {grid.name} states no option {name!r}; it has {sorted(grid.options)}")
    return float(grid.options[name])


def accumulate(
    partition: xr.Dataset, grid: Grid, selection: Selection, names: Sequence[str] = VARIABLES
) -> xr.Dataset:
    """Sums over the usable values of a partition at the standard levels, for each cell that it touches.

    Returns
    -------
    sums : ``<V>_MOMENTS`` (cell, level, moment) for each variable, see ``kernels.climatology.moments``.
    """
    x, cell = _place(partition, grid)
    cells, index = np.unique(cell[cell >= 0], return_inverse=True)
    slot = np.full(len(cell), -1, np.int64)
    slot[cell >= 0] = index
    sums = {}
    gaps = option(grid, "gap_at_surface"), option(grid, "gap_per_depth")
    standard = standard_profiles(partition, selection, names, np.array(grid.levels), gaps, grid.interpolation)
    for name, levels in standard.items():
        moments = np.zeros((len(cells), len(grid.levels), n_moments(_harmonics(grid))))
        add_moments(slot, x, levels, moments)
        sums[f"{name}_MOMENTS"] = (("cell", "level", "moment"), moments)
    return xr.Dataset(sums, {"cell": cells.astype(np.int64)}, {"grid": grid.name})


def merge(parts: Iterable[xr.Dataset]) -> xr.Dataset:
    """Sums over several partitions, from the sums over each; holds two of them at a time."""
    rest = iter(parts)
    first = next(rest, None)
    if first is None:
        raise ValueError("no sums to merge")
    return reduce(_add, rest, first)


def _add(one: xr.Dataset, other: xr.Dataset) -> xr.Dataset:
    if one.attrs["grid"] != other.attrs["grid"]:
        raise ValueError(f"sums of different grids: {one.attrs['grid']} and {other.attrs['grid']}")
    cells = np.union1d(one["cell"].values, other["cell"].values)
    merged = {}
    for name in one.data_vars:
        total = np.zeros((len(cells), *one[name].shape[1:]))
        for part in (one, other):  # cells are unique within a part, so plain indexing adds each once
            total[np.searchsorted(cells, part["cell"].values)] += part[name].values
        merged[name] = (("cell", "level", "moment"), total)
    return xr.Dataset(merged, {"cell": cells}, one.attrs)


def fit(sums: xr.Dataset, grid: Grid, reference_period: tuple[int, int]) -> xr.Dataset:
    """Climatology of each variable on the grid, valid at the middle of the reference period.

    Returns
    -------
    climatology : for each variable V, ``V_COEFFICIENT`` (latitude, longitude, depth, term), ``V_N`` records
        behind each value, ``V_STD`` their residuals (NaN where
        there are too few), and ``V_SLOPE`` (depth) the pooled trend that was taken out, per year.
    """
    n_lat, n_lon = shape(grid)
    middle = (reference_period[0] + reference_period[1] + 1) / 2 - 2000
    out: dict[str, Any] = {}
    for name in sorted(str(v).removesuffix("_MOMENTS") for v in sums.data_vars):
        fits = [fit_level(m, middle, *_fit_options(grid)) for m in _dense(sums, name, n_lat, n_lon)]
        place = ("latitude", "longitude", "depth")
        units = {"units": variables()[name].units}
        out[f"{name}_COEFFICIENT"] = (
            (*place, "term"),
            np.stack([f.coefficient for f in fits], axis=2),
            units,
        )
        out[f"{name}_N"] = (place, np.stack([f.n for f in fits], axis=2).astype(np.int64), {"units": "1"})
        out[f"{name}_STD"] = (place, np.stack([f.std for f in fits], axis=2), units)
        out[f"{name}_SLOPE"] = (
            "depth",
            np.array([f.slope for f in fits]),
            {"units": f"{units['units']} year-1"},
        )
    return xr.Dataset(out, _coordinates(grid), _about(grid, reference_period))


def profiles_at(climatology: xr.Dataset, name: str, time: Array, latitude: Array, longitude: Array) -> Array:
    """Climatological profiles of a variable at places and times: (n,) -> (n, n_level), NaN where none.

    Raises
    ------
    ValueError
        for a climatology whose terms are not those of ``kernels.climatology.moments``.
    """
    coefficient = climatology[f"{name}_COEFFICIENT"].values
    n_lat, n_lon, _, n_term = coefficient.shape
    i, j, north, east = cells_of(latitude, longitude, n_lat, n_lon)
    known = np.isfinite(time) & (i >= 0)
    harmonics, odd = divmod(n_term + 1 - n_terms(0), 2)  # time has no coefficient
    if odd or harmonics < 0:
        raise ValueError(f"{name}_COEFFICIENT has {n_term} terms: this climatology must be fitted again")
    x = terms(np.where(known, time, 0.0).astype(np.float64), north, east, harmonics)
    return evaluate(x, np.where(known, i, -1), j, np.ascontiguousarray(coefficient))


def values_at(
    climatology: xr.Dataset,
    name: str,
    row_start: Array,
    depth: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
) -> Array:
    """Climatology at each observation: time, latitude, longitude per row, depth (m) per observation,
    increasing in each row. NaN where there is none; constant above its shallowest level."""
    at_level = profiles_at(climatology, name, time, latitude, longitude)
    extension = float(climatology.attrs["surface_extension"])
    return between_levels(row_start, depth, climatology["depth"].values, at_level, extension)


def shape(grid: Grid) -> tuple[int, int]:
    """Cells of a grid from 90S and 180W: (latitudes, longitudes)."""
    n_lat, n_lon = round(180 / grid.cell_latitude), round(360 / grid.cell_longitude)
    if not np.allclose((n_lat * grid.cell_latitude, n_lon * grid.cell_longitude), (180, 360)):
        raise ValueError(f"grid {grid.name}: cells must divide 180 by 360 degrees")
    return n_lat, n_lon


def cells_of(latitude: Array, longitude: Array, n_lat: int, n_lon: int) -> tuple[Array, Array, Array, Array]:
    """Cell of each place (-1 where there is no place) and the place in it, -1..1 northward and eastward."""
    known = np.isfinite(latitude) & np.isfinite(longitude) & (np.abs(latitude) <= 90)
    y = np.where(known, (latitude + 90) * n_lat / 180, 0.0)
    x = np.where(known, (longitude + 180) % 360 * n_lon / 360, 0.0)
    i, j = np.minimum(y.astype(np.int64), n_lat - 1), np.minimum(x.astype(np.int64), n_lon - 1)
    return np.where(known, i, -1), np.where(known, j, -1), 2 * (y - i) - 1, 2 * (x - j) - 1


def _place(partition: xr.Dataset, grid: Grid) -> tuple[Array, Array]:
    """Terms of the model, and flat index of the cell (-1 where none), of each row."""
    time, lat, lon = (partition[k].values.astype(np.float64) for k in ("TIME", "LATITUDE", "LONGITUDE"))
    n_lat, n_lon = shape(grid)
    i, j, north, east = cells_of(lat, lon, n_lat, n_lon)
    cell = np.where((i >= 0) & np.isfinite(time), i * n_lon + j, -1)
    return terms(np.where(cell >= 0, time, 0.0), north, east, _harmonics(grid)), cell


def _harmonics(grid: Grid) -> int:
    return int(option(grid, "harmonics"))


def _fit_options(grid: Grid) -> tuple[float, float, float]:
    return (
        option(grid, "minimum_profiles"),
        option(grid, "prior_weight"),
        option(grid, "minimum_spread_years"),
    )


def _dense(sums: xr.Dataset, name: str, n_lat: int, n_lon: int) -> list[Array]:
    """Moments of every cell, one array (n_lat, n_lon, n_moment) a level; a view of one level at a time
    keeps what the fit needs beside the sums small."""
    moments = sums[f"{name}_MOMENTS"].values
    full = np.zeros((n_lat * n_lon, *moments.shape[1:]))
    full[sums["cell"].values] = moments
    return [full[:, k].reshape(n_lat, n_lon, -1) for k in range(moments.shape[1])]


def _coordinates(grid: Grid) -> dict[str, Any]:
    n_lat, n_lon = shape(grid)
    waves = [f"{f}{h}" for h in range(1, _harmonics(grid) + 1) for f in ("cos", "sin")]
    lat = (np.arange(n_lat) + 0.5) * grid.cell_latitude - 90
    lon = (np.arange(n_lon) + 0.5) * grid.cell_longitude - 180
    down = {"units": "m", "positive": "down", "standard_name": "depth"}
    return {
        "latitude": ("latitude", lat, {"units": "degrees_north", "standard_name": "latitude"}),
        "longitude": ("longitude", lon, {"units": "degrees_east", "standard_name": "longitude"}),
        "depth": ("depth", np.array(grid.levels), down),
        "term": ("term", np.array(["mean", *waves, "north", "east", "north2"])),
    }


def _about(grid: Grid, reference_period: tuple[int, int]) -> dict[str, Any]:
    return {
        "grid": grid.name,
        "reference_period": f"{reference_period[0]}-{reference_period[1]}",
        "surface_extension": option(grid, "surface_extension"),
        "comment": "Fitted to the records that were summed, those of the campaign's reference period; the "
        "pooled slope moves each to the middle of that period. North and east are per half cell from the "
        "cell's centre; north2 is with the second Legendre polynomial of that distance northward.",
    }
