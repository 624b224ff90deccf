import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.cycle_jump import cycle_jump

NAN = np.nan


@pytest.mark.parametrize(
    ("deep", "outcome"),
    [
        pytest.param([34.7, 35.1, 34.7], PASS, id="below the threshold"),
        pytest.param([34.7, 35.2, 34.7], PASS, id="at the threshold passes"),
        pytest.param([34.7, 35.2001, 34.7], FAIL, id="above it"),
        pytest.param([34.7, 34.1, 34.7], FAIL, id="downward too"),
        pytest.param([34.7, 35.4, 34.9], PASS, id="back only within the threshold of the jump"),
        pytest.param([34.7, 35.5, 34.9], FAIL, id="back to water that agrees"),
        pytest.param([34.7, 35.8, 35.9], PASS, id="a jump that does not come back"),
        pytest.param([34.7, 35.8, 36.9], PASS, id="a jump that goes on"),
        pytest.param([34.7, 36.9, 35.3], PASS, id="neighbours that do not agree"),
        pytest.param([34.7, NAN, 34.7], NOT_RUN, id="missing"),
    ],
)
def test_cycle_jump__thresholds(deep: list[float], outcome: int) -> None:
    for dtype in (np.float32, np.float64):
        found = cycle_jump(np.array([0, 3]), np.array(deep, dtype), np.full(3, 1950.0), 0.5)
        assert list(found) == [NOT_RUN, outcome, NOT_RUN]


@pytest.mark.parametrize(
    ("deep", "outcome"),
    [
        pytest.param([], [], id="no profile"),
        pytest.param([34.7], [NOT_RUN], id="one profile"),
        pytest.param([34.7, 36.0], [NOT_RUN, NOT_RUN], id="two profiles"),
        pytest.param(
            [34.7, NAN, 36, NAN, 34.7], [NOT_RUN, NOT_RUN, FAIL, NOT_RUN, NOT_RUN], id="missing between"
        ),
    ],
)
def test_cycle_jump__passes_over_missing_profiles(deep: list[float], outcome: list[int]) -> None:
    assert (
        list(
            cycle_jump(np.array([0, len(deep)]), np.array(deep, np.float64), np.full(len(deep), 1950.0), 0.5)
        )
        == outcome
    )


def test_cycle_jump__does_not_look_at_the_next_platform() -> None:
    found = cycle_jump(np.array([0, 2, 4]), np.array([34.7, 36.0, 34.7, 34.7]), np.full(4, 1950.0), 0.5)
    assert list(found) == [NOT_RUN] * 4


def test_cycle_jump__is_not_looked_for_between_different_depths() -> None:
    deep, at = np.array([34.7, 36.0, 34.7, 36.0, 34.7]), np.array([1950.0, 1950, 1950, 1900.0, 1950])
    found = cycle_jump(np.array([0, 5]), deep, at, 0.5, apart=49.0)
    np.testing.assert_array_equal(found, [NOT_RUN, FAIL, NOT_RUN, NOT_RUN, NOT_RUN])
    found = cycle_jump(np.array([0, 5]), deep, at, 0.5, apart=50.0)
    np.testing.assert_array_equal(found, [NOT_RUN, FAIL, FAIL, FAIL, NOT_RUN])
