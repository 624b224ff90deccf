import numpy as np
import pytest

from catalogs.land import land_class
from kernels.ragged import row_start_of
from kernels.synthetic.draws import PURPOSES, generator, hashed_uniform
from kernels.synthetic.places import DRIFT, in_water, places_of
from kernels.synthetic.sampling import (
    CAST,
    CYCLE_DAYS,
    CYCLES,
    FLOAT,
    HISTORY,
    MOORING,
    XBT,
    expected,
    levels,
    month_bounds,
    sample_month,
)


@pytest.fixture(scope="module")
def places():
    return places_of(land_class())


def join(months):
    return {k: np.concatenate([vars(m)[k] for m in months]) for k in vars(months[0])}


@pytest.mark.parametrize(("year", "month"), [(1955, 2), (1975, 7), (1993, 1), (2004, 2), (2015, 12)])
def test_sample_month__casts_are_in_the_month_and_in_the_ocean(places, year, month):
    casts = sample_month(3, year, month, 3000, places)
    first, last = month_bounds(year, month)
    assert casts.n_row > 0
    assert np.all((casts.time >= first) & (casts.time < last))
    assert in_water(places, casts.latitude, casts.longitude).all()
    assert np.all((casts.longitude >= -180) & (casts.longitude < 180))


def test_sample_month__does_not_depend_on_other_months(places):
    alone = sample_month(1, 2008, 5, 500, places)
    for month in (4, 6):
        sample_month(1, 2008, month, 500, places)
    again = sample_month(1, 2008, 5, 500, places)
    for name, array in vars(alone).items():
        np.testing.assert_array_equal(array, getattr(again, name))


def test_sample_month__seeds_and_months_differ(places):
    a, b, c = (sample_month(*key, 500, places) for key in ((1, 2012, 5), (2, 2012, 5), (1, 2012, 6)))
    for other in (b, c):
        assert np.intersect1d(a.latitude, other.latitude[other.kind != MOORING]).size == 0
    assert np.intersect1d(a.platform[a.kind == FLOAT], c.platform[c.kind == FLOAT]).size > 20


@pytest.mark.parametrize("kind", [FLOAT, MOORING, CAST, XBT])
def test_sample_month__numbers_grow_as_the_history_says(places, kind):
    size = 20000
    for year in (1960, 1975, 1990, 2005, 2015):
        n = (sample_month(1, year, 7, size, places).kind == kind).sum()
        assert n == pytest.approx(expected(kind, year + 6.5 / 12, size), rel=0.05, abs=31)


def test_history__parts_sum_to_one_at_full_density():
    assert sum(parts[-1] for _, parts in HISTORY.values()) == pytest.approx(1)


def test_sample_month__size_scales_the_number_of_casts(places):
    small, large = (sample_month(1, 2016, 3, size, places).n_row for size in (2000, 20000))
    assert large / small == pytest.approx(10, rel=0.05)


@pytest.mark.parametrize("profiles", [0, 0.001, 1])
def test_sample_month__may_hold_nothing_or_little(places, profiles):
    months = [sample_month(1, year, m, profiles, places) for year in (1960, 2000, 2015) for m in range(1, 13)]
    total = sum(m.n_row for m in months)
    assert total == 0 if profiles == 0 else total <= 36 * (1 + 3)
    assert all(levels(m).size == m.row_size.sum() for m in months)
    if profiles == 1:
        assert total > 0


def test_floats__months_join_to_cycles_of_ten_days(places):
    months = [sample_month(1, 2009, m, 300, places) for m in range(1, 13)]
    year = join(months)
    number = year["platform"][year["kind"] == FLOAT]
    assert np.unique(number).size > 40
    for platform in np.unique(number):
        rows = np.flatnonzero((year["kind"] == FLOAT) & (year["platform"] == platform))
        time, cycle = year["time"][rows], year["cycle"][rows]
        np.testing.assert_array_equal(np.diff(cycle), 1)
        np.testing.assert_allclose(np.diff(time), CYCLE_DAYS)
        np.testing.assert_allclose(time, year["deployed"][rows] + CYCLE_DAYS * (cycle - 1))
        assert cycle.min() >= 1
        assert cycle.max() <= CYCLES
        east = np.abs(np.diff(year["longitude"][rows]))
        moved = np.hypot(np.diff(year["latitude"][rows]), np.minimum(east, 360 - east))
        assert np.all(moved < 0.5)
        assert np.all(moved > 0)
        assert np.ptp(year["latitude"][rows]) <= 2 * DRIFT
        assert np.unique(year["row_size"][rows]).size == 1


