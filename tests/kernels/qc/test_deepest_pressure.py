import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.deepest_pressure import deepest_pressure

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "pressure", "outcome"),
    [
        pytest.param(5.0, 2000.0, PASS, id="as configured"),
        pytest.param(5.0, 2200.0, PASS, id="at 110 %"),
        pytest.param(5.0, 2200.1, FAIL, id="above 110 %"),
        pytest.param(NAN, 3000.0, NOT_RUN, id="no value"),
        pytest.param(5.0, NAN, NOT_RUN, id="no pressure"),
    ],
)
def test_deepest_pressure__thresholds(value: float, pressure: float, outcome: int) -> None:
    one, other = np.array([value], np.float32), np.array([pressure], np.float32)
    assert deepest_pressure(one, other, 2000.0)[0] == outcome


def test_deepest_pressure__tolerance_is_a_fraction() -> None:
    value, pressure = np.ones(2, np.float32), np.array([1500.0, 1501.0], np.float32)
    np.testing.assert_array_equal(deepest_pressure(value, pressure, 1000.0, 0.5), [PASS, FAIL])
