import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.bbp_missing_data import bbp_missing_data

NAN = np.nan
EDGES = np.array([50, 156, 261, 367, 472, 578, 683, 789, 894, 1000], np.float64)
ALL_BINS = [0, 50, 156, 261, 367, 472, 578, 683, 789, 894]
"""Levels at the upper edge of each bin."""


def outcome_of(pressure: list[float], fewest: float, value: list[float] | None = None, *more: float) -> int:
    p = np.array(pressure, np.float32)
    v = np.full(p.size, 1e-3, np.float32) if value is None else np.array(value, np.float32)
    return int(bbp_missing_data(np.array([0, p.size]), v, p, EDGES, fewest, *more)[0])


@pytest.mark.parametrize(
    ("pressure", "any_empty", "one_filled"),
    [
        pytest.param(ALL_BINS, PASS, PASS, id="every bin filled"),
        pytest.param([*ALL_BINS[:-1], 1000], FAIL, PASS, id="1000 dbar lies below the last bin"),
        pytest.param(ALL_BINS[1:], FAIL, PASS, id="nothing above 50 dbar"),
        pytest.param([10, 49.9, 50], FAIL, PASS, id="two bins"),
        pytest.param([10, 20, 49.9], FAIL, FAIL, id="one bin"),
        pytest.param([1200, 1500], FAIL, FAIL, id="data below 1000 dbar only"),
        pytest.param([NAN, NAN], NOT_RUN, NOT_RUN, id="no pressure"),
        pytest.param([], NOT_RUN, NOT_RUN, id="no level"),
    ],
)
def test_bbp_missing_data__counts_filled_bins(pressure: list[float], any_empty: int, one_filled: int) -> None:
    assert outcome_of(pressure, 10) == any_empty
    assert outcome_of(pressure, 2) == one_filled


def test_bbp_missing_data__counts_values_unless_told_to_count_levels() -> None:
    value = [1e-3] * 9 + [NAN]
    assert outcome_of(ALL_BINS, 10, value) == FAIL
    assert outcome_of(ALL_BINS, 10, value, 1.0) == PASS
    assert outcome_of(ALL_BINS, 10, [NAN] * 10, 1.0) == NOT_RUN
