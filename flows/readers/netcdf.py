"""One NetCDF file, fetched once and decoded to NumPy, whatever its flavour.

The classic formats (CDF-1, CDF-2, CDF-5) are decoded here from the bytes, NetCDF-4 through h5py. Whatever the
bytes are, the answer is a ``NetCDF`` or a ``SourceError``. Values and attributes of a variable are decoded
when they are asked for: a reader uses twenty of the sixty variables of an Argo file.
"""

import re

from flows.location import read_bytes
from flows.readers import netcdf_classic, netcdf_hdf5
from flows.readers.netcdf_model import NetCDF, plain
from flows.records import SourceError

HDF5_MAGIC = b"\x89HDF"


def open_netcdf(url: str) -> NetCDF:
    """Fetch and open a NetCDF file at any URL that fsspec knows."""
    return decode_netcdf(fetch(url), url)


def fetch(url: str) -> bytes:
    """The bytes of a file, read once."""
    try:
        if "://" in url:
            return read_bytes(url)
        with open(url, "rb") as file:  # fsspec would cost more than the decoding of a small file
            return file.read()
    except OSError as error:
        raise SourceError(url, f"cannot be read: {error.strerror or error}") from error


def decode_netcdf(data: bytes, file: str) -> NetCDF:
    """Open the bytes of a NetCDF file; ``file`` is named in the errors."""
    if data[:3] == b"CDF":
        return netcdf_classic.decode(data, file)
    if data[:4] == HDF5_MAGIC:
        return netcdf_hdf5.decode(data, file)
    raise SourceError(file, _what_it_is(data))


def _what_it_is(data: bytes) -> str:
    head = data[:512].strip()
    if not data:
        return "the file is empty"
    if not head.strip(b"\0"):
        return "not NetCDF: the file begins with zeros"
    if data[:2] == b"\x1f\x8b":
        return "not NetCDF but a gzip archive; unpack it first"
    if re.match(rb"<(!doctype|html|\?xml)", head, re.IGNORECASE):
        return "not NetCDF but a web page (HTML or XML)"
    if all(byte > 126 or byte >= 32 or byte in b"\t\r\n" for byte in head[:64]):
        return f"not NetCDF but text that begins with {plain(head[:40])!r}"
    return f"not NetCDF: the file begins with the bytes {data[:4].hex(' ')}"
