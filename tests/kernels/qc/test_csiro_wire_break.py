import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.csiro_wire_break import csiro_wire_break

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param(
            [9, 9, 9.05, 20, 35, 36], [PASS, PASS, FAIL, FAIL, FAIL, FAIL], id="after the last steady level"
        ),
        pytest.param([9, 9, 9], [PASS, PASS, PASS], id="steady to the end"),
        pytest.param([9, 9, 9.1], [PASS, FAIL, FAIL], id="a step of 0.1 is not steady"),
        pytest.param([9, 9, 9.09], [PASS, PASS, PASS], id="a smaller one is"),
        pytest.param([31.99, 31.99, 32.0], [PASS, PASS, PASS], id="at the warmest"),
        pytest.param([31.99, 31.99, 32.01], [PASS, PASS, FAIL], id="too warm"),
        pytest.param([-2.39, -2.39, -2.4], [PASS, PASS, PASS], id="at the coldest"),
        pytest.param([-2.39, -2.39, -2.41], [PASS, PASS, FAIL], id="too cold"),
        pytest.param([0, 10, 20], [NOT_RUN] * 3, id="never steady"),
        pytest.param([9, NAN, 9, 35, NAN], [PASS, NOT_RUN, FAIL, FAIL, NOT_RUN], id="missing between"),
        pytest.param([9], [PASS], id="one level"),
        pytest.param([40], [NOT_RUN], id="one level, too warm"),
        pytest.param([], [], id="no level"),
        pytest.param([NAN, NAN], [NOT_RUN] * 2, id="no value"),
    ],
)
def test_csiro_wire_break__rejects_all_below(value: list[float], outcome: list[int]) -> None:
    found = csiro_wire_break(np.array([0, len(value)]), np.array(value, np.float32))
    np.testing.assert_array_equal(found, outcome)


@pytest.mark.parametrize("level", np.arange(0.0, 30.0, 0.7))
def test_csiro_wire_break__judges_a_step_at_the_threshold_the_same_everywhere(level: float) -> None:
    value = np.array([level, level, level + 0.1], np.float32)
    np.testing.assert_array_equal(csiro_wire_break(np.array([0, 3]), value), [PASS, FAIL, FAIL])
