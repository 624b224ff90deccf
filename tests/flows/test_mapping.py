"""Analyses of a synthetic ocean whose truth and covariance are known."""

from functools import cache

import numpy as np
import pytest
import xarray as xr

from catalogs.analysis import Scale
from catalogs.schema import Grid, Selection, load
from flows import mapping
from flows.analysis_alerts import alerts, residuals
from flows.climatology import accumulate, fit, merge, profiles_at
from flows.mapping import analyse, barriers_of, in_month, ocean_cells
from flows.months import month_middle, month_number
from flows.prior import Prior, cell_centres, noise_ratio, prior_std
from flows.standard_casts import joined, standard_casts, super_observations
from kernels.ragged import row_start_of
from kernels.synthetic.eddies import eddy_modes, eddy_waves
from kernels.synthetic.ocean import state

CLIMATOLOGY, SELECTION = load(Grid, "climatology_5deg"), Selection()
MONTH = month_number("2003-07")
LEVELS = (5.0, 50, 100, 200, 400, 700)
CASTS = np.array(
    [2.0, 10, 20, 30, 45, 50, 60, 80, 100, 120, 150, 200, 250, 300, 350, 400, 500, 600, 700, 800]
)
SOUTH, NORTH, WEST, EAST = 30, 45, -50, -25
OWN = load(Grid, "analysis_1deg")
OPTIONS = {**OWN.options, "fitted_records": 7}
"""The casts of the climatology are independent, so one a term goes into it."""


def grid(**settings) -> Grid:
    """One degree, with the covariance that the synthetic ocean has."""
    known = {
        "scales": (Scale(kilometres=150, days=30, share=1.0),), "signal_share": 1.0, "neighbours": 30,
        "unresolved": {"default": 0.001}, "measurement": {"default": 0.0}, "equatorial_stretch": 1.0,
    }  # fmt: skip
    assert OWN.analysis is not None
    analysis = OWN.analysis.model_copy(update=known | settings)
    return OWN.model_copy(update={"levels": LEVELS, "analysis": analysis, "options": OPTIONS})


def sea() -> np.ndarray:
    """A land mask that leaves a piece of the Atlantic open."""
    land = np.full((2160, 4320), 3, np.uint8)
    land[(SOUTH + 90) * 12 : (NORTH + 90) * 12, (WEST + 180) * 12 : (EAST + 180) * 12] = 0
    return land


def water(latitude, longitude, time, depth, seed):
    """Temperature and salinity of the ocean: (n, n_depth)."""
    start = row_start_of(np.full(latitude.size, depth.size))
    modes = eddy_modes(latitude, longitude, time, eddy_waves(seed))
    values = state(start, latitude, time, modes, np.tile(depth, latitude.size))
    return [v.reshape(latitude.size, -1) for v in values]


def partition(rng, seed, n, first, last, month_id=0):
    """Casts at random places between two times."""
    lat, lon = rng.uniform(SOUTH - 3, NORTH + 3, n), rng.uniform(WEST - 3, EAST + 3, n)
    time = rng.uniform(first, last, n)
    temp, psal = water(lat, lon, time, CASTS, seed)
    temp += 0.002 * rng.standard_normal(temp.shape)
    rows = {"row_size": np.full(n, CASTS.size), "TIME": time, "LATITUDE": lat, "LONGITUDE": lon}
    rows |= {f"{k}_QC": np.ones(n, np.uint8) for k in ("TIME", "POSITION")}
    rows |= {"DATA_MODE": np.full(n, "R"), "PLATFORM_TYPE": np.full(n, "PF")}
    rows |= {"PLATFORM_CODE": np.array([f"{month_id}-{k}" for k in range(n)])}
    rows |= {"RECORD_ID": np.arange(n, dtype=np.uint64) + np.uint64(1000 * month_id)}
    obs = {"DEPH": np.tile(CASTS, n), "TEMP": temp.ravel(), "PSAL": psal.ravel()}
    obs |= {f"{v}_QC": np.ones(n * CASTS.size, np.uint8) for v in ("DEPH", "TEMP", "PSAL")}
    return xr.Dataset({k: ("profile", v) for k, v in rows.items()} | {k: ("obs", v) for k, v in obs.items()})


