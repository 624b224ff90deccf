"""From box means to the monthly mean of a region with its standard error: month by month, or all together."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from catalogs.schema import Grid
from flows.climatology import option
from kernels.compiled import Array
from kernels.indicators import space_time
from kernels.indicators.area_mean import (
    area_mean,
    area_weighted_mean,
    exponential_correlation,
    signal_variance,
)
from kernels.indicators.space_time import Share

MAPPINGS = {"gauss_markov": area_mean, "area_weighted": area_weighted_mean}
"""From the boxes of a month to the mean of a region; ``space_time`` goes from those of all months to all."""
ENOUGH_FREEDOM = 20
"""Degrees of freedom below which a region takes its signal variance from the best sampled region."""


class Together(NamedTuple):
    """Estimates of all months, (n_month,), and the covariance of their errors, (n_month, n_month)."""

    value: Array
    error: Array

    @property
    def standard_error(self) -> Array:
        return np.asarray(np.sqrt(np.maximum(np.diag(self.error), 0.0)))


def monthly_means(
    samples: Sequence[dict[str, Array]], grid: Grid, mapping: str, a_priori: xr.DataArray | None = None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Monthly means over each region, see ``series``, and the a-priori variances if they rest on such.

    Parameters
    ----------
    samples : of each region, see ``series``.
    mapping, a_priori : as of ``flows.indicators.indicator_dataset``.
    """
    if mapping != "space_time":
        borrowed = max((_signal(s) for s in samples), key=lambda v: v[1], default=(np.nan, 0.0))
        return [series(s, borrowed, mapping) for s in samples], {}
    if a_priori is None:
        shares = _shares(samples, grid)
    else:
        shares = [Share(*share) for share in a_priori.values.tolist()]
    about = {
        "long_name": "A-priori variances relative to that between the samples of a box, and e-folding times",
        "units": "1 (months: month)",
    }
    variances = {
        "a_priori": (("region", "share"), np.array(shares).reshape(-1, len(Share._fields)), about),
        "share": ("share", np.array(Share._fields)),
    }
    return [_in_time(s, share, grid) for s, share in zip(samples, shares, strict=True)], variances


def series(
    sampled: dict[str, Array],
    borrowed: tuple[float, float] = (np.nan, 0.0),
    mapping: str = "gauss_markov",
) -> dict[str, Array]:
    """Monthly means over a region, relative to the climatology, with their standard errors.

    Parameters
    ----------
    sampled : (month, box) ``mean``, ``noise`` (error variance), ``n_profiles``, ``n_partial``,
        ``coverage``, and ``area`` (box), ``correlation`` (box, box).
    borrowed : signal variance and its degrees of freedom, taken where the region's own has too few.
    mapping : a key of ``MAPPINGS``.

    Returns
    -------
    monthly : (month,) arrays by name.
    """
    variance, freedom = _signal(sampled)
    if freedom < ENOUGH_FREEDOM and borrowed[1] > freedom:
        variance = borrowed[0]
    known = bool(np.isfinite(variance) and np.isfinite(sampled["noise"][np.isfinite(sampled["mean"])]).all())
    noise = sampled["noise"] if known else np.zeros_like(sampled["noise"])
    estimates = [
        MAPPINGS[mapping](d, r, sampled["area"], sampled["correlation"], variance if known else 0.0)
        for d, r in zip(sampled["mean"], noise, strict=True)
    ]
    value, error, of_noise = np.array(estimates).reshape(-1, 3).T
    return {
        "monthly_value": value,
        "monthly_standard_error": error if known else np.full_like(error, np.nan),
        "monthly_noise_error": of_noise if known else np.full_like(error, np.nan),
    } | _made_from(sampled)


def _made_from(sampled: dict[str, Array]) -> dict[str, Array]:
    """What each month was made from, whatever the mapping."""
    n = sampled["n_profiles"]
    of_all = np.where(n.sum(axis=1) > 0, n.sum(axis=1), np.nan)
    weight = sampled["area"] / max(sampled["area"].sum(), 1e-300)
    return {
        "monthly_n_profiles": n.sum(axis=1),
        "monthly_n_excluded": sampled["n_excluded"].sum(axis=1),
        "monthly_sampled_fraction": (np.isfinite(sampled["mean"]) * weight).sum(axis=1),
        "monthly_mean_coverage": np.nansum(n * sampled["coverage"], axis=1) / of_all,
        "monthly_partial_fraction": sampled["n_partial"].sum(axis=1) / of_all,
    }


