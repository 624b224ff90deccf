"""Time series as rows: one platform and calendar month each, time and position with every observation."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from flows.readers.levels import VERTICAL, has_value, ragged
from flows.records import POSITION
from kernels.compiled import Array

UNKNOWN_MONTH = np.iinfo(np.int64).max
FARTHEST_DAYS = 1_000_000
"""Times farther than this from 1950 are in no month that a calendar can name."""


class Segments(NamedTuple):
    """Rows, and what each is made of.

    ``order`` are the points of the file that have an observation, row after row and in time; ``start`` is
    where the points of each row begin in it; ``month`` is YYYY-MM, or ``unknown``.
    """

    row_size: Array
    obs: dict[str, Array]
    order: Array
    start: Array
    month: list[str]


def segment(levels: Mapping[str, Array], points: Mapping[str, Array], platform: Array) -> Segments:
    """Cut a grid of points in time and levels into rows; points without a measurement are dropped.

    Parameters
    ----------
    levels : name: (n_point, n_level).
    points : ``TIME``, ``LATITUDE``, ``LONGITUDE``, ``TIME_SOURCE_QC``, ``POSITION_SOURCE_QC``, (n_point,).
    platform : (n_point,) str.
    """
    month = _months(points["TIME"])
    _, platform_number = np.unique(platform, return_inverse=True)
    order = np.lexsort((points["TIME"], month, platform_number))
    keep = has_value(levels, but=VERTICAL)[order]
    order, keep = order[keep.any(axis=1)], keep[keep.any(axis=1)]
    size, obs = ragged({name: array[order] for name, array in levels.items()}, keep)
    obs |= {name: np.repeat(points[name][order], size) for name in POSITION}
    cut = (np.diff(month[order]) != 0) | (np.diff(platform_number[order]) != 0)
    start = np.flatnonzero(np.concatenate([np.ones(min(len(order), 1), bool), cut]))
    row_size = np.add.reduceat(size, start) if len(start) else np.zeros(0, np.int64)
    return Segments(row_size, obs, order, start, [_name(m) for m in month[order[start]].tolist()])


def _months(time: Array) -> Array:
    """(n,) months since 1970-01 of times in days since 1950-01-01."""
    known = np.abs(time) < FARTHEST_DAYS
    days = np.floor(np.where(known, time, 0)).astype(np.int64)
    month = (np.datetime64("1950-01-01") + days).astype("datetime64[M]").astype(np.int64)
    return np.where(known, month, UNKNOWN_MONTH)


def _name(month: int) -> str:
    return "unknown" if month == UNKNOWN_MONTH else str(np.datetime64(month, "M"))
