"""Which places lie in a region."""

import numpy as np
import pytest

from kernels.indicators.inside import inside_box, inside_polygon

PACIFIC = np.array([(170.0, -10.0), (200.0, -10.0), (200.0, 10.0), (170.0, 10.0)])
L_SHAPE = np.array([(0.0, 0.0), (4.0, 0.0), (4.0, 1.0), (1.0, 1.0), (1.0, 4.0), (0.0, 4.0)])


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [(0, 175, True), (0, -175, True), (0, -159, False), (0, 165, False), (11, 175, False), (10, 170, True),
     (np.nan, 175, False)],
)  # fmt: skip
def test_inside__across_the_date_line(lat, lon, expected):
    place = np.array([lat], float), np.array([lon], float)
    assert inside_box(*place, (-10.0, 10.0), (170.0, -160.0))[0] == expected
    if lat != 10:  # on an edge a polygon may say either
        assert inside_polygon(*place, PACIFIC)[0] == expected


@pytest.mark.parametrize(
    ("lat", "lon", "expected"), [(0.5, 3, True), (3, 0.5, True), (3, 3, False), (2, -1, False)]
)
def test_inside_polygon__hollow_corner_is_outside(lat, lon, expected):
    assert inside_polygon(np.array([float(lat)]), np.array([float(lon)]), L_SHAPE)[0] == expected


def test_inside_box__whole_circle_holds_every_longitude():
    lon = np.linspace(-180, 180, 721)
    assert inside_box(np.zeros(721), lon, (-60.0, 60.0), (-180.0, 180.0)).all()
