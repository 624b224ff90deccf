"""Casts of a World Ocean Database file in its native ASCII format, decoded from the bytes.

A cast is a run of characters, broken into lines of 80 and filled up with blanks, in which nearly every
field says its own length: the next field can only be found by reading the one before it. Hence compiled
code, in two passes: ``find_casts`` for where casts begin, ``decode_casts`` for what they hold. A function
that reads a field returns its value and the position behind it, -1 where it cannot be read; a position of
-1 is passed on, so that only the last one has to be looked at.

References
----------
World Ocean Database 2018 user's manual, section on the native ASCII format: primary header, character data
and principal investigators, secondary header, biological header and taxa, levels. IQuOD: the same with an
uncertainty behind values and positions, and an indicator behind metadata.
"""

from typing import Any

import numpy as np

from kernels.compiled import Array, compiled

LINE = 80
SHORTEST_LEVEL = 6
"""Characters of a level with a depth and nothing else: three digits, one of the value, two flags."""
VERSIONS = b"ABCQ"
"""First character of a cast: World Ocean Database 2001, 2005 and 2009, 2013 and 2018, IQuOD."""
VERSION_A, VERSION_C, VERSION_Q = VERSIONS[0], VERSIONS[2], VERSIONS[3]
ZERO, MINUS, BLANK, NEW_LINE, RETURN, END_OF_FILE = b"0- \n\r\x1a"
POWERS = 10.0 ** np.arange(10)

SIZE, CAST, COUNTRY, CRUISE, YEAR, MONTH, DAY, N_LEVEL, KIND, N_VARIABLE = range(10)
PROBE, ORIGINATOR, DEPTH_CORRECTION, DEPTH_FIX, INSTRUMENT = range(10, 15)
N_WHOLE = 15
"""Whole numbers of a header: what ``header`` of ``decode_casts`` holds."""
HOUR, LATITUDE, LONGITUDE = range(3)
OF_CAST = np.array([[29, PROBE], [33, DEPTH_CORRECTION], [54, DEPTH_FIX], [96, ORIGINATOR]])
"""Secondary headers that are kept, and where: type of probe, whether depths were corrected, whether and how
they are to be corrected, and which set of flags the originator's are of."""
TEMPERATURE = 1
OF_TEMPERATURE = np.array([[5, INSTRUMENT]])
"""Metadata of the variable temperature that are kept: the instrument."""
NOTHING = np.empty((0, 2), np.int64)
MOST_VARIABLES = 99
NO_FLAG = 10
"""Where there is no value, there is no flag."""

READ, NO_HEADER, NO_SECTIONS, NO_LEVELS, WRONG_SIZE, LONG_LINE = range(6)
"""What became of a cast."""


@compiled
def lines_of_80(data: Array) -> tuple[Array, Array]:
    """Text without line ends, each line filled up or cut to 80 characters.

    Parameters
    ----------
    data : (n_byte,) uint8, lines that end in LF or CR LF.

    Returns
    -------
    text : (80 * n_line,) uint8.
    too_long : (n_line,) bool, lines that were cut.
    """
    n_line = 1
    for byte in data:
        n_line += byte == NEW_LINE
    text = np.full(n_line * LINE, BLANK, np.uint8)
    too_long = np.zeros(n_line, np.bool_)
    line, column = 0, 0
    for byte in data:
        if byte == NEW_LINE:
            line, column = line + 1, 0
        elif byte != RETURN:
            if column < LINE:
                text[line * LINE + column] = byte
            else:
                too_long[line] = True
            column += 1
    return text, too_long


@compiled
def number(text: Array, at: int, width: int, end: int) -> tuple[int, int]:
    """A whole number of ``width`` characters, filled up with blanks on the left; 0 of no characters."""
    if at < 0 or at + width > end:
        return 0, -1
    value, sign, seen = 0, 1, width == 0
    for i in range(at, at + width):
        digit: Any = np.int64(text[i]) - ZERO
        if 0 <= digit <= 9:
            value, seen = 10 * value + digit, True
        elif text[i] == MINUS and not seen and sign == 1:
            sign = -1
        elif text[i] != BLANK or seen:
            return 0, -1
    return (sign * value, at + width) if seen else (0, -1)


