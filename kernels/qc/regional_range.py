"""Argo test 7: regional range."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.ragged import row_of_obs
from kernels.registry import qc_test


def measure(
    row_start: Array, value: Array, inside: Array, minimum: float, maximum: float
) -> tuple[Array, Array, Array]:
    """The value and its limits, in the profiles inside the region."""
    tested = inside[row_of_obs(row_start)] & ~np.isnan(value)
    low, high = value.dtype.type(minimum), value.dtype.type(maximum)
    return (
        np.where(tested, value, np.nan),
        np.where(tested, low, np.nan),
        np.where(tested, high, np.nan),
    )


@qc_test(
    on="observation",
    measure=measure,
    quantity="value",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 7 (regional range)",
    example={"minimum": 21.7, "maximum": 40.0},
)
@compiled
def regional_range(row_start: Array, value: Array, inside: Array, minimum: float, maximum: float) -> Array:
    """Values outside the range that occurs in a region.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each row.
    value : (n_obs,) in its canonical unit; NaN where missing.
    inside : (n_row,) bool, True for rows in the region.
    minimum, maximum : lowest and highest accepted value; rounded to the precision of ``value``.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` outside the region and where the value is missing.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 7: Red Sea 21.7..40 degrees Celsius and
    2..41; Mediterranean 10..40 degrees Celsius and 2..40. The regions are entries of ``catalogs/regions``.
    """
    low, high = value.dtype.type(minimum), value.dtype.type(maximum)
    outcome = np.full(value.size, 2, np.uint8)
    for row in range(row_start.size - 1):
        if not inside[row]:
            continue
        for i in range(row_start[row], row_start[row + 1]):
            wrong = (value[i] < low) | (value[i] > high)
            outcome[i] = 2 if np.isnan(value[i]) else wrong
    return outcome
