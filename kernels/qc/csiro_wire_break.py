"""CSIRO's wire break of expendable probes."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, levels_with_values, longest_row, stored_error
from kernels.registry import qc_test


def measure(
    row_start: Array, value: Array, coldest: float = -2.4, warmest: float = 32.0, steady: float = 0.1
) -> tuple[Array, Array, Array]:
    """How many levels below the last steady one a level lies; none is accepted."""
    below = np.full(value.size, np.nan)
    low, high = value.dtype.type(coldest), value.dtype.type(warmest)
    for first, stop in pairwise(row_start):
        known = first + np.flatnonzero(~np.isnan(value[first:stop]))
        v = value[known]
        wide = v.astype(np.float64)
        size = np.abs(wide)
        close = np.abs(np.diff(wide)) < steady - HALF_UNIT_FLOAT32 * (size[1:] + size[:-1])
        calm = np.append(close, True) & np.append(True, close)
        good = np.flatnonzero((v >= low) & (v <= high) & calm[: v.size])
        if good.size:
            below[known] = np.arange(v.size) - good[-1]
    unknown = np.isnan(below)
    return below, np.where(unknown, np.nan, -np.inf), np.where(unknown, np.nan, 0.0)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="levels below the last steady one",
    reference="CSIRO, Mquest detectwirebreak (AutoQC, CSIRO_wire_break)",
)
@compiled
def csiro_wire_break(
    row_start: Array, value: Array, coldest: float = -2.4, warmest: float = 32.0, steady: float = 0.1
) -> Array:
    """What a probe reports after its wire broke: all below the last steady level.

    A level is steady if its temperature occurs in the ocean and is close to those of both neighbours.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) temperature, degrees Celsius; NaN where missing.
    coldest, warmest : temperatures of a steady level, both included; rounded to the precision of ``value``.
    steady : temperatures are close if they differ by less, degrees Celsius. A difference that lies at the
        threshold within the rounding to float32 is not less.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value is missing, and for profiles without a steady level,
        which say nothing of where the wire broke. Levels without a value are passed over; the first and the
        last level have one neighbour.

    References
    ----------
    CSIRO's check as in AutoQC, for XBT only: -2.4..32 degrees Celsius, less than 0.1 from both neighbours;
    all after the last such level is rejected. AutoQC's later version, and we, reject nothing where there is
    none.
    """
    outcome = np.full(value.size, 2, np.uint8)
    level = np.empty(longest_row(row_start), np.int64)
    low, high = value.dtype.type(coldest), value.dtype.type(warmest)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        v, o = value[first:stop], outcome[first:stop]
        n = levels_with_values(v, level)
        last = -1
        for k in range(n - 1, -1, -1):
            at = v[level[k]]
            above, below = v[level[max(k - 1, 0)]], v[level[min(k + 1, n - 1)]]
            in_range = at >= low and at <= high
            if in_range and _close(at, above, steady) and _close(at, below, steady):
                last = k
                break
        if last < 0:
            continue
        for k in range(n):
            o[level[k]] = k > last
    return outcome


@compiled
def _close(one: float, other: float, steady: float) -> bool:
    if one == other:
        return True
    one, other = np.float64(one), np.float64(other)
    return bool(abs(one - other) < steady - stored_error(abs(one) + abs(other)))
