"""What all figures share: colours, type, units as they are printed, the footer, and the bytes of a file.

Colours of lines are those of Okabe and Ito, which readers with the common forms of colour blindness tell
apart (Wong 2011, Nature Methods 8, 441); anomalies and trends are drawn red to blue about white (ColorBrewer
RdBu, safe in the same sense), never as a rainbow.
"""

import io
import math
import re
import textwrap
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from kernels.compiled import Array

INK, BLUE, RED, LAND = "#1b2a38", "#0b6ea8", "#c0392b", "#d9d4c7"
GREY, UNSAMPLED = "#6b7680", "#f1f1ef"
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f5f00", "#5f5f5f")
DIVERGING = "RdBu_r"
STYLE: Any = {
    "font.size": 9,
    "mathtext.default": "regular",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.constrained_layout.use": True,
    "pdf.fonttype": 42,  # text that can be searched and edited
    "svg.hashsalt": "oceanstate",
}
MARGIN = 0.014
"""Left margin of text, part of the width."""
FORMATS = ("png", "pdf", "svg")
_DATELESS: dict[str, Any] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "ModDate": None},
    "svg": {"Date": None},
}
_PREFIXES = {-3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E", 21: "Z"}


def png(figure: Figure) -> bytes:
    """A figure as the bytes of a PNG that is the same for the same content."""
    return rendered(figure, "png", dpi=130)


def rendered(figure: Figure, format: str = "png", dpi: int = 200) -> bytes:
    """A figure as the bytes of a PNG, PDF or SVG that is the same for the same content."""
    if format not in FORMATS:
        raise ValueError(f"figures are written as {', '.join(FORMATS)}, not {format!r}")
    buffer = io.BytesIO()
    with mpl.rc_context(STYLE):  # the salt of the SVG's ids is read when it is written
        figure.savefig(buffer, format=format, dpi=dpi, metadata=_DATELESS[format])
    return buffer.getvalue()


class Caption(NamedTuple):
    """What a figure says in words."""

    title: str
    subtitle: str = ""
    footer: tuple[str, ...] = ()
    """Lines of small print: version, reference period, area, method."""
    missing: str = ""
    """Why there is no value, where there is none."""


SMALL_PRINT, LINE, FEW_LINES = 6.2, 1.3, 5
"""Size of small print in points, distance of its lines in that size, lines that figures have room for."""


def headed(figure: Figure, caption: Caption) -> None:
    """Title and subtitle above a figure, and small print below it, broken to its width.

    The layout is settled here, so it comes last. Small print of more than ``FEW_LINES`` makes the figure
    higher: it takes no room from what is drawn.
    """
    wide = figure.get_figwidth()
    title = "\n".join(textwrap.wrap(in_print(caption.title), int(wide * 10.2)))
    figure.suptitle(title, fontsize=11.5, x=MARGIN, ha="left", color=INK, fontweight="bold")
    subtitle = figure.axes[0].set_title(in_print(caption.subtitle), fontsize=9, color=GREY)
    small = textwrap.wrap(in_print(" ".join(caption.footer)), int(wide * 20))
    if small:
        more = max(0, len(small) - FEW_LINES) * SMALL_PRINT * LINE / 72
        figure.set_figheight(figure.get_figheight() + more)
        how: Any = {"ha": "left", "color": GREY, "linespacing": LINE}
        figure.supxlabel("\n".join(small), fontsize=SMALL_PRINT, x=MARGIN, **how)
    layout = ConstrainedLayoutEngine(h_pad=0.07)
    figure.set_layout_engine(layout)
    layout.execute(figure)
    figure.set_layout_engine("none")
    box = figure.axes[0].get_position()
    subtitle.set_x((MARGIN - box.x0) / box.width)


def in_print(text: str) -> str:
    """Plain text with the signs of print: superscripts of units, en dashes between numbers, degrees.

    DOIs and URLs stay as they are.
    """
    parts = _ADDRESS.split(text)
    for pattern, sign in _SIGNS:
        parts[::2] = [re.sub(pattern, sign, part) for part in parts[::2]]
    return "".join(parts)


def _raised(match: re.Match[str]) -> str:
    return match[0].translate(_SUPERSCRIPT)


_ADDRESS = re.compile(r"(\b10\.\d{4,9}/\S+|\bhttps?://\S+)")
_SUPERSCRIPT = str.maketrans("-0123456789", "\N{SUPERSCRIPT MINUS}⁰¹²³⁴⁵⁶⁷⁸⁹")
_SIGNS: tuple[tuple[str, Any], ...] = (
    (r"(?<=\b[a-zA-Z])-\d\b|(?<=\b[a-zA-Z]{2})-\d\b|(?<=\byear)-\d\b", _raised),
    (r"(?<=\d) x (?=10\^)", " \N{MULTIPLICATION SIGN} "),
    (r"(?<=\d)\^-?\d+|(?<=\bm)\^2", lambda m: _raised(m).lstrip("^")),
    (r"\b(\d+)([NSEW])-(\d+)([NSEW])\b", "\\1°\\2\N{EN DASH}\\3°\\4"),
    (r"(?<=\d)-(?=\d)", "\N{EN DASH}"),
    (r"(?<= )-(?= \d)", "\N{MINUS SIGN}"),
    (r"\brho0\b", "\N{GREEK SMALL LETTER RHO}₀"),
    (r"\bcp\b", "c\N{LATIN SUBSCRIPT SMALL LETTER P}"),
)


def absent(axes: Axes, reason: str) -> None:
    """Say in the middle of an empty panel why nothing is drawn."""
    text = "\n".join(textwrap.wrap(f"No value: {reason}", 50))
    white: Any = {"facecolor": "white", "edgecolor": GREY, "linewidth": 0.6, "boxstyle": "round,pad=0.6"}
    axes.text(
        0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color=INK, bbox=white, zorder=5
    )


def unit_text(units: str) -> str:
    """A CF unit as it is printed: with superscripts, ``degC`` as °C, nothing for ``1``."""
    spelt = re.sub(r"\b(degC|degree_Celsius|degrees_C|degree_C)\b", "°C", units)
    return in_print(re.sub(r"^1(?: |$)", "", spelt))


def scale_of(values: Array, units: str) -> tuple[float, str]:
    """Factor by which values are multiplied so that the axis has short numbers, and their unit as printed.

    Joules and metres take a prefix; other units a power of ten.
    """
    largest = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.0
    power = 3 * math.floor(math.log10(largest) / 3) if largest > 0 else 0
    if units.startswith("J ") or units == "J":
        power = min(max(power, 0), 21)
        return 10.0**-power, unit_text(_PREFIXES[power] + units)
    if units in ("m", "m year-1") and power < 0:
        return 1e3, unit_text("m" + units)
    if 1e-2 <= largest < 1e4 or largest == 0:
        return 1.0, unit_text(units)
    return 10.0**-power, in_print(f"10^{power} {unit_text(units)}".strip())


def label(name: str, unit: str) -> str:
    """A quantity and its unit for an axis."""
    return f"{name} ({unit})" if unit else name


def symmetric_levels(values: Array, n: int = 12) -> Array:
    """Round levels about zero, for 99 % of the values: always an even number of classes."""
    known = np.abs(values[np.isfinite(values)])
    reach = float(np.quantile(known, 0.99)) if known.size else 1.0
    locator = MaxNLocator(n // 2, steps=[1, 2, 2.5, 5, 10])
    upper = np.asarray(locator.tick_values(0, reach if reach > 0 else 1.0))
    return np.concatenate([-upper[:0:-1], upper])


def middle_ticks(levels: Array) -> Array:
    """Every other level, zero among them."""
    return levels[(len(levels) // 2) % 2 :: 2]


def fractional_years(time: Array) -> Array:
    """Middles of months (datetime64) or of calendar years, in years with decimals."""
    if time.dtype.kind == "M":
        return np.asarray(1970 + (time.astype("M8[M]").astype(np.int64) + 0.5) / 12)
    return np.asarray(time + 0.5)
