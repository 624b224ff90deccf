"""Argo test 6: global range."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(value: Array, minimum: float, maximum: float) -> tuple[Array, Array, Array]:
    """The value and its limits, as numbers of the precision in which values are stored."""
    known = ~np.isnan(value)
    low, high = value.dtype.type(minimum), value.dtype.type(maximum)
    return np.asarray(value), np.where(known, low, np.nan), np.where(known, high, np.nan)


@qc_test(
    on="observation",
    measure=measure,
    quantity="value",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 6 (global range)",
    example={"minimum": -2.5, "maximum": 40.0},
)
@compiled
def global_range(value: Array, minimum: float, maximum: float) -> Array:
    """Values outside the range that occurs in the ocean.

    Parameters
    ----------
    value : (n_obs,) in its canonical unit; NaN where missing.
    minimum, maximum : lowest and highest accepted value, in that unit. They are rounded to the precision of
        ``value``, so that a value equal to a limit in decimals passes.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value is missing.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 6: temperature -2.5..40 degrees Celsius,
    practical salinity 2..41 (0..41 in its version 2.1). Peers: GTSPP -2..40, EN -4..40.
    """
    low, high = value.dtype.type(minimum), value.dtype.type(maximum)
    outcome = np.empty(value.size, np.uint8)
    for i in range(value.size):
        wrong = (value[i] < low) | (value[i] > high)
        outcome[i] = 2 if np.isnan(value[i]) else wrong
    return outcome
