"""Anomalies of the columns of a partition against the climatology, averaged by box within each region."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from catalogs.bottom import bottom_depth
from catalogs.geometry import Polygons
from catalogs.schema import Grid, Indicator, Region, Selection
from flows.climatology import cells_of, option, shape
from flows.column_values import Profiles, column_value
from flows.selection import usable_rows
from kernels.bathymetry import bottom_depth_at
from kernels.indicators.area import ocean_area_in_box, ocean_area_in_mask
from kernels.indicators.inside import cells_on_edges, inside_box, inside_cells, inside_outline, outline_of
from kernels.ragged import row_start_of, take_rows

Array = NDArray[Any]


def boxes(
    partition: xr.Dataset,
    climatology: xr.Dataset,
    grid: Grid,
    indicators: Sequence[Indicator],
    selection: Selection,
    regions: Sequence[Region],
) -> xr.Dataset:
    """Column anomalies of a partition, averaged by box within each region.

    A record counts in a box of a region only if it lies in the region itself, so a box across a strait
    does not mix two seas.

    Returns
    -------
    statistics : (indicator, cell), a cell being a box of a region: ``mean`` and ``variance`` of samples of
        ``column_value`` (NaN where fewer than 1 and 2), ``n_samples``, ``n_profiles`` used, ``n_partial`` of
        them that do not cover the whole layer, ``n_excluded`` that cover too little or have no climatology,
        ``coverage`` the mean covered fraction.
    """
    cells = region_boxes(regions, grid)
    row, cell = _rows_in_cells(partition, grid, regions, cells, selection)
    sample, sample_cell = _samples(partition, grid, row, cell)
    partition, row = _only_rows(partition, row)
    columns = _columns(partition, climatology, grid, indicators, selection)
    stats = [_box_statistics(c, row, cell, sample, sample_cell, cells.sizes["cell"]) for c in columns]
    out = {k: (("indicator", "cell"), np.stack([s[k] for s in stats])) for k in stats[0]}
    return xr.Dataset(
        out, {"indicator": [i.name for i in indicators]} | dict(cells.coords), {"grid": grid.name}
    )


def region_boxes(regions: Sequence[Region], grid: Grid) -> xr.Dataset:
    """The boxes that each region touches, on ``cell``: coordinates ``region``, ``box`` (flat index), and
    ``latitude`` and ``longitude`` of the centre."""
    n_lat, n_lon = shape(grid)
    whole = np.ones((n_lat, n_lon), bool)
    flat = [np.flatnonzero(ocean_area_in_box(whole, (n_lat, n_lon), *_bounds(r)) > 0) for r in regions]
    box = np.concatenate([*flat, np.empty(0, np.int64)]).astype(np.int64)
    names = np.repeat([r.name for r in regions], [len(f) for f in flat])
    lat = (box // n_lon + 0.5) * grid.cell_latitude - 90
    lon = (box % n_lon + 0.5) * grid.cell_longitude - 180
    columns = {"region": names, "box": box, "latitude": lat, "longitude": lon}
    return xr.Dataset(coords={k: ("cell", v) for k, v in columns.items()})


def box_areas(region: Region, grid: Grid, land_class: Array) -> Array:
    """Ocean area of each box of the grid within a region: (n_lat, n_lon) m2 on the WGS84 ellipsoid.

    The region's edges cut the cells of the land mask exactly if it is a box; of a cell that the edge of a
    polygon passes the part is taken that holds the same part of ``PARTS**2`` points in it. Read-only, and
    made once in a process if the mask is read-only too.
    """
    outline = region.polygons, _bounds(region), region.minimum_bottom_depth
    if land_class.flags.writeable:  # its areas are not kept: it may change
        return _areas(*outline, shape(grid), _Mask(land_class))
    return _kept_areas(*outline, shape(grid), _Mask(land_class))


class _Mask:
    """A land mask, equal to itself alone: part of the key of what was made from it."""

    def __init__(self, land_class: Array) -> None:
        self.land_class = land_class

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Mask) and self.land_class is other.land_class

    def __hash__(self) -> int:
        return id(self.land_class)


def _areas(
    polygons: Polygons,
    bounds: tuple[tuple[float, float], tuple[float, float]],
    minimum_depth: float | None,
    boxes: tuple[int, int],
    mask: _Mask,
) -> Array:
    ocean = mask.land_class <= 1
    if minimum_depth is not None:
        ocean = ocean & _deep_cells(ocean.shape, minimum_depth)
    if polygons:
        areas = np.asarray(ocean_area_in_mask(ocean, boxes, _polygon_fraction(polygons, ocean.shape)))
    else:
        areas = np.asarray(ocean_area_in_box(ocean, boxes, *bounds))
    areas.flags.writeable = False
    return areas


_kept_areas = lru_cache(maxsize=512)(_areas)
"""Made once in a process: every indicator asks for the areas of every region."""


PARTS = 8
"""Points along each side of a cell of the land mask that the edge of a polygon passes."""


def _polygon_fraction(polygons: Polygons, cells: tuple[int, ...]) -> Array:
    """Part of each cell of a global mask of ``cells`` latitudes and longitudes that lies in the polygons."""
    n_lat, n_lon = cells
    lat, lon = (np.arange(n_lat) + 0.5) * 180 / n_lat - 90, (np.arange(n_lon) + 0.5) * 360 / n_lon - 180
    outline = outline_of(polygons)
    inside = inside_cells(outline, n_lat, n_lon).astype(np.float64)
    i, j = cells_on_edges(outline, n_lat, n_lon)
    within = (np.arange(PARTS) + 0.5) / PARTS - 0.5
    north_of = np.repeat(lat[i], PARTS**2) + np.tile(np.repeat(within, PARTS), len(i)) * 180 / n_lat
    east_of = np.repeat(lon[j], PARTS**2) + np.tile(within, PARTS * len(i)) * 360 / n_lon
    inside[i, j] = inside_outline(north_of, east_of, outline).reshape(-1, PARTS**2).mean(axis=1)
    return inside


def _deep_cells(cells: tuple[int, ...], minimum: float) -> Array:
    """Cells of a global mask in which the sea is at least so deep: the bathymetry's cells are wider."""
    deep = np.nan_to_num(bottom_depth()) >= minimum
    per = [n // m for n, m in zip(cells, deep.shape, strict=True)]
    if any(n % m for n, m in zip(cells, deep.shape, strict=True)):
        raise ValueError(f"cells of a mask of {cells} do not fit into those of the bathymetry, {deep.shape}")
    return np.repeat(np.repeat(deep, per[0], axis=0), per[1], axis=1)


def inside_region(latitude: Array, longitude: Array, region: Region) -> Array:
    """Places that lie in a region, and where the sea is as deep as it asks: (n,) bool."""
    if region.polygons:
        inside = inside_outline(latitude, longitude, outline_of(region.polygons))
    else:
        inside = inside_box(latitude, longitude, *_bounds(region))
    if region.minimum_bottom_depth is not None:
        east = (np.asarray(longitude) + 180) % 360 - 180
        depth = bottom_depth_at(bottom_depth(), np.asarray(latitude), east)
        inside = inside & (np.nan_to_num(depth) >= region.minimum_bottom_depth)
    return inside


def _bounds(region: Region) -> tuple[tuple[float, float], tuple[float, float]]:
    """South and north, west and east edge of a region or of the box around its polygons."""
    edges = np.array([corner for polygon in region.polygons for corner in polygon[0]])
    if edges.size:
        (west, south), (east, north) = edges.min(axis=0), edges.max(axis=0)
        around = (-180.0, 180.0) if east - west >= 360 else (float(west), float(east))
        return (max(float(south), -90.0), min(float(north), 90.0)), around
    return region.latitude or (-90.0, 90.0), region.longitude or (-180.0, 180.0)


def _rows_in_cells(
    partition: xr.Dataset, grid: Grid, regions: Sequence[Region], cells: xr.Dataset, selection: Selection
) -> tuple[Array, Array]:
    """Pairs of a row and a cell that it lies in: a row may lie in several regions."""
    lat, lon = (partition[k].values.astype(np.float64) for k in ("LATITUDE", "LONGITUDE"))
    n_lat, n_lon = shape(grid)
    i, j, _, _ = cells_of(lat, lon, n_lat, n_lon)
    usable = usable_rows(partition, selection) & (i >= 0)
    rows, places = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for region in regions:
        at = np.flatnonzero(cells["region"].values == region.name)
        slot = np.full(n_lat * n_lon, -1, np.int64)
        slot[cells["box"].values[at]] = at
        inside = np.flatnonzero(usable & inside_region(lat, lon, region))
        place = slot[i[inside] * n_lon + j[inside]]
        # an edge of the region that is an edge of a box may put a record into a box without area
        rows.append(inside[place >= 0])
        places.append(place[place >= 0])
    return np.concatenate(rows), np.concatenate(places)


def _only_rows(partition: xr.Dataset, row: Array) -> tuple[xr.Dataset, Array]:
    """The rows that lie in a region, and where each pair's row is among them; all where most do."""
    used, among = np.unique(row, return_inverse=True)
    if len(used) > partition.sizes["profile"] / 2:
        return partition, row
    _, obs = take_rows(row_start_of(np.asarray(partition["row_size"].values)), used)
    return partition.isel(profile=used, obs=obs), among.reshape(-1)


ROWS = 8192
"""Rows whose columns are looked at together, which bounds the memory whatever the size of the partition."""


def _columns(
    partition: xr.Dataset,
    climatology: xr.Dataset,
    grid: Grid,
    indicators: Sequence[Indicator],
    selection: Selection,
) -> list[tuple[Array, Array, Array]]:
    """What each indicator takes from each column, see ``column_value``."""
    start = row_start_of(np.asarray(partition["row_size"].values))
    blocks = []
    for first in range(0, max(len(start) - 1, 1), ROWS):
        last = min(first + ROWS, len(start) - 1)
        block = partition.isel(profile=slice(first, last), obs=slice(start[first], start[last]))
        profiles = Profiles(block, climatology, grid, selection)
        blocks.append([column_value(profiles, i, grid) for i in indicators])
    joined = [
        [np.concatenate(arrays) for arrays in zip(*of, strict=True)] for of in zip(*blocks, strict=True)
    ]
    return [(value, fraction, any_level) for value, fraction, any_level in joined]


def _samples(partition: xr.Dataset, grid: Grid, row: Array, cell: Array) -> tuple[Array, Array]:
    """Sample that each pair belongs to, and the cell of each sample: what lies close is one sample."""
    size = option(grid, "sample_cell")
    lat, lon = (np.floor(partition[k].values[row] / size) for k in ("LATITUDE", "LONGITUDE"))
    keys, sample = np.unique(np.stack([cell, lat, lon], axis=1), axis=0, return_inverse=True)
    return sample.reshape(-1), keys[:, 0].astype(np.int64)


def _box_statistics(
    column: tuple[Array, Array, Array],
    row: Array,
    cell: Array,
    sample: Array,
    sample_cell: Array,
    n_cell: int,
) -> dict[str, Array]:
    value, fraction, any_level = (a[row] for a in column)
    used = np.isfinite(value)
    n_in = np.bincount(sample[used], minlength=len(sample_cell))
    of_sample = np.bincount(sample[used], value[used], len(sample_cell)) / np.maximum(n_in, 1)
    filled = n_in > 0
    at, d = sample_cell[filled], of_sample[filled]
    n = np.bincount(at, minlength=n_cell)
    mean = np.bincount(at, d, n_cell) / np.where(n > 0, n, np.nan)
    squares = np.bincount(at, (d - mean[at]) ** 2, n_cell)
    n_profiles = np.bincount(cell[used], minlength=n_cell)
    coverage = np.bincount(cell[used], fraction[used], n_cell) / np.where(n_profiles > 0, n_profiles, np.nan)
    return {
        "mean": mean,
        "variance": squares / np.where(n > 1, n - 1, np.nan),
        "n_samples": n.astype(np.int32),
        "n_profiles": n_profiles.astype(np.int32),
        "n_partial": np.bincount(cell[used & (fraction < 1 - 1e-9)], minlength=n_cell).astype(np.int32),
        "n_excluded": np.bincount(cell[any_level & ~used], minlength=n_cell).astype(np.int32),
        "coverage": coverage.astype(np.float32),
    }
