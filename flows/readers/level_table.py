"""Tables with one row a level, as people who check records keep them: Parquet or CSV.

The options of the source say which columns tell profiles apart, when and where they are, and how the
columns of flags and of adjusted values are named after those of the values.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from catalogs.schema import Source, variables
from flows.readers.fields import UNIX_DAYS, Notes, integer_flags, wrapped_longitude
from flows.readers.identity import precedence, record_ids, where_and_when
from flows.readers.levels import VERTICAL, has_value
from flows.readers.netcdf import fetch
from flows.readers.units import Conversion, conversion
from flows.records import Records, SourceError
from kernels.compiled import Array
from kernels.flags import Flag

SUFFIXES = {"_SOURCE_QC": "flag", "_ADJUSTED": "adjusted", "_ADJUSTED_QC": "adjusted_flag"}
"""Ending in the record model: option that says what the column is called, for example ``{}_qc``."""


def open_records(url: str, source: Source) -> list[Records]:
    """The profiles of one table, in the order in which it begins them, levels in its own order."""
    notes, options = Notes(), source.options
    table = _read(url)
    needed = [*options["profile"], *(options[k] for k in ("platform", "time", "latitude", "longitude"))]
    if missing := [name for name in needed if name not in table.column_names]:
        raise SourceError(url, f"missing; there are {', '.join(table.column_names)}", missing[0])
    if not table.num_rows:
        raise SourceError(url, "has no rows")
    obs = _observations(table, source, url, notes)
    profile, first = _profiles(table, options["profile"])
    keep = has_value({name: array[None] for name, array in obs.items()})[0]
    order = np.argsort(profile, kind="stable")
    order = order[keep[order]]
    row_size = np.bincount(profile[order], minlength=len(first))
    rows = _rows(table.take(pa.array(first)), source, obs, profile, url)
    return [Records("profiles", row_size, rows, {k: v[order] for k, v in obs.items()}, tuple(notes))]


def _read(url: str) -> pa.Table:
    data = fetch(url)
    try:
        read = pyarrow.parquet.read_table if data[:4] == b"PAR1" else pyarrow.csv.read_csv
        table = read(BytesIO(data))
        return table.rename_columns(table.column_names)  # names are decoded, and may fail to be, only here
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(url, f"neither Parquet nor CSV: {str(error).splitlines()[0]}") from error


def _profiles(table: pa.Table, names: list[str]) -> tuple[Array, Array]:
    """(n_level,) number of the profile of each level, and the level at which each profile begins."""
    numbers = np.zeros(table.num_rows, np.int64)
    for name in names:
        codes = table[name].combine_chunks().dictionary_encode(null_encoding="encode").indices
        _, numbers = np.unique(
            numbers * (table.num_rows + 1) + codes.to_numpy(zero_copy_only=False), return_inverse=True
        )
    _, first, number = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place[number], first[order]


def _observations(table: pa.Table, source: Source, url: str, notes: Notes) -> dict[str, Array]:
    obs: dict[str, Array] = {}
    for name, canonical in source.variables.items():
        if name not in table.column_names or canonical in obs:
            continue
        known = _conversion(source, name, canonical, url)
        obs[canonical] = _converted(_numbers(table, name, url), known, canonical)
        for suffix, option in SUFFIXES.items():
            column = str(source.options.get(option, "")).format(name)
            if column not in table.column_names:
                continue
            value = _numbers(table, column, url)
            if suffix == "_ADJUSTED":
                obs[canonical + suffix] = _converted(value, known, canonical)
            else:
                code = np.nan_to_num(value, nan=-1)
                obs[canonical + suffix] = integer_flags(code, source.flag_scheme, url, column, notes)
        obs.setdefault(f"{canonical}_SOURCE_QC", np.full(table.num_rows, Flag.NO_QC, np.uint8))
    for wanted in (VERTICAL, tuple(v for v in source.variables.values() if v not in VERTICAL)):
        if not any(name in obs for name in wanted):
            raise SourceError(url, f"missing; there are {', '.join(table.column_names)}", " or ".join(wanted))
    return obs


def _conversion(source: Source, name: str, canonical: str, url: str) -> Conversion:
    unit, wanted = source.options.get("units", {}).get(name, ""), variables()[canonical].units
    known = conversion(canonical, unit or wanted, wanted)
    if known is None:
        raise SourceError(url, f"the unit {unit!r} cannot be converted to {wanted!r}", name)
    return known


def _converted(value: Array, known: Conversion, canonical: str) -> Array:
    with np.errstate(over="ignore"):  # a number that float32 cannot hold is infinite: out of every range
        return (value * known[0] + known[1]).astype(variables()[canonical].dtype)


def _numbers(table: pa.Table, name: str, url: str) -> Array:
    try:
        column = table[name].combine_chunks().cast(pa.float64())
    except pa.ArrowException as error:
        raise SourceError(url, f"holds {table[name].type} where numbers are expected", name) from error
    return np.array(column.to_numpy(zero_copy_only=False), np.float64)  # a copy: Arrow's is read-only


def _rows(
    table: pa.Table, source: Source, obs: Mapping[str, Array], profile: Array, url: str
) -> dict[str, Array]:
    """Rows from the first level of each profile."""
    options, n = source.options, table.num_rows
    time = _time(table, options["time"], url)
    latitude, longitude = (_numbers(table, options[k], url) for k in ("latitude", "longitude"))
    platform = [str(p) if p is not None else "" for p in table[options["platform"]].to_pylist()]
    mode = np.where(_delayed(obs, profile, n), "D", "R")
    places = where_and_when(np.nan_to_num(time), latitude, longitude)
    return {
        "TIME": time,
        "LATITUDE": latitude,
        "LONGITUDE": wrapped_longitude(longitude),
        "TIME_SOURCE_QC": np.full(n, Flag.NO_QC, np.uint8),
        "POSITION_SOURCE_QC": np.full(n, Flag.NO_QC, np.uint8),
        "PLATFORM_CODE": np.array(platform, np.str_),
        "PLATFORM_TYPE": np.full(n, options["platform_type"]),
        "PROBE_TYPE": np.full(n, options.get("probe_type", -1), np.int16),
        "DATA_MODE": mode,
        "DIRECTION": np.full(n, "D"),
        "CYCLE_NUMBER": np.full(n, -1, np.int32),
        "SOURCE": np.full(n, source.name),
        "SOURCE_FILE": np.full(n, url.rsplit("/", 1)[-1]),
        "SOURCE_INDEX": np.arange(n, dtype=np.int32),
        "RECORD_ID": record_ids(
            source.name, [(p, *where) for p, where in zip(platform, places, strict=True)]
        ),
        "PRECEDENCE": precedence(mode, True, 0),
    }


def _delayed(obs: Mapping[str, Array], profile: Array, n: int) -> Array:
    """(n,) True for profiles of which the table has flags of delayed mode."""
    found = np.zeros(n, bool)
    for name, flag in obs.items():
        if name.endswith("_ADJUSTED_QC"):
            found[profile[(flag != Flag.NO_QC) & (flag != Flag.MISSING)]] = True
    return found


def _time(table: pa.Table, name: str, url: str) -> Array:
    """Days since 1950-01-01 UTC: of moments, or of numbers that are such days already."""
    kind: Any = table[name].type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        moment = table[name].combine_chunks().cast(pa.timestamp("us"), safe=False).cast(pa.int64())
        days: Array = np.array(moment.to_numpy(zero_copy_only=False), np.float64) / 86400e6 + UNIX_DAYS
        return days
    return _numbers(table, name, url)
