"""Figures of stations: yearly percentiles with completeness, heat waves, and all stations by year."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from flows.figures.style import (
    BLUE,
    DIVERGING,
    GREY,
    INK,
    RED,
    STYLE,
    UNSAMPLED,
    Caption,
    absent,
    headed,
    label,
    middle_ticks,
    rendered,
    symmetric_levels,
    unit_text,
)
from kernels.compiled import Array
from kernels.indicators.heatwave import CATEGORIES

COLD, WARM, NORMAL = "#3b7fb5", "#c8553d", "#2f7d5b"
HEAT = tuple(mpl.colormaps["YlOrRd"](x) for x in (0.0, 0.3, 0.5, 0.74, 1.0))
"""Of each category in ``CATEGORIES``."""
DAYS_BESIDE = np.timedelta64(30, "D")
"""Room for points at both ends of a record."""
PRINTED = 300
"""Cells of stations and years up to which the completeness of those without a value is printed in them."""


class Years(NamedTuple):
    """A percentile of a station: (year,) calendar years, values and completeness, and the reference."""

    year: Array
    value: Array
    completeness: Array
    """Part of the days with a good value."""
    minimum: float
    """Completeness from which on a year counts; NaN where it is not known."""
    mean: float
    std: float
    reference: tuple[int, int]


class Waves(NamedTuple):
    """Heat waves, (event,): dates (datetime64[D]), largest intensity, index of ``CATEGORIES``."""

    first: Array
    last: Array
    peak: Array
    intensity: Array
    category: Array


class Daily(NamedTuple):
    """A daily series: (day,) datetime64[D], value, and climatology and threshold of the day."""

    day: Array
    value: Array
    climatology: Array
    threshold: Array


def percentile_figure(
    caption: Caption, quantity: str, units: str, years: Years, *, format: str = "png"
) -> bytes:
    """Yearly percentile of a station about the mean of the reference years, and below how complete it is."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 4.6))
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        if np.isfinite(years.value).any():
            _percentiles(above, years)
        else:
            absent(above, caption.missing or "no year counts")
            above.set_yticks([])
        above.set_ylabel(label(quantity, unit_text(units)))
        above.grid(axis="y", lw=0.4, color="#dddddd")
        _completeness(below, years)
        below.set_xlim(years.year[0] - 0.6, years.year[-1] + 0.6)
        below.xaxis.set_major_locator(MaxNLocator(12, integer=True, steps=[1, 2, 5, 10]))
        for axes in (above, below):
            axes.set_axisbelow(True)
        headed(figure, caption)
        return rendered(figure, format)


def _percentiles(axes: Axes, years: Years) -> None:
    """Columns from the reference mean up and down; points where there is no such mean."""
    year, value = years.year, years.value
    if not np.isfinite(years.mean):
        axes.plot(year, value, ls="", marker="o", ms=5, color=BLUE, label="value of the year")
        return _legend_above(axes)
    first, last = years.reference
    spread = years.std if np.isfinite(years.std) else 0.0
    band: Any = {"color": GREY, "alpha": 0.18, "lw": 0, "label": "\N{PLUS-MINUS SIGN} 1 standard deviation"}
    axes.fill_between([first - 0.5, last + 0.5], years.mean - spread, years.mean + spread, **band)
    height = np.where(np.isfinite(value), value - years.mean, 0.0)
    axes.bar(year, height, 0.78, bottom=years.mean, color=np.where(height >= 0, WARM, COLD))
    axes.axhline(years.mean, color=INK, lw=1.1, label=f"mean of {first}\N{EN DASH}{last}")
    reach = max(float(np.abs(height).max()), spread, 1e-6)
    axes.set_ylim(years.mean - 1.1 * reach, years.mean + 1.1 * reach)
    _legend_above(axes)


