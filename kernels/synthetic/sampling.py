"""Who measured where: the casts of one month, as the history of observation would have made them.

Ships lower bottles and CTDs, ships of opportunity drop XBTs along their lanes, moorings near the equator
report daily from the 1980s, and profiling floats fill the ocean from 2000 to 2010. Each month stands on its
own: ships and what is random come from a generator of the month, floats and moorings from hashed numbers of
the platform.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from kernels.compiled import Array, compiled
from kernels.ragged import row_start_of
from kernels.synthetic.draws import generator, hashed_uniform
from kernels.synthetic.places import DRIFT, Places, cell_positions, draw_positions, in_deep_water, in_water

FLOAT, MOORING, CAST, XBT = 0, 1, 2, 3
PLATFORM_TYPE = np.array(["PF", "MO", "CT", "XB"])

HISTORY = {
    FLOAT: ((1999.5, 2001, 2004, 2007, 2010), (0.0, 0.02, 0.22, 0.48, 0.60)),
    MOORING: ((1979, 1985, 1994, 2000, 2010), (0.0, 0.02, 0.12, 0.15, 0.18)),
    CAST: ((1950, 1970, 1990, 2010), (0.02, 0.06, 0.12, 0.12)),
    XBT: ((1966, 1970, 1985, 1998, 2010), (0.0, 0.05, 0.18, 0.16, 0.10)),
}
"""Year, and casts per month as part of full density; from 2010 on the parts sum to 1."""

CYCLE_DAYS = 10.0
CYCLES = 183
"""Cycles that a float lives, five years; its successor starts elsewhere when it ends."""
CASTS_PER_CRUISE = 12
MOORING_LEVELS = np.array([1.0, 5, 10, 20, 40, 60, 80, 100, 120, 140, 180, 300, 500])
_MONTH = 365.2425 / 12
_HOME, _DRIFT, _LEVELS, DRIFTING, _SITE = 10, 20, 40, 50, 60


@dataclass(frozen=True)
class Casts:
    """Casts over contiguous ragged levels.

    ``kind`` (n,) is ``FLOAT`` .. ``XBT``; ``platform`` (n,) numbers the platforms of a kind (floats:
    64 x slot + generation; ships: the cruise of the month); ``cycle`` (n,) is -1 where there is none;
    ``deployed`` (n,) is the first day of a float; ``row_size`` (n,) levels, ``reach`` (n,) the
    deepest, dbar or m.
    """

    kind: Array
    platform: Array
    cycle: Array
    deployed: Array
    time: Array
    latitude: Array
    longitude: Array
    row_size: Array
    reach: Array

    @property
    def n_row(self) -> int:
        return len(self.kind)

    def take(self, rows: Array | slice) -> "Casts":
        return Casts(**{name: array[rows] for name, array in vars(self).items()})


def stacked[C](*parts: C) -> C:
    """Frozen models of arrays, one after the other."""
    names = vars(parts[0])
    return type(parts[0])(**{name: np.concatenate([vars(p)[name] for p in parts]) for name in names})


def expected(kind: int, year: float, profiles: float) -> float:
    """Expected casts of one kind in a month of ``year`` (with decimals) for ``profiles`` at full density."""
    years, parts = HISTORY[kind]
    return float(np.interp(year, years, parts)) * profiles


def month_bounds(year: int, month: int) -> tuple[float, float]:
    """First day of a month and of the next, days since 1950-01-01."""
    first = np.datetime64(f"{year:04d}-{month:02d}", "M")
    days = np.array([first, first + np.timedelta64(1, "M")]).astype("datetime64[D]") - np.datetime64(
        "1950-01-01"
    )
    return float(days[0].astype(int)), float(days[1].astype(int))


def sample_month(seed: int, year: int, month: int, profiles: float, places: Places) -> Casts:
    """All casts of one month: floats, moorings, bottle and CTD casts, XBTs, in this order."""
    rng = generator(seed, "places", year, month)
    when = year + (month - 0.5) / 12
    parts = [
        floats(seed, *month_bounds(year, month), profiles, places),
        moorings(seed, *month_bounds(year, month), profiles, places),
    ]
    for kind in (CAST, XBT):
        n = int(expected(kind, when, profiles) + rng.random())
        parts.append(ships(rng, kind, n, *month_bounds(year, month), places))
    return stacked(*parts)


def floats(seed: int, first: float, last: float, profiles: float, places: Places) -> Casts:
    """Cycles of profiling floats in [first, last).

    A slot is a place in the fleet: it opens when the fleet has grown to its number and holds one float
    after the other, each for ``CYCLES`` cycles. All of it follows from the slot's number.
    """
    years, parts = HISTORY[FLOAT]
    fleet = np.array(parts) * profiles * CYCLE_DAYS / _MONTH
    rank = np.arange(int(np.ceil(fleet[-1]))) + hashed_uniform(seed, 0, np.zeros(1))
    opens = _day_of_year(np.interp(rank[rank < fleet[-1]], fleet, years))
    cycle = np.ceil((first - opens) / CYCLE_DAYS).astype(np.int64)[:, None] + np.arange(4)
    slot = np.broadcast_to(np.arange(opens.size)[:, None], cycle.shape)
    time = opens[:, None] + CYCLE_DAYS * cycle
    held = (cycle >= 0) & (time < last)
    slot, cycle, time = slot[held], cycle[held], time[held]
    platform = slot * 64 + cycle // CYCLES
    latitude, longitude = float_positions(seed, platform, time, places)
    u = hashed_uniform(seed, _LEVELS, platform)
    return Casts(
        kind=np.full(time.size, FLOAT),
        platform=platform,
        cycle=cycle % CYCLES + 1,
        deployed=opens[slot] + CYCLE_DAYS * CYCLES * (cycle // CYCLES),
        time=time,
        latitude=latitude,
        longitude=longitude,
        row_size=70 + (41 * u).astype(np.int64),
        reach=2000 - 50 * hashed_uniform(seed, _LEVELS + 1, platform),
    )


def float_positions(seed: int, platform: Array, time: Array, places: Places) -> tuple[Array, Array]:
    """Where floats are at a time: a home in deep water and slow loops around it, at most ``DRIFT`` away."""
    u = [hashed_uniform(seed, _HOME + k, platform) for k in range(3)]
    latitude, longitude = cell_positions(places.floats, u[0], u[1], u[2])
    for axis, home in enumerate((latitude, longitude)):
        for loop, (shortest, longest) in enumerate(((200, 400), (600, 1500))):
            v = [hashed_uniform(seed, _DRIFT + 4 * axis + 2 * loop + k, platform) for k in range(2)]
            period = shortest + (longest - shortest) * v[0]
            home += DRIFT / 2 * np.sin(2 * np.pi * (time / period + v[1]))
    return latitude, (longitude + 180) % 360 - 180


def mooring_sites(seed: int, profiles: float, year: float, places: Places) -> tuple[Array, Array]:
    """Positions of the moorings in the water in a year: site k is the same in every month."""
    n = int(expected(MOORING, year, profiles) / _MONTH + 0.5)
    number = np.arange(n)
    u = [hashed_uniform(seed, _SITE + k, number) for k in range(3)]
    return cell_positions(places.moorings, u[0], u[1], u[2])


def moorings(seed: int, first: float, last: float, profiles: float, places: Places) -> Casts:
    """Daily profiles at noon of every mooring."""
    latitude, longitude = mooring_sites(seed, profiles, year_of(first), places)
    n_days = int(last - first)
    n = latitude.size * n_days
    return Casts(
        kind=np.full(n, MOORING),
        platform=np.repeat(np.arange(latitude.size), n_days),
        cycle=np.full(n, -1),
        deployed=np.zeros(n),
        time=np.tile(first + np.arange(n_days) + 0.5, latitude.size),
        latitude=np.repeat(latitude, n_days),
        longitude=np.repeat(longitude, n_days),
        row_size=np.full(n, MOORING_LEVELS.size),
        reach=np.full(n, MOORING_LEVELS[-1]),
    )


def ships(rng: Generator, kind: int, n: int, first: float, last: float, places: Places) -> Casts:
    """``n`` casts along straight sections, each a cruise with a code of its own."""
    latitude, longitude, time, cruise = _sections(rng, kind, n, first, last, places)
    u = rng.random((2, n))
    if kind == XBT:
        reach = np.where(u[0] < 0.5, 460.0, 760.0)
        size = 60 + (41 * u[1]).astype(np.int64)
    else:
        deep = in_deep_water(places, latitude, longitude)
        reach = np.where(deep, 300 + 4200 * u[0] ** 2, 50 + 350 * u[0])
        # Half a metre at least between levels: shallow casts hold fewer.
        size = np.minimum(15 + (85 * u[1]).astype(np.int64), (reach / 2).astype(np.int64))
    return Casts(
        kind=np.full(n, kind),
        platform=cruise,
        cycle=np.full(n, -1),
        deployed=np.zeros(n),
        time=time,
        latitude=latitude,
        longitude=longitude,
        row_size=size,
        reach=reach,
    )


def _sections(
    rng: Generator, kind: int, n: int, first: float, last: float, places: Places
) -> tuple[Array, ...]:
    """Cruises one after the other until ``n`` casts are in the water; about 5 knots, on lanes 11 knots."""
    spacing, hours = (0.9, 5.0) if kind == XBT else (0.45, 5.5)
    found: list[tuple[Array, ...]] = []
    count, cruises = 0, 0
    while count < n:
        m = (n - count) // (CASTS_PER_CRUISE // 2) + 1
        latitude, longitude = draw_positions(rng, places.lanes if kind == XBT else places.casts, m)
        heading, start = rng.random(m) * 2 * np.pi, rng.random(m)
        along = np.arange(CASTS_PER_CRUISE)
        step = spacing * along
        north = latitude[:, None] + step * np.cos(heading)[:, None]
        east = longitude[:, None] + step * np.sin(heading)[:, None] / np.cos(np.radians(latitude))[:, None]
        sailing = hours / 24 * along
        time = first + start[:, None] * (last - first - sailing[-1] - 1e-3) + sailing
        east = (east + 180) % 360 - 180
        wet = in_water(places, north, east) & (np.abs(north) < 78)
        number = np.broadcast_to(cruises + np.arange(m)[:, None], wet.shape)
        found.append((north[wet], east[wet], time[wet], number[wet]))
        count, cruises = count + int(wet.sum()), cruises + m
    if not found:
        return np.empty(0), np.empty(0), np.empty(0), np.empty(0, np.int64)
    return tuple(np.concatenate(parts)[:n] for parts in zip(*found, strict=True))


def levels(casts: Casts) -> Array:
    """Vertical coordinate of each level, in 0.1 dbar (floats, CTD) or m (XBT, moorings): (n_obs,)."""
    return _levels(row_start_of(casts.row_size), casts.kind, casts.reach, MOORING_LEVELS)


@compiled
def _levels(row_start: Array, kind: Array, reach: Array, mooring_levels: Array) -> Array:
    out = np.empty(row_start[-1])
    for i in range(kind.size):
        first, n = row_start[i], row_start[i + 1] - row_start[i]
        # Floats and CTDs sample the thermocline densely, XBTs fall steadily.
        steady = 1.0 if kind[i] == 3 else 0.25
        for j in range(n):
            x = j / (n - 1)
            share = steady * x + (1.0 - steady) * x**2.2
            out[first + j] = np.round((1.0 + (reach[i] - 1.0) * share) * 10.0) / 10.0
            if kind[i] == 1:
                out[first + j] = mooring_levels[j]
    return out


def year_of[T: (float, Array)](time: T) -> T:
    """Year with decimals of days since 1950-01-01."""
    return 1950 + time / 365.25


def _day_of_year(year: Array) -> Array:
    return (year - 1950) * 365.25
