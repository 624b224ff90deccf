"""Analyses as files: NetCDF in the layout of the CORA objective analyses, plain Zarr, and a reader.

The published analyses of CORA (product INSITU_GLO_PHY_TS_OA_MY_013_052) hold ``TEMP``, ``TEMP_ERR``,
``TEMP_PCTVAR`` and the same of ``PSAL``, a month a file, on (time, depth, latitude, longitude), with 9999999
where there is nothing.
"""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec
from zarr.core.sync import sync
from zarr.storage import FsspecStore, LocalStore

from flows.collection import Collection, Reading
from flows.location import join, names_in, read_bytes, write_bytes
from flows.months import Months, month_date, month_middle, month_number, month_path
from flows.origin import origin_at, stated
from kernels.compiled import Array

FILL = np.float32(9999999)
DAYS = {"units": "days since 1950-01-01", "calendar": "standard"}
TIME = {"standard_name": "time", "axis": "T", "long_name": "Middle of the month"}
PLACE = ("depth", "latitude", "longitude")
ALERT = ("RECORD_ID", "PLATFORM_CODE", "PLATFORM_TYPE", "TIME", "LATITUDE", "LONGITUDE", "VARIABLE", "TOP",
         "BOTTOM", "N_LEVELS", "DEPTH", "RESIDUAL", "EXPECTED_STD")  # fmt: skip
"""Columns of the table of alerts."""
GROUP = "zarr.json"
"""Metadata of the group itself."""
LEVELS = 11
"""Levels a chunk of plain Zarr: 3 MB of a 1 degree grid."""


def open_analysis(
    store: str, name: str, months: str | None = None, version: str = "main", variables: Sequence[str] = ()
) -> xr.Dataset:
    """Monthly analyses of a store along ``time``, the middle of each month.

    Parameters
    ----------
    store : URL of the store.
    name : of the analysis, for example ``analysis_1deg``.
    months : first/last, for example ``2003-01/2004-12``; None: all that there are. They are read into
        memory: a variable on 1 degree and 55 levels takes 14 MB a month.
    version : a released version, or ``main`` for the newest.
    variables : only these; empty: all.

    Raises
    ------
    ValueError
        where the version has no such analysis, month or variable; says what it has.
    """
    parts = list(_each(store, name, months, version, variables))
    together = xr.concat(
        parts, "time", data_vars="minimal", coords="minimal", compat="override", join="override",
        combine_attrs="override",
    )  # fmt: skip
    return together


def write_netcdf(
    store: str, name: str, folder: str, months: str | None = None, version: str = "main"
) -> list[str]:
    """Write analyses as NetCDF in the CORA layout, ``<name>_<YYYYMM>.nc`` each; the URLs written."""
    return [
        _write_month(month, join(folder, _file_name(month))) for month in _each(store, name, months, version)
    ]


def write_zarr(store: str, name: str, url: str, months: str | None = None, version: str = "main") -> int:
    """Write analyses as one plain Zarr group (format 3, no Icechunk, no shards), month after month.

    Any Zarr client of any language reads it, from any URL that fsspec knows. A chunk is a month of some
    levels. The metadata of the group, without which no client opens it, come last.

    Returns
    -------
    n : months written.
    """
    if names_in(url):
        raise ValueError(f"{url}: there is something already; name a new place, or remove it first")
    target = _zarr_store(url)
    n = len(_wanted(Collection.open(store).read(version), name, months))
    attributes: dict[str, Any] = {}
    for k, month in enumerate(_each(store, name, months, version)):
        for key, variable in month.variables.items():
            if k == 0:
                _create(target, str(key), variable, n)
                sync(target.delete(GROUP))  # comes with the array
            array = zarr.open_array(target, path=str(key), mode="r+")
            if "time" in variable.dims:
                array[k] = _plain(variable)[0]
            elif k == 0:
                array[...] = _plain(variable)
        attributes = {key: _json(v) for key, v in month.attrs.items()}
    zarr.create_group(target, attributes=attributes)
    return n


def alert_rows(reading: Reading, name: str) -> list[dict[str, Any]]:
    """Alerts of an analysis of a version in order of time: records that stand off the analysis of others."""
    rows = []
    for month in months_of(reading, name):
        found = reading.dataset(f"analysis/{name}/alerts/{month_path(month)}")
        columns = {
            "analysis": np.full(found.sizes["alert"], name),
            "month": np.full(found.sizes["alert"], month_path(month).replace("/", "-")),
            **{k if k.startswith(("RECORD", "PLATFORM")) else k.lower(): found[k].values for k in ALERT},
        }
        listed = [columns[k].tolist() for k in columns]
        rows += [dict(zip(columns, row, strict=True)) for row in zip(*listed, strict=True)]
    return rows


def series_of_analysis(reading: Reading, analysis: str, indicator: str) -> xr.Dataset:
    """Regional series of an indicator by an analysis of a version, see ``flows.mapped_series``.

    Raises
    ------
    ValueError
        where the version has none; says what it has.
    """
    there = sorted(reading.ledger("analysis_series"))
    if f"{analysis}/{indicator}" not in there:
        known = ", ".join(there) or "none"
        raise ValueError(f"there is no series of {indicator!r} by analysis {analysis!r}; there are: {known}")
    return reading.dataset(f"analysis/{analysis}/series/{indicator}")