def _completeness(axes: Axes, years: Years) -> None:
    """Part of the days with a good value; columns of years that do not count are hatched."""
    counts = np.isfinite(years.value)
    part = np.nan_to_num(years.completeness)
    axes.bar(years.year[counts], part[counts], 0.78, color=GREY)
    axes.bar(years.year[~counts], part[~counts], 0.78, color="white", edgecolor=GREY, hatch="////", lw=0.6)
    if np.isfinite(years.minimum):
        axes.axhline(years.minimum, color=RED, lw=0.9, ls=(0, (4, 2)))
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_yticks([0, 0.5, 1])
    axes.set_ylabel("days with\ngood values")


def heat_wave_figure(
    caption: Caption,
    quantity: str,
    units: str,
    daily: Daily,
    waves: Waves,
    shown: tuple[np.datetime64, np.datetime64],
    *,
    format: str = "png",
) -> bytes:
    """All heat waves of a station, and the days of some months with climatology and threshold.

    Parameters
    ----------
    shown : first and last day of the lower panel, in which events are shaded, their days in the colour of
        the category that the day itself reaches.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 6.4))
        above, below = figure.subplots(2, 1, height_ratios=(1, 1.7))
        if np.isfinite(daily.threshold).any():
            _all_waves(above, daily, waves, shown)
            inside = (daily.day >= shown[0]) & (daily.day <= shown[1])
            _days(below, Daily(*(a[inside] for a in daily)), waves)
        else:
            absent(above, caption.missing or "no day has a climatology")
            above.set_yticks([])
            below.plot(daily.day, daily.value, color=INK, lw=0.6)
            for axes in (above, below):
                axes.set_xlim(daily.day[0], daily.day[-1])
        unit = unit_text(units)
        above.set_ylabel(label("intensity", unit))
        below.set_ylabel(label(quantity, unit))
        for axes in (above, below):
            locator = AutoDateLocator()
            axes.xaxis.set_major_locator(locator)
            axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
            axes.grid(axis="y", lw=0.4, color="#dddddd")
            axes.set_axisbelow(True)
        headed(figure, caption)
        return rendered(figure, format)


def _all_waves(axes: Axes, daily: Daily, waves: Waves, shown: tuple[np.datetime64, np.datetime64]) -> None:
    """Each event by its peak and largest intensity; months without a single value are grey."""
    month = daily.day.astype("M8[M]")
    months, of_month = np.unique(month, return_inverse=True)
    empty = np.bincount(of_month, np.isfinite(daily.value)) == 0
    for start in months[empty]:
        axes.axvspan(start.astype("M8[D]"), (start + 1).astype("M8[D]"), color=UNSAMPLED, lw=0, zorder=0)
    ends: Any = shown
    axes.axvspan(*ends, color=BLUE, alpha=0.12, lw=0, zorder=0.5)
    axes.vlines(waves.peak, 0, waves.intensity, color=GREY, lw=0.7, zorder=1)
    for k, name in enumerate(CATEGORIES):
        if k and (of := waves.category == k).any():
            dots: Any = {"color": HEAT[k], "edgecolor": INK, "linewidth": 0.4, "s": 22, "zorder": 2}
            axes.scatter(waves.peak[of], waves.intensity[of], label=f"{name} ({int(of.sum())})", **dots)
    axes.set_xlim(daily.day[0] - DAYS_BESIDE, daily.day[-1] + DAYS_BESIDE)
    axes.set_ylim(0, 1.12 * float(waves.intensity.max(initial=0.1)))
    if waves.peak.size:
        _legend_above(axes)
    else:
        axes.text(0.5, 0.5, "no heat wave", ha="center", va="center", transform=axes.transAxes, color=GREY)


def _days(axes: Axes, daily: Daily, waves: Waves) -> None:
    """Days with climatology and threshold; in events the part above each multiple of the threshold."""
    day, value, normal, high = daily
    within = np.zeros(day.size, bool)
    for first, last in zip(waves.first, waves.last, strict=True):
        if last >= day[0] and first <= day[-1]:
            axes.axvspan(first, last, color=HEAT[1], alpha=0.18, lw=0, zorder=0)
            within |= (day >= first) & (day <= last)
    step = high - normal
    patches = []
    for k in range(1, len(CATEGORIES)):
        floor, ceiling = normal + k * step, np.inf if k == len(CATEGORIES) - 1 else normal + (k + 1) * step
        if (within & (value > floor) & (step > 0)).any():
            top = np.minimum(np.maximum(value, floor), ceiling)
            axes.fill_between(day, floor, top, where=within & (step > 0), color=HEAT[k], lw=0, zorder=1)
            patches.append(Patch(color=HEAT[k], label=CATEGORIES[k]))
            if k > 1:
                axes.plot(day, floor, color=NORMAL, lw=0.6, ls=":", zorder=2)
    lines = [
        *axes.plot(day, value, color=INK, lw=0.9, zorder=3, label="daily mean"),
        *axes.plot(day, normal, color=BLUE, lw=1.2, zorder=2, label="climatology"),
        *axes.plot(day, high, color=NORMAL, lw=1.2, ls=(0, (4, 2)), zorder=2, label="threshold"),
    ]
    axes.set_xlim(day[0], day[-1])
    _legend_above(axes, [*lines, *patches])


def stations_figure(
    caption: Caption,
    quantity: str,
    units: str,
    stations: Sequence[str],
    year: Array,
    values: Array,
    completeness: Array,
    *,
    diverging: bool = True,
    format: str = "png",
) -> bytes:
    """Stations by year: colours where a year counts, the completeness where it does not.

    Parameters
    ----------
    stations : labels, from the top down.
    values, completeness : (station, year); NaN where a year does not count.
    diverging : about zero, or from zero up.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 2.2 + 0.21 * max(len(stations), 5)))
        axes = figure.subplots()
        axes.set_facecolor(UNSAMPLED)
        if np.isfinite(values).any():
            image, levels = _cells(axes, year, values, diverging)
            ticks = middle_ticks(levels) if diverging else levels[::2]
            bar = figure.colorbar(image, ax=axes, aspect=26, pad=0.015, ticks=ticks)
            bar.set_label(label(quantity, "" if units == "day" else unit_text(units)), color=INK)
            bar.outline.set_linewidth(0.5)
        else:
            absent(axes, caption.missing or "no year of any station counts")
        if values.size <= PRINTED:
            for s, y in zip(*np.nonzero(~np.isfinite(values) & (completeness > 0)), strict=True):
                text = f"{completeness[s, y]:.0%}"
                axes.text(year[y], s, text, ha="center", va="center", fontsize=5.5, color=GREY)
        axes.set_yticks(range(len(stations)), stations, fontsize=7)
        axes.set_ylim(len(stations) - 0.5, -0.5)
        axes.set_xlim(year[0] - 0.5, year[-1] + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(12, integer=True, steps=[1, 2, 5, 10]))
        headed(figure, caption)
        return rendered(figure, format)


