"""What a grid may say of an analysis."""

import pytest

from catalogs.schema import CatalogueError, Grid, load, names, parse

GRID = {"name": "x", "title": "t", "reference": "r", "cell_latitude": 1, "cell_longitude": 1}
ANALYSIS = {
    "scales": [{"kilometres": 300, "days": 30, "share": 1}], "signal_share": 0.5,
    "unresolved": {"default": 1}, "neighbours": 20,
}  # fmt: skip
PERSISTENCE = {
    "background": "damped_persistence",
    "persistence": 0.9,
    "spin_up_months": 12,
    "window_months": 0,
}
ANALYSES = [name for name in names("grids") if load(Grid, name).analysis]


def parsed(**changes: object) -> Grid:
    return parse(Grid, GRID | {"analysis": ANALYSIS | changes}, "grids/x.yaml")


def test_analysis__those_of_the_catalogue_are_of_peers_and_one_of_our_own() -> None:
    assert {"analysis_1deg", "analysis_en4", "analysis_isas", "analysis_kvs11"} < set(ANALYSES)
    assert all("rom memory, not checked" in load(Grid, n).reference for n in ANALYSES if n != "analysis_1deg")


@pytest.mark.parametrize("name", ANALYSES)
def test_analysis__states_what_the_flow_asks_for(name: str) -> None:
    grid = load(Grid, name)
    wanted = {"gap_at_surface", "gap_per_depth", "surface_extension", "pooled_variance_weight",
              "fitted_records"}  # fmt: skip
    assert wanted <= set(grid.options)
    assert grid.levels
    assert (180 / grid.cell_latitude) % 1 == (360 / grid.cell_longitude) % 1 == 0


def test_analysis__a_good_entry_and_damped_persistence() -> None:
    assert parsed().analysis is not None
    assert parsed(**PERSISTENCE).analysis is not None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            {"scales": [{"kilometres": 300, "days": 30, "share": 0.9}]}, "must add up to 1", id="shares"
        ),
        pytest.param({"scales": [{"kilometres": -1, "days": 30, "share": 1}]}, "greater than 0", id="scale"),
        pytest.param({"unresolved": {"PF": 1}}, "unresolved must state a default", id="no default"),
        pytest.param({"colour": 1}, "colour: unknown key", id="unknown key"),
        pytest.param({"neighbours": 0}, "neighbours: Input should be greater than 0", id="no neighbour"),
        pytest.param(
            PERSISTENCE | {"window_months": 1}, "damped_persistence needs", id="records would come twice"
        ),
        pytest.param({"background": "damped_persistence"}, "damped_persistence needs", id="no factor"),
    ],
)
def test_analysis__bad_entries_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(CatalogueError, match=said):
        parsed(**changes)
