"""Indicators by depth: trends along latitude and depth, or along depth alone."""

from typing import Annotated, Literal

from pydantic import Field

from catalogs.entry import Entry


class Section(Entry):
    """Zonal means of anomalies at levels and their trends, with every convention that they depend on."""

    name: str
    title: str
    of: str
    """An indicator with depths, whose boxes are averaged."""
    band: Annotated[float, Field(gt=0, le=180)] | None = None
    """Degrees of latitude, a multiple of the boxes' height. None: the whole region in one, so that the result
    goes by depth alone."""
    regions: tuple[str, ...] = ()
    """Regions that it is made for, of those of the campaign; all of these where none is named."""
    method: Literal["ols", "theil_sen"] = "ols"
    global_level: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """Probability to call anything significant in a section without trends."""
    minimum_years: Annotated[int, Field(ge=3)] = 5
    convention: str
    reference: str
