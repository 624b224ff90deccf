import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.en_background_available import en_background_available

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "depth", "mean", "outcome"),
    [
        pytest.param(5.0, 100.0, 7.0, PASS, id="there is a climatology"),
        pytest.param(5.0, 9000.0, NAN, FAIL, id="there is none"),
        pytest.param(NAN, 9000.0, NAN, NOT_RUN, id="no value"),
        pytest.param(5.0, NAN, NAN, NOT_RUN, id="no depth"),
    ],
)
def test_en_background_available__asks_for_a_climatology(
    value: float, depth: float, mean: float, outcome: int
) -> None:
    columns = (np.array([c], np.float32) for c in (value, depth, mean))
    assert list(en_background_available(*columns)) == [outcome]
