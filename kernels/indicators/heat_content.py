"""Heat content of the water itself, in the three conventions that are published.

They differ by 1.5 % over 0-2000 m, so a heat content without its convention cannot be compared.
"""

import gsw
import numpy as np

from kernels.compiled import Array

CP0 = 3991.86795711963
"""J kg-1 K-1, the TEOS-10 constant that turns Conservative Temperature into potential enthalpy."""
EARTH_AREA = 5.1e14
"""m2, the whole surface, by which IPCC and GCOS divide; our indicators divide by the region's ocean area."""
SECONDS_PER_YEAR = 31557600.0
"""Julian year."""


def heat_density_in_situ(temperature: Array, rho0: float, cp: float) -> Array:
    """rho0 cp t, in J m-3; t (n_obs,) in situ temperature in degC (or an anomaly in K)."""
    return np.asarray(rho0 * cp * temperature)


def heat_density_potential(
    temperature: Array, salinity: Array, pressure: Array, place: tuple[float, float], rho0: float, cp: float
) -> Array:
    """rho0 cp theta, in J m-3, with potential temperature theta referenced to the surface.

    Parameters
    ----------
    temperature, salinity, pressure : (n_obs,) in situ degC, practical salinity, dbar.
    place : longitude and latitude, degrees.
    """
    SA = gsw.SA_from_SP(salinity, pressure, *place)
    return np.asarray(rho0 * cp * gsw.pt0_from_t(SA, temperature, pressure))


def heat_density_teos10(
    temperature: Array, salinity: Array, pressure: Array, place: tuple[float, float]
) -> Array:
    """rho(SA, CT, p) cp0 CT, in J m-3; parameters as in ``heat_density_potential``.

    References
    ----------
    McDougall, T. J., 2003: Potential enthalpy: a conservative oceanic variable for evaluating heat content
    and heat fluxes. Journal of Physical Oceanography 33, 945-963.
    """
    SA = gsw.SA_from_SP(salinity, pressure, *place)
    CT = gsw.CT_from_t(SA, temperature, pressure)
    return np.asarray(gsw.rho(SA, CT, pressure) * CP0 * CT)


def flux_of_trend[T: (float, Array)](joules_per_year: T, area: float = EARTH_AREA) -> T:
    """Trend of heat content in J per Julian year as a flux in W m-2 over an area in m2."""
    return joules_per_year / SECONDS_PER_YEAR / area
