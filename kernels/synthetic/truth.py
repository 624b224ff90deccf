"""What the indicators of the synthetic ocean are, without sampling it."""

from collections.abc import Callable

import gsw
import numpy as np

from kernels.compiled import Array
from kernels.synthetic.ocean import (
    WARMING_SCALE,
    layer_mean_warming,
    mean_salinity,
    mean_temperature,
    warming,
)
from kernels.teos10 import CP0

_PANELS = (0.0, 50.0, 150.0, 400.0, 1000.0, 2500.0, 6000.0)


def heat_content(top: float, bottom: float, time: Array, rho0: float, cp: float) -> Array:
    """Ocean heat content of a layer above that of 2000-01-01, J m-2, exactly; the same everywhere."""
    return rho0 * cp * (bottom - top) * np.asarray(layer_mean_warming(top, bottom, time))


def thermosteric_sea_level(top: float, bottom: float, time: Array, weight: Array, latitude: Array) -> Array:
    """Thermosteric sea level of a layer above that of 2000-01-01, in the mean of some latitudes.

    The background is the annual mean state without eddies; its salinity stays. The annual cycle, which
    changes the thermal expansion of the upper 100 m through the year, is left out.

    Parameters
    ----------
    time : (n,) days since 1950-01-01.
    weight, latitude : (m,) share of each latitude in the mean, and degrees north.

    Returns
    -------
    level : (n,) m. The quadrature (Gauss-Legendre in depth, a quartic in the surface warming) is good to
        1e-6 of the value.

    References
    ----------
    TEOS-10 (gsw): integral of v(SR, CT(T + warming), p) / v(SR, CT(T), p) - 1 over depth, with the
    reference salinity SR (no absolute salinity anomaly).
    """
    return _of_warming(_expansion, top, bottom, time, weight, latitude)


def potential_heat_content(
    top: float, bottom: float, time: Array, weight: Array, latitude: Array, rho0: float, cp: float
) -> Array:
    """Heat by potential temperature above that of 2000-01-01, J m-2; see ``thermosteric_sea_level``."""

    def heat(latitude: Array, depth: Array, change: Array) -> Array:
        SA, mean, pressure = _background(latitude, depth)
        warm, cold = (gsw.pt0_from_t(SA, t, pressure) for t in (mean + change, mean))
        return rho0 * cp * (warm - cold)  # type: ignore[no-any-return]

    return _of_warming(heat, top, bottom, time, weight, latitude)


def teos10_heat_content(top: float, bottom: float, time: Array, weight: Array, latitude: Array) -> Array:
    """Heat content rho cp0 CT above that of 2000-01-01, J m-2; see ``thermosteric_sea_level``."""

    def heat(latitude: Array, depth: Array, change: Array) -> Array:
        SA, mean, pressure = _background(latitude, depth)
        cold, warm = (gsw.CT_from_t(SA, t, pressure) for t in (mean, mean + change))
        return CP0 * (gsw.rho(SA, warm, pressure) * warm - gsw.rho(SA, cold, pressure) * cold)  # type: ignore[no-any-return]

    return _of_warming(heat, top, bottom, time, weight, latitude)


def mean_stratification(top: float, bottom: float, time: Array, weight: Array, latitude: Array) -> Array:
    """Mean N2 of a layer above that of 2000-01-01, s-2; see ``thermosteric_sea_level``.

    The annual cycle, which the expansion coefficient follows, is left out.
    """

    def frequency(latitude: Array, depth: Array, change: Array) -> Array:
        before, after = (_squared_frequency(latitude, depth, w) for w in (np.zeros(depth.size), change))
        return after - before

    return _of_warming(frequency, top, bottom, time, weight, latitude) / (bottom - top)


def _of_warming(
    made: Callable[[Array, Array, Array], Array],
    top: float,
    bottom: float,
    time: Array,
    weight: Array,
    latitude: Array,
) -> Array:
    """Integral over a layer of what the warming makes of the water, in the mean of some latitudes.

    ``made(latitude, depth, change)`` is given the warming at each depth (m,) and returns (n_latitude, m).
    """
    depth, width = _quadrature(top, bottom)
    surface = np.asarray(warming(np.zeros(1), time))
    shape = np.exp(-depth / WARMING_SCALE)
    reach = max(float(np.abs(surface).max(initial=0)), 0.1)
    nodes = np.linspace(-reach, reach, 5)
    share = weight / np.sum(weight)
    level = [float(share @ made(latitude, depth, shape * w) @ width) for w in nodes]
    return np.polyval(np.polyfit(nodes / reach, level, 4), surface / reach)


def _background(latitude: Array, depth: Array) -> tuple[Array, Array, Array]:
    """Reference salinity, mean temperature and pressure: (n_latitude, n_depth) each."""
    north, z = np.meshgrid(latitude, depth, indexing="ij")
    SA = gsw.SR_from_SP(np.asarray(mean_salinity(north, z)))
    return SA, np.asarray(mean_temperature(north, z)), gsw.p_from_z(-z, north)


def _expansion(latitude: Array, depth: Array, change: Array) -> Array:
    """Relative change of specific volume: (n_latitude, n_depth)."""
    salinity, mean, pressure = _background(latitude, depth)
    cold, warm = (gsw.CT_from_t(salinity, t, pressure) for t in (mean, mean + change))
    volume = gsw.specvol(salinity, cold, pressure)
    return gsw.specvol(salinity, warm, pressure) / volume - 1  # type: ignore[no-any-return]


def _squared_frequency(latitude: Array, depth: Array, change: Array) -> Array:
    """N2 of the mean state with a warming that fades with depth: (n_latitude, n_depth) s-2, over 1 m."""
    volumes = []
    middle = gsw.p_from_z(-depth, latitude[:, None])
    for z in (depth - 0.5, depth + 0.5):
        SA, mean, pressure = _background(latitude, z)
        CT = gsw.CT_from_t(SA, mean + change * np.exp((depth - z) / WARMING_SCALE), pressure)
        volumes.append(gsw.specvol(SA, CT, middle))
    upper, lower = volumes
    dp = 1e4 * (gsw.p_from_z(-depth - 0.5, latitude[:, None]) - gsw.p_from_z(-depth + 0.5, latitude[:, None]))
    gravity = gsw.grav(latitude, 0.0)[:, None]
    return gravity**2 * (upper - lower) / ((0.5 * (upper + lower)) ** 2 * dp)  # type: ignore[no-any-return]


def _quadrature(top: float, bottom: float) -> tuple[Array, Array]:
    """Depths and widths of Gauss-Legendre panels that follow the thermocline."""
    x, w = np.polynomial.legendre.leggauss(12)
    edges = [top, *(p for p in _PANELS if top < p < bottom), bottom]
    half = np.diff(edges) / 2
    middle = np.array(edges[:-1]) + half
    return (middle[:, None] + half[:, None] * x).ravel(), (half[:, None] * w).ravel()
