"""Regional means by objective mapping beside box averages of the same casts, where the truth is known.

Oceans of a few seeds without planted faults, sampled as history did. The climatology's mean is that of the
same casts in an ocean without eddies, so what is measured is the error by mapping and sampling alone; its
residual variance is that of the casts as they are. Prints root mean square errors of monthly means, and how
large errors are over what is stated of them.
"""

import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import truth
import xarray as xr

from catalogs.land import land_class
from catalogs.schema import Campaign, Grid, Indicator, Region, Selection, load
from flows import columns, mapped_columns
from flows.climatology import accumulate, fit, merge
from flows.indicators import indicator_dataset
from flows.mapped_series import mapped_series
from flows.months import month_middle, month_number
from flows.readers.synthetic import truth as warming
from flows.standard_casts import joined, standard_casts
from kernels.synthetic.eddies import eddy_modes, eddy_waves
from kernels.synthetic.ocean import eddy_std, vertical_mode

ERAS = ("1985-01", "2003-01")
N_MONTHS = 24
NAMES = ("ohc_0_700", "ohc_0_2000")
REGIONS = ("global_60s_60n", "iberia_biscay_ireland", "nino_3_4")
REFERENCE = (1993, 2014)
HOW = ("mapping", "mapping_of_month", "area_weighted", "gauss_markov")
"""Mapping with the window of the analysis; with the casts of the month alone, as the box averages have."""
EVERY = 3
"""Months of the reference period that the climatology is made from: one in so many."""


