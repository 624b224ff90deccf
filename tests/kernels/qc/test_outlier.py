import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.outlier import outlier

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "deviations", "outcome"),
    [
        pytest.param([0.0] * 30 + [9], 5.0, [PASS] * 30 + [FAIL], id="far from the mean"),
        pytest.param([0.0] * 30 + [-9], 5.0, [PASS] * 30 + [FAIL], id="downward too"),
        pytest.param([0.0] * 25 + [9], 5.0, [PASS] * 26, id="26 values have none beyond 5 deviations"),
        pytest.param([1, 3], 1.0, [PASS, PASS], id="at the threshold passes"),
        pytest.param([1, 3], 0.999, [FAIL, FAIL], id="beyond it"),
        pytest.param([35.1] * 5, 5.0, [PASS] * 5, id="no variation"),
        pytest.param([NAN, 1, NAN, 3], 0.999, [NOT_RUN, FAIL, NOT_RUN, FAIL], id="missing"),
        pytest.param([NAN, 1], 5.0, [NOT_RUN, NOT_RUN], id="one value"),
        pytest.param([NAN], 5.0, [NOT_RUN], id="no value"),
        pytest.param([], 5.0, [], id="none"),
    ],
)
def test_outlier__of_a_series(value: list[float], deviations: float, outcome: list[int]) -> None:
    found = outlier(np.array([0, len(value)]), np.array(value, np.float32), deviations)
    assert list(found) == outcome


def test_outlier__does_not_look_into_the_next_series() -> None:
    value = np.array([0.0] * 30 + [9, 9.1], np.float32)
    assert list(outlier(np.array([0, 30, 32]), value, 5.0)) == [PASS] * 32
