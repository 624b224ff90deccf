"""Which seas see each other, on the mask of the catalogue."""

from functools import cache

import numpy as np
import pytest

from catalogs.land import land_class
from kernels.mapping.barriers import Barriers, afloat, barriers, in_the_open, nowhere, sees


@cache
def coasts() -> Barriers:
    return barriers(land_class())


def visible(way: tuple[float, float, float, float], among: Barriers) -> bool:
    lat1, lon1, lat2, lon2 = (np.array([float(a)]) for a in way)
    found = sees(afloat(lat1, lon1, among), 0, afloat(lat2, lon2, among), 0, among)
    back = sees(afloat(lat2, lon2, among), 0, afloat(lat1, lon1, among), 0, among)
    assert found == back
    return found


@pytest.mark.parametrize(
    "way",
    [
        pytest.param((10.5, -79.5, 7.5, -79.5), id="Panama"),
        pytest.param((9.6, -78.9, 8.9, -78.9), id="Panama where it is narrowest"),
        pytest.param((9.4, -79.9, 8.9, -79.5), id="Panama from shore to shore"),
        pytest.param((10.5, -83.2, 9, -84.5), id="Costa Rica"),
        pytest.param((12, -83.2, 11.5, -86.8), id="Nicaragua and its lake"),
        pytest.param((18.5, -94.5, 15.8, -95), id="Tehuantepec"),
        pytest.param((32, 32.5, 29, 32.7), id="Suez"),
        pytest.param((31.6, 32.8, 29.8, 32.5), id="Suez from shore to shore"),
        pytest.param((32, 34, 29.2, 34.8), id="Sinai"),
        pytest.param((27.5, -83.5, 27.5, -79.5), id="Florida"),
        pytest.param((42, 11, 43, 14.5), id="Italy"),
        pytest.param((28, -116, 28.2, -112), id="Lower California"),
        pytest.param((10.3, 98, 10.3, 100), id="Kra"),
    ],
)
def test_sees__nothing_across(way) -> None:
    assert not visible(way, coasts())
    assert visible(way, nowhere())


@pytest.mark.parametrize(
    "way",
    [
        pytest.param((36, -8, 36, -3), id="Gibraltar"),
        pytest.param((35.5, -7.5, 36.3, -3.5), id="Gibraltar askew"),
        pytest.param((19.5, -156.8, 19.5, -154.2), id="Hawaii, 120 km of land"),
        pytest.param((38.8, 15, 37, 15.8), id="Messina"),
        pytest.param((12, 44, 14, 42.5), id="Bab el Mandeb"),
        pytest.param((-16, 178, -17, -178), id="Fiji, over the date line"),
        pytest.param((0, -140, 0, -140), id="itself"),
        pytest.param((30, -40, 30.01, -40), id="next to it"),
        pytest.param((10, -150, 20, 150), id="6,700 km of open water"),
    ],
)
def test_sees__what_water_joins(way) -> None:
    assert visible(way, coasts())


def test_sees__no_point_of_one_ocean_from_the_other_around_panama() -> None:
    """All ways between 1-degree points of the Caribbean and the Pacific that are up to 2000 km long."""
    lat, lon = (a.ravel() for a in np.meshgrid(np.arange(-2.5, 22), np.arange(-105.5, -60)))
    wet = land_class()[((lat + 90) * 12).astype(int), ((lon + 180) * 12).astype(int)] <= 1
    lat, lon = lat[wet], lon[wet]
    # north-east of a line along the land from Tehuantepec to the Gulf of Uraba
    bend = np.array([[-100.0, 19.5], [-96, 17.3], [-92.5, 16], [-88, 14], [-85, 12.3], [-83.5, 9.5],
                     [-82, 8.6], [-80.3, 8.6], [-79, 9.25], [-77.7, 8.3], [-76.5, 4], [-72, 4]])  # fmt: skip
    caribbean = (lat > np.interp(lon, *bend.T)) & (lon > -98)
    pacific = (lat < np.interp(lon, *bend.T)) & (lon < -76.5)
    a, b = (afloat(lat[of], lon[of], coasts()) for of in (caribbean, pacific))
    near = a.vector @ b.vector.T > np.cos(2000 / 6371)
    ways = np.argwhere(near)
    assert len(ways) > 5000
    assert not any(sees(a, i, b, j, coasts()) for i, j in ways)


def test_sees__a_place_ashore_from_the_water_beside_it() -> None:
    """Centres of coastal cells may lie on land."""
    assert land_class()[int((40.1 + 90) * 12), int((-8.2 + 180) * 12)] == 3
    assert visible((40.1, -8.2, 40.1, -12), coasts())


def test_sees__nothing_from_far_inland() -> None:
    assert not visible((48, 60, 48, 60.1), coasts())
    assert np.isnan(afloat(np.array([48.0]), np.array([60.0]), coasts()).free_km[0])


def test_sees__land_exactly_as_wide_as_stated() -> None:
    """A wall of 12 cells along the meridian 0: 111 km at the equator."""
    land = np.zeros((2160, 4320), np.uint8)
    land[:, 2160 - 6 : 2160 + 6] = 3
    wall = barriers(land)
    for width, seen in ((90.0, False), (130.0, True)):
        assert visible((0, -3, 0, 3), wall._replace(width_km=width)) is seen
    assert not visible((60, -3, 60, 3), wall)
    assert visible((60, -3, 60, 3), wall._replace(width_km=70.0))  # 55 km there


def test_barriers__islands_do_not_count_even_on_the_date_line() -> None:
    land = np.zeros((2160, 4320), np.uint8)
    land[1080:1100, :10] = land[1080:1100, -10:] = 3  # 34,000 km2, halves of 17,000
    for island_km2, seen in ((30_000.0, False), (40_000.0, True)):
        assert visible((0.8, -178, 0.8, 178), barriers(land, 40.0, island_km2)) is seen


@pytest.mark.parametrize("shape", [(180, 180), (100, 200), (2160, 4319)])
def test_barriers__refuses_a_mask_that_does_not_cover_the_globe(shape) -> None:
    with pytest.raises(ValueError, match="cover the globe"):
        barriers(np.zeros(shape, np.uint8))


def test_barriers__refuses_no_width() -> None:
    with pytest.raises(ValueError, match="width_km"):
        barriers(land_class(), 0.0)


def test_in_the_open__only_what_sees() -> None:
    """Around Central America, where some pairs are in the open, some see each other and some do not."""
    rng = np.random.default_rng(0)
    a, b = (afloat(rng.uniform(-5, 30, 3000), rng.uniform(-120, -60, 3000), coasts()) for _ in range(2))
    known = np.array([in_the_open(a, i, b, i, coasts()) for i in range(3000)])
    seen = np.array([sees(a, i, b, i, coasts()) for i in range(3000)])
    assert 10 < known.sum() < seen.sum() < 2900
    assert seen[known].all()
