"""Joined lines: planted joins are found, none where there are none, and intervals know of the search."""

import numpy as np
import pytest

from kernels.indicators.persistence import red_noise
from kernels.indicators.piecewise import piecewise, search

T = np.arange(1970.0, 2020)


def series(seed, change=0.3, r1=0.0, n_series=1):
    rng = np.random.default_rng(seed)
    noise = red_noise(rng.standard_normal((n_series, T.size)), np.ones(T.size - 1), r1)
    return noise + 0.05 * (T - 1970) + change * np.maximum(T - 1995, 0)


@pytest.mark.parametrize(
    "breaks", [(), (1985.0,), (1980.0, 2005.0)], ids=["no join", "one join", "two joins"]
)
def test_piecewise__joins_without_noise_are_found_exactly(breaks):
    slopes = [0.1, 0.4, -0.2][: len(breaks) + 1]
    y = 7 + 0.1 * T
    for b, change in zip(breaks, np.diff(slopes), strict=True):
        y = y + change * np.maximum(T - b, 0)
    result = piecewise(T, y)
    assert result.breaks == breaks
    np.testing.assert_allclose([r.slope for r in result.trends], slopes, rtol=1e-8)
    np.testing.assert_allclose([r.slope for r in result.changes], np.diff(slopes), rtol=1e-8)
    np.testing.assert_allclose([[r.low, r.high] for r in result.trends], np.array([slopes, slopes]).T)
    np.testing.assert_allclose(result.fitted, y, rtol=1e-10)
    assert np.argmin(result.bic) == len(breaks)
    assert (result.p_value == 1) == (not breaks)


@pytest.mark.parametrize("n_breaks", [1, 2])
def test_search__same_as_a_fit_for_every_join(n_breaks):
    rng = np.random.default_rng(1)
    t = np.sort(rng.choice(60, 30, replace=False)).astype(float)
    y = rng.standard_normal(30) + 0.1 * np.maximum(t - 30, 0)

    def squares(breaks):
        design = np.stack([np.ones(30), t - t.mean(), *(np.maximum(t - b, 0) for b in breaks)], axis=1)
        coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
        return ((y - design @ coefficients) ** 2).sum(), coefficients[2:]

    if n_breaks == 1:
        joins = [(t[a],) for a in range(5, 26)]
    else:
        joins = [(t[a], t[b]) for a in range(5, 21) for b in range(a + 5, 26)]
    best = min(joins, key=lambda j: squares(j)[0])
    gain, place, change = search(t, y[None], n_breaks, 5)
    assert tuple(t[place[0]]) == best
    assert gain[0] == pytest.approx(squares(())[0] - squares(best)[0])
    np.testing.assert_allclose(change[0], squares(best)[1], rtol=1e-8)


@pytest.mark.parametrize(("r1", "most"), [(0.0, 0.10), (0.3, 0.16)])
def test_piecewise__a_line_is_seldom_broken(r1, most):
    found = [piecewise(T, y, n_surrogates=100).breaks for y in series(2, 0.0, r1, 250)]
    assert np.mean([len(b) > 0 for b in found]) <= most


def test_piecewise__interval_of_the_change_covers_the_truth():
    results = [piecewise(T, y, 1, n_surrogates=300) for y in series(3, 0.3, 0.3, 150)]
    found = [r for r in results if r.breaks]
    assert len(found) > 140
    assert 0.88 <= np.mean([r.changes[0].low <= 0.3 <= r.changes[0].high for r in found]) <= 0.99
    assert 0.85 <= np.mean([r.trends[1].low <= 0.35 <= r.trends[1].high for r in found]) <= 0.99
    assert np.mean([r.p_value < 0.05 for r in found]) > 0.95
    assert np.mean([r.breaks[0] for r in found]) == pytest.approx(1995, abs=1)


def test_piecewise__missing_values_seed_and_input():
    y = series(4)[0]
    y[[0, 7, 8, 49]] = np.nan
    before = y.copy()
    one, same, other = (piecewise(T, y, seed=s) for s in (1, 1, 2))
    assert one.changes == same.changes
    assert one.changes[0].low != other.changes[0].low
    assert one.changes[0].n == 46
    assert np.isnan(one.fitted[[0, 49]]).all()
    assert np.isfinite(one.fitted[1:49]).all()
    np.testing.assert_array_equal(y, before)


def test_piecewise__refuses_with_a_reason():
    few = piecewise(T[:23], T[:23])
    assert few.note == "23 values, fewer than 24: 3 segments of 8"
    assert (few.breaks, few.trends) == ((), ())
    persistent = piecewise(T, np.sin(T / 2.5), minimum_n_eff=12)
    assert "no joins and no interval: effective sample size" in persistent.note
    assert persistent.breaks == ()
    assert np.isfinite(persistent.trends[0].slope)
    assert np.isnan([persistent.trends[0].low, persistent.p_value]).all()
    with pytest.raises(ValueError, match="0, 1 or 2 joins can be looked for, not 3"):
        piecewise(T, T, 3)
