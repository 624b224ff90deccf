"""A profile in few numbers, by which the cycles of a platform are compared."""

import numpy as np
from numpy.typing import NDArray

from kernels.compiled import Array, compiled


@compiled
def layer_means(
    row_start: Array, pressure: Array, value: Array, thickness: float, n_layer: int
) -> NDArray[np.float64]:
    """Mean of each profile in layers of equal thickness from the surface.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    pressure : (n_obs,) dbar; NaN where missing.
    value : (n_obs,) NaN where missing.
    thickness : dbar
    n_layer : what lies deeper than ``n_layer * thickness`` is left out.

    Returns
    -------
    mean : (n_row, n_layer) NaN where a layer holds no value. A value on a boundary belongs to the layer
        above it, one above the surface to the first layer, as in the Coriolis implementation of Argo's
        test 18 (which leaves out the layer that a profile ends in; here it has a mean as well).
    """
    n_row = row_start.size - 1
    mean = np.zeros((n_row, n_layer))
    n = np.zeros(n_layer, np.int64)
    for row in range(n_row):
        n[:] = 0
        for i in range(row_start[row], row_start[row + 1]):
            p, v = np.float64(pressure[i]), np.float64(value[i])
            if np.isnan(p + v) or p > n_layer * thickness:
                continue
            layer = max(int(np.ceil(p / thickness)) - 1, 0)
            mean[row, layer] += v
            n[layer] += 1
        for layer in range(n_layer):
            mean[row, layer] = mean[row, layer] / n[layer] if n[layer] else np.nan
    return mean


@compiled
def deep_mean(row_start: Array, pressure: Array, value: Array, thickness: float) -> NDArray[np.float64]:
    """Mean of each profile over its deepest part.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    pressure : (n_obs,) dbar; NaN where missing.
    value : (n_obs,) NaN where missing.
    thickness : of the part, dbar, from the deepest value upward; both ends belong to it.

    Returns
    -------
    mean : (n_row,) NaN where a profile has no value with a pressure.
    """
    n_row = row_start.size - 1
    mean = np.full(n_row, np.nan)
    for row in range(n_row):
        first, stop = row_start[row], row_start[row + 1]
        deepest = -np.inf
        for i in range(first, stop):
            p = np.float64(pressure[i])
            if p > deepest and not np.isnan(value[i]):
                deepest = p
        total, n = 0.0, 0
        for i in range(first, stop):
            v = np.float64(value[i])
            if np.float64(pressure[i]) >= deepest - thickness and not np.isnan(v):
                total += v
                n += 1
        if n:
            mean[row] = total / n
    return mean
