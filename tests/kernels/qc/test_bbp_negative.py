import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.bbp_negative import bbp_negative

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "pressure", "outcome"),
    [
        pytest.param(-1e-5, 4.99, FAIL, id="negative near the surface"),
        pytest.param(0.0, 4.99, PASS, id="0 passes"),
        pytest.param(1e-4, 0.5, PASS, id="positive passes"),
        pytest.param(-1e-5, 5.0, NOT_RUN, id="from 5 dbar on the other test"),
        pytest.param(-1e-5, NAN, NOT_RUN, id="no pressure"),
        pytest.param(NAN, 1.0, NOT_RUN, id="no value"),
    ],
)
def test_bbp_negative__fails_single_values(value: float, pressure: float, outcome: int) -> None:
    found = bbp_negative(np.array([value], np.float32), np.array([pressure], np.float32), 0.0, 5.0)
    assert list(found) == [outcome]


def test_bbp_negative__of_nothing_is_nothing() -> None:
    assert bbp_negative(np.empty(0, np.float32), np.empty(0, np.float32), 0.0, 5.0).size == 0
