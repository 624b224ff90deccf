"""Procedures as data, bound to the kernels that they name.

Everything that a procedure says is known to exist before the first byte of a record is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from catalogs.schema import CatalogueError, Procedure, ProcedureTest, Region, file_of, load, variables
from kernels import registry

ROW_TARGETS = {"time": "TIME", "position": "POSITION"}
"""What tests on rows (``registry.Target``) are called in a procedure."""

ROW_SPREAD = ("row", *ROW_TARGETS)
"""Targets whose outcome is one per row, and spreads over its observations."""


@dataclass(frozen=True)
class BoundTest:
    """An entry of a procedure with its kernel: ``arguments`` are the parameters by variable."""

    entry: ProcedureTest
    test: registry.Test
    bit: int
    inputs: tuple[str, ...]
    region: Region | None
    arguments: Mapping[str, Mapping[str, Any]]

    def targets(self, variable: str) -> list[str]:
        """Variables that share the outcome of the test on ``variable``."""
        return list(dict.fromkeys([variable, *self.entry.also, *(["DEPH"] if variable == "PRES" else [])]))

    def concerns(self, variable: str) -> bool:
        return any(variable in self.targets(v) for v in self.arguments)

    def scaled(self, parameters: Iterable[str], factor: float) -> "BoundTest":
        """The same test with some of its parameters multiplied by a factor."""
        names = set(parameters)
        arguments = {
            v: {k: x * factor if k in names else x for k, x in given.items()}
            for v, given in self.arguments.items()
        }
        return replace(self, arguments=arguments)

    def vouches_for(self, variable: str) -> bool:
        """Whether passing this test speaks for the values of a variable, not only for their level."""
        return variable in self.arguments or (variable == "DEPH" and "PRES" in self.arguments)


@dataclass(frozen=True)
class BoundProcedure:
    """A procedure of which every test, parameter, variable and region is known to exist."""

    procedure: Procedure
    tests: tuple[BoundTest, ...]

    def of(self, variable: str) -> list[BoundTest]:
        return [t for t in self.tests if t.concerns(variable)]

    def only(self, tests: Iterable[BoundTest]) -> "BoundProcedure":
        """Some of its tests, with the bits that they have among all."""
        return replace(self, tests=tuple(tests))

    @property
    def first_pass(self) -> "BoundProcedure":
        """The tests that need nothing but the row itself."""
        return self.only(t for t in self.tests if not t.test.second_pass)

    @property
    def with_depth(self) -> bool:
        return any("depth" in t.inputs for t in self.tests)


def bind(procedure: Procedure) -> BoundProcedure:
    """Find the kernel, parameters and region of every test, before any data is read.

    Raises
    ------
    CatalogueError
        for what does not exist; names the file, the key and what is allowed.
    """
    return BoundProcedure(procedure, tuple(_bind(procedure, bit) for bit in range(len(procedure.tests))))


def _bind(procedure: Procedure, bit: int) -> BoundTest:
    entry = procedure.tests[bit]

    def refuse(key: str, problem: str) -> CatalogueError:
        file = file_of(f"procedures/{procedure.name}.yaml")
        return CatalogueError(f"{file}: test {entry.id}: {key}: {problem}")

    known = registry.tests()
    if entry.test not in known:
        raise refuse("test", f"unknown test {entry.test!r}; there are: {', '.join(known)}")
    test = known[entry.test]
    on_rows = ROW_TARGETS.get(test.on)
    of_obs = [v for v in variables() if v not in ("TIME", "LATITUDE", "LONGITUDE")]
    own = [on_rows] if on_rows else of_obs
    sharing = [*ROW_TARGETS.values(), *of_obs] if on_rows else of_obs
    for key, names, allowed in (("variables", entry.variables, own), ("also", entry.also, sharing)):
        for variable in names:
            if variable not in allowed:
                raise refuse(f"{key}.{variable}", f"unknown for this test; allowed: {', '.join(allowed)}")
    for variable, parameters in entry.variables.items():
        _check_parameters(test, parameters, lambda problem, v=variable: refuse(f"variables.{v}", problem))
    if "inside" in test.inputs and entry.region is None:
        raise refuse("region", f"{entry.test} needs a region")
    if entry.flag not in procedure.precedence:
        raise refuse("flag", f"{entry.flag} is not in the procedure's precedence {procedure.precedence}")
    try:
        region = load(Region, entry.region) if entry.region else None
    except CatalogueError as error:
        raise refuse("region", str(error)) from error
    if entry.layer is not None and on_rows:
        raise refuse("layer", f"{entry.test} tests rows, not levels")
    # defaults too: compiled code takes its slow entrance where an argument is left out
    arguments = {
        v: {k: _argument(x) for k, x in {**test.defaults, **given}.items()}
        for v, given in entry.variables.items()
    }
    return BoundTest(entry, test, bit, test.inputs, region, arguments)


def earlier(test: BoundTest, bound: BoundProcedure) -> list[BoundTest]:
    """Tests that run before one: those on time and position come first, then those of single rows, then
    those that look at a platform or at neighbours; among each of these, the order of the procedure."""

    def turn(t: BoundTest) -> tuple[bool, bool, int]:
        of_observations = t.test.on not in ROW_TARGETS
        return of_observations, of_observations and t.test.scope != "row", t.bit

    return [t for t in bound.tests if turn(t) < turn(test)]


def _argument(parameter: Any) -> Any:
    return np.array(parameter, np.float64) if isinstance(parameter, tuple) else float(parameter)


def _check_parameters(test: registry.Test, given: Mapping[str, Any], refuse: Any) -> None:
    allowed = ", ".join(test.parameters) or "none"
    for parameter in given:
        if parameter not in test.parameters:
            raise refuse(f"unknown parameter {parameter!r} of {test.name}; allowed: {allowed}")
    missing = [p for p in test.required if p not in given]
    if missing:
        raise refuse(f"{test.name} needs {', '.join(missing)}; its parameters: {allowed}")


def bits(tests: Iterable[BoundTest]) -> np.uint64:
    """The bits of tests in the masks, together."""
    return np.uint64(sum(1 << t.bit for t in tests))
