"""The number that an indicator takes from each column of a partition.

Most are the integral over a layer of what the anomalies from the climatology make of the water; the others
are found in the column as it is (those that are not in ``catalogs.indicator.ANOMALIES``).
"""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from catalogs.schema import Grid, Indicator, Selection
from flows.climatology import option, profiles_at
from flows.selection import select
from flows.standard_profiles import COMPANION, curve_of
from kernels.climatology.levels import (
    at_levels,
    between_levels,
    deepest_known,
    insert_level,
    ordered_levels,
)
from kernels.indicators.freshwater import freshwater_anomaly, freshwater_anomaly_below
from kernels.indicators.heat_content import heat_anomaly_teos10
from kernels.indicators.layer import filled_to_layer, layer_integral, scaled_to_layer
from kernels.indicators.mixed_layer import mixed_layer_depth
from kernels.indicators.oxygen import oxygen_concentration, penetration
from kernels.indicators.salt_content import salt_anomaly
from kernels.indicators.steric import (
    State,
    climatological_state,
    potential_per_temperature,
    pressure_at,
    relative_expansion,
    state_at,
)
from kernels.indicators.stratification import layer_stratification
from kernels.ragged import row_of_obs, row_start_of
from kernels.seawater import absolute_salinity, conservative_temperature, density
from kernels.standard_levels.refined import refined
from kernels.vertical import pressure_of

Array = NDArray[Any]
Levels = tuple[Array, Array, Array]
"""Offsets of the columns, depth (m, strictly increasing in each) and a value at each level."""


class Water(NamedTuple):
    """Levels at which all of the variables were measured: offsets, depth (m), pressure (dbar), Absolute
    Salinity (g kg-1), Conservative Temperature (degC), oxygen (umol kg-1; None where not asked for)."""

    start: Array
    depth: Array
    pressure: Array
    absolute_salinity: Array
    conservative_temperature: Array
    oxygen: Array | None


