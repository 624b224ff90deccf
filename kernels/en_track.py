"""The track check of the EN system (Met Office): which places of a platform it cannot have reached.

While the fastest leg of a track is too fast, or fast with a sharp turn at one of its ends, one of its two
ends is rejected, or both if nothing tells which.

References
----------
Ingleby, B., and M. Huddleston, 2007: Quality control of ocean temperature and salinity profiles. Journal of
Marine Systems 65, 158-175, track check, rules (a) to (i); AutoQC, EN_track_check.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.compiled import Array, compiled, inlined
from kernels.track import EARTH_RADIUS, SECONDS_PER_DAY, fixes, great_circle_distance

QUICK = 0.8
"""Share of the highest speed above which a leg beside a sharp turn is too fast."""

SHARP, CLEAR = np.pi / 2, np.pi / 4
"""A sharp turn, and by how much a turn must exceed another one to tell, radians."""

UPPER, LOWER, BOTH = 1, 2, 3
"""Which end of a leg is rejected: the earlier one, the later one, or both."""


class Track(NamedTuple):
    """Fixes of a platform in the order of time, as a linked list from which rejected ones are taken out.

    ``before`` and ``after`` are the neighbours left, -1 at the ends. ``leg`` is the speed to each fix from
    the one before, NaN at the first one and where rejected. ``tree`` holds it once more, so that the largest
    is found at once: node i is the larger of nodes 2 i and 2 i + 1. ``highest`` (m/s), ``position_error`` (m)
    and ``shortest`` (s) are numbers.
    """

    time: Array
    latitude: Array
    longitude: Array
    before: Array
    after: Array
    leg: Array
    tree: Array
    highest: float
    position_error: float
    shortest: float


@compiled
def judge_tracks(
    platform_start: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    highest: float,
    position_error: float,
    shortest: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Speeds for and against the places of many platforms.

    Parameters
    ----------
    platform_start : (n_platform + 1,) offsets of each platform.
    time : (n,) days; NaN where missing.
    latitude, longitude : (n,) degrees; NaN where missing. What lacks time or place is passed over.
    highest : largest possible speed, m/s.
    position_error : m, taken off each distance.
    shortest : s, times closer than this count as that.

    Returns
    -------
    speed : (n,) m/s of the leg for which a place is rejected, else of the faster leg to or from it; NaN where
        nothing can be said.
    limit : (n,) m/s; rejected are the places with ``speed > limit``. It is minus infinity where most of the
        track is rejected.
    """
    speed, limit = np.full(time.size, np.nan), np.full(time.size, np.nan)
    for platform in range(platform_start.size - 1):
        first, stop = platform_start[platform], platform_start[platform + 1]
        t, lat, lon = time[first:stop], latitude[first:stop], longitude[first:stop]
        fix = np.empty(t.size + 1, np.int64)
        n = fixes(t, lat, lon, fix)
        fix = fix[:n][np.argsort(t[fix[:n]], kind="mergesort")]
        if n < 2:
            continue
        track = _track_of(t[fix], lat[fix], lon[fix], highest, position_error, shortest)
        s, highest_of = np.full(n, np.nan), np.full(n, highest)
        _reject(track, s, highest_of)
        for k in range(n):
            speed[first + fix[k]], limit[first + fix[k]] = s[k], highest_of[k]
    return speed, limit


@compiled
def _track_of(
    time: Array, latitude: Array, longitude: Array, highest: float, position_error: float, shortest: float
) -> Track:
    n, half = time.size, 1
    while half < n:
        half *= 2
    track = Track(
        time,
        latitude,
        longitude,
        np.arange(-1, n - 1),
        np.append(np.arange(1, n), -1),
        np.full(n, np.nan),
        np.full(2 * half, -np.inf),
        highest,
        position_error,
        shortest,
    )
    for k in range(1, n):
        track.leg[k] = speed_to(track, k - 1, k)
        track.tree[half + k] = -np.inf if np.isnan(track.leg[k]) else track.leg[k]
    for node in range(half - 1, 0, -1):
        track.tree[node] = max(track.tree[2 * node], track.tree[2 * node + 1])
    return track


