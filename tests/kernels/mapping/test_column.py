"""Weights of casts in regional sums, and the error of such sums against full matrices and random oceans."""

import numpy as np
import pytest

from kernels.mapping.column import map_column, with_common_level
from kernels.mapping.covariance import between, covariance, places
from kernels.mapping.objective import Casts, analyse
from kernels.mapping.sum_errors import error_covariance

OF = covariance((300, 2000), (30, 180), (0.7, 0.3), stretch=2)
LAT, LON = (a.ravel() for a in np.meshgrid(np.arange(-10.0, 31, 4), np.arange(165.0, 195, 4)))
LON = (LON + 180) % 360 - 180
NORTH = LAT > 10
AREA = np.cos(np.radians(LAT)) * np.stack([NORTH, ~NORTH, np.ones(LAT.size, bool)])
AREA /= AREA.sum(axis=1, keepdims=True)


def some_casts(seed, n=150) -> Casts:
    rng = np.random.default_rng(seed)
    lat, lon = rng.uniform(-12, 32, n), (rng.uniform(163, 195, n) + 180) % 360 - 180
    value = rng.standard_normal((n, 1, 1)).astype(np.float32)
    value[: n // 10] = np.nan
    return Casts(lat, lon, rng.uniform(0, 60, n), rng.uniform(0.1, 1, n), value)


def matrices(casts: Casts):
    point, cast = places(LAT, LON, 30.0, OF), places(casts.latitude, casts.longitude, casts.time, OF)
    noisy = between(cast, cast, OF) + np.diag(casts.noise)
    return between(point, point, OF), between(point, cast, OF), noisy


@pytest.mark.parametrize("trend", ["none", "constant", "linear"])
def test_map_column__weights_make_the_sums_of_the_estimates(trend) -> None:
    casts = some_casts(1)
    found = map_column(LAT, LON, 30.0, casts, OF, AREA, 20, trend)
    whole = analyse(LAT, LON, 30.0, casts, OF, 20, trend)
    np.testing.assert_array_equal(found.estimate, whole.estimate[:, 0, 0])
    np.testing.assert_array_equal(found.error_variance, whole.error_variance[:, 0, 0])
    sums = found.weight @ np.nan_to_num(casts.value[:, 0, 0].astype(float))
    np.testing.assert_allclose(sums, AREA @ found.estimate.astype(float), atol=1e-7)
    assert np.all(found.weight[:, np.isnan(casts.value[:, 0, 0])] == 0)
    if trend != "none":
        np.testing.assert_allclose(found.weight.sum(axis=1), 1, rtol=1e-9)


def test_error_covariance__is_that_of_full_matrices() -> None:
    casts = some_casts(2)
    b = map_column(LAT, LON, 30.0, casts, OF, AREA, 20).weight
    C, P, K = matrices(casts)
    by_hand = AREA @ C @ AREA.T - AREA @ P @ b.T - b @ P.T @ AREA.T + b @ K @ b.T
    found = error_covariance(LAT, LON, 30.0, casts, OF, AREA, b)
    np.testing.assert_allclose(found, by_hand, rtol=0, atol=1e-12)
    # far less than if the errors of points were equal, far more than if they were independent
    formal = map_column(LAT, LON, 30.0, casts, OF, AREA, 20).error_variance.astype(float)
    assert (AREA**2 @ formal)[2] < found[2, 2] < formal.mean()


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(covariance((200, 90), (30, 60), (0.5, 0.5), stretch=2.5), id="short scales"),
        pytest.param(covariance((60,), (np.inf,), (1,), "exponential"), id="exponential"),
    ],
)
def test_error_covariance__far_pairs_are_left_out_within_the_stated_bound(of) -> None:
    """Over the whole sphere, poles and date line included."""
    rng = np.random.default_rng(0)
    n, m = 400, 600
    lat, lon = np.degrees(np.arcsin(rng.uniform(-1, 1, n + m))), rng.uniform(-180, 360, n + m)
    lat[:4], lon[:4] = (90, -90, 0, 89.9), (0, 10, 180, -170)
    casts = Casts(lat[n:], lon[n:], rng.uniform(0, 60, m), rng.uniform(0.1, 1, m), np.zeros((m, 1, 1)))
    area, weight = rng.uniform(0, 2 / n, (3, n)), rng.normal(0, 1 / m, (3, m))
    area[1, lat[:n] < 0], weight[2, :300] = 0, 0
    joint = places(lat, lon, np.concatenate([np.full(n, 30.0), casts.time]), of)
    u = np.concatenate([area, -weight], axis=1)
    by_hand = u @ between(joint, joint, of) @ u.T + (weight * casts.noise) @ weight.T
    for negligible in (0.0, 1e-8, 1e-4):
        found = error_covariance(lat[:n], lon[:n], 30.0, casts, of, area, weight, negligible)
        sums = np.abs(u).sum(axis=1)
        assert np.all(np.abs(found - by_hand) <= negligible * np.outer(sums, sums) + 1e-12)


