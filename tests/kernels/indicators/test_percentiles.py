"""Percentiles of known distributions, and which years count."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from kernels.indicators.percentiles import (
    EMPTY,
    ENOUGH,
    THIN_MONTH,
    TOO_FEW_DAYS,
    against_reference,
    completeness,
    group_percentiles,
    slot_means,
)

DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def test_group_percentiles__is_numpy_percentile():
    rng = np.random.default_rng(0)
    sizes = np.array([1, 2, 3, 0, 100, 8760])
    start = np.r_[0, np.cumsum(sizes)]
    value = rng.normal(15, 4, start[-1])
    value[50::7] = np.nan
    before = value.copy()
    for q in (0.0, 1.0, 50.0, 90.0, 99.0, 100.0):
        got = group_percentiles(start, value, q)
        for g, (a, b) in enumerate(pairwise(start)):
            known = value[a:b][np.isfinite(value[a:b])]
            expected = np.percentile(known, q) if known.size else np.nan
            np.testing.assert_allclose(got[g], expected, rtol=1e-14)
    np.testing.assert_array_equal(value, before)


def test_group_percentiles__of_a_normal_distribution():
    """99th percentile of a year of hours of a normal distribution: 15 + 2.326 x 2 within sampling."""
    rng = np.random.default_rng(1)
    value = rng.normal(15, 2, 200 * 8760)
    got = group_percentiles(np.arange(201) * 8760, value, 99.0)
    truth = 15 + 2 * norm.ppf(0.99)
    error = 2 * np.sqrt(0.99 * 0.01 / 8760) / norm.pdf(norm.ppf(0.99))
    assert abs(got.mean() - truth) < 4 * error / np.sqrt(200)
    assert got.std() == pytest.approx(error, rel=0.15)


def test_group_percentiles__all_missing_is_missing():
    assert np.isnan(group_percentiles(np.array([0, 3]), np.full(3, np.nan), 99.0)).all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5), st.floats(-1e3, 1e3)), max_size=40), st.randoms())
def test_slot_means__order_does_not_matter(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    made = [slot_means(np.array([k for k, _ in p]), np.array([v for _, v in p])) for p in (pairs, shuffled)]
    for one, other in zip(*made, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)
    keys = sorted({k for k, _ in pairs})
    assert made[0][0].tolist() == keys
    np.testing.assert_allclose(
        made[0][1], [np.mean([v for k, v in pairs if k == key]) for key in keys], atol=1e-9
    )


@pytest.mark.parametrize(
    ("days", "verdict"),
    [
        pytest.param(DAYS, ENOUGH, id="every day"),
        pytest.param(np.where(np.arange(12) < 6, DAYS, 0) * 0, EMPTY, id="no day"),
        pytest.param(np.r_[DAYS[:11], 15], THIN_MONTH, id="half a month is not reached"),
        pytest.param(np.r_[DAYS[:11], 16], ENOUGH, id="half a month is"),
        pytest.param(np.r_[DAYS[:5], 0, DAYS[6:]], THIN_MONTH, id="a month without data"),
        pytest.param(np.r_[DAYS[:8], 17, 17, 16, 16], ENOUGH, id="above the part of the year"),
        pytest.param(np.where(np.arange(12) % 2, 16, 20), TOO_FEW_DAYS, id="below the part of the year"),
    ],
)
def test_completeness__says_why_a_year_does_not_count(days, verdict):
    part, said = completeness(days[None], DAYS[None], 0.7, 0.5)
    assert said.tolist() == [verdict]
    assert part[0] == pytest.approx(days.sum() / 365)


def test_completeness__at_the_threshold_counts():
    days = np.full(12, 7.0)
    assert completeness(days, np.full(12, 10.0), 0.7, 0.7)[1] == ENOUGH
    assert completeness(days - 0.01, np.full(12, 10.0), 0.7, 0.5)[1] == TOO_FEW_DAYS


def test_against_reference__mean_deviation_and_anomaly():
    yearly = np.array([[1.0, 2, 3, 7], [1, np.nan, 3, np.nan], [np.nan] * 4])
    got = against_reference(yearly, np.array([True, True, True, False]), 3)
    np.testing.assert_allclose(got.mean, [2, np.nan, np.nan])
    np.testing.assert_allclose(got.std, [1, np.nan, np.nan])
    assert got.n_years.tolist() == [3, 2, 0]
    np.testing.assert_allclose(got.anomaly[0], [-1, 0, 1, 5])
    assert np.isnan(got.anomaly[1:]).all()


def test_against_reference__one_year_has_no_deviation():
    got = against_reference(np.array([[4.0]]), np.array([True]), 1)
    assert got.mean == 4
    assert np.isnan(got.std)
