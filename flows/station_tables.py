"""Indicators of stations as tables: yearly values and reference statistics, and heat waves one a row."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import xarray as xr

SCHEMA = pa.schema(
    [
        ("indicator", pa.string()),
        ("station", pa.string()),
        ("platform_type", pa.string()),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("period", pa.string()),
        ("time", pa.string()),
        ("quantity", pa.string()),
        ("value", pa.float64()),
        ("units", pa.string()),
        ("completeness", pa.float64()),
        ("note", pa.string()),
        ("layer", pa.string()),
        ("convention", pa.string()),
        ("method", pa.string()),
        ("reference_period", pa.string()),
        ("baseline", pa.string()),
        ("version", pa.string()),
    ]
)
"""Columns. ``period`` is yearly, or reference for what the reference years give; ``value`` is empty where
there is none, and ``note`` says why."""
OF_REFERENCE = ("mean", "std", "anomaly", "n_years")
NOT_VALUES = ("yearly_completeness", "yearly_note")


def station_table(indicator: xr.Dataset, version: str | None = None) -> pa.Table:
    """An indicator of stations in long form.

    Parameters
    ----------
    indicator : from ``flows.stations.station_dataset``, of one station or all.
    version : of the collection that it was read from; replaces what the dataset says.
    """
    indicator = indicator if "station" in indicator.dims else indicator.expand_dims("station")
    about = ("indicator", "layer", "convention", "method", "reference_period", "baseline")
    common = {k: indicator.attrs.get(k, "") for k in about}
    common["version"] = indicator.attrs.get("version", "") if version is None else version
    rows = []
    for k in range(indicator.sizes["station"]):
        one = indicator.isel(station=k)
        here: dict[str, Any] = {
            "station": str(one["station"].values),
            "platform_type": str(one["platform_type"].values),
        }
        here |= {n: float(one[n]) for n in ("latitude", "longitude")}
        rows += [common | here | r for r in (*_yearly(one), *_reference(one))]
    return pa.Table.from_pylist(rows, SCHEMA)


def event_table(indicator: xr.Dataset) -> pa.Table:
    """Heat waves of all stations, one a row: dates, duration (days), intensities, category."""
    meanings = indicator["event_category"].attrs["flag_meanings"].split()
    columns: dict[str, Any] = {"station": indicator["event_station"].values.tolist()}
    for name in ("first", "last", "peak"):
        columns[name] = np.datetime_as_string(indicator[f"event_{name}"].values, "D").tolist()
    for name in ("duration", "n_missing", "intensity_max", "intensity_mean", "intensity_cumulative"):
        columns[name] = indicator[f"event_{name}"].values.tolist()
    columns["category"] = [meanings[c] for c in indicator["event_category"].values]
    return pa.table(columns)


def _yearly(one: xr.Dataset) -> Iterator[dict[str, Any]]:
    names = [str(n) for n in one.data_vars if str(n).startswith("yearly_") and n not in NOT_VALUES]
    years = [str(y) for y in one["year"].values]
    notes = [str(n) for n in one["yearly_note"].values]
    of_station = str(one["note"].values)
    for name in names:
        for time, value, part, note in zip(
            years, one[name].values.tolist(), one["yearly_completeness"].values.tolist(), notes, strict=True
        ):
            known = np.isfinite(value)
            yield {
                "period": "yearly",
                "time": time,
                "quantity": name.removeprefix("yearly_"),
                "value": value if known else None,
                "units": one[name].attrs["units"],
                "completeness": part,
                "note": "" if known else note or of_station,
            }


def _reference(one: xr.Dataset) -> Iterator[dict[str, Any]]:
    for name in (n for n in OF_REFERENCE if n in one):
        value = float(one[name])
        known = np.isfinite(value)
        missing = str(one["note"].values) or str(one["yearly_note"].values[-1])
        yield {
            "period": "reference",
            "time": str(one["year"].values[-1]) if name == "anomaly" else one.attrs["reference_period"],
            "quantity": name,
            "value": value if known else None,
            "units": one[name].attrs.get("units", "1"),
            "note": "" if known else missing,
        }
