"""Changes of specific volume by temperature and salinity (TEOS-10), and with them of sea level.

The steric sea level anomaly of a column is the integral over depth of the relative change of specific
volume that its anomalies make: ``v(SA + dSA, CT + dCT, p) / v(SA, CT, p) - 1`` about the climatology.
Thermosteric is the part by in situ temperature at climatological salinity, halosteric that by salinity at
climatological in situ temperature; their sum is the total to second order.

In the thermosteric part salinity is the climatology's for every column, so that instruments without a
salinity cell (XBT) and with one count alike. It enters as reference salinity SR: SA - SR is below
0.03 g kg-1 in the open ocean and changes the result by 0.05 % at most.

References
----------
IOC, SCOR and IAPSO, 2010: TEOS-10 manual. Roquet et al. 2015, Ocean Modelling 90, 29-43 (``gsw.specvol``).
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled
from kernels.teos10 import UPS, ct_from_t, pt0_from_t, specific_volume, specific_volume_terms
from kernels.vertical import pressure_of


class State(NamedTuple):
    """Climatological state: pressure (dbar), Absolute Salinity (g kg-1), Conservative Temperature (degC), its
    change with in situ temperature (1) and with Absolute Salinity at one in situ temperature (K kg g-1)."""

    pressure: Array
    absolute_salinity: Array
    conservative_temperature: Array
    per_temperature: Array
    per_salinity: Array


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
    pressure = pressure_at(depth, latitude).ravel()
    return State(
        *(a.reshape(temperature.shape) for a in _state(pressure, temperature.ravel(), salinity.ravel()))
    )


def pressure_at(depth: Array, latitude: Array) -> Array:
    """Pressure at some depths: (n_level,) m and (n_row,) degrees north -> (n_row, n_level) dbar."""
    n_row, n_level = latitude.size, depth.size
    z, north = np.tile(np.asarray(depth, np.float64), n_row), np.repeat(latitude, n_level)
    return pressure_of(np.full(z.size, np.nan), z, north).reshape(n_row, n_level)


@compiled
def _state(p: Array, t: Array, SP: Array) -> tuple[Array, Array, Array, Array, Array]:
    SA, CT, known = np.empty(p.size), np.empty(p.size), np.empty(p.size)
    per_t, per_s = np.empty(p.size), np.empty(p.size)
    for i in range(p.size):
        SA[i] = UPS * SP[i] if SP[i] >= 0.0 else np.nan
        CT[i] = ct_from_t(SA[i], t[i], p[i])
        known[i] = p[i] if CT[i] == CT[i] else np.nan
    for i in range(p.size):
        per_t[i] = ct_from_t(SA[i], t[i] + 1.0, p[i]) - CT[i]
    for i in range(p.size):
        per_s[i] = ct_from_t(SA[i] + 1.0, t[i], p[i]) - CT[i]
    return known, SA, CT, per_t, per_s


@compiled
def potential_per_temperature(p: Array, t: Array, SP: Array) -> Array:
    """Change of potential with in situ temperature: (n,) dbar, degC, practical salinity -> (n,)."""
    out = np.empty(p.size)
    for i in range(p.size):
        SA = UPS * SP[i] if SP[i] >= 0.0 else np.nan
        out[i] = pt0_from_t(SA, t[i] + 1.0, p[i]) - pt0_from_t(SA, t[i], p[i])
    return out


def state_at(row_start: Array, depth: Array, levels: Array, state: State, extension: float) -> State:
    """State at the depths of observations, linear between the climatology's levels.

    Parameters
    ----------
    row_start, depth : observations, strictly increasing depth in m in each profile.
    levels : (n_level,) m, increasing.
    state : of (n_row, n_level) arrays.
    extension : m; observations above the shallowest known level take its state up to this distance.

    Returns
    -------
    state : of (n_obs,) arrays; NaN where it is not known at both levels around.
    """
    return State(*_state_at(row_start, depth, levels, *state, extension))


@compiled
def _state_at(
    row_start: Array,
    depth: Array,
    levels: Array,
    p: Array,
    SA: Array,
    CT: Array,
    per_t: Array,
    per_s: Array,
    extension: float,
) -> tuple[Array, Array, Array, Array, Array]:
    above, part = np.full(depth.size, -1), np.zeros(depth.size)
    n_level = levels.size
    for i in range(row_start.size - 1):
        k = 0
        while k < n_level and np.isnan(CT[i, k]):
            k += 1
        if k == n_level:
            continue
        highest = levels[k]
        for j in range(row_start[i], row_start[i + 1]):
            z = depth[j]
            if z <= highest:
                if highest - z <= extension:
                    above[j] = i * n_level + k
                continue
            while k < n_level - 1 and levels[k + 1] < z:
                k += 1
            if k == n_level - 1:
                break
            above[j] = i * n_level + k
            part[j] = (z - levels[k]) / (levels[k + 1] - levels[k])
    return (
        _between(p.ravel(), above, part),
        _between(SA.ravel(), above, part),
        _between(CT.ravel(), above, part),
        _between(per_t.ravel(), above, part),
        _between(per_s.ravel(), above, part),
    )


@compiled
def _between(at_level: Array, above: Array, part: Array) -> Array:
    out = np.full(above.size, np.nan)
    for j in range(above.size):
        if above[j] >= 0:
            upper = at_level[above[j]]
            out[j] = upper if part[j] == 0.0 else upper + part[j] * (at_level[above[j] + 1] - upper)
    return out


def relative_expansion(
    state: State, temperature: Array | None = None, salinity: Array | None = None
) -> Array:
    """Relative change of specific volume for changes of in situ temperature and practical salinity.

    Parameters
    ----------
    state : of (n,) arrays, before the change.
    temperature : (n,) K. Conservative Temperature is taken to change in proportion (the heat capacity changes
        by 1e-4 per K). None: it does not change, and the expansion is the halosteric one.
    salinity : (n,) change of practical salinity. None: the expansion is the thermosteric one.

    Returns
    -------
    expansion : (n,) 1; NaN where state or a change is unknown.
    """
    none = np.zeros(state.pressure.size)
    out: Array = _expansion(
        *state, none if temperature is None else temperature, none if salinity is None else salinity
    )
    return out


@compiled
def _expansion(
    p: Array, SA: Array, CT: Array, per_t: Array, per_s: Array, temperature: Array, salinity: Array
) -> Array:
    out = np.empty(p.size)
    for i in range(p.size):
        dSA = UPS * salinity[i]
        dCT = per_t[i] * temperature[i] + per_s[i] * dSA
        before = specific_volume(specific_volume_terms(SA[i], CT[i]), p[i])
        after = specific_volume(specific_volume_terms(SA[i] + dSA, CT[i] + dCT), p[i])
        out[i] = after / before - 1.0
    return out
