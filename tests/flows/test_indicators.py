"""From records to a table, on oceans whose indicators are known."""

import csv
import io
import json

import netCDF4
import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr

from catalogs.land import land_class
from catalogs.schema import Grid, Indicator, Region, Selection, load, names
from flows.climatology import accumulate, fit, merge
from flows.columns import box_areas, boxes, inside_region, region_boxes
from flows.indicators import indicator_dataset
from flows.tables import FORMATS, table, write_table
from flows.trend_methods import METHODS, with_methods
from kernels.indicators.area import zone_area

CLIMATOLOGY, BOXES, SELECTION = load(Grid, "climatology_5deg"), load(Grid, "boxes_5x10"), Selection()
INDICATORS = [load(Indicator, n) for n in names("indicators")]
SEA = Region(name="sea", title="A sea", reference="test", latitude=(30, 40), longitude=(-40, -20))
PART = Region(
    name="part", title="Smaller than a box", reference="test", latitude=(31, 33), longitude=(-38, -36)
)
FAR = Region(name="far", title="Never sampled", reference="test", latitude=(-40, -30), longitude=(170, -170))
REGIONS = [SEA, PART, FAR]
WATER = np.zeros((2160, 4320), np.uint8)
DEPTHS = np.array([3.0, 10, 20, 40, 60, 90, 120, 160, 200, 260, 320, 400, 480, 580, 680, 800, 950, 1100, 1300,
                   1500, 1750, 2010])  # fmt: skip
YEARS = range(2000, 2012)
WARMING = 0.02
"""K per year at every depth, with no other variation: heat, volume and temperature follow by hand."""


def partition(rng, year, month, n=40, warm=0.0, bottom=3000.0, noise=0.0):
    """Casts of one month in the sea; ``warm`` is added to what the years bring."""
    z = DEPTHS[bottom > DEPTHS]
    day = (np.datetime64(f"{year}-{month:02d}-01") - np.datetime64("1950-01-01")).astype(int)
    time = day + rng.uniform(0, 28, n)
    lat, lon = rng.uniform(30, 40, n), rng.uniform(-40, -20, n)
    temp = 20 - 0.008 * np.tile(z, n) + WARMING * np.repeat((time - 20454) / 365.2425, len(z)) + warm
    temp += noise * np.repeat(rng.standard_normal(n), len(z))
    rows = {"row_size": np.full(n, len(z)), "TIME": time, "LATITUDE": lat, "LONGITUDE": lon}
    rows |= {
        "TIME_QC": np.ones(n, np.uint8),
        "POSITION_QC": np.ones(n, np.uint8),
        "DATA_MODE": np.full(n, "R"),
    }
    obs = {"DEPH": np.tile(z, n), "TEMP": temp, "PSAL": np.full(n * len(z), 35.0)}
    obs |= {f"{v}_QC": np.ones(n * len(z), np.uint8) for v in ("DEPH", "TEMP", "PSAL")}
    return xr.Dataset({k: ("profile", v) for k, v in rows.items()} | {k: ("obs", v) for k, v in obs.items()})


def averaged(partition_, climatology, regions=REGIONS, indicators=INDICATORS):
    return boxes(partition_, climatology, BOXES, indicators, SELECTION, regions)


def stacked(by_month):
    month = np.array(list(by_month), "M8[M]").astype("M8[ns]")
    return xr.concat(list(by_month.values()), xr.DataArray(month, dims="month", name="month"))


@pytest.fixture(scope="module")
def ocean():
    """Climatology of the warming sea, and the boxes of its months (March 2003 is missing)."""
    rng = np.random.default_rng(0)
    months = {f"{y}-{m:02d}": partition(rng, y, m, noise=0.05) for y in YEARS for m in range(1, 13)}
    del months["2003-03"]
    sums = [accumulate(p, CLIMATOLOGY, SELECTION) for p in months.values()]
    climatology = fit(merge(sums), CLIMATOLOGY, (2000, 2011))
    return climatology, stacked({k: averaged(p, climatology) for k, p in months.items()})


