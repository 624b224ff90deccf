"""Elimination in blocks against NumPy, for sizes around those of the blocks."""

import numpy as np
import pytest

from kernels.mapping.solve import LANE, eliminate, forward, lower, padded, weights

SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 40]


def system(n, n_value=3):
    """A positive definite matrix, values of which each row has fewer, and ``A`` with NaN where nothing is."""
    rng = np.random.default_rng(n)
    x = rng.uniform(0, 3, (n, 2))
    C = np.exp(-((x[:, None] - x) ** 2).sum(axis=2)) + 0.1 * np.eye(n)
    y = rng.standard_normal((n, n_value))
    wide = padded(n)
    A = np.full((n, wide + padded(n_value)), np.nan)
    A[:, :wide], A[:, wide:] = 0, 0
    A[:, :n], A[:, wide : wide + n_value] = np.triu(C), y
    return C, y, A


def factored(A, n, first_column=0):
    eliminate(A, n, np.full(n, A.shape[1]), np.empty(n), first_column)
    return np.triu(A[:, :n])


@pytest.mark.parametrize("n", SIZES)
def test_eliminate__is_the_factor_and_what_it_makes_of_the_values(n) -> None:
    C, y, A = system(n)
    U = factored(A, n)
    np.testing.assert_allclose(U, np.linalg.cholesky(C).T, atol=1e-13)
    wide = padded(n)
    np.testing.assert_allclose(A[:, wide : wide + 3], np.linalg.solve(U.T, y), atol=1e-12)


@pytest.mark.parametrize("n", SIZES)
def test_eliminate__new_values_with_a_known_factor_are_as_if_eliminated_with_it(n) -> None:
    _, _, A = system(n)
    _, _, again = system(n)
    factored(A, n)
    wide = padded(n)
    other = np.random.default_rng(0).standard_normal((n, A.shape[1] - wide))
    again[:, wide:] = other
    factored(again, n)
    A[:, wide:] = other
    factored(A, n, wide)
    np.testing.assert_array_equal(np.triu(A), np.triu(again))


@pytest.mark.parametrize("n", SIZES)
def test_forward__is_what_elimination_makes_of_a_column(n) -> None:
    _, y, A = system(n)
    factored(A, n)
    Z = np.zeros((2, 3, padded(n) + LANE))
    Z[..., :n] = np.random.default_rng(0).standard_normal((2, 3, n))
    Z[1, 2, :n] = y[:, 1]
    forward(A, n, Z)
    np.testing.assert_array_equal(Z[1, 2, :n], A[:, padded(n) + 1])


@pytest.mark.parametrize("n", SIZES)
def test_weights__solve_the_system(n) -> None:
    C, y, A = system(n)
    factored(A, n)
    L, weight = np.empty((n, n)), np.empty(n)
    lower(A, n, L)
    wide = padded(n)
    weights(A, np.ascontiguousarray(A[:, wide : wide + 2].T), n, np.array([0.5]), L, weight)
    np.testing.assert_allclose(weight, np.linalg.solve(C, y[:, 0] + 0.5 * y[:, 1]), atol=1e-10)


@pytest.mark.parametrize("at", [1, 3, 4, 9])
def test_eliminate__a_row_that_others_determine_takes_no_part(at) -> None:
    n = 10
    rng = np.random.default_rng(at)
    x = rng.uniform(0, 9, (n, 2))
    x[at] = x[0]
    C = np.exp(-((x[:, None] - x) ** 2).sum(axis=2))
    wide = padded(n)
    A = np.zeros((n, wide + LANE))
    A[:, :n], A[:, wide] = np.triu(C), rng.standard_normal(n)
    y = A[:, wide].copy()
    factored(A, n)
    assert np.isinf(A[at, at])
    assert A[at, wide] == 0
    others = np.delete(np.arange(n), at)
    U = np.linalg.cholesky(C[np.ix_(others, others)]).T
    np.testing.assert_allclose(A[others, wide], np.linalg.solve(U.T, y[others]), atol=1e-12)
