import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.negative_spike import negative_spike

NAN = np.nan


def outcome_of(value: list[float]) -> list[int]:
    return list(negative_spike(np.array([0, len(value)]), np.array(value, np.float32)))


def sawtooth(depth: float) -> list[float]:
    """Nine residuals of 0 and two of -1, so that the 10th percentile is -1, but for one of ``-depth``."""
    value = [5.0] * 15
    value[3] = value[7] = 4.0
    value[11] = 5.0 - depth
    return value


@pytest.mark.parametrize(
    ("depth", "outcome"),
    [
        pytest.param(1.9, PASS, id="above the limit passes"),
        pytest.param(2.0, PASS, id="at the limit passes"),
        pytest.param(2.001, FAIL, id="below the limit fails"),
        pytest.param(-3.0, PASS, id="positive spikes stay"),
    ],
)
def test_negative_spike__limit_is_twice_the_percentile(depth: float, outcome: int) -> None:
    assert outcome_of(sawtooth(depth))[11] == outcome


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([], [], id="no level"),
        pytest.param([1.0], [NOT_RUN], id="one level"),
        pytest.param([1.0] * 4, [NOT_RUN] * 4, id="four levels"),
        pytest.param([1.0] * 6, [2, 2, PASS, PASS, 2, 2], id="all the same"),
        pytest.param([1, NAN, 1, 1, NAN, 1, 1], [2, 2, 2, PASS, 2, 2, 2], id="missing between"),
    ],
)
def test_negative_spike__passes_over_missing_levels(value: list[float], outcome: list[int]) -> None:
    assert outcome_of(value) == outcome


def test_negative_spike__equals_numpy() -> None:
    value = np.random.default_rng(1).gamma(2.0, 0.3, 400).astype(np.float32)
    wide = value.astype(np.float64)
    residual = wide[2:-2] - np.median(np.lib.stride_tricks.sliding_window_view(wide, 5), axis=1)
    found = negative_spike(np.array([0, 400]), value)
    np.testing.assert_array_equal(found[2:-2] == FAIL, residual < 2 * np.percentile(residual, 10))
    assert 0 < np.count_nonzero(found == FAIL) < 40
