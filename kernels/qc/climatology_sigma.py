"""Distance from the climatological mean in standard deviations."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, stored_error
from kernels.limits import enough, judged, where_known
from kernels.registry import qc_test


def measure(
    value: Array,
    normal_mean: Array,
    normal_std: Array,
    normal_n: Array,
    threshold: float,
    fewest: float = 0.0,
    least_std: float = 0.0,
    standard_error: float = 0.0,
) -> tuple[Array, Array, Array]:
    """Distance from the mean and the largest accepted one, in standard deviations."""
    x, mean, n = (np.asarray(a, np.float64) for a in (value, normal_mean, normal_n))
    std = np.maximum(np.asarray(normal_std, np.float64), least_std)
    std = np.where(std > 0, std, np.nan)
    error = HALF_UNIT_FLOAT32 * (np.abs(x) + np.abs(mean) + threshold * std)
    with np.errstate(divide="ignore", invalid="ignore"):
        uncertain = std / np.sqrt(n) if standard_error > 0 else np.zeros(x.size)
        distance, highest = (np.abs(x - mean) - uncertain) / std, threshold + error / std
    tested = (n >= fewest) | (fewest <= 0)
    if standard_error > 0:
        tested &= n > 0
    return where_known(distance, np.full(x.size, -np.inf), highest, tested)


@qc_test(
    on="observation",
    measure=measure,
    quantity="distance from the climatological mean in standard deviations",
    reference="CoTeDe woa_normbias (its GTSPP, EuroGOOS and own sets); AutoQC AOML_climatology",
    example={"threshold": 3.0, "fewest": 3.0},
)
@compiled
def climatology_sigma(
    value: Array,
    normal_mean: Array,
    normal_std: Array,
    normal_n: Array,
    threshold: float,
    fewest: float = 0.0,
    least_std: float = 0.0,
    standard_error: float = 0.0,
) -> Array:
    """Values further from the climatological mean than some standard deviations.

    Parameters
    ----------
    value : (n_obs,) in its canonical unit; NaN where missing.
    normal_mean, normal_std : (n_obs,) mean and standard deviation there and then; NaN where unknown.
    normal_n : (n_obs,) how many values they were computed from; read only if ``fewest`` or
        ``standard_error`` is above 0.
    threshold : largest accepted distance, in standard deviations.
    fewest : smallest number of values behind a climatology that is trusted.
    least_std : smaller standard deviations count as this, in the unit of ``value``: where few values lie
        close together, as in the deep sea, their spread says little of the next one.
    standard_error : 1 takes the standard error of the mean, ``normal_std / sqrt(normal_n)``, off the
        distance; 0 does not.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value or the climatology is missing, rests on too few
        values or has a standard deviation of 0. A distance at the threshold passes, also where it exceeds
        it by no more than the rounding to float32.

    References
    ----------
    CoTeDe ``woa_normbias``: 3 standard deviations in its GTSPP set, 6 in EuroGOOS, 10 in its own, at least
    3 values, against the World Ocean Atlas; AOML (AutoQC ``AOML_climatology``): 5 of WOA13, 0.25 degree,
    annual; as here both accept a distance equal to the threshold. CoTeDe fails any value that differs from
    a mean with standard deviation 0, AOML and we do not judge it.
    """
    outcome = np.empty(value.size, np.uint8)
    for i in range(value.size):
        x, mean, n = np.float64(value[i]), np.float64(normal_mean[i]), np.float64(normal_n[i])
        std = max(np.float64(normal_std[i]), least_std) if normal_std[i] == normal_std[i] else np.nan
        uncertain = std / np.sqrt(n) if standard_error > 0.0 else 0.0
        error = stored_error(abs(x) + abs(mean) + threshold * std)
        tested = (std > 0.0) & enough(n, fewest) & ((standard_error <= 0.0) | (n > 0.0))
        highest = threshold + error / std if tested else np.nan
        outcome[i] = judged((abs(x - mean) - uncertain) / std, -np.inf, highest)
    return outcome
