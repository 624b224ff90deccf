"""Argo test 8: pressure increasing."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(row_start: Array, value: Array) -> tuple[Array, Array, Array]:
    """The pressure, and the highest of the levels that come before it on the way down."""
    lowest = np.full(value.size, np.nan)
    for first, stop in pairwise(row_start):
        levels = first + np.flatnonzero(~np.isnan(value[first:stop]))
        pressure = value[levels].astype(np.float64)
        steps = np.sign(np.diff(pressure)).sum()
        upward = (np.arange(levels.size) * pressure).sum() < pressure.sum() * (levels.size - 1) / 2
        levels = levels[::-1] if steps < 0 and upward else levels
        if levels.size:
            lowest[levels[0]] = -np.inf
            highest = np.maximum.accumulate(value[levels])[:-1]
            lowest[levels[1:]] = np.nextafter(highest, value.dtype.type(np.inf))
    known = ~np.isnan(value)
    return np.asarray(value), lowest, np.where(known, np.inf, np.nan)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="pressure (must exceed that of every level before it)",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 8 (pressure increasing)",
)
@compiled
def pressure_increasing(row_start: Array, value: Array) -> Array:
    """Pressures that do not exceed the highest one before them.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) pressure in dbar; NaN where missing.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the pressure is missing. Of a run of equal pressures the
        first passes; after a reversal levels fail until the pressure exceeds all before it.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 8, which takes for granted that profiles
    are stored from the surface down. Archives of ships also hold profiles stored on the way up: where more
    steps decrease than increase and pressure has a downward trend over the levels, we read the profile from
    its end, as ioos_qc does. Argo's own checker (argortqcpy) does not, AutoQC also fails the level before a
    reversal, CoTeDe agrees with us.
    """
    outcome = np.empty(value.size, np.uint8)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        if _always_increases(value[first:stop]):
            outcome[first:stop] = 0
            continue
        reverse = _is_stored_upward(value[first:stop])
        highest = -np.inf
        for k in range(stop - first):
            i = stop - 1 - k if reverse else first + k
            outcome[i] = 2 if np.isnan(value[i]) else value[i] <= highest
            highest = value[i] if value[i] > highest else highest
    return outcome


@compiled
def _always_increases(value: Array) -> bool:
    """Whether each level is deeper than the one before it, and none is missing: most profiles."""
    wrong = value.size > 0 and not value[0] > -np.inf
    for i in range(1, value.size):
        wrong |= not value[i] > value[i - 1]
    return not wrong


@compiled
def _is_stored_upward(value: Array) -> bool:
    """Both signs are asked for: a float that drifts before it ends has many small steps up, a single wrong
    pressure at the end turns the trend."""
    n, steps, last, total, weighted = 0, 0, np.nan, 0.0, 0.0
    for i in range(value.size):
        if np.isnan(value[i]):
            continue
        steps += int(value[i] > last) - int(value[i] < last)
        last = value[i]
        total += last
        weighted += n * last
        n += 1
    return steps < 0 and weighted < total * (n - 1) / 2
