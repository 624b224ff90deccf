import gsw
import numpy as np
import pytest

from kernels.ragged import row_of_obs
from kernels.seawater import (
    SAAR_PRESSURE,
    absolute_salinity,
    conservative_temperature,
    density,
    saar_columns,
)

ONE_ROW_EACH = np.arange(7)
SP = np.array([34.5487, 34.7275, 34.8605, 34.6810, 34.5680, 34.5600])
T = np.array([28.7856, 28.4329, 22.8103, 10.2600, 6.8863, 4.4036])
P = np.array([10.0, 50.0, 125.0, 250.0, 600.0, 1000.0])
SA = np.array(
    [34.711793738508, 34.891554234269, 35.025619373601, 34.847176981639, 34.736656360712, 34.732349392120]
)
CT = np.array(
    [28.809920089612, 28.439225560133, 22.786176217840, 10.226189705515, 6.827212787142, 4.323576367733]
)
RHO = np.array(
    [1021.839924483, 1022.262489324, 1024.427216676, 1027.790136836, 1029.837820899, 1032.002416842]
)
"""The example of the GSW toolbox's documentation (lat 4, lon 188), printed with gsw 3.6."""


@pytest.fixture(scope="module")
def ocean() -> dict[str, np.ndarray]:
    """Values and places over the whole range of the polynomials, far beyond what occurs together."""
    rng = np.random.default_rng(20261)
    n = 200_000
    return {
        "SP": rng.uniform(0, 42, n),
        "t": rng.uniform(-2.5, 40, n),
        "p": rng.uniform(-5, 11000, n),
        "longitude": rng.uniform(-180, 360, n),
        "latitude": rng.uniform(-86, 90, n),
    }


def test_seawater__gives_the_printed_digits_of_the_toolbox_example() -> None:
    place = np.full(6, 188.0), np.full(6, 4.0)
    np.testing.assert_allclose(absolute_salinity(ONE_ROW_EACH, SP, P, *place), SA, atol=6e-13, rtol=0)
    np.testing.assert_allclose(conservative_temperature(SA, T, P), CT, atol=6e-13, rtol=0)
    np.testing.assert_allclose(density(SA, CT, P), RHO, atol=6e-10, rtol=0)


def test_absolute_salinity__agrees_with_gsw_everywhere(ocean: dict[str, np.ndarray]) -> None:
    n = len(ocean["SP"])
    found = absolute_salinity(
        np.arange(n + 1), ocean["SP"], ocean["p"], ocean["longitude"], ocean["latitude"]
    )
    wanted = gsw.SA_from_SP(ocean["SP"], ocean["p"], ocean["longitude"], ocean["latitude"])
    np.testing.assert_allclose(found, wanted, atol=1e-12, rtol=0)


@pytest.mark.parametrize(
    ("west", "east", "south", "north"),
    [
        pytest.param(258, 294, 1, 23, id="Panama, where gsw keeps the oceans apart"),
        pytest.param(5, 46, 49, 70, id="Baltic Sea, which has a formula of its own"),
        pytest.param(176, 184, -80, 80, id="date line"),
        pytest.param(-2, 2, -86, 90, id="Greenwich, where the table begins"),
    ],
)
def test_absolute_salinity__agrees_with_gsw_in_special_places(
    west: float, east: float, south: float, north: float
) -> None:
    rng = np.random.default_rng(5)
    n = 50_000
    lon, lat, p = rng.uniform(west, east, n), rng.uniform(south, north, n), rng.uniform(0, 7000, n)
    found = absolute_salinity(np.arange(n + 1), np.full(n, 20.0), p, lon, lat)
    np.testing.assert_allclose(found, gsw.SA_from_SP(20.0, p, lon, lat), atol=1e-12, rtol=0)


