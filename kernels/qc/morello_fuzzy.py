"""Fuzzy combination of spike, climatology and gradient (Morello et al. 2014)."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import between_neighbours, levels_with_values, longest_row
from kernels.registry import qc_test


def measure(
    row_start: Array,
    value: Array,
    normal_mean: Array,
    normal_std: Array,
    spike_low: Array,
    spike_high: Array,
    bias_low: Array,
    bias_high: Array,
    gradient_low: Array,
    gradient_high: Array,
    highest: float,
) -> tuple[Array, Array, Array]:
    """Degree of each value, from 1 good to 4 bad, and the highest accepted one."""
    above, at, below = between_neighbours(row_start, value)
    gradient = np.abs(at - (above + below) / 2)
    spike = gradient - np.abs((below - above) / 2)
    std = np.asarray(normal_std, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        bias = np.where(std > 0, np.abs(value.astype(np.float64) - normal_mean) / std, np.nan)
    low = (1.0 - _ramps(spike, spike_low)) + (1.0 - _ramps(bias, bias_low))
    low = (low + (1.0 - _ramps(gradient, gradient_low))) / 3.0
    high = np.maximum(_ramps(spike, spike_high), _ramps(bias, bias_high))
    high = np.maximum(high, _ramps(gradient, gradient_high))
    degree = np.select([high >= 1.0, (low <= 0.5) | (high >= 0.3), low > 0.9], [4.0, 3.0, 1.0], 2.0)
    degree = np.where(np.isnan(low + high), np.nan, degree)
    untested = np.isnan(degree)
    return degree, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


def _ramps(x: Array, limits: Array) -> Array:
    """``_ramp`` of each value."""
    foot, top = limits
    rising = np.where(
        x <= 0.5 * (foot + top),
        2.0 * ((x - foot) / (top - foot)) ** 2,
        1.0 - 2.0 * ((x - top) / (top - foot)) ** 2,
    )
    return np.where(x <= foot, 0.0, np.where(x >= top, 1.0, rising))


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="degree from 1 (good) to 4 (bad)",
    reference="Morello et al. 2014, fuzzy logic; CoTeDe morello2014",
    example={
        "spike_low": (0.07, 0.2),
        "spike_high": (2.0, 6.0),
        "bias_low": (3.0, 4.0),
        "bias_high": (5.0, 6.0),
        "gradient_low": (0.5, 1.5),
        "gradient_high": (3.0, 4.0),
        "highest": 2.0,
    },
    tie=1e-12,
)
@compiled
def morello_fuzzy(
    row_start: Array,
    value: Array,
    normal_mean: Array,
    normal_std: Array,
    spike_low: Array,
    spike_high: Array,
    bias_low: Array,
    bias_high: Array,
    gradient_low: Array,
    gradient_high: Array,
    highest: float,
) -> Array:
    """Values that spike, climatology and gradient together find suspect.

    Each feature belongs to the set ``low`` and to the set ``high`` to some part of 1. The value belongs to
    ``low`` with the mean and to ``high`` with the largest of its features' parts. Its degree is 4 where it
    belongs to ``high`` wholly, else 3 where ``low <= 0.5`` or ``high >= 0.3``, else 1 where ``low > 0.9``,
    else 2.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) in its canonical unit; NaN where missing.
    normal_mean, normal_std : (n_obs,) climatology there and then; NaN where unknown.
    spike_low, spike_high : (2,) spike height ``|V2 - (V1 + V3)/2| - |(V3 - V1)/2|`` to which a value belongs
        to ``low`` wholly and from which it does not at all; and to which it does not belong to ``high`` and
        from which it does wholly. Between them it is a smooth step of two parabolas.
    bias_low, bias_high : (2,) the same of ``|value - normal_mean| / normal_std``.
    gradient_low, gradient_high : (2,) the same of ``|V2 - (V1 + V3)/2|``.
    highest : highest accepted degree: 2 fails degrees 3 and 4, 3 only 4.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where one of the features is unknown: for the first and the last
        level with a value, without a climatology or with a standard deviation of 0.

    References
    ----------
    Morello, E. B., and co-authors, 2014: Quality control procedures for Australia's National Reference
    Stations sensor data. Methods in Oceanography 9. Timms, G. P., and co-authors, 2011: Automated data
    quality assessment of marine sensors. Sensors 11. CoTeDe ``morello2014``: spike 0.07-0.2 and 2-6 (salinity
    0.05-0.15 and 0.5-0.9), bias 3-4 and 5-6, gradient 0.5-1.5 and 3-4 (salinity 1-2 and 3-4). Some of its
    releases take bias and gradient with their sign, so that values too low never fail; here they have none,
    as their thresholds. There is no set between ``low`` and ``high``: that, and the uncertainty which it
    leads to, belong to CoTeDe's own ``fuzzylogic``.
    """
    outcome = np.full(value.size, 2, np.uint8)
    level = np.empty(longest_row(row_start), np.int64)
    for row in range(row_start.size - 1):
        first, stop = row_start[row], row_start[row + 1]
        v, mean, std = value[first:stop], normal_mean[first:stop], normal_std[first:stop]
        for k in range(1, levels_with_values(v, level) - 1):
            i = level[k]
            at, mu, sigma = np.float64(v[i]), np.float64(mean[i]), np.float64(std[i])
            above, below = np.float64(v[level[k - 1]]), np.float64(v[level[k + 1]])
            if not (sigma > 0.0 and mu == mu):
                continue
            gradient = abs(at - (above + below) / 2)
            spike, bias = gradient - abs((below - above) / 2), abs(at - mu) / sigma
            low = (1.0 - _ramp(spike, spike_low)) + (1.0 - _ramp(bias, bias_low))
            low = (low + (1.0 - _ramp(gradient, gradient_low))) / 3.0
            high = max(_ramp(spike, spike_high), _ramp(bias, bias_high), _ramp(gradient, gradient_high))
            outcome[first + i] = _degree(low, high) > highest
    return outcome


@inlined
def _degree(low: float, high: float) -> float:
    if high >= 1.0:
        return 4.0
    if low <= 0.5 or high >= 0.3:
        return 3.0
    return 1.0 if low > 0.9 else 2.0


@inlined
def _ramp(x: float, limits: Array) -> float:
    """Smooth step from 0 at the first limit to 1 at the second."""
    foot, top = limits[0], limits[1]
    if x <= foot:
        return 0.0
    if x >= top:
        return 1.0
    if x <= 0.5 * (foot + top):
        return 2.0 * ((x - foot) / (top - foot)) ** 2  # type: ignore[no-any-return]
    return 1.0 - 2.0 * ((x - top) / (top - foot)) ** 2  # type: ignore[no-any-return]
