import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.climatology_sigma import climatology_sigma

NAN = np.nan


def outcome_of(value: float, mean: float, std: float, n: float, *parameters: float) -> int:
    columns = (np.array([c], np.float32) for c in (value, mean, std, n))
    return int(climatology_sigma(*columns, *parameters)[0])


@pytest.mark.parametrize(
    ("value", "mean", "std", "n", "outcome"),
    [
        pytest.param(11.5, 10, 0.5, 3, PASS, id="at 3 standard deviations passes"),
        pytest.param(11.4, 10, 0.5, 3, PASS, id="below passes"),
        pytest.param(11.501, 10, 0.5, 3, FAIL, id="above fails"),
        pytest.param(8.499, 10, 0.5, 3, FAIL, id="below the mean too"),
        pytest.param(10.4, 10.1, 0.1, 3, PASS, id="at a threshold that float32 cannot hold passes"),
        pytest.param(11.501, 10, 0.5, 2, NOT_RUN, id="too few values behind the climatology"),
        pytest.param(11.501, 10, 0.5, NAN, NOT_RUN, id="unknown number of values"),
        pytest.param(11.501, 10, 0.0, 9, NOT_RUN, id="a standard deviation of 0"),
        pytest.param(NAN, 10, 0.5, 9, NOT_RUN, id="no value"),
        pytest.param(11.501, NAN, 0.5, 9, NOT_RUN, id="no mean"),
        pytest.param(11.501, 10, NAN, 9, NOT_RUN, id="no standard deviation"),
    ],
)
def test_climatology_sigma__three_standard_deviations(
    value: float, mean: float, std: float, n: float, outcome: int
) -> None:
    assert outcome_of(value, mean, std, n, 3.0, 3.0) == outcome


def test_climatology_sigma__asks_for_no_number_unless_told() -> None:
    assert outcome_of(11.501, 10, 0.5, NAN, 3.0) == FAIL


def test_climatology_sigma__a_floor_keeps_narrow_places_open() -> None:
    assert outcome_of(10.5, 10, 0.01, 9, 3.0, 0.0, 0.2) == PASS
    assert outcome_of(10.61, 10, 0.01, 9, 3.0, 0.0, 0.2) == FAIL
    assert outcome_of(10.5, 10, 0.0, 9, 3.0, 0.0, 0.2) == PASS
    assert outcome_of(10.5, 10, NAN, 9, 3.0, 0.0, 0.2) == NOT_RUN


def test_climatology_sigma__the_standard_error_of_the_mean_comes_off_the_distance() -> None:
    """Of 4 values with standard deviation 0.5 it is 0.25."""
    assert outcome_of(11.75, 10, 0.5, 4, 3.0, 0.0, 0.0, 1.0) == PASS
    assert outcome_of(11.751, 10, 0.5, 4, 3.0, 0.0, 0.0, 1.0) == FAIL
    assert outcome_of(11.751, 10, 0.5, 0, 3.0, 0.0, 0.0, 1.0) == NOT_RUN


def test_climatology_sigma__of_nothing_is_nothing() -> None:
    none = np.empty(0, np.float32)
    assert climatology_sigma(none, none, none, none, 3.0).size == 0
