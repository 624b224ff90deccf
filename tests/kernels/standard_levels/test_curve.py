"""Profiles at standard levels by each scheme: closed forms, other implementations, and no ringing."""

from itertools import pairwise
from pathlib import Path

import gsw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from kernels.climatology.levels import at_levels
from kernels.indicators.layer import layer_integral as straight_integral
from kernels.standard_levels.companion import at_same_depths
from kernels.standard_levels.curve import SCHEMES, at_standard_levels, curve, layer_integral

STANDARD = np.array([0, 5, 10, 20, 30, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 600, 700.0])
ANY_GAP = (1e9, 0.0)
CURVED = tuple(s for s in SCHEMES if s != "linear")
BY_DEPTH = tuple(s for s in SCHEMES if s != "mrst_pchip")
TEMPERATURE = st.integers(-2000, 30_000).map(lambda n: n / 1000)


def profile(scheme, depth, value, companion=None, ratio=1.0):
    depth, value = np.asarray(depth, float), np.asarray(value, float)
    companion = value[::-1].copy() if companion is None else np.asarray(companion, float)
    return curve(scheme, np.array([0, depth.size]), depth, value, companion, ratio)


def at(scheme, depth, value, levels, gaps=ANY_GAP, **companion):
    found, error = at_standard_levels(
        profile(scheme, depth, value, **companion), np.asarray(levels, float), *gaps
    )
    return found[0], error[0]


@st.composite
def profiles(draw, values=TEMPERATURE, smallest=2):
    n = draw(st.integers(smallest, 25))
    steps = draw(st.lists(st.floats(0.5, 300), min_size=n, max_size=n))
    return np.cumsum(steps), np.array(draw(st.lists(values, min_size=n, max_size=n)))


@pytest.mark.parametrize("cast", range(3))
def test_curve__mrst_gives_the_check_values_of_teos_10(cast):
    """The casts and interpolated values that gsw ships (``gsw_cv_v3_0``, computed by the MATLAB toolbox)."""
    with np.load(Path(gsw.__file__).parent / "tests" / "gsw_cv_v3_0.npz") as data:
        SA, CT, p = (data[f"{k}_chck_cast"][:, cast] for k in ("SA", "CT", "p"))
        p_i = data["p_i"].ravel().astype(float)
        expected = [data[k][:, cast] for k in ("CTi_SACTinterp", "SAi_SACTinterp")]
    known = np.isfinite(SA + CT + p)
    SA, CT, p = SA[known], CT[known], p[known]
    found = [
        at("mrst_pchip", p, CT, p_i, companion=SA, ratio=9.0)[0],
        at("mrst_pchip", p, SA, p_i, companion=CT, ratio=1 / 9)[0],
    ]
    inside = (p_i >= p[0]) & (p_i <= p[-1])
    np.testing.assert_allclose(np.array(found)[:, inside], np.array(expected)[:, inside], rtol=0, atol=1e-12)
    assert np.isnan(np.array(found)[:, ~inside]).all()


@settings(deadline=None, max_examples=50)
@given(profiles(smallest=4), st.integers(0, 2**31))
def test_curve__mrst_is_that_of_gsw(cast, seed):
    """Of its function for tracers: that for salinity also lifts what falls below the freezing point."""
    rng = np.random.default_rng(seed)
    p, CT = np.unique(np.round(cast[0], 3)), cast[1]
    SA = 35 + rng.standard_normal(p.size)
    p_i = np.unique(np.round(rng.uniform(p[0], p[-1], 20), 3))
    SA_i, CT_i = gsw.tracer_ct_interp(SA, CT, p, p_i, 9.0)
    np.testing.assert_allclose(at("mrst_pchip", p, CT, p_i, companion=SA, ratio=9.0)[0], CT_i, atol=1e-11)
    np.testing.assert_allclose(at("mrst_pchip", p, SA, p_i, companion=CT, ratio=1 / 9)[0], SA_i, atol=1e-11)


@settings(deadline=None, max_examples=50)
@given(profiles())
def test_curve__pchip_is_that_of_scipy(cast):
    depth, value = cast
    levels = np.linspace(depth[0], depth[-1], 37)[1:-1]
    expected = PchipInterpolator(depth, value)(levels)
    np.testing.assert_allclose(at("pchip", depth, value, levels)[0], expected, rtol=0, atol=1e-11)


