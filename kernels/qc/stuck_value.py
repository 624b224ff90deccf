"""Argo test 13: stuck value."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import n_missing
from kernels.registry import qc_test


def measure(
    row_start: Array, value: Array, pressure: Array, fewest_levels: float = 2.0, thinnest: float = 0.0
) -> tuple[Array, Array, Array]:
    """Range of the values in each profile; anything above 0 is accepted."""
    spread = np.full(value.size, np.nan)
    for first, stop in pairwise(row_start):
        known = ~np.isnan(value[first:stop])
        at = pressure[first:stop][known & ~np.isnan(pressure[first:stop])]
        thick = thinnest <= 0 or (at.size > 0 and np.float64(at.max()) - np.float64(at.min()) >= thinnest)
        if np.count_nonzero(known) >= max(fewest_levels, 2) and thick:
            values = value[first:stop][known].astype(np.float64)
            spread[first:stop][known] = values.max() - values.min()
    above_zero = np.nextafter(0.0, 1.0)
    untested = np.isnan(spread)
    return spread, np.where(untested, np.nan, above_zero), np.where(untested, np.nan, np.inf)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="range of the values in the profile",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 13 (stuck value)",
)
@compiled
def stuck_value(
    row_start: Array, value: Array, pressure: Array, fewest_levels: float = 2.0, thinnest: float = 0.0
) -> Array:
    """Profiles in which every value is the same.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    fewest_levels : profiles with fewer values are not tested; 2 at least, since one value equals itself.
    thinnest : profiles whose values span less pressure are not tested, dbar.

    Returns
    -------
    outcome : (n_obs,) uint8, ``FAIL`` for every value of such a profile; ``NOT_RUN`` where the value is
        missing or the profile is too short or thin.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 13, which tests any profile. Instruments
    that resolve 0.1 degrees Celsius find a mixed layer of 100 m quite uniform: for them ICDC (AutoQC) asks
    for 200 m of equal values, CODC-QC for 300 m. CoTeDe also fails values that differ by about 10^-8, which
    float32 cannot tell apart in sea water.
    """
    outcome = np.full(value.size, 2, np.uint8)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        v, p, o = value[first:stop], pressure[first:stop], outcome[first:stop]
        missing = n_missing(v)
        if v.size - missing < max(fewest_levels, 2.0):
            continue
        if thinnest > 0.0 and not (_ends_span(v, p, thinnest) or _span(v, p) >= thinnest):
            continue
        stuck = np.uint8(_all_equal(v))
        if missing == 0:
            o[:] = stuck
            continue
        for i in range(v.size):
            o[i] = 2 if np.isnan(v[i]) else stuck
    return outcome


@inlined
def _ends_span(value: Array, pressure: Array, thinnest: float) -> bool:
    """Whether the first and the last value alone span so much: no need to look for the extremes."""
    if np.isnan(value[0]) or np.isnan(value[-1]):
        return False
    return bool(abs(np.float64(pressure[-1]) - np.float64(pressure[0])) >= thinnest)


@compiled
def _span(value: Array, pressure: Array) -> float:
    """Pressure between the shallowest and the deepest value."""
    lowest, highest = np.inf, -np.inf
    for i in range(value.size):
        if not (np.isnan(value[i]) or np.isnan(pressure[i])):
            lowest = min(lowest, np.float64(pressure[i]))
            highest = max(highest, np.float64(pressure[i]))
    return highest - lowest


@compiled
def _all_equal(value: Array) -> bool:
    first = np.nan
    for i in range(value.size):
        if np.isnan(first):
            first = value[i]
        elif value[i] < first or value[i] > first:
            return False
    return True
