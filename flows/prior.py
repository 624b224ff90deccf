"""What an analysis expects before it has seen a record: background, its variance, errors of records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from catalogs.schema import Grid
from flows.climatology import cells_of, option, profiles_at, shape
from flows.months import month_middle
from flows.standard_casts import ERROR, WHERE, at_grid_levels, settings_of, variables_of
from kernels.compiled import Array
from kernels.mapping.covariance import Covariance, covariance
from kernels.mapping.objective import Casts

Fields = Mapping[str, Array]
"""Arrays by variable."""


@dataclass(frozen=True)
class Prior:
    """Background and a-priori standard deviation of a month on a grid."""

    climatology: xr.Dataset
    grid: Grid
    month: int
    cell_std: Fields
    """(latitude, longitude, depth) of the climatology's cells and levels."""
    persists: Fields
    """(cell, level) of the grid: anomaly that is left of the month before; empty where nothing is."""

    @classmethod
    def of(
        cls,
        climatology: xr.Dataset,
        grid: Grid,
        month: int,
        names: Sequence[str],
        previous: xr.Dataset | None = None,
    ) -> "Prior":
        """For the variables ``names``; ``previous`` is the analysis of the month before."""
        settings = settings_of(grid)
        steady = option(grid, "pooled_variance_weight"), option(grid, "fitted_records")
        std = {n: np.sqrt(settings.signal_share) * prior_std(climatology, n, *steady) for n in names}
        alone = cls(climatology, grid, month, std, {})
        if settings.background == "climatology" or previous is None:
            return alone
        before = cls(climatology, grid, month - 1, std, {})
        left = {n: settings.persistence * np.nan_to_num(_anomaly(previous, n, before)) for n in names}
        return cls(climatology, grid, month, std, left)

    def background(self, name: str, cell: Array) -> Array:
        """At the centres of cells in the middle of the month: (n, n_level), NaN where there is none."""
        lat, lon = cell_centres(self.grid, cell)
        normal = profiles_at(self.climatology, name, np.full(lat.size, month_middle(self.month)), lat, lon)
        normal = at_grid_levels(self.climatology, normal, self.grid)
        return normal + self.persists[name][cell] if name in self.persists else normal

    def std(self, name: str, latitude: Array, longitude: Array) -> Array:
        """A-priori standard deviation of the field at places: (n, n_level), linear between the centres of
        the climatology's cells, else the error would have steps at their edges."""
        out = between_cells(self.cell_std[name], latitude, longitude)
        return at_grid_levels(self.climatology, out, self.grid)

    def anomaly(self, casts: xr.Dataset, name: str) -> Array:
        """Of casts, from the background: (n_cast, n_level)."""
        off = casts[name].values
        if name not in self.persists:
            return np.asarray(off)
        n_lat, n_lon = shape(self.grid)
        i, j, _, _ = cells_of(casts["LATITUDE"].values, casts["LONGITUDE"].values, n_lat, n_lon)
        return np.asarray(off - self.persists[name][i * n_lon + j])

    def prepared(self, means: xr.Dataset) -> tuple[Casts, Array]:
        """Super-observations as the kernel takes them, and the a-priori standard deviation (n_cast,
        n_variable, n_level) that their anomalies were divided by.

        The kernel knows one noise a cast: the error of interpolation enters with its mean over all levels.
        """
        names = variables_of(means)
        time, lat, lon = (means[k].values for k in WHERE)
        std = np.stack([self.std(n, lat, lon) for n in names], axis=1)
        anomaly = np.stack([self.anomaly(means, n) for n in names], axis=1)
        noise = noise_ratio(means["PLATFORM_TYPE"].values, means["n_casts"].values, self.grid)
        interpolated = interpolation_ratio(means, std)
        n = np.isfinite(interpolated).sum(axis=(1, 2))
        noise = noise + np.nansum(interpolated, axis=(1, 2)) / np.maximum(n, 1)
        value = (anomaly / np.where(std > 0, std, np.nan)).astype(np.float32)
        return Casts(lat, lon, time, noise, value, platform_numbers(means)), std


def between_cells(by_cell: Array, latitude: Array, longitude: Array) -> Array:
    """What cells of the globe hold, linear between their centres: (latitude, longitude, k) -> (n, k)."""
    n_lat, n_lon, n_level = by_cell.shape
    out = np.zeros((latitude.size, n_level))
    y, x = (latitude + 90) * n_lat / 180 - 0.5, (longitude + 180) * n_lon / 360 - 0.5
    north, east = (y - np.floor(y))[:, None], (x - np.floor(x))[:, None]
    for up, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        row = np.clip(np.floor(y).astype(np.int64) + up, 0, n_lat - 1)
        column = (np.floor(x).astype(np.int64) + right) % n_lon
        part = (north if up else 1 - north) * (east if right else 1 - east)
        out += part * by_cell[row, column]
    return out


