import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.rate_of_change_time import measure, rate_of_change_time

NAN = np.nan
SECOND = 1 / 86_400


def outcome_of(value: list[float], seconds: list[float], threshold: float = 0.001) -> list[int]:
    time = 27_000 + SECOND * np.array(seconds, np.float64)
    start = np.array([0, len(value)])
    return list(rate_of_change_time(start, time, np.array(value, np.float32), threshold))


@pytest.mark.parametrize(
    ("value", "seconds", "outcome"),
    [
        pytest.param([2, 2.8], [0, 900], [NOT_RUN, PASS], id="below the threshold"),
        pytest.param([2.1, 3.0], [0, 900], [NOT_RUN, PASS], id="at the threshold passes"),
        pytest.param([2.1, 3.0001], [0, 900], [NOT_RUN, FAIL], id="above it"),
        pytest.param([3, 2], [0, 900], [NOT_RUN, FAIL], id="downward too"),
        pytest.param([2, 3], [900, 0], [NOT_RUN, FAIL], id="backward in time too"),
        pytest.param([2, NAN, 3, 4], [0, 900, 1800, 2700], [2, 2, PASS, FAIL], id="missing between"),
        pytest.param([2, 9, 3], [0, NAN, 1800], [2, 2, PASS], id="no time between"),
        pytest.param([2, 3, 3.5], [0, 0, 900], [2, NOT_RUN, PASS], id="two values at one time"),
        pytest.param([NAN, NAN], [0, 900], [2, 2], id="no value"),
        pytest.param([2], [0], [NOT_RUN], id="one observation"),
        pytest.param([], [], [], id="none"),
    ],
)
def test_rate_of_change_time__of_a_series(
    value: list[float], seconds: list[float], outcome: list[int]
) -> None:
    assert outcome_of(value, seconds) == outcome


def test_rate_of_change_time__does_not_look_into_the_next_series() -> None:
    time = 27_000 + SECOND * np.arange(4)
    found = rate_of_change_time(np.array([0, 2, 4]), time, np.array([1, 1, 9, 9], np.float32), 0.1)
    assert list(found) == [NOT_RUN, PASS, NOT_RUN, PASS]


def test_measure__of_times_that_differ_by_next_to_nothing_is_infinitely_fast() -> None:
    rate, _, _ = measure(np.array([0, 2]), np.array([0, 5e-324]), np.array([1, 5], np.float32), 0.001)
    np.testing.assert_array_equal(rate, [NAN, np.inf])
