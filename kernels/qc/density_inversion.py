"""Argo test 14: density inversion."""

import gsw
import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row, neighbours
from kernels.ragged import row_of_obs
from kernels.registry import qc_test
from kernels.seawater import SAAR_PRESSURE, is_baltic, saar_columns, salinity_line, segment_of
from kernels.teos10 import V5, V6, Terms, ct_from_t, specific_volume, specific_volume_terms


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
    saar = saar_columns(longitude, latitude)
    outcome: Array = _density_inversion(
        row_start, pressure, temperature, salinity, latitude, longitude, saar, threshold
    )
    return outcome


@compiled
def _density_inversion(
    row_start: Array,
    pressure: Array,
    temperature: Array,
    salinity: Array,
    latitude: Array,
    longitude: Array,
    saar: Array,
    threshold: float,
) -> Array:
    outcome = np.full(pressure.size, 2, np.uint8)
    longest = longest_row(row_start)
    level = np.empty(longest + 1, np.int64)
    p, t, SP = np.empty(longest + 1), np.empty(longest + 1), np.empty(longest + 1)
    terms, inverted = np.empty((5, longest)), np.zeros(longest, np.bool_)
    start, slope = np.empty(SAAR_PRESSURE.size - 1), np.empty(SAAR_PRESSURE.size - 1)
    for row in range(row_start.size - 1):
        n = 0
        for i in range(row_start[row], row_start[row + 1]):
            level[n], p[n], t[n], SP[n] = i, pressure[i], temperature[i], salinity[i]
            n += not np.isnan(p[n] + t[n] + SP[n])
        if n < 2:
            continue
        offset = salinity_line(saar[row], is_baltic(longitude[row], latitude[row]), start, slope)
        for k in range(n):
            segment = segment_of(p[k])
            SP[k] = offset + max(SP[k], 0.0) * (start[segment] + slope[segment] * min(p[k], 6131.0))
        _volume_terms(SP[:n], t[:n], p[:n], terms)
        _inversions(terms, p[:n], threshold, inverted)
        outcome[level[0]] = inverted[0]
        outcome[level[n - 1]] = inverted[n - 2]
        for k in range(1, n - 1):
            outcome[level[k]] = inverted[k - 1] | inverted[k]
    return outcome


@compiled
def _volume_terms(SA: Array, t: Array, p: Array, terms: Array) -> None:
    for k in range(SA.size):
        v0, v1, v2, v3, v4, _, _ = specific_volume_terms(SA[k], ct_from_t(SA[k], t[k], p[k]))
        terms[0, k], terms[1, k], terms[2, k], terms[3, k], terms[4, k] = v0, v1, v2, v3, v4


@compiled
def _inversions(terms: Array, p: Array, threshold: float, inverted: Array) -> None:
    """Whether the step from each level to the next is an inversion; ``terms`` of specific volume by level."""
    for k in range(p.size - 1):
        middle = 0.5 * (p[k] + p[k + 1])
        here = specific_volume(_terms_of(terms, k), middle)
        there = specific_volume(_terms_of(terms, k + 1), middle)
        denser = (there - here) / (here * there)
        direction = np.sign(p[k + 1] - p[k])
        inverted[k] = denser * direction > threshold


@inlined
def _terms_of(terms: Array, k: int) -> Terms:
    return (terms[0, k], terms[1, k], terms[2, k], terms[3, k], terms[4, k], V5, V6)
