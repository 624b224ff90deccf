"""Lines that meet: when did the rate of a series change, and by how much?

References
----------
Hudson, D. J., 1966: Fitting segmented curves whose join points have to be estimated. Journal of the American
Statistical Association 61, 1097-1129: least squares over all joins. Schwarz, G., 1978: Estimating the
dimension of a model. Annals of Statistics 6, 461-464: the criterion, here on the effective sample size.
(Both from memory, not checked.) Joins lie at times of the series, not between.
"""

from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled
from kernels.indicators.persistence import effective_size, noise_by_moments, surrogates
from kernels.indicators.theil_sen import check_increasing
from kernels.indicators.trend import Trend


class Piecewise(NamedTuple):
    """Continuous line with joins.

    ``trends`` has one entry for each segment, ``changes`` of slope one for each join, both with 95 %
    intervals; ``bic`` is (number of joins allowed + 1,) and smallest for the number chosen; ``p_value`` is
    that of a single line having, by chance, so much better a fit with as many joins (1 where there are none).
    """

    breaks: tuple[float, ...]
    trends: tuple[Trend, ...]
    changes: tuple[Trend, ...]
    fitted: Array
    p_value: float
    bic: Array
    note: str


def piecewise(
    time: Array,
    value: Array,
    most_breaks: int = 2,
    shortest: int = 8,
    n_surrogates: int = 1000,
    seed: int = 0,
    minimum_n_eff: float = 8.0,
) -> Piecewise:
    """Least squares line with none, one or two joins, their number by the Bayesian information criterion.

    The criterion is n_eff ln(RSS / n) + p ln(n_eff) with p = 2 + 2 for each join; n_eff is that of the noise
    about the fit with most joins, so that all are judged alike and no curvature counts as persistence.
    Intervals come from surrogates: AR(1) noise about the fit, in which the joins are searched for again, so
    that they know of the search.

    Parameters
    ----------
    time : (n,) increasing, even steps, some may lack.
    value : (n,) NaN where missing.
    most_breaks : 0, 1 or 2.
    shortest : values that each segment has at least, the join counting for the later one.
    n_surrogates, seed : of the intervals; the same seed gives the same.
    minimum_n_eff : effective sample size below which no join is looked for and no interval given.

    Returns
    -------
    piecewise : ``fitted`` is (n,), NaN before the first and after the last value.
    """
    if most_breaks not in (0, 1, 2):
        raise ValueError(f"0, 1 or 2 joins can be looked for, not {most_breaks}")
    time, value = np.asarray(time, np.float64), np.asarray(value, np.float64)
    check_increasing(time)
    known = np.isfinite(value)
    t, y = time[known], value[known]
    fitted, bic = np.full(time.size, np.nan), np.full(most_breaks + 1, np.nan)
    least = (most_breaks + 1) * max(shortest, 3)
    if t.size < least:
        note = f"{t.size} values, fewer than {least}: {most_breaks + 1} segments of {max(shortest, 3)}"
        return Piecewise((), (), (), fitted, np.nan, bic, note)
    places = [t[search(t, y[None], k, max(shortest, 3))[1][0]] for k in range(most_breaks + 1)]
    fits = [_fit(t, y, p) for p in places]
    r1, n_eff = _noise(t, y, places[-1])[::2]
    if n_eff >= minimum_n_eff:
        bic = _criterion(y, np.array([line for _, line in fits]), n_eff)
    n_breaks = int(np.argmin(bic)) if n_eff >= minimum_n_eff else 0
    breaks, (coefficients, line) = places[n_breaks], fits[n_breaks]
    inside = (time >= t[0]) & (time <= t[-1])
    fitted[inside] = _design(time[inside], breaks, t.mean()) @ coefficients
    estimate = np.concatenate([np.cumsum(coefficients[1:]), coefficients[2:]])
    if n_eff < minimum_n_eff:
        note = (
            f"no joins and no interval: effective sample size {n_eff:.1f} is below {minimum_n_eff:g} "
            f"(r1 = {r1:.2f})"
        )
        none = Trend(float(estimate[0]), np.nan, np.nan, r1, n_eff, t.size, note)
        return Piecewise((), (none,), (), fitted, np.nan, bic, note)
    r1, variance, n_eff = _noise(t, y, breaks)
    freedom = max(n_eff * (1 - coefficients.size / t.size), 2.0)
    noise = surrogates(t, r1, variance, np.zeros(t.size), freedom, n_surrogates, seed)
    spread = _estimates(t, line + noise, n_breaks, max(shortest, 3)) - estimate
    low, high = estimate - np.quantile(spread, [0.975, 0.025], axis=0)
    rows = zip(estimate.tolist(), low.tolist(), high.tolist(), strict=True)
    each = [Trend(*row, r1, n_eff, t.size, "") for row in rows]
    p_value = _chance(t, y, noise, n_breaks, max(shortest, 3))
    joins = tuple(float(b) for b in breaks)
    return Piecewise(
        joins, tuple(each[: n_breaks + 1]), tuple(each[n_breaks + 1 :]), fitted, p_value, bic, ""
    )


