"""The climatology finds what was put in, however unevenly it was sampled."""

import numpy as np
import pytest

from kernels.climatology.harmonic import BAND_PULL, CURVATURE_PULL, evaluate, fit_level, pooled
from kernels.climatology.moments import EPOCH, add_moments, n_moments, terms, unpack_moments

SHAPE = (6, 12)
TRUTH = np.array([15.0, 3.0, -1.0, 0.5, 0.25, 1.5, -0.7, 0.4])
"""Mean, two harmonics, gradients per half cell, curvature northward."""
SLOPE = 0.03


def sampled(rng, n, cells, time, noise=0.0):
    """Moments of records in given flat cells: (n_lat, n_lon, n_moment)."""
    cell = rng.choice(cells, n)
    north, east = rng.uniform(-1, 1, (2, n))
    x = terms(time, north, east, 2)
    value = x[:, :-1] @ TRUTH + SLOPE * x[:, -1] + noise * rng.standard_normal(n)
    moments = np.zeros((SHAPE[0] * SHAPE[1], 1, n_moments(2)))
    add_moments(cell, x, value[:, None], moments)
    return moments[:, 0].reshape(*SHAPE, -1)


def random_time(rng, n, first=1990, last=2020):
    return EPOCH + 365.2425 * rng.uniform(first - 2000, last - 2000, n)


def test_terms__reference_values():
    x = terms(np.array([0.0, 365.2425 / 4, EPOCH + 365.2425]), np.zeros(3), np.full(3, 0.5), 2)
    np.testing.assert_allclose(x[0], [1, 1, 0, 1, 0, 0, 0.5, -0.5, -EPOCH / 365.2425], atol=1e-12)
    np.testing.assert_allclose(x[1, :5], [1, 0, 1, -1, 0], atol=1e-12)
    assert x[2, -1] == pytest.approx(1)


def test_terms__across_a_cell_have_mean_zero_and_the_variance_that_the_prior_takes():
    """Gauss-Legendre points and evenly spaced months integrate their products exactly."""
    point, weight = np.polynomial.legendre.leggauss(4)
    time = EPOCH + 365.2425 * np.arange(12) / 12
    north, east, when = (a.ravel() for a in np.meshgrid(point, point, time, indexing="ij"))
    share = np.einsum("i,j,k->ijk", weight, weight, np.full(12, 1 / 12)).ravel() / 4
    x = terms(when, north, east, 2)[:, :-1]
    variance = np.array([1, 0.5, 0.5, 0.5, 0.5, 1 / 3, 1 / 3, 1 / 5])
    np.testing.assert_allclose((x * share[:, None]).T @ x, np.diag(variance), atol=1e-12)


def test_fit_level__a_parabola_in_latitude_within_a_cell():
    """As beside the equator; the last cell has few records and leans on its band."""
    rng = np.random.default_rng(11)
    moments = np.zeros((12, 1, n_moments(2)))
    for cell, n in enumerate([2000] * 11 + [12]):  # 4.8 degrees from edge to edge
        north, east = rng.uniform(-1, 1, (2, n))
        value = 20 - 1.2 * (north + 1) ** 2
        add_moments(np.full(n, cell), terms(random_time(rng, n), north, east, 2), value[:, None], moments)
    fit = fit_level(moments.reshape(1, 12, -1), 5.0, 10, 20, 2)
    across = np.linspace(-1, 1, 9)
    x = terms(np.full(9, EPOCH), across, np.zeros(9), 2)
    for cell, error in enumerate([0.005] * 11 + [0.1]):
        found = x[:, :-1] @ fit.coefficient[0, cell]
        np.testing.assert_allclose(found, 20 - 1.2 * (across + 1) ** 2, atol=error)
    assert fit.std[0, 0] < 0.01


def test_add_moments__is_the_sum_of_products():
    rng = np.random.default_rng(0)
    n = 50
    x = terms(random_time(rng, n), *rng.uniform(-1, 1, (2, n)), 2)
    value = rng.standard_normal((n, 3))
    value[::4, 1] = np.nan
    cell = rng.integers(-1, 2, n)
    moments = np.zeros((2, 3, n_moments(2)))
    add_moments(cell, x, value, moments)
    products, with_value, squared = unpack_moments(moments)
    for c in range(2):
        for k in range(3):
            at = (cell == c) & np.isfinite(value[:, k])
            np.testing.assert_allclose(products[c, k], x[at].T @ x[at], atol=1e-9)
            np.testing.assert_allclose(with_value[c, k], x[at].T @ value[at, k], atol=1e-9)
            np.testing.assert_allclose(squared[c, k], value[at, k] @ value[at, k])


def test_fit_level__recovers_what_was_put_in():
    rng = np.random.default_rng(1)
    moments = sampled(rng, 20000, np.arange(72), random_time(rng, 20000))
    fit = fit_level(moments, 5.0, 10, 0, 2)
    assert fit.slope == pytest.approx(SLOPE, abs=1e-9)
    expected = TRUTH.copy()
    expected[0] += 5 * SLOPE
    np.testing.assert_allclose(fit.coefficient, np.broadcast_to(expected, (*SHAPE, 8)), atol=1e-6)
    assert fit.n.sum() == 20000
    assert fit.std.max() < 1e-5


