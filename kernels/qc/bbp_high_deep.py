"""BGC-Argo particle backscattering: high deep values."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, longest_row, stored_error
from kernels.registry import qc_test
from kernels.running_median import median_of_sorted, smoothed_by_numpy, smoothed_profile


def measure(
    row_start: Array,
    value: Array,
    pressure: Array,
    threshold: float,
    deep_from: float,
    window: float,
    fewest: float,
) -> tuple[Array, Array, Array]:
    """Median of the smoothed values at depth and the largest accepted one."""
    deep = np.full(row_start.size - 1, np.nan)
    for row, (first, stop) in enumerate(pairwise(row_start)):
        v, p = value[first:stop], pressure[first:stop]
        _, pressures, smooth = smoothed_by_numpy(v, p, int(window))
        below = smooth[pressures > deep_from]
        if np.count_nonzero((p > deep_from) & ~np.isnan(v)) >= fewest and below.size:
            deep[row] = np.median(below)
    highest = threshold + HALF_UNIT_FLOAT32 * np.abs(deep)
    return deep, np.where(np.isnan(deep), np.nan, -np.inf), highest


@qc_test(
    on="row",
    features=("profiles",),
    measure=measure,
    quantity="median of the smoothed profile at depth",
    reference="Dall'Olmo et al. 2022 (BGC-Argo BBP real-time quality control), high-deep-value test",
    example={"threshold": 0.0005, "deep_from": 700.0, "window": 11.0, "fewest": 5.0},
)
@compiled
def bbp_high_deep(
    row_start: Array,
    value: Array,
    pressure: Array,
    threshold: float,
    deep_from: float,
    window: float,
    fewest: float,
) -> Array:
    """Profiles whose smoothed values are high where the water is clear: growth on the sensor, a wrong
    calibration.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) particle backscattering, m-1; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    threshold : largest accepted median, m-1.
    deep_from : deeper levels are looked at, dbar.
    window : how many levels the running median takes, odd (``kernels.running_median``).
    fewest : profiles with fewer values at depth are not tested.

    Returns
    -------
    outcome : (n_row,) uint8, ``NOT_RUN`` for profiles with too few values at depth. A median that exceeds
        the threshold by no more than the rounding to float32 passes.

    References
    ----------
    Dall'Olmo, G., and co-authors, 2022. Open Research Europe 2:118: median of the smoothed profile below
    700 dbar above 0.0005 m-1, at least 5 levels; flag 3. medsrtqc asks for more than 5 and smooths over 5.
    """
    outcome = np.full(row_start.size - 1, 2, np.uint8)
    longest = longest_row(row_start)
    work, level = np.empty((3, longest)), np.empty(longest, np.int64)
    for row in range(row_start.size - 1):
        v, p = value[row_start[row] : row_start[row + 1]], pressure[row_start[row] : row_start[row + 1]]
        n_deep = 0
        for i in range(v.size):
            n_deep += (p[i] > deep_from) and not np.isnan(v[i])
        n, _ = smoothed_profile(v, p, int(window), work, level)
        below = work[2, :n][work[1, :n] > deep_from]
        if n_deep < fewest or below.size == 0:
            continue
        below.sort()
        deep = median_of_sorted(below, below.size)
        outcome[row] = deep > threshold + stored_error(abs(deep))
    return outcome
