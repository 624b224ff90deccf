"""Quality control beside its peers on the same records: ioos_qc test by test, CoTeDe procedure by procedure.

A peer gets one profile or series at a time, as its tests must see it: neighbours are compared. Both sides run
on one core. ``pip install -e '.[bench]'`` brings the peers; one that is not there is named as absent.
"""

import importlib
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import gsw
import numpy as np
import synthetic_profiles
import xarray as xr

from catalogs.schema import Procedure, load
from flows import quality
from flows.procedures import bind

N_OURS, N_PEER, REPEATS = 5_000, 150, 3
EPOCH = np.datetime64("1950-01-01")

Profile = Mapping[str, np.ndarray]

TEMPERATURE = {"minimum": -2.5, "maximum": 40}
SALINITY = {"minimum": 2, "maximum": 41}
SPIKE = {"TEMP": 6.0, "PSAL": 0.9}
LAYERS = {"TEMP": [(0, 300, -2, 37), (300, 1100, -2, 27), (1100, 3000, -1.5, 18)],
          "PSAL": [(0, 300, 0, 41), (300, 1100, 3, 41), (1100, 3000, 22, 38)]}  # fmt: skip


def entry(test: str, variables: Mapping[str, Any], name: str | None = None, **more: Any) -> dict[str, Any]:
    return {"test": test, "id": name or test, "variables": variables, **more}


def layers(variable: str) -> dict[str, list[float]]:
    top, _, low, high = (list(column) for column in zip(*LAYERS[variable], strict=True))
    return {"from_depth": [*top, 3000.0], "minimum": [*low, np.nan], "maximum": [*high, np.nan]}


COMMON = [
    entry("impossible_location", {"POSITION": {}}),
    entry("impossible_date", {"TIME": {"earliest_year": 1950}}),
    entry("global_range", {"TEMP": TEMPERATURE, "PSAL": SALINITY}),
    entry("global_range", {"TEMP": {"minimum": -2, "maximum": 35}, "PSAL": SALINITY}, "suspect", flag=3),
    entry("spike_qartod", {v: {"threshold": x, "over_gaps": 0} for v, x in SPIKE.items()}),
    entry(
        "spike_qartod", {v: {"threshold": x / 2, "over_gaps": 0} for v, x in SPIKE.items()}, "half", flag=3
    ),
]
ON_PROFILES = [
    *COMMON,
    entry("pressure_increasing", {"PRES": {}}, flag=3),
    entry("density_inversion", {"TEMP": {"threshold": 0.03}}, also=["PSAL"]),
    entry("depth_range", {v: layers(v) for v in LAYERS}, flag=3),
]
TWO_HOURS, FOUR_HOURS = 7200, 14400
ON_SERIES = [
    *COMMON,
    entry("rate_of_change_time", {"TEMP": {"threshold": 0.001}, "PSAL": {"threshold": 0.0005}}, flag=3),
    entry("flat_line", {v: {"duration": FOUR_HOURS, "tolerance": 0.0005} for v in SPIKE}, "flat_line_fail"),
    entry("flat_line", {v: {"duration": TWO_HOURS, "tolerance": 0.0005} for v in SPIKE}, flag=3),
    entry("attenuated_signal", {v: {"threshold": 0.0005, "duration": FOUR_HOURS} for v in SPIKE}),
    entry(
        "attenuated_signal", {v: {"threshold": 0.001, "duration": FOUR_HOURS} for v in SPIKE}, "weak", flag=3
    ),
    entry("track_speed", {"POSITION": {"highest": 10, "later_only": 1, "shortest": 1}}),
]
"""The tests that ioos_qc has too: 11 of its functions, with the same thresholds as below."""


def profiles_of(records: xr.Dataset, n: int) -> Iterator[Profile]:
    """The first rows of a partition, each with its own arrays in float64."""
    on_rows = "profile" in records.sizes
    names = ("TIME", "LATITUDE", "LONGITUDE", "PRES", "TEMP", "PSAL")
    size = synthetic_profiles.N_LEVELS
    for i in range(n):
        at = slice(i * size, (i + 1) * size)
        row = {k: records[k].values[i : i + 1] if on_rows else records[k].values[at] for k in names[:3]}
        yield row | {k: records[k].values[at].astype(np.float64) for k in names[3:]}


def with_time_and_density(profile: Profile) -> Profile:
    """What ioos_qc does not compute itself: dates as NumPy has them, and density by gsw. It is not timed."""
    p, t, SP = profile["PRES"], profile["TEMP"], profile["PSAL"]
    SA = gsw.SA_from_SP(SP, p, profile["LONGITUDE"][0], profile["LATITUDE"][0])
    since = (profile["TIME"] * 86400e3).astype("timedelta64[ms]")
    date = (EPOCH + since).astype("datetime64[ns]")
    return {**profile, "date": date, "density": gsw.sigma0(SA, gsw.CT_from_t(SA, t, p))}


def ioos_common(qartod: Any, profile: Profile) -> None:
    qartod.location_test(lon=profile["LONGITUDE"], lat=profile["LATITUDE"])
    qartod.impossible_date_test(profile["date"], fail_span=("1950-01-01", "2100-01-01"))
    for v, fail, suspect in (("TEMP", (-2.5, 40), (-2, 35)), ("PSAL", (2, 41), (2, 41))):
        qartod.gross_range_test(profile[v], fail_span=fail, suspect_span=suspect)
        qartod.spike_test(profile[v], suspect_threshold=SPIKE[v] / 2, fail_threshold=SPIKE[v])


