"""WHP exchange files of CCHDO: bottle data (``_hy1.csv``) and CTD casts (``_ct1.csv``).

Salinity and oxygen may come from the CTD and from the bottle. Of the names that the source lists for one
variable, the first that has a value in a cast is taken for the whole cast: two instruments in one profile
would look like spikes. Source: WHP-exchange format description, CCHDO; WOCE operations manual, WHPO 91-1.
"""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from catalogs.schema import Source, variables
from flows.readers.fields import Notes, integer_flags, parse_date, wrapped_longitude
from flows.readers.identity import precedence, record_ids, update_number
from flows.readers.levels import VERTICAL
from flows.readers.netcdf import fetch
from flows.readers.units import SAME, conversion
from flows.records import Records, SourceError
from kernels.compiled import Array
from kernels.flags import Flag

STAMP = re.compile(r"(BOTTLE|CTD),(\d{8})?")
END = "END_DATA"
CAST = ("EXPOCODE", "STNNBR", "CASTNO")
PLACE = ("DATE", "LATITUDE", "LONGITUDE")
MEASURED = ("TEMP", "PSAL", "DOXY", "NTRA")
CTD_PROBE = 830
"""WMO code table 1770."""


class _Table(NamedTuple):
    """What a file says: its columns, and in those of a CTD file the header repeated on every row."""

    file: str
    kind: str
    """``BOTTLE`` or ``CTD``."""
    update: int
    units: dict[str, str]
    column: dict[str, list[str]]
    n: int


def open_records(url: str, source: Source) -> list[Records]:
    """The casts of one file, as profiles; the bottles of a cast are sorted by pressure."""
    notes = Notes()
    table = _read(url, notes)
    for name in (*CAST[:2], *PLACE):
        if name not in table.column:
            raise SourceError(url, "missing", name)
    cast, identity = _casts(table)
    obs = _observations(table, source, cast, len(identity), notes)
    order = _order(table, cast, obs)
    has_value = np.any([a == a for name, a in obs.items() if not name.endswith("_QC")], axis=0)
    order = order[has_value[order]]
    row_size = np.bincount(cast[order], minlength=len(identity))
    rows = _rows(table, source, cast, identity, notes)
    obs = {name: array[order] for name, array in obs.items()}
    return [Records("profiles", row_size, rows, obs, tuple(notes))]


def _read(url: str, notes: Notes) -> _Table:
    lines = fetch(url).decode("latin-1").replace("\r", "").removeprefix("\xef\xbb\xbf").split("\n")
    stamp = STAMP.match(lines[0].strip())
    if stamp is None:
        raise SourceError(url, f"not WHP exchange: begins with {lines[0][:40]!r}, not with BOTTLE or CTD")
    body = [line for line in lines[1:] if line.strip() and not line.startswith("#")]
    header = _header(url, body) if stamp[1] == "CTD" else {}
    if len(body) < 3:
        raise SourceError(url, "has no rows of data below the names and units of its columns")
    names = [name.strip() for name in body[0].split(",")]
    units = [unit.strip() for unit in body[1].split(",")]
    rows = _data_rows(url, body[2:], len(body[0].rstrip(", ").split(",")), notes)
    cells = list(zip(*rows, strict=True)) if rows else []
    column = {name: list(c) for name, c in zip(names, cells, strict=False) if name}
    column |= {name: [value] * len(rows) for name, value in header.items() if name not in column}
    return _Table(
        url,
        stamp[1],
        update_number(stamp[2] or ""),
        dict(zip(names, units, strict=False)),
        column,
        len(rows),
    )


def _header(url: str, body: list[str]) -> dict[str, str]:
    """Take the lines ``NAME = value`` off a CTD file; its first says how many there are, itself included."""
    match = re.fullmatch(r"NUMBER_HEADERS\s*=\s*(\d{1,4})", body[0].strip()) if body else None
    if match is None:
        raise SourceError(url, "the line below the comments must say NUMBER_HEADERS = n", "NUMBER_HEADERS")
    lines = body[1 : int(match[1])]
    del body[: int(match[1])]
    if odd := [line for line in lines if "=" not in line]:
        raise SourceError(
            url, f"is {match[1]}, but {odd[0][:40]!r} is no line of the header", "NUMBER_HEADERS"
        )
    return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}


