"""One profile as it was measured, and what was flagged in it."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from flows.figures.style import BLUE, INK, RED, STYLE, label, png, unit_text
from kernels.flags import Flag


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
            axes.set_xlabel(_named(profile[name]))
            axes.legend(frameon=False, fontsize=8)
        axes.invert_yaxis()
        figure.axes[0].set_ylabel(_named(profile[vertical]))
        figure.suptitle(title, fontsize=10, x=0.02, ha="left", color=INK)
        return png(figure)


def _named(variable: xr.DataArray) -> str:
    return label(str(variable.attrs.get("long_name", variable.name)), unit_text(variable.attrs["units"]))
