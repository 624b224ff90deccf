"""Combination of products: the published arithmetic by hand, and what it refuses."""

import numpy as np
import pytest

from kernels.indicators.consensus import (
    consensus,
    error_by_thickness,
    running_mean,
    sigma_of_interval,
    sum_of_layers,
)

TIME = np.arange(2000.5, 2006)
PRODUCTS = np.array([[1.0, 2, 3, 4, 5, 6], [0.0, 6, 0, 6, 0, 6]])
ERRORS = np.array([[1.0, 1, 1, 1, 1, 1], [0.0, 3, 0, 3, 0, 3]])
OPTIONS = {"baseline": (2000.0, 2006.0), "start": 2001.5, "smoothed": [False, True]}


def test_consensus__by_hand():
    result = consensus(TIME, PRODUCTS, ERRORS, 0, **OPTIONS)
    np.testing.assert_array_equal(result.time, TIME[1:])
    np.testing.assert_allclose(result.central, [0, 1, 2, 3, 4])
    one, other = np.array([-1.5, -0.5, 0.5, 1.5, 2.5]), np.array([2.0, 4, 2, 4, 6]) - 3
    np.testing.assert_allclose(result.mean, (one + other) / 2, atol=1e-15)
    np.testing.assert_allclose(result.structural, np.abs(one - other) / 2, atol=1e-15)
    np.testing.assert_allclose(result.mapping, [1, 2, 1, 2, 3])
    np.testing.assert_allclose(result.total**2, result.structural**2 + result.mapping**2)
    np.testing.assert_array_equal(result.n_products, 2)


def test_consensus__mean_of_products_as_central():
    result = consensus(TIME, PRODUCTS, ERRORS, None, **OPTIONS)
    np.testing.assert_allclose(result.central, result.mean - result.mean[0])


def test_consensus__one_product_says_nothing_of_structure():
    products = PRODUCTS.copy()
    products[1, 4:] = np.nan
    result = consensus(TIME, products, ERRORS, 0, **OPTIONS)
    np.testing.assert_array_equal(result.n_products, [2, 2, 2, 1, 1])
    assert np.isnan(result.structural[3:]).all()
    assert np.isnan(result.total[3:]).all()
    assert np.isfinite(result.central).all()


def test_consensus__input_unchanged():
    products, errors = PRODUCTS.copy(), ERRORS.copy()
    consensus(TIME, products, errors, 0, **OPTIONS)
    np.testing.assert_array_equal(products, PRODUCTS)
    np.testing.assert_array_equal(errors, ERRORS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start": 1971.5}, "no value at 1971.5"),
        ({"start": 2001.0}, "no value at 2001"),
        ({"baseline": (1995.0, 1999.0)}, "product 0 has no value in the baseline"),
        ({"window": 4}, "odd window, not 4"),
        ({"smoothed": [True]}, r"shape \(1,\)"),
        ({"errors": ERRORS[:1]}, "must be"),
        ({"time": np.array([2000.5, 2001.5, 2002.5, 2003.5, 2004.5, 2006.5])}, "equal steps"),
    ],
)
def test_consensus__what_cannot_be_combined_is_refused(change, words):
    arguments = {"time": TIME, "products": PRODUCTS, "errors": ERRORS, "central": 0} | OPTIONS | change
    with pytest.raises(ValueError, match=words):
        consensus(**arguments)


def test_running_mean__ends_and_edges_of_gaps_stay():
    values = np.array([1.0, 2, 6, 4, np.nan, 3, 9, np.nan, 7])
    np.testing.assert_allclose(running_mean(values), [1, 3, 4, 4, np.nan, 3, 9, np.nan, 7])
    np.testing.assert_array_equal(running_mean(values, 1), values)


def test_sum_of_layers__errors_add_up_as_fully_correlated():
    layer = consensus(TIME, PRODUCTS, ERRORS, 0, **OPTIONS)
    central, sigma = sum_of_layers([layer, layer, layer])
    np.testing.assert_allclose(central, 3 * layer.central)
    np.testing.assert_allclose(sigma, 3 * layer.total)
    with pytest.raises(ValueError, match="different times"):
        sum_of_layers([layer, layer._replace(time=layer.time + 1)])


def test_sigma_of_interval__factors_of_the_recipe():
    assert sigma_of_interval(3.29, 0.90) == pytest.approx(2)
    assert sigma_of_interval(3.92, 0.95) == pytest.approx(2)
    with pytest.raises(ValueError, match=r"0\.99 is not one of"):
        sigma_of_interval(1.0, 0.99)


def test_error_by_thickness__as_ncei_below_700_m():
    assert error_by_thickness(2.0, 1300, 2000) == pytest.approx(1.3)
