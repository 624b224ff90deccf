import numpy as np
import pytest

from kernels.synthetic.eddies import EARTH_RADIUS, LENGTH, N_WAVES, eddy_covariance, eddy_modes, eddy_waves
from kernels.synthetic.ocean import eddy_std, vertical_mode


def eddy(latitude, longitude, depth, time, waves):
    """Eddy temperature at points, all (n,)."""
    modes = eddy_modes(latitude, longitude, time, waves)
    shape = sum(modes[:, m] * vertical_mode(m, depth) for m in range(3))
    return shape * eddy_std(latitude, depth)


PAIRS = [
    pytest.param((40.0, 40.0), (-30.0, -30.0), (0.0, 0.0), (0.0, 0.0), id="variance at the surface"),
    pytest.param((40.0, 40.0), (-30.0, -30.0), (800.0, 800.0), (0.0, 0.0), id="variance in 800 m"),
    pytest.param((40.0, 41.35), (-30.0, -30.0), (0.0, 0.0), (0.0, 0.0), id="150 km north"),
    pytest.param((60.0, 60.0), (179.0, -178.3), (0.0, 0.0), (0.0, 0.0), id="150 km east over the date line"),
    pytest.param((-20.0, -20.0), (80.0, 80.0), (0.0, 0.0), (100.0, 130.0), id="30 days later"),
    pytest.param((-20.0, -20.0), (80.0, 80.0), (0.0, 400.0), (100.0, 100.0), id="400 m below"),
    pytest.param((10.0, 25.0), (80.0, 95.0), (0.0, 0.0), (0.0, 0.0), id="far off"),
]


@pytest.mark.parametrize(("latitude", "longitude", "depth", "time"), PAIRS)
def test_eddy_covariance__is_that_of_many_oceans(latitude, longitude, depth, time):
    points = [np.array(p, float) for p in (latitude, longitude, depth, time)]
    n = 3000
    sample = np.array([eddy(*points, eddy_waves(seed)) for seed in range(n)])
    products = sample[:, 0] * sample[:, 1]
    expected = eddy_covariance(latitude, longitude, depth, time)
    assert abs(products.mean() - expected) < 4.5 * products.std() / np.sqrt(n)
    assert abs(sample.mean()) < 4.5 * sample.std() / np.sqrt(n)


@pytest.mark.parametrize("seed", [1, 2])
def test_eddy_modes__of_one_ocean_have_nearly_that_covariance(seed):
    rng = np.random.default_rng(seed)
    n = 40000
    latitude, longitude = np.degrees(np.arcsin(rng.uniform(-0.9, 0.9, n))), rng.uniform(-180, 180, n)
    time = rng.uniform(0, 20000, n)
    waves = eddy_waves(seed)
    here = eddy_modes(latitude, longitude, time, waves)
    beside = eddy_modes(latitude + np.degrees(LENGTH / EARTH_RADIUS), longitude, time, waves)
    tolerance = 5 * (2 * N_WAVES) ** -0.5
    np.testing.assert_allclose((here**2).mean(axis=0), 1, atol=tolerance)
    np.testing.assert_allclose((here * beside).mean(axis=0), np.exp(-0.5), atol=tolerance)
    np.testing.assert_allclose(np.corrcoef(here.T) - np.eye(3), 0, atol=0.03)
    kurtosis = (here**4).mean(axis=0) / (here**2).mean(axis=0) ** 2
    np.testing.assert_allclose(kurtosis, 3, atol=0.15)


def test_eddy_modes__agree_with_the_plain_sum_of_cosines():
    rng = np.random.default_rng(0)
    n = 500
    latitude, longitude, time = rng.uniform(-90, 90, n), rng.uniform(-180, 180, n), rng.uniform(0, 3e4, n)
    north, east = np.radians(latitude), np.radians(longitude)
    place = EARTH_RADIUS * np.stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)]
    )
    waves = eddy_waves(7)
    phase = np.einsum("mkd,dn->nmk", waves[:, :, :3], place) + np.multiply.outer(time, waves[:, :, 3])
    plain = np.sqrt(2 / N_WAVES) * np.cos(phase + waves[:, :, 4]).sum(axis=2)
    np.testing.assert_allclose(eddy_modes(latitude, longitude, time, waves), plain, atol=1e-9)


def test_eddy_modes__do_not_depend_on_who_else_is_asked():
    rng = np.random.default_rng(1)
    points = rng.uniform(-80, 80, (3, 101))
    waves = eddy_waves(1)
    whole = eddy_modes(*points, waves)
    parts = [eddy_modes(*p, waves) for p in (points[:, :7], points[:, 7:50], points[:, 50:])]
    np.testing.assert_array_equal(whole, np.concatenate(parts))


def test_eddy_waves__differ_between_seeds_and_repeat():
    np.testing.assert_array_equal(eddy_waves(3), eddy_waves(3))
    assert not np.any(eddy_waves(3) == eddy_waves(4))
