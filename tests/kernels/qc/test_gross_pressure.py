import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.gross_pressure import gross_pressure


@pytest.mark.parametrize(
    ("pressure", "minimum", "outcome"),
    [
        pytest.param(-5.01, -5.0, FAIL, id="below -5 dbar fails"),
        pytest.param(-5.0, -5.0, PASS, id="at -5 dbar passes"),
        pytest.param(-2.41, -2.4, FAIL, id="below -2.4 dbar fails"),
        pytest.param(-2.4, -2.4, PASS, id="at -2.4 dbar, which float32 cannot hold, passes"),
        pytest.param(6000.0, -5.0, PASS, id="deep passes"),
        pytest.param(np.nan, -5.0, NOT_RUN, id="no pressure"),
    ],
)
def test_gross_pressure__limit(pressure: float, minimum: float, outcome: int) -> None:
    assert gross_pressure(np.array([pressure], np.float32), minimum) == outcome


def test_gross_pressure__of_no_levels() -> None:
    assert gross_pressure(np.empty(0, np.float32), -5.0).shape == (0,)
