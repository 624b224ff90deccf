"""Argo test 14: density inversion."""

import gsw
import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import longest_row, n_missing, neighbours
from kernels.ragged import row_of_obs
from kernels.registry import qc_test
from kernels.seawater import (
    SAAR_PRESSURE,
    is_baltic,
    saar_columns,
    salinity_line,
    segment_of,
    steepest_saar,
)
from kernels.stability import steps_that_may_invert
from kernels.teos10 import ct_from_t, keep_terms, kept_terms, specific_volume


def measure(
    row_start: Array,
    pressure: Array,
    temperature: Array,
    salinity: Array,
    latitude: Array,
    longitude: Array,
    threshold: float,
) -> tuple[Array, Array, Array]:
    """Largest inversion of potential density with a neighbour, by gsw, and the largest accepted one."""
    p, t, SP = (np.asarray(a, np.float64) for a in (pressure, temperature, salinity))
    row = row_of_obs(row_start)
    lon, lat = (np.asarray(a, np.float64)[row] for a in (longitude, latitude))
    SA = np.where(np.isnan(SP * p), np.nan, gsw.SA_from_SP(SP, p, lon, lat))
    reference = np.where(np.isnan(SP * p), np.nan, gsw.SR_from_SP(np.maximum(SP, 0)))
    SA = np.where(np.isnan(SA), reference, SA)
    CT = gsw.CT_from_t(SA, t, p)
    valid = np.where(np.isnan(CT), np.nan, 0.0)
    steps = [_inversion_with(other, p, SA, CT) for other in neighbours(row_start, valid)]
    inversion = np.fmax(*steps)
    untested = np.isnan(inversion)
    return inversion, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, threshold)


def _inversion_with(other: Array, p: Array, SA: Array, CT: Array) -> Array:
    """Potential density at the lower pressure minus that at the higher one, NaN without a neighbour."""
    if not p.size:
        return p
    middle = (p + p[other]) / 2
    denser = (gsw.rho(SA, CT, middle) - gsw.rho(SA[other], CT[other], middle)) * np.sign(p[other] - p)
    return np.where(other >= 0, denser, np.nan)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="inversion of potential density, kg m-3",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 14 (density inversion)",
    example={"threshold": 0.03},
    tie=1e-9,
)
def density_inversion(
    row_start: Array,
    pressure: Array,
    temperature: Array,
    salinity: Array,
    latitude: Array,
    longitude: Array,
    threshold: float,
) -> Array:
    """Levels at which denser water lies on lighter water.

    Potential densities of each two adjacent levels with pressure, temperature and salinity are referred to
    the middle between their pressures. Both levels of an inversion fail: the manual finds one of them on
    the way down and the other one on the way up.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    pressure : (n_obs,) dbar; NaN where missing.
    temperature : (n_obs,) in situ, ITS-90 degrees Celsius; NaN where missing.
    salinity : (n_obs,) practical salinity; NaN where missing.
    latitude, longitude : (n_row,) degrees. Where missing, the reference composition of sea water is assumed.
    threshold : largest accepted inversion, kg m-3.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where one of the three is missing or there is no neighbour.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 14: 0.03 kg m-3 (its version 2.1: any
    inversion). Density is that of TEOS-10. Peers: CoTeDe fails the lower level only, EN (AutoQC) looks for
    the spike among three levels.
    """
    longitude, latitude = np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
    steepest = steepest_saar(longitude, latitude)
    p, t, SP = (np.ascontiguousarray(a) for a in (pressure, temperature, salinity))
    outcome, level, level_row, step = _suspect_steps(row_start, p, t, SP, steepest, threshold)
    if step.size:
        rows, of_rows = np.unique(level_row, return_inverse=True)
        saar = saar_columns(longitude[rows], latitude[rows])
        SA = _absolute_salinity(SP[level], p[level], of_rows, longitude[rows], latitude[rows], saar)
        _judge(SA, t[level], p[level], level, step, threshold, outcome)
    done: Array = outcome
    return done


