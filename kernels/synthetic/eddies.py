"""Mesoscale eddies: a Gaussian random field of known covariance on the sphere, in depth and in time.

The field is a sum of plane waves in the space around the sphere (random Fourier features): with normal wave
vectors and frequencies its covariance is Gaussian in the chord distance and in time, isotropic, and smooth
across the date line and the poles. Any worker evaluates it at any place and time, so casts that are near
each other see the same eddies.

References
----------
Rahimi and Recht, 2007: Random features for large-scale kernel machines.
"""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.synthetic.draws import generator
from kernels.synthetic.ocean import eddy_std, vertical_mode

EARTH_RADIUS = 6371.0
LENGTH = 150.0
"""km; correlation exp(-d^2 / (2 LENGTH^2)), 0.61 at 150 km and 0.14 at 300 km."""
DURATION = 30.0
"""Days; correlation exp(-t^2 / (2 DURATION^2))."""
N_WAVES = 200
"""Per mode. One seed's covariance is the closed form within about (2 N_WAVES)^-1/2 = 5 % of the variance."""


def eddy_waves(seed: int) -> Array:
    """The waves of one ocean: (3, N_WAVES, 5) of wave vector (1/km), frequency (1/day) and phase."""
    rng = generator(seed, "eddies")
    waves = np.empty((3, N_WAVES, 5))
    waves[:, :, :3] = rng.standard_normal((3, N_WAVES, 3)) / LENGTH
    waves[:, :, 3] = rng.standard_normal((3, N_WAVES)) / DURATION
    waves[:, :, 4] = rng.uniform(0, 2 * np.pi, (3, N_WAVES))
    return waves


@compiled
def eddy_modes(latitude: Array, longitude: Array, time: Array, waves: Array) -> Array:
    """Amplitudes of the vertical modes: independent, of zero mean and unit variance.

    Parameters
    ----------
    latitude, longitude, time : (n,) degrees, days since 1950-01-01.
    waves : (n_modes, n_waves, 5) of ``eddy_waves``.

    Returns
    -------
    modes : (n, n_modes)
    """
    n_modes, n_waves, _ = waves.shape
    north, east = np.radians(latitude), np.radians(longitude)
    x = EARTH_RADIUS * np.cos(north) * np.cos(east)
    y = EARTH_RADIUS * np.cos(north) * np.sin(east)
    z = EARTH_RADIUS * np.sin(north)
    modes = np.zeros((n_modes, latitude.size))
    for m in range(n_modes):
        for k in range(n_waves):
            _add_wave(modes[m], x, y, z, time, waves[m, k] / (2.0 * np.pi))
    return np.sqrt(2.0 / n_waves) * modes.T  # type: ignore[no-any-return]


@compiled
def _add_wave(out: Array, x: Array, y: Array, z: Array, time: Array, wave: Array) -> None:
    """Add the cosine of a wave, given in turns.

    The cosine is sin(2 pi (1/4 - |turn|)) as a series to the 15th power, good to 1e-11: the loop has no
    call, so it vectorises (20 times faster than with ``cos``).
    """
    a, b, c, d, e = wave
    for i in range(out.size):
        turn = a * x[i] + b * y[i] + c * z[i] + d * time[i] + e
        angle = 2.0 * np.pi * (0.25 - np.abs(turn - np.floor(turn + 0.5)))
        s = angle * angle
        series = 1.0 - s / 156.0 * (1.0 - s / 210.0)
        series = 1.0 - s / 42.0 * (1.0 - s / 72.0 * (1.0 - s / 110.0 * series))
        out[i] += angle * (1.0 - s / 6.0 * (1.0 - s / 20.0 * series))


def eddy_covariance(
    latitude: tuple[Array, Array],
    longitude: tuple[Array, Array],
    depth: tuple[Array, Array],
    time: tuple[Array, Array],
) -> Array:
    """Covariance of the eddies' temperature between pairs of points, over all seeds.

    Parameters
    ----------
    latitude, longitude, depth, time : pairs of arrays (or scalars) that broadcast; degrees, m, days.

    Returns
    -------
    covariance : degC^2.
    """
    chord = EARTH_RADIUS * np.linalg.norm(
        _unit(latitude[0], longitude[0]) - _unit(latitude[1], longitude[1]), axis=0
    )
    lag = (np.asarray(time[0]) - time[1]) / DURATION
    level = sum(vertical_mode(m, depth[0]) * vertical_mode(m, depth[1]) for m in range(3))
    spread = eddy_std(latitude[0], depth[0]) * eddy_std(latitude[1], depth[1])
    return spread * level * np.exp(-0.5 * ((chord / LENGTH) ** 2 + lag**2))  # type: ignore[no-any-return]


def _unit(latitude: Array, longitude: Array) -> Array:
    north, east = np.radians(latitude), np.radians(longitude)
    flat = np.cos(north)
    return np.stack(np.broadcast_arrays(flat * np.cos(east), flat * np.sin(east), np.sin(north)))
