"""CORA (Coriolis Ocean dataset for ReAnalysis): daily files by instrument class, in two layouts.

The legacy layout is Argo's, with ``JULD`` and flags as characters; the current one has ``TIME`` and flags as
integers. Source: CORA user manual, doi:10.17882/46219.
"""

import re
from dataclasses import replace

import numpy as np

from catalogs.schema import Source
from flows.readers.argo_layout import date_update, decode_grid, decode_rows, texts
from flows.readers.fields import Notes
from flows.readers.identity import precedence, record_ids, weakest_mode, where_and_when
from flows.readers.levels import has_value, ragged
from flows.readers.netcdf import open_netcdf
from flows.readers.netcdf_model import NetCDF
from flows.readers.segments import segment
from flows.records import POSITION, Records, SourceError
from kernels.compiled import Array

FILE_NAME = re.compile(r"(?P<product>E?CO)_DMQCGL01_(?P<day>\d{8})_(?P<kind>PR|TS)_(?P<type>[A-Z]{2})\.nc")
MEASURED = ("TEMP", "PSAL")


def open_records(url: str, source: Source) -> list[Records]:
    """The profiles, or the platform-month segments of the time series, of one CORA file."""
    nc, notes = open_netcdf(url), Notes()
    name = FILE_NAME.fullmatch(url.rsplit("/", 1)[-1])
    if name is None:
        raise SourceError(url, "the file name does not say which day and instruments it holds")
    levels = decode_grid(nc, source, MEASURED, notes)
    rows = decode_rows(nc, source, "JULD" if "JULD" in nc else "TIME", notes)
    make = _profiles if name["kind"] == "PR" else _trajectories
    records = make(nc, source, name, levels, rows)
    own_file = name["product"] == "CO"  # EasyCORA (ECO) is made from CORA
    all_rows = {
        **records.rows,
        "PLATFORM_TYPE": np.full(records.n_row, source.platform_type.get(name["type"], name["type"])),
        "PRECEDENCE": precedence(records.rows["DATA_MODE"], own_file, date_update(nc)),
    }
    return [replace(records, rows=all_rows, notes=tuple(notes))]


def _profiles(
    nc: NetCDF, source: Source, name: re.Match[str], levels: dict[str, Array], rows: dict[str, Array]
) -> Records:
    """Platform names such as SHIP are shared: the reference of the data centre tells profiles apart."""
    places = where_and_when(rows["TIME"], rows["LATITUDE"], rows["LONGITUDE"])
    columns = (texts(nc, "DC_REFERENCE").tolist(), places, rows["PLATFORM_CODE"].tolist())
    identities = [
        (ref,) if ref else (*place, platform) for ref, place, platform in zip(*columns, strict=True)
    ]
    row_size, obs = ragged(levels, has_value(levels))
    return Records("profiles", row_size, rows | {"RECORD_ID": record_ids(source.name, identities)}, obs)


def _trajectories(
    nc: NetCDF, source: Source, name: re.Match[str], levels: dict[str, Array], rows: dict[str, Array]
) -> Records:
    """A time series comes as one N_PROF per time; a file holds one day of many platforms."""
    segments = segment(levels, {key: rows[key] for key in POSITION}, rows["PLATFORM_CODE"])
    first = segments.order[segments.start]
    of_rows = {key: array[first] for key, array in rows.items() if key not in POSITION}
    of_rows["DATA_MODE"] = weakest_mode(rows["DATA_MODE"], segments.order, segments.start)
    kind = f"{name['kind']}_{name['type']}"
    identities = [
        (platform, kind, f"{month}/{name['day']}")
        for platform, month in zip(of_rows["PLATFORM_CODE"].tolist(), segments.month, strict=True)
    ]
    of_rows["RECORD_ID"] = record_ids(source.name, identities)
    return Records("trajectories", segments.row_size, of_rows, segments.obs)
