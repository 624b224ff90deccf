import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.rate_of_change import rate_of_change

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([10, 13.9], [NOT_RUN, PASS], id="below the threshold passes"),
        pytest.param([10.1, 14.1], [NOT_RUN, PASS], id="at the threshold passes"),
        pytest.param([10, 14.001], [NOT_RUN, FAIL], id="above the threshold fails"),
        pytest.param([10, 5.999], [NOT_RUN, FAIL], id="downward too"),
        pytest.param([10, NAN, 20, 20], [NOT_RUN, NOT_RUN, FAIL, PASS], id="missing between"),
        pytest.param([NAN, 10], [NOT_RUN, NOT_RUN], id="one value"),
        pytest.param([], [], id="no value"),
    ],
)
def test_rate_of_change__threshold(value: list[float], outcome: list[int]) -> None:
    found = rate_of_change(np.array([0, len(value)]), np.array(value, np.float32), 4.0)
    assert list(found) == outcome


def test_rate_of_change__a_sequence_begins_anew() -> None:
    found = rate_of_change(np.array([0, 2, 4]), np.array([10, 10, 30, 30], np.float32), 4.0)
    np.testing.assert_array_equal(found, [NOT_RUN, PASS, NOT_RUN, PASS])
