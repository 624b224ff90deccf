"""Means over regions from the boxes of all months together, on boxes that are drawn."""

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import Grid, Indicator, Region, load
from flows.columns import box_areas, region_boxes
from flows.indicators import indicator_dataset

BOXES = load(Grid, "boxes_5x10")
HEAT = load(Indicator, "ohc_0_700")
SEA = Region(name="sea", title="A sea", reference="test", latitude=(-20, 20), longitude=(-60, 20))
BAY = Region(name="bay", title="A bay", reference="test", latitude=(0, 10), longitude=(-60, -40))
FAR = Region(name="far", title="Never sampled", reference="test", latitude=(-40, -30), longitude=(170, -170))
WATER = np.zeros((2160, 4320), np.uint8)
PERIOD = (2000, 2011)
MONTHS = np.arange("2000-01", "2012-01", dtype="M8[M]").astype("M8[ns]")
RISE = 2e7
"""J m-2 a year."""
SPREAD = 8e8


def drawn(seed=0, regions=(SEA, BAY, FAR), part=0.3):
    """Boxes of a sea that warms everywhere alike, one to three samples in some of them, none far away."""
    rng = np.random.default_rng(seed)
    cells = region_boxes(regions, BOXES)
    shape = (1, MONTHS.size, cells.sizes["cell"])
    n = np.where(rng.uniform(size=shape) < part, rng.integers(1, 4, shape), 0)
    n[..., cells["region"].values == "far"] = 0
    n[:, 100] = 0
    samples = SPREAD * rng.standard_normal((3, *shape))
    used = np.arange(3)[:, None, None, None] < n
    samples = np.where(used, samples + RISE / 12 * np.arange(MONTHS.size)[:, None], np.nan)
    total = np.where(n > 0, n, np.nan)
    mean = np.nansum(samples, axis=0) / total
    variance = np.nansum((samples - mean) ** 2, axis=0) / np.where(n > 1, n - 1, np.nan)
    of_boxes = {"mean": mean, "variance": variance, "coverage": np.where(n > 0, 1.0, np.nan), "n_samples": n}
    of_boxes |= {"n_profiles": n, "n_partial": 0 * n, "n_excluded": 0 * n}
    dims = ("indicator", "month", "cell")
    coordinates = {"indicator": [HEAT.name], "month": MONTHS} | dict(cells.coords)
    return xr.Dataset({k: (dims, v) for k, v in of_boxes.items()}, coordinates)


def result(boxes, mapping="space_time", regions=(SEA, BAY, FAR), a_priori=None):
    arguments = (boxes, HEAT, regions, BOXES, WATER, PERIOD, "test")
    return indicator_dataset(*arguments, mapping=mapping, a_priori=a_priori)


@pytest.fixture(scope="module")
def made():
    return result(drawn())


def test_space_time__warming_comes_back_nearer_than_by_box_averages(made):
    truth = RISE * (np.arange(MONTHS.size) - 71.5) / 12
    plain = result(drawn(), "area_weighted")
    for region in ("sea", "bay"):
        error = made["monthly_value"].sel(region=region) - truth
        of_boxes = plain["monthly_value"].sel(region=region) - truth
        assert np.sqrt((error**2).mean()) < 0.5 * np.sqrt((of_boxes**2).mean())
        stated = made["monthly_standard_error"].sel(region=region)
        assert (np.abs(error) < 3.5 * stated).where(np.isfinite(stated), True).all()
        trend = made.sel(region=region)
        assert trend["trend_low"] < RISE < trend["trend_high"]
        assert trend["yearly_standard_error"].max() < plain["yearly_standard_error"].sel(region=region).min()


def test_space_time__without_records_there_is_no_value_but_a_reason(made):
    gap = made.sel(month=MONTHS[100])
    assert np.isnan(gap["monthly_value"]).all()
    assert np.isnan(gap["monthly_standard_error"]).all()
    assert (gap["monthly_note"] != "").all()
    year = made.sel(region="sea", year=2008)
    assert np.isfinite(year["yearly_value"]), "eleven months and what they say of the twelfth"
    far = made.sel(region="far")
    assert np.isnan(far["monthly_value"]).all()
    assert (far["monthly_note"] != "").all()
    assert np.isnan(far["trend"])


