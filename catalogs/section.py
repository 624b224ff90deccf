"""Indicators by depth: trends along latitude and depth, or along depth alone."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator

from catalogs.entry import Entry


class Section(Entry):
    """Zonal means of anomalies at levels and their trends, with every convention that they depend on."""

    name: str
    title: str
    variable: Literal["TEMP", "PSAL"]
    levels: Annotated[tuple[float, ...], Field(min_length=1)]
    """m, increasing, positive down."""
    band: Annotated[float, Field(gt=0, le=180)] | None = None
    """Degrees of latitude of a band; a multiple of the boxes' height. None: the whole region in one, so that
    the result goes by depth alone."""
    regions: tuple[str, ...] = ()
    """Regions that it is made for; those of the campaign where none is named."""
    method: Literal["ols", "theil_sen"] = "ols"
    global_level: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """Probability to call anything significant in a section without trends."""
    minimum_years: Annotated[int, Field(ge=3)] = 5
    units: str
    standard_name: str | None = None
    convention: str
    reference: str

    @field_validator("levels")
    @classmethod
    def _levels_increase(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if levels[0] < 0 or any(b <= a for a, b in pairwise(levels)):
            raise ValueError("levels must increase from 0 or below the surface")
        return levels
