"""The N_PROF x N_LEVELS layout of Argo profile files, which CORA borrows.

Source: Argo user's manual 2.2 to 3.4, section 2.2 "Profile format".
"""

import numpy as np

from catalogs.schema import Source
from flows.readers.fields import (
    Notes,
    characters,
    days_since_1950,
    flags,
    numbers,
    parse_date,
    parse_time_units,
    strings,
    wrapped_longitude,
)
from flows.readers.identity import update_number
from flows.readers.levels import VERTICAL, decode_levels, require
from flows.readers.netcdf_model import NetCDF
from flows.records import SourceError
from kernels.compiled import Array
from kernels.flags import Flag

DIMS = ("N_PROF", "N_LEVELS")
NO_TIME, NO_NUMBER = (999999.0,), (99999.0,)
"""Fill values of times, and of positions and counts."""


def decode_grid(nc: NetCDF, source: Source, measured: tuple[str, ...], notes: Notes) -> dict[str, Array]:
    """The parameters of the file, (N_PROF, N_LEVELS) each.

    Parameters
    ----------
    measured : parameters of which one must be there.
    """
    for dim in DIMS:
        if dim not in nc.dimensions:
            raise SourceError(nc.file, f"has no dimension {dim}: not a profile file")
    levels = decode_levels(nc, source, DIMS, notes, _listed(nc))
    require(nc, levels, VERTICAL, notes)
    require(nc, levels, measured, notes)
    return levels


def decode_rows(nc: NetCDF, source: Source, time: str, notes: Notes) -> dict[str, Array]:
    """The row variables that the layout gives: all but platform type, identity and precedence.

    Parameters
    ----------
    time : name of the variable with the times, ``JULD`` or ``TIME``.
    """
    n = nc.dimensions[DIMS[0]]
    mode, direction = (
        _letters(nc, "DATA_MODE", "RAD", "R", notes),
        _letters(nc, "DIRECTION", "AD", "A", notes),
    )
    cycle = _optional(nc, "CYCLE_NUMBER")
    return {
        "TIME": _time(nc, time, notes),
        "LATITUDE": _per_row(nc, "LATITUDE", NO_NUMBER),
        "LONGITUDE": wrapped_longitude(_per_row(nc, "LONGITUDE", NO_NUMBER)),
        "TIME_SOURCE_QC": _row_flags(nc, source, f"{time}_QC", notes),
        "POSITION_SOURCE_QC": _row_flags(nc, source, "POSITION_QC", notes),
        "PLATFORM_CODE": texts(nc, "PLATFORM_NUMBER"),
        "PROBE_TYPE": probe_types(texts(nc, "WMO_INST_TYPE")),
        "DATA_MODE": mode,
        "DIRECTION": direction,
        "CYCLE_NUMBER": np.where(np.abs(cycle) < 2**31, cycle, -1).astype(np.int32),
        "SOURCE": np.full(n, source.name),
        "SOURCE_FILE": np.full(n, nc.file.rsplit("/", 1)[-1]),
        "SOURCE_INDEX": np.arange(n, dtype=np.int32),
    }


def date_update(nc: NetCDF) -> int:
    """When the file was last changed, YYYYMMDDHHMISS; 0 where it does not say."""
    return update_number(str(strings(nc, "DATE_UPDATE"))) if "DATE_UPDATE" in nc else 0


def probe_types(code: Array) -> Array:
    """(n,) int16 numbers of WMO code table 1770 from text, -1 where there is none."""
    return np.array([int(c) if c.isdecimal() and len(c) < 5 else -1 for c in code.tolist()], np.int16)


def _listed(nc: NetCDF) -> dict[str, Array] | None:
    """Where STATION_PARAMETERS names each parameter; None where the file does not say."""
    if "STATION_PARAMETERS" not in nc or nc.dims_of("STATION_PARAMETERS")[0] != DIMS[0]:
        return None
    names = strings(nc, "STATION_PARAMETERS")
    if names.ndim != 2:
        return None
    silent = (names == "").all(axis=1)
    return {str(name): (names == name).any(axis=1) | silent for name in np.unique(names).tolist()}


def _time(nc: NetCDF, name: str, notes: Notes) -> Array:
    value = _per_row(nc, name, NO_TIME)
    return days_since_1950(nc, name, value, _reference_date(nc, name, notes))


def _reference_date(nc: NetCDF, name: str, notes: Notes) -> float | None:
    """REFERENCE_DATE_TIME, which the format puts above the units of JULD; None where it says nothing."""
    if name != "JULD" or "REFERENCE_DATE_TIME" not in nc:
        return None
    text = str(strings(nc, "REFERENCE_DATE_TIME"))
    reference = parse_date(text)
    factor, in_units = parse_time_units(str(nc.attributes_of(name).get("units", "")))
    if reference is None:
        notes.append(
            (nc.file, "REFERENCE_DATE_TIME", f"is {text!r}, not a date: the units of {name} are used")
        )
    elif factor is not None and in_units != reference:
        notes.append((nc.file, name, f"counts from REFERENCE_DATE_TIME {text}, its units say otherwise"))
    return reference


def _per_row(nc: NetCDF, name: str, fills: tuple[float, ...]) -> Array:
    if name not in nc:
        raise SourceError(nc.file, "missing", name)
    if nc.dims_of(name) != DIMS[:1]:
        raise SourceError(nc.file, f"has the dimensions {nc.dims_of(name)}, not {DIMS[:1]}", name)
    return numbers(nc, name, fills).astype(np.float64, copy=False)


def _optional(nc: NetCDF, name: str) -> Array:
    if name in nc and nc.dims_of(name) == DIMS[:1]:
        return _per_row(nc, name, NO_NUMBER)
    return np.full(nc.dimensions[DIMS[0]], np.nan)


def texts(nc: NetCDF, name: str) -> Array:
    """(N_PROF,) text of a variable, empty where the file has none."""
    text = strings(nc, name) if name in nc else np.array("")
    n = nc.dimensions[DIMS[0]]
    return text if text.shape == (n,) else np.full(n, "")


def _letters(nc: NetCDF, name: str, known: str, default: str, notes: Notes) -> Array:
    n = nc.dimensions[DIMS[0]]
    letter = characters(nc, name) if name in nc else np.full(n, "")
    if letter.shape != (n,):
        letter = np.full(n, "")
    odd = set(letter.tolist()) - set(known)
    if odd - {""}:
        notes.append((nc.file, name, f"is {sorted(odd)}, not one of {list(known)}: taken as {default}"))
    return np.where(np.isin(letter, list(odd)), default, letter) if odd else letter


def _row_flags(nc: NetCDF, source: Source, name: str, notes: Notes) -> Array:
    if name in nc and nc.dims_of(name) == DIMS[:1]:
        return flags(nc, name, source.flag_scheme, notes)
    return np.full(nc.dimensions[DIMS[0]], Flag.NO_QC, np.uint8)
