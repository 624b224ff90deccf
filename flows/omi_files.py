"""NetCDF in the layout of the ocean monitoring indicators (OMI) of Copernicus Marine.

Names of files, dimensions, variables and global attributes follow what producers of published indicators
write: ``<area>_omi_<indicator>_area_averaged_anomalies_<layer>_<first>_P<date>.nc``, an unlimited ``time`` in
days since 1950-01-01 00:00:00, -9999 where there is no value, and the attributes of
``flows.omi_layout.ATTRIBUTES``. A value is called as one product among those of a published file,
``ohc_oceanstate`` beside ``ohc_cora``, and its error as that of the published series that has errors,
``ohc_oceanstate_error``.

References
----------
Copernicus Marine catalogue of May 2026 (product and dataset identifiers, names of variables); the template of
the producers of the Black Sea indicators, University of Liege (attributes, fill value, time); file names in
circulation, for example ``global_omi_health_carbon_ph_area_averaged_1985_P20230930.nc`` and
``baltic_omi_tempsal_sst_trend_2020_P20210903_R19932014.nc``.
"""

from typing import Literal

import netCDF4
import numpy as np
import xarray as xr

from flows.captions import missing_reason, region_title
from flows.omi_layout import DEPTH, PLACES, area_of, file_of, global_attributes, time_axis, variable, years
from flows.origin import Origin
from kernels.compiled import Array

TREND_VARIABLES = {"ohc": "opottemptend"}
"""Variables of published trend maps that are not called as the series."""
AT_DEPTHS = {"temp": ("t", "to"), "psal": ("s", "so")}
"""Letter and variable of trends at depths: ``to`` is in situ temperature in published Baltic files, whose
trends are of potential temperature, ``thetao``."""
Resolution = Literal["yearly", "monthly"]
RESOLUTIONS: tuple[Resolution, ...] = ("yearly", "monthly")
BOUNDS = {"": "trend", "_lower95p": "trend_low", "_upper95p": "trend_high"}
"""Ending of a trend's variable: what it is here."""


