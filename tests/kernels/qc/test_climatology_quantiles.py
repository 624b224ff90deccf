import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.climatology_quantiles import climatology_quantiles

NAN = np.nan
OF_2000, OF_2010 = 50 * 365.2425, 60 * 365.2425
ONE_ROW = np.array([0, 1])


def outcome_of(
    value: float,
    *,
    low: float = 5.0,
    high: float = 10.0,
    time: float = OF_2010,
    slope: float = -0.02,
    year: float = 2000.0,
    n: float = NAN,
    trend: float = 1.0,
    fewest: float = 0.0,
) -> int:
    columns = [np.array([c], np.float32) for c in (low, high, slope, year, n)]
    found = climatology_quantiles(
        ONE_ROW, np.array([value], np.float32), np.array([time]), *columns, trend, fewest
    )
    return int(found[0])


@pytest.mark.parametrize(
    ("value", "outcome"),
    [(10.199, PASS), (10.201, FAIL), (4.801, PASS), (4.799, FAIL), (NAN, NOT_RUN)],
)
@pytest.mark.parametrize("slope", [-0.02, 0.02])
@pytest.mark.parametrize("year", [2000.0, 2020.0])
def test_climatology_quantiles__ten_years_widen_both_bounds(
    value: float, outcome: int, slope: float, year: float
) -> None:
    assert outcome_of(value, slope=slope, year=year) == outcome


@pytest.mark.parametrize(
    ("value", "outcome"), [(10.0, PASS), (10.001, FAIL), (5.0, PASS), (4.999, FAIL), (7.0, PASS)]
)
def test_climatology_quantiles__in_the_year_of_the_climatology_the_quantiles_are_the_limits(
    value: float, outcome: int
) -> None:
    assert outcome_of(value, time=OF_2000) == outcome
    assert outcome_of(value, trend=0.0, time=NAN, slope=NAN, year=NAN) == outcome


@pytest.mark.parametrize("unknown", ["low", "high", "time", "slope", "year"])
def test_climatology_quantiles__does_not_judge_by_what_is_unknown(unknown: str) -> None:
    assert outcome_of(99.0) == FAIL
    assert outcome_of(99.0, **{unknown: NAN}) == NOT_RUN


@pytest.mark.parametrize(("n", "outcome"), [(199, NOT_RUN), (200, FAIL), (NAN, NOT_RUN)])
def test_climatology_quantiles__needs_enough_values(n: float, outcome: int) -> None:
    assert outcome_of(99.0, n=n, fewest=200) == outcome
