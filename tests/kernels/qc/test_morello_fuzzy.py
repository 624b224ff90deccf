import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.morello_fuzzy import measure, morello_fuzzy

NAN = np.nan
TEMPERATURE = tuple(
    np.array(limits, np.float64) for limits in ((0.07, 0.2), (2, 6), (3, 4), (5, 6), (0.5, 1.5), (3, 4))
)
# fmt: off
VALUE = [
    0.07, 0.15, 0.18, 0.15, 0.14, 1.76, 7.57, 7.17, 7.15, 7.2, 6.76, 6.61, 7.94, 8.23, 8.27, 8.31, 4.07, 5.6,
    5.55, 5.47, 5.6, 5.95, 4.62, 3.01, 3.02, 2.99, 5.1, 6.22, 6.23, 7.9, 7.28, 4.5, 6.26, 6.55, 6.44, 5.27,
    5.61, 1.87, 3.94, 4.19,
]
MEAN = [
    -4.85, 0.33, -2.71, 2.42, -5.96, -0.98, 9.7, 10.64, 0.68, 5.71, 7.74, 4.78, 12.71, 4.66, 9.33, 5.16, 8.29,
    5.54, 4.43, 0.32, 10.65, 8.21, 6.88, 6.42, 4.07, 1.07, 2.7, 3.82, 10.34, 3.52, 5.49, 3.54, 6.93, 8.28,
    2.69, 0.08, 5.6, 5.51, 6.21, 4.84,
]
OF_COTEDE = [
    1, 1, 1, 4, 2, 3, 2, 4, 1, 1, 2, 2, 2, 1, 2, 3, 1, 1, 2, 2, 2, 1, 2, 1, 2, 1, 1, 2, 3, 2, 3, 1, 1, 2, 3,
    3, 3, 2,
]
# fmt: on


def outcome_of(value: list[float], mean: list[float], std: float = 1.0, highest: float = 2.0) -> list[int]:
    v, m = np.array(value, np.float64), np.array(mean, np.float64)
    start = np.array([0, v.size])
    return list(morello_fuzzy(start, v, m, np.full(v.size, std), *TEMPERATURE, highest))


@pytest.mark.parametrize("highest", [1, 2, 3, 4])
def test_morello_fuzzy__is_what_cotede_combines(highest: int) -> None:
    """CoTeDe 0.23 ``fuzzyfy`` and the flags of its ``morello2014``, from features without a sign and with
    ``high`` as the rising step that its documentation has."""
    expected = [NOT_RUN, *(int(flag > highest) for flag in OF_COTEDE), NOT_RUN]
    assert outcome_of(VALUE, MEAN, highest=highest) == expected
    start, std = np.array([0, len(VALUE)]), np.ones(len(VALUE))
    degree = measure(start, np.array(VALUE), np.array(MEAN), std, *TEMPERATURE, highest)[0]
    np.testing.assert_array_equal(degree[1:-1], OF_COTEDE)


@pytest.mark.parametrize(
    ("middle", "mean", "degree"),
    [
        pytest.param(5.0, 5.0, 1, id="nothing stands out"),
        pytest.param(5.0, 8.9, 2, id="far from the climatology alone"),
        pytest.param(5.0, 11.0, 4, id="6 standard deviations are wholly high"),
        pytest.param(5.0, -1.0, 4, id="in both directions"),
        pytest.param(5.0, 10.4, 3, id="5.4 belong to high by 0.32"),
        pytest.param(5.0, 10.38, 2, id="5.38 by 0.289"),
        pytest.param(6.2, 6.2, 3, id="spike and gradient are not low"),
        pytest.param(9.0, 9.0, 4, id="a gradient of 4 is wholly high"),
        pytest.param(1.0, 1.0, 4, id="downward too"),
    ],
)
def test_morello_fuzzy__degrees(middle: float, mean: float, degree: int) -> None:
    for highest in (1, 2, 3):
        assert outcome_of([5, middle, 5], [5, mean, 5], highest=highest)[1] == int(degree > highest)


@pytest.mark.parametrize(
    ("value", "mean", "std", "outcome"),
    [
        pytest.param([], [], 1.0, [], id="no level"),
        pytest.param([5.0], [5.0], 1.0, [NOT_RUN], id="one level"),
        pytest.param([5, 9, 5], [5, NAN, 5], 1.0, [NOT_RUN] * 3, id="no climatology"),
        pytest.param([5, 9, 5], [5, 5, 5], 0.0, [NOT_RUN] * 3, id="a standard deviation of 0"),
        pytest.param([5, 9, 5], [5, 5, 5], NAN, [NOT_RUN] * 3, id="no standard deviation"),
        pytest.param([5, NAN, 9, 5], [5] * 4, 1.0, [NOT_RUN, NOT_RUN, FAIL, NOT_RUN], id="missing between"),
        pytest.param([5, 5, 5], [5] * 3, 1.0, [NOT_RUN, PASS, NOT_RUN], id="good"),
    ],
)
def test_morello_fuzzy__needs_neighbours_and_a_climatology(
    value: list[float], mean: list[float], std: float, outcome: list[int]
) -> None:
    assert outcome_of(value, mean, std) == outcome
