"""A correction of an instrument, with version and source."""

from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from catalogs.entry import Entry
from catalogs.instruments import FallRate, YearTable


class Adjustment(Entry):
    """A correction of an instrument, for whoever names it in a selection; nothing is adjusted by default."""

    name: str
    title: str
    reference: str
    version: str
    platform_types: Annotated[tuple[str, ...], Field(min_length=1)]
    probe_types: tuple[int, ...] = ()
    """WMO code table 1770; all of the platform types where none is named."""
    sources: tuple[str, ...] = ()
    """Only records of these sources; of all where none is named."""
    years: tuple[float, float] | None = None
    """Decimal years: from the first on and before the second."""
    reach: tuple[float, float] | None = None
    """m; only profiles whose deepest level is deeper than the first and not deeper than the second."""
    fall_rates: tuple[FallRate, ...] = ()
    depth_change: YearTable | None = None
    """m, added to the depth; it must not change the order of levels."""
    temperature_bias: YearTable | None = None
    """K, subtracted from the temperature."""
    temperature_error: Annotated[float, Field(ge=0)]
    """K, standard deviation of what remains, as published; of the depth:"""
    depth_error: Annotated[float, Field(ge=0)] = 0.0
    """m, or, where that is more,"""
    depth_error_part: Annotated[float, Field(ge=0)] = 0.0
    """this part of the depth."""
    note: str = ""

    @model_validator(mode="after")
    def _something_changes_and_levels_keep_their_order(self) -> "Adjustment":
        if not (self.fall_rates or self.depth_change or self.temperature_bias):
            raise ValueError("give fall_rates, depth_change or temperature_bias: nothing is adjusted")
        codes = [c for rate in self.fall_rates for c in rate.probe_types]
        if twice := sorted({c for c in codes if codes.count(c) > 1}):
            raise ValueError(f"fall_rates: probe types {twice} have two equations")
        for row in self.depth_change.values if self.depth_change else ():
            assert self.depth_change is not None
            moved = [z + change for z, change in zip(self.depth_change.depths, row, strict=True)]
            if any(b <= a for a, b in pairwise(moved)):
                raise ValueError("depth_change: a deeper level must stay deeper")
        return self
