"""Anomalies of the columns of a partition against the climatology, averaged by box within each region."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from catalogs.schema import Grid, Indicator, Region, Selection
from flows.climatology import cells_of, option, profiles_at, shape
from flows.selection import select, usable_rows
from kernels.climatology.levels import between_levels, insert_level, ordered_levels
from kernels.indicators.area import ocean_area_in_box, ocean_area_in_mask
from kernels.indicators.inside import inside_box, inside_polygon
from kernels.indicators.layer import layer_integral, scaled_to_layer
from kernels.indicators.thermosteric import State, climatological_state, relative_expansion
from kernels.ragged import row_start_of

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
    statistics : (indicator, cell), a cell being a box of a region: ``mean`` and ``variance`` of samples (NaN
        where fewer than 1 and 2), ``n_samples``, ``n_profiles`` used, ``n_partial`` of them that do not
        cover the whole layer, ``n_excluded`` that cover too little or have no climatology, ``coverage`` the
        mean covered fraction.
    """
    cells = region_boxes(regions, grid)
    row, cell = _rows_in_cells(partition, grid, regions, cells, selection)
    sample, sample_cell = _samples(partition, grid, row, cell)
    profiles = _Profiles(partition, climatology, grid, selection)
    columns = [_column_anomaly(profiles, i, grid) for i in indicators]
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

    The region's edges cut the cells of the land mask exactly if it is a box; a polygon takes the cells
    whose centres it holds.
    """
    ocean = land_class <= 1
    if region.polygon is None:
        return ocean_area_in_box(ocean, shape(grid), *_bounds(region))
    n_lat, n_lon = ocean.shape
    lat, lon = (np.arange(n_lat) + 0.5) * 180 / n_lat - 90, (np.arange(n_lon) + 0.5) * 360 / n_lon - 180
    (south, north), _ = _bounds(region)
    rows = np.flatnonzero((lat > south) & (lat < north))
    inside = np.zeros(ocean.shape, bool)
    inside[rows] = inside_region(np.repeat(lat[rows], n_lon), np.tile(lon, len(rows)), region).reshape(
        -1, n_lon
    )
    return ocean_area_in_mask(ocean, shape(grid), inside)


def inside_region(latitude: Array, longitude: Array, region: Region) -> Array:
    """Places that lie in a region: (n,) bool."""
    if region.polygon is not None:
        return inside_polygon(latitude, longitude, np.array(region.polygon, np.float64))
    return inside_box(latitude, longitude, *_bounds(region))


def _bounds(region: Region) -> tuple[tuple[float, float], tuple[float, float]]:
    """South and north, west and east edge of a region or of the box around its polygon."""
    if region.polygon is not None:
        lon, lat = np.array(region.polygon).T
        return (float(lat.min()), float(lat.max())), (float(lon.min()), float(lon.max()))
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


def _samples(partition: xr.Dataset, grid: Grid, row: Array, cell: Array) -> tuple[Array, Array]:
    """Sample that each pair belongs to, and the cell of each sample: what lies close is one sample."""
    size = option(grid, "sample_cell")
    lat, lon = (np.floor(partition[k].values[row] / size) for k in ("LATITUDE", "LONGITUDE"))
    keys, sample = np.unique(np.stack([cell, lat, lon], axis=1), axis=0, return_inverse=True)
    return sample.reshape(-1), keys[:, 0].astype(np.int64)


class _Profiles:
    """Ordered levels of each variable of a partition and their anomalies, made once, when first asked for."""

    def __init__(
        self, partition: xr.Dataset, climatology: xr.Dataset, grid: Grid, selection: Selection
    ) -> None:
        self.partition, self.climatology, self.selection = partition, climatology, selection
        self.row_start = row_start_of(np.asarray(partition["row_size"].values))
        self.where = tuple(partition[k].values.astype(np.float64) for k in ("TIME", "LATITUDE", "LONGITUDE"))
        self.gaps = option(grid, "gap_at_surface"), option(grid, "gap_per_depth")
        self._made: dict[str, tuple[Array, Array, Array]] = {}

    def anomaly(self, name: str) -> tuple[Array, Array, Array]:
        """Offsets, depth (m) and anomaly from the climatology of a variable."""
        if name not in self._made:
            value, depth = select(self.partition, name, self.selection)
            ordered = ordered_levels(self.row_start, depth, value)
            normal = profiles_at(self.climatology, name, *self.where)
            # a cast that goes on below the climatology must not lose what lies above its last level
            start, depth, value = insert_level(*ordered, self._deepest(normal), *self.gaps)
            self._made[name] = start, depth, value - self._at(start, depth, normal)
        return self._made[name]

    def expansion(self) -> tuple[Array, Array, Array]:
        """Offsets, depth (m) and relative change of specific volume by the temperature anomaly."""
        if "expansion" not in self._made:
            start, depth, anomaly = self.anomaly("TEMP")
            t, s = (profiles_at(self.climatology, v, *self.where) for v in ("TEMP", "PSAL"))
            state = climatological_state(self.climatology["depth"].values, self.where[1], t, s)
            at_obs = State(*(self._at(start, depth, a) for a in state))
            self._made["expansion"] = start, depth, relative_expansion(at_obs, anomaly)
        return self._made["expansion"]

    def _at(self, start: Array, depth: Array, at_level: Array) -> Array:
        """What is known at the climatology's levels, at the depths of the observations."""
        extension = float(self.climatology.attrs["surface_extension"])
        return between_levels(start, depth, self.climatology["depth"].values, at_level, extension)

    def _deepest(self, at_level: Array) -> Array:
        """Deepest known level of each climatological profile: (n_row,) m, NaN where there is none."""
        known = np.isfinite(at_level)
        last = at_level.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
        return np.where(known.any(axis=1), self.climatology["depth"].values[last], np.nan)


def _column_anomaly(profiles: _Profiles, indicator: Indicator, grid: Grid) -> tuple[Array, Array, Array]:
    """Value of each column in the indicator's unit (NaN where left out), covered fraction, and whether the
    column has any usable level."""
    steric = indicator.quantity == "thermosteric_sea_level"
    start, depth, value = profiles.expansion() if steric else profiles.anomaly(indicator.variable)
    limits = (option(grid, k) for k in ("surface_extension", "gap_at_surface", "gap_per_depth"))
    top, bottom = indicator.layer
    integral, covered = layer_integral(start, depth, value, top, bottom, *limits)
    integral, fraction = scaled_to_layer(integral, covered, bottom - top, indicator.minimum_coverage)
    return integral * _per_integral(indicator), fraction, np.diff(start) > 0


def _per_integral(indicator: Indicator) -> float:
    """What the integral over the layer is multiplied with."""
    if indicator.quantity == "ocean_heat_content":
        assert indicator.rho0 is not None  # the catalogue's model has seen to it
        assert indicator.cp is not None
        return indicator.rho0 * indicator.cp
    if indicator.quantity == "layer_mean":
        return 1 / (indicator.layer[1] - indicator.layer[0])
    return 1.0


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
