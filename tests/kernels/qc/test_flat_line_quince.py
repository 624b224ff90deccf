import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.flat_line_quince import flat_line_quince

NAN = np.nan
MINUTE = 1 / 1440


def outcome_of(value: list[float], minutes: list[float]) -> list[int]:
    time = 27_000 + MINUTE * np.array(minutes, np.float64)
    return list(flat_line_quince(np.array([0, len(value)]), time, np.array(value, np.float32), 7200.0))


@pytest.mark.parametrize(
    ("value", "minutes", "outcome"),
    [
        pytest.param([5, 5, 5], [0, 60, 119], [PASS] * 3, id="below two hours"),
        pytest.param([5, 5, 5], [0, 60, 120], [PASS] * 3, id="at two hours passes"),
        pytest.param([5, 5, 5], [0, 60, 121], [FAIL] * 3, id="longer"),
        pytest.param([5, 5], [0, 600], [PASS] * 2, id="two values are too few"),
        pytest.param([5, 5, 5.1, 5, 5], [0, 60, 90, 121, 180], [PASS] * 5, id="another value between"),
        pytest.param([4, 5, 5, 5, 6], [0, 60, 90, 200, 300], [0, 1, 1, 1, 0], id="only the equal ones fail"),
        pytest.param([5, NAN, 5, 5], [0, 60, 90, 200], [1, NOT_RUN, 1, 1], id="missing between"),
        pytest.param([5, 6, 5, 5], [0, NAN, 90, 200], [1, NOT_RUN, 1, 1], id="no time between"),
        pytest.param([5, 5, 5], [200, 100, 0], [FAIL] * 3, id="backward"),
        pytest.param([NAN], [0], [NOT_RUN], id="no value"),
        pytest.param([], [], [], id="none"),
    ],
)
def test_flat_line_quince__of_a_series(value: list[float], minutes: list[float], outcome: list[int]) -> None:
    assert outcome_of(value, minutes) == outcome


def test_flat_line_quince__does_not_look_into_the_next_series() -> None:
    time, value = np.arange(4.0), np.full(4, 5, np.float32)
    assert list(flat_line_quince(np.array([0, 2, 4]), time, value, 7200.0)) == [PASS] * 4
