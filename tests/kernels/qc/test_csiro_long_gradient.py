import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.csiro_long_gradient import csiro_long_gradient

NAN = np.nan


def outcome_of(value: list[float], depth: list[float]) -> list[int]:
    arrays = np.array(value, np.float32), np.array(depth, np.float32)
    return list(csiro_long_gradient(np.array([0, len(value)]), *arrays, 5.0, 4.0))


@pytest.mark.parametrize(
    ("top", "outcome"),
    [
        pytest.param(12.4, PASS, id="more than 4 m per degree passes"),
        pytest.param(12.5, PASS, id="4 m per degree passes"),
        pytest.param(12.501, FAIL, id="less than 4 m per degree fails"),
    ],
)
def test_csiro_long_gradient__judges_the_whole_inversion(top: float, outcome: int) -> None:
    found = outcome_of([11, 10, 11, 11, top, 9, 8], [100, 105, 107, 109, 115, 120, 125])
    assert found == [PASS, outcome, PASS, PASS, PASS, PASS, NOT_RUN]


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param([10, 20, 10], [4.9, 5, 6], [NOT_RUN, PASS, NOT_RUN], id="begins above 5 m"),
        pytest.param([10, 20, 10], [5, 6, 7], [FAIL, PASS, NOT_RUN], id="begins at 5 m"),
        pytest.param([10, 20, 30], [5, 6, 7], [NOT_RUN, PASS, NOT_RUN], id="has no end"),
        pytest.param([10, 20, 20, 10], [5, 6, 45, 46], [PASS, PASS, PASS, NOT_RUN], id="equal values belong"),
        pytest.param(
            [10, 20, 10, 20, 10],
            [5, 6, 7, 8, 9],
            [FAIL, PASS, FAIL, PASS, NOT_RUN],
            id="one after the other",
        ),
        pytest.param([10, NAN, 20, 10], [5, 6, 7, 8], [FAIL, NOT_RUN, PASS, NOT_RUN], id="missing between"),
        pytest.param([10, 20, 10], [5, NAN, 7], [PASS, NOT_RUN, NOT_RUN], id="no depth"),
        pytest.param([10, 20, 10], [5, 5, 6], [FAIL, PASS, NOT_RUN], id="at one depth"),
        pytest.param([10.0], [5], [NOT_RUN], id="one level"),
        pytest.param([], [], [], id="no level"),
    ],
)
def test_csiro_long_gradient__inversions(value: list[float], depth: list[float], outcome: list[int]) -> None:
    assert outcome_of(value, depth) == outcome


def test_csiro_long_gradient__an_inversion_does_not_reach_into_the_next_profile() -> None:
    value, depth = np.array([10, 20, 10, 5], np.float32), np.array([5, 6, 7, 8], np.float32)
    found = csiro_long_gradient(np.array([0, 2, 4]), value, depth, 5.0, 4.0)
    np.testing.assert_array_equal(found, [NOT_RUN, NOT_RUN, PASS, NOT_RUN])
