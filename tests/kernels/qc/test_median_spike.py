import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.median_spike import median_spike

NAN = np.nan


def outcome_of(value: list[float], threshold: float, relative: float = 0.0) -> list[int]:
    return list(median_spike(np.array([0, len(value)]), np.array(value, np.float32), threshold, relative))


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        pytest.param(8.04, PASS, id="at the threshold passes"),
        pytest.param(8.0401, FAIL, id="above it fails"),
        pytest.param(7.96, PASS, id="downward at it"),
        pytest.param(7.9599, FAIL, id="downward above it"),
        pytest.param(NAN, NOT_RUN, id="no value"),
    ],
)
def test_median_spike__thresholds(at: float, outcome: int) -> None:
    found = outcome_of([7.9, 8.0, 7.9, at, 8.0, 8.1, 8.1], 0.04)
    assert found[3] == outcome
    assert found[:2] + found[5:] == [NOT_RUN] * 4


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([], [], id="no level"),
        pytest.param([8.0], [NOT_RUN], id="one level"),
        pytest.param([8.0] * 4, [NOT_RUN] * 4, id="four levels"),
        pytest.param([8, NAN, 8, 9, NAN, 8, 8], [2, 2, 2, FAIL, 2, 2, 2], id="missing between"),
    ],
)
def test_median_spike__passes_over_missing_levels(value: list[float], outcome: list[int]) -> None:
    assert outcome_of(value, 0.04) == outcome


def test_median_spike__relative_limit_counts_parts_of_the_value() -> None:
    assert outcome_of([8, 8, 8.3, 8, 8], 0.0, 0.04)[2] == PASS
    assert outcome_of([8, 8, 8.4, 8, 8], 0.0, 0.04)[2] == FAIL


@pytest.mark.parametrize("seed", range(5))
def test_median_spike__equals_numpy(seed: int) -> None:
    value = np.random.default_rng(seed).normal(0, 1, 300).astype(np.float32)
    wide = value.astype(np.float64)
    around = np.lib.stride_tricks.sliding_window_view(wide, 5)
    expected = np.abs(wide[2:-2] - np.median(around, axis=1)) > 0.8
    found = median_spike(np.array([0, 300]), value, 0.8)
    np.testing.assert_array_equal(found[2:-2] == FAIL, expected)


def test_median_spike__sequences_shorter_than_five_leave_their_neighbours_alone() -> None:
    start = np.array([0, 1, 4, 4, 10])
    outcome = median_spike(start, np.ones(10, np.float32), 0.04)
    np.testing.assert_array_equal(outcome, [2, 2, 2, 2, 2, 2, 0, 0, 2, 2])
