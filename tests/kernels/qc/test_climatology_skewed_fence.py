import math

import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.climatology_skewed_fence import climatology_skewed_fence

NAN = np.nan


def outcome_of(value: float, q1: float, q3: float, mc: float, *more: float, n: float = NAN) -> int:
    columns = (np.array([c], np.float64) for c in (value, q1, q3, mc, n))
    return int(climatology_skewed_fence(*columns, 1.5, *more)[0])


@pytest.mark.parametrize(
    ("mc", "low", "high"),
    [
        pytest.param(0.0, 7.0, 15.0, id="symmetric: the fences of Tukey"),
        pytest.param(0.5, 10 - 3 * math.exp(-2), 12 + 3 * math.exp(1.5), id="a tail to high values"),
        pytest.param(-0.5, 10 - 3 * math.exp(1.5), 12 + 3 * math.exp(-2), id="a tail to low values"),
    ],
)
def test_climatology_skewed_fence__follows_the_medcouple(mc: float, low: float, high: float) -> None:
    """The formula of Hubert and Vandervieren (2008), equation 5, for quartiles 10 and 12."""
    assert outcome_of(low + 1e-5, 10, 12, mc) == PASS
    assert outcome_of(low - 1e-5, 10, 12, mc) == FAIL
    assert outcome_of(high - 1e-5, 10, 12, mc) == PASS
    assert outcome_of(high + 1e-5, 10, 12, mc) == FAIL


@pytest.mark.parametrize(
    ("value", "q1", "q3", "mc", "outcome"),
    [
        pytest.param(15.0, 10, 12, 0.0, PASS, id="at the fence passes"),
        pytest.param(-2.1, -1, 1, 0.0, FAIL, id="within the fence, but colder than the ocean"),
        pytest.param(NAN, 10, 12, 0.0, NOT_RUN, id="no value"),
        pytest.param(99, NAN, 12, 0.0, NOT_RUN, id="no first quartile"),
        pytest.param(99, 10, NAN, 0.0, NOT_RUN, id="no third quartile"),
        pytest.param(99, 10, 12, NAN, NOT_RUN, id="no medcouple"),
    ],
)
def test_climatology_skewed_fence__limits(
    value: float, q1: float, q3: float, mc: float, outcome: int
) -> None:
    assert outcome_of(value, q1, q3, mc, -2.0, 33.0) == outcome


def test_climatology_skewed_fence__a_least_range_keeps_narrow_places_open() -> None:
    assert outcome_of(10.1, 10, 10, 0.0) == FAIL
    assert outcome_of(10.1, 10, 10, 0.0, -2.0, 33.0, 0.1) == PASS


@pytest.mark.parametrize(("n", "outcome"), [(19, NOT_RUN), (20, FAIL), (NAN, NOT_RUN)])
def test_climatology_skewed_fence__needs_enough_values(n: float, outcome: int) -> None:
    assert outcome_of(25, 10, 12, 0.0, -2.0, 33.0, 0.0, 20.0, n=n) == outcome
