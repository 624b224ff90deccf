import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.spike_aoml import spike_aoml

NAN = np.nan


def outcome_of(value: list[float]) -> list[int]:
    return list(spike_aoml(np.array([0, len(value)]), np.array(value, np.float32), 0.3))


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        pytest.param(20.3, PASS, id="at the threshold passes"),
        pytest.param(20.304, PASS, id="rounded to the threshold passes"),
        pytest.param(20.306, FAIL, id="rounded to more fails"),
        pytest.param(19.69, FAIL, id="downward too"),
        pytest.param(NAN, NOT_RUN, id="no value"),
    ],
)
def test_spike_aoml__thresholds(at: float, outcome: int) -> None:
    assert outcome_of([20, 20, 20, at, 20, 20, 20])[3] == outcome


def test_spike_aoml__a_median_passes_however_far_from_the_mean() -> None:
    assert outcome_of([20, 19, 15, 5, 4])[2] == PASS
    assert outcome_of([20, 19, 15, 15.1, 4])[2] == FAIL


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([], [], id="no level"),
        pytest.param([20.0], [NOT_RUN], id="one level"),
        pytest.param([20.0, 25.0], [NOT_RUN] * 2, id="two levels"),
        pytest.param([20, 25, 20], [NOT_RUN, FAIL, NOT_RUN], id="three levels"),
        pytest.param([20, 25, 20, 20], [NOT_RUN, FAIL, PASS, NOT_RUN], id="four levels"),
        pytest.param([20, NAN, 25, NAN, 20], [2, 2, FAIL, 2, 2], id="missing between"),
    ],
)
def test_spike_aoml__few_levels_and_missing_ones(value: list[float], outcome: list[int]) -> None:
    assert outcome_of(value) == outcome
