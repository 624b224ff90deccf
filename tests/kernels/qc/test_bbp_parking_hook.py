import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.bbp_parking_hook import bbp_parking_hook

NAN = np.nan
PRESSURE = np.arange(900.0, 1001.0, 10.0)


def outcome_of(hook: list[float], pressure: np.ndarray = PRESSURE, parking: float = 1000.0) -> list[int]:
    """Clear water with the given values at the deepest levels."""
    value = np.full(pressure.size, 3e-4, np.float32)
    value[pressure.size - len(hook) :] = hook
    start, p = np.array([0, value.size]), pressure.astype(np.float32)
    return list(bbp_parking_hook(start, value, p, parking, 100.0, 50.0, 20.0, 0.0002))


@pytest.mark.parametrize(
    ("hook", "outcome"),
    [
        pytest.param([5e-4, 5e-4], [PASS, PASS], id="at the threshold passes"),
        pytest.param([4e-4, 5.1e-4], [PASS, FAIL], id="above fails"),
        pytest.param([9e-4, 3e-4], [FAIL, PASS], id="anywhere in reach"),
        pytest.param([9e-4, NAN], [FAIL, NOT_RUN], id="missing value"),
    ],
)
def test_bbp_parking_hook__judges_the_deepest_50_dbar(hook: list[float], outcome: list[int]) -> None:
    found = outcome_of(hook)
    assert found[-2:] == outcome
    assert set(found[5 if outcome[-1] != NOT_RUN else 4 : -2]) == {PASS}
    assert set(found[:4]) == {NOT_RUN}


def test_bbp_parking_hook__values_of_the_baseline_are_tested_too() -> None:
    assert outcome_of([9e-4, 3e-4, 3e-4, 3e-4, 3e-4, 3e-4])[5] == FAIL


@pytest.mark.parametrize(
    ("pressure", "parking"),
    [
        pytest.param(PRESSURE, 1100.0, id="100 dbar from the parking pressure"),
        pytest.param(PRESSURE + 100, 1000.0, id="a profile from deeper than it"),
        pytest.param(np.append(PRESSURE[:-3], 1000.0), 1000.0, id="the deepest level alone"),
        pytest.param(PRESSURE[-1:], 1000.0, id="one level"),
        pytest.param(PRESSURE[-3:], 1000.0, id="no level for a baseline"),
        pytest.param(np.full(5, NAN), 1000.0, id="no pressure"),
        pytest.param(PRESSURE[:0], 1000.0, id="no level"),
    ],
)
def test_bbp_parking_hook__is_not_run_without_a_start_from_the_parking_pressure(
    pressure: np.ndarray, parking: float
) -> None:
    assert set(outcome_of([9e-4][: pressure.size], pressure, parking)) <= {NOT_RUN}
