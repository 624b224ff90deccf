"""Climatologies as CF NetCDF files: the statistics of the records written out, and those of others read.

A file that is read has, on a regular grid of latitude and longitude and on depth levels, for the year or for
twelve months, at least the mean and the standard deviation of a variable. Variables of a file are known by
their standard name, or by the name that the World Ocean Atlas gives them (``t_mn``); which statistic one
holds by its name (``mean``, ``TEMP_std``, ``t_sd``) or else by its cell methods. An observation takes what
the nearest grid point has.
"""

import re
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from catalogs.schema import variables
from flows.climatology_axes import Axes
from flows.location import read_bytes, write_bytes
from flows.readers.fields import numbers
from flows.readers.netcdf import open_netcdf
from flows.readers.netcdf_model import NetCDF
from flows.readers.units import SAME, Conversion, conversion
from flows.records import SourceError
from flows.statistics import Lookup, Statistics
from kernels.compiled import Array
from kernels.statistics.cells import edges_of, n_cells
from kernels.statistics.describe import STATISTICS
from kernels.statistics.slots import MONTHS

MONTHLY = "{month"
"""A URL with a field ``{month:02d}`` stands for twelve files, one a month."""
ATLAS = {"TEMP": "t", "PSAL": "s", "DOXY": "o", "NTRA": "n"}
"""First letter of the World Ocean Atlas's names."""
ATLAS_STATISTICS = {"mn": "mean", "an": "mean", "sd": "std", "dd": "n"}
"""``_mn`` before ``_an``: the mean of the values whose standard deviation it is, not an analysis of them."""
NO_STATISTIC = ("se", "oa", "ma", "gp", "sdo", "sea")
"""Other endings of the World Ocean Atlas."""
METHODS = {
    "standard_deviation": "std",
    "mean": "mean",
    "minimum": "minimum",
    "maximum": "maximum",
    "median": "median",
}
OTHER_NAMES = {"PSAL": ("sea_water_salinity",)}
SPELLINGS = {"micromoles_per_kilogram": "umol kg-1"}
LONG_NAMES = {
    "n": "number of values",
    "mean": "mean",
    "std": "standard deviation",
    "minimum": "smallest value",
    "maximum": "largest value",
    "low": "0.5 % quantile",
    "q1": "25 % quantile",
    "median": "median",
    "q3": "75 % quantile",
    "high": "99.5 % quantile",
    "amd": "median of the absolute distances from the median",
    "medcouple": "medcouple (skewness)",
    "slope": "linear trend",
    "year": "mean year of the values, with decimals",
    "widened": "how far the values were taken from",
}


def export(finished: xr.Dataset, url: str) -> None:
    """Write statistics as CF NetCDF to any URL that fsspec knows.

    Dimensions are month, depth, latitude and longitude; month, depth and cell where the rows of the grid have
    different numbers of cells. Bounds are given for all.
    """
    with tempfile.NamedTemporaryFile(suffix=".nc") as file:
        dataset = to_cf(finished)
        packed = {str(v): {"zlib": True, "complevel": 3} for v in dataset.data_vars if dataset[v].ndim > 2}
        dataset.to_netcdf(file.name, engine="netcdf4", encoding=packed)
        write_bytes(url, read_bytes(file.name))


def to_cf(finished: xr.Dataset) -> xr.Dataset:
    """Statistics on their grid with CF attributes."""
    lookup, about = Lookup.of(finished), finished.attrs
    regular = not about["equal_area"]
    coordinates = _coordinates(lookup, regular)
    place = ("latitude", "longitude") if regular else ("cell",)
    sizes = (
        [coordinates["latitude"].size, coordinates["longitude"].size] if regular else [n_cells(lookup.cells)]
    )
    known = np.moveaxis(lookup.position, 0, -1).swapaxes(0, 1).reshape(MONTHS, -1, *sizes)
    fields = {}
    for k in (*STATISTICS, "widened"):
        values = np.append(lookup.values[k].astype(np.float32), np.float32(np.nan))[known]
        attrs = _cf_attributes(about["variable"], k)
        fields[k] = xr.Variable(("month", "depth", *place), values, attrs)
    text = f"Statistics of the records, {about['variable']}, {about['grid']}"
    return xr.Dataset(fields | coordinates, attrs={"Conventions": "CF-1.11", "title": text}).set_coords(
        ["month", "depth", "latitude", "longitude"]
    )


