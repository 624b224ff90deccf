"""The classic NetCDF formats: header and data from the bytes, without a library.

Source: NetCDF Users Guide, "The Classic, 64-bit Offset and 64-bit Data (CDF-5) File Format Specifications".
"""

import math
import struct
from collections.abc import Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from flows.readers.netcdf_model import NetCDF, plain
from flows.records import SourceError
from kernels.compiled import Array

TYPES = ("", "i1", "S1", ">i2", ">i4", ">f4", ">f8", "u1", ">u2", ">u4", ">i8", ">u8")
"""NumPy type of each nc_type from 1 on."""
SIZES = (0, 1, 1, 2, 4, 4, 8, 1, 2, 4, 8, 8)
CHAR = 2
NOT_A_HEADER = (struct.error, IndexError, UnicodeDecodeError, OverflowError, ValueError, MemoryError)


class _Widths(NamedTuple):
    """Sizes of the numbers in a header: of a count, and of the position of a variable."""

    number: struct.Struct
    tag_count: struct.Struct
    begin: struct.Struct


CDF1 = _Widths(struct.Struct(">I"), struct.Struct(">II"), struct.Struct(">I"))
CDF2 = CDF1._replace(begin=struct.Struct(">Q"))
CDF5 = _Widths(struct.Struct(">Q"), struct.Struct(">IQ"), struct.Struct(">Q"))
VERSIONS = {1: CDF1, 2: CDF2, 5: CDF5}


class _Header(NamedTuple):
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    nc_type: int
    begin: int
    attributes: slice
    record: bool


def decode(data: bytes, file: str) -> NetCDF:
    """Open the bytes of a CDF-1, CDF-2 or CDF-5 file."""
    version = data[3] if len(data) > 3 else 0
    if version not in VERSIONS:
        raise SourceError(file, f"classic NetCDF of unknown version {version}")
    widths = VERSIONS[version]
    try:
        dimensions, attributes, headers, stride = _parse(data, widths)
    except NOT_A_HEADER as error:
        raise SourceError(file, f"the NetCDF header is damaged or truncated ({error})") from error
    _check_complete(data, file, headers, stride)
    return NetCDF(
        file=file,
        dimensions=dimensions,
        global_attributes=lambda: _attributes(data[attributes], widths, file),
        shapes={name: header.shape for name, header in headers.items()},
        dims_of=lambda name: headers[name].dims,
        read=partial(_read, data, file, headers, stride),
        attributes_of=lambda name: _attributes_seen_before(data[headers[name].attributes], widths, file),
    )


def _parse(data: bytes, widths: _Widths) -> tuple[dict[str, int], slice, dict[str, _Header], int]:
    n_record: int = widths.number.unpack_from(data, 4)[0]
    names, sizes, at = _dimensions(data, widths, 4 + widths.number.size)
    attributes = slice(at, _after_attributes(data, widths, at))
    raw = _variables(data, widths, attributes.stop, len(names))
    is_record = [bool(ids) and sizes[ids[0]] == 0 for _, ids, *_ in raw]
    stride = _record_stride(
        [(ids, t) for (_, ids, _, t, _), r in zip(raw, is_record, strict=True) if r], sizes
    )
    if n_record == 2 ** (8 * widths.number.size) - 1:  # written as a stream: as many records as there are
        first = min((v[4] for v, r in zip(raw, is_record, strict=True) if r), default=len(data))
        n_record = max(len(data) - first, 0) // stride if stride else 0
    sizes_now = [size or n_record for size in sizes]
    headers = {
        name: _Header(
            tuple([names[i] for i in ids]), tuple([sizes_now[i] for i in ids]), nc_type, begin, attrs, record
        )
        for (name, ids, attrs, nc_type, begin), record in zip(raw, is_record, strict=True)
    }
    return dict(zip(names, sizes_now, strict=True)), attributes, headers, stride


def _dimensions(data: bytes, widths: _Widths, at: int) -> tuple[list[str], list[int], int]:
    tag, n = widths.tag_count.unpack_from(data, at)
    at += widths.tag_count.size
    if tag not in (0, 10):
        raise ValueError(f"no list of dimensions, but the tag {tag}")
    names, sizes = [], []
    for _ in range(n):
        name, at = _name(data, widths, at)
        names.append(name)
        sizes.append(widths.number.unpack_from(data, at)[0])
        at += widths.number.size
    return names, sizes, at


