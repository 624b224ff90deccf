"""Argo test 11: gradient (no longer used by Argo since 2020, kept for older procedures)."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import (
    HALF_UNIT_FLOAT32,
    between_neighbours,
    levels_with_values,
    longest_row,
    n_missing,
    stored_error,
)
from kernels.registry import qc_test


def measure(
    row_start: Array, value: Array, pressure: Array, shallow: float, deep: float, deep_from: float
) -> tuple[Array, Array, Array]:
    """Distance from the mean of the neighbours, and the largest accepted one."""
    above, at, below = between_neighbours(row_start, value)
    distance = np.where(np.isnan(pressure), np.nan, np.abs(at - (above + below) / 2))
    error = HALF_UNIT_FLOAT32 * (np.abs(at) + (np.abs(above) + np.abs(below)) / 2)
    highest = np.where(pressure < deep_from, shallow, deep) + error
    untested = np.isnan(distance)
    return distance, np.where(untested, np.nan, 0.0), np.where(untested, np.nan, highest)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="gradient |V2 - (V1 + V3)/2|",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 11 (gradient, retired in 2020)",
    example={"shallow": 9.0, "deep": 3.0, "deep_from": 500.0},
)
@compiled
def gradient(
    row_start: Array, value: Array, pressure: Array, shallow: float, deep: float, deep_from: float
) -> Array:
    """Values too far from the mean of their neighbours: the curvature that Argo calls gradient.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    shallow, deep : largest accepted distance at pressures below ``deep_from``, and from there on.
    deep_from : dbar

    Returns
    -------
    outcome : (n_obs,) uint8, as for ``kernels.qc.spike``.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data before 2020, test 11: temperature 9 and 3 degrees
    Celsius, salinity 1.5 and 0.5, above and below 500 dbar. It is retired because it fails good values in
    sharp thermoclines. Peers: GTSPP 10 and 5 degrees Celsius.
    """
    outcome = np.full(value.size, 2, np.uint8)
    level = np.empty(longest_row(row_start), np.int64)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        v, p, o = value[first:stop], pressure[first:stop], outcome[first:stop]
        if n_missing(v) == 0:
            for i in range(1, v.size - 1):
                o[i] = _judge(v[i - 1], v[i], v[i + 1], p[i], shallow, deep, deep_from)
        else:
            for k in range(1, levels_with_values(v, level) - 1):
                i, above, below = level[k], level[k - 1], level[k + 1]
                o[i] = _judge(v[above], v[i], v[below], p[i], shallow, deep, deep_from)
    return outcome


@inlined
def _judge(
    above: float, at: float, below: float, p: float, shallow: float, deep: float, deep_from: float
) -> int:
    above, at, below = np.float64(above), np.float64(at), np.float64(below)
    distance = abs(at - (above + below) / 2)
    limit = (shallow if p < deep_from else deep) + stored_error(abs(at) + (abs(above) + abs(below)) / 2)
    return 2 if np.isnan(p) else int(distance > limit)
