"""EN (Met Office): stability."""

import numpy as np

from kernels.compiled import Array, compiled
from kernels.eos2003 import density, potential_temperature
from kernels.levels import longest_row
from kernels.registry import qc_test


def measure(
    row_start: Array, pressure: Array, temperature: Array, salinity: Array, threshold: float
) -> tuple[Array, Array, Array]:
    """Fall of density for which a level is rejected, 0 elsewhere, and the largest accepted one."""
    p, t, S = (np.asarray(a, np.float64) for a in (pressure, temperature, salinity))
    known = ~np.isnan(p + t + S)
    measured, highest = np.full((2, p.size), np.nan)
    for row in range(row_start.size - 1):
        at = row_start[row] + np.flatnonzero(known[row_start[row] : row_start[row + 1]])
        if at.size > 1:
            theta = np.array([potential_temperature(*x) for x in zip(S[at], t[at], p[at], strict=True)])
            fall = np.zeros(at.size)
            for k in range(1, at.size):
                upper, lower = (density(S[at[j]], theta[j], p[at[k]]) for j in (k - 1, k))
                fall[k] = upper - lower
            rejected = np.zeros(at.size)
            _reject(fall, threshold, rejected)
            measured[at], highest[at] = rejected, threshold
            if np.count_nonzero(rejected) >= max(2, at.size / 4):
                highest[at[rejected == 0]] = -np.inf
    return measured, np.where(np.isnan(measured), np.nan, -np.inf), highest


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="fall of density with depth, kg m-3 (0: not rejected; none is accepted if many fail)",
    reference="Ingleby and Huddleston (2007), stability check",
    example={"threshold": 0.03},
    tie=1e-9,
)
@compiled
def en_stability(
    row_start: Array, pressure: Array, temperature: Array, salinity: Array, threshold: float
) -> Array:
    """Levels that make a profile unstable.

    The densities of two levels are compared at the pressure of the lower one. Where density falls and the
    fall cancels with the step before it (to a quarter of their difference), the upper level is a spike and
    fails; where it cancels with the step after it, the lower one; otherwise both. At the last level the
    level itself fails. If a quarter of the levels and at least two of them fail, the whole profile does.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    pressure : (n_obs,) dbar; NaN where missing.
    temperature : (n_obs,) in situ, degrees Celsius; NaN where missing.
    salinity : (n_obs,) practical salinity; NaN where missing.
    threshold : largest accepted fall of density, kg m-3.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where one of the three is missing and in profiles of one level.

    References
    ----------
    Ingleby, B., and M. Huddleston, 2007: Quality control of ocean temperature and salinity profiles. Journal
    of Marine Systems 65, 158-175: 0.03 kg m-3. Density: ``kernels.eos2003``. AutoQC (EN_stability_check) does
    not run beside a missing level and counts missing levels in the quarter; we pass over them
    (``kernels.levels``). As there, the step between the first two levels is not judged by itself.
    """
    outcome = np.full(pressure.size, 2, np.uint8)
    longest = longest_row(row_start) + 1
    level, p, theta = np.empty(longest, np.int64), np.empty(longest), np.empty(longest)
    S, fall, rejected = np.empty(longest), np.empty(longest), np.empty(longest)
    for row in range(row_start.size - 1):
        n = 0
        for i in range(row_start[row], row_start[row + 1]):
            level[n], p[n], theta[n], S[n] = i, pressure[i], temperature[i], salinity[i]
            n += not np.isnan(p[n] + theta[n] + S[n])
        if n < 2:
            continue
        rejected[:n] = 0.0
        if _falls(S[:n], theta[:n], p[:n], threshold, fall[:n]) > 0:
            _reject(fall[:n], threshold, rejected[:n])
        many = np.count_nonzero(rejected[:n]) >= max(2.0, n / 4.0)
        for k in range(n):
            outcome[level[k]] = many or rejected[k] > 0.0
    return outcome


@compiled
def _falls(S: Array, theta: Array, p: Array, threshold: float, fall: Array) -> int:
    """Fall of density to each level from the one above it, both at its pressure; how many are too large.

    ``theta`` comes in as in situ temperature.
    """
    for k in range(p.size):
        theta[k] = potential_temperature(S[k], theta[k], p[k])
    fall[0] = 0.0
    for k in range(1, p.size):
        fall[k] = density(S[k - 1], theta[k - 1], p[k]) - density(S[k], theta[k], p[k])
    n = 0
    for k in range(p.size):
        n += fall[k] > threshold
    return n


@compiled
def _reject(fall: Array, threshold: float, rejected: Array) -> None:
    """Write the fall for which each level is rejected, where there is one."""
    n = fall.size
    for k in range(2, n - 1):
        if not fall[k] > threshold:
            continue
        upper = _cancel(fall[k - 1], fall[k])
        lower = not upper and _cancel(fall[k], fall[k + 1])
        if not lower:
            rejected[k - 1] = fall[k]
        if not upper:
            rejected[k] = fall[k]
    if fall[n - 1] > threshold:
        rejected[n - 1] = fall[n - 1]


@compiled
def _cancel(one: float, other: float) -> bool:
    return abs(one + other) < 0.25 * abs(one - other)
