"""QuinCe's outlier test: values far from the mean of their series."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(
    sequence_start: Array, value: Array, deviations: float, fewest_values: float = 2.0
) -> tuple[Array, Array, Array]:
    """The value, and the interval around the mean of its series that is accepted."""
    measured, lowest, highest = (np.full(value.size, np.nan) for _ in range(3))
    for first, stop in pairwise(sequence_start):
        known = first + np.flatnonzero(~np.isnan(value[first:stop]))
        if known.size >= max(fewest_values, 1):
            wide = value[known].astype(np.float64)
            mean = wide[0] + np.mean(wide - wide[0])
            accepted = deviations * np.sqrt(np.mean((wide - mean) ** 2))
            measured[known], lowest[known], highest[known] = wide, mean - accepted, mean + accepted
    return measured, lowest, highest


@qc_test(
    on="observation",
    features=("trajectories",),
    measure=measure,
    quantity="value, against mean and standard deviations of its series",
    reference="QuinCe, OutlierRoutine",
    example={"deviations": 5.0},
    tie=1e-9,
)
@compiled
def outlier(sequence_start: Array, value: Array, deviations: float, fewest_values: float = 2.0) -> Array:
    """Values of a time series that are many standard deviations from its mean.

    The value itself is among those that mean and standard deviation (of the population) are taken from, so
    that a series of ``n`` values holds none beyond ``sqrt(n - 1)`` standard deviations: with five of them,
    no series of fewer than 27 values has an outlier.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of each time series: what QuinCe calls a data set.
    value : (n_obs,) in its canonical unit; NaN where missing.
    deviations : largest accepted distance from the mean, in standard deviations.
    fewest_values : series with fewer values are not tested.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value is missing or the series too short.

    References
    ----------
    QuinCe, OutlierRoutine and its configuration: 5 standard deviations. It also tests a series of one value,
    which passes.
    """
    outcome = np.full(value.size, 2, np.uint8)
    for sequence in range(sequence_start.size - 1):
        first, stop = sequence_start[sequence], sequence_start[sequence + 1]
        v, o = value[first:stop], outcome[first:stop]
        n, mean, std = _moments(v)
        if n >= max(fewest_values, 1.0):
            low, high = mean - deviations * std, mean + deviations * std
            for i in range(v.size):
                at = np.float64(v[i])
                o[i] = 2 if np.isnan(at) else np.uint8(at < low or at > high)
    return outcome


@compiled
def _moments(value: Array) -> tuple[int, float, float]:
    """Number of values, mean and standard deviation, about the first value so that equal ones give 0."""
    n, total, origin = 0, 0.0, np.nan
    for i in range(value.size):
        if not np.isnan(value[i]):
            origin = np.float64(value[i]) if n == 0 else origin
            total += np.float64(value[i]) - origin
            n += 1
    mean, square = origin + total / n, 0.0
    for i in range(value.size):
        if not np.isnan(value[i]):
            square += (np.float64(value[i]) - mean) ** 2
    return n, mean, np.sqrt(square / n)
