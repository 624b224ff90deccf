"""Which checked values of a partition enter statistics and indicators, and at which depth."""

from collections.abc import Collection
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from catalogs.schema import Selection
from flows.adjustment import adjust
from kernels.flags import Flag
from kernels.ragged import row_of_obs, row_start_of
from kernels.vertical import depth_of

Array = NDArray[Any]
BAD = (Flag.PROBABLY_BAD, Flag.BAD)


def select(partition: xr.Dataset, variable: str, selection: Selection) -> tuple[Array, Array]:
    """Values of a variable that may be used, with their depth.

    A value counts when our flag and the delivered flag both allow it, its depth is usable, and nobody
    finds fault with the row's time or position. With ``selection.adjusted`` the delivered adjusted value
    and its flag stand in for the delivered ones; where the producer adjusted a row and left a value out,
    that value is not usable: a rejection is never undone by falling back on the raw value. The adjustments of
    the selection come last, on top of what the producer has adjusted.

    Parameters
    ----------
    partition : one month of ``profiles`` or ``trajectories`` that has passed quality control.
    variable : name in ``catalogs/variables.yaml``; one that the partition lacks gives no value.

    Returns
    -------
    value : (n_obs,) float64, NaN where not usable.
    depth : (n_obs,) float64 m, positive down, NaN where not usable.
    """
    value, depth, _ = select_with_error(partition, variable, selection)
    return value, depth


def select_with_error(
    partition: xr.Dataset, variable: str, selection: Selection
) -> tuple[Array, Array, Array | None]:
    """As ``select``, with the error that the adjustments of the selection leave.

    Returns
    -------
    value, depth : as of ``select``.
    error : (n_obs,) standard deviation in the unit of the variable, NaN where nothing was adjusted; None
        where the selection adjusts nothing. See ``flows.adjustment.adjust``.
    """
    row_start = row_start_of(np.asarray(partition["row_size"].values))
    row = row_of_obs(row_start)
    if variable not in partition:
        return np.full(len(row), np.nan), np.full(len(row), np.nan), None
    if f"{variable}_QC" not in partition:
        raise ValueError(f"partition has no {variable}_QC: run quality control before selecting {variable}")
    depth = _depth(partition, row, selection)
    value = _usable(partition, variable, row, selection, selection.flags)
    value[~usable_observations(partition, selection, row) | np.isnan(depth)] = np.nan
    depth = np.where(np.isnan(value), np.nan, depth)
    if not selection.adjustments or _places_of_observations(partition):
        _check_unadjusted(partition, selection)
        return value, depth, None
    return adjust(partition, variable, row_start, value, depth, selection.adjustments)


def usable_rows(partition: xr.Dataset, selection: Selection) -> Array:
    """Profiles of the platform types and data modes in use with a time and a position that neither we nor the
    producer call bad: (n_row,) bool."""
    return _usable_places(partition) & _usable_platforms(partition, selection)


def usable_observations(partition: xr.Dataset, selection: Selection, row: Array) -> Array:
    """Observations of usable rows; in ``trajectories`` each has its own time and position: (n_obs,)."""
    of_place, of_platform = _usable_places(partition), _usable_platforms(partition, selection)[row]
    return of_platform & (of_place if _places_of_observations(partition) else of_place[row])


def _places_of_observations(partition: xr.Dataset) -> bool:
    return bool(partition["TIME"].dims == ("obs",))


def _usable_places(partition: xr.Dataset) -> Array:
    places = [partition[k].values for k in ("TIME", "LATITUDE", "LONGITUDE")]
    usable = np.isfinite(np.asarray(places)).all(axis=0)
    for flag in ("TIME_QC", "POSITION_QC", "TIME_SOURCE_QC", "POSITION_SOURCE_QC"):
        if flag in partition:
            usable &= ~np.isin(partition[flag].values, BAD)
    return np.asarray(usable)


