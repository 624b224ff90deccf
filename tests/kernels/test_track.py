import numpy as np
import pytest

from kernels.track import course, great_circle_distance, intermediate_place, speed_between, speeds_of_fixes

NAN = np.nan


@pytest.mark.parametrize(
    ("places", "distance"),
    [
        pytest.param((0, 0, 0, 0), 0.0, id="the same place"),
        pytest.param((0, 0, 0, 1), 111_195.08, id="a degree of the equator"),
        pytest.param((0, 179.5, 0, -179.5), 111_195.08, id="across the date line"),
        pytest.param((0, 359.5, 0, 0.5), 111_195.08, id="across Greenwich, eastern longitudes"),
        pytest.param((60, 0, 60, 180), 6_671_704.8, id="over the pole"),
        pytest.param((90, 0, -90, 77), 20_015_114.4, id="from pole to pole"),
        pytest.param((0, 0, 0, 180), 20_015_114.4, id="to the antipode"),
    ],
)
def test_great_circle_distance__known_ways(places: tuple[float, ...], distance: float) -> None:
    assert great_circle_distance(*map(float, places)) == pytest.approx(distance, rel=1e-8)


def test_great_circle_distance__is_within_0_6_percent_of_the_ellipsoid() -> None:
    """New York to London and a kilometre off Cape Cod; geodesics of WGS84 by GeographicLib 2.0."""
    assert great_circle_distance(40.6, -73.8, 51.6, -0.5) == pytest.approx(5_551_759.4, rel=0.006)
    assert great_circle_distance(41.01, -71.05, 41.02, -71.05) == pytest.approx(1110.542, rel=0.006)


@pytest.mark.parametrize(
    ("places", "degrees"),
    [
        pytest.param((0, 0, 1, 0), 0, id="north"),
        pytest.param((0, 0, 0, 1), 90, id="east"),
        pytest.param((0, 0, -1, 0), 180, id="south"),
        pytest.param((0, 179, 0, -179), 90, id="east across the date line"),
        pytest.param((60, 0, 60, 180), 0, id="over the pole"),
    ],
)
def test_course__directions(places: tuple[float, ...], degrees: float) -> None:
    assert course(*map(float, places)) == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize(
    ("places", "fraction", "place"),
    [
        pytest.param((0, 0, 0, 10), 0.3, (0, 3), id="on the equator"),
        pytest.param((0, 179, 0, -179), 0.75, (0, -179.5), id="across the date line"),
        pytest.param((80, 0, 80, 180), 0.5, (90, None), id="over the pole"),
        pytest.param((40, -70, 40, -70), 0.5, (40, -70), id="the same place"),
        pytest.param((40, 0, 40, 90), 0.5, (49.8793, 45), id="north of the parallel"),
    ],
)
def test_intermediate_place__known_places(
    places: tuple[float, ...], fraction: float, place: tuple[float, float | None]
) -> None:
    lat, lon = intermediate_place(*map(float, places), fraction)
    assert lat == pytest.approx(place[0], abs=1e-4)
    assert place[1] is None or lon == pytest.approx(place[1])


def test_speed_between__times_and_places_that_are_close() -> None:
    time, lat, lon = np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0]), np.zeros(3)
    assert speed_between(time, lat, lon, 0, 1, 0.0, 0.0) == np.inf
    assert speed_between(time, lat, lon, 0, 0, 0.0, 0.0) == 0.0
    assert speed_between(time, lat, lon, 0, 1, 0.0, 600.0) == pytest.approx(111_195.08 / 600)
    assert speed_between(time, lat, lon, 0, 2, 20_000.0, 600.0) == pytest.approx(91_195.08 / 86_400)
    assert speed_between(time, lat, lon, 2, 0, 0.0, 0.0) == pytest.approx(111_195.08 / 86_400)


def test_speeds_of_fixes__leaves_out_the_fix_that_is_wrong_by_itself() -> None:
    lat = np.array([0, 0.1, 50, 0.2, NAN, 0.3])
    speed = speeds_of_fixes(np.array([0, 6]), np.arange(6.0), lat, np.zeros(6), 3.0, 0.0, 0.0, False)
    np.testing.assert_allclose(speed[[0, 1, 3, 5]], [0.1287, 0.1287, 0.0643, 0.0643], rtol=1e-3)
    assert speed[2] > 60
    assert np.isnan(speed[4])


@pytest.mark.parametrize("later_only", [False, True])
def test_speeds_of_fixes__need_not_be_exact_to_tell_the_same(later_only: bool) -> None:
    rng = np.random.default_rng(0)
    n_track, n = 300, 12
    start = np.arange(n_track + 1) * n
    time = np.tile(np.arange(n) / 24, n_track)
    step = np.repeat(10 ** rng.uniform(-3, 0, n_track), n)
    latitude = np.repeat(rng.uniform(-88, 88, n_track), n) + step * rng.normal(0, 1, n * n_track)
    longitude = np.repeat(rng.uniform(-180, 180, n_track), n) + step * rng.normal(0, 1, n * n_track)
    latitude[rng.random(n * n_track) < 0.01] = NAN
    where = (start, time, latitude, longitude, 3.0, 100.0, 60.0, later_only)
    told, exact = speeds_of_fixes(*where, False), speeds_of_fixes(*where, True)
    np.testing.assert_array_equal(np.isnan(told), np.isnan(exact))
    np.testing.assert_array_equal(told > 3.0, exact > 3.0)
    assert np.mean(told == exact) < 0.9
