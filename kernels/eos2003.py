"""Equation of state of sea water for potential temperature (McDougall et al. 2003), which EN uses.

References
----------
McDougall, T. J., D. R. Jackett, D. G. Wright and R. Feistel, 2003: Accurate and computationally efficient
algorithms for potential temperature and density of seawater. Journal of Atmospheric and Oceanic Technology
20, 730-741: density in its table A1, the first guess of potential temperature at 0 dbar in its appendix.
Their check values: density(35, 25, 2000) = 1031.654229, density(20, 20, 1000) = 1017.726743,
density(40, 12, 8000) = 1062.928258 kg m-3.
"""

import numpy as np

from kernels.compiled import inlined


@inlined
def density(S: float, theta: float, p: float) -> float:
    """In situ density, kg m-3.

    Parameters
    ----------
    S : practical salinity; below 0 it counts as 0.
    theta : potential temperature at 0 dbar, degrees Celsius (ITS-90)
    p : sea pressure, dbar
    """
    S = max(S, 0.0)
    t2 = theta * theta
    above = (
        9.99843699e2
        + theta * (7.35212840 + theta * (-5.45928211e-2 + theta * 3.98476704e-4))
        + S * (2.96938239 - 7.23268813e-3 * theta + 2.12382341e-3 * S)
        + p * (1.04004591e-2 + 1.03970529e-7 * t2 + 5.18761880e-6 * S)
        + p * p * (-3.24041825e-8 - 1.23869360e-11 * t2)
    )
    below = (
        1.0
        + theta
        * (7.28606739e-3 + theta * (-4.60835542e-5 + theta * (3.68390573e-7 + theta * 1.80809186e-10)))
        + S * (2.14691708e-3 - 9.27062484e-6 * theta - 1.78343643e-10 * theta * t2)
        + S * np.sqrt(S) * (4.76534122e-6 + 1.63410736e-9 * t2)
        + p * (5.30848875e-6 + p * theta * (-3.03175128e-16 * t2 - 1.27934137e-17 * p))
    )
    return above / below  # type: ignore[no-any-return]


@inlined
def potential_temperature(S: float, t: float, p: float) -> float:
    """Potential temperature at 0 dbar, degrees Celsius: the paper's polynomial, without its iteration.

    Parameters
    ----------
    S : practical salinity
    t : in situ temperature, degrees Celsius
    p : sea pressure, dbar
    """
    slope = 1.067610e-5 - 1.434297e-6 * S - 7.566349e-9 * p
    slope += t * (-8.535585e-6 + 3.074672e-8 * S + 1.918639e-8 * t + 1.788718e-10 * p)
    return t + p * slope
