"""Several published series of one quantity as one estimate, by a recipe of the catalogue.

The choices of a user come into a recipe by ``flows.consensus_choices``; tables, figures and the list of
what went in are in ``flows.consensus_products``.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from catalogs.recipe import Recipe, Series, depths
from flows.consensus_trends import trends
from flows.product_files import Read, find, read_series
from flows.series_units import factor
from kernels.compiled import Array
from kernels.indicators.consensus import (
    HALF_WIDTH_IN_SIGMA,
    Consensus,
    consensus,
    error_by_thickness,
    sigma_of_interval,
    sum_of_layers,
)


class Product(NamedTuple):
    """One series of a layer in the unit of the recipe, with what it was made from."""

    layer: str
    name: str
    series: Series
    read: Read
    factor: float
    """By which the numbers of the file were multiplied."""
    year: Array
    value: Array
    error: Array
    """Standard errors; NaN where there are none."""
    notes: tuple[str, ...]
    """What was left out, and why."""


class Combined(NamedTuple):
    """The estimate, and the products that it was made from."""

    recipe: Recipe
    dataset: xr.Dataset
    products: tuple[Product, ...]
    inputs: str
    """Fingerprint of the content of the files, and of the rules."""


def combined(recipe: Recipe, folder: str | None = None) -> Combined:
    """Read the products of a recipe and combine them.

    Parameters
    ----------
    folder : URL of the folder in which files that are only named lie.

    Returns
    -------
    combined : ``dataset`` has along ``layer`` and ``year`` ``central``, ``structural_error``,
        ``mapping_error`` and ``total_error`` (1 sigma), ``low`` and ``high``, ``mean`` and ``n_products``;
        ``member`` and ``member_error`` of each product as it was combined; trends along ``series`` and
        ``period``, see ``flows.consensus_trends``.

    Raises
    ------
    ValueError
        where a file cannot be read, converted or combined; names file, column and reason.
    """
    products: dict[tuple[str, str], Product] = {}
    for layer in sorted(recipe.layers, key=depths):
        for name, series in recipe.layers[layer].products.items():
            products[layer, name] = _product(recipe, layer, name, series, folder, products)
    of_layers = {
        layer: [products[layer, n] for n in of.products] for layer, of in recipe.layers.items() if of.combined
    }
    for layer, its in of_layers.items():
        _check_layer(recipe, layer, its)
    dataset = _dataset(recipe, {layer: _layer(recipe, its) for layer, its in of_layers.items()})
    dataset = dataset.assign(trends(recipe, dataset, _published(recipe, of_layers)))
    known = [p._replace(notes=(*p.notes, *_left_out(recipe, p, dataset))) for p in products.values()]
    inputs = _fingerprint(recipe, known)
    return Combined(recipe, dataset.assign_attrs(inputs=inputs), tuple(known), inputs)


def _fingerprint(recipe: Recipe, products: list[Product]) -> str:
    """The same for the same files and rules, wherever the files lie."""
    central = {name: layer.central for name, layer in recipe.layers.items()}
    rules = recipe.model_dump_json(exclude={"layers"}), central
    each = [
        (p.layer, p.name, p.read.digest, p.series.model_dump_json(exclude={"file", "reference"}))
        for p in products
    ]
    return hashlib.sha256(repr((rules, each)).encode()).hexdigest()[:12]


def _product(
    recipe: Recipe,
    layer: str,
    name: str,
    series: Series,
    folder: str | None,
    others: Mapping[tuple[str, str], Product],
) -> Product:
    read = read_series(find(series.file, folder), series)
    where = f"{read.file}, column {read.columns[0]}"
    expected = layer if series.less is None else f"{depths(series.less)[0]}-{depths(layer)[1]}"
    if read.layer not in ("", expected):
        raise ValueError(f"{read.file}: is of {read.layer} m, {name} needs {expected} m")
    by = factor(read.units, recipe.units, read.area, where)
    value, error = by * read.value, by * read.error
    if series.confidence is not None:
        error = sigma_of_interval(error, series.confidence)
    notes = list(read.notes)
    if series.less is not None:
        value, error = _difference(value, error, read, layer, others[series.less, name])
        notes.append(f"{expected} m less {series.less} m, errors by thickness")
    if read.region:
        notes.append(f"of the region {read.region}, and of nothing beyond it")
    return Product(layer, name, series, read, by, read.year, value, error, tuple(notes))


def _difference(value: Array, error: Array, read: Read, layer: str, upper: Product) -> tuple[Array, Array]:
    """The layer below another, from the two together."""
    (top, middle), bottom = depths(upper.layer), depths(layer)[1]
    return (
        value - _on(read.year, upper.year, upper.value),
        error_by_thickness(error, bottom - middle, bottom - top),
    )


def _on(years: Array, year: Array, value: Array) -> Array:
    """Values on given years; NaN where there are none."""
    out = np.full(years.size, np.nan)
    _, to, of = np.intersect1d(years, year, return_indices=True)
    out[to] = value[of]
    return out


def _check_layer(recipe: Recipe, layer: str, products: list[Product]) -> None:
    """That there is something to combine, that nothing comes twice, and that all share the baseline."""
    if len(products) < 2:
        only = f"only {products[0].name}" if products else "none"
        raise ValueError(f"{recipe.name}, {layer} m: two products at least are needed, there is {only}")
    seen: dict[Any, str] = {}
    for p in products:
        same = (p.read.digest, p.read.columns, p.series.less, p.read.region)
        if same in seen:
            raise ValueError(f"{p.read.file}: {seen[same]} and {p.name} are the same series")
        seen[same] = p.name
        first, last = recipe.baseline
        known = p.year[np.isfinite(p.value)]
        if not ((known >= first) & (known <= last)).any():
            has = f"it has {known[0]}-{known[-1]}" if known.size else "it has none in common with that above"
            raise ValueError(
                f"{p.read.file}, column {p.read.columns[0]}: no value in the baseline {first}-{last}; {has}"
            )


class _Layer(NamedTuple):
    result: Consensus
    members: Array
    """(product, year) as they were combined, relative to the same as the central estimate."""
    errors: Array
    mean: Array
    names: tuple[str, ...]


def _layer(recipe: Recipe, products: list[Product]) -> _Layer:
    names = tuple(p.name for p in products)
    central = recipe.layers[products[0].layer].central
    years = _years(recipe, products, central)
    values = np.array([_on(years, p.year, p.value) for p in products])
    errors = np.array([_on(years, p.year, p.error) for p in products])
    smoothed = np.array([not p.series.smoothed for p in products])
    baseline = float(recipe.baseline[0]), float(recipe.baseline[1] + 1)

    def of(rows: slice, row: int | None) -> Consensus:
        these = values[rows], errors[rows], row, smoothed[rows]
        return consensus(years + 0.5, *these, baseline, recipe.start + 0.5, recipe.window)

    row = None if central is None else names.index(central)
    result = of(slice(None), row)
    alone = [of(slice(k, k + 1), None) for k in range(len(names))]
    zero = (result.mean if row is None else alone[row].mean)[0]
    if not np.isfinite(zero):
        whose = f"{central}, the central estimate," if central else "every product"
        raise ValueError(
            f"{recipe.name}, {products[0].layer} m: {whose} lacks a value in {recipe.start}, from which the "
            "result is to run"
        )
    members = np.array([a.mean for a in alone]) - zero
    return _Layer(result, members, np.array([a.mapping for a in alone]), result.mean - zero, names)


def _years(recipe: Recipe, products: list[Product], central: str | None) -> Array:
    """Years that are combined: what the running mean needs, the baseline, and up to the end."""
    of = [p for p in products if central in (None, p.name)]
    known = max(int(p.year[np.isfinite(p.value)][-1]) for p in of)
    end = min(recipe.end or known, known)
    if end < recipe.baseline[1] or end <= recipe.start:
        whose = central or "the last product"
        raise ValueError(
            f"{recipe.name}, {products[0].layer} m: {whose} ends in {known}, before the baseline "
            f"{recipe.baseline[0]}-{recipe.baseline[1]} or soon after the start {recipe.start}"
        )
    return np.arange(min(recipe.start - recipe.window // 2, recipe.baseline[0]), end + 1)


def _dataset(recipe: Recipe, each: Mapping[str, _Layer]) -> xr.Dataset:
    """All layers on the same years and products; the sum of the layers last, where the recipe gives it."""
    years = np.arange(recipe.start, int(max(of.result.time[-1] for of in each.values())) + 1)
    names = list(dict.fromkeys(n for of in each.values() for n in of.names))
    rows = {layer: _columns(of, years, names) for layer, of in each.items()}
    if recipe.whole is not None:
        rows[recipe.whole] = _sum(list(each.values()), list(rows.values()), years)
    half = HALF_WIDTH_IN_SIGMA[recipe.confidence]
    for row in rows.values():
        row["low"], row["high"] = (row["central"] + s * half * row["total_error"] for s in (-1, 1))
    out: dict[str, Any] = {}
    for name, (dims, meaning) in MEANING.items():
        units = "1" if name == "n_products" else recipe.units
        attrs = {"long_name": meaning, "units": units}
        out[name] = (("layer", *dims), np.array([row[name] for row in rows.values()]), attrs)
    coordinates = {"layer": list(rows), "year": years, "product": names}
    return xr.Dataset(out, coordinates, about(recipe))


MEANING: dict[str, tuple[tuple[str, ...], str]] = {
    "central": (("year",), "Central estimate"),
    "structural_error": (("year",), "Standard deviation over the products"),
    "mapping_error": (("year",), "Largest standard error of the products"),
    "total_error": (("year",), "Root of the sum of squares of structural and mapping error (1 sigma)"),
    "low": (("year",), "Lower end of the interval of the central estimate"),
    "high": (("year",), "Upper end of the interval of the central estimate"),
    "mean": (("year",), "Mean of the products"),
    "n_products": (("year",), "Products with a value"),
    "member": (("product", "year"), "Product as it was combined"),
    "member_error": (("product", "year"), "Standard error of the product as it was combined"),
}


def _columns(of: _Layer, years: Array, names: list[str]) -> dict[str, Array]:
    result = of.result
    at = np.floor(result.time).astype(np.int64)
    row = {
        "central": result.central,
        "structural_error": result.structural,
        "mapping_error": result.mapping,
        "total_error": result.total,
        "mean": of.mean,
    }
    out = {k: _on(years, at, v) for k, v in row.items()}
    out["n_products"] = np.nan_to_num(_on(years, at, result.n_products)).astype(np.int64)
    for name, values in (("member", of.members), ("member_error", of.errors)):
        out[name] = np.full((len(names), years.size), np.nan)
        for k, product in enumerate(of.names):
            out[name][names.index(product)] = _on(years, at, values[k])
    return out


def _sum(each: list[_Layer], rows: list[dict[str, Array]], years: Array) -> dict[str, Array]:
    """Layers on top of each other, over the years that all have; errors add up. Its structural and mapping
    error are not told apart."""
    shared = min(of.result.time.size for of in each)
    cut = [Consensus(*(v[:shared] for v in of.result)) for of in each]
    central, total = sum_of_layers(cut)
    out = {k: np.sum([row[k] for row in rows], axis=0) for k in ("mean", "member", "member_error")}
    out["central"], out["total_error"] = (_on(years, years[:shared], v) for v in (central, total))
    out["structural_error"] = out["mapping_error"] = np.full(years.size, np.nan)
    out["n_products"] = np.isfinite(out["member"]).sum(axis=0)
    return out


def about(recipe: Recipe) -> dict[str, Any]:
    """What the numbers depend on."""
    first, last = recipe.baseline
    return {
        "recipe": recipe.name,
        "title": recipe.title,
        "quantity": recipe.quantity,
        "units": recipe.units,
        "region": recipe.region,
        "baseline": f"{first}-{last}",
        "relative_to": f"central estimate in {recipe.start}",
        "running_mean_years": recipe.window,
        "confidence": recipe.confidence,
        "convention": recipe.convention,
        "reference": recipe.reference,
    }


def _published(recipe: Recipe, of_layers: Mapping[str, list[Product]]) -> dict[str, Any]:
    """By layer and name, years, values and errors as published, in the unit of the recipe; sums of layers of
    those that have all of them."""
    out: dict[str, Any] = {
        layer: {p.name: (p.year, p.value, p.error) for p in ps} for layer, ps in of_layers.items()
    }
    if recipe.whole is None:
        return out
    whole = {}
    for name in set.intersection(*(set(of) for of in out.values())):
        series = [of[name] for of in out.values()]
        years = series[0][0]
        summed = [sum(_on(years, s[0], s[k]) for s in series) for k in (1, 2)]
        whole[name] = (years, *summed)
    return out | {recipe.whole: whole}


def _left_out(recipe: Recipe, product: Product, dataset: xr.Dataset) -> list[str]:
    """Years of a product that did not enter, or that it lacks."""
    if not recipe.layers[product.layer].combined:
        return ["not combined: only taken off the layer below"]
    known = product.year[np.isfinite(product.value)]
    first = min(recipe.start - recipe.window // 2, recipe.baseline[0])
    end = int(dataset["year"].values[np.isfinite(dataset["central"].sel(layer=product.layer).values)][-1])
    notes = []
    if known[0] < first:
        notes.append(f"{known[0]}-{first - 1} not combined: before the result and its running mean")
    if known[-1] > end:
        notes.append(f"{end + 1}-{known[-1]} not combined: the result ends in {end}")
    inside = np.arange(max(known[0], first), min(known[-1], end) + 1)
    if (gap := np.setdiff1d(inside, known)).size:
        notes.append(f"no value in {', '.join(str(y) for y in gap)}")
    if known[0] > recipe.start or known[-1] < end:
        notes.append(f"combined only in {max(known[0], recipe.start)}-{min(known[-1], end)}")
    years = np.arange(recipe.baseline[0], recipe.baseline[1] + 1)
    if (n := int(np.isin(years, known).sum())) < years.size:
        notes.append(f"its mean is over {n} of the {years.size} years of the baseline")
    return notes
