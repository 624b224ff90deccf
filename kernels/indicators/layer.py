"""Integral of a profile over a layer with exact bounds."""

import numpy as np

from kernels.climatology.levels import largest_gap
from kernels.compiled import Array, compiled


@compiled
def layer_integral(
    row_start: Array,
    depth: Array,
    value: Array,
    top: float,
    bottom: float,
    surface_extension: float,
    gap_at_surface: float,
    gap_per_depth: float,
) -> tuple[Array, Array]:
    """Integral over depth between two exact bounds, and how much of the layer it covers.

    The profile is a straight line between adjacent usable levels, cut at the bounds. Nothing is
    extrapolated, but that the shallowest usable level stands for the water above it if it is not deeper
    than ``surface_extension``. Gaps wider than ``largest_gap`` are left out and not covered.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    depth : (n_obs,) m, positive down, strictly increasing in each profile (``ordered_levels``).
    value : (n_obs,) NaN where not usable.
    top, bottom : m.
    surface_extension : m.
    gap_at_surface, gap_per_depth : see ``kernels.climatology.levels.largest_gap``.

    Returns
    -------
    integral : (n_row,) in the unit of ``value`` times m, over the covered part; NaN where that is nothing.
    covered : (n_row,) m of the layer.
    """
    integral, covered = np.full(row_start.size - 1, np.nan), np.zeros(row_start.size - 1)
    for i in range(row_start.size - 1):
        total, thick, upper = 0.0, 0.0, -1
        for j in range(row_start[i], row_start[i + 1]):
            if np.isnan(value[j]):
                continue
            z1, v1 = depth[j], value[j]
            if upper < 0:
                reach = min(z1, bottom) - max(0.0, top)
                if z1 <= surface_extension and reach > 0:
                    total += v1 * reach
                    thick += reach
            else:
                z0, v0 = depth[upper], value[upper]
                a, b = max(z0, top), min(z1, bottom)
                if b > a and z1 - z0 <= largest_gap(z0, z1, gap_at_surface, gap_per_depth):
                    middle = v0 + (v1 - v0) * (0.5 * (a + b) - z0) / (z1 - z0)
                    total += middle * (b - a)
                    thick += b - a
            upper = j
            if z1 >= bottom:
                break
        covered[i] = thick
        if thick > 0:
            integral[i] = total
    return integral, covered


def scaled_to_layer(integral: Array, covered: Array, thickness: float, minimum: float) -> tuple[Array, Array]:
    """Integrals scaled to the whole layer: mean of the covered part times the layer's thickness.

    Parameters
    ----------
    integral, covered : (n_row,) from ``layer_integral``.
    thickness : of the layer, m.
    minimum : covered fraction below which a column is left out (NaN).

    Returns
    -------
    integral : (n_row,) over the whole layer, NaN where left out.
    fraction : (n_row,) of the layer that is covered, 0..1.
    """
    fraction = np.minimum(covered / thickness, 1.0)
    # a rounding error of the sum of thicknesses must not lose a column at the threshold
    enough = fraction >= minimum - 1e-9
    return np.where(enough, integral / np.where(enough, fraction, 1.0), np.nan), fraction
