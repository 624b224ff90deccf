"""Which places lie in a region."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled


def inside_box(
    latitude: Array, longitude: Array, south_north: tuple[float, float], west_east: tuple[float, float]
) -> Array:
    """Places within a latitude-longitude box, its edges included; west > east means across the date line."""
    width = ((west_east[1] - west_east[0]) % 360) or 360.0
    within = (latitude >= south_north[0]) & (latitude <= south_north[1])
    return np.asarray(within & ((longitude - west_east[0]) % 360 <= width))


class Outline(NamedTuple):
    """Polygons with holes as contiguous ragged arrays: corners (n_corner, 2) of longitude and latitude,
    ``ring_start`` their offsets by ring, ``part_start`` those of the rings by polygon."""

    corners: Array
    ring_start: Array
    part_start: Array


def outline_of(polygons: Sequence[Sequence[Sequence[tuple[float, float]]]]) -> Outline:
    """Polygons of rings of (longitude, latitude) corners, of each its edge first and then its holes."""
    rings = [np.asarray(ring, np.float64).reshape(-1, 2) for polygon in polygons for ring in polygon]
    ring_start = np.cumsum([0, *(len(r) for r in rings)])
    part_start = np.cumsum([0, *(len(p) for p in polygons)])
    return Outline(np.concatenate([np.empty((0, 2)), *rings]), ring_start, part_start)


def inside_outline(latitude: Array, longitude: Array, outline: Outline) -> Array:
    """Places within any of some polygons with holes, their edges straight in latitude and longitude.

    Even-odd rule over the rings of each polygon; of a place on an edge that two polygons share one holds it.

    Parameters
    ----------
    latitude, longitude : (n,) degrees; NaN is outside.
    outline : across the date line longitudes go on beyond 180, or polygons are cut there.

    Returns
    -------
    inside : (n,) bool.
    """
    out: Array = _inside_outline(np.asarray(latitude), np.asarray(longitude), *outline)
    return out


@compiled
def _inside_outline(
    latitude: Array, longitude: Array, corners: Array, ring_start: Array, part_start: Array
) -> Array:
    out = np.zeros(latitude.size, np.bool_)
    for part in range(part_start.size - 1):
        first, last = part_start[part], part_start[part + 1]
        edge = corners[ring_start[first] : ring_start[first + 1]]
        west, east = edge[:, 0].min(), edge[:, 0].max()
        south, north = edge[:, 1].min(), edge[:, 1].max()
        for i in range(latitude.size):
            x, y = west + (longitude[i] - west) % 360, latitude[i]
            if out[i] or not (south <= y <= north and x <= east):
                continue
            for ring in range(first, last):
                before = ring_start[ring + 1] - 1
                for k in range(ring_start[ring], ring_start[ring + 1]):
                    y0, y1 = corners[before, 1], corners[k, 1]
                    if (y0 > y) != (y1 > y):
                        x0, x1 = corners[before, 0], corners[k, 0]
                        if x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                            out[i] = not out[i]
                    before = k
    return out


def inside_cells(outline: Outline, n_lat: int, n_lon: int) -> Array:
    """``inside_outline`` at the centres of a global grid from 90S, 180W: (n_lat, n_lon) bool.

    Along a row of cells the crossings of the edges are found once, so it takes a thousandth of the time.
    """
    out: Array = _inside_cells(*outline, n_lat, n_lon)
    return out


@compiled
def _inside_cells(corners: Array, ring_start: Array, part_start: Array, n_lat: int, n_lon: int) -> Array:
    out = np.zeros((n_lat, n_lon), np.bool_)
    step = 360.0 / n_lon
    for part in range(part_start.size - 1):
        west = corners[ring_start[part_start[part]] : ring_start[part_start[part] + 1], 0].min()
        start = int(np.ceil(((west + 180.0) % 360.0) / step - 0.5)) % n_lon
        x_first = west + ((start + 0.5) * step - 180.0 - west) % 360.0
        crossings = np.zeros(n_lon + 1, np.int64)
        for i in range(n_lat):
            y = (i + 0.5) * 180.0 / n_lat - 90.0
            crossings[:] = 0
            for ring in range(part_start[part], part_start[part + 1]):
                before = ring_start[ring + 1] - 1
                for k in range(ring_start[ring], ring_start[ring + 1]):
                    y0, y1 = corners[before, 1], corners[k, 1]
                    if (y0 > y) != (y1 > y):
                        x0, x1 = corners[before, 0], corners[k, 0]
                        x = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
                        crossings[min(max(int(np.ceil((x - x_first) / step)), 0), n_lon)] += 1
                    before = k
            to_the_east = 0
            for k in range(n_lon - 1, -1, -1):
                to_the_east += crossings[k + 1]
                if to_the_east % 2 == 1:
                    out[i, (start + k) % n_lon] = True
    return out


def cells_on_edges(outline: Outline, n_lat: int, n_lon: int) -> tuple[Array, Array]:
    """Cells of a global grid from 90S, 180W that edges pass: indices of latitude and longitude, once each.

    Edges are followed in steps of less than half a cell; a corner of a cell that an edge cuts off by less may
    be passed over.
    """
    found = [np.empty((0, 2), np.int64)]
    for first, last in pairwise(outline.ring_start):
        ring = outline.corners[first:last]
        start, step = ring, np.roll(ring, -1, axis=0) - ring
        n = np.ceil(np.max(np.abs(step) * (n_lon / 180, n_lat / 90), axis=1)).astype(np.int64) + 1
        along = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        lon, lat = (np.repeat(start, n, axis=0) + np.repeat(step / n[:, None], n, axis=0) * along[:, None]).T
        i = np.clip(((lat + 90) * n_lat / 180).astype(np.int64), 0, n_lat - 1)
        found.append(
            np.unique(np.stack([i, ((lon + 180) % 360 * n_lon / 360).astype(np.int64)], axis=1), axis=0)
        )
    i, j = np.unique(np.concatenate(found), axis=0).T
    return i, np.minimum(j, n_lon - 1)