def _anomaly(analysis: xr.Dataset, name: str, prior: Prior) -> Array:
    """Anomaly of an analysis from the climatology: (cell, level)."""
    cells = np.arange(np.prod(shape(prior.grid)))
    field = analysis[name].values.reshape(len(prior.grid.levels), -1).T
    return np.asarray(field - prior.background(name, cells))


def prior_std(climatology: xr.Dataset, name: str, weight: float, fitted: float) -> Array:
    """Standard deviation of the ocean about the climatology by its cells.

    Records scatter less about a climatology that was fitted to them than the ocean does. With ``n`` records
    ``q = fitted / (fitted + n)`` of the variance ``v`` went into the fit and is missing from the residuals;
    the climatology is wrong by as much, so elsewhere in the cell the ocean departs from it by
    ``(1 + q) v``. Few records take the variance of their latitude.

    Parameters
    ----------
    weight : records that the zonal band's variance counts for in each cell. A band without records takes
        the variance of the whole level.
    fitted : records for which the fit counts: its terms, 8 with two harmonics, times the records that tell as
        much as an independent one. In the synthetic ocean, where a float stays with an eddy for some four
        casts, cells with 7, 15, 35, 70 and 170 records miss 72, 57, 49, 33 and 19 % of the variance; 28
        gives 80, 65, 44, 29 and 14 %.

    Returns
    -------
    std : (latitude, longitude, depth) in the variable's unit; NaN at a level without any record.
    """
    std = climatology[f"{name}_STD"].values
    n = np.where(np.isfinite(std), climatology[f"{name}_N"].values, 0.0)
    squares = np.where(n > 0, (n + fitted) * np.nan_to_num(std) ** 2, 0.0)
    of_level = _ratio(squares.sum(axis=(0, 1)), n.sum(axis=(0, 1)))
    of_band = _ratio(squares.sum(axis=1), n.sum(axis=1))
    of_band = np.where(np.isfinite(of_band), of_band, of_level)[:, None, :]
    variance = (squares + weight * of_band) / (n + weight)
    return np.asarray(np.sqrt(variance * (1 + np.nan_to_num(_ratio(fitted, fitted + n)))))


def _ratio(part: Array | float, whole: Array) -> Array:
    return np.asarray(part / np.where(whole > 0, whole, np.nan))


def noise_ratio(platform_type: Array, n_casts: Array, grid: Grid) -> Array:
    """Error variance of super-observations over the variance of the signal: (n,) -> (n,)."""
    settings = settings_of(grid)
    kinds, index = np.unique(platform_type, return_inverse=True)
    unresolved, measured = (
        np.array([of.get(str(kind), of["default"]) for kind in kinds], np.float64)[index.reshape(-1)]
        for of in (settings.unresolved, settings.measurement)
    )
    return np.asarray(unresolved + measured / np.maximum(n_casts, 1))


def interpolation_ratio(casts: xr.Dataset, std: Array) -> Array:
    """Error variance of the interpolation between the levels of casts over the variance of the signal:
    (n_cast, n_variable, n_level), NaN where there is no value."""
    error = np.stack([casts[f"{name}{ERROR}"].values for name in variables_of(casts)], axis=1)
    return np.asarray((error / np.where(std > 0, std, np.nan)) ** 2)


def platform_numbers(casts: xr.Dataset) -> Array:
    """Number of the platform of each cast: (n_cast,) int64; a cast without a code is alone."""
    names = np.char.add(casts["PLATFORM_TYPE"].values, casts["PLATFORM_CODE"].values)
    number = np.unique(names, return_inverse=True)[1].reshape(-1).astype(np.int64)
    unnamed = casts["PLATFORM_CODE"].values == ""
    number[unnamed] = number.size + np.arange(np.count_nonzero(unnamed))
    return number


def covariance_of(grid: Grid) -> Covariance:
    """Covariance of the mapped field."""
    settings = settings_of(grid)
    return covariance(
        [s.kilometres for s in settings.scales],
        [s.days for s in settings.scales],
        [s.share for s in settings.scales],
        [s.shape for s in settings.scales],
        settings.equatorial_stretch,
        settings.equatorial_width,
    )


def cell_centres(grid: Grid, cell: Array) -> tuple[Array, Array]:
    """Latitude and longitude of the centres of cells, from their flat index."""
    _, n_lon = shape(grid)
    lat = (cell // n_lon + 0.5) * grid.cell_latitude - 90
    return lat, (cell % n_lon + 0.5) * grid.cell_longitude - 180
