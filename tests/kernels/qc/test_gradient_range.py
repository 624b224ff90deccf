import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.gradient_range import gradient_range, measure

NAN = np.nan
EDGES, LOWEST, HIGHEST = np.array([10.0, 20, 160]), np.array([-0.5, -0.2]), np.array([0.3, 0.1])


def outcome_of(value: list[float], depth: list[float]) -> list[int]:
    arrays = np.array(value, np.float32), np.array(depth, np.float32)
    return list(gradient_range(np.array([0, len(value)]), *arrays, 10.0, EDGES, LOWEST, HIGHEST))


@pytest.mark.parametrize(
    ("below", "depth", "outcome"),
    [
        pytest.param(13.0, 110, PASS, id="at the highest gradient of 10 m passes"),
        pytest.param(13.001, 110, FAIL, id="above it fails"),
        pytest.param(5.0, 110, PASS, id="at the lowest gradient passes"),
        pytest.param(4.999, 110, FAIL, id="below it fails"),
        pytest.param(16.0, 120, PASS, id="a gap on an edge is of the smaller class"),
        pytest.param(14.0, 140, PASS, id="at the highest gradient of the next class"),
        pytest.param(14.001, 140, FAIL, id="above that"),
        pytest.param(90.0, 261, NOT_RUN, id="a gap of no class"),
        pytest.param(90.0, 109, NOT_RUN, id="the profile is thinner than 10 m"),
        pytest.param(NAN, 110, NOT_RUN, id="no value below"),
        pytest.param(90.0, NAN, NOT_RUN, id="no depth below"),
    ],
)
def test_gradient_range__central_difference(below: float, depth: float, outcome: int) -> None:
    assert outcome_of([10, 10, below], [100, 105, depth]) == [NOT_RUN, outcome, NOT_RUN]


def test_gradient_range__levels_are_added_until_the_gap_exceeds_10_m() -> None:
    depth, value = np.arange(0.0, 26.0, 2.0), np.arange(13.0)
    measured, _, _ = measure(np.array([0, 13]), value, depth, 10.0, EDGES, LOWEST, HIGHEST)
    above, below = value[4:7].mean(), value[6:10].mean()
    assert np.isclose(measured[6], (below - above) / (depth[9] - depth[4]))
    assert outcome_of(list(value), list(depth))[1:-1] == [PASS] * 11
    assert outcome_of(list(value * 2), list(depth))[6] == FAIL


def test_gradient_range__passes_over_missing_levels() -> None:
    assert outcome_of([10, NAN, 10, 90], [100, 104, 105, 110]) == [NOT_RUN, NOT_RUN, FAIL, NOT_RUN]
    assert outcome_of([10.0], [100]) == [NOT_RUN]
    assert outcome_of([], []) == []


def test_gradient_range__refuses_lists_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="between every two edges"):
        gradient_range(np.array([0, 0]), np.zeros(0), np.zeros(0), 10.0, EDGES, LOWEST[:1], HIGHEST)
