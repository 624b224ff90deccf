"""Gridded monthly analysis of the anomalies of casts, with error.

The a-priori variance of the field is the climatology's residual variance times ``signal_share``; anomalies
enter the kernel divided by their a-priori standard deviation, so one set of weights serves every level and
variable. Tile after tile of the grid is mapped, so what the kernel holds at a time does not grow with it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from catalogs.schema import Grid, variables
from flows.climatology import cells_of, shape
from flows.months import month_date, month_middle
from flows.prior import Fields, Prior, cell_centres, covariance_of
from flows.standard_casts import said_of, settings_of, super_observations, variables_of
from kernels.compiled import Array
from kernels.mapping import objective
from kernels.mapping.barriers import Barriers, barriers
from kernels.mapping.objective import Casts

TILE = 16_384
"""Points that are mapped together: their fields take 18 MB on 55 levels."""
STEPS = {"TEMP": 2048, "PSAL": 8192, "PCTVAR": 16}
"""Steps to a unit to which fields and errors are rounded, far below any error: they take half the room."""
OCEAN = 0.5
"""Part of a cell that must be ocean for it to be analysed."""


def analyse(
    casts: xr.Dataset,
    climatology: xr.Dataset,
    grid: Grid,
    land_class: Array,
    month: int,
    previous: xr.Dataset | None = None,
    bottom: Array | None = None,
    land: Barriers | None = None,
) -> xr.Dataset:
    """Temperature and salinity of a month on a grid, with their error.

    Parameters
    ----------
    casts : from ``standard_casts``, of the month and of those beside it that the grid's window takes in.
    land_class : (n_lat, n_lon) mask, see ``catalogs.land``; cells of the grid that are mostly land have no
        analysis.
    month : 12 * year + month - 1; the analysis is for its middle.
    previous : the analysis of the month before, whose damped anomaly is the background where the grid's
        settings say so; None starts from the climatology.
    bottom : (n_lat, n_lon) m, deepest bottom, see ``catalogs.bottom``; levels below it have no analysis.
    land : from ``barriers_of``; None: land hides nothing.

    Returns
    -------
    analysis : for each variable V, ``V`` (depth, latitude, longitude) float32, ``V_ERR`` its formal standard
        error and ``V_PCTVAR`` the error variance in percent of the a-priori variance, 100 where no cast says
        anything; NaN on land, below the bottom and where the climatology does not exist. ``N_CASTS``
        (latitude, longitude) casts of the month itself in each cell.

    References
    ----------
    Bretherton, F. P., R. E. Davis and C. B. Fandry, 1976: A technique for objective analysis and design of
    oceanographic experiments applied to MODE-73. Deep-Sea Research 23, 559-582.
    """
    names = variables_of(casts)
    n_lat, n_lon = shape(grid)
    means, _ = super_observations(casts, grid)
    prior = Prior.of(climatology, grid, month, names, previous)
    super_casts, _ = prior.prepared(means)
    points = np.flatnonzero(ocean_cells(grid, land_class))
    out = {
        f"{name}{kind}": np.full((len(grid.levels), n_lat * n_lon), np.nan, np.float32)
        for name in names
        for kind in ("", "_ERR", "_PCTVAR")
    }
    for first in range(0, points.size, TILE):
        at = points[first : first + TILE]
        for key, values in _mapped(at, super_casts, names, prior, land).items():
            out[key][:, at] = values.T
    if bottom is not None:
        below = _below(grid, bottom)
        for values in out.values():
            values[below] = np.nan
    fields = {k: _rounded(k, v).reshape(-1, n_lat, n_lon) for k, v in out.items()}
    return _as_dataset(fields, _counted(casts, grid, month), grid, climatology, month)


def ocean_cells(grid: Grid, land_class: Array) -> Array:
    """Cells of a grid that are mostly ocean: (n_lat, n_lon) bool."""
    return np.asarray(_blocks(land_class <= 1, grid).mean(axis=(1, 3)) > OCEAN)


def _mapped(
    at: Array, casts: Casts, names: Sequence[str], prior: Prior, land: Barriers | None
) -> dict[str, Array]:
    """Fields at some cells: (n, n_level) each."""
    lat, lon = cell_centres(prior.grid, at)
    found = objective.analyse(lat, lon, month_middle(prior.month), casts, **solver(prior.grid, land))
    out = {}
    for k, name in enumerate(names):
        std, background = prior.std(name, lat, lon), prior.background(name, at)
        error = np.where(np.isnan(background), np.nan, found.error_variance[:, k])
        out[name] = background + std * found.estimate[:, k]
        out[f"{name}_ERR"] = std * np.sqrt(error)
        out[f"{name}_PCTVAR"] = 100 * error
    return out


def barriers_of(grid: Grid, land_class: Array) -> Barriers | None:
    """Land that hides casts on a grid; None where nothing does. Takes a second: make it once."""
    width = settings_of(grid).barrier_km
    return None if width is None else barriers(land_class, width)


def solver(grid: Grid, land: Barriers | None) -> dict[str, Any]:
    """What the kernel is told of a grid's settings."""
    settings = settings_of(grid)
    levels = np.array(grid.levels)
    at = sorted({int(np.abs(levels - z).argmin()) for z in settings.neighbours_at})
    return {
        "covariance": covariance_of(grid),
        "neighbours": settings.neighbours,
        "at_levels": at,
        "barriers": land,
    }


