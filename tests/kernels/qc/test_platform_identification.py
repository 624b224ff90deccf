import numpy as np
import pytest

from kernels.flags import FAIL, PASS
from kernels.qc.platform_identification import platform_identification


@pytest.mark.parametrize(
    ("wmo_number", "outcome", "of_floats"),
    [
        pytest.param(-1, FAIL, FAIL, id="not a number"),
        pytest.param(0, FAIL, FAIL, id="zero"),
        pytest.param(9999, FAIL, FAIL, id="four digits"),
        pytest.param(13001, PASS, FAIL, id="a mooring"),
        pytest.param(690000, FAIL, FAIL, id="six digits"),
        pytest.param(6900001, PASS, PASS, id="a float"),
        pytest.param(9999999, PASS, PASS, id="the last of seven digits"),
        pytest.param(10000000, FAIL, FAIL, id="eight digits"),
    ],
)
def test_platform_identification__counts_digits(wmo_number: int, outcome: int, of_floats: int) -> None:
    number = np.array([wmo_number], np.int64)
    assert platform_identification(number, np.array([5.0, 7.0]))[0] == outcome
    assert platform_identification(number, np.array([7.0]))[0] == of_floats
