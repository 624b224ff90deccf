"""A cycle that jumps away from those before and after it, which agree."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, stored_error
from kernels.registry import qc_test


def measure(
    platform_start: Array, deep_mean: Array, deep_pressure: Array, threshold: float, apart: float = np.inf
) -> tuple[Array, Array, Array]:
    """Difference from the nearer of the two cycles; the largest accepted one if those two agree."""
    measured, highest = np.full(deep_mean.size, np.nan), np.full(deep_mean.size, np.nan)
    wide = deep_mean.astype(np.float64)
    for first, stop in pairwise(platform_start):
        row = first + np.flatnonzero(~np.isnan(wide[first:stop]))
        before, now, after = wide[row[:-2]], wide[row[1:-1]], wide[row[2:]]
        at = deep_pressure[row].astype(np.float64)
        near = (np.abs(at[1:-1] - at[:-2]) <= apart) & (np.abs(at[1:-1] - at[2:]) <= apart)
        nearer = np.minimum(np.abs(now - before), np.abs(now - after))
        measured[row[1:-1]] = np.where(near, nearer, np.nan)
        error = HALF_UNIT_FLOAT32 * (np.abs(now) + np.maximum(np.abs(before), np.abs(after)))
        agree = np.abs(after - before) <= threshold + error
        highest[row[1:-1]] = np.where(agree, threshold + error, np.inf)
    untested = np.isnan(measured)
    return measured, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="row",
    scope="platform",
    features=("profiles",),
    measure=measure,
    quantity="difference of the deepest 100 dbar from the nearer of the cycles before and after",
    reference="our own, after Argo Quality Control Manual for CTD and Trajectory Data, test 16",
    example={"threshold": 1.0},
)
@compiled
def cycle_jump(
    platform_start: Array, deep_mean: Array, deep_pressure: Array, threshold: float, apart: float = np.inf
) -> Array:
    """Profiles whose deep water differs from both the profile before and the one after, which agree.

    A jump that does not come back is water that changed or a sensor that drifts (``sensor_drift``): it
    passes here.

    Parameters
    ----------
    platform_start : (n_platform + 1,) offsets of the profiles of each platform, which lie in time.
    deep_mean : (n_row,) mean of the variable over the deepest 100 dbar; NaN where missing.
    deep_pressure : (n_row,) mean pressure of the values behind it, dbar; NaN where missing.
    threshold : largest accepted difference, also that by which two profiles agree; in the unit of the
        variable.
    apart : profiles whose deep parts lie farther apart than this are not compared, dbar.

    Returns
    -------
    outcome : (n_row,) uint8, ``NOT_RUN`` for the first and the last profile of a platform with the variable,
        and where it is missing or lies too far from either. Profiles without the variable are passed over.

    References
    ----------
    No document names this test. Thresholds are those of the Argo Quality Control Manual for CTD and
    Trajectory Data, test 16: 0.5 in salinity, 1 degree Celsius; the manual needs no cycle to come after.
    """
    outcome = np.full(deep_mean.size, 2, np.uint8)
    for platform in range(platform_start.size - 1):
        at, before, now = -1, np.nan, np.nan
        above, here = np.nan, np.nan
        for row in range(platform_start[platform], platform_start[platform + 1]):
            after = np.float64(deep_mean[row])
            if np.isnan(after):
                continue
            below = np.float64(deep_pressure[row])
            if not np.isnan(before) and abs(here - above) <= apart and abs(here - below) <= apart:
                limit = threshold + stored_error(abs(now) + max(abs(before), abs(after)))
                far = abs(now - before) > limit and abs(now - after) > limit
                outcome[at] = far and abs(after - before) <= limit
            at, before, now, above, here = row, now, after, here, below
    return outcome
