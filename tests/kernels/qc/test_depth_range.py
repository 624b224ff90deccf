import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.depth_range import depth_range

NAN = np.nan
FROM, LOW, HIGH = (np.array(a, np.float64) for a in ([0, 25, 100], [-2, -1.5, NAN], [37, 21.7, NAN]))


def outcome_of(
    value: float, depth: float, table: tuple[np.ndarray, ...] = (FROM, LOW, HIGH), **how: float
) -> int:
    one, other = np.array([value], np.float32), np.array([depth], np.float32)
    return int(depth_range(one, one, other, *table, **how)[0])


@pytest.mark.parametrize(
    ("value", "depth", "outcome"),
    [
        pytest.param(37.0, 25.0, PASS, id="the end of a layer belongs to it, a limit passes"),
        pytest.param(37.001, 25.0, FAIL, id="above the limit"),
        pytest.param(-2.001, 25.0, FAIL, id="below the lower limit"),
        pytest.param(21.7, 25.01, PASS, id="at a limit that float32 cannot hold"),
        pytest.param(21.701, 25.01, FAIL, id="just deeper the next layer counts"),
        pytest.param(20.0, 0.0, NOT_RUN, id="at the depth of the first row"),
        pytest.param(20.0, 100.01, NOT_RUN, id="a layer without limits"),
        pytest.param(NAN, 50.0, NOT_RUN, id="no value"),
        pytest.param(99.0, NAN, NOT_RUN, id="no depth"),
    ],
)
def test_depth_range__layers(value: float, depth: float, outcome: int) -> None:
    assert outcome_of(value, depth) == outcome


def test_depth_range__limits_can_fail() -> None:
    assert outcome_of(21.7, 50.0, limits_pass=0.0) == FAIL
    assert outcome_of(21.699, 50.0, limits_pass=0.0) == PASS


@pytest.mark.parametrize(
    ("between", "depth", "highest"),
    [
        pytest.param(0, 75, 30.0, id="the upper row"),
        pytest.param(1, 75, 25.0, id="interpolated"),
        pytest.param(1, 100, 20.0, id="at the row itself"),
        pytest.param(1, 500, 10.0, id="below the last row it holds"),
        pytest.param(2, 150, 20.0, id="the wider of both"),
    ],
)
def test_depth_range__between_rows(between: float, depth: float, highest: float) -> None:
    table = tuple(np.array(a, np.float64) for a in ([50, 100, 200], [-2, -2, -1], [30, 20, 10]))
    assert outcome_of(highest, depth, table, between=between) == PASS
    assert outcome_of(highest + 0.01, depth, table, between=between) == FAIL


def test_depth_range__by_pressure() -> None:
    value, pressure, depth = (np.array([v], np.float32) for v in (30.0, 20.0, 50.0))
    assert depth_range(value, pressure, depth, FROM, LOW, HIGH, 1.0)[0] == PASS
    assert depth_range(value, pressure, depth, FROM, LOW, HIGH)[0] == FAIL


def test_depth_range__depths_in_any_order_find_their_row() -> None:
    rng = np.random.default_rng(1)
    depth = rng.uniform(-5, 120, 500).astype(np.float32)
    value = rng.uniform(-3, 40, 500).astype(np.float32)
    together = depth_range(value, value, depth, FROM, LOW, HIGH)
    alone = [outcome_of(v, d) for v, d in zip(value, depth, strict=True)]
    np.testing.assert_array_equal(together, alone)
