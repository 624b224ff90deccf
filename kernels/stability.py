"""Steps between levels that cannot be an inversion of density, told without the equation of state.

The difference of potential density over a step is its gradient in the middle times the step, but for a term
of third order. Two short polynomials give the gradient; what they may be wrong by, and what Absolute Salinity
may differ from the reference composition by, is added. So the result is not below the true inversion, and
where it does not exceed a threshold the full formula would not either.

References
----------
The polynomials are minimax fits to the 75-term equation of state and to Conservative Temperature of TEOS-10
(gsw 3.6) over the box below; their largest errors there are 0.0169 kg m-3 K-1 and 0.0170 kg m-3 (g/kg)-1.
"""

from typing import Any

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.teos10 import UPS

Single = np.float32
"""Constants in single precision leave the arithmetic to the precision of the levels."""

COLDEST, WARMEST, FRESHEST, SALTIEST, HIGHEST, DEEPEST = map(Single, (-2.6, 34, 0, 41.8, -10, 6500))
"""The box in which the bound holds: degrees Celsius, practical salinity, dbar."""

WIDEST_T, WIDEST_S, WIDEST_P = map(Single, (5, 3, 500))
"""Wider steps are left to the full formula."""

ERROR_T, ERROR_S, ERROR = map(Single, (0.019, 0.022, 0.0005))
"""What the gradients may be off by, kg m-3 per degree and per unit of salinity: the error of the fit, and the
0.25 % by which Absolute Salinity may depart from the reference composition. The last one, kg m-3, is a
margin: of 60 million random steps in the box, many at its edges or as wide as allowed, none needed 10^-5."""

T, TT, TP, TS = map(Single, (-1.488577583e-2, 7.975118e-5, 7.7254003e-7, 6.72506822e-5))
T0, TS0, TP0 = map(Single, (6.14192438e-2, -2.86428403e-3, -2.85952102e-5))
S0, ST, SP0 = (Single(UPS * c) for c in (0.806501458, -1.8537007e-3, -6.3609597e-6))
HALF = Single(0.5)
MOST_PER_RATIO = 0.835 * UPS * 41.8
"""Largest change of density with the Absolute Salinity Anomaly Ratio in the box, kg m-3."""


@inlined
def by_temperature(t: float, SP: float, p: float) -> Any:
    """Change of potential density with in situ temperature, kg m-3 K-1, within ``ERROR_T``."""
    return T0 + TS0 * SP + TP0 * p + t * (T + TT * t + TP * p + TS * SP)


@inlined
def by_salinity(t: float, p: float) -> Any:
    """Change of potential density with practical salinity, kg m-3, within ``ERROR_S``."""
    return S0 + ST * t + SP0 * p


@compiled
def steps_that_may_invert(
    p: Array, t: Array, SP: Array, steepest: float, threshold: float, suspect: Array
) -> int:
    """Steps of one profile over which density may decrease by more than a threshold on the way down.

    Parameters
    ----------
    p, t, SP : (n,) dbar, in situ temperature in degrees Celsius and practical salinity; none is missing.
    steepest : largest change of the Absolute Salinity Anomaly Ratio there, per dbar.
    threshold : kg m-3
    suspect : (n - 1 or more,) bool, written: step from each level to the next.

    Returns
    -------
    n : how many of them are suspect.
    """
    n = 0
    per_dbar, highest = p.dtype.type(MOST_PER_RATIO * steepest), p.dtype.type(threshold)
    for k in range(p.size - 1):
        dp, dt, ds = p[k + 1] - p[k], t[k] - t[k + 1], SP[k] - SP[k + 1]
        p_mid, t_mid, s_mid = HALF * (p[k] + p[k + 1]), HALF * (t[k] + t[k + 1]), HALF * (SP[k] + SP[k + 1])
        change = by_temperature(t_mid, s_mid, p_mid) * dt + by_salinity(t_mid, p_mid) * ds
        most = change * np.sign(dp) + ERROR_T * abs(dt) + ERROR_S * abs(ds) + per_dbar * abs(dp) + ERROR
        narrow = (abs(dt) <= WIDEST_T) & (abs(ds) <= WIDEST_S) & (abs(dp) <= WIDEST_P)
        inside = _in_box(p[k], t[k], SP[k]) & _in_box(p[k + 1], t[k + 1], SP[k + 1])
        suspect[k] = not (inside & narrow & (most <= highest))
        n += suspect[k]
    return n


@inlined
def _in_box(p: float, t: float, SP: float) -> Any:
    shallow = (p >= HIGHEST) & (p <= DEEPEST)
    return shallow & (t >= COLDEST) & (t <= WARMEST) & (SP >= FRESHEST) & (SP <= SALTIEST)