@compiled
def _reject(track: Track, speed: Array, limit: Array) -> None:
    """Reject places of one track until its fastest leg is possible, or all if most of them are rejected."""
    n, n_rejected = speed.size, 0
    while 2 * n_rejected <= n:
        later = _fastest(track)
        if later < 0 or not too_fast(track, later, track.before[later], track.after[later]):
            break
        earlier, fastest = track.before[later], track.leg[later]
        which = _which_end(track, earlier, later)
        if which & UPPER:
            speed[earlier] = fastest
        if which & LOWER:
            speed[later] = fastest
        for k in (earlier, later):
            if not np.isnan(speed[k]):
                limit[k] = track.highest * (1.0 if fastest > track.highest else QUICK)
                _take_out(track, k)
                n_rejected += 1
    for k in range(n):
        if np.isnan(speed[k]):
            later = track.after[k]
            speed[k] = max(_number(track.leg[k]), _number(track.leg[later]) if later >= 0 else -np.inf)
            if 2 * n_rejected > n:
                limit[k] = -np.inf


@inlined
def _number(speed: float) -> float:
    """A speed, or 0 where there is none."""
    return 0.0 if np.isnan(speed) else speed


@compiled
def _fastest(track: Track) -> int:
    """The later end of the fastest leg, of equally fast ones the first; -1 where there is none."""
    tree, node = track.tree, 1
    half = tree.size // 2
    while node < half:
        node = 2 * node if tree[2 * node] == tree[node] else 2 * node + 1
    return -1 if tree[1] == -np.inf else node - half


@compiled
def _set_leg(track: Track, k: int, speed: float) -> None:
    tree = track.tree
    track.leg[k] = speed
    node = tree.size // 2 + k
    tree[node] = -np.inf if np.isnan(speed) else speed
    while node > 1:
        node //= 2
        tree[node] = max(tree[2 * node], tree[2 * node + 1])


@compiled
def _take_out(track: Track, k: int) -> None:
    earlier, later = track.before[k], track.after[k]
    if earlier >= 0:
        track.after[earlier] = later
    if later >= 0:
        track.before[later] = earlier
        _set_leg(track, later, speed_to(track, earlier, later))
    _set_leg(track, k, np.nan)


@compiled
def distance(track: Track, i: int, j: int) -> float:
    """Distance between two fixes, m."""
    return great_circle_distance(track.latitude[i], track.longitude[i], track.latitude[j], track.longitude[j])


@compiled
def speed_to(track: Track, i: int, j: int) -> float:
    """Speed from fix i to a later fix j, m/s, negative within the position error; NaN where one is -1."""
    if i < 0 or j < 0:
        return np.nan
    seconds = max((track.time[j] - track.time[i]) * SECONDS_PER_DAY, track.shortest)
    return (distance(track, i, j) - track.position_error) / seconds  # type: ignore[no-any-return]


@compiled
def turn(track: Track, i: int, j: int, k: int) -> float:
    """Change of direction at fix j on the way from i to k, radians 0..pi; NaN where one is -1.

    Beside a leg without length it is pi: AutoQC takes the angle between the legs as 0 there.
    """
    if i < 0 or j < 0 or k < 0:
        return np.nan
    a, b, c = (
        distance(track, i, j) / EARTH_RADIUS,
        distance(track, j, k) / EARTH_RADIUS,
        distance(track, k, i) / EARTH_RADIUS,
    )
    if a == 0.0 or b == 0.0:
        return np.pi
    haversine = (np.sin(c / 2) ** 2 - np.sin((a - b) / 2) ** 2) / (np.sin(a) * np.sin(b))
    between: float = 2 * np.arcsin(np.sqrt(min(max(haversine, 0.0), 1.0)))
    return np.pi - between


@compiled
def turn_at(track: Track, j: int) -> float:
    """Change of direction at a fix between its neighbours."""
    return turn(track, track.before[j], j, track.after[j]) if j >= 0 else np.nan


@compiled
def too_fast(track: Track, j: int, i: int, k: int) -> bool:
    """Whether the leg from fix i to fix j is too fast, if k comes after j."""
    speed, highest = speed_to(track, i, j), track.highest
    if speed > highest:
        return True
    if not speed > QUICK * highest:
        return False
    return turn(track, i, j, k) > SHARP or turn(track, track.before[i], i, j) > SHARP


