"""The registry of quality control tests.

A test is one kernel in one file under ``kernels/qc``; file name = function name = name in the catalogue.
Its arguments are of two kinds, told apart by name: the inputs below, which the caller binds to the arrays
of a partition, and everything else, which are parameters that the procedure sets. So a parameter that the
procedure misspells, or forgets, is found before the first byte is read.
"""

import hashlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import kernels.qc

INPUTS = {
    "row_start": "(n_row + 1,) int64, offsets of each row into the observation arrays; a row is a profile or "
    "a single observation of trajectories",
    "sequence_start": "(n_sequence + 1,) int64, offsets of what follows one another: the levels of a profile "
    "or the observations of a time series",
    "value": "(n_obs,) the tested variable in its canonical unit; NaN where missing",
    "pressure": "(n_obs,) sea water pressure in dbar; NaN where missing",
    "depth": "(n_obs,) m, positive down; from the pressure where it was not delivered; NaN where missing",
    "temperature": "(n_obs,) in situ temperature, ITS-90 degrees Celsius; NaN where missing",
    "salinity": "(n_obs,) practical salinity, 1; NaN where missing",
    "time": "(n_row,) days since 1950-01-01 00:00 UTC; NaN where missing",
    "latitude": "(n_row,) degrees north; NaN where missing",
    "longitude": "(n_row,) degrees east; NaN where missing",
    "inside": "(n_row,) bool, True where the row lies in the region that the procedure names",
    "wmo_number": "(n_row,) int64, the platform code where it is a whole number, else -1",
    "listed": "(n_row,) bool, True where the campaign's list names the platform for this variable and time",
    "land_class": "(n_lat, n_lon) uint8 land mask from 90S, 180W: 0 ocean .. 3 land in every point",
    "bottom_depth": "(n_row,) m, positive down, the deepest bottom near the position; NaN where unknown",
    "wod_region": "(180, 360) uint8, region of each degree from 90S, 180W; 0 where there is none",
    "wod_level": "(n_level,) m, depths of the World Ocean Database's ranges",
    "wod_range": "(n_region + 1, n_level, 2) lowest and highest temperature, NaN where unknown",
    "normal_mean": "(n_obs,) climatological mean of the variable there and then; NaN where unknown",
    "normal_std": "(n_obs,) climatological standard deviation",
    "normal_n": "(n_obs,) number of values behind the climatology",
    "normal_minimum": "(n_obs,) smallest value of the climatology's records",
    "normal_maximum": "(n_obs,) largest value of the climatology's records",
    "normal_low": "(n_obs,) 0.5 % quantile",
    "normal_q1": "(n_obs,) 25 % quantile",
    "normal_median": "(n_obs,) median",
    "normal_q3": "(n_obs,) 75 % quantile",
    "normal_high": "(n_obs,) 99.5 % quantile",
    "normal_amd": "(n_obs,) median of the absolute distances from the median",
    "normal_medcouple": "(n_obs,) skewness of the climatology's records, -1..1",
    "normal_slope": "(n_obs,) linear trend of the climatology's records, per year",
    "normal_year": "(n_obs,) the year, with decimals, for which the climatology holds",
    "platform_start": "(n_platform + 1,) int64, offsets of each platform; rows lie by platform and time",
    "layer_mean": "(n_row, n_layer) means of the variable in layers of 50 dbar; NaN if empty",
    "deep_mean": "(n_row,) mean of the variable over the deepest 100 dbar of the profile; NaN where missing",
    "deep_pressure": "(n_row,) mean pressure of the values behind deep_mean, dbar; NaN where missing",
    "platform": "(n_row,) int64, equal for rows of one platform (cruise, float, mooring)",
}
"""What a test can ask for. Time and position belong to a row: to a profile, or to an observation of
``trajectories``. ``normal_...`` are statistics, of the records themselves or of a climatology that the
campaign names: a test that asks for them belongs to the second pass."""

Target = Literal["time", "position", "observation", "row"]
"""What an outcome is about; ``row`` is a whole profile of the tested variable."""

Scope = Literal["row", "platform", "partition"]
"""What a test must see at once: a row (or a sequence), all profiles of a platform, or all rows of a month."""


@dataclass(frozen=True)
class Test:
    """A registered test. ``kernel`` gives outcomes; ``measure`` gives, for the same arguments, what was
    measured and the lowest and highest accepted value, for ``explain``."""

    name: str
    kernel: Callable[..., Any]
    measure: Callable[..., Any]
    on: Target
    scope: Scope
    features: tuple[str, ...]
    quantity: str
    reference: str
    example: Mapping[str, Any]
    """Parameters as the reference has them, for temperature where they differ by variable."""
    tie: float
    """``measure`` may use another library: closer to a limit than this it may judge otherwise."""

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(a for a in _arguments(self.kernel) if a in INPUTS)

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(a for a in _arguments(self.kernel) if a not in INPUTS)

    @property
    def second_pass(self) -> bool:
        """Whether the test needs more than the row itself: statistics, history or neighbours."""
        return self.scope != "row" or any(a.startswith("normal_") for a in self.inputs)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(a for a in self.parameters if a not in self.defaults)

    @property
    def defaults(self) -> dict[str, Any]:
        """Parameters that a procedure may leave out, and what they are then."""
        signature = inspect.signature(_python(self.kernel)).parameters
        default = {a: signature[a].default for a in self.parameters}
        return {a: value for a, value in default.items() if value is not inspect.Parameter.empty}


_TESTS: dict[str, Test] = {}


def qc_test[F: Callable[..., Any]](
    *,
    on: Target,
    measure: Callable[..., Any],
    quantity: str,
    reference: str,
    example: Mapping[str, Any] | None = None,
    scope: Scope = "row",
    features: tuple[str, ...] = ("profiles", "trajectories"),
    tie: float = 0.0,
) -> Callable[[F], F]:
    """Register a kernel as a quality control test; the kernel itself is returned unchanged."""

    def register(kernel: F) -> F:
        name = _python(kernel).__name__
        _TESTS[name] = Test(
            name, kernel, measure, on, scope, features, quantity, reference, example or {}, tie
        )
        return kernel

    return register


def tests() -> dict[str, Test]:
    """All tests by name; imports every module of ``kernels.qc``."""
    for module in pkgutil.iter_modules(kernels.qc.__path__):
        importlib.import_module(f"kernels.qc.{module.name}")
    return dict(sorted(_TESTS.items()))


def shared_modules() -> list[str]:
    """The modules right under ``kernels``, on which the packages build."""
    return [f"kernels.{m.name}" for m in pkgutil.iter_modules(kernels.__path__) if not m.ispkg]


@cache
def source_digest(*packages: str) -> str:
    """Digest of the source text of packages or modules: the version of a kernel in a fingerprint.

    Taken once a process, so that a run goes by one version even if a file is edited under it.
    """
    digest = hashlib.blake2b(digest_size=8)
    for name in sorted(packages):
        origin = Path(str(importlib.import_module(name).__file__))
        files = sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
        for file in files:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _python(kernel: Callable[..., Any]) -> Callable[..., Any]:
    return getattr(kernel, "py_func", kernel)


def _arguments(kernel: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(_python(kernel)).parameters)
