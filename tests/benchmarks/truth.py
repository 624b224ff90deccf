"""Does the stated uncertainty hold the truth? Oceans of many seeds, sampled as history did, without faults.

Each seed is an ocean of its own: its months are made, its climatology is fitted to its own records, its
columns are averaged and its indicators made by the functions that a run uses. They are compared with the
truth: the warming in closed form and the mean of the eddies over the region. Prints how often the 95 %
intervals of monthly and yearly values and of trends hold the truth, and errors beside what is stated.
"""

import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import gsw
import numpy as np
import xarray as xr

from catalogs.land import land_class
from catalogs.schema import Campaign, Grid, Indicator, Region, Selection, Source, load
from flows.climatology import accumulate, fit, merge
from flows.columns import boxes
from flows.indicators import indicator_dataset
from flows.readers.synthetic import open_records, truth
from flows.records import in_partition_order, to_dataset
from flows.steps import Half
from flows.uncertainty import with_budget
from kernels.flags import Flag
from kernels.ragged import row_of_obs, row_start_of
from kernels.synthetic.eddies import eddy_modes, eddy_waves
from kernels.synthetic.month import FAULTS
from kernels.synthetic.ocean import eddy_std, mean_salinity, mean_temperature, state, vertical_mode
from kernels.vertical import depth_of

PERIOD = (1970, 2020)
REFERENCE = (1993, 2014)
INDICATORS = ("ohc_0_700", "ohc_0_2000", "thsl_0_700")
REGIONS = ("global_60s_60n", "iberia_biscay_ireland", "nino_3_4")
ERAS = ((1970, 1984), (1985, 2004), (2005, 2020))
PARTS = ("sampling", "climatology", "neither")
BUDGETS = 30
"""Oceans in which the parts of the error are switched off."""
HALVES = tuple(Half(split, second) for split in (1, 2, 3) for second in (False, True))
"""Of the years of the reference period, each with its climatology."""
OTHER_SCALES = (150.0, 600.0)
"""km, of the slow part, besides that of the grid."""
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


@dataclass(frozen=True)
class Ocean:
    """The casts of one ocean, with and without its eddies, a partition a month."""

    casts: list[xr.Dataset]

    @classmethod
    def of(cls, seed: int, profiles: int) -> "Ocean":
        return cls([partition(seed, *when, profiles) for when in calendar()])

    @property
    def calm(self) -> list[xr.Dataset]:
        return [without_eddies(p) for p in self.casts]


def without_eddies(casts: xr.Dataset) -> xr.Dataset:
    """The same casts in an ocean of mean state, season and warming alone, measured without error."""
    start = row_start_of(casts["row_size"].values)
    latitude, time = (casts[k].values.astype(np.float64) for k in ("LATITUDE", "TIME"))
    pressure, depth = (casts[k].values.astype(np.float64) for k in ("PRES", "DEPH"))
    depth = depth_of(pressure, depth, latitude[row_of_obs(start)])
    temperature, salinity = state(start, latitude, time, np.zeros((latitude.size, 3)), depth)
    salinity[np.isnan(casts["PSAL"].values)] = np.nan
    values = {"TEMP": temperature, "PSAL": salinity}
    return casts.assign({k: ("obs", v.astype(np.float32)) for k, v in values.items()})


def fits(casts: list[xr.Dataset], how: Setting, halves: tuple[Half, ...] = ()) -> dict[str, xr.Dataset]:
    """Climatology of the reference period, and those of halves of its years."""
    sums: dict[int, list[xr.Dataset]] = {}
    for (year, _), p in zip(calendar(), casts, strict=True):
        if REFERENCE[0] <= year <= REFERENCE[1]:
            sums.setdefault(year, []).append(accumulate(p, how.climatology, how.selection))
    yearly = {year: merge(of_year) for year, of_year in sums.items()}
    of = {"": list(yearly.values())}
    of |= {half.name: [s for y, s in yearly.items() if half.holds(y)] for half in halves}
    return {name: fit(merge(sums), how.climatology, REFERENCE) for name, sums in of.items()}


