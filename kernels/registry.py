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
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import kernels.qc

INPUTS = {
    "row_start": "(n_row + 1,) int64, offsets of each row (profile) into the observation arrays",
    "value": "(n_obs,) the tested variable in its canonical unit; NaN where missing",
    "pressure": "(n_obs,) sea water pressure in dbar; NaN where missing",
    "temperature": "(n_obs,) in situ temperature, ITS-90 degrees Celsius; NaN where missing",
    "salinity": "(n_obs,) practical salinity, 1; NaN where missing",
    "time": "(n_position,) days since 1950-01-01 00:00 UTC; NaN where missing",
    "latitude": "(n_position,) degrees north; NaN where missing",
    "longitude": "(n_position,) degrees east; NaN where missing",
    "inside": "(n_row,) bool, True where the row lies in the region that the procedure names",
    "land_class": "(n_lat, n_lon) uint8 land mask from 90S, 180W: 0 ocean .. 3 land in every point",
}
"""What a test can ask for. A position is a row of ``profiles``, an observation of ``trajectories``."""

Target = Literal["time", "position", "observation"]


@dataclass(frozen=True)
class Test:
    """A registered test. ``kernel`` gives outcomes; ``measure`` gives, in plain NumPy and for the same
    arguments, what was measured and the lowest and highest accepted value, for ``explain``."""

    name: str
    kernel: Callable[..., Any]
    measure: Callable[..., Any]
    on: Target
    features: tuple[str, ...]
    quantity: str
    reference: str

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(a for a in _arguments(self.kernel) if a in INPUTS)

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(a for a in _arguments(self.kernel) if a not in INPUTS)

    @property
    def required(self) -> tuple[str, ...]:
        signature = inspect.signature(_python(self.kernel)).parameters
        return tuple(a for a in self.parameters if signature[a].default is inspect.Parameter.empty)


_TESTS: dict[str, Test] = {}


def qc_test[F: Callable[..., Any]](
    *,
    on: Target,
    measure: Callable[..., Any],
    quantity: str,
    reference: str,
    features: tuple[str, ...] = ("profiles", "trajectories"),
) -> Callable[[F], F]:
    """Register a kernel as a quality control test; the kernel itself is returned unchanged."""

    def register(kernel: F) -> F:
        name = _python(kernel).__name__
        _TESTS[name] = Test(name, kernel, measure, on, features, quantity, reference)
        return kernel

    return register


def tests() -> dict[str, Test]:
    """All tests by name; imports every module of ``kernels.qc``."""
    for module in pkgutil.iter_modules(kernels.qc.__path__):
        importlib.import_module(f"kernels.qc.{module.name}")
    return dict(sorted(_TESTS.items()))


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
