"""The models of the catalogue: what each YAML file may say.

Every model is frozen and refuses unknown keys. ``load`` and ``load_all`` are the only way in; an entry
that does not fit raises ``CatalogueError``, which names the file, the key and what is allowed.
"""

import os
from collections.abc import Mapping
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from catalogs.adjustment import Adjustment as Adjustment
from catalogs.analysis import Analysis
from catalogs.entry import Entry, entry_at
from catalogs.geometry import Polygons, checked_ring, polygons_of, read_geojson
from catalogs.indicator import Indicator as Indicator
from catalogs.procedure_test import ProcedureTest as ProcedureTest
from catalogs.producer import Producer
from catalogs.recipe import Recipe
from catalogs.record import FlagScheme as FlagScheme
from catalogs.record import Source as Source
from catalogs.record import Variable as Variable
from catalogs.section import Section
from catalogs.station import StationIndicator

Feature = Literal["profiles", "trajectories"]


class CatalogueError(ValueError):
    """An entry of the catalogue is missing or does not say what it should."""


class Procedure(Entry):
    """An ordered list of tests and the flags that their failures give."""

    name: str
    title: str
    reference: str
    precedence: tuple[int, ...] = (2, 3, 4)
    """Flags from weakest to strongest: the strongest of the failed tests counts."""
    never_improves_with_depth: tuple[str, ...] = ()
    """Platform types whose flags, along a profile, do not become better again."""
    tests: tuple[ProcedureTest, ...]

    @model_validator(mode="before")
    @classmethod
    def _with_tests_of_its_base(cls, content: Any) -> Any:
        """``based_on`` names a procedure whose tests come first; the entry adds its own: at the end, or
        ``after`` one of them, since tests of single rows come before those of platforms."""
        if not isinstance(content, dict) or "based_on" not in content:
            return content
        base = load(Procedure, content["based_on"]).tests
        at = len(base)
        if "after" in content:
            ids = [t.id for t in base]
            if content["after"] not in ids:
                raise ValueError(f"after: {content['based_on']} has no test {content['after']!r}; has {ids}")
            at = ids.index(content["after"]) + 1
        rest = {k: v for k, v in content.items() if k not in ("based_on", "after")}
        return rest | {"tests": [*base[:at], *(content.get("tests") or []), *base[at:]]}

    @model_validator(mode="after")
    def _ids_are_unique_and_fit(self) -> "Procedure":
        ids = [t.id for t in self.tests]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"test ids must be unique; used twice: {twice}")
        if len(ids) > 64:
            raise ValueError(f"a procedure holds at most 64 tests, this one has {len(ids)}")
        return self


class Region(Entry):
    """A named part of the ocean: a box, a polygon of corners, or polygons with holes as GeoJSON."""

    name: str
    title: str
    reference: str
    latitude: tuple[float, float] | None = None
    longitude: tuple[float, float] | None = None
    """West and east edge; west > east means across the date line."""
    polygon: tuple[tuple[float, float], ...] | None = None
    """(longitude, latitude) of the corners, the first one not repeated; across the date line beyond 180.
    Parts and holes may be joined by edges that are passed twice; corners may lie a degree beyond a pole."""
    geometry: Mapping[str, Any] | None = None
    """GeoJSON Polygon or MultiPolygon, see ``catalogs.geometry``."""
    geojson: str | None = None
    """File or fsspec URL that the geometry is read from when the entry is loaded, so that fingerprints and
    workers have the outline itself; beside the entry, or from a root or a scheme."""
    minimum_bottom_depth: Annotated[float, Field(gt=0)] | None = None
    """m; only where the sea is at least that deep (deepest bottom of cells of a quarter degree)."""
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _with_geometry_of_its_file(cls, content: Any) -> Any:
        if not isinstance(content, dict) or not content.get("geojson") or content.get("geometry"):
            return content
        url = str(content["geojson"])
        beside = [root / "regions" / url for root in _roots() if isinstance(root, Path)]
        there = [str(path) for path in beside if path.is_file()]
        return content | {"geometry": read_geojson([*there, url][0])}

    @model_validator(mode="after")
    def _one_outline(self) -> "Region":
        box = self.latitude is not None and self.longitude is not None
        if [box, self.polygon is not None, self.geometry is not None].count(True) != 1:
            raise ValueError("give either latitude and longitude (a box), polygon, or geometry or geojson")
        if self.latitude and not -90 <= self.latitude[0] < self.latitude[1] <= 90:
            raise ValueError(f"latitude must be (south, north) within -90..90, not {self.latitude}")
        _ = self.polygons
        return self

    @cached_property
    def polygons(self) -> Polygons:
        """Polygons of rings of (longitude, latitude), edge first, then holes; none for a box."""
        if self.polygon is not None:
            return ((checked_ring(self.polygon, "polygon", 91.0),),)
        return polygons_of(self.geometry) if self.geometry is not None else ()

    @property
    def is_box(self) -> bool:
        """Whether parallels and meridians bound it, and nothing else."""
        return not self.polygons and self.minimum_bottom_depth is None


