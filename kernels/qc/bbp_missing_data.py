"""BGC-Argo particle backscattering: missing data."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(
    row_start: Array,
    value: Array,
    pressure: Array,
    edges: Array,
    fewest_filled: float,
    of_levels: float = 0.0,
) -> tuple[Array, Array, Array]:
    """Number of filled bins of each profile and the smallest accepted one."""
    filled = np.full(row_start.size - 1, np.nan)
    for row, (first, stop) in enumerate(pairwise(row_start)):
        v, p = value[first:stop], np.asarray(pressure[first:stop], np.float64)
        if np.any(~np.isnan(v + p)):
            counted = p[~np.isnan(p) & (~np.isnan(v) | (of_levels > 0))]
            filled[row] = np.unique(np.searchsorted(edges, counted[counted < edges[-1]], side="right")).size
    untested = np.isnan(filled)
    return filled, np.where(untested, np.nan, fewest_filled), np.where(untested, np.nan, np.inf)


@qc_test(
    on="row",
    features=("profiles",),
    measure=measure,
    quantity="number of pressure bins with data",
    reference="Dall'Olmo et al. 2022 (BGC-Argo BBP real-time quality control), missing-data test",
    example={"edges": (50, 156, 261, 367, 472, 578, 683, 789, 894, 1000), "fewest_filled": 10.0},
)
@compiled
def bbp_missing_data(
    row_start: Array,
    value: Array,
    pressure: Array,
    edges: Array,
    fewest_filled: float,
    of_levels: float = 0.0,
) -> Array:
    """Profiles without data in some of the pressure bins of the upper 1000 dbar.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) particle backscattering; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    edges : lower edges of the bins, ascending, dbar: the first bin lies above ``edges[0]``, the last between
        the last two edges; a level at an edge belongs to the bin below it.
    fewest_filled : profiles with fewer filled bins fail: 10 finds those that miss any data (flag 3), 2 those
        with data in one bin or in none (flag 4).
    of_levels : 1 counts levels that have a pressure, as the authors' code does; 0 levels that have a value.

    Returns
    -------
    outcome : (n_row,) uint8, ``NOT_RUN`` for profiles in which no level has value and pressure.

    References
    ----------
    Dall'Olmo, G., and co-authors, 2022: Real-time quality control of optical backscattering data from
    Biogeochemical-Argo floats. Open Research Europe 2:118. Flag 3 if a bin is empty, 4 if only one
    holds data or none. The authors' code (BBP_RTQC) flags a profile with data only below 1000 dbar as missing
    (9), counts pressures also where the value is missing, and for flag 4 asks for more than one level in a
    bin. Its bins are even, with edges that are not whole numbers.
    """
    outcome = np.full(row_start.size - 1, 2, np.uint8)
    filled = np.empty(edges.size, np.bool_)
    for row in range(row_start.size - 1):
        filled[:] = False
        known = False
        for i in range(row_start[row], row_start[row + 1]):
            has_value = not np.isnan(value[i])
            known |= has_value and not np.isnan(pressure[i])
            if (has_value or of_levels > 0.0) and pressure[i] < edges[-1]:
                filled[np.searchsorted(edges, np.float64(pressure[i]), side="right")] = True
        if known:
            outcome[row] = np.count_nonzero(filled) < fewest_filled
    return outcome
