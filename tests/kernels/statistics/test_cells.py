"""Cells, layers, months and slots."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.statistics.cells import (
    area_deviation,
    cell_of,
    cells_of_rows,
    edges_of,
    global_cells,
    neighbours,
)
from kernels.statistics.slots import layer_table, month_of, n_slots, numbered, slots_of

EDGES = np.array([-5.0, 5, 15, 62.5, 62.75, 100, 6250])


def touching(cells, cell):
    start, neighbour = neighbours(cells)
    return neighbour[start[cell] : start[cell + 1]].tolist()


@pytest.mark.parametrize(
    ("height", "n", "deviation"),
    [pytest.param(5, 1654, 0.048, id="5 degrees"), pytest.param(2, 10312, 0.048, id="2 degrees")],
)
def test_global_cells__equal_area_is_nearly_so(height, n, deviation):
    cells = global_cells(height, height, True)
    assert cells.n_in_row.sum() == n
    assert 0.04 < area_deviation(cells) < deviation
    latitude, longitude = edges_of(cells)
    area = np.diff(np.sin(np.radians(latitude)), axis=1)[:, 0] * np.diff(longitude, axis=1)[:, 0]
    assert area.sum() == pytest.approx(720, rel=1e-12)
    assert area.max() / np.median(area) < 1 + 2 * deviation


def test_global_cells__must_fill_the_sphere():
    with pytest.raises(ValueError, match="divide"):
        global_cells(7, 5, False)


@pytest.mark.parametrize("equal_area", [False, True])
def test_cell_of__every_place_lies_in_its_cell(equal_area):
    cells = global_cells(5, 5, equal_area)
    rng = np.random.default_rng(0)
    lat, lon = rng.uniform(-90, 90, 5000), rng.uniform(-180, 180, 5000)
    cell = cell_of(lat, lon, cells)
    latitude, longitude = edges_of(cells)
    for at, edges in ((lat, latitude[cell]), (lon, longitude[cell])):
        assert ((edges[:, 0] - 1e-9 <= at) & (at <= edges[:, 1] + 1e-9)).all()
    np.testing.assert_array_equal(cell_of(lat, lon + 360, cells), cell)


@pytest.mark.parametrize(
    ("lat", "lon", "cell"),
    [
        pytest.param(-90.0, -180.0, 0, id="first corner"),
        pytest.param(90.0, 0.0, 35 * 72 + 36, id="north pole"),
        pytest.param(0.0, 180.0, 18 * 72, id="date line"),
        pytest.param(0.0, 179.99, 18 * 72 + 71, id="just west of it"),
        pytest.param(0.0, np.nextafter(-180, -181), 18 * 72, id="a hair west of the first edge"),
        pytest.param(0.0, 359.0, 18 * 72 + 35, id="longitude beyond 180"),
        pytest.param(np.nan, 0.0, -1, id="no latitude"),
        pytest.param(0.0, np.nan, -1, id="no longitude"),
        pytest.param(90.1, 0.0, -1, id="impossible"),
    ],
)
def test_cell_of__edges(lat, lon, cell):
    assert cell_of(np.array([lat]), np.array([lon]), global_cells(5, 5, False))[0] == cell


def test_cell_of__part_of_the_sphere():
    cells = cells_of_rows(30, -10, 2, 40, np.full(8, 20))
    lat, lon = np.array([30.0, 46, 46.1, 29.9, 33, 33]), np.array([-10.0, 29.9, 0, 0, -10.1, 30.1])
    assert cell_of(lat, lon, cells).tolist() == [0, 159, -1, -1, -1, -1]
    assert touching(cells, 0) == [1, 20, 21]


def test_neighbours__regular_grid_has_eight_and_five_at_the_poles():
    cells = global_cells(5, 5, False)
    start, _ = neighbours(cells)
    assert set(np.diff(start)[72:-72]) == {8}
    assert set(np.diff(start)[:72]) == set(np.diff(start)[-72:]) == {5}
    assert touching(cells, 72) == [0, 1, 71, 73, 143, 144, 145, 215]


def test_neighbours__of_equal_area_touch_each_other():
    cells = global_cells(5, 5, True)
    assert touching(cells, 0)[:2] == [1, 2]
    start, neighbour = neighbours(cells)
    pairs = set(zip(np.repeat(np.arange(1654), np.diff(start)).tolist(), neighbour.tolist(), strict=True))
    assert all((b, a) in pairs for a, b in pairs)
    assert np.diff(start).max() <= 11
    # places half a degree to the north, south, east and west of a corner lie in the cell or beside it
    latitude, longitude = edges_of(cells)
    corner = np.stack([latitude[:, 0], longitude[:, 0]])[:, 3:-3]
    for d_lat, d_lon in ((0.01, -0.01), (-0.01, 0.01), (-0.01, -0.01)):
        other = cell_of(corner[0] + d_lat, corner[1] + d_lon, cells)
        assert all(p in pairs for p in zip(range(3, 1651), other.tolist(), strict=True))


@given(st.integers(-80_000, 120_000), st.floats(0, 0.999))
def test_month_of__is_the_calendar_of_numpy(day, part):
    month = (np.datetime64("1950-01-01") + np.timedelta64(day, "D")).astype("datetime64[M]").astype(int) % 12
    assert month_of(np.array([day + part]))[0] == month


def test_month_of__nothing_without_time():
    assert month_of(np.array([np.nan, np.inf, 1e9])).tolist() == [-1, -1, -1]


def test_slots_of__layer_edges_and_what_does_not_count():
    depth = np.array([-5.1, -5, 4.99, 5, 62.4, 62.5, 62.75, 6249, 6250, np.nan, 10, 10, 10])
    value = np.array([1.0] * 10 + [np.nan, np.inf, 1e13])
    row_start, month = np.array([0, 13]), np.array([11], np.int32)
    slot = slots_of(row_start, np.array([2], np.int32), month, depth, value, EDGES, layer_table(EDGES))
    layer = [-1, 0, 0, 1, 2, 3, 4, 5, -1, -1, -1, -1, -1]
    assert slot.tolist() == [(2 * 6 + k) * 12 + 11 if k >= 0 else -1 for k in layer]
    used = numbered(slot, 18 * 12)
    assert used.tolist() == [(12 + k) * 12 + 11 for k in range(6)]
    assert slot.tolist() == layer


def test_slots_of__rows_without_place_or_month():
    row_start, one = np.array([0, 1, 2, 3]), np.ones(3)
    cell, month = np.array([-1, 0, 0], np.int32), np.array([0, -1, 0], np.int32)
    assert slots_of(row_start, cell, month, one, one, EDGES, layer_table(EDGES)).tolist() == [-1, -1, 0]


def test_n_slots__must_fit():
    with pytest.raises(ValueError, match="at most"):
        n_slots(10_000_000, 50)
