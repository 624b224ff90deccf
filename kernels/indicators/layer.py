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
) -> tuple[Array, Array, Array]:
    """Integral over depth between two exact bounds, how much of the layer it covers, and a guess of the rest.

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
    rest : (n_row,) what the part that is not covered holds if every metre of it has the value of the usable
        level next to it.
    """
    n_row = row_start.size - 1
    integral, covered, rest = np.full(n_row, np.nan), np.zeros(n_row), np.zeros(n_row)
    for i in range(n_row):
        total, thick, left, upper = 0.0, 0.0, 0.0, -1
        for j in range(row_start[i], row_start[i + 1]):
            if np.isnan(value[j]):
                continue
            z1, v1 = depth[j], value[j]
            if upper < 0:
                reach = min(z1, bottom) - max(0.0, top)
                if z1 <= surface_extension and reach > 0:
                    total += v1 * reach
                    thick += reach
                elif reach > 0:
                    left += v1 * reach
            else:
                z0, v0 = depth[upper], value[upper]
                a, b = max(z0, top), min(z1, bottom)
                if b > a and z1 - z0 <= largest_gap(z0, z1, gap_at_surface, gap_per_depth):
                    middle = v0 + (v1 - v0) * (0.5 * (a + b) - z0) / (z1 - z0)
                    total += middle * (b - a)
                    thick += b - a
                elif b > a:
                    half = min(max(0.5 * (z0 + z1), a), b)
                    left += v0 * (half - a) + v1 * (b - half)
            upper = j
            if z1 >= bottom:
                break
        if upper >= 0:
            left += value[upper] * max(bottom - max(depth[upper], top), 0.0)
        covered[i], rest[i] = thick, left
        if thick > 0:
            integral[i] = total
    return integral, covered, rest


def filled_to_layer(
    integral: Array, covered: Array, rest: Array, thickness: float, minimum: float
) -> tuple[Array, Array]:
    """Integrals over the whole layer of columns that cover most of it.

    Parameters
    ----------
    integral, covered, rest : (n_row,) from ``layer_integral``. Anomalies fade with depth: a column that ends
        above the bottom of the layer would be given too much by the mean of what it covers.
    thickness, minimum : as in ``scaled_to_layer``.

    Returns
    -------
    integral, fraction : as of ``scaled_to_layer``.
    """
    fraction = np.minimum(covered / thickness, 1.0)
    return np.where(fraction >= minimum - ROUNDING, integral + rest, np.nan), fraction


ROUNDING = 1e-9
"""Of a sum of thicknesses: it must not lose a column at the threshold."""


def scaled_to_layer(integral: Array, covered: Array, thickness: float, minimum: float) -> tuple[Array, Array]:
    """Integrals scaled to the whole layer: mean of the covered part times the layer's thickness.

    Parameters
    ----------
    integral, covered : (n_row,) over the part of the layer that is covered, and m of it.
    thickness : of the layer, m.
    minimum : covered fraction below which a column is left out (NaN).

    Returns
    -------
    integral : (n_row,) over the whole layer, NaN where left out.
    fraction : (n_row,) of the layer that is covered, 0..1.
    """
    fraction = np.minimum(covered / thickness, 1.0)
    enough = fraction >= minimum - ROUNDING
    return np.where(enough, integral / np.where(enough, fraction, 1.0), np.nan), fraction