def _data_rows(url: str, lines: Sequence[str], n_column: int, notes: Notes) -> list[list[str]]:
    rows = []
    short = 0
    ended = False
    for line in lines:
        if line.strip() == END:
            ended = True
            break
        cells = line.split(",")
        if len(cells) < n_column:
            short += 1
            continue
        rows.append(cells[:n_column])
    if short:
        notes.append((url, "", f"{short} rows left out: they have less than the {n_column} columns named"))
    if not ended:
        notes.append((url, END, "missing: the file may be cut off"))
    if not rows:
        raise SourceError(url, "has no complete row of data")
    return rows


def _casts(table: _Table) -> tuple[Array, list[tuple[str, ...]]]:
    """(n,) which cast each row of the file is of, and what each cast is called, in the order of the file."""
    names = [[c.strip() for c in table.column.get(name, [""] * table.n)] for name in CAST]
    identity: dict[tuple[str, ...], int] = {}
    cast = [identity.setdefault(key, len(identity)) for key in zip(*names, strict=True)]
    return np.array(cast, np.int64), list(identity)


def _observations(table: _Table, source: Source, cast: Array, n_cast: int, notes: Notes) -> dict[str, Array]:
    obs: dict[str, Array] = {}
    for name, canonical in source.variables.items():
        if name not in table.column:
            continue
        value = _values(table, source, name, canonical, notes)
        if value is None:
            continue
        flag = _flags(table, source, name, notes)
        if canonical not in obs:
            obs[canonical], obs[f"{canonical}_SOURCE_QC"] = value, flag
            continue
        taken = np.bincount(cast[~np.isnan(obs[canonical])], minlength=n_cast) > 0
        instead = ~taken[cast]
        obs[canonical][instead] = value[instead]
        obs[f"{canonical}_SOURCE_QC"][instead] = flag[instead]
    for wanted in (VERTICAL, MEASURED):
        if not any(name in obs for name in wanted):
            why = "; ".join(f"{variable} {remark}" for _, variable, remark in notes)
            raise SourceError(table.file, "missing" + (f" ({why})" if why else ""), " or ".join(wanted))
    return obs


def _values(table: _Table, source: Source, name: str, canonical: str, notes: Notes) -> Array | None:
    unit, wanted = table.units.get(name, ""), variables()[canonical]
    known = conversion(canonical, unit, wanted.units)
    if not unit and known is None:
        notes.append((table.file, name, f"has no unit: taken as {wanted.units}"))
        known = SAME
    if known is None:
        remark = f"left out: the unit {unit!r} cannot be converted to {wanted.units!r}"
        notes.append((table.file, name, remark))
        return None
    value = _numbers(table, name, notes)
    value[np.isin(value, source.options["fills"])] = np.nan
    with np.errstate(over="ignore"):  # a number that float32 cannot hold is infinite: out of every range
        return (value * known[0] + known[1]).astype(wanted.dtype)


def _numbers(table: _Table, name: str, notes: Notes) -> Array:
    """(n,) float64; blank is missing, what is no number too, with a note."""
    cells = table.column[name]
    value = np.array([_number(cell) for cell in cells])
    odd = [c.strip() for c, v in zip(cells, value.tolist(), strict=True) if v != v and c.strip()]
    if odd:
        notes.append((table.file, name, f"{len(odd)} values are not numbers: {odd[0][:20]!r}"))
    return value


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return np.nan
    return value if math.isfinite(value) else np.nan


def _flags(table: _Table, source: Source, name: str, notes: Notes) -> Array:
    """WOCE flags, of the table for CTD or for water samples; else those of IGOSS; else none."""
    schemes = source.options["flag_schemes"]
    of_sensor = schemes["ctd"] if name.startswith("CTD") else source.flag_scheme
    for column, scheme in ((f"{name}_FLAG_W", of_sensor), (f"{name}_FLAG_I", schemes["igoss"])):
        if column in table.column:
            code = np.nan_to_num(_numbers(table, column, notes), nan=-1)
            return integer_flags(code, scheme, table.file, column, notes)
    return np.full(table.n, Flag.NO_QC, np.uint8)


