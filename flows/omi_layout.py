"""What all files in the layout of ocean monitoring indicators share: attributes, time, missing values, text.

References
----------
See ``flows.omi_files``.
"""

import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import netCDF4
import numpy as np

from flows.location import read_bytes
from flows.origin import Origin
from kernels.compiled import Array

FILL = -9999.0
TIME_UNITS = "days since 1950-01-01 00:00:00"
CALENDAR = {"units": TIME_UNITS, "calendar": "gregorian"}
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
OURS = ("reference_period", "baseline", "layer", "convention", "trend_method", "trend_interval",
        "significance", "completeness")  # fmt: skip
"""Attributes of an indicator that its files state where it has them."""
DEPTH = {"standard_name": "depth", "units": "m", "positive": "down", "axis": "Z"}
PLACES = {
    "lat": {"standard_name": "latitude", "units": "degrees_north"},
    "lon": {"standard_name": "longitude", "units": "degrees_east"},
}


def file_of(write: Callable[[netCDF4.Dataset], None]) -> bytes:
    """The bytes of the NetCDF that a function writes."""
    with tempfile.NamedTemporaryFile(suffix=".nc") as file:
        with netCDF4.Dataset(file.name, "w", format="NETCDF4") as nc:
            write(nc)
        return read_bytes(file.name)


def area_of(region: str) -> str:
    """A region as identifiers of published indicators call it."""
    return AREAS.get(region, region.replace("_", "-"))


def global_attributes(
    nc: netCDF4.Dataset,
    dataset: str,
    title: str,
    comment: str,
    origin: Origin,
    about: Mapping[str, Any],
    more: Mapping[str, Any],
) -> None:
    """The attributes of the layout, and after them our own.

    Parameters
    ----------
    dataset : identifier, ``<area>_omi_<family>_<rest>``.
    comment : period, and why values are missing where all are.
    about : attributes of the indicator, of which those in ``OURS`` are stated.
    more : further attributes of the file.
    """
    area, _, rest = dataset.partition("_omi_")
    layout = origin.producer.model_dump() | {
        "title": title,
        "Conventions": "CF-1.7",
        "source": origin.source,
        "product": f"{area.upper()}_OMI_{rest.partition('_')[0].upper()}_{rest.partition('_')[2]}",
        "dataset": dataset.lower(),
        "area": area.upper(),
        "comment": comment,
    }
    ours = {"version": origin.version} | {k: about[k] for k in OURS if k in about} | dict(more)
    nc.setncatts({k: layout[k] for k in ATTRIBUTES} | ours)


def time_axis(nc: netCDF4.Dataset, start: Array, stop: Array) -> None:
    """An unlimited ``time`` at the first day of each period with its bounds, both datetime64[D]."""
    nc.createDimension("time", None)
    nc.createDimension("bnds", 2)
    days = days_of(np.stack([start, stop], axis=1))
    attrs = {"standard_name": "time", "axis": "T", "bounds": "time_bnds"}
    variable(nc, "time", ("time",), days[:, 0], attrs | CALENDAR, fill=None)
    variable(nc, "time_bnds", ("time", "bnds"), days, CALENDAR, fill=None)


def years(year: Array) -> tuple[Array, Array]:
    """First day of each calendar year and that of the next: datetime64[D]."""
    step = (np.asarray(year) - 1970).astype("M8[Y]")
    return step.astype("M8[D]"), (step + np.timedelta64(1, "Y")).astype("M8[D]")


def days_of(date: Array) -> Array:
    """Days since 1950-01-01 of dates."""
    return np.asarray((date.astype("M8[D]") - np.datetime64("1950-01-01")).astype(np.float64))


def variable(
    nc: netCDF4.Dataset,
    name: str,
    dims: tuple[str, ...],
    values: Array,
    attrs: Mapping[str, Any],
    fill: float | None = FILL,
) -> None:
    """Numbers as float64, ``fill`` where they are not finite; None for coordinates, which have no gaps."""
    made = nc.createVariable(name, "f8", dims, fill_value=False if fill is None else fill)
    made.setncatts(dict(attrs))
    made[...] = values if fill is None else np.where(np.isfinite(values), values, fill)


def text(
    nc: netCDF4.Dataset, name: str, dims: tuple[str, ...], values: Array, attrs: Mapping[str, Any]
) -> None:
    """Strings as characters (UTF-8), as CF 1.7 asks for, on a last dimension of their own."""
    coded = np.char.encode(np.asarray(values, dtype=str), "utf-8")
    coded = coded.astype(f"S{max(coded.dtype.itemsize, 1)}")
    nc.createDimension(f"{name}_strlen", coded.dtype.itemsize)
    made = nc.createVariable(name, "S1", (*dims, f"{name}_strlen"))
    made.setncatts(dict(attrs))
    made[...] = netCDF4.stringtochar(coded)
