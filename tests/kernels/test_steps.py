import numpy as np

from kernels.steps import gather_downward, gather_levels, half_unit, steps_between_levels, worst_of_steps

NAN = np.nan
VALUE = np.array([1.0, 2.0, NAN, 4.0, 5.0, 6.0], np.float32)
DEPTH = np.array([30.0, 10.0, 20.0, 10.0, NAN, -1.0], np.float32)


def scratch() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.empty(7, np.int64), np.empty(7), np.empty(7)


def test_gather_levels__keeps_the_stored_order() -> None:
    level, v, z = scratch()
    n = gather_levels(VALUE, DEPTH, level, v, z)
    assert (list(level[:n]), list(v[:n]), list(z[:n])) == ([0, 1, 3, 5], [1, 2, 4, 6], [30, 10, 10, -1])


def test_gather_downward__orders_by_depth_and_keeps_the_order_of_equal_depths() -> None:
    level, v, z = scratch()
    n = gather_downward(VALUE, DEPTH, level, v, z)
    assert (list(level[:n]), list(v[:n]), list(z[:n])) == ([1, 3, 0], [2, 4, 1], [10, 10, 30])


def test_steps_between_levels__are_those_of_the_gathered_levels() -> None:
    row_start = np.array([0, 6])
    first, second = steps_between_levels(row_start, VALUE, DEPTH)
    assert (list(first), list(second)) == ([0, 1, 3], [1, 3, 5])
    first, second = steps_between_levels(row_start, VALUE, DEPTH, downward=True)
    assert (list(first), list(second)) == ([1, 3], [3, 0])
    assert steps_between_levels(np.array([0, 2, 6]), VALUE, DEPTH)[0].size == 2


def test_worst_of_steps__takes_what_is_furthest_out_of_range() -> None:
    measured, lowest, highest = worst_of_steps(
        3, np.array([0, 1, 0, 1]), np.array([5.0, NAN, -9.0, 0.0]), np.full(4, -1.0), np.full(4, 1.0)
    )
    np.testing.assert_array_equal(measured, [-9, 0, NAN])
    np.testing.assert_array_equal(lowest, [-1, -1, NAN])
    np.testing.assert_array_equal(highest, [1, 1, NAN])


def test_half_unit__is_that_of_the_stored_type() -> None:
    assert half_unit(np.zeros(1, np.float32)) == 2.0**-24
    assert half_unit(np.zeros(1)) == 2.0**-53
