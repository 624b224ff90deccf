"""Faults that are planted in the casts, each with a label that says what, where and in which levels.

At most one fault is drawn for a cast; besides, all XBTs of a year share the bias of their time, and a float
whose salinity drifts does so for the rest of its life. Duplicates are planted last, of casts without fault.
"""

from dataclasses import dataclass

import gsw
import numpy as np
from numpy.random import Generator

from kernels.compiled import Array
from kernels.ragged import row_start_of, take_rows
from kernels.synthetic.draws import hashed_uniform
from kernels.synthetic.sampling import DRIFTING, FLOAT, MOORING, XBT, Casts, stacked, year_of

CAST_FAULTS = ("spike", "stuck", "offset", "inversion", "rollover", "longitude_sign", "wrong_day")
"""Drawn per cast: the option of each name is its rate, part of all casts (of those that can have it)."""
DUPLICATES = ("duplicate_exact", "duplicate_rounded", "duplicate_shifted")
"""Rates are parts of all casts; half of the copies carry the code of another platform."""
OTHER_FAULTS = ("drift", "xbt_bias")
"""``drift``: part of the floats whose salinity drifts. ``xbt_bias``: factor on the bias, 1 is full size."""

SPIKE = ((3.0, 12.0), (0.5, 3.0))
OFFSET = ((2.0, 6.0), (0.5, 2.0))
ROLLOVER = (16.384, 8.192)
"""Smallest and largest size, in degC and in practical salinity; of a rollover 2^14 and 2^13 counts."""
SMALLEST_DRIFT = 0.01
"""A drift enters, and is labelled, once it is this large."""


@dataclass(frozen=True)
class Labels:
    """What was planted: ``row`` of the cast, ``variable``, ``fault``, ``first`` and ``last`` level
    (inclusive; -1 for a fault of the whole row), ``original`` row of a duplicate (-1 for all
    else). All (n,)."""

    row: Array
    variable: Array
    fault: Array
    first: Array
    last: Array
    original: Array


@dataclass(frozen=True)
class Values:
    """What was measured, (n_obs,) float32 each; NaN where not measured. Faults are planted in place."""

    pressure: Array
    depth: Array
    temperature: Array
    salinity: Array


def labels(
    row: Array,
    variable: str,
    fault: str,
    first: Array | int = -1,
    last: Array | int = -1,
    original: Array | int = -1,
) -> Labels:
    """Labels of one fault of one variable."""
    n = len(row)
    numbers = [np.broadcast_to(np.asarray(a, np.int64), n) for a in (first, last, original)]
    return Labels(np.asarray(row), np.full(n, variable, "U9"), np.full(n, fault, "U17"), *numbers)


def xbt_bias(time: Array) -> tuple[Array, Array]:
    """Bias of the XBTs of a time: it is largest about 1978.

    Returns
    -------
    temperature : degC added, 0.02 to 0.12.
    fall : part by which the true depth is shallower than the reported one, 0.005 to 0.025.
    """
    bump = np.exp(-(((year_of(time) - 1978) / 12) ** 2))
    return 0.02 + 0.10 * bump, 0.005 + 0.02 * bump


def salinity_drift(seed: int, casts: Casts, rate: float) -> Array:
    """Drift of each cast's conductivity cell: (n_row,) practical salinity, 0 where there is none.

    A part ``rate`` of the floats begin to drift after 0.1 to 0.5 of five years, 0.05 to 0.15 a year.
    """
    u = [hashed_uniform(seed, DRIFTING + k, casts.platform) for k in range(4)]
    years = (casts.time - casts.deployed) / 365.25 - (0.5 + 2.0 * u[1])
    drift = np.where(u[3] < 0.75, 1, -1) * (0.05 + 0.10 * u[2]) * np.maximum(years, 0)
    drifting = (casts.kind == FLOAT) & (u[0] < rate) & (np.abs(drift) >= SMALLEST_DRIFT)
    return np.where(drifting, drift, 0.0)


