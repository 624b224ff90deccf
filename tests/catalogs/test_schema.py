import pytest

from catalogs import schema
from catalogs.schema import (
    Campaign,
    CatalogueError,
    Grid,
    Indicator,
    Procedure,
    Region,
    Selection,
    Source,
    load,
    names,
    parse,
)
from flows.steps import Job
from kernels.flags import Flag

EVERY = [(kind, name) for kind in schema.KINDS for name in names(kind)]


@pytest.mark.parametrize(("kind", "name"), EVERY, ids=[f"{k}/{n}" for k, n in EVERY])
def test_catalogue__every_entry_loads(kind, name):
    assert load(schema.KINDS[kind], name).name == name


@pytest.mark.parametrize("name", names("campaigns"))
def test_campaign__everything_it_names_exists_and_binds(name):
    job = Job.of(load(Campaign, name))
    assert job.indicators
    assert all(load(Source, s) for s in job.campaign.sources)


def test_variables__standard_names_are_those_of_the_cf_table_and_units_measure_the_same():
    cf = {  # CF standard name table: name, and our unit of the quantity whose canonical unit follows
        "time": "days since 1950-01-01T00:00:00Z",  # s
        "latitude": "degrees_north",  # degree_north
        "longitude": "degrees_east",  # degree_east
        "sea_water_pressure": "dbar",  # dbar
        "depth": "m",  # m
        "sea_water_temperature": "degree_Celsius",  # K
        "sea_water_practical_salinity": "1",  # 1
        "moles_of_oxygen_per_unit_mass_in_sea_water": "umol kg-1",  # mol kg-1
        "mass_concentration_of_chlorophyll_a_in_sea_water": "mg m-3",  # kg m-3
        "moles_of_nitrate_per_unit_mass_in_sea_water": "umol kg-1",  # mol kg-1
        "sea_water_ph_reported_on_total_scale": "1",  # 1
    }
    assert {v.standard_name: v.units for v in schema.variables().values()} == cf


@pytest.mark.parametrize("scheme", schema.flag_schemes().values(), ids=lambda s: s.name)
def test_flag_scheme__a_mapping_never_improves_a_flag(scheme):
    """What a scale calls bad, questionable, suspect or missing does not become good."""
    good = {Flag.GOOD, Flag.PROBABLY_GOOD}
    for flag, meaning in scheme.meanings.items():
        doubtful = any(w in meaning for w in ("bad", "questionable", "suspect", "fail", "outlier", "missing"))
        unchecked = "no q" in meaning.lower() or "not evaluated" in meaning
        if doubtful or unchecked:
            assert scheme.to_argo[flag] not in good, (scheme.name, flag, meaning)


def test_flag_scheme__argo_is_itself():
    mapped = schema.flag_schemes()["argo"].to_argo
    assert {int(k): v for k, v in mapped.items() if k != "6"} == {f: f for f in Flag if f != Flag.NOT_USED}


GOOD = {
    Region: {"name": "x", "title": "t", "reference": "r", "latitude": [0, 1], "longitude": [0, 1]},
    Indicator: {
        "name": "x", "title": "t", "quantity": "layer_mean", "layer": [0, 700], "units": "1",
        "convention": "c", "reference": "r",
    },
    Grid: {"name": "x", "title": "t", "reference": "r", "cell_latitude": 5, "cell_longitude": 5},
    Procedure: {
        "name": "x", "title": "t", "reference": "r",
        "tests": [{"test": "spike", "id": "a", "variables": {"TEMP": {}}}],
    },
    Campaign: {
        "name": "x", "title": "t", "sources": ["synthetic"], "procedure": "p", "climatology": "c",
        "boxes": "b", "reference_period": [1993, 2014], "indicators": ["ohc_0_700"], "regions": ["red_sea"],
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        pytest.param(Region, {"colour": 1}, "colour: unknown key; allowed are name, title", id="unknown key"),
        pytest.param(Region, {"latitude": [1, 0]}, "within -90..90", id="south above north"),
        pytest.param(Region, {"polygon": [[0, 0]]}, "either latitude and longitude", id="box and polygon"),
        pytest.param(Region, {"name": "y"}, "name: is 'y', must be the file's: 'x'", id="name"),
        pytest.param(Indicator, {"layer": [700, 0]}, "0 <= top < bottom", id="layer"),
        pytest.param(Indicator, {"quantity": "heat"}, "quantity: Input should be 'ocean_heat", id="quantity"),
        pytest.param(Indicator, {"quantity": "ocean_heat_content"}, "needs rho0 and cp", id="no rho0"),
        pytest.param(
            Campaign, {"ensemble": {"slow_correlation_km": [500]}}, "gauss_markov knows no such", id="scale"
        ),
        pytest.param(Campaign, {"ensemble": {"mapping": ["gauss_markov"]}}, "own mapping", id="mapping"),
        pytest.param(
            Campaign, {"ensemble": {"procedures": ["cora", "cora"]}}, "cora would count twice", id="twice"
        ),
        pytest.param(Grid, {"levels": [0, 10, 10]}, "levels must increase", id="levels"),
        pytest.param(
            Procedure, {"tests": GOOD[Procedure]["tests"] * 2}, r"used twice: \['a'\]", id="id twice"
        ),
        pytest.param(
            Procedure,
            {"tests": [GOOD[Procedure]["tests"][0] | {"colour": 1}]},
            "tests.0.colour: unknown key; allowed are test, id",
            id="unknown key in a test",
        ),
        pytest.param(
            Procedure,
            {"tests": [GOOD[Procedure]["tests"][0] | {"flag": 1}]},
            "greater than or equal to 2",
            id="flag",
        ),
    ],
)
def test_parse__says_file_key_and_what_is_allowed(kind, change, said):
    assert parse(kind, GOOD[kind], "kind/x.yaml").name == "x"
    with pytest.raises(CatalogueError, match=said) as error:
        parse(kind, GOOD[kind] | change, "kind/x.yaml")
    assert "catalogs/kind/x.yaml" in str(error.value)


@pytest.mark.parametrize("content", [None, [], "text"])
def test_parse__an_entry_is_a_mapping(content):
    with pytest.raises(CatalogueError, match="must be a mapping"):
        parse(Region, content, "regions/x.yaml")


def test_load__an_unknown_entry_lists_the_known():
    with pytest.raises(CatalogueError, match=r"catalogs/regions has no entry 'atlantis'; it has: .*red_sea"):
        load(Region, "atlantis")
    with pytest.raises(CatalogueError, match="unknown kind"):
        names("fish")


def test_load__entries_of_the_users_own_come_first(tmp_path, monkeypatch):
    (tmp_path / "regions").mkdir()
    (tmp_path / "regions" / "mine.yaml").write_text(
        "{name: mine, title: t, reference: r, latitude: [0, 1], longitude: [2, 3]}"
    )
    (tmp_path / "regions" / "broken.yaml").write_text("{name: broken")
    monkeypatch.setenv(schema.OWN_CATALOGUE, str(tmp_path))
    assert load(Region, "mine").longitude == (2, 3)
    assert load(Region, "red_sea").polygon
    with pytest.raises(CatalogueError, match=f"{tmp_path}/regions/broken.yaml: not YAML"):
        load(Region, "broken")
    monkeypatch.setenv(schema.OWN_CATALOGUE, str(tmp_path / "absent"))
    with pytest.raises(CatalogueError, match="there is no such folder"):
        names("regions")


def test_entry__is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Selection().adjusted = False
