"""The test of Mann and Kendall against scipy and pymannkendall, and how often it cries wolf."""

import numpy as np
import pytest
from scipy.stats import kendalltau, norm

from kernels.indicators.mann_kendall import mann_kendall, score

T = np.arange(24.0)
Y = np.array([0.3, 1.1, 1.9, 1.2, 0.4, -0.6, -0.2, 0.9, 2.4, 3.1, 2.2, 1.8, 0.9, 1.5, 2.9, 3.8, 4.1, 3.0,
              2.2, 2.6, 3.9, 4.8, 5.2, 4.1])  # fmt: skip


def test_mann_kendall__same_as_pymannkendall():
    """pymannkendall 1.4.3, original_test; its tau is tau-a."""
    result = mann_kendall(T, Y, "none")
    assert result.score == 167
    assert result.variance == pytest.approx(1622.3333333333333)
    assert result.z == pytest.approx(4.121336186006314)
    assert result.p_value == pytest.approx(3.766812704553146e-05)


@pytest.mark.parametrize(
    ("seed", "variance", "p_value"),
    [
        (0, 11995.73928654169, 0.0008891447000001218),
        (3, 14594.859864759224, 0.00032759358681277995),
    ],
)
def test_mann_kendall__variance_of_hamed_and_rao(seed, variance, p_value):
    """pymannkendall 1.4.3, hamed_rao_modification_test, on the same series."""
    e = np.random.default_rng(seed).standard_normal(40)
    y = e.copy()
    for k in range(1, 40):
        y[k] += 0.8 * y[k - 1]
    t = np.arange(40)
    result = mann_kendall(t, np.round(y + 0.1 * t, 2), "hamed_rao")
    assert result.variance == pytest.approx(variance, rel=1e-10)
    assert result.p_value == pytest.approx(p_value, rel=1e-8)


def test_mann_kendall__negative_autocorrelation_narrows_nothing():
    """For this series Hamed and Rao's own variance is 0.85 of that of independent values."""
    assert mann_kendall(T, Y, "hamed_rao").n_eff == T.size


@pytest.mark.parametrize("decimals", [12, 0], ids=["no ties", "ties"])
def test_mann_kendall__same_as_scipy(decimals):
    rng = np.random.default_rng(4)
    t = np.arange(30)
    for _ in range(20):
        y = np.round(0.05 * t + 2 * rng.standard_normal(30), decimals)
        theirs, ours = kendalltau(t, y, method="asymptotic"), mann_kendall(t, y, "none")
        assert ours.tau == pytest.approx(theirs.statistic, rel=1e-12)
        continuous = 2 * norm.sf(abs(ours.score) / np.sqrt(ours.variance))
        assert continuous == pytest.approx(theirs.pvalue, rel=1e-9)
        assert ours.p_value >= continuous


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        pytest.param([1.0, 2, 3], (3, 3), id="rises"),
        pytest.param([3.0, 2, 2], (-2, 2), id="falls with a tie"),
        pytest.param([1.0, 1, 1], (0, 0), id="flat"),
        pytest.param([1.0], (0, 0), id="one value"),
    ],
)
def test_score__by_hand(y, expected):
    assert score(np.array(y)) == expected


def test_mann_kendall__flat_series_has_no_trend():
    result = mann_kendall(T, np.full(24, 3.5))
    assert (result.score, result.z, result.p_value) == (0, 0.0, 1.0)
    assert np.isnan(result.tau)


def test_mann_kendall__refuses_with_a_reason():
    assert "3 values, fewer than 5" in mann_kendall(T[:3], Y[:3]).note
    persistent = mann_kendall(T, Y)
    assert np.isnan([persistent.z, persistent.p_value]).all()
    assert "effective sample size 3.2 is below 4" in persistent.note


def test_mann_kendall__rejects_as_often_as_it_says():
    """5 % of trendless persistent series (r1 = 0.4), and most of those without correction twice that."""
    rng = np.random.default_rng(12)
    noise = rng.standard_normal((1000, 50))
    for k in range(1, 50):
        noise[:, k] = 0.4 * noise[:, k - 1] + np.sqrt(1 - 0.16) * noise[:, k]
    t = np.arange(50)
    rejected = {c: np.mean([mann_kendall(t, y, c).p_value < 0.05 for y in noise]) for c in ("none", "ar1")}
    assert 0.02 <= rejected["ar1"] <= 0.08
    assert rejected["none"] > 0.12
