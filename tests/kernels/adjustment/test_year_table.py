"""Tables of biases by year and depth."""

import numpy as np
import pytest

from kernels.adjustment.year_table import by_year_and_depth, decimal_year, rows_of_years

YEARS, DEPTHS = np.array([1970.0, 1980, 1990]), np.array([0.0, 100, 400])
VALUES = np.array([[1.0, 2, 8], [11, 12, 18], [31, 32, 38]])


def days(text):
    return float((np.datetime64(text) - np.datetime64("1950-01-01")) / np.timedelta64(1, "D"))


def said(year, depth, calendar=False, nearest=False, years=YEARS, values=VALUES):
    row, weight = rows_of_years(np.array([year]), years, calendar, nearest)
    depth = np.asarray(depth, float)
    return by_year_and_depth(np.array([0, depth.size]), depth, row, weight, DEPTHS, values, nearest)


def test_decimal_year__counts_the_days_of_its_year():
    time = [days("1970-01-01"), days("1972-07-01"), days("1971-07-02T12:00"), days("1949-01-01"), np.nan]
    expected = [1970, 1972 + 182 / 366, 1971.5, 1949, np.nan]
    np.testing.assert_allclose(decimal_year(np.array(time)), expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("year", "depth", "expected"),
    [
        pytest.param(1970, [0, 100, 400], [1, 2, 8], id="at a year and its depths"),
        pytest.param(1970, [50, 250], [1.5, 5], id="between depths"),
        pytest.param(1975, [0, 250], [6, 10], id="between years and depths"),
        pytest.param(1990, [400], [38], id="at the last corner"),
        pytest.param(1990.01, [0], [np.nan], id="after the last year"),
        pytest.param(1969.99, [0], [np.nan], id="before the first year"),
        pytest.param(1970, [-0.1, 400.1, np.nan], [np.nan] * 3, id="outside the depths"),
        pytest.param(np.nan, [0], [np.nan], id="without a year"),
        pytest.param(1970, [400, 0, 100, 50], [8, 1, 2, 1.5], id="levels out of order"),
        pytest.param(1970, [], [], id="no level"),
    ],
)
def test_by_year_and_depth__(year, depth, expected):
    np.testing.assert_allclose(said(year, depth), expected)


def test_by_year_and_depth__nearest_holds_outside():
    np.testing.assert_allclose(said(1960, [-5, 500], nearest=True), [1, 8])
    np.testing.assert_allclose(said(2020, [-5, 500], nearest=True), [31, 38])
    assert np.isnan(said(1970, [np.nan], nearest=True)).all()


def test_by_year_and_depth__calendar_years_do_not_mix():
    years = np.array([1970.0, 1971, 1973])
    for year, expected in (
        (1970.99, 1.0),
        (1971.5, 11.0),
        (1972.5, np.nan),
        (1973.0, 31.0),
        (1974.0, np.nan),
    ):
        np.testing.assert_array_equal(said(year, [0], calendar=True, years=years), [expected])
    for year, expected in ((1969.5, 1.0), (1972.5, 11.0), (1980.5, 31.0)):
        np.testing.assert_array_equal(said(year, [0], True, True, years), [expected])


def test_by_year_and_depth__one_year_and_one_depth():
    row, weight = rows_of_years(np.array([1980.0, 1985]), np.array([1980.0]), False, True)
    found = by_year_and_depth(
        np.array([0, 1, 2]), np.array([5.0, 900]), row, weight, np.array([0.0]), np.array([[0.3]]), True
    )
    np.testing.assert_array_equal(found, [0.3, 0.3])