def _order(table: _Table, cast: Array, obs: dict[str, Array]) -> Array:
    """Rows cast by cast. Bottles are listed in any order, a CTD in that of its descent."""
    depth = next(obs[name] for name in VERTICAL if name in obs)
    return np.lexsort((depth, cast)) if table.kind == "BOTTLE" else np.argsort(cast, kind="stable")


def _rows(
    table: _Table, source: Source, cast: Array, identity: list[tuple[str, ...]], notes: Notes
) -> dict[str, Array]:
    n = len(identity)
    _, first = np.unique(cast, return_index=True)
    time, time_flag = _times(table, cast, n, notes)
    latitude, longitude = (_position(table, source, name, first, notes) for name in PLACE[1:])
    mode = np.full(n, "D")
    return {
        "TIME": time,
        "LATITUDE": latitude,
        "LONGITUDE": wrapped_longitude(longitude),
        "TIME_SOURCE_QC": time_flag,
        "POSITION_SOURCE_QC": np.full(n, Flag.NO_QC, np.uint8),
        "PLATFORM_CODE": np.array([key[0] for key in identity], np.str_),
        "PLATFORM_TYPE": np.full(n, source.platform_type[table.kind]),
        "PROBE_TYPE": np.full(n, CTD_PROBE, np.int16),
        "DATA_MODE": mode,
        "DIRECTION": np.full(n, "A" if table.kind == "BOTTLE" else "D"),
        "CYCLE_NUMBER": np.full(n, -1, np.int32),
        "SOURCE": np.full(n, source.name),
        "SOURCE_FILE": np.full(n, table.file.rsplit("/", 1)[-1]),
        "SOURCE_INDEX": np.arange(n, dtype=np.int32),
        "RECORD_ID": record_ids(source.name, [(table.kind, *key) for key in identity]),
        "PRECEDENCE": precedence(mode, True, table.update),
    }


def _position(table: _Table, source: Source, name: str, first: Array, notes: Notes) -> Array:
    value = _numbers(table, name, notes)[first]
    value[np.isin(value, source.options["fills"])] = np.nan
    return value


def _times(table: _Table, cast: Array, n: int, notes: Notes) -> tuple[Array, Array]:
    """(n,) days since 1950 of the first bottle of each cast to close, or of the CTD cast; and flags.

    Without a time of day it is 00:00, flagged as estimated.
    """
    dates = [d.strip() for d in table.column["DATE"]]
    clocks = [t.strip().replace(":", "") for t in table.column.get("TIME", [""] * table.n)]
    days = {d: _date(d) for d in set(dates)}
    fractions = {c: _fraction(c) for c in set(clocks)}
    date = np.array([days[d] for d in dates])
    clock = np.array([fractions[c] for c in clocks])
    time = np.full(n, np.inf)
    np.minimum.at(time, cast, np.nan_to_num(date + np.nan_to_num(clock), nan=np.inf))
    time[np.isinf(time)] = np.nan
    if np.isnan(time).any():
        odd = next(d for d, day in days.items() if np.isnan(day))
        notes.append((table.file, "DATE", f"{int(np.isnan(time).sum())} casts have no date: {odd[:20]!r}"))
    silent = np.bincount(cast[~np.isnan(clock)], minlength=n) == 0
    return time, np.where(silent & ~np.isnan(time), Flag.INTERPOLATED, Flag.NO_QC).astype(np.uint8)


def _date(text: str) -> float:
    day = parse_date(text) if re.fullmatch(r"\d{8}", text) else None
    return np.nan if day is None else day


def _fraction(clock: str) -> float:
    """Part of the day at HHMM; NaN where it is no time of day."""
    if not re.fullmatch(r"\d{1,4}", clock):
        return np.nan
    hour, minute = divmod(int(clock), 100)
    return (hour * 60 + minute) / 1440 if hour < 24 and minute < 60 else np.nan
