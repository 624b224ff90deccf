"""World Ocean Database and CODC-QC check 10: inversions of density per metre."""

import gsw
import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.levels import longest_row
from kernels.ragged import row_of_obs
from kernels.registry import qc_test
from kernels.seawater import absolute_salinity, conservative_temperature
from kernels.steps import steps_between_levels
from kernels.teos10 import keep_terms, kept_terms, specific_volume


def measure(
    row_start: Array,
    pressure: Array,
    depth: Array,
    temperature: Array,
    salinity: Array,
    latitude: Array,
    longitude: Array,
    thinnest: float,
    depth_edges: Array,
    greatest: Array,
) -> tuple[Array, Array, Array]:
    """Inversion of density per m to the level above, by gsw, and the greatest accepted one."""
    p, z, t, SP = (np.asarray(a, np.float64) for a in (pressure, depth, temperature, salinity))
    lon, lat = (np.asarray(a, np.float64)[row_of_obs(row_start)] for a in (longitude, latitude))
    SA = gsw.SA_from_SP(SP, p, lon, lat)
    SA = np.where(np.isnan(SA) & ~np.isnan(p), gsw.SR_from_SP(np.maximum(SP, 0)), SA)
    CT = gsw.CT_from_t(SA, t, p)
    upper, lower = steps_between_levels(row_start, CT, z)
    thickness = np.where(z[lower] > z[upper], np.maximum(z[lower] - z[upper], thinnest), np.nan)
    density, displaced = (gsw.rho(SA[i], CT[i], p[upper]) for i in (upper, lower))
    inversion, highest = np.full(p.size, np.nan), np.full(p.size, np.nan)
    inversion[lower] = (density - displaced) / thickness
    highest[lower] = np.asarray(greatest)[
        np.searchsorted(depth_edges.astype(depth.dtype), depth[lower], side="left")
    ]
    untested = np.isnan(inversion)
    return inversion, np.where(untested, np.nan, -np.inf), np.where(untested, np.nan, highest)


@qc_test(
    on="observation",
    features=("profiles",),
    measure=measure,
    quantity="inversion of density to the level above, kg m-3 per m",
    reference="World Ocean Database User's Manual, density inversion; CODC-QC User Manual 1.0, check 10",
    example={"thinnest": 3.0, "depth_edges": (30.0, 400.0), "greatest": (0.03, 0.02, 0.001)},
    tie=1e-9,
)
def density_gradient(
    row_start: Array,
    pressure: Array,
    depth: Array,
    temperature: Array,
    salinity: Array,
    latitude: Array,
    longitude: Array,
    thinnest: float,
    depth_edges: Array,
    greatest: Array,
) -> Array:
    """Levels whose water is too much lighter than that of the level above, for the distance between them.

    The water of each level is displaced to the pressure of the level above, without exchange of heat or
    salt, and its density there compared with the density of the water there.

    Parameters
    ----------
    row_start : (n_row + 1,) offsets of each profile.
    pressure : (n_obs,) dbar; NaN where missing.
    depth : (n_obs,) m, positive down; NaN where missing.
    temperature : (n_obs,) in situ, ITS-90 degrees Celsius; NaN where missing.
    salinity : (n_obs,) practical salinity; NaN where missing.
    latitude, longitude : (n_row,) degrees. Where missing, the reference composition of sea water is assumed.
    thinnest : levels that are closer count as this far apart, m.
    depth_edges : (n - 1,) m, depths at which the limit changes; a level on an edge belongs above it.
    greatest : (n,) largest accepted inversion between them, kg m-3 per m.

    Returns
    -------
    outcome : (n_obs,) uint8; the lower level fails. ``NOT_RUN`` where one of the four is missing, for the
        first level with all, and where a level does not lie below the one before it.

    References
    ----------
    World Ocean Database User's Manual (Garcia and co-authors, 2018) and CODC-QC User Manual 1.0, 2.2.10
    (Tan and co-authors, 2023): 3 10^-5, 2 10^-5 and 10^-6 g cm-3 per m to 30 m, to 400 m and below; over 3 m
    at least; flagged is the level at which the inversion occurs. Density is that of TEOS-10, as in CODC-QC.
    We know the World Ocean Database's rule from CODC-QC's account of it, which calls the deeper sample
    "displaced": that this means to the pressure of the shallower one is our reading.
    CODC-QC's program compares densities in situ, which the weight of the water alone lets increase by about
    4.5 10^-6 g cm-3 per m, so that below 400 m it finds only inversions five times as large; it also leaves
    out levels closer than 1 m and the upper 3 m. ``kernels.qc.density_inversion`` is Argo's test.
    """
    if depth_edges.size + 1 != greatest.size:
        raise ValueError(f"expected {depth_edges.size + 1} inversions for {depth_edges.size} edges")
    SA = absolute_salinity(row_start, salinity, pressure, longitude, latitude)
    CT = conservative_temperature(SA, temperature, pressure)
    edges = depth_edges.astype(depth.dtype)  # as the depths are stored
    outcome: Array = _density_gradient(row_start, SA, CT, pressure, depth, thinnest, edges, greatest)
    return outcome


@compiled
def _density_gradient(
    row_start: Array,
    SA: Array,
    CT: Array,
    pressure: Array,
    depth: Array,
    thinnest: float,
    depth_edges: Array,
    greatest: Array,
) -> Array:
    outcome = np.full(SA.size, 2, np.uint8)
    longest = longest_row(row_start) + 1
    level, terms = np.empty(longest, np.int64), np.empty((5, longest))
    for row in range(row_start.size - 1):
        n = 0
        for i in range(row_start[row], row_start[row + 1]):
            level[n] = i
            n += not np.isnan(CT[i] + depth[i])
        for k in range(n):
            keep_terms(terms, k, SA[level[k]], CT[level[k]])
        for k in range(1, n):
            z0, z1 = np.float64(depth[level[k - 1]]), np.float64(depth[level[k]])
            if z1 > z0:
                p = np.float64(pressure[level[k - 1]])
                here = specific_volume(kept_terms(terms, k - 1), p)
                displaced = specific_volume(kept_terms(terms, k), p)
                inversion = (displaced - here) / (here * displaced) / max(z1 - z0, thinnest)
                outcome[level[k]] = inversion > _greatest_at(z1, depth_edges, greatest)
    return outcome


@inlined
def _greatest_at(z: float, depth_edges: Array, greatest: Array) -> float:
    c = 0
    for edge in depth_edges:
        c += z > edge
    return greatest[c]  # type: ignore[no-any-return]
