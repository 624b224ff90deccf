"""Sums, their merging, and the climatology of a small ocean whose truth is known."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.schema import Grid, Selection, load
from flows.climatology import accumulate, cells_of, fit, merge, option, profiles_at, shape, values_at

GRID = load(Grid, "climatology_5deg")
SELECTION = Selection()
DAY = 365.2425
DEPTHS = np.array([4.0, 12, 25, 45, 80, 130, 190, 260, 350, 450, 560, 700])


def truth(depth, latitude, longitude, time):
    """Temperature of the small ocean."""
    year = (time - 18262) / DAY
    warm = 0.02 * year * np.exp(-depth / 700)
    season = 2 * np.cos(2 * np.pi * time / DAY - 2) * np.exp(-depth / 60)
    return 20 - 0.3 * (latitude - 40) + 0.1 * (longitude + 30) - 0.02 * depth + season + warm


def partition(rng, n, first=1990.0, last=2020.0, noise=0.0, south=32.0):
    """Casts in 10 by 20 degrees of the North Atlantic."""
    m = len(DEPTHS)
    time = 18262 + DAY * (rng.uniform(first, last, n) - 2000)
    lat, lon = rng.uniform(south, south + 10, n), rng.uniform(-40, -20, n)
    place = [np.repeat(a, m) for a in (lat, lon, time)]
    depth = np.tile(DEPTHS, n)
    temp = truth(depth, *place) + noise * np.repeat(rng.standard_normal(n), m)
    rows = {"row_size": np.full(n, m), "TIME": time, "LATITUDE": lat, "LONGITUDE": lon}
    rows |= {
        "TIME_QC": np.ones(n, np.uint8),
        "POSITION_QC": np.ones(n, np.uint8),
        "DATA_MODE": np.full(n, "R"),
    }
    obs = {"DEPH": depth, "TEMP": temp, "PSAL": 35 + 0.001 * depth}
    obs |= {f"{v}_QC": np.ones(n * m, np.uint8) for v in ("DEPH", "TEMP", "PSAL")}
    return xr.Dataset({k: ("profile", v) for k, v in rows.items()} | {k: ("obs", v) for k, v in obs.items()})


def rows(dataset, index):
    m = len(DEPTHS)
    of_obs = (np.asarray(index)[:, None] * m + np.arange(m)).ravel().astype(int)
    return dataset.isel(profile=np.asarray(index, int), obs=of_obs)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 40), st.integers(0, 40), st.randoms())
def test_accumulate__chunked_and_permuted_equals_whole(first, second, random):
    whole = partition(np.random.default_rng(5), 40)
    order = list(range(40))
    random.shuffle(order)
    cuts = sorted((first, second))
    parts = [rows(whole, order[a:b]) for a, b in zip([0, *cuts], [*cuts, 40], strict=True)]
    expected = accumulate(whole, GRID, SELECTION)
    merged = merge(accumulate(p, GRID, SELECTION) for p in parts)
    xr.testing.assert_allclose(merged, expected, rtol=1e-9, atol=1e-7)
    again = merge([merge([accumulate(p, GRID, SELECTION)]) for p in parts[::-1]])
    xr.testing.assert_allclose(again, expected, rtol=1e-9, atol=1e-7)


def test_fit__recovers_the_ocean_in_spite_of_late_sampling():
    """The northern cells are sampled in the last years only, and in other seasons."""
    rng = np.random.default_rng(1)
    parts = [partition(rng, 3000, noise=0.2), partition(rng, 800, 2014, 2020, noise=0.2, south=45.0)]
    climatology = fit(merge(accumulate(p, GRID, SELECTION) for p in parts), GRID, (1995, 2004))
    lat, lon = rng.uniform(33, 53, 500), rng.uniform(-39, -21, 500)
    time = 18262 + DAY * rng.uniform(0, 1, 500)
    known = profiles_at(climatology, "TEMP", time, lat, lon)
    middle = truth(np.array(GRID.levels), lat[:, None], lon[:, None], time[:, None])
    middle -= 0.02 * ((time - 18262) / DAY)[:, None] * np.exp(-np.array(GRID.levels) / 700)
    deep = (np.array(GRID.levels) >= 20) & (np.array(GRID.levels) <= 650)
    error = (known - middle)[:, deep]
    assert np.isfinite(error).mean() > 0.8
    unsampled = (lat > 42) & (lat < 45)  # the rest of a cell
    assert np.sqrt(np.nanmean(error[~unsampled] ** 2)) < 0.05
    assert np.sqrt(np.nanmean(error[unsampled] ** 2)) < 0.25
    north = lat > 46
    assert abs(np.nanmean(error[north])) < 0.03
    slope = climatology["TEMP_SLOPE"].values
    np.testing.assert_allclose(slope[deep], 0.02 * np.exp(-np.array(GRID.levels)[deep] / 700), atol=0.002)
    assert np.nanmedian(climatology["TEMP_STD"].values) == pytest.approx(0.2, abs=0.02)


def test_fit__the_number_of_records_stands_behind_each_value():
    rng = np.random.default_rng(2)
    data = partition(rng, 400)
    climatology = fit(accumulate(data, GRID, SELECTION), GRID, (1995, 2004))
    level = GRID.levels.index(100)
    assert climatology["TEMP_N"].isel(depth=level).sum() <= 400
    known = climatology["TEMP_N"] >= option(GRID, "minimum_profiles")
    assert bool((np.isfinite(climatology["TEMP_COEFFICIENT"]).all("term") == known).all())
    assert known.any()
    assert not known.isel(depth=GRID.levels.index(1000)).any()


def test_values_at__follows_the_levels_and_stays_unknown_below():
    rng = np.random.default_rng(3)
    climatology = fit(accumulate(partition(rng, 2000), GRID, SELECTION), GRID, (1995, 2004))
    row_start, depth = np.array([0, 4, 4, 5]), np.array([2.0, 5.0, 100.0, 900.0, 50.0])
    where = np.array([18262.0, 18262, np.nan]), np.array([37.0, 37, 37]), np.array([-30.5, -30.5, -30.5])
    result = values_at(climatology, "TEMP", row_start, depth, *where)
    expected = truth(100.0, 37.0, -30.5, 18262.0)
    assert result[2] == pytest.approx(expected, abs=0.05)
    assert result[0] == result[1]
    assert np.isnan(result[3:]).all()


def test_fit__bends_with_latitude_inside_a_cell():
    """The climatology at a cell's edges is as good as in its middle."""
    rng = np.random.default_rng(9)
    data = partition(rng, 2000, south=35.0)
    north = np.repeat(data["LATITUDE"].values, len(DEPTHS)) - 40
    data["TEMP"] = data["TEMP"] + 0.05 * north**2
    climatology = fit(accumulate(data, GRID, SELECTION), GRID, (1995, 2004))
    lat, time = np.array([35.1, 37.5, 39.9, 40.1, 42.5, 44.9]), np.full(6, 18262.0)
    level = GRID.levels.index(100)
    known = profiles_at(climatology, "TEMP", time, lat, np.full(6, -30.5))[:, level]
    np.testing.assert_allclose(known, truth(100.0, lat, -30.5, 18262.0) + 0.05 * (lat - 40) ** 2, atol=0.06)


