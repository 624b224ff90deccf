"""Casts as anomalies at the levels of an analysis, and super-observations of those that lie together."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from catalogs.analysis import Analysis
from catalogs.schema import Grid, Selection
from flows.climatology import VARIABLES, option, profiles_at
from flows.selection import select, usable_rows
from flows.standard_profiles import standard_profiles_with_error
from kernels.climatology.levels import between_levels, deepest_known, insert_level, ordered_levels
from kernels.compiled import Array
from kernels.ragged import row_start_of
from kernels.standard_levels.curve import at_standard_levels, curve

WHERE = ("TIME", "LATITUDE", "LONGITUDE")
ERROR = "_ERR"
"""Suffix of the standard error of an interpolation."""
TEXT = ("PLATFORM_CODE", "PLATFORM_TYPE")


def standard_casts(
    partition: xr.Dataset,
    climatology: xr.Dataset,
    grid: Grid,
    selection: Selection,
    names: Sequence[str] = VARIABLES,
    columns: Array | None = None,
) -> xr.Dataset:
    """Anomalies of the usable profiles of a partition at the levels of a grid.

    The climatology is taken off where the profile was measured and the anomaly is then interpolated linearly,
    so a cast with few levels does not bring the curvature of the mean profile into the map; any other scheme
    that the grid names interpolates the profile itself.

    Parameters
    ----------
    columns : (n_row, n_indicator) values of the columns of all rows, see ``flows.mapped_columns``; they go
        with the casts as ``COLUMN`` (cast, column).

    Returns
    -------
    casts : each variable V as (cast, depth) float32, the anomaly in its unit, NaN where it was not measured,
        in too wide a gap or where there is no climatology, and ``V_ERR`` the standard error of its
        interpolation; ``TIME``, ``LATITUDE``, ``LONGITUDE``, ``PLATFORM_CODE``, ``PLATFORM_TYPE`` and
        ``RECORD_ID`` (cast). Profiles without any anomaly are left out.
    """
    rows = np.flatnonzero(usable_rows(partition, selection))
    anomaly: dict[str, Array] = {}
    for name in names:
        of = _anomaly(partition, climatology, grid, selection, name)
        anomaly |= {f"{name}{kind}": values[rows] for kind, values in zip(("", ERROR), of, strict=True)}
    some = np.any([np.isfinite(anomaly[name]).any(axis=1) for name in names], axis=0)
    rows = rows[some]
    about: dict[str, Any] = {k: ("cast", partition[k].values[rows].astype(np.float64)) for k in WHERE}
    about |= {k: ("cast", partition[k].values[rows].astype(str)) for k in TEXT}
    about["RECORD_ID"] = ("cast", partition["RECORD_ID"].values[rows])
    if columns is not None:
        about["COLUMN"] = (("cast", "column"), columns[rows])
    fields = {k: (("cast", "depth"), a[some].astype(np.float32)) for k, a in anomaly.items()}
    return xr.Dataset(fields | about, {"depth": np.array(grid.levels)}, {"grid": grid.name})


def joined(
    parts: Sequence[xr.Dataset], grid: Grid, names: Sequence[str] = VARIABLES, n_column: int = 0
) -> xr.Dataset:
    """Casts of several partitions, each with ``n_column`` column values; a dataset without any where there is
    no partition."""
    if not parts:
        columns: dict[str, Any] = {k: ("cast", np.empty(0)) for k in WHERE}
        columns |= {k: ("cast", np.empty(0, "U1")) for k in TEXT}
        columns["RECORD_ID"] = ("cast", np.empty(0, np.uint64))
        nothing = np.empty((0, len(grid.levels)), np.float32)
        fields = [f"{name}{kind}" for name in names for kind in ("", ERROR)]
        columns |= dict.fromkeys(fields, (("cast", "depth"), nothing))
        if n_column:
            columns["COLUMN"] = (("cast", "column"), np.empty((0, n_column)))
        return xr.Dataset(columns, {"depth": np.array(grid.levels)}, {"grid": grid.name})
    return xr.concat(parts, "cast", data_vars="all", coords="minimal", compat="override", join="override")


def super_observations(casts: xr.Dataset, grid: Grid) -> tuple[xr.Dataset, Array]:
    """Means of the casts of each platform that lie in one cell of place and time.

    A mooring that reports daily or a glider that yoyos does not know forty times as much of the large scales
    as the float beside it; ``analysis.together`` of the grid says what lies together. Equal platform codes
    of different types are different platforms; casts without a code are taken together by place and time.

    Returns
    -------
    means : as ``standard_casts``, with ``n_casts`` (cast) behind each; it takes time and place from their
        mean and has no RECORD_ID. Errors of interpolation do not cancel: the levels of a platform are alike.
    index : (n_cast,) the mean that each cast went into.
    """
    settings = settings_of(grid)
    degrees, days = settings.together
    steps = np.array([days, degrees, degrees])[:, None]
    place = np.floor(np.stack([casts[k].values for k in WHERE]) / steps).astype(np.int64)
    platform = np.unique(np.char.add(casts["PLATFORM_TYPE"].values, casts["PLATFORM_CODE"].values),
                         return_inverse=True)[1].reshape(-1)  # fmt: skip
    keys, first, index, n = np.unique(
        np.column_stack([platform, place.T]),
        axis=0,
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    index = index.reshape(-1)
    order = np.argsort(index, kind="stable")
    start = np.searchsorted(index[order], np.arange(len(keys)))
    columns: dict[str, Any] = {k: ("cast", _means(casts[k].values[order], start)) for k in WHERE}
    columns |= {k: ("cast", casts[k].values[first]) for k in TEXT}
    columns["n_casts"] = ("cast", n.astype(np.int64))
    if "COLUMN" in casts:
        columns["COLUMN"] = (("cast", "column"), _means(casts["COLUMN"].values[order], start))
    fields = {
        name: (("cast", "depth"), _means(casts[name].values[order], start).astype(np.float32))
        for name in variables_of(casts)
    }
    for name in variables_of(casts):
        squares = _means(casts[f"{name}{ERROR}"].values[order].astype(np.float64) ** 2, start)
        fields[f"{name}{ERROR}"] = (("cast", "depth"), np.sqrt(squares).astype(np.float32))
    return xr.Dataset(fields | columns, {"depth": casts["depth"].values}, casts.attrs), index


def variables_of(casts: xr.Dataset) -> list[str]:
    """Names of the mapped variables."""
    fields = [str(v) for v in casts.data_vars if casts[v].dims == ("cast", "depth")]
    return [name for name in fields if not name.endswith(ERROR)]


def _means(values: Array, start: Array) -> Array:
    """Mean of what is known in each run of rows that begins at ``start``; NaN where nothing is."""
    if not start.size:
        return values[:0].astype(np.float64)
    known = np.isfinite(values)
    total = np.add.reduceat(np.where(known, values, 0).astype(np.float64), start, axis=0)
    n = np.add.reduceat(known.astype(np.int64), start, axis=0)
    return np.asarray(total / np.where(n > 0, n, np.nan))


def _anomaly(
    partition: xr.Dataset, climatology: xr.Dataset, grid: Grid, selection: Selection, name: str
) -> tuple[Array, Array]:
    """Anomaly of every row at the levels, and the standard error of its interpolation: (n_row, n_level)."""
    row_start = row_start_of(np.asarray(partition["row_size"].values))
    if f"{name}_COEFFICIENT" not in climatology:
        nothing = np.full((row_start.size - 1, len(grid.levels)), np.nan)
        return nothing, nothing
    value, depth = select(partition, name, selection)
    normal = profiles_at(climatology, name, *(partition[k].values.astype(np.float64) for k in WHERE))
    gaps = option(grid, "gap_at_surface"), option(grid, "gap_per_depth")
    levels = np.array(grid.levels)
    if grid.interpolation != "linear":  # these curves are of profiles, not of anomalies
        scheme = grid.interpolation
        at, error = standard_profiles_with_error(partition, selection, [name], levels, gaps, scheme)[name]
        return np.asarray(at - at_grid_levels(climatology, normal, grid)), error
    known = climatology["depth"].values
    # a cast that goes on below the climatology must not lose what lies above its last level
    start, depth, value = insert_level(
        *ordered_levels(row_start, depth, value), deepest_known(known, normal), *gaps
    )
    extension = float(climatology.attrs["surface_extension"])
    anomaly = value - between_levels(start, depth, known, normal, extension)
    with_surface = _with_surface(start, depth, anomaly, option(grid, "surface_extension"))
    found: tuple[Array, Array] = at_standard_levels(curve("linear", *with_surface), levels, *gaps)
    return found


def _with_surface(start: Array, depth: Array, anomaly: Array, extension: float) -> tuple[Array, Array, Array]:
    """Profiles whose shallowest value, where it is no deeper than ``extension`` (m), also stands at 0 m."""
    there = np.flatnonzero(np.diff(start) > 0)
    first = start[there]
    there = there[(depth[first] > 0) & (depth[first] <= extension)]
    first = start[there]
    added = np.zeros(start.size, np.int64)
    added[there + 1] = 1
    return start + np.cumsum(added), np.insert(depth, first, 0.0), np.insert(anomaly, first, anomaly[first])


def at_grid_levels(climatology: xr.Dataset, at_level: Array, grid: Grid) -> Array:
    """What is known at the climatology's levels, at those of a grid: (n, n_level)."""
    known, levels = climatology["depth"].values, np.array(grid.levels)
    if np.array_equal(known, levels):
        return at_level
    n = at_level.shape[0]
    start = np.arange(n + 1) * levels.size
    extension = float(climatology.attrs["surface_extension"])
    found = between_levels(start, np.tile(levels, n), known, at_level, extension)
    return found.reshape(n, levels.size)


def settings_of(grid: Grid) -> Analysis:
    """How records are mapped on a grid.

    Raises
    ------
    ValueError
        for a grid on which nothing is mapped.
    """
    if grid.analysis is None:
        raise ValueError(f"grid {grid.name} states no analysis: records are averaged on it, not mapped")
    return grid.analysis


def said_of(grid: Grid) -> str:
    """Covariance and neighbours of an analysis in words."""
    settings = settings_of(grid)
    scales = ", ".join(f"{s.share:g} with {s.kilometres:g} km and {s.days:g} days" for s in settings.scales)
    n = settings.window_months
    window = f"within {n} month{'s' * (n > 1)} on each side" if n else "of the month"
    return f"shares of the covariance: {scales}; {settings.neighbours} neighbours {window}"
