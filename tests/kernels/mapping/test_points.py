"""Points that share neighbours: the numbers of each are those of a plain elimination for it alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.mapping.column import map_column
from kernels.mapping.covariance import LEAST, covariance, fill_row, places
from kernels.mapping.objective import Analysis, Casts, _in_order, analyse
from kernels.mapping.points import POINTS, link, sets_for, sort_like
from kernels.nearest import band_of, eastward

OF = covariance((300, 120, 2000), (30, 30, 180), (0.4, 0.5, 0.1), stretch=2.5)
WIDE = covariance((1500,), (60,), (1.0,))
LAT, LON = (a.ravel() for a in np.meshgrid(np.arange(-22.0, 23, 4), np.arange(160.0, 200, 4)))


def make_casts(rng, n, n_level=11) -> Casts:
    """Casts that end at different depths, some with gaps, some without the second variable."""
    lat, lon = rng.uniform(-20, 20, n), (rng.uniform(165, 195, n) + 180) % 360 - 180
    value = rng.standard_normal((n, 2, n_level)).astype(np.float32)
    ends = rng.integers(1, n_level + 1, n)
    value[np.broadcast_to((np.arange(n_level) >= ends[:, None])[:, None], value.shape)] = np.nan
    value[rng.random(n) < 0.2, 1] = np.nan
    gap = np.flatnonzero(rng.random(n) < 0.1)
    value[gap, :, rng.integers(0, n_level, gap.size)] = np.nan
    return Casts(lat, lon, rng.uniform(0, 60, n), rng.uniform(0.05, 1, n), value)


def assert_identical(found: Analysis, expected) -> None:
    for name, a, b in zip(Analysis._fields, found, expected, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)


def covariance_of(at, i, near, of):
    out, memory = np.empty(near.x.size), np.empty((3, near.x.size))
    fill_row(at, i, near, near.x.size, of, *memory, out)
    return out


def last_sum(terms) -> float:
    """Sum in order, as a loop does it."""
    return np.cumsum(np.append(0.0, terms))[-1]


def eliminated(C, columns):
    """Row by row, each time by all rows before it: U'^-1 times the columns."""
    n = len(C)
    A = np.concatenate([np.triu(C), np.transpose(columns)], axis=1)
    for k in range(n):
        root = np.sqrt(A[k, k])
        A[k, k:] /= root
        for i in range(k + 1, n):
            A[i, i:] -= A[k, i] * A[k, i:]
    return A[:, n:].T


def plain(lat, lon, time, casts: Casts, of, neighbours, trend):
    """Each point, variable and level alone, without anything shared or blocked."""
    band, east = band_of(casts.latitude), eastward(casts.longitude)
    content = np.nan_to_num(casts.value).sum(axis=(1, 2), dtype=float)
    index = np.lexsort((content, casts.noise, casts.time, casts.latitude, east, band))
    index = index[np.isfinite(casts.value[index]).any(axis=(1, 2))]
    cast = places(casts.latitude[index], casts.longitude[index], casts.time[index], of)
    value, noise = casts.value[index].astype(float), casts.noise[index]
    point = places(lat, lon, time, of)
    shape = (lat.size, *value.shape[1:])
    estimate, error, n = np.zeros(shape, np.float32), np.ones(shape, np.float32), np.zeros(shape, np.uint16)
    for p in range(lat.size):
        c = covariance_of(point, p, cast, of)
        best = np.argsort(-c, kind="stable")
        best = np.sort(best[c[best] >= LEAST][:neighbours])
        near = type(cast)(*(a[best] for a in cast))
        C = np.array([covariance_of(near, i, near, of) for i in range(best.size)])
        C[np.diag_indices(best.size)] = 1 + noise[best]
        for v, level in np.ndindex(shape[1:]):
            known = np.isfinite(value[best, v])
            s = np.flatnonzero(known[:, level])
            if s.size == 0:
                continue
            deepest = value.shape[2] - 1 - np.argmax(known[s, ::-1], axis=1)
            s = s[np.argsort(-deepest, kind="stable")]
            # covariances of a pair are made once, with the later one first
            square = C[np.maximum.outer(s, s), np.minimum.outer(s, s)]
            z, y, t = eliminated(square, [c[best[s]], value[best[s], v, level], np.ones(s.size)])
            b = (1 - last_sum(t * z)) / last_sum(t * t) if trend == "constant" else 0.0
            at = p, v, level
            estimate[at] = last_sum(z * y) + b * last_sum(t * y)
            error[at] = 1 - last_sum(z * z) + b * (1 - last_sum(t * z))
            n[at] = s.size
    return estimate, error, n


@pytest.mark.parametrize("trend", ["none", "constant"])
@pytest.mark.parametrize(
    ("of", "n", "neighbours"),
    [
        pytest.param(OF, 120, 13, id="each has its own neighbours"),
        pytest.param(WIDE, 21, 40, id="all casts are neighbours of most"),
        pytest.param(covariance((400,), (30,), (1,), "exponential"), 25, 6, id="few in reach"),
    ],
)
def test_analyse__is_the_plain_elimination_bit_for_bit(of, n, neighbours, trend) -> None:
    casts = make_casts(np.random.default_rng(n), n)
    time = np.full(LAT.size, 30.0)
    expected = plain(LAT, LON, time, casts, of, neighbours, trend)
    assert_identical(analyse(LAT, LON, time, casts, of, neighbours, trend), expected)


