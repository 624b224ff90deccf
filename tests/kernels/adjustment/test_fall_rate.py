"""Depths of XBTs by another fall-rate equation, against what is published of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.adjustment.fall_rate import depth_by_fall_rate

FIRST, HANAWA = (6.472, 0.00216), (6.691, 0.00225)
MAKER_T5, KIZU_T5 = (6.828, 0.00182), (6.54071, 0.0018691)


def fallen(depth, delivered=FIRST, adjusted=HANAWA):
    depth = np.asarray(depth, float)
    equations = (np.array([e], float) for e in (delivered, adjusted))
    return depth_by_fall_rate(np.array([0, depth.size]), depth, *equations)


@pytest.mark.parametrize("time", [0.0, 1.0, 30.0, 75.0, 123.0])
def test_depth_by_fall_rate__both_equations_hold_at_a_time(time):
    delivered, adjusted = (a * time - b * time**2 for a, b in (FIRST, HANAWA))
    assert fallen([delivered])[0] == pytest.approx(adjusted, abs=1e-10)


def test_depth_by_fall_rate__hanawas_approximation():
    """IOC Technical Series 42: 1.0417 z - 75.096 (1 - sqrt(1 - 0.0002063 z)); the same within 0.1 m."""
    z = np.arange(0, 781.0, 5)
    published = 1.0417 * z - 75.096 * (1 - np.sqrt(1 - 0.0002063 * z))
    np.testing.assert_allclose(fallen(z), published, atol=0.1)


def test_depth_by_fall_rate__first_equation_is_too_shallow():
    """By 3.4 %, as 6.691 is to 6.472: 25 m in rounded words at the 760 m that a T-7 reaches."""
    found = fallen([100.0, 700, 760])
    np.testing.assert_allclose(found - [100, 700, 760], [3.380, 23.473, 25.463], atol=0.001)


def test_depth_by_fall_rate__tsk_t5_is_too_deep_by_five_percent():
    """Kizu et al. 2005: the maker's equation overestimates depth by about 5 %."""
    z = np.array([200.0, 1000, 1800])
    assert (fallen(z, MAKER_T5, KIZU_T5) < z).all()
    np.testing.assert_allclose(z / fallen(z, MAKER_T5, KIZU_T5), 1.047, atol=0.004)


def test_depth_by_fall_rate__what_cannot_be_is_missing_and_other_rows_stay():
    depth = np.array([10.0, np.nan, 5000, 10, 20], np.float64)
    equation = np.array([FIRST, (np.nan, np.nan)])
    found = depth_by_fall_rate(np.array([0, 3, 5]), depth, equation, np.array([HANAWA, HANAWA]))
    np.testing.assert_array_equal(np.isnan(found), [False, True, True, False, False])
    np.testing.assert_array_equal(found[3:], [10, 20])


@settings(deadline=None)
@given(st.lists(st.floats(0, 1900), min_size=1, max_size=30).map(sorted))
def test_depth_by_fall_rate__keeps_the_order_and_comes_back(depth):
    there = fallen(depth)
    assert (np.diff(there) >= 0).all()
    np.testing.assert_allclose(fallen(there, HANAWA, FIRST), depth, rtol=1e-12, atol=1e-9)
