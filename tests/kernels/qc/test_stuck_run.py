import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.stuck_run import stuck_run

NAN = np.nan


def outcome_of(value: list[float], depth: list[float], latitude: float = 0.0) -> list[int]:
    arrays = np.array(value, np.float32), np.array(depth, np.float32), np.array([latitude])
    return list(stuck_run(np.array([0, len(value)]), *arrays, 3.0, 1e-4, 200.0, 400.0, 65.0))


@pytest.mark.parametrize(
    ("value", "depth", "run"),
    [
        pytest.param([5, 5, 5], [100, 200, 300], FAIL, id="three levels over 200 m fail"),
        pytest.param([5, 5, 5], [100.1, 200, 300.1], FAIL, id="as float32 has it too"),
        pytest.param([5, 5, 5], [100, 200, 299.9], PASS, id="thinner passes"),
        pytest.param([5, 5, 5.0001], [100, 200, 300], FAIL, id="equal within the tolerance"),
        pytest.param([5, 5, 5.0002], [100, 200, 300], PASS, id="not equal"),
        pytest.param([5, 5.0001, 5.0002], [100, 200, 300], PASS, id="a drift is not equal to its beginning"),
    ],
)
def test_stuck_run__thickness_and_tolerance(value: list[float], depth: list[float], run: int) -> None:
    assert outcome_of([9, *value, 4], [10, *depth, 500]) == [PASS, run, run, run, PASS]


@pytest.mark.parametrize(
    ("latitude", "run"),
    [
        pytest.param(64.9, FAIL, id="outside the polar region"),
        pytest.param(65.0, PASS, id="polar"),
        pytest.param(-65.0, PASS, id="in the south too"),
        pytest.param(NAN, PASS, id="who knows"),
    ],
)
def test_stuck_run__polar_layers_may_be_thicker(latitude: float, run: int) -> None:
    assert outcome_of([9, 5, 5, 5], [10, 100, 200, 499], latitude) == [PASS, run, run, run]
    assert outcome_of([9, 5, 5, 5], [10, 100, 200, 500], latitude) == [PASS, FAIL, FAIL, FAIL]


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param([5, 5, 9, 4], [0, 300, 400, 500], [PASS] * 4, id="too few levels in the run"),
        pytest.param([5, 5, 5], [0, 200, 400], [NOT_RUN] * 3, id="no more levels than that in the profile"),
        pytest.param([5, 5, 5, 9], [400, 200, 0, 500], [FAIL] * 3 + [PASS], id="in order of depth"),
        pytest.param([5, NAN, 5, 5, 9], [0, 1, 2, 400, 500], [FAIL, NOT_RUN, FAIL, FAIL, PASS], id="missing"),
        pytest.param([5, 5, 5, 5], [-1, 1, 200, 400], [NOT_RUN] * 4, id="above the surface"),
        pytest.param([5] * 4, [0, NAN, 200, 400], [NOT_RUN] * 4, id="no depth"),
        pytest.param(
            [5, 5, 5, 5, 6, 6, 6], [0, 1, 2, 3, 10, 100, 210], [PASS] * 4 + [FAIL] * 3, id="not the longest"
        ),
        pytest.param([5.0], [0], [NOT_RUN], id="one level"),
        pytest.param([], [], [], id="no level"),
    ],
)
def test_stuck_run__levels(value: list[float], depth: list[float], outcome: list[int]) -> None:
    assert outcome_of(value, depth) == outcome
