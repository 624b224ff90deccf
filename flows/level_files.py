"""Checked profiles at standard levels and their layer means, as xarray objects and as files."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr

from catalogs.schema import Grid, Selection, Use, load, variables
from flows.climatology import VARIABLES, option
from flows.collection import Collection, Reading
from flows.location import join, read_bytes, write_bytes
from flows.months import Months, month_number
from flows.origin import origin_at, stated
from flows.selection import usable_rows
from flows.standard_profiles import curves
from kernels.standard_levels.curve import SCHEMES, Curve, at_standard_levels, layer_integral

WHERE = ("TIME", "LATITUDE", "LONGITUDE")
ABOUT = ("RECORD_ID", "PLATFORM_CODE", "PLATFORM_TYPE", "DATA_MODE")


@dataclass(frozen=True)
class Wanted:
    """What is taken from each profile."""

    grid: Grid
    scheme: str
    variables: tuple[str, ...]
    layers: tuple[tuple[float, float], ...]
    selection: Selection

    @classmethod
    def of(
        cls,
        grid: str,
        scheme: str | None = None,
        variables_: Sequence[str] = VARIABLES,
        layers: Sequence[tuple[float, float]] = (),
        use: str | None = None,
    ) -> "Wanted":
        """See ``open_levels``."""
        levels = load(Grid, grid)
        chosen = scheme or levels.interpolation
        if not levels.levels:
            raise ValueError(f"grid {grid} has no levels")
        if chosen not in SCHEMES:
            raise ValueError(f"unknown scheme of interpolation {chosen!r}; there are {', '.join(SCHEMES)}")
        if unknown := [v for v in variables_ if v not in variables()]:
            raise ValueError(f"unknown variable {', '.join(unknown)}; known: {', '.join(variables())}")
        if wrong := [layer for layer in layers if not 0 <= layer[0] < layer[1]]:
            top, bottom = wrong[0]
            raise ValueError(
                f"layer {top:g}-{bottom:g} m: its top must be at 0 m or below, its bottom below that"
            )
        selection = load(Use, use).selection if use else Selection()
        return cls(levels, chosen, tuple(variables_), tuple(layers), selection)


def at_levels(partition: xr.Dataset, wanted: Wanted) -> xr.Dataset:
    """The usable profiles of a partition at standard levels.

    Nothing is extrapolated, but the shallowest level upward in layer means, and no gap is bridged that is
    wider than the grid allows.

    Returns
    -------
    profiles : each variable V as (profile, depth) float32 with ``V_ERR``, the standard error of its
        interpolation (0 on a level that was measured; the error of measurement is not in it); NaN where there
        is none. For each layer ``V_LAYER_MEAN`` and the part of it that was covered, ``V_LAYER_COVERED``
        (profile, layer). Profiles without any value are left out.
    """
    of = curves(partition, wanted.selection, wanted.variables, wanted.scheme)
    gaps = option(wanted.grid, "gap_at_surface"), option(wanted.grid, "gap_per_depth")
    levels = np.array(wanted.grid.levels, np.float64)
    fields: dict[str, Any] = {}
    for name, curve in of.items():
        value, error = at_standard_levels(curve, levels, *gaps)
        fields |= {name: (("profile", "depth"), value), f"{name}_ERR": (("profile", "depth"), error)}
        if wanted.layers:
            means = _layer_means(curve, wanted, gaps)
            for kind, of_layers in zip(("MEAN", "COVERED"), means, strict=True):
                fields[f"{name}_LAYER_{kind}"] = (("profile", "layer"), of_layers)
    values = [v for key, (_, v) in fields.items() if not key.endswith("_LAYER_COVERED")]
    taken = np.any([np.isfinite(v).any(axis=1) for v in values], axis=0)
    rows = np.flatnonzero(usable_rows(partition, wanted.selection) & taken)
    out = {k: (dims, v[rows].astype(np.float32), _attributes(k)) for k, (dims, v) in fields.items()}
    return xr.Dataset(out, _coordinates(partition, rows, wanted))


def _layer_means(curve: Curve, wanted: Wanted, gaps: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the covered part of each layer, and what part that is: (n_row, n_layer) each."""
    surface = option(wanted.grid, "surface_extension")
    of = [layer_integral(curve, top, bottom, surface, *gaps) for top, bottom in wanted.layers]
    integral, covered = (np.stack(a, axis=1) for a in zip(*of, strict=True))
    thickness = np.array([bottom - top for top, bottom in wanted.layers])
    return integral / np.where(covered > 0, covered, np.nan), covered / thickness


def _coordinates(partition: xr.Dataset, rows: np.ndarray, wanted: Wanted) -> dict[str, Any]:
    known = variables()
    out: dict[str, Any] = {}
    for name in WHERE:
        about = {"standard_name": known[name].standard_name, "long_name": known[name].long_name}
        units = {"units": known[name].units.replace("T00:00:00Z", "")}
        out[name] = ("profile", partition[name].values[rows].astype(np.float64), about | units)
    for name in ABOUT:
        if name in partition:
            values = partition[name].values[rows]
            out[name] = ("profile", values if values.dtype.kind in "iu" else values.astype(str))
    down = {"units": "m", "positive": "down", "standard_name": "depth", "axis": "Z"}
    out["depth"] = ("depth", np.array(wanted.grid.levels, np.float64), down)
    if wanted.layers:
        edges = np.array(wanted.layers, np.float64).T
        for name, values in zip(("layer_top", "layer_bottom"), edges, strict=True):
            out[name] = ("layer", values, {"units": "m", "positive": "down"})
    return out


