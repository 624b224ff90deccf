"""Argo core profiles: single-cycle R and D files and multi-cycle ``_prof.nc`` files, formats 2.2 to 3.1.

Source: Argo user's manual, doi:10.13155/29825.
"""

import numpy as np

from catalogs.schema import Source
from flows.readers.argo_layout import date_update, decode_grid, decode_rows
from flows.readers.fields import Notes
from flows.readers.identity import precedence, record_ids, where_and_when
from flows.readers.levels import has_value, ragged
from flows.readers.netcdf import open_netcdf
from flows.records import Records
from kernels.compiled import Array

MEASURED = ("TEMP", "PSAL")


def open_records(url: str, source: Source) -> list[Records]:
    """The profiles of one Argo file.

    The row of a profile has the same ``RECORD_ID`` in its R file, its D file and in ``_prof.nc``. A profile
    without any value stays, as a row without observations: it may replace an earlier rendering.
    """
    nc, notes = open_netcdf(url), Notes()
    levels = decode_grid(nc, source, MEASURED, notes)
    row_size, obs = ragged(levels, has_value(levels))  # without the padding
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
    identities: list[tuple[object, ...]] = list(_cycles(rows))
    if not rows["PLATFORM_CODE"].all() or (rows["CYCLE_NUMBER"] < 0).any():
        places = where_and_when(rows["TIME"], rows["LATITUDE"], rows["LONGITUDE"])
        for row, (platform, cycle, _) in enumerate(_cycles(rows)):
            identities[row] += places[row] if not platform or cycle < 0 else ()
    return record_ids("argo", identities)
