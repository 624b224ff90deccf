"""What an analysis says of the casts behind it: residuals, and alerts where a cast stands too far off."""

from typing import Any

import numpy as np
import xarray as xr

from catalogs.schema import Grid
from flows.mapping import in_month, solver
from flows.prior import Prior, noise_ratio
from flows.standard_casts import ERROR, TEXT, WHERE, settings_of, super_observations, variables_of
from kernels.compiled import Array
from kernels.mapping.barriers import Barriers
from kernels.mapping.objective import leave_one_out

MISTRUST = 1e6
"""Noise, over the variance of the signal, with which a cast that stands off counts for those around it."""


def residuals(
    casts: xr.Dataset,
    climatology: xr.Dataset,
    grid: Grid,
    month: int,
    previous: xr.Dataset | None = None,
    land: Barriers | None = None,
    mistrusted: Array | None = None,
) -> xr.Dataset:
    """How far the casts of a month are from the analysis of all others, at their own place and time.

    A cast is compared with the analysis without any cast of its platform: a drifting sensor is not confirmed
    by its own casts.

    Parameters
    ----------
    casts, climatology, grid, month, previous, land : see ``flows.mapping.analyse``.
    mistrusted : RECORD_ID of casts that the analysis does not listen to.

    Returns
    -------
    residuals : for each variable V, ``V_RESIDUAL`` (cast, depth), cast less analysis, and ``V_EXPECTED_STD``
        what is expected of it by the errors of the analysis and of a record; NaN where there is no
        anomaly. Of the casts' other variables those (cast) that say which they are.
    """
    own = np.flatnonzero(in_month(casts, month))
    means, index = super_observations(casts, grid)
    prior = Prior.of(climatology, grid, month, variables_of(casts), previous)
    prepared, std = prior.prepared(means)
    if mistrusted is not None:
        doubtful = index[np.isin(casts["RECORD_ID"].values, mistrusted)]
        prepared.noise[doubtful] = MISTRUST
    rows, member = np.unique(index[own], return_inverse=True)
    found = leave_one_out(prepared, rows=rows, without_platform=True, **solver(grid, land))
    noise = noise_ratio(casts["PLATFORM_TYPE"].values, np.ones(casts.sizes["cast"]), grid)[own]
    out: dict[str, Any] = {k: ("cast", casts[k].values[own]) for k in ("RECORD_ID", *TEXT, *WHERE)}
    for k, name in enumerate(variables_of(casts)):
        scale = std[index[own], k]
        off = prior.anomaly(casts, name)[own] - scale * found.estimate[member, k]
        expected = scale * np.sqrt(found.error_variance[member, k] + noise[:, None])
        expected = np.hypot(expected, casts[f"{name}{ERROR}"].values[own])
        expected = np.where(np.isnan(off), np.nan, expected)
        out[f"{name}_RESIDUAL"] = (("cast", "depth"), off.astype(np.float32))
        out[f"{name}_EXPECTED_STD"] = (("cast", "depth"), expected.astype(np.float32))
    return xr.Dataset(out, {"depth": casts["depth"].values})


def alerts(
    casts: xr.Dataset,
    climatology: xr.Dataset,
    grid: Grid,
    month: int,
    previous: xr.Dataset | None = None,
    land: Barriers | None = None,
) -> xr.Dataset:
    """Casts of a month that stand further off the analysis of all others than expected.

    A bad cast draws the analysis to itself, and the good ones around it stand off too. So those that stand
    off are looked at again, and their neighbours with them, without listening to any of them.

    Returns
    -------
    alerts : along ``alert``, one a record and variable, in order of RECORD_ID: ``RECORD_ID``,
        ``PLATFORM_CODE``, ``PLATFORM_TYPE``, ``TIME``, ``LATITUDE``, ``LONGITUDE``, ``VARIABLE``; ``TOP`` and
        ``BOTTOM`` the range of levels (m) in which it stands off, ``N_LEVELS`` of them that do; ``DEPTH`` of
        the largest residual relative to what was expected there, ``RESIDUAL`` and ``EXPECTED_STD``.

    References
    ----------
    Gaillard, F., E. Autret, V. Thierry, P. Galaup, C. Coatanoan and T. Loubrieu, 2009: Quality control of
    large Argo datasets. Journal of Atmospheric and Oceanic Technology 26, 337-351: the residuals of an
    analysis show profiles that no test of a profile alone finds.
    """
    settings, names = settings_of(grid), variables_of(casts)
    found = residuals(casts, climatology, grid, month, previous, land)
    first = [_alerts_of(found, name, settings.alert)["RECORD_ID"] for name in names]
    if any(ids.size for ids in first):
        found = residuals(casts, climatology, grid, month, previous, land, np.concatenate(first))
    parts = [_alerts_of(found, name, settings.alert) for name in names]
    rows = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    order = np.lexsort((rows["VARIABLE"], rows["RECORD_ID"]))
    units = {"DEPTH": "m", "TOP": "m", "BOTTOM": "m"}
    columns = {k: ("alert", v[order], {"units": units[k]} if k in units else {}) for k, v in rows.items()}
    return xr.Dataset(columns, attrs={"analysis": grid.name, "threshold": settings.alert})


def _alerts_of(residual: xr.Dataset, name: str, threshold: float) -> dict[str, Array]:
    """Columns of the alerts of one variable."""
    value, expected = residual[f"{name}_RESIDUAL"].values, residual[f"{name}_EXPECTED_STD"].values
    depth = residual["depth"].values
    relative = np.nan_to_num(np.abs(value) / expected)
    off = relative > threshold
    at = np.flatnonzero(off.any(axis=1))
    largest = relative[at].argmax(axis=1)
    first = off[at].argmax(axis=1)
    last = off.shape[1] - 1 - off[at][:, ::-1].argmax(axis=1)
    columns = {k: residual[k].values[at] for k in ("RECORD_ID", *TEXT, *WHERE)}
    return columns | {
        "VARIABLE": np.full(at.size, name),
        "TOP": depth[first],
        "BOTTOM": depth[last],
        "N_LEVELS": off[at].sum(axis=1).astype(np.int32),
        "DEPTH": depth[largest],
        "RESIDUAL": value[at, largest].astype(np.float64),
        "EXPECTED_STD": expected[at, largest].astype(np.float64),
    }
