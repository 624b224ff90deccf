"""Marine data system (MDS) buddy check of surface observations."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.registry import qc_test
from kernels.super_observations import cells_of_observations, neighbours_of, super_observations


def measure(
    row_start: Array,
    value: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    normal_mean: Array,
    normal_std: Array,
    search_lon: Array,
    search_lat: Array,
    search_pentad: Array,
    graded: Array,
    more_than: Array,
    multiplier: Array,
) -> tuple[Array, Array, Array]:
    """Distance of each anomaly from that of its neighbours; less than the multiple of sigma is accepted."""
    anomaly, sigma = value.astype(np.float64) - normal_mean, np.asarray(normal_std, np.float64)
    cell = cells_of_observations(row_start, anomaly, latitude, longitude, time)
    cells, mean, n, index = super_observations(cell, anomaly)
    boxes = np.stack([search_lon, search_lat, search_pentad, graded], axis=1)
    buddies, times = _buddies(cells, mean, n, boxes, np.asarray(more_than), np.asarray(multiplier))
    there = np.append(buddies, np.nan)[index]
    distance = np.where(np.isnan(sigma), np.nan, np.abs(anomaly - there))
    highest = np.nextafter(np.append(times, np.nan)[index] * sigma, -np.inf)
    untested = np.isnan(distance)
    return distance, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="observation",
    features=("trajectories",),
    scope="partition",
    measure=measure,
    quantity="distance from the mean anomaly of neighbouring cells",
    reference="Met Office Marine Data System buddy check, as in marine_qc do_mds_buddy_check",
    example={
        "search_lon": (1.0, 2.0, 1.0, 2.0),
        "search_lat": (1.0, 2.0, 1.0, 2.0),
        "search_pentad": (2.0, 2.0, 4.0, 4.0),
        "graded": (1.0, 0.0, 1.0, 0.0),
        "more_than": (0.0, 5.0, 15.0, 100.0),
        "multiplier": (4.0, 3.5, 3.0, 2.5),
    },
)
def mds_buddy(
    row_start: Array,
    value: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    normal_mean: Array,
    normal_std: Array,
    search_lon: Array,
    search_lat: Array,
    search_pentad: Array,
    graded: Array,
    more_than: Array,
    multiplier: Array,
) -> Array:
    """Surface anomalies that lie far from the mean of those around them.

    Anomalies are averaged in cells of 1 degree and one pentad. An observation is compared with the mean of
    the cells around its own, in the first box of the search in which there are any, and fails if it lies as
    far from it as so many standard deviations, the fewer the more observations there are.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each row.
    value : (n_obs,) at the surface, in its canonical unit; NaN where missing.
    time : (n_row,) days since 1950-01-01; NaN where missing.
    latitude, longitude : (n_row,) degrees; NaN where missing.
    normal_mean, normal_std : (n_obs,) climatological mean, and standard deviation of the means of such cells.
    search_lon, search_lat, search_pentad : (n_box,) reach of each box in degrees of longitude as at the
        equator, cells of latitude and pentads, to both sides.
    graded : (n_box,) 1 where the multiplier depends on the number of observations, 0 where the first counts.
    more_than, multiplier : (n,) numbers of observations, ascending from 0, and the multiplier from more than
        each on.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value, time, place or climatology is missing, and where no
        box holds another cell. A distance at the limit fails.

    References
    ----------
    marine_qc ``do_mds_buddy_check`` and its earlier defaults: boxes [1, 1, 2], [2, 2, 2], [1, 1, 4] and
    [2, 2, 4]; 4, 3.5, 3 and 2.5 standard deviations for more than 0, 5, 15 and 100 observations, 4 in the
    second and fourth box. We differ: an unknown standard deviation is not taken for 1; boxes end at the
    poles, where its indices run on to the other pole; a cell counts once where a box reaches round the pole;
    years are kept apart. As there, a ship's own reports in other cells are its buddies too. Only a partition
    is seen: pentads of the months before and after are not.
    """
    distance, _, highest = measure(
        row_start,
        value,
        time,
        latitude,
        longitude,
        normal_mean,
        normal_std,
        search_lon,
        search_lat,
        search_pentad,
        graded,
        more_than,
        multiplier,
    )
    return np.where(np.isnan(distance), np.uint8(2), (distance > highest).astype(np.uint8))


@compiled
def _buddies(
    cells: Array, mean: Array, n: Array, boxes: Array, more_than: Array, multiplier: Array
) -> tuple[Array, Array]:
    """Mean of the neighbours of each cell and the multiplier they call for; NaN where there are none."""
    buddies, times = np.full(cells.size, np.nan), np.full(cells.size, np.nan)
    for k in range(cells.size):
        for box in range(boxes.shape[0]):
            lon, lat, pentads, is_graded = boxes[box]
            found, n_obs = neighbours_of(cells, mean, n, k, lon, int(lat), int(pentads))
            if n_obs > 0:
                grade = 0
                while is_graded > 0.0 and grade + 1 < more_than.size and n_obs > more_than[grade + 1]:
                    grade += 1
                buddies[k], times[k] = found, multiplier[grade]
                break
    return buddies, times