@cache
def climatology() -> xr.Dataset:
    """From casts of six years of other oceans of the same mean state."""
    rng = np.random.default_rng(0)
    day = month_middle(MONTH)
    parts = [partition(rng, 100 + k, 1200, day - 3 * 365, day + 3 * 365) for k in range(10)]
    return fit(merge(accumulate(p, CLIMATOLOGY, SELECTION) for p in parts), CLIMATOLOGY, (2001, 2005))


def casts_of(seed, n=250, used=None):
    """Casts of the month and of those beside it."""
    rng = np.random.default_rng(seed)
    used = used or grid()
    parts = []
    for k in (-1, 0, 1):
        first, last = month_middle(MONTH + k) - 15, month_middle(MONTH + k) + 15
        parts.append(
            standard_casts(partition(rng, seed, n, first, last, k + 2), climatology(), used, SELECTION)
        )
    return joined(parts, used)


def truth(seed, points):
    lat, lon = cell_centres(grid(), points)
    return water(lat, lon, np.full(lat.size, month_middle(MONTH)), np.array(LEVELS), seed)[0]


def in_boxes(casts, lat, lon):
    """Mean anomaly of the month's casts in the 5 by 10 degree box of each point."""
    own = np.abs(casts["TIME"].values - month_middle(MONTH)) < 15
    box = lambda a, o: np.floor(a / 5) * 1000 + np.floor(o / 10)  # noqa: E731
    of_cast, of_point = box(casts["LATITUDE"].values, casts["LONGITUDE"].values)[own], box(lat, lon)
    anomaly = casts["TEMP"].values[own]
    return np.stack([anomaly[of_cast == b].mean(axis=0) for b in of_point])


def test_analyse__is_nearer_to_the_truth_than_box_means_and_its_error_is_what_it_says():
    points = np.flatnonzero(ocean_cells(grid(), sea()))
    lat, lon = cell_centres(grid(), points)
    normal = profiles_at(climatology(), "TEMP", np.full(lat.size, month_middle(MONTH)), lat, lon)
    normal = normal[:, [CLIMATOLOGY.levels.index(z) for z in LEVELS]]
    squares = {"map": [], "boxes": [], "climatology": []}
    standardised = []
    for seed in (1, 2, 3):
        casts = casts_of(seed)
        made = analyse(casts, climatology(), grid(), sea(), MONTH)
        field, error = (made[k].values.reshape(len(LEVELS), -1)[:, points].T for k in ("TEMP", "TEMP_ERR"))
        off = field - truth(seed, points)
        standardised.append(off / error)
        squares["map"].append(off**2)
        squares["climatology"].append((normal - truth(seed, points)) ** 2)
        squares["boxes"].append((normal + in_boxes(casts, lat, lon) - truth(seed, points)) ** 2)
    rms = {k: float(np.sqrt(np.mean(v))) for k, v in squares.items()}
    assert rms["map"] < 0.6 * rms["boxes"], rms
    assert rms["boxes"] < rms["climatology"]
    assert 0.8 < np.std(standardised) < 1.2


def test_alerts__an_offset_is_found_and_hardly_anything_else():
    """One cast in the middle is too warm at all depths; its neighbours are not blamed for it. By chance alone
    0.3 % of the values lie beyond three standard deviations."""
    used = grid(unresolved={"default": 0.02})
    casts = casts_of(4, used=used)
    own = np.flatnonzero(in_month(casts, MONTH))
    place = casts["LATITUDE"].values[own] - 37, casts["LONGITUDE"].values[own] + 37
    spoiled = own[np.hypot(*place).argmin()]
    casts["TEMP"][spoiled] += 1.5
    found = alerts(casts, climatology(), used, MONTH)
    wrong = dict(zip(found["RECORD_ID"].values.tolist(), found["RESIDUAL"].values.tolist(), strict=True))
    planted = int(casts["RECORD_ID"].values[spoiled])
    assert wrong.pop(planted) == pytest.approx(1.5, abs=0.3)
    assert len(wrong) <= 0.02 * own.size
    one = found.isel(alert=found["RECORD_ID"].values == planted)
    assert (one["VARIABLE"].values.tolist(), one["N_LEVELS"].values.tolist()) == (["TEMP"], [len(LEVELS)])


