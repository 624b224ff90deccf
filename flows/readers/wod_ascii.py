"""World Ocean Database files in the native ASCII format of 2001 to 2018, and of IQuOD; plain or gzip.

Two flags come with every value: the database's own, and the one that the originator gave. Which of them
is delivered as ``V_SOURCE_QC`` the source says, by the name of the file. A cast that cannot be decoded is
left out with a note, the others of its file are read. Source: World Ocean Database 2018 user's manual.
"""

import re
import zlib
from collections.abc import Iterator
from functools import cache

import numpy as np

from catalogs.schema import Source, flag_schemes, variables
from flows.readers.fields import UNKNOWN_FLAG, Notes, wrapped_longitude
from flows.readers.identity import precedence, record_ids
from flows.readers.netcdf import fetch
from flows.records import DEPTHS_ARE_RIGHT, UNKNOWN_PROBE, Records, SourceError
from kernels import wod_casts as wod
from kernels.compiled import Array
from kernels.flags import Flag

KERNELS = ("kernels.wod_casts",)

GZIP = b"\x1f\x8b"
UNPACKED_AT_ONCE = 1 << 16
"""Bytes of an archive: what comes before a damage is not lost."""
MOST_CODES = 1000
WHY = {
    wod.NO_HEADER: "the primary header cannot be decoded",
    wod.NO_SECTIONS: "character data, secondary or biological header cannot be decoded",
    wod.NO_LEVELS: "the levels cannot be decoded",
    wod.WRONG_SIZE: "is not as long as its header says",
    wod.LONG_LINE: "has a line of more than 80 characters",
}
NAMED = 3
"""Casts that a note names."""
XBT = "XB"
NO_FIX, HANAWA, KIZU = range(3)
"""Secondary header 54: depths need no correction, that of Hanawa et al. 1995, that of Kizu et al. 2005; -1
that nobody knows. Header 33 is 1 where depths were corrected. The manual's tables of both are from memory,
not checked; GFDL's data assimilation reads 54 so, too, and each of 43 casts of QuOTA and of wodpy's samples
that has 33 at 1 has 54 at 0."""


def open_records(url: str, source: Source) -> list[Records]:
    """The casts of one file, as profiles."""
    notes = Notes()
    text, too_long = wod.lines_of_80(np.frombuffer(_unpacked(fetch(url), url, notes), np.uint8))
    casts = wod.find_casts(text)
    names = _columns(source)
    status, header, place, row_size, value, flag, own, variable_flag = wod.decode_casts(
        text, too_long, *casts, _column_of_code(source, names)
    )
    read = np.flatnonzero(status == wod.READ)
    _tell_of_unread(text, casts[0], status, header, url, notes)
    if not len(read):
        raise SourceError(url, _what_it_is(text, notes))
    header, place, row_size = header[read], place[read], row_size[read]
    if _by_originator(url, source):
        flags = _originator_flags(own, header, row_size, url, source, notes)
    else:
        flags = _database_flags(flag, variable_flag[:, read], row_size, source)
    _drop_fills(names, value, flags, source, url, notes)
    obs = _observations(names, value, flags, source)
    rows = _rows(header, place, url, source, notes)
    rows["SOURCE_INDEX"] = read.astype(np.int32)
    rows["PRECEDENCE"] += np.array([wod.VERSIONS.find(v) for v in text[casts[0][read]].tolist()])
    return [Records("profiles", row_size, rows, obs, tuple(notes))]


def _unpacked(data: bytes, url: str, notes: Notes) -> bytes:
    if data[:2] != GZIP:
        return data
    parts: list[bytes] = []
    try:
        parts.extend(_members(data))
    except zlib.error as error:
        notes.append((url, "", f"the gzip archive is damaged ({error}): only what precedes it is read"))
    return b"".join(parts)


def _members(data: bytes) -> Iterator[bytes]:
    """The content of a gzip archive piece by piece; an archive may be several, one behind the other."""
    while data[:2] == GZIP:
        unpacking, at = zlib.decompressobj(31), 0
        while not unpacking.eof:
            if at >= len(data):
                yield unpacking.flush()
                raise zlib.error("its end is missing")
            yield unpacking.decompress(data[at : at + UNPACKED_AT_ONCE])
            at += UNPACKED_AT_ONCE
        data = unpacking.unused_data + data[at:]


def _columns(source: Source) -> list[str]:
    """Variables by column: depth, then those of the source."""
    return ["DEPH", *source.variables.values()]


def _column_of_code(source: Source, names: list[str]) -> Array:
    column = np.full(MOST_CODES, -1, np.int64)
    for code, name in source.variables.items():
        column[int(code)] = names.index(name)
    return column