def result(ocean, name, regions=REGIONS, period=(2000, 2011), land=WATER):
    return indicator_dataset(ocean[1], load(Indicator, name), regions, BOXES, land, period, "test")


@pytest.mark.parametrize(
    ("name", "per_kelvin"),
    [("ohc_0_300", 1.22982e9), ("ohc_0_700", 2.86958e9), ("ohc_0_2000", 8.1988e9), ("temp_0_700", 1.0)],
)
def test_indicator_dataset__warming_comes_back_as_trend(ocean, name, per_kelvin):
    sea = result(ocean, name).sel(region="sea")
    expected = WARMING * per_kelvin
    assert float(sea["trend"]) == pytest.approx(expected, rel=0.05)
    assert sea["trend_low"] < expected < sea["trend_high"]
    assert float(sea["n_eff"]) > 4
    if name.startswith("ohc"):
        assert float(sea["trend_flux"]) == pytest.approx(float(sea["trend"]) / 31557600)
        assert float(sea["trend_total"]) == pytest.approx(float(sea["trend"] * sea["area"]) / 1e21)
        assert sea["trend_flux"].attrs["units"] == "W m-2"
        assert "ocean area of the region" in sea["trend_flux"].attrs["comment"]


def test_indicator_dataset__errors_cover_the_truth(ocean):
    sea = result(ocean, "temp_0_700").sel(region="sea")
    month = (sea["month"].values.astype("M8[M]").astype(int) + 0.5) / 12 - 36
    truth = WARMING * (month - np.mean(month))
    known = np.isfinite(sea["monthly_value"].values)
    z = ((sea["monthly_value"] - truth) / sea["monthly_standard_error"]).values[known]
    assert 0.88 <= np.mean(np.abs(z) < 1.96) <= 1
    assert np.isfinite(sea["yearly_standard_error"].values).all()


def test_indicator_dataset__unsampled_is_missing_not_zero(ocean):
    all_ = result(ocean, "ohc_0_700")
    gap = all_.sel(month="2003-03-01")
    assert np.isnan(gap["monthly_value"].values).all()
    assert (gap["monthly_n_profiles"] == 0).all()
    assert all_.sizes["month"] == 144
    assert int(all_.sel(region="sea", year=2003)["yearly_n_months"]) == 11
    far = all_.sel(region="far")
    assert np.isnan(far["yearly_value"].values).all()
    assert (far["yearly_sampled_fraction"] == 0).all()
    assert "fewer than" in str(far["trend_note"].values)
    assert np.isnan(far["trend"])


def test_indicator_dataset__is_relative_to_the_reference_period(ocean):
    for period in ((2000, 2011), (2002, 2004)):
        sea = result(ocean, "ohc_0_300", period=period).sel(region="sea")
        inside = (sea["month.year"] >= period[0]) & (sea["month.year"] <= period[1])
        assert abs(float(sea["monthly_value"].where(inside).mean())) < 1e-6 * 1.2e9
    before = result(ocean, "ohc_0_300", period=(1980, 1990)).sel(region="sea")
    assert int(before["n_months_reference"]) == 0
    assert float(before["baseline"]) == 0


def test_indicator_dataset__says_what_the_numbers_are(ocean):
    found = result(ocean, "ohc_0_700")
    expected = {
        "rho0": 1030,
        "cp": 3980,
        "reference_period": "2000-2011",
        "version": "test",
        "units": "J m-2",
    }
    assert expected.items() <= found.attrs.items()
    assert float(found["area"].sel(region="sea")) == pytest.approx(float(zone_area(30, 40, 20)), rel=1e-9)
    assert float(found["area"].sel(region="part")) == pytest.approx(float(zone_area(31, 33, 2)), rel=1e-9)
    assert all("units" in v.attrs for k, v in found.data_vars.items() if not k.endswith("_note"))


