"""Sections on boxes whose trends are known."""

import numpy as np
import pytest
import xarray as xr

from catalogs.land import land_class
from catalogs.schema import Grid, Indicator, Region, load
from catalogs.section import Section
from flows.columns import box_areas, region_boxes
from flows.sections import areas_at_depths, section_dataset
from flows.tables import table
from kernels.indicators.area_mean import exponential_correlation

BOXES = load(Grid, "boxes_5x10")
DEPTHS = (0.0, 200.0, 1000.0, 4000.0)
OF = load(Indicator, "temp_at").model_copy(update={"depths": DEPTHS}).each()
BASIN = Region(name="basin", title="A basin", reference="test", latitude=(0, 30), longitude=(-60, -20))
NORTH = Region(name="north", title="Its north", reference="test", latitude=(15, 30), longitude=(-60, -20))
LAND = Region(name="land", title="A desert", reference="test", latitude=(20, 25), longitude=(0, 10))
YEARS = np.arange(1990, 2015)
WATER = np.zeros((2160, 4320), np.uint8)
SCATTER, SAMPLES = 0.5, 4
TRENDS = {"tyz": 5.0, "by_depth": None}


def section(name="tyz", **changes):
    entry = {"name": name, "title": "Trend", "of": "temp_at", "band": TRENDS[name]}
    entry |= {"convention": "zonal mean", "reference": "test"}
    return Section.model_validate(entry | changes)


def true_trend(depth, latitude):
    """K per year: half the surface's at 1000 m, and twice as much at 30N as at the equator."""
    return 0.02 * np.exp(-depth / 1443) * (1 + latitude / 30)


def made_boxes(regions=(BASIN, NORTH), seed=0, warming=1.0, sampled=0.8):
    """Box means of a warming ocean with fields correlated as the method assumes, and samples' scatter."""
    rng = np.random.default_rng(seed)
    cells = region_boxes(regions, BOXES)
    lat, lon = cells["latitude"].values, cells["longitude"].values
    month = np.arange(12 * (YEARS[0] - 1970), 12 * (YEARS[-1] - 1969))
    root = np.linalg.cholesky(exponential_correlation(lat, lon + 1e-3 * np.arange(lon.size), 1000.0))
    field = 0.2 * np.einsum("ij,dmj->dmi", root, rng.standard_normal((len(DEPTHS), month.size, lat.size)))
    years = (month + 0.5) / 12 + 1970 - 2002.5
    trend = warming * true_trend(np.array(DEPTHS)[:, None], lat)
    mean = field + trend[:, None] * years[:, None] + SCATTER / 2 * rng.standard_normal(field.shape)
    mean[rng.random(mean.shape) > sampled] = np.nan
    n = np.where(np.isfinite(mean), SAMPLES, 0)
    spread = np.where(n > 0, SCATTER**2 * rng.chisquare(SAMPLES - 1, n.shape) / (SAMPLES - 1), np.nan)
    dims = ("indicator", "month", "cell")
    columns = {"mean": mean, "variance": spread, "n_samples": n, "n_profiles": 2 * n}
    when = month.astype("M8[M]").astype("M8[ns]")
    data = {k: (dims, v) for k, v in columns.items()}
    return xr.Dataset(data, {"indicator": [i.name for i in OF], "month": when} | dict(cells.coords))


def made(boxes, entry=None, regions=(BASIN, NORTH), land=WATER, period=(1993, 2014)):
    return section_dataset(boxes, entry or section(), OF, list(regions), BOXES, land, period, "v")


@pytest.fixture(scope="module")
def tyz():
    return made(made_boxes())


def test_section__planted_trends_by_depth_and_latitude_come_back(tyz):
    one = tyz.sel(region="basin")
    assert one["trend"].dims == ("depth", "latitude")
    assert one["latitude"].values.tolist() == [2.5, 7.5, 12.5, 17.5, 22.5, 27.5]
    truth = true_trend(one["depth"].values[:, None], one["latitude"].values)
    np.testing.assert_allclose(one["trend"].values, truth, atol=0.006)
    inside = (one["trend_low"] <= truth) & (one["trend_high"] >= truth)
    assert inside.mean() >= 0.8
    assert one["significant"].sel(depth=0).all()
    assert one["trend"].attrs["units"] == "degree_Celsius year-1"
    assert (one["trend_n"] == len(YEARS)).all()
    assert (one["yearly_n_profiles"].sum(("depth", "latitude", "year")) > 0).all()


def test_section__stated_errors_of_yearly_means_hold(tyz):
    """Months are independent here and the method takes their errors to last: it errs on the safe side."""
    one = tyz.sel(region="basin")
    truth = true_trend(one["depth"].values[:, None], one["latitude"].values)[..., None] * (
        one["year"].values + 0.5
    )
    off = one["yearly_value"].values - (truth - truth[..., 3:].mean(axis=-1, keepdims=True))
    z = off / one["yearly_standard_error"].values
    assert np.isfinite(z).all()
    assert 0.3 < z.std() < 1.1


