"""Layer integrals against closed forms and published columns."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.climatology.levels import ordered_levels
from kernels.indicators.layer import filled_to_layer, layer_integral, scaled_to_layer

LIMITS = (10.0, 50.0, 0.2)
STANDARD = [0, 5, 10, 20, 30, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 600, 700]


def integrate(depth, value, top, bottom, limits=LIMITS):
    """Integral and covered thickness of one profile."""
    depth, value = np.asarray(depth, float), np.asarray(value, float)
    integral, covered, _ = layer_integral(np.array([0, len(depth)]), depth, value, top, bottom, *limits)
    return integral[0], covered[0]


@pytest.mark.parametrize(("bottom", "expected"), [(300, 1.22982e9), (700, 2.86958e9), (2000, 8.1988e9)])
def test_layer_integral__one_kelvin_gives_the_published_heat(bottom, expected):
    depth = np.arange(0, 2050, 25)
    integral, covered = integrate(depth, np.ones(len(depth)), 0, bottom)
    assert covered == bottom
    assert 1030 * 3980 * integral == pytest.approx(expected, rel=1e-12)


def test_layer_integral__linear_profile_is_exact():
    depth = np.array([3.0, 40, 90, 180, 260, 350, 470, 600, 777])
    integral, _ = integrate(depth, 20 - 0.01 * depth, 3, 700, (0.0, 500.0, 0.0))
    assert integral == pytest.approx(20 * 697 - 0.005 * (700**2 - 9), rel=1e-13)
    whole, _ = integrate(np.arange(0, 701, 50), 20 - 0.01 * np.arange(0, 701, 50), 0, 700)
    assert 1030 * 3980 * whole == pytest.approx(4.734807e10, rel=1e-9)


def test_layer_integral__exponential_on_standard_levels_is_the_trapezium_rule():
    z = np.array(STANDARD, float)
    integral, _ = integrate(z, 15 * np.exp(-z / 300), 0, 700)
    assert integral == pytest.approx(4078.1293659905145, rel=1e-13)
    fine = np.linspace(0, 700, 20001)
    assert integrate(fine, 15 * np.exp(-fine / 300), 0, 700)[0] == pytest.approx(4063.626144610177, rel=1e-8)


@pytest.mark.parametrize(
    ("depth", "layer", "covered"),
    [
        pytest.param([10, 50], (0, 40), 40, id="shallowest level at the reach of the surface stands for it"),
        pytest.param([10.01, 50], (0, 40), 29.99, id="just below the reach of the surface it does not"),
        pytest.param([0, 50], (60, 70), 0, id="nothing in the layer"),
        pytest.param([0], (0, 40), 0, id="one level at the surface covers nothing"),
        pytest.param([8], (0, 40), 8, id="one level covers the water above it"),
        pytest.param([], (0, 40), 0, id="no level"),
        pytest.param([100, 100 + 700 / 9], (100, 200), 700 / 9, id="gap at the limit is bridged"),
        pytest.param([100, 178], (100, 200), 0, id="gap above the limit is not"),
        pytest.param([0, 40, 400, 420], (0, 420), 60, id="a gap is left out, not guessed"),
        pytest.param([5, 60, 90], (60, 80), 20, id="no extension into a layer that starts deeper"),
    ],
)
def test_layer_integral__covers(depth, layer, covered):
    integral, thickness = integrate(depth, np.full(len(depth), 2.0), *layer)
    assert thickness == pytest.approx(covered, abs=1e-9)
    assert np.isnan(integral) if covered == 0 else integral == pytest.approx(2 * covered)


def test_layer_integral__missing_levels_are_skipped():
    with_nan = integrate([5, 20, 30, 40], [1, np.nan, 3, 4], 0, 40)
    assert with_nan == integrate([5, 30, 40], [1, 3, 4], 0, 40)


profiles = st.lists(st.floats(0, 900), min_size=2, max_size=40, unique=True).map(sorted)


@settings(deadline=None)
@given(profiles, st.floats(-2, 2), st.floats(-0.1, 0.1), st.data())
def test_layer_integral__adjacent_layers_add_up_and_lines_are_exact(depth, level, slope, data):
    depth = np.array(depth)
    cut = data.draw(st.floats(1, 799))
    value = level + slope * depth
    whole, covered = integrate(depth, value, 0, 800)
    parts = [integrate(depth, value, 0, cut), integrate(depth, value, cut, 800)]
    assert covered == pytest.approx(sum(p[1] for p in parts), abs=1e-6)
    assert np.nan_to_num(whole) == pytest.approx(np.nansum([p[0] for p in parts]), abs=1e-6)
    wide = integrate(depth, value, depth[0], depth[-1], (0.0, 1e9, 0.0))
    exact = level * (depth[-1] - depth[0]) + slope / 2 * (depth[-1] ** 2 - depth[0] ** 2)
    assert np.nan_to_num(wide[0]) == pytest.approx(exact, abs=1e-6)


@settings(deadline=None)
@given(st.lists(profiles, min_size=1, max_size=6), st.randoms())
def test_layer_integral__permuted_profiles_give_permuted_results(many, random):
    order = list(range(len(many)))
    random.shuffle(order)

    def run(rows):
        start = np.cumsum([0, *[len(r) for r in rows]])
        depth = np.concatenate(rows)
        before = depth.copy()
        result = layer_integral(start, depth, np.sin(depth), 0.0, 500.0, *LIMITS)
        np.testing.assert_array_equal(depth, before)
        return np.array(result)

    np.testing.assert_array_equal(run(many)[:, order], run([many[i] for i in order]))


@pytest.mark.parametrize(
    ("covered", "expected"),
    [
        pytest.param(70.0, 200.0, id="at the threshold scaled"),
        pytest.param(69.9, np.nan, id="below left out"),
        pytest.param(100.0, 140.0, id="whole as it is"),
        pytest.param(0.0, np.nan, id="nothing"),
    ],
)
def test_scaled_to_layer__(covered, expected):
    integral, fraction = scaled_to_layer(np.array([140.0]), np.array([covered]), 100.0, 0.7)
    np.testing.assert_allclose(integral, expected)
    assert fraction[0] == covered / 100


def test_ordered_levels__sorts_and_averages_what_shares_a_depth():
    start, depth, value = ordered_levels(
        np.array([0, 5, 5, 8]),
        np.array([4.0, 4.0, 3.5, 4.0, 9.0, 30.0, np.nan, 10.0]),
        np.array([1.0, 2.0, 7.0, 3.0, np.nan, 1.0, 5.0, 2.0]),
    )
    np.testing.assert_array_equal(start, [0, 2, 2, 4])
    np.testing.assert_array_equal(depth, [3.5, 4.0, 10.0, 30.0])
    np.testing.assert_array_equal(value, [7.0, 2.0, 2.0, 1.0])


@pytest.mark.parametrize(
    ("depth", "value", "layer", "rest"),
    [
        pytest.param([0, 50], [1, 3], (0, 80), 3 * 30, id="below the deepest level its value"),
        pytest.param([20, 50], [1, 3], (0, 50), 1 * 20, id="above the shallowest, out of its reach"),
        pytest.param([0, 40, 400, 420], [1, 2, 6, 7], (0, 420), 2 * 180 + 6 * 180, id="each half of a gap"),
        pytest.param([0, 40, 400, 420], [1, 2, 6, 7], (0, 100), 2 * 60, id="a layer that ends in a gap"),
        pytest.param([0, 40, 400, 420], [1, 2, 6, 7], (300, 420), 6 * 100, id="a layer that begins in a gap"),
        pytest.param([5, 60], [1, 3], (0, 60), 0, id="nothing where all is covered"),
        pytest.param([5, 60], [1, 3], (100, 160), 3 * 60, id="a layer below the column"),
        pytest.param([], [], (0, 60), 0, id="no level"),
    ],
)
def test_layer_integral__rest_has_the_value_of_the_nearest_level(depth, value, layer, rest):
    start = np.array([0, len(depth)])
    found = layer_integral(start, np.array(depth, float), np.array(value, float), *layer, *LIMITS)
    assert found[2][0] == pytest.approx(rest)


def test_filled_to_layer__a_column_that_ends_early_is_nearer_than_scaled():
    """An anomaly that fades with depth, of columns down to 1850 m of 2000."""
    depth = np.arange(0.0, 1851, 50)
    found = layer_integral(np.array([0, depth.size]), depth, np.exp(-depth / 700), 0.0, 2000.0, *LIMITS)
    exact = 700 * (1 - np.exp(-2000 / 700))
    filled, fraction = filled_to_layer(*found, 2000.0, 0.9)
    assert fraction[0] == 1850 / 2000
    scaled = scaled_to_layer(*found[:2], 2000.0, 0.9)[0][0]
    assert abs(filled[0] / exact - 1) < 0.003
    assert scaled / exact - 1 > 0.04
    assert np.isnan(filled_to_layer(*found, 2000.0, 0.93)[0][0])
