import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.gradient_wod import gradient_wod

NAN = np.nan


def outcome_of(value: list[float], depth: list[float], dtype: type = np.float32) -> list[int]:
    arrays = np.array(value, dtype), np.array(depth, dtype)
    return list(gradient_wod(np.array([0, len(value)]), *arrays, -0.7, 0.3, 3.0))


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param([10, 12.9], [100, 110], PASS, id="below the limit of a rise passes"),
        pytest.param([10, 13.0], [100, 110], PASS, id="at the limit of a rise passes"),
        pytest.param([10, 13.001], [100, 110], FAIL, id="above the limit of a rise fails"),
        pytest.param([20, 13.0], [100, 110], PASS, id="at the limit of a fall passes"),
        pytest.param([20, 12.999], [100, 110], FAIL, id="beyond the limit of a fall fails"),
        pytest.param([10, 10.9], [100, 101], PASS, id="closer levels count as 3 m apart"),
        pytest.param([10, 10.901], [100, 101], FAIL, id="a step within 3 m"),
        pytest.param([10.8, 0.0], [100, 103], FAIL, id="a sudden zero is beyond the limit anyway"),
        pytest.param([10, 90], [100, 100], NOT_RUN, id="same depth"),
        pytest.param([10, 90], [110, 100], NOT_RUN, id="going up"),
        pytest.param([10, 90], [100, NAN], NOT_RUN, id="no depth"),
        pytest.param([10, NAN], [100, 101], NOT_RUN, id="no value"),
        pytest.param([10.0], [100], NOT_RUN, id="one level"),
    ],
)
def test_gradient_wod__both_levels_have_the_outcome_of_their_gradient(
    value: list[float], depth: list[float], outcome: int
) -> None:
    assert outcome_of(value, depth) == [outcome] * len(value)


@pytest.mark.parametrize("top", [2.1, 14.7, 27.3])
def test_gradient_wod__at_a_limit_that_float32_cannot_hold_passes(top: float) -> None:
    assert outcome_of([top, top + 0.3 * 4.3], [10.1, 14.4]) == [PASS, PASS]
    assert outcome_of([top, top + 0.3 * 4.3 + 2e-5], [10.1, 14.4]) == [FAIL, FAIL]


def test_gradient_wod__passes_over_missing_levels() -> None:
    assert outcome_of([10, NAN, 90, 90], [10, 20, 30, 40]) == [FAIL, NOT_RUN, FAIL, PASS]
    assert outcome_of([], []) == []


def test_gradient_wod__does_not_look_into_the_next_profile() -> None:
    value, depth = np.array([10, 10, 90, 90], np.float32), np.array([10, 20, 30, 40], np.float32)
    assert list(gradient_wod(np.array([0, 2, 4]), value, depth, -0.7, 0.3, 3.0)) == [PASS] * 4
