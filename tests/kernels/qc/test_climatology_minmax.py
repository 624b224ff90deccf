import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.climatology_minmax import climatology_minmax

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "low", "high", "n", "outcome"),
    [
        pytest.param(12.3, 4.1, 12.3, 30, PASS, id="the maximum passes"),
        pytest.param(4.1, 4.1, 12.3, 30, PASS, id="the minimum passes"),
        pytest.param(12.301, 4.1, 12.3, 30, FAIL, id="above the maximum fails"),
        pytest.param(4.099, 4.1, 12.3, 30, FAIL, id="below the minimum fails"),
        pytest.param(20.0, 4.1, 12.3, 29, NOT_RUN, id="extremes of too few values"),
        pytest.param(20.0, 4.1, 12.3, NAN, NOT_RUN, id="extremes of an unknown number"),
        pytest.param(NAN, 4.1, 12.3, 30, NOT_RUN, id="no value"),
        pytest.param(20.0, NAN, 12.3, 30, NOT_RUN, id="no minimum"),
        pytest.param(20.0, 4.1, NAN, 30, NOT_RUN, id="no maximum"),
    ],
)
def test_climatology_minmax__limits(value: float, low: float, high: float, n: float, outcome: int) -> None:
    columns = [np.array([c], np.float32) for c in (value, low, high, n)]
    assert climatology_minmax(*columns, 30.0)[0] == outcome


def test_climatology_minmax__a_margin_widens_both_ends() -> None:
    value = np.array([3.6, 3.5, 12.8, 12.9], np.float32)
    low, high, n = (np.full(4, v, np.float32) for v in (4.1, 12.3, NAN))
    np.testing.assert_array_equal(climatology_minmax(value, low, high, n, 0.0, 0.5), [PASS, FAIL, PASS, FAIL])
