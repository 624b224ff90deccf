"""Oxygen saturation at the surface of the open ocean."""

from itertools import pairwise

import numpy as np

from kernels.compiled import Array, compiled
from kernels.oxygen import oxygen_solubility
from kernels.registry import qc_test


def measure(
    row_start: Array,
    value: Array,
    pressure: Array,
    temperature: Array,
    salinity: Array,
    minimum: float = 50.0,
    maximum: float = 150.0,
    surface: float = 10.0,
    else_surface: float = 20.0,
) -> tuple[Array, Array, Array]:
    """Saturation and its limits, near the surface."""
    t, s = temperature.astype(np.float64), salinity.astype(np.float64)
    t = np.where((t > -273.15) & (t < 298.15), t, np.nan)
    saturation = 100.0 * value / oxygen_solubility.py_func(t, s)  # type: ignore[attr-defined]
    saturation = np.where(pressure <= max(surface, else_surface), saturation, np.nan)
    for first, stop in pairwise(row_start):
        near = saturation[first:stop]
        top = pressure[first:stop] <= surface
        near[~top & np.any(top & ~np.isnan(near))] = np.nan
        near[~(pressure[first:stop] <= max(surface, else_surface))] = np.nan
    known = ~np.isnan(saturation)
    return saturation, np.where(known, minimum, np.nan), np.where(known, maximum, np.nan)


@qc_test(
    on="observation",
    measure=measure,
    quantity="oxygen saturation, %",
    reference="Copernicus Marine In Situ TAC, Oxygen RTQC technical note 1.1, 3.3.10 (saturation test)",
    tie=1e-3,
)
@compiled
def surface_oxygen_saturation(
    row_start: Array,
    value: Array,
    pressure: Array,
    temperature: Array,
    salinity: Array,
    minimum: float = 50.0,
    maximum: float = 150.0,
    surface: float = 10.0,
    else_surface: float = 20.0,
) -> Array:
    """Oxygen near the surface that is far from equilibrium with the air.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each row.
    value : (n_obs,) dissolved oxygen, umol/kg; NaN where missing.
    pressure, temperature, salinity : (n_obs,) dbar, degrees Celsius and 1; NaN where missing.
    minimum, maximum : lowest and highest accepted saturation, %.
    surface : levels down to this pressure are tested, dbar.
    else_surface : rows without a saturation there are tested down to this pressure, dbar.

    Returns
    -------
    outcome : (n_obs,) uint8, ``NOT_RUN`` below the surface and where a value is missing that the saturation
        needs.

    References
    ----------
    Oxygen RTQC technical note 1.1, 3.3.10: 50..150 % in the first 10 m, or 20 m if nothing is measured above;
    strictly outside is bad. The lower limit is for the open ocean only (its mask of shelves and rivers is a
    region of the procedure; elsewhere ``minimum`` is -inf). Solubility of ``kernels.oxygen`` at 1013.25 hPa:
    the note also asks for the air pressure of the day, and the hydrostatic pressure, which at 20 dbar is 0.3
    %.
    """
    outcome = np.full(value.size, 2, np.uint8)
    for row in range(row_start.size - 1):
        at_surface = False
        for i in range(row_start[row], row_start[row + 1]):
            if pressure[i] <= surface:
                outcome[i] = _judge(value[i], temperature[i], salinity[i], minimum, maximum)
                at_surface |= outcome[i] != 2
        if at_surface:
            continue
        for i in range(row_start[row], row_start[row + 1]):
            if pressure[i] <= else_surface:
                outcome[i] = _judge(value[i], temperature[i], salinity[i], minimum, maximum)
    return outcome


@compiled
def _judge(value: float, temperature: float, salinity: float, minimum: float, maximum: float) -> int:
    t, s = np.float64(temperature), np.float64(salinity)
    if not (t > -273.15 and t < 298.15):
        return 2
    saturation = 100.0 * np.float64(value) / oxygen_solubility(t, s)
    return 2 if np.isnan(saturation) else int(saturation < minimum or saturation > maximum)