def _tell_of_unread(text: Array, first: Array, status: Array, header: Array, url: str, notes: Notes) -> None:
    for code, why in WHY.items():
        casts = np.flatnonzero(status == code)
        if not len(casts):
            continue
        named = "" if code == wod.NO_HEADER else " (cast {})"
        lines = first[casts] // wod.LINE + 1
        said = [
            f"line {line}" + named.format(cast)
            for line, cast in zip(lines[:NAMED], header[casts, wod.CAST], strict=False)
        ]
        more = f" and {len(casts) - NAMED} more" if len(casts) > NAMED else ""
        notes.append((url, "", f"{len(casts)} casts left out, {why}: {', '.join(said)}{more}"))


def _what_it_is(text: Array, notes: Notes) -> str:
    head = bytes(text[: wod.LINE]).strip()
    if not text.size or not bytes(text).strip(b" \0"):
        return "the file is empty"
    if head[:1].isdigit() and notes:
        return "not WOD ASCII of 2001 or later: a cast must begin with A, B, C or Q (WOD98 with a digit)"
    if head[:1] not in [bytes([v]) for v in wod.VERSIONS]:
        return f"not WOD ASCII: begins with {head[:20].decode('ascii', 'replace')!r}, not with A, B, C or Q"
    return "no cast can be decoded: " + "; ".join(remark for _, _, remark in notes)


def _by_originator(url: str, source: Source) -> bool:
    name = url.rsplit("/", 1)[-1]
    return any(re.search(pattern, name) for pattern in source.options.get("originator_flags", ()))


def _database_flags(flag: Array, variable_flag: Array, row_size: Array, source: Source) -> Array:
    """(n_column, n_obs) flags of the database: of the value, or of the whole variable of the cast."""
    found = _table(source.flag_scheme)[flag]
    if variable_flag.any():
        whole = _table(source.flag_scheme)[np.repeat(variable_flag, row_size, axis=1)]
        found = np.where(flag == wod.NO_FLAG, found, np.maximum(found, whole))
    return found


def _originator_flags(
    flag: Array, header: Array, row_size: Array, url: str, source: Source, notes: Notes
) -> Array:
    """(n_column, n_obs) flags of the originator, each cast by the scheme that its header names."""
    schemes = source.options["originator_schemes"]
    sets = header[:, wod.ORIGINATOR]
    found = np.empty(flag.shape, np.uint8)
    for number in np.unique(sets).tolist():
        scheme = schemes.get(str(number), schemes["other"])
        of_set = np.repeat(sets == number, row_size)
        found[:, of_set] = _table(scheme)[flag[:, of_set]]
    unknown = found == UNKNOWN_FLAG
    if unknown.any():
        odd = ", ".join(str(v) for v in np.unique(flag[unknown]).tolist())
        notes.append((url, "", f"{int(unknown.sum())} originator flags are of no known scheme: {odd}"))
        found[unknown] = Flag.NO_QC
    return found


@cache
def _table(scheme: str) -> Array:
    table = np.full(wod.NO_FLAG + 1, UNKNOWN_FLAG, np.uint8)
    for character, flag in flag_schemes()[scheme].to_argo.items():
        if character.isdecimal():
            table[int(character)] = flag
    table[wod.NO_FLAG] = Flag.NO_QC
    return table


def _drop_fills(names: list[str], value: Array, flags: Array, source: Source, url: str, notes: Notes) -> None:
    """Take out, in place, the numbers that stand for no value in the files of a source."""
    for code, fill in source.options.get("fills", {}).items():
        name = source.variables[code]
        for column in (c for c, n in enumerate(names) if n == name):
            filled = np.isclose(value[column], fill, rtol=0, atol=1e-6)
            value[column, filled], flags[column, filled] = np.nan, Flag.MISSING
            if filled.any():
                notes.append((url, name, f"{int(filled.sum())} values are {fill}, which stands for no value"))


def _observations(names: list[str], value: Array, flags: Array, source: Source) -> dict[str, Array]:
    factors = {source.variables[code]: factor for code, factor in source.options["factors"].items()}
    obs: dict[str, Array] = {}
    for column, name in enumerate(names):
        if not np.isnan(value[column]).all() or name == "DEPH":
            found = value[column] * factors.get(name, 1)
            obs[name] = found.astype(variables()[name].dtype)
            obs[f"{name}_SOURCE_QC"] = flags[column]
    return obs


