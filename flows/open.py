"""The Python call: what a released version holds, as xarray objects.

A store is a path or any URL that Icechunk knows; ``version`` is a released one, or ``main`` for the newest.
"""

import xarray as xr

from flows.analysis_files import open_analysis, series_of_analysis
from flows.collection import Collection
from flows.level_files import open_levels
from flows.report import indicator_of, of_region

__all__ = ["open_analysis", "open_indicator", "open_levels"]


def open_indicator(
    store: str,
    name: str,
    region: str | None = None,
    version: str = "main",
    analysis: str | None = None,
) -> xr.Dataset:
    """An indicator of a store: series, errors and trends, with every convention in its attributes.

    Parameters
    ----------
    store : URL of the store.
    name : of the indicator, for example ``ohc_0_700``.
    region : only this one; None: all, along ``region``.
    version : a released version, or ``main`` for the newest.
    analysis : means over regions by objective mapping as in this analysis, for example ``analysis_1deg``;
        None: by averages of boxes.

    Raises
    ------
    StoreError
        where there is no such store or version.
    ValueError
        where the version has no such indicator, region or analysis; says what it has.
    """
    collection = Collection.open(store)
    snapshot = collection.snapshot(version)
    reading = collection.at(snapshot)
    dataset = series_of_analysis(reading, analysis, name) if analysis else indicator_of(reading, name)
    dataset = dataset if region is None else of_region(dataset, region)
    return dataset.assign_attrs(version=collection.name_of(snapshot))
