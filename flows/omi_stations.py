"""Indicators of stations as NetCDF in the layout of ocean monitoring indicators.

Percentiles are called as in the published indicators of extremes by stations (``sst_percentile99_mean``,
``_std``, ``_anomaly`` and, of the last year, ``_2023``); these are lists of stations without time, here the
years stand beside them on the layout's ``time``. No published indicator holds heat waves of stations: theirs
have the same layout, with the events in a list of their own.

References
----------
See ``flows.omi_files``. Names of variables of OMI_EXTREME_SST_*_mean_and_anomaly_obs as in the Copernicus
Marine catalogue of May 2026; names of files are composed after those of the other indicators.
"""

from collections.abc import Mapping
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from flows.omi_layout import (
    CALENDAR,
    PLACES,
    days_of,
    file_of,
    global_attributes,
    text,
    time_axis,
    variable,
    years,
)
from flows.origin import Origin
from kernels.compiled import Array

OF_STATIONS = "stations"
"""Area of these files: they hold all stations of the indicator."""
REFERENCE = ("mean", "std", "anomaly")
AFTER_PERCENTILE, AFTER_HEAT_WAVES = "mean_and_anomaly_obs", "obs"


def station_file(indicator: xr.Dataset, origin: Origin) -> tuple[str, bytes]:
    """Name and content of the file of an indicator of stations, from ``flows.stations.station_dataset``."""
    indicator = indicator if "station" in indicator.dims else _listed(indicator)
    name = str(indicator.attrs["indicator"])
    ending = AFTER_HEAT_WAVES if "event_station" in indicator else AFTER_PERCENTILE
    dataset = f"{OF_STATIONS}_omi_extreme_{name}_{ending}"
    year = indicator["year"].values
    yearly = [str(v) for v in indicator.data_vars if indicator[v].dims == ("station", "year")]
    none = not any(np.isfinite(indicator[v]).any() for v in yearly if v not in _NO_VALUES)

    def write(nc: netCDF4.Dataset) -> None:
        reason = f"; no value: {'; '.join(_reasons(indicator))}" if none else ""
        about = {"method": indicator.attrs["method"], "area_description": indicator.attrs["area"]}
        comment = f"Period : {year[0]}-{year[-1]}{reason}"
        title = str(indicator.attrs["title"])
        global_attributes(nc, dataset, title, comment, origin, indicator.attrs, about)
        time_axis(nc, *years(year))
        _stations(nc, indicator)
        for v in yearly:
            _of_years(nc, indicator, name, v)
        _of_stations(nc, indicator, name, int(year[-1]))
        if "event_station" in indicator:
            _seasons_and_events(nc, indicator)

    return f"{dataset}_{year[0]}_P{origin.released:%Y%m%d}.nc", file_of(write)


_NO_VALUES = ("yearly_completeness", "yearly_note")


def _listed(one: xr.Dataset) -> xr.Dataset:
    """One station as a list of one; events are a list already."""
    events = [v for v in one.variables if "event" in one[v].dims]
    return one.drop_vars(events).expand_dims("station").assign({v: one[v] for v in events})


def _reasons(indicator: xr.Dataset) -> list[str]:
    said = [str(n) for n in np.unique(indicator["note"].values) if n]
    return said[:3] or [str(n) for n in np.unique(indicator["yearly_note"].values) if n][:3]


def _stations(nc: netCDF4.Dataset, indicator: xr.Dataset) -> None:
    nc.createDimension("station", indicator.sizes["station"])
    code = {"long_name": "Platform code", "cf_role": "timeseries_id"}
    text(nc, "station_id", ("station",), indicator["station"].values, code)
    for new, old in (("lat", "latitude"), ("lon", "longitude")):
        variable(nc, new, ("station",), indicator[old].values, PLACES[new])
    kind = {"long_name": "Platform type (Copernicus Marine In Situ TAC)"}
    text(nc, "platform_type", ("station",), indicator["platform_type"].values, kind)
    text(nc, "note", ("station",), indicator["note"].values, {"long_name": "Why a station has no value"})
    n_years: dict[str, Any] = {"long_name": indicator["n_years"].attrs["long_name"], "units": "1"}
    variable(nc, "n_years", ("station",), indicator["n_years"].values.astype(np.float64), n_years)


def _of_years(nc: netCDF4.Dataset, indicator: xr.Dataset, name: str, of: str) -> None:
    """A variable by year: ``sst_percentile99`` of ``yearly_value``, ``completeness`` of its own."""
    dims, about = ("station", "time"), _about(indicator[of])
    suffix = of.removeprefix("yearly_")
    if of == "yearly_note":
        said = about | {"long_name": "Why a year has no value"}
        return text(nc, "yearly_note", dims, indicator[of].values, said)
    if of == "yearly_completeness":
        return variable(nc, suffix, dims, indicator[of].values, about | {"units": "1"})
    endings = {"value": "", "anomaly": "_yearly_anomaly"}
    new = name + endings.get(suffix, f"_{suffix}")
    variable(nc, new, dims, indicator[of].values, about | {"coordinates": "lat lon station_id"})


def _of_stations(nc: netCDF4.Dataset, indicator: xr.Dataset, name: str, last: int) -> None:
    """Reference statistics of percentiles, and the last year's value as published files call it."""
    columns: dict[str, xr.DataArray] = {s: indicator[s] for s in REFERENCE if s in indicator}
    if "yearly_value" in indicator:
        columns[str(last)] = indicator["yearly_value"].isel(year=-1)
    for suffix, values in columns.items():
        about = _about(values) | {"coordinates": "lat lon station_id"}
        variable(nc, f"{name}_{suffix}", ("station",), values.values, about)


def _seasons_and_events(nc: netCDF4.Dataset, indicator: xr.Dataset) -> None:
    nc.createDimension("day_of_year", indicator.sizes["day_of_year"])
    for name in ("climatology", "threshold"):
        values = indicator[name]
        variable(nc, name, ("station", "day_of_year"), values.values, _about(values))
    nc.createDimension("event", indicator.sizes["event"])
    station = {"long_name": "Platform code of the station"}
    text(nc, "event_station", ("event",), indicator["event_station"].values, station)
    for v in (str(n) for n in indicator.data_vars if indicator[n].dims == ("event",)):
        of_event = indicator[v].values
        about = {"long_name": v.removeprefix("event_").capitalize()} | _about(indicator[v])
        if of_event.dtype.kind == "M":
            variable(nc, v, ("event",), days_of(of_event), about | CALENDAR)
        elif of_event.dtype.kind != "U":
            variable(nc, v, ("event",), of_event.astype(np.float64), about)


def _about(values: xr.DataArray) -> dict[str, Any]:
    """Attributes as the file holds them: a number of a flag is a number of the variable's type."""
    attrs: Mapping[str, Any] = {k: v for k, v in values.attrs.items() if k != "calendar"}
    flags: Array | None = np.array(attrs["flag_values"], np.float64) if "flag_values" in attrs else None
    return dict(attrs) | ({"flag_values": flags} if flags is not None else {})