def _rows(header: Array, place: Array, url: str, source: Source, notes: Notes) -> dict[str, Array]:
    n = len(header)
    kind = _platform_types(header[:, wod.PROBE], url, source, notes)
    days, time_flag = _times(header, place[:, wod.HOUR], url, notes)
    mode = np.full(n, "D")
    standard = int((header[:, wod.KIND] == 1).sum())
    if standard:
        notes.append((url, "", f"{standard} casts hold values interpolated to standard levels"))
    return {
        "TIME": days,
        "LATITUDE": place[:, wod.LATITUDE].copy(),
        "LONGITUDE": wrapped_longitude(place[:, wod.LONGITUDE]),
        "TIME_SOURCE_QC": time_flag,
        "POSITION_SOURCE_QC": np.full(n, Flag.NO_QC, np.uint8),
        "PLATFORM_CODE": _cruises(header),
        "PLATFORM_TYPE": kind,
        "PROBE_TYPE": _probe_types(header, kind, url, source, notes),
        "DATA_MODE": mode,
        "DIRECTION": np.where(np.isin(kind, ("PF", "SM")), "A", "D"),
        "CYCLE_NUMBER": np.full(n, -1, np.int32),
        "SOURCE": np.full(n, source.name),
        "SOURCE_FILE": np.full(n, url.rsplit("/", 1)[-1]),
        "RECORD_ID": record_ids(source.name, [(cast,) for cast in header[:, wod.CAST].tolist()]),
        "PRECEDENCE": precedence(mode, True, 0),
    }


def _platform_types(probe: Array, url: str, source: Source, notes: Notes) -> Array:
    """By the probe that the cast names, else by the dataset that the file name begins with."""
    numbers, index = np.unique(probe, return_inverse=True)
    dataset = source.platform_type.get(url.rsplit("/", 1)[-1][:3], "")
    types = [source.platform_type.get(str(p), dataset) for p in numbers.tolist()]
    silent = np.array([not t for t in types])[index]
    if silent.any():
        notes.append((url, "PLATFORM_TYPE", f"unknown for {int(silent.sum())} casts without a known probe"))
    return np.array(types, np.str_)[index]


def _probe_types(header: Array, kind: Array, url: str, source: Source, notes: Notes) -> Array:
    """WMO code table 1770 of expendable bathythermographs, which says probe and equation of fall.

    Where the cast says that its depths are right or were corrected, the code is that of the newer equation,
    or ``DEPTHS_ARE_RIGHT``: no correction may take it for a probe of the first equation.
    """
    asked, corrected = header[:, wod.DEPTH_FIX], header[:, wod.DEPTH_CORRECTION] == 1
    doubtful = int(((asked > 0) & corrected & (kind == XBT)).sum())
    if doubtful:
        notes.append((url, "DEPH", f"{doubtful} casts say that depths were corrected and that they need it"))
    asked = np.where(corrected, NO_FIX, asked)
    said, index = np.unique(np.stack([header[:, wod.INSTRUMENT], asked], axis=1), axis=0, return_inverse=True)
    codes = np.array([_probe_type(instrument, fix, source) for instrument, fix in said.tolist()], np.int16)
    return np.where(kind == XBT, codes[index.ravel()], np.int16(UNKNOWN_PROBE))


def _probe_type(instrument: int, fix: int, source: Source) -> int:
    probes, neither = source.options["xbt_probes"], (UNKNOWN_PROBE, DEPTHS_ARE_RIGHT)
    as_delivered, corrected = probes.get(str(instrument), neither)
    if fix == NO_FIX:
        return int(corrected)
    if fix == HANAWA:
        return int(as_delivered)
    if fix == KIZU:
        return int(source.options["xbt_of_kizu"])
    # a probe with a code for either equation has none as long as nobody says which it is
    return int(as_delivered) if corrected in (as_delivered, DEPTHS_ARE_RIGHT) else UNKNOWN_PROBE


def _times(header: Array, hour: Array, url: str, notes: Notes) -> tuple[Array, Array]:
    """(n,) days since 1950, NaN where the header has no date; without an hour 00:00, flagged as estimated."""
    year, month, day = (header[:, k] for k in (wod.YEAR, wod.MONTH, wod.DAY))
    in_calendar = (year >= 1) & (month >= 1) & (month <= 12)
    months = np.where(in_calendar, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    date = months.astype("datetime64[D]") + (day - 1)
    in_calendar &= (day >= 1) & (date.astype("datetime64[M]") == months)
    days = (date - np.datetime64("1950-01-01")).astype(np.float64)
    known_hour = (hour >= 0) & (hour < 24)
    if not in_calendar.all():
        notes.append((url, "TIME", f"{int((~in_calendar).sum())} casts have no date in the calendar"))
    days = np.where(in_calendar, days + np.where(known_hour, hour, 0.0) / 24, np.nan)
    flag = np.where(in_calendar & ~known_hour, Flag.INTERPOLATED, Flag.NO_QC).astype(np.uint8)
    return days, flag


def _cruises(header: Array) -> Array:
    """Cruise identifiers as the database writes them: country and number, US010981; empty without number."""
    pairs, index = np.unique(header[:, [wod.COUNTRY, wod.CRUISE]], axis=0, return_inverse=True)
    codes = [
        f"{country.to_bytes(2).decode('ascii', 'replace').strip()}{cruise:06d}" if cruise > 0 else ""
        for country, cruise in pairs.tolist()
    ]
    return np.array(codes, np.str_)[index.ravel()]
