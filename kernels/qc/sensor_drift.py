"""Argo test 16: gross salinity or temperature sensor drift."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, stored_error
from kernels.registry import qc_test


def measure(
    platform_start: Array, deep_mean: Array, deep_pressure: Array, threshold: float, apart: float = np.inf
) -> tuple[Array, Array, Array]:
    """Difference from the last profile that passed, and the largest accepted one."""
    measured, highest = np.full(deep_mean.size, np.nan), np.full(deep_mean.size, np.nan)
    for first, stop in pairwise(platform_start):
        good = at = np.nan
        for row in range(first, stop):
            deep = float(deep_mean[row])
            if np.isnan(deep):
                continue
            if abs(deep_pressure[row] - at) <= apart:
                measured[row] = abs(deep - good)
                highest[row] = threshold + HALF_UNIT_FLOAT32 * (abs(deep) + abs(good))
            if not measured[row] > highest[row]:
                good, at = deep, deep_pressure[row]
    return measured, np.where(np.isnan(measured), np.nan, -np.inf), highest


@qc_test(
    on="row",
    scope="platform",
    features=("profiles",),
    measure=measure,
    quantity="difference of the mean over the deepest 100 dbar from that of the last good profile",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 16 (gross sensor drift)",
    example={"threshold": 1.0},
)
@compiled
def sensor_drift(
    platform_start: Array, deep_mean: Array, deep_pressure: Array, threshold: float, apart: float = np.inf
) -> Array:
    """Profiles whose deep water differs from that of the last good profile of the platform.

    Parameters
    ----------
    platform_start : (n_platform + 1,) offsets of the profiles of each platform, which lie in time.
    deep_mean : (n_row,) mean of the variable over the deepest 100 dbar; NaN where missing.
    deep_pressure : (n_row,) mean pressure of the values behind it, dbar; NaN where missing.
    threshold : largest accepted difference, in the unit of the variable.
    apart : profiles whose deep parts lie farther apart than this are not compared, dbar.

    Returns
    -------
    outcome : (n_row,) uint8, ``NOT_RUN`` for the first profile of a platform with the variable, and where
        it is missing or lies too far from the one to compare with. A profile that fails is no reference for
        the next one. The first profile is good: the test cannot know better, and says so by failing all that
        disagree with it.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 16: 0.5 in salinity, 1 degree Celsius. The
    profile compared with is the last good one; that the two reach the same depth is not asked for: where a
    platform changes its profile depth, the procedure should not use this test.
    """
    outcome = np.full(deep_mean.size, 2, np.uint8)
    for platform in range(platform_start.size - 1):
        good = at = np.nan
        for row in range(platform_start[platform], platform_start[platform + 1]):
            deep = np.float64(deep_mean[row])
            if np.isnan(deep):
                continue
            if abs(deep_pressure[row] - at) <= apart:
                outcome[row] = abs(deep - good) > threshold + stored_error(abs(deep) + abs(good))
            if outcome[row] != 1:
                good, at = deep, deep_pressure[row]
    return outcome
