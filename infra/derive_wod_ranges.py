"""Derive ``catalogs/tables/wod_ranges.npz`` from the tables of the World Ocean Database's range check.

Run ``python infra/derive_wod_ranges.py FOLDER`` again only when the tables change. The folder holds
``WOD_ranges_Temperature.csv`` (depth, then lowest and highest temperature of each region),
``range_area.csv`` (latitude, longitude and region of the centre of each degree) and ``regionCodes.csv``.

Source: NOAA National Centers for Environmental Information, World Ocean Database, quality control by
depth-dependent ranges in basins (public domain), in the form in which AutoQC distributes it.
"""

import csv
import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TARGET = Path(__file__).parent.parent / "catalogs" / "tables" / "wod_ranges.npz"


def region_map(area: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Region of each degree.

    Parameters
    ----------
    area : (64800, 3) latitude and longitude of the centre of each degree, and its region.

    Returns
    -------
    region : (180, 360) uint8 from 90S, 180W.
    """
    region = np.zeros((180, 360), np.uint8)
    row, column = np.floor(area[:, 0] + 90).astype(int), np.floor(area[:, 1] + 180).astype(int)
    region[row, column] = area[:, 2]
    if len(set(zip(row, column, strict=True))) != region.size:
        raise ValueError(f"expected all {region.size} degrees once, not {len(area)} rows")
    return region


def ranges_of(codes: dict[int, str], header: list[str], table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lowest and highest temperature by region and level.

    Parameters
    ----------
    codes : name of each region.
    header, table : (n_level, n_column) depth, then ``<name>_min`` and ``<name>_max`` of the regions.

    Returns
    -------
    ranges : (n_region + 1, n_level, 2) float64; NaN for regions without ranges.
    """
    ranges = np.full((max(codes) + 1, len(table), 2), np.nan)
    for code, name in codes.items():
        if f"{name}_min" in header:
            ranges[code, :, 0] = table[:, header.index(f"{name}_min")]
            ranges[code, :, 1] = table[:, header.index(f"{name}_max")]
    return ranges


def derive(folder: Path) -> dict[str, NDArray[np.generic]]:
    with (folder / "regionCodes.csv").open() as file:
        codes = {
            int(row["code"]): row["name"]
            for row in csv.DictReader(file, ["name", "code"])
            if row["code"] != "code"
        }
    with (folder / "WOD_ranges_Temperature.csv").open() as file:
        header = next(csv.reader(file))
        table = np.loadtxt(file, delimiter=",")
    area = np.loadtxt(folder / "range_area.csv", delimiter=",", skiprows=1)
    return {"region": region_map(area), "level": table[:, 0], "range": ranges_of(codes, header, table)}


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    np.savez_compressed(TARGET, **derive(Path(sys.argv[1])))
    print(f"{TARGET}: {os.path.getsize(TARGET)} bytes")
