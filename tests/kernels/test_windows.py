import numpy as np
import pytest

from kernels.windows import (
    extremes_in_windows,
    in_time_order,
    moments_in_windows,
    n_to_look_at,
    series_in_time_order,
    smallest_spread,
    usual_interval,
    window_begin,
)

NAN = np.nan
MINUTE = 1 / 1440


@pytest.mark.parametrize(
    ("time", "order"),
    [
        pytest.param([1, 2, 2, 3], [0, 1, 2, 3], id="in order"),
        pytest.param([1, NAN, 2], [0, 2], id="missing"),
        pytest.param([3, 1, 2, 1], [1, 3, 2, 0], id="out of order, one time twice"),
        pytest.param([NAN], [], id="none with a time"),
        pytest.param([], [], id="none"),
    ],
)
def test_in_time_order__positions(time: list[float], order: list[int]) -> None:
    found = in_time_order(np.array(time, np.float64))
    np.testing.assert_array_equal(found, order)
    (plain,) = series_in_time_order(np.array([0, len(time)]), np.array(time, np.float64))
    np.testing.assert_array_equal(plain, order)


def test_usual_interval__is_the_median_of_those_above_zero() -> None:
    assert usual_interval(MINUTE * np.array([0, 1, 1, 1, 1, 2, 9])) == pytest.approx(60)
    assert np.isnan(usual_interval(np.array([3.0, 3.0])))
    assert np.isnan(usual_interval(np.array([3.0])))
    assert np.isnan(usual_interval(np.empty(0)))


def test_window_begin__with_and_without_its_far_end() -> None:
    """27 000 days are stored to 0.3 microseconds: the far end must not depend on it."""
    time = 27_000 + MINUTE * np.arange(60)
    n = np.arange(60)
    np.testing.assert_array_equal(window_begin(time, 300.0, True), np.maximum(n - 5, 0))
    np.testing.assert_array_equal(window_begin(time, 300.0, False), np.maximum(n - 4, 0))
    np.testing.assert_array_equal(window_begin(time, 0.0, True), 0)
    np.testing.assert_array_equal(window_begin(time, 1.0, True), n)


def test_windows__agree_with_plain_numpy() -> None:
    rng = np.random.default_rng(3)
    value = np.where(rng.random(500) < 0.2, NAN, rng.normal(20, 3, 500).round(1)).astype(np.float32)
    begin = np.minimum(np.sort(rng.integers(0, 500, 500)), np.arange(500))
    count, low, high = extremes_in_windows(value, begin)
    number, mean, std = moments_in_windows(value, begin)
    for i in range(500):
        known = value[begin[i] : i + 1].astype(np.float64)
        known = known[~np.isnan(known)]
        assert count[i] == number[i] == known.size
        if known.size:
            assert (low[i], high[i]) == (known.min(), known.max())
            np.testing.assert_allclose([mean[i], std[i]], [known.mean(), known.std()], atol=1e-12)
        else:
            assert np.isnan(std[i])


def test_moments_in_windows__a_large_value_leaves_no_trace() -> None:
    value = np.array([1e30, 5.0, 5.0, 5.0])
    np.testing.assert_array_equal(moments_in_windows(value, np.array([0, 1, 1, 2]))[2], 0.0)


def test_smallest_spread__allows_for_float32_but_not_for_equal_values() -> None:
    two, more = np.float32(2.0), np.float32(2.01)
    assert float(more) - float(two) < 0.01
    assert float(more) - float(two) >= smallest_spread(0.01, 4.01)
    assert smallest_spread(1e-9, 4.01) > 0
    assert smallest_spread(0.0, 4.01) <= 0


def test_n_to_look_at__leaves_out_spread_windows_only() -> None:
    rng = np.random.default_rng(0)
    left_out = 0
    for scale in 10 ** rng.uniform(-2, 1, 200):
        value = (20 + scale * rng.normal(0, 1, 80)).astype(np.float32)
        value[rng.random(80) < 0.1] = np.nan
        begin = np.maximum(np.arange(80) - rng.integers(0, 50), 0)
        known = ~np.isnan(value)
        _, low, high = extremes_in_windows(value, begin)
        std = moments_in_windows(value, begin)[2]
        n = n_to_look_at(value, begin, 0.1, 0.0)
        assert np.all((high - low)[n:][known[n:]] >= 0.1)
        n = n_to_look_at(value, begin, 0.1, 0.1)
        assert np.all(std[n:][known[n:]] >= 0.1)
        left_out += 80 - n
    assert left_out > 4000
