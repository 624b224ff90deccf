"""One month of the synthetic ocean: sampled, measured with noise, with faults and duplicates planted."""

from dataclasses import dataclass

import gsw
import numpy as np
from numpy.random import Generator

from kernels.compiled import Array
from kernels.ragged import row_of_obs, row_start_of
from kernels.synthetic.draws import generator
from kernels.synthetic.eddies import eddy_modes, eddy_waves
from kernels.synthetic.faults import (
    CAST_FAULTS,
    DUPLICATES,
    OTHER_FAULTS,
    Labels,
    Values,
    labels,
    plant,
    plant_duplicates,
    xbt_bias,
)
from kernels.synthetic.ocean import state
from kernels.synthetic.places import Places
from kernels.synthetic.sampling import (
    CAST,
    FLOAT,
    MOORING,
    XBT,
    Casts,
    levels,
    month_bounds,
    mooring_sites,
    sample_month,
    stacked,
    year_of,
)

FAULTS = (*CAST_FAULTS, *OTHER_FAULTS, *DUPLICATES)
TEMPERATURE_NOISE = np.array([0.002, 0.005, 0.003, 0.05])
SALINITY_NOISE = np.array([0.003, 0.005, 0.003, np.nan])
"""Standard deviations by kind: float, mooring, CTD, XBT; XBTs measure no salinity."""
DECIMALS = np.array([3, 3, 3, 2])
SERIES_STEP = 0.25
"""Days between the values of a mooring's surface series."""
_FIRST_FLOAT = 3_900_000
_CHUNK = 20_000
"""Casts that are measured together, which bounds the working memory whatever the month's size; what grows is
the records themselves (measured: a month of a million casts of 71 levels peaks at 3.7 GB in the reader)."""


@dataclass(frozen=True)
class Month:
    """Casts and what they measured; ``renamed`` (n_row,) bool are copies under another platform's code."""

    casts: Casts
    values: Values
    renamed: Array
    labels: Labels


def make_month(
    seed: int, year: int, month: int, profiles: float, rates: dict[str, float], places: Places
) -> Month:
    """All profiles of one month and the labels of what is wrong with them.

    Parameters
    ----------
    seed : of the ocean, its eddies, platforms and faults.
    profiles : mean number of casts a month at full density (since 2010).
    rates : one for each of ``FAULTS``; 0 for none.
    """
    bounds = month_bounds(year, month)
    casts = sample_month(seed, year, month, profiles, places)
    values = measure(generator(seed, "noise", year, month), seed, casts, rates["xbt_bias"])
    casts, planted = plant(generator(seed, "faults", year, month), seed, casts, values, rates, bounds)
    rng = generator(seed, "duplicates", year, month)
    casts, values, copies, renamed = plant_duplicates(rng, casts, values, planted, rates, bounds)
    return Month(casts, values, renamed, stacked(planted, _bias_labels(casts, rates["xbt_bias"]), copies))


def measure(rng: Generator, seed: int, casts: Casts, bias: float = 0.0) -> Values:
    """What the casts measure: the ocean where they are, instrument noise, rounded as delivered.

    Parameters
    ----------
    bias : factor on ``xbt_bias``.
    """
    vertical, waves, start = levels(casts), eddy_waves(seed), row_start_of(casts.row_size)
    out = Values(*(np.full(len(vertical), np.nan, np.float32) for _ in range(4)))
    for first in range(0, casts.n_row, _CHUNK):
        rows = slice(first, min(first + _CHUNK, casts.n_row))
        obs = slice(start[rows.start], start[rows.stop])
        part = _measured(rng, casts.take(rows), vertical[obs], waves, bias)
        for name, array in vars(part).items():
            getattr(out, name)[obs] = array
    return out


def _measured(rng: Generator, casts: Casts, vertical: Array, waves: Array, bias: float) -> Values:
    start = row_start_of(casts.row_size)
    row = row_of_obs(start)
    kind = casts.kind[row]
    by_depth = (kind == XBT) | (kind == MOORING)
    warm, fall = (np.where(casts.kind == XBT, bias * b, 0.0) for b in xbt_bias(casts.time))
    depth = np.where(by_depth, vertical, -gsw.z_from_p(vertical, casts.latitude[row])) * (1 - fall[row])
    modes = eddy_modes(casts.latitude, casts.longitude, casts.time, waves)
    temperature, salinity = state(start, casts.latitude, casts.time, modes, depth)
    temperature += warm[row] + TEMPERATURE_NOISE[kind] * rng.standard_normal(len(row))
    salinity += SALINITY_NOISE[kind] * rng.standard_normal(len(row))
    scale = (10.0**DECIMALS)[kind]
    return Values(
        pressure=np.where(by_depth, np.nan, vertical),
        depth=np.where(by_depth, vertical, np.nan),
        temperature=np.round(temperature * scale) / scale,
        salinity=np.round(salinity * scale) / scale,
    )


def _bias_labels(casts: Casts, bias: float) -> Labels:
    rows = np.flatnonzero(casts.kind == XBT) if bias else np.empty(0, np.int64)
    return labels(rows, "TEMP", "xbt_bias", 0, casts.row_size[rows] - 1)


def make_series(
    seed: int, year: int, month: int, profiles: float, rates: dict[str, float], places: Places
) -> Month:
    """Surface temperature of every second mooring every ``SERIES_STEP``; every value is a row of ``casts``.

    The position swings around the anchor. ``labels.row`` counts these moorings, ``first`` and ``last`` their
    values; ``spike`` is the rate of spikes per mooring and month.
    """
    first, last = month_bounds(year, month)
    sites = mooring_sites(seed, profiles, year_of(first), places)
    latitude, longitude = (axis[::2] for axis in sites)
    time = np.arange(first, last, SERIES_STEP)
    n, n_time = latitude.size, time.size
    swing = 0.01 * np.exp(2j * np.pi * (time / 5.3))
    casts = Casts(
        kind=np.full(n * n_time, MOORING),
        platform=np.repeat(2 * np.arange(n), n_time),
        cycle=np.full(n * n_time, -1),
        deployed=np.zeros(n * n_time),
        time=np.tile(time, n),
        latitude=(latitude[:, None] + swing.real).ravel(),
        longitude=((longitude[:, None] + swing.imag + 180) % 360 - 180).ravel(),
        row_size=np.ones(n * n_time, np.int64),
        reach=np.ones(n * n_time),
    )
    values = measure(generator(seed, "series", year, month), seed, casts)
    rng = generator(seed, "series_faults", year, month)
    spiky = np.flatnonzero(rng.random(n) < rates["spike"])
    level = rng.integers(1, n_time - 1, spiky.size)
    values.temperature[spiky * n_time + level] += np.round(rng.uniform(3, 12, spiky.size), 2)
    return Month(casts, values, np.zeros(n, bool), labels(spiky, "TEMP", "spike", level, level))


def platform_codes(casts: Casts, renamed: Array, year: int, month: int) -> Array:
    """Code of each cast's platform: floats 7 digits and stable, moorings stable, ships one a cruise."""
    ship = f"{year:04d}{month:02d}"
    name = {FLOAT: "{:07d}", MOORING: "MO{:04d}", CAST: f"CT{ship}{{:04d}}", XBT: f"XB{ship}{{:04d}}"}
    number = casts.platform + np.where(casts.kind == FLOAT, _FIRST_FLOAT, 0)
    platform, index = np.unique(number * 8 + casts.kind * 2 + renamed, return_inverse=True)
    codes = [("Q" if p & 1 else "") + name[p >> 1 & 3].format(p >> 3) for p in platform.tolist()]
    return np.array(codes, "U16")[index]
