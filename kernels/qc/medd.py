"""Argo test 25: MEDD, the median with a distance."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.medd_curve import envelope_of_profile, potential_density
from kernels.medd_envelope import outside_envelope
from kernels.medd_limits import DENSITY, DENSITY_DISTANCE, Limits
from kernels.ragged import take_rows
from kernels.registry import qc_test
from kernels.seawater import absolute_salinity, conservative_temperature, density

TROPICS = 10.0
"""Degrees of latitude up to which another distance holds where there is no salinity."""


def measure(
    row_start: Array,
    value: Array,
    pressure: Array,
    temperature: Array,
    salinity: Array,
    latitude: Array,
    longitude: Array,
    steepest: Array,
    steepest_reversal: Array,
    distance: Array,
    distance_alone: Array,
    distance_alone_tropics: Array,
    narrowest: float,
    widest: float,
    steepest_increase: float = np.inf,
    steepest_increase_at_top: float = np.inf,
) -> tuple[Array, Array, Array]:
    """The value and its envelope, in plain NumPy; without limits where density lies inside its own."""
    limits = Limits(
        steepest, steepest_reversal, -np.inf, steepest_increase, steepest_increase_at_top, narrowest, widest
    )
    relative = _distances(row_start, salinity, latitude, distance, distance_alone, distance_alone_tropics)
    rho = potential_density(row_start, pressure, temperature, salinity, latitude, longitude)
    measured, lowest, highest = (np.full(value.size, np.nan) for _ in range(3))
    for row in range(row_start.size - 1):
        o = slice(row_start[row], row_start[row + 1])
        x, p = value[o].astype(np.float64), pressure[o].astype(np.float64)
        low, high = envelope_of_profile(x, p, relative[row], limits)
        low_rho, high_rho = envelope_of_profile(rho[o], p, DENSITY_DISTANCE, DENSITY)
        known = ~np.isnan(rho[o] + p) & ~np.isnan(low)
        inside = known & ~((rho[o] < low_rho) | (rho[o] > high_rho))
        measured[o] = np.where(np.isnan(low), np.nan, x)
        lowest[o], highest[o] = np.where(inside, -np.inf, low), np.where(inside, np.inf, high)
    return measured, lowest, highest


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="value beside the envelope about its sliding median, wherever density leaves its own envelope",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 25 (MEDD); Dobler, 2019",
    example={
        "steepest": (5.0, 3.5, 0.5, 0.15, 0.05, 0.0004),
        "steepest_reversal": (0.08, 0.08, 0.03, 0.01, 0.003, 0.0004),
        "distance": (0.15, 0.15, 0.1, 0.1),
        "distance_alone": (0.22, 0.22, 0.15, 0.1),
        "distance_alone_tropics": (0.6, 0.18, 0.15, 0.1),
        "narrowest": 4.0,
        "widest": 10.0,
        "steepest_increase": 0.5,
        "steepest_increase_at_top": 0.1,
    },
    tie=1e-6,
)
def medd(
    row_start: Array,
    value: Array,
    pressure: Array,
    temperature: Array,
    salinity: Array,
    latitude: Array,
    longitude: Array,
    steepest: Array,
    steepest_reversal: Array,
    distance: Array,
    distance_alone: Array,
    distance_alone_tropics: Array,
    narrowest: float,
    widest: float,
    steepest_increase: float = np.inf,
    steepest_increase_at_top: float = np.inf,
) -> Array:
    """Values far from the sliding median of their profile, where density is far from its own.

    The medians are those of windows of 110 to 500 dbar with as many levels above as below, without levels
    whose slope is doubtful; near the ends of a series a value stands for its own median. The envelope is what
    lies within ``distance`` of the curve of the medians where 700 dbar and the range of the medians have
    length 1. A value fails outside the envelope, if potential density at its level lies outside the envelope
    of potential density too, or is unknown.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) temperature or salinity; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing. Levels are taken in the order of their pressures.
    temperature : (n_obs,) in situ, ITS-90 degrees Celsius; NaN where missing.
    salinity : (n_obs,) practical salinity; NaN where missing.
    latitude, longitude : (n_row,) degrees. Where missing, the reference composition of sea water is assumed,
        and the limits of the tropics.
    steepest, steepest_reversal : 6 slopes, unit of the value per dbar, from the surface, 60, 150, 500, 1000
        and 2100 dbar: steeper levels do not count for the median, whatever the slopes beside them and where
        the slope changes its sign.
    distance : 4 relative distances from the surface, 500, 1000 and 1500 dbar.
    distance_alone, distance_alone_tropics : as above, for profiles without any salinity, poleward of 10
        degrees and within.
    narrowest, widest : bounds of the range of the medians that has length 1, unit of the value.
    steepest_increase : values that increase faster with depth do not count for the median, per dbar.
    steepest_increase_at_top : at the top of a series, a value after a faster increase does not stand for its
        own median, per dbar.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where value or pressure is missing and in profiles with fewer than 6
        levels that have both.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 25; Dobler, D., 2019: MEDD test
    specification 1.2. Temperature as in the example. Salinity: ``steepest`` 1, 1, 0.08, 0.02, 0.004, 0.0002;
    ``steepest_reversal`` 0.01, 0.01, 0.005, 0.0001, 0.0002, 0.0002; all distances 0.08, 0.08, 0.07, 0.07;
    ``narrowest`` 1, ``widest`` 5, no limits of increase. Density: ``kernels.medd_limits``, with TEOS-10.
    A level without a value is passed over, also where the published program looks at the deepest pressure
    above 1950 dbar before it looks for a value. Sorting by pressure came with its version 1.4.
    """
    limits = Limits(
        np.asarray(steepest, np.float64),
        np.asarray(steepest_reversal, np.float64),
        -np.inf,
        float(steepest_increase),
        float(steepest_increase_at_top),
        float(narrowest),
        float(widest),
    )
    relative = _distances(row_start, salinity, latitude, distance, distance_alone, distance_alone_tropics)
    outcome: Array = outside_envelope(row_start, value, pressure, relative, limits)
    suspect = np.flatnonzero(outcome == 1)
    rows = np.unique(np.searchsorted(row_start, suspect, side="right") - 1)
    if rows.size:
        start, obs = take_rows(row_start, rows)
        p, t, SP = pressure[obs], temperature[obs], salinity[obs]
        SA = absolute_salinity(start, SP, p, longitude[rows], latitude[rows])
        rho = density(SA, conservative_temperature(SA, t, p), np.zeros(obs.size))
        all_rows = np.repeat(DENSITY_DISTANCE[None, :], rows.size, axis=0)
        unremarkable = (outside_envelope(start, rho, p, all_rows, DENSITY) != 1) & ~np.isnan(rho)
        outcome[obs[unremarkable & (outcome[obs] == 1)]] = 0
    return outcome


def _distances(
    row_start: Array, salinity: Array, latitude: Array, distance: Array, alone: Array, alone_tropics: Array
) -> Array:
    """(n_row, 4) relative distances: whether there is salinity decides, and the latitude if there is none."""
    salted = _any_known(row_start, salinity)
    poleward = np.abs(np.asarray(latitude, np.float64)) > TROPICS
    without = np.where(poleward[:, None], np.asarray(alone), np.asarray(alone_tropics))
    relative: Array = np.where(salted[:, None], np.asarray(distance), without).astype(np.float64)
    return relative


@compiled
def _any_known(row_start: Array, value: Array) -> Array:
    """Whether each row has a value."""
    known = np.zeros(row_start.size - 1, np.bool_)
    for row in range(known.size):
        for i in range(row_start[row], row_start[row + 1]):
            if not np.isnan(value[i]):
                known[row] = True
                break
    return known
