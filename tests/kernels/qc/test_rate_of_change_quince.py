import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.rate_of_change_quince import rate_of_change_quince

NAN = np.nan
MINUTE = 1 / 1440


def outcome_of(value: list[float], minutes: list[float] | None = None) -> list[int]:
    n = len(value)
    time = 27_000 + MINUTE * (np.arange(n) if minutes is None else np.array(minutes, np.float64))
    return list(rate_of_change_quince(np.array([0, n]), time, np.array(value, np.float32), 5.0))


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([50, 50.1, 55.0, 55], [PASS] * 4, id="below the threshold"),
        pytest.param([50, 50.1, 55.1, 55], [PASS] * 4, id="at the threshold passes"),
        pytest.param([50, 50.1, 55.11, 55.1], [PASS, FAIL, FAIL, PASS], id="above it, and it stays"),
        pytest.param([50, 50.1, 44.9, 45], [PASS, FAIL, FAIL, PASS], id="downward too"),
        pytest.param([50, 50.1, 60, 50, 50], [PASS, PASS, FAIL, PASS, PASS], id="one value that stands out"),
        pytest.param(
            [50, 50.1, 60, 55.1, 50], [PASS, FAIL, FAIL, FAIL, FAIL], id="exactly as near as accepted"
        ),
        pytest.param([50, 60, 60, 50], [PASS] * 4, id="changes of the resolution"),
        pytest.param([50, 50.1, NAN, 60], [PASS, PASS, NOT_RUN, PASS], id="the time of two steps"),
        pytest.param([50, 50.1, NAN, 61, 61], [PASS, FAIL, NOT_RUN, FAIL, PASS], id="missing between"),
        pytest.param([50, 50.1, 60], [PASS, FAIL, FAIL], id="at the end of the series"),
        pytest.param([NAN, 50], [NOT_RUN, NOT_RUN], id="one value"),
        pytest.param([50], [NOT_RUN], id="one observation"),
        pytest.param([], [], id="none"),
    ],
)
def test_rate_of_change_quince__of_a_value_each_minute(value: list[float], outcome: list[int]) -> None:
    assert outcome_of(value) == outcome


def test_rate_of_change_quince__passes_over_what_has_no_time() -> None:
    assert outcome_of([50, 50.1, 90, 50], [0, 1, NAN, 3]) == [PASS, PASS, NOT_RUN, PASS]
    assert outcome_of([50, 50.1, 90, 90.1], [0, 1, 1, 2]) == [PASS] * 4, "two values at one time"


def test_rate_of_change_quince__does_not_look_into_the_next_series() -> None:
    value, time = np.array([50, 50.1, 60, 60.1], np.float32), MINUTE * np.arange(4)
    assert list(rate_of_change_quince(np.array([0, 2, 4]), time, value, 5.0)) == [PASS] * 4
