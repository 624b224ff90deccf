"""The synthetic ocean as a source: ``synthetic://ocean/1993/01?seed=1&profiles=300``.

Any month is made where it is opened, from its address and the options of the source (which the query
overrides): ``seed``, ``profiles`` (mean profiles a month at full density) and the rates of the faults.
"""

from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from catalogs.land import land_class
from catalogs.schema import Feature, Indicator, Source
from flows.records import IDENTITY, POSITION, Records, SourceError, record_id
from kernels.compiled import Array
from kernels.flags import Flag
from kernels.synthetic.faults import CAST_FAULTS, DUPLICATES, Labels
from kernels.synthetic.month import FAULTS, Month, make_month, make_series, platform_codes
from kernels.synthetic.ocean import layer_mean_warming, warming
from kernels.synthetic.places import Places, places_of
from kernels.synthetic.sampling import FLOAT, PLATFORM_TYPE, XBT
from kernels.synthetic.truth import (
    heat_content,
    mean_stratification,
    potential_heat_content,
    teos10_heat_content,
    thermosteric_sea_level,
)

KERNELS = ("kernels.synthetic", "catalogs.land")
YEARS = (1950, 2100)
_PROBE = np.array([846, 820, 830, 52])
_SHALLOW_XBT = 1
"""WMO code table 1770: float, thermistor chain, CTD, XBT Deep Blue; T-4 reaches 460 m."""


@dataclass(frozen=True)
class Address:
    """Which month of which ocean."""

    year: int
    month: int
    seed: int
    profiles: float
    rates: dict[str, float]
    usual: dict[str, float]
    """Rates of the source's entry."""

    @property
    def file(self) -> str:
        """The address itself: opened again, it gives the same records and the same faults."""
        where = f"synthetic://ocean/{self.year:04d}/{self.month:02d}"
        own = "".join(f"&{name}={rate:g}" for name, rate in self.rates.items() if rate != self.usual[name])
        return f"{where}?seed={self.seed}&profiles={self.profiles:g}{own}"


def open_records(url: str, source: Source) -> list[Records]:
    """One month of profiles and of the moorings' surface series; every delivered flag is ``NO_QC``."""
    address = parse_address(url, source)
    return [_profiles(address), _series(address)]


def faults(url: str, source: Source) -> dict[str, Array]:
    """What is wrong with the records of a month, one entry a fault.

    Returns
    -------
    columns : ``RECORD_ID``, ``VARIABLE`` (empty for duplicates), ``FAULT``, ``FIRST_LEVEL``,
        ``LAST_LEVEL`` (inclusive, from 0; -1 for faults of the whole row) and ``ORIGINAL``,
        the RECORD_ID of which a duplicate is a copy (0 for other faults).
    """
    address = parse_address(url, source)
    casts, series = _month(address), _month_of_series(address)
    parts = [
        _fault_columns(casts.labels, _record_ids(address, casts.casts.n_row)),
        _fault_columns(series.labels, _record_ids(address, series.renamed.size, "T")),
    ]
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def truth(
    indicator: Indicator,
    months: Array,
    reference_period: tuple[int, int],
    latitude: tuple[float, float] = (-60.0, 60.0),
    longitude: tuple[float, float] = (-180.0, 180.0),
) -> Array:
    """True monthly anomaly of an indicator in a region.

    The warming is the same everywhere, so only what depends on the state of the water depends on the region
    (steric sea level, heat by TEOS-10, stratification: means over the region's ocean area by latitude; see
    ``kernels.synthetic.truth``). Salinity has no trend; what the eddies do besides is not counted.

    Parameters
    ----------
    months : (n,) ``datetime64[M]`` or text such as "1993-01".
    reference_period : first and last year, whose mean is zero.
    latitude, longitude : south and north, west and east edge; west > east crosses the date line.

    Returns
    -------
    anomaly : (n,) float64 in the unit of the indicator; NaN for the depth of the mixed layer, which eddies
        and season make and no closed form gives, and for oxygen, which this ocean has not.
    """
    first, last = reference_period
    reference = np.arange(f"{first:04d}-01", f"{last + 1:04d}-01", dtype="datetime64[M]")
    months = np.asarray(months, "datetime64[M]")
    value = _state(indicator, _middle(np.concatenate([months, reference])), latitude, longitude)
    anomaly: Array = value[: months.size] - value[months.size :].mean()
    return anomaly


def truth_trend(
    indicator: Indicator,
    first: str,
    last: str,
    latitude: tuple[float, float] = (-60.0, 60.0),
    longitude: tuple[float, float] = (-180.0, 180.0),
) -> float:
    """Least-squares trend of the truth from month ``first`` to ``last``, in the indicator's unit per year
    of 365.25 days. Exact for heat content and layer means, which are linear in time."""
    months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + np.timedelta64(1, "M"))
    time = _middle(months)
    value = _state(indicator, time, latitude, longitude)
    away = time - time.mean()
    return float(365.25 * (away @ value) / (away @ away))