def averaged(casts: list[xr.Dataset], climatology: xr.Dataset, how: Setting) -> xr.Dataset:
    """Columns averaged by box within regions, all months."""
    wanted = [load(Indicator, name) for name in INDICATORS]
    regions = [load(Region, name) for name in REGIONS]
    each = [boxes(p, climatology, how.boxes, wanted, how.selection, regions) for p in casts]
    month = xr.DataArray(months().astype("M8[ns]"), dims="month", name="month")
    return xr.concat(each, month, data_vars="all", coords="minimal", compat="override")


def box_means(seed: int, profiles: int) -> dict[str, xr.Dataset]:
    """Box averages of an ocean as they are, with the climatologies of halves of the years, and, of the first
    ``BUDGETS`` oceans, with what makes a part of the error switched off."""
    how, ocean = setting(profiles), Ocean.of(seed, profiles)
    fitted = fits(ocean.casts, how, HALVES)
    out = {name or "own": averaged(ocean.casts, fit, how) for name, fit in fitted.items()}
    if seed > BUDGETS:
        return out
    quiet = ocean.calm
    calm = fits(quiet, how)[""]
    out["sampling"] = averaged(ocean.casts, calm, how)
    out["climatology"] = averaged(quiet, fitted[""], how)
    out["neither"] = averaged(quiet, calm, how)
    return out


def stored(seed: int, profiles: int, folder: Path) -> dict[str, xr.Dataset]:
    """``box_means``, made once: what takes long is the ocean, not what is asked of it."""
    path = folder / f"{profiles}_{seed}.pickle"
    if not path.exists():
        found = box_means(seed, profiles)
        path.with_suffix(".part").write_bytes(pickle.dumps(found))
        path.with_suffix(".part").rename(path)
    return pickle.loads(path.read_bytes())


def made(
    averaged: xr.Dataset,
    grid: Grid,
    mapping: str = "space_time",
    like: dict[str, xr.Dataset] | None = None,
) -> dict[str, xr.Dataset]:
    """Every indicator; ``like`` others whose a-priori variances hold for these too."""
    wanted = [load(Indicator, name) for name in INDICATORS]
    regions = [load(Region, name) for name in REGIONS]
    land = land_class()
    return {
        i.name: indicator_dataset(
            averaged,
            i,
            regions,
            grid,
            land,
            REFERENCE,
            mapping=mapping,
            a_priori=None if like is None else like[i.name]["a_priori"],
        )
        for i in wanted
    }


def months() -> np.ndarray:
    return np.array([f"{year}-{month:02d}" for year, month in calendar()], "M8[M]")


