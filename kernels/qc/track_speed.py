"""Argo test 5: impossible speed, along a trajectory."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test
from kernels.track import speed_outcome, speeds_of_fixes


def measure(
    sequence_start: Array,
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
        sequence_start, time, latitude, longitude, highest, position_error, shortest, later_only != 0.0
    )
    untested = np.isnan(speed)
    return speed, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="position",
    features=("trajectories",),
    measure=measure,
    quantity="speed between the fixes of the trajectory, m/s",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 5, on trajectories",
    example={"highest": 3.0},
)
@compiled
def track_speed(
    sequence_start: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    highest: float,
    position_error: float = 0.0,
    shortest: float = 0.0,
    later_only: float = 0.0,
) -> Array:
    """Positions of a trajectory that could not be reached in the time since the last one.

    A position that can neither be reached from the one before nor left for the one after it fails alone if
    the track is possible without it. Otherwise both ends of an impossible leg fail, since the position or
    the time of either may be wrong.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of the observations of each trajectory.
    time : (n_obs,) days; NaN where missing.
    latitude, longitude : (n_obs,) degrees; NaN where missing.
    highest : largest possible speed, m/s.
    position_error : distance that may be an error of the positions, m.
    shortest : times closer than this count as this far apart, s.
    later_only : other than 0: the later end of every impossible leg fails, and no other.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where time or position is missing (they are passed over)
        and where the trajectory has one position only; with ``later_only`` also for the first.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 5: 3 m/s. QuinCe: 160 m/s, since a ship's
    position in thousandths of a degree may step by 157 m from one second to the next. ioos_qc
    (``speed_test``) is ``later_only``. Differences are those of ``impossible_speed``, which is the same
    test from profile to profile.
    """
    speed = speeds_of_fixes(
        sequence_start, time, latitude, longitude, highest, position_error, shortest, later_only != 0.0, False
    )
    return speed_outcome(speed, highest)
