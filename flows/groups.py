"""Datasets as Zarr groups: one array a variable, all of a group written and read at the same time.

A partition has some forty arrays; on an object store each is a round trip, so they go side by side.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr
import zarr
from zarr.abc.store import Store
from zarr.api import asynchronous
from zarr.codecs import BloscCodec
from zarr.core.sync import sync

from kernels.compiled import Array

CHUNK = 65_536
"""Elements a chunk; an array of a partition is one shard (one object) of these."""
DAYS = "days since 1950-01-01"


def write_dataset(store: Store, path: str, dataset: xr.Dataset, *, add: bool = False) -> str:
    """Write a dataset as a Zarr group; ``add`` keeps the other arrays of the group.

    Returns the digest of the values written.
    """
    stored = {str(name): _as_days(dataset[name]) for name in sorted(dataset.variables, key=str)}
    values = {name: np.asarray(variable.values, order="C") for name, variable in stored.items()}
    coordinates = {"coordinates": " ".join(sorted(str(c) for c in dataset.coords))} if dataset.coords else {}
    attributes = _json(dataset.attrs) | coordinates
    sync(_write(store, path, stored, values, attributes, "a" if add else "w"))
    digest = hashlib.blake2b(digest_size=12)
    for name, array in values.items():
        digest.update(f"{name}{array.dtype}{array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


async def _write(
    store: Store,
    path: str,
    stored: Mapping[str, xr.DataArray],
    values: Mapping[str, Array],
    attributes: dict[str, Any],
    mode: Any,
) -> None:
    group = await asynchronous.open_group(store, path=path, mode=mode)
    await asyncio.gather(*(_write_array(group, name, values[name], stored[name]) for name in stored))
    await group.update_attributes(attributes)


async def _write_array(group: zarr.AsyncGroup, name: str, values: Array, variable: xr.DataArray) -> None:
    chunks = tuple(max(1, min(n, CHUNK if values.ndim == 1 else n)) for n in values.shape)
    shards = tuple(-(-n // c) * c or 1 for n, c in zip(values.shape, chunks, strict=True))
    text = values.dtype.kind == "U"
    array = await group.create_array(
        name,
        shape=values.shape,
        dtype=str if text else values.dtype,
        chunks=chunks or "auto",
        shards=shards if shards != chunks and shards else None,
        compressors=BloscCodec(cname="zstd", clevel=3, shuffle="noshuffle" if text else "bitshuffle"),
        fill_value="" if text else np.nan if values.dtype.kind == "f" else 0,
        dimension_names=[str(d) for d in variable.dims],
        attributes=_json(variable.attrs),
        overwrite=True,
    )
    if values.size:
        await array.setitem(..., values)


def read_dataset(
    store: Store, path: str, names: Iterable[str] | None = None, without: tuple[str, ...] = ()
) -> xr.Dataset:
    """A group in memory; ``names`` reads only these variables, ``without`` leaves out names that end so."""
    variables, attributes = sync(_read(store, path, None if names is None else set(names), without))
    coordinates = str(attributes.pop("coordinates", "")).split()
    data = {name: _variable(array, values) for name, array, values in variables}
    return xr.Dataset(data, attrs=attributes).set_coords([c for c in coordinates if c in data])


async def _read(
    store: Store, path: str, names: set[str] | None, without: tuple[str, ...]
) -> tuple[list[tuple[str, Any, Any]], dict[str, Any]]:
    group = await asynchronous.open_group(store, path=path, mode="r")
    if names is None:
        found = [pair async for pair in group.arrays() if not (without and pair[0].endswith(without))]
    else:  # without looking at the others
        found = [pair for pair in await asyncio.gather(*(_member(group, n) for n in names)) if pair[1]]
    found.sort(key=lambda pair: pair[0])
    values = await asyncio.gather(*(array.getitem(...) for _, array in found))
    return [(name, array, v) for (name, array), v in zip(found, values, strict=True)], dict(group.attrs)


async def _member(group: zarr.AsyncGroup, name: str) -> tuple[str, Any]:
    try:
        return name, await group.getitem(name)
    except KeyError:
        return name, None


def _variable(array: Any, values: Any) -> xr.Variable:
    values = np.asarray(values)
    if values.dtype.kind in "OT":
        values = np.array(values.tolist(), dtype=str)
    attributes = dict(array.attrs)
    if attributes.get("units") == DAYS and values.dtype.kind == "i":
        values = (np.datetime64("1950-01-01") + values.astype("timedelta64[D]")).astype("datetime64[ns]")
        attributes = {k: v for k, v in attributes.items() if k not in ("units", "calendar")}
    return xr.Variable(array.metadata.dimension_names or (), values, attributes)


def _as_days(variable: xr.DataArray) -> xr.DataArray:
    """Dates as CF days, since Zarr has no settled type for them; only whole days are stored this way."""
    if variable.dtype.kind != "M":
        return variable
    days = (variable.values.astype("datetime64[D]") - np.datetime64("1950-01-01")).astype(np.int64)
    return variable.copy(data=days).assign_attrs(units=DAYS, calendar="standard")


def remove_group(store: Store, path: str) -> None:
    """Remove a group if it is there."""
    parent, _, name = path.rpartition("/")
    group = zarr.open_group(store, path=parent, mode="a")
    if name in group:
        del group[name]


def _json(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(k): v.tolist() if isinstance(v, np.ndarray | np.generic) else v for k, v in attributes.items()
    }
