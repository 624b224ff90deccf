"""Error of sums over points that are estimated by weighted sums over casts, from the covariance itself.

A sum ``a'x`` over the points of a region is estimated by ``b'y`` from casts. Errors of neighbouring points
are not independent, and those of points that share casts least of all; so the error of the sum is not made
from those of the points but is ``a'Ca - 2 b'C_og a + b'(C_oo + R) b``. With points and casts side by side
and the weights ``u = (a, -b)`` that is ``u'Cu + b'Rb``: one pass over pairs, each once. Pairs so far apart
that their covariance is below ``NEGLIGIBLE`` are not looked at: places lie in bands of latitude, by
longitude in each, and a band is entered between two longitudes only.

References
----------
Bretherton, F. P., R. E. Davis and C. B. Fandry, 1976: A technique for objective analysis and design of
oceanographic experiments applied to MODE-73. Deep-Sea Research 23, 559-582.
"""

import numpy as np

from kernels.compiled import Array, compiled, inlined
from kernels.mapping.covariance import (
    EARTH_RADIUS_KM,
    Covariance,
    Places,
    fill_row,
    of_separation,
    places,
    stretch_at,
)
from kernels.mapping.objective import Casts
from kernels.mapping.solve import padded
from kernels.nearest import BAND_DEGREES, N_BAND, band_of, eastward

NEGLIGIBLE = 1e-8
"""Covariance, relative to the a-priori variance, that is taken for 0."""


def error_covariance(
    latitude: Array,
    longitude: Array,
    time: Array | float,
    casts: Casts,
    covariance: Covariance,
    area: Array,
    weight: Array,
    negligible: float = NEGLIGIBLE,
) -> Array:
    """Covariance of the errors of linear estimates of sums over regions, under the a-priori covariance.

    For any weights, with the covariance of all points and casts; memory grows with their number times that of
    the regions. Points of no area and casts of no weight cost nothing.

    Parameters
    ----------
    latitude, longitude : (n_point,) degrees.
    time : (n_point,) or one for all, days since the same date as that of the casts.
    casts : their values do not matter.
    area : (n_region, n_point) of the sums.
    weight : (n_region, n_cast) of the estimates.
    negligible : covariances below it are left out. No element of the result is off by more than it times
        the sums of the absolute weights (area and weight) of its two regions, 4e-8 for means; 0 leaves
        nothing out.

    Returns
    -------
    covariance : (n_region, n_region), relative to the a-priori variance, or in its unit where ``area`` holds
        the standard deviation. Its diagonal is the error variance of each sum. Land hides nothing here: it is
        the error under a covariance that knows no land.
    """
    a, b = np.asarray(area, np.float64), np.asarray(weight, np.float64)
    at, of = np.flatnonzero(a.any(axis=0)), np.flatnonzero(b.any(axis=0))
    days = np.broadcast_to(np.asarray(time, np.float64), np.shape(latitude))
    together = ((latitude, casts.latitude), (longitude, casts.longitude), (days, casts.time))
    lat, lon, day = (np.concatenate([np.asarray(p)[at], np.asarray(c)[of]]) for p, c in together)
    signed = np.concatenate([a[:, at], -b[:, of]], axis=1)
    noise = (b[:, of] * np.asarray(casts.noise, np.float64)[of]) @ b[:, of].T
    return _sandwich(lat, lon, day, signed, covariance, negligible) + noise


def _sandwich(
    lat: Array, lon: Array, day: Array, weight: Array, covariance: Covariance, negligible: float
) -> Array:
    """``u'Cu`` over places: weight (n_region, n) -> (n_region, n_region)."""
    band, east = band_of(lat), eastward(lon)
    order = np.lexsort((east, band))
    place = places(lat[order], lon[order], day[order], covariance)
    start = np.concatenate([[0], np.cumsum(np.bincount(band, minlength=N_BAND))])
    u = np.ascontiguousarray(weight[:, order])
    reach = _reach(covariance, negligible)
    before = with_those_before(
        place, u, np.radians(east[order]), start, *_edges(covariance), reach, covariance
    )
    out = u @ before.T
    return np.asarray(out + out.T + covariance.share.sum() * (u @ u.T))


