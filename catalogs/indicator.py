"""What an indicator is: one number per column, averaged over regions."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from catalogs.entry import Entry

ANOMALIES = (
    "ocean_heat_content", "thermosteric_sea_level", "halosteric_sea_level", "steric_sea_level", "layer_mean",
    "value_at_depth", "salt_content", "freshwater_content",
)  # fmt: skip
"""Quantities that are made from differences of the records to their climatology. Of the others, which are
found in the column as it is, the mean of the box and calendar month is taken off."""


class Indicator(Entry):
    """A number that the Ocean State Report prints, with every convention that it depends on."""

    name: str
    title: str
    quantity: Literal[
        "ocean_heat_content", "thermosteric_sea_level", "halosteric_sea_level", "steric_sea_level",
        "layer_mean", "value_at_depth", "salt_content", "freshwater_content", "mixed_layer_depth",
        "stratification", "oxygen_inventory", "oxygen_penetration_depth", "oxygen_penetration_density",
    ]  # fmt: skip
    variable: Literal["TEMP", "PSAL", "DOXY"] = "TEMP"
    layer: tuple[float, float]
    """Top and bottom in m, positive down; in which a depth is looked for, from the first on, where the
    quantity is a depth."""
    depths: tuple[Annotated[float, Field(ge=0)], ...] = ()
    """m; one indicator for each of them, see ``each``."""
    units: str
    standard_name: str | None = None
    heat: Literal["in_situ", "potential", "teos10"] = "in_situ"
    """Which heat: rho0 cp t, rho0 cp theta, or rho cp0 Theta of TEOS-10."""
    rho0: float | None = None
    """kg m-3"""
    cp: float | None = None
    """J kg-1 K-1"""
    reference_salinity: Annotated[float, Field(gt=0)] | None = None
    """Of freshwater content; None: the climatology's."""
    threshold: Annotated[float, Field(gt=0)] | None = None
    """Difference that ends the mixed layer, or oxygen (umol l-1) below which it is used up."""
    convention: str
    reference: str
    minimum_coverage: Annotated[float, Field(gt=0, le=1)] = 0.9
    """A column enters when its levels cover at least this part of the layer."""

    @model_validator(mode="after")
    def _layer_and_constants(self) -> "Indicator":
        top, bottom = self.layer
        if self.quantity == "value_at_depth" and not 0 <= top == bottom:
            raise ValueError(f"value_at_depth needs a layer of one depth, [z, z], not {self.layer}")
        if self.quantity != "value_at_depth" and not 0 <= top < bottom:
            raise ValueError(f"layer must be (top, bottom) with 0 <= top < bottom, not {self.layer}")
        constants = self.rho0 is not None and self.cp is not None
        if self.quantity == "ocean_heat_content" and constants != (self.heat != "teos10"):
            raise ValueError("ocean_heat_content needs rho0 and cp, and none with heat: teos10")
        finds = self.quantity == "mixed_layer_depth" or self.quantity.startswith("oxygen_penetration")
        if finds != (self.threshold is not None):
            raise ValueError(f"{self.quantity} needs {'a' if finds else 'no'} threshold")
        oxygen = self.quantity.startswith("oxygen")
        if oxygen != (self.variable == "DOXY"):
            raise ValueError(f"{self.quantity} cannot be made from {self.variable}")
        if self.depths and self.quantity != "value_at_depth":
            raise ValueError("only value_at_depth takes depths")
        return self

    @property
    def relative_to(self) -> Literal["climatology", "box_months"]:
        """What its anomalies are differences to."""
        return "climatology" if self.quantity in ANOMALIES else "box_months"

    def each(self) -> tuple["Indicator", ...]:
        """The indicator of each of its depths; itself where it names none."""
        return tuple(self._at(z) for z in self.depths) or (self,)

    def _at(self, z: float) -> "Indicator":
        own = {"name": f"{self.name}_{z:g}", "title": f"{self.title}, {z:g} m", "layer": (z, z)}
        return self.model_copy(update=own | {"depths": ()})