def _usable_platforms(partition: xr.Dataset, selection: Selection) -> Array:
    usable = np.ones(partition["row_size"].size, bool)
    if selection.data_modes:
        usable &= np.isin(partition["DATA_MODE"].values, selection.data_modes)
    if selection.without_platform_types:
        usable &= ~np.isin(partition["PLATFORM_TYPE"].values, selection.without_platform_types)
    return usable


def _check_unadjusted(partition: xr.Dataset, selection: Selection) -> None:
    """Adjustments are of profiles: raise where one of them speaks of a platform of ``trajectories``."""
    for entry in selection.adjustments:
        if there := sorted(set(partition["PLATFORM_TYPE"].values.tolist()) & set(entry.platform_types)):
            raise ValueError(f"adjustment {entry.name!r} is of profiles, not of trajectories of {there}")


def _depth(partition: xr.Dataset, row: Array, selection: Selection) -> Array:
    """Depth from what is usable of DEPH and PRES. Our flag may be ``NO_QC`` here: a procedure need not
    test both coordinates."""
    flags = {*selection.flags, Flag.NO_QC}
    pressure, depth = (_usable(partition, v, row, selection, flags) for v in ("PRES", "DEPH"))
    latitude = np.asarray(partition["LATITUDE"].values)
    return depth_of(pressure, depth, latitude if _places_of_observations(partition) else latitude[row])


def _usable(
    partition: xr.Dataset, variable: str, row: Array, selection: Selection, flags: Collection[int]
) -> Array:
    """One variable by its own flags alone: (n_obs,) float64."""
    if variable not in partition:
        return np.full(len(row), np.nan)
    value = partition[variable].values.astype(np.float64)
    delivered = _flags(partition, f"{variable}_SOURCE_QC", len(row))
    if selection.adjusted and f"{variable}_ADJUSTED" in partition:
        adjusted = partition[f"{variable}_ADJUSTED"].values.astype(np.float64)
        adjusted_flag = _flags(partition, f"{variable}_ADJUSTED_QC", len(row))
        instead = np.isfinite(adjusted) | _adjusted_rows(partition, adjusted, adjusted_flag, row)[row]
        value = np.where(instead, adjusted, value)
        delivered = np.where(instead, adjusted_flag, delivered)
    ours = _our_flags(partition, variable, selection, len(row))
    allowed = np.isin(ours, list(flags)) & np.isin(delivered, selection.delivered_flags)
    return np.where(allowed, value, np.nan)


def _our_flags(partition: xr.Dataset, variable: str, selection: Selection, n_obs: int) -> Array:
    """Our flags; a value that failed only tests which do not count is ``GOOD``.

    A value that failed another test too keeps its flag, and what was not tested because an earlier test had
    failed it stays untested.
    """
    flags = _flags(partition, f"{variable}_QC", n_obs)
    name = f"{variable}_QC_FAILED"
    if not selection.without_tests or name not in partition:
        return flags
    mask = partition[name]
    pairs = zip(mask.attrs["flag_meanings"].split(), np.atleast_1d(mask.attrs["flag_masks"]), strict=True)
    aside = np.uint64(sum(int(bit) for test, bit in pairs if test in selection.without_tests))
    only = (mask.values != 0) & ((mask.values & ~aside) == 0)
    return np.where(only, np.uint8(Flag.GOOD), flags)


def _adjusted_rows(partition: xr.Dataset, adjusted: Array, flag: Array, row: Array) -> Array:
    """Rows that the producer did adjust: (n_row,) bool.

    The data mode alone does not tell: legacy CORA files are in delayed mode with an empty adjusted
    variable and no flags. Argo leaves a rejected profile empty too, but flags it bad.
    """
    mode = np.asarray(partition["DATA_MODE"].values).astype("U1")
    touched = np.isfinite(adjusted) | np.isin(flag, BAD)
    return np.isin(mode, ("A", "D")) & (np.bincount(row[touched], minlength=len(mode)) > 0)


def _flags(partition: xr.Dataset, name: str, n_obs: int) -> Array:
    return partition[name].values if name in partition else np.full(n_obs, Flag.NO_QC, np.uint8)
