"""Means over zones of boxes at many levels and months, with their sampling error.

What :mod:`kernels.indicators.area_mean` gives for one month, for all months and levels of a zone:
thousands of small systems, solved one after the other in compiled code.

References
----------
Those of :mod:`kernels.indicators.area_mean`.
"""

import numpy as np

from kernels.compiled import Array, compiled


def sample_noise(mean: Array, variance: Array, n: Array, weight: float) -> Array:
    """Error variance of each box mean.

    Parameters
    ----------
    mean : (n_month, n_box, n_level) NaN where unsampled.
    variance : between the samples of a box and month; NaN where fewer than 2.
    n : samples.
    weight : samples that the zone's variance at a level counts for in each box.

    Returns
    -------
    noise : as ``mean``; NaN where unsampled, and at a level without two samples or two box means anywhere.
        Where no box ever had two samples the variance of the box means stands for that of samples.
    """
    freedom = np.where(n > 1, n - 1.0, 0.0)
    squares = np.where(n > 1, freedom * np.nan_to_num(variance), 0.0).sum(axis=0)
    freedom = freedom.sum(axis=0)
    of_level = freedom.sum(axis=0)
    pooled = squares.sum(axis=0) / np.where(of_level > 0, of_level, np.nan)
    single = (squares + weight * pooled) / (freedom + weight)
    known = np.isfinite(mean)
    n_means = known.sum(axis=(0, 1))
    about = np.where(known, mean, 0.0).sum(axis=(0, 1)) / np.maximum(n_means, 1)
    spread = np.where(known, (mean - about) ** 2, 0.0).sum(axis=(0, 1)) / np.where(
        n_means > 1, n_means - 1, np.nan
    )
    single = np.where(np.isfinite(single), single, spread)
    return np.asarray(np.where(known, single / np.where(n > 0, n, np.nan), np.nan))


@compiled
def zone_signal(mean: Array, noise: Array, correlation: Array) -> tuple[Array, Array]:
    """Variance of true box means about the mean of the zone, by the method of moments.

    Parameters
    ----------
    mean, noise : (n_month, n_box, n_level) box means (NaN where unsampled) and their error variance.
    correlation : (n_box, n_box) of the signal.

    Returns
    -------
    variance : (n_level,) not below 0; NaN where no month has 2 sampled boxes.
    freedom : (n_level,) degrees of freedom behind it.
    """
    n_month, n_box, n_level = mean.shape
    variance, freedom = np.full(n_level, np.nan), np.zeros(n_level)
    at = np.empty(n_box, np.int64)
    for k in range(n_level):
        total = 0.0
        for m in range(n_month):
            n, level, of_noise = 0, 0.0, 0.0
            for j in range(n_box):
                if np.isfinite(mean[m, j, k]):
                    at[n] = j
                    level += mean[m, j, k]
                    of_noise += noise[m, j, k]
                    n += 1
            if n < 2:
                continue
            squares, shared = 0.0, 0.0
            for i in range(n):
                squares += (mean[m, at[i], k] - level / n) ** 2
                for j in range(i):
                    shared += 2 * correlation[at[i], at[j]]
            freedom[k] += (n - 1) * (1 - shared / (n * (n - 1)))
            total += squares - (n - 1) * of_noise / n
        if freedom[k] > 0:
            variance[k] = max(total / freedom[k], 0.0)
    return variance, freedom


@compiled
def zone_means(
    mean: Array, noise: Array, area: Array, correlation: Array, variance: Array
) -> tuple[Array, Array, Array]:
    """Gauss-Markov means over a zone and their standard errors.

    Parameters
    ----------
    mean, noise : (n_month, n_box, n_level); NaN where unsampled.
    area : (n_box, n_level) m2 of each box at each level; what has none does not count.
    correlation : (n_box, n_box) of true box means about the zone's mean.
    variance : (n_level,) of true box means; where it or the noise is not known, the mean is that of the
        sampled boxes by area, without an error.

    Returns
    -------
    value, standard_error, noise_error : (n_month, n_level) NaN where nothing is sampled; ``noise_error`` is
        the part of the error by sampling within boxes.
    """
    n_month, n_box, n_level = mean.shape
    out = np.full((3, n_month, n_level), np.nan)
    at = np.empty(n_box, np.int64)
    K, solved = np.empty((n_box, n_box)), np.empty((n_box, 3))
    for k in range(n_level):
        whole = area[:, k].sum()
        if not whole > 0:
            continue
        w = area[:, k] / whole
        signal = variance[k] if np.isfinite(variance[k]) else 0.0
        towards = signal * _product(correlation, w)
        for m in range(n_month):
            n, known = 0, np.isfinite(variance[k])
            for j in range(n_box):
                if np.isfinite(mean[m, j, k]) and area[j, k] > 0:
                    at[n] = j
                    known &= np.isfinite(noise[m, j, k])
                    n += 1
            for i in range(n):
                for j in range(i + 1):
                    K[i, j] = signal * correlation[at[i], at[j]]
                K[i, i] += noise[m, at[i], k] if known else 0.0
            here = at[:n]
            out[:, m, k] = _estimate(
                K, solved, mean[m, here, k], noise[m, here, k], w[here], towards[here], w @ towards, known
            )
    return out[0], out[1], out[2]


@compiled
def _product(matrix: Array, vector: Array) -> Array:
    out = np.zeros(vector.size)
    for i in range(vector.size):
        for j in range(vector.size):
            out[i] += matrix[i, j] * vector[j]
    return out


@compiled
def _estimate(
    K: Array, solved: Array, data: Array, noise: Array, w: Array, towards: Array, overall: float, known: bool
) -> tuple[float, float, float]:
    """Estimate of one month and level from its sampled boxes; K and ``solved`` are room to work in."""
    n = data.size
    if n == 0:
        return np.nan, np.nan, np.nan
    trace = 0.0
    for i in range(n):
        trace += K[i, i]
        solved[i, 0], solved[i, 1], solved[i, 2] = 1.0, towards[i], data[i]
    if not known or not trace > 0:  # any weights are as good: take the areas
        none = 0.0 if known else np.nan
        return (w * data).sum() / w.sum(), none, none
    for i in range(n):
        K[i, i] += 1e-10 * trace / n
    _solve(K, solved, n)
    ones, along, of_data = solved[:n, 0], solved[:n, 1], solved[:n, 2]
    level, rest = of_data.sum() / ones.sum(), 1 - along.sum()
    value, squared, of_noise = level, overall + rest**2 / ones.sum(), 0.0
    for i in range(n):
        value += towards[i] * (of_data[i] - level * ones[i])
        squared -= towards[i] * along[i]
        of_noise += (along[i] + rest * ones[i] / ones.sum()) ** 2 * noise[i]
    error = np.sqrt(max(squared, 0.0))
    return value, error, min(np.sqrt(of_noise), error)


@compiled
def _solve(K: Array, right: Array, n: int) -> None:
    """Solve for the first n rows of the right sides in place by Cholesky; K then holds the factor."""
    for j in range(n):
        for i in range(j, n):
            total = K[i, j]
            for k in range(j):
                total -= K[i, k] * K[j, k]
            K[i, j] = np.sqrt(total) if i == j else total / K[j, j]
    for c in range(right.shape[1]):
        for i in range(n):
            total = right[i, c]
            for k in range(i):
                total -= K[i, k] * right[k, c]
            right[i, c] = total / K[i, i]
        for i in range(n - 1, -1, -1):
            total = right[i, c]
            for k in range(i + 1, n):
                total -= K[k, i] * right[k, c]
            right[i, c] = total / K[i, i]
