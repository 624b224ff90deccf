"""ICDC check 6 and CODC-QC check 11: profiles with too many extrema."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import longest_row
from kernels.registry import qc_test
from kernels.steps import gather_downward, half_unit


def measure(
    row_start: Array,
    value: Array,
    depth: Array,
    prominence: float,
    most_extrema: float,
    fewest_levels: float,
    coldest: float,
    warmest: float,
) -> tuple[Array, Array, Array]:
    """Number of extrema in the profile."""
    count = np.full(value.size, np.nan)
    for first, stop in pairwise(row_start):
        levels = first + np.flatnonzero(~np.isnan(value[first:stop]) & (depth[first:stop] >= 0))
        v = value[levels[np.argsort(depth[levels], kind="stable")]].astype(np.float64)
        many = v.size > fewest_levels
        v = v[(v > value.dtype.type(coldest)) & (v <= value.dtype.type(warmest))]
        if many and v.size >= fewest_levels:
            step = np.diff(v)
            clear = np.abs(step) > prominence + half_unit(value) * (np.abs(v[1:]) + np.abs(v[:-1]))
            turns = clear[1:] & clear[:-1] & (np.sign(step[1:]) != np.sign(step[:-1]))
            count[first:stop] = np.where(np.isnan(value[first:stop]), np.nan, np.count_nonzero(turns))
    untested = np.isnan(count)
    return count, np.where(untested, np.nan, 0.0), np.where(untested, np.nan, most_extrema)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="number of extrema in the profile",
    reference="Gouretski (2018), World Ocean Circulation Experiment - Argo Global Hydrographic Climatology, "
    "number of extrema (AutoQC ICDC_aqc_06_n_temperature_extrema)",
    example={
        "prominence": 0.5,
        "most_extrema": 4.0,
        "fewest_levels": 6.0,
        "coldest": -2.3,
        "warmest": 33.0,
    },
)
@compiled
def extrema_count(
    row_start: Array,
    value: Array,
    depth: Array,
    prominence: float,
    most_extrema: float,
    fewest_levels: float,
    coldest: float,
    warmest: float,
) -> Array:
    """Profiles that go to and fro too often.

    An extremum is a value that is greater, or smaller, than both its neighbours by more than ``prominence``.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    prominence : in the unit of the value.
    most_extrema : accepted in a profile.
    fewest_levels : profiles with no more levels are not tested.
    coldest, warmest : values on or below the one and above the other are passed over: they are for the range
        test to reject.

    Returns
    -------
    outcome : (n_obs,) uint8, ``FAIL`` for every value of such a profile; ``NOT_RUN`` where the value is
        missing and in short profiles. Levels are taken in order of their depth; those without depth or above
        the surface share the outcome, but are not looked at. A difference that exceeds ``prominence`` by no
        more than the rounding to float32 does not count.

    References
    ----------
    Gouretski, V., 2018: World Ocean Circulation Experiment - Argo Global Hydrographic Climatology. Ocean
    Science 14, as in AutoQC's ICDC_aqc_06_n_temperature_extrema: more than 4 extrema of more than 0.5 degrees
    Celsius among more than 6 levels, values in -2.3..33. CODC-QC also fails each single extremum, and nothing
    above 10 m.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest, unit = longest_row(row_start) + 1, half_unit(value)
    level, v, z = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    cold, warm = value.dtype.type(coldest), value.dtype.type(warmest)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        n = gather_downward(value[first:stop], depth[first:stop], level, v, z)
        if n <= fewest_levels:
            continue
        n = _within(v, n, cold, warm)
        if n < fewest_levels:
            continue
        fails = _n_extrema(v[:n], prominence, unit) > most_extrema
        for i in range(first, stop):
            outcome[i] = 2 if np.isnan(value[i]) else fails
    return outcome


@compiled
def _within(v: Array, n: int, coldest: float, warmest: float) -> int:
    """Move the values of a range to the front, in place; returns how many there are."""
    kept = 0
    for k in range(n):
        v[kept] = v[k]
        kept += (v[kept] > coldest) & (v[kept] <= warmest)
    return kept


@compiled
def _n_extrema(v: Array, prominence: float, unit: float) -> int:
    count = 0
    for k in range(1, v.size - 1):
        up, down = v[k] - v[k - 1], v[k] - v[k + 1]
        clear_up = abs(up) > prominence + unit * (abs(v[k]) + abs(v[k - 1]))
        clear_down = abs(down) > prominence + unit * (abs(v[k]) + abs(v[k + 1]))
        count += clear_up & clear_down & ((up > 0.0) == (down > 0.0))
    return count
