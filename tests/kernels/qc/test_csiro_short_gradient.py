import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.csiro_short_gradient import csiro_short_gradient

NAN = np.nan


def outcome_of(value: list[float], depth: list[float]) -> list[int]:
    arrays = np.array(value, np.float32), np.array(depth, np.float32)
    return list(csiro_short_gradient(np.array([0, len(value)]), *arrays, 0.4, 0.5, 30.0, 0.4, 12.5))


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param([10, 10.4], [10, 10.1], PASS, id="0.4 degrees pass over any distance"),
        pytest.param([10, 10.401], [10, 10.1], FAIL, id="more than 0.4 in 0.1 m fails"),
        pytest.param([10, 10.5], [10, 17], PASS, id="a rise of 0.5 over 7 m passes"),
        pytest.param([10, 10.501], [10, 17], FAIL, id="above 0.5 within 30 m fails"),
        pytest.param([10, 10.501], [10, 39.9], FAIL, id="just within 30 m"),
        pytest.param([10, 10.501], [10, 40], PASS, id="over 30 m it passes"),
        pytest.param([10, 12.4], [10, 40], PASS, id="at 12.5 m per degree passes"),
        pytest.param([10, 12.401], [10, 40], FAIL, id="less than 12.5 m per degree fails"),
        pytest.param([10, 5], [10, 12], PASS, id="a fall at 0.4 m per degree passes"),
        pytest.param([10, 4.99], [10, 12], FAIL, id="less than 0.4 m per degree fails"),
        pytest.param([10, 9.59], [12, 10], FAIL, id="warmer below, stored on the way up"),
        pytest.param([10, 10.45], [12, 10], PASS, id="colder below, stored on the way up"),
        pytest.param([10, 10.45], [10, 10], FAIL, id="same depth"),
        pytest.param([10, 10], [10, 10], PASS, id="no change"),
        pytest.param([10, NAN], [10, 11], NOT_RUN, id="no value"),
        pytest.param([10, 20], [10, NAN], NOT_RUN, id="no depth"),
    ],
)
def test_csiro_short_gradient__limits(value: list[float], depth: list[float], outcome: int) -> None:
    assert outcome_of(value, depth) == [outcome, NOT_RUN]


@pytest.mark.parametrize("seed", range(5))
def test_csiro_short_gradient__is_the_rule_as_it_is_written(seed: int) -> None:
    rng = np.random.default_rng(seed)
    value, depth = rng.normal(10, 1, 200), rng.uniform(0, 60, 200)
    dt, dz = np.diff(value), np.diff(depth)
    ratio = dz / dt
    steep = ((dt > 0.5) & (dz < 30)) | (np.abs(ratio) < 0.4) | ((ratio > 0) & (ratio < 12.5))
    found = csiro_short_gradient(np.array([0, 200]), value, depth, 0.4, 0.5, 30.0, 0.4, 12.5)
    np.testing.assert_array_equal(found[:-1] == FAIL, steep & (np.abs(dt) > 0.4))


def test_csiro_short_gradient__passes_over_missing_levels() -> None:
    assert outcome_of([10, NAN, 15, 15], [10, 20, 30, 40]) == [FAIL, NOT_RUN, PASS, NOT_RUN]
    assert outcome_of([10.0], [10]) == [NOT_RUN]
    assert outcome_of([], []) == []
