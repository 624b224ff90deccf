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
    """Section of depth by latitude about zero: colours and contours, dots where it is not significant.

    Parameters
    ----------
    depth : (n_depth,) m, positive down; the axis is stretched towards the surface.
    latitude : (n_latitude,) degrees.
    values, significant : (n_depth, n_latitude), NaN where there is none.
    """

    def horizontal(axes: Axes) -> None:
        axes.xaxis.set_major_formatter(lambda v, _: degrees(v, "N", "S"))
        axes.locator_params(axis="x", nbins=9)
        axes.set_xlabel("latitude")

    if significant is not None:
        caption = with_dots(caption)
    field = _Field(depth, latitude, values, significant, quantity, units)
    return _plane(caption, field, horizontal, format, contours=True)


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
    return _plane(caption, field, horizontal, format, contours=False)


class _Field(NamedTuple):
    depth: Array
    across: Array
    values: Array
    significant: Array | None
    quantity: str
    units: str


def _plane(
    caption: Caption, field: _Field, horizontal: Callable[[Axes], None], format: str, *, contours: bool
) -> bytes:
    depth, across, values, significant, quantity, units = field
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 4.4))
        axes = figure.subplots()
        factor, unit = scale_of(values, units)
        shown = factor * values
        levels = symmetric_levels(shown)
        norm = mpl.colors.BoundaryNorm(levels, 256, extend="both")
        axes.set_facecolor(UNSAMPLED)
        if np.isfinite(values).any():
            image = _fill(axes, depth, across, shown, levels, norm, contours)
            bar = figure.colorbar(image, ax=axes, aspect=26, pad=0.015, ticks=middle_ticks(levels))
            bar.set_label(label(quantity, unit), color=INK)
            bar.outline.set_linewidth(0.5)
            if significant is not None:
                i, j = np.nonzero(np.isfinite(values) & ~significant)
                thin = max(1, round(len(across) / 60))
                keep = j % thin == 0
                dots: Any = {"ls": "", "marker": "o", "ms": 1.1, "mew": 0, "alpha": 0.75}
                axes.plot(across[j[keep]], depth[i[keep]], color=INK, **dots)
        else:
            absent(axes, caption.missing or "no level has a value")
        depth_axis(axes, depth)
        axes.set_xlim(*_reach(across))
        horizontal(axes)
        headed(figure, caption)
        return rendered(figure, format)


def _fill(
    axes: Axes, depth: Array, across: Array, values: Array, levels: Array, norm: Any, contours: bool
) -> Any:
    """Contours where the field is smooth in both directions, cells where time runs across."""
    masked = np.ma.masked_invalid(values)
    if not contours or min(values.shape) < 2:
        x, y = _edges(across), np.maximum(_edges(depth), 0)
        return axes.pcolormesh(x, y, masked, norm=norm, cmap=DIVERGING, rasterized=True)
    image = axes.contourf(across, depth, masked, levels=levels, norm=norm, cmap=DIVERGING, extend="both")
    lines = axes.contour(across, depth, masked, levels=middle_ticks(levels), colors=INK, linewidths=0.45)
    axes.clabel(lines, fontsize=6.5, fmt="%g")
    return image


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


def _root(depth: Array) -> Array:
    return np.asarray(np.sqrt(np.maximum(depth, 0)))


def depth_trend_figure(
    caption: Caption,
    units: str,
    depth: Array,
    trend: Array,
    low: Array,
    high: Array,
    *,
    quantity: str = "trend",
    format: str = "png",
) -> bytes:
    """Trend at each depth with its 95 % interval, as in the Baltic indicators; all (n_depth,)."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.6, 5.2))
        axes = figure.subplots()
        factor, unit = scale_of(np.concatenate([trend, low, high]), units)
        axes.axvline(0, color=GREY, lw=0.7)
        low, high = factor * low, factor * high
        axes.fill_betweenx(depth, low, high, color=BLUE, alpha=0.2, lw=0, label="95 % interval")
        axes.plot(factor * trend, depth, color=BLUE, lw=1.6, marker="o", ms=3, label="trend", clip_on=False)
        if np.isfinite(trend).any():
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


def _reach(across: Array) -> tuple[float, float]:
    if across.size == 1:
        return float(across[0] - 0.5), float(across[0] + 0.5)
    return float(across.min()), float(across.max())
