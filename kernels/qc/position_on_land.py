"""Argo test 4: position on land."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test

ALL_LAND = 3
"""Class of a cell of the land mask in which every point is land."""


def measure(latitude: Array, longitude: Array, land_class: Array) -> tuple[Array, Array, Array]:
    """Class of the land mask, and the highest accepted one."""
    n_lat, n_lon = land_class.shape
    on_earth = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)
    row = np.clip((np.where(on_earth, latitude, 0) + 90) * n_lat / 180, 0, n_lat - 1).astype(int)
    column = np.clip((np.where(on_earth, longitude, 0) + 180) * n_lon / 360, 0, n_lon - 1).astype(int)
    return (
        np.where(on_earth, land_class[row, column], np.nan),
        np.where(on_earth, 0.0, np.nan),
        np.where(on_earth, ALL_LAND - 1.0, np.nan),
    )


@qc_test(
    on="position",
    measure=measure,
    quantity="class of the land mask (0 ocean .. 3 land in every point of 5 minutes of arc)",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 4 (position on land)",
)
@compiled
def position_on_land(latitude: Array, longitude: Array, land_class: Array) -> Array:
    """Positions in a cell of the land mask without any ocean.

    Parameters
    ----------
    latitude, longitude : (n_position,) degrees; NaN where missing.
    land_class : (n_lat, n_lon) uint8 land mask from 90S, 180W.

    Returns
    -------
    outcome : (n_position,) uint8, ``NOT_RUN`` where the position is missing or not on the Earth.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 4. The manual leaves the mask open (it
    recommends 5 minutes of arc). Only a cell of pure land fails, so that no cast near a coast does; as with
    AutoQC's loose test, which asks for land at all 25 surrounding points. Lakes, the Caspian Sea and ice
    shelves are land in our mask.
    """
    n_lat, n_lon = land_class.shape
    outcome = np.full(latitude.size, 2, np.uint8)
    for i in range(latitude.size):
        if not (abs(latitude[i]) <= 90.0 and abs(longitude[i]) <= 180.0):
            continue
        row = min(int((latitude[i] + 90.0) * n_lat / 180.0), n_lat - 1)
        column = min(int((longitude[i] + 180.0) * n_lon / 360.0), n_lon - 1)
        outcome[i] = land_class[row, column] >= ALL_LAND
    return outcome
