"""The casts with the highest covariance with a point, time included, that no land hides.

Casts lie in bands of latitude, by longitude within each. The point before has left a good guess: the least of
its neighbours' covariances with the new point bounds how far away anything better can be, and only bands and
longitudes within that bound are looked at. The bound is exact for any sum of scales and the equator's
anisotropy, so the choice is that of comparing with all casts.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.mapping.barriers import Afloat, Barriers, in_the_open, sees
from kernels.mapping.covariance import (
    EARTH_RADIUS_KM,
    LEAST,
    Covariance,
    Places,
    fill_row,
    of_separation,
    places_for,
    stretch_at,
    take_place,
)
from kernels.mapping.solve import padded
from kernels.nearest import BAND_DEGREES, N_BAND

N_BOUND = 1024
BATCH = 64
"""Casts whose covariances are made at a time: enough to fill vectors, few enough that the search narrows."""
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
    bound = _at_distances(reach, covariance)
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
def _at_distances(distance: Array, covariance: Covariance) -> Array:
    out = np.empty(distance.size)
    for i in range(out.size):
        out[i] = of_separation(distance[i] * distance[i], 0.0, covariance)
    return out


@inlined
def _reach_of(least: float, found: Index) -> float:
    """Distance beyond which no covariance reaches ``least``."""
    low, high = 0, found.reach.size - 1
    while low < high:  # the first whose bound is less
        middle = (low + high) // 2
        if found.bound[middle] < least * (1.0 - 1e-9):  # rounding of ``fading``
            high = middle
        else:
            low = middle + 1
    return found.reach[low]  # type: ignore[no-any-return]


@inlined
def _rise(z: float, found: Index, band: int) -> float:
    """Least difference in z, km, to a band."""
    return max(found.z[band, 0] - z, z - found.z[band, 1], 0.0)  # type: ignore[no-any-return]


@inlined
def _half_width(point: Places, p: int, axis: float, found: Index, band: int, reach: float) -> float:
    """Half of the longitudes of a band, degrees, that are within reach; negative where none is."""
    dz = _rise(point.z[p], found, band)
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
    whether it hid the cast. ``waiting`` are casts whose covariance with the point is still to be made, in
    ``value``, from their places ``near`` with the memory ``rows``; ``at`` and ``taken`` serve the choice."""

    best: Array
    who: Array
    n: Array
    length: Array
    turn: Array
    seen_at: Array
    walked_at: Array
    hidden: Array
    waiting: Array
    near: Places
    rows: tuple[Array, Array, Array]
    value: Array
    at: Array
    taken: Array


@compiled
def search(n_choice: int, n_neighbour: int, n_cast: int) -> Search:
    """Memory for choices of so many of so many casts."""
    most = min(n_neighbour * CONSIDERED, max(n_cast, n_neighbour))
    batch = padded(max(most * n_choice, BATCH) + 1)
    return Search(
        np.zeros((n_choice, most)),
        np.full((n_choice, most), -1),
        np.zeros(n_choice, np.int64),
        np.full(1, n_neighbour),
        np.zeros(1, np.int64),
        np.zeros(n_cast, np.int64),
        np.full(n_cast, -1),
        np.zeros(n_cast, np.bool_),
        np.zeros(batch, np.int64),
        places_for(batch),
        (np.empty(batch), np.empty(batch), np.empty(batch)),
        np.empty(batch),
        np.empty(n_choice, np.int64),
        np.empty(n_choice, np.int64),
    )


@inlined
def _least(memory: Search, length: int) -> float:
    """Covariance that a cast must reach to enter any list."""
    least = np.inf
    for c in range(memory.n.size):
        least = min(least, memory.best[c, length - 1] if memory.n[c] == length else LEAST)
    return max(least, LEAST)


