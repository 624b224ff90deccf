"""Cells of the sphere, and the order in which rows of a partition lie."""

import numpy as np

from kernels.compiled import Array, compiled

CELL_DEGREES = 5.0


@compiled
def morton_cell(latitude: Array, longitude: Array, size: float) -> Array:
    """Morton (Z-order) number of the latitude-longitude cell of each position.

    Cells that are near in number are near on the map, so that a region is a few contiguous slices of rows
    sorted by it.

    Parameters
    ----------
    latitude, longitude : (n,) degrees; longitude in -180..180.
    size : edge of a cell in degrees.

    Returns
    -------
    cell : (n,) uint32; the highest number where a position is missing or impossible.
    """
    cell = np.empty(latitude.size, np.uint32)
    for i in range(latitude.size):
        lat, lon = latitude[i], longitude[i]
        if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
            cell[i] = np.uint32(0xFFFFFFFF)
            continue
        y = int((lat + 90.0) / size)
        x = int((lon + 180.0) / size)
        code = 0
        for b in range(15):
            code |= ((x >> b) & 1) << (2 * b) | ((y >> b) & 1) << (2 * b + 1)
        cell[i] = np.uint32(code)
    return cell