def _attributes(key: str) -> dict[str, str]:
    name, _, kind = key.partition("_")
    known = variables()[name]
    units = {"units": known.units}
    if kind == "ERR":
        return units | {
            "standard_name": f"{known.standard_name} standard_error",
            "long_name": f"{known.long_name}: standard error of the interpolation in depth",
        }
    if kind == "LAYER_COVERED":
        return {"units": "1", "long_name": f"part of the layer that {known.long_name.lower()} covers"}
    about = units | {"standard_name": known.standard_name, "long_name": known.long_name}
    if kind == "LAYER_MEAN":
        return about | {
            "long_name": f"{known.long_name}, mean over the covered part of the layer",
            "cell_methods": "depth: mean",
        }
    return about | {"ancillary_variables": f"{name}_ERR"}


def open_levels(
    store: str,
    months: str | None = None,
    grid: str = "climatology_5deg",
    scheme: str | None = None,
    variables: Sequence[str] = VARIABLES,
    layers: Sequence[tuple[float, float]] = (),
    use: str | None = None,
    version: str = "main",
) -> xr.Dataset:
    """The checked profiles of a store at standard levels, with the error of interpolation, and layer means.

    Parameters
    ----------
    store : URL of the store.
    months : first/last, for example ``2003-01/2004-12``; None: all that there are. They are read into memory.
    grid : of the catalogue; its levels, the gaps that it bridges and, where ``scheme`` is None, its scheme.
    scheme : one of ``kernels.standard_levels.curve.SCHEMES``.
    variables : names of ``catalogs/variables.yaml``.
    layers : top and bottom, m, of layers whose means are taken.
    use : of the catalogue, whose selection says which values enter; None: good and probably good ones of all
        records, adjusted where the producer has adjusted them.
    version : a released version, or ``main`` for the newest.

    Returns
    -------
    profiles : see ``at_levels``; along ``profile``, month after month.

    Raises
    ------
    ValueError
        for an unknown grid, scheme, variable, layer or use, and where the version has no such month.
    """
    parts = [of for _, of in _each(store, months, Wanted.of(grid, scheme, variables, layers, use), version)]
    return xr.concat(
        parts, "profile", data_vars="minimal", coords="minimal", compat="override", join="override",
        combine_attrs="override",
    )  # fmt: skip


def write_levels(
    store: str, folder: str, wanted: Wanted, months: str | None = None, version: str = "main"
) -> tuple[list[str], int]:
    """Write profiles at standard levels as CF NetCDF, ``levels_<YYYYMM>.nc`` each.

    Returns
    -------
    urls, n : the files written, and how many profiles they hold.
    """
    urls, n = [], 0
    for month, profiles in _each(store, months, wanted, version):
        url = join(folder, f"levels_{month.replace('/', '')}.nc")
        _write_month(profiles, url)
        urls.append(url)
        n += profiles.sizes["profile"]
    return urls, n


def _each(store: str, months: str | None, wanted: Wanted, version: str) -> Iterator[tuple[str, xr.Dataset]]:
    """Each month, ``2003/01``, and its profiles."""
    collection = Collection.open(store)
    snapshot = collection.snapshot(version)
    reading, origin = collection.at(snapshot), origin_at(collection, snapshot)
    about = _about(wanted, origin.version if version == "main" else version) | stated(origin)
    for month in _months(reading, months):
        yield month, at_levels(reading.dataset(f"profiles/{month}"), wanted).assign_attrs(about)


def layer_of(text: str) -> tuple[float, float]:
    """``0-700`` -> its top and bottom, m."""
    top, _, bottom = text.partition("-")
    try:
        return float(top), float(bottom)
    except ValueError:
        raise ValueError(f"{text!r} is not a layer; write for example 0-700") from None


def _months(reading: Reading, months: str | None) -> list[str]:
    there = [p.removeprefix("profiles/") for p in reading.partitions()]
    span = Months.parse(months) if months else None
    wanted = [m for m in there if span is None or month_number(m) in span]
    if not wanted:
        said = f"they go from {there[0]} to {there[-1]}" if there else "it has none"
        raise ValueError(f"this version has no profiles of {months or 'any month'}; {said}")
    return wanted


def _about(wanted: Wanted, version: str) -> dict[str, Any]:
    chosen = wanted.selection
    corrected = ", ".join(a.name for a in chosen.adjustments)
    return {
        "Conventions": "CF-1.11",
        "featureType": "profile",
        "title": "Checked profiles at standard levels",
        "version": version,
        "levels": wanted.grid.name,
        "method": f"interpolation in depth by {wanted.scheme}; gaps wider than "
        f"{option(wanted.grid, 'gap_at_surface'):g} m + {option(wanted.grid, 'gap_per_depth'):g} of the "
        "depth are not bridged",
        "convention": f"values with our flags {list(chosen.flags)} and delivered flags "
        f"{list(chosen.delivered_flags)}; "
        + ("adjusted where delivered so" if chosen.adjusted else "as delivered")
        + (f"; corrected by {corrected}" if corrected else ""),
    }


def _write_month(profiles: xr.Dataset, url: str) -> None:
    stamped = profiles.assign_attrs(history=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} written by oceanstate")
    if "RECORD_ID" in stamped.coords:
        stamped["RECORD_ID"].attrs["cf_role"] = "profile_id"
    packed = {str(v): {"zlib": True, "complevel": 3} for v in stamped.data_vars}
    with tempfile.NamedTemporaryFile(suffix=".nc") as file:
        stamped.to_netcdf(file.name, engine="netcdf4", encoding=packed)
        write_bytes(url, read_bytes(file.name))
