"""Thermosteric change of specific volume (TEOS-10).

The thermosteric sea level anomaly of a column is the integral over depth of the relative change of
specific volume that its temperature anomaly makes at climatological salinity:
``(v(SA, CT(t_clim + dt), p) - v(SA, CT(t_clim), p)) / v(SA, CT(t_clim), p)``. Salinity is the
climatology's for every column, so that instruments without a salinity cell (XBT) and with one count
alike. It enters as reference salinity SR: SA - SR is below 0.03 g kg-1 in the open ocean and changes
the result by 0.05 % at most.

References
----------
IOC, SCOR and IAPSO, 2010: TEOS-10 manual. Roquet et al. 2015, Ocean Modelling 90, 29-43 (``gsw.specvol``).
"""

from typing import NamedTuple

import gsw
import numpy as np

from kernels.compiled import Array


class State(NamedTuple):
    """Climatological state: pressure (dbar), Absolute Salinity (g kg-1), Conservative Temperature (degC) and
    its change with in situ temperature."""

    pressure: Array
    absolute_salinity: Array
    conservative_temperature: Array
    per_temperature: Array


def climatological_state(depth: Array, latitude: Array, temperature: Array, salinity: Array) -> State:
    """TEOS-10 state of climatological profiles.

    Parameters
    ----------
    depth : (n_level,) m, positive down.
    latitude : (n_row,) degrees north.
    temperature : (n_row, n_level) in situ, degC; NaN where unknown.
    salinity : (n_row, n_level) practical salinity; NaN where unknown.

    Returns
    -------
    state : of (n_row, n_level) arrays; NaN where temperature or salinity is unknown.
    """
    known = np.isfinite(temperature) & np.isfinite(salinity) & (salinity >= 0)
    pressure = np.broadcast_to(gsw.p_from_z(-depth, latitude[:, None]), known.shape)
    out = State(*(np.full(known.shape, np.nan) for _ in State._fields))
    p, t = pressure[known], temperature[known]
    SA = gsw.SR_from_SP(salinity[known])
    out.pressure[known], out.absolute_salinity[known] = p, SA
    out.conservative_temperature[known] = CT = gsw.CT_from_t(SA, t, p)
    out.per_temperature[known] = gsw.CT_from_t(SA, t + 1, p) - CT
    return out


def relative_expansion(state: State, anomaly: Array) -> Array:
    """Relative change of specific volume for a change of in situ temperature.

    Parameters
    ----------
    state : of (n,) arrays, before the change.
    anomaly : (n,) K, of in situ temperature. Conservative Temperature is taken to change in proportion (the
        heat capacity changes by 1e-4 per K).

    Returns
    -------
    expansion : (n,) 1; NaN where state or anomaly is unknown.
    """
    known = np.isfinite(state.conservative_temperature) & np.isfinite(anomaly)
    p, SA, CT, slope = (a[known] for a in state)
    out = np.full(anomaly.shape, np.nan)
    out[known] = gsw.specvol(SA, CT + slope * anomaly[known], p) / gsw.specvol(SA, CT, p) - 1
    return out
