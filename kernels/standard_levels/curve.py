"""Profiles as curves: values at standard levels with the error of interpolation, and layer integrals."""

from typing import NamedTuple

import numpy as np

from kernels.climatology.levels import largest_gap
from kernels.compiled import Array, compiled, inlined
from kernels.standard_levels.reiniger_ross import reiniger_ross
from kernels.standard_levels.slopes import monotone_slopes, rotated_slopes

SCHEMES = ("linear", "pchip", "reiniger_ross", "mrst_pchip")
"""Straight lines; monotone cubics (Fritsch and Butland 1984); weighted parabolas (Reiniger and Ross 1968);
multiply-rotated monotone cubics of two variables (Barker and McDougall 2020), as in gsw. The last counts
levels, not metres: alone of the four it does not give back a straight line between unequal distances."""
LINEAR, PCHIP, REINIGER_ROSS, MRST_PCHIP = range(len(SCHEMES))
GAUSS = np.polynomial.legendre.leggauss(5)
"""Nodes and weights that integrate a polynomial of degree nine exactly: a cubic of a cubic."""
NODES, WEIGHTS = GAUSS[0], GAUSS[1]
ROUGHNESS = 2.0
"""Root mean square of the true error of interpolation in units of the remainder term that
``interpolation_error`` estimates: real profiles bend on scales that their levels do not show. Measured on
ten full CTD casts of WOCE and GO-SHIP (temperature and salinity, all four schemes): 1.9-2.0 where they are
thinned to 33 standard depths, 1.6-2.4 to every 10 m, 0.6-0.9 to 22 depths at random."""


class Curve(NamedTuple):
    """Ordered levels of profiles and the curve through them.

    ``row_start`` (n_row + 1,) offsets, ``depth`` (n_obs,) m, strictly increasing, ``value`` (n_obs,);
    ``slope`` (n_obs,) by depth, with ``mrst_pchip`` by level number; ``number_slope`` (n_obs,) levels per m.
    """

    scheme: int
    row_start: Array
    depth: Array
    value: Array
    slope: Array
    number_slope: Array


