"""Heat content of the water itself, in the three conventions that are published.

They differ by 1.5 % over 0-2000 m, so a heat content without its convention cannot be compared.
"""

import gsw
import numpy as np

from kernels.compiled import Array, compiled
from kernels.indicators.steric import State
from kernels.teos10 import CP0, specific_volume, specific_volume_terms

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


def heat_anomaly_teos10(state: State, temperature: Array) -> Array:
    """Change of rho(SA, CT, p) cp0 CT with in situ temperature, at climatological salinity.

    Salinity would change it through density only, 0.1 by less than 0.01 K would.

    Parameters
    ----------
    state : of (n,) arrays, before the change.
    temperature : (n,) K, change of in situ temperature.

    Returns
    -------
    anomaly : (n,) J m-3; NaN where state or change is unknown.
    """
    out: Array = _heat_anomaly(
        state.pressure,
        state.absolute_salinity,
        state.conservative_temperature,
        state.per_temperature,
        temperature,
    )
    return out


@compiled
def _heat_anomaly(p: Array, SA: Array, CT: Array, per_t: Array, temperature: Array) -> Array:
    out = np.empty(p.size)
    for i in range(p.size):
        warm = CT[i] + per_t[i] * temperature[i]
        before = CT[i] / specific_volume(specific_volume_terms(SA[i], CT[i]), p[i])
        after = warm / specific_volume(specific_volume_terms(SA[i], warm), p[i])
        out[i] = CP0 * (after - before)
    return out


def flux_of_trend[T: (float, Array)](joules_per_year: T, area: float = EARTH_AREA) -> T:
    """Trend of heat content in J per Julian year as a flux in W m-2 over an area in m2."""
    return joules_per_year / SECONDS_PER_YEAR / area