def test_boxes__whole_degree_warmer_gives_the_exact_heat(ocean):
    """One Kelvin more than the climatology, exactly, is one Kelvin's heat in every box."""
    rng = np.random.default_rng(5)
    climatology = ocean[0].copy(deep=True)
    one = partition(rng, 2005, 6)
    base = averaged(one, climatology)
    warmer = averaged(one.assign(TEMP=one["TEMP"] + 1), climatology)
    for name, heat in (("ohc_0_300", 1.22982e9), ("ohc_0_700", 2.86958e9), ("temp_0_700", 1.0)):
        more = (warmer["mean"] - base["mean"]).sel(indicator=name).values
        np.testing.assert_allclose(more[np.isfinite(more)], heat, rtol=1e-9)
    rise = (warmer["mean"] - base["mean"]).sel(indicator="thsl_0_700").values
    assert np.nanmin(rise) > 700 * 1.8e-4
    assert np.nanmax(rise) < 700 * 2.8e-4
    same = (warmer["mean"] - base["mean"]).sel(indicator="psal_0_700").values
    np.testing.assert_array_equal(same[np.isfinite(same)], 0)


@pytest.mark.parametrize(
    ("bottom", "used"), [(635.0, True), (600.0, False)], ids=["covers enough", "covers too little"]
)
def test_boxes__partial_columns_are_scaled_or_left_out_and_counted(ocean, bottom, used):
    one = partition(np.random.default_rng(6), 2005, 6)
    cut = one.assign(TEMP=one["TEMP"].where(one["DEPH"] < bottom))
    last = cut["DEPH"] == 580
    cut["TEMP"] = xr.where(last, cut["TEMP"] - 0.008 * (bottom - 1 - 580), cut["TEMP"])
    cut["DEPH"] = xr.where(last, bottom - 1, cut["DEPH"])
    whole = averaged(one, ocean[0]).sel(indicator="temp_0_700")
    part = averaged(cut, ocean[0]).sel(indicator="temp_0_700")
    at = (part["region"] == "sea").values
    assert int(part["n_profiles"][at].sum()) == (40 if used else 0)
    assert int(part["n_partial"][at].sum()) == (40 if used else 0)
    assert int(part["n_excluded"][at].sum()) == (0 if used else 40)
    if used:
        np.testing.assert_allclose(part["coverage"].values[at], (bottom - 1) / 700, rtol=1e-6)
        np.testing.assert_allclose(part["mean"].values[at], whole["mean"].values[at], atol=0.02)


def test_boxes__close_columns_are_one_sample(ocean):
    one = partition(np.random.default_rng(7), 2005, 6)
    moored = one.assign(LATITUDE=one["LATITUDE"] * 0 + 35.5, LONGITUDE=one["LONGITUDE"] * 0 - 30.5)
    found = averaged(moored, ocean[0], [SEA]).sel(indicator="ohc_0_700")
    assert int(found["n_profiles"].sum()) == 40
    assert int(found["n_samples"].sum()) == 1
    assert np.isnan(found["variance"].values).all()


def test_boxes__records_outside_the_region_do_not_count(ocean):
    one = partition(np.random.default_rng(8), 2005, 6, n=300)
    found = averaged(one, ocean[0], [PART]).sel(indicator="ohc_0_700")
    inside = inside_region(one["LATITUDE"].values, one["LONGITUDE"].values, PART)
    assert int(found["n_profiles"].sum()) == inside.sum() > 0


def test_boxes__permuted_rows_give_the_same_and_none_gives_nothing(ocean):
    one = partition(np.random.default_rng(9), 2005, 6)
    m = len(DEPTHS)
    order = np.random.default_rng(1).permutation(40)
    mixed = one.isel(profile=order, obs=(order[:, None] * m + np.arange(m)).ravel())
    xr.testing.assert_allclose(averaged(mixed, ocean[0]), averaged(one, ocean[0]), rtol=1e-6)
    empty = averaged(one.isel(profile=slice(0), obs=slice(0)), ocean[0])
    assert int(empty["n_profiles"].sum()) == 0
    assert np.isnan(empty["mean"].values).all()
    assert empty.sizes == averaged(one, ocean[0]).sizes


def test_indicator_dataset__region_without_boxes_is_refused(ocean):
    with pytest.raises(ValueError, match="not averaged for region 'nino_3_4'"):
        result(ocean, "ohc_0_700", [load(Region, "nino_3_4")])


