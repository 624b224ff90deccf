"""The nearest of many places on the sphere, without comparing all with all.

Places lie in bands of latitude, by longitude within each. From a place the search goes outward, band by
band and in both directions of each, until all that is left must be farther than the best so far.
"""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.track import EARTH_RADIUS

BAND_DEGREES = 1.0
N_BAND = 180


def in_bands(latitude: Array, longitude: Array, eligible: Array) -> tuple[Array, Array]:
    """Order places by band and longitude.

    Parameters
    ----------
    latitude, longitude : (n,) degrees; NaN where unknown.
    eligible : (n,) bool, which places can be found.

    Returns
    -------
    order : (n_eligible,) int64, places by band from the south, and by longitude 0..360 within each.
    band_start : (181,) int64, offsets of each band in ``order``.
    """
    place = np.flatnonzero(eligible & ~np.isnan(latitude + longitude))
    band = band_of(np.asarray(latitude, np.float64)[place])
    order = place[np.lexsort((eastward(np.asarray(longitude, np.float64)[place]), band))]
    sizes = np.bincount(band, minlength=N_BAND)
    return order, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def band_of(latitude: Array) -> Array:
    """Band of each latitude."""
    return np.clip(np.floor((latitude + 90.0) / BAND_DEGREES), 0, N_BAND - 1).astype(np.int64)


def eastward(longitude: Array) -> Array:
    """Longitudes from 0 to less than 360 degrees."""
    east = np.mod(longitude, 360.0)
    return np.where(east >= 360.0, 0.0, east)


@inlined
def chord_within(metres: float) -> float:
    """Square of half the chord of a great-circle distance, on a sphere of radius 1."""
    half = np.sin(min(0.5 * metres / EARTH_RADIUS, 0.5 * np.pi))
    return half * half  # type: ignore[no-any-return]


@inlined
def distance_of(chord: float) -> float:
    """Great-circle distance, m, of ``chord_within``."""
    return 2.0 * EARTH_RADIUS * np.arcsin(np.sqrt(min(max(chord, 0.0), 1.0)))  # type: ignore[no-any-return]


@inlined
def _squared_sine(degrees: float) -> float:
    sine = np.sin(np.radians(degrees) * 0.5)
    return sine * sine  # type: ignore[no-any-return]


@inlined
def chord_between(lat1: float, lon1: float, cos1: float, lat2: float, lon2: float, cos2: float) -> float:
    """Square of half the chord between two places: grows with their distance; see ``chord_within``.

    ``cos1`` and ``cos2`` are the cosines of their latitudes.
    """
    return _squared_sine(lat2 - lat1) + cos1 * cos2 * _squared_sine(lon2 - lon1)


@inlined
def band_chord(latitude: float, band: int) -> float:
    """Chord to the nearer edge of a band; 0 inside it."""
    south = -90.0 + band * BAND_DEGREES
    return _squared_sine(max(south - latitude, latitude - south - BAND_DEGREES, 0.0))


@inlined
def narrowest_of(band: int) -> float:
    """Cosine of the latitude of the edge of a band that is nearer to a pole."""
    south = -90.0 + band * BAND_DEGREES
    narrowest = min(np.cos(np.radians(south)), np.cos(np.radians(south + BAND_DEGREES)))
    return max(narrowest, 0.0)  # type: ignore[no-any-return]


