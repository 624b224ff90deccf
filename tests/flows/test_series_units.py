"""Units of series as files spell them, and factors between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.recipe import Recipe
from catalogs.schema import Indicator, load, names
from flows.series_units import PREFIXES, Unit, factor, parse


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ("J", Unit(1.0, "J", False)),
        ("ZJ", Unit(1e21, "J", False)),
        ("1e22 J", Unit(1e22, "J", False)),
        ("1e22J", Unit(1e22, "J", False)),
        ("10^22 J", Unit(1e22, "J", False)),
        ("10**22 Joules", Unit(1e22, "J", False)),
        ("J m-2", Unit(1.0, "J", True)),
        ("GJ m^-2", Unit(1e9, "J", True)),
        ("J/m2", Unit(1.0, "J", True)),
        ("mm", Unit(1e-3, "m", False)),
        ("m", Unit(1.0, "m", False)),
        ("degree_Celsius", Unit(1.0, "K", False)),
        ("kg m-2", Unit(1e3, "g", True)),
        ("1", Unit(1.0, "1", False)),
    ],
)
def test_parse__spellings(units, expected):
    assert parse(units) == expected


@pytest.mark.parametrize("units", ["", "W m-2", "J m-3", "ZJ year-1", "1e22", "11", "zJ", "mZ", "0 J", "psu"])
def test_parse__what_it_does_not_know_is_none(units):
    assert parse(units) is None


def test_factor__of_published_series():
    assert factor("1e22 J", "ZJ", None, "f") == 10.0
    assert factor("ZJ", "ZJ", None, "f") == 1.0
    assert factor("J", "ZJ", None, "f") == 1e-21
    assert factor("J m-2", "ZJ", 3.6e14, "f") == pytest.approx(3.6e-7)
    assert factor("ZJ", "J m-2", 3.6e14, "f") == pytest.approx(1 / 3.6e-7)
    assert factor("GJ m-2", "J m-2", None, "f") == 1e9
    assert factor("degC", "K", None, "f") == 1.0


@given(st.sampled_from(sorted(PREFIXES)), st.sampled_from(sorted(PREFIXES)), st.floats(1e10, 1e15))
def test_factor__there_and_back_is_one(a, b, area):
    there, back = factor(f"{a}J m-2", f"{b}J", area, "f"), factor(f"{b}J", f"{a}J m-2", area, "f")
    assert there * back == pytest.approx(1)


@pytest.mark.parametrize(
    ("units", "wanted", "said"),
    [
        ("W m-2", "ZJ", r"f.csv, column v: the unit 'W m-2' is not known; known are J, m, K"),
        ("mm", "ZJ", r"f.csv, column v: values in mm cannot be converted to ZJ"),
        ("J m-2", "ZJ", r"f.csv, column v: values in J m-2 need an area"),
        ("ZJ", "J m-2", r"need an area"),
        ("ZJ", "W", r"the unit 'W' is not known"),
    ],
)
def test_factor__refuses_with_file_and_column(units, wanted, said):
    with pytest.raises(ValueError, match=said):
        factor(units, wanted, None, "f.csv, column v")


def test_recipes__units_bind():
    for name in names("recipes"):
        recipe = load(Recipe, name)
        for layer in recipe.layers.values():
            for series in layer.products.values():
                assert factor(series.units, recipe.units, series.area, name) > 0


def test_indicators__of_heat_and_sea_level_can_be_combined():
    for name in ("ohc_0_700", "thsl_0_2000"):
        assert parse(load(Indicator, name).units) is not None
