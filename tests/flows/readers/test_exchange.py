"""WHP exchange files of bottles and CTD casts."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogs.schema import Source, load
from flows.readers.exchange import open_records
from flows.records import IDENTITY, POSITION, Records, SourceError

GOSHIP = load(Source, "goship")
CTD = """CTD,20020722WHPOSIODM
# a remark
NUMBER_HEADERS = 8
EXPOCODE = 35MF103_1
STNNBR =  62
CASTNO = 1
DATE = 19960310
TIME =  0254
LATITUDE = -52.6843
LONGITUDE = 329.9880
CTDPRS,CTDPRS_FLAG_W,CTDTMP,CTDTMP_FLAG_W,CTDSAL,CTDSAL_FLAG_W,CTDOXY,CTDOXY_FLAG_W,
DBAR,,ITS-90,,PSS-78,,UMOL/KG,,
 4.0,2, 3.1052,1, 33.9099,6, -999.0,9
 6.0,2, 3.1049,3, 33.9174,4,  323.4,2
END_DATA
"""
BOTTLE = """BOTTLE,20240904CCHHYDRO
EXPOCODE,STNNBR,CASTNO,BTLNBR,DATE,TIME,LATITUDE,LONGITUDE,CTDPRS,CTDTMP,CTDSAL,CTDSAL_FLAG_W,SALNTY,SALNTY_FLAG_W,OXYGEN,OXYGEN_FLAG_W,NITRAT,NITRAT_FLAG_W
,,,,,,,,DBAR,ITS-90,PSS-78,,PSS-78,,UMOL/KG,,UMOL/KG,
 33RR,1 , 2,3,20080205,2210,-33.2,28.0,50.0,18.5,35.1,2,35.2,3,200.0,4,1.5,6
 33RR,1 , 2,4,20080205,2205,-33.2,28.0, 5.0,20.5,-999.0,9,35.3,2,210.0,1,0.5,2
 33RR,2 , 1,1,20080206,-999,-33.3,28.1, 5.0,20.0,-999.0,9,35.4,2,-999.0,5,-999,9
END_DATA
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Records]:
    """Records of a file with the given text."""

    def write_and_read(content: str | bytes, name: str = "a_hy1.csv") -> Records:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        (records,) = open_records(str(path), GOSHIP)
        return records

    return write_and_read


def test_exchange__a_ctd_file_is_one_profile(read: Callable[..., Records]) -> None:
    records = read(CTD)
    assert set(records.rows) == {*POSITION, *IDENTITY}
    row = {name: array.item() for name, array in records.rows.items()}
    assert (row["PLATFORM_CODE"], row["PLATFORM_TYPE"], row["DATA_MODE"]) == ("35MF103_1", "CT", "D")
    assert (row["LATITUDE"], round(row["LONGITUDE"], 4)) == (-52.6843, -30.012)
    assert row["TIME"] == (np.datetime64("1996-03-10T02:54") - np.datetime64("1950-01-01")) / np.timedelta64(
        1, "D"
    )
    np.testing.assert_array_equal(records.obs["PRES"], np.float32([4, 6]))
    np.testing.assert_array_equal(records.obs["DOXY"], np.float32([np.nan, 323.4]))
    assert records.notes == ()


def test_exchange__ctd_flags_are_not_those_of_water_samples(read: Callable[..., Records]) -> None:
    ctd, bottle = read(CTD), read(BOTTLE)
    assert ctd.obs["TEMP_SOURCE_QC"].tolist() == [0, 3]  # 1 is not calibrated
    assert ctd.obs["PSAL_SOURCE_QC"].tolist() == [8, 4]  # 6 is interpolated
    assert bottle.obs["NTRA_SOURCE_QC"].tolist() == [1, 1, 9]  # 6 is a mean of replicates
    assert bottle.obs["DOXY_SOURCE_QC"].tolist() == [0, 4, 9]  # 1 is not yet analysed
    assert bottle.obs["TEMP_SOURCE_QC"].tolist() == [0, 0, 0]  # has no column of flags
    assert read(CTD.replace("FLAG_W", "FLAG_I")).obs["TEMP_SOURCE_QC"].tolist() == [1, 3]  # IGOSS


def test_exchange__the_bottles_of_a_cast_are_a_profile_from_the_surface_down(
    read: Callable[..., Records],
) -> None:
    records = read(BOTTLE)
    assert records.row_size.tolist() == [2, 1]
    np.testing.assert_array_equal(records.obs["PRES"], np.float32([5, 50, 5]))
    first, second = records.rows["TIME"].tolist()
    assert round(first % 1 * 1440) == 22 * 60 + 5  # the first bottle to close
    assert second % 1 == 0
    assert records.rows["TIME_SOURCE_QC"].tolist() == [0, 8]
    assert len(set(records.rows["RECORD_ID"].tolist())) == 2


