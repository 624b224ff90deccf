"""Why a value carries the flag it carries: the failed tests, what each measured and what it accepts.

The bit masks say which tests failed. The numbers are measured again, in plain NumPy, on the same values as
the test saw: without those that an earlier test had failed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from catalogs.schema import Procedure, flag_schemes, load, variables
from flows.collection import Reading
from flows.inputs import Columns
from flows.quality import (
    NOTHING,
    ROW_SPREAD,
    ROW_TARGETS,
    BoundProcedure,
    BoundTest,
    arguments,
    bind,
    mask_attributes,
    restriction,
)
from kernels.compiled import Array
from kernels.ragged import row_start_of


@dataclass(frozen=True)
class Finding:
    """One failed test of one value.

    ``level`` counts from 0 in the row, None for the time or position of a profile. A test accepts what was
    ``measured`` from ``lowest`` to ``highest``, in ``unit`` where the ``quantity`` does not name its own.
    """

    variable: str
    level: int | None
    pressure: float
    value: tuple[float, ...]
    flag: int
    test: str
    number: int | None
    quantity: str
    measured: float
    lowest: float
    highest: float
    unit: str
    reference: str


def explain_row(partition: xr.Dataset, row: int, procedure: Procedure) -> list[Finding]:
    """Every failed test of every flagged value of one row.

    Parameters
    ----------
    partition : records with the variables that ``flows.quality.check`` adds.
    row : position along ``profile`` or ``trajectory``.
    procedure : the procedure that gave the flags.

    Raises
    ------
    ValueError
        where the masks were given by other tests than those of the procedure.
    """
    bound = bind(procedure)
    one = _row(partition, row)
    _check_made_by(one, bound)
    columns = Columns.of(one)
    pressure = columns.values.get("PRES", np.full(columns.n_obs, np.nan)).copy()
    findings = [f for test in bound.tests for f in _findings_of(test, one, columns, pressure)]
    order = [*ROW_TARGETS.values(), *variables()]
    return sorted(findings, key=lambda f: (order.index(f.variable), -1 if f.level is None else f.level))


def _row(partition: xr.Dataset, row: int) -> xr.Dataset:
    dimension = "profile" if "profile" in partition.sizes else "trajectory"
    if not 0 <= row < partition.sizes[dimension]:
        raise ValueError(f"there is no row {row}: the partition has {partition.sizes[dimension]}")
    start = row_start_of(partition["row_size"].values)
    return partition.isel({dimension: [row], "obs": slice(start[row], start[row + 1])})


def _check_made_by(partition: xr.Dataset, bound: BoundProcedure) -> None:
    masks = [n.removesuffix("_QC_FAILED") for n in map(str, partition.data_vars) if n.endswith("_QC_FAILED")]
    if not masks:
        raise ValueError("the partition has no masks of failed tests: run quality control first")
    for variable in masks:
        told, stored = mask_attributes(variable, bound), partition[f"{variable}_QC_FAILED"].attrs
        same = told["flag_meanings"] == stored["flag_meanings"]
        if not same or list(told["flag_masks"]) != list(np.atleast_1d(stored["flag_masks"])):
            raise ValueError(
                f"{variable} was checked with the tests {stored['flag_meanings']} of procedure "
                f"{stored.get('procedure')}; procedure {bound.procedure.name} has {told['flag_meanings']}"
            )


def _findings_of(bound: BoundTest, one: xr.Dataset, columns: Columns, pressure: Array) -> Iterator[Finding]:
    """Findings of one test; then takes what it failed out of ``columns`` for the tests after it."""
    where = columns.rows_in(bound.region, bound.entry.platform_types)
    withdrawn: dict[str, Array] = {}
    for source, parameters in bound.arguments.items():
        inputs = arguments(bound, columns, source, where)
        if columns.feature not in bound.test.features or inputs is None:
            continue
        measured, lowest, highest = bound.test.measure(**inputs, **parameters)
        outside = (measured < lowest) | (measured > highest)
        if where is not None:
            outside &= restriction(bound, columns, where)
        for target in bound.targets(source):
            failed = outside & _failed(one, target, bound.bit)
            withdrawn[target] = withdrawn.get(target, False) | outside
            for i in map(int, np.flatnonzero(failed)):
                numbers = (float(measured[i]), float(lowest[i]), float(highest[i]))
                yield _finding(bound, one, columns, target, source, i, _at(pressure, i), numbers)
    for target, values in columns.values.items():
        if target in withdrawn and bound.test.on not in ROW_TARGETS:
            values[withdrawn[target]] = np.nan


def _failed(one: xr.Dataset, variable: str, bit: int) -> Array:
    name = f"{variable}_QC_FAILED"
    if name not in one:
        return np.zeros(1, bool)
    return np.asarray(one[name].values & (np.uint64(1) << np.uint64(bit)) != 0)


def _at(pressure: Array, i: int) -> float:
    return float(pressure[i]) if i < len(pressure) else float("nan")


def _finding(
    bound: BoundTest,
    one: xr.Dataset,
    columns: Columns,
    target: str,
    source: str,
    i: int,
    pressure: float,
    numbers: tuple[float, float, float],
) -> Finding:
    on_row = bound.test.on in ROW_TARGETS
    names = ("LATITUDE", "LONGITUDE") if target == "POSITION" else (target,)
    profiles = columns.feature == "profiles"
    return Finding(
        variable=target,
        level=None if on_row and profiles else i,
        pressure=float("nan") if on_row and profiles else pressure,
        value=tuple(float(one[name].values[i]) for name in names),
        flag=int(one[f"{target}_QC"].values[i]),
        test=bound.entry.id,
        number=bound.entry.number,
        quantity=bound.test.quantity,
        measured=numbers[0],
        lowest=numbers[1],
        highest=numbers[2],
        unit=variables()[source].units if "value" in bound.inputs else "",
        reference=bound.test.reference,
    )


def render(findings: Sequence[Finding]) -> str:
    """The findings as text: one line for each value, three below it for each test that it failed."""
    lines: list[str] = []
    last = None
    for f in findings:
        if (f.variable, f.level) != last:
            lines.append(_value_line(f))
        last = (f.variable, f.level)
        number = f" (test {f.number})" if f.number is not None else ""
        measured, accepted = _numbers(f)
        unit = "" if f.unit in ("", "1") else f" {f.unit}"
        lines += [
            f"    {f.test}{number}: {f.quantity}",
            f"        measured {measured}{unit}; accepted {accepted}{unit}",
            f"        {f.reference}",
        ]
    return "\n".join(lines) if lines else "No value of this record failed a test."


def _value_line(f: Finding) -> str:
    known = variables().get(f.variable)
    unit = known.units if known and known.units != "1" else ""
    place = "" if f.level is None else f" level {f.level}"
    place += "" if np.isnan(f.pressure) else f" at {f.pressure:.6g} dbar"
    meaning = flag_schemes()["argo"].meanings[str(f.flag)]
    values = ", ".join(f"{v:.7g}" for v in f.value)
    return f"{f.variable}{place}: {' '.join([values, unit]).strip()}, flag {f.flag} ({meaning})"


def _numbers(f: Finding) -> tuple[str, str]:
    """What was measured and what is accepted, with as many digits as tell them apart."""
    limit = f.lowest if f.measured < f.lowest else f.highest
    digits = next(n for n in (6, 9, 17) if n == 17 or f"{f.measured:.{n}g}" != f"{limit:.{n}g}")
    low, high = f"{f.lowest:.{digits}g}", f"{f.highest:.{digits}g}"
    if f.lowest == np.nextafter(0.0, 1.0):
        accepted = "above 0"
    elif np.isinf(f.highest):
        accepted = f"from {low}"
    elif np.isinf(f.lowest) or (f.lowest == 0 and f.measured > f.highest):
        accepted = f"up to {high}"
    else:
        accepted = f"{low} to {high}"
    return f"{f.measured:.{digits}g}", accepted


def explain_record(reading: Reading, record_id: int) -> str:
    """The findings of a record, wherever in the collection it lies, as text."""
    for path in (p for feature in ("profiles", "trajectories") for p in reading.partitions(feature)):
        rows = np.flatnonzero(
            reading.dataset(path, ["RECORD_ID"])["RECORD_ID"].values == np.uint64(record_id)
        )
        if rows.size:
            partition = reading.dataset(path)
            said = _explained(reading, partition, int(rows[0]))
            return f"{_heading(partition, int(rows[0]), path)}\n{said}"
    raise ValueError(f"there is no record {record_id} in this version")


def _explained(reading: Reading, partition: xr.Dataset, row: int) -> str:
    names = {v.attrs["procedure"] for n, v in partition.data_vars.items() if str(n).endswith("_QC_FAILED")}
    if len(names) != 1:
        return "This record has not been checked."
    name = names.pop()
    kept = reading.ledger("procedures").get(name)  # as it was when the flags were given
    procedure = Procedure.model_validate(kept["content"]) if kept else load(Procedure, name)
    return render(explain_row(partition, row, procedure))


def _heading(partition: xr.Dataset, row: int, path: str) -> str:
    one = _row(partition, row)
    said = [f"{n} {one[n].values[0]}" for n in ("RECORD_ID", "PLATFORM_CODE", "SOURCE_FILE") if n in one]
    return f"{path}: " + ", ".join(said)
