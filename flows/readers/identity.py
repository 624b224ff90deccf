"""Which record a row is, and which of its renderings counts."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from flows.readers.fields import parse_date
from flows.records import record_id
from kernels.compiled import Array

MODE_RANK = {"R": 1, "A": 2, "D": 3}
DATE_BITS = 47
"""YYYYMMDDHHMISS is below 2**47."""


def record_ids(source: str, identities: Sequence[tuple[object, ...]]) -> Array:
    """(n_row,) uint64 identities; equal ones are told apart by their order in the file."""
    seen: Counter[tuple[object, ...]] = Counter()
    ids = np.empty(len(identities), np.uint64)
    for row, identity in enumerate(identities):
        ids[row] = record_id(source, *identity, seen[identity])
        seen[identity] += 1
    return ids


def where_and_when(time: Array, latitude: Array, longitude: Array) -> list[tuple[str, str, str]]:
    """Time to the second and position to 0.001 degree, as text: an identity for rows that carry none."""
    columns = (np.rint(time * 86400).tolist(), latitude.tolist(), longitude.tolist())
    return [(f"{t:.0f}", f"{lat:.3f}", f"{lon:.3f}") for t, lat, lon in zip(*columns, strict=True)]


def precedence(mode: Array, own_file: bool, date_update: int) -> Array:
    """Which of several renderings is the record: data mode, then own file over aggregate, then the newest.

    Parameters
    ----------
    mode : (n_row,) R, A or D.
    own_file : the file holds this record as such, it is no aggregate made from others.
    date_update : YYYYMMDDHHMISS, 0 where unknown.

    Returns
    -------
    precedence : (n_row,) int64.
    """
    rank = np.array([MODE_RANK[m] for m in mode.tolist()], np.int64)
    return ((rank * 2 + own_file) << DATE_BITS) + date_update


def weakest_mode(mode: Array, order: Array, start: Array) -> Array:
    """The weakest data mode among the points of each row of a time series; see ``segments.Segments``."""
    rank = np.array([MODE_RANK[m] for m in mode.tolist()], np.int64)[order]
    lowest = np.minimum.reduceat(rank, start) if len(start) else rank[:0]
    return np.array(["", *MODE_RANK])[lowest]


def update_number(text: str) -> int:
    """YYYYMMDDHHMISS of a date of update, ISO or already so; 0 where it is no date."""
    if parse_date(text) is None:
        return 0
    return int(re.sub(r"\D", "", text)[:14].ljust(14, "0"))