def test_box_areas__polygon_and_box_agree():
    corners = ((-40.0, 30.0), (-20.0, 30.0), (-20.0, 40.0), (-40.0, 40.0))
    polygon = Region(name="p", title="p", reference="test", polygon=corners)
    np.testing.assert_allclose(box_areas(polygon, BOXES, WATER), box_areas(SEA, BOXES, WATER), rtol=1e-9)


def test_region_boxes__across_the_date_line():
    cells = region_boxes([FAR], BOXES)
    assert sorted(set(cells["longitude"].values)) == [-175, 175]
    assert sorted(set(cells["latitude"].values)) == [-37.5, -32.5]


def test_table__trends_by_every_method(ocean):
    rows = table(with_methods(result(ocean, "temp_0_700"))).to_pylist()
    sea = {r["period"]: r for r in rows if r["region"] == "sea" and r["period"].startswith("trend")}
    assert {f"trend_{name}" for name in METHODS} <= set(sea)
    assert sea["trend_theil_sen"]["value"] == pytest.approx(WARMING, rel=0.05)
    assert sea["trend_theil_sen"]["method"] == METHODS["theil_sen"]
    assert "fewer than 24" in sea["trend_piecewise"]["note"]
    assert sea["trend"]["method"] != sea["trend_ols"]["method"]


def test_table__one_row_a_region_and_period(ocean):
    found = table(result(ocean, "ohc_0_700"), version="2026.11")
    rows = found.to_pylist()
    of_sea = [r for r in rows if r["region"] == "sea"]
    assert len([r for r in of_sea if r["period"] == "monthly"]) == 144
    assert [r["time"] for r in of_sea if r["period"] == "yearly"] == [str(y) for y in YEARS]
    trend = next(r for r in of_sea if r["period"] == "trend_flux")
    assert trend["units"] == "W m-2"
    assert trend["low"] < trend["value"] < trend["high"]
    assert trend["time"] == "2000/2011"
    assert {r["version"] for r in rows} == {"2026.11"}
    gap = next(r for r in of_sea if r["time"] == "2003-03")
    assert gap["value"] is None
    assert gap["n_profiles"] == 0


@pytest.mark.parametrize("format", FORMATS)
def test_write_table__every_format_holds_every_row(ocean, format):
    found = table(result(ocean, "ohc_0_700")).slice(0, 20)
    content = write_table(found, format)
    if format == "csv":
        read = list(csv.DictReader(io.StringIO(content.decode())))
        assert float(read[0]["value"]) == found["value"][0].as_py()
    elif format == "json":
        read = json.loads(content)
        assert read == found.to_pylist()
    elif format == "parquet":
        read = pq.read_table(io.BytesIO(content)).to_pylist()
        assert read == found.to_pylist()
    elif format == "netcdf":
        with netCDF4.Dataset("table", memory=content) as data:
            assert data["value"][0] == found["value"][0].as_py()
            read = data["time"][:]
    else:
        read = [line for line in content.decode().splitlines() if line.startswith("| 20")]
        assert "- units: J m-2" in content.decode()
    assert len(read) == 20


def test_write_table__unknown_format_is_refused(ocean):
    with pytest.raises(ValueError, match="choose one of csv"):
        write_table(table(result(ocean, "ohc_0_700")), "xml")


LAND_IN_OUR_MASK = ("o2_caspian_sea",)
"""Seas that the land mask of the indicators counts as lakes; quality control alone names them."""


@pytest.mark.parametrize("name", sorted(set(names("regions")) - set(LAND_IN_OUR_MASK)))
def test_regions__hold_ocean(name):
    assert box_areas(load(Region, name), BOXES, land_class()).sum() > 1e11