def test_space_time__variances_of_another_dataset_are_taken_as_they_are(made):
    other = drawn(seed=1)
    again = result(other, a_priori=made["a_priori"])
    np.testing.assert_array_equal(again["a_priori"], made["a_priori"])
    assert not np.allclose(result(other)["a_priori"], made["a_priori"], rtol=1e-3)


def test_space_time__few_records_lean_on_what_was_fitted_where_there_are_more():
    """The bay has records in a year only: alone its fit would be what is expected of any sea."""
    boxes = drawn(part=0.8)
    few = (boxes["region"] == "bay") & (boxes["month"] > MONTHS[11])
    thin = boxes.assign({k: boxes[k].where(~few) for k in ("mean", "variance", "coverage")})
    thin = thin.assign({k: boxes[k].where(~few, 0).astype(int) for k in boxes if k.startswith("n_")})
    together = np.log(result(thin)["a_priori"])
    alone = np.log(result(thin, regions=(BAY,))["a_priori"])
    of_sea = together.sel(region="sea")
    # slow and fast parts: the sea has none, and says so with more records
    distance = [np.abs(f.sel(region="bay") - of_sea)[:2].sum() for f in (together, alone)]
    assert distance[0] < distance[1]


def test_space_time__a_sea_that_is_the_same_everywhere_has_no_error_to_state():
    boxes = drawn()
    same = boxes.assign(mean=boxes["mean"] * 0 + 1e8, variance=boxes["variance"] * 0)
    out = result(same)
    known = np.isfinite(out["monthly_value"])
    assert known.sel(region="sea").sum() == MONTHS.size - 1
    np.testing.assert_allclose(out["monthly_value"].values[known.values], 0, atol=1e-3)


def test_space_time__baseline_has_no_error(made):
    """The mean of the reference period is 0 by definition; errors of its months add up to nothing."""
    sea = made.sel(region="sea")
    np.testing.assert_allclose(sea["monthly_value"].mean(), 0, atol=1e-3 * SPREAD)
    middle = (sea["month"].dt.year >= 2004) & (sea["month"].dt.year <= 2007)
    ends = sea["monthly_standard_error"].where(~middle).mean()
    assert sea["monthly_standard_error"].where(middle).mean() < ends


def test_space_time__baseline_is_the_whole_period_though_few_of_its_months_were_sampled():
    """Half a year at the beginning and three years at the end: the mean of these months is years too warm."""
    boxes = drawn(part=0.9)
    there = (np.arange(MONTHS.size) < 6) | (np.arange(MONTHS.size) >= 108)
    thin = boxes.assign({k: boxes[k].where(there[:, None]) for k in ("mean", "variance", "coverage")})
    thin = thin.assign(
        {k: boxes[k].where(there[:, None], 0).astype(int) for k in boxes if k.startswith("n_")}
    )
    out = result(thin).sel(region="sea")
    error = out["monthly_value"] - RISE * (np.arange(MONTHS.size) - 71.5) / 12
    too_warm = RISE / 12 * (np.arange(MONTHS.size)[there].mean() - 71.5)
    assert abs(float(error.mean())) < 0.5 * too_warm
    assert abs(float(error.mean())) < 2.5 * float(out["monthly_standard_error"].mean())
    assert out["n_months_reference"] == 42
    assert "estimated from the others" in out.attrs["baseline"]


def test_space_time__states_what_it_is(made):
    assert "all months together" in made.attrs["mapping"]
    assert made.attrs["correlation_km"] == BOXES.options["slow_correlation_km"]
    assert made["a_priori"].dims == ("region", "share")
    assert made["a_priori"].sel(share="fast_months", region="sea") > 0
    assert box_areas(SEA, BOXES, WATER).sum() == pytest.approx(float(made["area"].sel(region="sea")))
