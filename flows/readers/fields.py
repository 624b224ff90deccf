"""Single fields of a NetCDF file: text, numbers, flags, times and longitudes.

What a file may get wrong without being unreadable ends in a note: (file, variable, remark).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import numpy as np

from catalogs.schema import flag_schemes
from flows.readers.netcdf_model import NetCDF
from flows.records import SourceError
from kernels.compiled import Array
from kernels.flags import Flag

Notes = list[tuple[str, str, str]]

UNKNOWN_FLAG = 255
DEFAULT_FILLS = {
    "i1": -127,
    "i2": -32767,
    "i4": -2147483647,
    "i8": -9223372036854775806,
    "u1": 255,
    "u2": 65535,
    "u4": 4294967295,
    "u8": 18446744073709551614,
    "f4": 9.969209968386869e36,
    "f8": 9.969209968386869e36,
}
"""What the NetCDF library writes where nothing was written."""
UNIX_DAYS = 7305.0
"""1970-01-01 in days since 1950-01-01."""
DAYS_IN = {"d": 1.0, "h": 1 / 24, "m": 1 / 1440, "s": 1 / 86400}
DATE = re.compile(r"(-?\d{1,4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d*)?)?)?")
UNITS = re.compile(r"(days?|hours?|hrs?|h|minutes?|mins?|seconds?|secs?|s|d)\s+since\s+(.+)", re.IGNORECASE)


def strings(nc: NetCDF, name: str) -> Array:
    """Text of a variable without padding: its last dimension is the length of the strings.

    Returns
    -------
    text : str, the shape of the variable without its last dimension.
    """
    raw = _text(nc, name)
    if raw.dtype.itemsize == 1 and raw.ndim:
        width = raw.shape[-1]
        raw = raw.view(f"S{width}")[..., 0] if raw.size else np.zeros(raw.shape[:-1], "S1")
    return _decoded(raw)


def characters(nc: NetCDF, name: str) -> Array:
    """Single characters of a variable, blank and NUL as an empty string, in the shape of the variable."""
    return _decoded(_text(nc, name))


def _text(nc: NetCDF, name: str) -> Array:
    raw = nc.read(name)
    if raw.dtype.kind == "O":  # NetCDF-4 strings of any length
        values = [v if isinstance(v, bytes) else str(v).encode() for v in raw.ravel()]
        return np.array(values, "S").reshape(raw.shape)
    if raw.dtype.kind != "S":
        raise SourceError(nc.file, f"holds numbers ({raw.dtype}) where text is expected", name)
    return raw


def _decoded(raw: Array) -> Array:
    stripped = np.strings.strip(raw, b" \0\t\r\n")
    try:
        return stripped.astype("U")
    except UnicodeDecodeError:
        return np.asarray(np.strings.decode(stripped, "latin-1"))


def numbers(nc: NetCDF, name: str, fills: tuple[float, ...] = ()) -> Array:
    """Unpacked numbers of a variable, NaN where missing.

    Parameters
    ----------
    fills : missing values besides those that the attributes declare, for values that are not packed.

    Returns
    -------
    value : float32 where the file has unpacked float32, else float64, in the shape of the variable.
    """
    raw, attributes = nc.read(name), nc.attributes_of(name)
    if raw.dtype.kind not in "iuf":
        raise SourceError(nc.file, f"holds text ({raw.dtype}) where numbers are expected", name)
    packed = "scale_factor" in attributes or "add_offset" in attributes
    missing = missing_values(raw, attributes, () if packed else fills)
    value = raw if raw.dtype in (np.float32, np.float64) else raw.astype(np.float64)
    if packed:
        factor, offset = (
            _decimal(attributes.get("scale_factor", 1)),
            _decimal(attributes.get("add_offset", 0)),
        )
        if factor is None or offset is None:
            raise SourceError(nc.file, "scale_factor and add_offset must be numbers", name)
        with np.errstate(all="ignore"):
            value = value.astype(np.float64) * factor + offset
    value[missing] = np.nan
    return value


def missing_values(raw: Array, attributes: Mapping[str, Any], fills: tuple[float, ...] = ()) -> Array:
    """Where stored values, still packed, are fill values; True where missing."""
    declared = [attributes[key] for key in ("_FillValue", "missing_value") if key in attributes]
    candidates = _fills(raw.dtype.str[1:], tuple(v for d in declared for v in _scalars(d)), fills)
    missing = np.zeros(raw.shape, bool)
    for fill in candidates:
        missing |= raw == fill
    return missing


@lru_cache(1024)
def _fills(dtype: str, declared: tuple[float, ...], more: tuple[float, ...]) -> tuple[Any, ...]:
    """Fill values as numbers of the stored type; one that the type cannot hold is never met."""
    wanted = declared + more if declared else (DEFAULT_FILLS[dtype], *more)
    if dtype[0] == "f":
        with np.errstate(all="ignore"):
            return tuple({float(v): np.dtype(dtype).type(v) for v in wanted if v == v}.values())
    limits = np.iinfo(dtype)
    return tuple({int(v): np.dtype(dtype).type(v) for v in wanted if _fits(v, limits)}.values())


def _fits(value: float, limits: Any) -> bool:
    return bool(value == value and limits.min <= value <= limits.max and int(value) == value)


def _scalars(value: Any) -> list[float]:
    values = np.atleast_1d(np.asarray(value))
    return values.tolist() if values.dtype.kind in "iuf" else []


def _decimal(value: Any) -> float | None:
    """A factor as it was meant: 0.001 stored as float32 is 0.001, not 0.0010000000475."""
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "iuf":
        return None
    return float(str(array.ravel()[0]))


def flags(nc: NetCDF, name: str, scheme: str, notes: Notes) -> Array:
    """Delivered flags as Argo reference table 2.

    Blank and fill are ``NO_QC``. A flag that the scheme does not know is noted and becomes ``NO_QC``.

    Returns
    -------
    flag : uint8, in the shape of the variable.
    """
    raw = nc.read(name)
    if raw.dtype == "S1":
        flag = _of_characters(scheme)[raw.view(np.uint8)]
    elif raw.dtype.kind in "iuf":
        flag = _of_integers(scheme)[np.where((raw >= 0) & (raw <= 9), raw, 10).astype(np.intp)]
        flag[missing_values(raw, nc.attributes_of(name), (-128, -127))] = Flag.NO_QC
    else:
        raise SourceError(nc.file, f"holds {raw.dtype} where flags are expected", name)
    return _without_unknown(flag, raw, scheme, nc.file, name, notes)


def integer_flags(code: Array, scheme: str, file: str, name: str, notes: Notes) -> Array:
    """Flags that a text or a table has as whole numbers, as Argo reference table 2; negative is ``NO_QC``."""
    flag = _of_integers(scheme)[np.where((code >= 0) & (code <= 9), code, 10).astype(np.intp)]
    flag[code < 0] = Flag.NO_QC
    return _without_unknown(flag, code, scheme, file, name, notes)


def _without_unknown(flag: Array, raw: Array, scheme: str, file: str, name: str, notes: Notes) -> Array:
    unknown = flag == UNKNOWN_FLAG
    if unknown.any():
        odd = ", ".join(repr(v) for v in np.unique(raw[unknown]).tolist()[:5])
        notes.append((file, name, f"{int(unknown.sum())} flags are not of the scheme {scheme}: {odd}"))
        flag[unknown] = Flag.NO_QC
    return flag


@cache
def _of_characters(scheme: str) -> Array:
    table = np.full(256, UNKNOWN_FLAG, np.uint8)
    table[[ord(" "), 0]] = Flag.NO_QC
    for character, flag in flag_schemes()[scheme].to_argo.items():
        table[ord(character)] = flag
    return table


@cache
def _of_integers(scheme: str) -> Array:
    table = np.full(11, UNKNOWN_FLAG, np.uint8)
    for character, flag in flag_schemes()[scheme].to_argo.items():
        if character.isdecimal():
            table[int(character)] = flag
    return table


def days_since_1950(nc: NetCDF, name: str, value: Array, epoch: float | None = None) -> Array:
    """Times in days since 1950-01-01 UTC, from the ``units`` of their variable.

    Parameters
    ----------
    value : float64, as in the file.
    epoch : overrides the reference date of the units; days since 1950-01-01.
    """
    units = str(nc.attributes_of(name).get("units", ""))
    factor, reference = parse_time_units(units)
    if factor is None:
        raise SourceError(nc.file, f"units {units!r} are not 'days since' a date", name)
    start = reference if epoch is None else epoch
    return value if (factor, start) == (1.0, 0.0) else value * factor + start


@lru_cache(256)
def parse_time_units(units: str) -> tuple[float | None, float]:
    """Length of the unit in days, and reference date in days since 1950; (None, 0) where not understood."""
    match = UNITS.match(units.strip())
    reference = parse_date(match[2]) if match else None
    if match is None or reference is None:
        return None, 0.0
    return DAYS_IN[match[1][0].lower()], reference


@lru_cache(1024)
def parse_date(text: str) -> float | None:
    """Days since 1950-01-01 UTC of an ISO date or YYYYMMDDHHMISS; None where it is neither.

    What follows the seconds is not read: files end times in ``Z``, ``ZZ``, ``TZ``, `` UTC`` or nothing.
    """
    compact = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?(\d\d)?", text.strip())
    match = compact or DATE.match(text.strip())
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp() / 86400 + UNIX_DAYS


def wrapped_longitude(longitude: Array) -> Array:
    """Longitudes of 180..360 as -180..0; others, possible or not, as they are (degrees east)."""
    return np.where((longitude > 180) & (longitude <= 360), longitude - 360, longitude)
