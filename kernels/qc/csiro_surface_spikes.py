"""CSIRO's surface spikes of expendable probes."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import neighbours
from kernels.ragged import row_of_obs
from kernels.registry import qc_test


def measure(
    row_start: Array, value: Array, depth: Array, shallowest: float = 4.0, next_from: float = 8.0
) -> tuple[Array, Array, Array]:
    """Depth, and the shallowest accepted one, where the next level does not lie deep enough."""
    known = ~np.isnan(value) & ~np.isnan(depth)
    measured = np.where(known, depth.astype(np.float64), np.nan)
    _, below = neighbours(row_start, measured)
    row = row_of_obs(row_start)
    # how many known levels of the row so far, this one included, lie deep enough to end the search
    ended = np.cumsum(known & (measured >= shallowest))
    before = np.concatenate([[0], ended])[row_start[:-1]][row]
    followed = (below >= 0) & (measured[below] < next_from) if value.size else below >= 0
    lowest = np.where((ended == before) & followed, shallowest, -np.inf)
    return measured, np.where(known, lowest, np.nan), np.where(known, np.inf, np.nan)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="depth (m), where another level follows close to the surface",
    reference="CSIRO, Mquest surface spike removal (AutoQC CSIRO_surface_spikes)",
)
@compiled
def csiro_surface_spikes(
    row_start: Array, value: Array, depth: Array, shallowest: float = 4.0, next_from: float = 8.0
) -> Array:
    """What an expendable probe reports near the surface, before it has adjusted to the water.

    For XBTs only: the procedure selects them.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    shallowest : shallower levels fail, from the top to the first level that is not, m ...
    next_from : ... if the next level is shallower than this, m.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or depth is missing; such levels are passed over.

    References
    ----------
    AutoQC CSIRO_surface_spikes: 4 m and 8 m, both excluded; it judges levels without a temperature too.
    """
    outcome = np.full(value.size, 2, np.uint8)
    for row in range(row_start.size - 1):
        before = -1
        near_surface = True
        for i in range(row_start[row], row_start[row + 1]):
            if np.isnan(value[i]) or np.isnan(depth[i]):
                continue
            if before >= 0 and near_surface and depth[i] < next_from:
                outcome[before] = 1
            outcome[i] = 0
            near_surface &= depth[i] < shallowest
            before = i
    return outcome