def _criterion(y: Array, lines: Array, n_eff: float) -> Array:
    """Bayesian information criterion of fits with 0, 1, ... joins; rounding errors do not tell fits apart."""
    tiny = 1e-24 * float(np.abs(y).max()) ** 2 + 1e-300
    scatter = np.maximum(((y - lines) ** 2).mean(axis=1), tiny)
    return np.asarray(n_eff * np.log(scatter) + (2 + 2 * np.arange(len(lines))) * np.log(n_eff))


def _design(t: Array, breaks: Array, origin: float) -> Array:
    """Constant, time and one hinge for each join: (n, 2 + n_breaks)."""
    hinges = [np.maximum(t - b, 0) for b in breaks]
    return np.stack([np.ones(t.size), t - origin, *hinges], axis=1)


def _fit(t: Array, y: Array, breaks: Array) -> tuple[Array, Array]:
    design = _design(t, breaks, float(t.mean()))
    coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
    return coefficients, design @ coefficients


def _noise(t: Array, y: Array, breaks: Array) -> tuple[float, float, float]:
    """r1, variance and effective sample size of the noise about the fit with given joins."""
    design = _design(t, breaks, float(t.mean()))
    smoother = design @ np.linalg.pinv(design)
    residual = y - smoother @ y
    if np.abs(residual).max() <= 1e-12 * np.abs(y).max():
        return 0.0, 0.0, float(t.size)
    r1, variance = noise_by_moments(t, residual, smoother)
    return r1, variance, effective_size(r1, t.size)


def _estimates(t: Array, series: Array, n_breaks: int, shortest: int) -> Array:
    """Slopes of the segments and their changes, of each series: (n_series, 2 n_breaks + 1)."""
    centred = t - t.mean()
    spread = centred @ centred
    line = series @ centred / spread
    changes, places = search(t, series, n_breaks, shortest)[2:0:-1]
    if n_breaks:
        hinges = np.maximum(t - t[places][..., None], 0)
        line = line - (changes * (hinges @ centred)).sum(axis=1) / spread
    slopes = line[:, None] + np.concatenate([np.zeros((len(series), 1)), np.cumsum(changes, axis=1)], axis=1)
    return np.concatenate([slopes, changes], axis=1)


def _chance(t: Array, y: Array, noise: Array, n_breaks: int, shortest: int) -> float:
    """Share of trendless surrogates whose fit gains as much from as many joins."""
    if not n_breaks:
        return 1.0
    series = np.concatenate([y[None], noise])
    centred = t - t.mean()
    about = series - series.mean(axis=1, keepdims=True)
    squares = (about**2).sum(axis=1) - (about @ centred) ** 2 / (centred @ centred)
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = search(t, series, n_breaks, shortest)[0] / squares
    return float((1 + (gain[1:] >= gain[0]).sum()) / gain.size)


def search(t: Array, series: Array, n_breaks: int, shortest: int) -> tuple[Array, Array, Array]:
    """Joins that take most off the squares about a line.

    Parameters
    ----------
    t, series : (n,) and (n_series, n), without gaps.
    n_breaks : 0, 1 or 2.

    Returns
    -------
    gain : (n_series,) by how much the sum of squares falls.
    place : (n_series, n_breaks) index of the joins.
    change : (n_series, n_breaks) of slope.
    """
    if n_breaks == 0:
        none = np.zeros((len(series), 0))
        return np.zeros(len(series)), none.astype(np.int64), none
    centred = t - t.mean()
    hinges = np.maximum(t - t[:, None], 0)
    hinges = hinges - hinges.mean(axis=1, keepdims=True)
    hinges -= np.outer(hinges @ centred / (centred @ centred), centred)
    along = np.ascontiguousarray(series @ hinges.T)
    gain, place, change = _search(along, hinges @ hinges.T, n_breaks, shortest)
    return gain, place[:, :n_breaks], change[:, :n_breaks]


@compiled
def _search(along: Array, shared: Array, n_breaks: int, shortest: int) -> tuple[Array, Array, Array]:
    """The best of all joins, from products of hinges with series (n_series, n) and each other (n, n)."""
    n_series, n = along.shape
    gain, place, change = np.zeros(n_series), np.zeros((n_series, 2), np.int64), np.zeros((n_series, 2))
    for s in range(n_series):
        u = along[s]
        for a in range(shortest, n - shortest * n_breaks + 1):
            if n_breaks == 1:
                g = u[a] * u[a] / shared[a, a]
                if g > gain[s]:
                    gain[s], place[s, 0], change[s, 0] = g, a, u[a] / shared[a, a]
                continue
            for b in range(a + shortest, n - shortest + 1):
                det = shared[a, a] * shared[b, b] - shared[a, b] * shared[a, b]
                one = (u[a] * shared[b, b] - u[b] * shared[a, b]) / det
                other = (u[b] * shared[a, a] - u[a] * shared[a, b]) / det
                g = one * u[a] + other * u[b]
                if g > gain[s]:
                    gain[s] = g
                    place[s, 0], place[s, 1] = a, b
                    change[s, 0], change[s, 1] = one, other
    return gain, place, change
