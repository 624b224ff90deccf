"""Argo core profiles: single-cycle R and D files and multi-cycle ``_prof.nc`` files, formats 2.2 to 3.1.

Source: Argo user's manual, doi:10.13155/29825.
"""

from collections import Counter

import numpy as np

from catalogs.schema import Source
from flows.readers.argo_layout import date_update, decode_observations, decode_rows, precedence
from flows.readers.fields import Notes
from flows.readers.netcdf import open_netcdf
from flows.records import Records, record_id
from kernels.compiled import Array

MEASURED = ("TEMP", "PSAL")


def open_records(url: str, source: Source) -> list[Records]:
    """The profiles of one Argo file.

    The row of a profile has the same ``RECORD_ID`` in its R file, its D file and in ``_prof.nc``. A profile
    without any value stays, as a row without observations: it may replace an earlier rendering.
    """
    nc, notes = open_netcdf(url), Notes()
    row_size, obs = decode_observations(nc, source, MEASURED, notes)
    rows = decode_rows(nc, source, "JULD", notes)
    single = not url.endswith("_prof.nc") and len(set(_cycles(rows))) <= 1
    rows["PLATFORM_TYPE"] = np.full(len(row_size), "PF")
    rows["RECORD_ID"] = _record_ids(rows)
    rows["PRECEDENCE"] = precedence(rows["DATA_MODE"], single, date_update(nc))
    return [Records("profiles", row_size, rows, obs, tuple(notes))]


def _cycles(rows: dict[str, Array]) -> list[tuple[str, int, str]]:
    columns = (rows[name].tolist() for name in ("PLATFORM_CODE", "CYCLE_NUMBER", "DIRECTION"))
    return list(zip(*columns, strict=True))


def _record_ids(rows: dict[str, Array]) -> Array:
    """Identity by platform, cycle, direction and place among the profiles of the cycle (0 is the primary).

    Without a platform or cycle number the time and position stand in, else such profiles would be one.
    """
    seen: Counter[tuple[object, ...]] = Counter()
    ids = np.empty(len(rows["TIME"]), np.uint64)
    for row, (platform, cycle, direction) in enumerate(_cycles(rows)):
        identity: tuple[object, ...] = (platform, cycle, direction)
        if not platform or cycle < 0:
            where = (rows[name][row] for name in ("TIME", "LATITUDE", "LONGITUDE"))
            identity += tuple(f"{float(value):.4f}" for value in where)
        ids[row] = record_id("argo", *identity, seen[identity])
        seen[identity] += 1
    return ids
