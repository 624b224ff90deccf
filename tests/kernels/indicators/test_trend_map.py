"""Maps of trends give what single series give, much faster."""

import time

import numpy as np
import pytest
from scipy.stats import kendalltau, linregress, theilslopes

from kernels.indicators.mann_kendall import mann_kendall
from kernels.indicators.theil_sen import theil_sen
from kernels.indicators.trend import trend
from kernels.indicators.trend_map import BEYOND, GIVEN, TOO_FEW, TOO_PERSISTENT, trend_map

T = np.arange(1993.0, 2021)


@pytest.fixture
def field():
    """28 years of 60 cells: red noise with trends and gaps; one cell each that is empty, short, curved, flat,
    a line."""
    rng = np.random.default_rng(5)
    values = rng.standard_normal((28, 60))
    for k in range(1, 28):
        values[k] += 0.3 * values[k - 1]
    values += 0.05 * (T - 2006)[:, None]
    values[rng.random(values.shape) < 0.1] = np.nan
    values[:, 0] = np.nan
    values[4:, 1] = np.nan
    values[:, 2] = (T - 1980) ** 3
    values[:, 3] = 35.2
    values[:, 4] = 0.1 * T
    return values


def test_trend_map__theil_sen_cell_by_cell(field):
    found = trend_map(T, field, method="theil_sen")
    for c in range(field.shape[1]):
        one, test = theil_sen(T, field[:, c]), mann_kendall(T, field[:, c])
        cell = found.slope[c], found.low[c], found.high[c], found.r1[c], found.n_eff[c], found.n[c]
        np.testing.assert_allclose(cell, one[:6], rtol=1e-12)
        np.testing.assert_allclose(found.p_value[c], test.p_value, rtol=1e-12)
        assert (found.reason[c] == GIVEN) == (one.note == "")
    assert found.reason[:5].tolist() == [TOO_FEW, TOO_FEW, TOO_PERSISTENT, GIVEN, GIVEN]
    assert found.p_value[3] == 1


@pytest.mark.parametrize("with_errors", [False, True])
@pytest.mark.parametrize("unbiased", [False, True])
def test_trend_map__ols_cell_by_cell(field, with_errors, unbiased):
    errors = np.random.default_rng(6).uniform(0.5, 3, field.shape) if with_errors else None
    found = trend_map(T, field, errors, unbiased_r1=unbiased)
    for c in range(field.shape[1]):
        one = trend(T, field[:, c], None if errors is None else errors[:, c], unbiased_r1=unbiased)
        cell = found.slope[c], found.low[c], found.high[c], found.r1[c], found.n_eff[c], found.n[c]
        np.testing.assert_allclose(cell, one[:6], rtol=1e-9, atol=1e-12)
        assert (found.reason[c] == GIVEN) == (one.note == "")


def test_trend_map__p_value_of_least_squares_and_its_interval_agree(field):
    found = trend_map(T, field)
    given = found.reason == GIVEN
    excludes_zero = (found.low > 0) | (found.high < 0)
    np.testing.assert_array_equal(found.p_value[given] < 0.05, excludes_zero[given])
    assert np.isnan(found.p_value[~given]).all()


def test_trend_map__p_value_of_white_noise_same_as_scipy():
    values = np.random.default_rng(8).standard_normal((28, 30))
    found = trend_map(T, values, unbiased_r1=False)
    for c in np.flatnonzero(found.r1 <= 0):
        theirs = linregress(T, values[:, c])
        assert found.p_value[c] == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (found.r1 <= 0).sum() > 10


def test_trend_map__interval_beyond_the_pairs_says_so():
    found = trend_map(T, ((T - 1980) ** 2)[:, None], method="theil_sen", minimum_n_eff=0.1)
    assert found.reason[0] == BEYOND
    assert np.isfinite(found.slope[0])
    assert np.isnan([found.low[0], found.high[0], found.p_value[0]]).all()


def test_trend_map__order_of_cells_does_not_matter_and_input_is_unchanged(field):
    before, order = field.copy(), np.random.default_rng(9).permutation(field.shape[1])
    for method in ("ols", "theil_sen"):
        whole, other = trend_map(T, field, method=method), trend_map(T, field[:, order], method=method)
        for a, b in zip(whole, other, strict=True):
            np.testing.assert_array_equal(a[order], b)
    np.testing.assert_array_equal(field, before)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((T, np.zeros((27, 3))), r"values \(27, 3\) must be \(28, n_cell\)"),
        ((T, np.zeros((28, 3)), np.zeros((28, 2))), r"errors \(28, 2\) must have the shape of values"),
        ((T, np.zeros((28, 3)), np.zeros((28, 3)), "theil_sen"), "Theil-Sen takes no errors"),
        ((T[::-1], np.zeros((28, 3))), "times must increase"),
    ],
)
def test_trend_map__bad_input_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        trend_map(*arguments)


def test_trend_map__far_faster_than_scipy_in_a_loop():
    """CPU time, same run. On 28 years 170 times for Theil-Sen with its test, 390 for least squares."""
    values = np.random.default_rng(10).standard_normal((28, 3000))

    def cpu(function):
        begin = time.process_time()
        function()
        return time.process_time() - begin

    for method, peers in (
        ("theil_sen", (theilslopes, lambda y, t: kendalltau(y, t, method="asymptotic"))),
        ("ols", (lambda y, t: linregress(t, y),)),
    ):
        trend_map(T, values[:, :2], method=method)
        ours = cpu(lambda method=method: trend_map(T, values, method=method)) / 3000
        theirs = cpu(lambda peers=peers: [f(values[:, c], T) for c in range(100) for f in peers]) / 100
        assert theirs > 20 * ours, method
