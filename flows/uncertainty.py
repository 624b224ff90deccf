"""How much of an indicator's uncertainty comes from where: sampling, and the choices that could be others.

A run makes each indicator once as the campaign says and again with one choice changed at a time (the members
of its ensemble). Sampling error comes with each of them (``flows.indicators``); what a choice adds is the
spread of the values between its alternatives. ``with_budget`` adds the variances and says each part.

References
----------
Boyer, T. et al., 2016: Sensitivity of global upper-ocean heat content estimates to mapping methods, XBT bias
corrections, and baseline climatologies. Journal of Climate 29, 4817-4842: one choice changed at a time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from flows.conversions import trends_in_other_units
from kernels.indicators.budget import budget_of_choices

Array = NDArray[Any]
SAMPLING = "sampling"
SPLIT = "climatology"
"""The factor whose members are fits to two halves of the records; the fit to all is not one of them."""
SMOOTHING_YEARS = 5
"""Years over which the variance between the alternatives of a choice is averaged: a single difference may
vanish by chance."""
TWO_SIDED = 1.959964


def with_budget(base: xr.Dataset, members: Mapping[str, Sequence[xr.Dataset]]) -> xr.Dataset:
    """An indicator with its total standard error and the parts of it.

    Parameters
    ----------
    base : of ``flows.indicators.indicator_dataset``, with the campaign's choices.
    members : for each factor the same indicator with another choice; for ``climatology`` those with
        the climatologies of two halves of the years.

    Returns
    -------
    budgeted : as ``base``, with ``monthly_standard_error`` and ``yearly_standard_error`` of all parts
        together, ``*_error_part`` (part, region, time) and ``trend_error_part`` (part, region), 1 sigma; the
        interval of the trend holds every part.
    """
    silent, members = _without_silent(members)
    if silent:
        base = base.assign_attrs(choices_without_values=silent)
    if not members:
        return base
    parts = [SAMPLING, *members]
    out = base.assign_coords(part=("part", np.array(parts)))
    for period, window in (("monthly", 12 * SMOOTHING_YEARS), ("yearly", SMOOTHING_YEARS)):
        out = _with_errors(out, base, members, period, window)
    out = _with_trend(out, base, members)
    said = ", ".join(f"{factor} ({len(m) + (factor != SPLIT)} choices)" for factor, m in members.items())
    return out.assign_attrs(
        standard_error=f"{base.attrs['standard_error']}; and the spread between choices of {said}, one "
        "changed at a time, its variance averaged over five years, added in quadrature",
        trend_interval="that of sampling and the spread of the trends between choices in quadrature",
    )


def _without_silent(
    members: Mapping[str, Sequence[xr.Dataset]],
) -> tuple[str, dict[str, Sequence[xr.Dataset]]]:
    """Alternatives that give no value at all say nothing of an indicator: how many of which choice, and the
    others. A procedure that does not test oxygen is no second opinion on oxygen."""
    speak = {f: [m for m in of if np.isfinite(m["monthly_value"]).any()] for f, of in members.items()}
    silent = {f: len(of) - len(speak[f]) for f, of in members.items()}
    said = ", ".join(f"{f} ({n} of {len(members[f])})" for f, n in silent.items() if n)
    return said, {f: of for f, of in speak.items() if len(of) >= (2 if f == SPLIT else 1)}


def spread(base: Array, members: Sequence[Array], factor: str) -> Array:
    """Variance (n in the denominator) between the alternatives of a choice; NaN where one of them is missing.

    Two halves of the records have twice the error variance of the whole, and errors independent of each
    other: half their difference has the error of the whole.
    """
    values = np.stack(members if factor == SPLIT else [base, *members])
    choices = np.arange(len(values))[:, None]
    return np.asarray(budget_of_choices(values, choices, [factor]).variance[0])


def smoothed(variance: Array, window: int) -> Array:
    """Running mean along the last axis over what is known; NaN where nothing is within the window."""
    known = np.isfinite(variance)
    size = min(window, variance.shape[-1])
    total, n = (
        uniform_filter1d(v, size, axis=-1, mode="constant")
        for v in (np.where(known, variance, 0.0), known.astype(np.float64))
    )
    there = n > 0.5 / size
    return np.where(there, total / np.where(there, n, 1.0), np.nan)


def _with_errors(
    out: xr.Dataset, base: xr.Dataset, members: Mapping[str, Sequence[xr.Dataset]], period: str, window: int
) -> xr.Dataset:
    """Parts and total of the standard errors of a period."""
    value, error = base[f"{period}_value"], base[f"{period}_standard_error"]
    parts = [error.values**2]
    for factor, alternatives in members.items():
        values = [m[f"{period}_value"].reindex_like(value).values for m in alternatives]
        variance = smoothed(spread(value.values, values, factor), window)
        # a choice whose alternatives have no value of this month says nothing of it
        parts.append(np.where(np.isfinite(value.values), np.nan_to_num(variance), np.nan))
    total = np.sqrt(np.sum(parts, axis=0))
    about = {
        "long_name": "Standard error of the anomaly (1 sigma), all parts",
        "units": error.attrs["units"],
    }
    each = about | {"long_name": "Part of the standard error of the anomaly (1 sigma)"}
    changed = {
        f"{period}_standard_error": (error.dims, total, about),
        f"{period}_error_part": (("part", *error.dims), np.sqrt(parts), each),
    }
    if (name := f"{period}_total_standard_error") in base:
        changed[name] = (error.dims, total * base["area"].values[:, None] / 1e21, base[name].attrs)
    return out.assign(changed)


def _with_trend(out: xr.Dataset, base: xr.Dataset, members: Mapping[str, Sequence[xr.Dataset]]) -> xr.Dataset:
    """Parts of the trend's error, and its interval widened by the spread between choices."""
    trend = base["trend"].values
    half = (base["trend_high"].values - base["trend_low"].values) / 2
    parts = [half / TWO_SIDED]
    for factor, alternatives in members.items():
        parts.append(np.sqrt(spread(trend, [m["trend"].values for m in alternatives], factor)))
    choices = np.nansum(np.square(parts[1:]), axis=0)
    wide = np.sqrt(half**2 + TWO_SIDED**2 * choices)
    about = {"long_name": "Part of the standard error of the trend (1 sigma)"}
    about["units"] = base["trend"].attrs["units"]
    ends = {"low": trend - wide, "high": trend + wide}
    changed: dict[str, Any] = {"trend_error_part": (("part", "region"), np.stack(parts), about)}
    for end, values in ends.items():
        changed[f"trend_{end}"] = ("region", values, base[f"trend_{end}"].attrs)
        for kind, other in _converted(values, base).items():
            if f"trend_{kind}_{end}" in base:
                changed[f"trend_{kind}_{end}"] = ("region", other, base[f"trend_{kind}_{end}"].attrs)
    return out.assign(changed)


def _converted(trend: Array, base: xr.Dataset) -> dict[str, Array]:
    return trends_in_other_units(trend, base["area"].values)
