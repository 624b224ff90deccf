import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.pressure_increasing import pressure_increasing

SAME = {".": PASS, "x": FAIL, "-": NOT_RUN}
NAN = np.nan


@pytest.mark.parametrize(
    ("pressure", "outcome"),
    [
        pytest.param([], "", id="no level"),
        pytest.param([5], ".", id="one level"),
        pytest.param([NAN, NAN], "--", id="no value"),
        pytest.param([0, 1, 2], "...", id="increasing passes"),
        pytest.param([0, 2, 1, 5], "..x.", id="a step back fails"),
        pytest.param([0, 0, 0, 0], ".xxx", id="of equal pressures the first passes"),
        pytest.param([0, 1, 1, 2], "..x.", id="a repeated pressure fails"),
        pytest.param([0, 1, 2, 1, 1.5, 3, 5], "...xx..", id="fails until deeper than ever before"),
        pytest.param([0, 3, NAN, 2, 4], "..-x.", id="a missing level is passed over"),
        pytest.param([9, 5, 3, 1], "....", id="stored on the way up"),
        pytest.param([9, 5, 6, 3, 1], ".x...", id="stored on the way up, one reversal: seen from below"),
        pytest.param([5, 90, 180, 179, 178, 177, 176], "...xxxx", id="a drift at the end is no way up"),
        pytest.param([5, 10, 15, 20, 1], "....x", id="nor is a wrong pressure at the end"),
        pytest.param([100, 200, 100], "..x", id="as many steps up as down: read from the top"),
    ],
)
def test_pressure_increasing__cases(pressure: list[float], outcome: str) -> None:
    found = pressure_increasing(np.array([0, len(pressure)]), np.array(pressure, np.float32))
    np.testing.assert_array_equal(found, [SAME[o] for o in outcome])


def test_pressure_increasing__starts_anew_with_each_profile() -> None:
    pressure = np.array([10, 20, 5, 15], np.float32)
    np.testing.assert_array_equal(pressure_increasing(np.array([0, 2, 2, 4]), pressure), [PASS] * 4)
