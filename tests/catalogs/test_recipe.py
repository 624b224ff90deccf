"""What a recipe may say."""

import pytest

from catalogs.recipe import Recipe, depths
from catalogs.schema import CatalogueError, load, names, parse

SERIES = {"file": "a.csv", "reference": "r"}
LAYERS = {
    "0-700": {"central": "A", "products": {"A": SERIES, "B": SERIES}},
    "700-2000": {"products": {"A": SERIES | {"less": "0-700"}, "B": SERIES}},
}
RECIPE = {
    "name": "x", "title": "t", "quantity": "q", "units": "ZJ", "region": "r", "baseline": [1995, 2014],
    "start": 1971, "whole": "0-2000", "layers": LAYERS, "convention": "c", "reference": "r",
}  # fmt: skip


def with_series(**changes):
    products = {"A": SERIES | changes, "B": SERIES}
    return {"layers": LAYERS | {"700-2000": {"products": products}}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"baseline": [2014, 1995]}, r"years must be \(first, last\)", id="baseline"),
        pytest.param({"periods": [[2005, 2004]]}, r"not \(2005, 2004\)", id="period"),
        pytest.param({"window": 4}, "must be odd", id="even window"),
        pytest.param({"end": 1971}, "end must be after start, 1971, not 1971", id="end"),
        pytest.param({"confidence": 0.99}, r"must be one of \(0.9, 0.95\)", id="confidence"),
        pytest.param({"whole": "0-1000"}, "on top of each other are not 0-1000", id="whole"),
        pytest.param(
            {"layers": LAYERS | {"0-700": LAYERS["0-700"] | {"combined": False}}},
            "whole: 0-2000 needs every layer combined",
            id="whole of fewer",
        ),
        pytest.param({"layers": {}, "whole": None}, "name at least one", id="no layer"),
        pytest.param({"layers": {"top": LAYERS["0-700"]}, "whole": None}, "not 'top'", id="layer"),
        pytest.param(
            {"layers": LAYERS | {"0-700": {"central": "C", "products": {"A": SERIES}}}},
            "'C' is not one of the products",
            id="central",
        ),
        pytest.param(
            {"layers": LAYERS | {"0-700": {"products": {"A": SERIES}, "without": {"A": "w"}}}},
            "are among the products",
            id="in and out",
        ),
        pytest.param(with_series(less="0-300"), "no A in a layer '0-300'", id="less"),
        pytest.param(with_series(less="700-2000"), "does not end where 700-2000 begins", id="less below"),
        pytest.param(with_series(confidence=0.68), "or left out for standard errors", id="errors"),
        pytest.param(with_series(value=0), "greater than or equal to 1", id="column 0"),
        pytest.param(with_series(area=-1), "greater than 0", id="area"),
        pytest.param(
            with_series(colour=1),
            "layers.700-2000.products.A.colour: unknown key; allowed are file, skip",
            id="unknown key of a series",
        ),
    ],
)
def test_recipe__what_is_wrong_is_named(change, said):
    assert parse(Recipe, RECIPE, "recipes/x.yaml").layers["0-700"].central == "A"
    with pytest.raises(CatalogueError, match=said) as error:
        parse(Recipe, RECIPE | change, "recipes/x.yaml")
    assert "catalogs/recipes/x.yaml" in str(error.value)
    assert len(str(error.value)) < 600, "a whole recipe is not printed"


def test_igcc_ohc__has_the_rules_of_the_published_code():
    recipe = load(Recipe, "igcc_ohc")
    assert "igcc_ohc" in names("recipes")
    assert (recipe.baseline, recipe.start, recipe.window, recipe.confidence) == ((1995, 2014), 1971, 3, 0.9)
    upper, lower = recipe.layers.values()
    assert (upper.central, lower.central) == ("Domingues", "JMA")
    assert [name for name, series in upper.products.items() if series.smoothed] == ["Domingues"]
    assert {s.confidence for name, s in upper.products.items() if name == "IAPv4"} == {0.95}
    assert lower.products["NCEI"].less == "0-700"


def test_depths__of_a_layer():
    assert depths("700-2000") == (700, 2000)
    with pytest.raises(ValueError, match="top and bottom in m"):
        depths("2000-700")
