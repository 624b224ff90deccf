"""Declared corrections of instruments, applied to the values of a partition that may be used."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from catalogs.instruments import YearTable
from catalogs.schema import Adjustment
from kernels.adjustment.error import adjusted_error, deepest
from kernels.adjustment.fall_rate import depth_by_fall_rate
from kernels.adjustment.year_table import by_year_and_depth, decimal_year, rows_of_years
from kernels.compiled import Array

TEMPERATURE = "TEMP"


def adjust(
    partition: xr.Dataset,
    variable: str,
    row_start: Array,
    value: Array,
    depth: Array,
    adjustments: Sequence[Adjustment],
) -> tuple[Array, Array, Array]:
    """Values and depths with corrections applied, one after the other, and the error of what was adjusted.

    Within one adjustment depths are computed again from the time of fall first; its tables are read at these
    depths. What an adjustment does not speak of stays as it is: other platforms and probes, and all
    variables but temperature, whose depths alone change.

    Parameters
    ----------
    partition : of ``profiles``; its rows say of which platform, probe, source and time they are.
    variable : name of the variable that ``value`` holds.
    row_start : (n_row + 1,) offsets.
    value, depth : (n_obs,) in the unit of the variable and m; NaN where not usable.

    Returns
    -------
    value, depth : (n_obs,) as given where nothing is adjusted; NaN also where a table that should be applied
        says nothing.
    error : (n_obs,) standard deviation of adjusted temperatures, the largest where several adjustments apply
        (they tell of the same instrument); NaN where nothing was adjusted.
    """
    error = np.full(value.shape, np.nan)
    for entry in adjustments:
        rows = rows_of(partition, row_start, depth, entry)
        if not rows.any():
            continue
        depth = _fallen(partition, row_start, depth, entry, rows)
        year = decimal_year(np.asarray(partition["TIME"].values))
        tables = [
            _table(row_start, depth, year, rows, t) for t in (entry.depth_change, entry.temperature_bias)
        ]
        depth = depth + tables[0]
        if variable == TEMPERATURE:
            value = value - tables[1]
            limits = (
                np.where(rows, limit, np.nan)
                for limit in (entry.temperature_error, entry.depth_error, entry.depth_error_part)
            )
            error = np.fmax(error, adjusted_error(row_start, depth, value, *limits))
        lost = np.isnan(value) | np.isnan(depth)
        value, depth = np.where(lost, np.nan, value), np.where(lost, np.nan, depth)
    return value, depth, np.where(np.isnan(value), np.nan, error)


def rows_of(partition: xr.Dataset, row_start: Array, depth: Array, entry: Adjustment) -> Array:
    """Rows that an adjustment speaks of: (n_row,) bool."""
    rows = _named(partition, "PLATFORM_TYPE", entry.platform_types, entry)
    codes = entry.probe_types
    if not (entry.depth_change or entry.temperature_bias):
        codes = tuple(c for rate in entry.fall_rates for c in rate.probe_types)
    if codes:
        rows &= _named(partition, "PROBE_TYPE", codes, entry)
    if entry.sources:
        rows &= _named(partition, "SOURCE", entry.sources, entry)
    if entry.years and rows.any():
        year = decimal_year(np.asarray(partition["TIME"].values))
        rows &= (year >= entry.years[0]) & (year < entry.years[1])
    if entry.reach and rows.any():
        reach = deepest(row_start, depth)
        rows &= (reach > entry.reach[0]) & (reach <= entry.reach[1])
    return rows


def _named(partition: xr.Dataset, name: str, wanted: tuple[Any, ...], entry: Adjustment) -> Array:
    if name not in partition:
        raise ValueError(f"adjustment {entry.name} goes by {name}, which the partition does not have")
    return np.isin(np.asarray(partition[name].values), wanted)


def _fallen(partition: xr.Dataset, row_start: Array, depth: Array, entry: Adjustment, rows: Array) -> Array:
    """Depths computed again from the time of fall, where the entry has an equation for the probe."""
    if not entry.fall_rates:
        return depth
    probe = np.asarray(partition["PROBE_TYPE"].values)
    equations = np.full((2, rows.size, 2), np.nan)
    for rate in entry.fall_rates:
        there = rows & np.isin(probe, rate.probe_types)
        equations[0, there], equations[1, there] = rate.delivered, rate.adjusted
    return np.asarray(depth_by_fall_rate(row_start, depth, *equations))


def _table(row_start: Array, depth: Array, year: Array, rows: Array, table: YearTable | None) -> Array:
    """What a table says at the observations of the rows; 0 at those of others, and without a table."""
    if table is None:
        return np.zeros(depth.shape)
    nearest, by_calendar_year = table.outside == "nearest", table.between_years == "calendar_year"
    years, depths = np.array(table.years, np.float64), np.array(table.depths, np.float64)
    row, weight = rows_of_years(np.where(rows, year, np.nan), years, by_calendar_year, nearest)
    values = np.array(table.values, np.float64)
    said = by_year_and_depth(row_start, depth, row, weight, depths, values, nearest)
    return np.where(np.repeat(rows, np.diff(row_start)), said, 0.0)