class Profiles:
    """What the columns of a partition hold, each thing made once, when first asked for.

    Between the levels that were measured columns go along straight lines, or along the curve that the grid's
    ``interpolation`` names: of the profiles themselves, before the climatology is taken off.
    """

    def __init__(
        self, partition: xr.Dataset, climatology: xr.Dataset, grid: Grid, selection: Selection
    ) -> None:
        self.partition, self.climatology, self.selection = partition, climatology, selection
        self.row_start = row_start_of(np.asarray(partition["row_size"].values))
        self.where = tuple(partition[k].values.astype(np.float64) for k in ("TIME", "LATITUDE", "LONGITUDE"))
        self.gaps = option(grid, "gap_at_surface"), option(grid, "gap_per_depth")
        self.interpolation = grid.interpolation
        self._made: dict[Any, Any] = {}

    def anomaly(self, name: str) -> Levels:
        """Levels with the anomaly of a variable from the climatology."""
        if name not in self._made:
            deepest = deepest_known(self._levels, self._normal(name))
            self._made[name] = self._less_normal(self.values(name), name, deepest)
        made: Levels = self._made[name]
        return made

    def both_anomalies(self) -> tuple[Array, Array, Array, Array]:
        """Offsets, depth, and the anomalies of temperature and salinity, where both were measured."""
        if "both" not in self._made:
            start, depth, t, s = self._together(("TEMP", "PSAL"))
            deepest = np.fmin(*(deepest_known(self._levels, self._normal(n)) for n in ("TEMP", "PSAL")))
            start_, depth_, temperature = self._less_normal((start, depth, t), "TEMP", deepest)
            salinity = self._less_normal((start, depth, s), "PSAL", deepest)[2]
            self._made["both"] = start_, depth_, temperature, salinity
        made: tuple[Array, Array, Array, Array] = self._made["both"]
        return made

    def state(self, of: str) -> State:
        """Climatological state at the levels of ``anomaly`` of a variable, or of ``both``."""
        key = "state", of
        if key not in self._made:
            start, depth = (self.both_anomalies() if of == "both" else self.anomaly(of))[:2]
            self._made[key] = state_at(start, depth, self._levels, self._level_state, self._extension)
        made: State = self._made[key]
        return made

    def potential_per_temperature(self) -> Array:
        """Change of potential temperature with in situ temperature at the levels of ``anomaly`` of TEMP."""
        start, depth, _ = self.anomaly("TEMP")
        t, s = self._normal("TEMP"), self._normal("PSAL")
        pressure = pressure_at(self._levels, self.where[1])
        slope = potential_per_temperature(pressure.ravel(), t.ravel(), s.ravel()).reshape(t.shape)
        return between_levels(start, depth, self._levels, slope, self._extension)

    def normal_salinity(self) -> Array:
        """Climatological practical salinity at the levels of ``anomaly`` of PSAL."""
        start, depth, _ = self.anomaly("PSAL")
        return between_levels(start, depth, self._levels, self._normal("PSAL"), self._extension)

    def values(self, name: str) -> Levels:
        """Levels with the values of a variable."""
        if ("values", name) not in self._made:
            wanted = [name]
            if self.interpolation == "mrst_pchip" and name in COMPANION:
                wanted.append(COMPANION[name][0])
            measured = {}
            for each in wanted:
                value, depth = select(self.partition, each, self.selection)
                measured[each] = ordered_levels(self.row_start, depth, value)
            self._made["values", name] = self._along_curve(measured, name)
        made: Levels = self._made["values", name]
        return made

    def water(self, oxygen: bool = False) -> Water:
        """The water itself where temperature, salinity and, if wanted, oxygen were measured."""
        if ("water", oxygen) not in self._made:
            names = ("TEMP", "PSAL", "DOXY") if oxygen else ("TEMP", "PSAL")
            start, depth, t, s, *rest = self._together(names)
            _, latitude, longitude = self.where
            pressure = pressure_of(np.full(depth.size, np.nan), depth, latitude[row_of_obs(start)])
            SA = absolute_salinity(start, s, pressure, longitude, latitude)
            CT = conservative_temperature(SA, t, pressure)
            self._made["water", oxygen] = Water(start, depth, pressure, SA, CT, rest[0] if rest else None)
        made: Water = self._made["water", oxygen]
        return made

    def potential_density(self, oxygen: bool = False) -> Array:
        """Of ``water``, referred to the surface, kg m-3 less 1000."""
        _, _, pressure, SA, CT, _ = self.water(oxygen)
        return np.asarray(density(SA, CT, np.zeros_like(pressure)) - 1000.0)

    def _together(self, names: tuple[str, ...]) -> tuple[Array, ...]:
        """Offsets, depth and values of the levels at which all of some variables are usable."""
        selected = [select(self.partition, n, self.selection) for n in names]
        usable = np.isfinite([v for v, _ in selected]).all(axis=0)
        depth = selected[0][1]
        measured = {
            name: ordered_levels(self.row_start, depth, np.where(usable, value, np.nan))
            for name, (value, _) in zip(names, selected, strict=True)
        }
        levels = [self._along_curve(measured, name) for name in names]
        return levels[0][0], levels[0][1], *(v for _, _, v in levels)

    def _along_curve(self, measured: dict[str, Levels], name: str) -> Levels:
        """Levels of a variable, with further ones between them unless these would lie on straight lines."""
        if self.interpolation == "linear":
            return measured[name]
        levels: Levels = refined(curve_of(measured, name, self.interpolation), *self.gaps)
        return levels

    def _less_normal(self, levels: Levels, name: str, deepest: Array) -> Levels:
        # a cast that goes on below the climatology must not lose what lies above its last level
        start, depth, value = insert_level(*levels, deepest, *self.gaps)
        normal = between_levels(start, depth, self._levels, self._normal(name), self._extension)
        return start, depth, value - normal

    def _normal(self, name: str) -> Array:
        """Climatology of each column at its levels."""
        if ("normal", name) not in self._made:
            self._made["normal", name] = profiles_at(self.climatology, name, *self.where)
        made: Array = self._made["normal", name]
        return made

    @cached_property
    def _level_state(self) -> State:
        return climatological_state(self._levels, self.where[1], self._normal("TEMP"), self._normal("PSAL"))

    @cached_property
    def _levels(self) -> Array:
        return np.asarray(self.climatology["depth"].values)

    @property
    def _extension(self) -> float:
        return float(self.climatology.attrs["surface_extension"])


def column_value(profiles: Profiles, indicator: Indicator, grid: Grid) -> tuple[Array, Array, Array]:
    """What an indicator takes from each column.

    Returns
    -------
    value : (n_row,) in the indicator's unit, NaN where the column is left out.
    fraction : (n_row,) of the layer that the column covers, 0..1; of what is found in it, 1 where found.
    any_level : (n_row,) bool, whether the column has any usable level.
    """
    limits = (option(grid, "surface_extension"), *profiles.gaps)
    top, bottom = indicator.layer
    if indicator.quantity in ("mixed_layer_depth", "oxygen_penetration_depth", "oxygen_penetration_density"):
        start, value = _found(profiles, indicator, limits)
        return value, np.isfinite(value).astype(np.float64), np.diff(start) > 0
    if indicator.quantity == "value_at_depth":
        start, depth, anomaly = profiles.anomaly(indicator.variable)
        value = _at_depth(start, depth, anomaly, top, limits)
        return value, np.isfinite(value).astype(np.float64), np.diff(start) > 0
    if indicator.quantity == "stratification":
        start, *of_water, _ = profiles.water()
        water = (of_water[0], of_water[1], of_water[2], of_water[3])
        of_layer = layer_stratification(start, water, profiles.where[1], top, bottom, *limits)
        integral, fraction = scaled_to_layer(*of_layer, bottom - top, indicator.minimum_coverage)
    else:
        start, depth, per_volume = _per_volume(profiles, indicator)
        filled = layer_integral(start, depth, per_volume, top, bottom, *limits)
        integral, fraction = filled_to_layer(*filled, bottom - top, indicator.minimum_coverage)
    return integral * _per_integral(indicator), fraction, np.diff(start) > 0


