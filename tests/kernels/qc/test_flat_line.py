import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.flat_line import flat_line, measure

NAN = np.nan
MINUTE = 1 / 1440


def outcome_of(value: list[float], minutes: list[float] | None = None, tolerance: float = 0.01) -> list[int]:
    """In windows of 3 minutes, a value each minute."""
    n = len(value)
    when = 27_000 + MINUTE * (np.arange(n) if minutes is None else np.array(minutes, np.float64))
    return list(flat_line(np.array([0, n]), when, np.array(value, np.float32), 180.0, tolerance))


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([2, 2, 2, 2, 2], [NOT_RUN] * 3 + [FAIL] * 2, id="flat"),
        pytest.param([2, 2.009, 2, 2.009], [NOT_RUN] * 3 + [FAIL], id="range below the tolerance"),
        pytest.param([2, 2.01, 2, 2.01], [NOT_RUN] * 3 + [PASS], id="at the tolerance passes"),
        pytest.param([35.1, 35.11, 35.1, 35.1], [NOT_RUN] * 3 + [PASS], id="though float32 cannot hold it"),
        pytest.param([2, 2.011, 2, 2], [NOT_RUN] * 3 + [PASS], id="above the tolerance"),
        pytest.param([5, 2, 2, 2, 2], [NOT_RUN] * 3 + [PASS, FAIL], id="a value 3 minutes ago still counts"),
        pytest.param([2, 2, 2, NAN, 2], [NOT_RUN] * 4 + [FAIL], id="missing between"),
        pytest.param([2, NAN, NAN, 2], [NOT_RUN] * 3 + [FAIL], id="two values are enough"),
        pytest.param([NAN, NAN, NAN, 2], [NOT_RUN] * 4, id="one value shows nothing"),
        pytest.param([NAN] * 5, [NOT_RUN] * 5, id="no value"),
        pytest.param([2], [NOT_RUN], id="one observation"),
        pytest.param([], [], id="none"),
    ],
)
def test_flat_line__of_a_value_each_minute(value: list[float], outcome: list[int]) -> None:
    assert outcome_of(value) == outcome


def test_flat_line__nothing_is_below_a_tolerance_of_0_and_equal_values_below_any_other() -> None:
    assert outcome_of([2, 2, 2, 2], tolerance=0.0)[3] == PASS
    assert outcome_of([20, 20, 20, 20], tolerance=1e-7)[3] == FAIL


@pytest.mark.parametrize(
    ("minutes", "outcome"),
    [
        pytest.param([0, 1, 2, 3, 60, 61, 62, 63], [2, 2, 2, 1, 2, 2, 2, 1], id="a gap ends the flat line"),
        pytest.param([0, 1, 2, NAN, 3, NAN, NAN, 4], [2, 2, 2, 2, 1, 2, 2, 1], id="no time"),
        pytest.param([0, 1, 1, 1, 2, 2, 3, 3], [2, 2, 2, 2, 2, 2, 1, 1], id="repeated times"),
        pytest.param([5, 5, 5, 5, 5, 5, 5, 5], [2] * 8, id="one time"),
        pytest.param([7, 6, 5, 4, 3, 2, 1, 0], [1] * 5 + [2] * 3, id="backward"),
        pytest.param([NAN] * 8, [2] * 8, id="no time at all"),
    ],
)
def test_flat_line__times_that_are_not_regular(minutes: list[float], outcome: list[int]) -> None:
    assert outcome_of([2.0] * 8, minutes) == outcome


def test_flat_line__does_not_look_into_the_next_series() -> None:
    time = MINUTE * np.arange(8.0)
    found = flat_line(np.array([0, 3, 3, 8]), time, np.full(8, 2, np.float32), 180.0, 0.01)
    assert list(found) == [NOT_RUN] * 6 + [FAIL] * 2


@settings(max_examples=200, deadline=None)
@given(
    steps=st.lists(st.sampled_from([0.0, 1.0, 1.0, 1.0, 2.0, 30.0, -3.0, NAN]), max_size=40),
    seed=st.integers(0, 9),
    duration=st.sampled_from([59.0, 60.0, 100.0, 180.0, 3600.0]),
)
def test_flat_line__fails_where_the_measured_range_is_too_small(
    steps: list[float], seed: int, duration: float
) -> None:
    rng = np.random.default_rng(seed)
    n = len(steps)
    time = 27_000 + MINUTE * np.where(np.isnan(steps), NAN, np.nancumsum(steps)) if n else np.empty(0)
    value = np.where(rng.random(n) < 0.2, NAN, rng.choice([2.0, 2.001, 2.001, 2.3], n)).astype(np.float32)
    start = np.array([0, n // 3, n])
    measured, lowest, _ = measure(start, time, value, duration, 0.01)
    expected = np.where(np.isnan(measured), NOT_RUN, np.where(measured < lowest, FAIL, PASS))
    np.testing.assert_array_equal(flat_line(start, time, value, duration, 0.01), expected)
