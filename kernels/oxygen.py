"""Solubility of oxygen in sea water."""

import numpy as np

from kernels.compiled import inlined


@inlined
def oxygen_solubility(temperature: float, salinity: float) -> float:
    """Dissolved oxygen in equilibrium with moist air of 1013.25 hPa.

    Parameters
    ----------
    temperature : degrees Celsius; at the surface, or potential temperature.
    salinity : practical salinity.

    Returns
    -------
    solubility : umol/kg

    References
    ----------
    Garcia, H. E., and L. I. Gordon, 1992: Oxygen solubility in seawater: better fitting equations.
    Limnol. Oceanogr. 37, table 1, fit to the data of Benson and Krause, umol/kg. Check value: 274.610 at 10
    degrees Celsius and salinity 35. As in SCOR working group 142 the temperature is not converted to IPTS-68
    (below 0.02 %).
    """
    ts = np.log((298.15 - temperature) / (273.15 + temperature))
    fresh = 5.80871 + ts * (3.20291 + ts * (4.17887 + ts * (5.10006 + ts * (-9.86643e-2 + ts * 3.80369))))
    salt = -7.01577e-3 + ts * (-7.70028e-3 + ts * (-1.13864e-2 + ts * -9.51519e-3))
    return np.exp(fresh + salinity * (salt - 2.75915e-7 * salinity))  # type: ignore[no-any-return]
