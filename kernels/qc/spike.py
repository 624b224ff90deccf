"""Argo test 9: spike."""

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
    """Spike height as the manual writes it, and the largest accepted one."""
    above, at, below = between_neighbours(row_start, value)
    height = np.abs(at - (above + below) / 2) - np.abs((below - above) / 2)
    height = np.where(np.isnan(pressure), np.nan, height)
    error = HALF_UNIT_FLOAT32 * (np.abs(at) + np.maximum(np.abs(above), np.abs(below)))
    highest = np.where(pressure < deep_from, shallow, deep) + error
    return height, np.where(np.isnan(height), np.nan, -np.inf), np.where(np.isnan(height), np.nan, highest)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="spike height |V2 - (V1 + V3)/2| - |(V3 - V1)/2|",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 9 (spike)",
    example={"shallow": 6.0, "deep": 2.0, "deep_from": 500.0},
)
@compiled
def spike(
    row_start: Array, value: Array, pressure: Array, shallow: float, deep: float, deep_from: float
) -> Array:
    """Values that stand out from both neighbours in their profile.

    The manual's ``|V2 - (V1 + V3)/2| - |(V3 - V1)/2|`` is how far V2 lies outside the interval from V1 to V3.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    shallow, deep : largest accepted height at pressures below ``deep_from``, and from there on.
    deep_from : dbar

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` for the first and the last level with a value, and where value or
        pressure is missing. Levels without a value are passed over (``kernels.levels``). A height that
        exceeds the threshold by no more than the rounding to float32 passes.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 9: temperature 6 and 2 degrees Celsius,
    salinity 0.9 and 0.3, above and below 500 dbar. Peers: AutoQC and CoTeDe do not run the test beside a
    missing level; IMOS uses the shallow limits at any depth; QARTOD (ioos_qc) tests the curvature instead.
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
    height = max(at - max(above, below), min(above, below) - at)
    limit = (shallow if p < deep_from else deep) + stored_error(abs(at) + max(abs(above), abs(below)))
    return 2 if np.isnan(p) else int(height > limit)
