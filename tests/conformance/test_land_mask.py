"""The land mask that the catalogue carries, against the 1 km mask that it was derived from."""

from pathlib import Path

import numpy as np
import pytest

from catalogs.land import land_class, land_digest


def class_at(latitude: float, longitude: float) -> int:
    return int(land_class()[int((latitude + 90) * 12), int((longitude + 180) * 12)])


@pytest.mark.parametrize(
    ("latitude", "longitude", "wanted"),
    [
        pytest.param(0.0, -30.0, {0}, id="Atlantic"),
        pytest.param(43.0, 34.0, {0}, id="Black Sea"),
        pytest.param(65.2, 23.0, {0, 1, 2}, id="Gulf of Bothnia"),
        pytest.param(48.85, 2.35, {3}, id="Paris"),
        pytest.param(-89.0, 0.0, {3}, id="South Pole"),
        pytest.param(42.0, 51.0, {3}, id="the Caspian Sea counts as land"),
        pytest.param(43.29, 5.35, {1, 2}, id="Marseille lies on a coast"),
    ],
)
def test_land_class__of_known_places(latitude: float, longitude: float, wanted: set[int]) -> None:
    assert class_at(latitude, longitude) in wanted


def test_land_class__has_the_share_of_land_of_the_earth() -> None:
    area = np.cos(np.radians((np.arange(2160) + 0.5) / 12 - 90))[:, None] * np.ones(4320)
    land = area[land_class() >= 2].sum() / area.sum()
    assert 0.28 < land < 0.30


def test_land_class__cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        land_class()[0, 0] = 1


def test_land_digest__is_the_same_every_time() -> None:
    assert land_digest() == land_digest()
    assert len(land_digest()) == 16


@pytest.mark.long
@pytest.mark.records
def test_land_class__agrees_with_the_1_km_mask_in_every_cell_of_a_sample(shared_records: Path) -> None:
    with np.load(shared_records / "reference" / "globe_land_mask.npz") as data:
        ocean = data["mask"]
        assert (data["lat"][0], data["lon"][0]) == (90.0, -180.0)
    rng = np.random.default_rng(2)
    for i, j in zip(rng.integers(0, 2160, 3000), rng.integers(0, 4320, 3000), strict=True):
        north = (2159 - i) * 10
        points = ocean[north : north + 10, j * 10 : j * 10 + 10]
        share = points.mean()
        wanted = 0 if share == 1 else 3 if share == 0 else 1 if share >= 0.5 else 2
        assert land_class()[i, j] == wanted
