"""Oxygen note: the same value over a long way down."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row
from kernels.registry import qc_test


def measure(
    row_start: Array,
    value: Array,
    pressure: Array,
    fewest_levels: float,
    thickest: float,
    starts_above: float,
    decimals: float = 1.0,
) -> tuple[Array, Array, Array]:
    """Pressure over which a run of enough equal values that starts high enough goes on; 0 of any other."""
    span = np.full(value.size, np.nan)
    wide, p = value.astype(np.float64), pressure.astype(np.float64)
    rounded = np.rint(wide * 10.0**decimals)
    for first, stop in pairwise(row_start):
        known = first + np.flatnonzero(~np.isnan(wide[first:stop] * p[first:stop]))
        for run in np.split(known, 1 + np.flatnonzero(np.diff(rounded[known]))):
            if run.size:
                counts = run.size >= fewest_levels and p[run].min() < starts_above
                span[run] = p[run].max() - p[run].min() if counts else 0.0
    untested = np.isnan(span)
    return span, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, thickest)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="pressure over which the rounded value is the same, dbar",
    reference="In Situ TAC, note on real-time quality control of oxygen 1.1, stuck value",
    example={"fewest_levels": 20.0, "thickest": 800.0, "starts_above": 1000.0},
)
@compiled
def flat_line_oxygen(
    row_start: Array,
    value: Array,
    pressure: Array,
    fewest_levels: float,
    thickest: float,
    starts_above: float,
    decimals: float = 1.0,
) -> Array:
    """Values of a profile that are the same, after rounding, over a long way down.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    fewest_levels : shorter runs of equal values pass.
    thickest : largest accepted pressure over which such a run goes on, dbar.
    starts_above : runs that start at this pressure or deeper pass, dbar.
    decimals : to which values are rounded before they are compared.

    Returns
    -------
    outcome : (n_obs,) uint8, ``FAIL`` for every value of such a run; ``NOT_RUN`` where value or pressure is
        missing. Such levels are passed over and end no run.

    References
    ----------
    In Situ TAC, note on real-time quality control of oxygen 1.1: 20 equal values, rounded to one decimal,
    over more than 800 m starting above 1000 m. We take dbar for m, and 20 values as enough, which the note
    does not say.
    """
    outcome = np.full(value.size, 2, np.uint8)
    run = np.empty(longest_row(row_start) + 1, np.int64)
    for row in range(row_start.size - 1):
        n = 0
        for i in range(row_start[row], row_start[row + 1]):
            if np.isnan(value[i]) or np.isnan(pressure[i]):
                continue
            if n and _rounded(value[i], decimals) != _rounded(value[run[0]], decimals):
                _judge_run(run[:n], pressure, fewest_levels, thickest, starts_above, outcome)
                n = 0
            run[n] = i
            n += 1
        _judge_run(run[:n], pressure, fewest_levels, thickest, starts_above, outcome)
    return outcome


@inlined
def _rounded(value: float, decimals: float) -> float:
    return float(np.rint(np.float64(value) * 10.0**decimals))


@compiled
def _judge_run(
    run: Array,
    pressure: Array,
    fewest_levels: float,
    thickest: float,
    starts_above: float,
    outcome: Array,
) -> None:
    shallow, deep = np.inf, -np.inf
    for k in range(run.size):
        p = np.float64(pressure[run[k]])
        shallow, deep = min(shallow, p), max(deep, p)
    fails = run.size >= fewest_levels and shallow < starts_above and deep - shallow > thickest
    for k in range(run.size):
        outcome[run[k]] = fails
