import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.flat_line_oxygen import flat_line_oxygen

LIMITS = (20.0, 800.0, 1000.0)


def outcome_of(value: np.ndarray, pressure: np.ndarray) -> list[int]:
    row_start = np.array([0, value.size])
    return list(flat_line_oxygen(row_start, value.astype(np.float32), pressure.astype(np.float32), *LIMITS))


@pytest.mark.parametrize(
    ("n", "first", "last", "outcome"),
    [
        pytest.param(20, 900, 1701, FAIL, id="20 values over more than 800 dbar"),
        pytest.param(20, 900, 1700, PASS, id="over 800 dbar"),
        pytest.param(19, 900, 1800, PASS, id="19 values"),
        pytest.param(20, 999.9, 1801, FAIL, id="from just above 1000 dbar"),
        pytest.param(20, 1000, 1801, PASS, id="from 1000 dbar"),
        pytest.param(0, 0, 0, PASS, id="no level"),
    ],
)
def test_flat_line_oxygen__thresholds(n: int, first: float, last: float, outcome: int) -> None:
    assert outcome_of(np.full(n, 250.0), np.linspace(first, last, n)) == [outcome] * n


def test_flat_line_oxygen__compares_values_of_one_decimal() -> None:
    pressure = np.linspace(0, 900, 20)
    assert outcome_of(250.0 + 0.04 * (np.arange(20) % 2), pressure) == [FAIL] * 20
    assert outcome_of(250.0 + 0.06 * (np.arange(20) % 2), pressure) == [PASS] * 20


def test_flat_line_oxygen__passes_over_missing_levels_and_fails_the_run_only() -> None:
    value, pressure = np.full(24, 250.0), np.linspace(0, 1200, 24)
    value[[0, 23]], value[5], pressure[6] = 260.0, np.nan, np.nan
    assert outcome_of(value, pressure) == [PASS, *[FAIL] * 4, NOT_RUN, NOT_RUN, *[FAIL] * 16, PASS]


def test_flat_line_oxygen__does_not_look_into_the_next_profile() -> None:
    value, pressure = np.full(40, 250, np.float32), np.linspace(0, 1000, 40).astype(np.float32)
    found = flat_line_oxygen(np.array([0, 19, 19, 40]), value, pressure, *LIMITS)
    assert list(found) == [PASS] * 40
