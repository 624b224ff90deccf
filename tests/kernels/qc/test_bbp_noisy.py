import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.bbp_noisy import bbp_noisy

NAN = np.nan


def outcome_of(value: np.ndarray, top: float = 110.0) -> int:
    pressure = (top + 2.0 * np.arange(value.size)).astype(np.float32)
    v = value.astype(np.float32)
    return int(bbp_noisy(np.array([0, v.size]), v, pressure, 0.0005, 0.1, 100.0, 11.0, 11.0)[0])


def spiky(n_spikes: int, height: float = 0.001, n: int = 100) -> np.ndarray:
    value = np.full(n, 1e-4)
    value[np.arange(n_spikes) * 8] += height
    return value


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param(spiky(9), PASS, id="9 % pass"),
        pytest.param(spiky(10), FAIL, id="10 % fail"),
        pytest.param(spiky(10, 0.0005), PASS, id="at the threshold no value stands out"),
        pytest.param(spiky(10, -0.00051), FAIL, id="downward too"),
        pytest.param(spiky(2, n=20), FAIL, id="of 20 values 2"),
        pytest.param(spiky(2, n=10), NOT_RUN, id="10 values are too few"),
        pytest.param(np.concatenate([spiky(2, n=10), [NAN] * 5]), NOT_RUN, id="missing ones do not count"),
        pytest.param(np.empty(0), NOT_RUN, id="no level"),
    ],
)
def test_bbp_noisy__a_tenth_of_the_values(value: np.ndarray, outcome: int) -> None:
    assert outcome_of(value) == outcome


def test_bbp_noisy__spikes_near_the_surface_do_not_count() -> None:
    assert outcome_of(spiky(10), top=-100.0) == PASS


def test_bbp_noisy__the_last_level_has_no_level_below_and_does_not_count() -> None:
    value = spiky(1, n=20)
    value[-1] += 0.001
    assert outcome_of(value) == PASS
