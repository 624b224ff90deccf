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
"""Per mode. One seed's covariance differs from the closed form by about (2 N_WAVES)^-1/2 of the variance."""


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
    modes = np.zeros((latitude.size, n_modes))
    for i in range(latitude.size):
        north, east = np.radians(latitude[i]), np.radians(longitude[i])
        x = EARTH_RADIUS * np.cos(north) * np.cos(east)
        y = EARTH_RADIUS * np.cos(north) * np.sin(east)
        z = EARTH_RADIUS * np.sin(north)
        for m in range(n_modes):
            total = 0.0
            for k in range(n_waves):
                w = waves[m, k]
                total += np.cos(w[0] * x + w[1] * y + w[2] * z + w[3] * time[i] + w[4])
            modes[i, m] = np.sqrt(2.0 / n_waves) * total
    return modes


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
