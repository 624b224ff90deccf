"""Objective analysis (optimal interpolation) of casts on standard levels onto points.

Each point takes its neighbours once, for all variables and levels: the casts with the highest covariance,
time included, that no land hides. Casts end at different depths. Ordered by the deepest level that they
reach, those with a value at a level are the first so many of them, and the triangular factor of their
covariance is the leading block of a single one. So a point costs one elimination, of the covariance and of
the values at every level together, and estimates and errors of all levels are running sums. Levels at which a
cast in between has a gap are solved on their own. The result is that of the full system of the
neighbours with a value at each level. Points with the same neighbours share all that depends on these alone;
the numbers of a point do not depend on who shares its neighbours, to the last bit.

All is relative to the a-priori variance: values are anomalies over its square root where the variance changes
from place to place (as they are where it does not), noise is a ratio of variances, and so is the error.

References
----------
Bretherton, F. P., R. E. Davis and C. B. Fandry, 1976: A technique for objective analysis and design of
oceanographic experiments applied to MODE-73. Deep-Sea Research 23, 559-582. EN4 (Good et al. 2013), ISAS and
Roemmich and Gilson 2009 solve level by level [from memory, not checked].
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kernels.compiled import Array
from kernels.mapping.barriers import Barriers, afloat, nowhere
from kernels.mapping.covariance import Covariance, Places, places
from kernels.mapping.neighbours import index
from kernels.mapping.points import Prepared, map_points
from kernels.nearest import N_BAND, band_of, eastward

TRENDS = {"none": 0, "constant": 1, "linear": 4}
"""Number of functions of place whose coefficients are unknown: none; a constant; a constant and the three
coordinates on the unit sphere."""

NO_REGION = np.empty((0, 0))


class Casts(NamedTuple):
    """Casts that are mapped.

    Parameters
    ----------
    latitude, longitude : (n_cast,) degrees.
    time : (n_cast,) days since any date.
    noise : (n_cast,) variance of measurement and of what is not resolved over the a-priori variance of the
        signal, >= 0.
    value : (n_cast, n_variable, n_level) anomalies from the background; NaN where unknown.
    platform : (n_cast,) int64, equal for casts of one platform; read by ``leave_one_out`` only.
    """

    latitude: Array
    longitude: Array
    time: Array
    noise: Array
    value: Array
    platform: Array | None = None


class Analysis(NamedTuple):
    """Result of a mapping.

    Parameters
    ----------
    estimate : (n_point, n_variable, n_level) float32, in the unit of ``Casts.value``; 0, the background,
        where no cast is in reach.
    error_variance : the same shape, float32, formal error variance over the a-priori variance: 0 to 1, 1
        where no cast is in reach (PCTVAR is 100 times it); with an unknown trend it may exceed 1.
    n_casts : the same shape, uint16, casts behind each estimate.
    """

    estimate: Array
    error_variance: Array
    n_casts: Array


class LeftOut(NamedTuple):
    """Group ``without`` (n_point,) that each point does without, and ``group`` (n_cast,) of each cast."""

    without: Array
    group: Array


def analyse(
    latitude: Array,
    longitude: Array,
    time: Array | float,
    casts: Casts,
    covariance: Covariance,
    neighbours: int = 40,
    trend: str = "none",
    barriers: Barriers | None = None,
    at_levels: Sequence[int] = (),
) -> Analysis:
    """Analysis at points, from the casts around each.

    Neither the order nor the division of points and casts changes the result, as long as each call is given
    every cast in reach (covariance above ``covariance.LEAST``).

    Parameters
    ----------
    latitude, longitude : (n_point,) degrees.
    time : (n_point,) or one for all, days since the same date as that of the casts.
    neighbours : casts that a point takes.
    trend : ``none``: the anomaly has mean 0 (the background is the mean). ``constant``: its mean around each
        point is unknown, and weights add up to 1. ``linear``: it is unknown and linear in Cartesian
        coordinates; such a field comes out exactly. With fewer casts than the trend needs the next simpler
        one is taken.
    barriers : see ``barriers``; None: land hides nothing.
    at_levels : levels (indices) at each of which every variable takes its own ``neighbours`` from the casts
        with a value there, so that many short casts do not push out the few deep ones, or those with a
        salinity; all that are taken serve all levels. Empty: one choice, whatever a cast has.

    Raises
    ------
    ValueError
        for unknown or impossible places, times or noise, arrays that do not match, an unknown trend.
    """
    _check(casts, neighbours, trend, at_levels)
    at = _each(latitude, longitude, time)
    return _mapped(at, casts, covariance, neighbours, trend, barriers, at_levels)[0]


def mapped_with_weights(
    latitude: Array,
    longitude: Array,
    time: Array | float,
    casts: Casts,
    covariance: Covariance,
    area: Array,
    neighbours: int,
    trend: str,
    barriers: Barriers | None,
) -> tuple[Analysis, Array]:
    """Analysis of one value per cast, and its weights in sums over points; see ``column.map_column``."""
    _check(casts, neighbours, trend, ())
    at = _each(latitude, longitude, time)
    return _mapped(at, casts, covariance, neighbours, trend, barriers, (), area=area)


def leave_one_out(
    casts: Casts,
    covariance: Covariance,
    rows: Array | None = None,
    neighbours: int = 40,
    trend: str = "none",
    barriers: Barriers | None = None,
    at_levels: Sequence[int] = (),
    without_platform: bool = False,
) -> Analysis:
    """Analysis at the place and time of casts, each without itself.

    The residual of a cast is its value less ``estimate``; its expected variance, relative to the a-priori
    variance, is ``error_variance + noise``.

    Parameters
    ----------
    rows : (n_row,) casts at which; None: all.
    without_platform : leave out all casts of the same ``platform`` too.

    Returns
    -------
    analysis : (n_row, n_variable, n_level); also where the cast itself has no value.

    References
    ----------
    Gaillard, F., E. Autret, V. Thierry, P. Galaup, C. Coatanoan and T. Loubrieu, 2009: Quality control of
    large Argo datasets. Journal of Atmospheric and Oceanic Technology 26, 337-351, use the residual of an
    analysis that the cast took part in; left out it cannot draw the analysis to itself.
    """
    _check(casts, neighbours, trend, at_levels)
    if without_platform and casts.platform is None:
        raise ValueError("casts without a platform cannot leave it out")
    group = np.asarray(casts.platform) if without_platform else np.arange(np.size(casts.noise))
    _, group = np.unique(group, return_inverse=True)
    own = np.arange(group.size) if rows is None else np.asarray(rows)
    lat, lon, days = (np.asarray(a, np.float64)[own] for a in (casts.latitude, casts.longitude, casts.time))
    left_out = LeftOut(group[own], group)
    return _mapped((lat, lon, days), casts, covariance, neighbours, trend, barriers, at_levels, left_out)[0]


def _each(latitude: Array, longitude: Array, time: Array | float) -> tuple[Array, Array, Array]:
    """Place and time of each point."""
    lat, lon, days = np.broadcast_arrays(latitude, longitude, time)
    return np.array(lat, np.float64), np.array(lon, np.float64), np.array(days, np.float64)


def _mapped(
    at: tuple[Array, Array, Array],
    casts: Casts,
    covariance: Covariance,
    neighbours: int,
    trend: str,
    barriers: Barriers | None,
    at_levels: Sequence[int],
    left_out: LeftOut | None = None,
    area: Array = NO_REGION,
) -> tuple[Analysis, Array]:
    """Analysis at latitudes, longitudes and times, and the weights of casts in sums over ``area``."""
    n_point, n_cast = at[0].size, np.size(casts.noise)
    without, group = left_out or LeftOut(np.full(n_point, -1), np.zeros(n_cast, np.int64))
    land = nowhere() if barriers is None else barriers
    prepared, which = _prepare(casts, covariance, land, at_levels, group)
    shape = (n_point, *prepared.value.shape[1:])
    estimate, error, n = (np.zeros(shape, t) for t in (np.float32, np.float32, np.uint16))
    east, taken = eastward(at[1]), np.zeros((area.shape[0], which.size))
    map_points(
        places(*at, covariance), afloat(*at[:2], land), east, _walk(at[0], east), without, prepared,
        covariance, land, neighbours, TRENDS[trend], estimate, error, n, area, taken,
    )  # fmt: skip
    weight = np.zeros((area.shape[0], n_cast))
    weight[:, which] = taken
    return Analysis(estimate, error, n), weight


def _walk(latitude: Array, east: Array) -> Array:
    """Order of points in which each is near the one before."""
    return np.lexsort((east, band_of(latitude)))


def _prepare(
    casts: Casts, covariance: Covariance, barriers: Barriers, at_levels: Sequence[int], group: Array
) -> tuple[Prepared, Array]:
    """Casts that have any value, in the order of their index, and which they are.

    The order within a place is one of content, so that it does not depend on the order of the casts.
    """
    place = places(casts.latitude, casts.longitude, casts.time, covariance)
    value = np.asarray(casts.value, np.float32)
    known = np.isfinite(value)
    some = np.flatnonzero(known.any(axis=(1, 2)))
    content = np.where(known, value, 0).sum(axis=(1, 2), dtype=np.float64)
    lat, lon = np.asarray(casts.latitude, np.float64), np.asarray(casts.longitude, np.float64)
    band, east = band_of(lat), eastward(lon)
    order = _in_order(some, band, east, (content, np.asarray(casts.noise), place.time, lat))
    value, known = np.ascontiguousarray(value[order]), known[order]
    deepest = value.shape[2] - 1 - np.argmax(known[:, :, ::-1], axis=2)
    deepest = np.where(known.any(axis=2), deepest, -1)
    levels = [known[:, :, level] for level in at_levels] or [known.any(axis=(1, 2))[:, None]]
    start = np.concatenate([[0], np.cumsum(np.bincount(band[order], minlength=N_BAND))])
    return Prepared(
        Places(*(a[order] for a in place)),
        afloat(lat[order], lon[order], barriers),
        group[order],
        np.asarray(casts.noise, np.float64)[order],
        value,
        deepest,
        known.sum(axis=2) <= deepest,
        np.concatenate(levels, axis=1),
        index(east[order], start, covariance),
    ), order


def _in_order(some: Array, band: Array, east: Array, content: tuple[Array, ...]) -> Array:
    """Rows ``some`` by band, by longitude within each, and only those that tie by their content too."""
    order = some[np.argsort(east[some])]
    order = order[np.argsort(band[order].astype(np.uint8), kind="stable")]
    same = (np.diff(east[order]) == 0) & (np.diff(band[order]) == 0)
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    rows = np.sort(order[tied])
    order[tied] = rows[np.lexsort([k[rows] for k in (*content, east, band)])]
    return order


def _check(casts: Casts, neighbours: int, trend: str, at_levels: Sequence[int]) -> None:
    """Refuse what cannot be mapped, naming it."""
    n = np.size(casts.noise)
    if np.ndim(casts.value) != 3:
        raise ValueError(f"values of casts are (cast, variable, level), not {np.shape(casts.value)}")
    for name, values in casts._asdict().items():
        if values is not None and len(values) != n:
            raise ValueError(f"{name} has {len(values)} casts, noise has {n}")
    bad = ~(np.isfinite(casts.noise) & (np.asarray(casts.noise) >= 0))
    if bad.any():
        at = int(np.argmax(bad))
        raise ValueError(f"noise of cast {at} must be a ratio of variances, not {casts.noise[at]}")
    if np.isinf(casts.value).any():
        raise ValueError(
            f"cast {int(np.argmax(np.isinf(casts.value).any(axis=(1, 2))))} has an infinite value"
        )
    if neighbours < 1:
        raise ValueError(f"a point needs at least 1 neighbour, not {neighbours}")
    if trend not in TRENDS:
        raise ValueError(f"trend is one of {tuple(TRENDS)}, not {trend!r}")
    n_level = np.shape(casts.value)[2]
    if any(not 0 <= level < n_level for level in at_levels):
        raise ValueError(f"at_levels {list(at_levels)} are not indices of {n_level} levels")