def _rounded(key: str, values: Array) -> Array:
    name, _, kind = key.partition("_")
    steps = STEPS.get(kind) or STEPS.get(name)
    return values if steps is None else np.rint(values * np.float32(steps)) / np.float32(steps)


def _blocks(mask: Array, grid: Grid) -> Array:
    """A finer mask by the cells of a grid: (n_lat, rows, n_lon, columns)."""
    n_lat, n_lon = shape(grid)
    if mask.shape[0] % n_lat or mask.shape[1] % n_lon:
        raise ValueError(f"grid {grid.name}: its cells do not hold whole cells of a mask of {mask.shape}")
    return mask.reshape(n_lat, mask.shape[0] // n_lat, n_lon, mask.shape[1] // n_lon)


def _below(grid: Grid, bottom: Array) -> Array:
    """Which levels lie below the deepest bottom of each cell: (n_level, n_cell) bool."""
    deepest = _blocks(np.nan_to_num(bottom), grid).max(axis=(1, 3)).reshape(-1)
    return np.asarray(np.array(grid.levels)[:, None] > deepest)


def _counted(casts: xr.Dataset, grid: Grid, month: int) -> Array:
    """Casts of the month in each cell."""
    n_lat, n_lon = shape(grid)
    i, j, _, _ = cells_of(casts["LATITUDE"].values, casts["LONGITUDE"].values, n_lat, n_lon)
    own = in_month(casts, month)
    return np.bincount((i * n_lon + j)[own], minlength=n_lat * n_lon).reshape(n_lat, n_lon).astype(np.int32)


def in_month(casts: xr.Dataset, month: int) -> Array:
    """Which casts were taken in a month: (n_cast,) bool."""
    day = np.floor(casts["TIME"].values).astype("timedelta64[D]") + np.datetime64("1950-01-01")
    return np.asarray(day.astype("M8[M]") == month_date([month])[0])


def _as_dataset(
    fields: Fields, counted: Array, grid: Grid, climatology: xr.Dataset, month: int
) -> xr.Dataset:
    place = ("depth", "latitude", "longitude")
    out: dict[str, Any] = {k: (place, v, _attributes(k)) for k, v in fields.items()}
    about = {"units": "1", "long_name": "casts of the month in the cell", "cell_methods": "time: sum"}
    out["N_CASTS"] = (place[1:], counted, about)
    return xr.Dataset(out, _coordinates(grid), _about(grid, climatology, month))


def _attributes(key: str) -> dict[str, str]:
    """CF attributes of a field. The error is that of the field, not of a record."""
    name, _, kind = key.partition("_")
    known = variables()[name]
    methods = {"cell_methods": "area: depth: time: point (comment: middle of the month)"}
    if kind == "ERR":
        return {
            "standard_name": f"{known.standard_name} standard_error",
            "long_name": f"{known.long_name}: formal standard error of the analysis",
            "units": known.units,
        }
    if kind == "PCTVAR":
        name = f"{known.long_name}: error variance in percent of the a-priori variance"
        return {"long_name": name, "units": "percent"}
    ancillary = {"ancillary_variables": f"{name}_ERR {name}_PCTVAR"}
    about = {"standard_name": known.standard_name, "long_name": known.long_name, "units": known.units}
    return about | methods | ancillary


def _coordinates(grid: Grid) -> dict[str, Any]:
    n_lat, n_lon = shape(grid)
    lat, _ = cell_centres(grid, np.arange(n_lat) * n_lon)
    _, lon = cell_centres(grid, np.arange(n_lon))
    down = {"units": "m", "positive": "down", "standard_name": "depth", "axis": "Z"}
    return {
        "depth": ("depth", np.array(grid.levels, np.float64), down),
        "latitude": ("latitude", lat, {"units": "degrees_north", "standard_name": "latitude", "axis": "Y"}),
        "longitude": ("longitude", lon, {"units": "degrees_east", "standard_name": "longitude", "axis": "X"}),
    }


def _about(grid: Grid, climatology: xr.Dataset, month: int) -> dict[str, Any]:
    settings = settings_of(grid)
    background = {
        "climatology": "the climatology",
        "damped_persistence": f"the climatology and {settings.persistence:g} of the previous month's anomaly",
    }
    return {
        "analysis": grid.name,
        "month": str(month_date([month])[0]),
        "climatology": str(climatology.attrs["grid"]),
        "reference_period": str(climatology.attrs["reference_period"]),
        "method": f"Objective analysis of anomalies from {background[settings.background]}; {said_of(grid)}",
        "convention": f"a-priori variance: {settings.signal_share:g} of the records' about the climatology",
    }
