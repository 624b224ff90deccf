"""The bytes of NetCDF files: what the netCDF4 library reads, we read; what is no NetCDF is a SourceError."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import fsspec
import h5py
import netCDF4
import numpy as np
import pytest

from flows.readers.netcdf import decode_netcdf, open_netcdf
from flows.records import SourceError

CLASSIC = ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA"]
FORMATS = [*CLASSIC, "NETCDF4_CLASSIC", "NETCDF4"]
SOME = {
    "scalar": ((), np.float64(2.5), {"units": "1"}),
    "chars": (("x", "s"), ["ab", "cde", ""], {"_FillValue": b" "}),
    "i1": (("t", "x"), np.arange(12, dtype="i1").reshape(4, 3), {"valid_range": np.array([0, 9], "i1")}),
    "i2": (("t",), np.arange(4, dtype="i2"), {"_FillValue": np.int16(-9)}),
    "i4": (("x",), np.array([1, -2, 2**31 - 1], "i4"), {}),
    "f4": (
        ("t", "x", "y"),
        np.linspace(0, 1, 60, dtype="f4").reshape(4, 3, 5),
        {"scale_factor": np.float32(0.1)},
    ),
    "f8": (("y", "x"), np.linspace(-1, 1, 15).reshape(5, 3), {"long_name": "grüße"}),
}
DIMS = {"t": None, "x": 3, "y": 5, "s": 4}


@pytest.fixture
def some(write_netcdf: Callable[..., str]) -> Callable[..., str]:
    return lambda format: write_netcdf(
        f"{format}.nc", DIMS, SOME, {"title": "Some", "n": np.int32(3)}, format
    )


@pytest.mark.parametrize("format", FORMATS)
def test_open_netcdf__reads_what_the_netcdf4_library_reads(some: Callable[..., str], format: str) -> None:
    nc = open_netcdf(some(format))
    with netCDF4.Dataset(nc.file) as peer:
        peer.set_auto_maskandscale(False)
        assert dict(nc.dimensions) == {name: len(dim) for name, dim in peer.dimensions.items()}
        assert set(nc.shapes) == set(peer.variables)
        for name, variable in peer.variables.items():
            value = nc.read(name)
            assert nc.dims_of(name) == variable.dimensions
            assert value.dtype == variable.dtype
            np.testing.assert_array_equal(value, variable[...])
            assert {k: str(v) for k, v in nc.attributes_of(name).items()} == {
                k: v.decode() if isinstance(v, bytes) else str(v) for k, v in variable.__dict__.items()
            }
        assert dict(nc.global_attributes()) == {"title": "Some", "n": 3}


@pytest.mark.parametrize("format", CLASSIC)
@pytest.mark.parametrize("dtype", ["i1", "S1", "i2", "f4"])
def test_open_netcdf__a_record_variable_alone_is_not_padded(
    write_netcdf: Callable[..., str], format: str, dtype: str
) -> None:
    values = (
        np.arange(65, 80).reshape(5, 3).astype("u1").view("S1")
        if dtype == "S1"
        else np.arange(15).reshape(5, 3)
    )
    variables = {
        "fixed": (("x",), np.arange(3, dtype="i2"), {}),
        "alone": (("t", "x"), values.astype(dtype), {}),
    }
    path = write_netcdf("alone.nc", {"t": None, "x": 3}, variables, format=format)
    np.testing.assert_array_equal(open_netcdf(path).read("alone"), values.astype(dtype))


def test_open_netcdf__two_record_variables_are_padded(write_netcdf: Callable[..., str]) -> None:
    values = np.arange(15, dtype="i1").reshape(5, 3)
    two = {name: (("t", "x"), values + i, {}) for i, name in enumerate(("first", "second"))}
    nc = open_netcdf(write_netcdf("two.nc", {"t": None, "x": 3}, two))
    np.testing.assert_array_equal(nc.read("second"), values + 1)


def test_open_netcdf__a_file_without_records_has_none(write_netcdf: Callable[..., str]) -> None:
    none = {"a": (("t", "x"), np.zeros((0, 3), "f4"), {}), "b": (("t",), np.zeros(0, "i2"), {})}
    nc = open_netcdf(write_netcdf("none.nc", {"t": None, "x": 3}, none))
    assert nc.read("a").shape == (0, 3)
    assert nc.read("b").shape == (0,)


def test_open_netcdf__a_stream_has_as_many_records_as_there_are(some: Callable[..., str]) -> None:
    data = bytearray(Path(some("NETCDF3_CLASSIC")).read_bytes())
    data[4:8] = b"\xff\xff\xff\xff"
    np.testing.assert_array_equal(decode_netcdf(bytes(data), "stream.nc").read("i2"), SOME["i2"][1])


def test_open_netcdf__a_variable_with_fewer_records_is_filled_up(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "short.nc", "w") as peer:
        peer.createDimension("t", None)
        for name, n in (("short", 2), ("long", 4)):
            peer.createVariable(name, "f4", ("t",), fill_value=-9.0)[:] = np.arange(n)
    nc = open_netcdf(str(tmp_path / "short.nc"))
    assert nc.dimensions["t"] == 4
    assert nc.shapes["short"] == (4,)
    np.testing.assert_array_equal(nc.read("short"), [0, 1, -9, -9])


@pytest.mark.parametrize("format", FORMATS)
def test_open_netcdf__reads_any_url(some: Callable[..., str], format: str) -> None:
    path = some(format)
    url = f"memory://files/{format}.nc"
    with fsspec.open(url, "wb") as file:
        file.write(Path(path).read_bytes())
    np.testing.assert_array_equal(open_netcdf(url).read("f4"), SOME["f4"][1])


@pytest.mark.parametrize("format", FORMATS)
def test_open_netcdf__a_file_cut_anywhere_is_truncated(some: Callable[..., str], format: str) -> None:
    data = Path(some(format)).read_bytes()
    for size in (5, 40, len(data) // 2, len(data) - 9):
        with pytest.raises(SourceError, match=r"truncated|damaged"):
            decode_netcdf(data[:size], "cut.nc")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\0" * 600, "begins with zeros", id="zeros"),
        pytest.param(b"<!DOCTYPE html><html>404</html>", "web page", id="html"),
        pytest.param(b"\n<html><body>", "web page", id="html after a blank line"),
        pytest.param(b"PLATFORM,TEMP\n1,2\n", "text that begins with 'PLATFORM,TEMP", id="text"),
        pytest.param(gzip.compress(b"CDF\x01"), "gzip archive", id="gzip"),
        pytest.param(b"\x7fELF\x02\x01", "begins with the bytes 7f 45 4c 46", id="other magic"),
        pytest.param(b"CDF\x07\0\0\0\0", "unknown version 7", id="unknown version"),
        pytest.param(b"CDF", "unknown version 0", id="magic only"),
        pytest.param(b"CDF\x01\0\0", "damaged or truncated", id="no header"),
        pytest.param(b"\x89HDF\r\n\x1a\n", "HDF5 content is damaged", id="hdf5 magic only"),
    ],
)
def test_open_netcdf__what_is_no_netcdf_is_said(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "odd.nc").write_bytes(data)
    with pytest.raises(SourceError, match=reason) as error:
        open_netcdf(str(tmp_path / "odd.nc"))
    assert error.value.file == str(tmp_path / "odd.nc")


def test_open_netcdf__a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        open_netcdf(str(tmp_path / "none.nc"))


def test_open_netcdf__data_beyond_the_end_names_the_variable(some: Callable[..., str]) -> None:
    data = Path(some("NETCDF3_CLASSIC")).read_bytes()
    with pytest.raises(SourceError, match=r"f4: truncated: should go to byte \d+, the file ends at \d+"):
        decode_netcdf(data[:-8], "cut.nc")


def test_open_netcdf__an_impossible_size_is_refused_before_it_is_allocated(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "huge.nc", "w") as file:
        file.create_dataset("huge", shape=(1 << 40,), dtype="f4", chunks=(1024,))
    with pytest.raises(SourceError, match="huge: declares 4398046511104 bytes"):
        open_netcdf(str(tmp_path / "huge.nc")).read("huge")


def test_open_netcdf__a_heap_without_end_is_refused(some: Callable[..., str]) -> None:
    data = bytearray(Path(some("NETCDF4")).read_bytes())
    heap = data.index(b"GCOL\x01\0\0\0")
    data[heap + 16 : heap + 32] = struct.pack("<HHIQ", 0, 0, 0, 0)  # free space of no size: no way on
    with pytest.raises(SourceError, match="global heap is out of order"):
        decode_netcdf(bytes(data), "heap.nc")
