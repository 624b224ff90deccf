import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.global_range import global_range

ABOVE_40 = np.nextafter(np.float32(40), np.float32(50))


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param(-2.5, PASS, id="at the minimum passes"),
        pytest.param(-2.51, FAIL, id="below the minimum fails"),
        pytest.param(40.0, PASS, id="at the maximum passes"),
        pytest.param(ABOVE_40, FAIL, id="the next number above fails"),
        pytest.param(np.inf, FAIL, id="infinity fails"),
        pytest.param(np.nan, NOT_RUN, id="no value"),
    ],
)
def test_global_range__limits(value: float, outcome: int) -> None:
    assert global_range(np.array([value], np.float32), -2.5, 40.0) == outcome


@pytest.mark.parametrize("limit", [41.1, -2.4, 0.9, 7.3])
def test_global_range__a_limit_that_float32_cannot_hold_still_passes(limit: float) -> None:
    stored = np.array([limit], np.float32)
    assert global_range(stored, limit, 100.0) == PASS
    assert global_range(stored, -100.0, limit) == PASS


def test_global_range__of_no_levels() -> None:
    assert global_range(np.empty(0, np.float32), 0.0, 1.0).shape == (0,)