def test_exchange__bottle_salinity_stands_in_where_a_cast_has_none_of_the_ctd(
    read: Callable[..., Records],
) -> None:
    records = read(BOTTLE)
    np.testing.assert_array_equal(records.obs["PSAL"], np.float32([np.nan, 35.1, 35.4]))
    assert records.obs["PSAL_SOURCE_QC"].tolist() == [9, 1, 1]


@pytest.mark.parametrize("unit", ["IPTS-68", "ITS-68"])
def test_exchange__temperatures_of_1968_become_those_of_1990(read: Callable[..., Records], unit: str) -> None:
    new, old = read(CTD), read(CTD.replace("ITS-90", unit))
    np.testing.assert_allclose(old.obs["TEMP"], new.obs["TEMP"] / 1.00024, rtol=1e-6)


def test_exchange__a_newer_file_of_the_same_cast_counts(read: Callable[..., Records]) -> None:
    old, new = read(BOTTLE), read(BOTTLE.replace("20240904", "20250101"), "b_hy1.csv")
    assert old.rows["RECORD_ID"].tolist() == new.rows["RECORD_ID"].tolist()
    assert (new.rows["PRECEDENCE"] > old.rows["PRECEDENCE"]).all()
    assert read(CTD).rows["RECORD_ID"].item() not in old.rows["RECORD_ID"].tolist()


@pytest.mark.parametrize(
    ("change", "note"),
    [
        pytest.param(("END_DATA\n", ""), ("END_DATA", "missing: the file may be cut off"), id="no end"),
        pytest.param(
            ("20.5,-999.0", "x,-999.0"), ("CTDTMP", "1 values are not numbers: 'x'"), id="no number"
        ),
        pytest.param(
            ("UMOL/KG,,UMOL/KG", "ML/L,,UMOL/KG"),
            ("OXYGEN", "left out: the unit 'ML/L' cannot be converted to 'umol kg-1'"),
            id="unit",
        ),
        pytest.param(
            ("20080206,-999", "2008020,-999"), ("DATE", "1 casts have no date: '2008020'"), id="date"
        ),
        pytest.param(
            (",1.5,6", ",1.5,0"),
            ("NITRAT_FLAG_W", "1 flags are not of the scheme woce: 0.0"),
            id="flag",
        ),
        pytest.param(
            (",1.5,6", ""), ("", "1 rows left out: they have less than the 18 columns named"), id="short row"
        ),
    ],
)
def test_exchange__what_is_wrong_with_a_part_is_noted(
    read: Callable[..., Records], change: tuple[str, str], note: tuple[str, str]
) -> None:
    records = read(BOTTLE.replace(*change))
    assert [n[1:] for n in records.notes] == [note]
    assert records.n_row == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param("", "not WHP exchange: begins with ''", id="empty"),
        pytest.param("<html>", "not WHP exchange: begins with '<html>'", id="web page"),
        pytest.param(CTD.replace("NUMBER_HEADERS", "HEADERS"), "must say NUMBER_HEADERS", id="no count"),
        pytest.param(CTD.replace("= 8", "= 9"), "is 9, but 'CTDPRS", id="wrong count"),
        pytest.param(CTD.replace("LATITUDE =", "LAT ="), "LATITUDE: missing", id="no latitude"),
        pytest.param(BOTTLE.replace("CTDPRS", "P"), "PRES or DEPH: missing", id="no pressure"),
        pytest.param(BOTTLE[: BOTTLE.index(" 33RR")], "has no rows", id="no rows"),
        pytest.param(BOTTLE[: BOTTLE.index(",1 , 2,3")] + "\nEND_DATA\n", "no complete row", id="cut row"),
    ],
)
def test_exchange__what_cannot_be_read_is_refused(
    read: Callable[..., Records], content: str, why: str
) -> None:
    with pytest.raises(SourceError, match=r"a_hy1\.csv") as error:
        read(content)
    assert why in str(error.value)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.sampled_from([CTD, BOTTLE]),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=2)), max_size=6),
    cut=st.integers(0, 1200),
)
def test_exchange__whatever_the_bytes_are_the_answer_is_records_or_a_source_error(
    read: Callable[..., Records], text: str, changes: list[tuple[int, bytes]], cut: int
) -> None:
    data = bytearray(text.encode())
    for at, new in changes:
        at %= len(data)
        data[at : at + 1] = new
    try:
        records = read(bytes(data[:cut]))
    except SourceError:
        return
    assert set(records.rows) == {*POSITION, *IDENTITY}
