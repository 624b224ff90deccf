import numpy as np
import pytest

from catalogs.land import land_class
from kernels.synthetic.places import (
    MARGINAL_SEAS,
    cell_positions,
    draw_positions,
    in_deep_water,
    in_water,
    lane_weight,
    places_of,
)


@pytest.fixture(scope="module")
def places():
    return places_of(land_class())


def test_in_water__knows_ocean_land_and_marginal_seas(places):
    latitude = np.array([0.0, 40.0, 35.0, 45.0, 46.0, 90.0, -90.0])
    longitude = np.array([-150.0, -100.0, 20.0, 35.0, -5.0, 0.0, 0.0])
    expected = [True, False, False, False, True, False, False]
    np.testing.assert_array_equal(in_water(places, latitude, longitude), expected)


def test_in_water__date_line_has_no_seam(places):
    latitude, longitude = np.full(3, 0.5), np.array([-180.0, 180.0, 179.99])
    assert in_water(places, latitude, longitude).all()


@pytest.mark.parametrize("kind", ["casts", "lanes", "floats", "moorings"])
def test_draw_positions__stay_in_cells_with_water(places, kind):
    rng = np.random.default_rng(0)
    latitude, longitude = draw_positions(rng, getattr(places, kind), 20000)
    assert np.all((np.abs(latitude) < 78) & (np.abs(longitude) <= 180))
    for name, south, north, west, east in MARGINAL_SEAS:
        inside = (latitude > south) & (latitude < north) & (longitude > west) & (longitude < east)
        assert not inside.any(), name
    if kind in ("floats", "moorings"):
        assert in_water(places, latitude, longitude).all()
        assert in_deep_water(places, latitude, longitude).all()
    else:
        assert in_water(places, latitude, longitude).mean() > 0.7


def test_deep__keeps_two_cells_of_water_around(places):
    rng = np.random.default_rng(1)
    latitude, longitude = draw_positions(rng, places.floats, 5000)
    for north, east in rng.uniform(-1.99, 1.99, (10, 2)):
        around = (longitude + east + 180) % 360 - 180
        assert in_water(places, latitude + north, around).all()


def test_draw_positions__visit_lanes_and_the_north_more(places):
    rng = np.random.default_rng(2)
    for kind, north_part in (("casts", 0.6), ("lanes", 0.6)):
        latitude, _ = draw_positions(rng, getattr(places, kind), 20000)
        assert (latitude > 0).mean() > north_part
    on_lane = [lane_weight(*draw_positions(rng, p, 20000)) > 0.5 for p in (places.lanes, places.floats)]
    assert on_lane[0].mean() > 4 * on_lane[1].mean()


def test_cell_positions__last_draw_is_in_the_last_cell_with_weight():
    cumulative = np.where(np.arange(64800) < 100, np.arange(64800) / 100, 1.0)
    latitude, longitude = cell_positions(cumulative, np.array([np.nextafter(1, 0)]), np.zeros(1), np.zeros(1))
    assert (latitude[0], longitude[0]) == (-90, -80)


def test_places_of__refuses_a_mask_without_ocean():
    with pytest.raises(ValueError, match="no cell of open ocean"):
        places_of(np.full((180, 360), 3, np.uint8))
