"""Covariance of what an analysis maps, relative to its a-priori variance.

It is a sum of scales, each with its share of the variance: ``share * g(distance / kilometres) *
g(lag / days)``, where ``g(u)`` is ``exp(-u**2 / 2)`` for a Gaussian scale and ``exp(-u)`` for an exponential
one. Near the equator distances count for less from west to east: the zonal scale is ``stretch`` times the
meridional one on the equator, and the excess fades as ``exp(-(latitude / width)**2 / 2)``.

With scales that change from place to place a plain ratio of distance and scale gives matrices that are not
positive definite, and with them negative error variances. Here each place carries a tensor of squared scales,
and two places share the mean of theirs (Paciorek and Schervish 2006); the distance is the straight one
through the sphere, which is up to 0.5 % shorter than the great circle over 2000 km. So the covariance is
positive definite everywhere, also across the poles, and a place covaries 1 with itself.

References
----------
Paciorek, C. J. and M. J. Schervish, 2006: Spatial modelling using a new class of nonstationary covariance
functions. Environmetrics 17, 483-506, equation 8 [from memory, not checked]. Ninove, F., P.-Y. Le Traon,
E. Remy and S. Guinehut, 2016: Spatial scales of temperature and salinity variability estimated from Argo
observations. Ocean Science 12, 1-7: zonal scales are 2 to 3 times the meridional ones in tropical and
equatorial regions and similar elsewhere. ISAS (Gaillard et al.) and Roemmich and Gilson 2009 take sums of two
scales too [from memory, not checked].
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kernels.compiled import Array, compiled, inlined

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""
LEAST = 1e-3
"""Covariance, relative to the a-priori variance, below which a cast is out of reach."""
SHAPES = ("gaussian", "exponential")


class Covariance(NamedTuple):
    """Arrays (n_scale,) and the equator's anisotropy; make it with ``covariance``, which checks it."""

    kilometres: Array
    days: Array
    share: Array
    exponential: Array
    stretch: float
    width: float


class Places(NamedTuple):
    """Places in space and time as the covariance takes them: arrays (n,).

    ``x``, ``y``, ``z`` from the centre of the Earth, km; ``time``, days; ``stretch`` of zonal scales; ``xx``,
    ``xy``, ``yy`` half of the tensor of squared scales less unity (its other elements are 0).
    """

    x: Array
    y: Array
    z: Array
    time: Array
    stretch: Array
    xx: Array
    xy: Array
    yy: Array


def covariance(
    kilometres: Sequence[float],
    days: Sequence[float],
    share: Sequence[float],
    shape: str | Sequence[str] = "gaussian",
    stretch: float = 1.0,
    width: float = 10.0,
) -> Covariance:
    """Covariance of a sum of scales; see the module.

    Parameters
    ----------
    kilometres, days : (n_scale,) of each scale, > 0; the meridional scale, and the zonal one far from the
        equator. Infinite days mean that time does not count.
    share : (n_scale,) of the a-priori variance; they add up to 1.
    shape : ``gaussian`` or ``exponential``, of all scales or of each.
    stretch : zonal over meridional scale on the equator, >= 1.
    width : degrees of latitude over which it fades, > 0.

    Raises
    ------
    ValueError
        for a value that is not one of these.
    """
    shapes = [shape] * len(share) if isinstance(shape, str) else list(shape)
    km, tau, part = (np.array(a, np.float64) for a in (kilometres, days, share))
    if not (km.ndim == 1 and km.size == tau.size == part.size == len(shapes) > 0):
        raise ValueError(
            f"scales need as many kilometres {kilometres} as days {days}, shares {share}, shapes"
        )
    for name, values in (("kilometres", km), ("days", tau), ("share", part)):
        if not np.all(values > 0):
            raise ValueError(f"{name} of the covariance must be positive, not {values.tolist()}")
    if abs(part.sum() - 1) > 1e-6:
        raise ValueError(f"shares of the covariance must add up to 1, not {part.sum()}")
    if unknown := set(shapes) - set(SHAPES):
        raise ValueError(f"shape of a covariance is one of {SHAPES}, not {sorted(unknown)}")
    if not (1 <= stretch < np.inf and width > 0):
        raise ValueError(f"stretch {stretch} must be at least 1 and its width {width} positive")
    exponential = np.array([s == "exponential" for s in shapes])
    return Covariance(km, tau, part, exponential, float(stretch), float(width))


def stretch_at(latitude: Array, covariance: Covariance) -> Array:
    """Zonal over meridional scale at latitudes (degrees)."""
    fade = np.exp(-0.5 * (np.asarray(latitude, np.float64) / covariance.width) ** 2)
    return np.asarray(1 + (covariance.stretch - 1) * fade)


def places(latitude: Array, longitude: Array, time: Array, covariance: Covariance) -> Places:
    """Places (degrees; days since any date) as ``Places``.

    Raises
    ------
    ValueError
        where a latitude, longitude or time is unknown or a latitude beyond 90 degrees.
    """
    lat, lon, days = (
        np.ascontiguousarray(a, np.float64) for a in np.broadcast_arrays(latitude, longitude, time)
    )
    for name, values in (("latitude", lat), ("longitude", lon), ("time", days)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} of place {int(np.argmin(np.isfinite(values)))} is unknown")
    if np.any(np.abs(lat) > 90):
        raise ValueError(f"latitude {lat[np.abs(lat) > 90][0]} is beyond a pole")
    north, east = np.radians(lat), np.radians(lon)
    sine, cosine = np.sin(east), np.cos(east)
    stretch = stretch_at(lat, covariance)
    half = 0.5 * (stretch**2 - 1)
    return Places(
        EARTH_RADIUS_KM * np.cos(north) * cosine,
        EARTH_RADIUS_KM * np.cos(north) * sine,
        EARTH_RADIUS_KM * np.sin(north),
        days,
        stretch,
        half * sine * sine,
        -half * sine * cosine,
        half * cosine * cosine,
    )


