"""Argo test 19: deepest pressure."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(
    value: Array, pressure: Array, configured: float, tolerance: float = 0.1
) -> tuple[Array, Array, Array]:
    """The pressure, and the highest accepted one."""
    known = ~(np.isnan(value) | np.isnan(pressure))
    highest = pressure.dtype.type(configured * (1.0 + tolerance))
    return (
        np.where(known, pressure, np.nan),
        np.where(known, -np.inf, np.nan),
        np.where(known, highest, np.nan),
    )


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="pressure, dbar",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 19 (deepest pressure)",
    example={"configured": 2000.0},
)
@compiled
def deepest_pressure(value: Array, pressure: Array, configured: float, tolerance: float = 0.1) -> Array:
    """Values at pressures that the platform does not dive to.

    Parameters
    ----------
    value : (n_obs,) NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    configured : deepest pressure for which the platform is configured, dbar.
    tolerance : fraction of it that is accepted beyond; the limit is rounded to the precision of ``pressure``.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or pressure is missing.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 19: pressures above 110 % of the float's
    configured profile pressure are bad. The manual reads it from the float's configuration; here it is one
    number for the platform types of a procedure (2000 dbar, deep floats 4000 or 6000). Its version 3.6
    revised the tolerance of floats that stay shallow, which is a matter of ``tolerance``.
    """
    highest = pressure.dtype.type(configured * (1.0 + tolerance))
    outcome = np.empty(value.size, np.uint8)
    for i in range(value.size):
        unknown = np.isnan(value[i]) | np.isnan(pressure[i])
        outcome[i] = 2 if unknown else pressure[i] > highest
    return outcome
