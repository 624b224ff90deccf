"""Stratification against gsw, and its bounds."""

import gsw
import numpy as np
import pytest

from kernels.indicators.stratification import layer_stratification

DEPTH = np.array([2.0, 10, 30, 60, 100, 150, 220, 300])
SA = np.array([35.0, 35.0, 35.1, 35.3, 35.3, 35.2, 35.1, 35.0])
CT = np.array([24.0, 24.0, 23.0, 20.0, 18.0, 16.0, 14.0, 12.0])
LIMITS = (12.0, 50.0, 0.2)


def stratification(depth, SA, CT, top, bottom, latitude=30.0):
    p = gsw.p_from_z(-depth, latitude)
    water = (depth, p, SA, CT)
    integral, covered = layer_stratification(
        np.array([0, len(depth)]), water, np.array([latitude]), top, bottom, *LIMITS
    )
    return integral[0], covered[0]


def test_layer_stratification__is_that_of_gsw():
    expected, _ = gsw.Nsquared(SA, CT, gsw.p_from_z(-DEPTH, 30.0), 30.0)
    for k in range(len(DEPTH) - 1):
        integral, covered = stratification(DEPTH, SA, CT, DEPTH[k], DEPTH[k + 1])
        assert covered == pytest.approx(DEPTH[k + 1] - DEPTH[k])
        assert integral / covered == pytest.approx(expected[k], rel=2e-3, abs=1e-9)


def test_layer_stratification__layers_add_up_and_water_above_is_mixed():
    whole, covered = stratification(DEPTH, SA, CT, 0, 200)
    parts = [stratification(DEPTH, SA, CT, *layer) for layer in ((0, 45), (45, 200))]
    assert covered == 200
    assert whole == pytest.approx(sum(i for i, _ in parts), rel=1e-12)
    assert stratification(DEPTH, SA, CT, 0, 2) == (0, 2)


def test_layer_stratification__adiabatic_water_has_none():
    mixed, covered = stratification(DEPTH, np.full(8, 35.0), np.full(8, 10.0), 0, 300)
    assert covered == 300
    assert mixed == 0


@pytest.mark.parametrize(
    ("keep", "covered"),
    [([0, 1, 7], 10), ([3, 4], 40), ([], 0), ([0], 2)],
    ids=["a gap is left out", "shallowest too deep to reach up", "no level", "one level"],
)
def test_layer_stratification__covers(keep, covered):
    integral, found = stratification(DEPTH[keep], SA[keep], CT[keep], 0, 200)
    assert found == covered
    assert np.isnan(integral) == (covered == 0)
