import numpy as np
import pytest

from kernels.en_spikes import step_tolerance
from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.en_spike_and_step import en_spike_and_step

NAN = np.nan


def outcome_of(value: list[float], depth: list[float], latitude: float = 45.0) -> list[int]:
    row_start = np.array([0, len(value)])
    columns = (np.array(a, np.float32) for a in (value, depth))
    return list(en_spike_and_step(row_start, *columns, np.array([latitude])))


@pytest.mark.parametrize(
    ("depth", "outside", "in_tropics"),
    [
        (199, 5.0, 5.0),
        (200, 5.0, 5.0),
        (250, 3.75, 5.0),
        (300, 2.5, 5.0),
        (350, 2.5, 3.75),
        (500, 2.5, 2.5),
        (501, 2.0, 2.0),
        (600, 2.0, 2.0),
        (601, 1.5, 1.5),
    ],
)
def test_step_tolerance__is_that_of_the_table(depth: float, outside: float, in_tropics: float) -> None:
    assert step_tolerance(float(depth), False) == outside
    assert step_tolerance(float(depth), True) == in_tropics


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([10, 12.4, 10, 10, 10, 10], PASS, id="below half the tolerance"),
        pytest.param([10, 12.5, 10, 10, 10, 10], PASS, id="at half the tolerance"),
        pytest.param([10, 12.501, 10, 10, 10, 10], FAIL, id="above half the tolerance a small spike"),
        pytest.param([10, 7.499, 10, 10, 10, 10], FAIL, id="downward too"),
        pytest.param([10, 13, 11.2, 11, 11, 11], PASS, id="a small spike is nearly symmetric"),
        pytest.param([10, 13, 11.19, 11, 11, 11], FAIL, id="closer than a quarter of the difference"),
        pytest.param([10, 15.1, 12.501, 12, 12, 12], PASS, id="a large spike returns to half the tolerance"),
        pytest.param([10, 15.1, 12.4, 12, 12, 12], FAIL, id="closer than that it is one"),
        pytest.param([NAN, 12.501, 10, 10, 10, 10], PASS, id="no neighbour above"),
        pytest.param([10, NAN, 10, 10, 10, 10], NOT_RUN, id="no value"),
    ],
)
def test_en_spike_and_step__limits(value: list[float], outcome: int) -> None:
    assert outcome_of(value, [0, 10, 20, 30, 40, 50])[1] == outcome


@pytest.mark.parametrize(
    ("depth", "outcome"),
    [
        pytest.param([100, 150, 200, 250, 300], FAIL, id="50 m apart"),
        pytest.param([100, 150, 200.1, 250, 300], PASS, id="farther apart"),
        pytest.param([310, 400, 500, 600, 700], FAIL, id="100 m apart, from 350 m on"),
        pytest.param([310, 400, 500.1, 600, 700], PASS, id="farther apart than that"),
        pytest.param([100, NAN, 200, 250, 300], NOT_RUN, id="no depth"),
    ],
)
def test_en_spike_and_step__compares_levels_that_are_close(depth: list[float], outcome: int) -> None:
    assert outcome_of([10, 16, 10, 10, 10], depth)[1] == outcome


def test_en_spike_and_step__a_small_spike_is_steep() -> None:
    assert outcome_of([10, 11.2, 10, 10, 10], [601, 624.9, 649, 680, 700])[1] == FAIL
    assert outcome_of([10, 11.2, 10, 10, 10], [601, 625, 649, 680, 700])[1] == PASS


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param([], [], id="no level"),
        pytest.param([5.0], [NOT_RUN], id="one level"),
        pytest.param([5.0, 50.0], [NOT_RUN] * 2, id="two levels"),
        pytest.param([NAN] * 4, [NOT_RUN] * 4, id="no value"),
        pytest.param(
            [5, NAN, 15, NAN, 5, 5], [PASS, NOT_RUN, FAIL, NOT_RUN, PASS, PASS], id="missing between"
        ),
        pytest.param([5, 15, 5], [PASS, FAIL, PASS], id="one spike of three levels"),
        pytest.param([5, 15, 5] * 3, [PASS, FAIL, PASS] * 3, id="three spikes"),
        pytest.param([5, 15, 5] * 4, [FAIL] * 12, id="four spikes: nothing is accepted"),
    ],
)
def test_en_spike_and_step__of_profiles(value: list[float], outcome: list[int]) -> None:
    assert outcome_of(value, [10.0 * k for k in range(len(value))]) == outcome


def test_en_spike_and_step__needs_a_latitude() -> None:
    assert outcome_of([5, 15, 5], [0, 10, 20], NAN) == [NOT_RUN] * 3


def test_en_spike_and_step__takes_the_deeper_thermocline_of_the_tropics() -> None:
    value, depth = [20.0, 22, 20, 20, 20], [290.0, 300, 310, 320, 330]
    assert outcome_of(value, depth, 20.0)[1] == FAIL
    assert outcome_of(value, depth, -19.9)[1] == PASS


def test_en_spike_and_step__does_not_look_into_the_next_profile() -> None:
    value = np.array([5, 5, 15, 5, 5, 5], np.float32)
    depth = np.arange(0, 60, 10, dtype=np.float32)
    found = en_spike_and_step(np.array([0, 3, 6]), value, depth, np.array([45.0, 45.0]))
    np.testing.assert_array_equal(found, PASS)
