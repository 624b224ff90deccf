"""World Ocean Database: broad ranges by region and depth."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.ragged import row_of_obs
from kernels.registry import qc_test


def measure(
    row_start: Array,
    value: Array,
    depth: Array,
    latitude: Array,
    longitude: Array,
    wod_region: Array,
    wod_level: Array,
    wod_range: Array,
) -> tuple[Array, Array, Array]:
    """The value and its limits in the region and at the depth."""
    on_earth = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)
    n_lat, n_lon = wod_region.shape
    i = np.clip((np.where(on_earth, latitude, 0) + 90) * n_lat / 180, 0, n_lat - 1).astype(int)
    j = np.clip((np.where(on_earth, longitude, 0) + 180) * n_lon / 360, 0, n_lon - 1).astype(int)
    region = np.where(on_earth, wod_region[i, j], 0)[row_of_obs(row_start)]
    level = np.searchsorted(wod_level, depth.astype(np.float64), side="left")
    within = level < wod_level.size
    limits = wod_range[region, np.where(within, level, 0)].astype(value.dtype)
    known = within & ~np.isnan(value) & ~np.isnan(depth) & (region > 0) & ~np.isnan(limits).any(axis=1)
    return (
        np.where(known, value, np.nan),
        np.where(known, limits[:, 0], np.nan),
        np.where(known, limits[:, 1], np.nan),
    )


@qc_test(
    on="observation",
    measure=measure,
    quantity="temperature",
    reference="World Ocean Database User's Manual (NCEI), quality control, depth-dependent ranges by basin",
)
@compiled
def wod_range(
    row_start: Array,
    value: Array,
    depth: Array,
    latitude: Array,
    longitude: Array,
    wod_region: Array,
    wod_level: Array,
    wod_range: Array,
) -> Array:
    """Temperatures outside the range that occurs in their basin at their depth.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each row.
    value : (n_obs,) temperature, degrees Celsius; NaN where missing.
    depth : (n_obs,) m; NaN where missing.
    latitude, longitude : (n_row,) degrees; NaN where missing.
    wod_region : (n_lat, n_lon) region of each degree from 90S, 180W; 0 where there is none.
    wod_level : (n_level,) increasing depths of the ranges, m.
    wod_range : (n_region + 1, n_level, 2) lowest and highest value; NaN where unknown.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value, depth or position is missing, in a region without
        ranges, and below the deepest level.

    References
    ----------
    World Ocean Database: 26 regions on 137 levels from 0 to 9000 m; a limit itself passes. As in AutoQC a
    depth between two levels takes the limits of the *lower* one. We differ from AutoQC in that the first
    level of a profile is tested too, and that a position on the edge of two degrees lies in the one north or
    east of it.
    """
    n_lat, n_lon = wod_region.shape
    outcome = np.full(value.size, 2, np.uint8)
    for row in range(row_start.size - 1):
        if not (abs(latitude[row]) <= 90.0 and abs(longitude[row]) <= 180.0):
            continue
        i = min(int((latitude[row] + 90.0) * n_lat / 180.0), n_lat - 1)
        j = min(int((longitude[row] + 180.0) * n_lon / 360.0), n_lon - 1)
        if wod_region[i, j] > 0:
            first, stop = row_start[row], row_start[row + 1]
            limits = wod_range[wod_region[i, j]]
            _judge(value[first:stop], depth[first:stop], wod_level, limits, outcome[first:stop])
    return outcome


@compiled
def _judge(value: Array, depth: Array, level: Array, limits: Array, outcome: Array) -> None:
    """Write the outcomes of one row; ``k`` is the first level that is not above the depth."""
    k = 0
    for i in range(value.size):
        if np.isnan(value[i]) or not depth[i] <= level[-1]:
            continue
        while k > 0 and depth[i] <= level[k - 1]:
            k -= 1
        while depth[i] > level[k]:
            k += 1
        low, high = value.dtype.type(limits[k, 0]), value.dtype.type(limits[k, 1])
        if not (np.isnan(low) or np.isnan(high)):
            outcome[i] = (value[i] < low) | (value[i] > high)
