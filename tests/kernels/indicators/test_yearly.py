"""Yearly means and their error."""

import numpy as np
import pytest

from kernels.indicators.yearly import yearly_mean


@pytest.mark.parametrize(
    ("n", "known"), [pytest.param(6, False, id="below"), pytest.param(7, True, id="at the minimum")]
)
def test_yearly_mean__needs_its_months(n, known):
    value = np.where(np.arange(12) < n, 1.0, np.nan)
    mean, error = yearly_mean(value, np.ones(12), 3.0, 7)
    assert np.isfinite(mean) == known == np.isfinite(error)


def test_yearly_mean__independent_and_identical_errors_are_the_limits():
    value = np.zeros(12)
    assert yearly_mean(value, np.ones(12), 1e-6, 7)[1] == pytest.approx(1 / np.sqrt(12))
    assert yearly_mean(value, np.ones(12), 1e9, 7)[1] == pytest.approx(1, rel=1e-6)


def test_yearly_mean__missing_months_add_error():
    value = np.sin(np.arange(12))
    whole = yearly_mean(value, np.full(12, 0.1), 3.0, 7)[1]
    value[[3, 4, 5, 6]] = np.nan
    assert yearly_mean(value, np.full(12, 0.1), 3.0, 7)[1] > 1.5 * whole


def test_yearly_mean__nothing_sampled_is_not_zero():
    assert np.isnan(yearly_mean(np.full(12, np.nan), np.full(12, np.nan), 3.0, 0)).all()


def test_yearly_mean__noise_passes_sooner_than_the_rest():
    value, error = np.zeros(12), np.full(12, 5.0)
    whole = yearly_mean(value, error, 1e9, 7)[1]
    # 3 and 4: the noise averages out over the months, the rest stays
    mixed = yearly_mean(value, error, 1e9, 7, np.full(12, 3.0), 1e-6)[1]
    assert whole == pytest.approx(5, rel=1e-6)
    assert mixed == pytest.approx(np.sqrt(16 + 9 / 12), rel=1e-6)
