"""BGC-Argo particle backscattering: negative values near the surface."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(value: Array, pressure: Array, minimum: float, shallow: float) -> tuple[Array, Array, Array]:
    """Values near the surface and the lowest accepted one."""
    tested = ~np.isnan(value) & (pressure < shallow)
    lowest = value.dtype.type(minimum)
    limits = (np.where(tested, limit, np.nan) for limit in (lowest, np.inf))
    low, high = limits
    return np.where(tested, value, np.nan), low, high


@qc_test(
    on="observation",
    measure=measure,
    quantity="value",
    reference="Dall'Olmo et al. 2022 (BGC-Argo BBP real-time quality control), negative-BBP test, < 5 dbar",
    example={"minimum": 0.0, "shallow": 5.0},
)
@compiled
def bbp_negative(value: Array, pressure: Array, minimum: float, shallow: float) -> Array:
    """Negative values just below the surface, where the sensor may be in the air: they alone are wrong.

    Parameters
    ----------
    value : (n_obs,) particle backscattering, m-1; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    minimum : lowest accepted value, m-1.
    shallow : values at lower pressures are tested, dbar; deeper ones by ``bbp_negative_deep``.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or pressure is missing and from ``shallow`` on.

    References
    ----------
    Dall'Olmo, G., and co-authors, 2022. Open Research Europe 2:118: below 0 at less than 5 dbar, flag 4 for
    these values. Where deeper values are negative too, the authors' code gives these no flag of their own.
    """
    lowest = value.dtype.type(minimum)
    outcome = np.empty(value.size, np.uint8)
    for i in range(value.size):
        tested = (value[i] == value[i]) & (pressure[i] < shallow)
        outcome[i] = np.uint8(value[i] < lowest) if tested else np.uint8(2)
    return outcome
