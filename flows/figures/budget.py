"""Budgets of uncertainty: what part of the variance each source brings."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flows.figures.style import GREY, INK, PALETTE, STYLE, Caption, absent, headed, rendered, scale_of
from kernels.compiled import Array


def budget_figure(
    caption: Caption,
    units: str,
    items: Sequence[str],
    factors: Sequence[str],
    variance: Array,
    total: Array,
    *,
    format: str = "png",
) -> bytes:
    """A bar for each item, stacked from the parts of its variance, and its total standard error by its name.

    Parameters
    ----------
    items : (n,) what the bars are: regions, layers or periods.
    factors : (m,) sources of uncertainty.
    variance : (n, m) variance of each source in the squared unit; NaN where it was not estimated.
    total : (n,) total variance. What the parts leave of it is drawn hatched, as not attributed; parts that
        sum to more than it reach beyond 100 %.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.5, 1.7 + 0.5 * max(len(items), 2)))
        axes = figure.subplots()
        known = np.isfinite(total) & (total > 0)
        part = np.nan_to_num(variance) / np.where(known, total, np.nan)[:, None]
        share = 100 * np.where(known[:, None], part, 0)
        error = np.sqrt(np.where(known, total, np.nan))
        factor, unit = scale_of(error, units)
        names = [f"{item}\n{_error_text(factor * e, unit)}" for item, e in zip(items, error, strict=True)]
        _bars(axes, names, factors, share, known)
        if known.any():
            beside: Any = {"loc": "upper left", "bbox_to_anchor": (1.01, 1), "borderaxespad": 0}
            axes.legend(frameon=False, fontsize=8, **beside)
        else:
            absent(axes, caption.missing or "no item has a variance")
        headed(figure, caption)
        return rendered(figure, format)


def _bars(axes: Axes, names: Sequence[str], factors: Sequence[str], share: Array, known: Array) -> None:
    at, left = np.arange(len(names)), np.zeros(len(names))
    for k, factor in enumerate(factors):
        axes.barh(
            at,
            share[:, k],
            0.62,
            left=left,
            color=PALETTE[k % len(PALETTE)],
            ec="white",
            lw=0.6,
            label=factor,
        )
        left += share[:, k]
    rest = np.where(known & (left < 99.5), 100 - left, 0)
    if rest.any():
        axes.barh(
            at, rest, 0.62, left=left, color="white", ec=GREY, lw=0.5, hatch="////", label="not attributed"
        )
    axes.set_yticks(at, names, fontsize=8.5)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.axvline(100, color=INK, lw=0.6, ls=":")
    axes.set_xlim(0, max(100.0, float(left.max(initial=0))) * 1.001)
    axes.set_xlabel("share of the variance (%)")


def _error_text(error: float, unit: str) -> str:
    digits = f"{error:.0f}" if 100 <= error < 1e4 else f"{error:.2g}"
    return f"$\\pm$ {digits} {unit}" if np.isfinite(error) else "no total"
