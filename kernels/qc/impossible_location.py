"""Argo test 3: impossible location."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test


def measure(latitude: Array, longitude: Array) -> tuple[Array, Array, Array]:
    """The latitude where it is wrong, else the longitude, and its limits."""
    known = ~(np.isnan(latitude) | np.isnan(longitude))
    wrong = np.abs(latitude) > 90
    limit = np.where(known, np.where(wrong, 90.0, 180.0), np.nan)
    return np.where(known, np.where(wrong, latitude, longitude), np.nan), -limit, limit


@qc_test(
    on="position",
    measure=measure,
    quantity="latitude or longitude, degrees",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 3 (impossible location)",
)
@compiled
def impossible_location(latitude: Array, longitude: Array) -> Array:
    """Positions that are not on the Earth.

    Parameters
    ----------
    latitude, longitude : (n_position,) degrees; NaN where missing.

    Returns
    -------
    outcome : (n_position,) uint8, ``NOT_RUN`` where latitude or longitude is missing.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 3: latitude -90..90, longitude -180..180.
    """
    outcome = np.empty(latitude.size, np.uint8)
    for i in range(latitude.size):
        wrong = (abs(latitude[i]) > 90.0) | (abs(longitude[i]) > 180.0)
        outcome[i] = 2 if np.isnan(latitude[i]) | np.isnan(longitude[i]) else wrong
    return outcome
