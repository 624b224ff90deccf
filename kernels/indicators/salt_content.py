"""Salt in a column, as mass.

The mean of practical salinity over a layer and an area, which Copernicus Marine calls ocean salt content
(OMI_CLIMATE_OSC_MEDSEA_volume_mean), is a layer mean; this is the mass of the salt itself.
"""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.indicators.steric import State
from kernels.teos10 import UPS, specific_volume, specific_volume_terms


def salt_anomaly(state: State, salinity: Array) -> Array:
    """Change of the mass of salt in a volume, at climatological in situ temperature.

    Parameters
    ----------
    state : of (n,) arrays, before the change.
    salinity : (n,) change of practical salinity.

    Returns
    -------
    anomaly : (n,) kg m-3: rho SA after less before; NaN where state or change is unknown.

    References
    ----------
    IOC, SCOR and IAPSO, 2010: TEOS-10 manual, 2.5 (Absolute Salinity is the mass fraction of salt).
    """
    out: Array = _salt_anomaly(
        state.pressure, state.absolute_salinity, state.conservative_temperature, state.per_salinity, salinity
    )
    return out


@compiled
def _salt_anomaly(p: Array, SA: Array, CT: Array, per_s: Array, salinity: Array) -> Array:
    out = np.empty(p.size)
    for i in range(p.size):
        d = UPS * salinity[i]
        before = SA[i] / specific_volume(specific_volume_terms(SA[i], CT[i]), p[i])
        after = (SA[i] + d) / specific_volume(specific_volume_terms(SA[i] + d, CT[i] + per_s[i] * d), p[i])
        out[i] = 1e-3 * (after - before)
    return out
