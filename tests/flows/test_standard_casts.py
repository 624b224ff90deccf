"""Casts at standard levels as anomalies, and means of those that lie together."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.schema import Grid, Selection, load
from flows.standard_casts import joined, settings_of, standard_casts, super_observations
from kernels.standard_levels.curve import ROUGHNESS

OWN = load(Grid, "analysis_1deg")
LEVELS = (5.0, 50.0, 100.0, 300.0)
GRID = OWN.model_copy(update={"levels": LEVELS})
CLIMATOLOGY = load(Grid, "climatology_5deg")
DAY = 20000.0


def climatology(deepest=400.0) -> xr.Dataset:
    """20 degrees less a fiftieth of a degree a metre, everywhere, down to some depth."""
    n_lat, n_lon, levels = 36, 72, np.array(CLIMATOLOGY.levels)
    shape = (n_lat, n_lon, levels.size)
    coefficient = np.zeros((*shape, 8))
    coefficient[..., 0] = np.where(levels <= deepest, 20 - 0.02 * levels, np.nan)
    place = ("latitude", "longitude", "depth")
    fields = {"TEMP_COEFFICIENT": ((*place, "term"), coefficient), "TEMP_N": (place, np.full(shape, 50)),
              "TEMP_STD": (place, np.full(shape, 0.5))}  # fmt: skip
    about = {"surface_extension": 10.0, "grid": "climatology_5deg", "reference_period": "1993-2014"}
    return xr.Dataset(fields, {"depth": levels}, about)


def partition(casts):
    """Casts of (latitude, longitude, day, platform type and code, {depth: temperature})."""
    n, depth = len(casts), np.concatenate([list(c[5]) for c in casts] or [[]])
    temp = np.concatenate([list(c[5].values()) for c in casts] or [[]])
    rows = {"row_size": np.array([len(c[5]) for c in casts], int), "RECORD_ID": np.arange(n, dtype=np.uint64)}
    rows |= {
        k: np.array([c[i] for c in casts], float) for i, k in enumerate(("LATITUDE", "LONGITUDE", "TIME"))
    }
    rows |= {
        k: np.array([c[i] for c in casts], "U9") for i, k in ((3, "PLATFORM_TYPE"), (4, "PLATFORM_CODE"))
    }
    rows |= {"DATA_MODE": np.full(n, "R"), "TIME_QC": np.ones(n, int), "POSITION_QC": np.ones(n, int)}
    obs = {
        "DEPH": depth,
        "TEMP": temp,
        "DEPH_QC": np.ones(depth.size, int),
        "TEMP_QC": np.ones(depth.size, int),
    }
    return xr.Dataset({k: ("profile", v) for k, v in rows.items()} | {k: ("obs", v) for k, v in obs.items()})


def at(levels, warm=0.0):
    """Temperature of the climatology, and ``warm`` more."""
    return {z: 20 - 0.02 * z + warm for z in levels}


def made(*casts, deepest=400.0, grid=GRID):
    return standard_casts(partition(casts), climatology(deepest), grid, Selection(), ("TEMP",))


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        pytest.param(at((5, 50, 100, 300), 1.0), [1, 1, 1, 1], id="on the levels"),
        pytest.param(at((6, 40, 60, 95, 130), 1.0), [1, 1, 1, np.nan], id="between the levels"),
        pytest.param(
            at((12, 50), 1.0), [1, 1, np.nan, np.nan], id="the shallowest value stands for the surface"
        ),
        pytest.param(at((12.5, 50), 1.0), [np.nan, 1, np.nan, np.nan], id="but not a deeper one"),
        pytest.param(at((5, 320), 1.0), [1, np.nan, np.nan, np.nan], id="too wide a gap"),
        pytest.param(at((5, 50), 1.0) | {100: np.nan}, [1, 1, np.nan, np.nan], id="a missing value"),
    ],
)
def test_standard_casts__(profile, expected):
    result = made((40, -30, DAY, "PF", "a", profile))
    np.testing.assert_allclose(result["TEMP"].values[0], expected, atol=2e-6)
    assert result["TEMP"].dtype == np.float32


def test_standard_casts__what_goes_on_below_the_climatology_keeps_what_is_above():
    result = made((40, -30, DAY, "PF", "a", at((5, 50, 95, 130), 1.0)), deepest=100.0)
    np.testing.assert_allclose(result["TEMP"].values[0], [1, 1, 1, np.nan], atol=2e-6)


def test_standard_casts__what_cannot_be_used_is_left_out_and_ids_follow():
    data = partition([(40, -30, DAY, "PF", c, at((5, 50), 1.0)) for c in "abcd"])
    data["POSITION_QC"][0] = 4
    data["TEMP_QC"][2:4] = 4
    result = standard_casts(data, climatology(), GRID, Selection(), ("TEMP",))
    assert result["RECORD_ID"].values.tolist() == [2, 3]
    assert result["PLATFORM_CODE"].values.tolist() == ["c", "d"]


def test_standard_casts__another_scheme_interpolates_the_profile():
    """A parabola of temperature: monotone curves miss it less than straight lines."""
    profile = {z: 20 - 2e-4 * z * z for z in (5.0, 30, 60, 90, 120)}
    curved = GRID.model_copy(update={"levels": (50.0, 75.0), "interpolation": "pchip"})
    error = [
        made((40, -30, DAY, "PF", "a", profile), grid=g)["TEMP"].values[0]
        + 20 - 0.02 * np.array(g.levels) - (20 - 2e-4 * np.array(g.levels) ** 2)
        for g in (curved, curved.model_copy(update={"interpolation": "linear"}))
    ]  # fmt: skip
    assert np.abs(error[0]).max() < 0.2 * np.abs(error[1]).max()


def test_standard_casts__keep_the_error_of_interpolation():
    """Of the anomaly: a bent mean profile is no error, a bent anomaly is."""
    straight = made((40, -30, DAY, "PF", "a", at((5, 40, 60, 95, 130), 1.0)))
    np.testing.assert_allclose(straight["TEMP_ERR"].values[0], [0, 0, 0, np.nan], atol=1e-6)
    bent = {z: 20 - 0.02 * z + 1e-3 * z * z for z in (5.0, 40, 60, 95, 130)}
    error = made((40, -30, DAY, "PF", "a", bent), deepest=400.0)["TEMP_ERR"].values[0]
    # the remainder of a straight line, f'' / 2 (z - z0) (z1 - z), as large as that of real profiles is
    np.testing.assert_allclose(error[1], ROUGHNESS * 1e-3 * 10 * 10, rtol=1e-3)
    assert error[0] == 0
    assert np.isnan(error[3])


def test_super_observations__errors_of_interpolation_do_not_cancel():
    casts = made(*[(0.1, 10.1, DAY + k, "GL", "g", at((5, 50), 1.0)) for k in range(2)])
    casts["TEMP_ERR"][:, 1] = [0.1, 0.7]
    means, _ = super_observations(casts, GRID)
    np.testing.assert_allclose(means["TEMP_ERR"].values, [[0, 0.5, np.nan, np.nan]], rtol=1e-6)


def test_standard_casts__without_salinity_or_rows():
    result = standard_casts(
        partition([(40, -30, DAY, "PF", "a", at((5, 50)))]), climatology(), GRID, Selection()
    )
    assert np.isnan(result["PSAL"]).all()
    assert made().sizes["cast"] == 0
    assert joined([], GRID).sizes == made().sizes
    means, index = super_observations(joined([], GRID), GRID)
    assert means.sizes["cast"] == index.size == 0


def test_super_observations__a_mooring_counts_once_and_neighbours_stay_apart():
    """Forty casts of a mooring in five days, one later, a float beside it, a glider of its code."""
    mooring = [(0.1, 10.1, DAY + k / 10, "MO", "m", at((5, 50), k)) for k in range(40)]
    others = [(0.1, 10.1, DAY + 6, "MO", "m", at((5,), 7.0)), (0.1, 10.1, DAY, "PF", "f", at((5, 50), 3.0)),
              (0.1, 10.1, DAY, "GL", "m", at((5, 50), 4.0))]  # fmt: skip
    means, index = super_observations(made(*mooring, *others), GRID)
    assert means.sizes["cast"] == 4
    counted = dict(zip(means["n_casts"].values.tolist(), means["TEMP"].values[:, 0].tolist(), strict=False))
    assert counted[40] == pytest.approx(np.mean(range(40)))
    assert np.unique(index[:40]).size == 1
    assert len({*index[39:].tolist()}) == 4
    one = means.isel(cast=int(index[0]))
    assert float(one["TIME"]) == pytest.approx(DAY + 1.95)
    assert str(one["PLATFORM_TYPE"].values) == "MO"


def test_super_observations__each_level_is_the_mean_of_what_reaches_it():
    means, _ = super_observations(
        made((0.1, 10.1, DAY, "GL", "g", at((5, 50), 1.0)), (0.1, 10.1, DAY, "GL", "g", at((5,), 3.0))), GRID
    )
    np.testing.assert_allclose(means["TEMP"].values, [[2, 1, np.nan, np.nan]], atol=2e-6)


@settings(deadline=None, max_examples=10)
@given(st.permutations(list(range(12))))
def test_super_observations__the_order_of_casts_does_not_matter(order):
    casts = made(*[(0.1 * (k % 4), 10.1, DAY + k, "GL", "ab"[k % 2], at((5, 50), k)) for k in range(12)])
    expected, index = super_observations(casts, GRID)
    result, permuted = super_observations(casts.isel(cast=order), GRID)
    xr.testing.assert_allclose(result, expected)
    np.testing.assert_array_equal(permuted, index[order])


def test_settings_of__a_grid_for_averages_has_none():
    with pytest.raises(ValueError, match="boxes_5x10 states no analysis"):
        settings_of(load(Grid, "boxes_5x10"))
