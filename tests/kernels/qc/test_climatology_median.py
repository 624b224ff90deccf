import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.climatology_median import climatology_median

NAN = np.nan


def outcome_of(value: float, median: float, amd: float, n: float = NAN, fewest: float = 0.0) -> int:
    columns = (np.array([c], np.float32) for c in (value, median, amd, n))
    return int(climatology_median(*columns, 3.0, 0.05, -2.3, 33.0, fewest)[0])


@pytest.mark.parametrize(
    ("value", "median", "amd", "outcome"),
    [
        pytest.param(10.6, 10.0, 0.2, PASS, id="at 3 AMD passes"),
        pytest.param(10.59, 10.0, 0.2, PASS, id="below passes"),
        pytest.param(10.601, 10.0, 0.2, FAIL, id="above fails"),
        pytest.param(9.399, 10.0, 0.2, FAIL, id="below the median too"),
        pytest.param(10.15, 10.0, 0.01, PASS, id="at the floor of the AMD passes"),
        pytest.param(10.151, 10.0, 0.01, FAIL, id="above the floor fails"),
        pytest.param(10.15, 10.0, 0.0, PASS, id="an AMD of 0 counts as the floor"),
        pytest.param(33.0, 32.0, 2.0, PASS, id="at the highest of all passes"),
        pytest.param(33.001, 32.0, 2.0, FAIL, id="within 3 AMD, but warmer than the ocean"),
        pytest.param(-2.3, -1.0, 2.0, PASS, id="at the lowest of all passes"),
        pytest.param(-2.301, -1.0, 2.0, FAIL, id="within 3 AMD, but colder than the ocean"),
        pytest.param(NAN, 10.0, 0.2, NOT_RUN, id="no value"),
        pytest.param(10.0, NAN, 0.2, NOT_RUN, id="no median"),
        pytest.param(99.0, 10.0, NAN, NOT_RUN, id="no AMD"),
    ],
)
def test_climatology_median__limits(value: float, median: float, amd: float, outcome: int) -> None:
    assert outcome_of(value, median, amd) == outcome


@pytest.mark.parametrize(("n", "outcome"), [(19, NOT_RUN), (20, FAIL), (NAN, NOT_RUN)])
def test_climatology_median__needs_enough_values(n: float, outcome: int) -> None:
    assert outcome_of(20.0, 10.0, 0.2, n, fewest=20) == outcome