@pytest.mark.parametrize(
    ("region", "lat", "lon", "inside"),
    [
        pytest.param("mediterranean_sea", 43.0, 5.0, True, id="Gulf of Lion"),
        pytest.param("mediterranean_sea", 45.5, 13.2, True, id="Gulf of Trieste"),
        pytest.param("mediterranean_sea", 36.0, -4.5, True, id="Alboran Sea"),
        pytest.param("mediterranean_sea", 39.5, 0.2, True, id="off Valencia"),
        pytest.param("mediterranean_sea", 36.5, 36.0, True, id="Gulf of Iskenderun"),
        pytest.param("mediterranean_sea", 40.7, 25.0, True, id="north Aegean"),
        pytest.param("mediterranean_sea", 34.2, 11.0, True, id="Gulf of Gabes"),
        pytest.param("mediterranean_sea", 36.0, -7.0, False, id="Gulf of Cadiz"),
        pytest.param("mediterranean_sea", 44.5, -3.0, False, id="Bay of Biscay"),
        pytest.param("mediterranean_sea", 43.0, 30.0, False, id="Black Sea"),
        pytest.param("mediterranean_sea", 40.7, 28.5, False, id="Sea of Marmara"),
        pytest.param("baltic_sea", 57.3, 20.0, True, id="Gotland Deep"),
        pytest.param("baltic_sea", 65.0, 23.5, True, id="Bothnian Bay"),
        pytest.param("baltic_sea", 60.0, 27.0, True, id="Gulf of Finland"),
        pytest.param("baltic_sea", 55.3, 15.5, True, id="Bornholm Basin"),
        pytest.param("baltic_sea", 57.5, 11.5, False, id="Kattegat"),
        pytest.param("nino_3_4", 0.0, -145.0, True, id="central Pacific"),
        pytest.param("global_60s_60n", 61.0, 0.0, False, id="north of 60N"),
    ],
)
def test_regions__hold_what_they_should(region, lat, lon, inside):
    assert inside_region(np.array([lat]), np.array([lon]), load(Region, region))[0] == inside


def test_box_areas__published_ocean_areas():
    """60S-60N ocean about 3.2e14 m2; Mediterranean about 2.5e12 (Black Sea excluded), Black Sea 4.4e11 m2."""
    wanted = ("global_60s_60n", "mediterranean_sea", "black_sea", "baltic_sea")
    areas = {n: box_areas(load(Region, n), BOXES, land_class()).sum() for n in wanted}
    assert areas["global_60s_60n"] == pytest.approx(3.2e14, rel=0.03)
    assert areas["mediterranean_sea"] == pytest.approx(2.5e12, rel=0.03)
    assert areas["black_sea"] == pytest.approx(4.4e11, rel=0.06)
    assert 3e11 < areas["baltic_sea"] < 4.2e11


def test_indicator_dataset__region_without_ocean_is_missing(ocean):
    dry = result(ocean, "ohc_0_700", land=np.full((2160, 4320), 3, np.uint8))
    assert np.isnan(dry["monthly_value"].values).all()
    assert (dry["monthly_n_profiles"] == 0).all()
    assert (dry["area"] == 0).all()


def test_indicator_dataset__one_month_of_one_sample_has_a_value_but_no_error(ocean):
    """Nothing tells how far one column is from its sea."""
    one = partition(np.random.default_rng(10), 2005, 6, n=1)
    alone = stacked({"2005-06": averaged(one, ocean[0], [SEA])})
    found = result((None, alone), "ohc_0_700", [SEA]).sel(region="sea")
    assert np.isfinite(found["monthly_value"].values).all()
    assert np.isnan(found["monthly_standard_error"].values).all()
    assert "fewer than" in str(found["trend_note"].values)


WORDS = {"title": "test", "convention": "test", "reference": "test"}


def made(name, quantity, layer, **more):
    return Indicator(name=name, quantity=quantity, layer=layer, units="1", **(WORDS | more))


PARTS = [
    made("thermo", "thermosteric_sea_level", (0, 700)),
    made("halo", "halosteric_sea_level", (0, 700), variable="PSAL"),
    made("total", "steric_sea_level", (0, 700)),
    made("deep", "layer_mean", (3000, 4000)),
    made("mixed", "mixed_layer_depth", (10, 1000), threshold=0.2),
    made("stratified", "stratification", (0, 200)),
    made("surface", "value_at_depth", (0, 0)),
    made("oxygen", "oxygen_inventory", (0, 200), variable="DOXY"),
    made("anoxic", "oxygen_penetration_depth", (0, 500), variable="DOXY", threshold=20),
]