def test_fit_level__cells_sampled_late_are_not_warmer():
    """Half of the cells are sampled in the last years only; a mean of values would be 0.3 K too warm."""
    rng = np.random.default_rng(2)
    early = sampled(rng, 20000, np.arange(0, 72, 2), random_time(rng, 20000), 0.3)
    late = sampled(rng, 5000, np.arange(1, 72, 2), random_time(rng, 5000, 2014, 2020), 0.3)
    fit = fit_level(early + late, 5.0, 10, 20, 2)
    assert fit.slope == pytest.approx(SLOPE, abs=0.002)
    mean = fit.coefficient[..., 0].ravel() - TRUTH[0] - 5 * SLOPE
    assert abs(mean[1::2].mean() - mean[::2].mean()) < 0.04
    assert np.median(fit.std) == pytest.approx(0.3, abs=0.01)


def test_fit_level__cell_sampled_in_one_season_takes_the_cycle_of_its_band():
    rng = np.random.default_rng(3)
    summer = np.round(random_time(rng, 30) / 365.2425) * 365.2425 + rng.uniform(0, 40, 30)
    moments = sampled(rng, 20000, np.arange(1, 12), random_time(rng, 20000), 0.3) + sampled(
        rng, 30, np.array([0]), summer, 0.3
    )
    fit = fit_level(moments, 5.0, 10, 20, 2)
    np.testing.assert_allclose(fit.coefficient[0, 0, 1:5], TRUTH[1:5], atol=0.15)
    assert fit.coefficient[0, 0, 0] == pytest.approx(TRUTH[0] + 5 * SLOPE, abs=0.3)


def test_fit_level__an_empty_cell_does_not_borrow_from_its_neighbours():
    """They may lie across land: the Sea of Japan is not the Kuroshio."""
    rng = np.random.default_rng(4)
    fit = fit_level(sampled(rng, 4000, [13, 15, 2, 26], random_time(rng, 4000)), 0.0, 10, 20, 2)
    assert np.isnan(fit.coefficient[1, 2]).all()
    assert np.isnan(fit.std[1, 2])
    assert fit.n[1, 2] == 0
    assert np.isfinite(fit.coefficient[1, [1, 3]]).all()


@pytest.mark.parametrize(
    ("n", "known"), [pytest.param(9, False, id="below"), pytest.param(10, True, id="at the minimum")]
)
def test_fit_level__minimum_of_records(n, known):
    rng = np.random.default_rng(5)
    fit = fit_level(sampled(rng, n, [30], random_time(rng, n)), 0.0, 10, 20, 2)
    assert np.isfinite(fit.coefficient[2, 6]).all() == known


@pytest.mark.parametrize(
    ("years", "known"), [pytest.param(1.6, False, id="narrow"), pytest.param(2.4, True, id="wide enough")]
)
def test_fit_level__slope_needs_a_spread_of_time(years, known):
    """Even sampling over a span has a root mean square spread of span / sqrt(12)."""
    rng = np.random.default_rng(7)
    moments = sampled(rng, 5000, np.arange(72), random_time(rng, 5000, 2000, 2000 + years))
    assert (fit_level(moments, 0.0, 10, 20, 0.5).slope != 0) == known


def test_pooled__is_generalised_least_squares():
    """Against the dense solution of the mixed model: deviations of cells have variance 1 / weight."""
    rng = np.random.default_rng(9)
    n, cells, weight = 120, 5, np.array([10.0, 10, 10, 10, 7, 7, 4])
    cell = rng.integers(0, cells, n)
    x = terms(random_time(rng, n), *rng.uniform(-1, 1, (2, n)), 2)
    value = rng.standard_normal(n) + 0.1 * x[:, -1] + cell
    moments = np.zeros((12, 1, n_moments(2)))
    add_moments(cell, x, value[:, None], moments)
    products, with_value, _ = unpack_moments(moments.reshape(1, 12, -1))
    slope, prior = pooled(products, with_value, weight, 0.0)
    same = cell[:, None] == cell
    covariance = np.eye(n) + np.where(same, x[:, 1:-1] / weight @ x[:, 1:-1].T, 0) + 1e7 * same
    inverse = np.linalg.inv(covariance)
    fixed = x[:, 1:]
    pull = np.diag([*(BAND_PULL * weight[:-1]), CURVATURE_PULL * weight[-1], 0])
    expected = np.linalg.solve(fixed.T @ inverse @ fixed + pull, fixed.T @ inverse @ value)
    np.testing.assert_allclose([*prior[0], slope], expected, rtol=1e-4, atol=1e-5)


def test_fit_level__nothing_sampled():
    fit = fit_level(np.zeros((*SHAPE, n_moments(2))), 0.0, 10, 20, 2)
    assert np.isnan(fit.coefficient).all()
    assert fit.slope == 0


def test_evaluate__is_the_sum_of_terms():
    coefficient = np.random.default_rng(8).standard_normal((2, 3, 4, 8))
    x = terms(np.array([18000.0, 19000]), np.array([0.2, -1]), np.array([0.5, 0]), 2)
    result = evaluate(x, np.array([1, -1]), np.array([2, 0]), coefficient)
    np.testing.assert_allclose(result[0], coefficient[1, 2] @ x[0, :8])
    assert np.isnan(result[1]).all()