def parse_address(url: str, source: Source) -> Address:
    """The month and the options that an address means; ``SourceError`` says what is wrong with it."""
    split = urlsplit(url)
    steps = split.path.strip("/").split("/")
    if split.scheme != "synthetic" or split.netloc != "ocean" or len(steps) != 2:
        raise SourceError(url, "must be synthetic://ocean/YEAR/MONTH?option=value")
    options = dict(source.options) | dict(parse_qsl(split.query, keep_blank_values=True))
    known = ("seed", "profiles", *FAULTS)
    if unknown := sorted(set(options) - set(known)):
        raise SourceError(url, f"unknown option {', '.join(unknown)}; there are {', '.join(known)}")
    if missing := sorted({"seed", "profiles"} - set(options)):
        raise SourceError(url, f"needs the option {', '.join(missing)}")
    year, month = _whole(url, "year", steps[0], *YEARS), _whole(url, "month", steps[1], 1, 12)
    seed = _whole(url, "seed", options["seed"], 0, 2**63 - 1)
    profiles = _number(url, "profiles", options["profiles"], 0, 10_000_000)
    rates = {f: _number(url, f, options.get(f, 0), 0, 10 if f == "xbt_bias" else 1) for f in FAULTS}
    for group in (CAST_FAULTS, DUPLICATES):
        if sum(rates[f] for f in group) > 1:
            raise SourceError(url, f"the rates of {', '.join(group)} must not exceed 1 together")
    usual = {f: float(source.options.get(f, 0)) for f in FAULTS}
    return Address(year, month, seed, profiles, rates, usual)


def _number(url: str, name: str, text: object, low: float, high: float) -> float:
    try:
        value = float(str(text))
    except ValueError:
        raise SourceError(url, f"{name} must be a number, not {text!r}") from None
    if not low <= value <= high:
        raise SourceError(url, f"{name} must be within {low:g} and {high:g}, not {text}")
    return value


def _whole(url: str, name: str, text: object, low: int, high: int) -> int:
    if not (digits := str(text)).isascii() or not digits.isdigit():
        raise SourceError(url, f"{name} must be a whole number, not {text!r}")
    if not low <= int(digits) <= high:
        raise SourceError(url, f"{name} must be within {low} and {high}, not {text}")
    return int(digits)


@cache
def _places() -> Places:
    return places_of(land_class())


def _month(a: Address) -> Month:
    return make_month(a.seed, a.year, a.month, a.profiles, a.rates, _places())


def _month_of_series(a: Address) -> Month:
    return make_series(a.seed, a.year, a.month, a.profiles, a.rates, _places())


def _profiles(address: Address) -> Records:
    made = _month(address)
    casts = made.casts
    rows = {
        "TIME": casts.time,
        "LATITUDE": casts.latitude,
        "LONGITUDE": casts.longitude,
        "PLATFORM_CODE": platform_codes(casts, made.renamed, address.year, address.month),
        "PLATFORM_TYPE": PLATFORM_TYPE[casts.kind],
        "PROBE_TYPE": np.where((casts.kind == XBT) & (casts.reach < 500), _SHALLOW_XBT, _PROBE[casts.kind]),
        "DIRECTION": np.where(casts.kind == FLOAT, "A", "D"),
        "CYCLE_NUMBER": np.where(made.renamed, -1, casts.cycle),
    }
    return _records("profiles", address, casts.row_size, rows, made, "")


def _series(address: Address) -> Records:
    made = _month_of_series(address)
    casts, n = made.casts, made.renamed.size
    each = casts.n_row // n if n else 0
    anchors = casts.take(np.arange(n) * each)
    rows = {
        "PLATFORM_CODE": platform_codes(anchors, made.renamed, address.year, address.month),
        "PLATFORM_TYPE": PLATFORM_TYPE[anchors.kind],
        "PROBE_TYPE": np.full(n, -1),
        "DIRECTION": np.full(n, "A"),
        "CYCLE_NUMBER": np.full(n, -1),
    }
    return _records("trajectories", address, np.full(n, each), rows, made, "T")


