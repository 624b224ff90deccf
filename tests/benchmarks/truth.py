"""Does the stated uncertainty hold the truth? Oceans of many seeds, sampled as history did, without faults.

Each seed is an ocean of its own: its months are made, its climatology is fitted to its own records, its
columns are averaged and its indicators made by the functions that a run uses. They are compared with the
truth: the warming in closed form and the mean of the eddies over the region. Prints how often the 95 %
intervals of monthly and yearly values and of trends hold the truth, and errors beside what is stated.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

import numpy as np
import xarray as xr

from catalogs.land import land_class
from catalogs.schema import Campaign, Grid, Indicator, Region, Selection, Source, load
from flows.climatology import accumulate, fit, merge
from flows.columns import boxes
from flows.indicators import indicator_dataset
from flows.readers.synthetic import open_records, truth
from flows.records import in_partition_order, to_dataset
from kernels.flags import Flag
from kernels.synthetic.eddies import eddy_modes, eddy_waves
from kernels.synthetic.month import FAULTS
from kernels.synthetic.ocean import eddy_std, vertical_mode

PERIOD = (1970, 2020)
REFERENCE = (1993, 2014)
INDICATORS = ("ohc_0_700", "ohc_0_2000", "thsl_0_700")
REGIONS = ("global_60s_60n", "iberia_biscay_ireland", "nino_3_4")
ERAS = ((1970, 1984), (1985, 2004), (2005, 2020))
CLEAN = "&".join(f"{fault}=0" for fault in FAULTS)


@dataclass(frozen=True)
class Setting:
    """What the indicators of an ocean are made with."""

    profiles: int
    climatology: Grid
    boxes: Grid
    selection: Selection


def setting(profiles: int) -> Setting:
    demo = load(Campaign, "demo")
    # XBT biases are planted faults; without them XBTs count as anything else
    return Setting(profiles, load(Grid, demo.climatology), load(Grid, demo.boxes), Selection())


def calendar() -> list[tuple[int, int]]:
    return [(year, month) for year in range(PERIOD[0], PERIOD[1] + 1) for month in range(1, 13)]


def partition(seed: int, year: int, month: int, profiles: int) -> xr.Dataset:
    """The casts of a month; every value is good."""
    url = f"synthetic://ocean/{year}/{month:02d}?seed={seed}&profiles={profiles}&{CLEAN}"
    records = open_records(url, load(Source, "synthetic"))[0]
    made = to_dataset(in_partition_order(records))
    flags = {
        f"{name}_QC": (made[of].dims, np.full(made[of].shape, Flag.GOOD, np.uint8))
        for name, of in {"TIME": "TIME", "POSITION": "TIME", "TEMP": "TEMP", "PSAL": "PSAL"}.items()
    }
    return made.assign(flags)


def ocean(seed: int, how: Setting) -> dict[str, xr.Dataset]:
    """Every indicator of one ocean."""
    parts = [partition(seed, *when, how.profiles) for when in calendar()]
    years = [year for year, _ in calendar()]
    reference = [p for p, y in zip(parts, years, strict=True) if REFERENCE[0] <= y <= REFERENCE[1]]
    climatology = fit(
        merge(accumulate(p, how.climatology, how.selection) for p in reference), how.climatology, REFERENCE
    )
    wanted = [load(Indicator, name) for name in INDICATORS]
    regions = [load(Region, name) for name in REGIONS]
    averaged = [boxes(p, climatology, how.boxes, wanted, how.selection, regions) for p in parts]
    month = xr.DataArray(months().astype("M8[ns]"), dims="month", name="month")
    together = xr.concat(averaged, month, data_vars="all", coords="minimal", compat="override")
    land = land_class()
    return {i.name: indicator_dataset(together, i, regions, how.boxes, land, REFERENCE) for i in wanted}


def months() -> np.ndarray:
    return np.array([f"{year}-{month:02d}" for year, month in calendar()], "M8[M]")


@cache
def places(region: Region) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ocean cells of one degree in a region: latitude, longitude and weight by area."""
    assert region.latitude is not None
    assert region.longitude is not None
    lat = np.arange(region.latitude[0] + 0.5, region.latitude[1])
    lon = region.longitude[0] + 0.5 + np.arange(0, (region.longitude[1] - region.longitude[0]) % 360 or 360)
    lat, lon = (a.ravel() for a in np.meshgrid(lat, (lon + 180) % 360 - 180, indexing="ij"))
    ocean = land_class()[((lat + 90) * 12).astype(int), ((lon + 180) * 12).astype(int)] <= 1
    weight = ocean * np.cos(np.radians(lat))
    return lat[ocean], lon[ocean], weight[ocean] / weight.sum()


