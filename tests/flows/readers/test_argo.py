"""Argo profile files, whole, odd and hostile."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogs.schema import Source, load
from flows.readers.argo import open_records
from flows.records import IDENTITY, POSITION, Records, SourceError, concatenate

FILL = 99999
ARGO = load(Source, "argo")


def read(path: str) -> Records:
    (records,) = open_records(path, ARGO)
    return records


@pytest.mark.parametrize("format", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF4_CLASSIC", "NETCDF4"])
def test_argo__a_profile_is_one_row_with_all_that_was_delivered(
    write_argo: Callable[..., str], format: str
) -> None:
    records = read(write_argo(format=format))
    assert records.feature == "profiles"
    assert set(records.rows) == {*POSITION, *IDENTITY}
    row = {name: column[0].item() for name, column in records.rows.items()}
    assert row["TIME"] == 25000.25
    assert (row["LATITUDE"], row["LONGITUDE"]) == (45.5, -20.25)
    assert (row["TIME_SOURCE_QC"], row["POSITION_SOURCE_QC"]) == (1, 1)
    assert (row["PLATFORM_CODE"], row["PLATFORM_TYPE"], row["PROBE_TYPE"]) == ("6900001", "PF", 846)
    assert (row["CYCLE_NUMBER"], row["DIRECTION"], row["DATA_MODE"]) == (1, "A", "D")
    assert (row["SOURCE"], row["SOURCE_FILE"], row["SOURCE_INDEX"]) == ("argo", "D6900001_001.nc", 0)
    for name, column in records.rows.items():
        kind = (POSITION | IDENTITY)[name]
        assert column.dtype.kind == "U" if kind == "U" else column.dtype == kind
    np.testing.assert_array_equal(records.obs["PRES"], np.float32([5, 10, 20]))
    np.testing.assert_array_equal(records.obs["PSAL"], np.float32([35, 35.1, 35.2]))
    np.testing.assert_array_equal(records.obs["TEMP_SOURCE_QC"], np.uint8([1, 1, 1]))
    assert records.notes == ()


def test_argo__padding_goes_and_levels_with_some_value_stay(write_argo: Callable[..., str]) -> None:
    levels = {
        "PRES": [[5, 10, FILL, FILL], [1, FILL, FILL, FILL], [FILL] * 4],
        "TEMP": [[20, FILL, 18, FILL], [9, FILL, FILL, FILL], [FILL] * 4],
    }
    records = read(write_argo(levels=levels))
    np.testing.assert_array_equal(records.row_size, [3, 1, 0])
    np.testing.assert_array_equal(records.obs["PRES"], np.float32([5, 10, np.nan, 1]))
    np.testing.assert_array_equal(records.obs["TEMP"], np.float32([20, np.nan, 18, 9]))
    np.testing.assert_array_equal(records.obs["TEMP_SOURCE_QC"], [1, 0, 1, 1])


def test_argo__adjusted_values_and_errors_are_kept(write_argo: Callable[..., str]) -> None:
    dims, units = ("N_PROF", "N_LEVELS"), {"units": "psu", "_FillValue": np.float32(FILL)}
    change = {
        "PSAL_ADJUSTED": (dims, np.float32([[35.01, FILL, 35.21]]), units),
        "PSAL_ADJUSTED_QC": (dims, [["1", "4", "2"]], {"_FillValue": b" "}),
        "PSAL_ADJUSTED_ERROR": (dims, np.float32([[0.01, FILL, 0.02]]), units),
    }
    obs = read(write_argo(change=change)).obs
    np.testing.assert_array_equal(obs["PSAL_ADJUSTED"], np.float32([35.01, np.nan, 35.21]))
    np.testing.assert_array_equal(obs["PSAL_ADJUSTED_QC"], [1, 4, 2])
    np.testing.assert_array_equal(obs["PSAL_ADJUSTED_ERROR"], np.float32([0.01, np.nan, 0.02]))
    assert "TEMP_ADJUSTED" not in obs  # nothing was delivered


def test_argo__bad_beyond_adjustment_is_an_adjusted_flag_without_value(
    write_argo: Callable[..., str],
) -> None:
    change = {"PSAL_ADJUSTED_QC": (("N_PROF", "N_LEVELS"), [["4", "4", "4"]], {"_FillValue": b" "})}
    obs = read(write_argo(change=change)).obs
    assert np.isnan(obs["PSAL_ADJUSTED"]).all()
    np.testing.assert_array_equal(obs["PSAL_ADJUSTED_QC"], [4, 4, 4])
    assert "PSAL_ADJUSTED_ERROR" not in obs


def test_argo__renderings_of_a_profile_share_their_identity(write_argo: Callable[..., str]) -> None:
    two = {"PRES": [[5, 10], [1, 2]], "TEMP": [[20, 19], [21, 21]]}
    names = {"R": "R6900001_001.nc", "D": "D6900001_001.nc"}
    r, d = (
        read(write_argo(name, two, DATA_MODE=mode, JULD=25000 + i))
        for i, (mode, name) in enumerate(names.items())
    )
    many = {"PRES": [[5, 10]] * 3, "TEMP": [[20, 19]] * 3}
    cycles = {"CYCLE_NUMBER": [1, 2, 2], "DIRECTION": ["A", "D", "A"]}
    prof = read(write_argo("6900001_prof.nc", many, DATA_MODE="R", **cycles))
    ids = [records.rows["RECORD_ID"].tolist() for records in (r, d, prof)]
    assert ids[0] == ids[1]
    assert ids[2][0] == ids[0][0]
    assert len({*ids[0], *ids[2]}) == 4  # two of the cycle, and the descent and ascent of the next


def test_argo__precedence_is_data_mode_then_own_file_then_newest(write_argo: Callable[..., str]) -> None:
    def of(name: str, mode: str, update: str) -> int:
        return int(read(write_argo(name, DATA_MODE=mode, DATE_UPDATE=update)).rows["PRECEDENCE"][0])

    old, new = "20100101000000", "99991231235959"
    ordered = [
        of("6900001_prof.nc", "R", new), of("R6900001_001.nc", "R", old), of("R6900001_001.nc", "R", new),
        of("6900001_prof.nc", "A", old), of("R6900001_001.nc", "A", old), of("6900001_prof.nc", "D", new),
        of("D6900001_001.nc", "D", " "), of("D6900001_001.nc", "D", old),
    ]  # fmt: skip
    assert ordered == sorted(set(ordered))


def test_argo__profiles_without_cycle_number_are_told_apart_by_time(write_argo: Callable[..., str]) -> None:
    first, second = (read(write_argo(CYCLE_NUMBER=FILL, JULD=juld)) for juld in (25000.0, 25010.0))
    assert first.rows["CYCLE_NUMBER"][0] == -1
    assert first.rows["RECORD_ID"][0] != second.rows["RECORD_ID"][0]


@pytest.mark.parametrize(
    ("longitude", "stored"),
    [
        (180.0, 180.0),
        (180.5, -179.5),
        (359.0, -1.0),
        (360.0, 0.0),
        (-180.0, -180.0),
        (361.0, 361.0),
        (FILL, np.nan),
    ],
)
def test_argo__longitudes_to_360_are_wrapped_and_impossible_ones_stay(
    write_argo: Callable[..., str], longitude: float, stored: float
) -> None:
    np.testing.assert_equal(read(write_argo(LONGITUDE=longitude)).rows["LONGITUDE"][0], stored)


@pytest.mark.parametrize(
    ("juld", "reference", "time", "noted"),
    [
        pytest.param(25000.5, "19500101000000", 25000.5, False, id="1950"),
        pytest.param(999999.0, "19500101000000", np.nan, False, id="fill"),
        pytest.param(10.0, "19700101000000", 7315.0, True, id="another reference date"),
        pytest.param(10.0, "              ", 10.0, True, id="no reference date: the units count"),
        pytest.param(10.0, "19991399000000", 10.0, True, id="impossible reference date"),
    ],
)
def test_argo__time_counts_from_the_reference_date(
    write_argo: Callable[..., str], juld: float, reference: str, time: float, noted: bool
) -> None:
    records = read(write_argo(JULD=juld, REFERENCE_DATE_TIME=reference))
    np.testing.assert_equal(records.rows["TIME"][0], time)
    assert bool(records.notes) == noted


def test_argo__blank_flags_are_no_qc_and_unknown_ones_are_noted(write_argo: Callable[..., str]) -> None:
    dims = ("N_PROF", "N_LEVELS")
    records = read(write_argo(change={"TEMP_QC": (dims, [["4", " ", "B"]], {"_FillValue": b" "})}))
    np.testing.assert_array_equal(records.obs["TEMP_SOURCE_QC"], [4, 0, 0])
    ((file, variable, remark),) = records.notes
    assert (Path(file).name, variable) == ("D6900001_001.nc", "TEMP_QC")
    assert "1 flags are not of the scheme argo: b'B'" in remark


def test_argo__every_flag_of_the_scheme_keeps_its_meaning(write_argo: Callable[..., str]) -> None:
    dims, ten = ("N_PROF", "N_LEVELS"), np.arange(10.0)[None]
    flags = (dims, [list("0123456789")], {"_FillValue": b" "})
    records = read(write_argo(levels={"PRES": ten, "TEMP": ten}, change={"TEMP_QC": flags}))
    np.testing.assert_array_equal(records.obs["TEMP_SOURCE_QC"], [0, 1, 2, 3, 4, 5, 0, 7, 8, 9])


def temperature(values: Any, unit: str | None) -> dict[str, Any]:
    attributes = {"_FillValue": np.float32(FILL)} | ({} if unit is None else {"units": unit})
    return {"TEMP": (("N_PROF", "N_LEVELS"), np.float32([values]), attributes)}


def test_argo__kelvin_is_converted(write_argo: Callable[..., str]) -> None:
    obs = read(write_argo(change=temperature([293.15, FILL, 273.15], "kelvin"))).obs
    np.testing.assert_allclose(obs["TEMP"], [20, np.nan, 0], atol=2e-5)
    assert obs["TEMP"].dtype == np.float32


def test_argo__the_error_of_a_kelvin_temperature_keeps_its_size(write_argo: Callable[..., str]) -> None:
    change = temperature([293.15, 292.15, 291.15], "K")
    dims, _, attributes = change["TEMP"]
    change |= {
        "TEMP_ADJUSTED": (dims, np.float32([[293.16, 292.16, 291.16]]), attributes),
        "TEMP_ADJUSTED_ERROR": (dims, np.float32([[0.002, 0.002, 0.002]]), attributes),
    }
    obs = read(write_argo(change=change)).obs
    np.testing.assert_allclose(obs["TEMP_ADJUSTED"], [20.01, 19.01, 18.01], atol=2e-5)
    np.testing.assert_array_equal(obs["TEMP_ADJUSTED_ERROR"], np.float32([0.002] * 3))


@pytest.mark.parametrize(
    ("unit", "read_as", "remark"),
    [
        pytest.param("furlong", None, "'furlong' cannot be converted to 'degree_Celsius'", id="unknown"),
        pytest.param(None, [20, 19, 18], "has no unit: taken as degree_Celsius", id="none given"),
    ],
)
def test_argo__units_that_do_not_fit_are_noted(
    write_argo: Callable[..., str], unit: str | None, read_as: list[float] | None, remark: str
) -> None:
    records = read(write_argo(change=temperature([20, 19, 18], unit)))
    assert remark in records.notes[0][2]
    if read_as is None:
        assert "TEMP" not in records.obs
        assert "PSAL" in records.obs
    else:
        np.testing.assert_array_equal(records.obs["TEMP"], np.float32(read_as))


def test_argo__wrong_units_of_all_that_was_measured_are_an_error(write_argo: Callable[..., str]) -> None:
    path = write_argo(change=temperature([20, 19, 18], "furlong"), leave_out=("PSAL", "PSAL_QC"))
    with pytest.raises(SourceError, match=r"TEMP or PSAL: missing .*'furlong' cannot be converted"):
        read(path)


def test_argo__what_station_parameters_do_not_list_is_left_out(write_argo: Callable[..., str]) -> None:
    levels = {"PRES": [[5, 10], [5, 10]], "TEMP": [[20, 19], [20, 19]], "PSAL": [[35, 35], [0, 0]]}
    listed = [["PRES", "TEMP", "PSAL"], ["PRES", "TEMP", ""]]
    change = {"STATION_PARAMETERS": (("N_PROF", "N_PARAM", "STRING16"), listed, {"_FillValue": b" "})}
    records = read(write_argo(levels=levels, change=change))
    np.testing.assert_array_equal(records.obs["PSAL"], np.float32([35, 35, np.nan, np.nan]))
    np.testing.assert_array_equal(records.obs["PSAL_SOURCE_QC"], [1, 1, 0, 0])
    assert records.notes[0][1:] == ("PSAL", "2 values left out: not in STATION_PARAMETERS")


def test_argo__other_canonical_variables_are_read_too(write_argo: Callable[..., str]) -> None:
    levels = {"PRES": [[5, 10]], "TEMP": [[20, 19]], "DOXY": [[220, 180]]}
    np.testing.assert_array_equal(read(write_argo(levels=levels)).obs["DOXY"], np.float32([220, 180]))


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (("JULD",), "JULD: missing"),
        (("LATITUDE",), "LATITUDE: missing"),
        (("LONGITUDE",), "LONGITUDE: missing"),
        (("PRES",), "PRES or DEPH: missing"),
        (("TEMP", "PSAL"), "TEMP or PSAL: missing"),
    ],
)
def test_argo__a_missing_mandatory_variable_is_named(
    write_argo: Callable[..., str], missing: tuple[str, ...], named: str
) -> None:
    with pytest.raises(SourceError, match=named):
        read(write_argo(leave_out=missing))


def test_argo__optional_variables_may_be_missing(write_argo: Callable[..., str]) -> None:
    optional = (
        "JULD_QC",
        "POSITION_QC",
        "TEMP_QC",
        "WMO_INST_TYPE",
        "DIRECTION",
        "STATION_PARAMETERS",
        "DATE_UPDATE",
    )
    records = read(write_argo(leave_out=optional))
    assert records.rows["TIME_SOURCE_QC"][0] == 0
    assert records.rows["PROBE_TYPE"][0] == -1
    assert records.rows["DIRECTION"][0] == "A"
    np.testing.assert_array_equal(records.obs["TEMP_SOURCE_QC"], [0, 0, 0])


def test_argo__files_of_different_content_concatenate(write_argo: Callable[..., str]) -> None:
    oxygen = {"PRES": [[5, 10]], "TEMP": [[20, 19]], "DOXY": [[220, 180]]}
    both = concatenate([read(write_argo()), read(write_argo("R6900001_002.nc", oxygen))])
    np.testing.assert_array_equal(both.row_size, [3, 2])
    np.testing.assert_array_equal(both.obs["DOXY"], np.float32([np.nan, np.nan, np.nan, 220, 180]))


@pytest.mark.parametrize(
    ("name", "read_or_skip"),
    [
        ("R6903724_001.nc", "read"),
        ("D13857_001.nc", "read"),
        ("D1900857_001D.nc", "read"),
        ("R6903724_1001.nc", "read"),
        ("R6903724_001_v3.0_TEMP_Dep_validMin.nc", "read"),
        ("6900001_prof.nc", "read"),
        ("BD4900476_032.nc", "skip"),
        ("SR6903247_001.nc", "skip"),
        ("6900001_Sprof.nc", "skip"),
        ("6900001_meta.nc", "skip"),
        ("2901615_Rtraj.nc", "skip"),
        ("6900001_BRtraj.nc", "skip"),
        ("3901682_tech_No-JULD.nc", "skip"),
        ("ar_greylist.txt", "skip"),
        ("argo_bio-profile_index.txt.gz", "skip"),
    ],
)
def test_argo__the_catalogue_says_which_files_are_read(name: str, read_or_skip: str) -> None:
    patterns = {"read": ARGO.files, "skip": ARGO.skip}
    assert {key for key, of in patterns.items() if any(re.search(p, name) for p in of)} == {read_or_skip}


@pytest.mark.parametrize("format", ["NETCDF3_CLASSIC", "NETCDF4_CLASSIC"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.none() | st.floats(0, 1),
    places=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8
    ),
)
def test_argo__damaged_bytes_are_records_or_a_source_error(
    tmp_path: Path,
    write_argo: Callable[..., str],
    format: str,
    cut: float | None,
    places: list[tuple[float, int]],
) -> None:
    path = tmp_path / "D6900001_001.nc"
    if not path.exists():
        write_argo(format=format)
    data = bytearray(path.read_bytes())
    for place, byte in places:
        data[int(place * len(data))] = byte
    damaged = path.with_name("R6900001_009.nc")
    damaged.write_bytes(data[: len(data) if cut is None else int(cut * len(data))])
    try:
        records = read(str(damaged))
    except SourceError as error:
        assert error.reason  # noqa: PT017 either outcome is right
    else:
        assert records.n_row == len(records.row_size)
