"""BGC-Argo particle backscattering: negative values below the surface."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(
    row_start: Array, value: Array, pressure: Array, minimum: float, shallow: float, fraction: float
) -> tuple[Array, Array, Array]:
    """Fraction of negative values below the surface and the largest accepted one."""
    negative = np.full(row_start.size - 1, np.nan)
    for row, (first, stop) in enumerate(pairwise(row_start)):
        v, p = value[first:stop], pressure[first:stop]
        tested = v[~np.isnan(v) & (p >= shallow)]
        if tested.size:
            negative[row] = np.count_nonzero(tested < value.dtype.type(minimum)) / tested.size
    untested = np.isnan(negative)
    return negative, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, fraction)


@qc_test(
    on="row",
    features=("profiles",),
    measure=measure,
    quantity="fraction of negative values below the surface",
    reference="Dall'Olmo et al. 2022 (BGC-Argo BBP real-time quality control), negative-BBP test, >= 5 dbar",
    example={"minimum": 0.0, "shallow": 5.0, "fraction": 0.1},
)
@compiled
def bbp_negative_deep(
    row_start: Array, value: Array, pressure: Array, minimum: float, shallow: float, fraction: float
) -> Array:
    """Profiles with negative values below the surface, which come from the sensor or its calibration.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) particle backscattering, m-1; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    minimum : lowest accepted value, m-1.
    shallow : values at this pressure and deeper count, dbar.
    fraction : largest accepted part of them that is negative: 0 finds profiles with any (flag 3), 0.1 those
        that are beyond repair (flag 4).

    Returns
    -------
    outcome : (n_row,) uint8, ``NOT_RUN`` for profiles without a value below the surface.

    References
    ----------
    Dall'Olmo, G., and co-authors, 2022. Open Research Europe 2:118: any negative value at 5 dbar or deeper,
    flag 3 for the profile; more than 10 % of them, flag 4. The authors' code also counts
    levels without a value.
    """
    lowest = value.dtype.type(minimum)
    outcome = np.full(row_start.size - 1, 2, np.uint8)
    for row in range(row_start.size - 1):
        n_tested = n_negative = 0
        for i in range(row_start[row], row_start[row + 1]):
            tested = (value[i] == value[i]) & (pressure[i] >= shallow)
            n_tested += tested
            n_negative += tested & (value[i] < lowest)
        if n_tested > 0:
            outcome[row] = n_negative / n_tested > fraction
    return outcome
