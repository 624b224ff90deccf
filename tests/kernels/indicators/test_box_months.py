"""Anomalies from the mean of box and calendar month."""

import numpy as np
import pytest

from kernels.indicators.box_months import less_box_months

MONTH = np.arange(60) % 12
ALL = np.ones(60, bool)


def values():
    """Two boxes with a level and a season of their own, five years of the second rising by one a year."""
    season = 10 * np.sin(MONTH / 6 * np.pi)
    return np.stack([100 + season, -season + np.arange(60) // 12], axis=1)


def test_less_box_months__takes_level_and_season_off():
    anomaly, normal = less_box_months(values(), np.ones((60, 2)), MONTH, ALL, 3)
    np.testing.assert_allclose(anomaly[:, 0], 0, atol=1e-12)
    np.testing.assert_allclose(anomaly[:, 1], np.repeat([-2, -1, 0, 1, 2], 12), atol=1e-12)
    np.testing.assert_allclose(normal[3], [110, -8])


def test_less_box_months__is_about_the_reference_period_or_all_of_it():
    first = np.arange(60) < 36
    anomaly, _ = less_box_months(values(), np.ones((60, 2)), MONTH, first, 3)
    np.testing.assert_allclose(anomaly[:, 1], np.repeat([-1, 0, 1, 2, 3], 12), atol=1e-12)
    none, _ = less_box_months(values(), np.ones((60, 2)), MONTH, ~ALL, 3)
    np.testing.assert_allclose(none[:, 1], np.repeat([-2, -1, 0, 1, 2], 12), atol=1e-12)


@pytest.mark.parametrize(("years", "known"), [(3, True), (2, False)], ids=["enough years", "too few"])
def test_less_box_months__needs_some_years(years, known):
    sampled = values()
    sampled[12 * years :, 1] = np.nan
    before = sampled.copy()
    anomaly, normal = less_box_months(sampled, np.isfinite(sampled).astype(int), MONTH, ALL, 3)
    assert np.isfinite(anomaly[: 12 * years, 1]).all() == known
    assert np.isfinite(normal[:, 1]).all() == known
    np.testing.assert_array_equal(sampled, before)