def test_residuals__what_interpolation_may_have_done_is_expected_of_a_cast():
    """And the cast weighs less in the analysis of the others."""
    casts = casts_of(6)
    own = np.flatnonzero(in_month(casts, MONTH))[:1]
    before = residuals(casts, climatology(), grid(), MONTH).isel(cast=0)
    prior = Prior.of(climatology(), grid(), MONTH, ["TEMP", "PSAL"])
    noise = prior.prepared(super_observations(casts, grid())[0])[0].noise
    casts["TEMP_ERR"][own] = 2.0
    after = residuals(casts, climatology(), grid(), MONTH).isel(cast=0)
    np.testing.assert_allclose(
        after["TEMP_EXPECTED_STD"], np.hypot(before["TEMP_EXPECTED_STD"], 2), rtol=1e-3
    )
    np.testing.assert_allclose(after["PSAL_EXPECTED_STD"], before["PSAL_EXPECTED_STD"], rtol=1e-6)
    means, index = super_observations(casts, grid())
    raised = prior.prepared(means)[0].noise - noise
    assert np.flatnonzero(raised > 0.5).tolist() == [index[own[0]]]
    assert abs(np.delete(raised, index[own[0]])).max() < 1e-12


def test_residuals__a_platform_does_not_confirm_itself():
    """A float that is off in all its casts stands off, though each has its own beside it."""
    used = grid(unresolved={"default": 0.02})
    casts = casts_of(5, used=used)
    lat, lon, time = (casts[k].values for k in ("LATITUDE", "LONGITUDE", "TIME"))
    near = np.argsort(np.hypot(lat - 37, lon + 37) + np.abs(time - month_middle(MONTH)) / 5)[:6]
    casts["PLATFORM_CODE"][near] = "drifter"
    casts["TEMP"][near] += 2.0
    found = alerts(casts, climatology(), used, MONTH)
    own = near[in_month(casts, MONTH)[near]]
    assert own.size > 1
    assert set(casts["RECORD_ID"].values[own].tolist()) <= set(found["RECORD_ID"].values.tolist())


def test_analyse__no_casts_is_the_climatology_without_knowledge():
    made = analyse(joined([], grid()), climatology(), grid(), sea(), MONTH)
    known = np.isfinite(made["TEMP"].values)
    assert known.sum() == len(LEVELS) * (NORTH - SOUTH) * (EAST - WEST)
    assert set(np.unique(made["TEMP_PCTVAR"].values[known])) == {100.0}
    points = np.flatnonzero(ocean_cells(grid(), sea()))
    lat, lon = cell_centres(grid(), points)
    normal = profiles_at(climatology(), "TEMP", np.full(lat.size, month_middle(MONTH)), lat, lon)
    field = made["TEMP"].values.reshape(len(LEVELS), -1)[:, points].T
    expected = normal[:, [CLIMATOLOGY.levels.index(z) for z in LEVELS]]
    np.testing.assert_allclose(field, expected, atol=0.51 / 2048)


def test_analyse__order_of_casts_and_tiles_do_not_matter(monkeypatch):
    casts = casts_of(6, n=60)
    expected = analyse(casts, climatology(), grid(), sea(), MONTH)
    monkeypatch.setattr(mapping, "TILE", 101)
    shuffled = casts.isel(cast=np.random.default_rng(0).permutation(casts.sizes["cast"]))
    xr.testing.assert_identical(analyse(shuffled, climatology(), grid(), sea(), MONTH), expected)


def test_analyse__nothing_below_the_bottom_or_on_land():
    bottom = np.full((720, 1440), 150.0, np.float32)
    made = analyse(casts_of(7, n=20), climatology(), grid(), sea(), MONTH, bottom=bottom)
    known = np.isfinite(made["TEMP"]).any(["latitude", "longitude"]).values
    assert known.tolist() == [z <= 150 for z in LEVELS]
    inside = (made["latitude"] > SOUTH) & (made["latitude"] < NORTH) & (made["longitude"] < EAST)
    outside = made["TEMP"].where(~(inside & (made["longitude"] > WEST)))
    assert not np.isfinite(outside).any()


