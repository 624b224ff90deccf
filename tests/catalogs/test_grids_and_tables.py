"""Bathymetry and ranges that the catalogue carries."""

import numpy as np
import pytest

from catalogs.bottom import bottom_depth, bottom_digest
from catalogs.land import land_class
from catalogs.ranges import wod_digest, wod_ranges
from kernels.bathymetry import bottom_depth_at


def test_grids_and_tables__cannot_be_written_to() -> None:
    for array in (*wod_ranges().values(), bottom_depth()):
        with pytest.raises(ValueError, match="read-only"):
            array[(0,) * array.ndim] = 1


def test_grids_and_tables__have_digests() -> None:
    assert len(wod_digest()) == len(bottom_digest()) == 16
    assert wod_digest() != bottom_digest()


def test_wod_ranges__have_the_shapes_that_the_test_reads() -> None:
    tables = wod_ranges()
    assert tables["wod_region"].shape == (180, 360)
    assert tables["wod_level"].shape == (137,)
    assert np.all(np.diff(tables["wod_level"]) > 0)
    assert tables["wod_range"].shape == (28, 137, 2)
    assert np.isnan(tables["wod_range"][:2]).all()
    assert not np.isnan(tables["wod_range"][2:]).any()


@pytest.mark.parametrize(
    ("latitude", "longitude", "shallowest", "deepest"),
    [
        pytest.param(11.35, 142.2, 8000, 11000, id="Mariana Trench"),
        pytest.param(15.0, -38.0, 4000, 6500, id="Atlantic"),
        pytest.param(54.5, 4.0, 20, 80, id="North Sea"),
        pytest.param(36.5, 22.0, 1500, 5500, id="Mediterranean, off Greece"),
        pytest.param(-65.0, 0.0, 3000, 5500, id="Southern Ocean"),
    ],
)
def test_bottom_depth__of_known_places(
    latitude: float, longitude: float, shallowest: float, deepest: float
) -> None:
    (found,) = bottom_depth_at(bottom_depth(), np.array([latitude]), np.array([longitude]))
    assert shallowest < found < deepest


def test_bottom_depth__is_unknown_inland() -> None:
    place = np.array([48.85, -85.0, 30.0]), np.array([2.35, 100.0, 90.0])  # Paris, Antarctica, Tibet
    assert np.isnan(bottom_depth_at(bottom_depth(), *place)).all()


def test_bottom_depth__is_known_wherever_the_mask_is_all_ocean() -> None:
    ocean = (land_class() == 0).reshape(720, 3, 1440, 3).all(axis=(1, 3))
    assert np.isnan(bottom_depth())[ocean].mean() < 0.01
