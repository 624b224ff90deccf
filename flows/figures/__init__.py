"""Figures as they go into a report, as PNG, PDF or SVG: series, maps, sections, budgets, profiles.

Every function takes arrays and returns the bytes of a file; which numbers of a version go into which figure
is decided in ``flows.report``.
"""

from flows.figures.style import BLUE, INK, RED, STYLE, png

__all__ = ["BLUE", "INK", "RED", "STYLE", "png"]
