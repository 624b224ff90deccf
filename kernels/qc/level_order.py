"""ICDC check 1: levels that cannot be put in order below the surface."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(value: Array, shallowest: float) -> tuple[Array, Array, Array]:
    """The depth, and the shallowest accepted one."""
    missing = np.isnan(value)
    limit = value.dtype.type(shallowest)
    return np.asarray(value), np.where(missing, np.nan, limit), np.where(missing, np.nan, np.inf)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="depth",
    reference="Gouretski (2018), World Ocean Circulation Experiment - Argo Global Hydrographic Climatology, "
    "level order (AutoQC ICDC_aqc_01_level_order)",
    example={"shallowest": 0.0},
)
@compiled
def level_order(value: Array, shallowest: float) -> Array:
    """Levels above the surface.

    The levels of a profile are brought into order of depth by the checks that want it
    (``kernels.steps.gather_downward``): what the check of the order rejects is what has no place there.

    Parameters
    ----------
    value : (n_obs,) depth in m, positive down, or pressure in dbar; NaN where missing.
    shallowest : accepted depth.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the depth is missing.

    References
    ----------
    Gouretski, V., 2018: World Ocean Circulation Experiment - Argo Global Hydrographic Climatology. Ocean
    Science 14, as in AutoQC's ICDC_aqc_01_level_order: 0 m. Levels out of order pass there and here; for
    those see ``kernels.qc.pressure_increasing``, which is also CODC-QC's sample level order check.
    """
    outcome = np.empty(value.size, np.uint8)
    limit = value.dtype.type(shallowest)
    for i in range(value.size):
        outcome[i] = 2 if np.isnan(value[i]) else value[i] < limit
    return outcome
