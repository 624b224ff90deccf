"""Trends: published values, persistence, and intervals that hold what they promise."""

import numpy as np
import pytest

from kernels.indicators.heat_content import flux_of_trend
from kernels.indicators.trend import lag_one_correlation, trend


def red_noise(rng, n, r1, size):
    """AR(1) series of unit variance: (size, n)."""
    out = np.empty((size, n))
    out[:, 0] = rng.standard_normal(size)
    for k in range(1, n):
        out[:, k] = r1 * out[:, k - 1] + np.sqrt(1 - r1**2) * rng.standard_normal(size)
    return out


def test_trend__line_is_found_exactly():
    t = np.arange(1993, 2021)
    result = trend(t, 3 + 0.25 * t)
    assert result.slope == pytest.approx(0.25, rel=1e-10)
    assert (result.low, result.high) == pytest.approx((0.25, 0.25), rel=1e-9)
    assert result.note == ""


def test_trend__ordinary_least_squares_reference():
    """Slope and its 95 % interval by hand: x 1..6, y 2 1 4 3 6 5, slope 29/35, residual r1 below 0."""
    x, y = np.arange(1.0, 7), np.array([2.0, 1, 4, 3, 6, 5])
    result = trend(x, y)
    residual = y - y.mean() - 29 / 35 * (x - 3.5)
    half = 2.7764451 * np.sqrt(residual @ residual / 4 / 17.5)
    assert result.slope == pytest.approx(29 / 35)
    assert result.high - result.slope == pytest.approx(half, rel=1e-7)
    assert result.n_eff == 6
    assert result.r1 == pytest.approx(residual[1:] @ residual[:-1] / (residual @ residual))


@pytest.mark.parametrize(
    ("n", "refused"), [pytest.param(4, True, id="below"), pytest.param(5, False, id="at the minimum")]
)
def test_trend__too_few_values_are_refused_with_a_reason(n, refused):
    result = trend(np.arange(n), np.array([0.0, 1, -1, 1, 0])[:n])
    assert np.isnan(result.slope) == refused
    assert ("fewer than 5" in result.note) == refused


def test_trend__curved_series_gets_no_interval():
    """The AR(1) trap: residuals of a parabola have r1 near 1; (n_eff - 2) would be negative."""
    t = np.arange(19.0)
    result = trend(t, t**2)
    assert result.r1 > 0.7
    assert result.n_eff < 4
    assert np.isnan([result.low, result.high]).all()
    assert "effective sample size" in result.note
    assert result.slope == pytest.approx(18)


def test_trend__missing_years_are_left_out_of_pairs():
    t, e = np.array([0.0, 1, 2, 5, 6]), np.array([1.0, -1, 1, -1, 1])
    assert lag_one_correlation(t, e) == pytest.approx(-3 * 5 / 4 / 5)


def test_trend__own_errors_widen_the_interval_of_values_on_a_line():
    t = np.arange(20.0)
    exact = trend(t, 2 * t, np.full(20, 0.5), "wls")
    assert exact.slope == pytest.approx(2)
    spread = ((t - t.mean()) ** 2).sum()
    assert exact.high - exact.slope == pytest.approx(2.1009220 * 0.5 / np.sqrt(spread), rel=1e-6)


def test_trend__weights_follow_the_errors():
    t, error = np.arange(12.0), np.full(12, 1.0)
    y = t.copy()
    y[-1], error[-1] = 40.0, 1000.0
    assert trend(t, y, error, "wls").slope == pytest.approx(1, abs=0.01)
    assert trend(t, y).slope > 1.5


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9], ids=["salinity", "temperature", "heat"])
def test_trend__unit_does_not_matter(scale):
    rng = np.random.default_rng(3)
    t, y, error = np.arange(25.0), rng.standard_normal(25), rng.uniform(0.1, 1, 25)
    one, other = trend(t, y, error, "wls"), trend(t, scale * y, scale * error, "wls")
    np.testing.assert_allclose(np.array(other[:3]) / scale, one[:3], rtol=1e-6)


@pytest.mark.parametrize(("r1", "least"), [(0.0, 0.92), (0.3, 0.90), (0.6, 0.86)])
def test_trend__interval_covers_the_truth(r1, least):
    """With r1 estimated from 40 residuals, which estimates it too low, coverage stays near 95 %."""
    rng = np.random.default_rng(11)
    t = np.arange(40.0)
    results = [trend(t, 0.1 * t + y) for y in red_noise(rng, 40, r1, 1500)]
    given = [r for r in results if not r.note]
    covered = np.mean([r.low <= 0.1 <= r.high for r in given])
    assert len(given) > 1400
    assert least <= covered <= 0.99


