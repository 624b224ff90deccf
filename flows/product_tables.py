"""Files of published series as columns: text of any layout, tables that we wrote, NetCDF along time.

Text has commas, semicolons, tabs or blanks between its columns, with a header or without. A table that
``oceanstate table`` wrote (CSV, Parquet, NetCDF) says its unit, region, area and layer, as does NetCDF in the
layout of ocean monitoring indicators.
"""

import csv
import io
import re
from typing import Any, NamedTuple

import netCDF4
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from catalogs.recipe import Column, Series

OURS = frozenset(("indicator", "region", "period", "time", "value", "standard_error", "units"))
"""Columns by which a table of ours is known."""
TIMES = ("time", "year", "date")
"""Columns of time where the recipe names none; in any case."""
NOT_THERE = frozenset(("", "nan", "na", "n/a", "null", "none", "-", "--"))
_WITH_UNIT = re.compile(r"(.*?)\s*[(\[](.*)[)\]]")


class Table(NamedTuple):
    """Columns of a file as they are, and what it says of them."""

    cells: dict[str, list[Any]]
    rows: list[str]
    """Place of each row, for errors."""
    units: dict[str, str]
    """By column, where the file says it."""
    value: Column = None
    """Column that the file itself offers as the value, as ``error`` for its errors."""
    error: Column = None
    area: float | None = None
    """m2"""
    layer: str = ""
    """As recipes call it, ``0-700``; empty where the file does not say it, as is ``region``."""
    region: str = ""
    notes: tuple[str, ...] = ()


def table_of(url: str, content: bytes, series: Series) -> Table:
    """Columns of a file; of a table of ours only the yearly rows of one region.

    Raises
    ------
    ValueError
        where the content cannot be read, or does not say which region or variable; names the file.
    """
    if content[:4] in (b"\x89HDF", b"CDF\x01", b"CDF\x02", b"CDF\x05"):
        table = _netcdf(url, content, series)
    elif content[:4] == b"PAR1":
        read = pq.read_table(pa.BufferReader(content))
        table = Table(read.to_pydict(), _numbered("row", read.num_rows), {})
    else:
        table = _text(url, content, series.skip)
    if table.cells.keys() >= OURS:
        return _yearly_rows(table, url, series.region)
    if series.region not in (None, table.region):
        said = f"is of {table.region!r}" if table.region else "does not say of which region it is"
        raise ValueError(f"{url}: {said}; {series.region!r} was asked for")
    return table


def plain(name: str) -> str:
    """A column's name in small letters, without the unit in brackets."""
    match = _WITH_UNIT.fullmatch(name)
    return (match[1] if match else name).strip().lower()


def _numbered(what: str, n: int) -> list[str]:
    return [f"{what} {i}" for i in range(1, n + 1)]


def _text(url: str, content: bytes, skip: int) -> Table:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{url}: is neither text, nor NetCDF or Parquet: {error}") from error
    kept = [(n, line) for n, line in enumerate(lines, 1) if n > skip and line.strip()]
    kept = [(n, line) for n, line in kept if not line.lstrip().startswith("#")]
    if not kept:
        raise ValueError(f"{url}: holds no line of numbers")
    between = next((d for d in ",;\t" if d in kept[0][1]), None)
    rows = [(n, _split(line, between)) for n, line in kept]
    headed = not all(_is_number(cell) for cell in rows[0][1])
    header = rows[0][1] if headed else [str(k) for k in range(1, len(rows[0][1]) + 1)]
    if len(set(header)) < len(header):
        raise ValueError(f"{url}, line {rows[0][0]}: names of columns come twice: {', '.join(header)}")
    for n, row in rows:
        if len(row) != len(header):
            raise ValueError(f"{url}, line {n}: has {len(row)} columns, the first line has {len(header)}")
    body = rows[1:] if headed else rows
    cells = {name: [row[k] for _, row in body] for k, name in enumerate(header)}
    units = {name: match[2] for name in header if (match := _WITH_UNIT.fullmatch(name))}
    return Table(cells, [f"line {n}" for n, _ in body], units)


def _split(line: str, between: str | None) -> list[str]:
    if between is None:
        return line.split()
    return [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=between))]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.lower() in NOT_THERE
    return True


