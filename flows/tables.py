"""Indicators as tables: one row a region and period, each with all that is needed to read the number."""

import io
import json
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import xarray as xr

FORMATS = ("csv", "json", "parquet", "markdown")

SCHEMA = pa.schema(
    [
        ("indicator", pa.string()),
        ("region", pa.string()),
        ("period", pa.string()),
        ("time", pa.string()),
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
        ("reference_period", pa.string()),
        ("baseline", pa.string()),
        ("version", pa.string()),
    ]
)
"""Columns. ``period`` is monthly, yearly, trend, trend_flux or trend_total; ``low`` and ``high`` are the
ends of the 95 % interval of a trend; ``value`` is empty where nothing was sampled."""


def table(indicator: xr.Dataset, version: str | None = None) -> pa.Table:
    """An indicator's dataset in long form, monthly and yearly values, then trends.

    Parameters
    ----------
    indicator : from ``flows.indicators.indicator_dataset``.
    version : of the collection that it was read from; replaces what the dataset says.
    """
    attrs = indicator.attrs
    common = {k: attrs[k] for k in ("indicator", "layer", "convention", "reference_period", "baseline")}
    common["version"] = attrs["version"] if version is None else version
    rows = []
    for k, region in enumerate(indicator["region"].values):
        here = common | {"region": str(region), "area_m2": float(indicator["area"].values[k])}
        rows += [here | r for r in _periods(indicator.isel(region=k), "monthly", "month")]
        rows += [here | r for r in _periods(indicator.isel(region=k), "yearly", "year")]
        rows += [here | r for r in _trends(indicator.isel(region=k))]
    return pa.Table.from_pylist([{k: _empty_for_nan(v) for k, v in r.items()} for r in rows], SCHEMA)


def write_table(table: pa.Table, format: str) -> bytes:
    """A table as csv, json (a list of rows), parquet or markdown."""
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
    if format == "markdown":
        return _markdown(table).encode()
    raise ValueError(f"format {format!r} is not known; choose one of {', '.join(FORMATS)}")


def _periods(region: xr.Dataset, period: str, dim: str) -> list[dict[str, Any]]:
    names = ("value", "standard_error", "n_profiles", "sampled_fraction", "mean_coverage", "partial_fraction")
    columns = {n: region[f"{period}_{n}"].values.tolist() for n in names}
    time = region[dim].values
    columns["time"] = np.datetime_as_string(time, "M").tolist() if dim == "month" else [str(y) for y in time]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [{"period": period, "units": region[f"{period}_value"].attrs["units"]} | r for r in rows]


def _trends(region: xr.Dataset) -> list[dict[str, Any]]:
    """The trend, in each unit that it is given in."""
    known = region["year"].values[np.isfinite(region["yearly_value"].values)]
    time = f"{known[0]}/{known[-1]}" if known.size else ""
    rows = []
    for name in ("trend", "trend_flux", "trend_total"):
        if name in region:
            row = {"value": name, "low": f"{name}_low", "high": f"{name}_high", "n_eff": "n_eff", "r1": "r1"}
            numbers: dict[str, Any] = {k: float(region[v].values) for k, v in row.items()}
            text = {"period": name, "time": time, "units": region[name].attrs["units"]}
            rows.append(text | numbers | {"note": str(region["trend_note"].values)})
    return rows


def _empty_for_nan(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _markdown(table: pa.Table) -> str:
    """What is the same in every row goes above the table."""
    rows = table.to_pylist()
    same = [c for c in table.column_names if len({r[c] for r in rows}) == 1]
    shown = [c for c in table.column_names if c not in same]
    lines = [f"- {c}: {_text(rows[0][c])}" for c in same if rows[0][c] not in (None, "")]
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
