"""NetCDF in the layout of the ocean monitoring indicators (OMI) of Copernicus Marine.

Names of files, dimensions, variables and global attributes follow what producers of published indicators
write: ``<area>_omi_<indicator>_area_averaged_anomalies_<layer>_<first>_P<date>.nc``, an unlimited ``time`` in
days since 1950-01-01 00:00:00, -9999 where there is no value, and the attributes of ``ATTRIBUTES``. A value
is called as one product among those of a published file, ``ohc_oceanstate`` beside ``ohc_cora``, and its
error as that of the published series that has errors, ``ohc_oceanstate_error``.

References
----------
Copernicus Marine catalogue of May 2026 (product and dataset identifiers, names of variables); the template of
the producers of the Black Sea indicators, University of Liege (attributes, fill value, time); file names in
circulation, for example ``global_omi_health_carbon_ph_area_averaged_1985_P20230930.nc`` and
``baltic_omi_tempsal_sst_trend_2020_P20210903_R19932014.nc``.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import netCDF4
import numpy as np
import xarray as xr

from flows.location import read_bytes
from flows.report import missing_reason, region_title
from kernels.compiled import Array

FILL = -9999.0
TIME_UNITS = "days since 1950-01-01 00:00:00"
AREAS = {
    "global_60s_60n": "global",
    "mediterranean_sea": "medsea",
    "iberia_biscay_ireland": "ibi",
    "baltic_sea": "baltic",
    "black_sea": "blksea",
    "north_western_shelves": "northwestshelf",
    "arctic_north_of_60n": "arctic",
}
"""Region: area in the identifiers of published indicators; other regions keep their own name."""
ATTRIBUTES = (
    "title", "institution", "references", "Conventions", "credit", "contact", "source", "licence", "product",
    "dataset", "quality_information_document", "product_user_manual", "area", "comment",
)  # fmt: skip
"""Global attributes of the layout; ours come after them."""
TREND_VARIABLES = {"ohc": "opottemptend"}
"""Variables of published trend maps that are not called as the series."""
AT_DEPTHS = {"temp": ("t", "to"), "psal": ("s", "so")}
"""Letter and variable of trends at depths: ``to`` is in situ temperature in published Baltic files, whose
trends are of potential temperature, ``thetao``."""
Resolution = Literal["yearly", "monthly"]
RESOLUTIONS: tuple[Resolution, ...] = ("yearly", "monthly")


@dataclass(frozen=True)
class Producer:
    """Attributes that the layout asks for and that do not follow from the numbers.

    The defaults of ``references``, ``credit``, ``contact`` and ``licence`` are those that the template tells
    every producer to leave as they are; who distributes files elsewhere gives others.
    """

    institution: str = "oceanstate"
    references: str = "http://marine.copernicus.eu"
    credit: str = "E.U. Copernicus Marine Service Information (CMEMS)"
    contact: str = "servicedesk.cmems@mercator-ocean.eu"
    licence: str = "http://marine.copernicus.eu/services-portfolio/service-commitments-and-licence/"
    quality_information_document: str = "not published; see the attributes method and trend_method"
    product_user_manual: str = "not published; see the attributes method and convention"


def series_file(
    one: xr.Dataset,
    version: str,
    released: date,
    source: str,
    resolution: Resolution = "yearly",
    producer: Producer | None = None,
) -> tuple[str, bytes]:
    """Name and content of the file of an indicator in one region.

    Parameters
    ----------
    one : an indicator of ``flows.indicators.indicator_dataset`` in one region.
    version, released : of the collection; the date of release is that of the file's name.
    source : what the indicator was made from.
    resolution : ``yearly`` as the published global indicators are, or ``monthly`` as that of the Black Sea.
    """
    short, rest = _parts(str(one.attrs["indicator"]))
    area = area_of(str(one["region"].values))
    suffix = "_monthly" if resolution == "monthly" else ""
    dataset = "_".join(p for p in (area, "omi", short, "area_averaged_anomalies", rest) if p) + suffix
    start, stop = _bounds(one, resolution)
    first = str(start[0])[:4] if resolution == "yearly" else str(start[0]).replace("-", "")
    period = f"{str(start[0])[:4]}-{str(stop[-1] - np.timedelta64(1, 'D'))[:4]}"

    def write(nc: netCDF4.Dataset) -> None:
        _global_attributes(nc, one, dataset, version, source, period, producer or Producer())
        _time(nc, start, stop)
        _values(nc, one, f"{short}_oceanstate", resolution)
        _trend(nc, one, f"{short}_oceanstate_trend")

    return f"{dataset}_{first}_P{released:%Y%m%d}.nc", _file(write)


def map_file(
    mapped: xr.Dataset,
    one: xr.Dataset,
    version: str,
    released: date,
    source: str,
    producer: Producer | None = None,
) -> tuple[str, bytes]:
    """Name and content of the file of a trend map of ``flows.trend_maps.trend_map``.

    ``one`` is the indicator in the region of the map. Dimensions are ``lat`` and ``lon``.
    """
    short, rest = _parts(str(one.attrs["indicator"]))
    dataset = "_".join(p for p in (area_of(str(one["region"].values)), "omi", short, "trend", rest) if p)
    period = str(mapped.attrs["period"])
    name = f"{TREND_VARIABLES.get(short, short)}_oceanstate"

    def write(nc: netCDF4.Dataset) -> None:
        _global_attributes(nc, one, dataset, version, source, period, producer or Producer())
        title = f"Trend: {one.attrs['title']}, {region_title(str(one['region'].values))}"
        nc.setncatts({"title": title} | {k: mapped.attrs[k] for k in ("trend_method", "significance")})
        for new, old in (("lat", "latitude"), ("lon", "longitude")):
            nc.createDimension(new, mapped.sizes[old])
            _variable(nc, new, (new,), mapped[old].values, dict(mapped[old].attrs), fill=None)
        columns = {name: "trend", f"{name}_lower95p": "trend_low", f"{name}_upper95p": "trend_high"}
        for new, of in (columns | {f"{name}_significance": "significant"}).items():
            values = np.where(np.isfinite(mapped["trend"].values), mapped[of].values, np.nan)
            _variable(nc, new, ("lat", "lon"), values, dict(mapped[of].attrs))

    return f"{dataset}_{period[:4]}_P{released:%Y%m%d}.nc", _file(write)


def depth_trend_file(
    one: xr.Dataset, version: str, released: date, source: str, producer: Producer | None = None
) -> tuple[str, bytes]:
    """Name and content of the file of trends at depths in one region, after those of the Baltic Sea.

    ``one`` is an indicator with depths of ``flows.depth_series.along_depth`` in one region.
    """
    short = _parts(str(one.attrs["indicator"]))[0]
    letter, name = AT_DEPTHS.get(short, (short, short))
    dataset = f"{area_of(str(one['region'].values))}_omi_tempsal_{letter.upper()}tz_trend"
    years = one["year"].values

    def write(nc: netCDF4.Dataset) -> None:
        period = f"{years[0]}-{years[-1]}"
        _global_attributes(nc, one, dataset, version, source, period, producer or Producer())
        nc.createDimension("depth", one.sizes["depth"])
        about = {"standard_name": "depth", "units": "m", "positive": "down", "axis": "Z"}
        _variable(nc, "depth", ("depth",), one["depth"].values, about, fill=None)
        for suffix, of in (("", "trend"), ("_lower95p", "trend_low"), ("_upper95p", "trend_high")):
            attrs = {k: one[of].attrs[k] for k in ("long_name", "units")}
            _variable(nc, f"{name}_trend{suffix}", ("depth",), one[of].values, attrs)

    return f"{dataset.lower()}_{years[0]}_P{released:%Y%m%d}.nc", _file(write)


def _file(write: Callable[[netCDF4.Dataset], None]) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".nc") as file:
        with netCDF4.Dataset(file.name, "w", format="NETCDF4") as nc:
            write(nc)
        return read_bytes(file.name)


def area_of(region: str) -> str:
    """A region as identifiers of published indicators call it."""
    return AREAS.get(region, region.replace("_", "-"))


def _parts(indicator: str) -> tuple[str, str]:
    """``ohc_0_700``: short name and layer."""
    short, _, rest = indicator.partition("_")
    return short, rest


def _bounds(one: xr.Dataset, resolution: Resolution) -> tuple[Array, Array]:
    """First day of each year or month, and that of the next: datetime64[D]."""
    if resolution == "yearly":
        step = (one["year"].values - 1970).astype("M8[Y]")
        return step.astype("M8[D]"), (step + np.timedelta64(1, "Y")).astype("M8[D]")
    step = one["month"].values.astype("M8[M]")
    return step.astype("M8[D]"), (step + np.timedelta64(1, "M")).astype("M8[D]")


def _global_attributes(
    nc: netCDF4.Dataset,
    one: xr.Dataset,
    dataset: str,
    version: str,
    source: str,
    period: str,
    producer: Producer,
) -> None:
    about, region = one.attrs, str(one["region"].values)
    area, _, rest = dataset.partition("_omi_")
    reason = "" if np.isfinite(one["yearly_value"]).any() else f"; no yearly value: {missing_reason(one)}"
    layout = vars(producer) | {
        "title": f"{about['title']}, {region_title(region)}",
        "Conventions": "CF-1.7",
        "source": source,
        "product": f"{area.upper()}_OMI_{rest.partition('_')[0].upper()}_{rest.partition('_')[2]}",
        "dataset": dataset.lower(),
        "area": area.upper(),
        "comment": f"Period : {period}{reason}",
    }
    ours = {
        "version": version,
        "reference_period": about["reference_period"],
        "baseline": about["baseline"],
        "region": region,
        "area_m2": float(one["area"]),
        "area_description": about["area"],
        "layer": about["layer"],
        "convention": about["convention"],
        "method": about["standard_error"],
    }
    ours |= {k: about[k] for k in ("trend_method", "trend_interval") if k in about}
    nc.setncatts({k: layout[k] for k in ATTRIBUTES} | ours)


def _time(nc: netCDF4.Dataset, start: Array, stop: Array) -> None:
    nc.createDimension("time", None)
    nc.createDimension("bnds", 2)
    days = np.stack([start, stop], axis=1) - np.datetime64("1950-01-01")
    attrs = {"standard_name": "time", "axis": "T", "bounds": "time_bnds"}
    calendar = {"units": TIME_UNITS, "calendar": "gregorian"}
    values = days.astype(np.float64)
    _variable(nc, "time", ("time",), values[:, 0], attrs | calendar, fill=None)
    _variable(nc, "time_bnds", ("time", "bnds"), values, calendar, fill=None)


def _values(nc: netCDF4.Dataset, one: xr.Dataset, name: str, resolution: Resolution) -> None:
    value = one[f"{resolution}_value"]
    methods = {"cell_methods": "time: mean area: mean where sea"}
    standard = value.attrs.get("standard_name")
    named, of_error = (
        {"standard_name": s} if standard else {} for s in (standard, f"{standard} standard_error")
    )
    attrs = {"long_name": one.attrs["title"], "units": value.attrs["units"]}
    about = attrs | named | methods | {"ancillary_variables": f"{name}_error n_profiles sampled_fraction"}
    _variable(nc, name, ("time",), value.values, about)
    error = {"long_name": "Standard error of the mean (1 sigma)", "units": value.attrs["units"]} | of_error
    _variable(nc, f"{name}_error", ("time",), one[f"{resolution}_standard_error"].values, error)
    for column in ("n_profiles", "sampled_fraction"):
        values = one[f"{resolution}_{column}"]
        about = {"long_name": values.attrs["long_name"], "units": "1"}
        about |= {"standard_name": "number_of_observations"} if column == "n_profiles" else {}
        _variable(nc, column, ("time",), values.values.astype(np.float64), about)


def _trend(nc: netCDF4.Dataset, one: xr.Dataset, name: str) -> None:
    """The trend, in W m-2 of the region's ocean for heat content, with its interval."""
    of = "trend_flux" if "trend_flux" in one else "trend"
    if of not in one:
        return
    note = str(one["trend_note"].values) if "trend_note" in one else ""
    for suffix, end in (("", ""), ("_lower95p", "_low"), ("_upper95p", "_high")):
        values = one[f"{of}{end}"]
        attrs = {k: values.attrs[k] for k in ("long_name", "units", "comment") if k in values.attrs}
        _variable(nc, name + suffix, (), values.values, attrs | ({"note": note} if note else {}))


def _variable(
    nc: netCDF4.Dataset,
    name: str,
    dims: tuple[str, ...],
    values: Array,
    attrs: Mapping[str, Any],
    fill: float | None = FILL,
) -> None:
    variable = nc.createVariable(name, "f8", dims, fill_value=False if fill is None else fill)
    variable.setncatts(dict(attrs))
    variable[...] = values if fill is None else np.where(np.isfinite(values), values, fill)
