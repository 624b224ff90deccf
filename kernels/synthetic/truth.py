"""What the indicators of the synthetic ocean are, without sampling it."""

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
    depth, width = _quadrature(top, bottom)
    surface = np.asarray(warming(np.zeros(1), time))
    shape = np.exp(-depth / WARMING_SCALE)
    reach = max(float(np.abs(surface).max(initial=0)), 0.1)
    nodes = np.linspace(-reach, reach, 5)
    share = weight / np.sum(weight)
    level = [float(share @ _expansion(latitude, depth, shape * w) @ width) for w in nodes]
    return np.polyval(np.polyfit(nodes / reach, level, 4), surface / reach)


def _expansion(latitude: Array, depth: Array, change: Array) -> Array:
    """Relative change of specific volume: (n_latitude, n_depth)."""
    north, z = np.meshgrid(latitude, depth, indexing="ij")
    pressure = gsw.p_from_z(-z, north)
    salinity = gsw.SR_from_SP(np.asarray(mean_salinity(north, z)))
    mean = np.asarray(mean_temperature(north, z))
    cold, warm = (gsw.CT_from_t(salinity, t, pressure) for t in (mean, mean + change))
    volume = gsw.specvol(salinity, cold, pressure)
    return gsw.specvol(salinity, warm, pressure) / volume - 1  # type: ignore[no-any-return]


def _quadrature(top: float, bottom: float) -> tuple[Array, Array]:
    """Depths and widths of Gauss-Legendre panels that follow the thermocline."""
    x, w = np.polynomial.legendre.leggauss(12)
    edges = [top, *(p for p in _PANELS if top < p < bottom), bottom]
    half = np.diff(edges) / 2
    middle = np.array(edges[:-1]) + half
    return (middle[:, None] + half[:, None] * x).ravel(), (half[:, None] * w).ravel()
