"""Which places lie in a region."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.indicators.inside import cells_on_edges, inside_box, inside_cells, inside_outline, outline_of

PACIFIC = ((170.0, -10.0), (200.0, -10.0), (200.0, 10.0), (170.0, 10.0))
L_SHAPE = ((0.0, 0.0), (4.0, 0.0), (4.0, 1.0), (1.0, 1.0), (1.0, 4.0), (0.0, 4.0))
SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
HOLE = ((3.0, 3.0), (6.0, 3.0), (6.0, 6.0), (3.0, 6.0))
CAP = ((-180.0, 60.0), (180.0, 60.0), (180.0, 90.0), (-180.0, 90.0))
CUT = [[((170.0, -10.0), (180.0, -10.0), (180.0, 10.0), (170.0, 10.0))],
       [((-180.0, -10.0), (-160.0, -10.0), (-160.0, 10.0), (-180.0, 10.0))]]  # fmt: skip


def inside(lat, lon, *polygons):
    return inside_outline(np.array([lat], float), np.array([lon], float), outline_of(polygons))[0]


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [(0, 175, True), (0, -175, True), (0, -159, False), (0, 165, False), (11, 175, False), (10, 170, True),
     (0, 180, True), (0, -180, True), (np.nan, 175, False), (0, np.nan, False)],
)  # fmt: skip
def test_inside__across_the_date_line(lat, lon, expected):
    assert inside_box(np.array([lat]), np.array([lon]), (-10.0, 10.0), (170.0, -160.0))[0] == expected
    if lat != 10:  # on an edge a polygon may say either
        assert inside(lat, lon, [PACIFIC]) == expected
        assert inside(lat, lon, *CUT) == expected


@pytest.mark.parametrize(
    ("lat", "lon", "expected"), [(0.5, 3, True), (3, 0.5, True), (3, 3, False), (2, -1, False)]
)
def test_inside_outline__hollow_corner_is_outside(lat, lon, expected):
    assert inside(lat, lon, [L_SHAPE]) == expected


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [
        pytest.param(1, 1, True, id="between edge and hole"),
        pytest.param(4, 4, False, id="in the hole"),
        pytest.param(4, 364, False, id="in the hole, a turn further"),
        pytest.param(11, 4, False, id="beyond the edge"),
        pytest.param(45, 45, True, id="in the second polygon"),
    ],
)
def test_inside_outline__holes_and_several_polygons(lat, lon, expected):
    second = [tuple((x + 40, y + 40) for x, y in SQUARE)]
    assert inside(lat, lon, [SQUARE, HOLE], second) == expected


@pytest.mark.parametrize(("lat", "expected"), [(59.9, False), (60.1, True), (89.999, True), (-70, False)])
def test_inside_outline__around_a_pole(lat, expected):
    assert {inside(lat, lon, [CAP]) for lon in (-180, -179.9, 0, 12.3, 179.9)} == {expected}


def test_inside_box__whole_circle_holds_every_longitude():
    lon = np.linspace(-180, 180, 721)
    assert inside_box(np.zeros(721), lon, (-60.0, 60.0), (-180.0, 180.0)).all()


corner = st.tuples(
    st.floats(100, 250).map(lambda x: round(x, 2)), st.floats(-89, 89).map(lambda y: round(y, 2))
)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(corner, min_size=3, max_size=8, unique=True), min_size=1, max_size=3))
def test_inside_cells__is_inside_outline_at_the_centres(rings):
    """But for centres within 1e-4 degrees of an edge, where either may be right."""
    outline = outline_of([rings])
    lat, lon = (np.arange(24) + 0.5) * 7.5 - 90, (np.arange(48) + 0.5) * 7.5 - 180
    held = inside_outline(np.repeat(lat, 48), np.tile(lon, 24), outline).reshape(24, 48)
    above, below = (
        inside_outline(np.repeat(lat + d, 48), np.tile(lon, 24), outline).reshape(24, 48)
        for d in (1e-4, -1e-4)
    )
    east, west = (inside_outline(np.repeat(lat, 48), np.tile(lon + d, 24), outline).reshape(24, 48)
                  for d in (1e-4, -1e-4))  # fmt: skip
    clear = (held == below) & (held == above) & (held == east) & (held == west)
    corners = np.concatenate(rings)
    if (np.ptp(corners, axis=0) == np.ptp(rings[0], axis=0)).all():  # else the catalogue refuses the hole
        np.testing.assert_array_equal(inside_cells(outline, 24, 48)[clear], held[clear])


def test_cells_on_edges__are_those_that_edges_pass():
    i, j = cells_on_edges(outline_of([[((0.5, 0.5), (3.5, 0.5), (3.5, 2.5), (0.5, 2.5))]]), 180, 360)
    found = {(int(a) - 90, int(b) - 180) for a, b in zip(i, j, strict=True)}
    assert found == {(0, 0), (0, 1), (0, 2), (0, 3), (1, 3), (2, 3), (2, 2), (2, 1), (2, 0), (1, 0)}