@compiled
def _suspect_steps(
    row_start: Array, pressure: Array, temperature: Array, salinity: Array, steepest: Array, threshold: float
) -> tuple[Array, Array, Array, Array]:
    """Levels that pass although the equation of state was not asked, and the others.

    Returns
    -------
    outcome : (n_obs,) ``PASS`` for levels that have a neighbour, all three values considered.
    level, level_row : (m,) observations, in order, and their rows: both ends of each suspect step.
    step : (n,) positions in ``level`` of the first ends; the other end is the one after it.
    """
    outcome = np.full(pressure.size, 2, np.uint8)
    longest = longest_row(row_start)
    every, complete = np.arange(longest), np.empty(longest + 1, np.int64)
    p, t = np.empty(longest + 1, pressure.dtype), np.empty(longest + 1, temperature.dtype)
    SP, suspect = np.empty(longest + 1, salinity.dtype), np.empty(longest, np.bool_)
    level, step = np.empty((2, pressure.size), np.int64), np.empty(pressure.size, np.int64)
    n_level = n_step = 0
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        of_p, of_t, of_SP, at = pressure[first:stop], temperature[first:stop], salinity[first:stop], every
        if n_missing(of_p) + n_missing(of_t) + n_missing(of_SP) > 0:
            n = _pick_complete(of_p, of_t, of_SP, complete, p, t, SP)
            of_p, of_t, of_SP, at = p[:n], t[:n], SP[:n], complete
            for k in range(n if n > 1 else 0):
                outcome[first + complete[k]] = 0
        elif stop - first > 1:
            outcome[first:stop] = 0
        if steps_that_may_invert(of_p, of_t, of_SP, steepest[row], threshold, suspect) > 0:
            for k in range(of_p.size - 1):
                if not suspect[k]:
                    continue
                if n_level == 0 or level[0, n_level - 1] != first + at[k]:
                    level[0, n_level], level[1, n_level] = first + at[k], row
                    n_level += 1
                level[0, n_level], level[1, n_level] = first + at[k + 1], row
                step[n_step] = n_level - 1
                n_level += 1
                n_step += 1
    return outcome, level[0, :n_level], level[1, :n_level], step[:n_step]


@compiled
def _pick_complete(
    pressure: Array, temperature: Array, salinity: Array, complete: Array, p: Array, t: Array, SP: Array
) -> int:
    """Copy the levels of one profile that have all three values to the front of the last four arrays."""
    n = 0
    for i in range(pressure.size):
        complete[n], p[n], t[n], SP[n] = i, pressure[i], temperature[i], salinity[i]
        n += not np.isnan(p[n] + t[n] + SP[n])
    return n


@compiled
def _absolute_salinity(
    salinity: Array, pressure: Array, row: Array, longitude: Array, latitude: Array, saar: Array
) -> Array:
    """Absolute Salinity of single levels, which lie by row."""
    SA = np.empty(salinity.size)
    start, slope = np.empty(SAAR_PRESSURE.size - 1), np.empty(SAAR_PRESSURE.size - 1)
    of_row, offset = -1, 0.0
    for k in range(salinity.size):
        if row[k] != of_row:
            of_row = row[k]
            baltic = is_baltic(longitude[of_row], latitude[of_row])
            offset = salinity_line(saar[of_row], baltic, start, slope)
        SP, p = np.float64(salinity[k]), np.float64(pressure[k])
        segment = segment_of(p)
        SA[k] = offset + max(SP, 0.0) * (start[segment] + slope[segment] * min(p, 6131.0))
    return SA


@compiled
def _judge(
    SA: Array, t: Array, p: Array, level: Array, step: Array, threshold: float, outcome: Array
) -> None:
    """Fail both ends of each step that is an inversion by the full formula."""
    terms = np.empty((5, SA.size))
    for k in range(SA.size):
        CT = ct_from_t(SA[k], np.float64(t[k]), np.float64(p[k]))
        keep_terms(terms, k, SA[k], CT)
    for k in step:
        p0, p1 = np.float64(p[k]), np.float64(p[k + 1])
        middle = 0.5 * (p0 + p1)
        here = specific_volume(kept_terms(terms, k), middle)
        there = specific_volume(kept_terms(terms, k + 1), middle)
        denser = (there - here) / (here * there)
        if denser * np.sign(p1 - p0) > threshold:
            outcome[level[k]] = outcome[level[k + 1]] = 1
