"""Depths that an instrument cannot reach: ICDC check 4, CODC-QC check 3, CSIRO's shallow limit for XBTs."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(
    value: Array, depth: Array, minimum: float, maximum: float, limits_pass: float = 1.0
) -> tuple[Array, Array, Array]:
    """The depth and its limits."""
    known = ~(np.isnan(value) | np.isnan(depth))
    low, high = depth.dtype.type(minimum), depth.dtype.type(maximum)
    if not limits_pass:
        low = np.nextafter(low, depth.dtype.type(np.inf))
        high = np.nextafter(high, depth.dtype.type(-np.inf))
    return np.where(known, depth, np.nan), np.where(known, low, np.nan), np.where(known, high, np.nan)


@qc_test(
    on="observation",
    measure=measure,
    quantity="depth, m",
    reference="CODC-QC (Tan et al. 2023), check 3 (instrument type depth)",
    example={"minimum": 3.6, "maximum": 2200.0},
)
@compiled
def instrument_depth(
    value: Array, depth: Array, minimum: float, maximum: float, limits_pass: float = 1.0
) -> Array:
    """Values at depths at which the instrument does not measure.

    Parameters
    ----------
    value : (n_obs,) NaN where missing.
    depth : (n_obs,) m; NaN where missing.
    minimum, maximum : shallowest and deepest accepted depth, m; rounded to the precision of ``depth``.
    limits_pass : 1 if a depth equal to a limit passes, 0 if it fails.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or depth is missing.

    References
    ----------
    CODC-QC, check 3, as shipped: bottles, CTD 2..9000 m (8000 in its manual), profiling floats to 6050,
    animals to 1200, MBT to 320, XBT 3.6..2200. ICDC check 4 (AutoQC) fails the limit itself (``limits_pass``
    0) and has no shallowest depth: bottles, CTD 9000, profiling floats 2020, animals 1200, Japanese MBT 295,
    XBT 1900. CSIRO's depth check (Gronell and Wijffels 2008) is the minimum alone: XBT
    from 3.6 m. AOML's gross check is 0..2000 m, with ``global_range``. Which instruments a limit is for, the
    procedure says. ICDC and AOML reject depths; here a level without a value has no outcome.
    """
    low, high = depth.dtype.type(minimum), depth.dtype.type(maximum)
    outcome = np.empty(value.size, np.uint8)
    for i in range(value.size):
        at_limit = (depth[i] == low) | (depth[i] == high)
        wrong = (depth[i] < low) | (depth[i] > high) | (at_limit & (limits_pass == 0.0))
        outcome[i] = 2 if np.isnan(value[i]) | np.isnan(depth[i]) else wrong
    return outcome
