"""CoTeDe: rate of change from one observation to the next."""

from kernels.compiled import Array, compiled
from kernels.qc import digit_rollover
from kernels.registry import qc_test

_differs = digit_rollover.digit_rollover


def measure(sequence_start: Array, value: Array, threshold: float) -> tuple[Array, Array, Array]:
    """Difference from the observation before, and the largest accepted one."""
    return digit_rollover.measure(sequence_start, value, threshold)


@qc_test(
    on="observation",
    measure=measure,
    quantity="difference from the observation before",
    reference="Timms and co-authors (2011), rate of change (CoTeDe RateOfChange)",
    example={"threshold": 4.0},
)
@compiled
def rate_of_change(sequence_start: Array, value: Array, threshold: float) -> Array:
    """Values that differ too much from the one before them, in a profile or a time series.

    The same rule as Argo's digit rollover, along whatever follows one another.

    Parameters
    ----------
    sequence_start : (n_sequence + 1,) offsets of each profile or time series.
    value : (n_obs,) in its canonical unit; NaN where missing.
    threshold : largest accepted difference, in that unit.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` for the first value of a sequence and where the value is missing.
        Missing values are passed over. A difference that exceeds the threshold by no more than the rounding
        to float32 passes.

    References
    ----------
    Timms, G. P., and co-authors, 2011: Automated data quality assessment of marine sensors. Sensors 11, as in
    CoTeDe's RateOfChange: temperature 4 degrees Celsius. The rate is per observation, not per time: for a
    rate per time see the tests of time series. CoTeDe does not judge the value after a missing one.
    """
    return _differs(sequence_start, value, threshold)
