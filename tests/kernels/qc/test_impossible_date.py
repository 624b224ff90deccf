import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.impossible_date import first_day_of, impossible_date


def day(date: str) -> float:
    return float((np.datetime64(date, "s") - np.datetime64("1950-01-01", "s")) / np.timedelta64(1, "D"))


@pytest.mark.parametrize(
    ("date", "outcome"),
    [
        pytest.param("1996-12-31T23:59:59", FAIL, id="a second before the first year fails"),
        pytest.param("1997-01-01T00:00:00", PASS, id="the first moment passes"),
        pytest.param("2004-02-29T12:00:00", PASS, id="leap day passes"),
        pytest.param("2020-01-01T00:00:00", PASS, id="at the latest time passes"),
        pytest.param("2020-01-01T00:00:01", FAIL, id="a second later fails"),
        pytest.param("NaT", NOT_RUN, id="no time"),
    ],
)
def test_impossible_date__limits(date: str, outcome: int) -> None:
    time = np.array([np.nan if date == "NaT" else day(date)])
    assert impossible_date(time, 1997.0, day("2020-01-01")) == outcome


def test_impossible_date__has_no_latest_time_unless_one_is_given() -> None:
    assert impossible_date(np.array([1e6]), 1700.0) == PASS


def test_impossible_date__of_no_rows() -> None:
    assert impossible_date(np.empty(0), 1997.0).shape == (0,)


@pytest.mark.parametrize("year", [1700, 1900, 1901, 1949, 1950, 1951, 1972, 1973, 2000, 2001, 2024, 2100])
def test_first_day_of__agrees_with_the_calendar_of_numpy(year: int) -> None:
    assert first_day_of(year) == day(f"{year}-01-01")
