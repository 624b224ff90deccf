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
from scipy.special import stdtrit

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
    members : for each factor the same indicator with another choice; for ``climatology`` those with the
        climatologies of two halves of the years, the halves of each split one after the other.

    Returns
    -------
    budgeted : as ``base``, with ``monthly_standard_error`` and ``yearly_standard_error`` of all parts
        together, ``*_error_part`` (part, region, time) and ``trend_error_part`` (part, region), 1 sigma; the
        interval of the trend holds every part, and is that of Student's t where the climatology's, of which a
        split is one draw, is known from few (``trend_degrees_of_freedom``).
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
    said = ", ".join(f"{factor} ({_number(factor, m)})" for factor, m in members.items())
    return out.assign_attrs(
        standard_error=f"{base.attrs['standard_error']}; and the spread between choices of {said}, one "
        "changed at a time, its variance averaged over five years, added in quadrature",
        trend_interval="that of sampling and the spread of the trends between choices in quadrature"
        + (", with Student's t for the degrees of freedom of a variance known from few" * (SPLIT in members)),
    )


def _number(factor: str, members: Sequence[xr.Dataset]) -> str:
    if factor == SPLIT:
        return f"{len(members) // 2} splits of the years" if len(members) > 2 else "two halves of the years"
    return f"{len(members) + 1} choices"


def _without_silent(
    members: Mapping[str, Sequence[xr.Dataset]],
) -> tuple[str, dict[str, Sequence[xr.Dataset]]]:
    """Alternatives that give no value at all say nothing of an indicator: how many of which choice, and the
    others. A procedure that does not test oxygen is no second opinion on oxygen."""
    speaks = {f: [bool(np.isfinite(m["monthly_value"]).any()) for m in of] for f, of in members.items()}
    silent = {f: n.count(False) for f, n in speaks.items()}
    said = ", ".join(f"{f} ({n} of {len(members[f])})" for f, n in silent.items() if n)
    if SPLIT in speaks:  # a half alone has nothing to differ from
        of_both = np.reshape(speaks[SPLIT], (-1, 2)).all(axis=1)
        speaks[SPLIT] = np.repeat(of_both, 2).tolist()
    kept = {f: [m for m, speaking in zip(members[f], s, strict=True) if speaking] for f, s in speaks.items()}
    return said, {f: of for f, of in kept.items() if of}


def spread(base: Array, members: Sequence[Array], factor: str) -> Array:
    """Variance (n in the denominator) between the alternatives of a choice; NaN where one of them is missing.

    Two halves of the records have twice the error variance of the whole, and errors independent of each
    other: half their difference has the error of the whole. Several splits are several draws of it; their
    variances are averaged, over those that have a value.
    """
    if factor == SPLIT:
        pair = np.reshape(np.stack(members), (-1, 2, *np.shape(base)))
        draws = np.square((pair[:, 0] - pair[:, 1]) / 2)
        known = np.isfinite(draws)
        n = known.sum(axis=0)
        return np.where(n > 0, np.where(known, draws, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)
    values = np.stack([base, *members])
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
    variance = np.square(parts).sum(axis=0, where=np.isfinite(parts))
    freedom = np.full(trend.shape, np.inf)
    if SPLIT in members:
        of_fit = np.nan_to_num(parts[1 + list(members).index(SPLIT)])
        freedom = degrees_of_freedom(variance, of_fit**2, _draws(members[SPLIT]))
    wide = np.where(np.isfinite(half), stdtrit(freedom, 0.975) * np.sqrt(variance), np.nan)
    about = {"long_name": "Part of the standard error of the trend (1 sigma)"}
    about["units"] = base["trend"].attrs["units"]
    ends = {"low": trend - wide, "high": trend + wide}
    of_freedom = {"long_name": "Degrees of freedom of the trend's error variance", "units": "1"}
    changed: dict[str, Any] = {
        "trend_error_part": (("part", "region"), np.stack(parts), about),
        "trend_degrees_of_freedom": ("region", freedom, of_freedom),
    }
    for end, values in ends.items():
        changed[f"trend_{end}"] = ("region", values, base[f"trend_{end}"].attrs)
        for kind, other in _converted(values, base).items():
            if f"trend_{kind}_{end}" in base:
                changed[f"trend_{kind}_{end}"] = ("region", other, base[f"trend_{kind}_{end}"].attrs)
    return out.assign(changed)


def degrees_of_freedom(total: Array, of_few: Array, draws: Array) -> Array:
    """Of a sum of variances of which one is known from a few draws; infinite where that one is 0.

    References
    ----------
    JCGM 100:2008, Evaluation of measurement data: Guide to the expression of uncertainty in measurement,
    equation G.2b (Welch and Satterthwaite), the other variances being known (from memory, not checked).
    """
    few = of_few > 0
    return np.where(few, draws * (total / np.where(few, of_few, 1.0)) ** 2, np.inf)


def _draws(members: Sequence[xr.Dataset]) -> Array:
    """Splits both of whose halves have a trend: (n_region,)."""
    trends = np.stack([m["trend"].values for m in members])
    return np.asarray(np.isfinite(trends.reshape(-1, 2, trends.shape[1])).all(axis=1).sum(axis=0))


def _converted(trend: Array, base: xr.Dataset) -> dict[str, Array]:
    return trends_in_other_units(trend, base["area"].values)
