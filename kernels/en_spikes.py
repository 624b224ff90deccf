"""Spikes and steps of temperature as the EN system of the Met Office finds them.

A spike is rejected. A step, cold water in the tropics, and a step or a 0 at the last level are only suspect:
EN asks the climatology about them before it rejects them.

References
----------
Ingleby, B., and M. Huddleston, 2007: Quality control of ocean temperature and salinity profiles. Journal of
Marine Systems 65, 158-175, spike and step check with its tolerances; AutoQC, EN_spike_and_step_check.
"""

import numpy as np
from numpy.typing import NDArray

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row, stored_error
from kernels.steps import gather_levels

TROPICS = 20.0
"""Degrees of latitude."""

LARGEST_TOLERANCE = 5.0
"""Tolerance at the surface, K."""

SMALLEST_STEP = 0.7
"""With steps below half of the deepest tolerance, 0.75 K, there is no spike, however they were rounded."""

STEEP = 0.05
"""Gradient that a small spike has, K/m; levels closer than ``CLOSE`` (m) count as that far apart."""
CLOSE = 10.0


@inlined
def step_tolerance(depth: float, in_tropics: bool) -> float:
    """Largest usual step of temperature, K: smaller below the thermocline, deeper in the tropics."""
    top = 300.0 if in_tropics else 200.0
    if depth > 600.0:
        return 0.3 * LARGEST_TOLERANCE
    if depth > 500.0:
        return 0.4 * LARGEST_TOLERANCE
    return (1.0 - 0.005 * min(max(depth - top, 0.0), 100.0)) * LARGEST_TOLERANCE


@compiled
def is_calm(t: Array, z: Array, in_tropics: bool, suspects: bool) -> bool:
    """Whether nothing is missing in a profile, and nothing can be found; it counts, so that it vectorises."""
    n_step, n_cold, n_missing = 0, 0, 0
    for k in range(1, t.size):
        n_step += not abs(t[k] - t[k - 1]) < SMALLEST_STEP
    for k in range(t.size):
        n_cold += (t[k] < 1.0) & (z[k] < 1000.0)
        n_missing += np.isnan(z[k]) | np.isnan(t[k])
    if n_step + n_missing > 0:
        return False
    return not (suspects and ((in_tropics and n_cold > 0) or (t.size > 0 and t[-1] == 0.0)))


@compiled
def find_spikes(
    t: Array, z: Array, in_tropics: bool, suspects: bool, step: Array, size: Array, limit: Array
) -> None:
    """Judge the levels of one profile.

    Parameters
    ----------
    t, z : (n_level,) temperature and depth, none missing.
    in_tropics : whether the profile lies within 20 degrees of the equator.
    suspects : find the suspect levels, not the rejected ones.
    step : (n_level or more,) written: what is left of the steps of temperature.
    size, limit : (n_level or more,) written: found are the levels with ``size > limit``. ``size`` is the
        larger step of a spike or the step, or what the temperature falls short of 1 degree in the tropics;
        0 elsewhere. ``limit`` is minus infinity where a level is found whatever its size.
    """
    n = t.size
    _steps(t, z, step)
    for k in range(n):
        size[k], limit[k] = 0.0, step_tolerance(z[k], in_tropics)
    for k in range(n - 1):
        if in_tropics and z[k] < 1000.0 and t[k] < 1.0:
            step[k + 1] = np.nan
            if suspects:
                size[k], limit[k] = 1.0 - t[k], 0.0
        elif k > 0:
            _judge(t, z, k, step_tolerance(z[k], in_tropics), suspects, step, size, limit)
    if suspects:
        _judge_last(t, step, size, limit)
    else:
        _reject_all_of_many(size[:n], limit[:n])


@compiled
def _steps(t: Array, z: Array, step: Array) -> None:
    """Step to each level from the one above it, NaN where they are too far apart."""
    step[0] = np.nan
    for k in range(1, t.size):
        apart = z[k] - z[k - 1] - stored_error(abs(z[k]) + abs(z[k - 1]))
        near = apart <= 50.0 or (z[k] >= 350.0 and apart <= 100.0)
        step[k] = t[k] - t[k - 1] if near else np.nan


@compiled
def _judge(
    t: Array,
    z: Array,
    k: int,
    tolerance: float,
    suspects: bool,
    step: Array,
    size: Array,
    limit: Array,
) -> None:
    """Whether level ``k`` is a spike, lies in an even gradient, or ends a step.

    The steps of spikes and even gradients are taken out of ``step``: they are not looked at again.
    """
    above, below = step[k], step[k + 1]
    error = stored_error(abs(t[k - 1]) + 2 * abs(t[k]) + abs(t[k + 1]))
    largest = max(abs(above), abs(below))
    if not np.isnan(above + below):
        smallest = np.nan
        if largest > tolerance + error and abs(above + below) < 0.5 * tolerance - error:
            smallest = tolerance + error
        elif largest > tolerance + error and _is_even(z, k, above, below, 0.5 * tolerance):
            step[k], step[k + 1] = np.nan, np.nan
            return
        elif (
            largest > 0.5 * tolerance + error
            and _steepest(z, k, above, below) > STEEP + error / CLOSE
            and abs(above + below) < 0.25 * abs(above - below) - error
        ):
            smallest = 0.5 * tolerance + error
        if not np.isnan(smallest):
            step[k], step[k + 1] = np.nan, np.nan
            if not suspects:
                size[k], limit[k] = largest, smallest
            return
    if suspects and abs(above) > tolerance + error and not _is_natural(t, z, k, above, tolerance):
        for j in (k - 1, k):
            size[j], limit[j] = abs(above), tolerance + error


