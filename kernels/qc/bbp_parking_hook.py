"""BGC-Argo particle backscattering: parking hook."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, longest_row, stored_error
from kernels.registry import qc_test
from kernels.running_median import median_of_sorted


def measure(
    row_start: Array,
    value: Array,
    pressure: Array,
    parking: float,
    closest: float,
    reach: float,
    settled: float,
    deviation: float,
) -> tuple[Array, Array, Array]:
    """Values near the deepest level and the largest accepted one."""
    measured, highest = np.full(value.size, np.nan), np.full(value.size, np.nan)
    for first, stop in pairwise(row_start):
        v, p = value[first:stop].astype(np.float64), pressure[first:stop].astype(np.float64)
        p = np.where(np.isnan(v), np.nan, p)
        deepest = np.sort(p[~np.isnan(p)])[::-1]
        if deepest.size < 2 or deepest[0] - deepest[1] > settled or abs(deepest[0] - parking) >= closest:
            continue
        base = v[(p >= deepest[0] - reach) & (p < deepest[0] - settled)]
        tested = p >= deepest[0] - reach
        if base.size:
            measured[first:stop][tested] = v[tested]
            error = HALF_UNIT_FLOAT32 * (np.abs(v[tested]) + abs(np.median(base)))
            highest[first:stop][tested] = np.median(base) + deviation + error
    return measured, np.where(np.isnan(measured), np.nan, -np.inf), highest


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="value",
    reference="Dall'Olmo et al. 2022 (BGC-Argo BBP real-time quality control), parking-hook test",
    example={"parking": 1000.0, "closest": 100.0, "reach": 50.0, "settled": 20.0, "deviation": 0.0002},
)
@compiled
def bbp_parking_hook(
    row_start: Array,
    value: Array,
    pressure: Array,
    parking: float,
    closest: float,
    reach: float,
    settled: float,
    deviation: float,
) -> Array:
    """High values where a float starts to rise from its parking pressure: particles settled on it.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) particle backscattering, m-1; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    parking : pressure at which the floats of the procedure drift, dbar.
    closest : profiles are tested whose deepest level is nearer to the parking pressure than this, dbar.
    reach : values are tested that lie at most so far above the deepest level, dbar.
    settled : the baseline is the median of those that lie further than this above it, dbar; profiles whose
        two deepest levels are further apart are not tested.
    deviation : largest accepted distance above the baseline, m-1.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value is missing, above the reach, and in profiles that
        are not tested or have no baseline. A value at the threshold passes, also where it exceeds it by no
        more than the rounding to float32.

    References
    ----------
    Dall'Olmo, G., and co-authors, 2022. Open Research Europe 2:118: within 100 dbar of the parking pressure;
    median from 50 to 20 dbar above the deepest level, plus 0.0002 m-1; flag 4 for these values. There each
    cycle's own parking pressure is read from the float's metadata.
    """
    outcome = np.full(value.size, 2, np.uint8)
    base = np.empty(longest_row(row_start))
    for row in range(row_start.size - 1):
        at = slice(row_start[row], row_start[row + 1])
        v, p, o = value[at], pressure[at], outcome[at]
        first, second = _deepest(v, p)
        if not (first - second <= settled and abs(first - parking) < closest):
            continue
        n = 0
        for i in range(v.size):
            base[n] = v[i]
            n += (v[i] == v[i]) and (p[i] >= first - reach) and (p[i] < first - settled)
        if n == 0:
            continue
        base[:n].sort()
        baseline = median_of_sorted(base, n)
        for i in range(v.size):
            x = np.float64(v[i])
            if x == x and p[i] >= first - reach:
                o[i] = x > baseline + deviation + stored_error(abs(x) + abs(baseline))
    return outcome


@compiled
def _deepest(value: Array, pressure: Array) -> tuple[float, float]:
    """Pressures of the two deepest levels with a value; NaN where there are none."""
    first, second = np.nan, np.nan
    for i in range(value.size):
        p = np.float64(pressure[i])
        if np.isnan(value[i]) or np.isnan(p):
            continue
        if not p <= first:
            first, second = p, first
        elif not p <= second:
            second = p
    return first, second
