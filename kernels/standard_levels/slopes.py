"""Slopes at the levels of a profile that make a cubic between two of them follow the data without ringing."""

import numpy as np

from kernels.compiled import Array, compiled, inlined

N_ROTATIONS = 8
"""Pairs of axes into which McDougall and Barker turn the diagram of two variables: sixteen variables."""
TURN = np.pi / (2 * N_ROTATIONS)
CHUNK = 512
"""Levels whose slopes are turned together, so that they stay in the nearest cache."""
COSINE, SINE = np.cos(np.arange(N_ROTATIONS) * TURN), np.sin(np.arange(N_ROTATIONS) * TURN)


@compiled
def monotone_slopes(row_start: Array, depth: Array, value: Array) -> Array:
    """Slope of each profile at its levels such that cubics between them are as monotone as the data.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    depth : (n_obs,) m, strictly increasing in each profile.
    value : (n_obs,) without NaN (``kernels.climatology.levels.ordered_levels``).

    Returns
    -------
    slope : (n_obs,) unit of ``value`` per m; 0 in a profile of one level.

    References
    ----------
    Fritsch, F. N., and J. Butland, 1984: A method for constructing local monotone piecewise cubic
    interpolants. SIAM Journal on Scientific and Statistical Computing 5, 300-304: weighted harmonic mean of
    the two secants, 0 at an extremum; the three-point formula at the ends, as in scipy's PchipInterpolator.
    """
    slope = np.zeros(value.size)
    for i in range(row_start.size - 1):
        first, last = row_start[i], row_start[i + 1] - 1
        if last - first < 1:
            continue
        h = depth[first + 1] - depth[first]
        m = (value[first + 1] - value[first]) / h
        if last - first == 1:
            slope[first] = slope[last] = m
            continue
        for j in range(first + 1, last):
            below = depth[j + 1] - depth[j]
            secant = (value[j + 1] - value[j]) / below
            slope[j] = monotone_slope(h, below, m, secant)
            if j == first + 1:
                slope[first] = end_slope(h, below, m, secant)
            if j == last - 1:
                slope[last] = end_slope(below, h, secant, m)
            h, m = below, secant
    return slope


@inlined
def monotone_slope(h0: float, h1: float, m0: float, m1: float) -> float:
    """Weighted harmonic mean of the secants ``m0`` and ``m1`` over ``h0`` and ``h1``; 0 at an extremum."""
    if m0 * m1 <= 0.0:
        return 0.0
    w0, w1 = 2.0 * h1 + h0, h1 + 2.0 * h0
    return (w0 + w1) / (w0 / m0 + w1 / m1)


@inlined
def end_slope(h0: float, h1: float, m0: float, m1: float) -> float:
    """At the end beside the secant ``m0``: of the parabola through three levels, made to keep its shape."""
    slope = ((2.0 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    if slope * m0 <= 0.0:
        return 0.0
    if m0 * m1 <= 0.0 and abs(slope) > 3.0 * abs(m0):
        return 3.0 * m0
    return slope


@compiled
def rotated_slopes(row_start: Array, value: Array, companion: Array, ratio: float) -> Array:
    """Slope by level number of each profile that keeps the shape of its diagram with a second variable.

    The diagram of the two variables (temperature and salinity) is turned into sixteen directions, the
    monotone slope is taken in each, and the slopes are turned back and averaged. A Hermite cubic is linear in
    its values and slopes, and turning a value there and back leaves it as it was: so this one average per
    level stands for the sixteen interpolations and their back-rotation of the method.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) without NaN, at increasing depths.
    companion : (n_obs,) the second variable at the same levels; NaN where it was not measured, and a level
        that touches such a one has the monotone slope of ``value`` itself.
    ratio : what the companion is multiplied with, so that both have a like range in the world's ocean.

    Returns
    -------
    slope : (n_obs,) unit of ``value`` per level; 0 in a profile of one level.

    References
    ----------
    Barker, P. M., and T. J. McDougall, 2020: Two interpolation methods using multiply-rotated piecewise cubic
    Hermite interpolating polynomials. Journal of Atmospheric and Oceanic Technology 37, 605-619.
    Ratio of temperature to absolute salinity 9, as in gsw ``tracer_ct_interp``, whose numbers these slopes
    give; its ``sa_ct_interp`` besides lifts what falls below the freezing point, which we leave to be seen.
    """
    slope = _turned_inside(value, companion, ratio)
    for i in range(row_start.size - 1):
        first, last = row_start[i], row_start[i + 1] - 1
        if first == last:
            slope[first] = 0.0
        if last - first == 1:
            slope[first] = slope[last] = value[last] - value[first]
        if last - first > 1:
            slope[first] = _turned_at_end(value, companion, ratio, first, 1)
            slope[last] = _turned_at_end(value, companion, ratio, last, -1)
    return slope


@compiled
def _turned_inside(value: Array, companion: Array, ratio: float) -> Array:
    """Slope at each level that has one on either side, whatever profiles they belong to.

    One direction after the other over a stretch of levels: so the loop over levels, which has neither sums
    nor branches, runs side by side.
    """
    slope, n = np.zeros(value.size), value.size - 1
    x, y, total = np.empty(CHUNK + 1), np.empty(CHUNK + 1), np.empty(CHUNK)
    for first in range(1, n, CHUNK):
        size = min(CHUNK, n - first)
        for j in range(size + 1):
            x[j] = value[first + j] - value[first + j - 1]
            y[j] = ratio * (companion[first + j] - companion[first + j - 1])
        total[:size] = 0.0
        for k in range(N_ROTATIONS):
            c, s = COSINE[k], SINE[k]
            for j in range(size):
                v = _harmonic_mean(x[j] * c + y[j] * s, x[j + 1] * c + y[j + 1] * s)
                q = _harmonic_mean(y[j] * c - x[j] * s, y[j + 1] * c - x[j + 1] * s)
                total[j] += c * v - s * q
        for j in range(size):
            alone = np.isnan(y[j] + y[j + 1])
            slope[first + j] = _harmonic_mean(x[j], x[j + 1]) if alone else total[j] / N_ROTATIONS
    return slope


@inlined
def _harmonic_mean(m0: float, m1: float) -> float:
    """``monotone_slope`` of equal distances."""
    product = m0 * m1
    return 2.0 * product / (m0 + m1) if product > 0.0 else 0.0


@inlined
def _turned_at_end(value: Array, companion: Array, ratio: float, j: int, inward: int) -> float:
    """Slope at the first (``inward`` 1) or last (-1) level of a profile."""
    x0, x1 = value[j + inward] - value[j], value[j + 2 * inward] - value[j + inward]
    y0 = ratio * (companion[j + inward] - companion[j])
    y1 = ratio * (companion[j + 2 * inward] - companion[j + inward])
    if np.isnan(y0 + y1):
        return inward * end_slope(1.0, 1.0, x0, x1)
    total = 0.0
    for k in range(N_ROTATIONS):
        c, s = COSINE[k], SINE[k]
        total += c * end_slope(1.0, 1.0, x0 * c + y0 * s, x1 * c + y1 * s)
        total -= s * end_slope(1.0, 1.0, y0 * c - x0 * s, y1 * c - x1 * s)
    return inward * total / N_ROTATIONS
