"""Outcomes of tests, quality flags, and the pure function that leads from one to the other.

A test knows only outcomes. Which flag a failure gives is the procedure's choice; so flags are computed
from the stored bit masks and can be computed again for any other procedure.
"""

from enum import IntEnum
from typing import Any

import numpy as np

from kernels.compiled import Array, compiled

PASS, FAIL, NOT_RUN = 0, 1, 2
"""Outcome of one test on one value; ``FAIL`` and ``NOT_RUN`` are different bits."""


class Flag(IntEnum):
    """Argo reference table 2 (identical with the Copernicus Marine and OceanSITES flag scale)."""

    NO_QC = 0
    GOOD = 1
    PROBABLY_GOOD = 2
    PROBABLY_BAD = 3
    BAD = 4
    CHANGED = 5
    NOT_USED = 6
    NOMINAL = 7
    INTERPOLATED = 8
    MISSING = 9


CHUNK = 64
"""Most values pass every test: whole chunks are looked at before single values."""

WORD = 8
"""Outcomes that are looked at together, as one integer: 0 where all of them pass."""

ANY_FAIL, ANY_NOT_RUN = np.uint64(0x0101010101010101 * FAIL), np.uint64(0x0101010101010101 * NOT_RUN)


@compiled
def enter_outcome(outcome: Array, bit: int, failed: Array, skipped: Array, value: Array) -> None:
    """Enter the outcome of one test into the bit masks, and take out values that failed, in place.

    Parameters
    ----------
    outcome : (n,) uint8, ``PASS``, ``FAIL`` or ``NOT_RUN``.
    bit : position of the test in the masks, 0..63.
    failed, skipped : (n,) uint64, changed in place.
    value : (n,) floating point, set to NaN in place; empty where there is none.
    """
    mask = np.uint64(1) << np.uint64(bit)
    whole = outcome.size // WORD * WORD
    words = np.ascontiguousarray(outcome[:whole]).view(np.uint64)
    for w in range(words.size):
        if words[w] & ANY_NOT_RUN:
            for i in range(WORD * w, WORD * w + WORD):
                skipped[i] |= mask * np.uint64(outcome[i] == NOT_RUN)
        if words[w] & ANY_FAIL:
            _enter_failed(outcome, WORD * w, WORD * w + WORD, mask, failed, value)
    for i in range(whole, outcome.size):
        skipped[i] |= mask * np.uint64(outcome[i] == NOT_RUN)
    _enter_failed(outcome, whole, outcome.size, mask, failed, value)


@compiled
def _enter_failed(outcome: Array, first: int, stop: int, mask: Any, failed: Array, value: Array) -> None:
    for i in range(first, stop):
        if outcome[i] == FAIL:
            failed[i] |= mask
            if value.size:
                value[i] = np.nan


@compiled
def withdraw_failed(outcome: Array, value: Array) -> None:
    """Take values that failed a test out of an array, in place: the tests after it pass over them.

    Parameters
    ----------
    outcome : (n,) uint8, ``PASS``, ``FAIL`` or ``NOT_RUN``.
    value : (n,) floating point, set to NaN in place.
    """
    for i in range(outcome.size):
        if outcome[i] == FAIL:
            value[i] = np.nan


@compiled
def flags_from_masks(
    missing: Array, failed: Array, skipped: Array, all_bits: np.uint64, masks: Array, flags: Array
) -> Array:
    """Quality flag of each value, from the masks of the tests it failed and those that could not run.

    Parameters
    ----------
    missing : (n,) bool, where there is no value.
    failed, skipped : (n,) uint64 bit masks.
    all_bits : uint64, the tests of the procedure that apply to this variable.
    masks : (k,) uint64, the tests whose failure gives ``flags[k]``, in order of precedence, weakest first.
    flags : (k,) uint8.

    Returns
    -------
    flag : (n,) uint8. ``MISSING`` where there is no value, else the flag of the failed test with the highest
        precedence, else ``NO_QC`` where no test ran and ``GOOD`` where at least one did.
    """
    flag = np.ones(missing.size, np.uint8)
    for first in range(0, missing.size, CHUNK):
        last = min(first + CHUNK, missing.size)
        f, s = _together(failed[first:last]), _together(skipped[first:last])
        if f == 0 and (all_bits & ~s) != 0 and not _together(missing[first:last]):
            continue
        for i in range(first, last):
            flag[i] = 0 if (all_bits & ~skipped[i]) == 0 else 1
            for k in range(masks.size):
                flag[i] = flags[k] if failed[i] & masks[k] else flag[i]
            flag[i] = 9 if missing[i] else flag[i]
    return flag


@compiled
def carry_down(row_start: Array, rows: Array, rank: Array, flag: Array) -> None:
    """Let no flag of a profile be better than those above it, in place.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    rows : (n_row,) bool, the profiles that this concerns.
    rank : (256,) uint8, precedence of each flag among failures, 0 for all others.
    flag : (n_obs,) uint8, changed in place; what is missing stays ``MISSING``.
    """
    for row in range(row_start.size - 1):
        worst = np.uint8(1)
        for i in range(row_start[row], row_start[row + 1] if rows[row] else row_start[row]):
            if rank[flag[i]] > rank[worst]:
                worst = flag[i]
            elif flag[i] <= 4 and rank[worst] > rank[flag[i]]:
                flag[i] = worst


@compiled
def _together(values: Array) -> Any:
    """All bits that are set in any of the values."""
    together = values.dtype.type(0)
    for i in range(values.size):
        together |= values[i]
    return together
