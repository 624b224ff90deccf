"""The casts with the highest covariance with a point, time included, that no land hides.

Casts lie in bands of latitude, by longitude within each. The point before has left a good guess: the least of
its neighbours' covariances with the new point bounds how far away anything better can be, and only bands and
longitudes within that bound are looked at. The bound is exact for any sum of scales and the equator's
anisotropy, so the choice is that of comparing with all casts.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.mapping.barriers import Afloat, Barriers, sees
from kernels.mapping.covariance import (
    EARTH_RADIUS_KM,
    LEAST,
    Covariance,
    Places,
    of_separation,
    separation,
    stretch_at,
)
from kernels.nearest import BAND_DEGREES, N_BAND

N_BOUND = 1024
CONSIDERED = 8
"""Casts that are looked at for a neighbour, at most, where land hides many."""


class Index(NamedTuple):
    """Casts in bands: ``east`` (n_cast,) longitudes 0..360 in order, ``band_start`` (181,); of each band
    the least and largest ``z`` and distance from the axis ``axis`` (180, 2), km, and the largest
    ``stretch`` (180,);
    ``reach`` (n_bound,) distances, km, and the largest covariance over them, ``bound``."""

    east: Array
    band_start: Array
    z: Array
    axis: Array
    stretch: Array
    reach: Array
    bound: Array


def index(east: Array, band_start: Array, covariance: Covariance) -> Index:
    """Index of casts that are in order of bands, and of longitude within each; see ``kernels.nearest``."""
    edge = np.radians(np.arange(N_BAND + 1) * BAND_DEGREES - 90.0)
    z, axis = EARTH_RADIUS_KM * np.sin(edge), EARTH_RADIUS_KM * np.abs(np.cos(edge))
    nearest_equator = np.minimum(np.abs(np.degrees(edge[:-1])), np.abs(np.degrees(edge[1:])))
    farthest = float(np.max(covariance.kilometres * _scales_to(LEAST, covariance)))
    reach = np.linspace(0.0, farthest, N_BOUND)
    bound = np.array([_at_distance(r, covariance) for r in reach])
    return Index(
        east,
        band_start,
        np.column_stack([z[:-1], z[1:]]),
        np.column_stack([np.minimum(axis[:-1], axis[1:]), np.maximum(axis[:-1], axis[1:])]),
        stretch_at(nearest_equator, covariance),
        reach,
        bound,
    )


def _scales_to(least: float, covariance: Covariance) -> Array:
    """Distances, in scales, over which even all of the variance would fall to ``least``."""
    fall = -np.log(least)
    return np.asarray(np.where(covariance.exponential, fall, np.sqrt(2 * fall)))


@compiled
def _at_distance(distance: float, covariance: Covariance) -> float:
    return of_separation(distance * distance, 0.0, covariance)


@inlined
def _reach_of(least: float, found: Index) -> float:
    """Distance beyond which no covariance reaches ``least``."""
    low, high = 0, found.reach.size - 1
    while low < high:  # the first whose bound is less
        middle = (low + high) // 2
        if found.bound[middle] < least:
            high = middle
        else:
            low = middle + 1
    return found.reach[low]  # type: ignore[no-any-return]


@inlined
def _half_width(point: Places, p: int, axis: float, found: Index, band: int, reach: float) -> float:
    """Half of the longitudes of a band, degrees, that are within reach; negative where none is."""
    z = point.z[p]
    dz = max(found.z[band, 0] - z, z - found.z[band, 1], 0.0)
    largest = 0.5 * (point.stretch[p] ** 2 + found.stretch[band] ** 2)
    inward = max(found.axis[band, 0] - axis, axis - found.axis[band, 1], 0.0)
    left = largest * (reach * reach - dz * dz) - inward * inward
    if left < 0.0:
        return -1.0
    across = 4.0 * axis * found.axis[band, 0]
    if left >= across:
        return 180.0
    return 2.0 * np.degrees(np.arcsin(np.sqrt(left / across))) + 1e-9  # type: ignore[no-any-return]


@inlined
def _is_better(value: float, cast: int, other: float, than: int) -> bool:
    return value > other or (value == other and cast < than)


class Search(NamedTuple):
    """Memory of a search. For each choice (column of ``serves``) the casts ``who`` of the highest covariance
    ``best`` so far, in falling order, and their number ``n``; the last ``length`` is how many are kept. Of
    each cast the turn at which it was last looked at, the point from which land was last looked for, and
    whether it hid the cast."""

    best: Array
    who: Array
    n: Array
    length: Array
    turn: Array
    seen_at: Array
    walked_at: Array
    hidden: Array


@compiled
def search(n_choice: int, n_neighbour: int, n_cast: int) -> Search:
    """Memory for choices of so many of so many casts."""
    most = min(n_neighbour * CONSIDERED, max(n_cast, n_neighbour))
    return Search(
        np.zeros((n_choice, most)),
        np.full((n_choice, most), -1),
        np.zeros(n_choice, np.int64),
        np.full(1, n_neighbour),
        np.zeros(1, np.int64),
        np.zeros(n_cast, np.int64),
        np.full(n_cast, -1),
        np.zeros(n_cast, np.bool_),
    )


@inlined
def _least(memory: Search, length: int) -> float:
    """Covariance that a cast must reach to enter any list."""
    least = np.inf
    for c in range(memory.n.size):
        least = min(least, memory.best[c, length - 1] if memory.n[c] == length else LEAST)
    return max(least, LEAST)


@compiled
def _consider(
    p: int, k: int, point: Places, cast: Places, reach: float, covariance: Covariance, serves: Array,
    memory: Search, length: int,
) -> bool:  # fmt: skip
    """Put a cast into the lists that it is good enough for; whether it entered any."""
    square, factor = separation(point, p, cast, k)
    if square > reach * reach:
        return False
    value = factor * of_separation(square, point.time[p] - cast.time[k], covariance)
    if value < LEAST:
        return False
    entered = False
    for c in range(memory.n.size):
        best, who, at = memory.best[c], memory.who[c], memory.n[c]
        if not serves[k, c] or (at == length and not _is_better(value, k, best[at - 1], who[at - 1])):
            continue
        at = min(at, length - 1)
        while at > 0 and _is_better(value, k, best[at - 1], who[at - 1]):
            best[at], who[at] = best[at - 1], who[at - 1]
            at -= 1
        best[at], who[at] = value, k
        memory.n[c] = min(memory.n[c] + 1, length)
        entered = True
    return entered


@compiled
def _fill_lists(
    p: int, point: Places, east: float, without: int, cast: Places, group: Array, found: Index,
    covariance: Covariance, serves: Array, memory: Search, length: int,
) -> None:  # fmt: skip
    """The casts of the highest covariance, whether hidden or not, starting from those in the lists."""
    memory.turn[0] += 1
    turn = memory.turn[0]
    reach = found.reach[-1]
    guess = np.empty(memory.n.sum(), np.int64)
    at = 0
    for c in range(memory.n.size):
        guess[at : at + memory.n[c]] = memory.who[c, : memory.n[c]]
        at += memory.n[c]
    memory.n[:] = 0
    for k in guess:
        if memory.seen_at[k] != turn:
            memory.seen_at[k] = turn
            if without < 0 or group[k] != without:
                _consider(p, k, point, cast, reach, covariance, serves, memory, length)
    axis = np.hypot(point.x[p], point.y[p])
    own = min(int((np.degrees(np.arcsin(point.z[p] / EARTH_RADIUS_KM)) + 90.0) / BAND_DEGREES), N_BAND - 1)
    reach = _reach_of(_least(memory, length), found)
    for step in range(2 * N_BAND):
        band = own - step // 2 - 1 if step % 2 else own + step // 2
        if band < 0 or band >= N_BAND or found.band_start[band] == found.band_start[band + 1]:
            continue
        half = _half_width(point, p, axis, found, band, reach)
        if half < 0.0:
            continue
        first, stop = found.band_start[band], found.band_start[band + 1]
        entered = False
        for around in range(-1, 2):
            west, last = east - half + 360.0 * around, east + half + 360.0 * around
            if half >= 180.0:
                west, last = (0.0, 360.0) if around == 0 else (1.0, 0.0)
            k = first + np.searchsorted(found.east[first:stop], west)
            while k < stop and found.east[k] <= last:
                if memory.seen_at[k] != turn:
                    memory.seen_at[k] = turn
                    if without < 0 or group[k] != without:
                        entered |= _consider(p, k, point, cast, reach, covariance, serves, memory, length)
                k += 1
        if entered:
            reach = _reach_of(_least(memory, length), found)


@compiled
def choose(
    p: int,
    point: Places,
    east: float,
    without: int,
    cast: Places,
    group: Array,
    found: Index,
    covariance: Covariance,
    serves: Array,
    memory: Search,
    point_afloat: Afloat,
    cast_afloat: Afloat,
    barriers: Barriers,
    n_neighbour: int,
    chosen: Array,
) -> int:
    """Neighbours of point ``p``, in falling order of covariance.

    Each choice takes the first ``n_neighbour`` casts that are not hidden, among the ``CONSIDERED`` times as
    many of the highest covariance: in a bay without casts the search for more must end.

    Parameters
    ----------
    without : group of casts that are left out; -1 leaves out none.
    serves : (n_cast, n_choice) bool, casts among which each choice is made.
    chosen : the neighbours are written into it.

    Returns
    -------
    n : number of neighbours.
    """
    if np.isnan(point_afloat.free_km[p]):
        return 0
    length = memory.length[0]
    while True:
        _fill_lists(
            p, point, east, without, cast, group, found, covariance, serves, memory, length
        )  # fmt: skip
        n, needed = _take_visible(p, memory, point_afloat, cast_afloat, barriers, n_neighbour, length, chosen)
        if needed <= length or length == memory.best.shape[1]:
            memory.length[0] = min(max(n_neighbour, needed + n_neighbour // 4), memory.best.shape[1])
            return n
        length = min(2 * length, memory.best.shape[1])


@compiled
def _take_visible(
    p: int,
    memory: Search,
    point_afloat: Afloat,
    cast_afloat: Afloat,
    barriers: Barriers,
    n_neighbour: int,
    length: int,
    chosen: Array,
) -> tuple[int, int]:
    """Casts of all lists, each once, in falling order of covariance, that are not hidden.

    Returns
    -------
    n : number of casts. needed : length of the lists that they took; more than ``length`` where a longer one
        might hold more.
    """
    n_choice = memory.n.size
    at, taken = np.zeros(n_choice, np.int64), np.zeros(n_choice, np.int64)
    n, needed = 0, 0
    while True:
        pick = -1
        for c in range(n_choice):
            if at[c] == memory.n[c] or taken[c] == n_neighbour:
                continue
            if pick < 0 or _is_better(
                memory.best[c, at[c]], memory.who[c, at[c]], memory.best[pick, at[pick]],
                memory.who[pick, at[pick]],
            ):  # fmt: skip
                pick = c
        if pick < 0:
            break
        k = memory.who[pick, at[pick]]
        if memory.walked_at[k] != p:
            memory.walked_at[k] = p
            memory.hidden[k] = not sees(point_afloat, p, cast_afloat, k, barriers)
        if not memory.hidden[k]:
            chosen[n] = k
            n += 1
        for c in range(n_choice):
            if at[c] < memory.n[c] and taken[c] < n_neighbour and memory.who[c, at[c]] == k:
                at[c] += 1
                taken[c] += not memory.hidden[k]
    for c in range(n_choice):
        complete = taken[c] == n_neighbour or memory.n[c] < length
        needed = max(needed, at[c] if complete else length + 1)
    return n, needed
