import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.spike import spike

NAN = np.nan


def outcome_of(value: list[float], pressure: list[float], *limits: float) -> list[int]:
    row_start = np.array([0, len(value)])
    return list(spike(row_start, np.array(value, np.float32), np.array(pressure, np.float32), *limits))


@pytest.mark.parametrize(
    ("value", "pressure", "outcome"),
    [
        pytest.param(11.0, 200, PASS, id="at the shallow threshold passes"),
        pytest.param(11.0001, 200, FAIL, id="above the shallow threshold fails"),
        pytest.param(-1.0001, 200, FAIL, id="downward too"),
        pytest.param(10.9, 200, PASS, id="below the shallow threshold passes"),
        pytest.param(7.0, 500, PASS, id="at the deep threshold passes"),
        pytest.param(7.0001, 500, FAIL, id="at 500 dbar the deep threshold counts"),
        pytest.param(7.0001, 499.99, PASS, id="just above 500 dbar the shallow one"),
        pytest.param(NAN, 200, NOT_RUN, id="no value"),
        pytest.param(11.0001, NAN, NOT_RUN, id="no pressure"),
    ],
)
def test_spike__thresholds(value: float, pressure: float, outcome: int) -> None:
    found = outcome_of([5, value, 5], [100, pressure, 900], 6.0, 2.0, 500.0)
    assert found == [NOT_RUN, outcome, NOT_RUN]


@pytest.mark.parametrize("height", [0.9, 0.3, 0.1, 1.7])
@pytest.mark.parametrize("level", [2.1, 34.7, 41.3])
def test_spike__at_a_threshold_that_float32_cannot_hold_passes(height: float, level: float) -> None:
    assert outcome_of([level, level + height, level], [1, 2, 3], height, 0.0, 500.0)[1] == PASS
    assert outcome_of([level, level + height + 1e-4, level], [1, 2, 3], height, 0.0, 500.0)[1] == FAIL


def test_spike__is_the_part_beyond_the_nearer_neighbour() -> None:
    assert outcome_of([0, 10, 5], [1, 2, 3], 5.0, 5.0, 500.0)[1] == PASS
    assert outcome_of([0, 10, 5], [1, 2, 3], 4.99, 5.0, 500.0)[1] == FAIL


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([], [], id="no level"),
        pytest.param([5.0], [NOT_RUN], id="one level"),
        pytest.param([5.0, 50.0], [NOT_RUN, NOT_RUN], id="two levels"),
        pytest.param([NAN] * 3, [NOT_RUN] * 3, id="no value"),
        pytest.param([5, NAN, 50, NAN, 5], [NOT_RUN, NOT_RUN, FAIL, NOT_RUN, NOT_RUN], id="missing between"),
        pytest.param([NAN, 5, 50, 5], [NOT_RUN, NOT_RUN, FAIL, NOT_RUN], id="missing at the top"),
    ],
)
def test_spike__passes_over_missing_levels(value: list[float], outcome: list[int]) -> None:
    assert outcome_of(value, list(range(len(value))), 6.0, 2.0, 500.0) == outcome


def test_spike__does_not_look_into_the_next_profile() -> None:
    value = np.array([5, 5, 90, 5, 5], np.float32)
    found = spike(np.array([0, 3, 5]), value, np.arange(5, dtype=np.float32), 6.0, 2.0, 500.0)
    np.testing.assert_array_equal(found, [NOT_RUN, PASS, NOT_RUN, NOT_RUN, NOT_RUN])
