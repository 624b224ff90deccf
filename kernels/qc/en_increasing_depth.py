"""EN (Met Office): increasing depth."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.en_spikes import spiked_levels
from kernels.levels import levels_with_values, longest_row
from kernels.registry import qc_test

DEEPEST = 11_000.0
"""m"""


def measure(
    row_start: Array, depth: Array, temperature: Array, latitude: Array
) -> tuple[Array, Array, Array]:
    """Number of levels with which a rejected depth was not in order; 0 where accepted."""
    measured = np.full(depth.size, np.nan)
    for row in range(row_start.size - 1):
        levels = slice(row_start[row], row_start[row + 1])
        at = levels.start + np.flatnonzero(~np.isnan(depth[levels]))
        wrong = (depth[at] < 0) | (depth[at] > DEEPEST)
        if at.size > 1 and np.all(depth[at] == depth[at[0]]):
            wrong[:] = True
        measured[at] = np.where(wrong, at.size, 0)
        left = at[~wrong]
        spiked = spiked_levels(temperature[levels], depth[levels], float(latitude[row]))
        rejected = _rejected(depth[left], spiked[left - levels.start])
        measured[left[list(rejected)]] = list(rejected.values())
    untested = np.isnan(measured)
    return measured, np.where(untested, np.nan, 0.0), np.where(untested, np.nan, 0.0)


def _rejected(depth: Array, spiked: Array) -> dict[int, int]:
    """Rejected levels of a profile, with the number of others that speak against each."""
    order, alive = np.arange(depth.size), np.ones(depth.size, np.bool_)
    rejected: dict[int, int] = {}

    def against(i: int) -> Array:
        upward = np.where(order < i, depth >= depth[i], depth < depth[i])
        return np.asarray(upward & alive & (order != i))

    count = np.array([np.count_nonzero(against(i)) for i in range(depth.size)], np.int64)
    while depth.size and (most := int(count.max())) > 0:
        worst = int(np.flatnonzero(count == most)[-1])
        pair = [worst, *np.flatnonzero(against(worst))] if most == 1 else [worst]
        for i in [i for i in pair if spiked[i]] or pair if most == 1 else pair:
            alive[i], rejected[i] = False, most
            count = np.array([np.count_nonzero(against(k)) * alive[k] for k in range(depth.size)], np.int64)
    return rejected


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="number of levels with which the depth is not in order when it is rejected (0: accepted)",
    reference="Ingleby and Huddleston (2007), increasing depth check, as in AutoQC",
)
@compiled
def en_increasing_depth(row_start: Array, depth: Array, temperature: Array, latitude: Array) -> Array:
    """Depths that are out of range or do not increase from level to level.

    Of all depths that are not in order with others, the one that contradicts most others is rejected, of
    several the deepest in the profile, until none contradicts two. Of two that contradict only each other,
    the one fails whose temperature is a spike (``en_spike_and_step``), and both if none or both are. If all
    depths are the same, all fail.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    depth : (n_obs,) m, positive down; NaN where missing.
    temperature : (n_obs,) degrees Celsius; NaN where missing.
    latitude : (n_row,) degrees north; where missing, tolerances for spikes are those outside the tropics.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the depth is missing.

    References
    ----------
    Ingleby, B., and M. Huddleston, 2007: Quality control of ocean temperature and salinity profiles. Journal
    of Marine Systems 65, 158-175; depths 0..11 000 m. AutoQC, EN_increasing_depth_check: as there, two equal
    depths count against the lower level only.
    """
    outcome = np.full(depth.size, 2, np.uint8)
    longest = longest_row(row_start)
    level, count = np.empty(longest + 1, np.int64), np.empty(longest, np.int32)
    below, z = np.empty(longest), np.empty(longest, depth.dtype)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        d, o = depth[first:stop], outcome[first:stop]
        if _is_in_order(d):
            o[:] = 0
            continue
        n = levels_with_values(d, level)
        n = _reject_range(d, o, level[:n])
        n = _disordered(d, level[:n], below, z)
        if n == 0:
            continue
        spiked = spiked_levels(temperature[first:stop], d, latitude[row])
        _reject_inconsistent(z[:n], spiked[level[:n]], count, o, level[:n])
    return outcome


@compiled
def _is_in_order(depth: Array) -> bool:
    """Whether there is nothing missing and nothing to reject; it counts, so that it vectorises."""
    n = 0
    for i in range(depth.size):
        n += not 0.0 <= depth[i] <= DEEPEST
    for i in range(1, depth.size):
        n += not depth[i] > depth[i - 1]
    return n == 0


@compiled
def _reject_range(depth: Array, outcome: Array, level: Array) -> int:
    """Reject depths out of range, or all if they are the same; the others move to the front of ``level``."""
    n, same = 0, level.size > 1
    for i in level:
        same &= depth[i] == depth[level[0]]
    for i in level:
        wrong = same or not 0.0 <= depth[i] <= DEEPEST
        outcome[i] = wrong
        level[n] = i
        n += not wrong
    return n


@compiled
def _disordered(depth: Array, level: Array, below: Array, z: Array) -> int:
    """Move the levels that are not in order with another to the front, and list their depths in ``z``.

    ``below`` is written: the smallest depth of what lies further down in the profile.
    """
    smallest, deepest, n = np.inf, -np.inf, 0
    for k in range(level.size - 1, -1, -1):
        below[k] = smallest
        smallest = min(smallest, np.float64(depth[level[k]]))
    for k in range(level.size):
        i = level[k]
        here = np.float64(depth[i])
        level[n], z[n] = i, depth[i]
        n += int(here <= deepest or here >= below[k])
        deepest = max(deepest, here)
    return n


@compiled
def _reject_inconsistent(z: Array, spiked: Array, count: Array, outcome: Array, level: Array) -> None:
    """Reject one level after the other, until the depths increase; ``z`` becomes NaN where rejected."""
    for a in range(z.size):
        count[a] = _n_against(z, a)
    while True:
        worst, most = z.size - 1, count.dtype.type(0)
        for a in range(z.size):
            most = max(most, count[a])
        if most == 0:
            return
        while count[worst] < most:
            worst -= 1
        other = _partner(z, worst) if most == 1 else -1
        if other >= 0 and (spiked[other] or not spiked[worst]):
            outcome[level[other]] = 1
            if spiked[worst] == spiked[other]:
                _remove(z, worst, count)
                outcome[level[worst]] = 1
            _remove(z, other, count)
        else:
            outcome[level[worst]] = 1
            _remove(z, worst, count)


@compiled
def _n_against(z: Array, a: int) -> int:
    n = 0
    for b in range(a):
        n += z[b] >= z[a]
    for b in range(a + 1, z.size):
        n += z[b] < z[a]
    return n


@compiled
def _partner(z: Array, a: int) -> int:
    """The one level that is not in order with ``a``."""
    for b in range(z.size):
        if b != a and ((z[b] >= z[a]) if b < a else (z[b] < z[a])):
            return b
    return -1


@compiled
def _remove(z: Array, a: int, count: Array) -> None:
    here = z[a]
    z[a], count[a] = np.nan, 0
    for b in range(a):
        count[b] -= z[b] > here
    for b in range(a + 1, z.size):
        count[b] -= z[b] <= here
