"""Areas on the Earth: the ellipsoid for results, a sphere for comparison with published values."""

import numpy as np

from kernels.compiled import Array

WGS84_A, WGS84_F = 6378137.0, 1 / 298.257223563
"""Semi-major axis in m and flattening."""


def zone_area(south: Array, north: Array, width: Array | float, radius: float | None = None) -> Array:
    """Area between two parallels and two meridians, in m2.

    Parameters
    ----------
    south, north : degrees north.
    width : degrees of longitude.
    radius : m; of a sphere. None: the WGS84 ellipsoid.

    References
    ----------
    Snyder, J. P., 1987: Map Projections - A Working Manual, USGS Professional Paper 1395, equation 3-12:
    the closed form of the area of a zone of the ellipsoid.
    """
    upper, lower = _zone(np.sin(np.radians(north)), radius), _zone(np.sin(np.radians(south)), radius)
    return np.asarray(np.radians(width) * (upper - lower))


def _zone(sine: Array, radius: float | None) -> Array:
    """Area from the equator to a parallel per radian of longitude."""
    if radius is not None:
        return np.asarray(radius**2 * sine)
    e2 = WGS84_F * (2 - WGS84_F)
    e = np.sqrt(e2)
    b2 = WGS84_A**2 * (1 - e2)
    return np.asarray(b2 / 2 * (sine / (1 - e2 * sine**2) + np.arctanh(e * sine) / e))


def ocean_area_in_box(
    ocean: Array, boxes: tuple[int, int], latitude: tuple[float, float], longitude: tuple[float, float]
) -> Array:
    """Ocean area of each box of a global grid within a latitude-longitude region, cut by its exact edges.

    Parameters
    ----------
    ocean : (n_lat, n_lon) bool mask in even cells from 90S, 180W.
    boxes : (latitudes, longitudes) of the grid of boxes.
    latitude, longitude : south and north, west and east edge; west > east means across the date line.

    Returns
    -------
    area : boxes, m2.
    """
    lat, lon = np.linspace(-90, 90, ocean.shape[0] + 1), np.linspace(-180, 180, ocean.shape[1] + 1)
    clipped = np.clip(lat, *latitude)
    width = ((longitude[1] - longitude[0]) % 360) or 360.0
    overlap = sum(
        np.diff(np.clip(lon, longitude[0] + turn, longitude[0] + turn + width)) for turn in (-360, 0, 360)
    )
    area = zone_area(clipped[:-1], clipped[1:], 1.0)
    return _sum_by_box(ocean * area[:, None] * overlap, boxes)


def ocean_area_in_mask(ocean: Array, boxes: tuple[int, int], inside: Array) -> Array:
    """As ``ocean_area_in_box``, for the cells of the mask that are ``inside`` (same shape as ``ocean``)."""
    lat = np.linspace(-90, 90, ocean.shape[0] + 1)
    area = zone_area(lat[:-1], lat[1:], 360 / ocean.shape[1])
    return _sum_by_box(ocean * inside * area[:, None], boxes)


def _sum_by_box(area: Array, boxes: tuple[int, int]) -> Array:
    if area.shape[0] % boxes[0] or area.shape[1] % boxes[1]:
        raise ValueError(f"{boxes} boxes do not hold whole cells of a mask of {area.shape}")
    shape = (boxes[0], area.shape[0] // boxes[0], boxes[1], area.shape[1] // boxes[1])
    return np.asarray(area.reshape(shape).sum(axis=(1, 3)))
