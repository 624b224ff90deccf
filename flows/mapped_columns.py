"""Regional means of column indicators by objective mapping of their column values, month by month.

What an indicator takes from a cast is the number that box averages take, see ``flows.column_values``. It is
mapped with the covariance, neighbours, barriers and noise of an analysis, and the mean over a region is a
weighted sum of casts, whose error follows from the covariance of all points and casts. What no cast in reach
tells of a region follows the level of all casts: else warming would be drawn to the climatology where there
are few.

The a-priori standard deviation changes from place to place as that of the column whose anomaly is one
standard deviation of the climatology's residuals at every level. Its size is left open: the weights do not
depend on it, so each month keeps how large the values of its casts are relative to it, and
``flows.mapped_series`` takes the size from those of all months.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from catalogs.schema import Grid, Indicator, Region, Selection
from flows.climatology import VARIABLES, option, profiles_at
from flows.column_values import Profiles, column_value
from flows.columns import ROWS, box_areas, inside_region
from flows.mapping import in_month, solver
from flows.months import month_date, month_middle
from flows.prior import between_cells, cell_centres, noise_ratio, prior_std
from flows.standard_casts import super_observations
from kernels.compiled import Array
from kernels.flags import Flag
from kernels.mapping.barriers import Barriers
from kernels.mapping.column import map_column, with_common_level
from kernels.mapping.objective import Casts
from kernels.mapping.sum_errors import error_covariance
from kernels.ragged import row_start_of

LINEAR = ("ocean_heat_content", "thermosteric_sea_level", "halosteric_sea_level", "steric_sea_level",
          "layer_mean", "salt_content", "freshwater_content")  # fmt: skip
"""Quantities whose column values are means or integrals of anomalies of temperature and salinity."""
COARSE = 2.0
"""Degrees; cells within one such block count at its centre in means over large regions. With scales of 120
and 300 km the error of a regional mean changes by 2 % at most and its value by 7 % of its error; with blocks
of 4 degrees the error grows by 30 %."""
SMALL = 400
"""Cells of the grid below which a region takes each of them for itself."""


class Points(NamedTuple):
    """Points of regional means: (n_point,) degrees, and area (n_region, n_point) m2."""

    latitude: Array
    longitude: Array
    area: Array


def mapped_indicators(indicators: Sequence[Indicator]) -> tuple[Indicator, ...]:
    """Those whose column values can be mapped."""
    return tuple(
        i for i in indicators
        if i.quantity in LINEAR and i.variable in VARIABLES and i.reference_salinity is None
    )  # fmt: skip


def column_values(
    partition: xr.Dataset,
    climatology: xr.Dataset,
    boxes: Grid,
    indicators: Sequence[Indicator],
    selection: Selection,
) -> Array:
    """What each indicator takes from each row, NaN where the column is left out: (n_row, n_indicator)."""
    start = row_start_of(np.asarray(partition["row_size"].values))
    out = np.full((start.size - 1, len(indicators)), np.nan)
    for first in range(0, start.size - 1, ROWS):
        last = min(first + ROWS, start.size - 1)
        block = partition.isel(profile=slice(first, last), obs=slice(start[first], start[last]))
        profiles = Profiles(block, climatology, boxes, selection)
        for k, indicator in enumerate(indicators):
            out[first:last, k] = column_value(profiles, indicator, boxes)[0]
    return out


def points_of(regions: Sequence[Region], grid: Grid, land_class: Array) -> Points:
    """Points and areas of the ocean of each region, and last of the whole ocean.

    Cells count with their ocean area in the region, at the centre of the blocks of ``COARSE`` degrees (of
    their ocean), or of their own where a region has fewer than ``SMALL`` of them.
    """
    whole = Region(name="whole", title="", reference="", latitude=(-90, 90), longitude=(-180, 180))
    area = np.stack([box_areas(r, grid, land_class).reshape(-1) for r in (*regions, whole)])
    lat, lon = cell_centres(grid, np.arange(area.shape[1]))
    small = np.count_nonzero(area, axis=1) < SMALL
    block = np.floor((lat + 90) / COARSE) * 1000 + np.floor((lon + 180) / COARSE)
    block = np.unique(block, return_inverse=True)[1].reshape(-1)
    own = np.flatnonzero(area[small].any(axis=0))
    weight = np.bincount(block, area[-1])
    wet = np.flatnonzero(weight > 0)
    centre = [np.bincount(block, area[-1] * place)[wet] / weight[wet] for place in (lat, lon)]
    coarse = np.stack([np.bincount(block, a) for a in area])[:, wet] * ~small[:, None]
    return Points(
        np.concatenate([centre[0], lat[own]]),
        np.concatenate([centre[1], lon[own]]),
        np.concatenate([coarse, area[:, own] * small[:, None]], axis=1),
    )


def column_std(
    climatology: xr.Dataset, grid: Grid, boxes: Grid, indicators: Sequence[Indicator], month: int
) -> Array:
    """Column values of profiles that are one standard deviation off at every level, salinity the other way:
    (n_indicator, n_lat, n_lon) of the climatology's cells, > 0.

    Cells that are too shallow for the layer, or have no climatology, take the mean of their latitude, or
    that of all.
    """
    n_lat, n_lon = climatology["TEMP_STD"].shape[:2]
    i, j = np.divmod(np.arange(n_lat * n_lon), n_lon)
    lat, lon = (i + 0.5) * 180 / n_lat - 90, (j + 0.5) * 360 / n_lon - 180
    profiles = _one_off(climatology, grid, lat, lon, month)
    out = np.abs(column_values(profiles, climatology, boxes, indicators, Selection()))
    out = out.T.reshape(-1, n_lat, n_lon)
    out = np.where(out > 0, out, np.nan)
    for axis in ((2,), (1, 2)):
        n = np.isfinite(out).sum(axis=axis, keepdims=True)
        mean = np.nansum(out, axis=axis, keepdims=True) / np.where(n > 0, n, np.nan)
        out = np.where(np.isfinite(out), out, mean)
    return np.where(np.isfinite(out), out, 1.0)


def _one_off(climatology: xr.Dataset, grid: Grid, lat: Array, lon: Array, month: int) -> xr.Dataset:
    """A partition of profiles one standard deviation off the climatology at its levels."""
    n, depth = lat.size, climatology["depth"].values
    time = np.full(n, month_middle(month))
    steady = option(grid, "pooled_variance_weight"), option(grid, "fitted_records")
    rows = {"row_size": np.full(n, depth.size), "TIME": time, "LATITUDE": lat, "LONGITUDE": lon}
    rows |= {k: np.full(n, Flag.GOOD, np.uint8) for k in ("TIME_QC", "POSITION_QC")}
    rows |= {"DATA_MODE": np.full(n, "D"), "PLATFORM_TYPE": np.full(n, "")}
    obs = {"DEPH": np.tile(depth, n)}
    for name, sign in (("TEMP", 1), ("PSAL", -1)):
        std = prior_std(climatology, name, *steady).reshape(n, -1)
        obs[name] = (profiles_at(climatology, name, time, lat, lon) + sign * std).ravel()
    obs |= {f"{v}_QC": np.full(n * depth.size, Flag.GOOD, np.uint8) for v in ("DEPH", "TEMP", "PSAL")}
    return xr.Dataset({k: ("profile", v) for k, v in rows.items()} | {k: ("obs", v) for k, v in obs.items()})


def regional_means(
    casts: xr.Dataset,
    std: Array,
    points: Points,
    grid: Grid,
    indicators: Sequence[Indicator],
    regions: Sequence[Region],
    month: int,
    land: Barriers | None = None,
) -> xr.Dataset:
    """Mean of each indicator over each region in the middle of a month, and the covariance of the errors.

    Parameters
    ----------
    casts : from ``standard_casts`` with ``column_values``, of the month and its window.
    std : from ``column_std``.
    points : from ``points_of`` the regions.

    Returns
    -------
    means : ``value`` (indicator, region) in the indicator's unit, relative to the climatology; NaN where no
        cast is in reach of any point of the region. ``covariance`` (indicator, region, region) of the errors
        for an a-priori standard deviation of ``std`` itself. ``squares`` (indicator, region) sum over the
        ``n_squares`` super-observations of the month in the region of their squared values over the
        variance that is expected of them, and ``squares_all``, ``n_squares_all`` (indicator) over all.
        ``n_profiles`` of the month in the region, ``n_excluded`` of them without a column value;
        ``sampled_fraction`` part of the region's area with casts in reach.
    """
    means, _ = super_observations(casts, grid)
    column = np.asarray(means["COLUMN"].values)
    at_casts = np.stack([between_cells(s[..., None], *_where(means))[:, 0] for s in std], axis=1)
    noise = noise_ratio(means["PLATFORM_TYPE"].values, means["n_casts"].values, grid)
    z = column / at_casts
    shape_of = (len(indicators), len(regions))
    out: dict[str, Array] = {k: np.full(shape_of, np.nan) for k in ("value", "sampled_fraction")}
    out["covariance"] = np.full((*shape_of, len(regions)), np.nan)
    known, same = np.unique(np.isfinite(column), axis=1, return_inverse=True)
    for group in range(known.shape[1]):
        of = np.flatnonzero(same.reshape(-1) == group)
        kernel = Casts(*_where(means), means["TIME"].values, noise, z[:, of[:1], None])
        for k, found in zip(of, _means(kernel, column, at_casts, std, of, points, grid, month, land),
                            strict=True):  # fmt: skip
            out["value"][k], out["covariance"][k], out["sampled_fraction"][k] = found
    out |= _sizes(means, z**2 / (1 + noise[:, None]), regions, month) | _counts(casts, regions, month)
    dims = ("indicator", "region", "other_region")
    data = {k: (dims[: v.ndim], v) for k, v in out.items()}
    coordinates = {"indicator": [i.name for i in indicators], "region": [r.name for r in regions]}
    return xr.Dataset(data, coordinates, {"analysis": grid.name, "month": str(month_date([month])[0])})


def _where(casts: xr.Dataset) -> tuple[Array, Array]:
    return casts["LATITUDE"].values, casts["LONGITUDE"].values


def _means(
    casts: Casts,
    column: Array,
    at_casts: Array,
    std: Array,
    of: Array,
    points: Points,
    grid: Grid,
    month: int,
    land: Barriers | None,
) -> list[tuple[Array, Array, Array]]:
    """Value, covariance and sampled fraction by region of indicators ``of`` that the same casts have."""
    lat, lon, whole = points
    total = whole.sum(axis=1, keepdims=True)
    area = whole / np.where(total > 0, total, 1)
    at_points = [between_cells(std[k][..., None], lat, lon)[:, 0] for k in of]
    how = solver(grid, land)
    when, of_map = month_middle(month), (how["neighbours"], "none", land)
    rows = np.concatenate([area * s for s in at_points])
    found = map_column(lat, lon, when, casts, how["covariance"], rows, *of_map)
    in_reach = area[:-1] @ (found.n_casts > 0)
    weight = found.weight.reshape(len(of), *area.shape[:1], -1)
    levelled = []
    for k, w in zip(of, weight, strict=True):
        by_value = w / at_casts[:, k]
        levelled.append(with_common_level(by_value[:-1], area[:-1], by_value[-1]) * at_casts[:, k])
    errors = error_covariance(
        lat, lon, when, casts, how["covariance"], np.concatenate([area[:-1] * s for s in at_points]),
        np.concatenate(levelled),
    )  # fmt: skip
    out, n = [], area.shape[0] - 1
    for g, (k, w) in enumerate(zip(of, levelled, strict=True)):
        value = w @ np.nan_to_num(column[:, k] / at_casts[:, k])
        covariance = errors[g * n : (g + 1) * n, g * n : (g + 1) * n]
        reached = in_reach > 0
        both = reached[:, None] & reached
        out.append((np.where(reached, value, np.nan), np.where(both, covariance, np.nan), in_reach))
    return out


def _sizes(means: xr.Dataset, relative: Array, regions: Sequence[Region], month: int) -> dict[str, Array]:
    """Sums of squares of the super-observations of the month by region, and of all."""
    own = in_month(means, month)
    relative = np.where(own[:, None], relative, np.nan)
    inside = np.stack([inside_region(*_where(means), r) for r in regions] or [own[:0]])
    known = np.isfinite(relative)
    squares = np.nan_to_num(relative)
    return {
        "squares": squares.T @ inside.T.astype(np.float64),
        "n_squares": known.T.astype(np.int64) @ inside.T.astype(np.int64),
        "squares_all": squares.sum(axis=0),
        "n_squares_all": known.sum(axis=0),
    }


def _counts(casts: xr.Dataset, regions: Sequence[Region], month: int) -> dict[str, Array]:
    """Profiles of the month by region, with a column value and without one."""
    own = in_month(casts, month)
    inside = np.stack([own & inside_region(*_where(casts), r) for r in regions] or [own[:0]])
    known = np.isfinite(casts["COLUMN"].values)
    return {
        "n_profiles": known.T.astype(np.int64) @ inside.T,
        "n_excluded": (~known).T.astype(np.int64) @ inside.T,
    }
