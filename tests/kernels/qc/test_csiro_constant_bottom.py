import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.csiro_constant_bottom import csiro_constant_bottom

NAN = np.nan


def outcome_of(value: list[float], depth: list[float], latitude: float = 0.0) -> list[int]:
    columns = (np.array(a, np.float32) for a in (value, depth))
    return list(csiro_constant_bottom(np.array([0, len(value)]), *columns, np.array([latitude])))


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param([9, 5, 5], [0, 100, 129.9], [NOT_RUN, NOT_RUN, PASS], id="close"),
        pytest.param(
            [9, 5, 5], [0, 100.1, 130.1], [NOT_RUN, NOT_RUN, PASS], id="at the threshold, in decimals"
        ),
        pytest.param([9, 5, 5], [0, 100, 130.1], [NOT_RUN, NOT_RUN, FAIL], id="far apart"),
        pytest.param([9, 5, 5.001], [0, 100, 200], [NOT_RUN, NOT_RUN, PASS], id="not equal"),
        pytest.param([5, 5, 9], [0, 100, 200], [NOT_RUN, NOT_RUN, PASS], id="equal higher up"),
        pytest.param(
            [5, NAN, 5, NAN], [0, 10, 100, 200], [NOT_RUN, NOT_RUN, FAIL, NOT_RUN], id="missing between"
        ),
        pytest.param([5, 5], [NAN, 100], [NOT_RUN, NOT_RUN], id="one depth only"),
        pytest.param([5], [100], [NOT_RUN], id="one level"),
        pytest.param([], [], [], id="no level"),
    ],
)
def test_csiro_constant_bottom__judges_the_deepest_level(
    value: list[float], depth: list[float], outcome: list[int]
) -> None:
    assert outcome_of(value, depth) == outcome


@pytest.mark.parametrize(
    ("latitude", "outcome"), [(-39.9, FAIL), (-40.0, NOT_RUN), (-60.0, NOT_RUN), (NAN, NOT_RUN)]
)
def test_csiro_constant_bottom__not_in_the_south(latitude: float, outcome: int) -> None:
    assert outcome_of([5, 5], [0, 100], latitude)[1] == outcome