@compiled
def _enter(
    p: int, point: Places, cast: Places, covariance: Covariance, serves: Array, memory: Search, n: int,
    length: int,
) -> None:  # fmt: skip
    """Put the first ``n`` waiting casts into the lists that they are good enough for."""
    for i in range(n):
        take_place(cast, memory.waiting[i], memory.near, i)
    square, lag, factor = memory.rows
    fill_row(point, p, memory.near, padded(n), covariance, square, lag, factor, memory.value)
    for c in range(memory.n.size):
        best, who, known = memory.best[c], memory.who[c], memory.n[c]
        for i in range(n):
            value, k = memory.value[i], memory.waiting[i]
            if value < LEAST or not serves[k, c]:
                continue
            at = known
            if known < length:
                known += 1
            elif _is_better(value, k, best[length - 1], who[length - 1]):
                at = length - 1
            else:
                continue
            while at > 0 and _is_better(value, k, best[at - 1], who[at - 1]):
                best[at], who[at] = best[at - 1], who[at - 1]
                at -= 1
            best[at], who[at] = value, k
        memory.n[c] = known


@compiled
def _await_known(without: int, group: Array, memory: Search) -> int:
    """Let the casts in the lists wait for their covariance with a new point, each once; how many."""
    memory.turn[0] += 1
    turn, n = memory.turn[0], 0
    for c in range(memory.n.size):
        for i in range(memory.n[c]):
            k = memory.who[c, i]
            if memory.seen_at[k] != turn:
                memory.seen_at[k] = turn
                memory.waiting[n] = k
                n += without < 0 or group[k] != without
        memory.n[c] = 0
    return n


@inlined
def _first_east(east: Array, first: int, stop: int, least: float) -> int:
    """The first from ``first`` on that is not west of a longitude."""
    while first < stop:
        middle = (first + stop) // 2
        if east[middle] < least:
            first = middle + 1
        else:
            stop = middle
    return first


@compiled
def _fill_lists(
    p: int, point: Places, east: float, without: int, cast: Places, group: Array, found: Index,
    covariance: Covariance, serves: Array, memory: Search, length: int,
) -> None:  # fmt: skip
    """The casts of the highest covariance, whether hidden or not, starting from those in the lists."""
    n = _await_known(without, group, memory)
    turn, waiting = memory.turn[0], memory.waiting
    _enter(p, point, cast, covariance, serves, memory, n, length)
    n = 0
    axis = np.hypot(point.x[p], point.y[p])
    own = min(int((np.degrees(np.arcsin(point.z[p] / EARTH_RADIUS_KM)) + 90.0) / BAND_DEGREES), N_BAND - 1)
    reach = _reach_of(_least(memory, length), found)
    north, south = True, True
    for step in range(2 * N_BAND):
        if not (north or south):
            break
        band = own - step // 2 - 1 if step % 2 else own + step // 2
        inside = 0 <= band < N_BAND and _rise(point.z[p], found, band) <= reach
        if not inside:  # nor is any band beyond
            north, south = north and step % 2 == 1, south and step % 2 == 0
            continue
        first, stop = found.band_start[band], found.band_start[band + 1]
        half = _half_width(point, p, axis, found, band, reach) if first < stop else -1.0
        if half < 0.0:
            continue
        for around in range(-1, 2):
            west, last = east - half + 360.0 * around, east + half + 360.0 * around
            if half >= 180.0:
                west, last = (0.0, 360.0) if around == 0 else (1.0, 0.0)
            if last < 0.0 or west > 360.0:
                continue
            k = _first_east(found.east, first, stop, west)
            while k < stop and found.east[k] <= last:
                waiting[n] = k
                n += memory.seen_at[k] != turn and (without < 0 or group[k] != without)
                k += 1
                if n == waiting.size:
                    _enter(p, point, cast, covariance, serves, memory, n, length)
                    n = 0
        if n >= BATCH:
            _enter(p, point, cast, covariance, serves, memory, n, length)
            n, reach = 0, _reach_of(_least(memory, length), found)
    _enter(p, point, cast, covariance, serves, memory, n, length)


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
    if np.isfinite(barriers.width_km) and np.isnan(point_afloat.free_km[p]):
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
    anywhere = np.isfinite(barriers.width_km)
    at, taken = memory.at, memory.taken
    at[:] = 0
    taken[:] = 0
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
        if anywhere and memory.walked_at[k] != p:
            memory.walked_at[k] = p
            memory.hidden[k] = not in_the_open(point_afloat, p, cast_afloat, k, barriers) and not sees(
                point_afloat, p, cast_afloat, k, barriers
            )
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
