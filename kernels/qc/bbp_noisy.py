"""BGC-Argo particle backscattering: noisy profile."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, longest_row, stored_error
from kernels.registry import qc_test
from kernels.running_median import smoothed_by_numpy, smoothed_profile


def measure(
    row_start: Array,
    value: Array,
    pressure: Array,
    residual: float,
    fraction: float,
    deep_from: float,
    window: float,
    fewest: float,
) -> tuple[Array, Array, Array]:
    """Fraction of the values that stand out from the smoothed profile; less than ``fraction`` is accepted."""
    noisy = np.full(row_start.size - 1, np.nan)
    for row, (first, stop) in enumerate(pairwise(row_start)):
        v, p = value[first:stop], pressure[first:stop]
        n_known = np.count_nonzero(~np.isnan(v + p))
        if n_known >= max(fewest, 1):
            values, pressures, smooth = smoothed_by_numpy(v, p, int(window))
            error = HALF_UNIT_FLOAT32 * (np.abs(values) + np.abs(smooth))
            out = (np.abs(values - smooth) > residual + error) & (pressures > deep_from)
            noisy[row] = np.count_nonzero(out) / n_known
    untested = np.isnan(noisy)
    below = np.nextafter(fraction, -np.inf)
    return noisy, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, below)


@qc_test(
    on="row",
    features=("profiles",),
    measure=measure,
    quantity="fraction of values that stand out from the smoothed profile",
    reference="Dall'Olmo et al. 2022 (BGC-Argo BBP real-time quality control), noisy-profile test",
    example={"residual": 0.0005, "fraction": 0.1, "deep_from": 100.0, "window": 11.0, "fewest": 11.0},
)
@compiled
def bbp_noisy(
    row_start: Array,
    value: Array,
    pressure: Array,
    residual: float,
    fraction: float,
    deep_from: float,
    window: float,
    fewest: float,
) -> Array:
    """Profiles of which many values stand out from the running median.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) particle backscattering, m-1; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    residual : a value stands out if it lies further from the median, m-1.
    fraction : profiles fail in which this part of all values stands out, or more.
    deep_from : only values at higher pressures stand out, dbar: near the surface spikes are often real.
    window : how many levels the running median takes, odd (``kernels.running_median``).
    fewest : profiles with fewer values are not tested.

    Returns
    -------
    outcome : (n_row,) uint8, ``NOT_RUN`` for profiles with too few values.

    References
    ----------
    Dall'Olmo, G., and co-authors, 2022. Open Research Europe 2:118: 0.0005 m-1, at least 10 % of the
    profile, below 100 dbar; flag 3. As in the authors' code the median runs over 11 levels, and more than
    10 values are needed.
    """
    outcome = np.full(row_start.size - 1, 2, np.uint8)
    longest = longest_row(row_start)
    work, level = np.empty((3, longest)), np.empty(longest, np.int64)
    for row in range(row_start.size - 1):
        v, p = value[row_start[row] : row_start[row + 1]], pressure[row_start[row] : row_start[row + 1]]
        n, n_known = smoothed_profile(v, p, int(window), work, level)
        if n_known < max(fewest, 1.0):
            continue
        n_out = 0
        for k in range(n):
            error = stored_error(abs(work[0, k]) + abs(work[2, k]))
            n_out += (abs(work[0, k] - work[2, k]) > residual + error) and (work[1, k] > deep_from)
        outcome[row] = n_out / n_known >= fraction
    return outcome
