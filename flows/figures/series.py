"""Figures of series: an indicator with its band and trend, by several methods, and several products."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from flows.figures.style import (
    BLUE,
    GREY,
    INK,
    PALETTE,
    RED,
    STYLE,
    Caption,
    absent,
    fractional_years,
    headed,
    label,
    rendered,
    scale_of,
)
from kernels.compiled import Array

MINUS = "\N{MINUS SIGN}"


class Slope(NamedTuple):
    """A trend as it is drawn: per year in the unit of the series, and as it is printed."""

    per_year: float
    printed: float
    low: float
    high: float
    units: str
    """Of the printed numbers."""


class Series(NamedTuple):
    """Monthly and yearly values of one indicator in one region; NaN where missing."""

    months: Array
    """(month,) datetime64"""
    monthly: Array
    years: Array
    """(year,) calendar years"""
    yearly: Array
    yearly_error: Array
    """Standard errors (1 sigma)."""


class Line(NamedTuple):
    """Values by one method with their standard errors (1 sigma), NaN where missing, and their trend."""

    value: Array
    error: Array
    per_year: float = np.nan
    """Trend that is drawn; NaN: none."""
    said: str = ""
    """What the legend says under the name."""


def series_figure(
    caption: Caption,
    units: str,
    series: Series,
    *,
    subtitle: str = "",
    trend: Slope | None = None,
    truth: Array | None = None,
    missing: str = "",
    footer: Sequence[str] = (),
    format: str = "png",
) -> bytes:
    """Monthly values, yearly means with their 95 % band and the trend; the truth where it is known."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 4.0))
        axes = figure.subplots()
        shown = np.concatenate([series.monthly, series.yearly])
        factor, unit = scale_of(shown, units)
        if np.isfinite(shown).any():
            _draw(axes, series, factor, trend, truth)
            if not np.isfinite(series.yearly).any():
                caption = caption._replace(subtitle=f"{caption.subtitle}; no yearly mean: {caption.missing}")
        else:
            absent(axes, caption.missing or "nothing was sampled")
            axes.set_yticks([])
        axes.set_ylabel(label("anomaly", unit))
        _time_axis(axes, fractional_years(series.months))
        headed(figure, caption)
        return rendered(figure, format)


def _draw(axes: Axes, series: Series, factor: float, trend: Slope | None, truth: Array | None) -> None:
    yearly, half = factor * series.yearly, 1.96 * factor * series.yearly_error
    at = fractional_years(series.years)
    axes.axhline(0, color=GREY, lw=0.6, zorder=1)
    months = fractional_years(series.months)
    dots: Any = {"ls": "", "marker": "o", "ms": 2.2, "mew": 0, "alpha": 0.45}
    axes.plot(months, factor * series.monthly, color=BLUE, label="monthly mean", **dots)
    if not np.isfinite(yearly).any():
        return _room_for_legend(axes)
    _band(axes, at, yearly, half, (BLUE, 0.2), lw=0, label="95 % interval")
    axes.plot(at, yearly, color=BLUE, lw=1.8, marker="o", ms=4, mec="white", mew=0.7, label="yearly mean")
    if truth is not None:
        axes.plot(months, factor * truth, color=INK, lw=1.1, ls=(0, (4, 2)), label="truth")
    if trend is not None and np.isfinite(trend.per_year):
        _straight_line(axes, at, yearly, factor * trend.per_year, color=RED, lw=1.3, label=trend_text(trend))
    _room_for_legend(axes)


def trend_text(trend: Slope) -> str:
    """A trend with its interval as a legend prints it, to three digits of the interval."""
    size = np.array([trend.printed, trend.low, trend.high])
    factor, unit = scale_of(size, trend.units)
    trend = trend._replace(printed=factor * trend.printed, low=factor * trend.low, high=factor * trend.high)
    if not np.isfinite(trend.low):
        return f"trend {trend.printed:.3g} {unit}, no interval"
    digits = max(0, 2 - int(np.floor(np.log10(max(trend.high - trend.low, 1e-300)))))
    numbers = (f"{v:.{min(digits, 6)}f}".replace("-", MINUS) for v in (trend.printed, trend.low, trend.high))
    value, low, high = numbers
    return f"trend {value} [{low}, {high}] {unit}"


