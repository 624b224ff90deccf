"""Tests along the life of a platform: what of each profile they need, and their outcomes.

A year is tested with the year before and the year after it, so that memory is bounded by three years of
summaries and the first cycle of January is compared with the last one of December. What happened to a
platform longer ago than the year before does not count.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from flows.columns import inside_region
from flows.inputs import Columns
from flows.procedures import ROW_TARGETS, BoundProcedure, BoundTest
from flows.quality import Given
from flows.selection import BAD
from kernels.compiled import Array
from kernels.flags import NOT_RUN
from kernels.history import deep_mean, layer_means
from kernels.ragged import row_start_of

LAYER, N_LAYERS = 50.0, 40
"""dbar, and number of layers whose means are kept: those of Argo test 18, down to 2000 dbar."""
DEEPEST = 100.0
"""dbar at the end of a profile, over which its deep mean is taken: that of Argo test 16."""
IDENTITY = ("RECORD_ID", "PLATFORM_CODE", "PLATFORM_TYPE", "TIME", "LATITUDE", "LONGITUDE")


def tests_of(bound: BoundProcedure) -> list[BoundTest]:
    """The tests of a procedure that look along a platform."""
    return [t for t in bound.tests if t.test.scope == "platform"]


def summary(
    partition: xr.Dataset, checked: xr.Dataset, inputs_of: Mapping[str, Collection[str]]
) -> xr.Dataset:
    """What the tests along a platform need of each profile.

    Parameters
    ----------
    partition : one month of ``profiles``.
    checked : its flags by the tests of single rows (``quality.check`` of ``bound.first_pass``).
    inputs_of : inputs of the tests by variable, see ``wanted``.

    Returns
    -------
    rows : (row) identity, time and position (NaN where a test has failed them); for each variable that a
        test looks at, ``V_LAYER_MEAN`` (row, layer), ``V_DEEP_MEAN`` and ``V_DEEP_PRESSURE``
        (row) of its good values.
    """
    rows: dict[str, Any] = {name: ("row", partition[name].values) for name in IDENTITY}
    for flag, names in (("TIME_QC", ("TIME",)), ("POSITION_QC", ("LATITUDE", "LONGITUDE"))):
        if flag in checked:
            bad = np.isin(checked[flag].values, BAD)
            rows |= {name: ("row", np.where(bad, np.nan, partition[name].values)) for name in names}
    columns = Columns.of(partition)
    pressure = _good(columns, checked, "PRES")
    for variable, inputs in inputs_of.items():
        value = _good(columns, checked, variable)
        if "layer_mean" in inputs:
            means = layer_means(columns.row_start, pressure, value, LAYER, N_LAYERS)
            rows[f"{variable}_LAYER_MEAN"] = (("row", "layer"), means.astype(np.float32))
        if "deep_mean" in inputs:
            at = np.where(np.isnan(value), np.nan, pressure)
            for name, values in (("MEAN", value), ("PRESSURE", at)):
                deep = deep_mean(columns.row_start, pressure, values, DEEPEST)
                rows[f"{variable}_DEEP_{name}"] = ("row", deep)
    return xr.Dataset(rows)


def wanted(procedures: Iterable[BoundProcedure]) -> dict[str, list[str]]:
    """Inputs of the tests along platforms of some procedures, by the variable that they look at."""
    inputs: dict[str, set[str]] = {}
    for test in (t for bound in procedures for t in tests_of(bound)):
        for variable in (v for v in test.arguments if v not in ROW_TARGETS.values()):
            inputs.setdefault(variable, set()).update(test.inputs)
    return {variable: sorted(names) for variable, names in sorted(inputs.items())}


def _good(columns: Columns, checked: xr.Dataset, variable: str) -> Array:
    if variable not in columns.values:
        return np.full(columns.n_obs, np.nan, np.float32)
    value = columns.values[variable]
    if f"{variable}_QC" not in checked:
        return value
    return np.where(np.isin(checked[f"{variable}_QC"].values, BAD), np.float32(np.nan), value)


def outcomes(rows: xr.Dataset, reported: Array, bound: BoundProcedure) -> xr.Dataset:
    """Run the tests along platforms.

    Parameters
    ----------
    rows : summaries of all profiles of the year and its neighbours, one after the other.
    reported : (row) bool, those of the year; the others only stand beside them.

    Returns
    -------
    found : (row) ``RECORD_ID`` and, for each test and variable, ``<id> <variable>`` (uint8 outcome) and what
        it ``... measured``, ``... lowest`` and ``... highest`` accepted value.
    """
    order = np.lexsort([rows[k].values for k in ("RECORD_ID", "TIME", "PLATFORM_CODE")])
    rows, reported = rows.isel(row=order), reported[order]
    found = {"RECORD_ID": rows["RECORD_ID"].values[reported]}
    for test in tests_of(bound):
        where = _where(rows, test)
        for variable, parameters in test.arguments.items():
            name = f"{test.entry.id} {variable}"
            for what, values in _run(rows, test, variable, parameters, where).items():
                found[f"{name}{what}"] = values[reported]
    return xr.Dataset({k: ("row", v) for k, v in found.items()})


def _where(rows: xr.Dataset, test: BoundTest) -> Array:
    """Rows of platforms that have a name, restricted as the procedure restricts the test."""
    where: Array = rows["PLATFORM_CODE"].values != ""
    if test.region is not None:
        where &= inside_region(rows["LATITUDE"].values, rows["LONGITUDE"].values, test.region)
    if test.entry.platform_types:
        where &= np.isin(rows["PLATFORM_TYPE"].values, test.entry.platform_types)
    return where


def _run(
    rows: xr.Dataset, test: BoundTest, variable: str, parameters: Mapping[str, Any], where: Array
) -> dict[str, Array]:
    n = rows.sizes["row"]
    at = np.flatnonzero(where)
    out = {"": np.full(n, NOT_RUN, np.uint8)} | {w: np.full(n, np.nan) for w in MEASURED}
    inputs = _inputs(rows.isel(row=at), test, variable)
    if at.size and inputs is not None:
        out[""][at] = test.test.kernel(**inputs, **parameters)
        for what, values in zip(MEASURED, test.test.measure(**inputs, **parameters), strict=True):
            out[what][at] = values
    return out


MEASURED = (" measured", " lowest", " highest")


def _inputs(rows: xr.Dataset, test: BoundTest, variable: str) -> dict[str, Array] | None:
    stored = {
        "time": "TIME",
        "latitude": "LATITUDE",
        "longitude": "LONGITUDE",
        "layer_mean": f"{variable}_LAYER_MEAN",
        "deep_mean": f"{variable}_DEEP_MEAN",
        "deep_pressure": f"{variable}_DEEP_PRESSURE",
    }
    inputs: dict[str, Array] = {}
    for name in test.inputs:
        if name == "platform_start":
            _, size = np.unique(rows["PLATFORM_CODE"].values, return_counts=True)
            inputs[name] = row_start_of(size)
        elif stored[name] in rows:
            inputs[name] = np.ascontiguousarray(rows[stored[name]].values, np.float64)
        else:
            return None
    return inputs


def given(partition: xr.Dataset, found: Sequence[xr.Dataset], bound: BoundProcedure) -> Given:
    """The outcomes of a partition's rows, by record, as ``quality.check`` takes them."""
    history: dict[tuple[str, str], Array] = {}
    measured: dict[tuple[str, str], tuple[Array, Array, Array]] = {}
    wanted = partition["RECORD_ID"].values
    for test in tests_of(bound):
        for variable in test.arguments:
            name = f"{test.entry.id} {variable}"
            history[test.entry.id, variable] = _of_records(wanted, found, name, np.uint8(NOT_RUN))
            first, lowest, highest = (_of_records(wanted, found, name + w, np.nan) for w in MEASURED)
            measured[test.entry.id, variable] = (first, lowest, highest)
    return Given(history=history, measured=measured)


def _of_records(wanted: Array, found: Sequence[xr.Dataset], name: str, absent: Any) -> Array:
    out = np.full(wanted.size, absent)
    for part in (p for p in found if name in p and p.sizes["row"]):
        ids = part["RECORD_ID"].values
        order = np.argsort(ids)
        at = np.searchsorted(ids[order], wanted).clip(max=ids.size - 1)
        there = ids[order[at]] == wanted
        out[there] = part[name].values[order[at[there]]]
    return out
