"""EN (Met Office): steps of temperature and other suspects."""

from kernels.compiled import Array
from kernels.en_spikes import outcomes, sizes
from kernels.registry import qc_test

FEWEST = 1
"""A single 0 is suspect."""


def measure(row_start: Array, value: Array, depth: Array, latitude: Array) -> tuple[Array, Array, Array]:
    """Size of a suspect step, or what cold water of the tropics lacks to 1 degree; 0 elsewhere."""
    return sizes(row_start, value, depth, latitude, True, FEWEST)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="suspect step of temperature, or shortfall from 1 degree Celsius in the tropics (0: none)",
    reference="Ingleby and Huddleston (2007), spike and step check: suspect levels",
)
def en_spike_and_step_suspect(row_start: Array, value: Array, depth: Array, latitude: Array) -> Array:
    """Both sides of large steps, cold water in the tropics, and doubtful last levels.

    EN does not reject these levels, unless the climatology too speaks against them. Suspect are: both sides
    of a step above the tolerance that belongs neither to a spike nor to an even gradient, except to 250 m
    where it cools by less than three times the tolerance (a sharp thermocline) and where the lower side fits
    between its neighbours; temperatures below 1 degree Celsius above 1000 m within 20 degrees of the equator;
    a last level after such a step; a last level with a temperature of exactly 0.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    value : (n_obs,) temperature, degrees Celsius; NaN where missing.
    depth : (n_obs,) m; NaN where missing.
    latitude : (n_row,) degrees north; NaN where missing.

    Returns
    -------
    outcome : (n_obs,) uint8, ``FAIL`` where suspect, ``NOT_RUN`` where temperature or depth is missing and in
        profiles without a latitude.

    References
    ----------
    Ingleby, B., and M. Huddleston, 2007: Quality control of ocean temperature and salinity profiles. Journal
    of Marine Systems 65, 158-175; tolerances as for ``en_spike_and_step``, half of them for the fits. AutoQC:
    EN_spike_and_step_suspect. As there the last level is not tested for cold water in the tropics.
    """
    outcome: Array = outcomes(row_start, value, depth, latitude, True, FEWEST)
    return outcome
