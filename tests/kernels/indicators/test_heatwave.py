"""Planted heat waves come back; the definition written out plainly gives the same events."""

import numpy as np
import pytest

from kernels.indicators.heatwave import LEAP_DAY, by_year, day_of_leap_year, events, season

FIRST = int((np.datetime64("1981-01-01") - np.datetime64("1950-01-01")).astype(int))
N = int((np.datetime64("2016-01-01") - np.datetime64("1981-01-01")).astype(int))
DAY = FIRST + np.arange(N)
PLACE = day_of_leap_year(DAY)
YEAR = (np.datetime64("1950-01-01") + DAY.astype("m8[D]")).astype("M8[Y]").astype(int) + 1970
BASELINE = (YEAR >= 1983) & (YEAR <= 2012)
NORMAL = 15 + 5 * np.sin(2 * np.pi * (PLACE - 100) / 366)


def red_series(seed=0, r1=0.93):
    rng = np.random.default_rng(seed)
    noise = 0.35 * rng.standard_normal(N)
    for t in range(1, N):
        noise[t] += r1 * noise[t - 1]
    return NORMAL + noise


def at(date):
    return int((np.datetime64(date) - np.datetime64("1981-01-01")).astype(int))


@pytest.mark.parametrize(
    ("date", "place"),
    [("2015-01-01", 0), ("2015-02-28", 58), ("2015-03-01", 60), ("2015-12-31", 365), ("2016-01-01", 0),
     ("2016-02-28", 58), ("2016-02-29", LEAP_DAY), ("2016-03-01", 60), ("2016-12-31", 365),
     ("1900-03-01", 60), ("2000-02-29", 59), ("1949-12-31", 365)],
)  # fmt: skip
def test_day_of_leap_year__march_is_the_same_in_every_year(date, place):
    day = (np.datetime64(date) - np.datetime64("1950-01-01")).astype(int)
    assert day_of_leap_year(np.array([day])).tolist() == [place]


def plainly(value, minimum=5, gap=2):
    """Hobday et al. 2016 day by day, with NumPy's own percentile and mean."""
    mean, high = np.full(366, np.nan), np.full(366, np.nan)
    for d in (d for d in range(366) if d != LEAP_DAY):
        near = np.flatnonzero(BASELINE & (d == PLACE))[:, None] + np.arange(-5, 6)
        near = value[near[(near >= 0) & (near < N)]]
        mean[d], high[d] = np.nanmean(near), np.nanpercentile(near, 90)
    for one in (mean, high):
        one[LEAP_DAY] = (one[LEAP_DAY - 1] + one[LEAP_DAY + 1]) / 2
    wrapped = (np.arange(366)[:, None] + np.arange(-15, 16)) % 366
    mean, high = mean[wrapped].mean(axis=1), high[wrapped].mean(axis=1)
    above = np.r_[False, value > high[PLACE], False]
    edges = np.flatnonzero(np.diff(above.astype(int)))
    runs = [[a, b - 1] for a, b in edges.reshape(-1, 2) if b - a >= minimum]
    joined = runs[:1]
    for a, b in runs[1:]:
        if a - joined[-1][1] - 1 <= gap:
            joined[-1][1] = b
        else:
            joined.append([a, b])
    return mean, high, joined


@pytest.mark.parametrize("seed", range(3))
def test_season_and_events__are_those_of_the_definition(seed):
    value = red_series(seed)
    mean, high, joined = plainly(value)
    made = season(value, PLACE, BASELINE)
    np.testing.assert_allclose(made.climatology, mean, rtol=1e-13)
    np.testing.assert_allclose(made.threshold, high, rtol=1e-13)
    found = events(value, mean[PLACE], high[PLACE])
    assert np.column_stack([found.first, found.last]).tolist() == joined
    assert len(joined) > 50
    for e, (a, b) in enumerate(joined):
        above = value[a : b + 1] - mean[PLACE[a : b + 1]]
        ratio = above / (high - mean)[PLACE[a : b + 1]]
        assert found.peak[e] == a + above.argmax()
        assert found.duration[e] == b - a + 1
        assert found.intensity_max[e] == pytest.approx(above.max(), rel=1e-12)
        assert found.intensity_mean[e] == pytest.approx(above.mean(), rel=1e-12)
        assert found.intensity_cumulative[e] == pytest.approx(above.sum(), rel=1e-12)
        assert found.category[e] == min(int(ratio.max()), 4)
        counts = [(np.floor(ratio) == c).sum() for c in (1, 2, 3)] + [(ratio >= 4).sum()]
        assert found.days_in_category[e, 1:].tolist() == counts


