"""Sampling error of an area mean, measured by thinning what is well sampled.

A dense epoch stands for the truth: its area mean from all its boxes is compared with that from those boxes
(or casts) which a sparse epoch would have had.

References
----------
Cheng, L. et al., 2017: Improved estimates of ocean heat content from 1960 to 2015. Science Advances 3,
e1601545 (from memory, not checked): Argo fields sampled where the casts of earlier years were. Cochran, W.
G., 1977: Sampling techniques, 3rd edition (from memory, not checked): S^2 (1 - m / N) / m for m of N alike.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled

Estimate = Callable[[Array], Array]
"""(n_field, n_box) with NaN where unsampled -> (n_field,) area means."""


class SamplingError(NamedTuple):
    """Difference of thinned from full area means: all (n_pattern,) or (n_fraction,), in the unit of values.

    ``fraction`` is the area sampled, of that sampled in the dense epoch; ``n`` counts comparisons. NaN where
    there are none: a pattern that meets no sampled box.
    """

    fraction: Array
    rms: Array
    bias: Array
    n: Array


def error_of_patterns(
    dense: Array, area: Array, patterns: Array, estimate: Estimate | None = None
) -> SamplingError:
    """Error of the area mean with the sampling of another epoch.

    Parameters
    ----------
    dense : (n_field, n_box) anomalies of the dense epoch, months for example; NaN where unsampled.
    area : (n_box,) weight of each box.
    patterns : (n_pattern, n_box) True where the sparse epoch has data, one row a month.
    estimate : of the area mean; left out, the mean of the sampled boxes weighted by area. Give the one that
        the indicator uses: a Gauss-Markov mean makes more of few boxes.

    Notes
    -----
    The dense epoch's own error stays in both means and cancels in part; anomalies must not hold a
    seasonal cycle or a mean pattern, which no indicator has to sample.
    """
    dense, area, patterns = np.asarray(dense, np.float64), np.asarray(area), np.asarray(patterns, bool)
    if dense.shape[1:] != area.shape or patterns.shape[1:] != area.shape:
        shapes = f"fields {dense.shape}, patterns {patterns.shape} and area {area.shape}"
        raise ValueError(f"{shapes} do not match")
    known = np.isfinite(dense)
    sampled = (known * area) @ patterns.T.astype(np.float64)
    of_all = (known * area).sum(axis=1)
    if estimate is None:
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (np.where(known, dense, 0) * area) @ patterns.T / sampled
            full = np.where(known, dense * area, 0).sum(axis=1) / of_all
    else:
        full = estimate(dense)
        means = np.stack([estimate(np.where(p, dense, np.nan)) for p in patterns], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        fraction = sampled / of_all[:, None]
    return _summary(fraction, means - full[:, None])


def error_of_fractions(
    dense: Array, area: Array, fractions: Array, n_draws: int, seed: int, estimate: Estimate | None = None
) -> SamplingError:
    """Error of the area mean when boxes are dropped at random.

    Real sampling comes in lines and leaves whole seas out: for the same fraction its error is larger than
    this one. Use it where no pattern is known, and as a lower bound.

    Parameters
    ----------
    dense, area, estimate : as in ``error_of_patterns``.
    fractions : (n_fraction,) of the boxes sampled in any field of the dense epoch, each at least one box.
    n_draws : subsets for each fraction, all fields being compared in each.
    seed : of the draws.
    """
    dense = np.asarray(dense, np.float64)
    boxes = np.flatnonzero(np.isfinite(dense).any(axis=0) & (np.asarray(area) > 0))
    n_kept = _numbers(fractions, boxes.size, "boxes")
    rng = np.random.default_rng(seed)
    patterns = np.zeros((len(n_kept), n_draws, dense.shape[1]), bool)
    for draw in range(n_draws):
        order = rng.permutation(boxes)
        for k, m in enumerate(n_kept):
            patterns[k, draw, order[:m]] = True
    each = [error_of_patterns(dense, area, p, estimate) for p in patterns]
    n = np.array([e.n.sum() for e in each])
    with np.errstate(invalid="ignore", divide="ignore"):
        rms = np.sqrt([np.nansum(e.rms**2 * e.n) for e in each] / n)
        bias, fraction = (np.array([np.nansum(e[k] * e.n) for e in each]) / n for k in (2, 0))
    return SamplingError(fraction, rms, bias, n)


def error_of_cast_fractions(
    value: Array, box: Array, area: Array, fractions: Array, n_draws: int, seed: int
) -> SamplingError:
    """Error of the area mean when casts are dropped at random: boxes empty, and the others get noisier.

    The mean is that of box means weighted by the area of the boxes that are left.

    Parameters
    ----------
    value : (n_cast,) anomalies of one month or season; NaN does not count.
    box : (n_cast,) number of the box of each cast.
    area : (n_box,) weight of each box; 0 for boxes that do not count.
    fractions : (n_fraction,) of the casts; ``fraction`` of the result is that of the area.
    n_draws, seed : subsets, and what they are drawn with.
    """
    value, box, area = np.asarray(value, np.float64), np.asarray(box, np.int64), np.asarray(area, np.float64)
    if value.size and (box.min() < 0 or box.max() >= area.size):
        raise ValueError(f"boxes {box.min()} to {box.max()} lie beyond the {area.size} that have an area")
    counts = np.isfinite(value) & (area[box] > 0)
    value, box = value[counts], box[counts]
    n_kept = _numbers(fractions, value.size, "casts")
    order = np.argsort(n_kept, kind="stable")
    rng = np.random.default_rng(seed)
    full, of_all = _thinned(value, box, area, np.arange(value.size), np.array([value.size]))
    difference, fraction = np.empty((n_draws, len(n_kept))), np.empty((n_draws, len(n_kept)))
    for draw in range(n_draws):
        means, sampled = _thinned(value, box, area, rng.permutation(value.size), n_kept[order])
        difference[draw, order], fraction[draw, order] = means - full[0], sampled / of_all[0]
    return _summary(fraction, difference)


def error_at(curve: SamplingError, fraction: Array) -> Array:
    """Sampling error for other fractions, between those of a curve; NaN below its smallest, 0 for all.

    Interpolates the variance times fraction / (1 - fraction), which is constant for random sampling.
    """
    at = np.asarray(fraction, np.float64)
    usable = np.isfinite(curve.rms) & (curve.fraction < 1)
    order = np.argsort(curve.fraction[usable])
    x, rms = curve.fraction[usable][order], curve.rms[usable][order]
    if not x.size:
        return np.where(at >= 1, 0.0, np.nan)
    scaled = np.interp(at, x, rms**2 * x / (1 - x), left=np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(at >= 1, 0.0, np.sqrt(scaled * (1 - at) / at))


def _numbers(fractions: Array, n: int, what: str) -> Array:
    fractions = np.atleast_1d(np.asarray(fractions, np.float64))
    kept = np.rint(fractions * n).astype(np.int64)
    if not ((fractions > 0) & (fractions <= 1) & (kept >= 1)).all():
        raise ValueError(f"fractions must keep 1 to {n} {what}, not {fractions.tolist()} of them")
    return kept


def _summary(fraction: Array, difference: Array) -> SamplingError:
    """Over the rows of (n_comparison, n_pattern); NaN where nothing could be compared."""
    known = np.isfinite(difference)
    n = known.sum(axis=0)
    of_all = np.where(n > 0, n, np.nan)
    kept = np.where(known, difference, 0)
    return SamplingError(
        np.where(known, fraction, 0).sum(axis=0) / of_all,
        np.sqrt((kept**2).sum(axis=0) / of_all),
        kept.sum(axis=0) / of_all,
        n,
    )


@compiled
def _thinned(value: Array, box: Array, area: Array, order: Array, n_kept: Array) -> tuple[Array, Array]:
    """Area mean and sampled area from the first casts of an order: for each of ``n_kept``, which increase.

    The sums go on from one number to the next, so that a draw costs one pass over the casts.
    """
    total, count = np.zeros(area.size), np.zeros(area.size)
    means, sampled = np.empty(n_kept.size), np.empty(n_kept.size)
    weighted, within = 0.0, 0.0
    begin = 0
    for k in range(n_kept.size):
        for i in range(begin, n_kept[k]):
            b = box[order[i]]
            if count[b] > 0:
                weighted -= area[b] * total[b] / count[b]
            else:
                within += area[b]
            total[b] += value[order[i]]
            count[b] += 1
            weighted += area[b] * total[b] / count[b]
        begin = n_kept[k]
        means[k] = weighted / within if within > 0 else np.nan
        sampled[k] = within
    return means, sampled
