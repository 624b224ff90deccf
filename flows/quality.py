"""Quality control of a partition: the tests of a procedure, the bit masks of their outcomes, the flags.

The tests run in the order of the procedure. A value that a test has failed is taken out for the tests after
it, as the Argo manual wants it (a value with flag 3 or 4 "is ignored by the quality control tests"): so a
spike does not condemn its neighbours. ``PRES`` in a procedure is the vertical coordinate: the pressure where
it was delivered, else computed from the depth; ``DEPH`` shares its outcomes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from catalogs.land import land_class, land_digest
from catalogs.schema import CatalogueError, Procedure, ProcedureTest, Region, file_of, load, variables
from flows.inputs import Columns, observed
from flows.records import attributes
from kernels import registry
from kernels.compiled import Array
from kernels.flags import NOT_RUN, flags_from_masks, record_outcome, withdraw_failed

ROW_TARGETS = {"time": "TIME", "position": "POSITION"}
"""What tests on rows (``registry.Target``) are called in a procedure."""

INPUT_VARIABLES = {"pressure": "PRES", "temperature": "TEMP", "salinity": "PSAL"}

KERNELS = (
    "kernels.qc",
    "kernels.flags",
    "kernels.levels",
    "kernels.seawater",
    "kernels.teos10",
    "kernels.vertical",
    "kernels.indicators.inside",
    "flows.inputs",
    "flows.quality",
)
"""Modules whose source decides on flags."""


@dataclass(frozen=True)
class BoundTest:
    """An entry of a procedure with its kernel: ``arguments`` are the parameters by variable."""

    entry: ProcedureTest
    test: registry.Test
    bit: int
    inputs: tuple[str, ...]
    region: Region | None
    arguments: Mapping[str, Mapping[str, float]]

    def targets(self, variable: str) -> list[str]:
        """Variables that share the outcome of the test on ``variable``."""
        return list(dict.fromkeys([variable, *self.entry.also, *(["DEPH"] if variable == "PRES" else [])]))

    def concerns(self, variable: str) -> bool:
        return any(variable in self.targets(v) for v in self.arguments)

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
    allowed = [on_rows] if on_rows else [v for v in variables() if v not in ("TIME", "LATITUDE", "LONGITUDE")]
    for key, names in (("variables", entry.variables), ("also", entry.also)):
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
    arguments = {v: {k: float(x) for k, x in given.items()} for v, given in entry.variables.items()}
    return BoundTest(entry, test, bit, test.inputs, region, arguments)


def _check_parameters(test: registry.Test, given: Mapping[str, Any], refuse: Any) -> None:
    allowed = ", ".join(test.parameters) or "none"
    for parameter in given:
        if parameter not in test.parameters:
            raise refuse(f"unknown parameter {parameter!r} of {test.name}; allowed: {allowed}")
    missing = [p for p in test.required if p not in given]
    if missing:
        raise refuse(f"{test.name} needs {', '.join(missing)}; its parameters: {allowed}")


def check(partition: xr.Dataset, procedure: Procedure | BoundProcedure) -> xr.Dataset:
    """Run a procedure over a partition.

    Parameters
    ----------
    partition : records as ``flows.records`` describes them.
    procedure : entry of ``catalogs/procedures``, bound or not.

    Returns
    -------
    checked : only the new variables: for ``TIME``, ``POSITION`` and each observation variable V that the
        procedure concerns, ``V_QC`` (uint8), ``V_QC_FAILED`` and ``V_QC_SKIPPED`` (uint64 bit masks; bit k
        is the k-th test of the procedure).
    """
    bound = procedure if isinstance(procedure, BoundProcedure) else bind(procedure)
    columns = Columns.of(partition)
    runs = [(t, columns.rows_in(t.region, t.entry.platform_types)) for t in bound.tests]
    busy = [(t, where) for t, where in runs if _may_run(t, columns, where)]
    idle = [t for t, where in runs if not _may_run(t, columns, where)]
    masks = {
        v: (np.zeros(n, np.uint64), np.full(n, _bits(t for t in idle if t.concerns(v)), np.uint64))
        for v, n in _sizes(partition, columns).items()
        if bound.of(v)
    }
    for test, where in busy:
        if test.test.on in ROW_TARGETS:
            _check_block(test, columns, masks, where)
    _check_observations([run for run in busy if run[0].test.on == "observation"], columns, masks)
    missing = _missing(partition)
    return xr.Dataset(
        {name: array for v in masks for name, array in _flagged(v, bound, partition, *masks[v], missing[v])}
    )


Masks = Mapping[str, tuple[Array, Array]]


def _sizes(partition: xr.Dataset, columns: Columns) -> dict[str, int]:
    positions = dict.fromkeys(ROW_TARGETS.values(), columns.n_row)
    return positions | dict.fromkeys(observed(partition), columns.n_obs)


def _may_run(bound: BoundTest, columns: Columns, where: Array | None) -> bool:
    return columns.feature in bound.test.features and (where is None or bool(where.any()))


def _check_observations(
    tests: Sequence[tuple[BoundTest, Array | None]], columns: Columns, masks: Masks
) -> None:
    row = obs = 0
    for block in columns.blocks():
        rows, observations = slice(row, row + block.n_row), slice(obs, obs + block.n_obs)
        row, obs = rows.stop, observations.stop
        part = {v: (failed[observations], skipped[observations]) for v, (failed, skipped) in masks.items()}
        for test, where in tests:
            _check_block(test, block, part, None if where is None else where[rows])


def _check_block(bound: BoundTest, block: Columns, masks: Masks, where: Array | None) -> None:
    for variable, parameters in bound.arguments.items():
        if bound.test.on == "observation" and variable not in block.values:
            continue
        outcome = outcome_of(bound, block, variable, parameters, where)
        for target in bound.targets(variable):
            if target in masks:
                record_outcome(outcome, bound.bit, *masks[target])
            if target in block.values:
                withdraw_failed(outcome, block.values[target])


def outcome_of(
    bound: BoundTest, columns: Columns, variable: str, parameters: Mapping[str, float], where: Array | None
) -> Array:
    """Outcome of one test on one variable; ``NOT_RUN`` outside the rows to which it is restricted."""
    n = columns.n_row if bound.test.on in ROW_TARGETS else columns.n_obs
    inputs = arguments(bound, columns, variable, where) if _may_run(bound, columns, where) else None
    if inputs is None:
        return np.full(n, NOT_RUN, np.uint8)
    outcome: Array = bound.test.kernel(**inputs, **parameters)
    if where is not None and "inside" not in bound.inputs:
        outcome[~restriction(bound, columns, where)] = NOT_RUN
    return outcome


def restriction(bound: BoundTest, columns: Columns, where: Array) -> Array:
    """The restriction to rows, for each value of the outcome."""
    return where if bound.test.on in ROW_TARGETS else np.repeat(where, np.diff(columns.row_start))


def arguments(
    bound: BoundTest, columns: Columns, variable: str, where: Array | None
) -> dict[str, Array] | None:
    """The arrays that a test asks for; None where the partition has no such variable."""
    wanted = [variable if name == "value" else INPUT_VARIABLES.get(name) for name in bound.inputs]
    if any(v is not None and v not in columns.values for v in wanted):
        return None
    rest: dict[str, Any] = {
        "row_start": columns.row_start,
        "time": columns.time,
        "latitude": columns.latitude,
        "longitude": columns.longitude,
        "inside": where,
        "land_class": land_class() if "land_class" in bound.inputs else None,
    }
    return {
        name: rest[name] if v is None else columns.values[v]
        for name, v in zip(bound.inputs, wanted, strict=True)
    }


def _missing(partition: xr.Dataset) -> dict[str, Array]:
    latitude, longitude = (np.isnan(partition[k].values) for k in ("LATITUDE", "LONGITUDE"))
    rows = {"TIME": np.isnan(partition["TIME"].values), "POSITION": latitude | longitude}
    return rows | {v: np.isnan(partition[v].values) for v in observed(partition)}


def _flagged(
    variable: str, bound: BoundProcedure, partition: xr.Dataset, failed: Array, skipped: Array, missing: Array
) -> Iterator[tuple[str, xr.Variable]]:
    """The three variables of one variable: flag, failed tests, skipped tests."""
    precedence = bound.procedure.precedence
    masks = [_bits(t for t in bound.tests if t.entry.flag == flag) for flag in precedence]
    own = _bits(t for t in bound.of(variable) if t.vouches_for(variable))
    if missing.any():
        failed[missing] = 0
    flag = flags_from_masks(
        missing, failed, skipped, own, np.array(masks, np.uint64), np.array(precedence, np.uint8)
    )
    dims = partition["TIME"].dims if variable in ROW_TARGETS.values() else ("obs",)
    told = mask_attributes(variable, bound)
    for ending, values, attrs in (
        ("", flag, attributes(f"{variable}_QC")),
        ("_FAILED", failed, {"long_name": f"tests that {variable} failed"} | told),
        ("_SKIPPED", skipped, {"long_name": f"tests that did not run on {variable}"} | told),
    ):
        yield f"{variable}_QC{ending}", xr.Variable(dims, values, attrs)


def _bits(tests: Iterable[BoundTest]) -> np.uint64:
    return np.uint64(sum(1 << t.bit for t in tests))


def mask_attributes(variable: str, bound: BoundProcedure) -> dict[str, Any]:
    """CF attributes that name the bits of a mask, and the procedure that gave them."""
    tests = bound.of(variable)
    return {
        "flag_masks": np.array([1 << t.bit for t in tests], np.uint64),
        "flag_meanings": " ".join(t.entry.id for t in tests),
        "procedure": bound.procedure.name,
    }


def counts(checked: xr.Dataset) -> dict[str, dict[str, int]]:
    """Number of values that failed each test, by test and variable, where there are any."""
    found: dict[str, dict[str, int]] = {}
    for name, mask in checked.data_vars.items():
        if not str(name).endswith("_QC_FAILED"):
            continue
        failed = mask.values[mask.values != 0]
        for test, bit in zip(mask.attrs["flag_meanings"].split(), mask.attrs["flag_masks"], strict=True):
            n = int(np.count_nonzero(failed & np.uint64(bit)))
            if n:
                found.setdefault(test, {})[str(name).removesuffix("_QC_FAILED")] = n
    return dict(sorted(found.items()))


def fingerprint_parts(procedure: Procedure) -> dict[str, Any]:
    """Everything but the records that decides on the flags: for the fingerprint of a partition."""
    regions = sorted({t.region for t in procedure.tests if t.region})
    return {
        "procedure": procedure.model_dump(mode="json"),
        "regions": {name: load(Region, name).model_dump(mode="json") for name in regions},
        "land": land_digest(),
        "kernels": registry.source_digest(*KERNELS),
    }
