"""Argo test 18: frozen profile."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import n_missing
from kernels.registry import qc_test


def measure(
    platform_start: Array, layer_mean: Array, largest: float, smallest: float, mean: float
) -> tuple[Array, Array, Array]:
    """Mean difference from the cycle before, and the smallest accepted one: none where a layer differs."""
    n_row = len(layer_mean)
    measured, lowest = np.full(n_row, np.nan), np.full(n_row, np.nan)
    wide = layer_mean.astype(np.float64)
    for first, stop in pairwise(platform_start):
        cycles = [r for r in range(first, stop) if not np.all(np.isnan(wide[r]))]
        for before, row in pairwise(cycles):
            difference = np.abs(wide[row] - wide[before])
            difference = difference[~np.isnan(difference)]
            if difference.size:
                measured[row] = difference.sum() / difference.size
                alike = difference.max() < largest and difference.min() < smallest
                lowest[row] = mean if alike else -np.inf
    return measured, lowest, np.where(np.isnan(measured), np.nan, np.inf)


@qc_test(
    on="row",
    scope="platform",
    features=("profiles",),
    measure=measure,
    quantity="mean difference of the 50 dbar means from those of the cycle before",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 18 (frozen profile)",
    example={"largest": 0.3, "smallest": 0.001, "mean": 0.02},
    tie=1e-9,
)
@compiled
def frozen_profile(
    platform_start: Array, layer_mean: Array, largest: float, smallest: float, mean: float
) -> Array:
    """Profiles that repeat the one of the cycle before.

    A profile fails if the differences between its layer means and those of the platform's last profile that
    has any are small in all three respects.

    Parameters
    ----------
    platform_start : (n_platform + 1,) offsets of the profiles of each platform, which lie in time.
    layer_mean : (n_row, n_layer) means of the variable in layers of 50 dbar; NaN if empty.
    largest, smallest, mean : a profile is not frozen if the largest, the smallest or the mean difference
        reaches this; in the unit of the variable.

    Returns
    -------
    outcome : (n_row,) uint8, ``NOT_RUN`` for the first profile of a platform, for one without the variable,
        and for one that has no layer in common with the profile before.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 18: temperature 0.3, 0.001 and 0.02
    degrees Celsius, salinity 0.3, 0.001 and 0.004. The manual joins the conditions of both variables by
    "and"; here each variable is judged by itself, as Coriolis does (with 0.002 for the mean of
    temperature), so that a sensor that froze alone is found: a mooring in still water can fail. The cycle
    before is the profile before: Coriolis takes the same direction of the cycle numbered one less, and
    leaves out the layer that a profile ends in.
    """
    n_row = layer_mean.shape[0]
    outcome = np.full(n_row, 2, np.uint8)
    for platform in range(platform_start.size - 1):
        before = -1
        for row in range(platform_start[platform], platform_start[platform + 1]):
            if n_missing(layer_mean[row]) == layer_mean.shape[1]:
                continue
            if before >= 0:
                outcome[row] = _is_frozen(layer_mean[before], layer_mean[row], largest, smallest, mean)
            before = row
    return outcome


@compiled
def _is_frozen(before: Array, now: Array, largest: float, smallest: float, mean: float) -> int:
    n, total, high, low = 0, 0.0, -np.inf, np.inf
    for k in range(now.size):
        difference = abs(np.float64(now[k]) - np.float64(before[k]))
        if not np.isnan(difference):
            n += 1
            total += difference
            high, low = max(high, difference), min(low, difference)
    if n == 0:
        return 2
    return int(high < largest and low < smallest and total / n < mean)
