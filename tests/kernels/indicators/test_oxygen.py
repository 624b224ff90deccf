"""How deep oxygen reaches, by hand."""

import numpy as np
import pytest

from kernels.indicators.oxygen import oxygen_concentration, penetration

LIMITS = (12.0, 50.0, 0.2)


@pytest.mark.parametrize(
    ("depth", "oxygen", "expected"),
    [
        pytest.param([5, 60, 100, 140], [300, 280, 40, 0], 120, id="linear between levels"),
        pytest.param([5, 60, 100, 140], [300, 280, 20, 0], 100, id="at the threshold is not below it"),
        pytest.param([5, 60, 100, 140], [300, 10, 200, 0], 5 + 55 * 280 / 290, id="first of several"),
        pytest.param([5, 60, 100], [300, 280, 40], np.nan, id="never below"),
        pytest.param([5, 60], [10, 0], np.nan, id="below from the top"),
        pytest.param([13, 60], [300, 0], np.nan, id="shallowest too deep"),
        pytest.param([5, 100], [300, 0], np.nan, id="too wide a gap"),
        pytest.param([], [], np.nan, id="no level"),
    ],
)
def test_penetration__depth_and_density(depth, oxygen, expected):
    z = np.asarray(depth, float)
    found = penetration(
        np.array([0, len(z)]), z, np.asarray(oxygen, float), 14 + z / 100, 20.0, 0.0, 500.0, *LIMITS
    )
    np.testing.assert_allclose(found[0], [expected])
    np.testing.assert_allclose(found[1], [14 + expected / 100])


def test_penetration__outside_of_the_layer_is_none():
    z, oxygen = np.array([5.0, 60, 100]), np.array([300.0, 280, 0])
    found, _ = penetration(np.array([0, 3]), z, oxygen, z, 20.0, 0.0, 90.0, *LIMITS)
    assert np.isnan(found).all()


def test_oxygen_concentration__of_water_of_1025():
    np.testing.assert_allclose(
        oxygen_concentration(np.array([200.0, np.nan]), np.full(2, 1025.0)), [205, np.nan]
    )
