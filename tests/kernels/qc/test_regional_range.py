import numpy as np

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.regional_range import regional_range


def test_regional_range__judges_the_rows_inside_only() -> None:
    row_start = np.array([0, 4, 4, 6])
    value = np.array([9.99, 10.0, np.nan, 40.1, 9.0, 50.0], np.float32)
    outcome = regional_range(row_start, value, np.array([True, True, False]), 10.0, 40.0)
    np.testing.assert_array_equal(outcome, [FAIL, PASS, NOT_RUN, FAIL, NOT_RUN, NOT_RUN])


def test_regional_range__a_limit_that_float32_cannot_hold_still_passes() -> None:
    value = np.array([21.7], np.float32)
    assert regional_range(np.array([0, 1]), value, np.array([True]), 21.7, 40.0) == PASS
    assert regional_range(np.array([0, 1]), value, np.array([True]), 0.0, 21.7) == PASS


def test_regional_range__of_no_rows() -> None:
    empty = regional_range(np.array([0]), np.empty(0, np.float32), np.empty(0, bool), 0.0, 1.0)
    assert empty.shape == (0,)
