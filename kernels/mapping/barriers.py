"""Land that hides casts: what is measured in one sea says nothing of another behind an isthmus.

A cast is hidden where the great circle to it crosses a contiguous run of land wider than stated. Islands
below a stated area are no land here: water on both sides of Hawaii is one ocean, though it is wider than the
Isthmus of Panama. Only the choice of neighbours knows of land; casts that one point sees covary by their
plain distance, so their matrix stays positive definite. (DIVA and DIVAnd decouple across land by solving a
differential equation on the wet part of a grid, with a cost that grows with that grid.)

The way is walked in strides as long as land must be wide to hide, and in leaps over open water, as far as the
distance to the nearest land allows; land that is met is measured in steps half as long as a cell is high.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import label
from scipy.spatial import cKDTree

from kernels.compiled import Array, compiled, inlined
from kernels.mapping.covariance import EARTH_RADIUS_KM

OCEAN_MAX = 1
"""Largest class of the land mask that is ocean."""
STEP_KM = 5.0
COARSE = 6
"""Cells of the mask along each side of the cells whose distance from land is kept."""
FREE_KM = 2e4
"""Free of land where there is none: half of the Earth's circumference."""
ASHORE_KM = 100.0
"""A place on land is taken at the nearest ocean, up to this far away."""


class Barriers(NamedTuple):
    """Made by ``barriers``: ``land`` (n_lat, n_lon) bool, from 90S 180W; ``leap_km`` on coarser cells, no
    land is closer to any place in one; ``width_km`` of land that hides."""

    land: Array
    leap_km: Array
    width_km: float


def barriers(land_class: Array, width_km: float = 40.0, island_km2: float = 30_000.0) -> Barriers:
    """What hides casts, from a land mask.

    Parameters
    ----------
    land_class : (n_lat, n_lon) from 90S 180W, square cells; ``catalogs.land.land_class``, of which classes
        from 2 on are land.
    width_km : land at least so wide on the way hides.
    island_km2 : land surrounded by water hides nothing unless it is larger than this.

    Raises
    ------
    ValueError
        for a mask that does not cover the globe with square cells.
    """
    n_lat, n_lon = land_class.shape
    if n_lon != 2 * n_lat or n_lat % COARSE:
        raise ValueError(
            f"a land mask of {land_class.shape} cells does not cover the globe with square cells"
        )
    if not width_km > 0:
        raise ValueError(f"width_km of a barrier must be positive, not {width_km}")
    land = _without_islands(land_class > OCEAN_MAX, island_km2)
    return Barriers(land, _leaps(land), float(width_km))


class Afloat(NamedTuple):
    """Places on water: ``vector`` (n, 3) on the unit sphere, ``free_km`` (n,) around each without land; NaN
    where no ocean is within ``ASHORE_KM``: such a place sees nothing."""

    vector: Array
    free_km: Array


def nowhere() -> Barriers:
    """No land anywhere."""
    return Barriers(np.zeros((1, 2), np.bool_), np.full((1, 2), FREE_KM, np.float32), np.inf)


def _without_islands(land: Array, island_km2: float) -> Array:
    """Land of contiguous pieces (also across the date line) above an area."""
    piece, n_piece = label(land, np.ones((3, 3), np.int8))
    joined = np.arange(n_piece + 1)
    for shift in (-1, 0, 1):  # of neighbours across the date line
        west, east = piece[:, 0], np.roll(piece[:, -1], shift)
        for a, b in set(zip(west[(west > 0) & (east > 0)], east[(west > 0) & (east > 0)], strict=True)):
            joined[joined == joined[a]] = joined[b]
    n_lat = land.shape[0]
    side = np.radians(180 / n_lat) * EARTH_RADIUS_KM
    row = side**2 * np.cos(np.radians((np.arange(n_lat) + 0.5) * 180 / n_lat - 90))
    area = np.bincount(joined[piece].ravel(), np.broadcast_to(row[:, None], land.shape).ravel(), n_piece + 1)
    return np.asarray(land & (area[joined] > island_km2)[piece])


def _leaps(land: Array) -> Array:
    """Distance, km, that can be gone from anywhere in a coarse cell without meeting land."""
    n_lat, n_lon = land.shape[0] // COARSE, land.shape[1] // COARSE
    i, j = np.nonzero(land & ~_inner(land))
    if i.size == 0:
        return np.full((n_lat, n_lon), FREE_KM, np.float32)
    side = 180 / land.shape[0]
    shore = cKDTree(_unit((i + 0.5) * side - 90, (j + 0.5) * side - 180))
    side *= COARSE
    lat, lon = np.meshgrid(
        (np.arange(n_lat) + 0.5) * side - 90, (np.arange(n_lon) + 0.5) * side - 180, indexing="ij"
    )
    chord, _ = shore.query(_unit(lat.ravel(), lon.ravel()))
    half = np.radians(side) * EARTH_RADIUS_KM * np.sqrt(0.5) * (1 + 1 / COARSE)
    away = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(0.5 * chord, 1)) - half
    return np.asarray(np.maximum(away, 0).reshape(n_lat, n_lon), np.float32)


def _inner(land: Array) -> Array:
    """Land whose four neighbours are land too."""
    across = land & np.roll(land, 1, axis=1) & np.roll(land, -1, axis=1)
    across[1:-1] &= land[:-2] & land[2:]
    return np.asarray(across)


def _unit(latitude: Array, longitude: Array) -> Array:
    north, east = np.radians(latitude), np.radians(longitude)
    return np.column_stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])


