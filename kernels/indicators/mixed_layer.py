"""Depth of the mixed layer."""

import numpy as np

from kernels.climatology.levels import largest_gap
from kernels.compiled import Array, compiled


@compiled
def mixed_layer_depth(
    row_start: Array,
    depth: Array,
    value: Array,
    reference: float,
    deepest: float,
    threshold: float,
    either_way: bool,
    surface_extension: float,
    gap_at_surface: float,
    gap_per_depth: float,
) -> Array:
    """Depth at which a profile first differs from its value at a reference depth by a threshold.

    Between levels the profile is a straight line. The threshold reached exactly counts.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    depth : (n_obs,) m, strictly increasing in each profile (``ordered_levels``).
    value : (n_obs,) temperature or potential density; no NaN.
    reference : m; where no level lies above it, the shallowest stands for it down to ``surface_extension``.
    deepest : m; a layer that reaches deeper is not given.
    threshold : in the unit of ``value``.
    either_way : both larger and smaller values end the layer (temperature); else larger ones (density).
    surface_extension : m.
    gap_at_surface, gap_per_depth : see ``kernels.climatology.levels.largest_gap``.

    Returns
    -------
    depth : (n_row,) m; NaN where the profile has no value at the reference depth, ends within the mixed
        layer, or has too wide a gap where the layer may end.

    References
    ----------
    de Boyer Montegut, C., G. Madec, A. S. Fischer, A. Lazar and D. Iudicone, 2004: Mixed layer depth over the
    global ocean: an examination of profile data and a profile-based climatology. Journal of Geophysical
    Research 109, C12003: 0.2 degC or 0.03 kg m-3 from the value at 10 m, linear between levels. A profile
    that ends within the layer has no depth here, so means of regions of deep convection are too shallow.
    """
    out = np.full(row_start.size - 1, np.nan)
    for i in range(row_start.size - 1):
        j, last = row_start[i], row_start[i + 1]
        if j == last or depth[j] > surface_extension:
            continue
        z0, v0 = depth[j], value[j]
        while j < last and depth[j] <= reference:
            z0, v0 = depth[j], value[j]
            j += 1
        if j == last:
            continue
        if z0 < reference:
            if depth[j] - z0 > largest_gap(z0, depth[j], gap_at_surface, gap_per_depth):
                continue
            v0 += (value[j] - v0) * (reference - z0) / (depth[j] - z0)
            z0 = reference
        wanted, before = v0, 0.0
        while j < last:
            z1 = depth[j]
            change = value[j] - wanted
            if z1 - z0 > largest_gap(z0, z1, gap_at_surface, gap_per_depth):
                break
            if change >= threshold or (either_way and -change >= threshold):
                limit = threshold if change > 0.0 else -threshold
                found = z1 if change == before else z0 + (z1 - z0) * (limit - before) / (change - before)
                if found <= deepest:
                    out[i] = found
                break
            z0, before = z1, change
            j += 1
    return out
