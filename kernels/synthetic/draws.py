"""Random numbers that any worker can draw on its own: by month and purpose, or by the number of a thing."""

import numpy as np
from numpy.random import Generator, Philox

from kernels.compiled import Array

PURPOSES = ("eddies", "places", "levels", "noise", "faults", "duplicates", "series", "series_faults")


def generator(seed: int, purpose: str, year: int = 0, month: int = 0) -> Generator:
    """The generator of one purpose in one month; independent of what was drawn for any other."""
    stream = (year << 16) | (month << 8) | PURPOSES.index(purpose)
    return Generator(Philox(key=np.array([seed, stream], np.uint64)))


def hashed_uniform(seed: int, stream: int, number: Array) -> Array:
    """A fixed uniform number in [0, 1) for each thing that has a number, in any month.

    Parameters
    ----------
    seed : of the ocean.
    stream : tells apart the several numbers that one thing needs.
    number : (n,) non-negative integers.

    Returns
    -------
    uniform : (n,) float64.

    References
    ----------
    Steele, Lea and Flood, 2014: Fast splittable pseudorandom number generators (the SplitMix64 finaliser).
    """
    origin = _mixed(np.array([seed], np.uint64)) ^ _mixed(np.array([stream], np.uint64) + np.uint64(0x5F))
    bits = _mixed(_mixed(np.asarray(number).astype(np.uint64)) + origin)
    return (bits >> np.uint64(11)) * 2.0**-53


def _mixed(x: Array) -> Array:
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))  # type: ignore[no-any-return]
