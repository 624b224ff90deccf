"""Usable profiles of a partition at standard levels, by the scheme that a grid names."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from catalogs.schema import Selection
from flows.selection import select
from kernels.climatology.levels import at_levels, ordered_levels
from kernels.compiled import Array
from kernels.ragged import row_start_of
from kernels.standard_levels.companion import at_same_depths
from kernels.standard_levels.curve import Curve, at_standard_levels, curve

COMPANION = {"TEMP": ("PSAL", 9.0), "PSAL": ("TEMP", 1 / 9.0)}
"""Variable that the scheme of two variables takes together with one, and the ratio of their ranges (gsw:
Conservative Temperature over Absolute Salinity). We give in situ temperature and practical salinity, by
depth: on ten CTD casts thinned to standard depths within 0.0014 K and 0.00007 of the way over TEOS-10 and
back (root mean square 0.00013 K, where the error of interpolation is 0.11 K)."""

Levels = tuple[Array, Array, Array]
"""Offsets, depth (m) and value, see ``kernels.climatology.levels.ordered_levels``."""


def standard_profiles(
    partition: xr.Dataset,
    selection: Selection,
    names: Sequence[str],
    levels: Array,
    gaps: tuple[float, float],
    scheme: str = "linear",
) -> dict[str, Array]:
    """Values of each variable at standard levels: name -> (n_row, n_level), NaN where there is none.

    Parameters
    ----------
    levels : (n_level,) m, increasing.
    gaps : see ``kernels.climatology.levels.largest_gap``.
    scheme : one of ``kernels.standard_levels.curve.SCHEMES``.
    """
    if scheme == "linear":
        ordered = _ordered(partition, selection, names)
        return {name: at_levels(*ordered[name], levels, *gaps) for name in names}
    found = standard_profiles_with_error(partition, selection, names, levels, gaps, scheme)
    return {name: value for name, (value, _) in found.items()}


def standard_profiles_with_error(
    partition: xr.Dataset,
    selection: Selection,
    names: Sequence[str],
    levels: Array,
    gaps: tuple[float, float],
    scheme: str = "linear",
) -> dict[str, tuple[Array, Array]]:
    """As ``standard_profiles``, each with its error, see ``kernels.standard_levels.curve``."""
    of = curves(partition, selection, names, scheme)
    return {name: at_standard_levels(curve, levels, *gaps) for name, curve in of.items()}


def curves(
    partition: xr.Dataset, selection: Selection, names: Sequence[str], scheme: str
) -> dict[str, Curve]:
    """The curves of a scheme through the usable profiles of each variable."""
    wanted = [*names, *(COMPANION[n][0] for n in names if scheme == "mrst_pchip" and n in COMPANION)]
    ordered = _ordered(partition, selection, wanted)
    return {name: curve_of(ordered, name, scheme) for name in names}


def curve_of(ordered: Mapping[str, Levels], name: str, scheme: str) -> Curve:
    """The curve of a scheme through the ordered levels of a variable.

    Raises
    ------
    ValueError
        where the scheme takes two variables and this one has no companion.
    """
    if scheme != "mrst_pchip":
        return curve(scheme, *ordered[name])
    if name not in COMPANION:
        raise ValueError(f"mrst_pchip interpolates TEMP and PSAL together, not {name}: choose pchip for it")
    other, ratio = COMPANION[name]
    start, depth, value = ordered[name]
    return curve(scheme, start, depth, value, at_same_depths(start, depth, *ordered[other]), ratio)


def _ordered(partition: xr.Dataset, selection: Selection, names: Sequence[str]) -> dict[str, Levels]:
    row_start = row_start_of(np.asarray(partition["row_size"].values))
    out = {}
    for name in dict.fromkeys(names):
        value, depth = select(partition, name, selection)
        out[name] = ordered_levels(row_start, depth, value)
    return out
