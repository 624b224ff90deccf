"""EN (Met Office): track check."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.en_track import judge_tracks
from kernels.registry import qc_test


def measure(
    platform_start: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    highest: float,
    position_error: float = 20_000.0,
    shortest: float = 600.0,
) -> tuple[Array, Array, Array]:
    """Speed of the leg for which a place is rejected, else of the faster one to or from it."""
    speed, limit = judge_tracks(platform_start, time, latitude, longitude, highest, position_error, shortest)
    return speed, np.where(np.isnan(speed), np.nan, -np.inf), limit


@qc_test(
    on="position",
    scope="platform",
    measure=measure,
    quantity="speed on the track, m s-1 (none is accepted where most of the track is rejected)",
    reference="Ingleby and Huddleston (2007), track check",
    example={"highest": 15.0},
)
@compiled
def en_track_check(
    platform_start: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    highest: float,
    position_error: float = 20_000.0,
    shortest: float = 600.0,
) -> Array:
    """Places that a platform cannot have reached, told from those before and after them.

    As long as the fastest leg of the track exceeds the highest speed, or 0.8 of it with a turn of more than
    90 degrees at one of its ends, one end is rejected: (a) at the ends of the track the outer one, unless the
    rest speaks against the inner one; else the one (b) with a second leg that is too fast, (c) without which
    the track is still too fast being kept, (d) with the sharper turn, by 45 degrees, (e) whose neighbour has
    a turn of more than 45 degrees, (f) with a second leg slower than half the mean, (g) without which the way
    is shorter, by 10 % or the position error, (h) at which the shares of way and time differ more, by 0.1;
    (i) both, if nothing tells, or if the track without the one is too fast again. If more than half are
    rejected, all are.

    Parameters
    ----------
    platform_start : (n_platform + 1,) offsets of each platform.
    time : (n_row,) days; NaN where missing. What is not in the order of time is put into it.
    latitude, longitude : (n_row,) degrees; NaN where missing.
    highest : highest possible speed, m/s.
    position_error : m, taken off each distance.
    shortest : s, times closer than this count as that.

    Returns
    -------
    outcome : (n_row,) uint8, ``NOT_RUN`` where time or place is missing, and for platforms with one place.

    References
    ----------
    Ingleby, B., and M. Huddleston, 2007: Quality control of ocean temperature and salinity profiles. Journal
    of Marine Systems 65, 158-175: 15 m/s for ships, 2 m/s for buoys; 20 km and 600 s. AutoQC (EN_track_check)
    takes the second speed for its probe types 4, 7, 9..13 and 15, does not test aircraft (country 99) and
    cruise 0, and has an Earth of 6367 km; with ours, of 6371 km, a speed is 0.07 % higher.
    """
    speed, limit = judge_tracks(platform_start, time, latitude, longitude, highest, position_error, shortest)
    outcome = np.empty(time.size, np.uint8)
    for i in range(time.size):
        outcome[i] = 2 if np.isnan(speed[i]) else speed[i] > limit[i]
    return outcome
