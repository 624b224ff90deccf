import numpy as np
import pytest

from kernels.history import deep_mean, layer_means
from kernels.ragged import row_start_of

NAN = np.nan


def columns(*rows: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets, pressures and values of profiles given as (pressure, value)."""
    start = row_start_of(np.array([len(r) for r in rows], np.int64))
    pairs = np.array([p for r in rows for p in r], np.float32).reshape(-1, 2)
    return start, pairs[:, 0], pairs[:, 1]


@pytest.mark.parametrize(
    ("profile", "means"),
    [
        pytest.param([(10, 4.0), (50, 6.0), (51, 1.0), (150, 9.0)], [5, 1, 9], id="a boundary is above"),
        pytest.param([(-1, 4.0), (0, 6.0)], [5, NAN, NAN], id="the surface and above it"),
        pytest.param([(10, NAN), (NAN, 6.0), (60, 2.0)], [NAN, 2, NAN], id="missing"),
        pytest.param([(150, 1.0), (150.1, 9.0)], [NAN, NAN, 1], id="deeper than the layers"),
        pytest.param([(120, 1.0), (20, 3.0), (110, 2.0)], [3, NAN, 1.5], id="in any order"),
        pytest.param([], [NAN, NAN, NAN], id="no level"),
    ],
)
def test_layer_means__of_one_profile(profile: list[tuple[float, float]], means: list[float]) -> None:
    found = layer_means(*columns([(10, 99.0)], profile, [(10, 99.0)]), 50.0, 3)
    np.testing.assert_array_equal(found, [[99, NAN, NAN], means, [99, NAN, NAN]])


@pytest.mark.parametrize(
    ("profile", "mean"),
    [
        pytest.param([(100, 9.0), (900, 1.0), (1000, 3.0)], 2.0, id="100 dbar above the deepest belong"),
        pytest.param([(899.9, 1.0), (1000, 3.0)], 3.0, id="more do not"),
        pytest.param([(900, 1.0), (1000, 3.0), (1100, NAN)], 2.0, id="the deepest value counts"),
        pytest.param([(900, 1.0), (1000, 3.0), (NAN, 7.0)], 2.0, id="no pressure"),
        pytest.param([(30, 5.0)], 5.0, id="one level"),
        pytest.param([(30, NAN), (NAN, 1.0)], NAN, id="nothing"),
        pytest.param([], NAN, id="no level"),
    ],
)
def test_deep_mean__of_one_profile(profile: list[tuple[float, float]], mean: float) -> None:
    found = deep_mean(*columns([(10, 99.0)], profile, [(10, 99.0)]), 100.0)
    np.testing.assert_array_equal(found, [99, mean, 99])


def test_history__agrees_with_plain_numpy() -> None:
    rng = np.random.default_rng(5)
    start = row_start_of(rng.integers(0, 60, 50))
    pressure = rng.uniform(-2, 2050, start[-1]).astype(np.float32)
    value = np.where(rng.random(start[-1]) < 0.1, NAN, rng.normal(10, 5, start[-1])).astype(np.float32)
    layers, deep = layer_means(start, pressure, value, 50.0, 40), deep_mean(start, pressure, value, 100.0)
    for row in range(50):
        p, v = (a[start[row] : start[row + 1]].astype(np.float64) for a in (pressure, value))
        p, v = p[~np.isnan(v)], v[~np.isnan(v)]
        inside = [(p > 50 * k if k else p > -np.inf) & (p <= 50 * k + 50) for k in range(40)]
        np.testing.assert_allclose(layers[row], [v[i].mean() if i.any() else NAN for i in inside])
        np.testing.assert_allclose(deep[row], v[p >= p.max() - 100].mean() if p.size else NAN)
