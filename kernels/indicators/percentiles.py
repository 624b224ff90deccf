"""Yearly percentiles of stations, and how a year stands among those of the reference period.

References
----------
Copernicus Marine products OMI_EXTREME_{SL,SST,WAVE}_*_mean_and_anomaly_obs: the 99th (or first) percentile of
each year at each station, its mean and standard deviation over the years, and the anomaly of the last; years
enter by a criterion of completeness. The percentile is linear between ranks, as ``numpy.percentile``.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled
from kernels.indicators.heatwave import percentile_of

ENOUGH, EMPTY, TOO_FEW_DAYS, THIN_MONTH = range(4)
"""Whether a year counts, and else why not."""


@compiled
def _slot_means(key: Array, value: Array) -> tuple[Array, Array, Array]:
    slot, mean, n_values = np.empty(key.size, np.int64), np.empty(key.size), np.empty(key.size, np.int64)
    n, j = 0, 0
    while j < key.size:
        total, count, here = 0.0, 0, key[j]
        while j < key.size and key[j] == here:
            total += value[j]
            count += 1
            j += 1
        slot[n], mean[n], n_values[n] = here, total / count, count
        n += 1
    return slot[:n].copy(), mean[:n].copy(), n_values[:n].copy()


def slot_means(key: Array, value: Array) -> tuple[Array, Array, Array]:
    """Means of the values that share a key (a station and hour, say).

    Parameters
    ----------
    key : (n,) int64, in any order.
    value : (n,) all known.

    Returns
    -------
    key : (n_slot,) increasing.
    mean, n : (n_slot,) of the values of each.
    """
    key, value = np.asarray(key, np.int64), np.asarray(value, np.float64)
    if np.any(key[1:] < key[:-1]):
        order = np.argsort(key, kind="stable")
        key, value = key[order], value[order]
    slot, mean, n = _slot_means(key, value)
    return slot, mean, n


@compiled
def group_percentiles(start: Array, value: Array, percentile: float) -> Array:
    """Percentile of each group of values.

    Parameters
    ----------
    start : (n_group + 1,) offsets of each group into the values.
    value : (n,) NaN does not count.

    Returns
    -------
    percentile : (n_group,) NaN for a group without a value.
    """
    out = np.full(start.size - 1, np.nan)
    for g in range(start.size - 1):
        known = np.empty(start[g + 1] - start[g])
        n = 0
        for j in range(start[g], start[g + 1]):
            if np.isfinite(value[j]):
                known[n] = value[j]
                n += 1
        if n > 0:
            out[g] = percentile_of(known[:n], percentile)
    return out


def completeness(days: Array, days_in_month: Array, of_year: float, of_month: float) -> tuple[Array, Array]:
    """Which years of stations count.

    Parameters
    ----------
    days : (..., 12) days of each month with a good value.
    days_in_month : (..., 12) days that it has.
    of_year, of_month : least part of the days, of the year and of every month: a year without its summer
        must not count, however many other days it has.

    Returns
    -------
    part : (...) of the days of the year.
    verdict : (...) ``ENOUGH`` or the first reason against it.
    """
    part = days.sum(axis=-1) / days_in_month.sum(axis=-1)
    thin = (days < of_month * days_in_month).any(axis=-1)
    verdict = np.where(thin, THIN_MONTH, ENOUGH)
    verdict = np.where(part < of_year, TOO_FEW_DAYS, verdict)
    return part, np.where(part == 0, EMPTY, verdict)


class Reference(NamedTuple):
    """Years of the reference period of each station, all (n_station,) but ``anomaly`` (n_station, n_year)."""

    mean: Array
    std: Array
    n_years: Array
    anomaly: Array


def against_reference(yearly: Array, reference: Array, minimum_years: int) -> Reference:
    """Mean and standard deviation (n - 1) over the reference years, and the anomalies of all years from it.

    Parameters
    ----------
    yearly : (n_station, n_year) NaN where a year does not count.
    reference : (n_year,) bool.
    minimum_years : of the reference period; with fewer, mean, deviation and anomalies are NaN.
    """
    inside = np.isfinite(yearly) & reference
    n = inside.sum(axis=1)
    enough = n >= max(minimum_years, 1)
    mean = np.where(inside, yearly, 0.0).sum(axis=1) / np.where(enough, n, 1)
    squares = np.where(inside, (yearly - mean[:, None]) ** 2, 0.0).sum(axis=1)
    std = np.sqrt(squares / np.where(n > 1, n - 1, 1))
    mean = np.where(enough, mean, np.nan)
    return Reference(mean, np.where(enough & (n > 1), std, np.nan), n, yearly - mean[:, None])