@compiled
def _which_end(track: Track, earlier: int, later: int) -> int:
    """Which end of a leg to reject: rules (a) to (h); by rule (i) both, if the rest were too fast again."""
    which = _rules_of_speed(track, earlier, later)
    if which == 0:
        which = _rules_of_turns(track, earlier, later)
    if which == 0:
        which = _rules_of_paths(track, earlier, later)
    if which == 0:
        return BOTH
    wrong = earlier if which == UPPER else later
    i, j = track.before[wrong], track.after[wrong]
    again = i >= 0 and j >= 0 and too_fast(track, j, i, track.after[j])
    return BOTH if again else which


@compiled
def _rules_of_speed(track: Track, earlier: int, later: int) -> int:
    """Rules (a) to (c): the ends of the track, and speeds on the legs around and without either end."""
    highest, leg = track.highest, track.leg
    i, k = track.before[earlier], track.after[later]
    if i < 0:
        if k >= 0 and speed_to(track, earlier, k) < highest:
            return LOWER if leg[k] > highest or turn_at(track, k) > CLEAR else UPPER
        return UPPER
    if k < 0 and track.before[i] >= 0:
        if speed_to(track, i, later) < highest:
            return UPPER if leg[earlier] > highest or turn_at(track, i) > CLEAR else LOWER
        return LOWER
    if leg[earlier] > highest:
        return UPPER
    if k >= 0 and leg[k] > highest:
        return LOWER
    if speed_to(track, earlier, k) > highest:
        return UPPER
    return LOWER if speed_to(track, i, later) > highest else 0


@compiled
def _rules_of_turns(track: Track, earlier: int, later: int) -> int:
    """Rules (d) to (f): turns at and around the ends, and a leg that is slow for this track."""
    i, k = track.before[earlier], track.after[later]
    here, there = turn_at(track, earlier), turn_at(track, later)
    if here > CLEAR + there:
        return UPPER
    if there > CLEAR + here:
        return LOWER
    if k < 0:
        return 0
    before, after = turn_at(track, i), turn_at(track, k)
    if before > CLEAR and before > after:
        return UPPER
    if after > CLEAR:
        return LOWER
    to, on, usual = track.leg[earlier], track.leg[k], mean_speed(track)
    if to < min(on, 0.5 * usual):
        return UPPER
    return LOWER if on < min(to, 0.5 * usual) else 0


@compiled
def mean_speed(track: Track) -> float:
    """Mean over the possible legs of an hour or more, m/s; 0 where there is none."""
    total, n = 0.0, 0
    for k in range(1, track.leg.size):
        if track.leg[k] <= track.highest:
            hours = (track.time[k] - track.time[track.before[k]]) * 24.0
            if hours >= 1.0 - 1e-6:
                total += track.leg[k]
                n += 1
    return total / n if n else 0.0


@compiled
def _rules_of_paths(track: Track, earlier: int, later: int) -> int:
    """Rules (g) and (h): the shorter way round, then the smoother way, without one or the other end."""
    i, k = track.before[earlier], track.after[later]
    if i < 0 or k < 0:
        return 0
    to_earlier, to_later = distance(track, i, earlier), distance(track, i, later)
    by_earlier = to_earlier + distance(track, earlier, k)
    by_later = to_later + distance(track, later, k)
    path = to_earlier + distance(track, earlier, later) + distance(track, later, k)
    tolerance = max(track.position_error, 0.1 * path)
    if by_later < by_earlier - tolerance:
        return UPPER
    if by_earlier < by_later - tolerance:
        return LOWER
    whole = track.time[k] - track.time[i]
    odd_earlier = abs(to_earlier / by_earlier - (track.time[earlier] - track.time[i]) / whole)
    odd_later = abs(to_later / by_later - (track.time[later] - track.time[i]) / whole)
    if odd_earlier > 0.1 + odd_later:
        return UPPER
    return LOWER if odd_later > 0.1 + odd_earlier else 0
