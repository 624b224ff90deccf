"""Maps: trends with what is significant, and how many records there are."""

from functools import cache
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from catalogs.land import land_class
from flows.figures.projection import equal_earth
from flows.figures.style import (
    DIVERGING,
    GREY,
    INK,
    LAND,
    STYLE,
    UNSAMPLED,
    Caption,
    absent,
    headed,
    label,
    middle_ticks,
    png,
    rendered,
    scale_of,
    symmetric_levels,
)
from kernels.compiled import Array

PACIFIC = -160.0
"""Middle of a map of the globe: its edges at 20E run through Africa, and every ocean is in one piece."""
STIPPLE = 2.5
"""Degrees between the dots where a trend is not significant."""


class Frame(NamedTuple):
    """Part of the Earth that a map shows, in degrees; the globe where it is None."""

    west: float
    east: float
    """Larger than ``west``, also across the date line."""
    south: float
    north: float


def trend_map_figure(
    caption: Caption,
    units: str,
    latitude: Array,
    longitude: Array,
    trend: Array,
    significant: Array | None = None,
    *,
    frame: Frame | None = None,
    quantity: str = "trend",
    format: str = "png",
) -> bytes:
    """Map of a trend or an anomaly about zero, dots where it is not significant.

    Parameters
    ----------
    latitude, longitude : centres of the cells, in even steps.
    trend : (latitude, longitude), NaN where there is none.
    significant : (latitude, longitude) bool, after control for the number of cells tested.
    frame : what is shown; the globe in Equal Earth projection where it is None.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 4.6) if frame is None else (6.4, _height(frame)))
        axes = figure.subplots()
        factor, unit = scale_of(trend, units)
        levels = symmetric_levels(factor * trend)
        norm = mpl.colors.BoundaryNorm(levels, 256, extend="both")
        view = _View.of(frame)
        _background(axes, view)
        shown = view.whole(axes, latitude, longitude, factor * trend, norm)
        _land(axes, view)
        if significant is not None:
            _stipple(axes, view, latitude, longitude, np.isfinite(trend) & ~significant)
        _finish_map(axes, view)
        if np.isfinite(trend).any():
            bar_below(figure, axes, shown, levels, label(quantity, unit))
        else:
            absent(axes, caption.missing or "no cell has a value")
        if significant is not None:
            caption = with_dots(caption)
        headed(figure, caption)
        return rendered(figure, format)


def bar_below(figure: Figure, axes: Axes, shown: Any, levels: Array, text: str) -> None:
    """A colour bar under a map."""
    place: Any = {"location": "bottom", "shrink": 0.75, "aspect": 38, "pad": 0.02}
    bar = figure.colorbar(shown, ax=axes, ticks=middle_ticks(levels), **place)
    bar.set_label(text, color=INK)
    bar.outline.set_linewidth(0.5)


def with_dots(caption: Caption) -> Caption:
    """A caption that says what dots mean."""
    parts = [p for p in (caption.subtitle, "dots: not significant") if p]
    return caption._replace(subtitle="; ".join(parts))


def coverage_figure(title: str, latitude: Array, longitude: Array, format: str | None = None) -> bytes:
    """Map of how many records there are in each 1-degree cell."""
    n, _, _ = np.histogram2d(latitude, longitude, bins=(np.arange(-90, 91, 1), np.arange(-180, 181, 1)))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 4.4))
        axes = figure.subplots()
        view = _View.of(None)
        _background(axes, view)
        norm = mpl.colors.LogNorm(vmin=1, vmax=max(10, float(n.max())))
        seen = np.where(n > 0, n, np.nan)
        shown = view.whole(axes, np.arange(-89.5, 90), np.arange(-179.5, 180), seen, norm, "viridis_r")
        _land(axes, view)
        _finish_map(axes, view)
        bar = figure.colorbar(shown, ax=axes, location="bottom", shrink=0.6, aspect=32, pad=0.02)
        bar.set_label("records per 1-degree cell")
        bar.ax.xaxis.set_major_formatter("{x:g}")
        if not n.any():
            absent(axes, "there are no records")
        headed(figure, Caption(title))
        return png(figure) if format is None else rendered(figure, format)


class _View(NamedTuple):
    """How places come onto a map."""

    frame: Frame | None
    centre: float

    @classmethod
    def of(cls, frame: Frame | None) -> "_View":
        return cls(frame, PACIFIC if frame is None else (frame.west + frame.east) / 2)

    def at(self, longitude: Array, latitude: Array) -> tuple[Array, Array]:
        if self.frame is None:
            return equal_earth(longitude, latitude, self.centre)
        return longitude, latitude

    def unrolled(self, longitude: Array) -> tuple[Array, Array]:
        """Longitudes within 180 degrees of the centre, ascending, and the order that makes them so."""
        around = (np.asarray(longitude) - self.centre + 180) % 360 - 180 + self.centre
        order = np.argsort(around, kind="stable")
        return around[order], order

    def whole(
        self,
        axes: Axes,
        latitude: Array,
        longitude: Array,
        values: Array,
        norm: Any,
        cmap: str = DIVERGING,
    ) -> Any:
        """Cells of a field; those on the edge of the map reach to it."""
        lon, order = self.unrolled(longitude)
        x, y = self.at(*np.meshgrid(_edges(lon, 180, self.centre), _edges(latitude, 90, 0.0)))
        return axes.pcolormesh(x, y, np.ma.masked_invalid(values[:, order]), norm=norm, cmap=cmap,
                               rasterized=True, zorder=1)  # fmt: skip


def _edges(centres: Array, reach: float, about: float) -> Array:
    """Edges between centres, none further from ``about`` than ``reach``."""
    step = np.diff(centres)
    if centres.size < 2 or not np.allclose(step, step[0], rtol=1e-3, atol=1e-6) or step[0] <= 0:
        raise ValueError(f"a map needs cells in even, ascending steps, not {centres[:4]}")
    edges = np.r_[centres - step[0] / 2, centres[-1] + step[0] / 2]
    return np.clip(edges, about - reach, about + reach)


@cache
def _land_part() -> Array:
    """Part of land in cells of 20 minutes of arc."""
    land = (land_class() >= 2).astype(np.float32)
    n_lat, n_lon = land.shape
    return np.asarray(land.reshape(n_lat // 4, 4, n_lon // 4, 4).mean(axis=(1, 3)))


def _land(axes: Axes, view: _View) -> None:
    part = _land_part()
    n_lat, n_lon = part.shape
    lat = (np.arange(n_lat) + 0.5) * 180 / n_lat - 90
    lon, order = view.unrolled((np.arange(n_lon) + 0.5) * 360 / n_lon - 180)
    half = 180 / n_lon  # the first and last cell, once more, on the edges of the map
    lon, order = np.r_[lon[0] - half, lon, lon[-1] + half], np.r_[order[0], order, order[-1]]
    x, y = view.at(*np.meshgrid(lon, lat))
    axes.contourf(x, y, part[:, order], levels=[0.5, 1.5], colors=[LAND], zorder=2)
    axes.contour(x, y, part[:, order], levels=[0.5], colors=["#8d8674"], linewidths=0.35, zorder=2.1)


def _background(axes: Axes, view: _View) -> None:
    if view.frame is not None:
        axes.set_facecolor(UNSAMPLED)
        return
    lat = np.linspace(-90, 90, 181)
    lon = np.r_[np.full(181, view.centre - 180), np.full(181, view.centre + 180)]
    x, y = view.at(lon, np.r_[lat, lat[::-1]])
    axes.fill(x, y, facecolor=UNSAMPLED, edgecolor="none", zorder=0)
    axes.plot(np.r_[x, x[0]], np.r_[y, y[0]], color=GREY, lw=0.7, zorder=3, clip_on=False)


def _finish_map(axes: Axes, view: _View) -> None:
    if view.frame is not None:
        frame = view.frame
        axes.set(xlim=(frame.west, frame.east), ylim=(frame.south, frame.north))
        axes.set_aspect(1 / np.cos(np.radians((frame.south + frame.north) / 2)))
        axes.xaxis.set_major_formatter(lambda v, _: degrees(v, "E", "W"))
        axes.yaxis.set_major_formatter(lambda v, _: degrees(v, "N", "S"))
        axes.locator_params(nbins=6)
        axes.spines[:].set_visible(True)
        axes.grid(lw=0.3, color=GREY, alpha=0.5)
        return
    _graticule(axes, view)
    axes.set_aspect(1)
    axes.axis("off")


def _graticule(axes: Axes, view: _View) -> None:
    line, whole = np.linspace(-90, 90, 181), np.linspace(view.centre - 180, view.centre + 180, 181)
    small: Any = {"textcoords": "offset points", "fontsize": 7, "color": GREY}
    for lat in range(-60, 61, 30):
        axes.plot(*view.at(whole, np.full(181, lat)), color=GREY, lw=0.3, alpha=0.6, zorder=1.7)
        x, y = view.at(np.array(whole[0]), np.array(lat))
        axes.annotate(
            degrees(lat, "N", "S"), (float(x), float(y)), xytext=(-3, 0), ha="right", va="center", **small
        )
    for lon in np.arange(view.centre - 120, view.centre + 121, 60):
        axes.plot(*view.at(np.full(181, lon), line), color=GREY, lw=0.3, alpha=0.6, zorder=1.7)
        x, y = view.at(np.array(lon), np.array(-90.0))
        axes.annotate(
            degrees(lon, "E", "W"), (float(x), float(y)), xytext=(0, -3), ha="center", va="top", **small
        )


def degrees(value: float, positive: str, negative: str) -> str:
    """An angle as maps print it: 30°N, 160°W, 0°."""
    around = (value + 180) % 360 - 180 if positive == "E" else value
    side = "" if around in (0, -180) else positive if around > 0 else negative
    return f"{abs(around):g}°{side}"


def _stipple(axes: Axes, view: _View, latitude: Array, longitude: Array, where: Array) -> None:
    """Dots on a lattice of even spacing on the Earth, in the cells that ``where`` names."""
    frame = view.frame or Frame(-180, 180, -90, 90)
    step = STIPPLE * min(1.0, (frame.east - frame.west) / 100)
    rows = np.arange(frame.south + step / 2, frame.north, step)
    lat, lon = np.array([(lat, lon) for lat in rows for lon in _around(lat, step)]).T
    i = _nearest(lat, latitude)
    west = longitude[0] - (longitude[1] - longitude[0]) / 2
    j = _nearest((lon - west) % 360 + west, longitude)
    hit = (i >= 0) & (j >= 0)
    hit[hit] = where[i[hit], j[hit]]
    around = (lon[hit] - view.centre + 180) % 360 - 180 + view.centre
    x, y = view.at(around, lat[hit])
    axes.plot(x, y, ls="", marker="o", ms=1.1, mew=0, color=INK, alpha=0.75, zorder=1.5, rasterized=True)


def _around(latitude: float, step: float) -> Array:
    n = max(4, round(360 * np.cos(np.radians(latitude)) / step))
    return np.asarray(-180 + (np.arange(n) + 0.5) * 360 / n)


def _nearest(value: Array, centres: Array) -> Array:
    """Index of the cell of even steps that holds each value, -1 outside."""
    step = centres[1] - centres[0]
    index = np.floor((value - centres[0]) / step + 0.5).astype(np.int64)
    return np.where((index >= 0) & (index < centres.size), index, -1)


def _height(frame: Frame) -> float:
    """Height of a figure 6.4 wide whose map keeps its shape, with room for text."""
    wide = (frame.east - frame.west) * np.cos(np.radians((frame.south + frame.north) / 2))
    return float(np.clip(5.4 * (frame.north - frame.south) / wide, 1.6, 4.4)) + 1.9