def plant(
    rng: Generator,
    seed: int,
    casts: Casts,
    values: Values,
    rates: dict[str, float],
    month: tuple[float, float],
) -> tuple[Casts, Labels]:
    """Plant all faults but duplicates and the XBT bias.

    Returns
    -------
    casts : with the wrong positions and times.
    labels : of all that was planted; ``values`` is changed in place.
    """
    start = row_start_of(casts.row_size)
    drift = salinity_drift(seed, casts, rates["drift"])
    rows = np.flatnonzero(drift)
    _add(values.salinity, start, rows, 0, casts.row_size[rows] - 1, drift[rows])
    done = [labels(rows, "PSAL", "drift", 0, casts.row_size[rows] - 1)]
    drawn = np.searchsorted(np.cumsum([rates[f] for f in CAST_FAULTS]), rng.random(casts.n_row), side="right")
    drawn[drift != 0] = len(CAST_FAULTS)
    chosen = {
        name: np.flatnonzero((drawn == k) & _possible(name, casts)) for k, name in enumerate(CAST_FAULTS)
    }
    for name in ("spike", "stuck", "offset", "rollover"):
        done += _in_values(rng, name, chosen[name], casts, start, values)
    done.append(_inversion(rng, chosen["inversion"], casts, start, values))
    longitude, time = casts.longitude.copy(), casts.time.copy()
    rows = chosen["longitude_sign"]
    longitude[rows] *= -1
    done.append(labels(rows, "LONGITUDE", "longitude_sign"))
    rows = chosen["wrong_day"]
    time[rows] = _other_day(rng, time[rows], *month)
    done.append(labels(rows, "TIME", "wrong_day"))
    return Casts(**(vars(casts) | {"longitude": longitude, "time": time})), stacked(*done)


def plant_duplicates(
    rng: Generator,
    casts: Casts,
    values: Values,
    faults: Labels,
    rates: dict[str, float],
    month: tuple[float, float],
) -> tuple[Casts, Values, Labels, Array]:
    """Append copies of casts without fault: exact, rounded, or shifted in place and time.

    Returns
    -------
    casts, values : with the copies behind.
    labels : of the copies; ``original`` is the row that was copied.
    renamed : (n_row,) bool, copies that carry another platform's code.
    """
    drawn = np.searchsorted(np.cumsum([rates[d] for d in DUPLICATES]), rng.random(casts.n_row), side="right")
    drawn[faults.row] = len(DUPLICATES)
    groups = [np.flatnonzero(drawn == k) for k in range(len(DUPLICATES))]
    copied = np.concatenate(groups)
    copies = _shifted(rng, casts.take(groups[2]), month)
    plain = casts.take(np.concatenate(groups[:2]))
    tail = stacked(plain, copies)
    start, index = take_rows(row_start_of(casts.row_size), copied)
    tail_values = Values(**{k: v[index] for k, v in vars(values).items()})
    n_exact, n_rounded = len(groups[0]), len(groups[1])
    rounded = slice(start[n_exact], start[n_exact + n_rounded])
    tail_values.temperature[rounded] = np.round(tail_values.temperature[rounded], 1)
    tail_values.salinity[rounded] = np.round(tail_values.salinity[rounded], 2)
    for axis in (tail.latitude, tail.longitude):
        axis[n_exact : n_exact + n_rounded] = np.round(axis[n_exact : n_exact + n_rounded], 1)
    row, ends = casts.n_row + np.arange(len(copied)), np.cumsum([0] + [len(g) for g in groups])
    found = [
        labels(row[a:b], "", name, original=copied[a:b])
        for name, a, b in zip(DUPLICATES, ends[:-1], ends[1:], strict=True)
    ]
    renamed = np.concatenate([np.zeros(casts.n_row, bool), rng.random(len(copied)) < 0.5])
    return stacked(casts, tail), stacked(values, tail_values), stacked(*found), renamed


def _possible(fault: str, casts: Casts) -> Array:
    if fault == "inversion":
        return casts.kind != XBT  # type: ignore[no-any-return]
    if fault == "wrong_day":  # a mooring reports every day: its wrong day would be a second cast of that day
        return casts.kind != MOORING  # type: ignore[no-any-return]
    if fault == "longitude_sign":
        return (np.abs(casts.longitude) > 1) & (np.abs(casts.longitude) < 179)
    return np.ones(casts.n_row, bool)


def _in_values(
    rng: Generator, fault: str, rows: Array, casts: Casts, start: Array, values: Values
) -> list[Labels]:
    """Spike, stuck, offset or rollover in temperature or, three times in ten where measured, salinity."""
    u, size = rng.random((4, len(rows))), casts.row_size[rows]
    salty = (casts.kind[rows] != XBT) & (u[0] < 0.3)
    first, last = _span(fault, u[1], size)
    sign = np.where(u[2] < 0.5, -1.0, 1.0)
    out = []
    for k, (name, array, mask) in enumerate(
        (("TEMP", values.temperature, ~salty), ("PSAL", values.salinity, salty))
    ):
        r, a, b = rows[mask], first[mask], last[mask]
        if fault == "stuck":
            index, row = _index(start, r, a, b)
            array[index] = array[start[r] + a][row]
        else:
            _add(array, start, r, a, b, sign[mask] * _size(fault, k, u[3][mask]))
        out.append(labels(r, name, fault, a + (fault == "stuck"), b))
    return out


