import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.instrument_depth import instrument_depth

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "depth", "outcome", "limits_fail"),
    [
        pytest.param(5.0, 3.59, FAIL, FAIL, id="above the shallowest"),
        pytest.param(5.0, 3.6, PASS, FAIL, id="at the shallowest, which float32 cannot hold"),
        pytest.param(5.0, 3.61, PASS, PASS, id="below the shallowest"),
        pytest.param(5.0, 2199.9, PASS, PASS, id="above the deepest"),
        pytest.param(5.0, 2200.0, PASS, FAIL, id="at the deepest"),
        pytest.param(5.0, 2200.1, FAIL, FAIL, id="below the deepest"),
        pytest.param(NAN, 5000.0, NOT_RUN, NOT_RUN, id="no value"),
        pytest.param(5.0, NAN, NOT_RUN, NOT_RUN, id="no depth"),
    ],
)
def test_instrument_depth__thresholds(value: float, depth: float, outcome: int, limits_fail: int) -> None:
    one, other = np.array([value], np.float32), np.array([depth], np.float32)
    assert instrument_depth(one, other, 3.6, 2200.0)[0] == outcome
    assert instrument_depth(one, other, 3.6, 2200.0, 0.0)[0] == limits_fail


def test_instrument_depth__of_no_level() -> None:
    nothing = np.empty(0, np.float32)
    assert instrument_depth(nothing, nothing, 0.0, 1.0).size == 0
