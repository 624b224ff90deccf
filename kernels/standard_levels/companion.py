"""A second variable at the levels of the first."""

import numpy as np

from kernels.compiled import Array, compiled


@compiled
def at_same_depths(
    row_start: Array, depth: Array, other_start: Array, other_depth: Array, other_value: Array
) -> Array:
    """Values of a second variable where it was measured at the very depths of the first.

    Parameters
    ----------
    row_start, depth : levels of the first variable (``kernels.climatology.levels.ordered_levels``), m.
    other_start, other_depth, other_value : levels of the second, of the same profiles.

    Returns
    -------
    value : (n_obs,) at ``depth``; NaN where the second variable has no level there.
    """
    out = np.full(depth.size, np.nan)
    for i in range(row_start.size - 1):
        k = other_start[i]
        for j in range(row_start[i], row_start[i + 1]):
            while k < other_start[i + 1] and other_depth[k] < depth[j]:
                k += 1
            if k < other_start[i + 1] and other_depth[k] == depth[j]:
                out[j] = other_value[k]
    return out