Interpolation = Literal["linear", "pchip", "reiniger_ross", "mrst_pchip"]
"""Between the levels of a profile, see ``kernels.standard_levels.curve``."""


class Grid(Entry):
    """Cells and levels on which records are averaged."""

    name: str
    title: str
    reference: str
    cell_latitude: Annotated[float, Field(gt=0, le=90)]
    cell_longitude: Annotated[float, Field(gt=0, le=360)]
    levels: tuple[float, ...] = ()
    """Depths in m, increasing, positive down."""
    interpolation: Interpolation = "linear"
    """How profiles come to the levels."""
    options: Mapping[str, int | float] = {}
    analysis: Analysis | None = None
    """How records are mapped on it; None where they are averaged."""

    @field_validator("levels")
    @classmethod
    def _levels_increase(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if any(b <= a for a, b in pairwise(levels)):
            raise ValueError("levels must increase")
        return levels


def _adjustments(content: Any) -> Any:
    """The entries of the adjustments that are named, so that whoever has the selection has their content."""
    if not isinstance(content, list | tuple):
        return content
    return tuple(load(Adjustment, c) if isinstance(c, str) else c for c in content)


class Selection(Entry):
    """Which checked values enter statistics and indicators."""

    flags: tuple[int, ...] = (1, 2, 5, 8)
    delivered_flags: tuple[int, ...] = (0, 1, 2, 5, 7, 8)
    adjusted: bool = True
    """Use the delivered adjusted value, with its flag, where there is one."""
    without_platform_types: tuple[str, ...] = ()
    """Platform types that are left out, for example XB while its temperature bias is not corrected."""
    data_modes: tuple[str, ...] = ()
    """Data modes (R, A, D) that may enter; all of them where none is named."""
    without_tests: tuple[str, ...] = ()
    """Tests of the procedure, by id, whose failures do not count."""
    adjustments: Annotated[tuple[Adjustment, ...], BeforeValidator(_adjustments)] = ()
    """Corrections of instruments, one after the other; in YAML their names."""


class Use(Entry):
    """What records are wanted for, and so which of them are kept: a pure function of masks and metadata."""

    name: str
    title: str
    reference: str
    advice: str
    """What a user of this kind should know, in a sentence or two."""
    selection: Selection


MappingOfRegions = Literal["gauss_markov", "area_weighted", "space_time"]
"""From boxes to the mean of a region: of each month the one with the least error or that of simple averaging,
or of all months together."""


class Ensemble(Entry):
    """Choices that could be others: each indicator is made again with one of them changed at a time."""

    climatology_splits: Annotated[int, Field(ge=0, le=7)] = 0
    """Ways in which the years of the reference period are split into two halves, each with its climatology.
    The difference of two halves is a draw of the climatology's error; a single one may be small by chance."""
    mapping: tuple[MappingOfRegions, ...] = ()
    """Other ways from boxes to the mean of a region than the campaign's."""
    slow_correlation_km: tuple[Annotated[float, Field(gt=0)], ...] = ()
    """Other correlation scales of ``space_time`` than that of the boxes; of the factor ``mapping`` too."""
    interpolation: tuple[Interpolation, ...] = ()
    """Other ways between the levels of a column than that of the boxes."""
    procedures: tuple[str, ...] = ()
    """Procedures of quality control whose flags take the place of the campaign's; factor ``procedure``."""
    selections: Mapping[str, Mapping[str, Selection]] = {}
    """Factor (for example ``instruments``), name of the choice: what enters instead."""

    @field_validator("selections")
    @classmethod
    def _factors_are_new(cls, selections: Mapping[str, Any]) -> Mapping[str, Any]:
        taken = {"sampling", "climatology", "interpolation", "mapping", "procedure"} & set(selections)
        if taken:
            raise ValueError(f"{sorted(taken)} are not factors of selections")
        return selections


class Campaign(Entry):
    """One main job: which records, which procedure, which indicators."""

    name: str
    title: str
    records: str | None = None
    """Default of ``--records``."""
    folders: tuple[str, ...] = ()
    """Folders under the records that are read; all of them where none of these exists."""
    sources: tuple[str, ...]
    months: str | None = None
    """Default of ``--months``: first/last, for example 1993-01/2020-12. None: all that the records hold."""
    procedure: str
    statistics: str = "statistics_5deg"
    """Grid of the records' own statistics, for the tests of the procedure that compare with a climatology."""
    external_climatology: str | None = None
    """URL of a CF NetCDF with mean and standard deviation, used instead of the records' own statistics."""
    grey_list: str | None = None
    """URL of a list of sensors that the tests ``grey_list`` fail, laid out as ``ar_greylist.txt`` of Argo."""
    climatology: str
    boxes: str
    mapping: MappingOfRegions = "gauss_markov"
    """From boxes to the mean of a region."""
    reference_period: tuple[int, int]
    indicators: tuple[str, ...]
    regions: tuple[str, ...]
    sections: tuple[str, ...] = ()
    """Trends by depth, and by latitude, in sections."""
    stations: tuple[str, ...] = ()
    """Indicators of single stations, from trajectories."""
    analyses: tuple[str, ...] = ()
    """Grids on which the records of every month are mapped."""
    analysis_months: str | None = None
    """first/last month that is mapped, for example 2005-01/2005-12; None: all that the records hold."""
    selection: Selection = Selection()
    ensemble: Ensemble = Ensemble()
    """Choices whose spread is part of the uncertainty of the indicators."""
    options: Mapping[str, Mapping[str, Any]] = {}
    """Options of a source, which override its own."""
    producer: Producer = Producer()
    """What files say of who made them."""

    @model_validator(mode="after")
    def _other_choices_differ(self) -> "Campaign":
        if self.ensemble.slow_correlation_km and self.mapping != "space_time":
            raise ValueError(f"ensemble.slow_correlation_km: mapping {self.mapping} knows no such scale")
        if self.mapping in self.ensemble.mapping:
            raise ValueError(f"ensemble.mapping: {self.mapping} is the campaign's own mapping")
        procedures = (self.procedure, *self.ensemble.procedures)
        if twice := sorted({p for p in procedures if procedures.count(p) > 1}):
            raise ValueError(f"ensemble.procedures: {', '.join(twice)} would count twice")
        return self

    @model_validator(mode="after")
    def _synthetic_records_credit_nobody(self) -> "Campaign":
        said = self.producer.names_copernicus()
        if said and any(load(Source, s).reader == "synthetic" for s in self.sources):
            raise ValueError(f"producer: {', '.join(said)} must not name Copernicus: records are synthetic")
        return self


KINDS: dict[str, type[Entry]] = {
    "sources": Source,
    "procedures": Procedure,
    "regions": Region,
    "grids": Grid,
    "indicators": Indicator,
    "sections": Section,
    "stations": StationIndicator,
    "campaigns": Campaign,
    "uses": Use,
    "adjustments": Adjustment,
    "recipes": Recipe,
}
"""Kinds with one file per entry."""
FOUND_SHOWN = 200
"""Characters of a wrong value that an error prints."""
OWN_CATALOGUE = "OCEANSTATE_CATALOGUE"
"""Environment variable: a folder with entries of the user's own, for example ``campaigns/mine.yaml``. Workers
on other machines must see it too."""


@cache
def variables() -> dict[str, Variable]:
    """The variables of the record model, by name."""
    return _named_entries(Variable, "variables.yaml")


@cache
def flag_schemes() -> dict[str, FlagScheme]:
    """The flag scales, by name."""
    return _named_entries(FlagScheme, "flags.yaml")


def names(kind: str) -> list[str]:
    """Names of the entries of a kind."""
    if kind not in KINDS:
        raise CatalogueError(f"unknown kind of catalogue entry {kind!r}; there are {sorted(KINDS)}")
    there = [f for root in _roots() if (folder := root / kind).is_dir() for f in folder.iterdir()]
    return sorted({f.name[:-5] for f in there if f.name.endswith(".yaml")})


def load[E: Entry](kind: type[E], name: str) -> E:
    """One entry of the catalogue, for example ``load(Region, "mediterranean_sea")``; of an indicator with
    depths also each of them by its name."""
    folder = next(k for k, model in KINDS.items() if model is kind)
    if kind is Indicator and name not in names(folder) and (of := name.rpartition("_")[0]) in names(folder):
        for each in load(Indicator, of).each():
            if each.name == name:
                return each  # type: ignore[return-value]
    if name not in names(folder):
        raise CatalogueError(f"catalogs/{folder} has no entry {name!r}; it has: {', '.join(names(folder))}")
    return parse(kind, _read(f"{folder}/{name}.yaml"), f"{folder}/{name}.yaml")


def _roots() -> list[Any]:
    """Folders in which entries are looked for: the user's own, laid out as this one, then this one."""
    own = os.environ.get(OWN_CATALOGUE)
    if own and not Path(own).is_dir():
        raise CatalogueError(f"{OWN_CATALOGUE}={own}: there is no such folder")
    return [*([Path(own)] if own else []), files("catalogs")]


def file_of(path: str) -> str:
    """The file of an entry as errors name it: the user's own, or ``catalogs/...`` of the package."""
    own = os.environ.get(OWN_CATALOGUE)
    return f"{own}/{path}" if own and (Path(own) / path).is_file() else f"catalogs/{path}"


def parse[E: Entry](kind: type[E], content: Any, file: str) -> E:
    """Check the content of one entry; ``file`` is named in the error."""
    entry = _validated(kind, _mapping(content), file)
    stem = file.rsplit("/", 1)[-1].removesuffix(".yaml")
    if getattr(entry, "name", stem) != stem:
        raise CatalogueError(f"{file_of(file)}: name: is {entry.name!r}, must be the file's: {stem!r}")  # type: ignore[attr-defined]
    return entry


def _named_entries[E: Entry](kind: type[E], file: str) -> dict[str, E]:
    return {name: _validated(kind, {"name": name} | _mapping(e), file) for name, e in _read(file).items()}


def _read(path: str) -> Any:
    file = next(f for root in _roots() if (f := root / path).is_file())
    try:
        return yaml.safe_load(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise CatalogueError(f"{file}: not YAML: {error}") from error


def _mapping(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise CatalogueError(f"an entry must be a mapping of keys to values, not {content!r}")
    return content


def _validated[E: Entry](kind: type[E], content: dict[str, Any], file: str) -> E:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(_problem(kind, e) for e in error.errors())
        raise CatalogueError(f"{file_of(file)}: {problems}") from error


def _problem(kind: type[Entry], error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "entry"
    if error["type"] == "extra_forbidden":
        allowed = entry_at(kind, error["loc"][:-1]).model_fields
        return f"{key}: unknown key; allowed are {', '.join(allowed)}"
    found = repr(error["input"])
    shown = found if len(found) <= FOUND_SHOWN else f"{found[:FOUND_SHOWN]} ..."
    return f"{key}: {error['msg']} (found {shown})"