@pytest.mark.parametrize("neighbours", [1, 3, 70])
@pytest.mark.parametrize("of", [OF, WIDE], ids=["stretched", "one scale"])
def test_analyse__narrows_its_search_among_thousands_in_a_band(of, neighbours) -> None:
    """More casts in one band of latitude than wait for their covariance at a time, the date line among them,
    from points that lie far apart."""
    rng = np.random.default_rng(5)
    n = 3000
    lat, lon = rng.uniform(0.1, 0.9, n), (rng.uniform(165, 195, n) + 180) % 360 - 180
    lat[:300] = rng.uniform(-60, 60, 300)
    value = rng.standard_normal((n, 1, 1)).astype(np.float32)
    casts = Casts(lat, lon, rng.uniform(0, 60, n), rng.uniform(0.05, 1, n), value)
    at = np.array([0.5, 0.5, -3, 8, 0.2, 40]), np.array([179.9, 166, -170, 190, 140, 180.0]), np.full(6, 30.0)
    assert_identical(analyse(*at, casts, of, neighbours), plain(*at, casts, of, neighbours, "none"))


@pytest.mark.parametrize("trend", ["none", "constant", "linear"])
def test_analyse__points_that_share_neighbours_are_as_each_alone(trend) -> None:
    """Fifteen casts in reach of all points, and points at one place but at different times."""
    casts = make_casts(np.random.default_rng(1), 15)
    lat, lon, time = np.repeat(LAT[:40], 3), np.repeat(LON[:40], 3), np.tile([10.0, 30, 50], 40)
    whole = analyse(lat, lon, time, casts, WIDE, 40, trend)
    for p in range(lat.size):
        one = slice(p, p + 1)
        assert_identical(
            analyse(lat[one], lon[one], time[one], casts, WIDE, 40, trend), [a[one] for a in whole]
        )


def test_analyse__more_points_than_are_looked_at_together() -> None:
    rng = np.random.default_rng(2)
    casts = make_casts(rng, 40, 3)
    lat, lon = rng.uniform(-25, 25, POINTS + 700), rng.uniform(155, 205, POINTS + 700)
    whole = analyse(lat, lon, 30.0, casts, OF, 12)
    for part in np.array_split(rng.permutation(lat.size), 5):
        assert_identical(analyse(lat[part], lon[part], 30.0, casts, OF, 12), [a[part] for a in whole])


@pytest.mark.parametrize("trend", ["none", "constant", "linear"])
def test_map_column__weights_are_the_sum_of_those_of_each_point(trend) -> None:
    casts = make_casts(np.random.default_rng(3), 18, 1)
    casts = casts._replace(value=casts.value[:, :1])
    area = np.random.default_rng(4).uniform(0, 1, (2, LAT.size))
    area[1, ::3] = 0
    whole = map_column(LAT, LON, 30.0, casts, WIDE, area, 40, trend).weight
    alone = [
        map_column(LAT[p : p + 1], LON[p : p + 1], 30.0, casts, WIDE, area[:, p : p + 1], 40, trend).weight
        for p in range(LAT.size)
    ]
    np.testing.assert_allclose(whole, np.sum(alone, axis=0), rtol=0, atol=1e-10)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.frozensets(st.integers(0, 4), max_size=5), min_size=1, max_size=60))
def test_link__chains_the_points_with_equal_neighbours(given_sets) -> None:
    sets = sets_for(len(given_sets), 5, 5)
    for i, members in enumerate(given_sets):
        sets.n[i] = len(members)
        sets.chosen[i, : len(members)] = sorted(members)
    link(sets, len(given_sets))
    chains = []
    for i in np.flatnonzero(sets.first):
        chain = [i]
        while sets.next[chain[-1]] >= 0:
            chain.append(sets.next[chain[-1]])
        chains.append(chain)
    expected = {s: [i for i, other in enumerate(given_sets) if other == s] for s in given_sets}
    assert sorted(chains) == sorted(expected.values())


@settings(max_examples=100, deadline=None)
@given(st.frozensets(st.integers(0, 29)), st.lists(st.integers(0, 29), unique=True))
def test_sort_like__is_in_order_whatever_was_before(before, chosen) -> None:
    found, fresh = np.array(chosen, np.int64), np.zeros(30, np.bool_)
    sort_like(np.array(sorted(before), np.int64), found, fresh, np.empty(30, np.int64))
    assert found.tolist() == sorted(chosen)
    assert not fresh.any()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40))
def test_order_of_casts__is_that_of_all_keys(seed, n) -> None:
    """With places that tie, and content that ties too."""
    rng = np.random.default_rng(seed)
    band, east = rng.integers(0, 3, n), rng.integers(0, 3, n) * 0.1
    content = tuple(rng.integers(0, 2, (4, n)).astype(float))
    some = np.flatnonzero(rng.random(n) < 0.8)
    expected = some[np.lexsort([k[some] for k in (*content, east, band)])]
    np.testing.assert_array_equal(_in_order(some, band, east, content), expected)
