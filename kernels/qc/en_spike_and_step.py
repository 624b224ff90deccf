"""EN (Met Office): spikes of temperature."""

from kernels.compiled import Array
from kernels.en_spikes import outcomes, sizes
from kernels.registry import qc_test

FEWEST = 3
"""A spike has two neighbours."""


def measure(row_start: Array, value: Array, depth: Array, latitude: Array) -> tuple[Array, Array, Array]:
    """Larger step of a spike, 0 where there is none, and the largest accepted one."""
    return sizes(row_start, value, depth, latitude, False, FEWEST)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="larger step of a temperature spike, degrees Celsius (0: none; none is accepted if many fail)",
    reference="Ingleby and Huddleston (2007), spike and step check",
)
def en_spike_and_step(row_start: Array, value: Array, depth: Array, latitude: Array) -> Array:
    """Temperatures that stand out from both neighbours, more than usual at their depth and latitude.

    Of the steps to a level and from it, the larger one exceeds the tolerance and the two cancel but for
    half the tolerance (a large spike), or the larger one exceeds half the tolerance and 0.05 K/m and the two
    cancel but for a quarter of their difference (a small spike). Levels are compared up to 50 m apart, from
    350 m down up to 100 m. Four spikes, or spikes in more than half the levels, fail the whole profile.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) temperature, degrees Celsius; NaN where missing.
    depth : (n_obs,) m; NaN where missing.
    latitude : (n_row,) degrees north; NaN where missing.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where temperature or depth is missing, and in profiles without a
        latitude or with fewer than three levels.

    References
    ----------
    Ingleby, B., and M. Huddleston, 2007: Quality control of ocean temperature and salinity profiles. Journal
    of Marine Systems 65, 158-175. Tolerance: 5 K to 200 m, falling to 2.5 K at 300 m (within 20 degrees of
    the equator 300 and 400 m), 2 K below 500 m, 1.5 K below 600 m. AutoQC (EN_spike_and_step_check) does not
    run beside a missing level and counts missing levels among those of the profile; we pass over them
    (``kernels.levels``). A step exceeds its limits by more than the rounding to float32.
    """
    outcome: Array = outcomes(row_start, value, depth, latitude, False, FEWEST)
    return outcome