def test_curve__straight_lines_are_those_of_at_levels():
    rng = np.random.default_rng(2)
    start = np.array([0, 0, 40, 41, 90])
    depth = np.concatenate([np.sort(rng.uniform(0, 2000, n)) for n in np.diff(start)])
    value = rng.standard_normal(90)
    levels = np.unique(np.r_[np.arange(0, 2000, 50.0), depth[::5]])
    found, error = at_standard_levels(curve("linear", start, depth, value), levels, 50.0, 0.2)
    np.testing.assert_array_equal(found, at_levels(start, depth, value, levels, 50.0, 0.2))
    np.testing.assert_array_equal(np.isnan(error), np.isnan(found))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("depth", "level", "expected"),
    [
        pytest.param([10, 20], 15, 15.0, id="between"),
        pytest.param([10, 20], 10, 10.0, id="on the first"),
        pytest.param([10, 20], 20, 20.0, id="on the last"),
        pytest.param([10, 20], 9.99, np.nan, id="not above the first"),
        pytest.param([10, 20], 20.01, np.nan, id="not below the last"),
        pytest.param([5, 100, 100 + 700 / 9, 200], 150, 150.0, id="gap at the limit"),
        pytest.param([5, 100, 178, 200], 150, np.nan, id="gap above the limit"),
        pytest.param([100, 400], 400, 400.0, id="a level itself needs no bridge"),
        pytest.param([10], 10, 10.0, id="one level"),
        pytest.param([], 10, np.nan, id="no level"),
    ],
)
def test_at_standard_levels__a_line_is_exact_and_nothing_is_extrapolated(scheme, depth, level, expected):
    value, error = at(scheme, depth, depth, [level], (50.0, 0.2), companion=-np.array(depth, float))
    # the multiply-rotated cubic goes by the number of the level, not by depth
    np.testing.assert_allclose(value, [expected], rtol=1e-14 if scheme in BY_DEPTH else 0.05)
    assert np.isnan(error[0]) == np.isnan(expected)


@settings(deadline=None, max_examples=60)
@given(profiles(), st.sampled_from(["pchip", "reiniger_ross", "linear"]))
def test_curve__of_one_variable_never_leaves_its_neighbours(cast, scheme):
    depth, value = cast
    levels = np.linspace(depth[0], depth[-1], 50)[1:-1]
    found = at(scheme, depth, value, levels)[0]
    j = np.searchsorted(depth, levels)
    low, high = np.minimum(value[j - 1], value[j]), np.maximum(value[j - 1], value[j])
    assert (found >= low - 1e-12).all()
    assert (found <= high + 1e-12).all()


@settings(deadline=None, max_examples=60)
@given(profiles(st.integers(0, 2000).map(lambda n: n / 1000)))
def test_curve__pchip_of_monotone_data_is_monotone(cast):
    depth, value = cast[0], np.cumsum(cast[1])
    found = at("pchip", depth, value, np.linspace(depth[0], depth[-1], 80))[0]
    assert (np.diff(found) >= -1e-12).all()


@settings(deadline=None, max_examples=60)
@given(profiles(), st.integers(0, 2**31))
def test_curve__mrst_stays_in_the_circle_of_two_levels(cast, seed):
    """In each turned frame the point lies in the rectangle whose diagonal joins the two levels; all these
    rectangles, and so the mean of the points, lie in the circle round that diagonal."""
    depth, t = cast
    s = 9 * (35 + np.random.default_rng(seed).standard_normal(depth.size))
    levels = np.linspace(depth[0], depth[-1], 60)[1:-1]
    x, y = (at("mrst_pchip", depth, a, levels, companion=b)[0] for a, b in ((t, s), (s, t)))
    j = np.searchsorted(depth, levels)
    off = np.hypot(x - 0.5 * (t[j] + t[j - 1]), y - 0.5 * (s[j] + s[j - 1]))
    assert (off <= 0.5 * np.hypot(t[j] - t[j - 1], s[j] - s[j - 1]) + 1e-9).all()


def test_curve__mrst_keeps_a_straight_diagram_straight():
    depth = np.array([0, 30, 70, 150, 300, 500, 900.0])
    t = np.array([20, 19, 14, 12, 9, 6, 4.0])
    s = 34 + 0.1 * t
    levels = np.arange(1, 900, 13.0)
    found_t = at("mrst_pchip", depth, t, levels, companion=s, ratio=9.0)[0]
    found_s = at("mrst_pchip", depth, s, levels, companion=t, ratio=1 / 9)[0]
    np.testing.assert_allclose(found_s, 34 + 0.1 * found_t, rtol=0, atol=1e-13)


