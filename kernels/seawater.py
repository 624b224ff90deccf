"""TEOS-10 in hot loops: Absolute Salinity, Conservative Temperature and density of whole partitions.

The formulas are those of the GSW toolbox and give its numbers to the last printed digits; they are written
here once more because a call to gsw for every observation would cost more than all tests together. What
gsw looks up for every observation, the Absolute Salinity Anomaly Ratio (SAAR), is here a table of its
4 x 4 degree cells, made from gsw when first wanted, and read once per profile.

References
----------
IOC, SCOR and IAPSO, 2010: The international thermodynamic equation of seawater - 2010. UNESCO.
McDougall, T. J., and co-authors, 2012: A global algorithm for estimating Absolute Salinity. Ocean Science 8.
"""

from functools import cache

import gsw
import numpy as np
from numpy.typing import NDArray

from kernels.compiled import Array, compiled, inlined
from kernels.teos10 import SSO, UPS, ct_from_t, specific_volume, specific_volume_terms

# fmt: off
SAAR_PRESSURE = np.array([
    0, 10, 20, 30, 40, 50, 76, 101, 126, 151, 176, 202, 252, 303, 353, 404, 505, 606, 707, 808, 909, 1010,
    1111, 1213, 1314, 1416, 1517, 1771, 2025, 2279, 2534, 2789, 3045, 3300, 3556, 3812, 4069, 4325,
    4583, 4840, 5098, 5355, 5614, 5872, 6131,
], np.float64)
# fmt: on
"""Pressures between which SAAR is linear, dbar."""

SEGMENT_OF_DBAR = np.searchsorted(SAAR_PRESSURE, np.arange(6132), side="right").astype(np.int64) - 1
SEGMENT_OF_DBAR[-1] -= 1
"""Segment of ``SAAR_PRESSURE`` in which each whole dbar lies: its nodes are whole numbers."""

CELL_DEGREES, FIRST_LATITUDE, N_LAT, N_LON = 4.0, -86.0, 44, 90
"""The cells in which SAAR is bilinear."""

_FRACTIONS = (0.25, 0.75)


@cache
def saar_cells() -> NDArray[np.float64]:
    """Coefficients of SAAR in each cell: ``c0 + c1 x + c2 y + c3 x y``, x and y from 0 to 1 over the cell.

    gsw is asked at four points inside each cell, so that its rules for neighbours on land are kept.

    Returns
    -------
    cells : (44, 90, 45, 4) by latitude from 86S, longitude from 0E, ``SAAR_PRESSURE`` and coefficient.
    """
    south = FIRST_LATITUDE + CELL_DEGREES * np.arange(N_LAT)[:, None, None]
    west = CELL_DEGREES * np.arange(N_LON)[None, :, None]
    low, high = _FRACTIONS
    f00, f10, f01, f11 = (
        gsw.SAAR(SAAR_PRESSURE, west + CELL_DEGREES * x, south + CELL_DEGREES * y)
        for x, y in ((low, low), (high, low), (low, high), (high, high))
    )
    width = high - low
    c3 = (f11 - f10 - f01 + f00) / width**2
    c1 = (f10 - f00) / width - c3 * low
    c2 = (f01 - f00) / width - c3 * low
    c0 = f00 - c1 * low - c2 * low - c3 * low * low
    return np.ascontiguousarray(np.stack([c0, c1, c2, c3], axis=-1))


def saar_columns(longitude: Array, latitude: Array) -> NDArray[np.float64]:
    """SAAR at ``SAAR_PRESSURE`` for each position.

    Parameters
    ----------
    longitude, latitude : (n,) degrees; longitude in -180..360.

    Returns
    -------
    saar : (n, 45) float64, as gsw gives it; 0, the reference composition, where the position is missing or
        impossible, and south of 86S.
    """
    longitude = np.asarray(longitude, np.float64)
    latitude = np.asarray(latitude, np.float64)
    saar = _columns_from_cells(saar_cells(), longitude, latitude)
    panama = np.flatnonzero(_is_panama(longitude, latitude))
    if panama.size:
        east = np.where(longitude < 0, longitude + 360, longitude)[panama, None]
        saar[panama] = np.nan_to_num(gsw.SAAR(SAAR_PRESSURE, east, latitude[panama, None]))
    return saar


