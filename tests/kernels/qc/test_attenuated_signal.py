import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.attenuated_signal import attenuated_signal, measure

NAN = np.nan


def outcome_of(value: list[float], threshold: float, **limits: float) -> list[int]:
    """A value each day."""
    n = len(value)
    when = 20_000 + np.arange(n, dtype=np.float64)
    return list(attenuated_signal(np.array([0, n]), when, np.array(value, np.float32), threshold, **limits))


@pytest.mark.parametrize(
    ("value", "threshold", "outcome"),
    [
        pytest.param([1, 3, 1, 3], 0.99, [PASS] * 4, id="above the threshold"),
        pytest.param([1, 3, 1, 3], 1.0, [PASS] * 4, id="at the threshold passes"),
        pytest.param([1, 3, 1, 3], 1.001, [FAIL] * 4, id="below it"),
        pytest.param([7, 7, 7], 1e-9, [FAIL] * 3, id="no variation"),
        pytest.param([7, 7, 7], 0.0, [PASS] * 3, id="nothing is below 0"),
        pytest.param([NAN, 1, NAN, 3], 1.001, [NOT_RUN, FAIL, NOT_RUN, FAIL], id="missing"),
        pytest.param([NAN, 1, NAN], 1.0, [NOT_RUN] * 3, id="one value"),
        pytest.param([], 1.0, [], id="none"),
    ],
)
def test_attenuated_signal__of_the_whole_series(
    value: list[float], threshold: float, outcome: list[int]
) -> None:
    assert outcome_of(value, threshold) == outcome


def test_attenuated_signal__by_range() -> None:
    assert outcome_of([35.1, 35.2, 35.1], 0.1, by_range=1.0) == [PASS] * 3
    assert outcome_of([35.1, 35.2, 35.1], 0.1001, by_range=1.0) == [FAIL] * 3


def test_attenuated_signal__windows_leave_out_their_far_end() -> None:
    two_days = {"duration": 2 * 86_400.0, "by_range": 1.0}
    assert outcome_of([1, 2, 9, 9, 9], 5.0, **two_days) == [NOT_RUN, FAIL, PASS, FAIL, FAIL]
    assert outcome_of([1, 2, 9, 9], 5.0, fewest_values=1.0, **two_days) == [FAIL, FAIL, PASS, FAIL]
    assert outcome_of([1, NAN, 9, 9], 5.0, **two_days) == [NOT_RUN, NOT_RUN, NOT_RUN, FAIL]


def test_attenuated_signal__times_missing_repeated_and_backward() -> None:
    time = np.array([3.0, 2.0, NAN, 2.0, 1.0])
    value = np.array([9, 2, 5, 9, 2], np.float32)
    found = attenuated_signal(np.array([0, 5]), time, value, 5.0, 2 * 86_400.0, 2.0, 1.0)
    assert list(found) == [PASS, FAIL, NOT_RUN, PASS, NOT_RUN]


@settings(max_examples=200, deadline=None)
@given(
    steps=st.lists(st.sampled_from([0.0, 1.0, 1.0, 2.0, -3.0, NAN]), max_size=40),
    seed=st.integers(0, 9),
    duration=st.sampled_from([0.0, 86_400.0, 3 * 86_400.0]),
    fewest=st.sampled_from([1.0, 2.0, 4.0]),
    by_range=st.sampled_from([0.0, 1.0]),
)
def test_attenuated_signal__fails_where_the_measured_spread_is_too_small(
    steps: list[float], seed: int, duration: float, fewest: float, by_range: float
) -> None:
    rng = np.random.default_rng(seed)
    n = len(steps)
    time = 27_000 + np.where(np.isnan(steps), NAN, np.nancumsum(steps)) if n else np.empty(0)
    value = np.where(rng.random(n) < 0.2, NAN, rng.choice([2.0, 2.1, 2.1, 2.9], n)).astype(np.float32)
    given = (np.array([0, n // 3, n]), time, value, 0.33, duration, fewest, by_range)
    measured, lowest, _ = measure(*given)
    expected = np.where(np.isnan(measured), NOT_RUN, np.where(measured < lowest, FAIL, PASS))
    np.testing.assert_array_equal(attenuated_signal(*given), expected)
