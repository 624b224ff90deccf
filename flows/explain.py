"""Why a value carries the flag it carries: the failed tests, what each measured and what it accepts.

The bit masks say which tests failed. The numbers are measured again, on the same values as the test saw:
without those that an earlier test had failed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from catalogs.schema import Procedure, flag_schemes, load, variables
from flows.collection import Reading
from flows.inputs import Columns
from flows.passes import Passes, second_passes
from flows.procedures import (
    ROW_SPREAD,
    ROW_TARGETS,
    BoundProcedure,
    BoundTest,
    bind,
    bits,
    earlier,
)
from flows.quality import NOTHING, Given, arguments, columns_of, mask_attributes
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


def explain_row(
    partition: xr.Dataset, row: int, procedure: Procedure, given: Given = NOTHING
) -> list[Finding]:
    """Every failed test of every flagged value of one row.

    Parameters
    ----------
    partition : records with the variables that ``flows.quality.check`` adds.
    row : position along ``profile`` or ``trajectory``.
    procedure : the procedure that gave the flags.
    given : what its tests compared with. A test whose numbers cannot be measured again without it is named
        with NaN for them.

    Raises
    ------
    ValueError
        where the masks were given by other tests than those of the procedure.
    """
    bound = bind(procedure)
    _check_made_by(partition, bound)
    looks = {"row": _Look.at(_row(partition, row), 0, bound, given)}
    if any(t.test.scope == "partition" for t in bound.tests):
        looks["partition"] = _Look.at(partition, row, bound, given)
    findings = [f for t in bound.tests for f in _findings_of(t, looks.get(t.test.scope, looks["row"]), given)]
    order = [*ROW_TARGETS.values(), *variables()]
    return sorted(findings, key=lambda f: (order.index(f.variable), -1 if f.level is None else f.level))


@dataclass(frozen=True)
class _Look:
    """Records, their columns, and where in them the row lies that is explained."""

    records: xr.Dataset
    columns: Columns
    bound: BoundProcedure
    rows: slice
    observations: slice

    @classmethod
    def at(cls, records: xr.Dataset, row: int, bound: BoundProcedure, given: Given) -> "_Look":
        columns = columns_of(records, bound, given)
        start = row_start_of(records["row_size"].values)
        observations = slice(int(start[row]), int(start[row + 1]))
        rows = slice(row, row + 1) if columns.feature == "profiles" else observations
        return cls(records, columns, bound, rows, observations)

    def seen_by(self, test: BoundTest, source: str) -> Columns:
        """The columns without what tests before this one had failed."""
        before = bits(earlier(test, self.bound))
        own = list(test.arguments)
        values = {}
        for name, value in self.columns.values.items():
            failed = f"{'PRES' if name == 'DEPH' else name}_QC_FAILED"
            failed = failed if failed in self.records else f"{name}_QC_FAILED"
            if failed in self.records:
                sooner = name in own and own.index(name) < own.index(source)
                gone = before | (np.uint64(1 << test.bit) if sooner else np.uint64(0))
                value = np.where(self.records[failed].values & gone, np.float32(np.nan), value)
            values[name] = value
        return replace(self.columns, values=values, _normal={})


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


def _findings_of(bound: BoundTest, look: _Look, given: Given) -> Iterator[Finding]:
    for source, parameters in bound.arguments.items():
        numbers = _measured(bound, look, source, parameters, given)
        if numbers is None:
            continue
        measured, lowest, highest = numbers
        outside = np.isnan(measured) | (measured < lowest + bound.test.tie)
        outside |= measured > highest - bound.test.tie
        for target in bound.targets(source):
            on_row = target in ROW_TARGETS.values()
            failed = _failed(look.records, target, bound.bit)[look.rows if on_row else look.observations]
            spread = bound.test.on in ROW_SPREAD and not on_row and look.columns.feature == "profiles"
            if spread:
                failed = failed.any(keepdims=True)
            for i in map(int, np.flatnonzero(outside & failed)):
                level = None if spread or (on_row and look.columns.feature == "profiles") else i
                three = (float(measured[i]), float(lowest[i]), float(highest[i]))
                yield _finding(bound, look, target, source, level, three)


def _measured(
    bound: BoundTest, look: _Look, source: str, parameters: Mapping[str, Any], given: Given
) -> tuple[Array, Array, Array] | None:
    """Measured, lowest and highest for the row that is explained; None where the test does not concern it."""
    part = look.rows if bound.test.on in ROW_SPREAD else look.observations
    unknown = np.full(part.stop - part.start, np.nan)
    if bound.test.scope == "platform":
        told = given.measured.get((bound.entry.id, source))
        return (unknown,) * 3 if told is None else (told[0][part], told[1][part], told[2][part])
    columns = look.seen_by(bound, source)
    where = columns.rows_in(bound.region, bound.entry.platform_types)
    if columns.feature not in bound.test.features or (source not in columns.values and part is not look.rows):
        return None
    inputs = arguments(bound, columns, source, where)
    if inputs is None:
        return (unknown,) * 3
    measured, lowest, highest = bound.test.measure(**inputs, **parameters)
    return measured[part], lowest[part], highest[part]


def _failed(records: xr.Dataset, variable: str, bit: int) -> Array:
    name = f"{variable}_QC_FAILED"
    if name not in records:
        return np.zeros(records.sizes["obs"], bool)
    return np.asarray(records[name].values & (np.uint64(1) << np.uint64(bit)) != 0)


def _finding(
    bound: BoundTest,
    look: _Look,
    target: str,
    source: str,
    level: int | None,
    numbers: tuple[float, float, float],
) -> Finding:
    on_row = target in ROW_TARGETS.values()
    names = ("LATITUDE", "LONGITUDE") if target == "POSITION" else (target,)
    first = look.rows.start if on_row else look.observations.start
    at = first + (level or 0)
    whole = level is None and not on_row
    pressure = look.columns.values.get("PRES")
    flags = look.records[f"{target}_QC"].values
    return Finding(
        variable=target,
        level=level,
        pressure=float("nan") if level is None or pressure is None else float(pressure[at]),
        value=() if whole else tuple(float(look.records[name].values[at]) for name in names),
        flag=int(flags[look.observations][_failed(look.records, target, bound.bit)[look.observations]].max())
        if whole
        else int(flags[at]),
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
        lines += [
            f"    {f.test}{number}: {f.quantity}",
            f"        {_told(f)}",
            f"        {f.reference}",
        ]
    return "\n".join(lines) if lines else "No value of this record failed a test."


def _value_line(f: Finding) -> str:
    known = variables().get(f.variable)
    unit = known.units if known and known.units != "1" else ""
    place = "" if f.level is None else f" level {f.level}"
    if not f.value:
        place = " of the whole profile"
    place += "" if np.isnan(f.pressure) else f" at {f.pressure:.6g} dbar"
    meaning = flag_schemes()["argo"].meanings[str(f.flag)]
    values = ", ".join(f"{v:.7g}" for v in f.value)
    said = f"{values} {unit}, ".replace(" ,", ",") if f.value else ""
    return f"{f.variable}{place}: {said}flag {f.flag} ({meaning})"


def _told(f: Finding) -> str:
    if np.isnan(f.measured):
        return "its numbers cannot be measured again here"
    measured, accepted = _numbers(f)
    unit = "" if f.unit in ("", "1") else f" {f.unit}"
    return f"measured {measured}{unit}; accepted {accepted}{unit}"


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
            month = path.partition("/")[2]
            said = _explained(reading, partition, int(rows[0]), month)
            return "\n".join(
                [_heading(partition, int(rows[0]), path), said, *_alerts(reading, month, record_id)]
            )
    raise ValueError(f"there is no record {record_id} in this version")


def _explained(reading: Reading, partition: xr.Dataset, row: int, month: str) -> str:
    names = {v.attrs["procedure"] for n, v in partition.data_vars.items() if str(n).endswith("_QC_FAILED")}
    if len(names) != 1:
        return "This record has not been checked."
    name = names.pop()
    kept = reading.ledger("procedures").get(name)  # as it was when the flags were given
    procedure = Procedure.model_validate(kept["content"]) if kept else load(Procedure, name)
    given = NOTHING
    if reading.ledger("passes"):
        second = second_passes(Passes.of(reading), reading, [month])[month]
        given = second.given(reading, partition, bind(procedure))
    return render(explain_row(partition, row, procedure, given))


def _alerts(reading: Reading, month: str, record_id: int) -> Iterator[str]:
    """What the analyses of the version say of a record: an alert is for somebody to look at, no flag."""
    wrote = [path for entry in reading.ledger("analysis").values() for path in entry["wrote"]]
    for path in sorted(p for p in wrote if p.endswith(f"/alerts/{month}")):
        found = reading.dataset(path)
        for at in np.flatnonzero(found["RECORD_ID"].values == np.uint64(record_id)):
            a = {str(k): v.item() for k, v in found.isel(alert=at).data_vars.items()}
            off = f"{a['RESIDUAL']:+.3g} {variables()[a['VARIABLE']].units}".removesuffix(" 1")
            where = f"{a['VARIABLE']} from {a['TOP']:g} to {a['BOTTOM']:g} m"
            beside = f"off the analysis of all other platforms at {a['DEPTH']:g} m"
            expected = f"where {a['EXPECTED_STD']:.2g} is expected"
            yield f"{where}: {found.attrs['analysis']} alerts, {off} {beside}, {expected}"


def _heading(partition: xr.Dataset, row: int, path: str) -> str:
    one = _row(partition, row)
    said = [f"{n} {one[n].values[0]}" for n in ("RECORD_ID", "PLATFORM_CODE", "SOURCE_FILE") if n in one]
    return f"{path}: " + ", ".join(said)
