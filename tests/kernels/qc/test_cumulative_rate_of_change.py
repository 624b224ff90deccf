import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.cumulative_rate_of_change import cumulative_rate_of_change

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([10, 13.9], [NOT_RUN, PASS], id="below the threshold passes"),
        pytest.param([10.1, 14.1], [NOT_RUN, PASS], id="at the threshold passes"),
        pytest.param([10, 14.001], [NOT_RUN, FAIL], id="above the threshold fails"),
        pytest.param([10, 14.9, 14.9, 14.9], [NOT_RUN, FAIL, PASS, PASS], id="0.8 x 4.9 passes again"),
        pytest.param([10, 15.1, 15.1, 15.1], [NOT_RUN, FAIL, FAIL, PASS], id="0.8 x 5.1 does not yet"),
        pytest.param([10, 20, 20, 20, 20, 20], [NOT_RUN, FAIL, FAIL, FAIL, FAIL, FAIL], id="0.8^4 x 10"),
        pytest.param([10, 20, NAN, 20], [NOT_RUN, FAIL, NOT_RUN, FAIL], id="the memory outlasts a gap"),
        pytest.param([NAN, 10], [NOT_RUN, NOT_RUN], id="one value"),
        pytest.param([], [], id="no value"),
    ],
)
def test_cumulative_rate_of_change__threshold(value: list[float], outcome: list[int]) -> None:
    found = cumulative_rate_of_change(np.array([0, len(value)]), np.array(value, np.float32), 4.0, 0.8)
    assert list(found) == outcome


def test_cumulative_rate_of_change__a_sequence_begins_anew() -> None:
    value = np.array([10, 20, 20, 20], np.float32)
    found = cumulative_rate_of_change(np.array([0, 2, 4]), value, 4.0, 0.8)
    np.testing.assert_array_equal(found, [NOT_RUN, FAIL, NOT_RUN, PASS])
