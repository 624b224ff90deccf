"""Where platforms go: the open ocean, in one-degree cells weighted by how often each kind visits them."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from kernels.compiled import Array

MARGINAL_SEAS = (
    ("Mediterranean Sea", 30, 42, -6, 42),
    ("Mediterranean and Black Sea, east of the Bay of Biscay", 42, 48, 3, 42),
    ("Caspian Sea", 36, 48, 46, 56),
    ("Red Sea", 12, 30, 32, 44),
    ("Persian Gulf", 23, 31, 47, 57),
    ("Baltic Sea", 53, 66, 9, 31),
    ("Hudson Bay", 50, 70, -96, -69),
    ("Great Lakes", 41, 50, -93, -75),
)
"""South, north, west, east: seas whose water the analytic ocean does not describe; nobody goes there."""

LANES = (
    ((49.0, -6.0), (40.5, -72.0)),
    ((49.0, -6.0), (19.0, -66.0)),
    ((36.0, -8.0), (-34.0, 17.0)),
    ((36.0, -8.0), (-34.0, -53.0)),
    ((36.0, -8.0), (38.0, -74.0)),
    ((34.0, 141.0), (37.0, -124.0)),
    ((34.0, 141.0), (21.5, -158.0)),
    ((21.5, -158.0), (34.0, -121.0)),
    ((21.5, -158.0), (-36.0, 176.0)),
    ((-34.0, 152.0), (8.0, -80.0)),
    ((-35.0, 20.0), (-35.0, 114.0)),
    ((-32.0, 115.0), (-7.0, 105.0)),
    ((-44.0, 148.0), (-65.0, 140.0)),
    ((34.0, 141.0), (-10.0, 155.0)),
    ((12.0, 50.0), (6.0, 95.0)),
)
"""Ends (latitude, longitude) of great-circle sections that ships of opportunity run."""

LANE_WIDTH = 2.0
"""Degrees."""
DRIFT = 1.5
"""Degrees that a float leaves its home at most; ``Places.deep`` keeps two cells of water around a home."""


@dataclass(frozen=True)
class Places:
    """Cumulative visits over one-degree cells (row-major from 90S, 180W) for each kind of platform.

    ``water`` is the fine ocean mask without marginal seas, ``deep`` the cells with nothing but water
    within two cells; ``casts``, ``lanes``, ``floats`` and ``moorings`` are (64800,) and end in 1.
    """

    water: Array
    deep: Array
    casts: Array
    lanes: Array
    floats: Array
    moorings: Array


def places_of(land_class: Array) -> Places:
    """Places of a land mask.

    Parameters
    ----------
    land_class : (n_lat, n_lon) uint8 from 90S, 180W, a whole number of cells per degree; 0 is ocean.
    """
    n = land_class.shape[0] // 180
    water = (land_class == 0) & ~np.kron(_marginal(), np.ones((n, n), bool))
    cells = water.reshape(180, n, 360, n)
    some, deep = cells.any(axis=(1, 3)), _eroded(_eroded(cells.all(axis=(1, 3))))
    latitude, longitude = np.arange(-89.5, 90), np.arange(-179.5, 180)
    area = np.cos(np.radians(latitude))[:, None] * np.ones(360)
    north = (0.25 + 0.75 / (1 + np.exp(-latitude / 8)))[:, None]
    lane = lane_weight(latitude[:, None], longitude[None, :])
    open_to_ships = some & (np.abs(latitude) < 78)[:, None]
    return Places(
        water=water,
        deep=deep,
        casts=_cumulative(area * north * (0.5 + lane) * open_to_ships),
        lanes=_cumulative(area * north * (0.03 + lane) * open_to_ships),
        floats=_cumulative(area * (deep & (np.abs(latitude) < 64)[:, None])),
        moorings=_cumulative(area * (deep & (np.abs(latitude) < 9)[:, None])),
    )


def lane_weight(latitude: Array, longitude: Array) -> Array:
    """How near a place is to the lanes: 1 on a lane, exp(-1/2) at ``LANE_WIDTH``."""
    here = _unit(latitude, longitude)
    weight = np.zeros(np.broadcast(latitude, longitude).shape)
    for start, end in LANES:
        a, b = _unit(*start), _unit(*end)
        pole = np.cross(a, b) / np.linalg.norm(np.cross(a, b))
        across = np.degrees(np.arcsin(np.clip(here @ pole, -1, 1)))
        between = (here @ np.cross(pole, a) > 0) & (here @ np.cross(b, pole) > 0)
        weight = np.maximum(weight, between * np.exp(-0.5 * (across / LANE_WIDTH) ** 2))
    return weight


def cell_positions(cumulative: Array, cell: Array, south: Array, west: Array) -> tuple[Array, Array]:
    """Latitude and longitude of three uniform numbers each: one picks the cell, two the place in it."""
    index = np.searchsorted(cumulative, cell, side="right")
    return index // 360 - 90 + south, index % 360 - 180 + west


def draw_positions(rng: Generator, cumulative: Array, n: int) -> tuple[Array, Array]:
    """Random places; those that fall on land are for the caller to drop."""
    return cell_positions(cumulative, rng.random(n), rng.random(n), rng.random(n))


def in_water(places: Places, latitude: Array, longitude: Array) -> Array:
    """Whether each place is in the open ocean: (n,) bool; beyond the poles is not."""
    n = places.water.shape[0] // 180
    row = np.floor((latitude + 90) * n).astype(np.int64)
    column = np.floor((longitude + 180) * n).astype(np.int64) % (360 * n)
    inside = (row >= 0) & (row < 180 * n)
    return inside & places.water[np.clip(row, 0, 180 * n - 1), column]  # type: ignore[no-any-return]


def in_deep_water(places: Places, latitude: Array, longitude: Array) -> Array:
    """Whether there is no land within two cells: (n,) bool."""
    row = np.clip(np.floor(latitude + 90).astype(np.int64), 0, 179)
    return places.deep[row, np.floor(longitude + 180).astype(np.int64) % 360]


def _marginal() -> Array:
    out = np.zeros((180, 360), bool)
    for _, south, north, west, east in MARGINAL_SEAS:
        out[south + 90 : north + 90, west + 180 : east + 180] = True
    return out


def _eroded(cells: Array) -> Array:
    padded = np.pad(cells, ((1, 1), (0, 0)), mode="edge")
    rows = padded[:-2] & padded[1:-1] & padded[2:]
    return rows & np.roll(rows, 1, axis=1) & np.roll(rows, -1, axis=1)


def _cumulative(weight: Array) -> Array:
    if not weight.any():
        raise ValueError("the land mask leaves no cell of open ocean")
    total = np.cumsum(weight.ravel())
    # The last cells have no weight: only an exact 1 keeps a draw near 1 from running past them.
    return np.where(total == total[-1], 1.0, total / total[-1])


def _unit(latitude: Array | float, longitude: Array | float) -> Array:
    north, east = np.radians(latitude), np.radians(longitude)
    parts = np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)
    return np.stack(np.broadcast_arrays(*parts), axis=-1)
