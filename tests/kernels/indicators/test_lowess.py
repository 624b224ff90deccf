"""Smooth curves: against statsmodels, lines and gaps, and intervals that hold what they promise."""

import numpy as np
import pytest

from kernels.indicators.lowess import lowess, smoother_matrix
from kernels.indicators.persistence import red_noise

T = np.arange(24.0)
Y = np.array([0.3, 1.1, 1.9, 1.2, 0.4, -0.6, -0.2, 0.9, 2.4, 3.1, 2.2, 1.8, 0.9, 1.5, 2.9, 3.8, 4.1, 3.0,
              2.2, 2.6, 3.9, 4.8, 5.2, 4.1])  # fmt: skip
NOISY = 0.1 * T + np.random.default_rng(0).standard_normal(24)
STATSMODELS = {
    9: [1.1237138985, 1.0117419442, 0.8687313356, 0.7276440735, 0.5389792028, 0.3945785067, 0.602677366,
        1.1168896982, 1.6804326065, 2.0353405895, 2.0605009483, 1.9125331748, 1.8984833418, 2.1781448596,
        2.63973037, 3.0407025657, 3.1927111665, 3.1529359322, 3.1425742688, 3.332086574, 3.7545295943,
        4.1285892347, 4.5303295902, 4.9342871044],
    15: [0.5741579513, 0.6418343231, 0.724404178, 0.8241604052, 0.9379901333, 1.055709153, 1.1569102695,
         1.2230901089, 1.3335485985, 1.5193090674, 1.7912917917, 2.0929760846, 2.3353655964, 2.475207714,
         2.5572499184, 2.6774737812, 2.894844349, 3.1750484078, 3.4326221673, 3.6691084561, 3.896082395,
         4.1228125485, 4.3546059139, 4.5924560224],
}  # fmt: skip


@pytest.mark.parametrize("span", [9, 15])
def test_lowess__same_as_statsmodels(span):
    """statsmodels 0.15.0, lowess(Y, T, frac=span / 24, it=0); printed to 10 digits, and it cuts the weights
    at 0.999 of the reach."""
    np.testing.assert_allclose(lowess(T, Y, span=span).curve, STATSMODELS[span], atol=2e-6)


def test_lowess__line_is_kept_and_its_rate_exact():
    t = np.r_[1950.0:1970, 1973:2000]
    result = lowess(t, 3 - 0.2 * t)
    np.testing.assert_allclose(result.curve, 3 - 0.2 * t, rtol=1e-12)
    assert result.rate[:3] == pytest.approx((-0.2, -0.2, -0.2), rel=1e-9)
    np.testing.assert_allclose(result.low, result.high)


def test_lowess__rate_is_the_difference_of_the_ends():
    result = lowess(T, NOISY, span=9)
    assert result.rate.slope == pytest.approx((result.curve[-1] - result.curve[0]) / 23)
    assert result.rate.low < result.rate.slope < result.rate.high


def test_lowess__gap_is_bridged_and_nothing_lies_beyond_the_ends():
    y = NOISY.copy()
    y[[0, 1, 9, 10, 23]] = np.nan
    before = y.copy()
    result = lowess(T, y, span=9)
    assert np.isnan(result.curve[[0, 1, 23]]).all()
    assert np.isfinite(result.curve[2:23]).all()
    assert np.isfinite(result.low[2:23]).all()
    assert result.rate.n == 19
    np.testing.assert_array_equal(y, before)


def test_lowess__same_seed_same_interval():
    one, same, other = (lowess(T, NOISY, span=9, seed=s).rate for s in (1, 1, 2))
    assert one == same
    assert one.low != other.low
    assert one.low == pytest.approx(other.low, abs=0.15 * (one.high - one.low))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param((T[:9], Y[:9]), "9 values, fewer than 10", id="few values"),
        pytest.param((np.arange(60.0), np.arange(60.0) ** 3), "effective sample size", id="curved"),
    ],
)
def test_lowess__refuses_with_a_reason(arguments, words):
    result = lowess(*arguments)
    assert words in result.rate.note
    assert np.isnan([result.rate.low, result.rate.high]).all()
    assert np.isnan(result.low).all()


def test_lowess__span_below_three_steps_is_refused():
    with pytest.raises(ValueError, match="a span of 2 is below three steps of 1"):
        lowess(T, Y, span=2.0)


def test_smoother_matrix__weights_of_a_point_sum_to_one_and_reproduce_lines():
    rng = np.random.default_rng(1)
    t = np.sort(rng.uniform(0, 50, 40))
    at = np.linspace(t[0], t[-1], 23)
    weights = smoother_matrix(t, at, 12.0)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(weights @ t, at, rtol=1e-12)


def test_smoother_matrix__window_grows_where_values_are_few():
    t = np.array([0.0, 1, 2, 30, 60, 61, 62])
    np.testing.assert_allclose(smoother_matrix(t, t, 4.0) @ (2 * t), 2 * t, atol=1e-9)


@pytest.mark.parametrize(
    ("r1", "own", "least"),
    [
        pytest.param(0.0, 0.0, 0.92, id="white"),
        pytest.param(0.3, 0.7, 0.91, id="red with errors"),
        pytest.param(0.6, 0.0, 0.87, id="redder"),
    ],
)
def test_lowess__interval_of_the_rate_covers_the_truth(r1, own, least):
    rng = np.random.default_rng(3)
    t = np.arange(50.0)
    noise = red_noise(rng.standard_normal((160, 50)), np.ones(49), r1)
    noise += own * rng.standard_normal((160, 50))
    error = np.full(50, own) if own else None
    rates = [lowess(t, 0.1 * t + y, error, n_surrogates=1000).rate for y in noise]
    given = [r for r in rates if not r.note]
    assert len(given) > 140
    assert least <= np.mean([r.low <= 0.1 <= r.high for r in given]) <= 0.99
