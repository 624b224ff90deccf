"""The covariance: its formula, and that every matrix made with it is positive definite."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.mapping.covariance import EARTH_RADIUS_KM, between, covariance, fading, fill_row, places

TWO = covariance((300, 100), (30, 15), (0.4, 0.6))


def one(latitude, longitude, time, of):
    return places(np.array([latitude]), np.array([longitude]), np.array([time]), of)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        pytest.param("gaussian", lambda u, v: np.exp(-0.5 * (u * u + v * v)), id="gaussian"),
        pytest.param("exponential", lambda u, v: np.exp(-u - v), id="exponential"),
    ],
)
def test_between__is_the_sum_of_scales_by_hand(shape, expected) -> None:
    of = covariance((300, 100), (30, 15), (0.4, 0.6), shape)
    chord = 2 * EARTH_RADIUS_KM * np.sin(np.radians(2.0) / 2)
    by_hand = 0.4 * expected(chord / 300, 10 / 30) + 0.6 * expected(chord / 100, 10 / 15)
    found = between(one(40, 10, 0, of), one(42, 10, 10, of), of)[0, 0]
    assert found == pytest.approx(by_hand, rel=1e-12)


def test_between__shapes_may_differ() -> None:
    of = covariance((300, 100), (np.inf, np.inf), (0.4, 0.6), ("gaussian", "exponential"))
    chord = 2 * EARTH_RADIUS_KM * np.sin(np.radians(1.0) / 2)
    by_hand = 0.4 * np.exp(-0.5 * (chord / 300) ** 2) + 0.6 * np.exp(-chord / 100)
    assert between(one(0, 0, 0, of), one(1, 0, 500, of), of)[0, 0] == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(
    ("lat1", "lon1", "lat2", "lon2"),
    [
        pytest.param(30, 179.5, 30, -179.5, id="date line"),
        pytest.param(89.5, 0, 89.5, 180, id="over the pole"),
        pytest.param(-89.5, 90, -89.5, -90, id="over the other pole"),
    ],
)
def test_between__knows_the_sphere(lat1, lon1, lat2, lon2) -> None:
    close = between(one(lat1, lon1, 0, TWO), one(lat2, lon2, 0, TWO), TWO)[0, 0]
    degrees = 1.0 if abs(lat1) > 80 else np.cos(np.radians(lat1))
    chord = 2 * EARTH_RADIUS_KM * np.sin(np.radians(degrees) / 2)
    by_hand = 0.4 * np.exp(-0.5 * (chord / 300) ** 2) + 0.6 * np.exp(-0.5 * (chord / 100) ** 2)
    assert close == pytest.approx(by_hand, rel=1e-3)


def test_between__reaches_further_from_west_to_east_near_the_equator() -> None:
    of = covariance((300,), (30,), (1,), stretch=3, width=10)
    zonal = {lat: between(one(lat, 0, 0, of), one(lat, 3, 0, of), of)[0, 0] for lat in (0, 10, 50)}
    meridional = {lat: between(one(lat, 0, 0, of), one(lat + 3, 0, 0, of), of)[0, 0] for lat in (0, 50)}
    chord = 2 * EARTH_RADIUS_KM * np.sin(np.radians(1.5))
    # tensors of both ends lie 3 degrees apart in direction, so the stretch is not quite 3
    assert zonal[0] == pytest.approx(np.exp(-0.5 * (chord / 900) ** 2), abs=0.01)
    assert meridional[0] == pytest.approx(np.exp(-0.5 * (chord / 300) ** 2), abs=0.01)
    cosine = 2 * EARTH_RADIUS_KM * np.cos(np.radians(50)) * np.sin(np.radians(1.5))
    assert zonal[50] == pytest.approx(np.exp(-0.5 * (cosine / 300) ** 2), abs=1e-4)
    assert zonal[0] > zonal[10] > meridional[0]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["gaussian", "exponential"]),
    st.floats(1, 5),
    st.floats(2, 30),
    st.sampled_from([0.5, 5.0, 60.0, 180.0]),
)
def test_between__is_positive_definite(seed, shape, stretch, width, spread) -> None:
    rng = np.random.default_rng(seed)
    of = covariance((2000, 150), (60, 20), (0.3, 0.7), shape, stretch, width)
    lat, lon = np.clip(spread * rng.uniform(-1, 1, 40), -90, 90), spread * rng.uniform(-1, 1, 40)
    place = places(lat, lon, rng.uniform(0, 60, 40), of)
    C = between(place, place, of)
    np.testing.assert_allclose(np.diag(C), 1, rtol=1e-13)
    np.testing.assert_allclose(C, C.T, rtol=1e-13)
    assert np.linalg.eigvalsh(C).min() > -1e-12


def test_fading__is_the_exponential() -> None:
    u = np.concatenate([[0.0], np.geomspace(1e-9, 10, 500)])
    np.testing.assert_allclose([fading(x) for x in u], np.exp(-u), rtol=1e-13)
    assert 0 <= fading(50.0) < 1e-17
    assert 0 <= fading(1e300) < 1e-17


@pytest.mark.parametrize("stretch", [1.0, 3.0])
@pytest.mark.parametrize("shape", ["gaussian", "exponential"])
def test_fill_row__is_the_row_of_between(stretch, shape) -> None:
    of = covariance((2000, 150), (60, 20), (0.3, 0.7), shape, stretch)
    rng = np.random.default_rng(1)
    place = places(rng.uniform(-20, 60, 30), rng.uniform(-180, 180, 30), rng.uniform(0, 60, 30), of)
    out, memory = np.full(30, np.nan), np.empty((3, 30))
    fill_row(place, 29, place, 29, of, *memory, out)
    np.testing.assert_allclose(out[:29], between(place, place, of)[29, :29], rtol=1e-12, atol=1e-16)
    assert np.isnan(out[29])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"share": (0.4, 0.5)}, "add up to 1", id="shares"),
        pytest.param({"kilometres": (0, 100)}, "kilometres .* positive", id="no scale"),
        pytest.param({"days": (30, -1)}, "days .* positive", id="negative days"),
        pytest.param({"days": (30,)}, "as many", id="too few days"),
        pytest.param({"shape": "cubic"}, "cubic", id="unknown shape"),
        pytest.param({"stretch": 0.5}, "stretch 0.5", id="stretch below 1"),
        pytest.param({"width": 0}, "width", id="no width"),
    ],
)
def test_covariance__refuses(change, message) -> None:
    known = {"kilometres": (300, 100), "days": (30, 15), "share": (0.4, 0.6)}
    with pytest.raises(ValueError, match=message):
        covariance(**(known | change))


@pytest.mark.parametrize(
    ("place", "message"),
    [
        pytest.param((np.nan, 0, 0), "latitude of place 0 is unknown", id="latitude"),
        pytest.param((0, np.inf, 0), "longitude of place 0", id="longitude"),
        pytest.param((0, 0, np.nan), "time of place 0", id="time"),
        pytest.param((91, 0, 0), "beyond a pole", id="beyond the pole"),
    ],
)
def test_places__refuses(place, message) -> None:
    with pytest.raises(ValueError, match=message):
        one(*place, TWO)
