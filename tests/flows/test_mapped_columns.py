"""Regional means of column values by mapping: areas of their points, and what any estimate must do."""

import numpy as np
import pytest
import xarray as xr

from catalogs.land import land_class
from catalogs.schema import Grid, Indicator, Region, load
from flows.columns import box_areas
from flows.mapped_columns import mapped_indicators, points_of, regional_means
from flows.mapped_series import mapped_series
from flows.months import month_middle, month_number

MONTH = month_number("2003-07")
OWN, BOXES = load(Grid, "analysis_1deg"), load(Grid, "boxes_5x10")
COARSE = OWN.model_copy(update={"cell_latitude": 5, "cell_longitude": 5})
HEAT = (load(Indicator, "ohc_0_700"),)
REGIONS = tuple(
    Region(name=name, title=name, reference="", latitude=latitude, longitude=longitude)
    for name, latitude, longitude in (
        ("atlantic", (20, 50), (-60, -20)),
        ("date_line", (-10, 10), (160, -140)),
        ("far", (-60, -55), (-10, 20)),
    )
)
STD = np.linspace(1e8, 2e8, 36 * 72).reshape(1, 36, 72)


def casts(n: int = 200, seed: int = 0) -> xr.Dataset:
    """In the Atlantic and around the date line, some of them too short for the layer."""
    rng = np.random.default_rng(seed)
    west = rng.random(n) < 0.5
    lat = np.where(west, rng.uniform(20, 50, n), rng.uniform(-10, 10, n))
    lon = np.where(west, rng.uniform(-60, -20, n), (rng.uniform(160, 220, n) + 180) % 360 - 180)
    column = rng.standard_normal((n, 1)) * 1e8
    column[: n // 10] = np.nan
    one = {"TIME": month_middle(MONTH) + rng.uniform(-40, 40, n), "LATITUDE": lat, "LONGITUDE": lon}
    one |= {"PLATFORM_CODE": np.arange(n).astype(str), "PLATFORM_TYPE": np.full(n, "PF")}
    fields = {k: (("cast", "depth"), np.zeros((n, 1))) for k in ("TEMP", "TEMP_ERR")}
    fields |= {"COLUMN": (("cast", "column"), column)}
    return xr.Dataset({k: ("cast", v) for k, v in one.items()} | fields, {"depth": [10.0]})


def means(of: xr.Dataset) -> xr.Dataset:
    points = points_of(REGIONS, COARSE, land_class())
    return regional_means(of, STD, points, COARSE, HEAT, REGIONS, MONTH)


@pytest.mark.parametrize("grid", [OWN, COARSE], ids=lambda g: f"{g.cell_latitude:g} degrees")
def test_points_of__hold_the_ocean_of_each_region_and_last_of_all(grid) -> None:
    points = points_of(REGIONS, grid, land_class())
    expected = [box_areas(r, grid, land_class()).sum() for r in REGIONS]
    np.testing.assert_allclose(points.area[:-1].sum(axis=1), expected, rtol=1e-12)
    assert points.area[-1].sum() == pytest.approx(3.6e14, rel=0.02)
    small = points.area[2] > 0  # 5 by 30 degrees: cells of its own, 150 of 1 degree
    assert small.sum() == (150 if grid is OWN else 6)


def test_regional_means__a_value_that_all_casts_have_is_that_of_every_region() -> None:
    same = casts()
    same["COLUMN"] = same["COLUMN"] * 0 + 3e8
    found = means(same)["value"].values[0]
    np.testing.assert_allclose(found[:2], 3e8, rtol=1e-6)
    assert np.isnan(found[2]), "no cast is in reach"


def test_regional_means__are_linear_and_do_not_depend_on_the_order_of_casts() -> None:
    found, shuffled = means(casts()), means(casts().isel(cast=np.random.default_rng(1).permutation(200)))
    xr.testing.assert_allclose(found, shuffled, rtol=1e-9)
    twice = casts()
    twice["COLUMN"] = 2 * twice["COLUMN"]
    doubled = means(twice)
    np.testing.assert_allclose(doubled["value"], 2 * found["value"], rtol=1e-9)
    np.testing.assert_allclose(doubled["squares"], 4 * found["squares"], rtol=1e-9)
    np.testing.assert_allclose(doubled["covariance"], found["covariance"], rtol=1e-9)


def test_regional_means__count_the_columns_of_the_month() -> None:
    of = casts()
    found = means(of).sel(indicator="ohc_0_700")
    own = np.abs(of["TIME"].values - month_middle(MONTH)) < 15.5
    north = of["LATITUDE"].values > 15
    known = np.isfinite(of["COLUMN"].values[:, 0])
    assert int(found["n_profiles"][0]) == np.count_nonzero(own & north & known)
    assert int(found["n_excluded"][0]) == np.count_nonzero(own & north & ~known)


def test_mapped_series__errors_follow_the_size_of_the_casts() -> None:
    made = [
        mapped_series({MONTH: means(of)}, HEAT[0], REGIONS, COARSE, BOXES, land_class(), (1993, 2014))
        for of in (casts(), casts().assign(COLUMN=3 * casts()["COLUMN"]))
    ]
    small, large = (m["monthly_standard_error"].values[:2, 0] for m in made)
    np.testing.assert_allclose(large, 3 * small, rtol=1e-9)
    assert np.all(small > 0)


@pytest.mark.parametrize(("n_years", "note"), [(8, ""), (3, "3 values, fewer than 5")])
def test_mapped_series__a_steady_rise_is_the_trend(n_years: int, note: str) -> None:
    one = means(casts())
    first = 12 * (MONTH // 12)
    rising = {first + k: one.assign(value=one["value"] + 2e6 * k) for k in range(12 * n_years)}
    made = mapped_series(rising, HEAT[0], REGIONS, COARSE, BOXES, land_class(), (1993, 2014))
    there = made.isel(region=slice(0, 2))
    assert there["trend_note"].values.tolist() == [note] * 2
    if note:
        assert np.isnan(there["trend"]).all()
        return
    np.testing.assert_allclose(there["trend"], 24e6, rtol=1e-6)
    assert (there["trend_low"] < 24e6).all()
    assert (there["trend_high"] > 24e6).all()
    np.testing.assert_allclose(there["trend_without_last_year"], 24e6, rtol=1e-6)
    assert there["trend"].attrs["units"] == "J m-2 year-1"
    assert made["trend_note"].values[2], "no cast is in reach"


def test_mapped_indicators__those_that_are_linear_in_temperature_and_salinity() -> None:
    wanted = [load(Indicator, n) for n in ("ohc_0_700", "mld_density", "fwc_34_8_0_500", "osc_0_300")]
    assert [i.name for i in mapped_indicators(wanted)] == ["ohc_0_700", "osc_0_300"]