def test_absolute_salinity__takes_a_profile_of_many_levels() -> None:
    row_start = np.array([0, 3, 3, 46])
    p = np.concatenate([[0.0, 5.0, 4000.0], np.linspace(0, 6200, 43)])
    lon, lat = np.array([-30.0, 0.0, 150.0]), np.array([20.0, 0.0, -40.0])
    row = row_of_obs(row_start)
    found = absolute_salinity(row_start, np.full(46, 35.0), p, lon, lat)
    np.testing.assert_allclose(found, gsw.SA_from_SP(35.0, p, lon[row], lat[row]), atol=1e-12, rtol=0)


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [pytest.param(np.nan, 4.0, id="no longitude"), pytest.param(188.0, np.nan, id="no latitude"),
     pytest.param(188.0, 95.0, id="impossible latitude"), pytest.param(0.0, -88.0, id="south of the table")],
)  # fmt: skip
def test_absolute_salinity__without_a_place_is_that_of_the_reference_composition(
    longitude: float, latitude: float
) -> None:
    found = absolute_salinity(
        np.array([0, 1]), np.array([35.0]), np.array([10.0]), np.array([longitude]), np.array([latitude])
    )
    np.testing.assert_allclose(found, 35.16504, atol=1e-12)


def test_absolute_salinity__is_missing_where_salinity_or_pressure_is() -> None:
    found = absolute_salinity(
        np.array([0, 3]),
        np.array([35.0, np.nan, 35.0], np.float32),
        np.array([np.nan, 5.0, 5.0], np.float32),
        np.array([0.0]),
        np.array([0.0]),
    )
    np.testing.assert_array_equal(np.isnan(found), [True, True, False])


def test_absolute_salinity__counts_negative_salinity_as_none() -> None:
    """gsw keeps the sign, and has no density for it."""
    place = np.array([0.0]), np.array([0.0])
    assert absolute_salinity(ONE_ROW_EACH[:2], np.array([-0.1]), np.array([5.0]), *place) == 0


def test_conservative_temperature__agrees_with_gsw_over_the_ocean_range(ocean: dict[str, np.ndarray]) -> None:
    found = conservative_temperature(ocean["SP"], ocean["t"], ocean["p"])
    np.testing.assert_allclose(found, gsw.CT_from_t(ocean["SP"], ocean["t"], ocean["p"]), atol=1e-12, rtol=0)


def test_density__agrees_with_gsw_over_the_ocean_range(ocean: dict[str, np.ndarray]) -> None:
    found = density(ocean["SP"], ocean["t"], ocean["p"])
    np.testing.assert_allclose(found, gsw.rho(ocean["SP"], ocean["t"], ocean["p"]), atol=1e-11, rtol=0)


def test_saar__is_linear_between_the_nodes_of_gsw() -> None:
    """Had gsw another node, SAAR halfway between two of ours would not be their mean."""
    lon, lat = np.array([188.3, 330.1, 60.2]), np.array([4.1, 30.7, -20.9])
    halfway = (SAAR_PRESSURE[1:] + SAAR_PRESSURE[:-1]) / 2
    columns = saar_columns(lon, lat)
    np.testing.assert_allclose(
        (columns[:, 1:] + columns[:, :-1]) / 2, gsw.SAAR(halfway, lon[:, None], lat[:, None]), atol=1e-16
    )


@pytest.mark.records
def test_seawater__reproduces_the_check_casts_of_teos10(shared_records: object) -> None:
    with np.load(f"{shared_records}/reference/gsw_cv_v3_0.npz") as cast:
        SP, t, p = (cast[f"{k}_chck_cast"].T for k in ("SP", "t", "p"))
        lon, lat = np.ravel(cast["long_chck_cast"]), np.ravel(cast["lat_chck_cast"])
        published = {k: cast[k].T.ravel() for k in ("SA_from_SP", "CT_from_t", "rho")}
    row_start = np.arange(4) * SP.shape[1]
    SA = absolute_salinity(row_start, SP.ravel(), p.ravel(), lon, lat)
    CT = conservative_temperature(SA, t.ravel(), p.ravel())
    rho = density(SA, CT, p.ravel())
    for found, name in ((SA, "SA_from_SP"), (CT, "CT_from_t"), (rho, "rho")):
        known = published[name] < 9e90
        assert known.sum() > 90
        np.testing.assert_allclose(found[known], published[name][known], atol=1e-9, rtol=0)