def test_trend__parabola_has_its_mean_rate_and_an_interval():
    """What a line refuses: mean rate of 0.5 (t - 1970)^2 over 1970 to 2018 is 24."""
    t = np.arange(1970.0, 2019)
    y = 0.5 * (t - 1970) ** 2 + np.random.default_rng(1).standard_normal(49)
    assert "effective sample size" in trend(t, y).note
    result = trend(t, y, method="quadratic")
    assert result.note == ""
    assert result.slope == pytest.approx(trend(t, y).slope, rel=1e-12)
    assert result.low < 24 < result.high
    assert result.high - result.low < 0.1
    gaps = np.r_[0:5, 30:49]
    assert trend(t[gaps], 0.5 * (t[gaps] - 1970) ** 2, method="quadratic")[:3] == pytest.approx((24, 24, 24))


def test_trend__parabola_by_hand():
    """Even steps: the slope's variance is that of the line, scatter with n - 3."""
    x, y = np.arange(1.0, 8), np.array([2.0, 1, 4, 1, 6, 3, 9])
    result = trend(x, y, method="quadratic")
    coefficients = np.polyfit(x - 4, y, 2)
    residual = y - np.polyval(coefficients, x - 4)
    assert result.r1 < 0
    half = 2.7764451 * np.sqrt(residual @ residual / 4 / 28)
    assert result.high - result.slope == pytest.approx(half, rel=1e-7)
    assert result.slope == pytest.approx(coefficients[1])
    wide = trend(x, y, np.full(7, 100.0), "quadratic")
    assert wide.high - wide.slope == pytest.approx(2.7764451 * 100 / np.sqrt(28), rel=1e-7)


def test_trend__parabola_refuses_what_persists_about_it():
    t = np.arange(40.0)
    result = trend(t, t**4, method="quadratic")
    assert "is below 5" in result.note
    assert np.isnan(result.low)
    assert "3 values, fewer than 4" in trend(t[:3], t[:3], method="quadratic", minimum_n=3).note


@pytest.mark.parametrize(
    ("method", "r1", "least"),
    [("ols", 0.0, 0.93), ("ols", 0.3, 0.925), ("ols", 0.6, 0.915), ("quadratic", 0.0, 0.93),
     ("quadratic", 0.6, 0.90)],
)  # fmt: skip
def test_trend__coverage_with_r1_cleared_of_its_bias(method, r1, least):
    rng = np.random.default_rng(13)
    t = np.arange(40.0)
    results = [trend(t, 0.1 * t + y, None, method, unbiased_r1=True) for y in red_noise(rng, 40, r1, 800)]
    given = [r for r in results if not r.note]
    assert len(given) > 650
    assert least <= np.mean([r.low <= 0.1 <= r.high for r in given]) <= 0.99


def test_flux_of_trend__table_of_published_trends():
    assert flux_of_trend(8.476e21) == pytest.approx(0.527, abs=5e-4)


def test_trend__errors_of_known_covariance_make_the_interval():
    """Persistent errors of which the covariance is known: refused or too wide without it, right with it."""
    rng = np.random.default_rng(11)
    time = np.arange(25.0)
    covariance = 0.85 ** np.abs(time[:, None] - time)
    series = 0.1 * time + red_noise(rng, 25, 0.85, 400)
    error = np.ones(25)
    found = [trend(time, y, error, "wls", covariance=covariance) for y in series]
    given = [f for f in found if not f.note]
    assert len(given) > 0.94 * len(found)
    assert 0.92 <= np.mean([f.low < 0.1 < f.high for f in given]) <= 0.99
    half = np.median([f.high - f.low for f in given]) / 2
    line = np.column_stack([np.ones(25), time])
    exact = np.sqrt((np.linalg.pinv(line) @ covariance @ np.linalg.pinv(line).T)[1, 1])
    assert half == pytest.approx(1.96 * exact, rel=0.02)
    assert np.mean([bool(trend(time, y, error, "wls").note) for y in series]) > 0.1


def test_trend__scatter_beyond_the_errors_counts():
    rng = np.random.default_rng(12)
    time = np.arange(40.0)
    value = 0.1 * time + rng.standard_normal(40)
    small = trend(time, value, np.full(40, 0.1), "wls", covariance=0.01 * np.eye(40))
    alone = trend(time, value, np.full(40, 0.1), "wls")
    assert small.high - small.low == pytest.approx(alone.high - alone.low, rel=1e-9)
