"""Areas against published spheres and the closed ellipsoid."""

import numpy as np
import pytest

from kernels.indicators.area import ocean_area_in_box, ocean_area_in_mask, zone_area

RADIUS = 6371e3
OCEAN = np.ones((180, 360), bool)


@pytest.mark.parametrize(
    ("south", "north", "width", "expected"),
    [(-60, 60, 360, 4.41728790e14), (-0.5, 0.5, 1, 1.2364154779e10), (29.5, 30.5, 1, 1.0707672135e10),
     (59.5, 60.5, 1, 6.182077390e9)],
)  # fmt: skip
def test_zone_area__sphere(south, north, width, expected):
    assert zone_area(south, north, width, RADIUS) == pytest.approx(expected, rel=1e-9)


def test_zone_area__ellipsoid_is_that_of_wgs84():
    """5.10065621724e14 m2: Moritz 2000, Geodetic Reference System 1980; WGS84 differs below 1e-9."""
    assert zone_area(-90, 90, 360) == pytest.approx(5.10065621724e14, rel=1e-10)


def test_zone_area__ellipsoid_agrees_with_numerical_integration():
    a, e2 = 6378137.0, 0.00669437999014
    lat = np.radians(np.linspace(40, 45, 20001))
    strip = a**2 * (1 - e2) * np.cos(lat) / (1 - e2 * np.sin(lat) ** 2) ** 2
    assert zone_area(40, 45, 10) == pytest.approx(np.radians(10) * np.trapezoid(strip, lat), rel=1e-8)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        pytest.param((-60.0, 60.0), (-180.0, 180.0), id="round the Earth"),
        pytest.param((40.86, 46.8), (27.32, 41.96), id="edges within cells"),
        pytest.param((-5.0, 5.0), (170.5, -160.25), id="across the date line"),
        pytest.param((1.1, 1.2), (2.1, 2.3), id="smaller than a cell"),
    ],
)
def test_ocean_area_in_box__is_the_area_of_the_region(latitude, longitude):
    area = ocean_area_in_box(OCEAN, (36, 36), latitude, longitude)
    width = (longitude[1] - longitude[0]) % 360 or 360
    assert area.sum() == pytest.approx(float(zone_area(*latitude, width)), rel=1e-9)


def test_ocean_area_in_box__land_does_not_count():
    half = OCEAN.copy()
    half[:, ::2] = False
    full = ocean_area_in_box(OCEAN, (36, 36), (-60.0, 60.0), (-180.0, 180.0))
    np.testing.assert_allclose(ocean_area_in_box(half, (36, 36), (-60.0, 60.0), (-180.0, 180.0)), full / 2)


def test_ocean_area_in_mask__agrees_with_the_box():
    inside = np.zeros_like(OCEAN)
    inside[100:120, 30:70] = True
    expected = ocean_area_in_box(OCEAN, (36, 36), (10.0, 30.0), (-150.0, -110.0))
    np.testing.assert_allclose(ocean_area_in_mask(OCEAN, (36, 36), inside), expected, rtol=1e-9)


def test_ocean_area_in_box__boxes_must_hold_whole_cells():
    with pytest.raises(ValueError, match="whole cells"):
        ocean_area_in_box(OCEAN, (35, 36), (-60.0, 60.0), (-180.0, 180.0))
