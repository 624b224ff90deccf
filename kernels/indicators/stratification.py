"""How strongly the water of a layer is stratified."""

import gsw
import numpy as np

from kernels.climatology.levels import largest_gap
from kernels.compiled import Array, compiled
from kernels.teos10 import specific_volume, specific_volume_terms


def layer_stratification(
    row_start: Array,
    water: tuple[Array, Array, Array, Array],
    latitude: Array,
    top: float,
    bottom: float,
    surface_extension: float,
    gap_at_surface: float,
    gap_per_depth: float,
) -> tuple[Array, Array]:
    """Integral of the squared buoyancy frequency over a layer, and how much of the layer it covers.

    Between two levels N2 is ``g**2 (v_upper - v_lower) / (v**2 dp)``, both volumes at the pressure half
    way, so that compression does not count. Bounds, surface and gaps as in ``layer_integral``: above the
    shallowest level the water is taken as mixed.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    water : depth (m, strictly increasing in each profile), pressure (dbar), Absolute Salinity (g kg-1) and
        Conservative Temperature (degC), each (n_obs,), no NaN.
    latitude : (n_row,) degrees north.
    top, bottom, surface_extension : m.
    gap_at_surface, gap_per_depth : see ``kernels.climatology.levels.largest_gap``.

    Returns
    -------
    integral : (n_row,) m s-2 over the covered part; NaN where that is nothing. Divided by the layer's
        thickness it is the mean N2, s-2.
    covered : (n_row,) m of the layer.

    References
    ----------
    Li, G., L. Cheng, J. Zhu, K. E. Trenberth, M. E. Mann and J. P. Abraham, 2020: Increasing ocean
    stratification over the past half-century. Nature Climate Change 10, 1116-1123: N2 of 0-200 and 0-2000 m.
    IOC, SCOR and IAPSO, 2010: TEOS-10 manual, 3.10; gsw ``Nsquared`` takes expansion coefficients at the
    middle instead of volumes, which differs by less than 0.2 % over steps of 3 K.
    """
    gravity = gsw.grav(np.asarray(latitude, np.float64), 0.0)
    limits = (top, bottom, surface_extension, gap_at_surface, gap_per_depth)
    integral, covered = _layer_stratification(row_start, *water, gravity, *limits)
    return integral, covered


@compiled
def _layer_stratification(
    row_start: Array,
    depth: Array,
    p: Array,
    SA: Array,
    CT: Array,
    gravity: Array,
    top: float,
    bottom: float,
    surface_extension: float,
    gap_at_surface: float,
    gap_per_depth: float,
) -> tuple[Array, Array]:
    integral, covered = np.full(gravity.size, np.nan), np.zeros(gravity.size)
    for i in range(gravity.size):
        first, last = row_start[i], row_start[i + 1]
        if first == last:
            continue
        total, thick = 0.0, 0.0
        if depth[first] <= surface_extension:
            thick = max(min(depth[first], bottom) - top, 0.0)
        upper = specific_volume_terms(SA[first], CT[first])
        for j in range(first + 1, last):
            z0, z1 = depth[j - 1], depth[j]
            lower = specific_volume_terms(SA[j], CT[j])
            a, b = max(z0, top), min(z1, bottom)
            if b > a and z1 - z0 <= largest_gap(z0, z1, gap_at_surface, gap_per_depth):
                middle = 0.5 * (p[j - 1] + p[j])
                v0, v1 = specific_volume(upper, middle), specific_volume(lower, middle)
                slope = 4.0 * (v0 - v1) / ((v0 + v1) ** 2 * 1e4 * (p[j] - p[j - 1]))
                total += gravity[i] ** 2 * slope * (b - a)
                thick += b - a
            upper = lower
            if z1 >= bottom:
                break
        covered[i] = thick
        if thick > 0.0:
            integral[i] = total
    return integral, covered
