"""EN (Met Office): constant value."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, stored_error
from kernels.registry import qc_test


def measure(
    row_start: Array, value: Array, depth: Array, thickness: float, share: float = 0.9
) -> tuple[Array, Array, Array]:
    """Thickness of the water in which nearly all values of the profile are equal, 0 if they are not."""
    measured, highest = np.full((2, value.size), np.nan)
    for first, stop in pairwise(row_start):
        known = first + np.flatnonzero(~np.isnan(value[first:stop]))
        if known.size < 2:
            continue
        values, count = np.unique(value[known], return_counts=True)
        at = depth[known[value[known] == values[np.argmax(count)]]].astype(np.float64)
        at = at[~np.isnan(at)]
        measured[known], error = 0.0, 0.0
        if count.max() / known.size >= share and at.size:
            measured[known] = at.max() - at.min()
            error = HALF_UNIT_FLOAT32 * (abs(at.max()) + abs(at.min()))
        highest[known] = np.nextafter(thickness - error, -np.inf)
    return measured, np.where(np.isnan(measured), np.nan, -np.inf), highest


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="thickness of the water in which nearly all values are equal, m",
    reference="Ingleby and Huddleston (2007), constant value check",
    example={"thickness": 100.0},
)
@compiled
def en_constant_value(
    row_start: Array, value: Array, depth: Array, thickness: float, share: float = 0.9
) -> Array:
    """Profiles in which nearly all values are the same over a thick layer.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    depth : (n_obs,) m; NaN where missing.
    thickness : depth between the shallowest and the deepest of the equal values from which on they fail, m.
    share : smallest share of equal values that fails, 0.5..1.

    Returns
    -------
    outcome : (n_obs,) uint8, ``FAIL`` for all values of such a profile, the others among them, too;
        ``NOT_RUN`` where the value is missing and in profiles with one value.

    References
    ----------
    Ingleby, B., and M. Huddleston, 2007: Quality control of ocean temperature and salinity profiles. Journal
    of Marine Systems 65, 158-175: 90 % of the values over 100 m, for temperature and salinity. AutoQC
    (EN_constant_value_check) takes the share of all levels, those without a value among them; we take it of
    the values, and the thickness in any order of the levels.
    """
    outcome = np.full(value.size, 2, np.uint8)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        v, o = value[first:stop], outcome[first:stop]
        n, common = _majority(v)
        if n < 2:
            continue
        constant = _is_constant(v, depth[first:stop], common, n, thickness, share)
        for i in range(v.size):
            o[i] = 2 if np.isnan(v[i]) else constant
    return outcome


@compiled
def _majority(value: Array) -> tuple[int, float]:
    """Number of values, and the one that more than half of them have, if there is one (Boyer and Moore)."""
    n, votes, common = 0, 0, np.nan
    for i in range(value.size):
        if np.isnan(value[i]):
            continue
        n += 1
        if votes == 0:
            common = value[i]
        votes += 1 if value[i] == common else -1
    return n, common


@compiled
def _is_constant(value: Array, depth: Array, common: float, n: int, thickness: float, share: float) -> bool:
    n_equal, top, bottom = 0, np.inf, -np.inf
    for i in range(value.size):
        if value[i] == common:
            n_equal += 1
            if not np.isnan(depth[i]):
                top, bottom = min(top, np.float64(depth[i])), max(bottom, np.float64(depth[i]))
    if n_equal / n < share or bottom < top:
        return False
    return bottom - top >= thickness - stored_error(abs(top) + abs(bottom))