def ensemble_figure(
    caption: Caption,
    units: str,
    time: Array,
    members: Mapping[str, Array],
    mean: Array,
    low: Array,
    high: Array,
    *,
    band: str = "ensemble mean,\n95 % interval",
    quantity: str = "anomaly",
    format: str = "png",
) -> bytes:
    """Several products' series on one axis, and the ensemble's mean or central estimate with its band.

    Parameters
    ----------
    time : (n,) months (datetime64) or calendar years.
    members : name of a product: (n,) its values, NaN where it has none. One without any value is not drawn,
        but keeps its colour, so that figures of the same products can be compared.
    mean, low, high : (n,) of the ensemble; what they are, ``band`` says.
    quantity : name of the axis.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 4.2))
        axes = figure.subplots()
        factor, unit = scale_of(np.concatenate([*members.values(), mean]), units)
        axes.axhline(0, color=GREY, lw=0.6, zorder=1)
        time = fractional_years(time)
        handles: dict[str, Any] = {}
        for k, (name, values) in enumerate(members.items()):
            if np.isfinite(values).any():
                style = "-" if k < len(PALETTE) else "--"
                color = PALETTE[k % len(PALETTE)]
                (handles[name],) = axes.plot(time, factor * values, color=color, lw=1.1, ls=style)
        if np.isfinite(mean).any():
            ends = factor * low, factor * high
            shade = axes.fill_between(time, *ends, color=INK, alpha=0.13, lw=0, zorder=1)
            (line,) = axes.plot(time, factor * mean, color=INK, lw=2.2)
            handles[band] = (shade, line)
        if not handles:
            absent(axes, caption.missing or "no product has a value")
        axes.set_ylabel(label(quantity, unit))
        _time_axis(axes, time)
        beside: Any = {"loc": "upper left", "bbox_to_anchor": (1.01, 1), "borderaxespad": 0}
        axes.legend(handles.values(), handles.keys(), frameon=False, fontsize=8, **beside)
        headed(figure, caption)
        return rendered(figure, format)


def methods_figure(
    caption: Caption, units: str, time: Array, lines: Mapping[str, Line], *, format: str = "png"
) -> bytes:
    """One quantity by several methods on one axis, each with its 95 % band and its trend.

    Parameters
    ----------
    time : (n,) months (datetime64) or calendar years.
    lines : by what the legend calls them. Of one without any value the legend alone speaks.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 4.4 + 0.25 * max(len(lines) - 2, 0)))
        axes = figure.subplots()
        factor, unit = scale_of(np.concatenate([line.value for line in lines.values()]), units)
        axes.axhline(0, color=GREY, lw=0.6, zorder=1)
        at = fractional_years(time)
        handles: dict[str, Any] = {}
        for k, (name, line) in enumerate(lines.items()):
            handles[f"{name}\n{line.said}"] = _draw_line(axes, at, line, factor, PALETTE[k % len(PALETTE)])
        axes.set_ylabel(label("anomaly", unit))
        _time_axis(axes, at)
        if time.dtype.kind == "M":
            _month_axis(axes, time)
        if any(np.isfinite(line.value).any() for line in lines.values()):
            _room_for_legend(axes, handles)
        else:
            absent(axes, caption.missing or "no method has a value")
            axes.set_yticks([])
        headed(figure, caption)
        return rendered(figure, format)


def _draw_line(axes: Axes, at: Array, line: Line, factor: float, color: str) -> tuple[Any, ...]:
    """Band, values and trend of a method: what the legend shows of it."""
    value, half = factor * line.value, 1.96 * factor * line.error
    shade = _band(axes, at, value, half, (color, 0.17), edgecolor=(color, 0.45), lw=0.5)
    (drawn,) = axes.plot(at, value, color=color, lw=1.7, marker="o", ms=3.5, mec="white", mew=0.6)
    if np.isfinite(line.per_year):
        _straight_line(axes, at, value, factor * line.per_year, color=color, lw=1.1, ls=(0, (5, 2)))
    return shade, drawn


def _band(
    axes: Axes, at: Array, value: Array, half: Array, color: tuple[str, float], **look: Any
) -> PolyCollection:
    """A band about values; a bar about one without a known neighbour, which has no place in a band."""
    look = {"facecolor": color, "edgecolor": color} | look
    shade = axes.fill_between(at, value - half, value + half, **look)
    known = np.isfinite(value)
    alone = known & ~(np.r_[False, known[:-1]] | np.r_[known[1:], False])
    axes.errorbar(at[alone], value[alone], half[alone], fmt="none", ecolor=color, elinewidth=4)
    return shade


def _straight_line(axes: Axes, at: Array, value: Array, slope: float, **look: Any) -> None:
    """A trend through the middle of the known values, from the first to the last."""
    known = np.isfinite(value)
    t = at[known]
    axes.plot(t, value[known].mean() + slope * (t - t.mean()), **look)


def _time_axis(axes: Axes, time: Array) -> None:
    axes.set_xlim(np.floor(time.min()), np.floor(time.max()) + 1)
    axes.xaxis.set_major_locator(MaxNLocator(11, steps=[1, 2, 5, 10], integer=True))
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.grid(axis="y", lw=0.4, color="#dddddd")
    axes.set_axisbelow(True)


def _month_axis(axes: Axes, months: Array) -> None:
    """Ticks at the middle of months, with the year where it begins; at most twelve."""
    step = next(s for s in (1, 2, 3, 6, 12, 60) if months.size <= 12 * s)
    month = months.astype("M8[M]")
    at = month[month.astype(np.int64) % step == 0]
    year = at.astype("M8[Y]")
    begins = np.r_[True, year[1:] != year[:-1]]
    names = [f"{m.astype(object):%b}\n{y if new else ''}" for m, y, new in zip(at, year, begins, strict=True)]
    axes.set_xticks(fractional_years(at), names)
    axes.set_xlim(fractional_years(month[:1])[0] - 1 / 24, fractional_years(month[-1:])[0] + 1 / 24)


def _room_for_legend(axes: Axes, handles: Mapping[str, Any] | None = None) -> None:
    """The legend above the curves, not on them: in two columns, or in one where two are too wide."""
    if handles is None:
        drawn, names = axes.get_legend_handles_labels()
        handles = dict(zip(names, drawn, strict=True))
    box: Any = {"edgecolor": "none", "framealpha": 0.85, "borderaxespad": 0.2, "columnspacing": 1.6}
    figure = axes.get_figure(root=True)
    assert figure is not None
    for columns in (2, 1):
        legend = axes.legend(handles.values(), handles, loc="upper left", fontsize=8, ncols=columns, **box)
        if legend.get_window_extent().width < 0.84 * figure.bbox.width:
            break
    lines = -(-len(handles) // columns) * max(1 + name.count("\n") for name in handles)
    part = min(0.03 + 0.067 * lines, 0.7)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top + part / (1 - part) * (top - bottom))
