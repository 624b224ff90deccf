"""World Ocean Database casts: fields of any length, damaged ones, and those of two raters."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogs.schema import Source, load
from flows.readers.wod_ascii import open_records
from flows.records import IDENTITY, POSITION, Records, SourceError

WOD = load(Source, "wod")
Value = tuple[str, int, int] | None
"""A value as text, the database's flag, the originator's."""
Level = tuple[Value, ...]
TWO: list[Level] = [(("0.0", 0, 1), ("20.50", 0, 1)), (("10.0", 0, 1), ("19.25", 3, 4))]


def counted(number: int) -> str:
    return f"{len(str(number))}{number}"


def decimal(text: str | None) -> str:
    if text is None:
        return "-"
    digits = text.replace(".", "")
    precision = len(text.partition(".")[2])
    return f"{min(len(digits), 9)}{len(digits)}{precision}{digits}"


def a_value(value: Value) -> str:
    return "-" if value is None else f"{decimal(value[0])}{value[1]}{value[2]}"


def cast(
    levels: Sequence[Level] = TWO,
    number: int = 7,
    date: str = "19710208",
    hour: str | None = "18.00",
    codes: Sequence[tuple[int, int]] = ((1, 0),),
    headers: Sequence[tuple[int, str]] = ((29, "2"),),
    characters: str = "0",
    biology: str = "0",
    version: str = "C",
    instrument: str | None = None,
) -> str:
    """One cast as lines of 80; ``codes`` are variable codes and the flag of the whole variable, each of which
    is said to be measured with ``instrument``."""
    entries = "".join(counted(code) + decimal(value) for code, value in headers)
    second = counted(len(entries)) + counted(len(headers)) + entries if headers else "0"
    body = f"{counted(number)}US{counted(10981)}{date}{decimal(hour)}{decimal('-24.826')}{decimal('200.500')}"
    body += f"{counted(len(levels))}0{len(codes):2d}"
    measured = "0" if instrument is None else f"{counted(1)}{counted(5)}{decimal(instrument)}"
    body += "".join(f"{counted(code)}{flag}{measured}" for code, flag in codes)
    body += characters + second + biology
    body += "".join(a_value(level[0]) + "".join(map(a_value, level[1:])) * bool(level[0]) for level in levels)
    size = next(n for n in range(9999) if len(f"{version}{counted(n)}{body}") == n)
    text = f"{version}{counted(size)}{body}"
    lines = [text[i : i + 80].ljust(80) for i in range(0, len(text), 80)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Records]:
    """Records of a file with the given text or bytes."""

    def write_and_read(content: str | bytes, name: str = "XBTO1971", source: Source = WOD) -> Records:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        (records,) = open_records(str(path), source)
        return records

    return write_and_read


def test_wod__a_cast_is_a_profile_with_what_its_header_says(read: Callable[..., Records]) -> None:
    records = read(cast())
    assert records.feature == "profiles"
    assert set(records.rows) == {*POSITION, *IDENTITY}
    days = (np.datetime64("1971-02-08T18") - np.datetime64("1950-01-01")) / np.timedelta64(1, "D")
    assert records.rows["TIME"].tolist() == [days]
    assert (records.rows["LATITUDE"].item(), records.rows["LONGITUDE"].item()) == (-24.826, -159.5)
    said = {k: records.rows[k].item() for k in ("PLATFORM_CODE", "PLATFORM_TYPE", "DATA_MODE", "DIRECTION")}
    assert said == {
        "PLATFORM_CODE": "US010981",
        "PLATFORM_TYPE": "XB",
        "DATA_MODE": "D",
        "DIRECTION": "D",
    }
    np.testing.assert_array_equal(records.obs["DEPH"], np.float32([0, 10]))
    np.testing.assert_array_equal(records.obs["TEMP"], np.float32([20.5, 19.25]))
    assert records.notes == ()


@pytest.mark.parametrize(
    ("name", "whole", "headers", "expected"),
    [
        pytest.param("XBTO1971", 0, (), [1, 4], id="the database's flags"),
        pytest.param("XBTO1971", 2, (), [4, 4], id="a flag of the variable is one of all its values"),
        pytest.param("quota_1971.dat", 2, ((96, "3"),), [1, 4], id="the originator's flags of QuOTA"),
    ],
)
def test_wod__the_name_of_the_file_says_whose_flags_are_delivered(
    read: Callable[..., Records], name: str, whole: int, headers: Any, expected: list[int]
) -> None:
    records = read(cast(codes=((1, whole),), headers=headers), name)
    assert records.obs["TEMP_SOURCE_QC"].tolist() == expected


def test_wod__an_originators_flag_of_no_scheme_is_noted(read: Callable[..., Records]) -> None:
    records = read(cast([(("0.0", 0, 1), ("20.50", 0, 7))]), "quota.dat")
    assert records.obs["TEMP_SOURCE_QC"].tolist() == [0]
    assert records.notes[0][2] == "1 originator flags are of no known scheme: 7"


def test_wod__missing_values_have_no_flags_and_missing_depths_no_level(read: Callable[..., Records]) -> None:
    levels: list[Level] = [
        (("0.0", 0, 0), None, ("35.10", 0, 0)),
        (None,),
        (("5.0", 1, 0), ("-1.80", 0, 0), None),
    ]
    records = read(cast(levels, codes=((1, 0), (2, 0))))
    np.testing.assert_array_equal(records.obs["DEPH"], np.float32([0, 5]))
    np.testing.assert_array_equal(records.obs["DEPH_SOURCE_QC"], [1, 4])
    np.testing.assert_array_equal(records.obs["TEMP"], np.float32([np.nan, -1.8]))
    np.testing.assert_array_equal(records.obs["TEMP_SOURCE_QC"], [0, 1])
    np.testing.assert_array_equal(records.obs["PSAL"], np.float32([35.1, np.nan]))


def test_wod__oxygen_is_converted_and_variables_that_are_not_wanted_are_passed_over(
    read: Callable[..., Records],
) -> None:
    levels: list[Level] = [(("0", 0, 0), ("5.00", 0, 0), ("8.10", 0, 0), ("9.00", 0, 0))]
    records = read(cast(levels, codes=((3, 0), (9, 0), (1, 0))))
    assert set(records.obs) == {"DEPH", "DEPH_SOURCE_QC", "DOXY", "DOXY_SOURCE_QC", "TEMP", "TEMP_SOURCE_QC"}
    np.testing.assert_allclose(records.obs["DOXY"], [5 * 44.659 / 1.025], rtol=1e-4)
    np.testing.assert_array_equal(records.obs["TEMP"], np.float32([9]))


def test_wod__names_investigators_and_taxa_are_read_over(read: Callable[..., Records]) -> None:
    entries = "3" + "104MF-1" + "206SR 981" + "301" + counted(1) + counted(254)
    characters = counted(len(entries)) + entries
    sets = counted(1) + counted(2) + (counted(1) + decimal("5006") + "00") + (counted(2) + "-" + "00")
    entries = counted(1) + counted(2) + decimal("0.25") + sets
    biology = counted(len(entries)) + entries
    records = read(cast(characters=characters, biology=biology))
    np.testing.assert_array_equal(records.obs["TEMP"], np.float32([20.5, 19.25]))


@pytest.mark.parametrize(
    ("date", "hour", "days", "flag"),
    [
        pytest.param("19500102", "6.0", 1.25, 0, id="date and hour"),
        pytest.param("19500102", None, 1.0, 8, id="no hour"),
        pytest.param("19500102", "24.0", 1.0, 8, id="an hour that is none"),
        pytest.param("19500100", "6.0", np.nan, 0, id="no day"),
        pytest.param("19500231", "6.0", np.nan, 0, id="a day that the month has not"),
        pytest.param("19501301", "6.0", np.nan, 0, id="a month that is none"),
    ],
)
def test_wod__times(
    read: Callable[..., Records], date: str, hour: str | None, days: float, flag: int
) -> None:
    records = read(cast(date=date, hour=hour))
    np.testing.assert_array_equal(records.rows["TIME"], [days])
    assert records.rows["TIME_SOURCE_QC"].tolist() == [flag]
    assert bool(records.notes) == np.isnan(days)


@pytest.mark.parametrize(
    ("probe", "name", "kind"),
    [
        pytest.param("1", "XBTO1971", "BA", id="the probe counts more than the name"),
        pytest.param("9", "any.dat", "PF", id="float"),
        pytest.param("0", "OSDO1971", "BO", id="unknown probe: the dataset"),
        pytest.param("0", "any.dat", "", id="nothing known"),
    ],
)
def test_wod__platform_types(read: Callable[..., Records], probe: str, name: str, kind: str) -> None:
    records = read(cast(headers=((29, probe),)), name)
    assert records.rows["PLATFORM_TYPE"].tolist() == [kind]
    assert [variable for _, variable, _ in records.notes] == ([] if kind else ["PLATFORM_TYPE"])


def test_wod__a_cast_is_the_same_record_in_every_file_and_the_newer_edition_counts(
    read: Callable[..., Records],
) -> None:
    old, new = read(cast(version="A"), "XBTO1970"), read(cast(version="C", date="19710209"), "XBTO1971")
    assert old.rows["RECORD_ID"].tolist() == new.rows["RECORD_ID"].tolist()
    assert (new.rows["PRECEDENCE"] > old.rows["PRECEDENCE"]).all()


def test_wod__line_ends_of_windows_and_a_cut_last_line_make_no_difference(
    read: Callable[..., Records],
) -> None:
    text = cast(number=1) + cast(number=2)
    plain = read(text)
    for other in (text.replace("\n", "\r\n"), text.rstrip(), text + "\n\x1a", gzip.compress(text.encode())):
        again = read(other, "XBTO1971.gz" if isinstance(other, bytes) else "XBTO1971")
        assert again.rows["RECORD_ID"].tolist() == plain.rows["RECORD_ID"].tolist()
        np.testing.assert_array_equal(again.obs["TEMP"], plain.obs["TEMP"])


GOOD = [cast(number=n, levels=TWO * 5) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("damaged", "why"),
    [
        pytest.param("C9" + GOOD[1][2:], "primary header", id="length of a length"),
        pytest.param(GOOD[1][:2] + "9" + GOOD[1][3:], "not as long", id="size too great"),
        pytest.param(GOOD[1][:2] + "1" + GOOD[1][3:], "levels cannot", id="size too small"),
        pytest.param(GOOD[1][:90] + "x" + GOOD[1][91:], "levels cannot", id="a letter in the levels"),
        pytest.param(GOOD[1].splitlines()[0] + "\n", "cannot be decoded", id="only its first line"),
        pytest.param("~" * 80 + "\n", "primary header", id="something else"),
        pytest.param(GOOD[1].replace("\n", " \n", 1), "more than 80", id="a line too long"),
    ],
)
def test_wod__a_damaged_cast_costs_no_other(read: Callable[..., Records], damaged: str, why: str) -> None:
    records = read(GOOD[0] + damaged + GOOD[2])
    others = read(GOOD[0] + GOOD[2])
    assert records.rows["RECORD_ID"].tolist() == others.rows["RECORD_ID"].tolist()
    np.testing.assert_array_equal(records.obs["TEMP"], others.obs["TEMP"])
    assert any(why in remark and "left out" in remark for _, _, remark in records.notes)


def test_wod__of_a_cut_archive_the_beginning_is_read(read: Callable[..., Records]) -> None:
    casts = "".join(
        cast(number=n, levels=[((f"{z}.0", 0, 0), (f"{(n * z) % 97}.5", 0, 0)) for z in range(50)])
        for n in range(1, 800)
    )
    data = gzip.compress(casts.encode())
    records = read(data[: len(data) // 2], "XBTO1971.gz")
    assert 100 < records.n_row < 799
    assert "the gzip archive is damaged (its end is missing)" in records.notes[0][2]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\n \n", "the file is empty", id="blank"),
        pytest.param(b"CDF\x01", "no cast can be decoded", id="NetCDF"),
        pytest.param(b"<html>", "not WOD ASCII: begins with '<html>'", id="web page"),
        pytest.param(cast()[1:].encode(), "WOD98", id="the format of 1998"),
    ],
)
def test_wod__what_is_no_wod_file_is_refused(read: Callable[..., Records], content: bytes, why: str) -> None:
    with pytest.raises(SourceError, match="XBTO1971") as error:
        read(content)
    assert why in error.value.reason


BYTES = "".join(GOOD).encode()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(0, len(BYTES) - 1), st.binary(max_size=2)), max_size=6),
    cut=st.integers(0, len(BYTES)),
    packed=st.booleans(),
)
def test_wod__whatever_the_bytes_are_the_answer_is_records_or_a_source_error(
    read: Callable[..., Records], changes: list[tuple[int, bytes]], cut: int, packed: bool
) -> None:
    data = bytearray(gzip.compress(BYTES) if packed else BYTES)
    for at, new in changes:
        at %= len(data)
        data[at : at + 1] = new
    try:
        records = read(bytes(data[:cut]))
    except SourceError:
        return
    assert set(records.rows) == {*POSITION, *IDENTITY}
    assert records.n_row >= 1


@pytest.mark.parametrize(
    ("instrument", "headers", "probe"),
    [
        pytest.param("207", ((54, "1"),), 41, id="T-7 that needs the newer equation"),
        pytest.param("207", ((54, "0"),), 42, id="T-7 with the newer equation"),
        pytest.param("207", ((33, "1"),), 42, id="T-7 that was corrected"),
        pytest.param("207", ((33, "0"),), -1, id="T-7 of which the equation is not said"),
        pytest.param("207", ((54, "-1"),), -1, id="T-7 of which nobody knows the equation"),
        pytest.param("207", ((33, "1"), (54, "1")), 42, id="corrected, although it is said to need it"),
        pytest.param("210", (), 11, id="T-5 has one equation"),
        pytest.param("219", ((54, "2"),), 231, id="TSK T-5 that needs that of Kizu"),
        pytest.param("219", ((54, "0"),), -2, id="TSK T-5 with that of Kizu"),
        pytest.param("204", ((54, "2"),), 231, id="what needs that of Kizu is a TSK T-5"),
        pytest.param("2", ((54, "1"),), -1, id="unknown probe that needs the newer equation"),
        pytest.param("2", ((54, "0"),), -2, id="unknown probe that needs none"),
        pytest.param(None, ((33, "1"),), -2, id="no probe, but corrected"),
        pytest.param(None, (), -1, id="nothing said"),
        pytest.param("207", ((54, "9"),), -1, id="a status that nobody knows"),
    ],
)
def test_wod__probe_and_status_of_the_depths_are_a_wmo_code(
    read: Callable[..., Records], instrument: str | None, headers: Any, probe: int
) -> None:
    records = read(cast(headers=((29, "2"), *headers), instrument=instrument))
    assert records.rows["PROBE_TYPE"].tolist() == [probe]
    assert records.rows["PROBE_TYPE"].dtype == np.int16


def test_wod__of_a_cast_corrected_and_said_to_need_it_the_report_tells(read: Callable[..., Records]) -> None:
    (note,) = read(cast(headers=((29, "2"), (33, "1"), (54, "1")), instrument="207")).notes
    assert note[1:] == ("DEPH", "1 casts say that depths were corrected and that they need it")


def test_wod__only_xbts_have_a_probe_type(read: Callable[..., Records]) -> None:
    records = read(cast(headers=((29, "4"), (54, "1")), instrument="207"))
    assert records.rows["PROBE_TYPE"].tolist() == [-1]


def test_wod__the_instrument_is_that_of_temperature(read: Callable[..., Records]) -> None:
    salinity: list[Level] = [(("0.0", 0, 1), ("35.0", 0, 1))]
    records = read(cast(salinity, codes=((2, 0),), headers=((29, "2"), (54, "1")), instrument="207"))
    assert records.rows["PROBE_TYPE"].tolist() == [-1]


def test_wod__the_fifth_header_of_the_cast_is_no_instrument(read: Callable[..., Records]) -> None:
    records = read(cast(headers=((29, "2"), (5, "207"), (54, "1"))))
    assert records.rows["PROBE_TYPE"].tolist() == [-1]
