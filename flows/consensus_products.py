"""What a combined estimate gives to a report: tables, figures, and the list of what it was made from."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import xarray as xr
from rich.console import Console
from rich.table import Table

from catalogs.recipe import Recipe
from flows.consensus import Combined, Product
from flows.consensus_trends import CENTRAL
from flows.figures.series import ensemble_figure
from flows.figures.style import Caption
from flows.location import join, write_bytes
from flows.tables import write_table
from flows.trend_methods import METHODS

SCHEMA = pa.schema(
    [
        ("recipe", pa.string()),
        ("layer", pa.string()),
        ("series", pa.string()),
        ("period", pa.string()),
        ("time", pa.string()),
        ("value", pa.float64()),
        ("standard_error", pa.float64()),
        ("structural_error", pa.float64()),
        ("mapping_error", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("interval", pa.string()),
        ("units", pa.string()),
        ("n_products", pa.int64()),
        ("n_eff", pa.float64()),
        ("r1", pa.float64()),
        ("note", pa.string()),
        ("method", pa.string()),
        ("baseline", pa.string()),
        ("relative_to", pa.string()),
        ("inputs", pa.string()),
    ]
)
"""Columns. ``series`` is central, mean, or a product; ``period`` is yearly, trend, trend_flux_earth,
trend_without_last_year, or trend_ and a method of ``flows.trend_methods``. ``standard_error`` is the total
(1 sigma), ``structural_error`` of a trend the standard deviation of the products' trends. ``interval`` says
what ``low`` and ``high`` hold."""
TREND_INTERVAL = "95 %"
"""Of all trends, see ``kernels.indicators.trend``."""
FORMATS = (("csv", "csv"), ("parquet", "parquet"), ("netcdf", "nc"))


def consensus_table(combined: Combined) -> pa.Table:
    """A combined estimate in long form: yearly values of every layer, then trends."""
    dataset = combined.dataset
    common = {k: dataset.attrs[k] for k in ("recipe", "baseline", "relative_to", "inputs")}
    rows = []
    for layer in dataset["layer"].values.tolist():
        one = dataset.sel(layer=layer)
        for row in (*_yearly(combined.recipe, one), *_trends(one)):
            row |= {"layer": layer}
            rows.append(common | {k: None if _is_nan(v) else v for k, v in row.items()})
    return pa.Table.from_pylist(rows, SCHEMA)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and np.isnan(value)


def _yearly(recipe: Recipe, one: xr.Dataset) -> Iterator[dict[str, Any]]:
    common = {"period": "yearly", "units": recipe.units, "method": recipe.convention}
    errors = ("structural_error", "mapping_error", "low", "high", "n_products")
    central = {"value": "central", "standard_error": "total_error"} | {k: k for k in errors}
    interval = {"series": CENTRAL, "interval": f"{100 * recipe.confidence:g} %"}
    added_up = str(one["layer"].values) == recipe.whole
    for row in _along(one, central):
        yield common | interval | row | {"note": "errors of the layers added up" if added_up else _why(row)}
    for row in _along(one, {"value": "mean", "n_products": "n_products"}):
        yield common | row | {"series": "mean"}
    for name in _products(one):
        for row in _along(one.sel(product=name), {"value": "member", "standard_error": "member_error"}):
            if np.isfinite(row["value"]):
                yield common | row | {"series": name}


def _why(row: dict[str, Any]) -> str:
    """Why a year has no estimate, or no total error."""
    if np.isnan(row["value"]):
        return "the central estimate has no value"
    if row["n_products"] < 2:
        return "one product, so no structural error"
    return "no product has errors, so no mapping error" if np.isnan(row["mapping_error"]) else ""


def _along(one: xr.Dataset, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Values of each year by column."""
    columns = [one[v].values.tolist() for v in names.values()]
    for year, *values in zip(one["year"].values.tolist(), *columns, strict=True):
        yield {"time": str(year)} | dict(zip(names, values, strict=True))


def _trends(one: xr.Dataset) -> Iterator[dict[str, Any]]:
    there = [CENTRAL, *_products(one)]
    for period in one["period"].values.tolist():
        at = one.sel(period=period)
        for name in ("trend", "trend_flux_earth"):
            if name not in one:
                continue
            for series in there:
                row = _trend(at.sel(series=series), name, period)
                if series == CENTRAL:
                    row |= {"structural_error": float(at[f"{name}_structural_error"])}
                    row |= {"n_products": int(at["trend_n_products"])}
                yield row | {"series": series, "method": METHODS["ols"]}
        for series in there:
            name = "trend_without_last_year"
            row = {"series": series, "period": name, "time": f"{period[:4]}/{int(period[5:]) - 1}"}
            value = one[name].sel(period=period, series=series)
            yield row | {"value": float(value), "units": value.attrs["units"], "method": METHODS["ols"]}
        for method, text in METHODS.items():
            if method != "ols":
                row = _trend(at.sel(estimator=method), "by", period)
                yield row | {"series": CENTRAL, "period": f"trend_{method}", "method": text}


