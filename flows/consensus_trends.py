"""Trends of a combined estimate and of the products behind it, over the periods of a recipe."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from catalogs.recipe import Recipe, Years
from flows.conversions import CONVERTED
from flows.series_units import parse
from flows.trend_methods import METHODS, OF_EACH, with_methods
from kernels.compiled import Array
from kernels.indicators.heat_content import flux_of_trend
from kernels.indicators.trend import Trend, trend

CENTRAL = "central"
"""Name of the central estimate among the series."""
Published = Mapping[str, Mapping[str, tuple[Array, Array, Array]]]
"""By layer and product: years, values, standard errors."""


def trends(recipe: Recipe, combined: xr.Dataset, published: Published) -> dict[str, Any]:
    """Variables of the trends.

    Products are taken as published, without the running mean, since it makes neighbouring years alike: so the
    central estimate often has no interval (see ``kernels.indicators.trend``), and the spread of the products'
    trends stands beside it.

    Returns
    -------
    variables : ``trend`` and ``trend_<v>`` (layer, series, period), ordinary least squares with AR(1);
        ``trend_without_last_year``, since the last year is often incomplete when it is published;
        ``trend_structural_error`` (layer, period), standard deviation of the products' trends;
        ``by_<v>`` (layer, estimator, period), the central estimate by every method.
    """
    names = [CENTRAL, *combined["product"].values.tolist()]
    periods = list(recipe.periods)
    shape = combined.sizes["layer"], len(names), len(periods)
    found, shorter = np.empty(shape, dtype=object), np.empty(shape)
    by = np.empty((shape[0], len(METHODS), shape[2]), dtype=object)
    for i, layer in enumerate(combined["layer"].values.tolist()):
        one = combined.sel(layer=layer)
        central = one["year"].values, one["central"].values, one["total_error"].values
        of = {CENTRAL: central} | dict(published[layer])
        for j, k in np.ndindex(shape[1:]):
            found[i, j, k] = _trend(of.get(names[j]), periods[k])
            shorter[i, j, k] = _trend(of.get(names[j]), (periods[k][0], periods[k][1] - 1)).slope
        for k, period in enumerate(periods):
            by[i, :, k] = _by_method(central, period, recipe.units)
    about = {"units": f"{recipe.units} year-1", "long_name": "Trend without the last year"}
    dims = ("layer", "series", "period")
    return _variables(recipe, names, found, by) | {"trend_without_last_year": (dims, shorter, about)}


def _trend(series: tuple[Array, Array, Array] | None, period: Years) -> Trend:
    if series is None:
        return _none("the product has no such layer")
    year, value, error = _of_period(series, period)
    if missing := _incomplete(year, value, period):
        return _none(missing)
    known = np.isfinite(error[np.isfinite(value)]).all()
    return trend(year + 0.5, value, error if known else None, unbiased_r1=True)


def _none(note: str) -> Trend:
    return Trend(np.nan, np.nan, np.nan, np.nan, np.nan, 0, note)


def _of_period(series: tuple[Array, Array, Array], period: Years) -> list[Array]:
    inside = (series[0] >= period[0]) & (series[0] <= period[1])
    return [np.asarray(v)[inside] for v in series]


def _incomplete(year: Array, value: Array, period: Years) -> str:
    """Why a series has no trend over a period; years may lack within it, but not at its ends."""
    known = year[np.isfinite(value)]
    if known.size and (known[0], known[-1]) == period:
        return ""
    has = f"{known[0]}-{known[-1]}" if known.size else "nothing"
    return f"has {has} of {period[0]}-{period[1]}"


def _by_method(series: tuple[Array, Array, Array], period: Years, units: str) -> list[Trend]:
    """The trend of the central estimate by every method of ``flows.trend_methods``."""
    year, value, error = _of_period(series, period)
    if missing := _incomplete(year, value, period):
        return [_none(missing)] * len(METHODS)
    rows = ("region", "year")
    one = with_methods(
        xr.Dataset(
            {
                "yearly_value": (rows, value[None]),
                "yearly_standard_error": (rows, error[None]),
                "trend": ("region", [np.nan], {"units": units}),
            },
            {"region": [CENTRAL], "year": year},
        )
    )
    columns = [one[f"by_{of}"].isel(region=0).values.tolist() for of in OF_EACH]
    return [Trend(**dict(zip(OF_EACH, row, strict=True))) for row in zip(*columns, strict=True)]


def _variables(recipe: Recipe, names: list[str], found: Array, by: Array) -> dict[str, Any]:
    per_year = f"{recipe.units} year-1"
    out: dict[str, Any] = {}
    coordinates = {
        "series": ("series", names),
        "estimator": ("estimator", list(METHODS)),
        "period": ("period", [f"{a}-{b}" for a, b in recipe.periods]),
    }
    for of in OF_EACH:
        attrs = {} if of == "note" else {"units": per_year if of in ("slope", "low", "high") else "1"}
        kind = {"note": str, "n": np.int64}.get(of, np.float64)
        name = "trend" if of == "slope" else f"trend_{of}"
        out[name] = (("layer", "series", "period"), _each(found, of, kind), attrs)
        out[f"by_{of}"] = (("layer", "estimator", "period"), _each(by, of, kind), attrs)
    slope = _each(found, "slope", np.float64)[:, 1:]
    n = np.isfinite(slope).sum(axis=1)
    mean = np.nansum(slope, axis=1) / np.maximum(n, 1)
    spread = np.sqrt(np.nansum((slope - mean[:, None]) ** 2, axis=1) / np.maximum(n, 1))
    about = {"units": per_year, "long_name": "Standard deviation of the products' trends"}
    out["trend_structural_error"] = (("layer", "period"), np.where(n > 1, spread, np.nan), about)
    out["trend_n_products"] = (("layer", "period"), n, {"units": "1"})
    return out | coordinates | _fluxes(recipe, out)


def _each(of: Array, name: str, kind: Any) -> Array:
    values = [getattr(t, name) for t in of.reshape(-1)]
    return np.array(values, dtype=kind).reshape(of.shape)


def _fluxes(recipe: Recipe, out: Mapping[str, Any]) -> dict[str, Any]:
    """Trends of heat as a flux through the surface of the Earth."""
    unit = parse(recipe.units)
    if unit is None or unit.symbol != "J" or unit.per_area:
        return {}
    more = {}
    for name in ("trend", "trend_low", "trend_high", "trend_structural_error"):
        dims, values, _ = out[name]
        flux = name.replace("trend", "trend_flux_earth", 1)
        more[flux] = (dims, flux_of_trend(values * unit.factor), dict(CONVERTED["flux_earth"]))
    return more
