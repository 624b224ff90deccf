"""Sections: depth by latitude, depth by time, and a trend by depth."""

from collections.abc import Callable
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flows.figures.maps import degrees, with_dots
from flows.figures.style import (
    BLUE,
    DIVERGING,
    GREY,
    INK,
    STYLE,
    UNSAMPLED,
    Caption,
    absent,
    headed,
    label,
    middle_ticks,
    rendered,
    scale_of,
    symmetric_levels,
)
from kernels.compiled import Array

DEPTHS = (0, 50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 4000, 5000, 6000)
"""Depths that the stretched axis names, in m."""
LATTICE = (80, 36)
"""Dots across and down a panel in which nothing is significant."""


def section_figure(
    caption: Caption,
    units: str,
    depth: Array,
    latitude: Array,
    values: Array,
    significant: Array | None = None,
    *,
    quantity: str = "trend",
    format: str = "png",
) -> bytes:
    """Section of depth by latitude about zero: a cell each, dots where it is not significant.

    Parameters
    ----------
    depth : (n_depth,) m, positive down; the axis is stretched towards the surface.
    latitude : (n_latitude,) degrees, centres of the bands.
    values, significant : (n_depth, n_latitude), NaN where there is none.
    """

    def horizontal(axes: Axes) -> None:
        axes.xaxis.set_major_formatter(lambda v, _: degrees(v, "N", "S"))
        axes.locator_params(axis="x", nbins=9)
        axes.set_xlabel("latitude")

    if significant is not None:
        caption = with_dots(caption)
    field = _Field(depth, latitude, values, significant, quantity, units)
    return _plane(caption, field, horizontal, format)


def hovmoeller_figure(
    caption: Caption,
    units: str,
    depth: Array,
    time: Array,
    values: Array,
    *,
    quantity: str = "anomaly",
    format: str = "png",
) -> bytes:
    """Depth by time about zero (Hovmoeller diagram).

    ``values`` is (n_depth, n_time), ``time`` in fractional years; what has no value stays empty.
    """

    def horizontal(axes: Axes) -> None:
        axes.locator_params(axis="x", integer=True, nbins=10)

    field = _Field(depth, time, values, None, quantity, units)
    return _plane(caption, field, horizontal, format)


class _Field(NamedTuple):
    depth: Array
    across: Array
    values: Array
    significant: Array | None
    quantity: str
    units: str


def _plane(caption: Caption, field: _Field, horizontal: Callable[[Axes], None], format: str) -> bytes:
    depth, across, values, significant, quantity, units = field
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 4.4))
        axes = figure.subplots()
        factor, unit = scale_of(values, units)
        levels = symmetric_levels(factor * values)
        norm = mpl.colors.BoundaryNorm(levels, 256, extend="both")
        axes.set_facecolor(UNSAMPLED)
        x, y = _edges(across), np.maximum(_edges(depth), 0)
        depth_axis(axes, depth)
        axes.set_xlim(x[0], x[-1])
        if np.isfinite(values).any():
            masked = np.ma.masked_invalid(factor * values)
            image = axes.pcolormesh(x, y, masked, norm=norm, cmap=DIVERGING, rasterized=True)
            bar = figure.colorbar(image, ax=axes, aspect=26, pad=0.015, ticks=middle_ticks(levels))
            bar.set_label(label(quantity, unit), color=INK)
            bar.outline.set_linewidth(0.5)
            if significant is not None:
                dots: Any = {"ls": "", "marker": "o", "ms": 1.1, "mew": 0, "alpha": 0.75, "rasterized": True}
                axes.plot(*dots_in(x, y, np.isfinite(values) & ~significant), color=INK, **dots)
        else:
            absent(axes, caption.missing or "no level has a value")
        horizontal(axes)
        headed(figure, caption)
        return rendered(figure, format)


def dots_in(x: Array, y: Array, where: Array) -> tuple[Array, Array]:
    """Points of a lattice that is even on the stretched panel, in the cells that ``where`` names.

    Parameters
    ----------
    x, y : ascending edges of the cells, (n_across + 1,) and (n_depth + 1,) m.
    where : (n_depth, n_across) bool.

    Returns
    -------
    across, depth : (n_dot,).
    """
    n_x, n_y = LATTICE
    across = x[0] + (np.arange(n_x) + 0.5) / n_x * (x[-1] - x[0])
    depth = np.square(_root(y[0]) + (np.arange(n_y) + 0.5) / n_y * (_root(y[-1]) - _root(y[0])))
    i, j = np.searchsorted(y, depth, "right") - 1, np.searchsorted(x, across, "right") - 1
    hit, at = np.nonzero(where[np.ix_(i, j)])
    return across[at], depth[hit]


def depth_axis(axes: Axes, depth: Array) -> None:
    """Depth downwards, stretched towards the surface by its square root."""
    shallowest, deepest = float(np.min(depth)), float(np.max(depth))
    axes.set_yscale("function", functions=(_root, np.square))
    axes.set_ylim(deepest if deepest > shallowest else shallowest + 1, shallowest)
    named = [d for d in DEPTHS if shallowest <= d <= deepest]
    thinned = [d for d in named if d not in (50, 300)] if deepest > 900 else named
    axes.yaxis.set_major_locator(mpl.ticker.FixedLocator(thinned))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(mpl.ticker.NullLocator())
    axes.set_ylabel("depth (m)")


def _root(depth: Array | float) -> Array:
    return np.asarray(np.sqrt(np.maximum(depth, 0)))


def depth_trend_figure(
    caption: Caption,
    units: str,
    depth: Array,
    trend: Array,
    low: Array,
    high: Array,
    significant: Array | None = None,
    *,
    quantity: str = "trend",
    format: str = "png",
) -> bytes:
    """Trend at each depth with its 95 % interval, as in the Baltic indicators; all (n_depth,).

    Where ``significant`` is given the points of all others are hollow.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.6, 5.2))
        axes = figure.subplots()
        factor, unit = scale_of(np.concatenate([trend, low, high]), units)
        axes.axvline(0, color=GREY, lw=0.7)
        low, high = factor * low, factor * high
        axes.fill_betweenx(depth, low, high, color=BLUE, alpha=0.2, lw=0, label="95 % interval")
        axes.plot(factor * trend, depth, color=BLUE, lw=1.6, marker="o", ms=4, label="trend", clip_on=False)
        if np.isfinite(trend).any():
            if significant is not None and (hollow := np.isfinite(trend) & ~significant).any():
                rings: Any = {"mfc": "white", "mec": BLUE, "clip_on": False, "label": "not significant"}
                axes.plot(factor * trend[hollow], depth[hollow], ls="", marker="o", ms=4, zorder=3, **rings)
            axes.legend(frameon=False, fontsize=8)
        else:
            absent(axes, caption.missing or "no level has a value")
        depth_axis(axes, depth)
        axes.set_xlabel(label(quantity, unit))
        axes.grid(lw=0.4, color="#dddddd")
        headed(figure, caption)
        return rendered(figure, format)


def _edges(centres: Array) -> Array:
    """Edges half way between centres."""
    if centres.size == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    half = np.diff(centres) / 2
    return np.asarray(np.r_[centres[0] - half[0], centres[:-1] + half, centres[-1] + half[-1]])
