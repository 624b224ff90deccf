"""Biases of an instrument from a table by year and depth."""

import numpy as np

from kernels.compiled import Array, compiled


def decimal_year(time: Array) -> Array:
    """Year and part of it, from days since 1950-01-01: (n,) float64."""
    days = np.asarray(time, np.float64)
    known = np.isfinite(days)
    stamp = np.datetime64("1950-01-01") + np.floor(np.where(known, days, 0.0)).astype("timedelta64[D]")
    year = stamp.astype("datetime64[Y]")
    first = (year.astype("datetime64[D]") - np.datetime64("1950-01-01")).astype(np.float64)
    length = ((year + np.timedelta64(1, "Y")).astype("datetime64[D]") - year.astype("datetime64[D]")).astype(
        np.float64
    )
    part = (np.where(known, days, 0.0) - first) / length
    out: Array = np.where(known, year.astype(np.int64) + 1970 + part, np.nan)
    return out


def rows_of_years(year: Array, years: Array, by_calendar_year: bool, nearest: bool) -> tuple[Array, Array]:
    """Row of the table at or before each time, and the weight of the next row.

    Parameters
    ----------
    year : (n,) decimal years; NaN where unknown.
    years : (n_year,) of the table, increasing.
    by_calendar_year : ``years`` are calendar years, each with a row of its own; else linear between them.
    nearest : before the first and after the last year these hold, and between calendar years the one before.

    Returns
    -------
    row : (n,) int64, -1 where the table says nothing.
    weight : (n,) 0..1 of row + 1.
    """
    at = np.floor(year) if by_calendar_year else np.asarray(year, np.float64)
    row = np.searchsorted(years, at, side="right") - 1
    last = len(years) - 1
    inside = (row >= 0) & (at <= years[-1])
    row = np.clip(row, 0, last)
    if by_calendar_year:
        weight = np.zeros(len(at))
        inside &= at == years[row]
    else:
        below = np.minimum(row, max(last - 1, 0))
        span = years[np.minimum(below + 1, last)] - years[below]
        weight = np.clip((at - years[below]) / np.where(span > 0, span, 1.0), 0.0, 1.0)
        row = below
    known = np.isfinite(at) & (inside | nearest)
    return np.where(known, row, -1).astype(np.int64), np.where(known, weight, 0.0)


@compiled
def by_year_and_depth(
    row_start: Array,
    depth: Array,
    table_row: Array,
    weight: Array,
    depths: Array,
    values: Array,
    nearest: bool,
) -> Array:
    """What a table says at each observation, linear between its depths and rows.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    depth : (n_obs,) m, positive down; NaN where missing.
    table_row, weight : (n_row,) from ``rows_of_years``.
    depths : (n_depth,) m, increasing.
    values : (n_year, n_depth).
    nearest : whether the first and last depth also stand for what lies beyond them.

    Returns
    -------
    value : (n_obs,) NaN where the depth is missing or the table says nothing.
    """
    out = np.full(depth.size, np.nan)
    for i in range(row_start.size - 1):
        r = table_row[i]
        if r < 0:
            continue
        following = min(r + 1, values.shape[0] - 1)
        w, k = weight[i], 0
        for j in range(row_start[i], row_start[i + 1]):
            z = depth[j]
            if np.isnan(z) or (not nearest and (z < depths[0] or z > depths[-1])):
                continue
            while k > 0 and depths[k] > z:
                k -= 1
            while k < depths.size - 2 and depths[k + 1] <= z:
                k += 1
            below = min(k + 1, depths.size - 1)
            span = depths[below] - depths[k]
            part = min(max((z - depths[k]) / span, 0.0), 1.0) if span > 0 else 0.0
            upper = values[r, k] + part * (values[r, below] - values[r, k])
            lower = values[following, k] + part * (values[following, below] - values[following, k])
            out[j] = upper + w * (lower - upper)
    return out
