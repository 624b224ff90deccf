import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.spike_icdc import spike_icdc

NAN, INF = np.nan, np.inf
HEIGHT, DEEPER_THAN = np.array([4.0, 3.0, 2.0]), np.array([1000.0, 2000.0])


def outcome_of(value: list[float], depth: list[float], *rest: float) -> list[int]:
    columns = np.array(value, np.float32), np.array(depth, np.float32)
    return list(spike_icdc(np.array([0, len(value)]), *columns, HEIGHT, DEEPER_THAN, *rest))


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param(9.0, 100, PASS, id="at the threshold passes"),
        pytest.param(9.0001, 100, FAIL, id="above it fails"),
        pytest.param(0.9999, 100, FAIL, id="downward too"),
        pytest.param(8.5, 1000, PASS, id="at 1000 m the shallow limit holds"),
        pytest.param(8.5, 1000.1, FAIL, id="below 1000 m the next one"),
        pytest.param(8.0, 2000, PASS, id="at 2000 m still"),
        pytest.param(7.5, 2000.1, FAIL, id="below 2000 m the last one"),
        pytest.param(NAN, 100, NOT_RUN, id="no value"),
        pytest.param(9.0001, NAN, NOT_RUN, id="no depth"),
        pytest.param(9.0001, -1, NOT_RUN, id="above the surface"),
        pytest.param(33.0, 100, NOT_RUN, id="too warm to be compared"),
        pytest.param(-2.3, 100, NOT_RUN, id="too cold to be compared"),
    ],
)
def test_spike_icdc__thresholds(value: float, depth: float, outcome: int) -> None:
    assert outcome_of([5, value, 5], [50, depth, 2500], -2.3, 33.0) == [NOT_RUN, outcome, NOT_RUN]


def test_spike_icdc__leaves_out_what_the_range_test_rejects() -> None:
    assert outcome_of([5, 99, 9.5, 5], [1, 2, 3, 4], -2.3, 33.0) == [NOT_RUN, NOT_RUN, FAIL, NOT_RUN]


def test_spike_icdc__goes_by_depth() -> None:
    assert outcome_of([5, 5, 9.5], [1, 3, 2]) == [NOT_RUN, NOT_RUN, FAIL]


@pytest.mark.parametrize(
    ("depth", "outcome"),
    [
        pytest.param([90, 100, 130], FAIL, id="both at the limit"),
        pytest.param([90, 100, 130.1], NOT_RUN, id="the level below too far"),
        pytest.param([69.9, 100, 129], NOT_RUN, id="the level above too far"),
        pytest.param([70, 100, 130], FAIL, id="together at the limit"),
    ],
)
def test_spike_icdc__beside_a_gap_is_not_tested(depth: list[float], outcome: int) -> None:
    assert outcome_of([5, 9.5, 5], depth, -INF, INF, 50.0, 0.1)[1] == outcome


@pytest.mark.parametrize("n", [0, 1, 2])
def test_spike_icdc__needs_three_levels(n: int) -> None:
    assert outcome_of([5.0] * n, [1.0] * n) == [NOT_RUN] * n
