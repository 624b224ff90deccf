"""Argo test 6, its part on pressure: impossibly low pressure."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(value: Array, minimum: float) -> tuple[Array, Array, Array]:
    """The pressure and the lowest accepted one."""
    known = ~np.isnan(value)
    low = value.dtype.type(minimum)
    return np.asarray(value), np.where(known, low, np.nan), np.where(known, np.inf, np.nan)


@qc_test(
    on="observation",
    measure=measure,
    quantity="pressure",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 6 (global range, pressure)",
    example={"minimum": -5.0},
)
@compiled
def gross_pressure(value: Array, minimum: float) -> Array:
    """Pressures too far above the surface.

    Parameters
    ----------
    value : (n_obs,) pressure in dbar; NaN where missing.
    minimum : lowest accepted pressure, dbar; rounded to the precision of ``value``.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the pressure is missing.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 6: below -5 dbar pressure, temperature and
    salinity are bad; from -5 to below -2.4 dbar probably bad. A procedure has one entry for each limit.
    """
    low = value.dtype.type(minimum)
    outcome = np.empty(value.size, np.uint8)
    for i in range(value.size):
        outcome[i] = 2 if np.isnan(value[i]) else value[i] < low
    return outcome
