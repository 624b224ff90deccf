"""Argo test 5: impossible speed, from profile to profile."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test
from kernels.track import speed_outcome, speeds_of_fixes


def measure(
    platform_start: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    highest: float,
    position_error: float = 0.0,
    shortest: float = 0.0,
    later_only: float = 0.0,
) -> tuple[Array, Array, Array]:
    """Speed that speaks against the fix, and the largest possible one."""
    speed = speeds_of_fixes(
        platform_start, time, latitude, longitude, highest, position_error, shortest, later_only != 0.0
    )
    untested = np.isnan(speed)
    return speed, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="position",
    scope="platform",
    features=("profiles",),
    measure=measure,
    quantity="speed between the fixes of the platform, m/s",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 5 (impossible speed)",
    example={"highest": 3.0},
)
@compiled
def impossible_speed(
    platform_start: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    highest: float,
    position_error: float = 0.0,
    shortest: float = 0.0,
    later_only: float = 0.0,
) -> Array:
    """Profiles that the platform could not have reached in the time since its last one.

    A position that can neither be reached from the one before nor left for the one after it fails alone if
    the track is possible without it. Otherwise both ends of an impossible leg fail, since the position or
    the time of either may be wrong.

    Parameters
    ----------
    platform_start : (n_platform + 1,) offsets of the profiles of each platform, which lie in time.
    time : (n_row,) days; NaN where missing.
    latitude, longitude : (n_row,) degrees; NaN where missing.
    highest : largest possible speed, m/s.
    position_error : distance that may be an error of the positions, m.
    shortest : times closer than this count as this far apart, s.
    later_only : other than 0: the later end of every impossible leg fails, and no other.

    Returns
    -------
    outcome : (n_row,) uint8, ``NOT_RUN`` where time or position is missing (such profiles are passed over)
        and where the platform has one position only; with ``later_only`` also for the first.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 5: 3 m/s. Texts of the test (RTQC5) say
    that the one position or time in error can often be isolated among several, and else position, time or
    both are bad; how to isolate it is ours. QuinCe's test rows, with 160 m/s, have it the same way, but
    call a single position good; the SpeedQCRoutine that we read always fails both ends of a leg. ioos_qc
    (``speed_test``) is ``later_only``, except that a missing position leaves the next one untested there,
    and that its distances are those on the ellipsoid (0.6 % from ours at most). The EN track check takes 20
    km and 600 s for ``position_error`` and ``shortest``; without them two positions at one time are an
    infinite speed.
    """
    speed = speeds_of_fixes(
        platform_start, time, latitude, longitude, highest, position_error, shortest, later_only != 0.0
    )
    return speed_outcome(speed, highest)
