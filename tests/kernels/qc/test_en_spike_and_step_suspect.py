import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.en_spike_and_step_suspect import en_spike_and_step_suspect

NAN = np.nan


def outcome_of(value: list[float], depth: list[float], latitude: float = 45.0) -> list[int]:
    row_start = np.array([0, len(value)])
    columns = (np.array(a, np.float32) for a in (value, depth))
    return list(en_spike_and_step_suspect(row_start, *columns, np.array([latitude])))


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param([10, 10, 15, 15], [0, 10, 20, 30], [PASS] * 4, id="a step of the tolerance"),
        pytest.param([10, 10, 15.1, 15.1], [0, 10, 20, 30], [PASS, FAIL, FAIL, PASS], id="above it"),
        pytest.param([20, 20, 14.9, 14.9], [0, 10, 20, 30], [PASS] * 4, id="a sharp thermocline"),
        pytest.param([20, 20, 5, 5], [0, 10, 20, 30], [PASS, FAIL, FAIL, PASS], id="too sharp a one"),
        pytest.param(
            [20, 20, 14.9, 14.9], [240, 250, 260, 270], [PASS, FAIL, FAIL, PASS], id="too deep a one"
        ),
        pytest.param([20, 14, 8, 8], [300, 310, 320, 330], [PASS] * 4, id="an even gradient"),
        pytest.param([13, 13, 13, 1], [310, 320, 330, 340], [PASS, PASS, PASS, FAIL], id="at the last level"),
        pytest.param(
            [10, 16, 10, 10], [0, 10, 20, 30], [PASS] * 4, id="a spike is not suspect: it is rejected"
        ),
        pytest.param([3, 2, 1, 0], [0, 10, 20, 30], [PASS, PASS, PASS, FAIL], id="0 at the last level"),
        pytest.param([3, 2, 0, 1], [0, 10, 20, 30], [PASS] * 4, id="0 elsewhere"),
        pytest.param([3, 0, NAN], [0, 10, 20], [PASS, FAIL, NOT_RUN], id="0 at the last level with a value"),
        pytest.param([0.0], [10], [FAIL], id="a single 0"),
        pytest.param([], [], [], id="no level"),
        pytest.param([NAN, NAN], [0, 10], [NOT_RUN] * 2, id="no value"),
        pytest.param([1, 2], [NAN, 10], [NOT_RUN, PASS], id="no depth"),
    ],
)
def test_en_spike_and_step_suspect__of_profiles(
    value: list[float], depth: list[float], outcome: list[int]
) -> None:
    assert outcome_of(value, depth) == outcome


@pytest.mark.parametrize(
    ("value", "depth", "latitude", "outcome"),
    [
        pytest.param(0.99, 999, 19.9, FAIL, id="colder than 1 degree"),
        pytest.param(1.0, 999, 19.9, PASS, id="1 degree"),
        pytest.param(0.99, 1000, 19.9, PASS, id="at 1000 m"),
        pytest.param(0.99, 999, -19.9, FAIL, id="south of the equator"),
        pytest.param(0.99, 999, 20.0, PASS, id="outside the tropics"),
        pytest.param(0.99, 999, NAN, NOT_RUN, id="no latitude"),
    ],
)
def test_en_spike_and_step_suspect__cold_water_of_the_tropics(
    value: float, depth: float, latitude: float, outcome: int
) -> None:
    assert outcome_of([1.2, value, 1.2], [950, depth, 1050], latitude)[1] == outcome