def test_error_covariance__of_optimal_weights_is_the_least() -> None:
    casts = some_casts(3)._replace(value=np.zeros((150, 1, 1), np.float32))
    C, P, K = matrices(casts)
    best = np.linalg.solve(K, P.T @ AREA.T).T
    least = np.diag(AREA @ C @ AREA.T - best @ P.T @ AREA.T)
    found = np.diag(error_covariance(LAT, LON, 30.0, casts, OF, AREA, best))
    np.testing.assert_allclose(found, least, rtol=1e-8)
    of_neighbours = map_column(LAT, LON, 30.0, casts, OF, AREA, 20).weight
    assert np.all(np.diag(error_covariance(LAT, LON, 30.0, casts, OF, AREA, of_neighbours)) > least)


@pytest.mark.parametrize("trend", ["none", "constant"])
def test_error_covariance__is_what_random_oceans_show(trend) -> None:
    rng = np.random.default_rng(4)
    casts = some_casts(5)
    casts.value[:] = 0
    C, P, K = matrices(casts)
    together = np.block([[C, P], [P.T, K - np.diag(casts.noise)]]) + 1e-9 * np.eye(LAT.size + 150)
    drawn = np.linalg.cholesky(together) @ rng.standard_normal((LAT.size + 150, 4000))
    truth = AREA @ drawn[: LAT.size]
    records = drawn[LAT.size :] + np.sqrt(casts.noise)[:, None] * rng.standard_normal((150, 4000))
    weight = map_column(LAT, LON, 30.0, casts, OF, AREA, 20, trend).weight
    error = np.cov(weight @ records - truth)
    found = error_covariance(LAT, LON, 30.0, casts, OF, AREA, weight)
    np.testing.assert_allclose(np.diag(error), np.diag(found), rtol=0.1)
    assert error[0, 2] == pytest.approx(found[0, 2], rel=0.2)


def test_with_common_level__sums_follow_a_shift_of_all_casts() -> None:
    casts = some_casts(6, 20)
    weight = map_column(LAT, LON, 30.0, casts, OF, AREA, 20).weight
    assert np.all(weight.sum(axis=1) < 0.95)
    found = with_common_level(weight, AREA, weight[2])
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(found[2], weight[2] / weight[2].sum(), rtol=1e-12)
    np.testing.assert_array_equal(with_common_level(weight, AREA, np.zeros(20)), weight)


def test_map_column__without_casts_the_error_is_the_prior_of_the_mean() -> None:
    none = some_casts(7, 10)
    none.value[:] = np.nan
    found = map_column(LAT, LON, 30.0, none, OF, AREA)
    assert not found.weight.any()
    C, _, _ = matrices(none)
    np.testing.assert_allclose(
        error_covariance(LAT, LON, 30.0, none, OF, AREA, found.weight), AREA @ C @ AREA.T, atol=1e-12
    )


def test_map_column__refuses() -> None:
    casts = some_casts(8, 10)
    with pytest.raises(ValueError, match="area is"):
        map_column(LAT, LON, 30.0, casts, OF, AREA[:, 1:])
    with pytest.raises(ValueError, match="area of some point is unknown"):
        map_column(LAT, LON, 30.0, casts, OF, np.full_like(AREA, np.nan))
    with pytest.raises(ValueError, match="one value per cast"):
        map_column(LAT, LON, 30.0, casts._replace(value=np.zeros((10, 2, 1))), OF, AREA)
