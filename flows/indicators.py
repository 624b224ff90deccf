"""Indicators with uncertainty: from box averages of all months to regional series, trends and tables."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from catalogs.schema import Grid, Indicator, Region
from flows.climatology import option
from flows.columns import box_areas
from flows.conversions import converted
from flows.notes import monthly_notes, yearly_notes
from flows.regional_means import monthly_means, relative_to_baseline, yearly_of
from flows.series_variables import conventions, series_variable
from flows.subsampling import subsampled
from flows.yearly_trends import TREND_METHODS, yearly_trends
from kernels.indicators.area_mean import exponential_correlation, sample_variance
from kernels.indicators.box_months import less_box_months
from kernels.indicators.yearly import yearly_mean

Array = NDArray[Any]
MINIMUM_YEARS = 3
"""Years of a box and calendar month without which their mean is not taken for normal."""


def indicator_dataset(
    boxes: xr.Dataset,
    indicator: Indicator,
    regions: Sequence[Region],
    grid: Grid,
    land_class: Array,
    reference_period: tuple[int, int],
    version: str = "",
    mapping: str = "gauss_markov",
    a_priori: xr.DataArray | None = None,
    subsampling: bool = False,
) -> xr.Dataset:
    """Monthly and yearly anomalies of an indicator in each region with standard errors, and trends.

    Parameters
    ----------
    boxes : what ``boxes`` gives, along a further dimension ``month`` (datetime64); months may lack.
    reference_period : first and last year; the mean over its months is taken off each region's series.
    mapping : from boxes to the mean of a region, a key of ``regional_means.MAPPINGS`` or ``space_time``.
    a_priori : (region, share) variances of ``space_time`` as another dataset of the indicator has them;
        left out they are fitted to these boxes.
    subsampling : measure the sampling error by subsampling too, see ``flows.subsampling``.

    Returns
    -------
    series : (region, month) and (region, year), see ``attrs`` for units and conventions. A month without any
        record is NaN with ``monthly_n_profiles`` 0.
    """
    of_indicator = boxes.sel(indicator=indicator.name)
    month = _calendar(of_indicator["month"].values)
    areas = [box_areas(r, grid, land_class) for r in regions]
    samples = [_region_boxes(of_indicator, r, a, month, grid) for r, a in zip(regions, areas, strict=True)]
    normals: dict[str, Any] = {}
    if indicator.relative_to == "box_months":
        samples, normals = _less_box_months(samples, month, reference_period, grid)
    monthly, variances = monthly_means(samples, grid, mapping, a_priori)
    for m, s, r in zip(monthly, samples, regions, strict=True):
        m["monthly_note"] = monthly_notes(m, s["area"], indicator, r)
    each = [_with_years(m, month, reference_period, grid) for m in monthly]
    covariances = [e.pop("yearly_covariance", None) for e in each]
    for e, covariance in zip(each, covariances, strict=True):
        e |= yearly_trends(_years(month), e["yearly_value"], e["yearly_standard_error"], covariance)
    area = np.array([a.sum() for a in areas])
    stacked = {k: np.stack([e[k] for e in each]) for k in each[0]} | {"area": area}
    out = {k: series_variable(k, v, indicator, OF_BOXES) for k, v in stacked.items()}
    out |= converted(out, area, indicator) | normals
    coordinates = {
        "region": [r.name for r in regions],
        "month": month.astype("M8[ns]"),
        "year": _years(month),
    }
    out |= variances
    if normals:
        coordinates["calendar_month"] = np.arange(1, 13)
    made = xr.Dataset(out, coordinates, _about(indicator, grid, reference_period, version, mapping))
    if not subsampling:
        return made
    return made.merge(subsampled(samples, month, grid, mapping, indicator.units, made.get("a_priori")))


def _calendar(month: Array) -> Array:
    """Every month from the first to the last: datetime64[M]."""
    number = month.astype("M8[M]").astype(np.int64)
    return np.arange(number.min(), number.max() + 1).astype("M8[M]")


def _years(month: Array) -> Array:
    return np.unique(month.astype("M8[Y]").astype(np.int64) + 1970)


def _region_boxes(
    boxes: xr.Dataset, region: Region, area: Array, month: Array, grid: Grid
) -> dict[str, Array]:
    """Statistics of the boxes of a region that hold ocean, on the full calendar, and their error variance."""
    in_region = np.flatnonzero(boxes["region"].values == region.name)
    if not in_region.size:
        known = sorted(set(boxes["region"].values.tolist()))
        raise ValueError(f"the boxes were not averaged for region {region.name!r}, only for {known}")
    weight = area.reshape(-1)[boxes["box"].values[in_region]]
    at = in_region[weight > 0]
    row = (boxes["month"].values.astype("M8[M]") - month[0]).astype(int)
    out: dict[str, Array] = {"area": weight[weight > 0]}
    for name in ("mean", "variance", "coverage", "n_samples", "n_profiles", "n_partial", "n_excluded"):
        values = boxes[name].transpose("month", "cell").values[:, at]
        empty = 0 if name.startswith("n_") else np.nan
        out[name] = np.full((len(month), at.size), empty, values.dtype)
        out[name][row] = values
    place = boxes["latitude"].values[at], boxes["longitude"].values[at]
    out["correlation"] = exponential_correlation(*place, option(grid, "correlation_km"))
    out["place"] = np.stack(place)
    out["single"] = _single(out, option(grid, "pooled_variance_weight"))
    out["noise"] = out["single"] / np.where(out["n_samples"] > 0, out["n_samples"], np.nan)
    return out


def _less_box_months(
    samples: list[dict[str, Array]], month: Array, reference_period: tuple[int, int], grid: Grid
) -> tuple[list[dict[str, Array]], dict[str, Any]]:
    """Samples less the mean of each box and calendar month, and these means over the regions."""
    year = month.astype("M8[Y]").astype(np.int64) + 1970
    reference = (year >= reference_period[0]) & (year <= reference_period[1])
    out, normals = [], []
    for s in samples:
        anomaly, normal = less_box_months(
            s["mean"], s["n_samples"], month.astype(np.int64) % 12, reference, MINIMUM_YEARS
        )
        lost = np.isfinite(s["mean"]) & ~np.isfinite(anomaly)
        counts = {k: np.where(lost, 0, s[k]) for k in ("n_samples", "n_profiles", "n_partial")}
        excluded = s["n_excluded"] + np.where(lost, s["n_profiles"], 0)
        changed = s | counts | {"mean": anomaly, "n_excluded": excluded}
        changed["coverage"] = np.where(lost, np.nan, s["coverage"])
        out.append(changed | {"noise": np.where(lost, np.nan, s["noise"])})
        weight = np.isfinite(normal) * s["area"]
        total = np.where(weight.sum(axis=1) > 0, weight.sum(axis=1), np.nan)
        normals.append([np.nansum(weight * np.nan_to_num(normal), axis=1) / total, total / s["area"].sum()])
    mean, part = np.array(normals).transpose(1, 0, 2)
    place = ("region", "calendar_month")
    said = "of the boxes whose mean of the calendar month is known"
    return out, {
        "normal": (place, mean, {"long_name": f"Mean {said}, by area: what anomalies are relative to"}),
        "normal_fraction": (
            place,
            np.nan_to_num(part),
            {"long_name": f"Part {said} of the area", "units": "1"},
        ),
    }


def _single(sampled: dict[str, Array], weight: float) -> Array:
    """Variance between the samples of each box. Where no box ever had two, that of the box means
    themselves stands for it: too large rather than too small."""
    single = sample_variance(sampled["variance"], sampled["n_samples"], weight, sampled["correlation"])
    if np.isfinite(single).all():
        return single
    means = sampled["mean"][np.isfinite(sampled["mean"])]
    return np.full(single.shape, means.var(ddof=1) if means.size > 1 else np.nan)


def _with_years(
    monthly: dict[str, Any], month: Array, reference_period: tuple[int, int], grid: Grid
) -> dict[str, Any]:
    """Monthly series relative to the reference period, and yearly means."""
    year_of = month.astype("M8[Y]").astype(np.int64) + 1970
    value, note, noise = (monthly.pop(f"monthly_{k}") for k in ("value", "note", "noise_error"))
    together = monthly.pop("together", None)
    in_period = (year_of >= reference_period[0]) & (year_of <= reference_period[1])
    inside = np.isfinite(value) & in_period
    baseline = float(value[inside].mean()) if inside.any() else 0.0
    minimum = int(option(grid, "minimum_months"))
    if together is not None:
        # months without records count as the others let expect: a warming region that was sampled late in
        # the period alone would be relative to its late years
        baseline = float(together.value[in_period].mean()) if inside.any() else 0.0
        together = relative_to_baseline(together, in_period & inside.any())
        monthly["monthly_standard_error"] = np.where(np.isfinite(value), together.standard_error, np.nan)
    monthly = {"monthly_value": value - baseline} | monthly
    lasting = option(grid, "error_correlation_months"), option(grid, "noise_correlation_months")
    yearly: dict[str, list[Any]] = {f"yearly_{k}": [] for k in YEARLY}
    for year in _years(month):
        of_year = {k.removeprefix("monthly_"): _twelve(v, month, year) for k, v in monthly.items()}
        of_year["noise_error"] = _twelve(noise, month, year)
        for name, number in zip(YEARLY, _year(of_year, lasting, minimum), strict=True):
            yearly[f"yearly_{name}"].append(number)
    years = {k: np.array(v) for k, v in yearly.items()}
    if together is not None:
        years |= yearly_of(together, year_of, years["yearly_n_months"] >= minimum)
    n_reference = {"n_months_reference": np.array(inside.sum()), "baseline": np.array(baseline)}
    why = yearly_notes(years["yearly_value"], years["yearly_n_months"], minimum)
    return monthly | years | n_reference | {"monthly_note": note, "yearly_note": why}


YEARLY = ("value", "standard_error", "n_months", "n_profiles", "sampled_fraction", "mean_coverage",
          "partial_fraction")  # fmt: skip


def _year(of_year: dict[str, Array], lasting: tuple[float, float], minimum: int) -> tuple[float, ...]:
    """Yearly mean and standard error, and what it was made from, in the order of ``YEARLY``."""
    n = of_year["n_profiles"]
    errors = of_year["standard_error"], of_year["noise_error"]
    value, error = yearly_mean(of_year["value"], errors[0], lasting[0], minimum, errors[1], lasting[1])
    total = np.nansum(n)
    of_all = total if total > 0 else np.nan
    return (
        value,
        error,
        int(np.isfinite(of_year["value"]).sum()),
        int(total),
        float(np.nansum(of_year["sampled_fraction"]) / 12),
        float(np.nansum(n * of_year["mean_coverage"]) / of_all),
        float(np.nansum(n * of_year["partial_fraction"]) / of_all),
    )


def _twelve(values: Array, month: Array, year: int) -> Array:
    """Values of a year, January to December; NaN beyond the series."""
    out = np.full(12, np.nan)
    position = month.astype(np.int64) - 12 * (year - 1970)
    at = (position >= 0) & (position < 12)
    out[position[at]] = values[at]
    return out


OF_BOXES = {
    "standard_error": "Standard error of the anomaly by sampling (1 sigma)",
    "n_profiles": "Columns that the value is made from",
    "n_months": "Months with records",
    "sampled_fraction": "Part of the ocean area of the region whose boxes have records",
    "mean_coverage": "Mean part of the layer that the columns cover",
    "partial_fraction": "Part of the columns that do not cover the whole layer",
}
"""What variables mean where boxes are averaged, besides what every series has."""


MEANING_OF_MAPPINGS = {
    "gauss_markov": "mean of the boxes of each month with the least error (Bretherton et al. 1984)",
    "area_weighted": "mean of the boxes of each month, weighted by area",
    "space_time": "boxes of all months together: a common level that rises and wanders, correlated slow and "
    "uncorrelated fast parts, whose variances (a_priori) are fitted by likelihood",
}
ERRORS_OF_MAPPINGS = {
    "gauss_markov": "Gauss-Markov estimate of the area mean (Bretherton et al. 1984)",
    "area_weighted": "box averages under the covariance of boxes",
    "space_time": "space-time estimate from the boxes of all months, with the covariance of months",
}
CORRELATIONS = dict.fromkeys(MEANING_OF_MAPPINGS, "correlation_km") | {"space_time": "slow_correlation_km"}
BASELINES = (
    "mean of the months of the reference period with a value, in each region",
    "mean of all months of the reference period, in each region, those without records as estimated from the "
    "others",
)
"""Of months that were estimated each on its own, and of all together."""
RELATIVE_TO = {
    "climatology": "the climatology at the place, depth and day of each value",
    "box_months": "mean of each box and calendar month over the years of the reference period (all years if "
    f"it has none), where there are {MINIMUM_YEARS} or more",
}


def _about(
    indicator: Indicator, grid: Grid, reference_period: tuple[int, int], version: str, mapping: str
) -> dict[str, Any]:
    """Every convention that the numbers depend on."""
    return conventions(indicator, reference_period) | {
        "baseline": BASELINES[mapping == "space_time"],
        "relative_to": RELATIVE_TO[indicator.relative_to],
        "mapping": MEANING_OF_MAPPINGS[mapping],
        "standard_error": f"{ERRORS_OF_MAPPINGS[mapping]}; sampling within boxes and boxes without records, "
        "not instruments or climatology",
        "trend_method": TREND_METHODS[mapping == "space_time"],
        "boxes": grid.name,
        "correlation_km": option(grid, CORRELATIONS[mapping]),
        "version": version,
    }
