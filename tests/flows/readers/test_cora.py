"""CORA files, in Argo's layout of old and in the current one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from catalogs.schema import Source, load
from flows.readers.cora import open_records
from flows.records import IDENTITY, POSITION, Records, SourceError

CORA = load(Source, "cora")
NAME = "CO_DMQCGL01_19511210_PR_SH.nc"
TWO = {"DEPH": [[0, 5], [0, 10]], "TEMP": [[19, 18], [17, 16]]}


def read(path: str) -> Records:
    (records,) = open_records(path, CORA)
    return records


def references(texts: list[str]) -> dict[str, Any]:
    return {"DC_REFERENCE": (("N_PROF", "STRING16"), texts, {"_FillValue": b" "})}


def test_cora__legacy_casts_share_a_platform_and_keep_their_reference(write_argo: Callable[..., str]) -> None:
    change = references(["37219509", "37219512"])
    records = read(write_argo(NAME, TWO, change, PLATFORM_NUMBER="SHIP", DIRECTION="D", WMO_INST_TYPE="800"))
    assert set(records.rows) == {*POSITION, *IDENTITY}
    assert records.rows["PLATFORM_TYPE"].tolist() == ["SH", "SH"]
    assert records.rows["PLATFORM_CODE"].tolist() == ["SHIP", "SHIP"]
    np.testing.assert_array_equal(records.obs["DEPH"], np.float32([0, 5, 0, 10]))
    assert not [name for name in records.obs if "ADJUSTED" in name]
    other_day = read(
        write_argo("CO_DMQCGL01_19511211_PR_SH.nc", TWO, change, PLATFORM_NUMBER="SHIP", JULD=709.0)
    )
    assert other_day.rows["RECORD_ID"].tolist() == records.rows["RECORD_ID"].tolist()


def test_cora__without_reference_time_position_and_platform_tell_casts_apart(
    write_argo: Callable[..., str],
) -> None:
    blank = references(["", ""])
    apart = read(write_argo(NAME, TWO, blank, PLATFORM_NUMBER="SHIP", JULD=[708.1, 708.2]))
    again = read(write_argo(NAME, TWO, blank, PLATFORM_NUMBER="SHIP", JULD=[708.2, 708.1]))
    assert apart.rows["RECORD_ID"].tolist() == again.rows["RECORD_ID"].tolist()[::-1]
    same = read(write_argo(NAME, TWO, blank, PLATFORM_NUMBER="SHIP", JULD=708.1))
    assert len(set(same.rows["RECORD_ID"].tolist())) == 2


def test_cora__the_current_layout_has_time_and_integer_flags(write_argo: Callable[..., str]) -> None:
    days = {"units": "days since 1950-01-01T00:00:00Z"}
    grid, fill = ("N_PROF", "N_LEVELS"), {"_FillValue": np.int8(-128)}
    change = {
        "TIME": (("N_PROF",), np.array([708.5, 708.6]), days),
        "TIME_QC": (("N_PROF",), np.array([1, 2], "i1"), fill),
        "POSITION_QC": (("N_PROF",), np.array([1, -128], "i1"), fill),
        "TEMP_QC": (grid, np.array([[1, 4], [-128, 12]], "i1"), fill),
    }
    records = read(write_argo(NAME, TWO, change, leave_out=("JULD", "JULD_QC", "REFERENCE_DATE_TIME")))
    np.testing.assert_array_equal(records.rows["TIME"], [708.5, 708.6])
    np.testing.assert_array_equal(records.rows["TIME_SOURCE_QC"], [1, 2])
    np.testing.assert_array_equal(records.rows["POSITION_SOURCE_QC"], [1, 0])
    np.testing.assert_array_equal(records.obs["TEMP_SOURCE_QC"], [1, 4, 0, 0])
    assert records.notes[0][1:] == ("TEMP_QC", "1 flags are not of the scheme argo: 12")


def test_cora__time_series_become_rows_of_platform_and_month(write_argo: Callable[..., str]) -> None:
    levels = {"DEPH": [[1], [1], [1]], "TEMP": [[9], [8], [7]]}
    platforms, times = ["B", "A", "B"], [708.2, 708.1, 708.1]
    name = "CO_DMQCGL01_19511210_TS_MO.nc"
    records = read(write_argo(name, levels, PLATFORM_NUMBER=platforms, JULD=times, DATA_MODE=["D", "D", "R"]))
    assert records.feature == "trajectories"
    assert set(records.rows) == set(IDENTITY)
    assert records.rows["PLATFORM_CODE"].tolist() == ["A", "B"]
    assert records.rows["DATA_MODE"].tolist() == ["D", "R"]
    np.testing.assert_array_equal(records.row_size, [1, 2])
    np.testing.assert_array_equal(records.obs["TEMP"], np.float32([8, 7, 9]))
    np.testing.assert_array_equal(records.obs["TIME"], [708.1, 708.1, 708.2])


def test_cora__easycora_yields_to_cora(write_argo: Callable[..., str]) -> None:
    full, easy = (read(write_argo(prefix + NAME, TWO, references(["1", "2"]))) for prefix in ("", "E"))
    assert full.rows["RECORD_ID"].tolist() == easy.rows["RECORD_ID"].tolist()
    assert (full.rows["PRECEDENCE"] > easy.rows["PRECEDENCE"]).all()


def test_cora__a_file_without_temperature_and_salinity_is_refused(write_argo: Callable[..., str]) -> None:
    with pytest.raises(SourceError, match="TEMP or PSAL: missing"):
        read(write_argo(NAME, TWO, leave_out=("TEMP",)))


def test_cora__another_name_is_refused(write_argo: Callable[..., str]) -> None:
    with pytest.raises(SourceError, match="the file name does not say"):
        read(write_argo("casts.nc", TWO))
