"""CODC-QC check 6: colder than the freezing point."""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.registry import qc_test


def measure(
    value: Array,
    pressure: Array,
    salinity: Array,
    assumed_salinity: float = np.nan,
    tolerance: float = 0.0,
    lowest_salinity: float = 0.0,
    highest_salinity: float = 42.0,
) -> tuple[Array, Array, Array]:
    """The temperature and the freezing point."""
    s = np.where(np.isnan(salinity), assumed_salinity, salinity.astype(np.float64))
    s = np.where((s >= lowest_salinity) & (s <= highest_salinity) & (s >= 0), s, np.nan)
    freezing = -0.0575 * s + 1.710523e-3 * s * np.sqrt(s) - 2.154996e-4 * s * s
    freezing = (freezing - 7.53e-4 * pressure.astype(np.float64) - tolerance).astype(value.dtype)
    known = ~np.isnan(value) & ~np.isnan(freezing)
    return (
        np.where(known, value, np.nan),
        np.where(known, freezing, np.nan),
        np.where(known, np.inf, np.nan),
    )


@qc_test(
    on="observation",
    measure=measure,
    quantity="temperature and the freezing point, degrees Celsius",
    reference="UNESCO technical papers in marine science 44 (1983), freezing point; CODC-QC, check 6",
    tie=1e-6,
)
@compiled
def freezing_point(
    value: Array,
    pressure: Array,
    salinity: Array,
    assumed_salinity: float = np.nan,
    tolerance: float = 0.0,
    lowest_salinity: float = 0.0,
    highest_salinity: float = 42.0,
) -> Array:
    """Temperatures below the freezing point of sea water.

    ``-0.0575 S + 1.710523e-3 S^1.5 - 2.154996e-4 S^2 - 7.53e-4 p``.

    Parameters
    ----------
    value : (n_obs,) temperature, degrees Celsius; NaN where missing.
    pressure : (n_obs,) dbar; NaN where missing.
    salinity : (n_obs,) practical salinity; NaN where missing.
    assumed_salinity : what stands for a missing salinity; NaN for nothing.
    tolerance : how far below the freezing point a temperature passes, degrees Celsius.
    lowest_salinity, highest_salinity : salinities for which the test runs.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` where temperature, pressure or salinity is missing, and where the
        salinity is out of its bounds.

    References
    ----------
    UNESCO technical papers in marine science 44: for salinities of 4 to 40 and pressures to 500 dbar; check
    value -2.588567 at salinity 40 and 500 dbar. It is of the temperature scale IPTS-68; at the freezing point
    ITS-90 differs from it by less than 0.001 degrees Celsius. CODC-QC, check 6, takes salinities of a
    climatology (34.7 where there is none), from 27 to 35, and poleward of 65 degrees only: a matter of the
    procedure.
    """
    outcome = np.empty(value.size, np.uint8)
    for i in range(value.size):
        s = assumed_salinity if np.isnan(salinity[i]) else np.float64(salinity[i])
        limit = value.dtype.type(_freezing(s, np.float64(pressure[i])) - tolerance)
        runs = (s >= lowest_salinity) & (s <= highest_salinity) & (s >= 0.0)
        unknown = np.isnan(value[i]) | np.isnan(limit) | (not runs)
        outcome[i] = 2 if unknown else value[i] < limit
    return outcome


@inlined
def _freezing(s: float, p: float) -> float:
    return float(-0.0575 * s + 1.710523e-3 * s * np.sqrt(s) - 2.154996e-4 * s * s - 7.53e-4 * p)
