"""Oxygen by volume, and how deep it reaches."""

import numpy as np

from kernels.climatology.levels import largest_gap
from kernels.compiled import Array, compiled


@compiled
def oxygen_concentration(oxygen: Array, density: Array) -> Array:
    """Oxygen by volume: (n,) umol kg-1 and in situ density in kg m-3 -> (n,) mmol m-3 (umol l-1)."""
    return 1e-3 * oxygen * density


@compiled
def penetration(
    row_start: Array,
    depth: Array,
    oxygen: Array,
    potential_density: Array,
    threshold: float,
    top: float,
    bottom: float,
    surface_extension: float,
    gap_at_surface: float,
    gap_per_depth: float,
) -> tuple[Array, Array]:
    """Depth, and potential density there, at which oxygen first falls below a threshold on the way down.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    depth : (n_obs,) m, strictly increasing in each profile.
    oxygen : (n_obs,) mmol m-3; no NaN.
    potential_density : (n_obs,) kg m-3 less 1000.
    threshold : mmol m-3.
    top, bottom : m, within which the depth must lie.
    surface_extension : m; a profile whose shallowest level is deeper, or lies below the threshold, has none.
    gap_at_surface, gap_per_depth : see ``kernels.climatology.levels.largest_gap``.

    Returns
    -------
    depth : (n_row,) m, linear between levels; NaN where oxygen does not fall below the threshold, or does so
        in too wide a gap.
    potential_density : (n_row,) kg m-3 less 1000, linear between the same levels.

    References
    ----------
    Capet, A., E. V. Stanev, J.-M. Beckers, J. W. Murray and M. Gregoire, 2016: Decline of the Black Sea
    oxygen inventory. Biogeosciences 13, 1287-1297; BLKSEA_OMI_HEALTH_oxygen_trend of Copernicus Marine: below
    20 umol l-1, a threshold that depends little on the precision of the sensors.
    """
    found, there = np.full(row_start.size - 1, np.nan), np.full(row_start.size - 1, np.nan)
    for i in range(row_start.size - 1):
        first = row_start[i]
        if first == row_start[i + 1] or depth[first] > surface_extension or oxygen[first] < threshold:
            continue
        for j in range(first + 1, row_start[i + 1]):
            if oxygen[j] < threshold:
                z0, z1 = depth[j - 1], depth[j]
                part = (oxygen[j - 1] - threshold) / (oxygen[j - 1] - oxygen[j])
                z = z0 + part * (z1 - z0)
                bridged = z1 - z0 <= largest_gap(z0, z1, gap_at_surface, gap_per_depth)
                if bridged and top <= z <= bottom:
                    found[i] = z
                    upper = potential_density[j - 1]
                    there[i] = upper + part * (potential_density[j] - upper)
                break
    return found, there
