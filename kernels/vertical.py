"""Pressure and depth, one from the other where only one was measured (TEOS-10)."""

import gsw
import numpy as np

from kernels.compiled import Array


def depth_of(pressure: Array, depth: Array, latitude: Array) -> Array:
    """Depth of each observation: the delivered one, else from its pressure.

    Parameters
    ----------
    pressure : (n_obs,) dbar; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    latitude : (n_obs,) degrees north.

    Returns
    -------
    depth : (n_obs,) float64 m, positive down; NaN where neither is known.

    References
    ----------
    IOC, SCOR and IAPSO, 2010: TEOS-10 manual, section 3.32 (gsw ``z_from_p``).
    """
    out = np.asarray(depth, np.float64).copy()
    wanted = np.isnan(out)
    if wanted.any():
        out[wanted] = -gsw.z_from_p(np.asarray(pressure, np.float64)[wanted], np.asarray(latitude)[wanted])
    return out


def pressure_of(pressure: Array, depth: Array, latitude: Array) -> Array:
    """Pressure of each observation: the delivered one, else from its depth; see ``depth_of``.

    Returns
    -------
    pressure : (n_obs,) float64 dbar; NaN where neither is known.
    """
    out = np.asarray(pressure, np.float64).copy()
    wanted = np.isnan(out)
    if wanted.any():
        out[wanted] = gsw.p_from_z(-np.asarray(depth, np.float64)[wanted], np.asarray(latitude)[wanted])
    return out
