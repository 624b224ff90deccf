"""Published series from their files: yearly values with errors and unit, and what was left out of them."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from fsspec.core import url_to_fs

from catalogs.recipe import Column, Series
from flows.location import join, read_bytes
from flows.product_tables import NOT_THERE, TIMES, Table, plain, table_of
from flows.series_units import parse
from kernels.compiled import Array

VALUES, ERRORS = ("value",), ("standard_error",)
"""Columns that are taken where neither recipe nor file names one; in any case."""
FILLS = frozenset((-999.0, -9999.0, -99999.0, 99999.0, 999999.0))
"""Numbers that stand for a missing value, as do all from 1e30 on; the notes say where they were met."""
OTHERS_SHOWN = 6


class Read(NamedTuple):
    """The yearly values of a file, in its own unit."""

    file: str
    digest: str
    """SHA-256 of the file."""
    year: Array
    """(n,) calendar years, increasing."""
    value: Array
    """(n,) NaN where missing."""
    error: Array
    """(n,) as the file has it; NaN where there is none."""
    columns: tuple[str, str]
    """Names of the columns of value and error."""
    units: str
    area: float | None
    """m2"""
    layer: str
    """Empty where the file does not say it, as is ``region``."""
    region: str
    notes: tuple[str, ...]
    """What was left out of the file, and why."""


def find(name: str, folder: str | None) -> str:
    """URL of a file of a recipe: itself where it is one, or the only one in the folder that its name fits."""
    if "://" in name or name.startswith("/") or folder is None:
        return name
    if "*" not in name:
        return join(folder, name)
    fs, path = url_to_fs(join(folder, name))
    found = sorted(str(p) for p in fs.glob(path))
    if len(found) != 1:
        those = ", ".join(p.rsplit("/", 1)[-1] for p in found) or "none"
        raise ValueError(f"{join(folder, name)}: one file must fit the name; there are: {those}")
    return join(folder, found[0].rsplit("/", 1)[-1])


def read_series(url: str, series: Series) -> Read:
    """Yearly values, errors and unit of one product.

    Raises
    ------
    ValueError
        for a file that is not there, a column that it has not, a cell that is no number, a year that comes
        twice, a negative error, values without a unit or no value at all; says file, column and reason.
    """
    try:
        content = read_bytes(url)
    except (FileNotFoundError, IsADirectoryError) as reason:
        raise ValueError(f"{url}: there is no such file") from reason
    table = table_of(url, content, series)
    time, value, error = _columns(table, url, series)
    year = np.array([_year(c, f"{url}, {at}, column {time}") for c, at in _cells(table, time)], np.int64)
    found, filled = _numbers(table, url, value)
    sigma, of_error = _numbers(table, url, error) if error else (np.full(found.size, np.nan), "")
    order = np.argsort(year, kind="stable")
    _check(url, (value, error), year[order], found, sigma)
    notes = [*table.notes, filled, of_error, _unused(table, (time, value, error))]
    if not np.isfinite(sigma).any():
        notes.append("no errors, so it has no part in the mapping error")
    return Read(
        file=url,
        digest=hashlib.sha256(content).hexdigest(),
        year=year[order],
        value=found[order],
        error=sigma[order],
        columns=(value, error),
        units=_units(table, url, (value, error), series),
        area=series.area or table.area,
        layer=table.layer,
        region=table.region,
        notes=tuple(n for n in notes if n),
    )


def _columns(table: Table, url: str, series: Series) -> tuple[str, str, str]:
    """Names of the columns of time, value and error (empty where there is none)."""
    time = _column(table, url, series.time, TIMES, "time")
    value = _column(table, url, series.value or table.value, VALUES, "value")
    wanted = series.error or table.error
    usual = any(plain(name) in ERRORS for name in table.cells)
    return time, value, _column(table, url, wanted, ERRORS, "error") if wanted or usual else ""


def _column(table: Table, url: str, wanted: Column, usual: Sequence[str], role: str) -> str:
    names = list(table.cells)
    has = f"it has: {', '.join(names)}" + ("" if names[0] != "1" else " (without a header)")
    if isinstance(wanted, int):
        if wanted > len(names):
            raise ValueError(f"{url}: has no column {wanted} for the {role}, only {len(names)}; {has}")
        return names[wanted - 1]
    if wanted is not None:
        found = [n for n in names if n == wanted] or [n for n in names if plain(n) == wanted.lower()]
        if not found:
            raise ValueError(f"{url}: has no column {wanted!r} for the {role}; {has}")
        return found[0]
    found = [n for n in names if plain(n) in usual]
    if len(found) != 1:
        what = "several columns" if found else "no column"
        which = f"{what} called {' or '.join(usual)}"
        raise ValueError(f"{url}: {which}, and the recipe names none for the {role}; {has}")
    return found[0]


def _units(table: Table, url: str, columns: tuple[str, str], series: Series) -> str:
    """The unit that the recipe states, or the file; both must agree, and value and error too."""
    value, error = columns
    where, told = f"{url}, column {value}", table.units.get(value)
    if series.units is None and told is None:
        raise ValueError(f"{where}: neither the file nor the recipe states the unit")
    said, of_error = parse(told or ""), parse(table.units.get(error, ""))
    if series.units is not None and said is not None and parse(series.units) not in (None, said):
        raise ValueError(f"{where}: the file says {told}, the recipe {series.units}")
    if said is not None and of_error not in (None, said):
        raise ValueError(f"{url}, column {error}: is in {table.units[error]}, {value} in {told}")
    return series.units or str(told)


def _unused(table: Table, used: Sequence[str]) -> str:
    others = [c for c in table.cells if c not in used]
    more = " ..." if len(others) > OTHERS_SHOWN else ""
    return f"columns left out: {', '.join(others[:OTHERS_SHOWN])}{more}" if others else ""


def _cells(table: Table, column: str) -> list[tuple[Any, str]]:
    return list(zip(table.cells[column], table.rows, strict=True))


def _numbers(table: Table, url: str, column: str) -> tuple[Array, str]:
    """Values of a column, NaN where missing, and a note on numbers that stand for missing ones."""
    out = np.array([_number(c, f"{url}, {at}, column {column}") for c, at in _cells(table, column)])
    filled = np.isin(out, list(FILLS)) | (np.abs(out) >= 1e30)
    note = f"{filled.sum()} x {out[filled][0]:g} in {column} taken for missing" if filled.any() else ""
    return np.where(filled, np.nan, out), note


def _number(cell: Any, where: str) -> float:
    if cell is None or str(cell).strip().lower() in NOT_THERE:
        return np.nan
    try:
        return float(cell)
    except ValueError as error:
        raise ValueError(f"{where}: {cell!r} is not a number") from error


def _year(cell: Any, where: str) -> int:
    """Calendar year of a year with decimals, or of a date."""
    text = str(cell).strip()
    if date := re.match(r"(\d{4})-(0[1-9]|1[0-2])(?!\d)", text):
        return int(date[1])
    try:
        year = float(text)
    except ValueError:
        year = np.nan
    if not 1000 <= year < 3000:
        raise ValueError(f"{where}: {cell!r} is not a year or a date")
    return int(year)


def _check(url: str, columns: tuple[str, str], year: Array, found: Array, sigma: Array) -> None:
    twice = year[1:][np.diff(year) == 0]
    if twice.size:
        raise ValueError(f"{url}: has more than one value of {twice[0]}; yearly values are needed")
    if not np.isfinite(found).any():
        raise ValueError(f"{url}, column {columns[0]}: has no value, only missing ones")
    if (sigma < 0).any():
        raise ValueError(f"{url}, column {columns[1]}: has a negative error")
