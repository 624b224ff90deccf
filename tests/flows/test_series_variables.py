"""Dimensions, units and meanings of the variables of regional series."""

import numpy as np
import pytest

from catalogs.schema import Indicator, load
from flows.indicators import OF_BOXES
from flows.mapped_series import OF_MAPPING
from flows.sections import OF_SECTIONS
from flows.series_variables import MEANING, attributes, conventions, series_variable

OHC = load(Indicator, "ohc_0_700")


@pytest.mark.parametrize(
    ("name", "shape", "dims", "units"),
    [
        pytest.param("monthly_value", (2, 5), ("region", "month"), "J m-2", id="anomaly of a month"),
        pytest.param("yearly_n_profiles", (2, 5), ("region", "year"), "1", id="count of a year"),
        pytest.param("baseline", (2,), ("region",), "J m-2", id="baseline"),
        pytest.param("trend_low", (2,), ("region",), "J m-2 year-1", id="end of an interval"),
        pytest.param("trend_n", (2,), ("region",), "1", id="years in a trend"),
        pytest.param("area", (2,), ("region",), "m2", id="area"),
        pytest.param("yearly_note", (2, 5), ("region", "year"), None, id="a note has no unit"),
        pytest.param("trend_note", (2,), ("region",), None, id="nor that of a trend"),
    ],
)
def test_series_variable__place_and_unit(name, shape, dims, units) -> None:
    found, values, attrs = series_variable(name, np.zeros(shape), OHC, OF_BOXES)
    assert (found, values.shape, attrs.get("units")) == (dims, shape, units)


def test_series_variable__says_how_the_means_were_made() -> None:
    said = [
        series_variable("monthly_standard_error", np.zeros((1, 1)), OHC, of)[2]["long_name"]
        for of in (OF_BOXES, OF_MAPPING)
    ]
    assert "sampling" in said[0]
    assert "mapping" in said[1]
    assert not MEANING.keys() & (OF_BOXES.keys() | OF_MAPPING.keys() | OF_SECTIONS.keys())


def test_attributes__of_a_section_are_those_of_its_indicator() -> None:
    names = ("yearly_standard_error", "sea_area", "p_value")
    assert [attributes(name, OHC, OF_SECTIONS)["units"] for name in names] == ["J m-2", "m2", "1"]
    named = OHC.model_copy(update={"standard_name": "sea_water_temperature"})
    assert attributes("yearly_value", named, OF_SECTIONS)["standard_name"] == "sea_water_temperature"
    assert "standard_name" not in attributes("yearly_standard_error", named, OF_SECTIONS)


def test_conventions__state_the_constants_of_an_indicator_that_has_them() -> None:
    heat, warmth = (conventions(load(Indicator, n), (1993, 2014)) for n in ("ohc_0_700", "temp_0_300"))
    stated = {"rho0": 1030.0, "rho0_units": "kg m-3", "cp": 3980.0, "cp_units": "J kg-1 K-1"}
    assert heat.items() >= (stated | {"reference_period": "1993-2014", "layer": "0-700 m"}).items()
    assert not stated.keys() & warmth.keys()


def test_series_variable__one_without_a_meaning_is_an_error() -> None:
    with pytest.raises(KeyError, match="depth"):
        series_variable("yearly_depth", np.zeros((1, 1)), OHC, OF_BOXES)
