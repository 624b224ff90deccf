"""The land mask that the catalogue carries; ``infra/derive_land_mask.py`` made it and names its source."""

import hashlib
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


@cache
def land_class() -> NDArray[np.uint8]:
    """Land mask in cells of five minutes of arc.

    Returns
    -------
    land_class : (2160, 4320) uint8, read-only, from 90S, 180W: 0 every point of the cell ocean, 1 mostly
        ocean, 2 mostly land, 3 every point land (lakes, the Caspian Sea and ice shelves are land).
    """
    with (files("catalogs") / "grids" / "land_class.npz").open("rb") as file, np.load(file) as data:
        mask: NDArray[np.uint8] = data["land_class"]
    mask.flags.writeable = False
    return mask


@cache
def land_digest() -> str:
    """Digest of the land mask, for the fingerprints of what it decides on."""
    return hashlib.blake2b(land_class().tobytes(), digest_size=8).hexdigest()
