"""Outlines of regions: what GeoJSON is taken, and what is refused with a reason."""

import json

import pytest

from catalogs.geometry import polygons_of, read_geojson
from catalogs.schema import CatalogueError, Indicator, Region, load, names, parse

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
HOLE = [[3, 3], [6, 3], [6, 6], [3, 6], [3, 3]]


def region(**content):
    entry = {"name": "mine", "title": "Mine", "reference": "test"} | content
    return parse(Region, entry, "regions/mine.yaml")


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def test_region__takes_polygons_with_holes_inline_and_from_a_file(tmp_path):
    inline = region(geometry=polygon(SQUARE, HOLE))
    assert [len(ring) for ring in inline.polygons[0]] == [4, 4]
    file = tmp_path / "sea.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": polygon(SQUARE, HOLE)}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, feature]}))
    read = region(geojson=str(file))
    assert read.polygons == inline.polygons * 2
    assert "coordinates" in read.model_dump(mode="json")["geometry"]
    assert not read.is_box


def test_region__geojson_lies_beside_the_entry(tmp_path, monkeypatch):
    monkeypatch.setenv("OCEANSTATE_CATALOGUE", str(tmp_path))
    (tmp_path / "regions").mkdir()
    (tmp_path / "regions" / "mine.yaml").write_text(
        "{name: mine, title: x, reference: x, geojson: mine.geojson}"
    )
    (tmp_path / "regions" / "mine.geojson").write_text(json.dumps(polygon(SQUARE)))
    assert len(load(Region, "mine").polygons) == 1


def test_region__url_of_any_file_system():
    import fsspec

    with fsspec.open("memory://sea.geojson", "wb") as file:
        file.write(json.dumps(polygon(SQUARE)).encode())
    assert read_geojson("memory://sea.geojson")["coordinates"] == [[SQUARE]]


@pytest.mark.parametrize(
    ("ring", "spans"),
    [
        pytest.param([[170, -10], [190, -10], [190, 10], [170, 10], [170, -10]], (170, 190), id="beyond 180"),
        pytest.param([[-180, 60], [180, 60], [180, 90], [-180, 90], [-180, 60]], (-180, 180), id="polar cap"),
        pytest.param([[-180, -60], [180, -60], [180, 60], [-180, 60], [-180, -60]], (-180, 180), id="band"),
        pytest.param([[0, 0, 5], [10, 0, 5], [10, 10, 5], [0, 0, 5]], (0, 10), id="heights are left out"),
    ],
)
def test_polygons_of__across_the_date_line_and_around_a_pole(ring, spans):
    east = [lon for lon, _ in polygons_of(polygon(ring))[0][0]]
    assert (min(east), max(east)) == spans


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(
            {"geometry": polygon([[170, -10], [-170, -10], [-170, 10], [170, 10], [170, -10]])},
            r"edge from \(170, -10\) to \(-170, -10\) spans 340 .*date line cut the polygon .*RFC 7946",
            id="across the date line, not cut",
        ),
        pytest.param(
            {"polygon": [[170, -10], [-170, -10], [-170, 10], [170, 10]]}, "spans 340", id="corners, not cut"
        ),
        pytest.param(
            {"geometry": polygon([[0, 60], [90, 60], [180, 60], [270, 60], [360, 60]])},
            "goes round the Earth and so round a pole: let it follow the meridians",
            id="around a pole, not led to it",
        ),
        pytest.param(
            {"geometry": polygon([[0, 60], [120, 60], [-120, 60], [0, 60]])},
            "spans 240 .* around a pole let it follow",
            id="around a pole, the short way over the date line",
        ),
        pytest.param({"geometry": polygon(SQUARE[:-1])}, "not closed", id="not closed"),
        pytest.param({"geometry": polygon([[0, 0], [1, 1], [0, 0]])}, "needs 4", id="too few positions"),
        pytest.param({"geometry": polygon([[0, 0], [1, 1], [0, 0], [0, 0]])}, "3 different", id="no area"),
        pytest.param({"geometry": polygon([[0, 0], [1, 91], [2, 0], [0, 0]])}, "latitude 91", id="no place"),
        pytest.param({"geometry": polygon([[0], [1, 1], [2, 0], [0, 0]])}, "position must be", id="half"),
        pytest.param(
            {"geometry": polygon([[-200, 0], [-50, 0], [90, 0], [200, 0], [0, 9], [-200, 0]])},
            "spans 400 degrees",
            id="more than the Earth",
        ),
        pytest.param(
            {"geometry": polygon(SQUARE, [[8, 8], [12, 8], [12, 9], [8, 8]])}, "hole that reaches", id="hole"
        ),
        pytest.param({"geometry": {"type": "Point", "coordinates": [0, 0]}}, "not 'Point'", id="point"),
        pytest.param({"geometry": polygon()}, "no ring", id="no ring"),
        pytest.param({"geojson": "memory://not/there.geojson"}, "cannot read", id="file that is not there"),
        pytest.param({"geometry": polygon(SQUARE), "latitude": [0, 1], "longitude": [0, 1]}, "give either",
                     id="box and geometry"),
        pytest.param({"latitude": [0, 1], "longitude": [0, 1], "minimum_bottom_depth": -5}, "greater than 0",
                     id="depth above the sea"),
    ],
)  # fmt: skip
def test_region__is_refused_with_the_reason(content, said):
    with pytest.raises(CatalogueError, match=said):
        region(**content)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ('{"type": "LineString"}', "not 'LineString'"),
        ('{"type": "FeatureCollection", "features": []}', "no polygon"),
    ],
)
def test_read_geojson__what_holds_no_outline(tmp_path, text, said):
    (tmp_path / "bad.geojson").write_text(text)
    with pytest.raises(ValueError, match=said):
        read_geojson(str(tmp_path / "bad.geojson"))


def test_indicator__of_depths_is_one_of_each():
    base = load(Indicator, "temp_at")
    each = base.each()
    assert [e.layer for e in each] == [(z, z) for z in base.depths]
    assert load(Indicator, "temp_at_100") == next(e for e in each if e.layer == (100, 100))
    with pytest.raises(CatalogueError, match="no entry 'temp_at_101'"):
        load(Indicator, "temp_at_101")
    assert load(Indicator, "ohc_0_700").each() == (load(Indicator, "ohc_0_700"),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"quantity": "ocean_heat_content", "heat": "teos10", "rho0": 1030, "cp": 3980}, "none with heat"),
        ({"quantity": "mixed_layer_depth"}, "needs a threshold"),
        ({"quantity": "layer_mean", "threshold": 1}, "needs no threshold"),
        ({"quantity": "oxygen_inventory"}, "cannot be made from TEMP"),
        ({"quantity": "layer_mean", "variable": "DOXY"}, "cannot be made from DOXY"),
        ({"quantity": "value_at_depth"}, "a layer of one depth"),
        ({"quantity": "layer_mean", "layer": [5, 5]}, "0 <= top < bottom"),
        ({"quantity": "layer_mean", "depths": [5]}, "only value_at_depth"),
    ],
)
def test_indicator__what_does_not_fit_is_refused(content, said):
    entry = {"name": "x", "title": "x", "layer": [0, 700], "units": "1", "convention": "x", "reference": "x"}
    with pytest.raises(CatalogueError, match=said):
        parse(Indicator, entry | content, "indicators/x.yaml")


@pytest.mark.parametrize("name", names("indicators"))
def test_indicator__says_its_convention_and_source(name):
    each = load(Indicator, name)
    assert len(each.convention) > 20
    assert len(each.reference) > 10