def test_curve__mrst_without_salinity_is_monotone_by_itself():
    depth = np.array([0, 30, 70, 150, 300.0])
    t = np.array([20, 19, 14, 12, 9.0])
    found = at("mrst_pchip", depth, t, [10, 60, 200], companion=np.full(5, np.nan))[0]
    number = PchipInterpolator(depth, np.arange(5.0))([10, 60, 200])
    np.testing.assert_allclose(found, PchipInterpolator(np.arange(5.0), t)(number), rtol=1e-13)


def test_curve__reiniger_ross_gives_back_a_parabola():
    depth = np.array([0, 30, 70, 150, 300, 500.0])
    levels = np.array([31, 69, 100, 149, 200, 299.0])
    found = at("reiniger_ross", depth, 20 - 0.05 * depth + 3e-5 * depth**2, levels)[0]
    np.testing.assert_allclose(found, 20 - 0.05 * levels + 3e-5 * levels**2, rtol=1e-13)


def reiniger_ross_by_hand(z, x, y):
    """The formula as it is published: Lagrange parabolas and the reference curve, m = 2, n = 1."""

    def through(points):
        return np.polyval(np.polyfit(x[points], y[points], len(points) - 1), z)

    a, b, c = through([0, 1]), through([1, 2]), through([2, 3])
    reference = 0.5 * (b + ((b - c) ** 2 * a + (a - b) ** 2 * c) / ((b - c) ** 2 + (a - b) ** 2))
    p, q = through([0, 1, 2]), through([1, 2, 3])
    return (abs(reference - p) * q + abs(reference - q) * p) / (abs(reference - p) + abs(reference - q))


def test_curve__reiniger_ross_is_its_formula_and_a_line_at_the_ends():
    depth, value = np.array([10, 25, 50, 80.0]), np.array([18, 17.2, 12.1, 10.4])
    found = at("reiniger_ross", depth, value, [12, 30, 40, 60])[0]
    expected = [reiniger_ross_by_hand(z, depth, value) for z in (30, 40)]
    np.testing.assert_allclose(found[1:3], expected, rtol=1e-12)
    np.testing.assert_allclose(found[[0, 3]], np.interp([12, 60], depth, value), rtol=1e-14)


@pytest.mark.parametrize(
    ("scheme", "worst"),
    [("linear", 0.066), ("pchip", 0.006), ("reiniger_ross", 0.025), ("mrst_pchip", 0.011)],
)
def test_at_standard_levels__exponential_profile_and_its_error(scheme, worst):
    """T = 15 exp(-z / 300) on standard depths: twice the remainder of the straight line covers the error.

    The multiply-rotated cubic exceeds it by a fifth at one level."""
    levels = np.array([15, 40, 60, 90, 110, 140, 175, 225, 275, 350, 450, 550, 650.0])
    value = 15 * np.exp(-STANDARD / 300)
    found, error = at(scheme, STANDARD, value, levels, companion=np.full(17, 35.0))
    off = np.abs(found - 15 * np.exp(-levels / 300))
    assert off.max() < worst
    assert (off <= (1.0 if scheme in BY_DEPTH else 1.3) * error).all()
    if scheme == "linear":
        np.testing.assert_allclose(error, 2 * off, rtol=0.2)


def test_at_standard_levels__error_of_an_only_pair_is_half_its_step_in_the_middle():
    error = at("linear", [10, 30], [12.0, 8.0], [10, 15, 20, 25, 30])[1]
    np.testing.assert_allclose(error, [0, 1, 2, 1, 0])


@pytest.mark.parametrize(
    ("scheme", "lowest", "highest"),
    [
        ("linear", 0.003568, 0.003570),
        ("pchip", 5e-5, 6e-5),
        ("reiniger_ross", 2.7e-4, 2.8e-4),
        ("mrst_pchip", -1.4e-4, -1.3e-4),
    ],
)
def test_layer_integral__exponential_on_seventeen_standard_levels(scheme, lowest, highest):
    """The trapezium rule is 0.357 % too large (``4078.129 / 4063.626``); curves that bend are nearer."""
    integral, covered = layer_integral(
        profile(scheme, STANDARD, 15 * np.exp(-STANDARD / 300), np.full(17, 35.0)), 0.0, 700.0, 0.0, *ANY_GAP
    )
    assert covered[0] == 700
    assert lowest < integral[0] / 4063.626144610177 - 1 < highest
    if scheme == "linear":
        assert integral[0] == pytest.approx(4078.1293659905145, rel=1e-13)


