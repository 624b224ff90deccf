"""CODC-QC check 7: local range from quantiles, widened by the trend."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.levels import HALF_UNIT_FLOAT32, stored_error
from kernels.limits import enough, judged, where_known
from kernels.ragged import row_of_obs
from kernels.registry import qc_test

DAYS_PER_YEAR = 365.2425


def measure(
    row_start: Array,
    value: Array,
    time: Array,
    normal_low: Array,
    normal_high: Array,
    normal_slope: Array,
    normal_year: Array,
    normal_n: Array,
    trend: float = 1.0,
    fewest: float = 0.0,
) -> tuple[Array, Array, Array]:
    """The value and the quantiles of its place, moved apart by the trend since the climatology's year."""
    x, low, high, n = (np.asarray(a, np.float64) for a in (value, normal_low, normal_high, normal_n))
    year = 1950.0 + np.asarray(time, np.float64)[row_of_obs(row_start)] / DAYS_PER_YEAR
    change = np.zeros(x.size)
    if trend > 0:
        slope, origin = np.asarray(normal_slope, np.float64), np.asarray(normal_year, np.float64)
        change = trend * np.abs(slope) * np.abs(year - origin)
    error = HALF_UNIT_FLOAT32 * (np.abs(x) + np.maximum(np.abs(low), np.abs(high)))
    return where_known(x, low - change - error, high + change + error, (n >= fewest) | (fewest <= 0))


@qc_test(
    on="observation",
    measure=measure,
    quantity="value",
    reference="Tan et al. 2023 (CODC-QC), check 7 (local climatological range)",
)
@compiled
def climatology_quantiles(
    row_start: Array,
    value: Array,
    time: Array,
    normal_low: Array,
    normal_high: Array,
    normal_slope: Array,
    normal_year: Array,
    normal_n: Array,
    trend: float = 1.0,
    fewest: float = 0.0,
) -> Array:
    """Values outside the local 0.5 to 99.5 % quantiles, widened for the years that have passed.

    Accepted is ``low - trend |slope| |year - normal_year|`` to ``high + trend |slope| |year - normal_year|``.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each row.
    value : (n_obs,) in its canonical unit; NaN where missing.
    time : (n_row,) days since 1950-01-01; NaN where missing.
    normal_low, normal_high : (n_obs,) quantiles there and then; NaN where unknown.
    normal_slope : (n_obs,) trend per year, and
    normal_year : (n_obs,) the year for which the quantiles hold; both read only if ``trend`` is above 0.
    normal_n : (n_obs,) how many values they were computed from; read only if ``fewest`` is above 0.
    trend : how many times the trend widens the range; 0 leaves the quantiles as they are.
    fewest : smallest number of values behind a climatology that is trusted; 0.5 % need 200 to be a quantile
        and not the minimum.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where the value, its time or the climatology is missing or rests on
        too few values. A value at a limit passes, also where it lies beyond by no more than the rounding
        to float32.

    References
    ----------
    Tan, Z., and co-authors, 2023: A new automatic quality control system for ocean profile observations and
    impact on ocean warming estimate. Deep-Sea Research I 194: monthly 1-degree quantiles of 0.5 and 99.5 %
    whose bounds move with a linear trend each, ``Tmax + year |kmax|`` and ``Tmin - year |kmin|``, so that a
    warming or cooling ocean is not taken for an error. We differ in two points: one trend, that of the
    records, serves both bounds, since trends of extreme quantiles rest on a handful of records; and the
    years are counted from ``normal_year`` in either direction, so that the range is narrowest where the
    climatology holds and wider before *and* after. From what year CODC counts could not be read.
    """
    outcome = np.empty(value.size, np.uint8)
    for row in range(row_start.size - 1):
        at = slice(row_start[row], row_start[row + 1])
        years = (1950.0 + time[row] / DAYS_PER_YEAR, trend)
        columns = (normal_low[at], normal_high[at], normal_slope[at], normal_year[at], normal_n[at])
        _judge(value[at], years, columns, fewest, outcome[at])
    return outcome


@compiled
def _judge(
    value: Array, years: tuple[float, float], columns: tuple[Array, ...], fewest: float, outcome: Array
) -> None:
    """Outcomes of one row, written; ``years`` are its time as a year and how often the trend widens."""
    (year, trend), (low, high, slope, origin, n) = years, columns
    for i in range(value.size):
        x, lowest, highest = np.float64(value[i]), np.float64(low[i]), np.float64(high[i])
        widened = trend * abs(np.float64(slope[i])) * abs(year - np.float64(origin[i]))
        change = widened if trend > 0.0 else 0.0
        error = stored_error(abs(x) + max(abs(lowest), abs(highest)))
        tested = enough(np.float64(n[i]), fewest)
        outcome[i] = judged(x, lowest - change - error if tested else np.nan, highest + change + error)
