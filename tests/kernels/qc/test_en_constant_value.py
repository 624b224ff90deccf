import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.en_constant_value import en_constant_value

NAN = np.nan


def outcome_of(value: list[float], depth: list[float]) -> list[int]:
    columns = (np.array(a, np.float32) for a in (value, depth))
    return list(en_constant_value(np.array([0, len(value)]), *columns, 100.0))


DEEP = [100.0 * k for k in range(10)]


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param([7] * 9 + [8], DEEP, [FAIL] * 10, id="90 percent"),
        pytest.param([8] + [7] * 9, DEEP, [FAIL] * 10, id="the other value first"),
        pytest.param([7] * 8 + [8] * 2, DEEP, [PASS] * 10, id="less"),
        pytest.param([7] * 9 + [NAN], DEEP, [FAIL] * 9 + [NOT_RUN], id="of the values, not of the levels"),
        pytest.param([7] * 2, [0.1, 100.1], [FAIL] * 2, id="over 100 m"),
        pytest.param([7] * 2, [0.1, 100.0], [PASS] * 2, id="over less"),
        pytest.param([7] * 2, [100, 0], [FAIL] * 2, id="upwards"),
        pytest.param([7] * 3, [0, 100, NAN], [FAIL] * 3, id="one depth missing"),
        pytest.param([7] * 3, [0, NAN, NAN], [PASS] * 3, id="one depth"),
        pytest.param([7] * 3, [NAN] * 3, [PASS] * 3, id="no depth"),
        pytest.param([7.0], [500], [NOT_RUN], id="one value"),
        pytest.param([NAN] * 2, [0, 500], [NOT_RUN] * 2, id="no value"),
        pytest.param([], [], [], id="no level"),
    ],
)
def test_en_constant_value__of_profiles(value: list[float], depth: list[float], outcome: list[int]) -> None:
    assert outcome_of(value, depth) == outcome
