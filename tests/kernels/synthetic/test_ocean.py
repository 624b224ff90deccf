import gsw
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from kernels.ragged import row_start_of
from kernels.synthetic.eddies import eddy_modes, eddy_waves
from kernels.synthetic.ocean import (
    WARMING_EPOCH,
    eddy_std,
    layer_mean_warming,
    mean_salinity,
    mean_temperature,
    season,
    season_amplitude,
    state,
    vertical_mode,
    warming,
)

DEPTHS = np.r_[0:200:10, 200:1000:50, 1000:2001:100, 2500:5001:500].astype(float)


def columns(seed: int, n: int = 3000):
    """Random columns over the globe and 50 years, with their eddies."""
    rng = np.random.default_rng(seed)
    latitude, longitude = rng.uniform(-80, 80, n), rng.uniform(-180, 180, n)
    time = rng.uniform(7300, 26000, n)
    modes = eddy_modes(latitude, longitude, time, eddy_waves(seed))
    start = row_start_of(np.full(n, DEPTHS.size))
    temperature, salinity = state(start, latitude, time, modes, np.tile(DEPTHS, n))
    return latitude, longitude, time, temperature.reshape(n, -1), salinity.reshape(n, -1)


def density_steps(latitude, longitude, temperature, salinity):
    """Density of each level minus that of the level above, both brought to the pressure between them."""
    pressure = gsw.p_from_z(-DEPTHS[None], latitude[:, None])
    SA = gsw.SA_from_SP(salinity, pressure, longitude[:, None], latitude[:, None])
    CT = gsw.CT_from_t(SA, temperature, pressure)
    middle = (pressure[:, 1:] + pressure[:, :-1]) / 2
    return gsw.rho(SA[:, 1:], CT[:, 1:], middle) - gsw.rho(SA[:, :-1], CT[:, :-1], middle)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_state__is_statically_stable_everywhere(seed):
    latitude, longitude, _, temperature, salinity = columns(seed)
    assert np.nanmin(density_steps(latitude, longitude, temperature, salinity)) > 0


def test_state__looks_like_the_ocean():
    *_, temperature, salinity = columns(4)
    assert -1.9 < temperature.min() < 0 < 28 < temperature.max() < 33
    assert 32 < salinity.min() < salinity.max() < 38
    assert np.all(np.abs(temperature[:, DEPTHS == 2000] - 2.4) < 1)


def test_state__is_the_sum_of_its_parts():
    latitude, longitude, time, temperature, salinity = columns(5, 50)
    north, when = latitude[:, None], time[:, None]
    modes = eddy_modes(latitude, longitude, time, eddy_waves(5))
    eddy = sum(modes[:, m, None] * vertical_mode(m, DEPTHS)[None] for m in range(3))
    steady = mean_temperature(north, DEPTHS[None]) + season(north, DEPTHS[None], when)
    parts = steady + warming(DEPTHS[None], when) + eddy * eddy_std(north, DEPTHS[None])
    np.testing.assert_allclose(temperature, parts, atol=1e-10)
    # Warm eddies are salty.
    excess = salinity - mean_salinity(north, DEPTHS[None])
    assert np.all(excess[:, :20] * eddy[:, :20] > 0)


def test_state__mixed_layer_is_above_the_thermocline():
    """Surface layers vary little with depth in winter, and the steepest gradient lies below."""
    time = 230.0 + 0.5 * 365.2425
    z = np.arange(0.0, 1000.0, 5.0)
    profile = mean_temperature(np.array(40.0), z) + season(np.array(40.0), z, np.array(time))
    step = -np.diff(profile)
    assert step[0] < 0.3 * step.max()
    assert 20 < z[step.argmax()] < 400


def test_season__is_opposite_in_the_hemispheres_and_fades():
    time = np.arange(0.0, 365.2425, 1.0)
    north, south = (season(np.array(lat), np.array(0.0), time) for lat in (40.0, -40.0))
    np.testing.assert_allclose(north, -south)
    assert abs(time[north.argmax()] - 230) <= 1
    assert north.max() == pytest.approx(season_amplitude(np.array(40.0)), rel=1e-3)
    assert season(np.array(40.0), np.array(300.0), time).max() < 0.05 * north.max()
    assert abs(north.mean()) < 0.01


@given(
    top=st.floats(0, 1000),
    thickness=st.floats(0.5, 5000),
    time=st.floats(0, 30000),
)
def test_layer_mean_warming__is_the_integral(top, thickness, time):
    integral, _ = quad(lambda z: warming(z, time), top, top + thickness)
    expected = integral / thickness
    assert layer_mean_warming(top, top + thickness, time) == pytest.approx(expected, rel=1e-7, abs=1e-12)


def test_warming__starts_at_its_epoch_at_the_observed_rate():
    assert warming(0.0, WARMING_EPOCH) == 0
    assert np.datetime64("1950-01-01") + np.timedelta64(int(WARMING_EPOCH), "D") == np.datetime64(
        "2000-01-01"
    )
    year = layer_mean_warming(0.0, 700.0, WARMING_EPOCH + 365.25)
    assert 1030 * 3980 * 700 * year / (365.25 * 86400) == pytest.approx(0.60, abs=0.005)
