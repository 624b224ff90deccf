import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.gradient import gradient

NAN = np.nan


def outcome_of(value: list[float], pressure: list[float], *limits: float) -> list[int]:
    row_start = np.array([0, len(value)])
    return list(gradient(row_start, np.array(value, np.float32), np.array(pressure, np.float32), *limits))


@pytest.mark.parametrize(
    ("value", "pressure", "outcome"),
    [
        pytest.param(11.0, 200, PASS, id="at the shallow threshold passes"),
        pytest.param(11.0001, 200, FAIL, id="above the shallow threshold fails"),
        pytest.param(-7.0001, 200, FAIL, id="downward too"),
        pytest.param(5.0, 500, PASS, id="at the deep threshold passes"),
        pytest.param(5.0001, 500, FAIL, id="at 500 dbar the deep threshold counts"),
        pytest.param(5.0001, 499.99, PASS, id="just above 500 dbar the shallow one"),
        pytest.param(NAN, 200, NOT_RUN, id="no value"),
        pytest.param(11.0001, NAN, NOT_RUN, id="no pressure"),
    ],
)
def test_gradient__thresholds(value: float, pressure: float, outcome: int) -> None:
    found = outcome_of([2, value, 2], [100, pressure, 900], 9.0, 3.0, 500.0)
    assert found == [NOT_RUN, outcome, NOT_RUN]


@pytest.mark.parametrize("distance", [0.9, 0.3, 0.1, 1.7])
def test_gradient__at_a_threshold_in_decimals_that_float32_cannot_hold_passes(distance: float) -> None:
    assert outcome_of([34.7, 34.7 + distance, 34.7], [1, 2, 3], distance, 0.0, 500.0)[1] == PASS
    assert outcome_of([34.7, 34.7 + distance + 1e-4, 34.7], [1, 2, 3], distance, 0.0, 500.0)[1] == FAIL


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([], [], id="no level"),
        pytest.param([5.0], [NOT_RUN], id="one level"),
        pytest.param([NAN] * 3, [NOT_RUN] * 3, id="no value"),
        pytest.param([5, NAN, 50, NAN, 5], [NOT_RUN, NOT_RUN, FAIL, NOT_RUN, NOT_RUN], id="missing between"),
    ],
)
def test_gradient__passes_over_missing_levels(value: list[float], outcome: list[int]) -> None:
    assert outcome_of(value, list(range(len(value))), 9.0, 3.0, 500.0) == outcome
