"""Cells of the sphere in rows of equal latitude height: as many in each row, or of about equal area.

Cells of about equal area: the row from latitude a to b has ``max(1, round(n * (sin b - sin a) / s))`` cells,
where the widest row, next to the equator, has ``n`` and spans ``s`` in the sine of latitude. The integerised
sinusoidal grid of ocean colour counts cells likewise, by the cosine of the row's centre (Campbell, J. W.,
J. M. Blaisdell and M. Darzi, 1995: Level-3 SeaWiFS data products, NASA Technical Memorandum 104566, volume
32); the sine keeps the exact area of a row. With 5 degrees there are 1,654 cells, whose area is off by at
most 4.8 % (``area_deviation``; in the row at each pole, of 3 cells), with 2 degrees 10,312 and 4.7 %.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled


class Cells(NamedTuple):
    """Rows of cells from south to north; the cells of a row begin at ``west`` and go ``extent`` degrees east.

    ``n_in_row`` has the number of cells of each row, ``first`` the number of the first cell of each row.
    """

    south: float
    west: float
    height: float
    extent: float
    n_in_row: Array
    first: Array


def cells_of_rows(south: float, west: float, height: float, extent: float, n_in_row: Array) -> Cells:
    """Cells numbered row by row from the south, eastward in each row."""
    n = np.asarray(n_in_row, np.int64)
    return Cells(float(south), float(west), float(height), float(extent), n, np.cumsum(n) - n)


def global_cells(height: float, width: float, equal_area: bool) -> Cells:
    """Cells of the whole sphere; ``width`` (degrees of longitude) is that of the row next to the equator
    where areas are to be equal, else of every row."""
    n_row, n_equator = round(180 / height), round(360 / width)
    if not np.allclose((n_row * height, n_equator * width), (180, 360)):
        raise ValueError(f"cells must divide 180 by 360 degrees, these have {height} by {width}")
    n_in_row = np.full(n_row, n_equator)
    if equal_area:
        span = np.diff(np.sin(np.radians(np.linspace(-90, 90, n_row + 1))))
        n_in_row = np.maximum(1, np.round(n_equator * span / span.max()).astype(np.int64))
    return cells_of_rows(-90.0, -180.0, height, 360.0, n_in_row)


def n_cells(cells: Cells) -> int:
    """Number of cells."""
    return int(cells.n_in_row.sum())


def area_deviation(cells: Cells) -> float:
    """Largest relative difference between the area of a cell and that of one next to the equator."""
    edge = np.radians(cells.south + cells.height * np.arange(cells.n_in_row.size + 1))
    area = np.diff(np.sin(edge)) / cells.n_in_row
    return float(np.abs(area / area[area.size // 2] - 1).max())


def edges_of(cells: Cells) -> tuple[Array, Array]:
    """Edges of each cell: (n_cell, 2) latitude, south and north, and (n_cell, 2) longitude, west and east."""
    row = np.repeat(np.arange(cells.n_in_row.size), cells.n_in_row)
    south = cells.south + cells.height * row
    width = (cells.extent / cells.n_in_row)[row]
    west = cells.west + width * (np.arange(row.size) - cells.first[row])
    return np.stack([south, south + cells.height], 1), np.stack([west, west + width], 1)


@compiled
def cell_of(latitude: Array, longitude: Array, cells: Cells) -> Array:
    """Cell of each place.

    Parameters
    ----------
    latitude, longitude : (n,) degrees, longitude in any turn; NaN where missing.

    Returns
    -------
    cell : (n,) int32, -1 where the place is missing, impossible or outside. The north pole lies in the
        northernmost row.
    """
    out = np.full(latitude.size, -1, np.int32)
    n_row = cells.n_in_row.size
    north = cells.south + n_row * cells.height
    for i in range(latitude.size):
        lat, east = latitude[i], (longitude[i] - cells.west) % 360.0
        east = east if east != 360.0 else 0.0  # a hair west of the edge is rounded to a full turn
        if not (-90.0 <= lat <= 90.0 and cells.south <= lat <= north and east < cells.extent):
            continue
        row = min(int((lat - cells.south) / cells.height), n_row - 1)
        n = cells.n_in_row[row]
        out[i] = cells.first[row] + min(int(east * n / cells.extent), n - 1)
    return out


def neighbours(cells: Cells) -> tuple[Array, Array]:
    """The cells that touch each cell, also at a corner and across the date line: eight on a regular grid.

    Cells do not touch across a pole, except that those of a polar row are beside each other.

    Returns
    -------
    start : (n_cell + 1,) int64 offsets.
    neighbour : cell numbers, increasing for each cell, without the cell itself.
    """
    touching = [_touching(cells, row, j) for row, n in enumerate(cells.n_in_row.tolist()) for j in range(n)]
    sizes = np.array([len(t) for t in touching], np.int64)
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return start, np.array([c for t in touching for c in t], np.int32)


def _touching(cells: Cells, row: int, j: int) -> list[int]:
    n, around = int(cells.n_in_row[row]), cells.extent == 360.0
    found: set[int] = set()
    for other in range(max(row - 1, 0), min(row + 2, cells.n_in_row.size)):
        m = int(cells.n_in_row[other])
        # in whole numbers: edges k / m and (k + 1) / m against j / n and (j + 1) / n
        beside = range(-(-j * m // n) - 1, (j + 1) * m // n + 1)
        found |= {int(cells.first[other]) + k % m for k in beside if around or 0 <= k < m}
    return sorted(found - {int(cells.first[row]) + j})