def _coordinates(lookup: Lookup, regular: bool) -> dict[str, xr.Variable]:
    latitude, longitude = edges_of(lookup.cells)
    if regular:
        n = int(lookup.cells.n_in_row[0])
        latitude, longitude = latitude[::n], longitude[:n]
    depth = np.stack([lookup.edges[:-1], lookup.edges[1:]], 1)
    made = {"month": xr.Variable("month", np.arange(1, 13), {"long_name": "calendar month", "units": "1"})}
    for name, bounds, attrs in (
        ("depth", depth, {"units": "m", "positive": "down", "axis": "Z"}),
        ("latitude", latitude, {"units": "degrees_north"}),
        ("longitude", longitude, {"units": "degrees_east"}),
    ):
        dimension = name if regular or name == "depth" else "cell"
        about = {"standard_name": name, "bounds": f"{name}_bounds"} | attrs
        made[name] = xr.Variable(dimension, bounds.mean(axis=1), about)
        made[f"{name}_bounds"] = xr.Variable((dimension, "edge"), bounds)
    return made


def _cf_attributes(variable: str, statistic: str) -> dict[str, Any]:
    known = variables()[variable]
    attrs: dict[str, Any] = {"long_name": f"{known.long_name}: {LONG_NAMES[statistic]}", "units": known.units}
    if statistic == "widened":
        meanings = "own_values months_beside whole_year cells_beside"
        return attrs | {
            "units": "1",
            "flag_values": np.arange(4, dtype=np.float32),
            "flag_meanings": meanings,
        }
    if statistic == "n":
        return attrs | {"units": "1", "standard_name": f"{known.standard_name} number_of_observations"}
    if statistic in ("medcouple", "year"):
        return attrs | {"units": "1"}
    if statistic == "slope":
        return attrs | {"units": f"{known.units} year-1" if known.units != "1" else "year-1"}
    method = next((m for m, s in METHODS.items() if s == statistic), None)
    methods = {"cell_methods": f"area: depth: time: {method}"} if method else {}
    return attrs | ({} if statistic == "amd" else {"standard_name": known.standard_name}) | methods


def files_of(url: str) -> list[str]:
    """The files that a climatology's URL stands for: one, or twelve."""
    return [url.format(month=m) for m in range(1, 13)] if MONTHLY in url else [url]


def external(url: str, names: Mapping[str, Mapping[str, str]] | None = None) -> Statistics:
    """A climatology of somebody else.

    Parameters
    ----------
    url : a file at any URL that fsspec knows, or twelve, see ``MONTHLY``.
    names : for a variable, the names of the file's variables by statistic, for example
        ``{"TEMP": {"mean": "theta", "std": "theta_spread"}}``, where the file does not tell.

    Raises
    ------
    SourceError
        names file, variable and reason of what cannot be used.
    """
    files = [open_netcdf(u) for u in files_of(url)]
    known = {v for v in variables() if v not in ("TIME", "LATITUDE", "LONGITUDE")}
    wanted = set(names or {}) & known or known
    fields = {v: (names or {}).get(v) or _fields(files[0], v) for v in sorted(wanted)}
    fields = {v: f for v, f in fields.items() if f}
    if not fields:
        there = ", ".join(files[0].shapes)
        raise SourceError(files[0].file, f"holds statistics of no variable of the catalogue; it has {there}")
    return Statistics({v: _lookup(files, v, f) for v, f in fields.items()})


