"""What a user wants of a recipe: further products, other files, fewer layers, another baseline."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence

from catalogs.recipe import Layer, Recipe, Series, Years, depths
from catalogs.schema import parse
from flows.product_files import Read, read_series

GIVEN, BY_USER = "given by the user", "by the user"
_GIVEN = re.compile(r"(?P<name>[^=:@]+)(?::(?P<layer>[^=]+))?=(?P<file>.+?)(?:@(?P<units>[^@/]+))?")


def adapted(
    recipe: Recipe,
    given: Iterable[str] = (),
    *,
    layers: Sequence[str] = (),
    without: Iterable[str] = (),
    region: str | None = None,
    baseline: Years | None = None,
    periods: Sequence[Years] = (),
) -> Recipe:
    """A recipe with the choices of a user.

    Parameters
    ----------
    given : ``NAME=FILE``, ``NAME=FILE@UNITS`` or ``NAME:LAYER=FILE``: the file of a product of the recipe, or
        a further product. Without a layer that which the file states counts; a table of 0-2000 m becomes the
        layer below that of the same product of 0-700 m.
    layers : only these; products of a layer above are read where they are taken off them.
    without : products that are left out.
    region : rows of the given tables that are taken, where they are of several regions.
    """
    for layer in layers:
        _known(layer, list(recipe.layers), recipe.name)
    products = {n: dict(layer.products) for n, layer in recipe.layers.items()}
    for one in given:
        name, layer, series = _given(one, recipe, list(layers) or list(products), region)
        products[layer][name] = series
    gone = set(without)
    if missing := gone - {name for layer in products.values() for name in layer}:
        raise ValueError(f"{recipe.name}: there is no product {sorted(missing)[0]!r} to leave out")
    kept = {n: {k: s for k, s in of.items() if k not in gone} for n, of in products.items()}
    _check_differences(kept)
    wanted = {n: _with(recipe, n, of, gone & set(products[n])) for n, of in kept.items()}
    content = recipe.model_dump() | {"layers": _only(wanted, layers or list(wanted))}
    content |= {"baseline": baseline or recipe.baseline, "periods": tuple(periods) or recipe.periods}
    if layers and set(layers) != set(recipe.layers):
        content["whole"] = None
    return parse(Recipe, content, f"recipes/{recipe.name}.yaml")


def years_of(text: str) -> Years:
    """``1971/2018``: first and last year."""
    match = re.fullmatch(r"(\d{4})/(\d{4})", text.strip())
    if not match or int(match[1]) > int(match[2]):
        raise ValueError(f"{text!r}: years are given as first/last, for example 1971/2018")
    return int(match[1]), int(match[2])


def _check_differences(products: Mapping[str, Mapping[str, Series]]) -> None:
    for layer, of in products.items():
        for name, series in of.items():
            if series.less is not None and name not in products.get(series.less, {}):
                raise ValueError(
                    f"{layer} m: {name} is the difference of {series.file} to {name} of {series.less} m, "
                    "which is not there: take that layer too, or leave the product out"
                )


def _with(recipe: Recipe, layer: str, products: Mapping[str, Series], gone: set[str]) -> Layer:
    """A layer with these products, and with a note on those that the user left out."""
    central, without = recipe.layers[layer].central, recipe.layers[layer].without
    if central in gone:
        raise ValueError(f"{recipe.name}, {layer} m: {central}, the central estimate, cannot be left out")
    left = {k: reason for k, reason in without.items() if k not in products} | dict.fromkeys(gone, BY_USER)
    return Layer(central=central, products=products, without=left)


def _only(layers: Mapping[str, Layer], wanted: Sequence[str]) -> dict[str, Layer]:
    """The layers that are wanted, and of those above what is taken off them."""
    out: dict[str, Layer] = {}
    for name in sorted(layers, key=depths, reverse=True):
        below = [series for layer in out.values() for series in layer.products.items()]
        taken_off = {k: layers[name].products[k] for k, series in below if series.less == name}
        if name in wanted:
            out[name] = layers[name]
        elif taken_off:
            out[name] = Layer(products=taken_off, combined=False)
    return {name: out[name] for name in layers if name in out}


def _given(one: str, recipe: Recipe, wanted: list[str], region: str | None) -> tuple[str, str, Series]:
    """Name, layer and series of ``NAME:LAYER=FILE@UNITS``."""
    match = _GIVEN.fullmatch(one)
    if not match:
        raise ValueError(f"{one!r}: a product is given as NAME=FILE, NAME=FILE@UNITS or NAME:LAYER=FILE")
    file = match["file"] if "://" in match["file"] else os.path.abspath(match["file"])
    name, layer = match["name"], match["layer"]
    its = [n for n in wanted if name in recipe.layers[n].products]
    if layer is None and len(its) > 1:
        raise ValueError(f"{one!r}: {name} is in the layers {', '.join(its)}; give {name}:LAYER=FILE")
    layer = layer or (its[0] if its else None)
    series = Series(file=file, region=region, units=match["units"], reference=GIVEN)
    if layer is None:
        layer, less = _place(read_series(file, series), list(recipe.layers), wanted)
        return name, layer, series.model_copy(update={"less": less})
    _known(layer, list(recipe.layers), one)
    if name not in recipe.layers[layer].products:
        return name, layer, series
    changed = {"file": file} | ({"units": match["units"]} if match["units"] else {})
    return name, layer, recipe.layers[layer].products[name].model_copy(update=changed)


def _known(layer: str, layers: list[str], where: str) -> None:
    if layer not in layers:
        raise ValueError(f"{where}: there is no layer {layer!r}; there are: {', '.join(layers)}")


def _place(read: Read, layers: list[str], wanted: list[str]) -> tuple[str, str | None]:
    """The layer that a file belongs to, and that which is taken off it."""
    if read.layer in layers or (not read.layer and len(wanted) == 1):
        return read.layer or wanted[0], None
    has = f"the recipe has: {', '.join(layers)}"
    if not read.layer:
        raise ValueError(f"{read.file}: does not say its layer; give NAME:LAYER=FILE; {has}")
    top, bottom = depths(read.layer)
    for lower in layers:
        for upper in layers:
            if depths(upper) == (top, depths(lower)[0]) and depths(lower)[1] == bottom:
                return lower, upper
    raise ValueError(f"{read.file}: is of {read.layer} m; {has}")
