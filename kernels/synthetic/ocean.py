"""The synthetic ocean: temperature and salinity everywhere, at any time, in closed form.

Temperature is the sum of a mean state, an annual cycle, eddies (``kernels.synthetic.eddies``) and a
warming that depends on depth and time only; salinity of a mean state and of eddies that compensate their
temperature in density. So every indicator has a truth. The ocean has no bottom and no marginal seas.

Depths are m, positive down; latitudes and longitudes degrees; times days since 1950-01-01 UTC. The closed
forms take scalars or arrays that broadcast.
"""

import numpy as np

from kernels.compiled import Array, compiled

WARMING_RATE = 0.0104 / 365.25
"""degC per day at the surface: with ``WARMING_SCALE`` 0.60 W m-2 in 0-700 m and 0.89 in 0-2000 m for
rho0 = 1030 and cp = 3980; the Ocean Monitoring Indicator of 0-700 m, 60S-60N, since 2005 is 0.6 W m-2."""
WARMING_SCALE = 700.0
"""e-folding depth of the warming, m."""
WARMING_EPOCH = 18262.0
"""The warming is zero on 2000-01-01."""
YEAR = 365.2425
WARMEST_DAY = 230.0
"""Day of the year on which the northern surface is warmest; the southern is coldest."""
SEASON_SCALE = 60.0
EDDY_SCALE = 450.0


@compiled
def effective_depth(latitude: Array, depth: Array) -> Array:
    """Depth below the mixed layer, smoothly: z^2 / (z + d), flat above d = 30..90 m, z - d far below."""
    mixed = 30.0 + 60.0 * np.sin(np.radians(latitude)) ** 2
    return depth * depth / (depth + mixed)


@compiled
def season_amplitude(latitude: Array) -> Array:
    """Amplitude of the annual cycle of surface temperature, degC; 0.3 on the equator, 3.8 in 45 degrees."""
    return 0.3 + 3.5 * np.sin(np.radians(2.0 * latitude)) ** 2


@compiled
def mean_temperature(latitude: Array, depth: Array) -> Array:
    """Annual mean in situ temperature, degC (ITS-90), without warming.

    A winter profile (mixed layer, tropical and main thermocline, deep water) and on top the mean of the
    seasonal heat, which is never negative: winter mixing leaves no cold water above warm water.
    """
    cosine = np.cos(np.radians(latitude))
    below = effective_depth(latitude, depth)
    surface = -1.3 + 29.3 * cosine**2.2
    tropical = 0.55 * np.exp(-((latitude / 22.0) ** 2))
    main = 400.0 + 300.0 * np.sin(np.radians(2.0 * latitude)) ** 2
    shape = tropical * np.exp(-below / 90.0) + (1.0 - tropical) * np.exp(-below / main)
    deep = 1.2 + 2.3 * np.exp(-depth / 1500.0)
    season = season_amplitude(latitude) * np.exp(-below / SEASON_SCALE)
    return deep + (surface - 3.5) * shape + season  # type: ignore[no-any-return]


@compiled
def mean_salinity(latitude: Array, depth: Array) -> Array:
    """Mean practical salinity: less under the tropical rain, more in the subtropics, less towards the ice."""
    squared = np.sin(np.radians(latitude)) ** 2
    subtropics = 1.3 * np.exp(-(((np.abs(latitude) - 25.0) / 13.0) ** 2))
    surface = 0.2 + subtropics - 2.4 * squared**4
    return 34.75 + surface * np.exp(-effective_depth(latitude, depth) / 220.0)


@compiled
def season(latitude: Array, depth: Array, time: Array) -> Array:
    """Annual cycle of temperature, degC: opposite in the hemispheres, fading with depth."""
    phase = np.cos(2.0 * np.pi * (time - WARMEST_DAY) / YEAR) * np.tanh(latitude / 8.0)
    fading = np.exp(-effective_depth(latitude, depth) / SEASON_SCALE)
    return season_amplitude(latitude) * phase * fading  # type: ignore[no-any-return]


@compiled
def warming(depth: Array, time: Array) -> Array:
    """Warming since 2000-01-01, degC: linear in time, exponential in depth, the same everywhere."""
    return WARMING_RATE * (time - WARMING_EPOCH) * np.exp(-depth / WARMING_SCALE)


@compiled
def layer_mean_warming(top: float, bottom: float, time: Array) -> Array:
    """Mean of ``warming`` between two depths: the integral in closed form, divided by the thickness."""
    part = np.exp(-top / WARMING_SCALE) - np.exp(-bottom / WARMING_SCALE)
    return WARMING_RATE * (time - WARMING_EPOCH) * WARMING_SCALE * part / (bottom - top)  # type: ignore[no-any-return]


@compiled
def eddy_std(latitude: Array, depth: Array) -> Array:
    """Standard deviation of the eddies' temperature, degC; 0.3 to 0.8 at the surface."""
    surface = 0.3 + 0.5 * np.sin(np.radians(2.0 * latitude)) ** 2
    return surface * np.exp(-effective_depth(latitude, depth) / EDDY_SCALE)


@compiled
def eddy_salinity_ratio(latitude: Array, depth: Array) -> Array:
    """Salinity of the eddies over their temperature, 1/degC.

    Near the ratio of thermal expansion to haline contraction (TEOS-10, fitted by eye within 0.03): eddies
    are warm and salty or cold and fresh, and leave the water column stable.
    """
    return 0.06 + 0.0135 * mean_temperature(latitude, depth) + 3e-5 * depth


@compiled
def vertical_mode(mode: int, depth: Array) -> Array:
    """Vertical structure of eddy mode 0, 1 or 2; the sum of products at two depths is
    0.6 + 0.4 cos(pi (s1 - s2)) with s = z / (z + 300 m), so 1 at one depth."""
    stretched = np.pi * depth / (depth + 300.0)
    if mode == 0:
        return np.sqrt(0.6) + 0.0 * stretched  # type: ignore[no-any-return]
    turn = np.cos(stretched) if mode == 1 else np.sin(stretched)
    return np.sqrt(0.4) * turn  # type: ignore[no-any-return]


@compiled
def state(row_start: Array, latitude: Array, time: Array, modes: Array, depth: Array) -> tuple[Array, Array]:
    """Temperature and salinity of casts.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each cast into ``depth``.
    latitude, time : (n_row,) degrees north, days since 1950-01-01.
    modes : (n_row, 3) eddy amplitudes at each cast, of ``kernels.synthetic.eddies.eddy_modes``.
    depth : (n_obs,) m.

    Returns
    -------
    temperature, salinity : (n_obs,) float64; degC (ITS-90, in situ) and practical salinity.
    """
    temperature = np.empty(depth.size)
    salinity = np.empty(depth.size)
    for i in range(latitude.size):
        for j in range(row_start[i], row_start[i + 1]):
            z = depth[j]
            shape = modes[i, 0] * vertical_mode(0, z)
            shape += modes[i, 1] * vertical_mode(1, z) + modes[i, 2] * vertical_mode(2, z)
            eddy = shape * eddy_std(latitude[i], z)
            steady = mean_temperature(latitude[i], z) + season(latitude[i], z, time[i])
            temperature[j] = steady + eddy + warming(z, time[i])
            salinity[j] = mean_salinity(latitude[i], z) + eddy_salinity_ratio(latitude[i], z) * eddy
    return temperature, salinity
