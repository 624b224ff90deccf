import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.extrema_count import extrema_count

NAN = np.nan


def outcome_of(value: list[float], depth: list[float] | None = None) -> list[int]:
    levels = np.arange(len(value)) if depth is None else depth
    arrays = np.array(value, np.float32), np.array(levels, np.float32)
    return list(extrema_count(np.array([0, len(value)]), *arrays, 0.5, 4.0, 6.0, -2.3, 33.0))


FIVE = [10, 10.6, 10, 10.6, 10, 10.6, 10]


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param(FIVE, FAIL, id="five extrema fail"),
        pytest.param([*FIVE[:5], 9.6, 9.2], PASS, id="four pass"),
        pytest.param([10.1, 10.6, 10.1, 10.6, 10.1, 10.6, 10.1], PASS, id="0.5 degrees do not count"),
        pytest.param(FIVE[:6], NOT_RUN, id="six levels are too few"),
        pytest.param([10, 11, 11, 10, 11, 11, 10, 11, 11, 10], PASS, id="a plateau is no extremum"),
        pytest.param([10, 99, 10, 99, 10, 99, 10, 99, 10, 99, 10], PASS, id="values for the range test"),
        pytest.param([10.0], NOT_RUN, id="one level"),
        pytest.param([], NOT_RUN, id="no level"),
    ],
)
def test_extrema_count__the_profile_has_one_outcome(value: list[float], outcome: int) -> None:
    assert outcome_of(value) == [outcome] * len(value)


def test_extrema_count__passes_over_missing_levels() -> None:
    assert outcome_of([*FIVE[:3], NAN, *FIVE[3:]]) == [FAIL] * 3 + [NOT_RUN] + [FAIL] * 4
    assert outcome_of(FIVE, [0, 1, 2, NAN, 4, 5, 6]) == [NOT_RUN] * 7
    assert outcome_of([*FIVE, 10], [*range(7), NAN]) == [FAIL] * 8


def test_extrema_count__takes_levels_in_order_of_depth() -> None:
    assert outcome_of([10, 10, 10, 10, 10.6, 10.6, 10.6], [0, 2, 4, 6, 1, 3, 5]) == [FAIL] * 7
