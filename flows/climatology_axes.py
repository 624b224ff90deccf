"""The axes of a gridded climatology: which dimension is what, and the cells and layers round its points."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from flows.readers.fields import numbers
from flows.readers.netcdf_model import NetCDF
from flows.records import SourceError
from kernels.compiled import Array
from kernels.statistics.cells import Cells, cells_of_rows

NAMES = {
    "latitude": ("latitude", "lat", "nav_lat", "y"),
    "longitude": ("longitude", "lon", "nav_lon", "x"),
    "depth": ("depth", "lev", "level", "deptht", "z", "depth_level"),
    "month": ("time", "month", "climatology_time", "t"),
}
UNITS = {
    "degrees_north": "latitude",
    "degree_north": "latitude",
    "degrees_east": "longitude",
    "degree_east": "longitude",
}
METRES = ("m", "meter", "meters", "metre", "metres")


@dataclass(frozen=True)
class Axes:
    """Cells and layers round the points of a grid, and how its arrays are brought into their order."""

    file: str = field(compare=False)
    dims: dict[str, str]
    """Dimension of the file by axis; the depth, latitude and longitude are there, a month need not."""
    orders: dict[str, list[int]]
    """Points of each axis from the first cell on; a repeated last meridian is left out."""
    south: float
    west: float
    steps: tuple[float, float]
    depths: tuple[float, ...]
    """Edges of the layers."""
    n_month: int

    @classmethod
    def of(cls, nc: NetCDF, name: str) -> "Axes":
        """The axes of one variable of a file.

        Raises
        ------
        SourceError
            for an axis that is missing, not evenly spaced or not in metres.
        """
        if name not in nc:
            raise SourceError(nc.file, f"there is no such variable; it has {', '.join(nc.shapes)}", name)
        dims = {_kind_of(nc, d): d for d in nc.dims_of(name)}
        for kind in ("latitude", "longitude", "depth"):
            if kind not in dims:
                raise SourceError(nc.file, f"has no {kind} axis but {', '.join(nc.dims_of(name))}", name)
        n_month = nc.dimensions[dims["month"]] if "month" in dims else 1
        if n_month not in (1, 12) or len(dims) != len(nc.dims_of(name)):
            raise SourceError(
                nc.file, f"must hold the year or 12 months, its axes are {_sizes(nc, name)}", name
            )
        south, latitudes, height = _even(nc, dims["latitude"])
        west, longitudes, width = _even(nc, dims["longitude"], around=True)
        depths, layers = _layers(nc, dims["depth"])
        orders = {"latitude": latitudes, "longitude": longitudes, "depth": layers}
        return cls(nc.file, dims, orders, south, west, (height, width), depths, n_month)

    @property
    def cells(self) -> Cells:
        n_row, n = len(self.orders["latitude"]), len(self.orders["longitude"])
        extent = 360.0 if n * self.steps[1] > 360 - 1e-3 else n * self.steps[1]
        return cells_of_rows(self.south, self.west, self.steps[0], extent, np.full(n_row, n))

    @property
    def edges(self) -> Array:
        return np.array(self.depths)

    def ordered(self, nc: NetCDF, name: str, values: Array) -> Array:
        """Values of a variable as (cell, layer, month)."""
        dims = list(nc.dims_of(name))
        if sorted(dims) != sorted(self.dims.values()):
            raise SourceError(
                nc.file, f"its axes {dims} are not those of the mean, {list(self.dims.values())}", name
            )
        if "month" not in self.dims:
            values, dims = values[..., None], [*dims, "month"]
        month = self.dims.get("month", "month")
        wanted = [self.dims[k] for k in ("latitude", "longitude", "depth")]
        values = values.transpose([dims.index(d) for d in (*wanted, month)])
        for axis, kind in enumerate(("latitude", "longitude", "depth")):
            values = values.take(self.orders[kind], axis=axis)
        return values.reshape(-1, *values.shape[2:])


def _sizes(nc: NetCDF, name: str) -> str:
    return ", ".join(f"{d} ({nc.dimensions[d]})" for d in nc.dims_of(name))


def _kind_of(nc: NetCDF, dimension: str) -> str:
    """Which axis a dimension is, from its coordinate or its name; an unknown one keeps its own name."""
    attributes: Any = nc.attributes_of(dimension) if dimension in nc else {}
    by_unit = UNITS.get(str(attributes.get("units", "")).lower())
    standard_name = str(attributes.get("standard_name", ""))
    if by_unit or standard_name in NAMES:
        return by_unit or standard_name
    return next((k for k, names in NAMES.items() if dimension.lower() in names), dimension)


def _points(nc: NetCDF, dimension: str) -> Array:
    if dimension not in nc:
        raise SourceError(nc.file, "the axis has no coordinate variable", dimension)
    points = numbers(nc, dimension).astype(np.float64)
    if not points.size or not np.isfinite(points).all() or points.ndim != 1:
        raise SourceError(nc.file, "the coordinates of the axis are missing or not a list", dimension)
    return points


def _even(nc: NetCDF, dimension: str, around: bool = False) -> tuple[float, list[int], float]:
    """Edge of the first cell, order of the points, and step of an evenly spaced axis."""
    points = _points(nc, dimension)
    if around:  # a grid may begin anywhere and pass 180 or 360 degrees
        points = np.unwrap(points, period=360)
    order = np.argsort(points, kind="stable")
    step = float((points.max() - points.min()) / max(points.size - 1, 1))
    if around and step > 0:
        order = order[: round(360 / step)]  # without the first meridian once more
    if points.size < 2 or np.abs(np.diff(np.sort(points)) - step).max() > 0.01 * step:
        raise SourceError(nc.file, "the axis must have two or more evenly spaced points", dimension)
    return float(points.min() - step / 2), [int(i) for i in order], step


def _layers(nc: NetCDF, dimension: str) -> tuple[tuple[float, ...], list[int]]:
    """Edges of the layers, and the order of the levels from the surface down: the bounds that the file gives
    where they leave no gap, else half way between the levels. The first reaches as far above its level."""
    attributes = nc.attributes_of(dimension) if dimension in nc else {}
    unit = str(attributes.get("units", "m")).strip().lower()
    if unit not in METRES:
        raise SourceError(nc.file, f"the unit of the depths must be m, not {unit!r}", dimension)
    depth = _points(nc, dimension)
    upward = -1.0 if attributes.get("positive", "down") == "up" or depth.max() <= 0 > depth.min() else 1.0
    order = np.argsort(upward * depth, kind="stable")
    levels = (upward * depth)[order]
    if (np.diff(levels) <= 0).any():
        raise SourceError(nc.file, "two levels have one depth", dimension)
    name = str(attributes.get("bounds", ""))
    if name in nc and nc.shapes[name] == (depth.size, 2):
        bounds = np.sort(upward * numbers(nc, name).astype(np.float64)[order], axis=1)
        if np.array_equal(bounds[1:, 0], bounds[:-1, 1]) and bounds[0, 0] < levels[0]:
            return (*map(float, bounds[:, 0]), float(bounds[-1, 1])), [int(i) for i in order]
    middle = (levels[1:] + levels[:-1]) / 2
    half = (middle[0] - levels[0], levels[-1] - middle[-1]) if levels.size > 1 else (5.0, 5.0)
    edges = [levels[0] - max(half[0], 5.0), *middle, levels[-1] + half[1]]
    return tuple(map(float, edges)), [int(i) for i in order]
