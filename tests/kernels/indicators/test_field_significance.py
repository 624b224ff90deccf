"""Control of false discoveries: by hand, against scipy, and in fields without any signal."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.stats import false_discovery_control

from kernels.indicators.field_significance import field_significance
from kernels.indicators.trend_map import trend_map


def test_field_significance__by_hand():
    """Limits of a rate of 0.10 are 0.02 0.04 0.06 0.08 0.10: the largest p below its own is 0.06."""
    p = np.array([0.2, 0.05, 0.01, np.nan, 0.06, 0.09])
    found = field_significance(p)
    assert found.threshold == 0.06
    assert found.mask.tolist() == [False, True, True, False, True, False]
    assert (found.n_tests, found.n_local) == (5, 1)
    assert field_significance(p, correlated=False).threshold == 0.01


@pytest.mark.parametrize("correlated", [True, False])
def test_field_significance__same_as_scipy(correlated):
    rng = np.random.default_rng(1)
    p = np.concatenate([rng.random(300), 1e-3 * rng.random(60)]).reshape(36, 10)
    found = field_significance(p, 0.05, correlated)
    adjusted = false_discovery_control(p, axis=None).reshape(p.shape)
    np.testing.assert_array_equal(found.mask, adjusted <= (0.10 if correlated else 0.05))


@pytest.mark.parametrize(
    ("p", "words", "threshold"),
    [
        pytest.param(np.full((2, 3), np.nan), "no cell has a p value", np.nan, id="empty"),
        pytest.param(np.full(20, 0.2), "no local test stands; 0 of 20", 0.0, id="none"),
        pytest.param(np.r_[0.04, np.full(19, 0.5)], "no local test stands; 1 of 20", 0.0, id="one by chance"),
        pytest.param(np.full(20, 0.1), "", 0.1, id="all at the rate"),
    ],
)
def test_field_significance__what_it_says(p, words, threshold):
    found = field_significance(p)
    np.testing.assert_equal(found.threshold, threshold)
    assert words in found.note
    assert found.mask.shape == p.shape
    assert found.mask.any() == (found.note == "")


@pytest.mark.parametrize(
    ("p", "alpha", "words"),
    [([0.1, 1.2], 0.05, "between 0.1 and 1.2"), ([-0.1, 0.2], 0.05, "not between -0.1"), ([0.1], 0.5, "0.5")],
)
def test_field_significance__bad_input_is_refused(p, alpha, words):
    with pytest.raises(ValueError, match=words):
        field_significance(np.array(p), alpha)


def fields(rng, n, signal=0.0):
    """Series of 30 years on a map of 24 x 36 cells, correlated over some cells: (n, 30, 24, 36)."""
    noise = gaussian_filter(rng.standard_normal((n, 30, 24, 36)), (0, 0, 2.5, 2.5), mode="wrap")
    noise /= noise.std()
    noise[..., :12] += signal * np.arange(30)[:, None, None]
    return noise


def test_field_significance__trendless_correlated_fields_come_out_seldom():
    """Local tests find something in nearly every field; at twice the level about one field in twenty."""
    t = np.arange(30.0)
    found = [
        field_significance(trend_map(t, f.reshape(30, -1), unbiased_r1=False).p_value)
        for f in fields(np.random.default_rng(2), 300)
    ]
    local = np.mean([f.n_local > 0 for f in found])
    anything = np.mean([f.mask.any() for f in found])
    assert local > 0.9
    assert 0.01 <= anything <= 0.09


def test_field_significance__few_false_discoveries_beside_a_signal():
    t = np.arange(30.0)
    false, power = [], []
    for f in fields(np.random.default_rng(3), 40, signal=0.08):
        mask = field_significance(trend_map(t, f.reshape(30, -1)).p_value).mask.reshape(24, 36)
        false.append(mask[:, 12:].sum() / max(mask.sum(), 1))
        power.append(mask[:, :12].mean())
    assert np.mean(false) <= 0.10
    assert np.mean(power) > 0.8
