"""Boxes of all months of one indicator, from the groups of a year each, which a process reads once."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import xarray as xr

from flows.collection import Reading
from kernels.compiled import Array

BYTES_KEPT = 2**29
"""Largest size of the groups that a process keeps; what goes beyond is read again for each indicator."""

_kept: WeakKeyDictionary[Reading, dict[str, xr.Dataset]] = WeakKeyDictionary()


def of_indicator(reading: Reading, paths: Sequence[str], indicator: str) -> xr.Dataset:
    """Boxes of an indicator in the groups of ``paths``, one after the other along ``month``.

    To open a group costs more than to read it, and each holds all indicators: groups are kept for the
    indicators that follow, as long as the process looks at the same state of the collection.
    """
    return along_months([_group(reading, path).sel(indicator=[indicator]) for path in paths])


def _group(reading: Reading, path: str) -> xr.Dataset:
    kept = _kept.setdefault(reading, {})
    if path in kept:
        return kept[path]
    group = reading.dataset(path)
    if sum(g.nbytes for g in kept.values()) + group.nbytes <= BYTES_KEPT:
        kept[path] = group
    return group


def along_months(datasets: Sequence[xr.Dataset], months: Array | None = None) -> xr.Dataset:
    """Datasets one after the other; ``months`` where they have no such dimension yet."""
    new = months is not None
    return xr.concat(
        datasets,
        xr.DataArray(months, dims="month", name="month") if new else "month",
        data_vars="all" if new else "minimal",
        coords="minimal",
        compat="override",
        join="override",
    )