def test_profiles_at__refuses_a_climatology_of_other_terms():
    sums = accumulate(partition(np.random.default_rng(10), 50), GRID, SELECTION)
    other = fit(sums, GRID, (1995, 2004)).isel(term=slice(7))
    with pytest.raises(ValueError, match="TEMP_COEFFICIENT has 7 terms"):
        profiles_at(other, "TEMP", np.zeros(1), np.zeros(1), np.zeros(1))


def test_accumulate__partition_without_salinity_or_without_rows():
    data = partition(np.random.default_rng(4), 30).drop_vars(["PSAL", "PSAL_QC"])
    sums = accumulate(data, GRID, SELECTION)
    assert (sums["PSAL_MOMENTS"].values == 0).all()
    empty = accumulate(rows(data, []), GRID, SELECTION)
    assert empty.sizes["cell"] == 0
    xr.testing.assert_allclose(merge([empty, sums, empty]), sums)
    nothing = fit(empty, GRID, (1995, 2004))
    assert not np.isfinite(nothing["TEMP_COEFFICIENT"]).any()


def test_accumulate__bad_rows_and_values_do_not_count():
    data = partition(np.random.default_rng(6), 30)
    spoiled = data.copy(deep=True)
    spoiled["TEMP"][: 2 * len(DEPTHS)] = 99.0
    spoiled["TEMP_QC"][: len(DEPTHS)] = 4
    spoiled["POSITION_QC"][1] = 3
    expected = accumulate(rows(data, range(2, 30)), GRID, SELECTION)
    result = accumulate(spoiled, GRID, SELECTION)["TEMP_MOMENTS"].sum("cell")
    xr.testing.assert_allclose(result, expected["TEMP_MOMENTS"].sum("cell"))


def test_merge__refuses_nothing_and_mixed_grids():
    with pytest.raises(ValueError, match="no sums"):
        merge([])
    sums = accumulate(partition(np.random.default_rng(7), 5), GRID, SELECTION)
    with pytest.raises(ValueError, match="different grids"):
        merge([sums, sums.assign_attrs(grid="other")])


@pytest.mark.parametrize(
    ("lat", "lon", "cell", "place"),
    [
        pytest.param(-90.0, -180.0, (0, 0), (-1, -1), id="first corner"),
        pytest.param(90.0, 180.0, (35, 0), (1, -1), id="north pole, date line"),
        pytest.param(2.5, 2.5, (18, 36), (0, 0), id="centre"),
        pytest.param(0.0, 359.0, (18, 35), (-1, 0.6), id="longitude beyond 180"),
        pytest.param(np.nan, 3.0, (-1, -1), None, id="unknown"),
        pytest.param(91.0, 3.0, (-1, -1), None, id="impossible"),
    ],
)
def test_cells_of__(lat, lon, cell, place):
    i, j, north, east = cells_of(np.array([lat]), np.array([lon]), *shape(GRID))
    assert (i[0], j[0]) == cell
    if place:
        np.testing.assert_allclose((north[0], east[0]), place, atol=1e-9)


def test_shape__cells_must_fill_the_earth():
    with pytest.raises(ValueError, match="divide"):
        shape(GRID.model_copy(update={"cell_latitude": 7.0}))


def test_fit__missing_option_is_named():
    bare = GRID.model_copy(update={"options": {k: v for k, v in GRID.options.items() if k != "prior_weight"}})
    sums = accumulate(partition(np.random.default_rng(8), 5), GRID, SELECTION)
    with pytest.raises(ValueError, match="prior_weight"):
        fit(sums, bare, (1995, 2004))
