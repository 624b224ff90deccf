"""ICDC check 9: local climatological range from median and absolute median deviation."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, stored_error
from kernels.limits import enough, judged, where_known
from kernels.registry import qc_test


def measure(
    value: Array,
    normal_median: Array,
    normal_amd: Array,
    normal_n: Array,
    threshold: float,
    least_amd: float = 0.0,
    lowest: float = -np.inf,
    highest: float = np.inf,
    fewest: float = 0.0,
) -> tuple[Array, Array, Array]:
    """The value and the limits of its place."""
    x, median, n = (np.asarray(a, np.float64) for a in (value, normal_median, normal_n))
    reach = threshold * np.maximum(np.asarray(normal_amd, np.float64), least_amd)
    error = HALF_UNIT_FLOAT32 * (np.abs(x) + np.abs(median) + reach)
    low, high = np.maximum(median - reach, lowest) - error, np.minimum(median + reach, highest) + error
    return where_known(x, low, high, (n >= fewest) | (fewest <= 0))


@qc_test(
    on="observation",
    measure=measure,
    quantity="value",
    reference="Gouretski 2018 (ICDC quality control), local climatological range; AutoQC ICDC_aqc_09",
    example={"threshold": 3.0, "least_amd": 0.05, "lowest": -2.3, "highest": 33.0},
)
@compiled
def climatology_median(
    value: Array,
    normal_median: Array,
    normal_amd: Array,
    normal_n: Array,
    threshold: float,
    least_amd: float = 0.0,
    lowest: float = -np.inf,
    highest: float = np.inf,
    fewest: float = 0.0,
) -> Array:
    """Values further from the local median than some absolute median deviations (AMD).

    Parameters
    ----------
    value : (n_obs,) in its canonical unit; NaN where missing.
    normal_median, normal_amd : (n_obs,) median there and then, and the median of the absolute distances
        from it; NaN where unknown.
    normal_n : (n_obs,) how many values they were computed from; read only if ``fewest`` is above 0.
    threshold : largest accepted distance, in AMD.
    least_amd : smaller AMD count as this, in the unit of ``value``.
    lowest, highest : the local range is cut to what occurs in the ocean at all.
    fewest : smallest number of values behind a climatology that is trusted.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value or the climatology is missing or rests on too few
        values. A value at a limit passes, also where it lies beyond by no more than the rounding to float32.

    References
    ----------
    Gouretski, V., 2018: World Ocean Circulation Experiment - Argo Global Hydrographic Climatology. Ocean
    Science 14. AutoQC ``ICDC_aqc_09_local_climatology_check``: 3 AMD on a 0.5-degree grid of 60 levels,
    monthly for the first 16 and annual below, AMD at least 0.05, range cut to -2.3..33 degrees Celsius. It
    leaves an AMD of exactly 0 as it is, so that all but the median fails there; here the floor holds for
    every AMD. It does not test the Caspian Sea and the Great Lakes: for us those have no climatology.
    """
    outcome = np.empty(value.size, np.uint8)
    for i in range(value.size):
        x, median, amd = np.float64(value[i]), np.float64(normal_median[i]), np.float64(normal_amd[i])
        reach = threshold * (max(amd, least_amd) if enough(np.float64(normal_n[i]), fewest) else np.nan)
        reach = reach if amd == amd else np.nan
        error = stored_error(abs(x) + abs(median) + reach)
        known = (median == median) & (reach == reach)
        low = max(median - reach, lowest) - error if known else np.nan
        outcome[i] = judged(x, low, min(median + reach, highest) + error)
    return outcome