def _cells(axes: Axes, year: Array, values: Array, diverging: bool) -> tuple[Any, Array]:
    levels = symmetric_levels(values)
    if not diverging:
        locator = MaxNLocator(8, steps=[1, 2, 2.5, 5, 10])
        upper = np.asarray(locator.tick_values(0, 1.001 * max(float(np.nanmax(values)), 1e-6)))
        levels = upper[upper >= 0]
    norm = mpl.colors.BoundaryNorm(levels, 256, extend="both" if diverging else "neither")
    x, y = np.r_[year - 0.5, year[-1] + 0.5], np.arange(len(values) + 1) - 0.5
    edges: Any = {"edgecolors": "white", "linewidth": 0.4}
    cmap = DIVERGING if diverging else "YlOrRd"
    return axes.pcolormesh(x, y, np.ma.masked_invalid(values), norm=norm, cmap=cmap, **edges), levels


def _legend_above(axes: Axes, handles: Sequence[Any] | None = None) -> None:
    """A legend in one line over the panel, off the data."""
    shown = list(handles) if handles is not None else axes.get_legend_handles_labels()[0]
    place: Any = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0.1, "ncols": len(shown)}
    axes.legend(handles=shown, frameon=False, fontsize=7.5, columnspacing=1.2, handlelength=1.4, **place)