def afloat(latitude: Array, longitude: Array, barriers: Barriers) -> Afloat:
    """Places (degrees) on water; those on land are taken at the nearest ocean cell. Where no land is anywhere
    nobody asks for their vectors, which are 0."""
    if not np.isfinite(barriers.width_km):
        return Afloat(np.zeros((np.size(latitude), 3)), np.full(np.size(latitude), FREE_KM))
    vector = _unit(np.asarray(latitude, np.float64), np.asarray(longitude, np.float64))
    _launch(vector, barriers.land)
    return Afloat(vector, _free_around(vector, barriers))


@inlined
def _cell(x: float, y: float, z: float, n_lat: int) -> tuple[int, int]:
    i = int((np.arcsin(min(max(z, -1.0), 1.0)) / np.pi + 0.5) * n_lat)
    j = int((np.arctan2(y, x) / np.pi + 1.0) * n_lat)
    return min(i, n_lat - 1), min(j, 2 * n_lat - 1)


@compiled
def _launch(vector: Array, land: Array) -> None:
    """Move places on land to the centre of the nearest ocean cell."""
    n_lat, n_lon = land.shape
    side = np.pi / n_lat
    reach = int(ASHORE_KM / (side * EARTH_RADIUS_KM)) + 1
    for p in range(vector.shape[0]):
        x, y, z = vector[p]
        row, column = _cell(x, y, z, n_lat)
        if not land[row, column]:
            continue
        best = np.cos(ASHORE_KM / EARTH_RADIUS_KM)
        vector[p] = np.nan
        for i in range(max(row - reach, 0), min(row + reach, n_lat - 1) + 1):
            north = (i + 0.5) * side - 0.5 * np.pi
            wide = min(int(reach / np.cos(north)) + 1, n_lat - 1)
            for away in range(-wide, wide + 1):
                j = (column + away) % n_lon
                if land[i, j]:
                    continue
                east = (j + 0.5) * side - np.pi
                u, v, w = np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)
                if u * x + v * y + w * z > best:
                    best = u * x + v * y + w * z
                    vector[p, 0], vector[p, 1], vector[p, 2] = u, v, w


@compiled
def _free_around(vector: Array, barriers: Barriers) -> Array:
    """Distance, km, around places that is free of land: (n,); NaN where they see nothing."""
    out = np.empty(vector.shape[0])
    for p in range(out.size):
        x, y, z = vector[p]
        if np.isnan(x):
            out[p] = np.nan
        else:
            i, j = _cell(x, y, z, barriers.leap_km.shape[0])
            out[p] = barriers.leap_km[i, j]
    return out


@inlined
def in_the_open(a: Afloat, p: int, b: Afloat, q: int, barriers: Barriers) -> bool:
    """Whether the water that is known around two places leaves no room for land that hides: then one sees the
    other, and there is no way to walk. The arc is at most half of pi times the chord."""
    x, y, z = (
        a.vector[p, 0] - b.vector[q, 0],
        a.vector[p, 1] - b.vector[q, 1],
        a.vector[p, 2] - b.vector[q, 2],
    )
    open_km = a.free_km[p] + b.free_km[q] + max(barriers.width_km - STEP_KM, STEP_KM)
    return 0.5 * np.pi * EARTH_RADIUS_KM * np.sqrt(x * x + y * y + z * z) < open_km  # type: ignore[no-any-return]


@compiled
def sees(a: Afloat, p: int, b: Afloat, q: int, barriers: Barriers) -> bool:
    """Whether no land lies between place ``p`` of ``a`` and ``q`` of ``b``.

    Land so wide that it hides cannot lie between two places on water that are no further apart than its
    width; where one of them is on land its run is measured. A run is measured until it is wide enough.
    """
    if np.isnan(a.free_km[p]) or np.isnan(b.free_km[q]):
        return False
    u, v = a.vector[p], b.vector[q]
    half = 0.5 * np.sqrt((u[0] - v[0]) ** 2 + (u[1] - v[1]) ** 2 + (u[2] - v[2]) ** 2)
    angle = 2.0 * np.arcsin(min(half, 1.0))
    length = angle * EARTH_RADIUS_KM
    land, width, sine = barriers.land, barriers.width_km, np.sin(angle)
    n_lat, n_coarse = land.shape[0], barriers.leap_km.shape[0]
    stride = max(width - STEP_KM, STEP_KM)
    gone = a.free_km[p] + stride
    while gone < length - b.free_km[q]:
        i, j = _on_the_way(u, v, angle, sine, gone, n_lat)
        if not land[i, j]:
            gone += stride + barriers.leap_km[i * n_coarse // n_lat, j * n_coarse // n_lat]
            continue
        west, east = gone, gone
        while (
            west > 0.0 and east - west - STEP_KM < width and land[_on_the_way(u, v, angle, sine, west, n_lat)]
        ):
            west -= STEP_KM
        while (
            east < length
            and east - west - STEP_KM < width
            and land[_on_the_way(u, v, angle, sine, east, n_lat)]
        ):
            east += STEP_KM
        if east - west - STEP_KM >= width:
            return False
        gone = east + stride
    return True


@inlined
def _on_the_way(u: Array, v: Array, angle: float, sine: float, gone: float, n_lat: int) -> tuple[int, int]:
    """Cell that the way from ``u`` to ``v`` crosses after so many km; ``sine`` of the whole angle."""
    first = np.sin(angle - gone / EARTH_RADIUS_KM) / sine
    second = np.sin(gone / EARTH_RADIUS_KM) / sine
    return _cell(
        first * u[0] + second * v[0], first * u[1] + second * v[1], first * u[2] + second * v[2], n_lat
    )
