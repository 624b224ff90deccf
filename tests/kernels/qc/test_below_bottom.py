import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.below_bottom import below_bottom

NAN = np.nan
CODC = tuple(np.array(a) for a in ([0.0, 1000.0], [15.0, 80.0], [0.05, 0.0]))
STRICT = tuple(np.array([v]) for v in (0.0, 0.0, 0.0))
POLAR = tuple(np.array([v]) for v in (0.0, 270.0, -0.37))


def outcome_of(
    depth: float, bottom: float, table: tuple[np.ndarray, ...], latitude: float = 0.0, **where: float
) -> int:
    value, z = np.ones(1, np.float32), np.array([depth], np.float32)
    place = (np.array([v]) for v in (latitude, bottom))
    return int(below_bottom(np.array([0, 1]), value, z, *place, *table, **where)[0])


@pytest.mark.parametrize(
    ("depth", "bottom", "table", "outcome"),
    [
        pytest.param(100.1, 100.1, STRICT, PASS, id="at the bottom"),
        pytest.param(100.2, 100.1, STRICT, FAIL, id="below the bottom"),
        pytest.param(120.0, 100.0, CODC, PASS, id="at 15 m + 5 %"),
        pytest.param(120.1, 100.0, CODC, FAIL, id="beyond 15 m + 5 %"),
        pytest.param(1080.0, 1000.0, CODC, PASS, id="from 1000 m at 80 m"),
        pytest.param(1080.1, 1000.0, CODC, FAIL, id="beyond 80 m"),
        pytest.param(333.0, 100.0, POLAR, PASS, id="a tolerance that shrinks"),
        pytest.param(333.1, 100.0, POLAR, FAIL, id="and ends"),
        pytest.param(1000.0, 1000.0, POLAR, PASS, id="is never negative"),
        pytest.param(5.0, NAN, CODC, NOT_RUN, id="bottom unknown"),
        pytest.param(NAN, 100.0, CODC, NOT_RUN, id="no depth"),
        pytest.param(99.0, -5.0, CODC, NOT_RUN, id="bottom above the table"),
    ],
)
def test_below_bottom__tolerance(
    depth: float, bottom: float, table: tuple[np.ndarray, ...], outcome: int
) -> None:
    assert outcome_of(depth, bottom, table) == outcome


def test_below_bottom__at_its_latitudes_only() -> None:
    assert outcome_of(200.0, 100.0, CODC, -60.0, south=-60.0) == FAIL
    assert outcome_of(200.0, 100.0, CODC, -60.1, south=-60.0) == NOT_RUN
    assert outcome_of(200.0, 100.0, CODC, NAN) == NOT_RUN


def test_below_bottom__says_nothing_of_a_level_without_a_value() -> None:
    value, depth = np.array([NAN, 1.0], np.float32), np.array([500.0, 500.0], np.float32)
    found = below_bottom(np.array([0, 0, 2]), value, depth, np.zeros(2), np.full(2, 100.0), *STRICT)
    np.testing.assert_array_equal(found, [NOT_RUN, FAIL])