def test_floats__fleet_renews_itself(places):
    early, late = (sample_month(1, year, 1, 300, places) for year in (2011, 2018))
    assert np.intersect1d(early.platform[early.kind == FLOAT], late.platform[late.kind == FLOAT]).size == 0


def test_moorings__stay_and_report_daily(places):
    months = [sample_month(1, 2012, m, 500, places) for m in (1, 2)]
    n_days = (31, 29)
    sites = []
    for casts, n in zip(months, n_days, strict=True):
        rows = casts.kind == MOORING
        number, counts = np.unique(casts.platform[rows], return_counts=True)
        assert np.all(counts == n)
        assert np.all(np.abs(casts.latitude[rows]) < 9)
        sites.append({p: (casts.latitude[rows][k], casts.longitude[rows][k]) for k, p in enumerate(number)})
    first = {
        p: set(months[0].latitude[(months[0].kind == MOORING) & (months[0].platform == p)]) for p in sites[0]
    }
    second = {
        p: set(months[1].latitude[(months[1].kind == MOORING) & (months[1].platform == p)]) for p in sites[1]
    }
    assert first == second
    assert all(len(v) == 1 for v in first.values())


def test_ships__sail_at_a_plausible_speed(places):
    casts = sample_month(1, 1995, 5, 3000, places)
    for kind in (CAST, XBT):
        for cruise in np.unique(casts.platform[casts.kind == kind]):
            rows = np.flatnonzero((casts.kind == kind) & (casts.platform == cruise))
            north = np.diff(casts.latitude[rows]) * 111.2
            east = (np.diff(casts.longitude[rows]) + 180) % 360 - 180
            km = np.hypot(north, east * 111.2 * np.cos(np.radians(casts.latitude[rows][1:])))
            speed = km / (np.diff(casts.time[rows]) * 86.4)
            assert np.all(speed < 12.5), (kind, cruise, speed)


def test_levels__go_down_to_the_reach_of_each_cast(places):
    casts = sample_month(1, 2006, 5, 3000, places)
    start, z = row_start_of(casts.row_size), levels(casts)
    inside = np.ones(z.size - 1, bool)
    inside[start[1:-1] - 1] = False
    assert np.diff(z)[inside].min() >= 0.4
    assert z.min() >= 1
    np.testing.assert_allclose(z[start[1:] - 1], casts.reach, atol=0.051)
    for kind, low, high, shallow, deep in (
        (FLOAT, 70, 110, 1950, 2000),
        (CAST, 15, 100, 50, 4500),
        (XBT, 60, 100, 460, 760),
    ):
        rows = casts.kind == kind
        assert low <= casts.row_size[rows].min() <= casts.row_size[rows].max() <= high
        assert shallow <= casts.reach[rows].min() <= casts.reach[rows].max() <= deep


def test_hashed_uniform__is_uniform_independent_and_fixed():
    number = np.arange(100_000)
    a, b, c = hashed_uniform(1, 10, number), hashed_uniform(1, 11, number), hashed_uniform(2, 10, number)
    for u in (a, b, c):
        counts, _ = np.histogram(u, 50, (0, 1))
        assert ((counts - 2000) ** 2 / 2000).sum() < 100
    assert np.abs(np.corrcoef([a, b, c, np.roll(a, 1)]) - np.eye(4)).max() < 0.02
    np.testing.assert_array_equal(hashed_uniform(1, 10, np.array([77])), a[77:78])


def test_generator__purposes_and_months_have_streams_of_their_own():
    keys = [("noise", 2000, 1), ("faults", 2000, 1), ("noise", 2000, 2), ("noise", 2001, 1), ("eddies", 0, 0)]
    draws = [generator(1, *k).random() for k in keys] + [generator(2, *keys[0]).random()]
    assert len(set(draws)) == len(draws)
    assert generator(1, *keys[0]).random() == draws[0]
    assert len(PURPOSES) < 256