def _products(one: xr.Dataset) -> list[str]:
    """Products that the layer has."""
    known = np.isfinite(one["member"].values).any(axis=one["member"].dims.index("year"))
    return [str(n) for n in one["product"].values[known]]


def _trend(at: xr.Dataset, name: str, period: str) -> dict[str, Any]:
    value, n_eff = ("by_slope", "by") if name == "by" else (name, "trend")
    numbers = {"value": value, "low": f"{name}_low", "high": f"{name}_high"}
    numbers |= {"n_eff": f"{n_eff}_n_eff", "r1": f"{n_eff}_r1"}
    row: dict[str, Any] = {k: float(at[v]) for k, v in numbers.items()}
    text = {"period": name, "time": period.replace("-", "/"), "units": at[value].attrs["units"]}
    return row | text | {"interval": TREND_INTERVAL, "note": str(at[f"{n_eff}_note"].values)}


PROVENANCE = pa.schema(
    [
        ("recipe", pa.string()),
        ("layer", pa.string()),
        ("product", pa.string()),
        ("central", pa.bool_()),
        ("file", pa.string()),
        ("sha256", pa.string()),
        ("value_column", pa.string()),
        ("error_column", pa.string()),
        ("error_is", pa.string()),
        ("units", pa.string()),
        ("factor", pa.float64()),
        ("area_m2", pa.float64()),
        ("region", pa.string()),
        ("running_mean", pa.string()),
        ("first_year", pa.int64()),
        ("last_year", pa.int64()),
        ("n_values", pa.int64()),
        ("note", pa.string()),
        ("reference", pa.string()),
        ("inputs", pa.string()),
    ]
)
"""Columns. ``factor`` is by what numbers of the file were multiplied to be in the unit of the recipe;
``note`` is what was left out, and why."""


def provenance_table(combined: Combined) -> pa.Table:
    """The products of an estimate: files with their digests, units, years, and what was left out."""
    return pa.Table.from_pylist(list(_provenances(combined)), PROVENANCE)


def _provenances(combined: Combined) -> Iterator[dict[str, Any]]:
    """Each product of each layer, then those that the layer leaves out."""
    recipe = combined.recipe
    for layer, of in recipe.layers.items():
        yield from (_provenance(combined, p) for p in combined.products if p.layer == layer)
        for name, reason in of.without.items():
            note = {"central": False, "note": f"left out: {reason}", "inputs": combined.inputs}
            yield {"recipe": recipe.name, "layer": layer, "product": name} | note


def _provenance(combined: Combined, product: Product) -> dict[str, Any]:
    recipe, series, read = combined.recipe, product.series, product.read
    known = product.year[np.isfinite(product.value)]
    errors = np.isfinite(product.error).any()
    width = f"half width of {100 * (series.confidence or 0):g} %" if series.confidence else "standard error"
    return {
        "recipe": recipe.name,
        "layer": product.layer,
        "product": product.name,
        "central": recipe.layers[product.layer].central == product.name,
        "file": read.file,
        "sha256": read.digest,
        "value_column": read.columns[0],
        "error_column": read.columns[1],
        "error_is": width if errors else "none",
        "units": read.units,
        "factor": product.factor,
        "area_m2": read.area,
        "region": read.region,
        "running_mean": "its own" if series.smoothed else f"{recipe.window} years",
        "first_year": int(known[0]),
        "last_year": int(known[-1]),
        "n_values": known.size,
        "note": "; ".join(product.notes),
        "reference": series.reference,
        "inputs": combined.inputs,
    }


def consensus_figure(combined: Combined, layer: str, format: str = "png") -> bytes:
    """Products, central estimate and its interval in a layer, as a report prints them."""
    one, recipe = combined.dataset.sel(layer=layer), combined.recipe
    central = recipe.layers[layer].central if layer in recipe.layers else "sum of the layers"
    members = {str(n): one["member"].sel(product=n).values for n in one["product"].values}
    if central in members:  # drawn as the central estimate
        members[central] = np.full(one.sizes["year"], np.nan)
    where, (first, last) = recipe.region[:1].upper() + recipe.region[1:], recipe.baseline
    caption = Caption(
        f"{recipe.title}, {layer} m",
        f"{where}; relative to {recipe.start}, products aligned over {first}-{last}",
        tuple(_footer(combined, one, layer)),
    )
    line, low, high = (one[v].values for v in ("central", "low", "high"))
    band = f"central estimate\n({central or 'mean of products'}),\n{100 * recipe.confidence:g} % interval"
    return ensemble_figure(
        caption,
        recipe.units,
        one["year"].values,
        members,
        line,
        low,
        high,
        band=band,
        quantity=f"{recipe.quantity} anomaly",
        format=format,
    )


