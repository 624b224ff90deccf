"""Files of published series: the same numbers from every layout, and what is wrong is named."""

import hashlib

import netCDF4
import numpy as np
import pyarrow as pa
import pytest

from catalogs.recipe import Series
from flows.product_files import find, read_series
from flows.tables import SCHEMA, write_table

NAN = np.nan
YEARS = [2001, 2002, 2003]
VALUES, ERRORS = [1.0, NAN, 3.0], [0.1, 0.2, 0.3]


def series(**about):
    return Series(file="f", reference="r", **about)


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def own_table(format, regions=("global_60s_60n",), years=YEARS, depth=False):
    """A table as ``oceanstate table`` writes it, with monthly rows and trends beside the yearly ones."""
    common = {"indicator": "ohc_0_700", "units": "J m-2", "layer": "0-700 m", "area_m2": 3e14, "version": "1"}
    rows = []
    for k, region in enumerate(regions):
        here = common | {"region": region}
        rows.append(here | {"period": "monthly", "time": "2001-01", "value": 77.0, "standard_error": 7.0})
        for year, value, error in zip(years, VALUES[: len(years)], ERRORS[: len(years)], strict=True):
            row = {"period": "yearly", "time": str(year), "standard_error": error}
            row["value"] = None if np.isnan(value) else value + k
            rows.append(here | row | ({"depth_m": 10.0 * year} if depth else {}))
        rows.append(here | {"period": "trend", "time": "2001/2003", "value": 1.0, "units": "J m-2 year-1"})
    return write_table(pa.Table.from_pylist(rows, SCHEMA), format)


def netcdf(path, **units):
    with netCDF4.Dataset(path, "w") as nc:
        nc.createDimension("time", None)
        time = nc.createVariable("time", "f8", ("time",))
        time.units = "days since 1950-01-01 00:00:00"
        time[:] = [(np.datetime64(f"{y}-07-01") - np.datetime64("1950-01-01")).astype(int) for y in YEARS]
        for name, values in (("ohc_a", VALUES), ("ohc_a_error", ERRORS), ("ohc_b", ERRORS)):
            variable = nc.createVariable(name, "f8", ("time",), fill_value=-9999.0)
            variable.units = units.get(name, "J m-2")
            variable[:] = np.where(np.isfinite(values), values, -9999.0)
        nc.setncatts({"area_m2": 3e14, "layer": "0-700 m"})
    return str(path)


@pytest.mark.parametrize(
    ("content", "about"),
    [
        pytest.param("year,value,standard_error\n2001,1,.1\n2002,,.2\n2003,3,.3\n", {}, id="csv"),
        pytest.param(
            "# said\n\nTime;Value;Standard_error\n2001;1;.1\n2002;nan;.2\n2003;3;.3\n", {}, id="remarks"
        ),
        pytest.param("2003 3 .3\n2001 1 .1\n2002 -999 .2", {"time": 1, "value": 2, "error": 3}, id="bare"),
        pytest.param(
            "  YEAR   WO  WOse NH\n2001.5 1 .1 9\n 2002.500 1e35 .2 9\n2003.5 3 .3 9",
            {"time": "YEAR", "value": "WO", "error": "WOse"},
            id="blanks",
        ),
        pytest.param(
            "made by us\nwhen,OHC (J m-2),e\n2001-07-01,1,.1\n2002-07,NA,.2\n2003-01-01T00:00,3,.3",
            {"skip": 1, "time": "when", "value": "OHC", "error": "e"},
            id="dates",
        ),
        pytest.param(own_table("csv"), {}, id="our csv"),
        pytest.param(own_table("parquet"), {}, id="our parquet"),
        pytest.param(own_table("netcdf"), {}, id="our netcdf"),
        pytest.param(own_table("csv", ("a", "b")), {"region": "a"}, id="one region of two"),
    ],
)
def test_read_series__the_same_numbers_from_every_layout(tmp_path, content, about):
    url = write(tmp_path, "f", content)
    read = read_series(url, series(units="J m-2", **about))
    np.testing.assert_array_equal(read.year, YEARS)
    np.testing.assert_array_equal(read.value, VALUES)
    np.testing.assert_array_equal(read.error, ERRORS)
    assert read.units == "J m-2"
    assert read.digest == hashlib.sha256((tmp_path / "f").read_bytes()).hexdigest()


@pytest.mark.parametrize("format", ["csv", "parquet", "netcdf"])
def test_read_series__a_table_of_ours_says_what_it_is(tmp_path, format):
    read = read_series(write(tmp_path, "f", own_table(format)), series())
    assert (read.units, read.area, read.layer, read.region) == ("J m-2", 3e14, "0-700", "global_60s_60n")
    assert read.notes == ("yearly rows of ohc_0_700, version 1",)


def test_read_series__published_netcdf_along_time(tmp_path):
    read = read_series(netcdf(tmp_path / "omi.nc"), series())
    np.testing.assert_array_equal(read.year, YEARS)
    np.testing.assert_array_equal(read.value, VALUES)
    np.testing.assert_array_equal(read.error, ERRORS)
    assert (read.columns, read.units, read.area) == (("ohc_a", "ohc_a_error"), "J m-2", 3e14)
    assert "ohc_b" in read.notes[0]
    other = read_series(netcdf(tmp_path / "omi.nc"), series(value="ohc_b"))
    np.testing.assert_array_equal(other.value, ERRORS)
    assert np.isnan(other.error).all()


