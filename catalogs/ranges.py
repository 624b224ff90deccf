"""The World Ocean Database's ranges; ``infra/derive_wod_ranges.py`` made them and names their source."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray


@cache
def wod_ranges() -> dict[str, NDArray[Any]]:
    """Ranges of temperature by basin and depth.

    Returns
    -------
    wod_region : (180, 360) uint8, region of each degree from 90S, 180W.
    wod_level : (137,) float64, depths of the ranges, m.
    wod_range : (28, 137, 2) float64, lowest and highest temperature, degrees Celsius; NaN for regions 0
        (none) and 1 (which has no ranges). Read-only, all three, and named as the tests ask for them.
    """
    with (files("catalogs") / "tables" / "wod_ranges.npz").open("rb") as file, np.load(file) as data:
        arrays = {f"wod_{name}": data[name] for name in ("region", "level", "range")}
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


@cache
def wod_digest() -> str:
    """Digest of the ranges, for the fingerprints of what they decide on."""
    digest = hashlib.blake2b(digest_size=8)
    for name, array in sorted(wod_ranges().items()):
        digest.update(name.encode() + array.tobytes())
    return digest.hexdigest()
