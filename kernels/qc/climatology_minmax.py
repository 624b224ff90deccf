"""MinMax: values beyond the extremes that were ever seen there."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, stored_error
from kernels.limits import enough, judged, where_known
from kernels.registry import qc_test


def measure(
    value: Array,
    normal_minimum: Array,
    normal_maximum: Array,
    normal_n: Array,
    fewest: float = 0.0,
    margin: float = 0.0,
) -> tuple[Array, Array, Array]:
    """The value and the extremes of its place, widened by the margin."""
    x, low, high, n = (np.asarray(a, np.float64) for a in (value, normal_minimum, normal_maximum, normal_n))
    error = HALF_UNIT_FLOAT32 * (np.abs(x) + np.maximum(np.abs(low), np.abs(high)))
    return where_known(x, low - margin - error, high + margin + error, (n >= fewest) | (fewest <= 0))


@qc_test(
    on="observation",
    measure=measure,
    quantity="value",
    reference="Gourrion et al. 2020, local ranges of validity (MinMax); CORA",
)
@compiled
def climatology_minmax(
    value: Array,
    normal_minimum: Array,
    normal_maximum: Array,
    normal_n: Array,
    fewest: float = 0.0,
    margin: float = 0.0,
) -> Array:
    """Values below the smallest or above the largest that trusted records hold of that place and depth.

    Nothing is assumed of how values are distributed, so that fronts and water masses side by side pass.

    Parameters
    ----------
    value : (n_obs,) in its canonical unit; NaN where missing.
    normal_minimum, normal_maximum : (n_obs,) extremes there; NaN where unknown.
    normal_n : (n_obs,) how many values they were found in; read only if ``fewest`` is above 0.
    fewest : smallest number of values behind extremes that are trusted: those of few are too narrow.
    margin : by how much the range is widened at both ends, in the unit of ``value``.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value or an extreme is missing or rests on too few
        values. A value equal to an extreme passes, so a record never fails by extremes that it made itself.

    References
    ----------
    Gourrion, J., and co-authors, 2020: Improved statistical method for quality control of hydrographic
    observations. J. Atmos. Oceanic Technol. 37: extremes in hexagonal cells of about 110 km and depth layers,
    no margin; the shipped reference (SEANOE 10.17882/77199) was cleaned by experts before. AutoQC ``minmax``
    compares likewise, strictly. Extremes of a collection's own records hold its errors too unless the
    statistics leave out what failed before.
    """
    outcome = np.empty(value.size, np.uint8)
    for i in range(value.size):
        x, low, high = np.float64(value[i]), np.float64(normal_minimum[i]), np.float64(normal_maximum[i])
        error = stored_error(abs(x) + max(abs(low), abs(high)))
        tested = enough(np.float64(normal_n[i]), fewest)
        outcome[i] = judged(x, low - margin - error if tested else np.nan, high + margin + error)
    return outcome
