"""The Equal Earth map projection, and the grid lines of a map on it."""

import numpy as np

from kernels.compiled import Array

A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
"""Coefficients of the published polynomial."""
HALF_ROOT_3 = np.sqrt(3) / 2


def equal_earth(longitude: Array, latitude: Array, centre: float = 0.0) -> tuple[Array, Array]:
    """Places on an equal-area map of the sphere of radius 1.

    Parameters
    ----------
    longitude : degrees; within 180 of ``centre`` as it stands, so that both edges of a map can be drawn.
    latitude : degrees.
    centre : longitude of the middle of the map.

    Returns
    -------
    x, y : in units of the sphere's radius.

    References
    ----------
    Savric, B., T. Patterson and B. Jenny, 2019: The Equal Earth map projection. International Journal of
    Geographical Information Science 33, 454-465, equations 9 and 10.
    """
    theta = np.arcsin(HALF_ROOT_3 * np.sin(np.radians(latitude)))
    t2, t6 = theta**2, theta**6
    stretch = A1 + 3 * A2 * t2 + t6 * (7 * A3 + 9 * A4 * t2)
    x = np.radians(np.asarray(longitude) - centre) * np.cos(theta) / (HALF_ROOT_3 * stretch)
    y = theta * (A1 + A2 * t2 + t6 * (A3 + A4 * t2))
    return x, y
