"""What entries of sections and stations may say."""

import pytest

from catalogs.schema import CatalogueError, Indicator, Region, Section, StationIndicator, load, names, parse

SECTION = {"name": "s", "title": "S", "of": "temp_at", "convention": "mean", "reference": "test"}
STATION = {"name": "s", "title": "S", "quantity": "marine_heat_waves", "layer": [0, 5], "percentile": 90,
           "minimum_completeness": 0.7, "minimum_month_completeness": 0.5, "minimum_years": 30,
           "units": "degree_Celsius", "convention": "above", "reference": "test"}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "content", "problem"),
    [
        pytest.param(Section, SECTION | {"band": 0}, "greater than 0", id="band"),
        pytest.param(Section, SECTION | {"bands": 5}, "unknown key", id="unknown key"),
        pytest.param(Section, SECTION | {"method": "median"}, "'ols' or 'theil_sen'", id="method"),
        pytest.param(StationIndicator, STATION | {"window_days": 10}, "must be odd", id="even window"),
        pytest.param(StationIndicator, STATION | {"layer": [5, 0]}, "layer must be", id="layer upside down"),
        pytest.param(
            StationIndicator, STATION | {"percentile": 101}, "less than or equal to 100", id="percent"
        ),
        pytest.param(
            StationIndicator, STATION | {"reference_period": [2012, 1983]}, "first, last", id="period"
        ),
    ],
)
def test_entry__what_is_wrong_is_named(model, content, problem):
    folder = "sections" if model is Section else "stations"
    with pytest.raises(CatalogueError, match=problem):
        parse(model, content, f"{folder}/s.yaml")


def test_sections__name_regions_and_indicators_with_depths():
    assert {"tyz_trend", "syz_trend", "baltic_ttz_trend", "baltic_stz_trend"} <= set(names("sections"))
    for name in names("sections"):
        section = load(Section, name)
        assert load(Indicator, section.of).depths
        assert all(load(Region, r) for r in section.regions)


def test_stations__heat_waves_are_those_of_the_published_definition():
    """Hobday et al. 2016: 90th percentile, 11 and 31 days, five days, gaps of two, thirty years."""
    e = load(StationIndicator, "marine_heat_waves")
    assert (e.percentile, e.window_days, e.smoothing_days, e.minimum_days, e.maximum_gap) == (
        90,
        11,
        31,
        5,
        2,
    )
    assert e.minimum_years == 30