@inlined
def _is_even(z: Array, k: int, above: float, below: float, tolerance: float) -> bool:
    """Whether two steps fit one gradient."""
    apart = z[k + 1] - z[k - 1]
    weight = (z[k] - z[k - 1]) / apart if apart >= 5.0 else 0.5
    return abs((1.0 - weight) * above - weight * below) < tolerance


@inlined
def _steepest(z: Array, k: int, above: float, below: float) -> float:
    steepest: float = max(abs(above) / max(CLOSE, z[k] - z[k - 1]), abs(below) / max(CLOSE, z[k + 1] - z[k]))
    return steepest


@inlined
def _is_natural(t: Array, z: Array, k: int, above: float, tolerance: float) -> bool:
    """Whether a step may be a sharp thermocline, or its lower level fits those around it."""
    if z[k] <= 250.0 and -3.0 * tolerance < above < -tolerance:
        return True
    apart = z[k + 1] - z[k - 1]
    expected = t[k - 1] + (z[k] - z[k - 1]) / apart * (t[k + 1] - t[k - 1])
    return apart > 0.0 and abs(t[k] - expected) < 0.5 * tolerance  # type: ignore[no-any-return]


@compiled
def _judge_last(t: Array, step: Array, size: Array, limit: Array) -> None:
    """A step to the last level, which nothing below it confirms, and a temperature of 0 there."""
    last = t.size - 1
    if last > 0:
        error = stored_error(abs(t[last]) + abs(t[last - 1]))
        if abs(step[last]) > limit[last] + error:
            size[last], limit[last] = abs(step[last]), limit[last] + error
    if t[last] == 0.0:
        limit[last] = -np.inf


@compiled
def _reject_all_of_many(size: Array, limit: Array) -> None:
    """With four spikes, or in more than half of the levels, nothing of a profile is accepted."""
    n_spike = np.count_nonzero(size > limit)
    if n_spike >= 4 or 2 * n_spike > size.size:
        limit[size <= limit] = -np.inf


def outcomes(
    row_start: Array, temperature: Array, depth: Array, latitude: Array, suspects: bool, fewest: int
) -> Array:
    """The spikes, or suspects, of many profiles: (n_obs,) uint8; profiles with fewer levels are not run."""
    every = np.ones(row_start.size - 1, np.bool_)
    found: Array = outcomes_of_rows(row_start, temperature, depth, latitude, suspects, fewest, every)
    return found


@compiled
def outcomes_of_rows(
    row_start: Array,
    temperature: Array,
    depth: Array,
    latitude: Array,
    suspects: bool,
    fewest: int,
    chosen: Array,
) -> Array:
    """``outcomes`` of the rows that ``chosen`` (n_row,) names; the others are not run."""
    outcome = np.full(temperature.size, 2, np.uint8)
    longest = longest_row(row_start) + 1
    level, t, z = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    step, size, limit = np.empty(longest), np.empty(longest), np.empty(longest)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        if stop - first < fewest or np.isnan(latitude[row]) or not chosen[row]:
            continue
        in_tropics = abs(latitude[row]) < TROPICS
        if is_calm(temperature[first:stop], depth[first:stop], in_tropics, suspects):
            outcome[first:stop] = 0
            continue
        n = gather_levels(temperature[first:stop], depth[first:stop], level, t, z)
        if n < fewest:
            continue
        if is_calm(t[:n], z[:n], in_tropics, suspects):
            for k in range(n):
                outcome[first + level[k]] = 0
            continue
        find_spikes(t[:n], z[:n], in_tropics, suspects, step, size, limit)
        for k in range(n):
            outcome[first + level[k]] = size[k] > limit[k]
    return outcome


def sizes(
    row_start: Array, temperature: Array, depth: Array, latitude: Array, suspects: bool, fewest: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """What ``find_spikes`` measured, the lowest and highest accepted size: NaN where not run."""
    size, highest = np.full((2, temperature.size), np.nan)
    known = ~np.isnan(temperature.astype(np.float64) + depth)
    for row in range(row_start.size - 1):
        at = row_start[row] + np.flatnonzero(known[row_start[row] : row_start[row + 1]])
        if at.size < fewest or np.isnan(latitude[row]):
            continue
        t, z = (np.asarray(a[at], np.float64) for a in (temperature, depth))
        found, limit = np.empty((2, at.size))
        find_spikes(t, z, abs(latitude[row]) < TROPICS, suspects, np.empty(at.size), found, limit)
        size[at], highest[at] = found, limit
    return size, np.where(np.isnan(size), np.nan, -np.inf), highest


@compiled
def spiked_levels(temperature: Array, depth: Array, latitude: float) -> Array:
    """The rejected levels of one profile: (n_level,) bool, False where temperature or depth is missing."""
    n_level = temperature.size
    spiked = np.zeros(n_level, np.bool_)
    level, t, z = np.empty(n_level + 1, np.int64), np.empty(n_level + 1), np.empty(n_level + 1)
    n = gather_levels(temperature, depth, level, t, z)
    if n > 2:
        step, size, limit = np.empty(n), np.empty(n), np.empty(n)
        find_spikes(t[:n], z[:n], abs(latitude) < TROPICS, False, step, size, limit)
        for k in range(n):
            spiked[level[k]] = size[k] > limit[k]
    return spiked