def _footer(combined: Combined, one: xr.Dataset, layer: str) -> Iterator[str]:
    recipe = combined.recipe
    known = [p for p in one["period"].values if np.isfinite(one["trend"].sel(series=CENTRAL, period=p))]
    if known:
        trends = "; ".join(_trend_text(recipe, one.sel(period=p), p) for p in known)
        yield f"Trend and standard deviation of the products' trends: {trends}."
    yield f"{recipe.convention[:1].upper()}{recipe.convention[1:]}."
    if layer == recipe.whole:
        yield "Products are those that have all layers."
    yield f"{recipe.reference.partition(', doi')[0].partition(';')[0]}."
    yield f"Recipe {recipe.name}, inputs {combined.inputs}."


def _trend_text(recipe: Recipe, at: xr.Dataset, period: str) -> str:
    central = at.sel(series=CENTRAL)
    value, spread = float(central["trend"]), float(at["trend_structural_error"])
    text = f"{period} {number(value)}"
    if spread > 0:
        digits = max(0, 1 - math.floor(math.log10(spread)))
        text = f"{period} {value:.{digits}f} \N{PLUS-MINUS SIGN} {spread:.{digits}f}"
    flux = "trend_flux_earth"
    earth = f" ({number(float(central[flux]))} W m-2 of the Earth)" if flux in at else ""
    return f"{text} {recipe.units} year-1{earth}"


def number(value: float) -> str:
    """A number to three digits, as it is printed; nothing for NaN."""
    if np.isnan(value):
        return ""
    return f"{value:#.3g}".rstrip(".") if abs(value) < 999.5 else f"{value:.0f}"


def write_consensus(folder: str, combined: Combined) -> list[str]:
    """Tables (CSV, Parquet, NetCDF), the list of products, and a figure of each layer; the URLs."""
    name, table = combined.recipe.name, consensus_table(combined)
    files = {f"{name}.{ending}": write_table(table, form) for form, ending in FORMATS}
    files[f"{name}_products.csv"] = write_table(provenance_table(combined), "csv")
    for layer in combined.dataset["layer"].values.tolist():
        for format in ("png", "pdf"):
            files[f"{name}_{layer}.{format}"] = consensus_figure(combined, layer, format)
    for file, content in files.items():
        write_bytes(join(folder, file), content)
    return [join(folder, file) for file in files]


def print_consensus(console: Console, combined: Combined, files: Sequence[str]) -> None:
    """What went in, the last years, and the trends of the central estimate."""
    recipe, dataset = combined.recipe, combined.dataset
    console.print(f"{recipe.title}, {recipe.units}; 0 is the {dataset.attrs['relative_to']}", markup=False)
    products = Table("layer", "product", "years", "units", "errors", "left out")
    for row in _provenances(combined):
        name = f"{row['product']}{' (central)' if row['central'] else ''}"
        years = f"{row['first_year']}-{row['last_year']}" if "file" in row else ""
        products.add_row(row["layer"], name, years, row.get("units"), row.get("error_is"), row["note"])
    values = Table("layer", "year", "central", "structural", "mapping", "total error", "products")
    trends = Table(
        "layer", "years", f"trend, {recipe.units} year-1", "spread", "products", "W m-2 of the Earth"
    )
    for layer in dataset["layer"].values.tolist():
        one = dataset.sel(layer=layer)
        last = one.isel(year=int(np.flatnonzero(np.isfinite(one["central"]))[-1]))
        shown = [last[v] for v in ("central", "structural_error", "mapping_error", "total_error")]
        printed = [number(float(v)) for v in shown]
        values.add_row(layer, str(int(last["year"])), *printed, str(int(last["n_products"])))
        for period in one["period"].values.tolist():
            trends.add_row(layer, period, *_printed(one.sel(period=period)))
    for each in (products, values, trends):
        console.print(each)
    if files:
        console.print("written: " + ", ".join(files), markup=False)


def _printed(at: xr.Dataset) -> list[str]:
    names = ("trend", "trend_structural_error", "trend_flux_earth")
    central = at.sel(series=CENTRAL)
    trend, spread, flux = (number(float(central[n])) if n in central else "" for n in names)
    return [trend, spread, str(int(at["trend_n_products"])), flux]