def _fields(nc: NetCDF, variable: str) -> dict[str, str]:
    """Name of the file's variable that holds each statistic of a variable."""
    found: dict[str, tuple[int, str]] = {}
    for name, shape in nc.shapes.items():
        kind = _statistic_of(nc, name, variable) if len(shape) > 2 else None
        if kind:
            found[kind[0]] = min(found.get(kind[0], (99, "")), (kind[1], name))
    return {k: name for k, (_, name) in found.items()}


def _statistic_of(nc: NetCDF, name: str, variable: str) -> tuple[str, int] | None:
    """Which statistic of a variable one of the file's variables holds, and its rank among those that do."""
    stem, _, ending = name.lower().rpartition("_")
    standard_name, modifier = _standard_name(nc, name)
    if not standard_name and not stem and "mean" in nc:
        standard_name, _ = _standard_name(nc, "mean")  # a slope or a skewness has no standard name
    own = (variables()[variable].standard_name, *OTHER_NAMES.get(variable, ()))
    if standard_name not in own and stem not in (variable.lower(), ATLAS.get(variable)):
        return None
    if ending in STATISTICS:
        return ending, 0
    if stem == ATLAS.get(variable):
        kind = ATLAS_STATISTICS.get(ending)
        return (kind, list(ATLAS_STATISTICS).index(ending) + 1) if kind else None
    if modifier:
        return ("n", 5) if modifier == "number_of_observations" else None
    if ending in NO_STATISTIC:
        return None
    methods = re.findall(r"\w+(?=\s|$)", str(nc.attributes_of(name).get("cell_methods", "")))
    kind = next((METHODS[m] for m in reversed(methods) if m in METHODS), None)
    return (kind, 6) if kind else None


def _standard_name(nc: NetCDF, name: str) -> tuple[str, str]:
    """Standard name and its modifier."""
    standard_name, _, modifier = str(nc.attributes_of(name).get("standard_name", "")).partition(" ")
    return standard_name, modifier


def _lookup(files: Sequence[NetCDF], variable: str, fields: Mapping[str, str]) -> Lookup:
    nc = files[0]
    for kind, what in (("mean", "mean"), ("std", "standard deviation")):
        if kind not in fields:
            raise SourceError(nc.file, f"holds no {what} of it; it has {', '.join(nc.shapes)}", variable)
    axes = [Axes.of(file, fields["mean"]) for file in files]
    if any(a != axes[0] for a in axes) or (len(files) > 1 and axes[0].n_month > 1):
        raise SourceError(
            nc.file, "the files of the months do not have one grid and one month each", variable
        )
    values = {
        kind: np.concatenate([_values(f, axes[0], name, kind, variable) for f in files], axis=2)
        for kind, name in fields.items()
        if kind in STATISTICS
    }
    known = np.isfinite(values["mean"])
    position = np.full(known.shape, -1, np.int32)
    position[known] = np.arange(np.count_nonzero(known), dtype=np.int32)
    return Lookup(axes[0].cells, axes[0].edges, position, {k: v[known] for k, v in values.items()})


def _values(nc: NetCDF, axes: Axes, name: str, kind: str, variable: str) -> Array:
    """One statistic as (n_cell, n_layer, n_month) float32 in the canonical unit."""
    if name not in nc:
        raise SourceError(nc.file, f"there is no variable {name}; it has {', '.join(nc.shapes)}", variable)
    factor, offset = SAME if kind in ("n", "medcouple", "year", "slope") else _conversion(nc, name, variable)
    if kind in ("std", "amd"):
        offset = 0.0  # a difference: kelvin and degree Celsius are the same
    raw = axes.ordered(nc, name, numbers(nc, name))
    return np.asarray(raw * factor + offset, np.float32)


def _conversion(nc: NetCDF, name: str, variable: str) -> Conversion:
    unit, wanted = str(nc.attributes_of(name).get("units", "")).strip(), variables()[variable].units
    known = conversion(variable, SPELLINGS.get(unit.lower(), unit), wanted)
    if known is None:
        raise SourceError(nc.file, f"its unit {unit!r} cannot be converted to {wanted!r}", name)
    return known