def test_season_and_events__a_planted_heat_wave_comes_back():
    """Alternating noise of 0.5 about a gentle season: the threshold lies 0.5 above the climatology."""
    normal = 15 + 0.1 * (NORMAL - 15)
    value = normal + 0.5 * np.where(np.arange(N) % 2, 1, -1)
    begin = at("2014-02-20")
    value[begin : begin + 20] = normal[begin : begin + 20] + np.r_[np.full(9, 0.8), 1.9, np.full(10, 0.8)]
    made = season(value, PLACE, BASELINE)
    climatology, threshold = made.climatology[PLACE], made.threshold[PLACE]
    assert np.abs(made.threshold - made.climatology - 0.5).max() < 0.05
    found = events(value, climatology, threshold)
    assert found.first.tolist() == [begin]
    assert found.duration.tolist() == [20]
    assert found.peak.tolist() == [begin + 9]
    assert found.intensity_max[0] == pytest.approx(1.9, abs=0.05)
    assert found.intensity_cumulative[0] == pytest.approx(19 * 0.8 + 1.9, abs=0.5)
    assert found.category[0] == 3


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param("....11111....", [(4, 8)], id="five days are enough"),
        pytest.param("....1111.....", [], id="four are not"),
        pytest.param("11111..11111.", [(0, 11)], id="two days between join"),
        pytest.param("11111...11111", [(0, 4), (8, 12)], id="three do not"),
        pytest.param("11111.1111...", [(0, 4)], id="a short run does not join"),
        pytest.param("11111.11111.11111", [(0, 16)], id="three runs in one"),
        pytest.param("11?111111....", [(3, 8)], id="a missing day ends a run"),
        pytest.param("11111?11111..", [(0, 10)], id="and lies between two"),
        pytest.param("ttttttttt....", [], id="at the threshold is not above"),
        pytest.param("", [], id="no day"),
        pytest.param("???????", [], id="nothing known"),
    ],
)
def test_events__runs_and_gaps(days, expected):
    value = np.array([{"1": 1.5, ".": 0.0, "?": np.nan, "t": 1.0}[c] for c in days])
    found = events(value, np.zeros(value.size), np.ones(value.size))
    assert list(zip(found.first.tolist(), found.last.tolist(), strict=True)) == expected


def test_events__missing_days_are_counted_and_not_averaged():
    value = np.array([1.5, 1.5, 1.5, 1.5, 1.5, np.nan, 1.5, 1.5, 1.5, 1.5, 1.5])
    found = events(value, np.zeros(11), np.ones(11))
    assert found.n_missing.tolist() == [1]
    assert found.duration.tolist() == [11]
    assert found.intensity_mean[0] == pytest.approx(1.5)
    assert found.intensity_cumulative[0] == pytest.approx(15)


@pytest.mark.parametrize(
    ("ratio", "category"), [(1.99, 1), (2.0, 2), (2.99, 2), (3.0, 3), (4.0, 4), (11.0, 4), (1e300, 4)]
)
def test_events__categories_at_the_multiples(ratio, category):
    found = events(np.full(6, ratio), np.zeros(6), np.ones(6))
    assert found.category.tolist() == [category]
    assert found.days_in_category[0, category] == 6


def test_events__without_a_step_to_the_threshold_there_is_no_category():
    found = events(np.full(6, 2.0), np.ones(6), np.ones(6))
    assert found.category.tolist() == [0]


def test_season__a_day_without_baseline_has_none_and_spoils_no_other():
    value = red_series()
    january = PLACE < 20
    made = season(np.where(january, np.nan, value), PLACE, BASELINE)
    assert np.isnan(made.climatology[5:15]).all()  # windows reach five days in
    for known in (slice(5), slice(15, None)):
        assert np.isfinite(np.array(made)[:, known]).all()
    assert np.isnan(season(value, PLACE, np.zeros(N, bool))).all()


def test_season__leaves_its_input_alone():
    value = red_series()
    before = value.copy()
    season(value, PLACE, BASELINE)
    events(value, NORMAL, NORMAL + 0.5)
    np.testing.assert_array_equal(value, before)


@pytest.mark.parametrize("name", ["window_days", "smoothing_days"])
def test_season__even_windows_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be odd"):
        season(NORMAL, PLACE, BASELINE, **{name: 10})


def test_by_year__an_event_over_new_year_gives_days_to_both():
    climatology, value = np.zeros(N), np.zeros(N)
    begin = at("1999-12-25")
    value[begin : begin + 17] = np.r_[np.full(7, 1.0), np.full(10, 2.0)]  # seven days of 1999, ten of 2000
    found = events(value, climatology, np.full(N, 0.5))
    years = by_year(found, value, climatology, YEAR - 1981, 35)
    assert years.n_events[18:20].tolist() == [1, 0]
    assert years.days[18:20].tolist() == [7, 10]
    assert years.intensity_cumulative[18:20].tolist() == [7, 20]
    assert years.intensity_max[18:20].tolist() == [1, 2]
    assert years.days.sum() == 17
