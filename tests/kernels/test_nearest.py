import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.nearest import in_bands, nearest_of_some
from kernels.track import great_circle_distance


def found(
    seeking: np.ndarray, latitude: np.ndarray, longitude: np.ndarray, group: np.ndarray, farthest: float
) -> tuple[np.ndarray, np.ndarray]:
    time, content = np.zeros(latitude.size), np.zeros((latitude.size, 1))
    order = in_bands(latitude, longitude, np.ones(latitude.size, bool))
    nearest, distance = nearest_of_some(seeking, latitude, longitude, group, time, content, *order, farthest)
    return nearest, distance


degrees = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 0.0, 0.5, 1.0, 90.0]))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(degrees, st.floats(-180, 180), st.integers(0, 3), st.booleans()), max_size=25),
    st.sampled_from([0.01, 0.1, 1.0]),
    st.sampled_from([1e5, 4e5, 3e6, 3e7]),
)
def test_nearest_of_some__is_what_comparing_all_finds(
    places: list[tuple[float, float, int, bool]], spread: float, farthest: float
) -> None:
    latitude, longitude = (np.array([p[k] for p in places], float) for k in (0, 1))
    latitude, group = latitude * spread, np.array([p[2] for p in places], np.int64)
    seeking = np.array([p[3] for p in places], bool)
    nearest, distance = found(seeking, latitude, longitude, group, farthest)
    expected = np.array([_one(latitude, longitude, group, i) for i in range(latitude.size)])
    expected = np.where(seeking & (expected <= farthest * (1 + 1e-9)), expected, np.nan)
    np.testing.assert_allclose(distance, expected, rtol=1e-6, atol=0.5)
    np.testing.assert_array_equal(nearest >= 0, np.isfinite(distance))


def _one(latitude: np.ndarray, longitude: np.ndarray, group: np.ndarray, i: int) -> float:
    others = np.flatnonzero(group != group[i])
    away = [great_circle_distance(latitude[i], longitude[i], latitude[j], longitude[j]) for j in others]
    return min(away, default=np.inf)


def test_nearest_of_some__passes_over_thousands_of_its_own_group() -> None:
    """A place among 20,000 of a mooring: were they compared, this would take minutes."""
    n = 20_000
    latitude, longitude = np.full(n, 10.0), np.linspace(5.0, 5.001, n)
    group = np.zeros(n, np.int64)
    group[-1] = 1
    nearest, _ = found(np.ones(n, bool), latitude, longitude, group, 4e5)
    assert set(nearest[:-1]) == {n - 1}
    assert nearest[-1] == n - 2