def _is_panama(longitude: Array, latitude: Array) -> NDArray[np.bool_]:
    """Where gsw takes neighbours from one side of the isthmus only, and SAAR is not bilinear in a cell."""
    east = np.where(longitude < 0, longitude + 360, longitude)
    panama: NDArray[np.bool_] = (east >= 260) & (east < 292) & (latitude >= 2) & (latitude < 22)
    return panama


@cache
def _steepest_in_cells() -> NDArray[np.float64]:
    """Largest change of SAAR per dbar in each cell: (44, 90); it lies at one of the corners."""
    c0, c1, c2, c3 = np.moveaxis(saar_cells(), -1, 0)
    corners = np.stack([c0, c0 + c1, c0 + c2, c0 + c1 + c2 + c3])
    slope = np.abs(np.diff(corners, axis=-1) / np.diff(SAAR_PRESSURE))
    return np.ascontiguousarray(slope.max(axis=(0, 3)))


def steepest_saar(longitude: Array, latitude: Array) -> NDArray[np.float64]:
    """Upper bound of the change of SAAR with pressure, from a table far smaller than SAAR itself.

    Parameters
    ----------
    longitude, latitude : (n,) degrees; longitude in -180..360.

    Returns
    -------
    steepest : (n,) float64, dbar-1; 0 where the reference composition is assumed.
    """
    longitude = np.asarray(longitude, np.float64)
    latitude = np.asarray(latitude, np.float64)
    in_cells = _steepest_in_cells()
    steepest: NDArray[np.float64] = _of_cells(in_cells, longitude, latitude)
    # means of columns of the table are no steeper than the steepest of them
    steepest[_is_panama(longitude, latitude)] = in_cells.max()
    return steepest


@compiled
def _of_cells(in_cells: Array, longitude: Array, latitude: Array) -> Array:
    value = np.zeros(longitude.size)
    for i in range(longitude.size):
        x = (longitude[i] + 360.0 if longitude[i] < 0.0 else longitude[i]) / CELL_DEGREES
        y = (latitude[i] - FIRST_LATITUDE) / CELL_DEGREES
        if 0.0 <= x <= N_LON and 0.0 <= y <= N_LAT:
            value[i] = in_cells[min(int(y), N_LAT - 1), min(int(x), N_LON - 1)]
    return value


@compiled
def _columns_from_cells(cells: Array, longitude: Array, latitude: Array) -> Array:
    saar = np.zeros((longitude.size, cells.shape[2]))
    for i in range(longitude.size):
        x = (longitude[i] + 360.0 if longitude[i] < 0.0 else longitude[i]) / CELL_DEGREES
        y = (latitude[i] - FIRST_LATITUDE) / CELL_DEGREES
        if not (0.0 <= x <= N_LON and 0.0 <= y <= N_LAT):
            continue
        column = min(int(x), N_LON - 1)
        row = min(int(y), N_LAT - 1)
        x -= column
        y -= row
        cell = cells[row, column]
        for k in range(cell.shape[0]):
            saar[i, k] = cell[k, 0] + cell[k, 1] * x + (cell[k, 2] + cell[k, 3] * x) * y
    return saar


@compiled
def is_baltic(longitude: float, latitude: float) -> bool:
    """Whether a position lies in the Baltic Sea, where Absolute Salinity has a formula of its own."""
    if not (7.0 < longitude < 45.0 and 50.0 < latitude < 69.0):
        return False
    if latitude < 59.0:
        west = 12.6 + (latitude - 50.0) * (7.0 - 12.6) / 9.0
    else:
        west = 7.0 + (latitude - 59.0) * (26.0 - 7.0) / 10.0
    east = 45.0 + (latitude - 50.0) * (26.0 - 45.0) / 19.0
    return west <= longitude <= east