def series_file(one: xr.Dataset, origin: Origin, resolution: Resolution = "yearly") -> tuple[str, bytes]:
    """Name and content of the file of an indicator in one region.

    Parameters
    ----------
    one : an indicator of ``flows.indicators.indicator_dataset`` in one region.
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
        _attributes(nc, one, dataset, period, origin)
        time_axis(nc, start, stop)
        _values(nc, one, f"{short}_oceanstate", resolution)
        _trend(nc, one, f"{short}_oceanstate_trend")

    return f"{dataset}_{first}_P{origin.released:%Y%m%d}.nc", file_of(write)


def map_file(mapped: xr.Dataset, one: xr.Dataset, origin: Origin) -> tuple[str, bytes]:
    """Name and content of the file of a trend map of ``flows.trend_maps.trend_map``.

    ``one`` is the indicator in the region of the map. Dimensions are ``lat`` and ``lon``.
    """
    short, rest = _parts(str(one.attrs["indicator"]))
    dataset = "_".join(p for p in (area_of(str(one["region"].values)), "omi", short, "trend", rest) if p)
    period = str(mapped.attrs["period"])
    name = f"{TREND_VARIABLES.get(short, short)}_oceanstate"

    def write(nc: netCDF4.Dataset) -> None:
        _attributes(nc, one, dataset, period, origin)
        title = f"Trend: {one.attrs['title']}, {region_title(str(one['region'].values))}"
        nc.setncatts({"title": title} | {k: mapped.attrs[k] for k in ("trend_method", "significance")})
        for new, old in (("lat", "latitude"), ("lon", "longitude")):
            nc.createDimension(new, mapped.sizes[old])
            variable(nc, new, (new,), mapped[old].values, dict(mapped[old].attrs), fill=None)
        for suffix, of in (BOUNDS | {"_significance": "significant"}).items():
            values = np.where(np.isfinite(mapped["trend"].values), mapped[of].values, np.nan)
            variable(nc, f"{name}{suffix}", ("lat", "lon"), values, dict(mapped[of].attrs))

    return f"{dataset}_{period[:4]}_P{origin.released:%Y%m%d}.nc", file_of(write)


def depth_trend_file(one: xr.Dataset, origin: Origin) -> tuple[str, bytes]:
    """Name and content of the file of trends at depths in one region, after those of the Baltic Sea.

    ``one`` is an indicator with depths of ``flows.depth_series.along_depth`` in one region, or a section of
    ``flows.sections`` in one region: with bands of latitude it becomes ``..._Tyz_trend`` on (depth, lat), as
    the retired global trends of temperature and salinity were called. A section also has what is significant
    and the probability by chance.
    """
    short = str(one.attrs.get("variable") or one.attrs["indicator"]).partition("_")[0].lower()
    letter, name = AT_DEPTHS.get(short, (short, short))
    by_latitude = "latitude" in one.dims
    area, axes = area_of(str(one["region"].values)), "yz" if by_latitude else "tz"
    dataset = f"{area}_omi_tempsal_{letter.upper()}{axes}_trend"
    year = one["year"].values
    dims = ("depth", "lat") if by_latitude else ("depth",)
    if by_latitude:
        sea = (one["sea_area"] > 0).any("depth").values
        one = one.isel(latitude=sea).transpose("depth", "latitude", ...)

    def write(nc: netCDF4.Dataset) -> None:
        _attributes(nc, one, dataset, f"{year[0]}-{year[-1]}", origin)
        nc.createDimension("depth", one.sizes["depth"])
        variable(nc, "depth", ("depth",), one["depth"].values, DEPTH, fill=None)
        if by_latitude:
            nc.createDimension("lat", one.sizes["latitude"])
            variable(nc, "lat", ("lat",), one["latitude"].values, PLACES["lat"] | {"axis": "Y"}, fill=None)
        extra = {"_significance": "significant", "_p_value": "p_value"} if "significant" in one else {}
        known = np.isfinite(one["trend"].values)
        for suffix, of in (BOUNDS | extra).items():
            attrs = {k: one[of].attrs[k] for k in ("long_name", "units")}
            variable(nc, f"{name}_trend{suffix}", dims, np.where(known, one[of].values, np.nan), attrs)

    return f"{dataset.lower()}_{year[0]}_P{origin.released:%Y%m%d}.nc", file_of(write)


def _parts(indicator: str) -> tuple[str, str]:
    """``ohc_0_700``: short name and layer."""
    short, _, rest = indicator.partition("_")
    return short, rest


def _bounds(one: xr.Dataset, resolution: Resolution) -> tuple[Array, Array]:
    """First day of each year or month, and that of the next: datetime64[D]."""
    if resolution == "yearly":
        return years(one["year"].values)
    step = one["month"].values.astype("M8[M]")
    return step.astype("M8[D]"), (step + np.timedelta64(1, "M")).astype("M8[D]")


def _attributes(nc: netCDF4.Dataset, one: xr.Dataset, dataset: str, period: str, origin: Origin) -> None:
    """Global attributes of the file of an indicator in one region."""
    about, region = one.attrs, str(one["region"].values)
    reason = "" if np.isfinite(one["yearly_value"]).any() else f"; no yearly value: {missing_reason(one)}"
    more = {"region": region, "area_m2": float(one["area"]), "area_description": about["area"]}
    title = f"{about['title']}, {region_title(region)}"
    comment = f"Period : {period}{reason}"
    more["method"] = about["standard_error"]
    global_attributes(nc, dataset, title, comment, origin, about, more)


def _values(nc: netCDF4.Dataset, one: xr.Dataset, name: str, resolution: Resolution) -> None:
    value = one[f"{resolution}_value"]
    methods = {"cell_methods": "time: mean area: mean where sea"}
    standard = value.attrs.get("standard_name")
    named, of_error = (
        {"standard_name": s} if standard else {} for s in (standard, f"{standard} standard_error")
    )
    attrs = {"long_name": one.attrs["title"], "units": value.attrs["units"]}
    about = attrs | named | methods | {"ancillary_variables": f"{name}_error n_profiles sampled_fraction"}
    variable(nc, name, ("time",), value.values, about)
    error = {"long_name": "Standard error of the mean (1 sigma)", "units": value.attrs["units"]} | of_error
    variable(nc, f"{name}_error", ("time",), one[f"{resolution}_standard_error"].values, error)
    for column in ("n_profiles", "sampled_fraction"):
        values = one[f"{resolution}_{column}"]
        about = {"long_name": values.attrs["long_name"], "units": "1"}
        about |= {"standard_name": "number_of_observations"} if column == "n_profiles" else {}
        variable(nc, column, ("time",), values.values.astype(np.float64), about)


def _trend(nc: netCDF4.Dataset, one: xr.Dataset, name: str) -> None:
    """The trend, in W m-2 of the region's ocean for heat content, with its interval."""
    of = "trend_flux" if "trend_flux" in one else "trend"
    if of not in one:
        return
    note = str(one["trend_note"].values) if "trend_note" in one else ""
    for suffix, end in (("", ""), ("_lower95p", "_low"), ("_upper95p", "_high")):
        values = one[f"{of}{end}"]
        attrs = {k: values.attrs[k] for k in ("long_name", "units", "comment") if k in values.attrs}
        variable(nc, name + suffix, (), values.values, attrs | ({"note": note} if note else {}))
