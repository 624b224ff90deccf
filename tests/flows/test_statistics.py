"""Statistics of the records: sums of partitions, pooling of sparse slots, statistics at observations."""

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.schema import Grid, Selection, load
from flows.groups import read_dataset, write_dataset
from flows.inputs import Columns
from flows.statistics import (
    Lookup,
    Statistics,
    accumulate,
    accumulate_values,
    at_observations,
    finish,
    largest_sums,
    merge,
)
from kernels.climatology.moments import DAYS_PER_YEAR, EPOCH
from kernels.statistics.describe import STATISTICS

GRID = load(Grid, "statistics_5x5").model_copy(
    update={
        "levels": (-5.0, 5.0, 15.0, 35.0),
        "options": {
            "equal_area": 0,
            "minimum_values": 8,
            "widest": 3,
            "minimum_spread_years": 1,
            "linear_in_depth": 0,
        },
    }
)
NAMES = [f"normal_{k}" for k in STATISTICS]


def grid(**options):
    return GRID.model_copy(update={"options": GRID.options | options})


def days(year, month, day=15):
    return float(
        (np.datetime64(f"{year:04d}-{month:02d}-{day:02d}") - np.datetime64("1950-01-01")).astype(int)
    )


def values(n, latitude=2.0, longitude=2.0, month=6, depth=1.0, value=10.0, year=2001):
    """n observations of one slot, each a row of its own; arrays or one for all."""
    times = [days(y, month) for y in np.broadcast_to(year, n)]
    rows = [np.array(times), *(np.full(n, a, float) for a in (latitude, longitude))]
    return [np.arange(n + 1), *rows, *(np.array(np.broadcast_to(a, n), float) for a in (depth, value))]


def statistics(*parts, grid=GRID):
    return finish(merge(accumulate_values(grid, "TEMP", *p) for p in parts), grid)


def at(finished, names=NAMES, **where):
    row_start, time, latitude, longitude, depth, _ = values(1, **where)
    lookup = Lookup.of(finished)
    found = at_observations(lookup, names, time, latitude, longitude, depth, row_start)
    return {k.removeprefix("normal_"): float(v[0]) for k, v in found.items()}


def partition(rng, n_row=30, n_level=4):
    n = n_row * n_level
    rows = {
        "row_size": np.full(n_row, n_level),
        "TIME": days(2001, 6) + rng.uniform(-10, 10, n_row),
        "LATITUDE": rng.uniform(0, 20, n_row),
        "LONGITUDE": rng.uniform(-180, 180, n_row),
        "PLATFORM_TYPE": np.full(n_row, "PF"),
        "DATA_MODE": np.full(n_row, "R"),
    }
    obs = {"DEPH": np.tile(np.arange(n_level) * 9.0, n_row), "TEMP": rng.normal(12, 2, n).astype(np.float32)}
    obs |= {"TEMP_QC": np.ones(n, np.uint8), "DEPH_QC": np.ones(n, np.uint8)}
    return xr.Dataset({k: ("profile", v) for k, v in rows.items()} | {k: ("obs", v) for k, v in obs.items()})


def rows_of(dataset, index):
    obs = (np.asarray(index, int)[:, None] * 4 + np.arange(4)).ravel()
    return dataset.isel(profile=np.asarray(index, int), obs=obs)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 30), st.integers(0, 30), st.randoms())
def test_accumulate__chunked_and_permuted_equals_whole(first, second, random):
    whole = partition(np.random.default_rng(5))
    order = list(range(30))
    random.shuffle(order)
    cuts = [0, *sorted((first, second)), 30]
    parts = [rows_of(whole, order[a:b]) for a, b in pairwise(cuts)]
    expected = accumulate(whole, GRID, Selection(), "TEMP")
    for some in (parts, parts[::-1]):
        merged = merge(accumulate(p, GRID, Selection(), "TEMP") for p in some)
        np.testing.assert_array_equal(merged["COUNTS"], expected["COUNTS"])
        xr.testing.assert_allclose(merged, expected, rtol=1e-10, atol=1e-10)
    again = merge([merge([accumulate(p, GRID, Selection(), "TEMP")]) for p in parts])
    xr.testing.assert_allclose(again, expected, rtol=1e-10, atol=1e-10)


def test_accumulate__only_what_the_selection_allows():
    data = partition(np.random.default_rng(6))
    spoiled = data.copy(deep=True)
    spoiled["TEMP"][:4] = 99
    spoiled["TEMP_QC"][:4] = 4
    before = spoiled.copy(deep=True)
    xr.testing.assert_allclose(
        accumulate(spoiled, GRID, Selection(), "TEMP"),
        accumulate(rows_of(data, range(1, 30)), GRID, Selection(), "TEMP"),
    )
    xr.testing.assert_identical(spoiled, before)
    assert accumulate(data, GRID, Selection(), "PSAL").sizes["slot"] == 0