def ioos_on_profile(qartod: Any, argo: Any, profile: Profile) -> None:
    ioos_common(qartod, profile)
    argo.pressure_increasing_test(profile["PRES"])
    qartod.density_inversion_test(inp=profile["density"], zinp=profile["PRES"], fail_threshold=-0.03)
    dates = np.repeat(profile["date"], profile["PRES"].size)
    for v, zones in LAYERS.items():
        config = [
            {"tspan": ("1950-01-01", "2100-01-01"), "zspan": zone[:2], "vspan": zone[2:]} for zone in zones
        ]
        qartod.climatology_test(config, inp=profile[v], tinp=dates, zinp=profile["PRES"])


def ioos_on_series(qartod: Any, argo: Any, profile: Profile) -> None:
    ioos_common(qartod, profile)
    argo.speed_test(profile["LONGITUDE"], profile["LATITUDE"], profile["date"], 5, 10)
    for v, rate in (("TEMP", 0.001), ("PSAL", 0.0005)):
        x, when = profile[v], profile["date"]
        qartod.rate_of_change_test(x, when, rate)
        qartod.flat_line_test(x, when, TWO_HOURS, FOUR_HOURS, 0.0005)
        qartod.attenuated_signal_test(x, when, 0.001, 0.0005, test_period=FOUR_HOURS)


def ioos() -> Mapping[str, Callable[[Profile], None]]:
    qartod, argo = (importlib.import_module(f"ioos_qc.{m}") for m in ("qartod", "argo"))
    return {
        "profiles": lambda profile: ioos_on_profile(qartod, argo, profile),
        "series": lambda profile: ioos_on_series(qartod, argo, profile),
    }


class AsCoTeDeHasThem(dict):  # type: ignore[type-arg]
    """Variables of a profile with the attributes that CoTeDe asks for."""

    attrs: dict[str, Any]


def for_cotede(profile: Profile) -> AsCoTeDeHasThem:
    found = AsCoTeDeHasThem({v: np.ma.masked_invalid(profile[v]) for v in ("PRES", "TEMP", "PSAL")})
    when = datetime(1950, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(days=float(profile["TIME"][0]))
    lat, lon = float(profile["LATITUDE"][0]), float(profile["LONGITUDE"][0])
    found.attrs = {"datetime": when, "LATITUDE": lat, "LONGITUDE": lon}
    return found


WANTS_A_DOWNLOAD = ("woa_normbias", "location_at_sea")
"""Tests of CoTeDe that fetch an atlas of gigabytes: they are left out, which is in its favour."""


def cotede(name: str) -> Callable[[AsCoTeDeHasThem], Any]:
    os.environ.setdefault("COTEDE_DIR", "/tmp/cotede")
    logging.getLogger("cotede").setLevel(logging.ERROR)
    profile_qc = importlib.import_module("cotede.qc").ProfileQC
    config = importlib.import_module("cotede.utils").load_cfg(name)
    config["revision"] = "0.22"  # it compares its own number with a string
    for tests in (config.get("common", {}), *config["variables"].values()):
        for unwanted in WANTS_A_DOWNLOAD:
            tests.pop(unwanted, None)
    return lambda profile: profile_qc(profile, cfg=config, saveauxiliary=False, verbose=False)


def seconds_each(work: Callable[[Any], Any], on: Iterable[Any]) -> float:
    """Best of some repeats, seconds a call."""
    given, best = list(on), np.inf
    work(given[0])
    for _ in range(REPEATS):
        start = time.perf_counter()
        for item in given:
            work(item)
        best = min(best, (time.perf_counter() - start) / len(given))
    return best


def own_rate(procedure: Procedure, records: xr.Dataset) -> float:
    """Observations a second of a whole check on one core."""
    bound = bind(procedure)
    return records.sizes["obs"] / seconds_each(lambda r: quality.check(r, bound), [records] * 3)


def compare(
    name: str, procedure: Procedure, records: xr.Dataset, peer: Callable[[Any], Any], given: Any
) -> float:
    """Print the rates of both in turns, ours before and after, and return the ratio."""
    warnings.simplefilter("ignore")
    before = own_rate(procedure, records)
    theirs = synthetic_profiles.N_LEVELS / seconds_each(peer, given)
    ours = max(before, own_rate(procedure, records))
    rates = f"{ours / 1e6:.1f} M against {theirs / 1e3:.1f} k observations/s a core"
    print(f"quality: {name}: {rates}: {ours / theirs:.0f} times")
    return ours / theirs


def shared(name: str, tests: list[dict[str, Any]]) -> Procedure:
    content = {"name": name, "title": name, "reference": "the tests that ioos_qc has too", "tests": tests}
    return Procedure.model_validate(content)


def main() -> dict[str, float]:
    """Print and return how many times as fast as each peer we are."""
    profiles, series = synthetic_profiles.partition(N_OURS), synthetic_profiles.series(N_OURS)
    ratios: dict[str, float] = {}
    try:
        tests = ioos()
    except ImportError as absent:
        print(f"quality: ioos_qc is absent ({absent}): pip install -e '.[bench]'")
    else:
        for kind, records, entries in (("profiles", profiles, ON_PROFILES), ("series", series, ON_SERIES)):
            given = [with_time_and_density(p) for p in profiles_of(records, N_PEER)]
            name = f"tests shared with ioos_qc on {kind}"
            ratios[name] = compare(name, shared("shared", entries), records, tests[kind], given)
    for procedure in ("eurogoos", "gtspp"):
        try:
            peer = cotede(procedure)
        except ImportError as absent:
            print(f"quality: CoTeDe is absent ({absent}): pip install -e '.[bench]'")
            break
        given = [for_cotede(p) for p in profiles_of(profiles, N_PEER)]
        name = f"{procedure} against CoTeDe without {' and '.join(WANTS_A_DOWNLOAD)}"
        ratios[name] = compare(name, load(Procedure, procedure), profiles, peer, given)
    return ratios


if __name__ == "__main__":
    main()