@pytest.mark.parametrize("scheme", BY_DEPTH)
def test_layer_integral__a_line_is_exact_over_cut_layers(scheme):
    depth = np.array([3.0, 40, 90, 180, 260, 350, 470, 600, 777])
    integral, covered = layer_integral(
        profile(scheme, depth, 20 - 0.01 * depth, companion=depth), 12.5, 700.0, 0.0, *ANY_GAP
    )
    assert covered[0] == 687.5
    assert integral[0] == pytest.approx(20 * 687.5 - 0.005 * (700**2 - 12.5**2), rel=1e-13)


@settings(deadline=None, max_examples=40)
@given(profiles(smallest=3), st.sampled_from(CURVED), st.integers(0, 2**31))
def test_layer_integral__is_that_of_the_curve(cast, scheme, seed):
    depth, value = cast
    companion = np.random.default_rng(seed).standard_normal(depth.size)
    shape = profile(scheme, depth, value, companion, 9.0)
    top, bottom = depth[0] + 0.3 * (depth[-1] - depth[0]), depth[0] + 0.8 * (depth[-1] - depth[0])
    integral, covered = layer_integral(shape, top, bottom, 0.0, *ANY_GAP)

    def finely(a, b):
        z = a + (b - a) * (np.arange(2000) + 0.5) / 2000
        return (b - a) * at_standard_levels(shape, z, *ANY_GAP)[0][0].mean()

    edges = np.unique(np.r_[top, depth[(depth > top) & (depth < bottom)], bottom])
    expected = sum(finely(a, b) for a, b in pairwise(edges))
    # the curve of Reiniger and Ross has kinks where it falls back on the line
    tolerance = (2e-2 if scheme == "reiniger_ross" else 1e-6) * np.ptp(value) * (bottom - top) + 1e-9
    assert covered[0] == pytest.approx(bottom - top)
    assert integral[0] == pytest.approx(expected, abs=tolerance)


def test_layer_integral__straight_lines_are_those_of_the_indicators():
    rng = np.random.default_rng(3)
    start = np.array([0, 0, 40, 41, 90])
    depth = np.concatenate([np.sort(rng.uniform(0, 900, n)) for n in np.diff(start)])
    value = rng.standard_normal(90)
    expected = straight_integral(start, depth, value, 5.0, 700.0, 30.0, 20.0, 0.1)
    found = layer_integral(curve("linear", start, depth, value), 5.0, 700.0, 30.0, 20.0, 0.1)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    np.testing.assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_curve__chunked_equals_whole_and_input_stays(scheme):
    rng = np.random.default_rng(4)
    start = np.r_[0, np.cumsum(rng.integers(0, 40, 60))]
    depth = np.concatenate([np.sort(rng.uniform(0, 1500, n)) for n in np.diff(start)])
    value, other = rng.standard_normal((2, depth.size))
    before = [a.copy() for a in (depth, value, other)]
    levels = np.arange(0, 1500, 40.0)
    whole = at_standard_levels(curve(scheme, start, depth, value, other, 9.0), levels, 50.0, 0.2)
    for i, (a, b) in enumerate(pairwise(start)):
        one = curve(scheme, np.array([0, b - a]), depth[a:b], value[a:b], other[a:b], 9.0)
        part = at_standard_levels(one, levels, 50.0, 0.2)
        for k in range(2):
            np.testing.assert_array_equal(part[k][0], whole[k][i])
    for a, b in zip(before, (depth, value, other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_curve__refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="'akima'; there are linear, pchip"):
        curve("akima", np.array([0]), np.empty(0), np.empty(0))
    with pytest.raises(ValueError, match="needs a companion"):
        curve("mrst_pchip", np.array([0]), np.empty(0), np.empty(0))


def test_at_same_depths__where_both_were_measured():
    start, other = np.array([0, 3, 3, 4]), np.array([0, 2, 3, 4])
    found = at_same_depths(
        start, np.array([1.0, 2, 3, 5]), other, np.array([2.0, 2.5, 1, 5]), np.array([20.0, 25, 10, 50])
    )
    np.testing.assert_array_equal(found, [np.nan, 20, np.nan, 50])