def test_merge__refuses_what_does_not_go_together_and_leaves_parts_alone():
    with pytest.raises(ValueError, match="no sums"):
        merge([])
    one = accumulate_values(GRID, "TEMP", *values(3))
    other = accumulate_values(GRID, "TEMP", *values(3, value=50.0))
    copy = one.copy(deep=True)
    assert merge([one, other, one])["MOMENTS"][0, 0] == 9
    xr.testing.assert_identical(one, copy)
    for changed in ({"grid": "other"}, {"variable": "PSAL"}):
        with pytest.raises(ValueError, match="different"):
            merge([one, one.assign_attrs(changed)])
    with pytest.raises(ValueError, match="cannot be finished"):
        finish(one, GRID.model_copy(update={"name": "other"}))


def test_finish__is_numpy():
    rng = np.random.default_rng(7)
    x, year = rng.gamma(3, 1, 500) + 5, rng.integers(1990, 2020, 500)
    found = at(statistics(values(500, value=x, year=year)))
    time = 2000 + (np.array([days(y, 6) for y in year]) - EPOCH) / DAYS_PER_YEAR
    width = (x.max() - x.min()) / 31.5
    exact = {"n": 500, "mean": x.mean(), "std": x.std(ddof=1), "minimum": x.min(), "maximum": x.max()}
    exact |= {"slope": np.polyfit(time - 2000, x, 1)[0], "year": time.mean()}
    for name, expected in exact.items():
        assert found[name] == pytest.approx(expected, rel=1e-6), name
    quantiles = {"low": 0.005, "q1": 0.25, "median": 0.5, "q3": 0.75, "high": 0.995}
    for name, p in quantiles.items():
        assert abs(found[name] - np.quantile(x, p)) < width, name
    assert abs(found["amd"] - np.median(np.abs(x - np.median(x)))) < 2 * width
    assert 0 < found["medcouple"] < 0.5


@pytest.mark.parametrize(
    ("parts", "far", "n"),
    [
        pytest.param([{}], 0, 8, id="enough of its own"),
        pytest.param([{"n": 7}], 3, 7, id="one too few, even with the cells beside"),
        pytest.param([{"n": 5}, {"n": 2, "month": 5}, {"n": 1, "month": 7}], 1, 8, id="months beside"),
        pytest.param([{"n": 5}, {"n": 2, "month": 5}, {"n": 1, "month": 8}], 2, 8, id="the year"),
        pytest.param([{"n": 5}, {"n": 3, "longitude": 7.0, "month": 1}], 3, 8, id="cells beside"),
        pytest.param([{"n": 5}, {"n": 3, "longitude": 12.0}], 3, 5, id="not the cell after that"),
        pytest.param([{"n": 5}, {"n": 3, "depth": 6.0}], 3, 5, id="not another layer"),
        pytest.param([{"n": 8, "month": 5}], 1, 8, id="a month without values"),
        pytest.param([{"n": 8, "latitude": 6.0, "longitude": -1.0}], 3, 8, id="a cell without values"),
    ],
)
def test_finish__widens_what_is_sparse(parts, far, n):
    arrays = [values(**{"n": 8, "value": np.arange(p.get("n", 8))} | p) for p in parts]
    finished = statistics(*arrays)
    assert finished["widened"].sel(slot=finished["SLOT"] == slot_number()).item() == far
    assert finished["n"].sel(slot=finished["SLOT"] == slot_number()).item() == n
    found = at(finished)
    if n < 8:
        assert np.isnan(list(found.values())).all()
        return
    pooled = np.concatenate([a[-1] for a in arrays])
    expected = [n, pooled.mean(), pooled.std(ddof=1), pooled.min(), pooled.max()]
    np.testing.assert_allclose([found[k] for k in STATISTICS[:5]], expected, rtol=1e-6)


def slot_number(row=18, column=36, layer=0, month=6):
    return ((row * 72 + column) * 3 + layer) * 12 + month - 1


@pytest.mark.parametrize(
    ("where", "other"),
    [
        pytest.param({"month": 12}, {"month": 1}, id="December and January"),
        pytest.param({"month": 1}, {"month": 12}, id="January and December"),
        pytest.param({"longitude": 179.0}, {"longitude": -179.0}, id="date line"),
        pytest.param({"longitude": -178.0, "latitude": 4}, {"longitude": 178.0, "latitude": 6}, id="corner"),
        pytest.param({"latitude": -90.0}, {"latitude": -84.0}, id="south"),
        pytest.param({"latitude": 90, "longitude": 179}, {"latitude": 88, "longitude": -180}, id="north"),
    ],
)  # fmt: skip
def test_finish__neighbours_across_edges(where, other):
    finished = statistics(values(4, **where), values(4, **other))
    for place in (where, other):
        assert at(finished, **place)["n"] == 8


def test_finish__no_further_than_the_grid_allows():
    parts = values(5), values(3, longitude=7.0)
    assert np.isnan(at(statistics(*parts, grid=grid(widest=2)))["mean"])
    only = statistics(values(5), values(3, month=7), grid=grid(widest=0))
    assert set(only["widened"].values) == {0}
    assert np.isnan(only["mean"].values).all()


