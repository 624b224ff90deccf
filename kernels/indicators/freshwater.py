"""Freshwater in a column: what would have to be taken out to bring it to a reference salinity."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.indicators.steric import State
from kernels.teos10 import UPS, specific_volume, specific_volume_terms


def freshwater_anomaly(state: State, salinity: Array) -> Array:
    """Freshwater in a volume above that of the climatology, the reference being the climatology itself.

    ``rho(Sref, Tref, p) / rho(0, Tref, p) (Sref - S) / Sref``: its integral over depth is the thickness of
    the layer of fresh water that makes the difference.

    Parameters
    ----------
    state : of (n,) arrays, the climatology's.
    salinity : (n,) anomaly of practical salinity.

    Returns
    -------
    anomaly : (n,) 1, positive where fresher; NaN where state or anomaly is unknown.

    References
    ----------
    Boyer, T., S. Levitus, J. Antonov, R. Locarnini, A. Mishonov, H. Garcia and S. A. Josey, 2007: Changes in
    freshwater content in the North Atlantic Ocean 1955-2006. Geophysical Research Letters 34, L16603; the
    formula as in the description of OMI_CLIMATE_OFC_BALTIC_area_averaged_anomalies, where Sref and Tref are
    means of 1993-2014.
    """
    out: Array = _anomaly(state.pressure, state.absolute_salinity, state.conservative_temperature, salinity)
    return out


@compiled
def _anomaly(p: Array, SA: Array, CT: Array, salinity: Array) -> Array:
    out = np.empty(p.size)
    for i in range(p.size):
        salty = specific_volume(specific_volume_terms(SA[i], CT[i]), p[i])
        fresh = specific_volume(specific_volume_terms(0.0, CT[i]), p[i])
        out[i] = -fresh / salty * UPS * salinity[i] / SA[i]
    return out


@compiled
def freshwater_anomaly_below(normal: Array, anomaly: Array, reference: float) -> Array:
    """As ``freshwater_anomaly``, about one reference salinity; what is saltier holds no freshwater.

    Parameters
    ----------
    normal, anomaly : (n,) climatological practical salinity and the anomaly from it.
    reference : practical salinity.

    Returns
    -------
    anomaly : (n,) 1, ``max(0, reference - S) / reference`` less that of the climatology.

    References
    ----------
    ARCTIC_OMI_TEMPSAL_FWC of Copernicus Marine: reference 34.8, waters saltier than it not included.
    """
    out = np.empty(normal.size)
    for i in range(normal.size):
        before, after = reference - normal[i], reference - normal[i] - anomaly[i]
        out[i] = (after * (after > 0.0) - before * (before > 0.0)) / reference
    return out
