import gsw
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kernels.vertical import depth_of, pressure_of

CHECK_PRESSURE = np.array([10, 50, 125, 250, 600, 1000.0])
CHECK_DEPTH = np.array(
    [9.944583447, 49.718089701, 124.272621941, 248.470057655, 595.825348036, 992.091906072]
)
"""Check values of gsw ``z_from_p`` at 4N, to their printed digits."""


def mixed(rng, n, low, high):
    """Values of which one in seven is not there, latitudes of profiles of ten, and a few bad ones."""
    value = rng.uniform(low, high, n).astype(np.float32)
    latitude = np.repeat(rng.uniform(-90, 90, n // 10), 10)
    value[::11] = latitude[::13] = np.nan
    return value, latitude


def test_depth_of__is_that_of_gsw_and_the_delivered_one_where_there_is_one() -> None:
    rng = np.random.default_rng(0)
    pressure, latitude = mixed(rng, 100_000, -10, 11_000)
    depth = np.full(pressure.size, np.nan, np.float32)
    depth[::7] = 5.0
    expected = np.where(np.isnan(depth), -gsw.z_from_p(pressure.astype(np.float64), latitude), depth)
    np.testing.assert_allclose(depth_of(pressure, depth, latitude), expected, rtol=0, atol=1e-11)


def test_pressure_of__is_that_of_gsw_and_the_delivered_one_where_there_is_one() -> None:
    rng = np.random.default_rng(1)
    depth, latitude = mixed(rng, 100_000, -5, 10_500)
    pressure = np.full(depth.size, np.nan, np.float32)
    pressure[::7] = 5.0
    expected = np.where(np.isnan(pressure), gsw.p_from_z(-depth.astype(np.float64), latitude), pressure)
    np.testing.assert_allclose(pressure_of(pressure, depth, latitude), expected, rtol=1e-12)


def test_depth_of_and_pressure_of__give_the_check_values() -> None:
    missing, latitude = np.full(6, np.nan), np.full(6, 4.0)
    np.testing.assert_allclose(depth_of(CHECK_PRESSURE, missing, latitude), CHECK_DEPTH, rtol=0, atol=5e-10)
    found = pressure_of(missing, CHECK_DEPTH, latitude)
    np.testing.assert_allclose(found, CHECK_PRESSURE, rtol=0, atol=6e-10)


@given(st.floats(-20, 12_000), st.floats(-90, 90))
def test_pressure_of__is_the_inverse_of_depth_of(pressure: float, latitude: float) -> None:
    missing, at = np.array([np.nan]), np.array([latitude])
    depth = depth_of(np.array([pressure]), missing, at)
    np.testing.assert_allclose(pressure_of(missing, depth, at), pressure, rtol=1e-14, atol=1e-12)
