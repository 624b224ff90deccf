"""Dates, months and longitudes as files have them."""

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.readers.fields import parse_date, parse_time_units, wrapped_longitude


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1950-01-01T00:00:00Z", 0),
        ("1950-01-01 00:00:00 UTC", 0),
        ("1950-01-02", 1),
        ("1970-1-1 0:0:0", 7305),
        ("2015-11-01T12:00:00ZZ", 24045.5),
        ("2015-11-01T12:00:00TZ", 24045.5),
        ("20151101120000", 24045.5),
        ("19500102", 1),
        ("0000-00-00", None),
        ("2015-13-01", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_parse_date__old_and_new_forms(text: str, days: float | None) -> None:
    assert parse_date(text) == days


@given(st.datetimes(datetime(1700, 1, 1), datetime(2100, 1, 1)))
def test_parse_date__both_forms_agree(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    expected = (moment - datetime(1950, 1, 1)).total_seconds() / 86400
    assert parse_date(moment.isoformat() + "Z") == pytest.approx(expected, abs=1e-9)
    assert parse_date(moment.strftime("%4Y%m%d%H%M%S")) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ("days since 1950-01-01T00:00:00Z", (1, 0)),
        ("seconds since 1970-01-01 00:00:00", (1 / 86400, 7305)),
        ("Hours since 1950-01-02", (1 / 24, 1)),
        ("minutes since 1950-01-01", (1 / 1440, 0)),
        ("days", (None, 0)),
        ("months since 1950-01-01", (None, 0)),
    ],
)
def test_parse_time_units__what_cf_allows(units: str, expected: tuple[float | None, float]) -> None:
    assert parse_time_units(units) == expected


@given(st.floats(-1e6, 1e6))
def test_wrapped_longitude__is_the_same_place_or_untouched(longitude: float) -> None:
    wrapped = float(wrapped_longitude(np.array([longitude]))[0])
    if 180 < longitude <= 360:
        assert -180 < wrapped <= 0
        assert wrapped == pytest.approx(longitude - 360)
    else:
        assert wrapped == longitude
