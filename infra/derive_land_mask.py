"""Derive ``catalogs/grids/land_class.npz`` from the 1 km land mask of the package ``global-land-mask``.

Run ``python infra/derive_land_mask.py`` again only when that package changes; the result is kept with the
code, so that nobody needs 930 MB of memory to ask whether a position lies on land.

Source: GLOBE Task Team, 1999: The Global Land One-kilometer Base Elevation (GLOBE) digital elevation
model, NOAA National Geophysical Data Center. GLOBE marks the ocean; lakes, the Caspian Sea and ice shelves
are land in it.
"""

import os
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

POINTS = 10
"""Points of GLOBE (half a minute of arc) along the edge of a cell of five minutes."""

TARGET = Path(__file__).parent.parent / "catalogs" / "grids" / "land_class.npz"


def land_class_from(ocean: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Class of each cell: 0 every point ocean, 1 mostly ocean, 2 mostly land, 3 every point land.

    Parameters
    ----------
    ocean : (21600, 43200) bool from 90N, 180W, True over the ocean; point i covers i / 120 to (i + 1) / 120
        degrees from there.

    Returns
    -------
    land_class : (2160, 4320) uint8 from 90S, 180W. A cell of half land and half ocean is mostly ocean.
    """
    n_lat, n_lon = ocean.shape[0] // POINTS, ocean.shape[1] // POINTS
    n_ocean = np.array(
        [
            np.count_nonzero(ocean[i : i + POINTS].reshape(POINTS, n_lon, POINTS), axis=(0, 2))
            for i in range(0, n_lat * POINTS, POINTS)
        ]
    )
    all_points = POINTS * POINTS
    thresholds = [n_ocean == all_points, n_ocean >= all_points / 2, n_ocean > 0]
    return np.select(thresholds, [0, 1, 2], default=3).astype(np.uint8)[::-1]


def globe_ocean() -> NDArray[np.bool_]:
    """The mask as the package carries it, True over the ocean, from 90N, 180W."""
    with np.load(str(files("global_land_mask") / "globe_combined_mask_compressed.npz")) as data:
        if data["lat"][0] != 90.0 or data["lon"][0] != -180.0:
            raise ValueError(f"expected a mask from 90N, 180W, not {data['lat'][0]}, {data['lon'][0]}")
        return np.asarray(data["mask"])


if __name__ == "__main__":
    np.savez_compressed(TARGET, land_class=land_class_from(globe_ocean()))
    print(f"{TARGET}: {os.path.getsize(TARGET)} bytes")
