import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.spike_qartod import spike_qartod

NAN = np.nan
AVERAGE, DIFFERENTIAL = 0.0, 1.0


def outcome_of(
    value: list[float], threshold: float, differential: float, over_gaps: float = 1.0
) -> list[int]:
    start = np.array([0, len(value)])
    return list(spike_qartod(start, np.array(value, np.float32), threshold, differential, over_gaps))


@pytest.mark.parametrize(
    ("value", "differential", "outcome"),
    [
        pytest.param([5, 8, 5], AVERAGE, PASS, id="average at the threshold passes"),
        pytest.param([5, 8.001, 5], AVERAGE, FAIL, id="average above fails"),
        pytest.param([0, 1, 9], AVERAGE, FAIL, id="average fails a bend"),
        pytest.param([0, 1, 9], DIFFERENTIAL, PASS, id="differential passes a bend"),
        pytest.param([5, 8, 4], DIFFERENTIAL, PASS, id="differential at the threshold passes"),
        pytest.param([5, 8.001, 4], DIFFERENTIAL, FAIL, id="differential above fails"),
        pytest.param([5, 1.999, 9], DIFFERENTIAL, FAIL, id="differential downward"),
        pytest.param([5, NAN, 5], AVERAGE, NOT_RUN, id="no value"),
    ],
)
def test_spike_qartod__thresholds(value: list[float], differential: float, outcome: int) -> None:
    assert outcome_of(value, 3.0, differential) == [NOT_RUN, outcome, NOT_RUN]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_spike_qartod__needs_three_values(n: int) -> None:
    assert outcome_of([5.0] * n, 3.0, AVERAGE) == [NOT_RUN] * n


def test_spike_qartod__passes_over_gaps_or_not() -> None:
    value = [5, 5, 9, NAN, 5]
    assert outcome_of(value, 3.0, AVERAGE) == [NOT_RUN, PASS, FAIL, NOT_RUN, NOT_RUN]
    assert outcome_of(value, 3.0, AVERAGE, over_gaps=0.0) == [NOT_RUN, PASS, NOT_RUN, NOT_RUN, NOT_RUN]