def _signal(sampled: dict[str, Array]) -> tuple[float, float]:
    return signal_variance(sampled["mean"], sampled["noise"], sampled["correlation"])


def _in_time(sampled: dict[str, Array], share: Share, grid: Grid) -> dict[str, Any]:
    """As ``series``, from the boxes of all months, with ``together`` for what months share."""
    if not _varies(sampled):
        return series(sampled, mapping="area_weighted")
    pattern = _patterns(sampled, grid, space_time.PATTERNS)
    mean, noise, single, area = (sampled[k] for k in ("mean", "noise", "single", "area"))
    together = Together(*space_time.smoothed(mean, noise, single, area, pattern, share))
    there = np.isfinite(sampled["mean"]).any(axis=1)
    value, error = (np.where(there, v, np.nan) for v in (together.value, together.standard_error))
    return {
        "monthly_value": value,
        "monthly_standard_error": error,
        "monthly_noise_error": np.full_like(error, np.nan),
        "together": together,
    } | _made_from(sampled)


def _varies(sampled: dict[str, Array]) -> bool:
    """Whether the records tell what a sample varies by: without, there is nothing to weigh with."""
    return bool(sampled["area"].size and np.isfinite(sampled["single"]).all() and sampled["single"].any())


def _patterns(sampled: dict[str, Array], grid: Grid, n: int) -> Array:
    places = (tuple(axis.tolist()) for axis in (*sampled["place"], sampled["area"]))
    return _patterns_of(*places, option(grid, "slow_correlation_km"), n)


@lru_cache(maxsize=64)
def _patterns_of(
    latitude: tuple[float, ...], longitude: tuple[float, ...], area: tuple[float, ...], km: float, n: int
) -> Array:
    """Patterns of the boxes of a region: the same for every indicator."""
    correlation = exponential_correlation(np.array(latitude), np.array(longitude), km)
    return space_time.patterns(correlation, np.array(area), n)


def _shares(samples: Sequence[dict[str, Array]], grid: Grid) -> list[Share]:
    """Fitted to each region; all but the one with most box means lean on what was fitted to that."""
    n = [np.isfinite(s["mean"]).sum() if _varies(s) else 0 for s in samples]
    shares = [space_time.EXPECTED] * len(samples)
    prior = space_time.EXPECTED, space_time.DOUBT
    for k in np.argsort(n, kind="stable")[::-1]:
        if not n[k]:
            break
        pattern = _patterns(samples[k], grid, space_time.PATTERNS_OF_FIT)
        mean, noise, single = (samples[k][name] for name in ("mean", "noise", "single"))
        shares[k] = space_time.fitted(mean, noise, single, pattern, *prior)
        if prior[0] is space_time.EXPECTED:
            prior = shares[k], space_time.DOUBT_OF_BORROWED
    return shares


def relative_to_baseline(together: Together, inside: Array) -> Together:
    """Estimates less the mean of some of them, (n_month,) bool, which has an error too."""
    if not inside.any():
        return together
    mean = inside / inside.sum()
    of_mean = together.error @ mean
    error = together.error - of_mean[:, None] - of_mean + mean @ of_mean
    return Together(together.value - mean @ together.value, error)


def yearly_of(together: Together, year_of: Array, enough: Array) -> dict[str, Array]:
    """Means of years and the covariance of their errors; NaN for a year without ``enough`` months."""
    years = np.unique(year_of)
    weight = (years[:, None] == year_of).astype(np.float64)
    weight /= weight.sum(axis=1, keepdims=True)
    error = weight @ together.error @ weight.T
    known = np.where(enough, 1.0, np.nan)
    return {
        "yearly_value": known * (weight @ together.value),
        "yearly_standard_error": known * np.sqrt(np.maximum(np.diag(error), 0.0)),
        "yearly_covariance": error,
    }
