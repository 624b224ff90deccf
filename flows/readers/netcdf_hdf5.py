"""NetCDF-4 through h5py, from the bytes (the netCDF4 library may crash in threads)."""

import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import h5py
import numpy as np

from flows.readers.netcdf_model import NetCDF, plain
from flows.records import SourceError
from kernels.compiled import Array

LARGEST_BYTES = 4 << 30
"""A compressed file can declare any size; more than this in one variable is taken for damage."""
NOT_HDF5 = (
    OSError,
    RuntimeError,
    KeyError,
    ValueError,
    TypeError,
    MemoryError,
    OverflowError,
    AttributeError,
)
HEAP = b"GCOL\x01\0\0\0"
NO_VARIABLE = b"This is a netCDF dimension but not a netCDF variable"
HIDDEN = (
    "CLASS",
    "NAME",
    "REFERENCE_LIST",
    "DIMENSION_LIST",
    "_Netcdf4Dimid",
    "_Netcdf4Coordinates",
    "_NCProperties",
    "_nc3_strict",
)


def decode(data: bytes, file: str) -> NetCDF:
    """Open the root group of a NetCDF-4 file."""
    _check_heaps(data, file)
    root = _guarded(file, "", lambda: h5py.File.in_memory(data))
    scales, datasets = _guarded(file, "", partial(_members, root))
    shapes = _guarded(file, "", partial(_shapes, root, scales, datasets))
    return NetCDF(
        file=file,
        dimensions=scales,
        global_attributes=lambda: _guarded(file, "", partial(_attributes, root)),
        shapes=shapes,
        dims_of=cache(lambda name: _guarded(file, name, partial(_dims, root, datasets[name], name))),
        read=lambda name: _guarded(file, name, partial(_read, file, datasets[name], name, shapes[name])),
        attributes_of=cache(lambda name: _guarded(file, name, partial(_attributes, datasets[name]))),
    )


def _guarded[T](file: str, variable: str, action: Callable[[], T]) -> T:
    try:
        return action()
    except SourceError:
        raise
    except NOT_HDF5 as error:
        raise SourceError(file, f"the HDF5 content is damaged or truncated ({error})", variable) from error


def _check_heaps(data: bytes, file: str) -> None:
    """Refuse a damaged global heap, in which the HDF5 library would walk in circles for ever.

    Source: HDF5 file format specification, III.E. The size of object 0, the free space, includes its header.
    """
    at = data.find(HEAP)
    while at >= 0:
        end, place = at + int.from_bytes(data[at + 8 : at + 16], "little"), at + 16
        while place + 16 <= min(end, len(data)):
            is_object = data[place : place + 2] != b"\0\0"
            size = int.from_bytes(data[place + 8 : place + 16], "little")
            step = 16 + size + (-size & 7) if is_object else size
            if step == 0 or place + step > end:
                raise SourceError(file, "the HDF5 content is damaged (a global heap is out of order)")
            place += step
        at = data.find(HEAP, at + len(HEAP))


def _members(root: Any) -> tuple[dict[str, int], dict[str, Any]]:
    """Sizes of the dimensions, and the data sets that are variables."""
    scales, datasets = {}, {}
    for name, member in root.items():
        if not isinstance(member, h5py.Dataset) or member.shape is None:
            continue
        scale = h5py.h5a.exists(member.id, b"CLASS") and len(member.shape) > 0
        if scale:
            scales[name] = int(member.shape[0])
        if not (scale and bytes(member.attrs.get("NAME", b"")).startswith(NO_VARIABLE)):
            datasets[name.removeprefix("_nc4_non_coord_")] = member
    return scales, datasets


def _shapes(root: Any, scales: dict[str, int], datasets: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Shapes of the variables. An unlimited dimension is as long as the longest of its variables; ``scales``,
    where HDF5 has not kept it up to date, is corrected."""
    growing = {name: _dims(root, d, name) for name, d in datasets.items() if None in d.maxshape}
    for name, dims in growing.items():
        for dim, size in zip(dims, datasets[name].shape, strict=True):
            scales[dim] = max(scales.get(dim, 0), int(size))
    return {
        name: tuple(scales[dim] for dim in growing[name]) if name in growing else dataset.shape
        for name, dataset in datasets.items()
    }


def _dims(root: Any, dataset: Any, name: str) -> tuple[str, ...]:
    if "DIMENSION_LIST" not in dataset.attrs:  # a dimension's own variable
        return (name,) if dataset.ndim == 1 else tuple(f"{name}_{i}" for i in range(dataset.ndim))
    references = [axis[0] for axis in dataset.attrs["DIMENSION_LIST"]]
    return tuple(plain(h5py.h5r.get_name(r, root.id)).rsplit("/", 1)[-1] for r in references)


def _read(file: str, dataset: Any, name: str, shape: tuple[int, ...]) -> Array:
    size = math.prod(shape) * dataset.dtype.itemsize
    if size > LARGEST_BYTES:
        raise SourceError(file, f"declares {size} bytes, more than the {LARGEST_BYTES} accepted", name)
    values = np.asarray(dataset[()])
    if values.shape != shape:  # shorter than others along an unlimited dimension
        whole = np.full(shape, dataset.fillvalue, values.dtype)
        whole[tuple(slice(n) for n in values.shape)] = values
        values = whole
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _attributes(holder: Any) -> Mapping[str, Any]:
    return {name: _attribute(holder.attrs[name]) for name in holder.attrs if name not in HIDDEN}


def _attribute(value: Any) -> Any:
    if isinstance(value, h5py.Empty):
        return ""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.ravel()[0]
    return plain(bytes(value)) if isinstance(value, bytes) else value