@compiled
def salinity_line(saar: Array, baltic: bool, start: Array, slope: Array) -> float:
    """Coefficients of ``SA = offset + SP * (start[k] + slope[k] * p)`` in the segments of a profile.

    Parameters
    ----------
    saar : (45,) of one profile.
    baltic : whether it lies in the Baltic Sea.
    start, slope : (44,) written in place, one value per segment of ``SAAR_PRESSURE``.

    Returns
    -------
    offset : g kg-1
    """
    for k in range(start.size):
        step = (saar[k + 1] - saar[k]) / (SAAR_PRESSURE[k + 1] - SAAR_PRESSURE[k])
        slope[k] = 0.0 if baltic else UPS * step
        start[k] = (SSO - 0.087) / 35.0 if baltic else UPS * (1.0 + saar[k] - step * SAAR_PRESSURE[k])
    return 0.087 if baltic else 0.0


@inlined
def segment_of(p: float) -> int:
    """Segment of ``SAAR_PRESSURE`` in which a pressure lies; the first and last reach beyond their ends."""
    return SEGMENT_OF_DBAR[int(min(max(p, 0.0), 6131.0))]  # type: ignore[no-any-return]


def absolute_salinity(
    row_start: Array, salinity: Array, pressure: Array, longitude: Array, latitude: Array
) -> NDArray[np.float64]:
    """Absolute Salinity of each observation.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each row.
    salinity : (n_obs,) practical salinity; NaN where missing; negative values count as 0.
    pressure : (n_obs,) dbar; NaN where missing.
    longitude, latitude : (n_row,) degrees. Where missing, the reference composition is assumed.

    Returns
    -------
    SA : (n_obs,) float64, g kg-1; NaN where salinity or pressure is missing.
    """
    longitude, latitude = np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
    columns = saar_columns(longitude, latitude)
    result: NDArray[np.float64] = _absolute_salinity(
        row_start, salinity, pressure, columns, longitude, latitude
    )
    return result


@compiled
def _absolute_salinity(
    row_start: Array, salinity: Array, pressure: Array, saar: Array, longitude: Array, latitude: Array
) -> Array:
    SA = np.empty(salinity.size)
    start, slope = np.empty(SAAR_PRESSURE.size - 1), np.empty(SAAR_PRESSURE.size - 1)
    for row in range(row_start.size - 1):
        offset = salinity_line(saar[row], is_baltic(longitude[row], latitude[row]), start, slope)
        for i in range(row_start[row], row_start[row + 1]):
            SP, p = np.float64(salinity[i]), np.float64(pressure[i])
            if np.isnan(SP) or np.isnan(p):
                SA[i] = np.nan
                continue
            k = segment_of(p)
            SA[i] = offset + max(SP, 0.0) * (start[k] + slope[k] * min(p, 6131.0))
    return SA


@compiled
def conservative_temperature(SA: Array, t: Array, p: Array) -> Array:
    """Conservative Temperature from in situ temperature (gsw ``CT_from_t``).

    Parameters
    ----------
    SA : (n,) g kg-1
    t : (n,) in situ temperature, ITS-90 degrees Celsius
    p : (n,) sea pressure, dbar

    Returns
    -------
    CT : (n,) float64, degrees Celsius
    """
    CT = np.empty(SA.size)
    for i in range(SA.size):
        CT[i] = ct_from_t(np.float64(SA[i]), np.float64(t[i]), np.float64(p[i]))
    return CT


@compiled
def density(SA: Array, CT: Array, p: Array) -> Array:
    """In situ density from the 75-term polynomial (gsw ``rho``); at another pressure, potential density.

    Parameters
    ----------
    SA : (n,) g kg-1
    CT : (n,) Conservative Temperature, degrees Celsius
    p : (n,) sea pressure, dbar

    Returns
    -------
    rho : (n,) float64, kg m-3
    """
    rho = np.empty(SA.size)
    for i in range(SA.size):
        terms = specific_volume_terms(np.float64(SA[i]), np.float64(CT[i]))
        rho[i] = 1.0 / specific_volume(terms, np.float64(p[i]))
    return rho
