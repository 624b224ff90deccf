import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.oxygen_spike_and_gradient import oxygen_spike_and_gradient

NAN = np.nan


def outcome_of(value: list[float], pressure: list[float]) -> list[int]:
    columns = np.array(value, np.float32), np.array(pressure, np.float32)
    return list(oxygen_spike_and_gradient(np.array([0, len(value)]), *columns, 50.0, 25.0, 500.0))


@pytest.mark.parametrize(
    ("value", "pressure", "outcome"),
    [
        pytest.param(250.0, 100, PASS, id="at the shallow limit passes"),
        pytest.param(250.01, 100, FAIL, id="above it fails"),
        pytest.param(149.99, 100, FAIL, id="downward too"),
        pytest.param(225.0, 500, PASS, id="at the deep limit passes"),
        pytest.param(225.01, 500, FAIL, id="above it fails from 500 dbar on"),
        pytest.param(225.01, 499.9, PASS, id="above 500 dbar it does not"),
        pytest.param(250.01, NAN, FAIL, id="without pressure the shallow limit holds"),
        pytest.param(225.01, NAN, PASS, id="without pressure the deep limit does not hold"),
        pytest.param(NAN, 100, NOT_RUN, id="no value"),
    ],
)
def test_oxygen_spike_and_gradient__thresholds(value: float, pressure: float, outcome: int) -> None:
    assert outcome_of([200, 200, value, 200, 200], [1, 2, pressure, 900, 950])[2] == outcome


@pytest.mark.parametrize("n", [0, 1, 3])
def test_oxygen_spike_and_gradient__needs_more_than_three_values(n: int) -> None:
    assert outcome_of([200.0, 400.0, 200.0][:n], [1.0] * n) == [NOT_RUN] * n


def test_oxygen_spike_and_gradient__an_oxycline_is_no_spike() -> None:
    assert outcome_of([250, 240, 100, 10, 5], [10, 20, 30, 40, 50])[1:4] == [PASS] * 3


def test_oxygen_spike_and_gradient__passes_over_missing_values() -> None:
    found = outcome_of([200, NAN, 300, 200, 200], [1, 2, 3, 4, 5])
    assert found == [NOT_RUN, NOT_RUN, FAIL, PASS, NOT_RUN]
