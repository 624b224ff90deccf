"""EN (Met Office): is there a background to check against."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(value: Array, depth: Array, normal_mean: Array) -> tuple[Array, Array, Array]:
    """How many backgrounds there are, 0 or 1; one is needed."""
    tested = ~(np.isnan(value) | np.isnan(depth))
    there = np.where(tested, ~np.isnan(normal_mean), np.nan)
    return there, np.where(tested, 1.0, np.nan), np.where(tested, np.inf, np.nan)


@qc_test(
    on="observation",
    measure=measure,
    quantity="whether there is a climatology (1) or not (0)",
    reference="AutoQC EN_background_available_check; Ingleby and Huddleston (2007)",
)
@compiled
def en_background_available(value: Array, depth: Array, normal_mean: Array) -> Array:
    """Values where the climatology knows of no water: on land, or deeper than the bottom.

    It rejects good values too where the climatology has gaps. Use it only with one that covers the ocean.

    Parameters
    ----------
    value : (n_obs,) in its canonical unit; NaN where missing.
    depth : (n_obs,) m; NaN where missing.
    normal_mean : (n_obs,) climatological mean there and then; NaN where there is none.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or depth is missing.

    References
    ----------
    Ingleby, B., and M. Huddleston, 2007. Journal of Marine Systems 65, 158-175, where it is a part of the
    background check; AutoQC tests it apart, and where a position has no background at all rejects the levels
    without a value too.
    """
    outcome = np.empty(value.size, np.uint8)
    for i in range(value.size):
        tested = (value[i] == value[i]) & (depth[i] == depth[i])
        outcome[i] = np.uint8(normal_mean[i] != normal_mean[i]) if tested else np.uint8(2)
    return outcome
