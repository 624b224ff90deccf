import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.freezing_point import freezing_point

NAN = np.nan


@pytest.mark.parametrize(
    ("salinity", "pressure", "freezing"),
    [
        pytest.param(5.0, 0.0, -0.274, id="brackish"),
        pytest.param(35.0, 0.0, -1.922, id="at the surface"),
        pytest.param(35.0, 500.0, -2.299, id="UNESCO 44 table, 500 dbar"),
        pytest.param(40.0, 500.0, -2.588567, id="UNESCO 44 check value"),
    ],
)
def test_freezing_point__is_that_of_unesco(salinity: float, pressure: float, freezing: float) -> None:
    p, s = np.array([pressure], np.float32), np.array([salinity], np.float32)
    assert freezing_point(np.array([freezing + 0.0006]), p, s)[0] == PASS
    assert freezing_point(np.array([freezing - 0.0006]), p, s)[0] == FAIL


@pytest.mark.parametrize(
    ("columns", "settings", "outcome"),
    [
        pytest.param((NAN, 0, 35), {}, NOT_RUN, id="no temperature"),
        pytest.param((-5, NAN, 35), {}, NOT_RUN, id="no pressure"),
        pytest.param((-5, 0, NAN), {}, NOT_RUN, id="no salinity"),
        pytest.param((-5, 0, NAN), {"assumed_salinity": 34.7}, FAIL, id="salinity assumed"),
        pytest.param((-1.8, 0, NAN), {"assumed_salinity": 34.7}, PASS, id="salinity assumed, warm enough"),
        pytest.param((-5, 0, -1), {}, NOT_RUN, id="an impossible salinity"),
        pytest.param((-5, 0, 26.9), {"lowest_salinity": 27.0}, NOT_RUN, id="too fresh for the formula"),
        pytest.param((-5, 0, 36), {"highest_salinity": 35.0}, NOT_RUN, id="too salty for it"),
        pytest.param((-0.01, 0, 0), {}, FAIL, id="fresh water"),
        pytest.param((0, 0, 0), {}, PASS, id="fresh water at its freezing point"),
        pytest.param((-0.1, 0, 0), {"tolerance": 0.1}, PASS, id="at the tolerance"),
        pytest.param((-0.11, 0, 0), {"tolerance": 0.1}, FAIL, id="beyond the tolerance"),
    ],
)
def test_freezing_point__runs(columns: tuple[float, ...], settings: dict[str, float], outcome: int) -> None:
    assert freezing_point(*(np.array([v], np.float32) for v in columns), **settings)[0] == outcome