def _span(fault: str, u: Array, size: Array) -> tuple[Array, Array]:
    """First and last level: of a spike one inside, of an offset all, else from the upper half down."""
    if fault == "spike":
        level = 1 + (u * (size - 2)).astype(np.int64)
        return level, level
    if fault == "offset":
        return np.zeros_like(size), size - 1
    return (u * size / 2).astype(np.int64) + (fault == "rollover"), size - 1


def _size(fault: str, variable: int, u: Array) -> Array:
    if fault == "rollover":
        return np.full(len(u), ROLLOVER[variable])
    low, high = (SPIKE if fault == "spike" else OFFSET)[variable]
    return np.round(low + (high - low) * u, 2)


def _inversion(rng: Generator, rows: Array, casts: Casts, start: Array, values: Values) -> Labels:
    """Three levels so fresh that the upper one is 0.1 to 0.6 kg m-3 lighter than the level above it."""
    u, size = rng.random((2, len(rows))), casts.row_size[rows]
    first = 1 + (u[0] * (size - 4)).astype(np.int64)
    above, below = (_at(values, start[rows] + level, casts.latitude[rows]) for level in (first - 1, first))
    middle = (above[2] + below[2]) / 2
    excess = gsw.rho(below[0], below[1], middle) - gsw.rho(above[0], above[1], middle)
    contraction = gsw.rho(*below[:2], middle) * gsw.beta(*below[:2], middle)
    fresher = (np.maximum(excess, 0) + 0.1 + 0.5 * u[1]) / contraction
    _add(values.salinity, start, rows, first, first + 2, -fresher)
    return labels(rows, "PSAL", "inversion", first, first + 2)


def _at(values: Values, index: Array, latitude: Array) -> tuple[Array, Array, Array]:
    """Salinity in g/kg, conservative temperature and pressure; good enough without the salinity anomaly."""
    pressure, depth = values.pressure[index].astype(float), values.depth[index].astype(float)
    pressure = np.where(np.isnan(pressure), gsw.p_from_z(-np.nan_to_num(depth), latitude), pressure)
    salinity = gsw.SR_from_SP(values.salinity[index].astype(float))
    return salinity, gsw.CT_from_t(salinity, values.temperature[index].astype(float), pressure), pressure


def _other_day(rng: Generator, time: Array, first: float, last: float) -> Array:
    """The same hour of another day of the month, at least three days off."""
    n_days = last - first
    shift = 3 + np.floor(rng.random(len(time)) * (n_days - 6))
    moved: Array = first + (time - first + shift) % n_days
    return moved


def _shifted(rng: Generator, casts: Casts, month: tuple[float, float]) -> Casts:
    """Copies 0.01 to 0.05 degrees and 5 to 60 minutes off."""
    u = rng.random((5, casts.n_row))
    shift = [np.where(u[k] < 0.5, -1, 1) * (0.01 + 0.04 * u[k + 2]) for k in range(2)]
    minutes = (5 + 55 * u[4]) / 1440
    time = np.where(casts.time + minutes < month[1], casts.time + minutes, casts.time - minutes)
    longitude = (casts.longitude + shift[1] + 180) % 360 - 180
    moved = {"latitude": casts.latitude + shift[0], "longitude": longitude, "time": time}
    return Casts(**(vars(casts) | moved))


def _index(start: Array, rows: Array, first: Array, last: Array) -> tuple[Array, Array]:
    """Observations of levels first..last of each row, and the position in ``rows`` of each."""
    size = last - first + 1
    row = np.repeat(np.arange(len(rows)), size)
    return (start[rows] + first)[row] + np.arange(size.sum()) - row_start_of(size)[row], row


def _add(array: Array, start: Array, rows: Array, first: Array | int, last: Array, amount: Array) -> None:
    """Add an amount of each row to its levels first..last, to a thousandth."""
    index, row = _index(start, rows, np.broadcast_to(first, len(rows)), last)
    array[index] = np.round(array[index].astype(float) + amount[row], 3)
