"""One estimate from several published series of the same quantity, with structural and mapping uncertainty.

The recipe is that of ocean heat content in the IPCC's sixth assessment and in its yearly update, the
Indicators of Global Climate Change (IGCC); here with the products, the periods and the central product as
arguments.

References
----------
Forster, P. et al., 2024: Indicators of Global Climate Change 2023. Earth System Science Data 16, 2625-2658;
the notebook that makes its ocean heat content series (read in full; the arithmetic here follows it and gives
its central estimate of 0-700 m to the last bit). Domingues, C. M. et al., 2008: Improved estimates of
upper-ocean warming and multi-decadal sea-level rise. Nature 453, 1090-1093: the three-year running mean.
(The last page of the first is from memory, not checked.)
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kernels.compiled import Array

HALF_WIDTH_IN_SIGMA = {0.90: 1.645, 0.95: 1.96}
"""As the recipe rounds them."""


class Consensus(NamedTuple):
    """Combined series: all (n_time,) in the unit of the products, NaN where it cannot be given.

    ``structural``, ``mapping`` and ``total`` are 1 sigma; ``mean`` is that of the products, relative to the
    baseline.
    """

    time: Array
    central: Array
    structural: Array
    mapping: Array
    total: Array
    mean: Array
    n_products: Array


def consensus(
    time: Array,
    products: Array,
    errors: Array,
    central: int | None,
    smoothed: Array | None = None,
    baseline: tuple[float, float] = (1995.0, 2015.0),
    start: float = 1971.5,
    window: int = 3,
) -> Consensus:
    """Central estimate of an ensemble of products with structural, mapping and total uncertainty.

    Each product loses its mean over the baseline and gets a running mean, as do its errors. Structural
    uncertainty is the standard deviation (ddof 0) over products, mapping uncertainty the largest of the
    products' own, total the root of the sum of their squares. The central estimate is one product, relative
    to its value at ``start``.

    Parameters
    ----------
    time : (n_time,) in years, increasing, equal steps; may begin before ``start``, so that the running mean
        has what it needs there.
    products, errors : (n_product, n_time) series in one unit and their standard errors; NaN where missing.
    central : row of the product that is the central estimate; None for the mean of the products.
    smoothed : (n_product,) False for products that get no running mean because they come with one; all get
        it if left out.
    baseline : first and last time (the last not included) of the common reference.
    start : time from which the result runs and at which the central estimate is 0.
    window : length of the running mean, odd.

    Notes
    -----
    Where fewer than two products have a value, structural and total are NaN; the published code would give a
    structural uncertainty of 0 there (it never happens in its period).
    """
    time, products, errors = (np.asarray(a, np.float64) for a in (time, products, errors))
    smoothed = np.ones(len(products), bool) if smoothed is None else np.asarray(smoothed, bool)
    _check(time, products, errors, smoothed, window)
    inside = (time >= baseline[0]) & (time < baseline[1])
    anomaly, sigma = np.empty_like(products), np.empty_like(errors)
    for k, (series, error) in enumerate(zip(products, errors, strict=True)):
        if not np.isfinite(series[inside]).any():
            raise ValueError(f"product {k} has no value in the baseline {baseline[0]:g} to {baseline[1]:g}")
        anomaly[k] = series - np.nanmean(series[inside])
        sigma[k] = error
        if smoothed[k]:
            anomaly[k], sigma[k] = running_mean(anomaly[k], window), running_mean(error, window)
    first = np.flatnonzero(time >= start)
    if not first.size or time[first[0]] != start:
        raise ValueError(f"no value at {start:g}, from which the result is to run")
    return _combined(time[first], anomaly[:, first], sigma[:, first], central)


def _check(time: Array, products: Array, errors: Array, smoothed: Array, window: int) -> None:
    if products.ndim != 2 or products.shape != errors.shape or products.shape[1] != time.size:
        raise ValueError(
            f"products {products.shape} and errors {errors.shape} must be (n_product, {time.size})"
        )
    if smoothed.shape != (len(products),):
        raise ValueError(f"smoothed has shape {smoothed.shape}, expected ({len(products)},)")
    if window < 1 or window % 2 == 0:
        raise ValueError(f"the running mean needs an odd window, not {window}")
    step = np.diff(time)
    if step.size and not (step.min() > 0 and np.allclose(step, step[0])):
        raise ValueError("time must increase in equal steps, or the running mean has no meaning")


def _combined(time: Array, anomaly: Array, sigma: Array, central: int | None) -> Consensus:
    known = np.isfinite(anomaly)
    n = known.sum(axis=0)
    of_all = np.where(n > 0, n, np.nan)
    mean = np.where(known, anomaly, 0).sum(axis=0) / of_all
    square = np.where(known, (anomaly - mean) ** 2, 0).sum(axis=0) / of_all
    structural = np.where(n > 1, np.sqrt(square), np.nan)
    mapping = np.where(np.isfinite(sigma), sigma, -np.inf).max(axis=0)
    mapping[np.isneginf(mapping)] = np.nan
    total = np.sqrt(structural**2 + mapping**2)
    line = mean if central is None else anomaly[central]
    return Consensus(time, line - line[0], structural, mapping, total, mean, n)


def running_mean(values: Array, window: int = 3) -> Array:
    """Centred running mean of a series: (n,) -> (n,).

    Within each run of values without a gap the first and the last ``window // 2`` stay as they are.
    """
    half = window // 2
    out = np.array(values, np.float64)
    edges = np.diff(np.concatenate([[False], np.isfinite(out), [False]]).astype(np.int8))
    for begin, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        if end - begin >= window:
            kernel = np.repeat(1.0, window) / window
            out[begin + half : end - half] = np.convolve(out[begin:end], kernel, "valid")
    return out


def sum_of_layers(layers: Sequence[Consensus]) -> tuple[Array, Array]:
    """Central estimate and 1 sigma of layers on top of each other.

    Their errors are taken as fully correlated and so add up, as the recipe does: the same casts, corrections
    and mapping stand behind all of them.
    """
    for layer in layers[1:]:
        if not np.array_equal(layer.time, layers[0].time):
            raise ValueError("layers of different times cannot be added")
    central = np.sum([layer.central for layer in layers], axis=0)
    return central, np.sum([layer.total for layer in layers], axis=0)


def sigma_of_interval(half_width: Array, confidence: float) -> Array:
    """Standard error from the half width of a published 90 or 95 % interval, with the recipe's factors."""
    if confidence not in HALF_WIDTH_IN_SIGMA:
        raise ValueError(f"confidence {confidence:g} is not one of {sorted(HALF_WIDTH_IN_SIGMA)}")
    return np.asarray(half_width) / HALF_WIDTH_IN_SIGMA[confidence]


def error_by_thickness(error: Array, layer: float, whole: float) -> Array:
    """Error of a layer as its share, by thickness, of that of the whole column.

    So the recipe makes NCEI's error of 700-2000 m from that of 0-2000 m: 1300 of 2000 m.
    """
    return np.asarray(error) * (layer / whole)
