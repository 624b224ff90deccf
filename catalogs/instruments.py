"""What an adjustment says of an instrument: how fast it falls, and its biases by year and depth."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from catalogs.analysis import Setting

Equation = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(ge=0)]]
"""``a`` (m s-1) and ``b`` (m s-2) of the depth ``a t - b t**2`` after ``t`` seconds."""


class FallRate(Setting):
    """Depths that are computed again from the time of fall, for some probes."""

    probe_types: Annotated[tuple[int, ...], Field(min_length=1)]
    """WMO code table 1770."""
    delivered: Equation
    """Equation that the delivered depths come from."""
    adjusted: Equation


class YearTable(Setting):
    """A quantity by year and depth."""

    years: Annotated[tuple[float, ...], Field(min_length=1)]
    depths: Annotated[tuple[float, ...], Field(min_length=1)]
    """m, increasing, as delivered or, with a fall rate, as computed again."""
    values: tuple[tuple[float, ...], ...]
    """One row a year, one column a depth; linear between depths."""
    between_years: Literal["linear", "calendar_year"] = "linear"
    """``linear`` between the decimal years given, or one row for each calendar year."""
    outside: Literal["left_out", "nearest"] = "left_out"
    """What the table does not say: values there are not used, or those of the nearest year and depth hold."""

    @model_validator(mode="after")
    def _axes_increase_and_fit(self) -> "YearTable":
        for name, axis in (("years", self.years), ("depths", self.depths)):
            if any(b <= a for a, b in pairwise(axis)):
                raise ValueError(f"{name} must increase")
        if [len(row) for row in self.values] != [len(self.depths)] * len(self.years):
            raise ValueError(f"values must be {len(self.years)} rows of {len(self.depths)}, one row a year")
        if self.between_years == "calendar_year" and any(y != int(y) for y in self.years):
            raise ValueError("calendar years must be whole numbers")
        return self
