"""EN (Met Office): background check on standard levels and buddy check of temperature."""

import numpy as np

from kernels.compiled import Array
from kernels.en_buddies import Background, Check, Covariance, outcomes, probabilities
from kernels.gross_error import REJECTED
from kernels.registry import qc_test

# fmt: off
EN4_LEVELS = (
    5, 15, 25, 35, 45, 56, 66, 77, 87, 98, 110, 122, 135, 149, 166, 185, 207, 235, 271, 315, 373, 447, 541,
    657, 800, 968, 1164, 1387, 1636, 1909, 2200, 2500, 2800, 3150, 3500, 3850, 4200, 4550, 4900, 5250,
)
# fmt: on
"""Standard levels like those of EN4, m: near the surface its own to the metre, below 1500 m about."""


def measure(
    row_start: Array,
    value: Array,
    depth: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    platform: Array,
    normal_mean: Array,
    normal_std: Array,
    standard_level: Array,
    error_depth: Array,
    error_variance: Array,
    gross_error: float,
    farthest: float = 400.0,
    mesoscale: float = 100.0,
    synoptic: float = 400.0,
    days: float = 5.0,
    reported: float = 2.0,
    tropical: float = 1.5,
    reinstate: float = 1.0,
) -> tuple[Array, Array, Array]:
    """Probability of gross error after all that the check knows; less than a half is accepted."""
    check = Check(
        row_start,
        (value, depth, normal_mean, normal_std),
        (time, latitude, longitude, platform),
        _levels(standard_level, error_depth, error_variance),
        Background(gross_error, reported, tropical),
        Covariance(mesoscale * 1e3, synoptic * 1e3, days),
        farthest * 1e3,
        reinstate,
    )
    pge = probabilities(check)
    untested = np.isnan(pge)
    below = np.nextafter(REJECTED, 0.0)
    return pge, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, below)


@qc_test(
    on="observation",
    features=("profiles",),
    scope="partition",
    measure=measure,
    quantity="probability of gross error, after the nearest cast",
    reference="Ingleby and Huddleston (2007), buddy check; AutoQC EN_std_lev_bkg_and_buddy_check",
    example={
        "standard_level": EN4_LEVELS,
        "error_depth": (0.0,),
        "error_variance": (0.25,),
        "gross_error": 0.01,
    },
)
def en_buddy(
    row_start: Array,
    value: Array,
    depth: Array,
    time: Array,
    latitude: Array,
    longitude: Array,
    platform: Array,
    normal_mean: Array,
    normal_std: Array,
    standard_level: Array,
    error_depth: Array,
    error_variance: Array,
    gross_error: float,
    farthest: float = 400.0,
    mesoscale: float = 100.0,
    synoptic: float = 400.0,
    days: float = 5.0,
    reported: float = 2.0,
    tropical: float = 1.5,
    reinstate: float = 1.0,
) -> Array:
    """Temperatures that the background and the nearest cast of another platform speak against.

    The differences from the background are averaged on standard levels and judged as by ``en_background``.
    Then each cast is compared with the nearest one of the same month: if their differences agree, the
    probability of gross error falls, else it rises. A rejected level that lies within 0.5 K (0.25 K below
    the thermocline) of accepted levels above and below it is accepted after all.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each cast.
    value : (n_obs,) temperature, degrees Celsius; NaN where missing, or rejected before.
    depth : (n_obs,) m; NaN where missing.
    time : (n_row,) days since 1950-01-01; NaN where missing.
    latitude, longitude : (n_row,) degrees; NaN where missing.
    platform : (n_row,) int64, equal for casts of one platform: they are no buddies.
    normal_mean, normal_std : (n_obs,) background and its standard error there and then; NaN where unknown.
    standard_level : (n_level,) m, ascending; a value belongs to the nearest one.
    error_depth, error_variance, gross_error, reported, tropical : see ``en_background``.
    farthest : greatest distance of a buddy, km.
    mesoscale, synoptic : scales of the two halves of the background's variance, km.
    days : scale of its correlation in time.
    reinstate : 1 accepts levels that agree with their neighbours, 0 does not.

    Returns
    -------
    outcome : (n_obs,) uint8, all values of a rejected standard level ``FAIL``; ``NOT_RUN`` where value,
        depth, latitude or background is missing, and where the background alone rejects the value, as in
        ``en_background``: it takes no part. A cast without a buddy is judged by its background.

    References
    ----------
    Ingleby, B., and M. Huddleston, 2007. Journal of Marine Systems 65, 158-175: second-order autoregressive
    correlations with scales of 100 and 400 km, ``exp(-(dt / 5 d)^2)`` in time, PGE multiplied by sqrt(Z).
    AutoQC writes ``rho^2 = cov^2 / (V1 + V2)``, leaves out the exponential in Z, and takes the buddy's PGE
    from the cast's own differences; with Ingleby and Lorenc (1993), and as in the Met Office's code in JEDI,
    it is ``cov^2 / (V1 V2)``, with the exponential, and the buddy's own. AutoQC seeks the buddy before it
    asks whether it has data, and within 5 degrees of latitude, which 400 km imply. It tolerates what lies
    from the level below to the level above, here it is from the lower to the higher value of both, so that
    an inversion is not rejected for being one. A partition is a month, as there: the first of a month does
    not see the last of the month before.
    """
    check = Check(
        row_start,
        (value, depth, normal_mean, normal_std),
        (time, latitude, longitude, platform),
        _levels(standard_level, error_depth, error_variance),
        Background(gross_error, reported, tropical),
        Covariance(mesoscale * 1e3, synoptic * 1e3, days),
        farthest * 1e3,
        reinstate,
    )
    return outcomes(check)


def _levels(standard_level: Array, error_depth: Array, error_variance: Array) -> tuple[Array, Array]:
    depths = np.asarray(standard_level, np.float64)
    return depths, np.interp(depths, error_depth, error_variance)
