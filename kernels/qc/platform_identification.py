"""Argo test 1: platform identification."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(wmo_number: Array, digits: Array) -> tuple[Array, Array, Array]:
    """Number of digits, 0 where the code is no number, and the nearest accepted one."""
    n = np.array([len(str(k)) if k > 0 else 0 for k in wmo_number.tolist()], np.float64)
    nearest = digits[np.abs(n[:, None] - digits).argmin(axis=1)] if n.size else n
    return n, nearest, nearest


@qc_test(
    on="row",
    measure=measure,
    quantity="number of digits of the platform code",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 1 (platform identification)",
    example={"digits": (5.0, 7.0)},
)
@compiled
def platform_identification(wmo_number: Array, digits: Array) -> Array:
    """Rows whose platform has no valid WMO number.

    Parameters
    ----------
    wmo_number : (n_row,) int64, the platform code where it is a whole number, else -1.
    digits : (n,) numbers of digits that a WMO number can have.

    Returns
    -------
    outcome : (n_row,) uint8; ``FAIL`` also where the code is missing or no number. The test is for platforms
        that must have a WMO number: a ship has a call sign, so the procedure names the platform types.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 1: a float must have a valid WMO number, and
    data of others are not distributed; whether the table of floats holds it, is not looked up here. WMO
    numbers have 5 digits, those of floats and drifters 7 (WMO Manual on Codes, table of identifiers); early
    floats have 5.
    """
    outcome = np.empty(wmo_number.size, np.uint8)
    for row in range(wmo_number.size):
        n, rest = 0, wmo_number[row]
        while rest > 0:
            n, rest = n + 1, rest // 10
        wrong = True
        for accepted in digits:
            wrong &= n != accepted
        outcome[row] = wrong
    return outcome