def partial_columns(indicator: Indicator) -> str:
    """What becomes of columns that do not cover the whole layer, as files state it."""
    if indicator.quantity == "stratification":
        return "scaled to the layer by the mean of the covered part"
    return "water that a column does not cover has the value of the level next to it"


def _per_volume(profiles: Profiles, indicator: Indicator) -> Levels:
    """Levels with what is integrated over the layer."""
    quantity = indicator.quantity
    if quantity == "steric_sea_level":
        start, depth, t, s = profiles.both_anomalies()
        return start, depth, relative_expansion(profiles.state("both"), t, s)
    if quantity == "oxygen_inventory":
        water = profiles.water(oxygen=True)
        assert water.oxygen is not None
        rho = density(water.absolute_salinity, water.conservative_temperature, water.pressure)
        return water.start, water.depth, 1e-3 * oxygen_concentration(water.oxygen, rho)
    of_salinity = quantity in ("halosteric_sea_level", "salt_content", "freshwater_content")
    start, depth, anomaly = profiles.anomaly("PSAL" if of_salinity else indicator.variable)
    if quantity == "thermosteric_sea_level":
        return start, depth, relative_expansion(profiles.state("TEMP"), temperature=anomaly)
    if quantity == "halosteric_sea_level":
        return start, depth, relative_expansion(profiles.state("PSAL"), salinity=anomaly)
    if quantity == "salt_content":
        return start, depth, salt_anomaly(profiles.state("PSAL"), anomaly)
    if quantity == "freshwater_content" and indicator.reference_salinity is None:
        return start, depth, freshwater_anomaly(profiles.state("PSAL"), anomaly)
    if quantity == "freshwater_content":
        reference = float(indicator.reference_salinity or 0)
        return start, depth, freshwater_anomaly_below(profiles.normal_salinity(), anomaly, reference)
    if quantity == "ocean_heat_content" and indicator.heat == "teos10":
        return start, depth, heat_anomaly_teos10(profiles.state("TEMP"), anomaly)
    if quantity == "ocean_heat_content" and indicator.heat == "potential":
        return start, depth, profiles.potential_per_temperature() * anomaly
    return start, depth, anomaly


def _per_integral(indicator: Indicator) -> float:
    """What the integral over the layer is multiplied with."""
    if indicator.quantity == "ocean_heat_content" and indicator.heat != "teos10":
        assert indicator.rho0 is not None  # the catalogue's model has seen to it
        assert indicator.cp is not None
        return indicator.rho0 * indicator.cp
    if indicator.quantity in ("layer_mean", "stratification"):
        return 1 / (indicator.layer[1] - indicator.layer[0])
    return 1.0


def _found(
    profiles: Profiles, indicator: Indicator, limits: tuple[float, float, float]
) -> tuple[Array, Array]:
    """Offsets of the columns, and the depth, or density at that depth, that is looked for in each."""
    top, bottom = indicator.layer
    assert indicator.threshold is not None  # the catalogue's model has seen to it
    if indicator.quantity == "mixed_layer_depth" and indicator.variable == "TEMP":
        levels = profiles.values("TEMP")
        return levels[0], mixed_layer_depth(*levels, top, bottom, indicator.threshold, True, *limits)
    if indicator.quantity == "mixed_layer_depth":
        start, depth = profiles.water()[:2]
        sigma = profiles.potential_density()
        return start, mixed_layer_depth(start, depth, sigma, top, bottom, indicator.threshold, False, *limits)
    water, sigma = profiles.water(oxygen=True), profiles.potential_density(oxygen=True)
    assert water.oxygen is not None
    rho = density(water.absolute_salinity, water.conservative_temperature, water.pressure)
    oxygen = oxygen_concentration(water.oxygen, rho)
    both = penetration(water.start, water.depth, oxygen, sigma, indicator.threshold, top, bottom, *limits)
    return water.start, both[indicator.quantity == "oxygen_penetration_density"]


def _at_depth(
    start: Array, depth: Array, value: Array, z: float, limits: tuple[float, float, float]
) -> Array:
    """Values at a depth; the shallowest level stands for the water above it, where the grid says so."""
    extension, *gaps = limits
    out = at_levels(start, depth, value, np.array([float(z)]), *gaps)[:, 0]
    if z > extension or not depth.size:
        return np.asarray(out)
    first = np.minimum(start[:-1], depth.size - 1)
    above = (np.diff(start) > 0) & (depth[first] > z) & (depth[first] <= extension)
    return np.where(above, value[first], out)