@compiled
def counted(text: Array, at: int, end: int) -> tuple[int, int]:
    """A whole number behind the digit that says how many characters it has."""
    width, at = number(text, at, 1, end)
    return number(text, at, width, end)


@compiled
def decimal(text: Array, at: int, end: int) -> tuple[float, int]:
    """A value behind its significant digits, characters and decimals; NaN where there is a minus alone."""
    if 0 <= at < end and text[at] == MINUS:
        return np.nan, at + 1
    _, at = number(text, at, 1, end)
    width, at = number(text, at, 1, end)
    precision, at = number(text, at, 1, end)
    value, at = number(text, at, width, end)
    if width < 1 or precision < 0:
        return np.nan, -1
    return value / POWERS[precision], at


@compiled
def primary_header(text: Array, at: int, end: int, whole: Array, real: Array) -> int:
    """Decode a header up to the number of variables, in place, and return the position behind it."""
    if at >= end:
        return -1
    uncertain = text[at] == VERSION_Q
    whole[SIZE], at = counted(text, at + 1, end)
    whole[CAST], at = counted(text, at, end)
    if at < 0 or at + 2 > end:
        return -1
    whole[COUNTRY] = 256 * np.int64(text[at]) + np.int64(text[at + 1])
    whole[CRUISE], at = counted(text, at + 2, end)
    whole[YEAR], at = number(text, at, 4, end)
    whole[MONTH], at = number(text, at, 2, end)
    whole[DAY], at = number(text, at, 2, end)
    real[HOUR], at = decimal(text, at, end)
    for place in (LATITUDE, LONGITUDE):
        real[place], at = decimal(text, at, end)
        if uncertain:
            _, at = decimal(text, at, end)
    whole[N_LEVEL], at = counted(text, at, end)
    whole[KIND], at = number(text, at, 1, end)
    whole[N_VARIABLE], at = number(text, at, 2, end)
    return at if whole[N_LEVEL] >= 0 and whole[N_VARIABLE] >= 0 else -1


@compiled
def begins_cast(text: Array, at: int, whole: Array, real: Array) -> bool:
    """True if a line reads as the first of a cast, at a date and a place that there may be."""
    if text[at] != VERSION_Q and not VERSION_A <= text[at] <= VERSION_C:
        return False
    if primary_header(text, at, text.size, whole, real) < 0:
        return False
    possible = whole[SIZE] > 0 and 0 <= whole[MONTH] <= 12 and 0 <= whole[DAY] <= 31
    return possible and not abs(real[LATITUDE]) > 90 and not abs(real[LONGITUDE]) > 360