@inlined
def separation(a: Places, i: int, b: Places, j: int) -> tuple[float, float]:
    """Square of the distance (km2) of two places, stretched, and the factor on their covariance."""
    dx, dy, dz = a.x[i] - b.x[j], a.y[i] - b.y[j], a.z[i] - b.z[j]
    xx, xy, yy = 1.0 + a.xx[i] + b.xx[j], a.xy[i] + b.xy[j], 1.0 + a.yy[i] + b.yy[j]
    return _stretched(dx, dy, dz, xx, xy, yy), _coupling(a.stretch[i] * b.stretch[j], xx, xy, yy)


@inlined
def _stretched(dx: float, dy: float, dz: float, xx: float, xy: float, yy: float) -> float:
    return dz * dz + (yy * dx * dx - 2.0 * xy * dx * dy + xx * dy * dy) / (xx * yy - xy * xy)


@inlined
def _coupling(stretches: float, xx: float, xy: float, yy: float) -> float:
    return np.sqrt(stretches / (xx * yy - xy * xy))  # type: ignore[no-any-return]


@inlined
def of_separation(square: float, lag: float, covariance: Covariance) -> float:
    """Covariance over a squared distance (km2) and a lag in time (days)."""
    total = 0.0
    for k in range(covariance.share.size):
        if covariance.exponential[k]:
            u = np.sqrt(square) / covariance.kilometres[k] + abs(lag) / covariance.days[k]
        else:
            v = lag / covariance.days[k]
            u = 0.5 * (square / (covariance.kilometres[k] * covariance.kilometres[k]) + v * v)
        total += covariance.share[k] * np.exp(-u)
    return total


@inlined
def fading(u: float) -> float:
    """``exp(-u)`` for u >= 0 in a form that vectorises: exp(-u / 256) by its series, squared eight times.

    The relative error is below 1e-13 up to u = 10, where the value is 5e-5; beyond 40 it stays exp(-40).
    """
    v = min(u, 40.0) * (-1.0 / 256.0)
    e = 1.0 + v * (
        1.0 + v / 2 * (1.0 + v / 3 * (1.0 + v / 4 * (1.0 + v / 5 * (1.0 + v / 6 * (1.0 + v / 7)))))
    )
    for _ in range(8):
        e *= e
    return e


@compiled
def places_for(n: int) -> Places:
    """Memory for so many places."""
    return Places(
        np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n), np.zeros(n), np.zeros(n), np.zeros(n)
    )


@inlined
def take_place(of: Places, i: int, to: Places, j: int) -> None:
    """Copy place ``i`` of some to ``j`` of others."""
    to.x[j], to.y[j], to.z[j], to.time[j] = of.x[i], of.y[i], of.z[i], of.time[i]
    to.stretch[j], to.xx[j], to.xy[j], to.yy[j] = of.stretch[i], of.xx[i], of.xy[i], of.yy[i]


@inlined
def fill_row(
    at: Places,
    i: int,
    near: Places,
    n: int,
    covariance: Covariance,
    square: Array,
    lag: Array,
    factor: Array,
    out: Array,
) -> None:
    """Covariance of place ``i`` of ``at`` with the first ``n`` of ``near``, into ``out``; ``square``, ``lag``
    and ``factor`` are memory.

    With ``n`` a multiple of ``solve.LANE`` no loop has a remainder.
    """
    stretched = covariance.stretch > 1.0
    x, y, z, time = at.x[i], at.y[i], at.z[i], at.time[i]
    # one array written in each loop, few read: else checks of overlap would keep them from vectorising
    if stretched:
        xx, xy, yy, stretch = 1.0 + at.xx[i], at.xy[i], 1.0 + at.yy[i], at.stretch[i]
        for j in range(n):
            square[j] = _stretched(
                x - near.x[j], y - near.y[j], z - near.z[j], xx + near.xx[j], xy + near.xy[j], yy + near.yy[j]
            )
        for j in range(n):
            factor[j] = _coupling(
                stretch * near.stretch[j], xx + near.xx[j], xy + near.xy[j], yy + near.yy[j]
            )
    else:
        for j in range(n):
            dx, dy, dz = x - near.x[j], y - near.y[j], z - near.z[j]
            square[j] = dx * dx + dy * dy + dz * dz
    for j in range(n):
        lag[j] = abs(time - near.time[j])
    out[:n] = 0.0
    for k in range(covariance.share.size):
        share, km, days = covariance.share[k], 1.0 / covariance.kilometres[k], 1.0 / covariance.days[k]
        if covariance.exponential[k]:
            for j in range(n):
                out[j] += share * fading(np.sqrt(square[j]) * km + lag[j] * days)
        else:
            km, days = 0.5 * km * km, 0.5 * days * days
            for j in range(n):
                out[j] += share * fading(square[j] * km + lag[j] * lag[j] * days)
    if stretched:
        for j in range(n):
            out[j] *= factor[j]


@compiled
def between(a: Places, b: Places, covariance: Covariance) -> Array:
    """Covariance of each place of ``a`` with each of ``b``: (n_a, n_b)."""
    out = np.empty((a.x.size, b.x.size))
    for i in range(a.x.size):
        for j in range(b.x.size):
            square, factor = separation(a, i, b, j)
            out[i, j] = factor * of_separation(square, a.time[i] - b.time[j], covariance)
    return out
