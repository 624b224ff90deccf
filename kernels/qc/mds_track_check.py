"""The Met Office's track check of ships (MDS)."""

import numpy as np
from numpy.typing import NDArray

from kernels.compiled import Array, compiled
from kernels.levels import longest_row
from kernels.registry import qc_test
from kernels.track import course, fixes, great_circle_distance, intermediate_place

KNOT = 1.852
"""km/h"""
HOURS_PER_DAY = 24.0


def measure(
    platform_start: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    max_direction_change: float,
    max_speed_change: float,
    max_speed: float,
    max_midpoint_distance: float,
) -> tuple[Array, Array, Array]:
    """Distance from where the positions before and after would have the ship, km; accepted without limit
    where neither speed nor course speak against the position."""
    distance, suspect = _suspects(
        platform_start, time, latitude, longitude, max_direction_change, max_speed_change, max_speed
    )
    untested = np.isnan(distance)
    highest = np.where(suspect, max_midpoint_distance, np.inf)
    return distance, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="position",
    scope="platform",
    features=("profiles",),
    measure=measure,
    quantity="distance from the way between the positions before and after, km",
    reference="MDS track check, Met Office; marine_qc, do_track_check",
    example={
        "max_direction_change": 60.0,
        "max_speed_change": 10.0,
        "max_speed": 40.0,
        "max_midpoint_distance": 150.0,
    },
)
@compiled
def mds_track_check(
    platform_start: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    max_direction_change: float,
    max_speed_change: float,
    max_speed: float,
    max_midpoint_distance: float,
) -> Array:
    """Positions of a ship that its speed, its course and its positions before and after speak against.

    A position fails if all three hold: the ship would have been too fast on two of the ways to and from it
    (the way past the neighbour counts as one) for how fast it usually goes; its course or its speed changes
    abruptly there, or it exceeds the largest speed; and it lies far from where the ship would have been on
    the great circle between the positions before and after.

    Parameters
    ----------
    platform_start : (n_platform + 1,) offsets of the positions of each ship, which lie in time.
    time : (n_row,) days; NaN where missing.
    latitude, longitude : (n_row,) degrees; NaN where missing.
    max_direction_change : largest accepted change of course, degrees.
    max_speed_change : largest accepted change of speed, km/h.
    max_speed : largest accepted speed, km/h.
    max_midpoint_distance : largest accepted distance from the great circle's place at that time, km.

    Returns
    -------
    outcome : (n_row,) uint8, ``NOT_RUN`` where time or position is missing (such rows are passed over) and
        for the first and the last position of a ship.

    References
    ----------
    Track check of the Marine Data System (1990s) as in marine_qc, ``do_track_check``: 60 degrees, 10 km/h,
    40 km/h, 150 km. How fast a ship usually goes is the fullest of its bins of 3 knots; too fast is 1.25
    times the middle of that bin, or 15 knots for ships of less than 9. The original compares course and speed
    with those that the ship reports, and estimates its place from them; records here have no such reports,
    and the leg before stands for them. Without reports marine_qc fails nothing. It also counts the speed
    that the first position lacks as one above 33 knots.
    """
    distance, suspect = _suspects(
        platform_start, time, latitude, longitude, max_direction_change, max_speed_change, max_speed
    )
    outcome = np.empty(time.size, np.uint8)
    for i in range(time.size):
        fails = suspect[i] and distance[i] > max_midpoint_distance
        outcome[i] = 2 if np.isnan(distance[i]) else np.uint8(fails)
    return outcome


@compiled
def _suspects(
    platform_start: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    max_direction_change: float,
    max_speed_change: float,
    max_speed: float,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Distance of each position from the way between its neighbours, and whether it is suspect for speed
    and course."""
    distance, suspect = np.full(time.size, np.nan), np.zeros(time.size, np.bool_)
    longest = longest_row(platform_start) + 1
    fix = np.empty(longest, np.int64)
    for platform in range(platform_start.size - 1):
        first, stop = platform_start[platform], platform_start[platform + 1]
        n = fixes(time[first:stop], latitude[first:stop], longitude[first:stop], fix)
        at = first + fix[:n]
        t, lat, lon = time[at], latitude[at], longitude[at]
        speed, around = _speeds(t, lat, lon, 1), _speeds(t, lat, lon, 2)
        fast = _too_fast(speed)
        for k in range(1, n - 1):
            distance[at[k]] = _from_midpoint(t, lat, lon, k)
            # around[k] leads past k - 1, around[k + 2] past k + 1
            before = speed[k] > fast and around[k] > fast
            after = speed[k + 1] > fast and k + 2 < n and around[k + 2] > fast
            turn = abs(
                course(lat[k - 1], lon[k - 1], lat[k], lon[k])
                - course(lat[k], lon[k], lat[k + 1], lon[k + 1])
            )
            abrupt = (
                speed[k] > max_speed
                or abs(speed[k + 1] - speed[k]) > max_speed_change
                or max_direction_change < turn < 360.0 - max_direction_change
            )
            suspect[at[k]] = abrupt and (before or after or (speed[k] > fast and speed[k + 1] > fast))
    return distance, suspect


@compiled
def _speeds(time: Array, latitude: Array, longitude: Array, apart: int) -> NDArray[np.float64]:
    """Speed to each position from the one ``apart`` before it, km/h; NaN without one, 0 at the same time."""
    speed = np.full(time.size, np.nan)
    for k in range(apart, time.size):
        hours = abs(time[k] - time[k - apart]) * HOURS_PER_DAY
        way = great_circle_distance(latitude[k - apart], longitude[k - apart], latitude[k], longitude[k])
        speed[k] = way / 1000.0 / hours if hours > 0.0 else 0.0
    return speed


@compiled
def _too_fast(speed: Array) -> float:
    """Speed above which a ship is too fast, km/h, by the most frequent of its speeds in bins of 3 knots."""
    count = np.zeros(12, np.int64)
    for k in range(1, speed.size):
        count[min(int(speed[k] / KNOT / 3.0), 11)] += 1
    usual = 1.5 + 3.0 * np.argmax(count)
    return KNOT * (1.25 * usual if usual > 8.51 else 15.0)


@compiled
def _from_midpoint(time: Array, latitude: Array, longitude: Array, k: int) -> float:
    """Distance from the great circle between the neighbours, at the time of position ``k``, km."""
    whole = abs(time[k] - time[k - 1]) + abs(time[k + 1] - time[k])
    fraction = abs(time[k] - time[k - 1]) / whole if whole > 0.0 else 0.0
    lat, lon = intermediate_place(
        latitude[k - 1], longitude[k - 1], latitude[k + 1], longitude[k + 1], fraction
    )
    return great_circle_distance(latitude[k], longitude[k], lat, lon) / 1000.0
