"""Indicators of single stations: moorings, tide gauges."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from catalogs.entry import Entry

Odd = Annotated[int, Field(ge=1)]
Part = Annotated[float, Field(gt=0, le=1)]


class StationIndicator(Entry):
    """Yearly percentiles or marine heat waves of stations, with every convention that they depend on."""

    name: str
    title: str
    quantity: Literal["percentile", "marine_heat_waves"]
    variable: str = "TEMP"
    layer: tuple[float, float]
    """m; values from the first depth to the second are the station's series."""
    platform_types: tuple[str, ...] = ("MO", "TG")
    """Types of In Situ TAC; other platforms are no stations."""
    maximum_drift: Annotated[float, Field(gt=0)] = 0.5
    """Degrees between the southern- and northernmost yearly positions, and as far from west to east, beyond
    which a station is not one place."""
    percentile: Annotated[float, Field(ge=0, le=100)]
    """Of the year's hourly means, or, for heat waves, of the days around each day of the year."""
    minimum_completeness: Part
    """Part of the days of a year that must have a good value."""
    minimum_month_completeness: Annotated[float, Field(ge=0, le=1)]
    """The same of every month of the year."""
    minimum_years: Annotated[int, Field(ge=1)]
    """Years that must count in the reference period."""
    reference_period: tuple[int, int] | None = None
    """First and last year; the campaign's where None."""
    window_days: Odd = 11
    smoothing_days: Odd = 31
    minimum_days: Annotated[int, Field(ge=1)] = 5
    maximum_gap: Annotated[int, Field(ge=0)] = 2
    units: str
    convention: str
    reference: str

    @model_validator(mode="after")
    def _layer_and_windows(self) -> "StationIndicator":
        if not 0 <= self.layer[0] <= self.layer[1]:
            raise ValueError(f"layer must be (top, bottom) with 0 <= top <= bottom, not {self.layer}")
        if self.window_days % 2 == 0 or self.smoothing_days % 2 == 0:
            raise ValueError("window_days and smoothing_days must be odd, so that windows have a middle day")
        if self.reference_period and self.reference_period[0] > self.reference_period[1]:
            raise ValueError(f"reference_period must be (first, last) year, not {self.reference_period}")
        return self