def months_of(reading: Reading, name: str) -> list[int]:
    """Months of which a version has an analysis, as 12 * year + month - 1."""
    paths = {p for entry in reading.ledger("analysis").values() for p in entry["wrote"]}
    own = [p.removeprefix(f"analysis/{name}/") for p in paths if p.startswith(f"analysis/{name}/")]
    return sorted(month_number(p) for p in own if not p.startswith(("alerts/", "means/")))


def _wanted(reading: Reading, name: str, months: str | None) -> list[int]:
    there = months_of(reading, name)
    if not there:
        made = sorted({p.split("/")[1] for e in reading.ledger("analysis").values() for p in e["wrote"]})
        raise ValueError(f"this version has no analysis {name!r}; it has: {', '.join(made) or 'none'}")
    span = Months.parse(months) if months else None
    wanted = [m for m in there if span is None or m in span]
    if not wanted:
        first, last = (str(month_date([m])[0]) for m in (there[0], there[-1]))
        raise ValueError(f"analysis {name} has no month in {months}; it goes from {first} to {last}")
    return wanted


def _each(
    store: str, name: str, months: str | None, version: str, variables: Sequence[str] = ()
) -> Iterator[xr.Dataset]:
    """One dataset a month, along a ``time`` of one."""
    collection = Collection.open(store)
    snapshot = collection.snapshot(version)
    reading, origin = collection.at(snapshot), origin_at(collection, snapshot)
    label = origin.version if version == "main" else version
    for month in _wanted(reading, name, months):
        path = f"analysis/{name}/{month_path(month)}"
        one = reading.dataset(path, (*variables, *PLACE) if variables else None)
        if missing := [v for v in variables if v not in one]:
            raise ValueError(f"analysis {name} has no variable {', '.join(missing)}")
        time = np.datetime64("1950-01-01", "ns") + np.timedelta64(round(month_middle(month) * 86400), "s")
        along = one.expand_dims(time=[time])
        along["time"].attrs = TIME
        kept = {k: v for k, v in one.attrs.items() if k != "month"}
        yield along.assign_attrs(kept | _about(one, label) | stated(origin))


def _about(one: xr.Dataset, version: str) -> dict[str, Any]:
    """Global attributes: what a reader of the file alone must know."""
    lat, lon = one["latitude"].values, one["longitude"].values
    north, east = abs(lat[1] - lat[0]) / 2, abs(lon[1] - lon[0]) / 2
    return {
        "Conventions": "CF-1.11",
        "title": f"Monthly objective analysis of in situ temperature and salinity ({one.attrs['analysis']})",
        "version": version,
        "baseline": f"anomalies are taken from the climatology of {one.attrs['reference_period']}",
        "area": "ocean cells of the grid, in cells that lie within the geospatial bounds",
        "geospatial_lat_min": float(lat.min() - north),
        "geospatial_lat_max": float(lat.max() + north),
        "geospatial_lon_min": float(lon.min() - east),
        "geospatial_lon_max": float(lon.max() + east),
        "geospatial_vertical_min": float(one["depth"].values.min()),
        "geospatial_vertical_max": float(one["depth"].values.max()),
        "geospatial_vertical_positive": "down",
    }


def _file_name(month: xr.Dataset) -> str:
    when = month["time"].values[0].astype("M8[M]")
    return f"{month.attrs['analysis']}_{str(when).replace('-', '')}.nc"


def _write_month(month: xr.Dataset, url: str) -> str:
    fields = [str(v) for v in month.data_vars if month[v].dtype.kind == "f"]
    month = month.assign_attrs(history=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} written by oceanstate")
    for name in fields:
        month[name].attrs |= _valid(month[name].values)
    packed: dict[str, Any] = {v: {"zlib": True, "complevel": 3, "_FillValue": FILL} for v in fields}
    packed["time"] = DAYS | {"dtype": "float64"}
    with tempfile.NamedTemporaryFile(suffix=".nc") as file:
        month.to_netcdf(file.name, engine="netcdf4", unlimited_dims=["time"], encoding=packed)
        write_bytes(url, read_bytes(file.name))
    return url


def _valid(values: Array) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    return {"valid_min": known.min(), "valid_max": known.max()} if known.size else {}


def _zarr_store(url: str) -> FsspecStore | LocalStore:
    scheme, _, rest = url.partition("://")
    if not rest:
        return LocalStore(url)
    return LocalStore(rest) if scheme == "file" else FsspecStore.from_url(url)


def _create(target: FsspecStore | LocalStore, name: str, variable: xr.Variable, n: int) -> None:
    values = _plain(variable)
    along = "time" in variable.dims
    shape = (n, *values.shape[1:]) if along else values.shape
    chunks = tuple(
        1 if d == "time" else min(size, LEVELS) if d == "depth" and along else size
        for d, size in zip(variable.dims, shape, strict=True)
    )
    zarr.create_array(
        target,
        name=name,
        shape=shape,
        chunks=chunks,
        dtype=values.dtype,
        compressors=BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle"),
        fill_value=np.nan if values.dtype.kind == "f" else 0,
        dimension_names=[str(d) for d in variable.dims],
        attributes={k: _json(v) for k, v in variable.attrs.items()} | (DAYS if name == "time" else {}),
    )


def _plain(variable: xr.Variable) -> Array:
    values: Array = variable.values
    if values.dtype.kind == "M":
        return np.asarray((values - np.datetime64("1950-01-01")) / np.timedelta64(1, "D"))
    return values


def _json(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
