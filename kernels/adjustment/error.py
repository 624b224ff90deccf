"""Error of adjusted values: of the thermistor, and of the depth where the value changes with depth."""

import numpy as np

from kernels.compiled import Array, compiled


@compiled
def adjusted_error(
    row_start: Array, depth: Array, value: Array, value_error: Array, depth_error: Array, depth_part: Array
) -> Array:
    """Standard deviation of each value from the errors of its instrument.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    depth : (n_obs,) m, positive down; NaN where not usable.
    value : (n_obs,) NaN where not usable.
    value_error : (n_row,) in the unit of ``value``; NaN for rows without an error.
    depth_error : (n_row,) m, the least error of depth.
    depth_part : (n_row,) error of depth as part of the depth; the larger of the two counts.

    Returns
    -------
    error : (n_obs,) ``sqrt(value_error**2 + (gradient * error of depth)**2)``, the gradient that between the
        usable levels on either side (on one side at the ends, none in a profile of one level); NaN where the
        value is, and for rows without an error.
    """
    out = np.full(value.size, np.nan)
    for i in range(row_start.size - 1):
        if np.isnan(value_error[i]):
            continue
        errors = value_error[i], depth_error[i], depth_part[i]
        here, above = -1, -1
        for j in range(row_start[i], row_start[i + 1]):
            if np.isnan(value[j]) or np.isnan(depth[j]):
                continue
            if here >= 0:
                out[here] = _error(depth, value, above if above >= 0 else here, here, j, errors)
            above, here = here, j
        if here >= 0:
            out[here] = _error(depth, value, above if above >= 0 else here, here, here, errors)
    return out


@compiled
def _error(
    depth: Array, value: Array, upper: int, here: int, lower: int, errors: tuple[float, float, float]
) -> float:
    of_value, least, part = errors
    distance = depth[lower] - depth[upper]
    gradient = (value[lower] - value[upper]) / distance if distance != 0.0 else 0.0
    of_depth = max(least, part * abs(depth[here]))
    return np.sqrt(of_value * of_value + (gradient * of_depth) ** 2)  # type: ignore[no-any-return]


@compiled
def deepest(row_start: Array, depth: Array) -> Array:
    """Depth of the deepest usable level of each profile: (n_row,) m, NaN where there is none."""
    out = np.full(row_start.size - 1, np.nan)
    for i in range(row_start.size - 1):
        for j in range(row_start[i], row_start[i + 1]):
            if not (depth[j] <= out[i]) and not np.isnan(depth[j]):
                out[i] = depth[j]
    return out
