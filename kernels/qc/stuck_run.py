"""ICDC check 5 and CODC-QC check 8: a thick layer of equal values."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row
from kernels.ragged import row_of_obs
from kernels.registry import qc_test
from kernels.steps import gather_downward, half_unit


def measure(
    row_start: Array,
    value: Array,
    depth: Array,
    latitude: Array,
    fewest_levels: float,
    tolerance: float,
    thickness: float,
    thickness_polar: float,
    polar_from: float,
) -> tuple[Array, Array, Array]:
    """Thickness of the run of equal values that a level belongs to; 0 if it has too few levels."""
    measured, highest = np.full(value.size, np.nan), np.full(value.size, np.nan)
    unit, row = half_unit(value), row_of_obs(row_start)
    for first, stop in pairwise(row_start):
        levels = first + np.flatnonzero(~np.isnan(value[first:stop]) & (depth[first:stop] >= 0))
        levels = levels[np.argsort(depth[levels], kind="stable")]
        if levels.size <= fewest_levels:
            continue
        v, z = value[levels].astype(np.float64), depth[levels].astype(np.float64)
        edges = [0]
        for k in range(1, v.size):
            error = unit * (abs(v[k]) + abs(v[edges[-1]]))
            edges += [k] if abs(v[k] - v[edges[-1]]) > tolerance + error else []
        for begin, end in pairwise([*edges, v.size]):
            polar = not abs(latitude[row[levels[begin]]]) < polar_from
            limit = thickness_polar if polar else thickness
            enough = end - begin >= fewest_levels
            measured[levels[begin:end]] = z[end - 1] - z[begin] if enough else 0.0
            limit -= unit * (z[begin] + z[end - 1])
            highest[levels[begin:end]] = np.nextafter(limit, -np.inf)
    return measured, np.where(np.isnan(measured), np.nan, 0.0), highest


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="thickness of the run of equal values, m (0 if it has few levels)",
    reference="Gouretski (2018), World Ocean Circulation Experiment - Argo Global Hydrographic Climatology, "
    "stuck value (AutoQC ICDC_aqc_05_stuck_value)",
    example={
        "fewest_levels": 20.0,
        "tolerance": 1e-4,
        "thickness": 200.0,
        "thickness_polar": 200.0,
        "polar_from": 65.0,
    },
)
@compiled
def stuck_run(
    row_start: Array,
    value: Array,
    depth: Array,
    latitude: Array,
    fewest_levels: float,
    tolerance: float,
    thickness: float,
    thickness_polar: float,
    polar_from: float,
) -> Array:
    """Levels of a thick layer in which every value is the same.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    latitude : (n_row,) degrees north; where it is missing the polar thickness holds.
    fewest_levels : a run fails if it has at least so many levels; a profile must have more.
    tolerance : values count as equal if they differ from the first of the run by no more.
    thickness : a run fails if it is at least so thick, m; above 0.
    thickness_polar : the same at latitudes of ``polar_from`` and more, north or south.
    polar_from : degrees

    Returns
    -------
    outcome : (n_obs,) uint8; all levels of the run fail. Levels are taken in order of their depth.
        ``NOT_RUN`` where value or depth is missing, above the surface, and in profiles with few levels.

    References
    ----------
    Gouretski, V., 2018: World Ocean Circulation Experiment - Argo Global Hydrographic Climatology. Ocean
    Science 14, as in AutoQC's ICDC_aqc_05_stuck_value: 200 m, equal within 0.0001 degrees Celsius, and by
    platform type at least 7 levels (bottles, MBT), 20 (XBT, profiling floats, animals) or 50 (CTD); others
    are not tested. CODC-QC: 300 m, 400 m from 65 degrees, 10 levels of bottles, 7 of MBT and others. AutoQC
    looks at the longest run only, and at one that ends with the profile only if it has a level more than
    asked for: we judge every run alike.
    """
    outcome = np.full(value.size, 2, np.uint8)
    longest, unit = longest_row(row_start) + 1, half_unit(value)
    level, v, z = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        if _never_stuck(value[first:stop], depth[first:stop], fewest_levels, tolerance, unit):
            outcome[first:stop] = 0
            continue
        n = gather_downward(value[first:stop], depth[first:stop], level, v, z)
        if n <= fewest_levels:
            continue
        if _never_stuck(v[:n], z[:n], fewest_levels, tolerance, unit):
            for k in range(n):
                outcome[first + level[k]] = 0
            continue
        limit = thickness if abs(latitude[row]) < polar_from else thickness_polar
        begin = 0
        while begin < n:
            end = begin + 1
            while end < n and abs(v[end] - v[begin]) <= tolerance + unit * (abs(v[end]) + abs(v[begin])):
                end += 1
            thick = z[end - 1] - z[begin] >= limit - unit * (z[begin] + z[end - 1])
            stuck = thick and end - begin >= fewest_levels
            for k in range(begin, end):
                outcome[first + level[k]] = stuck
            begin = end
    return outcome


@compiled
def _never_stuck(value: Array, depth: Array, fewest_levels: float, tolerance: float, unit: float) -> bool:
    """Whether a profile with all its values, in order of depth, is nowhere equal for long enough.

    Two levels of a run differ by no more than twice the tolerance, since both are close to its first one.
    """
    if value.size <= fewest_levels:
        return False
    out_of_order, equal = 0, 0
    for i in range(value.size):
        out_of_order += int(np.isnan(value[i])) | int(not depth[i] >= 0.0)
    for i in range(1, value.size):
        out_of_order += depth[i] < depth[i - 1]
    if out_of_order > 0:
        return False
    # in the precision of the values, and so much wider that rounding leaves none out
    most, relative = value.dtype.type(2.002 * tolerance), value.dtype.type(5.0 * unit)
    for i in range(1, value.size):
        equal += _may_be_equal(value[i - 1], value[i], most, relative)
    fewest = max(fewest_levels, 2.0) - 1.0
    return equal < fewest or _longest_streak(value, most, relative) < fewest


@compiled
def _longest_streak(value: Array, most: float, relative: float) -> int:
    """Most neighbours in a row that may belong to one run."""
    longest = streak = 0
    for i in range(1, value.size):
        streak = streak + 1 if _may_be_equal(value[i - 1], value[i], most, relative) else 0
        longest = max(longest, streak)
    return longest


@inlined
def _may_be_equal(above: float, at: float, most: float, relative: float) -> bool:
    return abs(at - above) <= most + relative * (abs(at) + abs(above))
