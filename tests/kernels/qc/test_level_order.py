import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.level_order import level_order


@pytest.mark.parametrize(
    ("depth", "shallowest", "outcome"),
    [
        pytest.param(0.1, 0.0, PASS, id="below the surface passes"),
        pytest.param(0.0, 0.0, PASS, id="at the surface passes"),
        pytest.param(-0.1, 0.0, FAIL, id="above the surface fails"),
        pytest.param(-2.4, -2.4, PASS, id="at a limit that float32 cannot hold"),
        pytest.param(np.nan, 0.0, NOT_RUN, id="no depth"),
    ],
)
def test_level_order__limit(depth: float, shallowest: float, outcome: int) -> None:
    assert list(level_order(np.array([depth], np.float32), shallowest)) == [outcome]


def test_level_order__levels_out_of_order_pass() -> None:
    assert list(level_order(np.array([2.0, -1.0, 1.0]), 0.0)) == [PASS, FAIL, PASS]
    assert level_order(np.zeros(0, np.float32), 0.0).size == 0
