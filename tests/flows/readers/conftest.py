"""Small writers of files in the layouts that the readers know."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

Variables = dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]]
"""Name: dimensions, values (text is padded to its last dimension) and attributes."""
BLANK = {"_FillValue": b" "}


@pytest.fixture
def write_netcdf(tmp_path: Path) -> Callable[..., str]:
    """Writer of a NetCDF file: its path from name, dimensions (None is unlimited), variables, attributes."""

    def write(
        name: str,
        dims: dict[str, int | None],
        variables: Variables,
        attributes: dict[str, Any] | None = None,
        format: str = "NETCDF3_CLASSIC",
    ) -> str:
        path = tmp_path / name
        with netCDF4.Dataset(path, "w", format=format) as nc:
            nc.set_auto_maskandscale(False)
            for dim, size in dims.items():
                nc.createDimension(dim, size)
            for variable, (own, values, attrs) in variables.items():
                array = characters(values, dims, own) if is_text(values) else np.asarray(values)
                out = nc.createVariable(variable, array.dtype, own, fill_value=attrs.get("_FillValue"))
                out.setncatts({k: v for k, v in attrs.items() if k != "_FillValue"})
                out.set_auto_maskandscale(False)
                if array.size:
                    out[...] = array
            nc.setncatts(attributes or {})
        return str(path)

    return write


def is_text(values: Any) -> bool:
    return np.asarray(values).dtype.kind == "U"


def characters(values: Any, dims: dict[str, int | None], own: tuple[str, ...]) -> np.ndarray:
    """Text as the character array of a variable: strings fill their last dimension with blanks."""
    text = np.asarray(values)
    if text.ndim == len(own):
        return text.astype("S1")
    width = dims[own[-1]]
    padded = np.char.ljust(text, width).astype(f"S{width}")
    return np.ascontiguousarray(padded).view("S1").reshape(*text.shape, width)


@pytest.fixture
def write_argo(write_netcdf: Callable[..., str]) -> Callable[..., str]:
    """Writer of an Argo profile file; ``levels`` maps parameters to (N_PROF, N_LEVELS) values."""

    def write(
        name: str = "D6900001_001.nc",
        levels: dict[str, Any] | None = None,
        change: Variables | None = None,
        leave_out: tuple[str, ...] = (),
        format: str = "NETCDF3_CLASSIC",
        **row: Any,
    ) -> str:
        levels = levels or {"PRES": [[5, 10, 20]], "TEMP": [[20, 19, 18]], "PSAL": [[35, 35.1, 35.2]]}
        n_prof, n_level = np.shape(next(iter(levels.values())))
        dims = {
            "DATE_TIME": 14, "STRING16": 16, "STRING8": 8, "STRING4": 4,
            "N_PROF": n_prof, "N_LEVELS": n_level, "N_PARAM": len(levels), "N_HISTORY": None,
        }  # fmt: skip
        row = {
            "PLATFORM_NUMBER": "6900001", "CYCLE_NUMBER": 1, "DIRECTION": "A", "DATA_MODE": "D",
            "WMO_INST_TYPE": "846", "JULD": 25000.25, "JULD_QC": "1", "LATITUDE": 45.5, "LONGITUDE": -20.25,
            "POSITION_QC": "1", "DATE_UPDATE": "20200102030405", "REFERENCE_DATE_TIME": "19500101000000",
        } | row  # fmt: skip
        variables = argo_rows(row, n_prof, list(levels)) | argo_levels(levels) | (change or {})
        variables["HISTORY_START_PRES"] = (("N_HISTORY", "N_PROF"), np.zeros((1, n_prof), "f4"), {})
        for missing in leave_out:
            del variables[missing]
        return write_netcdf(name, dims, variables, {"title": "Argo float vertical profile"}, format)

    return write


def argo_rows(row: dict[str, Any], n: int, parameters: list[str]) -> Variables:
    def each(value: Any) -> Any:
        return np.broadcast_to(np.asarray(value), (n,)).copy()

    days = {"units": "days since 1950-01-01 00:00:00 UTC", "_FillValue": 999999.0}
    texts = {"PLATFORM_NUMBER": "STRING8", "WMO_INST_TYPE": "STRING4"}
    letters = ("DIRECTION", "DATA_MODE", "JULD_QC", "POSITION_QC")
    return {
        **{name: (("DATE_TIME",), row[name], BLANK) for name in ("DATE_UPDATE", "REFERENCE_DATE_TIME")},
        **{name: (("N_PROF", dim), each(row[name]), BLANK) for name, dim in texts.items()},
        **{name: (("N_PROF",), each(row[name]), BLANK) for name in letters},
        "CYCLE_NUMBER": (("N_PROF",), each(row["CYCLE_NUMBER"]).astype("i4"), {"_FillValue": 99999}),
        "JULD": (("N_PROF",), each(row["JULD"]).astype("f8"), days),
        "LATITUDE": (("N_PROF",), each(row["LATITUDE"]).astype("f8"), {"_FillValue": 99999.0}),
        "LONGITUDE": (("N_PROF",), each(row["LONGITUDE"]).astype("f8"), {"_FillValue": 99999.0}),
        "STATION_PARAMETERS": (("N_PROF", "N_PARAM", "STRING16"), np.tile(parameters, (n, 1)), BLANK),
    }


def argo_levels(levels: dict[str, Any]) -> Variables:
    units = {
        "PRES": "decibar",
        "TEMP": "degree_Celsius",
        "PSAL": "psu",
        "DEPH": "meter",
        "DOXY": "micromole/kg",
    }
    dims, found = ("N_PROF", "N_LEVELS"), {}
    for name, given in levels.items():
        value = np.asarray(given, "f4")
        attributes = {"units": units[name], "_FillValue": np.float32(99999)}
        flag = np.where(value == 99999, " ", "1")
        missing = np.full_like(value, 99999)
        found |= {
            name: (dims, value, attributes),
            f"{name}_QC": (dims, flag, BLANK),
            f"{name}_ADJUSTED": (dims, missing, attributes),
            f"{name}_ADJUSTED_QC": (dims, np.full(value.shape, " "), BLANK),
            f"{name}_ADJUSTED_ERROR": (dims, missing, attributes),
        }
    return found
