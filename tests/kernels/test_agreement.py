import json
from pathlib import Path

import numpy as np
import pytest

from kernels.agreement import agreement, rate_interval


def test_agreement__of_cohens_own_counts() -> None:
    """Two raters of 50 applications: 20 both yes, 5 only the first, 10 only the second, 15 both no."""
    told = agreement(20, 5, 10, 15)
    assert told.observed == pytest.approx(0.7)
    assert told.kappa == pytest.approx(0.4)
    assert (told.base_rate_a, told.base_rate_b) == (0.5, 0.6)
    assert told.true_positive_rate == pytest.approx(20 / 30)
    assert told.false_positive_rate == pytest.approx(5 / 20)


def test_agreement__is_not_defined_without_values_or_where_all_are_alike() -> None:
    told = agreement(np.array([0, 0]), np.array([0, 0]), np.array([0, 0]), np.array([0, 9]))
    np.testing.assert_array_equal(told.kappa, [np.nan, np.nan])
    np.testing.assert_array_equal(told.observed, [np.nan, 1.0])
    assert np.isnan(told.true_positive_rate).all()


@pytest.mark.records
def test_agreement__of_the_shared_pair_of_flag_series(shared_records: Path) -> None:
    case = json.loads((shared_records.parent / "vectors" / "agreement_kappa.json").read_text())
    a, b = (np.array(case[k]) >= 3 for k in ("flags_a", "flags_b"))
    told = agreement((a & b).sum(), (a & ~b).sum(), (~a & b).sum(), (~a & ~b).sum())
    expected = {k: v for k, v in case.items() if isinstance(v, float)}
    assert any(np.isclose(v, told.kappa, rtol=1e-12) for v in expected.values()), expected


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        pytest.param(0, 10, 0.0, 0.2775, id="no hit"),
        pytest.param(5, 10, 0.2366, 0.7634, id="half"),
        pytest.param(10, 10, 0.7225, 1.0, id="all"),
    ],
)
def test_rate_interval__is_wilsons(hits: int, n: int, low: float, high: float) -> None:
    """Values of Wilson's score interval as statsmodels prints them."""
    np.testing.assert_allclose(rate_interval(hits, n), (low, high), atol=6e-5)


def test_rate_interval__of_nothing_is_missing() -> None:
    assert np.isnan(rate_interval(0, 0)).all()