def _netcdf(url: str, content: bytes, series: Series) -> Table:
    """A table of ours, or the variables along time of any other file."""
    with netCDF4.Dataset("read", memory=content) as nc:
        if "row" in nc.dimensions:
            # text is in characters, along one dimension more, and read as text
            cells = {k: _listed(v[:]) for k, v in nc.variables.items() if v.dimensions[:1] == ("row",)}
            return Table(cells, _numbered("row", nc.dimensions["row"].size), {})
        name = next((k for k, v in nc.variables.items() if k.lower() in TIMES and v.ndim == 1), None)
        if name is None:
            raise ValueError(f"{url}: has no time along one dimension; it has: {', '.join(nc.variables)}")
        time = nc[name]
        along = {k: v for k, v in nc.variables.items() if v.dimensions == time.dimensions and k != name}
        cells = {k: _listed(v[:]) for k, v in along.items() if v.dtype.kind in "fiu"}
        value = series.value or _with_error(url, cells)
        error = f"{value}_error" if f"{value}_error" in cells else None
        about = {k: nc.getncattr(k) for k in ("area_m2", "layer", "region") if k in nc.ncattrs()}
        return Table(
            {name: _times(time)} | cells,
            _numbered("element", time.size),
            {k: str(along[k].units) for k in cells if "units" in along[k].ncattrs()},
            value,
            error,
            float(about["area_m2"]) if "area_m2" in about else None,
            _layer(about.get("layer", "")),
            str(about.get("region", "")),
        )


def _with_error(url: str, cells: dict[str, Any]) -> str:
    found = [k for k in cells if f"{k}_error" in cells]
    if len(found) != 1:
        raise ValueError(f"{url}: the recipe must say which variable is the value, of {', '.join(cells)}")
    return found[0]


def _listed(values: Any) -> list[Any]:
    return [None if v is np.ma.masked else v for v in np.ma.asarray(values).astype(object)]


def _times(time: Any) -> list[Any]:
    """Calendar years of a time variable with a unit, or what it holds."""
    if " since " not in getattr(time, "units", ""):
        return _listed(time[:])
    dates = netCDF4.num2date(time[:], time.units, getattr(time, "calendar", "standard"))
    return [date.year for date in np.atleast_1d(np.asarray(dates))]


def _yearly_rows(table: Table, url: str, wanted: str | None) -> Table:
    """Of a table of ours the yearly rows of one region, with what they say of themselves."""
    yearly = np.array([str(p) == "yearly" for p in table.cells["period"]])
    if not yearly.any():
        raise ValueError(f"{url}, column period: there is no yearly value")
    of_row = np.array([str(r) for r in table.cells["region"]])
    regions = sorted(set(of_row[yearly].tolist()))
    region = wanted or regions[0]
    if region not in regions or (wanted is None and len(regions) > 1):
        problem = f"has no {wanted!r}" if wanted else "say which region"
        raise ValueError(f"{url}, column region: {problem}; it has: {', '.join(regions)}")
    at = np.flatnonzero(yearly & (of_row == region))
    cells = {k: [v[i] for i in at] for k, v in table.cells.items()}
    for name in ("depth_m", "latitude", "units"):
        if len(several := {str(z) for z in cells.get(name, [""])}) > 1:
            raise ValueError(f"{url}, column {name}: is no single series, has {', '.join(sorted(several))}")
    area = [a for a in cells.get("area_m2", [None]) if str(a).strip().lower() not in NOT_THERE]
    version = cells.get("version", [""])[0]
    made = f"{cells['indicator'][0]}, version {version}" if version else str(cells["indicator"][0])
    return Table(
        {k: cells[k] for k in ("time", "value", "standard_error")},
        [table.rows[i] for i in at],
        {"value": str(cells["units"][0]), "standard_error": str(cells["units"][0])},
        area=float(area[0]) if area else None,
        layer=_layer(cells.get("layer", [""])[0]),
        region=region,
        notes=(f"yearly rows of {made}",),
    )


def _layer(text: Any) -> str:
    """``0-700 m`` as recipes call it."""
    return re.sub(r"\s*m$", "", str(text or "").strip())
