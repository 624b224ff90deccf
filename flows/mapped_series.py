"""Series of regional means by objective mapping, from the months of an analysis."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from catalogs.schema import Grid, Indicator, Region
from flows.climatology import option
from flows.columns import box_areas
from flows.conversions import converted
from flows.months import month_date
from flows.notes import monthly_notes, yearly_notes
from flows.series_variables import conventions, series_variable
from flows.standard_casts import said_of, settings_of
from flows.yearly_trends import TREND_METHODS, yearly_trends
from kernels.compiled import Array
from kernels.indicators.yearly import yearly_mean

DAYS_A_MONTH = 30.4375


def mapped_series(
    months: Mapping[int, xr.Dataset],
    indicator: Indicator,
    regions: Sequence[Region],
    grid: Grid,
    boxes: Grid,
    land_class: Array,
    reference_period: tuple[int, int],
) -> xr.Dataset:
    """Monthly and yearly anomalies of an indicator in each region with standard errors, and trends.

    Parameters
    ----------
    months : month (12 * year + month - 1) -> of ``flows.mapped_columns.regional_means``; months may lack.
    reference_period : first and last year; the mean over its months is taken off each region's series. Where
        the analysis has none of them the series stays relative to the climatology.

    Returns
    -------
    series : (region, month) and (region, year) in the layout of an indicator, see ``attrs`` for conventions;
        NaN with a note where there is no value, no trend or no interval of it.
    """
    number = np.arange(min(months), max(months) + 1)
    areas = [box_areas(r, grid, land_class) for r in regions]
    found = {k: _along(months, indicator, number, k) for k in
             ("value", "n_profiles", "n_excluded", "sampled_fraction")}  # fmt: skip
    size = _size(months, indicator, option(grid, "pooled_variance_weight"))
    covariance = _along(months, indicator, number, "covariance")
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    error = np.sqrt(size * np.maximum(variance, 0)).T
    value, baseline, n_reference = _relative(found["value"].T, number // 12, reference_period)
    out: dict[str, Array] = {"monthly_value": value, "monthly_standard_error": error}
    for name in ("n_profiles", "n_excluded"):
        out[f"monthly_{name}"] = np.nan_to_num(found[name]).T.astype(np.int64)
    out["monthly_sampled_fraction"] = np.nan_to_num(found["sampled_fraction"]).T
    out["monthly_note"] = np.stack([
        monthly_notes({k: v[r] for k, v in out.items()}, areas[r], indicator, region)
        for r, region in enumerate(regions)
    ])  # fmt: skip
    out |= _years(out, number, settings_of(grid).scales, int(option(boxes, "minimum_months")))
    out |= {"baseline": baseline, "n_months_reference": n_reference, "size": size}
    out["area"] = np.array([a.sum() for a in areas])
    year = np.unique(number // 12)
    trends = [yearly_trends(year, v, e) for v, e in zip(out["yearly_value"], out["yearly_standard_error"],
                                                        strict=True)]  # fmt: skip
    out |= {k: np.array([t[k] for t in trends]) for k in trends[0]}
    coordinates = {"region": [r.name for r in regions], "month": month_date(number).astype("M8[ns]"),
                   "year": year}  # fmt: skip
    data = {k: series_variable(k, v, indicator, OF_MAPPING) for k, v in out.items()}
    data |= converted(data, out["area"], indicator)
    return xr.Dataset(data, coordinates, _about(indicator, grid, reference_period))


def _along(months: Mapping[int, xr.Dataset], indicator: Indicator, number: Array, name: str) -> Array:
    """A variable of the indicator along all months; NaN in those that lack."""
    first = next(iter(months.values()))[name].sel(indicator=indicator.name)
    out = np.full((number.size, *first.shape), np.nan)
    for month, of_month in months.items():
        out[month - number[0]] = of_month[name].sel(indicator=indicator.name).values
    return out


def _size(months: Mapping[int, xr.Dataset], indicator: Indicator, weight: float) -> Array:
    """A-priori variance of column values in each region over what the climatology makes of it: (region,).

    The mean square of its super-observations of all months; the mean of all regions counts for ``weight``
    of them.
    """
    names = ("squares", "n_squares", "squares_all", "n_squares_all")
    total = {k: sum(m[k].sel(indicator=indicator.name).values for m in months.values()) for k in names}
    n = total["n_squares_all"]
    everywhere = float(total["squares_all"] / n) if n > 0 else np.nan
    return np.asarray((total["squares"] + weight * everywhere) / (total["n_squares"] + weight))


def _relative(value: Array, year: Array, period: tuple[int, int]) -> tuple[Array, Array, Array]:
    """Values (region, month) less their mean over the reference period, that mean, and months behind it."""
    inside = np.where((year >= period[0]) & (year <= period[1]), value, np.nan)
    n = np.isfinite(inside).sum(axis=1)
    baseline = np.nansum(inside, axis=1) / np.maximum(n, 1)
    return value - baseline[:, None], baseline, n


def _years(out: Mapping[str, Array], number: Array, scales: Sequence[Any], minimum: int) -> dict[str, Array]:
    """Yearly means with their errors, those of two months being correlated as the mapped field is."""
    lasting = _lasting(scales)
    yearly: dict[str, list[Any]] = {k: [] for k in ("value", "standard_error", "n_months", "n_profiles",
                                                    "sampled_fraction")}  # fmt: skip
    for year in np.unique(number // 12):
        at = np.flatnonzero(number // 12 == year)
        of_year = np.full((2, out["monthly_value"].shape[0], 12), np.nan)
        for k, name in enumerate(("monthly_value", "monthly_standard_error")):
            of_year[k][:, number[at] % 12] = out[name][:, at]
        made = [yearly_mean(v, e, lasting, minimum) for v, e in zip(*of_year, strict=True)]
        yearly["value"].append([m[0] for m in made])
        yearly["standard_error"].append([m[1] for m in made])
        yearly["n_months"].append(np.isfinite(of_year[0]).sum(axis=1))
        yearly["n_profiles"].append(out["monthly_n_profiles"][:, at].sum(axis=1))
        yearly["sampled_fraction"].append(out["monthly_sampled_fraction"][:, at].sum(axis=1) / 12)
    years = {f"yearly_{k}": np.array(v).T for k, v in yearly.items()}
    notes = [yearly_notes(v, n, minimum) for v, n in zip(years["yearly_value"], years["yearly_n_months"],
                                                         strict=True)]  # fmt: skip
    return years | {"yearly_note": np.stack(notes)}


def _lasting(scales: Sequence[Any]) -> float:
    """E-folding time of the longest scale that passes within a year, months; else a year."""
    times = [s.days * (2**0.5 if s.shape == "gaussian" else 1) / DAYS_A_MONTH for s in scales]
    return float(min(max(times), 12.0))


OF_MAPPING = {
    "standard_error": "Standard error of the anomaly by mapping (1 sigma)",
    "n_profiles": "Columns of the region in the period",
    "n_months": "Months with a value",
    "sampled_fraction": "Part of the ocean area of the region with columns in reach",
    "size": "A-priori variance of column values over that of perfectly coherent profiles",
}
"""What variables mean where columns are mapped, besides what every series has."""


def _about(indicator: Indicator, grid: Grid, reference_period: tuple[int, int]) -> dict[str, Any]:
    lasting = _lasting(settings_of(grid).scales)
    return conventions(indicator, reference_period) | {
        "baseline": "mean of the mapped months of the reference period, in each region; where there is none, "
        "the climatology",
        "relative_to": "the climatology at each cast, also where the background of the fields is persistence",
        "analysis": grid.name,
        "method": "objective analysis of column values at the middle of the month, summed over the region; "
        f"{said_of(grid)}; what no cast in reach tells follows the level of all casts",
        "standard_error": "error of the sum over the region with the covariance between all points and "
        "casts, under the analysis's covariance; a-priori variance from the casts of all months in the "
        "region; not instruments or climatology, nor scales that the covariance lacks",
        "yearly_error": f"errors of months correlated as exp(-lag / {lasting:.2g} months), "
        "by assumption: the covariance between errors of successive months, which share casts, is not "
        "computed",
        "trend_method": TREND_METHODS[0],
    }
