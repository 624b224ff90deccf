"""Negative spikes of optical sensors."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.five_levels import (
    BESIDE,
    gather_values,
    medians_of_five,
    running_median_by_numpy,
    sequences_of_values,
)
from kernels.levels import HALF_UNIT_FLOAT32, longest_row, stored_error
from kernels.registry import qc_test


def measure(
    sequence_start: Array, value: Array, percentile: float = 10.0, factor: float = 2.0
) -> tuple[Array, Array, Array]:
    """Residual to the median, and the lowest accepted one."""
    residual, lowest = np.full(value.size, np.nan), np.full(value.size, np.nan)
    for at, v in sequences_of_values(sequence_start, value):
        if v.size >= 5:
            median = running_median_by_numpy(v, 5)
            residual[at] = v - median
            limit = factor * np.minimum(np.nanpercentile(residual[at], percentile), 0.0)
            lowest[at] = limit - HALF_UNIT_FLOAT32 * (1 + factor) * (np.abs(v) + np.abs(median))
    untested = np.isnan(residual)
    return residual, np.where(untested, np.nan, lowest), np.where(untested, np.nan, np.inf)


@qc_test(
    on="observation",
    measure=measure,
    quantity="residual to the median of five values",
    reference="BGC-Argo quality control of chlorophyll-a and backscattering, negative spike test",
    example={"percentile": 10.0, "factor": 2.0},
    tie=1e-9,
)
@compiled
def negative_spike(
    sequence_start: Array, value: Array, percentile: float = 10.0, factor: float = 2.0
) -> Array:
    """Values further below the median of five than most values of the profile are.

    Positive spikes of chlorophyll and backscattering are particles and stay.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of what follows one another.
    value : (n_obs,) in its canonical unit; NaN where missing.
    percentile : of the residuals to the median, 0..100, linear between two of them.
    factor : residuals below this many times the percentile fail.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value is missing, and for the first two and the last two
        values of a sequence. Missing values are passed over. A residual below the limit by no more than the
        rounding to float32 passes.

    References
    ----------
    Schmechtig, C., et al., 2018: BGC-Argo quality control manual for the chlorophyll-a concentration:
    residual < 2 times its 10th percentile. Peers: medsrtqc takes medians of the positive values only, and its
    residuals at the ends are NaN, as then is the percentile. A percentile above 0 counts as 0, so that a
    value on its median is no negative spike.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest = longest_row(sequence_start) + 1
    level, v, median = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    for sequence in range(sequence_start.size - 1):
        first, stop = sequence_start[sequence], sequence_start[sequence + 1]
        n, o = gather_values(value[first:stop], level, v), outcome[first:stop]
        if n <= 2 * BESIDE:
            continue
        medians_of_five(v[:n], median)
        residual = v[BESIDE : n - BESIDE] - median[BESIDE : n - BESIDE]
        limit = factor * min(np.percentile(residual, percentile), 0.0)
        for k in range(BESIDE, n - BESIDE):
            error = (1.0 + factor) * stored_error(abs(v[k]) + abs(median[k]))
            o[level[k]] = residual[k - BESIDE] < limit - error
    return outcome
