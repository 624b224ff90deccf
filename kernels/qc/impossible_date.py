"""Argo test 2: impossible date."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.registry import qc_test


@inlined
def first_day_of(year: int) -> int:
    """Days from 1950-01-01 to the first of January of a year (Gregorian calendar)."""
    before = year - 1
    leap_days = before // 4 - before // 100 + before // 400
    return 365 * (year - 1950) + leap_days - 472


def measure(time: Array, earliest_year: float, latest: float = np.inf) -> tuple[Array, Array, Array]:
    """Day of each time, and the first and last accepted one; see ``kernels.registry.Test``."""
    first = (np.datetime64(f"{int(earliest_year):04d}-01-01") - np.datetime64("1950-01-01")).astype(int)
    known = ~np.isnan(time)
    return np.asarray(time), np.where(known, first, np.nan), np.where(known, latest, np.nan)


@qc_test(
    on="time",
    measure=measure,
    quantity="time, days since 1950-01-01",
    reference="Argo Quality Control Manual for CTD and Trajectory Data, test 2 (impossible date)",
    example={"earliest_year": 1997},
)
@compiled
def impossible_date(time: Array, earliest_year: float, latest: float = np.inf) -> Array:
    """Times before the platform can have existed, or after the latest possible one.

    Parameters
    ----------
    time : (n_position,) days since 1950-01-01 00:00 UTC; NaN where missing.
    earliest_year : first year that is accepted. The manual asks for a year after 1997, but its floats
        delivered good profiles from July 1997 on; ships measured long before.
    latest : last accepted time, days since 1950-01-01; none by default, so that a result does not depend
        on the day on which it was made.

    Returns
    -------
    outcome : (n_position,) uint8, ``NOT_RUN`` where the time is missing.

    References
    ----------
    Argo Quality Control Manual for CTD and Trajectory Data, test 2. Its conditions on month, day, hour and
    minute cannot fail here: a time that is no date has been refused when the record was read. Peers: AutoQC
    accepts years from 1700, CODC-QC from 1750.
    """
    first = first_day_of(int(earliest_year))
    outcome = np.empty(time.size, np.uint8)
    for i in range(time.size):
        wrong = (time[i] < first) | (time[i] > latest)
        outcome[i] = 2 if np.isnan(time[i]) else wrong
    return outcome
