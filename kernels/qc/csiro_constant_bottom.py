"""CSIRO's constant bottom of expendable probes."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, stored_error
from kernels.registry import qc_test


def measure(
    row_start: Array,
    value: Array,
    depth: Array,
    latitude: Array,
    apart: float = 30.0,
    north_of: float = -40.0,
) -> tuple[Array, Array, Array]:
    """Distance of the two deepest values if they are equal, else 0, and the largest accepted one."""
    thickness, highest = np.full(value.size, np.nan), np.full(value.size, np.nan)
    for row, (first, stop) in enumerate(pairwise(row_start)):
        known = first + np.flatnonzero(~(np.isnan(value[first:stop]) | np.isnan(depth[first:stop])))
        if known.size < 2 or not latitude[row] > north_of:
            continue
        upper, last = known[-2:]
        z = depth[[upper, last]].astype(np.float64)
        thickness[last] = z[1] - z[0] if value[upper] == value[last] else 0.0
        highest[last] = apart + HALF_UNIT_FLOAT32 * np.abs(z).sum()
    return thickness, np.where(np.isnan(thickness), np.nan, -np.inf), highest


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="distance of the two deepest values where they are equal, m",
    reference="CSIRO (AutoQC, CSIRO_constant_bottom)",
)
@compiled
def csiro_constant_bottom(
    row_start: Array,
    value: Array,
    depth: Array,
    latitude: Array,
    apart: float = 30.0,
    north_of: float = -40.0,
) -> Array:
    """A deepest value that repeats the one far above it.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) NaN where missing.
    depth : (n_obs,) m; NaN where missing.
    latitude : (n_row,) degrees north; NaN where missing.
    apart : largest accepted distance of two equal values, m.
    north_of : profiles there and south of it are not tested: their water is well mixed.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` for all but the deepest level with value and depth, and where the
        profile has fewer than two of them, or lies too far south.

    References
    ----------
    CSIRO's check as in AutoQC, for XBT only: more than 30 m apart, north of 40S. Which probes it is for, the
    procedure says. AutoQC does not test profiles whose last or last but one level is missing; here levels
    without a value are passed over.
    """
    outcome = np.full(value.size, 2, np.uint8)
    for row in range(row_start.size - 1):
        last = _known_above(value, depth, row_start[row], row_start[row + 1])
        upper = _known_above(value, depth, row_start[row], last)
        if upper < 0 or not latitude[row] > north_of:
            continue
        z, above = np.float64(depth[last]), np.float64(depth[upper])
        limit = apart + stored_error(abs(z) + abs(above))
        thickness = z - above if value[last] == value[upper] else 0.0
        outcome[last] = thickness > limit
    return outcome


@compiled
def _known_above(value: Array, depth: Array, first: int, stop: int) -> int:
    """The last level before ``stop`` with value and depth; -1 if there is none."""
    for i in range(stop - 1, first - 1, -1):
        if not (np.isnan(value[i]) or np.isnan(depth[i])):
            return i
    return -1