def with_oxygen(part):
    """Oxygen that falls from 300 umol/kg at the surface to nothing at 150 m."""
    oxygen = np.maximum(300 - 2 * part["DEPH"].values, 0.0)
    flags = np.ones(len(oxygen), np.uint8)
    return part.assign(DOXY=("obs", oxygen), DOXY_QC=("obs", flags))


@pytest.fixture(scope="module")
def parts(ocean):
    rng = np.random.default_rng(11)
    months = [f"{y}-{m:02d}" for y in range(2002, 2006) for m in range(1, 13) if (y, m) != (2003, 3)]
    each = {k: with_oxygen(partition(rng, *map(int, k.split("-")), n=12)) for k in months}
    saltier = {k: p.assign(PSAL=p["PSAL"] + 0.1 * (k >= "2004")) for k, p in each.items()}
    return stacked({k: averaged(p, ocean[0], indicators=PARTS) for k, p in saltier.items()})


def of_part(parts, name, regions=REGIONS, land=WATER):
    indicator = next(i for i in PARTS if i.name == name)
    return indicator_dataset(parts, indicator, regions, BOXES, land, (2002, 2005), "test")


def test_boxes__thermosteric_and_halosteric_make_the_steric(parts):
    thermo, halo, total = (parts["mean"].sel(indicator=n).values for n in ("thermo", "halo", "total"))
    known = np.isfinite(total)
    np.testing.assert_allclose(total[known], (thermo + halo)[known], atol=2e-5)
    jump = np.nanmean(halo[24:]) - np.nanmean(halo[:20])
    assert jump == pytest.approx(-0.1 * 700 * 7.6e-4, rel=0.05)


def test_indicator_dataset__layer_deeper_than_all_profiles_says_so(parts):
    deep = of_part(parts, "deep").sel(region="sea")
    assert np.isnan(deep["monthly_value"].values).all()
    note = "none of 12 profiles can be used: each covers less than 90 % of 3000-4000 m or has no climatology"
    note += " there"
    assert str(deep["monthly_note"].values[0]) == note
    assert (deep["yearly_note"] == "0 months with a value, fewer than 7").all()
    rows = [r for r in table(of_part(parts, "deep")).to_pylist() if r["region"] == "sea"]
    assert next(r for r in rows if r["time"] == "2002-01")["note"] == note


def test_indicator_dataset__month_and_region_without_data_say_so(parts):
    found = of_part(parts, "thermo")
    assert str(found["monthly_note"].sel(region="sea", month="2003-03-01").values) == (
        "no profile with usable values"
    )
    known = np.isfinite(found["monthly_value"].values)
    assert ((found["monthly_note"] == "").values == known).all()
    assert (found["monthly_note"].sel(region="far") == "no profile with usable values").all()
    dry = of_part(parts, "thermo", [SEA], np.full((2160, 4320), 3, np.uint8))
    assert (dry["monthly_note"] == "the region holds no ocean").all()


def test_indicator_dataset__of_columns_is_relative_to_box_and_calendar_month(parts):
    """0.2 degrees at 0.008 a metre is 25 m below the reference at 10 m, in every box and month."""
    mixed = of_part(parts, "mixed").sel(region="sea")
    np.testing.assert_allclose(mixed["normal"], 35, rtol=1e-9)
    known = np.isfinite(mixed["monthly_value"].values)
    np.testing.assert_allclose(mixed["monthly_value"].values[known], 0, atol=1e-9)
    assert "mean of each box and calendar month" in mixed.attrs["relative_to"]
    stratified = of_part(parts, "stratified").sel(region="sea")
    assert stratified["normal"].values == pytest.approx(9.8 * 0.008 * 2.4e-4, rel=0.1)


