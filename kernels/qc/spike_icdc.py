"""ICDC check 7, and CODC-QC's: spike with limits by depth."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, longest_row, stored_error
from kernels.ragged import row_of_obs
from kernels.registry import qc_test
from kernels.steps import gather_downward


def measure(
    row_start: Array,
    value: Array,
    depth: Array,
    height: Array,
    deeper_than: Array,
    coldest: float = -np.inf,
    warmest: float = np.inf,
    thickest: float = np.inf,
    thickest_slope: float = 0.0,
) -> tuple[Array, Array, Array]:
    """Spike height, and the largest accepted one at its depth."""
    measured, highest = np.full(value.size, np.nan), np.full(value.size, np.nan)
    low, high = value.dtype.type(coldest), value.dtype.type(warmest)
    level = np.flatnonzero((value > low) & (value < high) & (depth >= 0))
    row = row_of_obs(row_start)[level]
    order = np.lexsort((depth[level], row))
    level, row = level[order], row[order]
    middle = np.flatnonzero(row[2:] == row[:-2]) + 1
    above, at, below = (value[level[middle + k]].astype(np.float64) for k in (-1, 0, 1))
    z1, z2, z3 = (depth[level[middle + k]].astype(np.float64) for k in (-1, 0, 1))
    limit = thickest + thickest_slope * z2 + HALF_UNIT_FLOAT32 * (z1 + z3)
    close = (z3 - z1 <= limit) & (2 * np.maximum(z3 - z2, z2 - z1) <= limit)
    error = HALF_UNIT_FLOAT32 * (np.abs(at) + np.maximum(np.abs(above), np.abs(below)))
    spike = np.abs(at - 0.5 * (above + below)) - np.abs(0.5 * (below - above))
    measured[level[middle]] = np.where(close, spike, np.nan)
    highest[level[middle]] = np.asarray(height)[np.searchsorted(deeper_than, z2)] + error
    untested = np.isnan(measured)
    return measured, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="spike height |V2 - (V1 + V3)/2| - |(V3 - V1)/2|",
    reference="Gouretski (2018), spike check (AutoQC ICDC_aqc_07_spike_check); Tan et al. (2023), CODC-QC",
    example={
        "height": (4.0, 3.0, 2.0),
        "deeper_than": (1000.0, 2000.0),
        "coldest": -2.3,
        "warmest": 33.0,
    },
    tie=1e-9,
)
@compiled
def spike_icdc(
    row_start: Array,
    value: Array,
    depth: Array,
    height: Array,
    deeper_than: Array,
    coldest: float = -np.inf,
    warmest: float = np.inf,
    thickest: float = np.inf,
    thickest_slope: float = 0.0,
) -> Array:
    """Values that stand out from both neighbours in order of depth, with limits by depth.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    height : largest accepted heights, from the surface down: one more than ``deeper_than``.
    deeper_than : depths below which the next height holds, m, excluded.
    coldest, warmest : values on or beyond them are left out: they are for the range test to reject. Rounded
        to the precision of ``value``.
    thickest, thickest_slope : a value is not tested if its neighbours are further apart than ``thickest +
        thickest_slope * depth``, or one of them is further away than half of that, m.

    Returns
    -------
    outcome : (n_obs,) uint8. Levels are taken in order of their depth, those above the surface are left out.
        ``NOT_RUN`` where value or depth is missing or left out, for the first and the last level, and beside
        a gap. A height that exceeds the limit by no more than the rounding to float32 passes.

    References
    ----------
    Gouretski, V., 2018: World Ocean Circulation Experiment - Argo Global Hydrographic Climatology. Ocean
    Science 14, as in AutoQC's ICDC_aqc_07_spike_check: 4, 3 below 1000 m and 2 degrees Celsius below 2000 m,
    between -2.3 and 33 degrees Celsius, any gap. Tan, Z., et al., 2023: A new automatic quality control
    system for ocean profile observations (CODC-QC). Deep-Sea Res. I 194: the same heights (2 at 2000 m
    already), any value, gaps up to 50 m + depth / 10.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest = longest_row(row_start) + 1
    level, v, z = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    low, high = np.float64(value.dtype.type(coldest)), np.float64(value.dtype.type(warmest))
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        o = outcome[first:stop]
        n = gather_downward(value[first:stop], depth[first:stop], level, v, z)
        n = _within(n, level, v, z, low, high)
        for k in range(1, n - 1):
            limit = thickest + thickest_slope * z[k] + stored_error(z[k - 1] + z[k + 1])
            widest = max(z[k + 1] - z[k - 1], 2.0 * max(z[k] - z[k - 1], z[k + 1] - z[k]))
            if not widest <= limit:
                continue
            error = stored_error(abs(v[k]) + max(abs(v[k - 1]), abs(v[k + 1])))
            above_both = v[k] - max(v[k - 1], v[k + 1])
            below_both = min(v[k - 1], v[k + 1]) - v[k]
            accepted = height[np.searchsorted(deeper_than, z[k])] + error
            o[level[k]] = max(above_both, below_both) > accepted
    return outcome


@compiled
def _within(n: int, level: Array, v: Array, z: Array, coldest: float, warmest: float) -> int:
    """Leave out values on or beyond two limits: how many are left."""
    m = 0
    for k in range(n):
        level[m], v[m], z[m] = level[k], v[k], z[k]
        m += (v[k] > coldest) & (v[k] < warmest)
    return m
