"""Steps from one level of a profile to the next: what vertical gradients are made of.

A level takes part if both its value and its depth are known; others are passed over (``kernels.levels``).
Scratch arrays hold the levels of one profile at a time, so that the arithmetic runs over plain columns.
"""

import numpy as np
from numpy.typing import NDArray

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32
from kernels.ragged import row_of_obs

HALF_UNIT_FLOAT64 = 2.0**-53

UNTESTED, PASSED, FAILED = 0, 1, 2
"""Result of one step, in the order in which one prevails over another at a level that two steps share."""

OUTCOME_OF_STEP = np.array([2, 0, 1], np.uint8)
"""Outcome of a level from the prevailing result of its steps."""


@compiled
def half_unit(value: Array) -> float:
    """Largest relative error of a number as it is stored: that of float32, unless float64 is given."""
    return HALF_UNIT_FLOAT32 if value.itemsize == 4 else HALF_UNIT_FLOAT64


@compiled
def gather_levels(value: Array, depth: Array, level: Array, v: Array, z: Array) -> int:
    """Collect the levels of one profile whose value and depth are known, as they are stored.

    Parameters
    ----------
    value, depth : (n_level,) NaN where missing.
    level : (n_level + 1 or more,) int64, written: their positions.
    v, z : (n_level + 1 or more,) float64, written: their values and depths.

    Returns
    -------
    n : how many there are.
    """
    n = 0
    for i in range(value.size):
        level[n], v[n], z[n] = i, value[i], depth[i]
        n += not np.isnan(v[n] + z[n])
    return n


@compiled
def gather_downward(value: Array, depth: Array, level: Array, v: Array, z: Array) -> int:
    """``gather_levels`` in order of depth, without those above the surface.

    Levels at the same depth keep the order in which they are stored.
    """
    n, ordered, deepest = 0, True, 0.0
    for i in range(value.size):
        level[n], v[n], z[n] = i, value[i], depth[i]
        if not np.isnan(v[n]) and z[n] >= 0.0:
            ordered &= z[n] >= deepest
            deepest = z[n]
            n += 1
    if not ordered:
        order = np.argsort(z[:n], kind="mergesort")
        level[:n], v[:n], z[:n] = level[:n][order], v[:n][order], z[:n][order]
    return n


@compiled
def judge_both_levels(step: Array, level: Array, n: int, outcome: Array) -> None:
    """Give both levels of a step its result; a failure prevails, then a pass.

    Parameters
    ----------
    step : (n + 1 or more,) uint8, result of the step that arrives at each level; ``step[n]`` is written.
    level : (n or more,) positions of the levels.
    n : number of levels.
    outcome : (n_level,) uint8, written where a level has a step that was tested.
    """
    step[0] = step[n] = UNTESTED
    for k in range(n):
        outcome[level[k]] = OUTCOME_OF_STEP[max(step[k], step[k + 1])]


def steps_between_levels(
    row_start: Array, value: Array, depth: Array, downward: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of the two levels of every step, in plain NumPy.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value, depth : (n_obs,) NaN where missing.
    downward : take the levels in order of depth, without those above the surface.

    Returns
    -------
    first, second : (n_step,) positions in ``value``.
    """
    known = ~np.isnan(value) & ~np.isnan(depth)
    level = np.flatnonzero(known & (depth >= 0) if downward else known)
    row = row_of_obs(row_start)[level]
    if downward:
        level = level[np.lexsort((depth[level], row))]
    together = row[1:] == row[:-1]
    return level[:-1][together], level[1:][together]


def worst_of_steps(
    n_obs: int, levels: Array, measured: Array, lowest: Array, highest: Array
) -> tuple[Array, Array, Array]:
    """Of the steps that a level has part in, the one that is furthest out of its range.

    Parameters
    ----------
    n_obs : number of observations.
    levels : (n_step,) position of one level of each step; steps may be given once for each of their levels.
    measured, lowest, highest : (n_step,) what was measured, NaN where not tested, and its range.

    Returns
    -------
    measured, lowest, highest : (n_obs,) NaN where no step was tested.
    """
    excess = np.maximum(lowest - measured, measured - highest)
    order = np.argsort(excess, kind="stable")
    order = order[~np.isnan(excess[order])]  # the last one that is written prevails
    out = np.full((3, n_obs), np.nan)
    out[:, levels[order]] = np.stack([measured, lowest, highest])[:, order]
    return out[0], out[1], out[2]
