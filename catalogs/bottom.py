"""The bathymetry that the catalogue carries; ``infra/derive_bathymetry.py`` made it and names its source."""

import hashlib
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


@cache
def bottom_depth() -> NDArray[np.float32]:
    """Deepest bottom in cells of a quarter degree.

    Returns
    -------
    bottom_depth : (720, 1440) float32, read-only, m, positive down, from 90S, 180W; NaN where no point of
        the cell lies below the sea level. Land below the sea level, such as the Caspian Sea's shores, has
        one.
    """
    with (files("catalogs") / "grids" / "bottom_depth.npz").open("rb") as file, np.load(file) as data:
        depth: NDArray[np.float32] = data["bottom_depth"].astype(np.float32)
    depth[depth == 0] = np.nan
    depth.flags.writeable = False
    return depth


@cache
def bottom_digest() -> str:
    """Digest of the bathymetry, for the fingerprints of what it decides on."""
    return hashlib.blake2b(bottom_depth().tobytes(), digest_size=8).hexdigest()