def test_boxes__oxygen_in_the_column(parts):
    """300 umol/kg over 150 m at the surface; 61.7 umol/l at 120 m and nothing at 160 m."""
    mean = {n: parts["mean"].sel(indicator=n).values for n in ("oxygen", "anoxic")}
    assert np.nanmean(mean["oxygen"]) == pytest.approx(300e-6 * 75 * 1025, rel=0.02)
    assert np.nanmean(mean["anoxic"]) == pytest.approx(120 + 40 * 41.7 / 61.7, abs=0.05)


def test_boxes__shallowest_level_stands_for_the_surface(parts, ocean):
    surface = parts["mean"].sel(indicator="surface").values
    assert np.isfinite(surface).any()
    temp = parts["mean"].sel(indicator="thermo").values
    assert (np.isfinite(surface) == np.isfinite(temp)).all()


def test_indicator_dataset__heat_is_stated_with_its_area(ocean):
    """Per ocean area, per area of the Earth and in all: the same heat."""
    found = result(ocean, "ohc_0_700")
    sea = found.sel(region="sea")
    earth = float(sea["trend_flux_earth"])
    assert earth == pytest.approx(float(sea["trend_flux"] * sea["area"]) / 5.1e14)
    assert earth == pytest.approx(0.0621335 * float(sea["trend_total"]), rel=1e-6)
    assert found["trend_flux_earth"].attrs["reference_area"] == 5.1e14
    total = sea["yearly_total"].values
    np.testing.assert_allclose(total, sea["yearly_value"].values * float(sea["area"]) / 1e21)
    assert found["yearly_total_standard_error"].attrs["units"] == "ZJ"


