"""Distances and speeds between the fixes of a platform: places with their times, one after the other."""

import numpy as np
from numpy.typing import NDArray

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row

EARTH_RADIUS = 6_371_008.8
"""Mean radius of the Earth (IUGG), m."""

SECONDS_PER_DAY = 86_400.0


@inlined
def great_circle_distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Shortest way between two places on a sphere.

    Parameters
    ----------
    lat1, lon1, lat2, lon2 : degrees; longitudes of any convention.

    Returns
    -------
    distance : m. On the ellipsoid it is up to 0.6 % longer or shorter.
    """
    up = np.sin(np.radians(lat2 - lat1) / 2)
    across = np.sin(np.radians(lon2 - lon1) / 2)
    chord = up * up + np.cos(np.radians(lat1)) * np.cos(np.radians(lat2)) * across * across
    return float(2 * EARTH_RADIUS * np.arcsin(np.sqrt(min(max(chord, 0.0), 1.0))))


@inlined
def course(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Direction in which the great circle leaves the first place, degrees clockwise from north, -180..180."""
    north1, north2, east = np.radians(lat1), np.radians(lat2), np.radians(lon2 - lon1)
    x = np.cos(north1) * np.sin(north2) - np.sin(north1) * np.cos(north2) * np.cos(east)
    return float(np.degrees(np.arctan2(np.sin(east) * np.cos(north2), x)))


@inlined
def intermediate_place(
    lat1: float, lon1: float, lat2: float, lon2: float, fraction: float
) -> tuple[float, float]:
    """Latitude and longitude on the great circle between two places, at a fraction of the way."""
    x1, y1, z1 = _on_the_unit_sphere(lat1, lon1)
    x2, y2, z2 = _on_the_unit_sphere(lat2, lon2)
    angle = great_circle_distance(lat1, lon1, lat2, lon2) / EARTH_RADIUS
    first, second = 1.0 - fraction, fraction
    if angle > 1e-9:
        first, second = np.sin(first * angle) / np.sin(angle), np.sin(second * angle) / np.sin(angle)
    x, y, z = first * x1 + second * x2, first * y1 + second * y2, first * z1 + second * z2
    return float(np.degrees(np.arctan2(z, np.hypot(x, y)))), float(np.degrees(np.arctan2(y, x)))


@inlined
def _on_the_unit_sphere(lat: float, lon: float) -> tuple[float, float, float]:
    north, east = np.radians(lat), np.radians(lon)
    return np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)


@compiled
def speed_between(
    time: Array, latitude: Array, longitude: Array, i: int, j: int, position_error: float, shortest: float
) -> float:
    """Speed from fix ``i`` to fix ``j``, m/s; infinite between two places at one time.

    ``position_error`` (m) is taken off the distance; times closer than ``shortest`` (s) count as that.
    """
    distance = great_circle_distance(latitude[i], longitude[i], latitude[j], longitude[j]) - position_error
    seconds = max(abs(time[j] - time[i]) * SECONDS_PER_DAY, shortest)
    return distance / seconds if distance > 0.0 else 0.0


@compiled
def fixes(time: Array, latitude: Array, longitude: Array, fix: Array) -> int:
    """List what has time and place: positions are written into ``fix``, their number is returned."""
    n = 0
    for i in range(time.size):
        fix[n] = i
        n += not np.isnan(time[i] + latitude[i] + longitude[i])
    return n


@compiled
def _is_clearly_slow(
    time: Array, latitude: Array, longitude: Array, highest: float, position_error: float, shortest: float
) -> bool:
    """Whether every leg is possible even if degrees of longitude were as long as at the equator."""
    metres = np.radians(1.0) * EARTH_RADIUS * (1.0 + 1e-9)
    fast = 0
    for i in range(1, time.size):
        north, east = latitude[i] - latitude[i - 1], longitude[i] - longitude[i - 1]
        seconds = abs(time[i] - time[i - 1]) * SECONDS_PER_DAY
        reach = highest * (shortest if shortest > seconds else seconds) + position_error
        near = metres * metres * (north * north + east * east) <= reach * reach
        fast += not (near & (reach >= 0.0))
    return fast == 0 and time.size > 1


@compiled
def speeds_of_fixes(
    start: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    highest: float,
    position_error: float,
    shortest: float,
    later_only: bool,
    exact: bool = True,
) -> NDArray[np.float64]:
    """Speed that speaks against each fix of a track: above ``highest`` where the fix may be wrong.

    A fix that cannot be reached from the one before, nor left for the one after it, is wrong by itself if
    without it the track is possible; the track then goes on without it. Otherwise the two fixes of an
    impossible leg stand against each other.

    Parameters
    ----------
    start : (n_track + 1,) offsets of the fixes of each platform, in order.
    time : (n,) days; NaN where missing.
    latitude, longitude : (n,) degrees; NaN where missing. What lacks time or place is passed over.
    highest : largest possible speed, m/s.
    position_error, shortest : of ``speed_between``.
    later_only : the speed of a leg counts for its later fix alone, and no fix is left out.
    exact : False gives 0 for the fixes of a track whose every leg is clearly possible.

    Returns
    -------
    speed : (n,) m/s; NaN where nothing can be said.
    """
    speed = np.full(time.size, np.nan)
    fix = np.empty(longest_row(start) + 1, np.int64)
    for track in range(start.size - 1):
        first, stop = start[track], start[track + 1]
        t, lat, lon, s = time[first:stop], latitude[first:stop], longitude[first:stop], speed[first:stop]
        if not exact and _is_clearly_slow(t, lat, lon, highest, position_error, shortest):
            s[1 if later_only else 0 :] = 0.0
            continue
        n = fixes(t, lat, lon, fix)
        last = 0
        for k in range(1, n):
            i, j = fix[last], fix[k]
            here = speed_between(t, lat, lon, i, j, position_error, shortest)
            if here > highest and not later_only and k + 1 < n:
                after = speed_between(t, lat, lon, j, fix[k + 1], position_error, shortest)
                without = speed_between(t, lat, lon, i, fix[k + 1], position_error, shortest)
                if after > highest and without <= highest:
                    s[j] = max(here, after)
                    continue
            if not later_only:
                s[i] = here if np.isnan(s[i]) else max(s[i], here)
            s[j] = here
            last = k
    return speed


@compiled
def speed_outcome(speed: Array, highest: float) -> NDArray[np.uint8]:
    """``FAIL`` where a speed is above ``highest``, ``NOT_RUN`` where it is NaN."""
    outcome = np.empty(speed.size, np.uint8)
    for i in range(speed.size):
        outcome[i] = 2 if np.isnan(speed[i]) else np.uint8(speed[i] > highest)
    return outcome
