"""Parameters on a grid of rows and levels, decoded to ragged observations.

The layout that Argo, CORA and the Copernicus In Situ TAC share: ``TEMP(row, level)`` with ``TEMP_QC`` and,
where the centre has adjusted the values, ``TEMP_ADJUSTED``, ``TEMP_ADJUSTED_QC``, ``TEMP_ADJUSTED_ERROR``.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from catalogs.schema import Source, variables
from flows.readers.fields import Notes, flags, numbers
from flows.readers.netcdf_model import NetCDF
from flows.readers.units import SAME, conversion
from flows.records import SourceError
from kernels.compiled import Array
from kernels.flags import Flag

VERTICAL = ("PRES", "DEPH")


def decode_levels(
    nc: NetCDF, source: Source, dims: tuple[str, str], notes: Notes, listed: Mapping[str, Array] | None = None
) -> dict[str, Array]:
    """All parameters of the record model that a file has, on its grid.

    Parameters
    ----------
    dims : names of the row and of the level dimension.
    listed : for each name in the file, (n_row,) True where the row is said to have the parameter.

    Returns
    -------
    levels : name in the record model: (n_row, n_level) float32 (values) or uint8 (flags).
    """
    levels: dict[str, Array] = {}
    for name, canonical in source.variables.items():
        if name not in nc:
            continue
        if canonical in levels:
            notes.append((nc.file, name, f"left out: {canonical} is already there under another name"))
            continue
        found = _parameter(nc, source, name, canonical, dims, notes)
        if listed is not None and found:
            _leave_out_unlisted(nc, name, found, listed.get(name), notes)
        levels |= found
    return levels


def require(nc: NetCDF, levels: Mapping[str, Array], wanted: Iterable[str], notes: Notes) -> None:
    """Raise unless one of the parameters is there; the error says why each was left out."""
    names = tuple(wanted)
    if not any(name in levels for name in names):
        why = "; ".join(f"{variable} {remark}" for _, variable, remark in notes)
        raise SourceError(nc.file, "missing" + (f" ({why})" if why else ""), " or ".join(names))


def ragged(levels: Mapping[str, Array], keep: Array) -> tuple[Array, dict[str, Array]]:
    """Flatten a grid, row after row, to the levels that are kept.

    Returns
    -------
    row_size : (n_row,) int64.
    obs : the arrays of ``levels``, each (n_obs,).
    """
    index = np.flatnonzero(keep)
    if index.size == keep.size:
        return keep.sum(1), {name: array.ravel() for name, array in levels.items()}
    return keep.sum(1), {name: array.ravel()[index] for name, array in levels.items()}


def has_value(levels: Mapping[str, Array], but: tuple[str, ...] = ()) -> Array:
    """(n_row, n_level) True where a parameter, raw or adjusted, has a value; ``but`` leaves some out."""
    found = np.zeros(next(iter(levels.values())).shape, bool)
    for name, array in levels.items():
        if not name.endswith(("_QC", "_ERROR")) and name.removesuffix("_ADJUSTED") not in but:
            found |= array == array
    return found


def _parameter(
    nc: NetCDF, source: Source, name: str, canonical: str, dims: tuple[str, str], notes: Notes
) -> dict[str, Array]:
    value = _value(nc, source, name, canonical, dims, notes)
    if value is None:
        return {}
    found = {canonical: value, f"{canonical}_SOURCE_QC": _flags(nc, source, f"{name}_QC", dims, notes)}
    if f"{name}_ADJUSTED" not in nc:
        return found
    adjusted = _value(nc, source, f"{name}_ADJUSTED", canonical, dims, notes)
    flag = _flags(nc, source, f"{name}_ADJUSTED_QC", dims, notes)
    # a flag without a value says that the expert found the value beyond repair: that is kept too
    if adjusted is None or not ((adjusted == adjusted).any() or _says_something(flag)):
        return found
    found |= {f"{canonical}_ADJUSTED": adjusted, f"{canonical}_ADJUSTED_QC": flag}
    if f"{name}_ADJUSTED_ERROR" in nc:
        error = _value(nc, source, f"{name}_ADJUSTED_ERROR", canonical, dims, notes)
        if error is not None and (error == error).any():
            found[f"{canonical}_ADJUSTED_ERROR"] = error
    return found


def _says_something(flag: Array) -> bool:
    return bool(((flag != Flag.NO_QC) & (flag != Flag.MISSING)).any())


def _value(
    nc: NetCDF, source: Source, name: str, canonical: str, dims: tuple[str, str], notes: Notes
) -> Array | None:
    """Values on the grid in the canonical unit, or None and a note where they cannot be had."""
    unit = str(nc.attributes_of(name).get("units", "")).strip()
    wanted = variables()[canonical].units
    known = conversion(canonical, unit, wanted)
    if not unit and known is None:
        notes.append((nc.file, name, f"has no unit: taken as {wanted}"))
        known = SAME
    if known is None:
        notes.append((nc.file, name, f"left out: the unit {unit!r} cannot be converted to {wanted!r}"))
        return None
    value = _on_grid(nc, name, numbers(nc, name, _fills(source)), dims, notes)
    if value is None:
        return None
    factor, offset = known
    if name.endswith("_ERROR"):
        offset = 0.0  # an error is a difference: kelvin and degree Celsius are the same
    with np.errstate(all="ignore"):
        if (factor, offset) != SAME:
            value = value.astype(np.float64) * factor + offset
        return value.astype(variables()[canonical].dtype, copy=False)


def _fills(source: Source) -> tuple[float, ...]:
    return tuple(source.options.get("fills", ()))


def _flags(nc: NetCDF, source: Source, name: str, dims: tuple[str, str], notes: Notes) -> Array:
    shape = (nc.dimensions[dims[0]], nc.dimensions[dims[1]])
    if name not in nc:
        return np.full(shape, Flag.NO_QC, np.uint8)
    found = _on_grid(nc, name, flags(nc, name, source.flag_scheme, notes), dims, notes)
    return np.full(shape, Flag.NO_QC, np.uint8) if found is None else found


def _on_grid(nc: NetCDF, name: str, array: Array, dims: tuple[str, str], notes: Notes) -> Array | None:
    """A variable with the dimensions of the grid, or with one of them and the same along the other."""
    own = nc.dims_of(name)
    if own == dims:
        return array
    shape = (nc.dimensions[dims[0]], nc.dimensions[dims[1]])
    if own == dims[::-1]:
        return np.ascontiguousarray(array.T)
    if own == dims[1:]:
        return np.tile(array, (shape[0], 1))
    if own == dims[:1] and (shape[1] == 1 or name.startswith(VERTICAL)):
        return np.repeat(array[:, None], shape[1], axis=1)
    notes.append((nc.file, name, f"left out: has the dimensions {own}, not {dims}"))
    return None


def _leave_out_unlisted(
    nc: NetCDF, name: str, found: dict[str, Array], listed: Array | None, notes: Notes
) -> None:
    if listed is not None and listed.all():
        return
    unlisted = np.ones(len(next(iter(found.values()))), bool) if listed is None else ~listed
    for variable, array in found.items():
        if variable.endswith("_QC"):
            array[unlisted] = Flag.NO_QC
            continue
        dropped = int((array[unlisted] == array[unlisted]).sum())
        if dropped and not variable.endswith("_ERROR"):
            notes.append((nc.file, name, f"{dropped} values left out: not in STATION_PARAMETERS"))
        array[unlisted] = np.nan