def test_analyse__casts_across_an_isthmus_are_not_seen():
    """A wall of land 100 km wide along 40W, and casts only west of it."""
    used, wall = grid(barrier_km=40.0), sea()
    wall[:, (-40 + 180) * 12 : (-39 + 180) * 12] = 3
    casts = casts_of(8, used=used)
    casts = casts.isel(cast=casts["LONGITUDE"].values < -40)
    made = analyse(casts, climatology(), used, wall, MONTH, land=barriers_of(used, wall))
    percent = made["TEMP_PCTVAR"].sel(depth=100, latitude=slice(33, 42))
    assert float(percent.sel(longitude=slice(-45, -41)).mean()) < 30
    assert float(percent.sel(longitude=slice(-39, -35)).min()) == 100


def test_analyse__says_what_it_is():
    made = analyse(casts_of(9, n=30), climatology(), grid(), sea(), MONTH)
    assert made.attrs["month"] == "2003-07"
    assert made.attrs["reference_period"] == "2001-2005"
    assert "150 km and 30 days" in made.attrs["method"]
    assert made["TEMP_ERR"].attrs["standard_name"] == "sea_water_temperature standard_error"
    assert made["PSAL"].attrs["units"] == "1"
    assert made["TEMP"].dtype == np.float32
    assert 20 < int(made["N_CASTS"].sum()) <= 30


def test_prior_std__few_records_take_that_of_their_latitude():
    n, std = np.array([[1000, 2], [0, 0]]), np.array([[1.0, 5.0], [np.nan, np.nan]])
    place = ("latitude", "longitude", "depth")
    fields = xr.Dataset({"TEMP_N": (place, n[..., None]), "TEMP_STD": (place, std[..., None])})
    result = prior_std(fields, "TEMP", 20, 0)[..., 0]
    band = np.sqrt((1000 + 50) / 1002)
    assert result[0, 0] == pytest.approx(np.sqrt((1000 + 20 * band**2) / 1020))
    assert result[0, 1] == pytest.approx(np.sqrt((50 + 20 * band**2) / 22))
    np.testing.assert_allclose(result[1], band)


@pytest.mark.parametrize(("n", "factor"), [(28, 2 * 1.5), (28_000, 1.001 * (1 + 1 / 1001)), (7, 5 * 1.8)])
def test_prior_std__what_went_into_the_fit_is_given_back_twice(n, factor):
    place = ("latitude", "longitude", "depth")
    shape = (1, 2, 1)
    fields = xr.Dataset({"TEMP_N": (place, np.full(shape, n)), "TEMP_STD": (place, np.full(shape, 0.5))})
    np.testing.assert_allclose(prior_std(fields, "TEMP", 20, 28) ** 2, 0.25 * factor)


def test_prior__standard_deviation_has_no_steps_and_goes_round_the_earth():
    levels = np.array(CLIMATOLOGY.levels)
    by_cell = np.zeros((36, 72, levels.size)) + np.cos(np.linspace(0, 4 * np.pi, 72, endpoint=False))[:, None]
    prior = Prior(climatology(), grid(), MONTH, {"TEMP": by_cell}, {})
    lon = np.array([-180, -178.75, -177.5, 177.5, 179.999, 92.5, 95.0])
    result = prior.std("TEMP", np.full(lon.size, 89.9), lon)
    centre = by_cell[0, :, 0]
    expected = [(centre[0] + centre[-1]) / 2, 0.75 * centre[0] + 0.25 * centre[-1], centre[0], centre[-1],
                (centre[0] + centre[-1]) / 2, centre[54], (centre[54] + centre[55]) / 2]  # fmt: skip
    np.testing.assert_allclose(result, np.repeat(np.array(expected)[:, None], len(LEVELS), 1), atol=1e-4)


def test_noise_ratio__by_platform_type_and_number_of_casts():
    used = grid(unresolved={"default": 0.5, "MO": 0.2}, measurement={"default": 0.1, "XB": 0.4})
    ratio = noise_ratio(np.array(["PF", "MO", "XB", "XB"]), np.array([1, 10, 1, 4]), used)
    np.testing.assert_allclose(ratio, [0.6, 0.21, 0.9, 0.6])


def test_analyse__a_grid_that_does_not_fit_the_mask_is_named():
    odd = grid().model_copy(update={"cell_latitude": 0.7, "cell_longitude": 0.7})
    with pytest.raises(ValueError, match="analysis_1deg: cells must divide"):
        analyse(joined([], odd), climatology(), odd, sea(), MONTH)
