"""The casts with the highest covariance with a point, time included, that no land hides.

Casts lie in bands of latitude, by longitude within each. The point before has left a good guess: the least of
its neighbours' covariances with the new point bounds how far away anything better can be, and only bands and
longitudes within that bound are looked at. The bound is exact for any sum of scales and the equator's
anisotropy, so the choice is that of comparing with all casts.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.mapping.barriers import Barriers, sees
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


@compiled
def _enter(value: float, cast: int, best: Array, who: Array, n: int) -> int:
    """Put a cast into a list in falling order of covariance; the last one falls out of a full list."""
    k = n if n < best.size else n - 1
    while k > 0 and _is_better(value, cast, best[k - 1], who[k - 1]):
        best[k], who[k] = best[k - 1], who[k - 1]
        k -= 1
    best[k], who[k] = value, cast
    return min(n + 1, best.size)


class Search(NamedTuple):
    """Memory of a search: for each choice (``serves`` columns) its best covariances and casts so far,
    and their number; the last point at which each cast was looked at."""

    best: Array
    who: Array
    n: Array
    seen: Array


@compiled
def search(n_choice: int, n_neighbour: int, n_cast: int) -> Search:
    return Search(
        np.zeros((n_choice, n_neighbour)),
        np.full((n_choice, n_neighbour), -1),
        np.zeros(n_choice, np.int64),
        np.full(n_cast, -1),
    )


@compiled
def _least(memory: Search) -> float:
    """Covariance that a cast must reach to enter any list."""
    least = np.inf
    for c in range(memory.n.size):
        full = memory.n[c] == memory.best.shape[1]
        least = min(least, memory.best[c, -1] if full else LEAST)
    return max(least, LEAST)


@compiled
def _consider(
    p: int,
    k: int,
    point: Places,
    cast: Places,
    reach: float,
    covariance: Covariance,
    serves: Array,
    memory: Search,
    point_afloat: Array,
    cast_afloat: Array,
    barriers: Barriers,
) -> bool:
    """Whether a cast entered any list."""
    square, factor = separation(point, p, cast, k)
    if square > reach * reach:
        return False
    value = factor * of_separation(square, point.time[p] - cast.time[k], covariance)
    if value < LEAST:
        return False
    wanted = False
    last = memory.best.shape[1] - 1
    for c in range(memory.n.size):
        full = memory.n[c] > last
        if serves[k, c] and (not full or _is_better(value, k, memory.best[c, last], memory.who[c, last])):
            wanted = True
    if not wanted:
        return False
    if barriers.width_km < np.inf and not sees(point_afloat, p, cast_afloat, k, barriers):
        return False
    for c in range(memory.n.size):
        if serves[k, c]:
            full = memory.n[c] > last
            if not full or _is_better(value, k, memory.best[c, last], memory.who[c, last]):
                memory.n[c] = _enter(value, k, memory.best[c], memory.who[c], memory.n[c])
    return True


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
    point_afloat: Array,
    cast_afloat: Array,
    barriers: Barriers,
    chosen: Array,
    n_before: int,
) -> int:
    """Neighbours of point ``p``, in falling order of covariance.

    Parameters
    ----------
    without : group of casts that are left out; -1 leaves out none.
    serves : (n_cast, n_choice) bool, casts among which each choice is made.
    chosen : the neighbours of the point before, of which there are ``n_before``; those of this one are
        written into it.

    Returns
    -------
    n : number of neighbours.
    """
    memory.n[:] = 0
    reach = found.reach[-1]
    for b in range(n_before):
        k = chosen[b]
        memory.seen[k] = p
        if without < 0 or group[k] != without:
            _consider(
                p, k, point, cast, reach, covariance, serves, memory, point_afloat, cast_afloat, barriers
            )
    axis = np.hypot(point.x[p], point.y[p])
    own = min(int((np.degrees(np.arcsin(point.z[p] / EARTH_RADIUS_KM)) + 90.0) / BAND_DEGREES), N_BAND - 1)
    reach = _reach_of(_least(memory), found)
    for step in range(2 * N_BAND):
        band = own - step // 2 - 1 if step % 2 else own + step // 2
        if band < 0 or band >= N_BAND or found.band_start[band] == found.band_start[band + 1]:
            continue
        half = _half_width(point, p, axis, found, band, reach)
        if half < 0.0:
            continue
        first, stop = found.band_start[band], found.band_start[band + 1]
        changed = False
        for turn in range(-1, 2):
            west, eastern = east - half + 360.0 * turn, east + half + 360.0 * turn
            if half >= 180.0:
                if turn != 0:
                    continue
                west, eastern = 0.0, 360.0
            if eastern < 0.0 or west > 360.0:
                continue
            k = first + np.searchsorted(found.east[first:stop], west)
            while k < stop and found.east[k] <= eastern:
                if memory.seen[k] != p:
                    memory.seen[k] = p
                    if (without < 0 or group[k] != without) and _consider(
                        p, k, point, cast, reach, covariance, serves, memory,
                        point_afloat, cast_afloat, barriers,
                    ):  # fmt: skip
                        changed = True
                k += 1
        if changed:
            reach = _reach_of(_least(memory), found)
    return _merge(memory, chosen)


@compiled
def _merge(memory: Search, chosen: Array) -> int:
    """Casts of all lists, each once, in falling order of covariance."""
    n_choice = memory.n.size
    if n_choice == 1:
        for k in range(memory.n[0]):
            chosen[k] = memory.who[0, k]
        return memory.n[0]  # type: ignore[no-any-return]
    at = np.zeros(n_choice, np.int64)
    n = 0
    while True:
        pick = -1
        for c in range(n_choice):
            if at[c] < memory.n[c] and (
                pick < 0
                or _is_better(
                    memory.best[c, at[c]], memory.who[c, at[c]], memory.best[pick, at[pick]],
                    memory.who[pick, at[pick]],
                )
            ):  # fmt: skip
                pick = c
        if pick < 0:
            return n
        k = memory.who[pick, at[pick]]
        chosen[n] = k
        n += 1
        for c in range(n_choice):
            if at[c] < memory.n[c] and memory.who[c, at[c]] == k:
                at[c] += 1
