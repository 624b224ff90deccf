import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.digit_rollover import digit_rollover

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([], [], id="no level"),
        pytest.param([20], [NOT_RUN], id="one level"),
        pytest.param([NAN, NAN], [NOT_RUN, NOT_RUN], id="no value"),
        pytest.param([20, 10], [NOT_RUN, PASS], id="at the threshold passes"),
        pytest.param([20, 9.999], [NOT_RUN, FAIL], id="above the threshold fails"),
        pytest.param([9.999, 20], [NOT_RUN, FAIL], id="upward too"),
        pytest.param([20, NAN, 9], [NOT_RUN, NOT_RUN, FAIL], id="a missing level is passed over"),
        pytest.param([20, 5, 4, 20], [NOT_RUN, FAIL, PASS, FAIL], id="fails where it jumps there and back"),
    ],
)
def test_digit_rollover__cases(value: list[float], outcome: list[int]) -> None:
    found = digit_rollover(np.array([0, len(value)]), np.array(value, np.float32), 10.0)
    np.testing.assert_array_equal(found, outcome)


@pytest.mark.parametrize("threshold", [0.9, 0.3, 4.1])
def test_digit_rollover__at_a_threshold_in_decimals_that_float32_cannot_hold_passes(threshold: float) -> None:
    value = np.array([34.7, 34.7 + threshold], np.float32)
    assert digit_rollover(np.array([0, 2]), value, threshold)[1] == PASS
    assert digit_rollover(np.array([0, 2]), value, threshold - 1e-4)[1] == FAIL


def test_digit_rollover__starts_anew_with_each_profile() -> None:
    found = digit_rollover(np.array([0, 1, 2]), np.array([0, 30], np.float32), 10.0)
    np.testing.assert_array_equal(found, [NOT_RUN, NOT_RUN])
