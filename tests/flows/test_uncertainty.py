"""The parts of an indicator's uncertainty, on series whose spread is known by hand."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import t as student

from flows.uncertainty import TWO_SIDED, degrees_of_freedom, smoothed, spread, with_budget

YEARS = np.arange(2000, 2020)
MONTHS = np.arange("2000-01", "2020-01", dtype="M8[M]").astype("M8[ns]")
UNITS = {"units": "J m-2"}


def indicator(monthly: np.ndarray, trend: float = 1.0, half: float = 0.5) -> xr.Dataset:
    """One region; standard errors of 3 (monthly) and 1 (yearly)."""
    yearly = monthly.reshape(-1, 12).mean(axis=1)
    errors = np.where(np.isfinite(monthly), 3.0, np.nan), np.where(np.isfinite(yearly), 1.0, np.nan)
    variables = {
        "monthly_value": (("region", "month"), monthly[None], UNITS),
        "monthly_standard_error": (("region", "month"), errors[0][None], UNITS),
        "yearly_value": (("region", "year"), yearly[None], UNITS),
        "yearly_standard_error": (("region", "year"), errors[1][None], UNITS),
        "trend": ("region", np.array([trend]), UNITS),
        "trend_low": ("region", np.array([trend - half]), UNITS),
        "trend_high": ("region", np.array([trend + half]), UNITS),
        "trend_flux": ("region", np.array([trend / 31557600]), UNITS),
        "trend_flux_low": ("region", np.array([(trend - half) / 31557600]), UNITS),
        "trend_flux_high": ("region", np.array([(trend + half) / 31557600]), UNITS),
        "area": ("region", np.array([1e14])),
    }  # fmt: skip
    coordinates = {"region": ["sea"], "month": MONTHS, "year": YEARS}
    return xr.Dataset(variables, coordinates, {"standard_error": "sampling"})


ZERO = np.zeros(240)


def test_with_budget__parts_add_up_to_the_total() -> None:
    members = {
        "climatology": [indicator(ZERO + 4), indicator(ZERO - 4)],
        "mapping": [indicator(ZERO + 6, trend=1.8)],
    }
    out = with_budget(indicator(ZERO), members)
    np.testing.assert_array_equal(out["part"], ["sampling", "climatology", "mapping"])
    # half of a difference of 8, half of one of 6
    np.testing.assert_allclose(out["monthly_error_part"].values[:, 0, 0], [3, 4, 3])
    np.testing.assert_allclose(out["monthly_standard_error"], np.sqrt(34))
    np.testing.assert_allclose(out["yearly_error_part"].values[:, 0, 0], [1, 4, 3])
    assert "climatology (two halves of the years), mapping (2 choices)" in out.attrs["standard_error"]


def test_with_budget__interval_of_the_trend_holds_the_spread_between_choices() -> None:
    base = indicator(ZERO)
    out = with_budget(base, {"mapping": [indicator(ZERO, trend=1.8)]})
    half = np.sqrt(0.5**2 + (TWO_SIDED * 0.4) ** 2)
    np.testing.assert_allclose(out["trend_error_part"].values[:, 0], [0.5 / TWO_SIDED, 0.4])
    np.testing.assert_allclose(out["trend_high"] - 1, half)
    np.testing.assert_allclose(1 - out["trend_low"], half)
    np.testing.assert_allclose(out["trend_flux_high"], (1 + half) / 31557600)
    assert out["trend"] == base["trend"], "the estimate is that of the campaign's choices"


def test_with_budget__without_members_says_nothing_else() -> None:
    base = indicator(ZERO)
    xr.testing.assert_identical(with_budget(base, {}), base)


def test_with_budget__months_without_a_value_stay_without_an_error() -> None:
    values = ZERO.copy()
    values[12:24] = np.nan
    out = with_budget(indicator(values), {"mapping": [indicator(ZERO + 2)]})
    assert np.isnan(out["monthly_standard_error"].values[0, 12:24]).all()
    np.testing.assert_allclose(out["monthly_standard_error"].values[0, 24:], np.sqrt(10))


def test_with_budget__a_member_without_a_month_takes_it_from_its_neighbours() -> None:
    other = ZERO + 2
    other[100] = np.nan
    out = with_budget(indicator(ZERO), {"mapping": [indicator(other)]})
    np.testing.assert_allclose(out["monthly_standard_error"], np.sqrt(10))


@pytest.mark.parametrize(
    ("factor", "expected"),
    [pytest.param("climatology", 1.0, id="halves only"), pytest.param("mapping", 2 / 3, id="with the own")],
)
def test_spread__of_a_choice(factor: str, expected: float) -> None:
    np.testing.assert_allclose(spread(np.zeros(3), [np.ones(3), -np.ones(3)], factor), expected)


def test_spread__of_several_splits_is_the_mean_of_their_variances() -> None:
    splits = [np.array([2.0, np.nan]), np.zeros(2), np.array([6.0, 4.0]), np.zeros(2)]
    np.testing.assert_allclose(spread(np.zeros(2), splits, "climatology"), [(1 + 9) / 2, 4])
    nowhere = spread(np.zeros(2), [np.full(2, np.nan), np.zeros(2)], "climatology")
    assert np.isnan(nowhere).all()


def test_with_budget__interval_of_the_trend_is_wider_where_the_climatology_is_known_from_few() -> None:
    halves = [indicator(ZERO + 1, trend=1.6), indicator(ZERO - 1, trend=1.0)]
    for splits in (1, 3):
        out = with_budget(
            indicator(ZERO), {"climatology": halves * splits, "mapping": [indicator(ZERO, 1.8)]}
        )
        variance = (0.5 / TWO_SIDED) ** 2 + 0.3**2 + 0.4**2
        freedom = splits * variance**2 / 0.3**4
        np.testing.assert_allclose(out["trend_degrees_of_freedom"], freedom)
        half = student.ppf(0.975, freedom) * np.sqrt(variance)
        np.testing.assert_allclose(out["trend_high"] - 1, half)
        np.testing.assert_allclose(1 - out["trend_low"], half)
    assert "Student" in out.attrs["trend_interval"]


def test_degrees_of_freedom__an_interval_from_few_draws_holds_what_it_says() -> None:
    """Monte Carlo: errors of two equal parts, one of them stated by the mean square of a few draws."""
    rng = np.random.default_rng(5)
    error = rng.normal(0, np.sqrt(2), 40000)
    for draws, expected in ((1, 92.9), (3, 94.6)):
        of_few = np.mean(rng.standard_normal((draws, error.size)) ** 2, axis=0)
        total = 1 + of_few
        half = student.ppf(0.975, degrees_of_freedom(total, of_few, np.array(draws))) * np.sqrt(total)
        held = 100 * np.mean(np.abs(error) < half)
        assert held == pytest.approx(expected, abs=0.6)
        assert held > 100 * np.mean(np.abs(error) < TWO_SIDED * np.sqrt(total)) + 1


def test_with_budget__a_split_with_a_half_that_gives_no_value_does_not_count() -> None:
    silent, split = indicator(ZERO + np.nan, trend=np.nan), [indicator(ZERO + 4), indicator(ZERO - 4)]
    out = with_budget(indicator(ZERO), {"climatology": [silent, indicator(ZERO - 9), *split]})
    np.testing.assert_allclose(out["monthly_error_part"].values[1], 4)
    assert out.attrs["choices_without_values"] == "climatology (1 of 4)"


def test_spread__half_the_difference_of_halves_is_the_error_of_the_whole() -> None:
    """Monte Carlo: means of 2 x 50 draws."""
    draws = np.random.default_rng(1).standard_normal((4000, 2, 50))
    halves = draws.mean(axis=2).T
    stated = spread(draws.mean(axis=(1, 2)), list(halves), "climatology").mean()
    assert stated == pytest.approx(draws.mean(axis=(1, 2)).var(), rel=0.1)


def test_smoothed__is_a_running_mean_of_what_is_known() -> None:
    values = np.array([[1.0, np.nan, 3.0, 5.0, np.nan, np.nan, np.nan]])
    np.testing.assert_allclose(smoothed(values, 3), [[1, 2, 4, 4, 5, np.nan, np.nan]])
    np.testing.assert_allclose(smoothed(np.ones((1, 4)), 60), 1)


def test_with_budget__a_choice_that_gives_no_value_is_no_choice() -> None:
    out = with_budget(
        indicator(ZERO),
        {
            "procedure": [indicator(ZERO + np.nan), indicator(ZERO + 6)],
            "climatology": [indicator(ZERO + np.nan), indicator(ZERO - 4)],
        },
    )
    np.testing.assert_array_equal(out["part"], ["sampling", "procedure"])
    np.testing.assert_allclose(out["monthly_error_part"].values[1], 3)
    assert out.attrs["choices_without_values"] == "procedure (1 of 2), climatology (1 of 2)"
    silent = with_budget(indicator(ZERO), {"procedure": [indicator(ZERO + np.nan)]})
    assert "part" not in silent.dims
    assert silent.attrs["choices_without_values"] == "procedure (1 of 1)"
