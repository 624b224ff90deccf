"""From box means to the monthly mean of a region with its standard error: month by month, or all together."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    """Monthly means over each region, relative to the climatology, with what each was made from and the
    covariance of all months (``together``) where there is one; and the a-priori variances that they rest on.

    Parameters
    ----------
    samples : of each region, see ``estimates_of``.
    mapping, a_priori : as of ``flows.indicators.indicator_dataset``.
    """
    estimates = estimates_of(samples, grid, mapping, a_priori)
    means = [_series(s, estimate(s)) for s, estimate in zip(samples, estimates, strict=True)]
    shares = [e.share for e in estimates if isinstance(e, InTime)]
    if mapping != "space_time":
        return means, {}
    about = {
        "long_name": "A-priori variances relative to that between the samples of a box, and e-folding times",
        "units": "1 (months: month)",
    }
    variances = {
        "a_priori": (
            ("region", "share"),
            np.array(shares).reshape(-1, len(Share._fields)),
            about,
        ),
        "share": ("share", np.array(Share._fields)),
    }
    return means, variances


def estimates_of(
    samples: Sequence[dict[str, Array]], grid: Grid, mapping: str, a_priori: xr.DataArray | None = None
) -> "list[Estimate]":
    """How the means of each region are made, with the variances that all its samples tell.

    Parameters
    ----------
    samples : of each region (month, box) ``mean``, ``noise`` (error variance), ``n_profiles``, ``n_partial``,
        ``coverage``, and ``area``, ``single`` (box), ``place`` (2, box), ``correlation`` (box, box).
    mapping, a_priori : see ``monthly_means``.
    """
    if mapping != "space_time":
        return [ByMonth(mapping, variance) for variance in _signals(samples)]
    if a_priori is None:
        return [InTime(grid, share) for share in _shares(samples, grid)]
    return [InTime(grid, Share(*share)) for share in a_priori.values.tolist()]


class Means(NamedTuple):
    """(n_month,) value, standard error, and that by noise alone; errors NaN where they cannot be told."""

    value: Array
    standard_error: Array
    noise_error: Array
    together: Together | None = None
    """Of all months, also those without samples, where months were estimated together."""


@dataclass(frozen=True)
class ByMonth:
    """Means of each month on its own, relative to the climatology."""

    mapping: str
    """A key of ``MAPPINGS``."""
    variance: float
    """Of the signal; NaN where it is not known."""

    def __call__(self, sampled: dict[str, Array]) -> Means:
        there = np.isfinite(sampled["mean"])
        known = bool(np.isfinite(self.variance) and np.isfinite(sampled["noise"][there]).all())
        noise = sampled["noise"] if known else np.zeros_like(sampled["noise"])
        estimates = [
            MAPPINGS[self.mapping](
                d, r, sampled["area"], sampled["correlation"], self.variance if known else 0.0
            )
            for d, r in zip(sampled["mean"], noise, strict=True)
        ]
        value, error, of_noise = np.array(estimates).reshape(-1, 3).T
        unknown = np.full_like(error, np.nan)
        return Means(value, error if known else unknown, of_noise if known else unknown)


@dataclass(frozen=True)
class InTime:
    """Means from the boxes of all months together."""

    grid: Grid
    share: Share

    def __call__(self, sampled: dict[str, Array]) -> Means:
        if not _varies(sampled):
            return ByMonth("area_weighted", _signal(sampled)[0])(sampled)
        pattern = _patterns(sampled, self.grid, space_time.PATTERNS)
        mean, noise, single, area = (sampled[k] for k in ("mean", "noise", "single", "area"))
        together = Together(*space_time.smoothed(mean, noise, single, area, pattern, self.share))
        there = np.isfinite(mean).any(axis=1)
        value, error = (np.where(there, v, np.nan) for v in (together.value, together.standard_error))
        return Means(value, error, np.full_like(error, np.nan), together)


Estimate = ByMonth | InTime


def _series(sampled: dict[str, Array], means: Means) -> dict[str, Any]:
    """Monthly means by name, and what each was made from."""
    monthly = {f"monthly_{k}": v for k, v in means._asdict().items() if k != "together"}
    together = {} if means.together is None else {"together": means.together}
    return monthly | together | _made_from(sampled)


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
    """Variance of the signal, and the degrees of freedom that it rests on."""
    return signal_variance(sampled["mean"], sampled["noise"], sampled["correlation"])


def _signals(samples: Sequence[dict[str, Array]]) -> list[float]:
    """Signal variance of each region; that of the best sampled region where its own rests on too little."""
    own = [_signal(s) for s in samples]
    best, most = max(own, key=lambda v: v[1], default=(np.nan, 0.0))
    return [best if n < ENOUGH_FREEDOM and most > n else variance for variance, n in own]


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
