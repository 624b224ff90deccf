import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.tukey_53h import tukey_53h

NAN = np.nan


def outcome_of(value: list[float], threshold: float, normalised: float = 0.0) -> list[int]:
    return list(tukey_53h(np.array([0, len(value)]), np.array(value, np.float32), threshold, normalised))


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        pytest.param(11.0, PASS, id="at the threshold passes"),
        pytest.param(11.0001, FAIL, id="above it fails"),
        pytest.param(-1.0001, FAIL, id="downward too"),
        pytest.param(NAN, NOT_RUN, id="no value"),
    ],
)
def test_tukey_53h__thresholds(at: float, outcome: int) -> None:
    value = [5.0] * 12
    value[5] = at
    found = outcome_of(value, 6.0)
    assert found[5] == outcome
    assert found[:4] + found[8:] == [NOT_RUN] * 8


@pytest.mark.parametrize("n", [0, 1, 5, 8])
def test_tukey_53h__has_no_curve_in_short_sequences(n: int) -> None:
    assert outcome_of([5.0] * n, 6.0) == [NOT_RUN] * n


def test_tukey_53h__passes_over_missing_values() -> None:
    found = outcome_of([5, 5, NAN, 5, 5, 50, NAN, 5, 5, 5, 5], 6.0)
    assert found[5] == FAIL
    assert found[2] == found[6] == NOT_RUN


@pytest.mark.parametrize("normalised", [0.0, 1.0])
def test_tukey_53h__equals_the_definition(normalised: float) -> None:
    value = np.cumsum(np.random.default_rng(3).normal(0, 1, 60)).astype(np.float32)
    x = value.astype(np.float64)
    fives = np.array([np.median(x[k : k + 5]) for k in range(56)])
    threes = np.array([np.median(fives[k : k + 3]) for k in range(54)])
    smooth = np.convolve(threes, [0.25, 0.5, 0.25], "valid")
    limit = 0.3 * (np.std(fives, ddof=1) if normalised else 1.0)
    found = np.array(outcome_of(list(value), 0.3, normalised))
    np.testing.assert_array_equal(found[4:-4] == FAIL, np.abs(x[4:-4] - smooth) > limit)


def test_tukey_53h__a_series_without_variance_has_no_room() -> None:
    value = [5.0] * 12
    value[5] = 5.1
    assert outcome_of(value, 1.5, normalised=1.0)[4:8] == [PASS, FAIL, PASS, PASS]