def test_section__without_trends_nothing_is_significant_in_most_sections():
    found = [int(made(made_boxes((BASIN,), seed, warming=0.0), regions=(BASIN,))["significant"].sum())
             for seed in range(1, 9)]  # fmt: skip
    assert np.count_nonzero(found) <= 2


def test_section__a_region_without_a_band_has_nothing_there(tyz):
    north = tyz.sel(region="north")
    assert np.isnan(north["trend"].sel(latitude=slice(0, 15))).all()
    assert (north["sea_area"].sel(latitude=slice(0, 15)) == 0).all()
    assert (north["trend_note"].sel(latitude=slice(0, 15)) == "no sea is so deep here").all()
    same = tyz["trend"].sel(region="basin", latitude=17.5)
    np.testing.assert_allclose(north["trend"].sel(latitude=17.5), same, atol=0.01)


def test_section__by_depth_alone_is_the_mean_of_the_region():
    one = made(made_boxes(), section("by_depth")).sel(region="basin")
    assert one["trend"].dims == ("depth",)
    truth = true_trend(np.array(DEPTHS), 15.0)
    np.testing.assert_allclose(one["trend"].values, truth, atol=0.004)
    assert ((one["trend_low"] < truth) & (one["trend_high"] > truth)).sum() >= 3
    assert "latitude" not in one.dims


def test_section__theil_sen_is_near_least_squares(tyz):
    one = made(made_boxes(), section(method="theil_sen"))
    np.testing.assert_allclose(one["trend"].values, tyz["trend"].values, atol=0.006)
    assert "Theil-Sen" in one.attrs["trend_method"]


def test_section__anomalies_are_relative_to_the_reference_period(tyz):
    inside = tyz["yearly_value"].sel(region="basin", year=slice(1993, 2014)).mean("year")
    np.testing.assert_allclose(inside, 0, atol=2e-3)  # a few months lack every box
    assert tyz.attrs["reference_period"] == "1993-2014"


def test_section__months_and_years_without_records_are_missing_with_a_reason():
    boxes = made_boxes((BASIN,), sampled=1.0)
    boxes = boxes.isel(month=boxes["month"].dt.year.values != 2000)
    boxes = boxes.isel(month=(boxes["month"].dt.year.values != 2001) | (boxes["month"].dt.month.values <= 6))
    one = made(boxes, regions=(BASIN,)).sel(region="basin", latitude=2.5, depth=0)
    assert np.isnan(one["yearly_value"].sel(year=[2000, 2001])).all()
    assert str(one["yearly_note"].sel(year=2000).values) == "no column reaches the depth"
    assert str(one["yearly_note"].sel(year=2001).values) == "6 months, fewer than 7"
    assert int(one["trend_n"]) == len(YEARS) - 2
    few = boxes.isel(month=boxes["month"].dt.year.values < 1993)
    short = made(few, regions=(BASIN,))
    assert np.isnan(short["trend"]).all()
    assert (short["trend_note"] == "fewer values than the minimum").all()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param({"regions": (LAND,)}, "'land' has no boxes; these have: basin, north", id="region"),
        pytest.param({"entry": section(band=7.0)}, "do not hold whole boxes", id="band"),
    ],
)
def test_section__what_is_wrong_is_named(change, problem):
    with pytest.raises(ValueError, match=problem):
        made(made_boxes(), **change)


def test_section__an_indicator_that_is_not_there_is_named():
    boxes = made_boxes().isel(indicator=slice(1, None))
    with pytest.raises(ValueError, match="temp_at_0 are not averaged"):
        made(boxes)


def test_section__a_region_of_land_has_no_boxes_with_ocean():
    with pytest.raises(ValueError, match="no box of region 'land' holds ocean"):
        made(made_boxes((LAND,)), regions=(LAND,), land=land_class())


def test_areas_at_depths__become_smaller_and_begin_with_the_whole():
    area = areas_at_depths(BASIN, BOXES, land_class(), np.array(DEPTHS))
    np.testing.assert_allclose(area[0], box_areas(BASIN, BOXES, land_class()), rtol=1e-12)
    assert (np.diff(area, axis=0) <= 0).all()
    part = area.sum(axis=(1, 2)) / area[0].sum()
    assert 0.9 < part[2] < 1
    assert 0.5 < part[3] < 0.95


def test_section__as_a_table_has_a_row_for_every_depth_and_latitude(tyz):
    rows = table(tyz, "v").to_pylist()
    trends = [r for r in rows if r["period"] == "trend"]
    assert len(trends) == 4 * 6 + 4 * 3  # the north has three of the six bands
    one = next(r for r in trends if (r["region"], r["depth_m"], r["latitude"]) == ("basin", 200, 12.5))
    at = tyz.sel(region="basin", depth=200, latitude=12.5)
    assert one["value"] == float(at["trend"])
    assert (one["low"], one["high"]) == (float(at["trend_low"]), float(at["trend_high"]))
    assert one["note"] == ""
    yearly = [r for r in rows if r["period"] == "yearly"]
    assert len(yearly) == len(trends) * len(YEARS)