def eddies(seed: int, indicator: Indicator, region: Region) -> np.ndarray:
    """Mean of the eddies' temperature over a region, integrated over the layer, for each month: K m."""
    lat, lon, weight = places(region)
    top, bottom = indicator.layer
    edges = np.linspace(top, bottom, 101)
    depth = (edges[1:] + edges[:-1]) / 2
    width = np.diff(edges)
    # the integral of each mode over the layer depends on latitude only
    shape = np.stack([(eddy_std(lat[:, None], depth) * vertical_mode(m, depth)) @ width for m in range(3)], 1)
    out = np.zeros(len(months()))
    first = (months().astype("M8[D]") - np.datetime64("1950-01-01")).astype(float)
    for day in (5.0, 15.0, 25.0):
        for k, time in enumerate(first + day):
            modes = eddy_modes(lat, lon, np.full(lat.size, time), eddy_waves(seed))
            out[k] += weight @ (modes * shape).sum(axis=1) / 3
    return out


def true_values(seed: int, indicator: Indicator, region: Region) -> np.ndarray:
    """True monthly anomalies, relative to the reference period."""
    assert region.latitude is not None
    assert region.longitude is not None
    warmer = truth(indicator, months(), REFERENCE, region.latitude, region.longitude)
    if region.name == "global_60s_60n" or indicator.quantity != "ocean_heat_content":
        return warmer  # over the globe eddies average out (3,100 of them); expansion is not linear in them
    of_eddies = indicator.rho0 * indicator.cp * eddies(seed, indicator, region)
    year = months().astype("M8[Y]").astype(int) + 1970
    inside = (year >= REFERENCE[0]) & (year <= REFERENCE[1])
    return warmer + of_eddies - of_eddies[inside].mean()


def misfits(seed: int, profiles: int) -> dict[tuple[str, str], dict[str, np.ndarray]]:
    """Error and stated standard error of each monthly and yearly value, and of the trend."""
    made = ocean(seed, setting(profiles))
    out = {}
    for name, dataset in made.items():
        for region in REGIONS:
            one, true = (
                dataset.sel(region=region),
                true_values(seed, load(Indicator, name), load(Region, region)),
            )
            yearly = true.reshape(-1, 12).mean(axis=1)
            known = np.isfinite(one["yearly_value"].values)
            slope = np.polyfit(one["year"].values[known], yearly[known], 1)[0] if known.sum() > 2 else np.nan
            out[name, region] = {
                "monthly": one["monthly_value"].values - true,
                "monthly_se": one["monthly_standard_error"].values,
                "yearly": one["yearly_value"].values - yearly,
                "yearly_se": one["yearly_standard_error"].values,
                "trend": np.array([float(one["trend"]) - slope]),
                "trend_half": np.array([float(one["trend_high"] - one["trend_low"]) / 2]),
                "slope": np.array([slope]),
            }
    return out


def report(found: list[dict[tuple[str, str], dict[str, np.ndarray]]]) -> None:
    """Coverage and errors, by indicator, region and era."""
    year = months().astype("M8[Y]").astype(int) + 1970
    years = np.arange(PERIOD[0], PERIOD[1] + 1)
    print(f"{'indicator':12} {'region':22} {'values':10} {'n':>7} {'held %':>7} {'rms':>10} {'stated':>10}")
    for key in found[0]:
        columns = {k: np.stack([f[key][k] for f in found]) for k in found[0][key]}
        for period, when in (("monthly", year), ("yearly", years)):
            for era in ERAS:
                at = (when >= era[0]) & (when <= era[1])
                line(
                    key,
                    f"{period[:2]} {era[0]}-{era[1] % 100:02d}",
                    columns[period][:, at],
                    columns[f"{period}_se"][:, at],
                )
        half = columns["trend_half"]
        inside = np.abs(columns["trend"]) <= half
        known = np.isfinite(half)
        print(
            f"{key[0]:12} {key[1]:22} {'trend':10} {known.sum():7d} {100 * inside[known].mean():7.1f} "
            f"{np.sqrt(np.nanmean(columns['trend'] ** 2)):10.3g} {np.nanmean(half) / 1.96:10.3g} "
            f"bias {np.nanmean(columns['trend']):.2g} true {np.nanmean(columns['slope']):.3g}"
        )


def line(key: tuple[str, str], what: str, error: np.ndarray, stated: np.ndarray) -> None:
    known = np.isfinite(error) & np.isfinite(stated)
    e, s = error[known], stated[known]
    held = 100 * np.mean(np.abs(e) <= 1.96 * s) if e.size else np.nan
    print(
        f"{key[0]:12} {key[1]:22} {what:10} {e.size:7d} {held:7.1f} {np.sqrt(np.mean(e**2)):10.3g} "
        f"{np.sqrt(np.mean(s**2)):10.3g}"
    )


def each(n_seeds: int, profiles: int) -> Iterator[dict[tuple[str, str], dict[str, np.ndarray]]]:
    with ProcessPoolExecutor(2) as pool:
        yield from pool.map(misfits, range(1, n_seeds + 1), [profiles] * n_seeds)


def main(n_seeds: str = "100", profiles: str = "100") -> None:
    """``tests/benchmarks/truth.py [seeds [profiles a month at full density]]``"""
    print(f"{n_seeds} oceans, {PERIOD[0]}-{PERIOD[1]}, profiles={profiles}, climatology of {REFERENCE}")
    report(list(each(int(n_seeds), int(profiles))))


if __name__ == "__main__":
    main(*sys.argv[1:])
