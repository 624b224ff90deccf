"""How several published series of one quantity become one estimate: their files, and the rules."""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from catalogs.entry import Entry

Years = tuple[int, int]
"""First and last, both included."""
Column = str | Annotated[int, Field(ge=1)] | None
"""Name in the header, or number from 1."""
CONFIDENCES = (0.90, 0.95)
"""Of intervals whose half width becomes a standard error."""


def depths(layer: str) -> tuple[int, int]:
    """Top and bottom in m of a layer as recipes name it: ``700-2000``."""
    match = re.fullmatch(r"(\d+)-(\d+)", layer)
    if not match or int(match[1]) >= int(match[2]):
        raise ValueError(f"a layer is called by its top and bottom in m, for example 0-700, not {layer!r}")
    return int(match[1]), int(match[2])


class Series(Entry):
    """One product in one layer: the file of its yearly values, and what its numbers mean."""

    file: str
    """URL, or name in the folder that the command is given; ``*`` stands for parts of the name that change
    with the edition."""
    skip: Annotated[int, Field(ge=0)] = 0
    """Lines before the header, or before the numbers where there is none; lines with # are skipped anyway."""
    time: Column = None
    """None: the column called time, year or date."""
    value: Column = None
    """None: the column called value; in NetCDF, the only variable that has one of its errors beside it."""
    error: Column = None
    """None: the column called standard_error; where there is none the product has no errors."""
    units: str | None = None
    """Of values and errors, for example ``1e22 J``; None where the file says it."""
    confidence: float | None = None
    """Of the intervals whose half widths the errors are, 0.90 or 0.95; None for standard errors."""
    smoothed: bool = False
    """It comes with a running mean, and gets no other."""
    region: str | None = None
    """Which rows of a table of several regions."""
    area: Annotated[float, Field(gt=0)] | None = None
    """m2 that a value per area stands for; None where the file says it, or where no value is per area."""
    less: str | None = None
    """A layer of the same product that the file's holds too, and that is taken off: 0-700 of 0-2000."""
    reference: str

    @field_validator("confidence")
    @classmethod
    def _known_confidence(cls, confidence: float | None) -> float | None:
        if confidence is not None and confidence not in CONFIDENCES:
            raise ValueError(f"must be one of {CONFIDENCES}, or left out for standard errors")
        return confidence


class Layer(Entry):
    """The products of a layer, and which of them is the central estimate."""

    central: str | None = None
    """None: the mean of the products."""
    products: Mapping[str, Series]
    without: Mapping[str, str] = {}
    """Products that are left out, with the reason."""
    combined: bool = True
    """False: its products are only taken off those of the layer below."""

    @model_validator(mode="after")
    def _central_is_a_product(self) -> "Layer":
        if self.central is not None and self.central not in self.products:
            raise ValueError(f"central: {self.central!r} is not one of the products {sorted(self.products)}")
        if both := set(self.products) & set(self.without):
            raise ValueError(f"without: {sorted(both)} are among the products")
        return self


class Recipe(Entry):
    """Products of one quantity and how they are combined, see ``kernels.indicators.consensus``."""

    name: str
    title: str
    quantity: str
    units: str
    """Of the result; products are converted to them."""
    region: str
    """What the products are of, in words."""
    baseline: Years
    """Each product loses its mean over these years."""
    start: int
    """Year from which the result runs, and in which the central estimate is 0."""
    end: int | None = None
    """Last year; None: that of the central estimate."""
    window: Annotated[int, Field(ge=1)] = 3
    """Years of the running mean, odd."""
    confidence: float = 0.90
    """Of the interval that is printed about the central estimate."""
    layers: Mapping[str, Layer]
    """By top and bottom in m."""
    whole: str | None = None
    """The layers on top of each other: their sum is given too, with errors added up."""
    periods: tuple[Years, ...] = ()
    """Of the trends."""
    convention: str
    reference: str

    @field_validator("confidence")
    @classmethod
    def _known_confidence(cls, confidence: float) -> float:
        if confidence not in CONFIDENCES:
            raise ValueError(f"must be one of {CONFIDENCES}")
        return confidence

    @field_validator("window")
    @classmethod
    def _has_a_middle(cls, window: int) -> int:
        if window % 2 == 0:
            raise ValueError("must be odd, so that the running mean has a middle year")
        return window

    @model_validator(mode="after")
    def _years_are_in_order(self) -> "Recipe":
        for first, last in (self.baseline, *self.periods):
            if first > last:
                raise ValueError(f"years must be (first, last), not ({first}, {last})")
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"end must be after start, {self.start}, not {self.end}")
        return self

    @model_validator(mode="after")
    def _layers_fit(self) -> "Recipe":
        if not any(layer.combined for layer in self.layers.values()):
            raise ValueError("layers: name at least one that is combined")
        ranges = [depths(layer) for layer in self.layers]
        if self.whole is not None:
            on_top = all(a[1] == b[0] for a, b in pairwise(ranges))
            if not all(layer.combined for layer in self.layers.values()):
                raise ValueError(f"whole: {self.whole} needs every layer combined")
            if not on_top or depths(self.whole) != (ranges[0][0], ranges[-1][1]):
                raise ValueError(f"whole: {list(self.layers)} on top of each other are not {self.whole}")
        for name, layer in self.layers.items():
            for product, series in layer.products.items():
                self._check_difference(name, product, series)
        return self

    def _check_difference(self, name: str, product: str, series: Series) -> None:
        if series.less is None:
            return
        if series.less not in self.layers or product not in self.layers[series.less].products:
            raise ValueError(f"{name}.{product}: less: there is no {product} in a layer {series.less!r}")
        if depths(series.less)[1] != depths(name)[0]:
            raise ValueError(f"{name}.{product}: less: {series.less} does not end where {name} begins")
