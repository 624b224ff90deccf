"""The trend of an indicator by every method, on series whose trend is known."""

import numpy as np
import pytest
import xarray as xr

from flows.trend_methods import METHODS, with_methods

YEARS = np.arange(1980, 2021)


def indicator(*values: np.ndarray) -> xr.Dataset:
    yearly = np.stack(values)
    errors = np.where(np.isfinite(yearly), 0.1, np.nan)
    return xr.Dataset(
        {
            "yearly_value": (("region", "year"), yearly),
            "yearly_standard_error": (("region", "year"), errors),
            "trend": ("region", np.zeros(len(values)), {"units": "K year-1"}),
        },
        {"year": YEARS, "region": [f"sea {k}" for k in range(len(values))]},
    )


NOISE = 0.1 * np.random.default_rng(3).standard_normal(YEARS.size)


@pytest.mark.parametrize("method", METHODS)
def test_with_methods__every_method_finds_a_straight_trend(method: str) -> None:
    one = with_methods(indicator(0.02 * (YEARS - 2000) + NOISE)).sel(estimator=method, region="sea 0")
    assert one["by_low"] < 0.02 < one["by_high"]
    assert float(one["by_slope"]) == pytest.approx(0.02, abs=0.003)
    assert one["by_slope"].attrs["units"] == "K year-1"


@pytest.mark.parametrize("method", METHODS)
def test_with_methods__without_the_last_year_is_the_trend_of_the_others(method: str) -> None:
    values = 0.02 * (YEARS - 2000) + NOISE
    values[-3:] = 5.0, np.nan, np.nan
    known = np.where(YEARS < 2018, values, np.nan)
    out = with_methods(indicator(values, known)).sel(estimator=method)
    shorter = float(out["by_slope_without_last_year"].sel(region="sea 0"))
    assert shorter == pytest.approx(float(out["by_slope"].sel(region="sea 1")), rel=1e-12)
    assert shorter == pytest.approx(0.02, abs=0.003)
    assert out["by_slope_without_last_year"].attrs["units"] == "K year-1"


def test_with_methods__joined_lines_tell_when_the_rate_changed() -> None:
    bent = 0.01 * (YEARS - 1980) + 0.05 * np.maximum(YEARS - 2000, 0) + 0.3 * NOISE
    out = with_methods(indicator(bent)).sel(region="sea 0")
    last = out.sel(estimator="piecewise")
    assert last["by_low"] < 0.06 < last["by_high"]
    assert str(last["by_note"].values) in {f"from {y} on" for y in range(1998, 2003)}


def test_with_methods__what_cannot_be_said_has_a_reason() -> None:
    few = np.where(YEARS < 1984, NOISE, np.nan)
    out = with_methods(indicator(few, np.full(YEARS.size, np.nan), NOISE))
    assert np.isnan(out["by_slope"].sel(region=["sea 0", "sea 1"])).all()
    notes = out["by_note"].sel(region=["sea 0", "sea 1"]).values.ravel()
    assert all("fewer than" in str(note) for note in notes)
    assert np.isfinite(out["by_slope"].sel(region="sea 2")).all(), "one region does not spoil another"
