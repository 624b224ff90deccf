import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.gradient_aoml import gradient_aoml

NAN = np.nan


def outcome_of(value: list[float], depth: list[float]) -> list[int]:
    arrays = np.array(value, np.float32), np.array(depth, np.float32)
    return list(gradient_aoml(np.array([0, len(value)]), *arrays, 1.0, 0.2))


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param([10, 11.9], [100, 110], PASS, id="below the limit of a rise passes"),
        pytest.param([10, 12.0], [100, 110], PASS, id="at the limit of a rise passes"),
        pytest.param([10, 12.001], [100, 110], FAIL, id="above the limit of a rise fails"),
        pytest.param([20, 10.0], [100, 110], PASS, id="at the limit of a fall passes"),
        pytest.param([20, 9.999], [100, 110], FAIL, id="beyond the limit of a fall fails"),
        pytest.param([20, 9.999], [110, 100], FAIL, id="a fall on the way up too"),
        pytest.param([10, 90], [110, 100], PASS, id="a rise on the way up passes"),
        pytest.param([10, 90], [100, 100], NOT_RUN, id="same depth"),
        pytest.param([10, 90], [100, NAN], NOT_RUN, id="no depth"),
        pytest.param([10.0], [100], NOT_RUN, id="one level"),
    ],
)
def test_gradient_aoml__both_levels_have_the_outcome_of_their_step(
    value: list[float], depth: list[float], outcome: int
) -> None:
    assert outcome_of(value, depth) == [outcome] * len(value)


def test_gradient_aoml__passes_over_missing_levels() -> None:
    assert outcome_of([10, NAN, 90, 90], [10, 20, 30, 40]) == [FAIL, NOT_RUN, FAIL, PASS]
    assert outcome_of([], []) == []
