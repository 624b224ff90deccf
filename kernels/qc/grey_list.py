"""Argo test 15: grey list."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(listed: Array) -> tuple[Array, Array, Array]:
    """1 where the platform is listed; 0 is accepted."""
    nothing = np.zeros(listed.size)
    return listed.astype(np.float64), nothing, nothing


@qc_test(
    on="row",
    measure=measure,
    quantity="whether the list names the platform for this variable and time (1) or not (0)",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 15 (grey list)",
)
@compiled
def grey_list(listed: Array) -> Array:
    """Rows of platforms whose sensor somebody found bad.

    Parameters
    ----------
    listed : (n_row,) bool, True where the list names the platform for this variable and time.

    Returns
    -------
    outcome : (n_row,) uint8, never ``NOT_RUN``.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 15: data of a platform on the list get the
    flag of the list (3 or 4), from its start to its end date.
    """
    outcome = np.empty(listed.size, np.uint8)
    for row in range(listed.size):
        outcome[row] = listed[row]
    return outcome
