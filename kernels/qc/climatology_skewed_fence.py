"""ICDC check 10: box-plot fences adjusted to the skewness of the climatology."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, stored_error
from kernels.limits import enough, judged, where_known
from kernels.registry import qc_test


def measure(
    value: Array,
    normal_q1: Array,
    normal_q3: Array,
    normal_medcouple: Array,
    normal_n: Array,
    whisker: float,
    lowest: float = -np.inf,
    highest: float = np.inf,
    least_iqr: float = 0.0,
    fewest: float = 0.0,
) -> tuple[Array, Array, Array]:
    """The value and its fences."""
    x, q1, q3, mc, n = (
        np.asarray(a, np.float64) for a in (value, normal_q1, normal_q3, normal_medcouple, normal_n)
    )
    reach = whisker * np.maximum(q3 - q1, least_iqr)
    below = reach * np.exp(np.where(mc >= 0, -4.0, -3.0) * mc)
    above = reach * np.exp(np.where(mc >= 0, 3.0, 4.0) * mc)
    error = HALF_UNIT_FLOAT32 * (np.abs(x) + np.abs(q1) + np.abs(q3))
    low, high = np.maximum(q1 - below, lowest) - error, np.minimum(q3 + above, highest) + error
    return where_known(x, low, high, (n >= fewest) | (fewest <= 0))


@qc_test(
    on="observation",
    measure=measure,
    quantity="value",
    reference="Gouretski 2018 (ICDC quality control); Hubert and Vandervieren 2008; AutoQC ICDC_aqc_10",
    example={"whisker": 1.5, "lowest": -2.0, "highest": 33.0},
    tie=1e-9,
)
@compiled
def climatology_skewed_fence(
    value: Array,
    normal_q1: Array,
    normal_q3: Array,
    normal_medcouple: Array,
    normal_n: Array,
    whisker: float,
    lowest: float = -np.inf,
    highest: float = np.inf,
    least_iqr: float = 0.0,
    fewest: float = 0.0,
) -> Array:
    """Values beyond the fences of a box plot that is adjusted to skewed distributions.

    With the interquartile range IQR and the medcouple MC, the robust skewness, values are accepted from
    ``Q1 - whisker IQR exp(a MC)`` to ``Q3 + whisker IQR exp(b MC)``; a = -4 and b = 3 where MC >= 0, else
    a = -3 and b = 4.

    Parameters
    ----------
    value : (n_obs,) in its canonical unit; NaN where missing.
    normal_q1, normal_q3 : (n_obs,) quartiles there and then; NaN where unknown.
    normal_medcouple : (n_obs,) -1..1; NaN where unknown.
    normal_n : (n_obs,) how many values they were computed from; read only if ``fewest`` is above 0.
    whisker : length of the fences of a symmetric distribution, in IQR.
    lowest, highest : the fences are cut to what occurs in the ocean at all.
    least_iqr : smaller IQR, and quartiles that crossed in an interpolation, count as this.
    fewest : smallest number of values behind a climatology that is trusted.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value or the climatology is missing or rests on too few
        values. A value at a fence passes, also where it lies beyond by no more than the rounding to float32.

    References
    ----------
    Hubert, M., and E. Vandervieren, 2008: An adjusted boxplot for skewed distributions. Computational
    Statistics and Data Analysis 52. Gouretski, V., 2018. Ocean Science 14. AutoQC
    ``ICDC_aqc_10_local_climatology_check``: whisker 1.5, fences cut to -2..33 degrees Celsius. It takes the
    wider fences of the two levels that bracket the observation, which is for those who bind the climatology,
    and where it has none, or a median of -2 or less, it tests against -2..33: a range check, and not ours.
    """
    outcome = np.empty(value.size, np.uint8)
    for i in range(value.size):
        x, q1, q3 = np.float64(value[i]), np.float64(normal_q1[i]), np.float64(normal_q3[i])
        mc = np.float64(normal_medcouple[i])
        reach = whisker * max(q3 - q1, least_iqr)
        below = reach * np.exp((-4.0 if mc >= 0.0 else -3.0) * mc)
        above = reach * np.exp((3.0 if mc >= 0.0 else 4.0) * mc)
        error = stored_error(abs(x) + abs(q1) + abs(q3))
        known = (q1 + q3 + mc == q1 + q3 + mc) & enough(np.float64(normal_n[i]), fewest)
        low = max(q1 - below, lowest) - error if known else np.nan
        outcome[i] = judged(x, low, min(q3 + above, highest) + error)
    return outcome
