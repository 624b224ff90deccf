"""Indicators as tables: one row a region and period, each with all that is needed to read the number."""

import io
import json
import math
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import xarray as xr

from flows import report
from flows.location import read_bytes
from flows.station_tables import station_table
from flows.trend_methods import METHODS, WITHOUT_LAST
from kernels.compiled import Array

FORMATS = ("csv", "json", "parquet", "netcdf", "markdown")
OMI = "omi"
"""NetCDF in the layout of published indicators, which is no table: see ``flows.omi_files``."""
ENDINGS = {"csv": "csv", "json": "json", "parquet": "parquet", "md": "markdown", "nc": OMI}

SCHEMA = pa.schema(
    [
        ("indicator", pa.string()),
        ("region", pa.string()),
        ("period", pa.string()),
        ("time", pa.string()),
        ("depth_m", pa.float64()),
        ("latitude", pa.float64()),
        ("value", pa.float64()),
        ("standard_error", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("units", pa.string()),
        ("n_profiles", pa.int64()),
        ("n_eff", pa.float64()),
        ("r1", pa.float64()),
        ("sampled_fraction", pa.float64()),
        ("mean_coverage", pa.float64()),
        ("partial_fraction", pa.float64()),
        ("note", pa.string()),
        ("area_m2", pa.float64()),
        ("layer", pa.string()),
        ("convention", pa.string()),
        ("method", pa.string()),
        ("reference_period", pa.string()),
        ("baseline", pa.string()),
        ("version", pa.string()),
    ]
)
"""Columns. ``period`` is monthly, yearly, trend, trend_flux, trend_flux_earth or trend_total, or trend_ and a
method of ``flows.trend_methods``; trends that end in without_last_year leave out the last year that has a
value. ``low`` and ``high`` are the ends of the 95 % interval of a trend; ``value`` is empty where there is
none, and ``note`` says why. ``depth_m`` and ``latitude`` are empty but for indicators that have them."""
PERIODS = {"monthly": "month", "yearly": "year"}
PLACES = {"depth": "depth_m", "latitude": "latitude"}
"""Dimensions besides region and time: columns."""
COMMON = ("indicator", "layer", "convention", "reference_period", "baseline")


def table(indicator: xr.Dataset, version: str | None = None) -> pa.Table:
    """An indicator's dataset in long form, monthly and yearly values, then trends.

    Parameters
    ----------
    indicator : from ``flows.indicators.indicator_dataset`` or ``flows.sections.section_dataset``; that of
        stations has columns of its own, see ``flows.station_tables``.
    version : of the collection that it was read from; replaces what the dataset says.
    """
    if "station" in indicator.coords:
        return station_table(indicator, version)
    attrs = indicator.attrs
    common = {k: attrs.get(k, "") for k in COMMON}
    common["version"] = attrs.get("version", "") if version is None else version
    methods = {"values": attrs.get("standard_error", ""), "trend": _joined(attrs, _TREND_METHODS)}
    rows = []
    for k, region in enumerate(indicator["region"].values):
        here = common | {"region": str(region), "area_m2": float(indicator["area"].values[k])}
        for place, one in _places(_with_sea(indicator.isel(region=k))):
            for period in PERIODS:
                rows += [here | {"method": methods["values"]} | place | r for r in _periods(one, period)]
            rows += [here | {"method": methods["trend"]} | place | r for r in _trends(one)]
    return pa.Table.from_pylist([{k: _empty_for_nan(v) for k, v in r.items()} for r in rows], SCHEMA)


def format_of(url: str) -> str:
    """Format by the ending of the file that it is written to; markdown where it says nothing."""
    return ENDINGS.get(url.rpartition(".")[2].lower(), "markdown")


def of_region(indicator: xr.Dataset, region: str | None) -> xr.Dataset:
    """An indicator in one region, or at one station, still along that dimension; all where None."""
    if region is None:
        return indicator
    one = report.of_region(indicator, region)
    return one if "station" in one.coords else one.expand_dims("region")


def _with_sea(region: xr.Dataset) -> xr.Dataset:
    """A section without the bands of latitude that lie outside the region."""
    if "sea_area" not in region or "latitude" not in region.dims:
        return region
    return region.isel(latitude=(region["sea_area"] > 0).any("depth").values)


_TREND_METHODS = ("trend_method", "trend_interval")


def _joined(attrs: dict[str, Any], names: tuple[str, ...]) -> str:
    return "; ".join(str(attrs[n]) for n in names if attrs.get(n))


def _places(region: xr.Dataset) -> Iterator[tuple[dict[str, float], xr.Dataset]]:
    """Each depth and latitude of an indicator that has them; else the region itself."""
    dims = [d for d in PLACES if d in region.dims]
    for index in np.ndindex(*(region.sizes[d] for d in dims)):
        at = dict(zip(dims, index, strict=True))
        yield {PLACES[d]: float(region[d].values[i]) for d, i in at.items()}, region.isel(at)


def write_table(table: pa.Table, format: str) -> bytes:
    """A table as csv, json (a list of rows), parquet, netcdf or markdown."""
    if format == "csv":
        sink = io.BytesIO()
        pacsv.write_csv(table, sink, pacsv.WriteOptions(quoting_style="needed"))
        return sink.getvalue()
    if format == "json":
        return json.dumps(table.to_pylist(), indent=1, allow_nan=False).encode()
    if format == "parquet":
        sink = io.BytesIO()
        pq.write_table(table, sink)
        return sink.getvalue()
    if format == "netcdf":
        return _netcdf(table)
    if format == "markdown":
        return _markdown(table).encode()
    raise ValueError(f"format {format!r} is not known; choose one of {', '.join(FORMATS)}")


def budget_rows(indicator: xr.Dataset, version: str) -> list[dict[str, Any]]:
    """Parts of the standard errors of an indicator in long form: what each source of uncertainty brings.

    Returns
    -------
    rows : one a region, period, time and part; none where the campaign declares no ensemble.
    """
    rows = []
    for name, dim in (("monthly", "month"), ("yearly", "year"), ("trend", "")):
        if (of := f"{name}_error_part") not in indicator:
            continue
        units, name_of = indicator[of].attrs["units"], {"period": name, "version": version}
        for region in indicator["region"].values:
            for part in indicator["part"].values:
                errors = np.atleast_1d(indicator[of].sel(region=region, part=part).values)
                where = {"indicator": indicator.attrs["indicator"], "region": str(region), "part": str(part)}
                for time, error in zip(_times(indicator, dim), errors.tolist(), strict=True):
                    rows.append(where | name_of | {"time": time, "standard_error": error, "units": units})
    return rows


def subsampling_rows(indicator: xr.Dataset, version: str) -> list[dict[str, Any]]:
    """Sampling error by subsampling beside the stated one, see ``flows.subsampling``.

    Returns
    -------
    rows : one a region and epoch, with a note where nothing could be compared; none for the epoch that was
        thinned.
    """
    rows = []
    of = [n for n in indicator if str(n).startswith("subsampling_") and "epoch" in indicator[n].dims]
    for region in indicator["region"].values if of else ():
        one = indicator.sel(region=region)
        for epoch in one["epoch"].values:
            here = {str(n).removeprefix("subsampling_"): one[n].sel(epoch=epoch).item() for n in of}
            dense = str(one["subsampling_dense_epoch"].values)
            if str(epoch) == dense:
                continue
            where = {"indicator": indicator.attrs["indicator"], "region": str(region), "epoch": str(epoch)}
            why = "no month has a box that had records in the thinned epoch too" if dense else "no records"
            note = {"note": "" if here["n_months"] else why, "version": version}
            units = {"units": one["subsampling_error"].attrs["units"]}
            rows.append(where | {"thinned_epoch": dense} | here | units | note)
    return rows


def _times(indicator: xr.Dataset, dim: str) -> list[str]:
    if not dim:
        return [""]
    time = indicator[dim].values
    return np.datetime_as_string(time, "M").tolist() if dim == "month" else [str(y) for y in time]


COUNTS = ("value", "standard_error", "n_profiles", "sampled_fraction", "mean_coverage", "partial_fraction")


def _periods(region: xr.Dataset, period: str) -> list[dict[str, Any]]:
    if f"{period}_value" not in region:
        return []
    columns = {n: region[f"{period}_{n}"].values.tolist() for n in COUNTS if f"{period}_{n}" in region}
    columns["time"] = _times(region, PERIODS[period])
    columns["note"] = _notes(region, period)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [{"period": period, "units": region[f"{period}_value"].attrs["units"]} | r for r in rows]


def _notes(region: xr.Dataset, period: str) -> list[str]:
    """Why a month or a year has no value; empty where it has one."""
    missing = ~np.isfinite(region[f"{period}_value"].values)
    if f"{period}_note" in region:
        return [str(n) for n in region[f"{period}_note"].values]
    n, out = (_count(region, f"{period}_{c}", missing.shape) for c in ("n_profiles", "n_excluded"))
    why = np.where(n > 0, "too few months" if period == "yearly" else "no estimate", "nothing was sampled")
    why = np.where((n == 0) & (out > 0), "no column covers enough of the layer and has a climatology", why)
    return [str(w) if m else "" for w, m in zip(why, missing, strict=True)]


def _count(region: xr.Dataset, name: str, shape: tuple[int, ...]) -> Array:
    return np.asarray(region[name].values) if name in region else np.zeros(shape)


def _trends(region: xr.Dataset) -> list[dict[str, Any]]:
    """The trend, in each unit that it is given in."""
    if "yearly_value" not in region or "trend" not in region:
        return _only_trends(region)
    known = region["year"].values[np.isfinite(region["yearly_value"].values)]
    time = f"{known[0]}/{known[-1]}" if known.size else ""
    whole = [row | {"time": time} for row in (*_only_trends(region), *_by_method(region))]
    time = f"{known[0]}/{known[-2]}" if known.size > 1 else ""
    return whole + [row | {"time": time} for row in _shorter(region)]


def _shorter(region: xr.Dataset) -> list[dict[str, Any]]:
    """The trend without the last year, by the campaign's method and by every other."""
    rows: list[dict[str, Any]] = []
    if (name := f"trend_{WITHOUT_LAST}") in region:
        rows.append({"period": name, "value": float(region[name])})
    if (of := f"by_slope_{WITHOUT_LAST}") in region:
        for method in map(str, region["estimator"].values):
            value = float(region[of].sel(estimator=method))
            rows.append(
                {"period": f"trend_{method}_{WITHOUT_LAST}", "value": value, "method": METHODS[method]}
            )
    units, why = region["trend"].attrs["units"], "too few years without the last one"
    return [row | {"units": units, "note": "" if np.isfinite(row["value"]) else why} for row in rows]


def _by_method(region: xr.Dataset) -> list[dict[str, Any]]:
    """The trend by every method of ``flows.trend_methods``."""
    if "estimator" not in region:
        return []
    rows = []
    for name in region["estimator"].values:
        one = region.sel(estimator=name)
        columns = {
            "value": "by_slope",
            "low": "by_low",
            "high": "by_high",
            "n_eff": "by_n_eff",
            "r1": "by_r1",
        }
        numbers: dict[str, Any] = {k: float(one[v].values) for k, v in columns.items()}
        text = {"period": f"trend_{name}", "units": one["by_slope"].attrs["units"]}
        rows.append(text | numbers | {"note": str(one["by_note"].values), "method": METHODS[str(name)]})
    return rows


def _only_trends(region: xr.Dataset) -> list[dict[str, Any]]:
    rows = []
    for name in ("trend", "trend_flux", "trend_flux_earth", "trend_total"):
        if name in region:
            row = {"value": name, "low": f"{name}_low", "high": f"{name}_high", "n_eff": "n_eff", "r1": "r1"}
            numbers: dict[str, Any] = {k: float(region[v].values) for k, v in row.items() if v in region}
            text = {"period": name, "units": region[name].attrs["units"]}
            note = {"note": str(region["trend_note"].values)} if "trend_note" in region else {}
            rows.append(text | numbers | note)
    return rows


def _netcdf(table: pa.Table) -> bytes:
    """A table as NetCDF: a variable a column on the dimension ``row``; missing counts are -1.

    Text is in characters, compressed as the numbers are: what is the same in every row takes next to no room,
    where strings of any length cannot be compressed.
    """
    columns, packed = {}, {"zlib": True, "complevel": 4}
    for field in table.schema:
        values = table[field.name].to_pylist()
        if pa.types.is_string(field.type):
            text = np.array([v or "" for v in values], dtype=object)
            columns[field.name] = xr.Variable("row", text, encoding={"dtype": "S1"} | packed)
        elif pa.types.is_integer(field.type):
            numbers = np.array([-1 if v is None else v for v in values], np.int64)
            columns[field.name] = xr.Variable("row", numbers, encoding={"_FillValue": np.int64(-1)} | packed)
        else:
            numbers = np.array([np.nan if v is None else v for v in values])
            columns[field.name] = xr.Variable("row", numbers, encoding=packed)
    with tempfile.NamedTemporaryFile(suffix=".nc") as file:
        xr.Dataset(columns, attrs={"title": "Indicator table", "Conventions": "CF-1.11"}).to_netcdf(
            file.name, engine="netcdf4"
        )
        return read_bytes(file.name)


def _empty_for_nan(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _markdown(table: pa.Table) -> str:
    """What is the same in every row goes above the table, and the methods too."""
    rows = table.to_pylist()
    same = [c for c in table.column_names if len({r[c] for r in rows}) == 1]
    shown = [c for c in table.column_names if c not in (*same, "method")]
    lines = [f"- {c}: {_text(rows[0][c])}" for c in same if rows[0][c] not in (None, "") and c != "method"]
    for method in dict.fromkeys(r["method"] for r in rows if r["method"]):
        periods = dict.fromkeys(r["period"] for r in rows if r["method"] == method)
        lines.append(f"- method ({', '.join(periods)}): {_text(method)}")
    if shown:
        lines += ["", _line(shown), _line(["---"] * len(shown))]
        lines += [_line([_text(r[c]) for c in shown]) for r in rows]
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = f"{value:.5g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