def _records(
    feature: Feature, address: Address, row_size: Array, rows: dict[str, Array], made: Month, prefix: str
) -> Records:
    """Records of either feature: what they share, and the storage types of the record model."""
    n = len(row_size)
    place = {"TIME": made.casts.time, "LATITUDE": made.casts.latitude, "LONGITUDE": made.casts.longitude}
    place |= {f"{name}_SOURCE_QC": np.full(made.casts.n_row, Flag.NO_QC) for name in ("TIME", "POSITION")}
    rows = rows | {
        "DATA_MODE": np.full(n, "R"),
        "SOURCE": np.full(n, "synthetic"),
        "SOURCE_FILE": np.full(n, address.file),
        "SOURCE_INDEX": np.arange(n),
        "RECORD_ID": _record_ids(address, n, prefix),
        "PRECEDENCE": np.zeros(n, np.int64),
    }
    obs = _observations(made)
    if feature == "profiles":
        rows |= place
    else:
        obs = place | {k: v for k, v in obs.items() if k[:4] in ("DEPH", "TEMP")}
    types = {k: t for k, t in (POSITION | IDENTITY).items() if t != "U"}
    cast = {k: v.astype(types[k]) if k in types else v for k, v in rows.items()}
    return Records(
        feature, row_size.astype(np.int64), cast, {k: v.astype(types.get(k, v.dtype)) for k, v in obs.items()}
    )


def _observations(made: Month) -> dict[str, Array]:
    values = made.values
    named = {
        "PRES": values.pressure,
        "DEPH": values.depth,
        "TEMP": values.temperature,
        "PSAL": values.salinity,
    }
    return named | {f"{k}_SOURCE_QC": np.full(len(v), Flag.NO_QC, np.uint8) for k, v in named.items()}


def _record_ids(address: Address, n: int, prefix: str = "") -> Array:
    where = ("synthetic", address.seed, address.year, address.month)
    return np.fromiter((record_id(*where, f"{prefix}{k}") for k in range(n)), np.uint64, n)


def _fault_columns(found: Labels, ids: Array) -> dict[str, Array]:
    copied = found.original >= 0
    original = np.zeros(len(found.row), np.uint64)
    original[copied] = ids[found.original[copied]]
    return {
        "RECORD_ID": ids[found.row],
        "VARIABLE": found.variable,
        "FAULT": found.fault,
        "FIRST_LEVEL": found.first.astype(np.int32),
        "LAST_LEVEL": found.last.astype(np.int32),
        "ORIGINAL": original,
    }


def _middle(months: Array) -> Array:
    """Middle of months, where the linear warming has its monthly mean: days since 1950-01-01."""
    edges = [
        (m.astype("datetime64[D]") - np.datetime64("1950-01-01")).astype(float)
        for m in (months, months + np.timedelta64(1, "M"))
    ]
    middle: Array = (edges[0] + edges[1]) / 2
    return middle


def _state(
    indicator: Indicator, time: Array, latitude: tuple[float, float], longitude: tuple[float, float]
) -> Array:
    top, bottom = indicator.layer
    rho0, cp = indicator.rho0 or np.nan, indicator.cp or np.nan
    if indicator.quantity == "ocean_heat_content" and indicator.heat == "in_situ":
        return heat_content(top, bottom, time, rho0, cp)
    if indicator.quantity in ("halosteric_sea_level", "salt_content", "freshwater_content"):
        return np.zeros(len(time))
    if indicator.quantity in ("layer_mean", "value_at_depth"):
        if indicator.variable == "PSAL":
            return np.zeros(len(time))
        if indicator.quantity == "value_at_depth":
            return np.asarray(warming(np.full(len(time), top), time))
        return np.asarray(layer_mean_warming(top, bottom, time))
    if indicator.quantity == "mixed_layer_depth" or indicator.variable == "DOXY":
        return np.full(len(time), np.nan)
    ocean = _ocean_by_latitude(latitude, longitude)
    if indicator.quantity == "stratification":
        return mean_stratification(top, bottom, time, *ocean)
    if indicator.quantity == "ocean_heat_content":
        if indicator.heat == "potential":
            return potential_heat_content(top, bottom, time, *ocean, rho0, cp)
        return teos10_heat_content(top, bottom, time, *ocean)
    return thermosteric_sea_level(top, bottom, time, *ocean)


def _ocean_by_latitude(latitude: tuple[float, float], longitude: tuple[float, float]) -> tuple[Array, Array]:
    """Ocean area of each half degree of latitude of a box, and its latitude."""
    mask = land_class()
    n = mask.shape[0] // 180
    east = (np.arange(360 * n) + 0.5) / n - 180
    west_edge, east_edge = longitude
    inside = (east > west_edge) & (east < east_edge)
    if west_edge > east_edge:
        inside = (east > west_edge) | (east < east_edge)
    north = (np.arange(180 * n) + 0.5) / n - 90
    rows = (north > latitude[0]) & (north < latitude[1])
    weight = (mask[rows][:, inside] <= 1).sum(axis=1) * np.cos(np.radians(north[rows]))
    band = np.floor(north[rows] * 2)
    bands, index = np.unique(band, return_inverse=True)
    return np.bincount(index, weight), bands / 2 + 0.25
