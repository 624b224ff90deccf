"""The analysis against full matrices, against what is known of it, and its properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.land import land_class
from kernels.mapping.barriers import afloat, barriers, sees
from kernels.mapping.covariance import LEAST, Covariance, between, covariance, places
from kernels.mapping.objective import Analysis, Casts, analyse, leave_one_out

OF = covariance((300, 120, 2000), (30, 30, 180), (0.4, 0.5, 0.1), stretch=2.5)
NARROW = covariance((200,), (30,), (1.0,))
LAT, LON = (a.ravel() for a in np.meshgrid(np.arange(-22.0, 23, 4), np.arange(160.0, 200, 4)))
LON = (LON + 180) % 360 - 180


def cast(lat, lon, time=0.0, noise=0.1, value=1.0) -> Casts:
    """Casts with one value each."""
    lat, lon, time, noise, value = (np.ravel(a) for a in np.broadcast_arrays(lat, lon, time, noise, value))
    return Casts(lat, lon, time, noise, value[:, None, None].astype(np.float32))


def rows_of(casts: Casts, rows) -> Casts:
    return Casts(*(a[rows] for a in casts if a is not None))


def assert_same(found: Analysis, expected, tolerance=0.0) -> None:
    for name, a, b in zip(Analysis._fields, found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=name)


def make_casts(rng, n, n_level=7, n_variable=2, south=-20, north=20, west=165, east=195) -> Casts:
    """Casts that end at different depths, some with gaps, some without the second variable."""
    lat, lon = rng.uniform(south, north, n), (rng.uniform(west, east, n) + 180) % 360 - 180
    value = rng.standard_normal((n, n_variable, n_level)).astype(np.float32)
    ends = rng.integers(1, n_level + 1, n)
    value[np.broadcast_to((np.arange(n_level) >= ends[:, None])[:, None], value.shape)] = np.nan
    value[rng.random(n) < 0.2, 1:] = np.nan
    gap = np.flatnonzero(rng.random(n) < 0.1)
    value[gap, :, rng.integers(0, n_level, gap.size)] = np.nan
    return Casts(lat, lon, rng.uniform(0, 60, n), rng.uniform(0.05, 1, n), value, rng.integers(0, n // 3, n))


def dense(lat, lon, time, casts: Casts, covariance: Covariance, neighbours: int, group=None, without=None):
    """Estimate, error variance and number of casts: (n_point, n_variable, n_level) each."""
    cast = places(casts.latitude, casts.longitude, casts.time, covariance)
    P = between(places(lat, lon, time, covariance), cast, covariance)
    C = between(cast, cast, covariance) + np.diag(casts.noise)
    some = np.isfinite(casts.value).any(axis=(1, 2))
    estimate = np.zeros((len(lat), *casts.value.shape[1:]))
    error, n = np.ones_like(estimate), np.zeros(estimate.shape, int)
    for p in range(len(lat)):
        allowed = some & (P[p] >= LEAST)
        if without is not None:
            allowed &= group != without[p]
        order = np.argsort(-P[p], kind="stable")
        order = order[allowed[order]][:neighbours]
        for at in np.ndindex(estimate.shape[1:]):
            s = order[np.isfinite(casts.value[(order, *at)])]
            w = np.linalg.solve(C[np.ix_(s, s)], P[p, s])
            estimate[(p, *at)] = w @ casts.value[(s, *at)].astype(float)
            error[(p, *at)], n[(p, *at)] = 1 - w @ P[p, s], s.size
    return estimate, error, n


@pytest.mark.parametrize(
    ("of", "neighbours", "n"),
    [
        pytest.param(OF, 20, 300, id="Gaussian scales, stretched"),
        pytest.param(OF, 400, 120, id="all casts are neighbours"),
        pytest.param(OF, 1, 300, id="one neighbour"),
        pytest.param(
            covariance((300, 120), (30, 60), (0.5, 0.5), ("exponential", "gaussian"), 3, 8),
            25,
            300,
            id="both shapes",
        ),
        pytest.param(covariance((1000,), (np.inf,), (1.0,), "exponential"), 25, 300, id="without time"),
    ],
)
def test_analyse__is_the_dense_solution(of, neighbours, n) -> None:
    casts = make_casts(np.random.default_rng(n + neighbours), n)
    time = np.linspace(10, 50, LAT.size)
    expected = dense(LAT, LON, time, casts, of, neighbours)
    assert_same(analyse(LAT, LON, time, casts, of, neighbours), expected, 3e-7)


@pytest.mark.parametrize("neighbours", [5, 20])
def test_analyse__chooses_over_the_whole_sphere_as_comparing_all(neighbours) -> None:
    """Poles, date line and equator; neighbours far away where casts are few."""
    rng = np.random.default_rng(neighbours)
    casts = make_casts(rng, 400, 2, 1, -90, 90, -180, 180)
    lat = np.concatenate([[90, -90, 89.9, -89.9, 0, 0], rng.uniform(-90, 90, 60)])
    lon = np.concatenate([[0, 0, 180, 10, -180, 180], rng.uniform(-180, 360, 60)])
    found = analyse(lat, lon, 30.0, casts, OF, neighbours)
    assert_same(found, dense(lat, lon, np.full(lat.size, 30.0), casts, OF, neighbours), 1e-6)


def test_leave_one_out__is_the_dense_solution_without_the_cast() -> None:
    casts = make_casts(np.random.default_rng(5), 150)
    own = (casts.latitude, casts.longitude, casts.time)
    alone = np.arange(casts.noise.size)
    assert_same(leave_one_out(casts, OF, None, 15), dense(*own, casts, OF, 15, alone, alone), 3e-7)
    rows = np.array([77, 3, 149])
    expected = dense(*(a[rows] for a in own), casts, OF, 15, casts.platform, casts.platform[rows])
    assert_same(leave_one_out(casts, OF, rows, 15, without_platform=True), expected, 3e-7)


def test_leave_one_out__residuals_have_the_expected_variance() -> None:
    rng = np.random.default_rng(6)
    lat, lon = rng.uniform(30, 50, 400), rng.uniform(-60, -30, 400)
    place = places(lat, lon, np.zeros(400), NARROW)
    noise = rng.uniform(0.1, 0.5, 400)
    C = between(place, place, NARROW) + np.diag(noise)
    value = np.linalg.cholesky(C) @ rng.standard_normal((400, 40))
    casts = Casts(lat, lon, np.zeros(400), noise, value[:, None].astype(np.float32))
    found = leave_one_out(casts, NARROW, neighbours=30)
    expected = found.error_variance[:, 0] + noise[:, None]
    assert np.mean((value - found.estimate[:, 0]) ** 2 / expected) == pytest.approx(1, abs=0.03)


def test_analyse__a_single_cast_gives_the_covariance_as_its_footprint() -> None:
    one = cast(2.0, 179.9, 20.0, noise=0.25, value=2.0)
    found = analyse(LAT, LON, 30.0, one, OF)
    c = between(places(LAT, LON, 30.0, OF), places(one.latitude, one.longitude, one.time, OF), OF)[:, 0]
    near = c >= LEAST
    assert near.sum() > 10
    np.testing.assert_allclose(found.estimate[:, 0, 0], np.where(near, 2 * c / 1.25, 0), atol=1e-7)
    np.testing.assert_allclose(found.error_variance[:, 0, 0], np.where(near, 1 - c * c / 1.25, 1), atol=1e-7)
    np.testing.assert_array_equal(found.n_casts[:, 0, 0], near)


def test_analyse__reaches_over_the_date_line() -> None:
    found = analyse(np.zeros(2), np.array([-179.9, 179.7]), 0.0, cast(0.0, 179.9), NARROW)
    np.testing.assert_allclose(found.estimate[0], found.estimate[1], rtol=1e-3)
    assert found.estimate[0, 0, 0] > 0.9


@pytest.mark.parametrize("lat", [90, -90])
def test_analyse__a_cast_near_a_pole_serves_all_longitudes(lat) -> None:
    found = analyse(np.full(36, 0.99 * lat), np.arange(0.0, 360, 10), 0.0, cast(lat, 0.0), NARROW)
    np.testing.assert_allclose(found.estimate, found.estimate[0, 0, 0], rtol=1e-6)
    assert found.estimate[0, 0, 0] > 0.7


def test_analyse__reaches_further_from_west_to_east_on_the_equator() -> None:
    of = covariance((200,), (30,), (1.0,), stretch=3)
    found = analyse(np.array([0.0, 4, 50, 54]), np.array([4.0, 0, 4 / np.cos(np.radians(50)), 0]), 0.0,
                    cast([0.0, 50], 0.0), of).estimate[:, 0, 0]  # fmt: skip
    assert found[0] > 2 * found[1] > 0
    assert found[2] == pytest.approx(found[3], rel=0.05)


def test_analyse__without_casts_is_the_background() -> None:
    none = Casts(*(np.empty(0) for _ in range(4)), np.empty((0, 2, 3), np.float32))
    for casts in (none, rows_of(make_casts(np.random.default_rng(1), 30), slice(0, 5))._replace(
            value=np.full((5, 2, 3), np.nan, np.float32))):  # fmt: skip
        found = analyse(LAT, LON, 0.0, casts, OF)
        assert_same(
            found, (np.zeros((LAT.size, 2, 3)), np.ones((LAT.size, 2, 3)), np.zeros((LAT.size, 2, 3)))
        )
    assert analyse(LAT[:0], LON[:0], 0.0, casts, OF).estimate.shape == (0, 2, 3)


def test_analyse__far_casts_change_nothing() -> None:
    casts = make_casts(np.random.default_rng(2), 100)
    far = cast([60.0, 0], [20.0, 180], [0.0, 2000])
    more = Casts(*(np.concatenate([a, b]) for a, b in zip(casts[:4], far[:4], strict=True)),
                 np.concatenate([casts.value, np.ones((2, 2, 7), np.float32)]))  # fmt: skip
    assert_same(analyse(LAT, LON, 30.0, more, OF), analyse(LAT, LON, 30.0, casts, OF))


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.sampled_from([0, 30, 150]), st.sampled_from(["none", "constant", "linear"])
)
def test_analyse__neither_order_nor_tiles_matter_and_input_stays(seed, n, trend) -> None:
    rng = np.random.default_rng(seed)
    casts = make_casts(rng, n) if n else rows_of(make_casts(rng, 30), slice(0, 0))
    if n:  # casts at one place and time, as of a yo-yo with rounded positions
        for a in casts[:3]:
            a[: n // 3] = a[0]
    before = [a.copy() for a in casts if a is not None]
    whole = analyse(LAT, LON, 30.0, casts, OF, 12, trend, at_levels=(0, 4))
    assert_same(
        analyse(LAT, LON, 30.0, rows_of(casts, rng.permutation(n)), OF, 12, trend, at_levels=(0, 4)), whole
    )
    for points in np.array_split(rng.permutation(LAT.size), 3):
        tile = analyse(LAT[points], LON[points], 30.0, casts, OF, 12, trend, at_levels=(0, 4))
        assert_same(tile, [a[points] for a in whole])
    for a, b in zip(before, casts, strict=False):
        np.testing.assert_array_equal(a, b)
    if trend == "none":
        assert np.all((whole.error_variance >= 0) & (whole.error_variance <= 1))


def test_analyse__more_casts_never_make_more_error() -> None:
    casts = make_casts(np.random.default_rng(3), 80)
    before = np.ones((LAT.size, 2, 7))
    for n in (10, 20, 40, 80):
        error = analyse(LAT, LON, 30.0, rows_of(casts, slice(0, n)), OF, 80).error_variance
        assert np.all(error <= before + 1e-7)
        before = error
    for neighbours in (5, 10, 20):
        assert np.all(analyse(LAT, LON, 30.0, casts, OF, neighbours).error_variance >= before - 1e-7)


def test_analyse__casts_at_one_place_count_as_their_mean() -> None:
    at = np.array([0.5]), np.array([0.0]), 0.0
    ten = cast(np.zeros(10), 0.0, noise=0.5, value=np.arange(10.0))
    found = analyse(*at, ten, NARROW)
    assert_same(found, [a if k < 2 else [[[10]]] for k, a in enumerate(
        analyse(*at, cast(0.0, 0.0, noise=0.05, value=4.5), NARROW))], 1e-6)  # fmt: skip


def test_analyse__equal_casts_without_noise_count_once() -> None:
    at = np.array([0.5]), np.array([0.0]), 0.0
    found = analyse(*at, cast(np.zeros(3), 0.0, noise=0.0, value=2.0), NARROW)
    alone = analyse(*at, cast(0.0, 0.0, noise=0.0, value=2.0), NARROW)
    assert_same(Analysis(*found[:2], found[2] * 0), Analysis(*alone[:2], alone[2] * 0), 1e-7)


def test_analyse__a_cast_without_noise_is_met() -> None:
    casts = cast([0.0, 3, 7], [0.0, 3, -5], noise=0.0, value=[1.0, -2, 3])
    found = analyse(casts.latitude, casts.longitude, casts.time, casts, NARROW)
    np.testing.assert_allclose(found.estimate[:, 0, 0], [1, -2, 3], rtol=1e-6)
    np.testing.assert_allclose(found.error_variance, 0, atol=1e-12)


def linear_field(lat, lon):
    """Linear in Cartesian coordinates."""
    north, east = np.radians(lat), np.radians(lon)
    return 3 + 2 * np.cos(north) * np.cos(east) - 5 * np.cos(north) * np.sin(east) + 4 * np.sin(north)


@pytest.mark.parametrize(
    ("south", "north", "neighbours"),
    [
        pytest.param(-90, 90, 20, id="all over the sphere"),
        pytest.param(30, 34, 40, id="close by"),
        pytest.param(85, 90, 30, id="around the pole"),
    ],
)
def test_analyse__maps_a_linear_field_exactly(south, north, neighbours) -> None:
    rng = np.random.default_rng(8)
    lat, lon = rng.uniform(south, north, 2000), rng.uniform(-180, 180, 2000)
    casts = cast(lat, lon, noise=0.3, value=linear_field(lat, lon))
    at = rng.uniform(south, north, 100), rng.uniform(-180, 180, 100)
    found = analyse(*at, 0.0, casts, OF, neighbours, "linear")
    # rounding of the casts' and the result's float32
    np.testing.assert_allclose(found.estimate[:, 0, 0], linear_field(*at), rtol=0, atol=1e-5)
    assert np.all(found.error_variance < 3)


@pytest.mark.parametrize("trend", ["constant", "linear"])
def test_analyse__an_unknown_level_is_met_exactly(trend) -> None:
    casts = make_casts(np.random.default_rng(9), 200)
    shifted = casts._replace(value=np.where(np.isnan(casts.value), np.nan, np.float32(1000)))
    found = analyse(LAT, LON, 30.0, shifted, OF, 20, trend)
    np.testing.assert_allclose(found.estimate[found.n_casts > 0], 1000, rtol=1e-6)
    assert (found.n_casts > 0).mean() > 0.9


def test_analyse__an_unknown_constant_is_ordinary_kriging() -> None:
    """The system with a Lagrange multiplier, at one level."""
    casts = make_casts(np.random.default_rng(10), 60, 1, 1)
    casts.value[:] = np.random.default_rng(11).standard_normal(casts.value.shape)
    found = analyse(LAT, LON, 30.0, casts, OF, 60, "constant")
    cast = places(casts.latitude, casts.longitude, casts.time, OF)
    P = between(places(LAT, LON, 30.0, OF), cast, OF)
    for p in np.flatnonzero((P >= LEAST).sum(axis=1) > 2):
        s = P[p] >= LEAST
        n = s.sum()
        K = np.ones((n + 1, n + 1))
        K[:n, :n] = between(cast, cast, OF)[np.ix_(s, s)] + np.diag(casts.noise[s])
        K[n, n] = 0
        w = np.linalg.solve(K, np.append(P[p, s], 1))
        assert found.estimate[p, 0, 0] == pytest.approx(w[:n] @ casts.value[s, 0, 0], abs=1e-5)
        assert found.error_variance[p, 0, 0] == pytest.approx(1 - w @ np.append(P[p, s], 1), rel=1e-5)


def test_analyse__a_trend_that_casts_do_not_determine_is_simplified() -> None:
    at = np.array([0.5]), np.array([0.0]), 0.0
    two = cast([0.0, 2], 0.0, value=[1.0, 2])
    assert_same(analyse(*at, two, NARROW, trend="linear"), analyse(*at, two, NARROW, trend="constant"))


def test_analyse__deep_casts_are_sought_for_deep_levels() -> None:
    """Twenty shallow casts around a point, five deep ones farther away."""
    rng = np.random.default_rng(12)
    lat = np.concatenate([rng.uniform(-1, 1, 20), rng.uniform(2, 3, 5)])
    value = np.ones((25, 1, 4), np.float32)
    value[:20, :, 2:] = np.nan
    casts = Casts(lat, np.zeros(25), np.zeros(25), np.full(25, 0.1), value)
    at = np.zeros(1), np.zeros(1), 0.0
    assert analyse(*at, casts, NARROW, 10).n_casts[0, 0].tolist() == [10, 10, 0, 0]
    assert analyse(*at, casts, NARROW, 10, at_levels=(0, 3)).n_casts[0, 0].tolist() == [15, 15, 5, 5]


def test_analyse__does_not_leak_across_land() -> None:
    """Casts in the Caribbean only, and in the Mediterranean only: nothing in the Pacific and the Red Sea."""
    rng = np.random.default_rng(13)
    caribbean = cast(rng.uniform(10, 15, 60), rng.uniform(-80, -75, 60))
    mediterranean = cast(rng.uniform(31.8, 34, 60), rng.uniform(27, 34, 60))
    coasts = barriers(land_class())
    for casts, lat, lon, own in (
        (caribbean, [7.5, 6, 4, 8.5], [-79.5, -82, -78, -79.2], (11.0, -79.0)),
        (mediterranean, [27, 28.5, 25, 22], [34.3, 33, 35.5, 37.5], (33.0, 33.0)),
    ):
        at = np.array([*lat, own[0]], float), np.array([*lon, own[1]], float)
        found = analyse(*at, 0.0, casts, OF, 40, barriers=coasts)
        assert found.estimate[:4].tolist() == [[[0.0]]] * 4
        assert found.error_variance[:4].tolist() == [[[1.0]]] * 4
        assert found.n_casts[4] == 40
        assert np.all(analyse(*at, 0.0, casts, OF, 40).estimate > 0)
        assert leave_one_out(cast(at[0], at[1]), OF, barriers=coasts).n_casts[4] == 0


def test_analyse__with_land_takes_the_best_casts_that_it_sees() -> None:
    """Around Central America, against the dense solution of those that each point sees."""
    rng = np.random.default_rng(14)
    casts = make_casts(rng, 300, 3, 1, 0, 25, -105, -65)
    coasts = barriers(land_class())
    lat, lon = rng.uniform(2, 22, 30), rng.uniform(-100, -70, 30)
    found = analyse(lat, lon, 30.0, casts, OF, 10, barriers=coasts)
    point, way = afloat(lat, lon, coasts), afloat(casts.latitude, casts.longitude, coasts)
    for p in range(30):
        seen = np.array([sees(point, p, way, k, coasts) for k in range(300)])
        only = rows_of(casts, seen)
        expected = dense(lat[p : p + 1], lon[p : p + 1], [30.0], only, OF, 10)
        assert_same(Analysis(*(a[p : p + 1] for a in found)), expected, 1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"noise": np.array([0.1, -1])}, "noise of cast 1", id="negative noise"),
        pytest.param({"noise": np.array([np.nan, 1])}, "noise of cast 0", id="unknown noise"),
        pytest.param({"latitude": np.array([0.0, np.nan])}, "latitude of place 1", id="unknown latitude"),
        pytest.param({"time": np.zeros(3)}, "time has 3 casts, noise has 2", id="too many times"),
        pytest.param({"value": np.zeros((2, 3))}, r"\(cast, variable, level\)", id="values without variable"),
        pytest.param({"value": np.full((2, 1, 1), np.inf)}, "cast 0 has an infinite", id="infinite value"),
    ],
)
def test_analyse__refuses_casts(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        analyse(LAT, LON, 0.0, cast([0.0, 1], 0.0)._replace(**change), OF)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"trend": "cubic"}, "cubic", id="unknown trend"),
        pytest.param({"neighbours": 0}, "at least 1 neighbour", id="no neighbour"),
        pytest.param({"at_levels": (1,)}, "at_levels", id="no such level"),
    ],
)
def test_analyse__refuses(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        analyse(LAT, LON, 0.0, cast([0.0, 1], 0.0), OF, **change)


def test_leave_one_out__refuses_to_leave_out_unknown_platforms() -> None:
    with pytest.raises(ValueError, match="platform"):
        leave_one_out(cast([0.0, 1], 0.0), OF, without_platform=True)