def test_region__of_a_least_depth_counts_deep_water_only():
    from catalogs.bottom import bottom_depth

    shelf = SEA.model_copy(update={"name": "med", "latitude": (30, 46), "longitude": (0, 20)})
    deep = shelf.model_copy(update={"minimum_bottom_depth": 1000.0})
    assert 0.2 < box_areas(deep, BOXES, WATER).sum() / box_areas(shelf, BOXES, WATER).sum() < 0.8
    lat, lon = np.array([42.0, 45.0]), np.array([5.0, 13.0])
    assert inside_region(lat, lon, shelf).all()
    assert inside_region(lat, lon, deep).tolist() == [True, False]
    assert inside_region(lat, lon + 360, deep).tolist() == [True, False]
    assert np.nanmax(bottom_depth()[720 // 2 :]) > 1000


def test_region__volume_of_the_mediterranean_salt_content():
    """Copernicus Marine states 5.7e5 km3 for 0-300 m where the sea is deeper; the deepest point of each
    quarter degree counts more of the slopes as deep."""
    area = box_areas(load(Region, "mediterranean_sea_deeper_than_300"), BOXES, land_class()).sum()
    assert 5.7e5 < area * 300 / 1e9 < 1.15 * 5.7e5


@pytest.mark.parametrize(
    ("size", "within"),
    [(0.03, 0.25), (0.5, 0.02), (3.0, 0.002)],
    ids=["within a cell", "some cells", "many cells"],
)
def test_box_areas__of_a_polygon_with_a_hole(size, within):
    """An eighth of a cell is the least that counts."""

    def ring(half):
        return [
            [-30.02 + half * x, 35.01 + half * y] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
        ]

    geometry = {"type": "Polygon", "coordinates": [ring(size), ring(size / 2)]}
    region = Region(name="p", title="p", reference="test", geometry=geometry)
    exact = [float(zone_area(35.01 - h, 35.01 + h, 2 * h)) for h in (size, size / 2)]
    assert box_areas(region, BOXES, WATER).sum() == pytest.approx(exact[0] - exact[1], rel=within)


def test_job__unknown_region_or_indicator_is_told_before_anything_is_read():
    from catalogs.schema import Campaign, CatalogueError
    from flows.steps import Job

    campaign = load(Campaign, "demo")
    for field, entry in (("regions", "atlantis"), ("indicators", "ohc_0_701")):
        wrong = campaign.model_copy(update={field: (entry,)})
        with pytest.raises(CatalogueError, match=f"catalogs/{field} has no entry '{entry}'; it has:"):
            Job.of(wrong)
    each = Job.of(campaign.model_copy(update={"indicators": ("temp_at",)})).indicators
    assert [i.name for i in each][:2] == ["temp_at_0", "temp_at_20"]


def test_job__an_interpolation_that_oxygen_has_not_is_told_before_anything_is_read(monkeypatch):
    """Boxes with that scheme and an indicator of oxygen: no worker has to find out."""
    from catalogs.schema import Campaign, Ensemble
    from flows import steps

    def with_scheme(kind, name):
        entry = load(kind, name)
        wanted = kind is Grid and name == "boxes_5x10"
        return entry.model_copy(update={"interpolation": "mrst_pchip"}) if wanted else entry

    monkeypatch.setattr(steps, "load", with_scheme)
    campaign = load(Campaign, "demo").model_copy(update={"ensemble": Ensemble()})
    steps.Job.of(campaign)
    oxygen = campaign.model_copy(update={"indicators": ("ohc_0_700", "oxygen_inventory_0_200")})
    with pytest.raises(ValueError, match="not DOXY of indicator oxygen_inventory_0_200: choose pchip"):
        steps.Job.of(oxygen)
    monkeypatch.undo()
    steps.Job.of(oxygen)
    for scheme, said in (("mrst_pchip", "choose pchip"), ("linear", "that of boxes_5x10 already")):
        ensemble = campaign.ensemble.model_copy(update={"interpolation": (scheme,)})
        with pytest.raises(ValueError, match=said):
            steps.Job.of(oxygen.model_copy(update={"ensemble": ensemble}))


def test_boxes__rows_outside_of_all_regions_change_nothing(ocean):
    one = partition(np.random.default_rng(12), 2005, 6, n=300)
    inside = np.flatnonzero(inside_region(one["LATITUDE"].values, one["LONGITUDE"].values, PART))
    m = len(DEPTHS)
    alone = one.isel(profile=inside, obs=(inside[:, None] * m + np.arange(m)).ravel())
    xr.testing.assert_identical(averaged(one, ocean[0], [PART]), averaged(alone, ocean[0], [PART]))


def test_boxes__blocks_of_rows_change_nothing(ocean, monkeypatch):
    one = partition(np.random.default_rng(13), 2005, 6)
    whole = averaged(one, ocean[0], indicators=PARTS)
    monkeypatch.setattr("flows.columns.ROWS", 7)
    xr.testing.assert_identical(averaged(one, ocean[0], indicators=PARTS), whole)


@pytest.mark.parametrize("name", ["mediterranean_sea_deeper_than_300", "baltic_sea", "mow_north"])
def test_box_areas__of_a_mask_that_stays_are_made_once_and_the_same_bit_for_bit(name):
    region, mask = load(Region, name), land_class()
    kept = box_areas(region, BOXES, mask)
    assert box_areas(load(Region, name), BOXES, mask) is kept
    np.testing.assert_array_equal(kept, box_areas(region, BOXES, mask.copy()))
    with pytest.raises(ValueError, match="read-only"):
        kept[0, 0] = 1


def test_box_areas__follow_a_mask_that_changes():
    mask = WATER.copy()
    whole = box_areas(SEA, BOXES, mask)
    mask[:] = 3
    assert whole.sum() > 0
    assert box_areas(SEA, BOXES, mask).sum() == 0


def test_box_areas__of_two_masks_differ():
    dry = np.full_like(WATER, 3)
    dry.flags.writeable = False
    assert box_areas(SEA, BOXES, land_class()).sum() > 0
    assert box_areas(SEA, BOXES, dry).sum() == 0


def test_box_areas__of_regions_that_differ_in_one_thing_differ():
    shelf = load(Region, "mediterranean_sea")
    deep = shelf.model_copy(update={"minimum_bottom_depth": 300.0})
    fine = BOXES.model_copy(update={"cell_latitude": BOXES.cell_latitude / 2})
    areas = [box_areas(shelf, BOXES, land_class()), box_areas(deep, BOXES, land_class())]
    assert areas[1].sum() < areas[0].sum()
    assert box_areas(shelf, fine, land_class()).shape[0] == 2 * areas[0].shape[0]
