"""Quality control of a partition: the tests of a procedure, the bit masks of their outcomes, the flags.

The tests run in the order of the procedure. A value that a test has failed is taken out for the tests after
it, as the Argo manual wants it (a value with flag 3 or 4 "is ignored by the quality control tests"): so a
spike does not condemn its neighbours. ``PRES`` in a procedure is the vertical coordinate: the pressure where
it was delivered, else computed from the depth; ``DEPH`` shares its outcomes.

Tests that need more than the row itself belong to the second pass: those that compare with a climatology,
with the other profiles of the platform (their outcomes come from ``flows.history``) or with neighbours.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from catalogs.bottom import bottom_depth, bottom_digest
from catalogs.land import land_class, land_digest
from catalogs.ranges import wod_digest, wod_ranges
from catalogs.schema import Procedure, Region, load
from flows.grey_list import GreyList
from flows.inputs import Columns, Normals, observed
from flows.procedures import ROW_SPREAD, ROW_TARGETS, BoundProcedure, BoundTest, bind, bits
from flows.records import attributes
from kernels import registry
from kernels.bathymetry import bottom_depth_at
from kernels.compiled import Array
from kernels.flags import NOT_RUN, Flag, carry_down, enter_outcome, flags_from_masks, withdraw_failed
from kernels.ragged import row_start_of

INPUT_VARIABLES = {"pressure": "PRES", "depth": "DEPH", "temperature": "TEMP", "salinity": "PSAL"}

CONSTANTS: Mapping[str, Callable[[], Array]] = {
    "land_class": land_class,
    "wod_region": lambda: wod_ranges()["wod_region"],
    "wod_level": lambda: wod_ranges()["wod_level"],
    "wod_range": lambda: wod_ranges()["wod_range"],
}
"""Inputs that are the same for all records."""

KERNELS = ("kernels.qc", "flows.inputs", "flows.grey_list", "flows.procedures", "flows.quality")
"""Modules whose source decides on flags, beside those that all kernels share."""


@dataclass(frozen=True)
class Given:
    """What a procedure may need besides the partition."""

    normals: Normals | None = None
    """Statistics to compare with."""
    history: Mapping[tuple[str, str], Array] = field(default_factory=dict)
    """(test id, variable): outcome of a test along the platform, (n_row,) uint8."""
    measured: Mapping[tuple[str, str], tuple[Array, Array, Array]] = field(default_factory=dict)
    """(test id, variable): what such a test measured, the lowest and the highest that it accepts."""
    grey_list: GreyList | None = None


NOTHING = Given()

NO_VALUES = np.empty(0, np.float32)


def unchecked(partition: xr.Dataset) -> xr.Dataset:
    """A partition without the flags and masks that an earlier ``check`` gave it."""
    flags = [str(name).removesuffix("_FAILED") for name in partition if str(name).endswith("_QC_FAILED")]
    return partition.drop_vars(
        [f"{flag}{ending}" for flag in flags for ending in ("", "_FAILED", "_SKIPPED")]
    )


def check(partition: xr.Dataset, procedure: Procedure | BoundProcedure, given: Given = NOTHING) -> xr.Dataset:
    """Run a procedure over a partition.

    Parameters
    ----------
    partition : records as ``flows.records`` describes them.
    procedure : entry of ``catalogs/procedures``, bound or not.
    given : what the tests of the second pass compare with; without it they do not run.

    Returns
    -------
    checked : only the new variables: for ``TIME``, ``POSITION`` and each observation variable V that the
        procedure concerns, ``V_QC`` (uint8), ``V_QC_FAILED`` and ``V_QC_SKIPPED`` (uint64 bit masks; bit k
        is the k-th test of the procedure).
    """
    bound = procedure if isinstance(procedure, BoundProcedure) else bind(procedure)
    columns = columns_of(partition, bound, given)
    runs = [(t, columns.rows_in(t.region, t.entry.platform_types)) for t in bound.tests]
    busy = [(t, where) for t, where in runs if _may_run(t, columns, where)]
    idle = [t for t, where in runs if not _may_run(t, columns, where)]
    masks = {
        v: (np.zeros(n, np.uint64), np.full(n, bits(t for t in idle if t.concerns(v)), np.uint64))
        for v, n in _sizes(partition, columns).items()
        if bound.of(v)
    }
    for test, where in (run for run in busy if run[0].test.on in ROW_TARGETS):
        _check_block(test, columns, masks, where, given)
    rest = [run for run in busy if run[0].test.on not in ROW_TARGETS]
    _check_blocks([run for run in rest if run[0].test.scope == "row"], columns, masks)
    for test, where in (run for run in rest if run[0].test.scope != "row"):
        _check_block(test, columns, masks, where, given)
    missing = _missing(partition)
    return xr.Dataset(
        {name: array for v in masks for name, array in _flagged(v, bound, partition, *masks[v], missing[v])}
    )


def with_flags_of(partition: xr.Dataset, checked: xr.Dataset) -> xr.Dataset:
    """A partition with the flags of another ``check`` in place of those that it has.

    What the other procedure has no test for is not checked: its flag is ``NO_QC``, whatever it was before.
    """
    own = {f"{v}_QC" for v in (*ROW_TARGETS.values(), *observed(partition))} & set(partition.variables)
    masks = {f"{flag}{ending}" for flag in own for ending in ("_FAILED", "_SKIPPED")} & set(
        partition.variables
    )
    untested = {flag: xr.full_like(partition[flag], Flag.NO_QC) for flag in own - set(checked.variables)}
    return partition.drop_vars(own | masks).merge(checked).assign(untested)


def columns_of(partition: xr.Dataset, bound: BoundProcedure, given: Given) -> Columns:
    """What the tests of a procedure read of a partition."""
    return Columns.of(
        partition, with_depth=bound.with_depth, normals=given.normals, grey_list=given.grey_list
    )


Masks = Mapping[str, tuple[Array, Array]]


def _sizes(partition: xr.Dataset, columns: Columns) -> dict[str, int]:
    positions = dict.fromkeys(ROW_TARGETS.values(), columns.n_row)
    return positions | dict.fromkeys(observed(partition), columns.n_obs)


def _may_run(bound: BoundTest, columns: Columns, where: Array | None) -> bool:
    return columns.feature in bound.test.features and (where is None or bool(where.any()))


def _check_blocks(tests: Sequence[tuple[BoundTest, Array | None]], columns: Columns, masks: Masks) -> None:
    row = obs = 0
    for block in columns.blocks():
        rows, observations = slice(row, row + block.n_row), slice(obs, obs + block.n_obs)
        row, obs = rows.stop, observations.stop
        part = {
            v: (failed[observations], skipped[observations])
            for v, (failed, skipped) in masks.items()
            if v not in ROW_TARGETS.values()
        }
        for test, where in tests:
            _check_block(test, block, part, None if where is None else where[rows])


def _check_block(
    bound: BoundTest, block: Columns, masks: Masks, where: Array | None, given: Given = NOTHING
) -> None:
    for variable, parameters in bound.arguments.items():
        if bound.test.on not in ROW_TARGETS and variable not in block.values:
            continue
        outcome = outcome_of(bound, block, variable, parameters, where, given)
        spread: Array | None = None
        for target in bound.targets(variable):
            on_obs = target not in ROW_TARGETS.values()
            if on_obs and bound.test.on in ROW_SPREAD:
                spread = np.repeat(outcome, np.diff(block.row_start)) if spread is None else spread
                entered = spread
            else:
                entered = outcome
            values = block.values.get(target, NO_VALUES)
            if target in masks:
                enter_outcome(entered, bound.bit, *masks[target], values)
            elif values.size:
                withdraw_failed(entered, values)


def outcome_of(
    bound: BoundTest,
    columns: Columns,
    variable: str,
    parameters: Mapping[str, Any],
    where: Array | None,
    given: Given = NOTHING,
) -> Array:
    """Outcome of one test on one variable; ``NOT_RUN`` outside the rows to which it is restricted."""
    n = columns.n_row if bound.test.on in ROW_SPREAD else columns.n_obs
    if bound.test.scope == "platform":
        return given.history.get((bound.entry.id, variable), np.full(n, NOT_RUN, np.uint8))
    inputs = arguments(bound, columns, variable, where) if _may_run(bound, columns, where) else None
    if inputs is None:
        return np.full(n, NOT_RUN, np.uint8)
    outcome: Array = bound.test.kernel(**inputs, **parameters)
    if where is not None and "inside" not in bound.inputs and not where.all():
        outcome[~restriction(bound, columns, where)] = NOT_RUN
    if bound.entry.layer is not None:
        outcome[~in_layer(columns, bound.entry.layer)] = NOT_RUN
    return outcome


def in_layer(columns: Columns, layer: tuple[float, float]) -> Array:
    """Observations in a layer, by pressure: from its top on and above its bottom."""
    pressure = columns.values.get("PRES", np.full(columns.n_obs, np.nan, np.float32))
    inside: Array = (pressure >= layer[0]) & (pressure < layer[1])
    return inside


def restriction(bound: BoundTest, columns: Columns, where: Array) -> Array:
    """The restriction to rows, for each value of the outcome."""
    return where if bound.test.on in ROW_SPREAD else np.repeat(where, np.diff(columns.row_start))


def arguments(
    bound: BoundTest, columns: Columns, variable: str, where: Array | None
) -> dict[str, Array] | None:
    """The arrays that a test asks for; None where the partition, or what is given, has no such array."""
    found = {name: _input(name, columns, variable, where) for name in bound.inputs}
    return None if any(array is None for array in found.values()) else found


def _input(name: str, columns: Columns, variable: str, where: Array | None) -> Any:
    if name == "value":
        return columns.values.get(variable)
    if name in INPUT_VARIABLES:
        return columns.values.get(INPUT_VARIABLES[name])
    if name.startswith("normal_"):
        return columns.normal(variable).get(name)
    if name in CONSTANTS:
        return CONSTANTS[name]()
    if name == "inside":
        return where
    if name == "listed":
        return columns.listed.get(variable)
    if name == "bottom_depth":
        return bottom_depth_at(bottom_depth(), columns.latitude, columns.longitude)
    return columns.of_row[name] if name in columns.of_row else getattr(columns, name, None)


def _missing(partition: xr.Dataset) -> dict[str, Array]:
    latitude, longitude = (np.isnan(partition[k].values) for k in ("LATITUDE", "LONGITUDE"))
    rows = {"TIME": np.isnan(partition["TIME"].values), "POSITION": latitude | longitude}
    return rows | {v: np.isnan(partition[v].values) for v in observed(partition)}


def _flagged(
    variable: str, bound: BoundProcedure, partition: xr.Dataset, failed: Array, skipped: Array, missing: Array
) -> Iterator[tuple[str, xr.Variable]]:
    """The three variables of one variable: flag, failed tests, skipped tests."""
    precedence = bound.procedure.precedence
    masks = [bits(t for t in bound.tests if t.entry.flag == flag) for flag in precedence]
    own = bits(t for t in bound.of(variable) if t.vouches_for(variable))
    if missing.any():
        failed[missing] = 0
    flag = flags_from_masks(
        missing, failed, skipped, own, np.array(masks, np.uint64), np.array(precedence, np.uint8)
    )
    if bound.procedure.never_improves_with_depth and variable not in ROW_TARGETS.values():
        _carry_down(flag, partition, bound.procedure)
    dims = partition["TIME"].dims if variable in ROW_TARGETS.values() else ("obs",)
    told = mask_attributes(variable, bound)
    for ending, values, attrs in (
        ("", flag, attributes(f"{variable}_QC")),
        ("_FAILED", failed, {"long_name": f"tests that {variable} failed"} | told),
        ("_SKIPPED", skipped, {"long_name": f"tests that did not run on {variable}"} | told),
    ):
        yield f"{variable}_QC{ending}", xr.Variable(dims, values, attrs)


def _carry_down(flag: Array, partition: xr.Dataset, procedure: Procedure) -> None:
    """Along the profiles of the platform types that the procedure names, no flag better than one above."""
    if "profile" not in partition.sizes:
        return
    rows = np.isin(partition["PLATFORM_TYPE"].values, procedure.never_improves_with_depth)
    rank = np.zeros(256, np.uint8)
    rank[list(procedure.precedence)] = np.arange(1, len(procedure.precedence) + 1)
    carry_down(row_start_of(partition["row_size"].values), rows, rank, flag)


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
        "bottom": bottom_digest(),
        "wod_ranges": wod_digest(),
        "kernels": registry.source_digest(*KERNELS, "kernels.indicators.inside", *registry.shared_modules()),
    }