def climatology(seed: int, profiles: int, grid: Grid) -> xr.Dataset:
    """Mean of an ocean without eddies, residual variance of the one with them."""
    numbers = range(month_number("1993-01"), month_number("2014-12") + 1, EVERY)
    casts = [truth.partition(seed, m // 12, m % 12 + 1, profiles) for m in numbers]
    fits = []
    for parts in (casts, [truth.without_eddies(p) for p in casts]):
        fits.append(fit(merge(accumulate(p, grid, Selection()) for p in parts), grid, REFERENCE))
    own, calm = fits
    return calm.assign({k: own[k] for k in own.data_vars if str(k).endswith(("_STD", "_N"))})


def true_means(seed: int, indicator: Indicator, region: Region, months: np.ndarray) -> np.ndarray:
    """Warming and the mean of the eddies over a region in each month: days 5, 15 and 25."""
    assert region.latitude is not None
    assert region.longitude is not None
    lat, lon, weight = truth.places(region)
    edges = np.linspace(*indicator.layer, 101)
    depth, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    shape = np.stack([(eddy_std(lat[:, None], depth) * vertical_mode(m, depth)) @ width for m in range(3)], 1)
    out = np.zeros(months.size)
    for k, month in enumerate(months):
        for day in (-10.0, 0.0, 10.0):
            modes = eddy_modes(lat, lon, np.full(lat.size, month_middle(month) + day), eddy_waves(seed))
            out[k] += weight @ (modes * shape).sum(axis=1) / 3
    month = (months - 1970 * 12).astype("M8[M]")
    assert indicator.rho0 is not None
    assert indicator.cp is not None
    return warming(indicator, month, REFERENCE, region.latitude, region.longitude) + (
        indicator.rho0 * indicator.cp * out
    )


def mapped(
    casts: dict[int, xr.Dataset],
    fitted: xr.Dataset,
    grid: Grid,
    boxes: Grid,
    months: np.ndarray,
    reach: int,
) -> tuple[dict[int, xr.Dataset], float]:
    """Regional means of each month by mapping of those within ``reach`` months, and CPU seconds a month."""
    indicators, regions = ([load(kind, n) for n in names] for kind, names in
                           ((Indicator, NAMES), (Region, REGIONS)))  # fmt: skip
    points = mapped_columns.points_of(regions, grid, land_class())
    out, used = {}, 0.0
    standard = {}
    for month, partition in casts.items():
        values = mapped_columns.column_values(partition, fitted, boxes, indicators, Selection())
        standard[month] = standard_casts(partition, fitted, grid, Selection(), columns=values)
    for month in months:
        start = time.process_time()
        around = joined(
            [standard[m] for m in range(month - reach, month + reach + 1)], grid, n_column=len(NAMES)
        )
        std = mapped_columns.column_std(fitted, grid, boxes, indicators, month)
        out[month] = mapped_columns.regional_means(around, std, points, grid, indicators, regions, month)
        used += time.process_time() - start
    return out, used / months.size


def one_ocean(seed: int, first: int, profiles: int, fitted: xr.Dataset) -> Iterator[dict[str, Any]]:
    """Errors and stated errors of each indicator and region."""
    demo = load(Campaign, "demo")
    grid, boxes = load(Grid, demo.analyses[0]), load(Grid, demo.boxes)
    months = first + np.arange(N_MONTHS)
    around = range(first - 1, first + N_MONTHS + 1)
    casts = {m: truth.partition(seed, m // 12, m % 12 + 1, profiles) for m in around}
    found, used = mapped(casts, fitted, grid, boxes, months, 1)
    alone, _ = mapped(casts, fitted, grid, boxes, months, 0)
    indicators, regions = [load(Indicator, n) for n in NAMES], [load(Region, n) for n in REGIONS]
    each = [columns.boxes(casts[m], fitted, boxes, indicators, Selection(), regions) for m in months]
    along = xr.DataArray((months - 1970 * 12).astype("M8[M]").astype("M8[ns]"), dims="month", name="month")
    averaged = xr.concat(each, along, data_vars="all", coords="minimal", compat="override")
    n = float(np.mean([p.sizes["profile"] for p in casts.values()]))
    for indicator in indicators:
        made, of_month = (
            mapped_series(f, indicator, regions, grid, boxes, land_class(), REFERENCE) for f in (found, alone)
        )
        of_boxes = {
            how: indicator_dataset(averaged, indicator, regions, boxes, land_class(), REFERENCE, mapping=how)
            for how in ("area_weighted", "gauss_markov")
        }
        for region in regions:
            true = true_means(seed, indicator, region, months)
            row: dict[str, Any] = {
                "indicator": indicator.name,
                "region": region.name,
                "casts": n,
                "cpu": used,
            }
            for how, series in {"mapping": made, "mapping_of_month": of_month, **of_boxes}.items():
                one = series.sel(region=region.name)
                row[how] = (one["monthly_value"] + one["baseline"]).values - true
                row[f"{how}_stated"] = one["monthly_standard_error"].values
            row["size"] = float(made["size"].sel(region=region.name))
            yield row


def report(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Print and return the figures of one era."""
    figures = {}
    for key in sorted({(r["indicator"], r["region"]) for r in rows}):
        of = [r for r in rows if (r["indicator"], r["region"]) == key]
        line = f"{key[0]:11} {key[1]:22} {np.mean([r['casts'] for r in of]):6.0f} casts"
        both = np.isfinite(np.concatenate([r["mapping_of_month"] + r["area_weighted_stated"] for r in of]))
        for how in HOW:
            error, stated = (np.concatenate([r[k] for r in of]) for k in (how, f"{how}_stated"))
            known = np.isfinite(error) & np.isfinite(stated)
            if not known.any():
                continue
            rms, said = (float(np.sqrt(np.mean(x[known] ** 2))) for x in (error, stated))
            ratio = float(np.sqrt(np.mean((error / stated)[known] ** 2)))
            same = float(np.sqrt(np.mean(error[both] ** 2))) if both.any() else np.nan
            line += f" | {how} rms {rms:.3g} (same months {same:.3g}) stated {said:.3g}"
            line += f" n {known.sum()} made/stated {ratio:.2f} bias {error[known].mean():.2g}"
            figures[f"{key[0]} {key[1]} {how} rms"], figures[f"{key[0]} {key[1]} {how} ratio"] = rms, ratio
        print(line, f"size {of[0]['size']:.2f} cpu a month {of[0]['cpu']:.2f}")
    return figures


def main(seeds: int = 3, profiles: int = 400) -> dict[str, float]:
    """Run the eras and print their figures."""
    figures = {}
    grid = load(Grid, load(Campaign, "demo").climatology)
    fits = {seed: climatology(seed, profiles, grid) for seed in range(1, seeds + 1)}
    for era in ERAS:
        print(f"mapped means from {era}, {N_MONTHS} months, {seeds} oceans")
        rows = [r for s, f in fits.items() for r in one_ocean(s, month_number(era), profiles, f)]
        figures |= {f"{era} {k}": v for k, v in report(rows).items()}
    return figures


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
