"""Pressure and depth, one from the other where only one was measured (TEOS-10)."""

import numpy as np

from kernels.compiled import Array, compiled, inlined

GRAVITY_GRADIENT = 2.26e-7
"""Relative increase of gravity with depth, m-1."""

CHUNK = 1024
"""Levels whose gravity is known before their depths are computed side by side."""


def depth_of(pressure: Array, depth: Array, latitude: Array) -> Array:
    """Depth of each observation: the delivered one, else from its pressure.

    Parameters
    ----------
    pressure : (n_obs,) dbar; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    latitude : (n_obs,) degrees north.

    Returns
    -------
    depth : (n_obs,) float64 m, positive down; NaN where neither is known.

    References
    ----------
    IOC, SCOR and IAPSO, 2010: TEOS-10 manual, section 3.32. The formula of gsw ``z_from_p``, whose numbers
    it gives within 10^-11 m, is written here because gsw takes the sine of the latitude at every level.
    """
    out: Array = _depth_of(np.asarray(pressure), np.asarray(depth), np.asarray(latitude))
    return out


@compiled
def _fill_gravity(gravity: Array, latitude: Array, at: float, of_latitude: float) -> tuple[float, float]:
    """Gravity at the surface at each latitude, in place, one sine for equal ones in a row; the last pair."""
    for i in range(latitude.size):
        if latitude[i] != at:
            at = np.float64(latitude[i])
            of_latitude = _surface_gravity(at)
        gravity[i] = of_latitude
    return at, of_latitude


@compiled
def _depth_of(pressure: Array, depth: Array, latitude: Array) -> Array:
    out, at, of_latitude = np.empty(depth.size), np.nan, np.nan
    gravity = np.empty(CHUNK)
    for first in range(0, depth.size, CHUNK):
        stop = first + CHUNK
        p, z, lat = pressure[first:stop], depth[first:stop], latitude[first:stop]
        at, of_latitude = _fill_gravity(gravity, lat, at, of_latitude)
        for i in range(z.size):
            g, h = gravity[i], _enthalpy_of_standard_ocean(np.float64(p[i]))
            from_pressure = 2.0 * h / (g + np.sqrt(g * g + 2.0 * GRAVITY_GRADIENT * g * h))
            out[first + i] = from_pressure if np.isnan(z[i]) else np.float64(z[i])
    return out


@inlined
def _surface_gravity(latitude: float) -> float:
    """m s-2"""
    square = np.sin(np.deg2rad(latitude)) ** 2
    return float(9.780327 * (1.0 + (5.2792e-3 + 2.32e-5 * square) * square))


@inlined
def _enthalpy_of_standard_ocean(p: float) -> float:
    """Of water of 0 degrees Celsius and standard salinity, above that at the surface, J kg-1; p in dbar."""
    z = p * 1e-4
    h = z * (-5.988108894465758e-9 + z * (-2.1078768810e-9 + z * 2.8019291329e-10))
    h = z * (-2.252956605630465e-5 + z * (2.376909655387404e-6 + z * (-1.664294869986011e-7 + h)))
    return 1e8 * z * (9.726613854843870e-4 + h)


@inlined
def _pressure_of_standard_ocean(enthalpy: float) -> float:
    """Inverse of ``_enthalpy_of_standard_ocean``, dbar; by Newton, whose third step is below rounding."""
    h = enthalpy * 1e-8
    z = h / (9.726613854843870e-4 - 2.252956605630465e-5 * h / 9.726613854843870e-4)
    for _ in range(3):
        a = -5.988108894465758e-9 + z * (-2.1078768810e-9 + z * 2.8019291329e-10)
        b = 9.726613854843870e-4 + z * (
            -2.252956605630465e-5 + z * (2.376909655387404e-6 + z * (-1.664294869986011e-7 + z * a))
        )
        slope = 9.726613854843870e-4 + z * (
            -4.505913211260930e-5
            + z
            * (
                7.130728966162212e-6
                + z
                * (
                    -6.657179479944044e-7
                    + z * (-2.994054447232879e-8 + z * (-1.2647261286e-8 + z * 1.96135039303e-9))
                )
            )
        )
        z -= (z * b - h) / slope
    return 1e4 * z


def pressure_of(pressure: Array, depth: Array, latitude: Array) -> Array:
    """Pressure of each observation: the delivered one, else from its depth.

    Parameters
    ----------
    pressure : (n_obs,) dbar; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    latitude : (n_obs,) degrees north.

    Returns
    -------
    pressure : (n_obs,) float64 dbar; NaN where neither is known.

    References
    ----------
    As ``depth_of``, of which it is the inverse to rounding; gsw ``p_from_z``, which stops after one and a
    half steps, is 2e-9 dbar from it at 11 km.
    """
    out: Array = _pressure_of(np.asarray(pressure), np.asarray(depth), np.asarray(latitude))
    return out


@compiled
def _pressure_of(pressure: Array, depth: Array, latitude: Array) -> Array:
    out, at, of_latitude = np.empty(depth.size), np.nan, np.nan
    gravity = np.empty(CHUNK)
    for first in range(0, depth.size, CHUNK):
        stop = first + CHUNK
        p, z, lat = pressure[first:stop], depth[first:stop], latitude[first:stop]
        at, of_latitude = _fill_gravity(gravity, lat, at, of_latitude)
        for i in range(z.size):
            d = np.float64(z[i])
            from_depth = _pressure_of_standard_ocean(gravity[i] * d * (1.0 + 0.5 * GRAVITY_GRADIENT * d))
            out[first + i] = from_depth if np.isnan(p[i]) else np.float64(p[i])
    return out
