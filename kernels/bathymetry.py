"""Depth of the sea at a position."""

import numpy as np

from kernels.compiled import Array, compiled


@compiled
def bottom_depth_at(bottom_depth: Array, latitude: Array, longitude: Array) -> Array:
    """Deepest bottom of the cell in which each position lies.

    Parameters
    ----------
    bottom_depth : (n_lat, n_lon) m, positive down, from 90S, 180W; NaN where there is no sea.
    latitude, longitude : (n,) degrees; NaN where missing.

    Returns
    -------
    depth : (n,) float64, m; NaN where there is no sea, or the position is missing or not on the Earth.
    """
    n_lat, n_lon = bottom_depth.shape
    depth = np.full(latitude.size, np.nan)
    for i in range(latitude.size):
        if abs(latitude[i]) <= 90.0 and abs(longitude[i]) <= 180.0:
            row = min(int((latitude[i] + 90.0) * n_lat / 180.0), n_lat - 1)
            column = min(int((longitude[i] + 180.0) * n_lon / 360.0), n_lon - 1)
            depth[i] = bottom_depth[row, column]
    return depth