def _reach(covariance: Covariance, least: float) -> float:
    """Distance, km, beyond which the covariance is below ``least`` whatever the lag; the diameter at most."""
    low, high = 0.0, 2 * EARTH_RADIUS_KM
    if not _over(high, covariance) < least:
        return high
    while high - low > 1.0:
        middle = (low + high) / 2
        low, high = (low, middle) if _over(middle, covariance) < least else (middle, high)
    return high


@compiled
def _over(distance: float, covariance: Covariance) -> float:
    return of_separation(distance * distance, 0.0, covariance)


def _edges(covariance: Covariance) -> tuple[Array, Array, Array]:
    """Of each band: ``z`` of its edges and least distance from the axis, km, and largest stretch."""
    edge = np.radians(np.arange(N_BAND + 1) * BAND_DEGREES - 90.0)
    z, axis = EARTH_RADIUS_KM * np.sin(edge), EARTH_RADIUS_KM * np.abs(np.cos(edge))
    nearest = np.degrees(np.minimum(np.abs(edge[:-1]), np.abs(edge[1:])))
    return z, np.minimum(axis[:-1], axis[1:]), stretch_at(nearest, covariance)


@compiled
def with_those_before(
    place: Places,
    u: Array,
    east: Array,
    start: Array,
    edge: Array,
    axis: Array,
    stretch: Array,
    reach: float,
    covariance: Covariance,
) -> Array:
    """Covariance of each place with sums over those before it: (n_region, n) -> (n_region, n).

    Parameters
    ----------
    place : in order of bands, and of longitude ``east`` (radians, 0 to 2 pi) within each.
    start : (n_band + 1,) offsets of the bands.
    edge, axis, stretch : of the bands, see ``_edges``.
    """
    n = place.x.size
    out = np.zeros(u.shape)
    rows = np.empty(padded(n)), np.empty(padded(n)), np.empty(padded(n)), np.empty(padded(n))
    own = 0
    for i in range(n):
        while start[own + 1] <= i:
            own += 1
        from_axis = np.hypot(place.x[i], place.y[i])
        for b in range(own, axis.size):
            first = max(start[b], i + 1)
            gap = max(edge[b] - place.z[i], 0.0)
            if gap > reach:
                break
            if first >= start[b + 1]:
                continue
            across = max(place.stretch[i], stretch[b]) * np.sqrt(reach * reach - gap * gap)
            half = half_angle(across, from_axis * axis[b])
            if half >= np.pi:
                add_run(place, i, first, start[b + 1], u, covariance, rows, out)
                continue
            east_of_band = east[first : start[b + 1]]
            for turn in (-2.0 * np.pi, 0.0, 2.0 * np.pi):
                west, last = east[i] - half + turn, east[i] + half + turn
                if last < 0.0 or west >= 2.0 * np.pi:
                    continue
                j = first + np.searchsorted(east_of_band, west)
                stop = first + np.searchsorted(east_of_band, last, side="right")
                add_run(place, i, j, stop, u, covariance, rows, out)
    return out


@inlined
def half_angle(across: float, axes: float) -> float:
    """Difference of longitude, radians, beyond which places whose distances from the axis have at least the
    product ``axes`` are farther apart than ``across``; pi where there is none."""
    sine = 0.5 * across
    return 2.0 * np.arcsin(sine / np.sqrt(axes)) if sine * sine < axes else np.pi


@compiled
def add_run(
    place: Places,
    i: int,
    first: int,
    stop: int,
    u: Array,
    covariance: Covariance,
    rows: tuple[Array, Array, Array, Array],
    out: Array,
) -> None:
    """Add what place ``i`` is to those from ``first`` to ``stop``."""
    n = stop - first
    end = min(first + padded(n), place.x.size)  # a few more than needed leave no remainder
    near = Places(
        place.x[first:end], place.y[first:end], place.z[first:end], place.time[first:end],
        place.stretch[first:end], place.xx[first:end], place.xy[first:end], place.yy[first:end],
    )  # fmt: skip
    square, lag, factor, row = rows
    fill_row(place, i, near, end - first, covariance, square, lag, factor, row)
    for r in range(u.shape[0]):
        weight, total = u[r, i], out[r, first:stop]
        if weight != 0.0:
            for j in range(n):
                total[j] += weight * row[j]
