"""Error of adjusted values."""

import numpy as np
import pytest

from kernels.adjustment.error import adjusted_error, deepest


def error(depth, value, of_value=0.1, least=4.6, part=0.02):
    depth, value = np.asarray(depth, float), np.asarray(value, float)
    limits = (np.array([v], float) for v in (of_value, least, part))
    return adjusted_error(np.array([0, depth.size]), depth, value, *limits)


@pytest.mark.parametrize(
    ("depth", "value", "expected"),
    [
        pytest.param([10, 20, 30], [5, 5, 5], [0.1, 0.1, 0.1], id="the thermistor's where nothing changes"),
        pytest.param([0, 100], [20, 10], [np.hypot(0.1, 0.46)] * 2, id="at the ends, least error of depth"),
        pytest.param([0, 230, 460], [20, 10, 4],
                     np.hypot(0.1, [4.6 * 10 / 230, 4.6 * 16 / 460, 9.2 * 6 / 230]),
                     id="a part of the depth from 230 m on"),
        pytest.param([0, 50, 100], [20, np.nan, 10], [np.hypot(0.1, 0.46), np.nan, np.hypot(0.1, 0.46)],
                     id="across a missing value"),
        pytest.param([10], [5], [0.1], id="one level"),
        pytest.param([10, 10], [5, 6], [0.1, 0.1], id="no distance"),
        pytest.param([], [], [], id="no level"),
    ],
)  # fmt: skip
def test_adjusted_error__(depth, value, expected):
    np.testing.assert_allclose(error(depth, value), expected, rtol=1e-12)


def test_adjusted_error__only_of_rows_that_have_one():
    found = adjusted_error(
        np.array([0, 1, 2]),
        np.array([1.0, 1]),
        np.array([1.0, 1]),
        np.array([np.nan, 0.2]),
        *np.zeros((2, 2)),
    )
    np.testing.assert_array_equal(found, [np.nan, 0.2])


def test_deepest__of_what_is_usable():
    found = deepest(np.array([0, 3, 3, 4]), np.array([5.0, 9, np.nan, np.nan]))
    np.testing.assert_array_equal(found, [9, np.nan, np.nan])