@cache
def places(region: Region) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ocean cells in a region: latitude, longitude and weight by area."""
    assert region.latitude is not None
    assert region.longitude is not None
    wide = (region.longitude[1] - region.longitude[0]) % 360 or 360
    step = 1.0 if wide < 180 else 3.0  # eddies have no waves short enough to alias into a mean over so many
    lat = np.arange(region.latitude[0] + step / 2, region.latitude[1], step)
    lon = region.longitude[0] + step / 2 + np.arange(0, wide, step)
    lat, lon = (a.ravel() for a in np.meshgrid(lat, (lon + 180) % 360 - 180, indexing="ij"))
    ocean = land_class()[((lat + 90) * 12).astype(int), ((lon + 180) * 12).astype(int)] <= 1
    weight = ocean * np.cos(np.radians(lat))
    return lat[ocean], lon[ocean], weight[ocean] / weight.sum()


@cache
def amplitudes(seed: int, region: Region) -> np.ndarray:
    """Modes of the eddies at each latitude of a region, by its part of the area: (month, latitude, mode)."""
    lat, lon, weight = places(region)
    rows, row = np.unique(lat, return_inverse=True)
    out = np.zeros((len(months()), rows.size, 3))
    first = (months().astype("M8[D]") - np.datetime64("1950-01-01")).astype(float)
    for day in (8.0, 22.0):
        for k, time in enumerate(first + day):
            modes = eddy_modes(lat, lon, np.full(lat.size, time), eddy_waves(seed))
            for m in range(3):
                out[k, :, m] += np.bincount(row, weight * modes[:, m], rows.size) / 2
    return out


def eddies(seed: int, indicator: Indicator, region: Region) -> np.ndarray:
    """What the eddies add to an indicator, on average over a region, in each month.

    Of thermosteric sea level to first order: with the expansion of the mean state. That of water one degree
    warmer differs by a twentieth, and the eddies' own square changes little from month to month.
    """
    top, bottom = indicator.layer
    edges = np.linspace(top, bottom, 101)
    depth = (edges[1:] + edges[:-1]) / 2
    # the integral of each mode over the layer depends on latitude only
    lat = np.unique(places(region)[0])[:, None]
    std = eddy_std(lat, depth) * per_kelvin(indicator, lat, depth)
    shape = np.stack([(std * vertical_mode(m, depth)) @ np.diff(edges) for m in range(3)], 1)
    return np.tensordot(amplitudes(seed, region), shape, 2)


def per_kelvin(indicator: Indicator, latitude: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """What a kelvin in a metre of water adds to an indicator, by latitude (n, 1) and depth (m,): (n, m)."""
    if indicator.quantity == "ocean_heat_content":
        return np.full((latitude.size, depth.size), indicator.rho0 * indicator.cp)
    temperature, salinity = mean_temperature(latitude, depth), mean_salinity(latitude, depth)
    pressure, absolute = gsw.p_from_z(-depth, latitude), gsw.SR_from_SP(salinity)
    volume = [
        gsw.specvol(absolute, gsw.CT_from_t(absolute, temperature + off, pressure), pressure)
        for off in (-0.5, 0.5)
    ]
    return volume[1] / volume[0] - 1


def true_values(seed: int | None, indicator: Indicator, region: Region) -> np.ndarray:
    """True monthly anomalies, relative to the reference period; without a seed those without eddies."""
    assert region.latitude is not None
    assert region.longitude is not None
    warmer = truth(indicator, months(), REFERENCE, region.latitude, region.longitude)
    if seed is None:
        return warmer
    of_eddies = eddies(seed, indicator, region)
    year = months().astype("M8[Y]").astype(int) + 1970
    inside = (year >= REFERENCE[0]) & (year <= REFERENCE[1])
    return warmer + of_eddies - of_eddies[inside].mean()


Errors = dict[tuple[str, str], dict[str, np.ndarray]]


def misfits(seed: int, profiles: int, folder: Path) -> Errors:
    """Error and stated standard error of each monthly and yearly value, and of the trend."""
    means, grid = stored(seed, profiles, folder), setting(profiles).boxes
    own = made(means["own"], grid)
    halves = [made(means[half.name], grid, like=own) for half in HALVES]
    scales = [{"options": {**grid.options, "slow_correlation_km": km}} for km in OTHER_SCALES]
    others = [made(means["own"], grid.model_copy(update=scale), like=own) for scale in scales]
    plain = made(means["own"], grid, "area_weighted")
    # each part of the error alone: what makes the others is switched off
    off = {part: made(means[part], grid, like=own) for part in PARTS} if seed <= BUDGETS else {}
    out = {}
    for name in INDICATORS:
        members = {k: [m[name] for m in of] for k, of in (("climatology", halves), ("mapping", others))}
        total = with_budget(own[name], members)
        for region in REGIONS:
            true = true_values(seed, load(Indicator, name), load(Region, region))
            warming = true_values(None, load(Indicator, name), load(Region, region))
            one = _errors(total.sel(region=region), true)
            one["plain"] = plain[name].sel(region=region)["monthly_value"].values - true
            for part in PARTS:
                error = np.full(len(one["yearly"]), np.nan)
                if off:
                    made_of = off[part][name].sel(region=region)["yearly_value"].values
                    error = made_of - yearly(true if part == "sampling" else warming)
                one[f"{part}_alone"] = error
            for part in total["part"].values:
                stated = total["yearly_error_part"].sel(region=region, part=part).values
                one[f"stated_{part}"] = stated
                one[f"trend_{part}"] = total["trend_error_part"].sel(region=region, part=part).values[None]
            out[name, region] = one
    return out


def yearly(monthly: np.ndarray) -> np.ndarray:
    return monthly.reshape(-1, 12).mean(axis=1)


def _errors(one: xr.Dataset, true: np.ndarray) -> dict[str, np.ndarray]:
    known = np.isfinite(one["yearly_value"].values)
    slope = np.polyfit(one["year"].values[known], yearly(true)[known], 1)[0] if known.sum() > 2 else np.nan
    return {
        "monthly": one["monthly_value"].values - true,
        "monthly_se": one["monthly_standard_error"].values,
        "yearly": one["yearly_value"].values - yearly(true),
        "yearly_se": one["yearly_standard_error"].values,
        "trend": np.array([float(one["trend"]) - slope]),
        "trend_half": np.array([float(one["trend_high"] - one["trend_low"]) / 2]),
        "slope": np.array([slope]),
    }


def report(found: list[Errors]) -> None:
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
        both = np.isfinite(columns["plain"]) & np.isfinite(columns["monthly"])
        rms = [np.sqrt(np.mean(columns[k][both] ** 2)) for k in ("monthly", "plain")]
        print(f"{key[0]:12} {key[1]:22} monthly rms error {rms[0]:.3g}, of box averages {rms[1]:.3g}")
        half, parts = (
            columns["trend_half"],
            [k for k in columns if k.startswith("trend_") and k != "trend_half"],
        )
        inside = np.abs(columns["trend"]) <= half
        known = np.isfinite(half)
        print(
            f"{key[0]:12} {key[1]:22} {'trend':10} {known.sum():7d} {100 * inside[known].mean():7.1f} "
            f"{np.sqrt(np.nanmean(columns['trend'] ** 2)):10.3g} {np.nanmean(half) / 1.96:10.3g} "
            f"bias {np.nanmean(columns['trend']):.2g} true {np.nanmean(columns['slope']):.3g}, parts "
            + " ".join(
                f"{k.removeprefix('trend_')} {np.sqrt(np.nanmean(columns[k] ** 2)):.2g}" for k in parts
            )
        )


def budget(found: list[Errors]) -> None:
    """Yearly error variance: of each part alone, their sum, and all together; and what is stated of each."""
    print("\nbudget of the yearly values: rms of each part alone | their sum | all together | stated parts")
    for key in found[0]:
        c = {k: np.stack([f[key][k] for f in found]) for k in found[0][key]}
        known = (
            np.isfinite(c["yearly"]) & np.isfinite(c["sampling_alone"]) & np.isfinite(c["climatology_alone"])
        )
        if not known.any():
            continue
        rms = {k: np.sqrt(np.mean(c[k][known] ** 2)) for k in c if c[k].shape == known.shape}
        # what is left with both switched off is in each of the two, and counts once
        both = rms["sampling_alone"] ** 2 + rms["climatology_alone"] ** 2 - rms["neither_alone"] ** 2
        stated = " ".join(f"{k.removeprefix('stated_')} {rms[k]:.3g}" for k in rms if k.startswith("stated_"))
        print(
            f"{key[0]:12} {key[1]:22} sampling {rms['sampling_alone']:.3g} climatology "
            f"{rms['climatology_alone']:.3g} neither {rms['neither_alone']:.3g} | "
            f"{np.sqrt(max(both, 0)):.3g} | {rms['yearly']:.3g} | {stated}"
        )


def line(key: tuple[str, str], what: str, error: np.ndarray, stated: np.ndarray) -> None:
    known = np.isfinite(error) & np.isfinite(stated)
    e, s = error[known], stated[known]
    held = 100 * np.mean(np.abs(e) <= 1.96 * s) if e.size else np.nan
    print(
        f"{key[0]:12} {key[1]:22} {what:10} {e.size:7d} {held:7.1f} {np.sqrt(np.mean(e**2)):10.3g} "
        f"{np.sqrt(np.mean(s**2)):10.3g}"
    )


def each(n_seeds: int, profiles: int, folder: Path) -> Iterator[Errors]:
    with ProcessPoolExecutor(2) as pool:
        yield from pool.map(misfits, range(1, n_seeds + 1), [profiles] * n_seeds, [folder] * n_seeds)


def main(n_seeds: str = "100", profiles: str = "400", folder: str = "") -> None:
    """``tests/benchmarks/truth.py [seeds [profiles a month at full density [folder for box means]]]``"""
    print(f"{n_seeds} oceans, {PERIOD[0]}-{PERIOD[1]}, profiles={profiles}, climatology of {REFERENCE}")
    with TemporaryDirectory() as passing:
        kept = Path(folder or passing)
        kept.mkdir(parents=True, exist_ok=True)
        found = list(each(int(n_seeds), int(profiles), kept))
    report(found)
    budget(found)


if __name__ == "__main__":
    main(*sys.argv[1:])