def test_finish__season_and_cells_that_were_pooled_are_no_trend():
    """Cold months early, warm months late: within each month nothing changes."""
    years = np.arange(1990, 1994)
    cold = values(4, month=1, value=2.0, year=years)
    warm = values(4, month=8, value=20.0, year=years + 20)
    found = at(statistics(cold, warm), month=4)
    assert found["n"] == 8
    assert found["slope"] == 0
    assert found["std"] == pytest.approx(np.std([2] * 4 + [20] * 4, ddof=1), rel=1e-6)


@pytest.mark.parametrize(("years", "slope"), [(np.arange(8) * 0 + 2001, 0.0), (np.arange(8) + 2001, 0.5)])
def test_finish__slope_needs_time(years, slope):
    found = at(statistics(values(8, year=years, value=0.5 * years)))
    assert found["slope"] == pytest.approx(slope, abs=1e-3)


def test_at_observations__only_what_was_asked_for_and_nothing_where_unknown():
    lookup = Lookup.of(statistics(values(9, value=np.arange(9.0))))
    where = values(6, depth=[1, -5, 4.9, 5.1, np.nan, 1])
    where[2][5] = np.nan
    found = at_observations(lookup, ["normal_mean", "normal_n"], *where[1:5], where[0])
    assert list(found) == ["normal_n", "normal_mean"]
    assert all(a.dtype == np.float32 for a in found.values())
    np.testing.assert_array_equal(found["normal_mean"], [4, 4, 4, np.nan, np.nan, np.nan])
    assert at_observations(lookup, ["normal_unheard"], *where[1:5], where[0]) == {}


def test_at_observations__linear_in_depth_between_the_centres_of_layers():
    parts = [values(9, depth=z, value=v) for z, v in ((0.0, 20.0), (10.0, 14.0))]
    finished = statistics(*parts, grid=grid(linear_in_depth=1))
    where = values(6, depth=[-4, 0, 2.5, 7.5, 10, 14])
    found = at_observations(Lookup.of(finished), NAMES, *where[1:5], where[0])
    for name in ("mean", "median"):
        np.testing.assert_allclose(found[f"normal_{name}"], [20, 20, 18.5, 15.5, 14, 14], atol=1e-3)
    np.testing.assert_allclose(found["normal_maximum"], [20, 20, 20, 14, 14, 14])
    np.testing.assert_array_equal(found["normal_std"], np.zeros(6))


def test_sums_and_statistics__survive_the_store():
    store, data = zarr.storage.MemoryStore(), partition(np.random.default_rng(11))
    sums = accumulate(data, GRID, Selection(), "TEMP")
    write_dataset(store, "sums/2001", sums)
    write_dataset(store, "sums/2002", sums)
    stored = merge(read_dataset(store, f"sums/{year}") for year in (2001, 2002))
    xr.testing.assert_identical(stored, merge([sums, sums]))
    finished = finish(stored, GRID)
    write_dataset(store, "statistics/TEMP", finished)
    expected, again = Lookup.of(finished), Lookup.of(read_dataset(store, "statistics/TEMP"))
    np.testing.assert_array_equal(again.position, expected.position)
    for name, values_of in expected.values.items():
        np.testing.assert_array_equal(again.values[name], values_of)


@pytest.mark.parametrize("equal_area", [0, 1])
def test_at_observations__finds_the_records_own_slots(equal_area):
    rng = np.random.default_rng(9)
    n = 3000
    where = [np.arange(n + 1), days(2001, 1) + rng.uniform(0, 365, n), rng.uniform(-90, 90, n)]
    where += [rng.uniform(-180, 180, n), rng.uniform(-5, 35, n), rng.standard_normal(n)]
    chosen = grid(minimum_values=1, equal_area=equal_area, widest=0)
    found = at_observations(Lookup.of(statistics(where, grid=chosen)), NAMES, *where[1:5], where[0])
    x = where[-1]
    assert (found["normal_minimum"] <= x + 1e-6).all()
    assert (found["normal_maximum"] >= x - 1e-6).all()
    assert (found["normal_n"] >= 1).all()


def test_statistics__gives_the_tests_their_inputs():
    data = partition(np.random.default_rng(10))
    finished = finish(accumulate(data, grid(minimum_values=1), Selection(), "TEMP"), grid(minimum_values=1))
    known = Statistics({"TEMP": Lookup.of(finished)}, ["normal_mean", "normal_slope"])
    columns = Columns.of(data, with_depth=True)
    found = known.at(columns, "TEMP")
    assert set(found) == {"normal_mean", "normal_slope"}
    np.testing.assert_array_equal(np.isfinite(found["normal_mean"]), data["DEPH"] < 35)
    assert known.at(columns, "PSAL") == {}


def test_grid__memory_is_bounded_and_options_are_named():
    assert largest_sums(load(Grid, "statistics_5deg")) < 220e6
    bare = GRID.model_copy(update={"options": {"equal_area": 0}})
    with pytest.raises(ValueError, match="minimum_values"):
        finish(accumulate_values(bare, "TEMP", *values(3)), bare)
    with pytest.raises(ValueError, match="edges"):
        accumulate_values(GRID.model_copy(update={"levels": (5.0,)}), "TEMP", *values(3))
