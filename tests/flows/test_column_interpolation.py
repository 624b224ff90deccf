"""How columns go between their levels is the grid's to say; on coarse levels curves are nearer the truth."""

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import Grid, Indicator, Selection, load
from flows.climatology import accumulate, fit, merge
from flows.column_values import Profiles, column_value
from kernels.climatology.levels import ordered_levels
from kernels.standard_levels.curve import SCHEMES, curve
from kernels.standard_levels.refined import MOST_PARTS, refined

CLIMATOLOGY, BOXES, SELECTION = load(Grid, "climatology_5deg"), load(Grid, "boxes_5x10"), Selection()
FINE = np.concatenate([np.arange(0.0, 200, 2), np.arange(200.0, 2100, 5)])
COARSE = np.array([0, 10, 20, 30, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 600, 700, 800, 900, 1000,
                   1200, 1400, 1600, 1800, 2000], np.float64)  # fmt: skip
"""Standard depths of old bottle casts."""
CENTRES = (80.0, 120.0, 160.0, 210.0, 260.0)
"""Depth of the thermocline of each cast, m."""


def temperature(depth, centre):
    return 4 + 10 / (1 + np.exp((depth - centre) / 45)) + 6 * np.exp(-depth / 700)


def salinity(depth, centre):
    return 34.6 + 1.2 / (1 + np.exp((depth - centre) / 45)) - 0.3 * np.exp(-(((depth - 800) / 300) ** 2))


def partition(levels, month=1, centres=CENTRES, warm=False):
    n, day = len(centres), 20454.0 + 30.4 * month
    depth = np.tile(levels, n)
    centre = np.repeat(centres, len(levels))
    rows = {"row_size": np.full(n, len(levels)), "TIME": np.full(n, day), "LATITUDE": np.full(n, 32.0),
            "LONGITUDE": np.linspace(-38, -32, n), "TIME_QC": np.ones(n, np.uint8),
            "POSITION_QC": np.ones(n, np.uint8), "DATA_MODE": np.full(n, "R")}  # fmt: skip
    obs = {"DEPH": depth, "TEMP": np.full(depth.size, 10.0), "PSAL": np.full(depth.size, 35.0)}
    if warm:
        obs |= {"TEMP": temperature(depth, centre), "PSAL": salinity(depth, centre)}
    obs |= {f"{v}_QC": np.ones(depth.size, np.uint8) for v in ("DEPH", "TEMP", "PSAL")}
    return xr.Dataset({k: ("profile", v) for k, v in rows.items()} | {k: ("obs", v) for k, v in obs.items()})


@pytest.fixture(scope="module")
def climatology():
    """Of a sea of 10 degC and 35 at every depth and time."""
    sums = [accumulate(partition(FINE[::5], m, CENTRES * 4), CLIMATOLOGY, SELECTION) for m in range(12)]
    return fit(merge(sums), CLIMATOLOGY, (2005, 2006))


def taken(climatology, name, scheme, levels, indicator=None):
    grid = BOXES.model_copy(update={"interpolation": scheme})
    profiles = Profiles(partition(levels, warm=True), climatology, grid, SELECTION)
    return column_value(profiles, indicator or load(Indicator, name), grid)


@pytest.mark.parametrize("name", ["temp_0_700", "ohc_0_700", "thsl_0_2000", "salt_0_700", "ohc_teos10_0_700"])
def test_column_value__curves_are_nearer_to_the_truth_than_lines_on_coarse_levels(climatology, name):
    truth = taken(climatology, name, "linear", FINE)[0]
    error = {s: np.abs(taken(climatology, name, s, COARSE)[0] - truth) for s in SCHEMES}
    assert np.isfinite(truth).all()
    for scheme in ("pchip", "mrst_pchip", "reiniger_ross"):
        assert np.sqrt(np.mean(error[scheme] ** 2)) < 0.7 * np.sqrt(np.mean(error["linear"] ** 2))


