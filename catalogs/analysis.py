"""What a grid says of an analysis: the objective mapping of records on it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class Setting(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scale(Setting):
    """A part of what an analysis maps: its scales and its share of the mapped variance."""

    kilometres: Positive
    days: Positive
    share: Annotated[float, Field(gt=0, le=1)]
    shape: Literal["gaussian", "exponential"] = "gaussian"
    """``exp(-u**2 / 2)`` or ``exp(-u)`` of distance over kilometres, and of lag over days."""


class Analysis(Setting):
    """How records are mapped on a grid: covariance, noise, background, and what is an alert."""

    scales: tuple[Scale, ...]
    signal_share: Annotated[float, Field(gt=0, le=1)]
    """Part of the variance of records about the climatology that is mapped; the rest is noise."""
    unresolved: Mapping[str, NotNegative]
    measurement: Mapping[str, NotNegative] = {"default": 0}
    """Platform type, or ``default``: variance over that of the signal. Of a mean of several casts of one
    platform the unresolved part stays, the measurement's falls with their number."""
    together: tuple[Positive, Positive] = (0.5, 5)
    """Degrees and days: casts of one platform within one such cell are one super-observation."""
    window_months: Annotated[int, Field(ge=0)] = 1
    """Months on each side of the analysed one whose records are used."""
    neighbours: Annotated[int, Field(gt=0)]
    """Casts that a point takes."""
    neighbours_at: tuple[NotNegative, ...] = ()
    """m; levels (the nearest of the grid) at each of which a point takes so many from the casts that reach
    it, so that shallow casts do not push out deep ones; none: one choice, whatever a cast has."""
    equatorial_stretch: Annotated[float, Field(ge=1)] = 1
    """Zonal scales on the equator over those far from it."""
    equatorial_width: Positive = 10
    """Degrees of latitude over which the stretch fades."""
    barrier_km: Positive | None = None
    """Land at least this wide on the way hides a cast; None: land hides nothing."""
    background: Literal["climatology", "damped_persistence"] = "climatology"
    persistence: Annotated[float, Field(ge=0, le=1)] = 0
    """Factor on the previous month's anomaly."""
    spin_up_months: Annotated[int, Field(ge=0)] = 0
    """Months before a year from which damped persistence starts, with the climatology."""
    alert: Positive = 3
    """A record further from the analysis of all others than this many expected standard deviations."""

    @model_validator(mode="after")
    def _adds_up(self) -> "Analysis":
        if abs(sum(s.share for s in self.scales) - 1) > 1e-6:
            raise ValueError(f"shares of the scales must add up to 1, not {[s.share for s in self.scales]}")
        for name in ("unresolved", "measurement"):
            if "default" not in getattr(self, name):
                raise ValueError(f"{name} must state a default for the platform types that it does not name")
        persists = self.background == "damped_persistence"
        if persists and (self.window_months or not self.persistence or not self.spin_up_months):
            raise ValueError("damped_persistence needs persistence, spin_up_months and window_months 0: "
                             "a record must not come in again through the background")  # fmt: skip
        return self
