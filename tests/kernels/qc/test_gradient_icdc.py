import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.gradient_icdc import gradient_icdc

NAN = np.nan


def outcome_of(value: list[float], depth: list[float], dtype: type = np.float32) -> list[int]:
    arrays = np.array(value, dtype), np.array(depth, dtype)
    limits = (-150.0, -0.010, -4.0, 100.0, 0.015, 1.5, -2.3, 33.0)
    return list(gradient_icdc(np.array([0, len(value)]), *arrays, *limits))


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param([10, 11.5], [10, 11], PASS, id="at the widest limit of a rise passes"),
        pytest.param([10, 11.501], [10, 11], FAIL, id="beyond it fails"),
        pytest.param([10, 6.0], [10, 11], PASS, id="at the widest limit of a fall passes"),
        pytest.param([10, 5.999], [10, 11], FAIL, id="beyond that fails"),
        pytest.param([10, 10.23], [499, 501], PASS, id="below 100 / 500 m + 0.015 passes"),
        pytest.param([10, 10.43], [499, 501], PASS, id="at 100 / 500 m + 0.015 passes"),
        pytest.param([10, 10.431], [499, 501], FAIL, id="above it fails"),
        pytest.param([10, 9.38], [499, 501], PASS, id="at -150 / 500 m - 0.010 passes"),
        pytest.param([10, 9.379], [499, 501], FAIL, id="below that fails"),
        pytest.param([10, 33.0], [499, 501], NOT_RUN, id="beside a value for the range test"),
        pytest.param([10, -2.3], [499, 501], NOT_RUN, id="a cold one too"),
        pytest.param([10, 20], [10, 10], NOT_RUN, id="same depth"),
        pytest.param([10, NAN], [10, 11], NOT_RUN, id="no value"),
        pytest.param([10, 20], [10, NAN], NOT_RUN, id="no depth"),
        pytest.param([10, 20], [10, -1], NOT_RUN, id="above the surface"),
        pytest.param([10.0], [10], NOT_RUN, id="one level"),
    ],
)
def test_gradient_icdc__both_levels_have_the_outcome_of_their_gradient(
    value: list[float], depth: list[float], outcome: int
) -> None:
    assert outcome_of(value, depth) == [outcome] * len(value)


def test_gradient_icdc__takes_levels_in_order_of_depth() -> None:
    value, depth = [20.0, 10.0, 15.0, 15.1], [10.0, 30.0, 20.0, 20.5]
    assert outcome_of(value, depth) == [PASS] * 4
    assert outcome_of([20, 10, 25, 25], depth) == [PASS, PASS, PASS, PASS]
    assert outcome_of([20, 10, 25, 29], depth) == [PASS, PASS, FAIL, FAIL]


def test_gradient_icdc__passes_over_missing_levels() -> None:
    assert outcome_of([10, NAN, 30, 30], [500, 501, 502, 503]) == [FAIL, NOT_RUN, FAIL, PASS]
    assert outcome_of([], []) == []
