"""Copernicus Marine In Situ TAC files: profiles (PR) and time series (TS), formats 1.1 to 1.42.

Source: Copernicus Marine In Situ NetCDF format manual, doi:10.13155/59938; OceanSITES format manual 1.2.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from catalogs.schema import Source
from flows.readers.fields import (
    Notes,
    characters,
    days_since_1950,
    flags,
    numbers,
    strings,
    wrapped_longitude,
)
from flows.readers.identity import (
    MODE_RANK,
    precedence,
    record_ids,
    update_number,
    weakest_mode,
    where_and_when,
)
from flows.readers.levels import VERTICAL, decode_levels, has_value, ragged, require
from flows.readers.netcdf import open_netcdf
from flows.readers.netcdf_model import NetCDF
from flows.readers.segments import segment
from flows.records import Records, SourceError, record_id
from kernels.compiled import Array
from kernels.flags import Flag

DIMS = ("TIME", "DEPTH")
FILE_NAME = re.compile(
    r"[A-Z]{2}_(?:\d{6,8}_)?(?P<kind>PR|TS)_(?P<type>[A-Z]{2})_(?P<code>.+?)(?:_(?P<date>\d{4,8}))?\.nc"
)
NO_TIME, NO_NUMBER = (999999.0,), (99999.0, -99999.0)
MODES = {"R": "R", "A": "A", "P": "A", "D": "D", "M": "R"}
"""OceanSITES reference table 5. Provisional counts as adjusted; mixed as its weakest part."""
OF_THE_FILE = ("_QC", "_DM", "DEPH", "PRES")


class _File(NamedTuple):
    """What the name and the global attributes of a file say."""

    kind: str
    type: str
    platform: str
    day: str
    mode: str
    probe_type: int
    update: int


def open_records(url: str, source: Source) -> list[Records]:
    """The profiles, or the platform-month segments of the time series, of one file."""
    nc, notes = open_netcdf(url), Notes()
    nc = replace(nc, dimensions={"DEPTH": 1, **nc.dimensions})  # surface series may do without
    file = _describe(nc, source)
    points = _points(nc, source, notes)
    levels = decode_levels(nc, source, DIMS, notes)
    measured = [name for name in levels if name in source.variables.values() and name not in VERTICAL]
    if not measured:
        raise SourceError(nc.file, _what_there_is(nc, notes))
    make = _profiles if file.kind == "PR" else _trajectories
    return [make(nc, source, file, points, levels, notes)]


def _profiles(
    nc: NetCDF, source: Source, file: _File, points: dict[str, Array], levels: dict[str, Array], notes: Notes
) -> Records:
    require(nc, levels, VERTICAL, notes)
    n = len(points["TIME"])
    row_size, obs = ragged(levels, has_value(levels))
    mode = _modes(nc, source, file, levels, notes)
    reference = _texts(nc, "DC_REFERENCE", n)
    places = where_and_when(points["TIME"], points["LATITUDE"], points["LONGITUDE"])
    identities = [
        (file.platform, ref) if ref else (file.platform, *place)
        for ref, place in zip(reference.tolist(), places, strict=True)
    ]
    rows = points | {
        "DATA_MODE": mode,
        "DIRECTION": _directions(nc, n, file),
        "SOURCE_INDEX": np.arange(n, dtype=np.int32),
        "RECORD_ID": record_ids(source.name, identities),
        "PRECEDENCE": precedence(mode, True, file.update),
    }
    return Records("profiles", row_size, rows | _same_for_all(n, source, file, nc.file), obs, tuple(notes))


def _trajectories(
    nc: NetCDF, source: Source, file: _File, points: dict[str, Array], levels: dict[str, Array], notes: Notes
) -> Records:
    if not any(name in levels for name in VERTICAL):
        notes.append((nc.file, "DEPH", "missing: the depth of the measurements is not known"))
    segments = segment(levels, points, np.full(len(points["TIME"]), file.platform))
    n = len(segments.row_size)
    mode = weakest_mode(_modes(nc, source, file, levels, notes), segments.order, segments.start)
    kind = f"{file.kind}_{file.type}"
    periods = [month if not file.day else f"{month}/{file.day}" for month in segments.month]
    rows = {
        "DATA_MODE": mode,
        "DIRECTION": np.full(n, ""),
        "SOURCE_INDEX": segments.order[segments.start].astype(np.int32),
        "RECORD_ID": np.array([record_id(source.name, file.platform, kind, p) for p in periods], np.uint64),
        "PRECEDENCE": precedence(mode, True, file.update),
    }
    rows |= _same_for_all(n, source, file, nc.file)
    return Records("trajectories", segments.row_size, rows, segments.obs, tuple(notes))


def _describe(nc: NetCDF, source: Source) -> _File:
    attributes = {key: str(value).strip() for key, value in nc.global_attributes().items()}
    name = FILE_NAME.fullmatch(nc.file.rsplit("/", 1)[-1])
    kind = name["kind"] if name else _kind_of(attributes.get("cdm_data_type", ""))
    if not kind:
        raise SourceError(nc.file, "neither the file name nor cdm_data_type says profiles or time series")
    code = (
        attributes.get("platform_code")
        or attributes.get("wmo_platform_code")
        or (name["code"] if name else "")
    )
    category = attributes.get("source_platform_category_code", "")
    date = (name["date"] if name else "") or ""
    probe = attributes.get("wmo_inst_type", "")
    return _File(
        kind=kind,
        type=source.platform_type.get(name["type"], name["type"])
        if name
        else source.platform_type.get(category, ""),
        platform=code,
        day=date if len(date) == 8 else "",
        mode=MODES.get(attributes.get("data_mode", "R")[:1].upper(), "R"),
        probe_type=int(probe) if probe.isdecimal() and len(probe) < 5 else -1,
        update=update_number(attributes.get("date_update", "")),
    )


def _kind_of(data_type: str) -> str:
    text = data_type.lower().replace("-", "").replace(" ", "")
    if "profile" in text:
        return "PR"
    return "TS" if text in ("timeseries", "station", "trajectory") else ""


def _points(nc: NetCDF, source: Source, notes: Notes) -> dict[str, Array]:
    """Time and position of each step along TIME."""
    if "TIME" not in nc:
        raise SourceError(nc.file, "missing", "TIME")
    time = numbers(nc, "TIME", NO_TIME).astype(np.float64, copy=False)
    if time.ndim != 1 or len(time) != nc.dimensions.get("TIME"):
        raise SourceError(nc.file, f"has the shape {time.shape}, not the one of the dimension TIME", "TIME")
    n = len(time)
    return {
        "TIME": days_since_1950(nc, "TIME", time),
        "LATITUDE": _coordinate(nc, "LATITUDE", n),
        "LONGITUDE": wrapped_longitude(_coordinate(nc, "LONGITUDE", n)),
        "TIME_SOURCE_QC": _point_flags(nc, source, "TIME_QC", n, notes),
        "POSITION_SOURCE_QC": _point_flags(nc, source, "POSITION_QC", n, notes),
    }


def _coordinate(nc: NetCDF, name: str, n: int) -> Array:
    """(n,) positions; a file that does not move has one for all."""
    if name not in nc:
        raise SourceError(nc.file, "missing", name)
    value = numbers(nc, name, NO_NUMBER).astype(np.float64, copy=False).ravel()
    if len(value) not in (1, n):
        raise SourceError(nc.file, f"has {len(value)} values for {n} times", name)
    return np.full(n, value[0]) if len(value) != n else value


def _point_flags(nc: NetCDF, source: Source, name: str, n: int, notes: Notes) -> Array:
    flag = flags(nc, name, source.flag_scheme, notes).ravel() if name in nc else np.empty(0, np.uint8)
    if len(flag) == n:
        return flag
    return np.full(n, flag[0] if len(flag) == 1 else Flag.NO_QC, np.uint8)


def _modes(nc: NetCDF, source: Source, file: _File, levels: dict[str, Array], notes: Notes) -> Array:
    """(n,) R, A or D: of the step, else the weakest of its values, else of the file."""
    n = nc.dimensions[DIMS[0]]
    letters = [np.asarray(_texts(nc, "DATA_MODE", n, characters))[:, None]]
    for name, canonical in source.variables.items():
        if canonical in levels and canonical not in VERTICAL and f"{name}_DM" in nc:
            mode = characters(nc, f"{name}_DM")
            if mode.shape == levels[canonical].shape:
                letters.append(np.where(np.isnan(levels[canonical]), "", mode))
    letter = letters[0] if (letters[0] != "").any() else np.concatenate(letters[1:] or letters, axis=1)
    rank = np.full(letter.shape, 9, np.int64)
    for said, meant in MODES.items():
        rank[letter == said] = MODE_RANK[meant]
    lowest = rank.min(axis=1, initial=9)
    lowest[lowest == 9] = MODE_RANK[file.mode]
    odd = sorted(set(np.unique(letter).tolist()) - {"", *MODES})
    if odd:
        notes.append((nc.file, "DATA_MODE", f"is {odd}, not one of {list(MODES)}: taken as {file.mode}"))
    return np.array(["", *MODE_RANK])[lowest]


def _directions(nc: NetCDF, n: int, file: _File) -> Array:
    """(n,) A or D; where the file does not say, floats go up and other instruments down."""
    direction = _texts(nc, "DIRECTION", n, characters)
    return np.where(np.isin(direction, ["A", "D"]), direction, "A" if file.type == "PF" else "D")


def _texts(nc: NetCDF, name: str, n: int, decode: Callable[[NetCDF, str], Array] = strings) -> Array:
    text = decode(nc, name) if name in nc else np.array("")
    return text if text.shape == (n,) else np.full(n, "")


def _same_for_all(n: int, source: Source, file: _File, url: str) -> dict[str, Array]:
    return {
        "PLATFORM_CODE": np.full(n, file.platform),
        "PLATFORM_TYPE": np.full(n, file.type),
        "PROBE_TYPE": np.full(n, file.probe_type, np.int16),
        "CYCLE_NUMBER": np.full(n, -1, np.int32),
        "SOURCE": np.full(n, source.name),
        "SOURCE_FILE": np.full(n, url.rsplit("/", 1)[-1]),
    }


def _what_there_is(nc: NetCDF, notes: Notes) -> str:
    found = [
        name
        for name in nc.shapes
        if nc.dims_of(name) in (DIMS, DIMS[:1]) and not name.endswith(OF_THE_FILE) and name != "TIME"
    ]
    why = "; ".join(f"{variable} {remark}" for _, variable, remark in notes)
    return f"no variable of the record model: found {', '.join(found) or 'none'}" + (
        f" ({why})" if why else ""
    )
