"""Tables of levels with the flags of real time and of delayed mode side by side."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from catalogs.schema import Source, load
from flows.readers.level_table import open_records
from flows.records import IDENTITY, POSITION, Records, SourceError

BALTIC = load(Source, "baltic_ctd")
NOON, LATER = datetime(2020, 1, 1, 12), datetime(2020, 1, 2)
TABLE: dict[str, Any] = {
    "platform_code": ["A", "A", "B", "A"],
    "filename": ["a", "a", "b", "a"],
    "profile_no": [2, 2, 2, 2],
    "profile_time": [NOON, NOON, LATER, NOON],
    "latitude": [59.5, 59.5, 60.0, 59.5],
    "longitude": [20.0, 20.0, 21.0, 20.0],
    "pres": [1.0, 2.0, 1.0, 3.0],
    "pres_dm": [1.5, 2.5, 1.5, 3.5],
    "pres_qc": [1, 1, 1, 1],
    "pres_qc_dm": [1, 1, 1, 1],
    "temp": [4.0, 3.0, 5.0, None],
    "temp_dm": [4.0, None, 5.0, None],
    "temp_qc": [1, 1, 1, 9],
    "temp_qc_dm": [1, 4, None, 9],
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Records]:
    """Records of a table, written as Parquet or CSV."""

    def write_and_read(columns: dict[str, Any], kind: str = "parquet", source: Source = BALTIC) -> Records:
        path = str(tmp_path / f"cora_bo_ctd.{kind}")
        table = pa.table(columns)
        pyarrow.parquet.write_table(table, path) if kind == "parquet" else pyarrow.csv.write_csv(table, path)
        (records,) = open_records(path, source)
        return records

    return write_and_read


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_level_table__levels_are_brought_together_by_profile(read: Callable[..., Records], kind: str) -> None:
    records = read(TABLE, kind)
    assert set(records.rows) == {*POSITION, *IDENTITY}
    assert records.row_size.tolist() == [3, 1]
    assert records.rows["PLATFORM_CODE"].tolist() == ["A", "B"]
    assert records.rows["PLATFORM_TYPE"].tolist() == ["CT", "CT"]
    first = (np.datetime64(NOON) - np.datetime64("1950-01-01")) / np.timedelta64(1, "D")
    np.testing.assert_allclose(records.rows["TIME"], [first, first + 0.5], rtol=1e-12)
    np.testing.assert_array_equal(records.obs["PRES"], np.float32([1, 2, 3, 1]))
    np.testing.assert_array_equal(records.obs["TEMP"], np.float32([4, 3, np.nan, 5]))


def test_level_table__delayed_mode_is_the_adjusted_value_with_its_flag(read: Callable[..., Records]) -> None:
    records = read(TABLE)
    assert records.rows["DATA_MODE"].tolist() == ["D", "D"]
    assert records.obs["TEMP_SOURCE_QC"].tolist() == [1, 1, 9, 1]
    assert records.obs["TEMP_ADJUSTED_QC"].tolist() == [1, 4, 9, 0]
    np.testing.assert_array_equal(records.obs["TEMP_ADJUSTED"], np.float32([4, np.nan, np.nan, 5]))
    np.testing.assert_array_equal(records.obs["PRES_ADJUSTED"], np.float32([1.5, 2.5, 3.5, 1.5]))
    only = read({k: v for k, v in TABLE.items() if not k.endswith("_dm")})
    assert only.rows["DATA_MODE"].tolist() == ["R", "R"]
    assert not [name for name in only.obs if "ADJUSTED" in name]


def test_level_table__the_order_of_the_rows_does_not_change_which_record_they_are(
    read: Callable[..., Records],
) -> None:
    there, back = read(TABLE), read({k: v[::-1] for k, v in TABLE.items()})
    assert sorted(there.rows["RECORD_ID"].tolist()) == sorted(back.rows["RECORD_ID"].tolist())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"latitude": None}, "latitude: missing", id="no latitude"),
        pytest.param({"pres": None}, "PRES or DEPH: missing", id="no pressure"),
        pytest.param({"temp": None}, "TEMP or PSAL: missing", id="no value"),
        pytest.param({"temp": ["a"] * 4}, "temp: holds string where numbers are expected", id="text"),
        pytest.param({name: [] for name in TABLE}, "has no rows", id="no rows"),
    ],
)
def test_level_table__what_cannot_be_read_is_refused(
    read: Callable[..., Records], change: dict[str, Any], why: str
) -> None:
    columns = {k: v for k, v in (TABLE | change).items() if v is not None}
    with pytest.raises(SourceError, match=r"cora_bo_ctd\.parquet") as error:
        read(columns)
    assert why in str(error.value)


def test_level_table__a_unit_that_cannot_be_converted_is_refused(read: Callable[..., Records]) -> None:
    other = BALTIC.model_copy(update={"options": {**BALTIC.options, "units": {"pres": "m"}}})
    with pytest.raises(SourceError, match="the unit 'm' cannot be converted to 'dbar'"):
        read(TABLE, source=other)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(64) + b"PAR1", b"\x89HDF\r\n\x1a\n\0\0"])
def test_level_table__bytes_that_are_no_table_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cora_bo_ctd.parquet"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"cora_bo_ctd\.parquet"):
        open_records(str(path), BALTIC)