def test_column_value__of_the_linear_grid_is_as_without_a_choice(climatology):
    assert BOXES.interpolation == "linear"
    profiles = Profiles(partition(COARSE, warm=True), climatology, BOXES, SELECTION)
    start, depth, value = profiles.values("TEMP")
    assert start.tolist() == (np.arange(len(CENTRES) + 1) * len(COARSE)).tolist()
    np.testing.assert_array_equal(depth, np.tile(COARSE, len(CENTRES)))
    np.testing.assert_array_equal(value, temperature(depth, np.repeat(CENTRES, len(COARSE))))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["temp_0_700", "stsl_0_2000", "n2_0_200", "mld_density"])
def test_column_value__covers_as_much_of_the_layer_whatever_the_scheme(climatology, name, scheme):
    shallow = COARSE[COARSE <= 1500]
    value, fraction, any_level = taken(climatology, name, scheme, shallow)
    expected = taken(climatology, name, "linear", shallow)
    np.testing.assert_allclose(fraction, expected[1], rtol=1e-12)
    np.testing.assert_array_equal(any_level, expected[2])
    np.testing.assert_array_equal(np.isnan(value), np.isnan(expected[0]))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_column_value__does_not_bridge_gaps_whatever_the_scheme(climatology, scheme):
    holed = COARSE[(COARSE <= 100) | (COARSE >= 600)]
    _, fraction, _ = taken(climatology, "temp_0_700", scheme, holed)
    np.testing.assert_allclose(fraction, 200 / 700, rtol=1e-12)


def test_column_value__of_oxygen_refuses_the_scheme_of_two_other_variables(climatology):
    grid = BOXES.model_copy(update={"interpolation": "mrst_pchip"})
    casts = partition(COARSE, warm=True)
    casts = casts.assign(DOXY=casts["TEMP"] * 10, DOXY_QC=casts["TEMP_QC"])
    profiles = Profiles(casts, climatology, grid, SELECTION)
    with pytest.raises(ValueError, match="mrst_pchip interpolates TEMP and PSAL together, not DOXY"):
        column_value(profiles, load(Indicator, "oxygen_inventory_0_200"), grid)


@pytest.mark.parametrize("scheme", ["linear", "pchip", "reiniger_ross"])
def test_refined__keeps_every_level_and_lies_on_the_curve(scheme):
    rng = np.random.default_rng(1)
    start = np.array([0, 0, 1, 3, 30, 60])
    depth = np.concatenate([np.sort(rng.uniform(0, 900, n)) for n in np.diff(start)])
    value = rng.normal(size=depth.size)
    levels = ordered_levels(start, depth, value)
    profiles = curve(scheme, *levels)
    start_, depth_, value_ = refined(profiles, 30.0, 0.1)
    for i in range(5):
        mine, whole = slice(start[i], start[i + 1]), slice(start_[i], start_[i + 1])
        given = np.isin(depth_[whole], depth[mine])
        np.testing.assert_array_equal(depth_[whole][given], depth[mine])
        np.testing.assert_array_equal(value_[whole][given], value[mine])
        assert (np.diff(depth_[whole]) > 0).all()
        wide = np.diff(depth[mine]) > 30 + 0.1 * (depth[mine][1:] + depth[mine][:-1]) / 2
        assert wide.sum() == (np.diff(depth_[whole]) > 30 + 0.1 * 900 / MOST_PARTS).sum() or not wide.any()
        if scheme == "linear":
            between = np.interp(depth_[whole], depth[mine], value[mine]) if given.any() else value_[whole]
            np.testing.assert_allclose(value_[whole], between, rtol=1e-9, atol=1e-12)


def test_refined__leaves_casts_of_a_metre_as_they_are():
    levels = ordered_levels(np.array([0, 300]), np.arange(300.0), np.sin(np.arange(300.0) / 20))
    for made, given in zip(refined(curve("pchip", *levels), 30.0, 0.1), levels, strict=True):
        np.testing.assert_array_equal(made, given)