@compiled
def find_casts(text: Array) -> tuple[Array, Array, Array]:
    """Where casts begin and end, and how many of their levels may have a depth.

    A cast reaches as far as its header says, or up to the next line that reads as the first of a cast: a
    damaged size costs no other cast. Lines that are of no cast count as one that cannot be read.

    Returns
    -------
    first, last : (n_cast,) positions in ``text``; ``last`` is the one behind the cast.
    n_level : (n_cast,) no cast has more.
    """
    n_line = text.size // LINE
    first, last = np.empty(n_line, np.int64), np.empty(n_line, np.int64)
    n_level = np.empty(n_line, np.int64)
    whole, real = np.zeros(N_WHOLE, np.int64), np.zeros(3)
    n, line = 0, 0
    while line < n_line:
        if _is_blank(text, line):
            line += 1
            continue
        behind = primary_header(text, line * LINE, text.size, whole, real)
        known = behind >= 0 and whole[SIZE] > 0
        said, levels = line + -(-whole[SIZE] // LINE), whole[N_LEVEL] if known else 0
        stop = min(said, n_line) if known else n_line
        after = line + 1
        while after < stop and not begins_cast(text, after * LINE, whole, real):
            after += 1
        first[n], last[n] = line * LINE, after * LINE
        n_level[n] = min(levels, (last[n] - first[n]) // SHORTEST_LEVEL)
        n, line = n + 1, after
    return first[:n].copy(), last[:n].copy(), n_level[:n].copy()


@compiled
def _is_blank(text: Array, line: int) -> bool:
    for i in range(line * LINE, (line + 1) * LINE):
        if text[i] != BLANK and text[i] != END_OF_FILE and text[i] != 0:
            return False
    return True


@compiled
def decode_casts(
    text: Array, too_long: Array, first: Array, last: Array, n_level: Array, column_of_code: Array
) -> tuple[Any, ...]:
    """Decode all casts.

    Parameters
    ----------
    text, too_long : from ``lines_of_80``.
    first, last, n_level : from ``find_casts``.
    column_of_code : (1000,) for each variable code its column, from 1 on; -1 for those that are not wanted.
        Column 0 is the depth.

    Returns
    -------
    status : (n_cast,) int64, ``READ`` or why not; only casts that were read have levels.
    header : (n_cast, 15) int64, by ``SIZE`` to ``INSTRUMENT``; from ``PROBE`` on -1 where not given.
    place : (n_cast, 3) hour, latitude, longitude; NaN where missing.
    row_size : (n_cast,) int64 levels with a depth.
    value : (n_column, n_obs) NaN where missing.
    flag, originator : (n_column, n_obs) uint8 as delivered, ``NO_FLAG`` where there is no value.
    variable_flag : (n_column, n_cast) uint8 flag of the whole variable of a cast, 0 where it has none.
    """
    n_cast, n_column, room = first.size, column_of_code.max() + 1, n_level.sum()
    status, row_size = np.zeros(n_cast, np.int64), np.zeros(n_cast, np.int64)
    header, place = np.zeros((n_cast, N_WHOLE), np.int64), np.full((n_cast, 3), np.nan)
    value = np.full((n_column, room), np.nan)
    flag = np.full((n_column, room), NO_FLAG, np.uint8)
    originator = np.full((n_column, room), NO_FLAG, np.uint8)
    variable_flag = np.zeros((n_column, n_cast), np.uint8)
    columns = np.empty(MOST_VARIABLES + 1, np.int64)
    n = 0
    for cast in range(n_cast):
        whole, end = header[cast], last[cast]
        if too_long[first[cast] // LINE : end // LINE].any():
            status[cast] = LONG_LINE
            continue
        at = primary_header(text, first[cast], end, whole, place[cast])
        whole[PROBE:] = -1
        at = _variables(text, at, end, first[cast], whole, column_of_code, columns, variable_flag[:, cast])
        if at < 0:
            status[cast] = NO_HEADER
            continue
        at = _sections(text, at, end, first[cast], whole)
        if at < 0:
            status[cast] = NO_SECTIONS
            continue
        behind, at = _levels(text, at, end, first[cast], whole, columns, value, flag, originator, n)
        if at < 0 or at - first[cast] != whole[SIZE]:
            status[cast] = NO_LEVELS if at < 0 else WRONG_SIZE
            value[:, n:behind], flag[:, n:behind], originator[:, n:behind] = np.nan, NO_FLAG, NO_FLAG
            continue
        row_size[cast], n = behind - n, behind
    return (
        status, header, place, row_size, value[:, :n], flag[:, :n], originator[:, :n], variable_flag
    )  # fmt: skip


@compiled
def _variables(
    text: Array,
    at: int,
    end: int,
    first: int,
    whole: Array,
    column_of_code: Array,
    columns: Array,
    variable_flag: Array,
) -> int:
    """Which column each variable of a cast goes to; of two with one code the first counts."""
    if at < 0:
        return -1
    taken = np.zeros(variable_flag.size, np.bool_)
    for v in range(whole[N_VARIABLE]):
        code, at = counted(text, at, end)
        found, at = number(text, at, 1, end)
        columns[v] = column_of_code[code] if 0 <= code < column_of_code.size else -1
        if columns[v] >= 0 and taken[columns[v]]:
            columns[v] = -1
        if columns[v] >= 0:
            taken[columns[v]], variable_flag[columns[v]] = True, found
        n_metadata, at = counted(text, at, end)
        kept = OF_TEMPERATURE if code == TEMPERATURE else NOTHING
        at = _coded_values(text, at, end, n_metadata, np.int64(text[first] == VERSION_Q), kept, whole)
    return at


@compiled
def _coded_values(
    text: Array, at: int, end: int, n: int, width_behind: Any, kept: Array, whole: Array
) -> int:
    """Pass over ``n`` codes with their value; of those in ``kept`` the first is entered in ``whole``."""
    for _ in range(n):
        code, at = counted(text, at, end)
        value, at = decimal(text, at, end)
        _, at = number(text, at, width_behind, end)
        if at < 0:
            return -1
        for k in range(kept.shape[0]):
            if code == kept[k, 0] and whole[kept[k, 1]] == -1 and not np.isnan(value):
                whole[kept[k, 1]] = np.int64(value)
    return at


@compiled
def _sections(text: Array, at: int, end: int, first: int, whole: Array) -> int:
    """Read over what stands between the primary header and the levels."""
    at = _characters(text, at, end)
    total, at = counted(text, at, end)
    if total:
        n, at = counted(text, at, end)
        at = _coded_values(text, at, end, n, np.int64(text[first] == VERSION_Q), OF_CAST, whole)
    return _biology(text, at, end, whole)


@compiled
def _characters(text: Array, at: int, end: int) -> int:
    """Pass over names of cruise and station, and codes of principal investigators."""
    total, at = counted(text, at, end)
    n, at = number(text, at, 1 if total else 0, end)
    for _ in range(n):
        kind, at = number(text, at, 1, end)
        size, at = number(text, at, 2, end)
        if kind < 3:
            at = at + size if 0 <= at <= end - size and size >= 0 else -1
            continue
        for _ in range(2 * size):
            _, at = counted(text, at, end)
    return at


@compiled
def _biology(text: Array, at: int, end: int, whole: Array) -> int:
    """Pass over the biological header and the taxa."""
    total, at = counted(text, at, end)
    if at < 0 or not total:
        return at
    n, at = counted(text, at, end)
    at = _coded_values(text, at, end, n, 0, NOTHING, whole)
    n_set, at = counted(text, at, end)
    for _ in range(n_set):
        n, at = counted(text, at, end)
        at = _coded_values(text, at, end, n, 2, NOTHING, whole)  # two flags behind each
        if at < 0:
            return -1
    return at


@compiled
def _levels(
    text: Array,
    at: int,
    end: int,
    first: int,
    whole: Array,
    columns: Array,
    value: Array,
    flag: Array,
    originator: Array,
    n: int,
) -> tuple[int, int]:
    """Enter the levels that have a depth from ``n`` on; return the number behind them and the position."""
    uncertain = text[first] == VERSION_Q
    for _ in range(whole[N_LEVEL]):
        depth, at = decimal(text, at, end)
        if at < 0:
            return n, -1
        if np.isnan(depth):
            continue  # nothing else follows
        value[0, n] = depth
        flag[0, n], originator[0, n], at = _two_flags(text, at, end, uncertain)
        for v in range(whole[N_VARIABLE]):
            found, at = decimal(text, at, end)
            if np.isnan(found):
                continue
            theirs, own, at = _two_flags(text, at, end, uncertain)
            if columns[v] >= 0:
                column = columns[v]
                value[column, n], flag[column, n], originator[column, n] = found, theirs, own
        n += 1
        if at < 0:
            return n, -1
    return n, at


@compiled
def _two_flags(text: Array, at: int, end: int, uncertain: bool) -> tuple[int, int, int]:
    """Flags of the database and of the originator; the uncertainty of IQuOD is passed over."""
    flag, at = number(text, at, 1, end)
    originator, at = number(text, at, 1, end)
    if uncertain:
        _, at = decimal(text, at, end)
    return flag, originator, at
