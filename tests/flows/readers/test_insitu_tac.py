"""Copernicus In Situ TAC files: profiles and time series in the dialects of ten years."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from catalogs.schema import Source, load
from flows.readers.insitu_tac import open_records
from flows.records import IDENTITY, POSITION, Records, SourceError

TAC = load(Source, "insitu_tac")
DAYS = {"units": "days since 1950-01-01T00:00:00Z"}
GRID = ("TIME", "DEPTH")
JAN, FEB = 25567.0, 25598.0
"""2020-01-01 and 2020-02-01."""


def read(path: str) -> Records:
    (records,) = open_records(path, TAC)
    return records


def flag(values: Any, fill: int = -127) -> tuple[tuple[str, ...], Any, dict[str, Any]]:
    return GRID, np.asarray(values, "i1"), {"_FillValue": np.int8(fill)}


@pytest.fixture
def write_tac(write_netcdf: Callable[..., str]) -> Callable[..., str]:
    def write(
        name: str = "GL_PR_CT_SHIP1.nc",
        time: Any = (JAN, JAN + 1),
        place: Any = ((50.0, 51.0), (-10.0, 190.0)),
        parameters: dict[str, Any] | None = None,
        leave_out: tuple[str, ...] = (),
        **attributes: Any,
    ) -> str:
        n, n_place = len(time), len(place[0])
        grid = {
            "PRES": (GRID, np.float32([[5, 10]] * n), {"units": "dbar"}),
            "TEMP": (GRID, np.float32([[20, 19]] * n), {"units": "degrees_C"}),
            "TEMP_QC": flag([[1, 4]] * n),
        }
        variables = {
            "TIME": (("TIME",), np.asarray(time, "f8"), DAYS),
            "TIME_QC": (("TIME",), np.ones(n, "i1"), {"_FillValue": np.int8(-127)}),
            "LATITUDE": (("LATITUDE",), np.asarray(place[0], "f4"), {}),
            "LONGITUDE": (("LONGITUDE",), np.asarray(place[1], "f4"), {}),
            "POSITION_QC": (("POSITION",), np.full(n_place, 2, "i1"), {"_FillValue": np.int8(-127)}),
        } | (grid if parameters is None else parameters)
        shapes = [(own, np.shape(value)) for own, value, _ in variables.values()]
        n_depth = next((shape[-1] for own, shape in shapes if own == GRID), None)
        dims = {"TIME": n, "LATITUDE": n_place, "LONGITUDE": n_place, "POSITION": n_place, "STRING32": 32}
        dims |= {} if n_depth is None else {"DEPTH": n_depth}
        attributes = {
            "platform_code": "SHIP1",
            "data_mode": "R",
            "date_update": "2020-03-04T05:06:07Z",
        } | attributes
        for missing in leave_out:
            del variables[missing]
        return write_netcdf(name, dims, variables, attributes)

    return write


def test_insitu_tac__profiles_have_all_row_variables(write_tac: Callable[..., str]) -> None:
    records = read(write_tac(wmo_inst_type="830"))
    assert records.feature == "profiles"
    assert set(records.rows) == {*POSITION, *IDENTITY}
    np.testing.assert_array_equal(records.row_size, [2, 2])
    row = {name: column[1].item() for name, column in records.rows.items()}
    assert (row["TIME"], row["LATITUDE"], row["LONGITUDE"]) == (JAN + 1, 51, -170)
    assert (row["TIME_SOURCE_QC"], row["POSITION_SOURCE_QC"]) == (1, 2)
    assert (row["PLATFORM_CODE"], row["PLATFORM_TYPE"], row["PROBE_TYPE"]) == ("SHIP1", "CT", 830)
    assert (row["CYCLE_NUMBER"], row["DIRECTION"], row["DATA_MODE"]) == (-1, "D", "R")
    np.testing.assert_array_equal(records.obs["TEMP_SOURCE_QC"], [1, 4, 1, 4])


def test_insitu_tac__fill_values_count_before_unpacking(write_tac: Callable[..., str]) -> None:
    packed = {"units": "degrees_C", "_FillValue": np.int32(-2147483647), "scale_factor": np.float32(0.001)}
    parameters = {
        "PRES": (GRID, np.float32([[5, 9.969209968386869e36]] * 2), {"units": "dbar"}),
        "TEMP": (GRID, np.int32([[20553, -2147483647], [-999, 99999]]), packed),
        "TEMP_QC": flag([[1, -127], [1, 1]]),
    }
    records = read(write_tac(parameters=parameters))
    np.testing.assert_array_equal(records.row_size, [1, 2])
    np.testing.assert_array_equal(records.obs["TEMP"], np.float32([20.553, -0.999, 99.999]))
    np.testing.assert_array_equal(records.obs["PRES"], np.float32([5, 5, np.nan]))


@pytest.mark.parametrize("fill", [99999.0, -99999.0, -999.0, 9.96921e36])
def test_insitu_tac__declared_fills_of_all_dialects_are_missing(
    write_tac: Callable[..., str], fill: float
) -> None:
    attributes = {"units": "degree_Celsius", "_FillValue": np.float32(fill)}
    parameters = {
        "DEPH": (GRID, np.float32([[0, 5]] * 2), {"units": "meters"}),
        "TEMP": (GRID, np.float32([[fill, 19]] * 2), attributes),
    }
    np.testing.assert_array_equal(
        read(write_tac(parameters=parameters)).obs["TEMP"], np.float32([np.nan, 19] * 2)
    )


def test_insitu_tac__one_position_serves_all_times(write_tac: Callable[..., str]) -> None:
    records = read(write_tac(place=((50.0,), (190.0,))))
    np.testing.assert_array_equal(records.rows["LONGITUDE"], [-170, -170])
    np.testing.assert_array_equal(records.rows["POSITION_SOURCE_QC"], [2, 2])


def test_insitu_tac__a_depth_per_level_serves_all_times(write_tac: Callable[..., str]) -> None:
    parameters = {
        "DEPH": (("DEPTH",), np.float32([1, 7]), {"units": "m"}),
        "TEMP": (GRID, np.float32([[20, 19], [18, 17]]), {"units": "degC"}),
    }
    np.testing.assert_array_equal(
        read(write_tac(parameters=parameters)).obs["DEPH"], np.float32([1, 7, 1, 7])
    )


def test_insitu_tac__time_series_are_rows_of_platform_and_month(write_tac: Callable[..., str]) -> None:
    time = (FEB, JAN, JAN + 0.5, FEB + 1)
    parameters = {
        "DEPH": (GRID, np.float32([[0, 3]] * 4), {"units": "meter"}),
        "TEMP": (GRID, np.float32([[1, 2], [3, np.nan], [4, 5], [np.nan, np.nan]]), {"units": "degC"}),
    }
    place = ((50.0, 51.0, 52.0, 53.0), (1.0, 2.0, 3.0, 4.0))
    records = read(write_tac("GL_TS_MO_SHIP1.nc", time, place, parameters))
    assert records.feature == "trajectories"
    assert set(records.rows) == set(IDENTITY)
    np.testing.assert_array_equal(records.row_size, [3, 2])
    np.testing.assert_array_equal(records.obs["TEMP"], np.float32([3, 4, 5, 1, 2]))
    np.testing.assert_array_equal(records.obs["TIME"], [JAN, JAN + 0.5, JAN + 0.5, FEB, FEB])
    np.testing.assert_array_equal(records.obs["LATITUDE"], [51, 52, 52, 50, 50])
    np.testing.assert_array_equal(records.obs["DEPH"], np.float32([0, 0, 3, 0, 3]))


def test_insitu_tac__a_row_of_a_series_keeps_its_identity_when_the_file_grows(
    write_tac: Callable[..., str],
) -> None:
    place = ((50.0,), (1.0,))
    short = read(write_tac("GL_TS_MO_SHIP1.nc", (JAN, FEB), place))
    grown = read(write_tac("GL_TS_MO_SHIP1.nc", (JAN - 40, JAN, JAN + 1, FEB, FEB + 1), place))
    assert grown.rows["RECORD_ID"].tolist()[1:] == short.rows["RECORD_ID"].tolist()
    day = read(write_tac("GL_TS_MO_SHIP1_20200101.nc", (JAN,), place))  # must not replace the month
    assert day.rows["RECORD_ID"][0] not in grown.rows["RECORD_ID"]


def test_insitu_tac__unknown_times_are_a_row_of_their_own(write_tac: Callable[..., str]) -> None:
    records = read(write_tac("GL_TS_MO_SHIP1.nc", (JAN, 999999.0, 1e30), ((50.0,), (1.0,))))
    np.testing.assert_array_equal(records.row_size, [2, 4])


def references(texts: list[str]) -> dict[str, Any]:
    return {"DC_REFERENCE": (("TIME", "STRING32"), texts, {"_FillValue": b" "})}


@pytest.mark.parametrize("given", [True, False], ids=["reference given", "time and position"])
def test_insitu_tac__a_profile_keeps_its_identity_when_the_file_grows(
    write_tac: Callable[..., str], given: bool
) -> None:
    grid = {
        "PRES": (GRID, np.float32([[5, 10]] * 3), {"units": "dbar"}),
        "TEMP": (GRID, np.float32([[20, 19]] * 3), {"units": "degrees_C"}),
    }
    two = {name: (own, value[1:], attributes) for name, (own, value, attributes) in grid.items()}
    refs = ["a", "b", "c"] if given else [" ", " ", " "]
    time, place = (JAN, JAN + 1, JAN + 1), ((50.0, 51.0, 51.0), (1.0, 2.0, 2.0))
    before = read(
        write_tac(time=time[1:], place=tuple(p[1:] for p in place), parameters=two | references(refs[1:]))
    )
    after = read(write_tac(time=time, place=place, parameters=grid | references(refs)))
    assert after.rows["RECORD_ID"].tolist()[1:] == before.rows["RECORD_ID"].tolist()
    assert len(set(after.rows["RECORD_ID"].tolist())) == 3


@pytest.mark.parametrize(
    ("name", "data_mode", "own", "expected"),
    [
        pytest.param("DATA_MODE", "R", ["D", "A"], ["D", "A"], id="per profile"),
        pytest.param("TEMP_DM", "D", [["D", "D"], ["D", "R"]], ["D", "R"], id="per value: the weakest"),
        pytest.param("TEMP_DM", "R", [["P", "P"], [" ", " "]], ["A", "R"], id="provisional, and blank"),
        pytest.param(None, "D", None, ["D", "D"], id="of the file"),
        pytest.param(None, "M", None, ["R", "R"], id="mixed without details is the weakest"),
    ],
)
def test_insitu_tac__data_mode(
    write_tac: Callable[..., str], name: str | None, data_mode: str, own: Any, expected: list[str]
) -> None:
    parameters = {
        "PRES": (GRID, np.float32([[5, 10]] * 2), {"units": "dbar"}),
        "TEMP": (GRID, np.float32([[20, 19]] * 2), {"units": "degrees_C"}),
    }
    if name:
        dims = GRID if name.endswith("_DM") else ("TIME",)
        parameters[name] = (dims, own, {"_FillValue": b" "})
    assert read(write_tac(parameters=parameters, data_mode=data_mode)).rows["DATA_MODE"].tolist() == expected


def test_insitu_tac__names_are_mapped_and_volumes_left_out(write_tac: Callable[..., str]) -> None:
    value = np.float32([[1, 2]] * 2)
    parameters = {
        "PRES": (GRID, value, {"units": "dbar"}),
        "DOX1": (GRID, value, {"units": "ml l-1"}),
        "DOX2": (GRID, value * 100, {"units": "µmol kg-1"}),
        "CPHL": (GRID, value, {"units": "mg m-3"}),
        "NTAW": (GRID, value, {"units": "mmol m-3"}),
        "PHPH": (GRID, value + 7, {"units": "1"}),
    }
    records = read(write_tac(parameters=parameters))
    assert {n for n in records.obs if not n.endswith("_QC")} == {"PRES", "DOXY", "CHLA", "PHPH"}
    np.testing.assert_array_equal(records.obs["DOXY"], np.float32([100, 200] * 2))
    assert {variable for _, variable, _ in records.notes} == {"DOX1", "NTAW"}


def test_insitu_tac__a_file_without_our_variables_says_what_it_has(write_tac: Callable[..., str]) -> None:
    parameters = {
        "DEPH": (GRID, np.float32([[0]] * 2), {"units": "m"}),
        "SLEV": (GRID, np.float32([[1]] * 2), {"units": "m"}),
        "SLEV_QC": flag([[1]] * 2),
    }
    with pytest.raises(SourceError, match=r"no variable of the record model: found SLEV$"):
        read(write_tac("NO_TS_TG_X.nc", parameters=parameters))


def test_insitu_tac__a_surface_series_may_do_without_depth(write_tac: Callable[..., str]) -> None:
    parameters = {"TEMP": (("TIME",), np.float32([20, 19]), {"units": "degree_Celsius"})}
    records = read(write_tac("GL_TS_DB_X.nc", parameters=parameters))
    np.testing.assert_array_equal(records.obs["TEMP"], np.float32([20, 19]))
    assert records.notes[0][1:] == ("DEPH", "missing: the depth of the measurements is not known")


@pytest.mark.parametrize(
    ("leave_out", "named"),
    [
        (("TIME",), "TIME: missing"),
        (("LATITUDE",), "LATITUDE: missing"),
        (("PRES",), "PRES or DEPH: missing"),
    ],
)
def test_insitu_tac__a_missing_mandatory_variable_is_named(
    write_tac: Callable[..., str], leave_out: tuple[str, ...], named: str
) -> None:
    with pytest.raises(SourceError, match=named):
        read(write_tac(leave_out=leave_out))


@pytest.mark.parametrize(
    ("update", "number"),
    [
        ("2014-12-11T13:38:16Z", 20141211133816),
        ("2016-01-07T09:38:07.573Z", 20160107093807),
        ("2016-01-07T09:38:07ZZ", 20160107093807),
        ("2016-01-07T09:38:07TZ", 20160107093807),
        ("2016-01-07", 20160107000000),
        (" ", 0),
        ("soon", 0),
    ],
)
def test_insitu_tac__the_newer_delivery_counts(
    write_tac: Callable[..., str], update: str, number: int
) -> None:
    precedence = int(read(write_tac(date_update=update)).rows["PRECEDENCE"][0])
    assert precedence % (1 << 47) == number


@pytest.mark.parametrize(
    ("name", "attributes", "feature"),
    [
        ("odd.nc", {"cdm_data_type": "vertical profile"}, "profiles"),
        ("odd.nc", {"cdm_data_type": "Time-series"}, "trajectories"),
        ("odd.nc", {"cdm_data_type": "Station"}, "trajectories"),
        ("IR_202001_TS_MO_61198.nc", {}, "trajectories"),
        ("GL_PR_PF_3900150_2010.nc", {"cdm_data_type": "Station"}, "profiles"),
    ],
)
def test_insitu_tac__the_name_or_the_data_type_says_what_it_is(
    write_tac: Callable[..., str], name: str, attributes: dict[str, str], feature: str
) -> None:
    assert read(write_tac(name, **attributes)).feature == feature


def test_insitu_tac__a_file_that_does_not_say_what_it_is_is_refused(write_tac: Callable[..., str]) -> None:
    with pytest.raises(SourceError, match="neither the file name nor cdm_data_type"):
        read(write_tac("odd.nc"))


@pytest.mark.parametrize(
    "name",
    ["GL_PR_PF_5906438.nc", "IR_201511_TS_MO_61198.nc", "MO_PR_CT_X_2010.nc", "GL_PR_ML_EXRE0065_2010.nc"],
)
def test_insitu_tac__the_catalogue_accepts_the_names(name: str) -> None:
    assert any(re.search(p, name) for p in TAC.files)
    assert not any(re.search(p, name) for p in TAC.skip)
