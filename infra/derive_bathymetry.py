"""Derive ``catalogs/grids/bottom_depth.npz`` from ETOPO5, as the Debian package ``ferret-datasets`` ships it.

``apt-get download ferret-datasets && dpkg-deb -x ferret-datasets_*.deb ferret``, then run
``python infra/derive_bathymetry.py ferret/usr/share/ferret-vis/data/etopo5.cdf``.

Source: Data Announcement 88-MGG-02, Digital relief of the Surface of the Earth. NOAA, National Geophysical
Data Center, Boulder, Colorado, 1988 (ETOPO5, public domain): points every five minutes of arc, from soundings
of very different density. A grid of the deepest point of every cell does not fail a good cast over a slope;
nor does it notice a cast that is a little too deep.
"""

import os
import sys
from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

POINTS = 3
"""Steps of five minutes along the edge of a cell of a quarter degree."""

TARGET = Path(__file__).parent.parent / "catalogs" / "grids" / "bottom_depth.npz"


def deepest_in_cells(height: NDArray[np.floating]) -> NDArray[np.int16]:
    """Deepest point of each cell, those on its edges included.

    Parameters
    ----------
    height : (2161, 4320) m above the sea level, from 90S to 90N and from 0E, every five minutes of arc.

    Returns
    -------
    depth : (720, 1440) int16, m, positive down, from 90S, 180W; 0 where no point lies below the sea level.
    """
    n_lat, n_lon = (height.shape[0] - 1) // POINTS, height.shape[1] // POINTS
    from_west = np.roll(height, height.shape[1] // 2, axis=1)
    closed = np.concatenate([from_west, from_west[:, :1]], axis=1)
    lowest = np.full((n_lat, n_lon), np.inf)
    for i in range(POINTS + 1):
        for j in range(POINTS + 1):
            points = closed[i::POINTS, j::POINTS][:n_lat, :n_lon]
            lowest = np.minimum(lowest, points)
    return np.maximum(-np.rint(lowest), 0).astype(np.int16)


def etopo5(path: str) -> NDArray[np.floating]:
    """Height from 90S and 0E."""
    with netCDF4.Dataset(path) as data:
        corner = (data["ETOPO05_Y"][0], data["ETOPO05_X"][0])
        if corner != (-90.0, 0.0):
            raise ValueError(f"expected points from 90S, 0E, not {corner}")
        return np.asarray(data["ROSE"][:])


if __name__ == "__main__":
    np.savez_compressed(TARGET, bottom_depth=deepest_in_cells(etopo5(sys.argv[1])))
    print(f"{TARGET}: {os.path.getsize(TARGET)} bytes")
