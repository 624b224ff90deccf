"""Marine heat waves in a daily series: season and threshold by day of the year, events and their category.

References
----------
Hobday, A. J. et al., 2016: A hierarchical approach to defining marine heatwaves. Progress in Oceanography
141, 227-238: the 90th percentile within 11 days of each day of the year over a baseline, smoothed over 31
days; at least 5 days above it; events with 2 days or fewer between them are one. Hobday, A. J. et al., 2018:
Categorizing and naming marine heatwaves. Oceanography 31 (2), 162-173: categories by multiples of the
difference between threshold and climatology. (Titles and pages from memory, not checked; the numbers are also
the defaults of the authors' implementation, ``marineHeatWaves.py`` of E. C. J. Oliver, which was read.) As
there, days are numbered in a leap year, 29 February takes the mean of its neighbours, windows reach over the
ends of the baseline where the series goes on, and only runs that are long enough by themselves are joined. We
differ in days without a value: they end a run, as there, but do not count as days at the climatology where
two runs are joined across them; and a day of the year without a value in the baseline stays without a season.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled
from kernels.indicators.theil_sen import ranked

LEAP_DAY = 59
"""29 February, counted from 0 in a leap year of 366 days."""
CATEGORIES = ("none", "moderate", "strong", "severe", "extreme")
"""``none`` where the threshold does not lie above the climatology."""


class Season(NamedTuple):
    """Climatology and threshold by day of a leap year, (366,), NaN where the baseline has no value."""

    climatology: Array
    threshold: Array


class Events(NamedTuple):
    """Heat waves, one entry each, (n_event,).

    ``first``, ``last`` and ``peak`` are indices of days; ``intensity_...`` are above the climatology in the
    unit of the series, ``intensity_cumulative`` times days; ``category`` is an index of ``CATEGORIES`` and
    ``days_in_category`` (n_event, 5) counts days of each; ``n_missing`` days have no value.
    """

    first: Array
    last: Array
    peak: Array
    intensity_max: Array
    intensity_mean: Array
    intensity_cumulative: Array
    category: Array
    days_in_category: Array
    n_missing: Array

    @property
    def duration(self) -> Array:
        """Days from the first to the last, both counted."""
        return np.asarray(self.last - self.first + 1)


def day_of_leap_year(day: Array) -> Array:
    """Place of days (days since 1950-01-01) in a leap year, 0 to 365: 1 March is 60 in every year."""
    date = np.datetime64("1950-01-01") + np.asarray(day).astype("m8[D]")
    year = date.astype("M8[Y]")
    place = (date - year.astype("M8[D]")).astype(np.int64)
    is_leap = ((year + np.timedelta64(1, "Y")).astype("M8[D]") - year.astype("M8[D]")).astype(np.int64) == 366
    return np.asarray(place + (~is_leap & (place >= LEAP_DAY)))


def season(
    value: Array,
    place: Array,
    baseline: Array,
    percentile: float = 90.0,
    window_days: int = 11,
    smoothing_days: int = 31,
) -> Season:
    """Climatology and threshold of a daily series.

    Parameters
    ----------
    value : (n_day,) consecutive days; NaN where missing.
    place : (n_day,) of each day in a leap year, see ``day_of_leap_year``.
    baseline : (n_day,) bool, days of the baseline.
    percentile : linear between ranks, as ``numpy.percentile``.
    window_days, smoothing_days : odd, centred.
    """
    for name, days in (("window_days", window_days), ("smoothing_days", smoothing_days)):
        if days < 1 or days % 2 == 0:
            raise ValueError(f"{name} must be odd, so that windows have a middle day, not {days}")
    if not 0 <= percentile <= 100:
        raise ValueError(f"percentile must lie between 0 and 100, not at {percentile:g}")
    at = np.flatnonzero(baseline)
    at = at[np.argsort(place[at], kind="stable")]
    start = np.searchsorted(place[at], np.arange(367))
    both = _by_place(np.asarray(value, np.float64), at, start, percentile, window_days // 2)
    both[:, LEAP_DAY] = (both[:, LEAP_DAY - 1] + both[:, LEAP_DAY + 1]) / 2
    return Season(*(_circular_mean(b, smoothing_days // 2) for b in both))


@compiled
def _by_place(value: Array, at: Array, start: Array, percentile: float, half: int) -> Array:
    """Mean and percentile of the values around each place of the year but the leap day: (2, 366)."""
    out = np.full((2, 366), np.nan)
    near = np.empty(at.size * (2 * half + 1))
    for d in range(366):
        n, total = 0, 0.0
        for k in range(start[d], start[d + 1]):
            for t in range(max(at[k] - half, 0), min(at[k] + half + 1, value.size)):
                if np.isfinite(value[t]):
                    near[n] = value[t]
                    total += value[t]
                    n += 1
        if n > 0 and d != LEAP_DAY:
            out[0, d] = total / n
            out[1, d] = percentile_of(near[:n], percentile)
    return out


@compiled
def percentile_of(values: Array, percentile: float) -> float:
    """Percentile, linear between ranks; reorders the values, of which there must be one and none NaN."""
    position = percentile / 100 * (values.size - 1)
    k = int(np.floor(position))
    lower = ranked(values, k)
    if k + 1 == values.size or position == k:
        return float(lower)
    upper = values[k + 1]
    for j in range(k + 2, values.size):
        upper = min(upper, values[j])
    return float(lower + (position - k) * (upper - lower))


@compiled
def _circular_mean(value: Array, half: int) -> Array:
    """Running mean round the year over what is known; NaN stays NaN."""
    n = value.size
    out = np.full(n, np.nan)
    for i in range(n):
        total, count = 0.0, 0
        for j in range(i - half, i + half + 1):
            v = value[j % n]
            if np.isfinite(v):
                total += v
                count += 1
        if np.isfinite(value[i]):
            out[i] = total / count
    return out


def events(
    value: Array, climatology: Array, threshold: Array, minimum_days: int = 5, maximum_gap: int = 2
) -> Events:
    """Heat waves in a daily series.

    Parameters
    ----------
    value : (n_day,) consecutive days; NaN where missing.
    climatology, threshold : (n_day,) of each day; where NaN there is no heat wave.
    minimum_days : above the threshold, one after the other.
    maximum_gap : days between two events that make them one.
    """
    value, climatology, threshold = (np.asarray(a, np.float64) for a in (value, climatology, threshold))
    first, last = _runs(value, threshold, minimum_days, maximum_gap)
    numbers, counts = _measures(value, climatology, threshold, first, last)
    peak, category, days, missing = counts[:, 0], counts[:, 1], counts[:, 2:7], counts[:, 7]
    return Events(first, last, peak, numbers[0], numbers[1], numbers[2], category, days, missing)


@compiled
def _runs(value: Array, threshold: Array, minimum_days: int, maximum_gap: int) -> tuple[Array, Array]:
    """First and last day of runs above the threshold that are long enough, joined over short gaps."""
    first = np.empty(value.size // max(minimum_days, 1) + 1, np.int64)
    last = np.empty_like(first)
    n, begin = 0, 0
    for t in range(value.size + 1):
        if t < value.size and value[t] > threshold[t]:
            continue
        if t - begin >= max(minimum_days, 1):
            if n > 0 and begin - last[n - 1] - 1 <= maximum_gap:
                last[n - 1] = t - 1
            else:
                first[n], last[n] = begin, t - 1
                n += 1
        begin = t + 1
    return first[:n].copy(), last[:n].copy()


@compiled
def _measures(
    value: Array, climatology: Array, threshold: Array, first: Array, last: Array
) -> tuple[Array, Array]:
    """Largest, mean and cumulative intensity: (3, n_event); peak, category, days in each category, and days
    without a value: (n_event, 8)."""
    numbers = np.empty((3, first.size))
    counts = np.zeros((first.size, 8), np.int64)
    for e in range(first.size):
        largest, total, n = -np.inf, 0.0, 0
        for t in range(first[e], last[e] + 1):
            above = value[t] - climatology[t]
            if not np.isfinite(above):
                counts[e, 7] += 1
                continue
            total += above
            n += 1
            if above > largest:
                largest, counts[e, 0] = above, t
            step = threshold[t] - climatology[t]
            if value[t] > threshold[t]:
                category = min(int(above / step), 4) if step > 0 and above < 4 * step else 4
                category = category if step > 0 else 0
                counts[e, 2 + category] += 1
                counts[e, 1] = max(counts[e, 1], category)
        numbers[0, e], numbers[1, e], numbers[2, e] = largest, total / n, total
    return numbers, counts


class Years(NamedTuple):
    """What calendar years had of heat waves, (n_year,)."""

    n_events: Array
    """That began in the year."""
    days: Array
    """Days of the year within an event."""
    intensity_max: Array
    """Largest intensity within an event; 0 in a year without."""
    intensity_cumulative: Array


def by_year(found: Events, value: Array, climatology: Array, year: Array, n_year: int) -> Years:
    """Heat waves by calendar year: an event over New Year gives its days to both.

    ``year`` (n_day,) is the index of the year of each day. The authors' ``blockAverage`` gives the averages
    of the events that begin in a block instead.
    """
    inside = np.zeros(value.size + 1, np.int64)
    np.add.at(inside, found.first, 1)
    np.add.at(inside, found.last + 1, -1)
    at = np.flatnonzero(np.cumsum(inside[:-1]) > 0)
    intensity = np.nan_to_num(value[at] - climatology[at])
    largest = np.zeros(n_year)
    np.maximum.at(largest, year[at], intensity)
    return Years(
        np.bincount(year[found.first], minlength=n_year),
        np.bincount(year[at], minlength=n_year),
        largest,
        np.bincount(year[at], intensity, n_year),
    )