@compiled
def nearest_of_some(
    seeking: Array,
    latitude: Array,
    longitude: Array,
    group: Array,
    time: Array,
    content: Array,
    order: Array,
    band_start: Array,
    farthest: float,
) -> tuple[Array, Array]:
    """For some places the nearest one of another group.

    Of those equally near it is the one closest in time, then the earlier, then the one whose content comes
    first in numerical order: the answer does not depend on the order of the places.

    Parameters
    ----------
    seeking : (n,) bool, the places that seek; the others find none.
    latitude, longitude : (n,) degrees; NaN where unknown.
    group : (n,) int64
    time : (n,) NaN where unknown.
    content : (n, n_column) NaN where unknown.
    order, band_start : of the places that can be found, see ``in_bands``.
    farthest : m

    Returns
    -------
    nearest : (n,) int64, -1 where there is none.
    distance : (n,) m, NaN where there is none.
    """
    n = latitude.size
    nearest, distance = np.full(n, -1), np.full(n, np.nan)
    east, cosine = np.empty(order.size), np.empty(order.size)
    for k in range(order.size):
        east[k] = longitude[order[k]] % 360.0 % 360.0
        cosine[k] = np.cos(np.radians(latitude[order[k]]))
    narrowest = np.empty(N_BAND)
    for band in range(N_BAND):
        narrowest[band] = narrowest_of(band)
    known = (order, band_start, east, cosine, narrowest)
    runs = _runs(group, order, band_start)
    limit = chord_within(farthest)
    for i in range(n):
        if not seeking[i] or np.isnan(latitude[i] + longitude[i] + time[i]):
            continue
        best, found = limit, -1
        here = (latitude[i], longitude[i], np.cos(np.radians(latitude[i])))
        own_east = longitude[i] % 360.0 % 360.0
        own = min(max(int(np.floor((latitude[i] + 90.0) / BAND_DEGREES)), 0), N_BAND - 1)
        for away in range(N_BAND):
            closest = min(band_chord(latitude[i], own - away), band_chord(latitude[i], own + away))
            if closest > best:
                break
            for band in (own - away, own + away):
                if not 0 <= band < N_BAND or (away == 0 and band > own):
                    continue
                best, found = _search_band(
                    i,
                    here,
                    own_east,
                    latitude,
                    longitude,
                    group,
                    time,
                    content,
                    known,
                    runs,
                    band,
                    best,
                    found,
                )
        if found >= 0:
            nearest[i], distance[i] = found, distance_of(best)
    return nearest, distance


@compiled
def _search_band(
    i: int,
    here: tuple[float, float, float],
    own: float,
    latitude: Array,
    longitude: Array,
    group: Array,
    time: Array,
    content: Array,
    known: tuple[Array, Array, Array, Array, Array],
    runs: tuple[Array, Array],
    band: int,
    best: float,
    found: int,
) -> tuple[float, int]:
    """The best so far, or a better one of this band; longitudes that cannot be better end the search."""
    order, band_start, east, cosines, narrowest = known
    run_first, run_stop = runs
    first, stop = band_start[band], band_start[band + 1]
    size = stop - first
    if size == 0:
        return best, found
    across = here[2] * narrowest[band]
    start = np.searchsorted(east[first:stop], own)
    for direction in (1, -1):
        step = 0
        while step < size:
            k = start + step if direction > 0 else start - 1 - step
            k = first + (k - size if k >= size else k + size if k < 0 else k)
            apart = direction * (east[k] - own)
            apart = apart if apart >= 0.0 else apart + 360.0
            # no place of the band that is so many degrees of longitude away has a shorter chord
            if apart > 180.0 or across * _squared_sine(apart) > best:
                break
            j = order[k]
            if group[j] == group[i]:
                step += run_stop[k] - k if direction > 0 else k - run_first[k] + 1
                continue
            step += 1
            if np.isnan(time[j]):
                continue
            chord = chord_between(*here, latitude[j], longitude[j], cosines[k])
            if chord < best or (
                chord == best and (found < 0 or _comes_first(j, found, time[i], time, content))
            ):
                best, found = chord, j
    return best, found


@compiled
def _runs(group: Array, order: Array, band_start: Array) -> tuple[Array, Array]:
    """First and last + 1 of the places around each that lie side by side in its band and are of one group.

    They are passed over at once: a mooring or a glider may hold thousands of places that are no use to it.
    """
    first, stop = np.empty(order.size, np.int64), np.empty(order.size, np.int64)
    for band in range(N_BAND):
        start, end = band_start[band], band_start[band + 1]
        for k in range(start, end):
            together = k > start and group[order[k]] == group[order[k - 1]]
            first[k] = first[k - 1] if together else k
        for k in range(end - 1, start - 1, -1):
            together = k < end - 1 and group[order[k]] == group[order[k + 1]]
            stop[k] = stop[k + 1] if together else k + 1
    return first, stop


@compiled
def _comes_first(j: int, other: int, now: float, time: Array, content: Array) -> bool:
    """Whether place ``j`` is preferred to another equally near one."""
    here, there = abs(time[j] - now), abs(time[other] - now)
    if here != there:
        return here < there  # type: ignore[no-any-return]
    if time[j] != time[other]:
        return time[j] < time[other]  # type: ignore[no-any-return]
    for c in range(content.shape[1]):
        mine, its = content[j, c], content[other, c]
        if mine == its or (np.isnan(mine) and np.isnan(its)):
            continue
        return not np.isnan(mine) and (np.isnan(its) or mine < its)
    return False