def test_read_series__says_what_was_left_out(tmp_path):
    content = "year,value (ZJ),NH,SH\n2001,1,5,6\n2002,-9999,7,8\n"
    read = read_series(write(tmp_path, "f.csv", content), series())
    assert read.units == "ZJ"
    assert read.notes == (
        "1 x -9999 in value (ZJ) taken for missing",
        "columns left out: NH, SH",
        "no errors, so it has no part in the mapping error",
    )


@pytest.mark.parametrize(
    ("content", "about", "said"),
    [
        pytest.param("year,v\n2001,1\n", {}, "no column called value.*it has: year, v", id="no value"),
        pytest.param("year,value\n2001,1\n", {"value": "WO"}, "no column 'WO' for the value", id="column"),
        pytest.param("2001 1\n", {"time": 1, "value": 3}, "no column 3 for the value, only 2", id="number"),
        pytest.param("2001 1\n", {"value": 2}, r"called time or year.*\(without a header\)", id="header"),
        pytest.param("year,value\n2001,1\n2002,x\n", {}, "line 3, column value: 'x' is not", id="text"),
        pytest.param("year,value\n20O1,1\n", {}, "line 2, column year: '20O1' is not a year", id="year"),
        pytest.param("year,value\n1955-1959,1\n", {}, "'1955-1959' is not a year or a date", id="pentad"),
        pytest.param("year,value\n2001.04,1\n2001.12,2\n", {}, "more than one value of 2001", id="monthly"),
        pytest.param("year,value\n2001,\n2002,nan\n", {}, "column value: has no value", id="NaN only"),
        pytest.param("year,value,standard_error\n2001,1,-1\n", {}, "a negative error", id="negative error"),
        pytest.param("year,value\n2001,1,2\n", {}, "line 2: has 3 columns, the first", id="ragged"),
        pytest.param("year,a,a\n2001,1,2\n", {}, "names of columns come twice", id="twice"),
        pytest.param("# nothing\n", {}, "holds no line", id="empty"),
        pytest.param(b"\xff\xfe\x00", {}, "neither text, nor NetCDF or Parquet", id="binary"),
        pytest.param("year,value\n2001,1\n", {"units": None}, "recipe states the unit", id="no unit"),
        pytest.param("year,value (ZJ)\n2001,1\n", {}, "the file says ZJ, the recipe J m-2", id="other unit"),
        pytest.param("year,value\n2001,1\n", {"region": "a"}, "does not say of which region", id="region"),
        pytest.param(own_table("csv", ("a", "b")), {}, "say which region; it has: a, b", id="two regions"),
        pytest.param(own_table("csv"), {"region": "b"}, "has no 'b'; it has: global", id="which region"),
        pytest.param(own_table("csv", years=()), {}, "column period: there is no yearly value", id="no year"),
        pytest.param(own_table("csv", depth=True), {}, "column depth_m: is no single series", id="depths"),
    ],
)
def test_read_series__what_is_wrong_is_named_with_the_file(tmp_path, content, about, said):
    url = write(tmp_path, "f.csv", content)
    with pytest.raises(ValueError, match=said) as error:
        read_series(url, series(**({"units": "J m-2"} | about)))
    assert url in str(error.value)


def test_read_series__errors_in_another_unit_are_refused(tmp_path):
    url = netcdf(tmp_path / "omi.nc", ohc_a_error="GJ m-2")
    with pytest.raises(ValueError, match="column ohc_a_error: is in GJ m-2, ohc_a in J m-2"):
        read_series(url, series())


def test_read_series__netcdf_must_say_which_variable(tmp_path):
    url = str(tmp_path / "f.nc")
    with netCDF4.Dataset(url, "w") as nc:
        nc.createDimension("year", 2)
        for name in ("year", "a", "b"):
            nc.createVariable(name, "f8", ("year",))[:] = [2001, 2002]
    with pytest.raises(ValueError, match="which variable is the value, of a, b"):
        read_series(url, series(units="J"))
    with pytest.raises(ValueError, match="no column 'c' for the value; it has: year, a, b"):
        read_series(url, series(units="J", value="c"))
    assert read_series(url, series(units="J", value="b")).value.tolist() == [2001, 2002]


def test_find__one_file_must_fit(tmp_path):
    for name in ("OHC_1950_2023_0700m.txt", "other.txt"):
        write(tmp_path, name, "1")
    assert find("OHC_*_0700m.txt", str(tmp_path)) == f"{tmp_path}/OHC_1950_2023_0700m.txt"
    assert find("other.txt", str(tmp_path)) == f"{tmp_path}/other.txt"
    assert find("/elsewhere/a.txt", str(tmp_path)) == "/elsewhere/a.txt"
    assert find("s3://bucket/a.txt", str(tmp_path)) == "s3://bucket/a.txt"
    with pytest.raises(ValueError, match=r"must fit the name; there are: OHC_1950_2023_0700m.txt, other"):
        find("*.txt", str(tmp_path))
    with pytest.raises(ValueError, match="there are: none"):
        find("*.csv", str(tmp_path))


def test_read_series__a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=f"{tmp_path}/no.csv: there is no such file"):
        read_series(f"{tmp_path}/no.csv", series())