def _variables(
    data: bytes, widths: _Widths, at: int, n_dim: int
) -> list[tuple[str, tuple[int, ...], slice, int, int]]:
    """Name, dimensions, place of the attributes, type and place of the values of each variable."""
    tag, n = widths.tag_count.unpack_from(data, at)
    at += widths.tag_count.size
    if tag not in (0, 11):
        raise ValueError(f"no list of variables, but the tag {tag}")
    number, begin_size = widths.number, widths.begin.size
    found = []
    for _ in range(n):
        name, at = _name(data, widths, at)
        rank = number.unpack_from(data, at)[0]
        if rank > n_dim and rank > 32:
            raise ValueError(f"variable {name} has {rank} dimensions")
        at += number.size
        ids = struct.unpack_from(f">{rank}{'I' if number.size == 4 else 'Q'}", data, at)
        at += rank * number.size
        attributes = slice(at, _after_attributes(data, widths, at))
        at = attributes.stop
        nc_type = int.from_bytes(data[at : at + 4], "big")
        if not 1 <= nc_type <= 11 or max(ids, default=-1) >= n_dim:
            raise ValueError(f"variable {name} has the type {nc_type} and the dimensions {ids}")
        at += 4 + number.size  # the size of the variable is skipped: it overflows in large files
        found.append((name, ids, attributes, nc_type, widths.begin.unpack_from(data, at)[0]))
        at += begin_size
    return found


def _name(data: bytes, widths: _Widths, at: int) -> tuple[str, int]:
    n = widths.number.unpack_from(data, at)[0]
    at += widths.number.size
    return data[at : at + n].decode(), at + n + (-n & 3)


def _after_attributes(data: bytes, widths: _Widths, at: int) -> int:
    """Where a list of attributes ends; their content is decoded only on demand."""
    tag, n = widths.tag_count.unpack_from(data, at)
    if tag not in (0, 12):
        raise ValueError(f"no list of attributes, but the tag {tag}")
    number, tag_count = widths.number, widths.tag_count
    at += tag_count.size
    for _ in range(n):
        length = number.unpack_from(data, at)[0]
        at += number.size + length + (-length & 3)
        nc_type, n_value = tag_count.unpack_from(data, at)
        length = n_value * SIZES[nc_type]
        at += tag_count.size + length + (-length & 3)
    return at


def _attributes(block: bytes, widths: _Widths, file: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    at = widths.tag_count.size
    try:
        for _ in range(widths.tag_count.unpack_from(block)[1]):
            name, at = _name(block, widths, at)
            nc_type, n_value = widths.tag_count.unpack_from(block, at)
            at += widths.tag_count.size
            length = n_value * SIZES[nc_type]
            found[name] = _attribute(block[at : at + length], nc_type)
            at += length + (-length & 3)
    except NOT_A_HEADER as error:
        raise SourceError(file, f"the NetCDF attributes are damaged ({error})") from error
    return MappingProxyType(found)


_attributes_seen_before = lru_cache(8192)(_attributes)
"""Files of one centre describe ``TEMP`` in the same bytes, a million times over."""


def _attribute(content: bytes, nc_type: int) -> Any:
    if nc_type == CHAR:
        return plain(content)
    values = np.frombuffer(content, TYPES[nc_type])
    return values.astype(values.dtype.newbyteorder("="))[()] if values.size != 1 else _scalar(values[0])


def _scalar(value: Any) -> Any:
    return value.astype(value.dtype.newbyteorder("="))


def _record_stride(variables: list[tuple[tuple[int, ...], int]], sizes: list[int]) -> int:
    """Bytes of one record. A record variable that is alone in the file is not padded to four bytes."""
    lengths = [SIZES[t] * math.prod([sizes[i] for i in ids[1:]]) for ids, t in variables]
    return lengths[0] if len(lengths) == 1 else sum(n + (-n & 3) for n in lengths)


def _check_complete(data: bytes, file: str, headers: Mapping[str, _Header], stride: int) -> None:
    for name, header in headers.items():
        length = SIZES[header.nc_type] * math.prod(header.shape)
        if header.record and length:
            n_record = header.shape[0]
            length = length // n_record + (n_record - 1) * stride
        if length and header.begin + length > len(data):
            end = header.begin + length
            raise SourceError(file, f"truncated: should go to byte {end}, the file ends at {len(data)}", name)


def _read(data: bytes, file: str, headers: Mapping[str, _Header], stride: int, name: str) -> Array:
    header = headers[name]
    dtype = np.dtype(TYPES[header.nc_type])
    try:
        if header.record:
            values = _records(data, header, dtype, stride)
        else:
            values = np.frombuffer(data, dtype, math.prod(header.shape), header.begin).reshape(header.shape)
    except NOT_A_HEADER as error:
        raise SourceError(file, f"cannot be decoded with the shape {header.shape} ({error})", name) from error
    return values.astype(dtype.newbyteorder("="))


def _records(data: bytes, header: _Header, dtype: np.dtype[Any], stride: int) -> Array:
    if 0 in header.shape:
        return np.empty(header.shape, dtype)
    inner = np.empty(0, dtype).itemsize * np.cumprod((1, *header.shape[:0:-1]))[::-1][1:]
    return np.ndarray(header.shape, dtype, data, header.begin, (stride, *(int(s) for s in inner)))
