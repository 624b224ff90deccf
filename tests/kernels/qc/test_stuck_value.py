import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.stuck_value import stuck_value

NAN = np.nan


def levels(n: int) -> np.ndarray:
    return np.arange(n, dtype=np.float32)


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([], [], id="no level"),
        pytest.param([7], [NOT_RUN], id="one level"),
        pytest.param([NAN, 7], [NOT_RUN, NOT_RUN], id="one value"),
        pytest.param([NAN, NAN], [NOT_RUN, NOT_RUN], id="no value"),
        pytest.param([7, 7], [FAIL, FAIL], id="two equal values fail"),
        pytest.param([7, NAN, 7], [FAIL, NOT_RUN, FAIL], id="a missing level is passed over"),
        pytest.param([7, 7, 7.001], [PASS] * 3, id="one that differs is enough"),
    ],
)
def test_stuck_value__cases(value: list[float], outcome: list[int]) -> None:
    found = stuck_value(np.array([0, len(value)]), np.array(value, np.float32), levels(len(value)))
    np.testing.assert_array_equal(found, outcome)


@pytest.mark.parametrize(("n", "outcome"), [(4, NOT_RUN), (5, FAIL)])
def test_stuck_value__leaves_profiles_with_too_few_values(n: int, outcome: int) -> None:
    found = stuck_value(np.array([0, n]), np.full(n, 3, np.float32), levels(n), 5.0)
    np.testing.assert_array_equal(found, [outcome] * n)


def test_stuck_value__judges_each_profile_for_itself() -> None:
    found = stuck_value(np.array([0, 2, 4]), np.array([1, 1, 1, 2], np.float32), levels(4))
    np.testing.assert_array_equal(found, [FAIL, FAIL, PASS, PASS])


@pytest.mark.parametrize(
    ("pressure", "outcome"),
    [
        pytest.param([5, 100, 204.9], NOT_RUN, id="thinner is not tested"),
        pytest.param([5, 100, 205], FAIL, id="as thick as asked for"),
        pytest.param([205, 100, 5], FAIL, id="in any order"),
        pytest.param([5, 100, NAN], NOT_RUN, id="as far as pressure is known"),
        pytest.param([NAN] * 3, NOT_RUN, id="no pressure"),
    ],
)
def test_stuck_value__leaves_profiles_that_are_too_thin(pressure: list[float], outcome: int) -> None:
    found = stuck_value(
        np.array([0, 3]), np.full(3, 7, np.float32), np.array(pressure, np.float32), 2.0, 200.0
    )
    np.testing.assert_array_equal(found, [outcome] * 3)


def test_stuck_value__the_thickness_is_that_of_the_values() -> None:
    value, pressure = np.array([7, 7, NAN], np.float32), np.array([5, 100, 900], np.float32)
    np.testing.assert_array_equal(stuck_value(np.array([0, 3]), value, pressure, 2.0, 200.0), [NOT_RUN] * 3)
