"""Does a series go one way? A test on the order of its values alone.

References
----------
Mann, H. B., 1945: Nonparametric tests against trend. Econometrica 13, 245-259. Kendall, M. G., 1975: Rank
correlation methods, 4th edition: ties and continuity. Persistence: see
:mod:`kernels.indicators.theil_sen`, whose interval this test belongs to.
"""

from math import erfc, sqrt
from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled
from kernels.indicators.theil_sen import (
    Correction,
    check_increasing,
    median_slope,
    persistence_about,
    score_variance,
)


class MannKendall(NamedTuple):
    """Test of no trend. ``tau`` is Kendall's tau-b; ``note`` says why there is no ``p_value``."""

    score: int
    tau: float
    variance: float
    z: float
    p_value: float
    r1: float
    n_eff: float
    n: int
    note: str


def mann_kendall(
    time: Array,
    value: Array,
    correction: Correction = "ar1",
    minimum_n: int = 5,
    minimum_n_eff: float = 4.0,
) -> MannKendall:
    """Two-sided test with the continuity correction; arguments as in ``theil_sen``."""
    known = np.isfinite(value)
    t, y = np.asarray(time, np.float64)[known], np.asarray(value, np.float64)[known]
    if t.size < max(minimum_n, 3):
        note = f"{t.size} values, fewer than {max(minimum_n, 3)}"
        return MannKendall(0, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, t.size, note)
    check_increasing(t)
    s, untied = score(y)
    tau = s / sqrt(untied * (t.size * (t.size - 1) / 2)) if untied else np.nan
    slope = median_slope(t, y, np.empty(t.size * (t.size - 1) // 2))
    r1, n_eff = persistence_about(t, y, slope, correction)
    variance = score_variance(y) * t.size / n_eff
    if n_eff < minimum_n_eff:
        note = f"no test: effective sample size {n_eff:.1f} is below {minimum_n_eff:g} (r1 = {r1:.2f})"
        return MannKendall(s, tau, variance, np.nan, np.nan, r1, n_eff, t.size, note)
    z, p_value = significance(s, variance)
    return MannKendall(s, tau, variance, z, p_value, r1, n_eff, t.size, "")


@compiled
def score(y: Array) -> tuple[int, int]:
    """Kendall's score, pairs that rise less pairs that fall, and the number of pairs that are not tied."""
    rising, falling = 0, 0
    for i in range(y.size - 1):
        for j in range(i + 1, y.size):
            rising += y[j] > y[i]
            falling += y[j] < y[i]
    return rising - falling, rising + falling


@compiled
def significance(score: int, variance: float) -> tuple[float, float]:
    """Standard score, drawn towards 0 by a step of one, and its two-sided probability."""
    if variance <= 0 or score == 0:
        return 0.0, 1.0
    z = (score - np.sign(score)) / sqrt(variance)
    return z, erfc(abs(z) / sqrt(2.0))
