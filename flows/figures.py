"""Figures of a version, as PNG: indicator series, coverage, one flagged profile."""

import io
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from catalogs.land import land_class
from kernels.compiled import Array
from kernels.flags import Flag

INK, BLUE, RED, LAND = "#1b2a38", "#0b6ea8", "#c0392b", "#d9d4c7"
STYLE: Any = {
    "font.size": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.constrained_layout.use": True,
}


def series_figure(
    title: str,
    units: str,
    months: Array,
    value: Array,
    years: Array,
    yearly: Array,
    yearly_error: Array,
    truth: Array | None = None,
) -> bytes:
    """Monthly and yearly series with their 95 % band; the truth where it is known.

    ``months`` and ``years`` are datetime64; ``yearly_error`` are standard errors.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8, 3.6))
        axes = figure.subplots()
        axes.plot(months, value, color=BLUE, lw=0.5, marker=".", ms=1.5, alpha=0.6, label="monthly")
        middle = years + np.timedelta64(182, "D")
        low, high = yearly - 1.96 * yearly_error, yearly + 1.96 * yearly_error
        axes.fill_between(middle, low, high, color=BLUE, alpha=0.25, lw=0, label="95 % of the yearly mean")
        axes.plot(middle, yearly, color=BLUE, lw=1.6, marker="o", ms=2.5, label="yearly")
        if truth is not None:
            axes.plot(months, truth, color=RED, lw=1.2, label="truth")
        axes.axhline(0, color=INK, lw=0.5)
        axes.set_title(title)
        axes.set_ylabel(f"anomaly ({units})")
        axes.legend(frameon=False, loc="upper left", fontsize=8)
        return png(figure)


def coverage_figure(title: str, latitude: Array, longitude: Array) -> bytes:
    """Map of how many records there are in each 1-degree cell."""
    n, _, _ = np.histogram2d(latitude, longitude, bins=(np.arange(-90, 91, 1), np.arange(-180, 181, 1)))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8, 4.2))
        axes = figure.subplots()
        _land(axes)
        norm = mpl.colors.LogNorm(vmin=1, vmax=max(10, float(n.max())))
        seen = np.ma.masked_equal(n, 0)
        image = axes.pcolormesh(np.arange(-180, 181), np.arange(-90, 91), seen, norm=norm, cmap="viridis")
        figure.colorbar(image, ax=axes, label="records per 1-degree cell", shrink=0.85)
        axes.set(
            title=title, xlabel="longitude", ylabel="latitude", xlim=(-180, 180), ylim=(-90, 90), aspect=1
        )
        return png(figure)


def _land(axes: Axes) -> None:
    land = (land_class() >= 2)[::3, ::3]
    axes.imshow(
        np.ma.masked_equal(land.astype(float), 0),
        origin="lower",
        extent=(-180, 180, -90, 90),
        cmap=mpl.colors.ListedColormap([LAND]),
        interpolation="nearest",
    )


def profile_figure(title: str, profile: xr.Dataset, names: Sequence[str] = ("TEMP", "PSAL")) -> bytes:
    """One profile with its flagged observations; ``profile`` has one row."""
    vertical = "PRES" if "PRES" in profile and np.isfinite(profile["PRES"].values).any() else "DEPH"
    shown = [n for n in names if n in profile and np.isfinite(profile[n].values).any()]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(1 + 3.2 * len(shown), 4.6))
        for axes, name in zip(np.atleast_1d(figure.subplots(1, len(shown), sharey=True)), shown, strict=True):
            value, level, flag = (profile[v].values for v in (name, vertical, f"{name}_QC"))
            order = np.argsort(level, kind="stable")
            good = np.isin(flag, (Flag.NO_QC, Flag.GOOD, Flag.PROBABLY_GOOD))[order]
            axes.plot(
                value[order][good], level[order][good], color=BLUE, lw=1, marker=".", ms=3, label="good"
            )
            bad = np.isin(flag, (Flag.PROBABLY_BAD, Flag.BAD))
            axes.plot(value[bad], level[bad], ls="", color=RED, marker="x", ms=7, label="flagged 3 or 4")
            axes.set_xlabel(f"{name} ({profile[name].attrs['units']})")
            axes.legend(frameon=False, fontsize=8)
        axes.invert_yaxis()
        figure.axes[0].set_ylabel(f"{vertical} ({profile[vertical].attrs['units']})")
        figure.suptitle(title, fontsize=10, x=0.02, ha="left", color=INK)
        return png(figure)


def png(figure: Figure) -> bytes:
    """A figure as the bytes of a PNG that is the same for the same content."""
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=130, metadata={"Software": None})
    return buffer.getvalue()
