"""Which places lie in a region."""

import numpy as np

from kernels.compiled import Array, compiled


def inside_box(
    latitude: Array, longitude: Array, south_north: tuple[float, float], west_east: tuple[float, float]
) -> Array:
    """Places within a latitude-longitude box, its edges included; west > east means across the date line."""
    width = ((west_east[1] - west_east[0]) % 360) or 360.0
    within = (latitude >= south_north[0]) & (latitude <= south_north[1])
    return np.asarray(within & ((longitude - west_east[0]) % 360 <= width))


@compiled
def inside_polygon(latitude: Array, longitude: Array, corners: Array) -> Array:
    """Places within a polygon whose edges are straight in latitude and longitude (even-odd rule).

    Parameters
    ----------
    latitude, longitude : (n,) degrees; NaN is outside.
    corners : (n_corner, 2) longitude, latitude; across the date line longitudes go on beyond 180.

    Returns
    -------
    inside : (n,) bool.
    """
    west = corners[:, 0].min()
    out = np.zeros(latitude.size, np.bool_)
    for i in range(latitude.size):
        x, y = west + (longitude[i] - west) % 360, latitude[i]
        before = corners.shape[0] - 1
        for k in range(corners.shape[0]):
            y0, y1 = corners[before, 1], corners[k, 1]
            if (y0 > y) != (y1 > y):
                x0, x1 = corners[before, 0], corners[k, 0]
                if x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                    out[i] = not out[i]
            before = k
    return out
