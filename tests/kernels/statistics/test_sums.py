"""Sums of slots against numpy, and that partition and order do not matter."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.statistics.sums import (
    FINEST,
    HIGH,
    LOW,
    MEAN,
    N_BINS,
    N_MOMENTS,
    SQUARES,
    TIME,
    TIME_MEAN,
    TIME_TIME,
    N,
    add_sums,
    bin_width,
    summed,
)


def sums(value, year=None, slot=None, n_slot=1):
    n = len(value)
    year = np.zeros(n) if year is None else np.asarray(year, float)
    slot = np.zeros(n, np.int32) if slot is None else slot
    return summed(np.arange(n + 1), year, np.asarray(value, float), slot, n_slot)


def merged(parts, n_slot=1):
    total, counts = np.zeros((n_slot, N_MOMENTS)), np.zeros((n_slot, N_BINS), np.uint32)
    for part in parts:
        add_sums(np.arange(n_slot), *part, total, counts)
    return total, counts


@pytest.mark.parametrize("offset", [0.0, 35.0, 1e6])
def test_summed__is_numpy(offset):
    rng = np.random.default_rng(1)
    value, year = offset + rng.standard_normal(4000), rng.uniform(-40, 30, 4000)
    slot = rng.integers(-1, 7, 4000).astype(np.int32)
    moments, counts = sums(value, year, slot, 7)
    for s in range(7):
        x, t, m = value[slot == s], year[slot == s], moments[s]
        assert m[N] == counts[s].sum() == x.size
        expected = [t.mean(), x.mean(), x.size * t.var(), x.size * x.var()]
        np.testing.assert_allclose(m[[TIME, MEAN, TIME_TIME, SQUARES]], expected, rtol=1e-10)
        product = ((t - t.mean()) * (x - x.mean())).sum()
        assert m[TIME_MEAN] == pytest.approx(product, abs=1e-10 * np.sqrt(m[TIME_TIME] * m[SQUARES]))
        assert (m[LOW], m[HIGH]) == (x.min(), x.max())


def test_summed__values_far_from_the_first_keep_their_digits():
    """The first value is an outlier of ten thousand standard deviations."""
    value = np.concatenate([[1e4], np.random.default_rng(2).standard_normal(999)])
    moments, _ = sums(value)
    np.testing.assert_allclose(moments[0, [MEAN, SQUARES]], [value.mean(), 1000 * value.var()], rtol=1e-10)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_bin_width__smallest_that_fits_and_its_bound(low, extent):
    high = low + extent
    width = bin_width(low, high)
    assert np.floor(high / width) - np.floor(low / width) < N_BINS
    assert width == FINEST or np.floor(high / (width / 2)) - np.floor(low / (width / 2)) >= N_BINS
    assert width == FINEST or width < (high - low) / 31.5
    assert np.log2(width) == round(np.log2(width))


values = st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=60)


@settings(deadline=None)
@given(values, st.lists(st.integers(0, 60), max_size=4), st.randoms())
def test_add_sums__order_and_partition_do_not_matter(value, cuts, random):
    value = np.array(value)
    year = np.linspace(-30, 20, value.size)
    whole = sums(value, year)
    edges = [0, *sorted(min(c, value.size) for c in cuts), value.size]
    spans = [slice(a, b) for a, b in pairwise(edges) if b > a]
    random.shuffle(spans)
    total, counts = merged(sums(value[s], year[s]) for s in spans)
    np.testing.assert_array_equal(counts, whole[1])
    assert (total[0, [N, LOW, HIGH]] == whole[0][0, [N, LOW, HIGH]]).all()
    scale = np.abs(value).max() + 1e-300
    np.testing.assert_allclose(total[0, MEAN], whole[0][0, MEAN], atol=1e-13 * scale)
    np.testing.assert_allclose(total[0, SQUARES], whole[0][0, SQUARES], atol=1e-12 * value.size * scale**2)


def test_add_sums__many_parts_are_as_exact_as_one():
    rng = np.random.default_rng(3)
    value, year = 1000 + rng.standard_normal(20000), rng.uniform(-30, 20, 20000)
    parts = [sums(value[i::400], year[i::400]) for i in range(400)]
    total, counts = merged(parts)
    expected = [value.mean(), value.size * value.var(), year.mean(), value.size * year.var()]
    np.testing.assert_allclose(total[0, [MEAN, SQUARES, TIME, TIME_TIME]], expected, rtol=1e-10)
    again, counts_again = merged(parts[::-1])
    np.testing.assert_allclose(again, total, rtol=1e-10)
    np.testing.assert_array_equal(counts, counts_again)


def test_add_sums__leaves_its_parts_alone():
    part = sums([1.0, 2, 3])
    before = [a.copy() for a in part]
    merged([part, sums([100.0]), part])
    np.testing.assert_array_equal(part[0], before[0])
    np.testing.assert_array_equal(part[1], before[1])
