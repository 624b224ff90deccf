"""Depths of expendable probes computed again with another fall-rate equation."""

import numpy as np

from kernels.compiled import Array, compiled, inlined


@compiled
def depth_by_fall_rate(row_start: Array, depth: Array, delivered: Array, adjusted: Array) -> Array:
    """Depths from the time of fall that belongs to the delivered ones.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    depth : (n_obs,) m, positive down; NaN where missing.
    delivered, adjusted : (n_row, 2) ``a`` (m s-1) and ``b`` (m s-2) of ``a t - b t**2``; NaN in either leaves
        the row as it is.

    Returns
    -------
    depth : (n_obs,) m; NaN where missing, and where a probe of the delivered equation never gets.

    References
    ----------
    Hanawa, K., P. Rual, R. Bailey, A. Sy and M. Szabados, 1995: A new depth-time equation for Sippican or TSK
    T-7, T-6 and T-4 expendable bathythermographs (XBT). Deep-Sea Research I 42, 1423-1451. Its approximate
    conversion (IOC Technical Series 42) is ``1.0417 z - 75.096 (1 - sqrt(1 - 0.0002063 z))``; we solve the
    quadratic equation, which needs no coefficients of its own for each pair of equations.
    """
    out = np.empty(depth.size)
    for i in range(row_start.size - 1):
        a, b, c, d = delivered[i, 0], delivered[i, 1], adjusted[i, 0], adjusted[i, 1]
        known = not np.isnan(a + b + c + d)
        for j in range(row_start[i], row_start[i + 1]):
            out[j] = _fallen(np.float64(depth[j]), a, b, c, d) if known else depth[j]
    return out


@inlined
def _fallen(depth: float, a: float, b: float, c: float, d: float) -> float:
    time = 2.0 * depth / (a + np.sqrt(a * a - 4.0 * b * depth))
    return c * time - d * time * time  # type: ignore[no-any-return]