def curve(
    scheme: str,
    row_start: Array,
    depth: Array,
    value: Array,
    companion: Array | None = None,
    ratio: float = 1.0,
) -> Curve:
    """The curve of a scheme through ordered levels (``kernels.climatology.levels.ordered_levels``).

    Parameters
    ----------
    scheme : one of ``SCHEMES``.
    row_start, depth, value : offsets, depths (m, strictly increasing in each profile) and values, no NaN.
    companion, ratio : of ``mrst_pchip`` alone: the second variable at the same levels (NaN where it is not
        known), and what it is multiplied with; see ``kernels.standard_levels.slopes.rotated_slopes``.

    Raises
    ------
    ValueError
        for an unknown scheme, and where ``mrst_pchip`` has no companion.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"unknown scheme of interpolation {scheme!r}; there are {', '.join(SCHEMES)}")
    kind, none = SCHEMES.index(scheme), np.empty(0)
    if kind == PCHIP:
        return Curve(kind, row_start, depth, value, monotone_slopes(row_start, depth, value), none)
    if kind == MRST_PCHIP:
        if companion is None:
            raise ValueError("mrst_pchip interpolates two variables together: it needs a companion")
        numbers = monotone_slopes(row_start, depth, np.arange(depth.size, dtype=np.float64))
        return Curve(
            kind, row_start, depth, value, rotated_slopes(row_start, value, companion, ratio), numbers
        )
    return Curve(kind, row_start, depth, value, none, none)


@compiled
def at_standard_levels(
    profiles: Curve, levels: Array, gap_at_surface: float, gap_per_depth: float
) -> tuple[Array, Array]:
    """Profiles at standard levels, without extrapolation, and the error of interpolation.

    Parameters
    ----------
    profiles : from ``curve``.
    levels : (n_level,) m, increasing, positive down.
    gap_at_surface, gap_per_depth : see ``kernels.climatology.levels.largest_gap``; no wider gap is bridged.

    Returns
    -------
    value : (n_row, n_level) NaN where a level is not within the profile or in too wide a gap.
    error : (n_row, n_level) estimate of the error of interpolation (one standard deviation), 0 on a level of
        the profile, NaN where ``value`` is; see ``interpolation_error``.
    """
    row_start, depth, given = profiles.row_start, profiles.depth, profiles.value
    value = np.full((row_start.size - 1, levels.size), np.nan)
    error = np.full(value.shape, np.nan)
    for i in range(row_start.size - 1):
        first, last = row_start[i], row_start[i + 1] - 1
        j = first
        for k in range(levels.size):
            z = levels[k]
            while j <= last and depth[j] < z:
                j += 1
            if j > last:
                break
            if depth[j] == z:
                value[i, k], error[i, k] = given[j], 0.0
            elif j > first:
                gap = depth[j] - depth[j - 1]
                if gap <= largest_gap(depth[j - 1], depth[j], gap_at_surface, gap_per_depth):
                    value[i, k] = between(profiles, z, j, first, last)
                    error[i, k] = interpolation_error(depth, given, z, j, first, last)
    return value, error


@compiled
def layer_integral(
    profiles: Curve,
    top: float,
    bottom: float,
    surface_extension: float,
    gap_at_surface: float,
    gap_per_depth: float,
) -> tuple[Array, Array]:
    """Integral of the curve over depth between two exact bounds, and how much of the layer it covers.

    As ``kernels.indicators.layer.layer_integral``, which it equals for straight lines: nothing is
    extrapolated but the shallowest level upward, and too wide gaps are not covered. Exact for every scheme
    that is a polynomial between two levels; of Reiniger and Ross, whose curve is not, the Gauss formula of
    five nodes.

    Returns
    -------
    integral : (n_row,) in the unit of the value times m, over the covered part; NaN where that is nothing.
    covered : (n_row,) m of the layer.
    """
    row_start, depth, given = profiles.row_start, profiles.depth, profiles.value
    integral, covered = np.full(row_start.size - 1, np.nan), np.zeros(row_start.size - 1)
    for i in range(row_start.size - 1):
        first, last = row_start[i], row_start[i + 1] - 1
        total, thick = 0.0, 0.0
        if last >= first and depth[first] <= surface_extension:
            reach = min(depth[first], bottom) - max(0.0, top)
            if reach > 0:
                total, thick = given[first] * reach, reach
        for j in range(first + 1, last + 1):
            if depth[j - 1] >= bottom:
                break
            a, b = max(depth[j - 1], top), min(depth[j], bottom)
            gap = depth[j] - depth[j - 1]
            if b > a and gap <= largest_gap(depth[j - 1], depth[j], gap_at_surface, gap_per_depth):
                total += _piece(profiles, a, b, j, first, last)
                thick += b - a
        covered[i] = thick
        if thick > 0:
            integral[i] = total
    return integral, covered


@compiled
def _piece(profiles: Curve, a: float, b: float, j: int, first: int, last: int) -> float:
    """Integral from ``a`` to ``b``, both between level ``j`` and the one above it."""
    if profiles.scheme == LINEAR:
        return (b - a) * between(profiles, 0.5 * (a + b), j, first, last)
    total = 0.0
    for n in range(NODES.size):
        z = 0.5 * ((a + b) + NODES[n] * (b - a))
        total += WEIGHTS[n] * between(profiles, z, j, first, last)
    return 0.5 * (b - a) * total


@inlined
def between(profiles: Curve, z: float, j: int, first: int, last: int) -> float:
    """The curve at a depth between level ``j`` and the one above it."""
    depth, value, slope = profiles.depth, profiles.value, profiles.slope
    h = depth[j] - depth[j - 1]
    t = (z - depth[j - 1]) / h
    if profiles.scheme == PCHIP:
        return _hermite(t, value[j - 1], value[j], slope[j - 1] * h, slope[j] * h)
    if profiles.scheme == MRST_PCHIP:
        number = _hermite(t, 0.0, 1.0, profiles.number_slope[j - 1] * h, profiles.number_slope[j] * h)
        return _hermite(number, value[j - 1], value[j], slope[j - 1], slope[j])
    if profiles.scheme == REINIGER_ROSS and j - 1 > first and j < last:
        return reiniger_ross(z, depth, value, j)
    return value[j - 1] + (value[j] - value[j - 1]) * (z - depth[j - 1]) / h  # type: ignore[no-any-return]


@inlined
def _hermite(t: float, v0: float, v1: float, d0: float, d1: float) -> float:
    """Cubic on 0..1 with given values and slopes at both ends."""
    step, s = v1 - v0, 1.0 - t
    return v0 + t * (step + s * (s * (d0 - step) + t * (step - d1)))


@inlined
def interpolation_error(depth: Array, value: Array, z: float, j: int, first: int, last: int) -> float:
    """Estimate of the error of interpolation (one standard deviation) between level ``j`` and the one above.

    The remainder term of the straight line, ``(z - z0) (z1 - z) f'' / 2``, with the root mean square of the
    two second divided differences that neighbouring levels allow, times ``ROUGHNESS``. In real profiles the
    schemes differ among themselves by a tenth of their error, so that one estimate stands for all. Between
    two levels alone, where nothing is known of the curvature: the difference between the straight line and
    the nearer level.

    References
    ----------
    Remainder of linear interpolation: de Boor, C., 1978: A practical guide to splines, chapter III (from
    memory, not checked). The idea to carry such an error with the value is that of ISAS (Gaillard et al.
    2009, Journal of Atmospheric and Oceanic Technology 26, 413-429), which keeps a measurement and an
    unresolved part (TEMP_ERME, TEMP_ERUR) but gives no formula for this one.
    """
    above, below = z - depth[j - 1], depth[j] - z
    h = above + below
    step = value[j] - value[j - 1]
    upper, lower = np.nan, np.nan
    if j - 1 > first:
        secant = (value[j - 1] - value[j - 2]) / (depth[j - 1] - depth[j - 2])
        upper = (step / h - secant) / (depth[j] - depth[j - 2])
    if j < last:
        secant = (value[j + 1] - value[j]) / (depth[j + 1] - depth[j])
        lower = (secant - step / h) / (depth[j + 1] - depth[j - 1])
    if np.isnan(upper) and np.isnan(lower):
        return abs(step) * min(above, below) / h  # type: ignore[no-any-return]
    if np.isnan(upper):
        upper = lower
    if np.isnan(lower):
        lower = upper
    return ROUGHNESS * above * below * np.sqrt(0.5 * (upper * upper + lower * lower))  # type: ignore[no-any-return]
