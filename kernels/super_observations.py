"""Super-observations: means of what lies in one cell of 1 degree and one pentad, and their neighbours.

The pentads are the 73 five-day periods of the year; the 29th of February belongs to the one of 1 March. Each
year has its own: numbers run on from year to year.
"""

import numpy as np

from kernels.compiled import Array, compiled, inlined

N_LON, N_LAT, N_PENTAD = 360, 180, 73
DAYS_TO_1950 = 712_163
"""From 1 March of year 0 to 1950-01-01."""

UNKNOWN = -(2**62)
"""Cell of an observation without time or place; before all others."""


@inlined
def pentad_of(days: float) -> int:
    """Number of the pentad of a time in days since 1950-01-01, counted from that of 1 January of year 0."""
    # The calendar is counted in years from 1 March, in which the leap day is the last one.
    since = int(np.floor(days)) + DAYS_TO_1950
    era = since // 146097
    of_era = since - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    day = of_era - (365 * year + year // 4 - year // 100)
    # From 1 January on: March to December keep their year, January, February and the leap day follow.
    if day < 306:
        return (era * 400 + year) * N_PENTAD + (day + 59) // 5
    if day == 365:
        return (era * 400 + year + 1) * N_PENTAD + 59 // 5
    return (era * 400 + year + 1) * N_PENTAD + (day - 306) // 5


@inlined
def cell_of(latitude: float, longitude: float, days: float) -> int:
    """Number of the cell of a place and time, by pentad, latitude from the north and longitude from 180W."""
    if not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 360.0 and abs(days) < 1e9):
        return UNKNOWN
    y = min(int(90.0 - latitude), N_LAT - 1)
    x = int(longitude + 180.0) % N_LON
    return (pentad_of(days) * N_LAT + y) * N_LON + x


@compiled
def cells_of_observations(
    row_start: Array, anomaly: Array, latitude: Array, longitude: Array, time: Array
) -> Array:
    """Cell of each observation that has an anomaly, a time and a place: (n_obs,) int64, else ``UNKNOWN``."""
    cell = np.full(anomaly.size, UNKNOWN)
    for row in range(row_start.size - 1):
        there = cell_of(latitude[row], longitude[row], time[row])
        for i in range(row_start[row], row_start[row + 1]):
            cell[i] = UNKNOWN if np.isnan(anomaly[i]) else there
    return cell


def super_observations(cell: Array, anomaly: Array) -> tuple[Array, Array, Array, Array]:
    """Mean anomaly of each cell.

    Parameters
    ----------
    cell : (n_obs,) int64, ``UNKNOWN`` where an observation has none.
    anomaly : (n_obs,)

    Returns
    -------
    cells, mean, n : (n_cell,) cells with observations, ascending; their means and numbers of observations.
    index : (n_obs,) position of each observation in them; -1 where it has no cell.
    """
    known = np.flatnonzero(cell != UNKNOWN)
    # In order of size within a cell, so that the rounding of a sum does not depend on the order of the rows.
    known = known[np.lexsort((anomaly[known], cell[known]))]
    cells, first, n = np.unique(cell[known], return_index=True, return_counts=True)
    sums = np.add.reduceat(anomaly[known], first) if cells.size else np.empty(0)
    index = np.full(cell.size, -1)
    index[known] = np.repeat(np.arange(cells.size), n)
    return cells, sums / n, n, index


@compiled
def neighbours_of(
    cells: Array, mean: Array, n: Array, k: int, degrees_lon: float, degrees_lat: int, pentads: int
) -> tuple[float, int]:
    """Mean of the super-observations around one, and the number of observations behind it.

    Parameters
    ----------
    cells, mean, n : see ``super_observations``.
    k : position of the one, which is left out.
    degrees_lon : reach in longitude as at the equator; it grows towards the poles by the cosine of the
        cell's latitude.
    degrees_lat, pentads : reach in cells.

    Returns
    -------
    mean : unweighted; NaN where there is none. n_obs : 0 where there is none.
    """
    x, y = cells[k] % N_LON, cells[k] // N_LON % N_LAT
    pentad = cells[k] // (N_LON * N_LAT)
    wide = int(degrees_lon / np.cos(np.radians(89.5 - y)))
    total, n_cell, n_obs = 0.0, 0, 0
    for p in range(pentad - pentads, pentad + pentads + 1):
        for line in range(max(y - degrees_lat, 0), min(y + degrees_lat, N_LAT - 1) + 1):
            west = (p * N_LAT + line) * N_LON
            for first, last in _spans(x, wide):
                for j in range(np.searchsorted(cells, west + first), cells.size):
                    if cells[j] > west + last:
                        break
                    if j != k:
                        total, n_cell, n_obs = total + mean[j], n_cell + 1, n_obs + n[j]
    return total / n_cell, n_obs


@inlined
def _spans(x: int, wide: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last column within reach, in two parts where they cross the date line."""
    if 2 * wide + 1 >= N_LON:
        return (0, N_LON - 1), (0, -1)
    if x < wide:
        return (0, x + wide), (x - wide + N_LON, N_LON - 1)
    if x + wide >= N_LON:
        return (x - wide, N_LON - 1), (0, x + wide - N_LON)
    return (x - wide, x + wide), (0, -1)
