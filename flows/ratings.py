"""What different raters call bad: procedures, and those who know the truth.

A rater looks at the records of a partition and says of each value GOOD, BAD or UNKNOWN; of each row, BAD
where any of its values, its time or its position is bad. Nothing is written to the records.
"""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from catalogs.schema import Procedure, Source, load
from flows import quality
from flows.inputs import observed
from flows.procedures import ROW_TARGETS, BoundProcedure, bind
from flows.quality import Given
from kernels.compiled import Array
from kernels.flags import Flag
from kernels.ragged import row_of_obs, row_start_of

GOOD, BAD, UNKNOWN = 0, 1, 2
ROWS = "row"
"""Beside the variables: the verdict on whole rows."""
Truth = Literal["delivered", "delayed", "planted"]
TRUTHS: Mapping[Truth, str] = {
    "delivered": "flags that came with the records (experts of QuOTA, WOCE bottle flags)",
    "delayed": "delayed-mode flags of adjusted values (Argo, CORA)",
    "planted": "faults that the synthetic ocean was given",
}


def truth_of(name: str) -> Truth:
    """One of ``TRUTHS`` by its name."""
    for known in TRUTHS:
        if known == name:
            return known
    listed = "; ".join(f"{known}: {what}" for known, what in TRUTHS.items())
    raise ValueError(f"truth {name!r} is not known; choose one of {listed}")


ACCEPTED = (Flag.GOOD, Flag.PROBABLY_GOOD, Flag.CHANGED, Flag.NOMINAL, Flag.INTERPOLATED)
REJECTED = (Flag.PROBABLY_BAD, Flag.BAD)
NOT_FAULTS = ("xbt_bias", "duplicate_exact", "duplicate_rounded", "duplicate_shifted")
"""Planted, but nothing that quality control of single values is there to find."""

Rating = Mapping[str, Array]
"""Variable, or ROWS: uint8 verdicts, (n_obs,) or (n_row,)."""


@dataclass(frozen=True)
class Rater:
    """A procedure of which flags from ``worst`` on (2, 3 or 4) count as bad.

    ``name`` is the procedure's, or ``iquod@4`` where it is not the usual 3.
    """

    name: str
    bound: BoundProcedure
    worst: int

    @classmethod
    def of(cls, name: str) -> "Rater":
        """Read ``PROCEDURE`` or ``PROCEDURE@FLAG``."""
        procedure, _, worst = name.partition("@")
        if worst not in ("", "2", "3", "4"):
            raise ValueError(f"{name!r}: the flag from which on values count as bad must be 2, 3 or 4")
        return cls(name, bind(load(Procedure, procedure)), int(worst or 3))

    def sweep(self, test: str, parameters: Sequence[str], factors: Sequence[float]) -> "list[Rater]":
        """One test of the procedure alone, with parameters multiplied by each factor: points of a ROC curve.

        Raises
        ------
        ValueError
            where the procedure has no such test, or the test no such parameters.
        """
        ids = [t.entry.id for t in self.bound.tests]
        if test not in ids:
            raise ValueError(f"procedure {self.name} has no test {test!r}; it has: {', '.join(ids)}")
        bound = self.bound.tests[ids.index(test)]
        known = {name for given in bound.arguments.values() for name in given}
        if unknown := sorted(set(parameters) - known):
            raise ValueError(f"test {test} has no parameter {', '.join(unknown)}; it has: {', '.join(known)}")
        return [
            Rater(f"{test} x {f:g}", self.bound.only([bound.scaled(parameters, f)]), self.worst)
            for f in factors
        ]

    def rate(self, partition: xr.Dataset, given: Given) -> Rating:
        """The verdicts of the procedure."""
        checked = quality.check(partition, self.bound, given)
        flags = {v: checked[f"{v}_QC"].values for v in observed(partition) if f"{v}_QC" in checked}
        verdicts = {v: _verdict(flag, self.worst) for v, flag in flags.items()}
        places = [checked[f"{p}_QC"].values for p in ROW_TARGETS.values() if f"{p}_QC" in checked]
        return verdicts | {ROWS: _of_rows(partition, verdicts, [_verdict(p, self.worst) for p in places])}


FACTORS = tuple(2.0 ** (k / 2) for k in range(-6, 7))
"""By which the limits of a test are multiplied along a ROC curve."""


def swept(procedures: Sequence[str], roc: str) -> list[Rater]:
    """Raters of a ROC curve, from ``TEST:PARAMETER[,PARAMETER]`` of one procedure.

    Raises
    ------
    ValueError
        says what is wrong with the words.
    """
    test, _, parameters = roc.partition(":")
    if len(procedures) != 1 or not parameters:
        raise ValueError("a sweep needs one procedure and TEST:PARAMETER, for example spike:shallow,deep")
    return Rater.of(procedures[0]).sweep(test, parameters.split(","), FACTORS)


def _verdict(flag: Array, worst: int) -> Array:
    bad = (flag >= worst) & (flag <= Flag.BAD)
    unknown = (flag == Flag.NO_QC) | (flag == Flag.MISSING)
    return np.where(bad, BAD, np.where(unknown, UNKNOWN, GOOD)).astype(np.uint8)


def truth(partition: xr.Dataset, kind: Truth) -> Rating:
    """What is known of the values of a partition; see ``TRUTHS``."""
    if kind == "planted":
        return _planted(partition)
    verdicts = {v: _expert(partition, v, kind) for v in observed(partition)}
    places = [
        _known(partition[f"{p}_SOURCE_QC"].values)
        for p in ROW_TARGETS.values()
        if kind == "delivered" and f"{p}_SOURCE_QC" in partition
    ]
    return verdicts | {ROWS: _of_rows(partition, verdicts, places)}


def _expert(partition: xr.Dataset, variable: str, kind: Truth) -> Array:
    name = f"{variable}_SOURCE_QC" if kind == "delivered" else f"{variable}_ADJUSTED_QC"
    if name not in partition:
        return np.full(partition.sizes["obs"], UNKNOWN, np.uint8)
    verdict = _known(partition[name].values)
    if kind == "delayed":
        in_delayed_mode = np.asarray(partition["DATA_MODE"].values == "D")
        verdict[~np.repeat(in_delayed_mode, partition["row_size"].values)] = UNKNOWN
    verdict[np.isnan(partition[variable].values)] = UNKNOWN
    return verdict


def _known(flag: Array) -> Array:
    verdict = np.full(flag.shape, UNKNOWN, np.uint8)
    verdict[np.isin(flag, ACCEPTED)] = GOOD
    verdict[np.isin(flag, REJECTED)] = BAD
    return verdict


def _planted(partition: xr.Dataset) -> Rating:
    """Faults by record, from the sources that plant them; unknown for other sources."""
    start = row_start_of(partition["row_size"].values)
    known, found = _faults(partition)
    of_obs = np.repeat(np.where(known, GOOD, UNKNOWN).astype(np.uint8), np.diff(start))
    verdicts = {v: np.where(np.isnan(partition[v].values), UNKNOWN, of_obs) for v in observed(partition)}
    place = np.where(known, GOOD, UNKNOWN).astype(np.uint8)
    for row, variable, first, last in found:
        if first < 0:
            place[row] = BAD
        elif variable in verdicts:
            verdicts[variable][start[row] + first : start[row] + last + 1] = BAD
    of_position = place if "profile" in partition.sizes else np.repeat(place, np.diff(start))
    return verdicts | {ROWS: _of_rows(partition, verdicts, [of_position])}


def _faults(partition: xr.Dataset) -> tuple[Array, list[tuple[int, str, int, int]]]:
    """Rows whose faults are known, and (row, variable, first, last level) of each fault."""
    row_of = {int(i): k for k, i in enumerate(partition["RECORD_ID"].values)}
    known = np.zeros(len(row_of), bool)
    found = []
    for name in np.unique(partition["SOURCE"].values).tolist():
        source = load(Source, name)
        reader = importlib.import_module(f"flows.readers.{source.reader}")
        if not hasattr(reader, "faults"):
            continue
        rows = partition["SOURCE"].values == name
        known |= rows
        for url in np.unique(partition["SOURCE_FILE"].values[rows]).tolist():
            f = reader.faults(url, source)
            wanted = ~np.isin(f["FAULT"], NOT_FAULTS)
            columns = (f[k][wanted].tolist() for k in ("RECORD_ID", "VARIABLE", "FIRST_LEVEL", "LAST_LEVEL"))
            found += [(row_of[i], v, a, b) for i, v, a, b in zip(*columns, strict=True) if i in row_of]
    return known, found


def _of_rows(partition: xr.Dataset, verdicts: Mapping[str, Array], places: Sequence[Array]) -> Array:
    """Verdict on rows: BAD where anything is bad, GOOD where something is good and nothing bad."""
    size = partition["row_size"].values
    rows = row_of_obs(row_start_of(size))
    profiles = "profile" in partition.sizes
    parts = [(v, rows) for v in verdicts.values()]
    parts += [(p, np.arange(len(size)) if profiles else rows) for p in places]
    bad, good = np.zeros(len(size), bool), np.zeros(len(size), bool)
    for verdict, row in parts:
        bad[row[verdict == BAD]] = True
    for verdict, row in parts[: len(verdicts)]:
        good[row[verdict == GOOD]] = True
    return np.where(bad, BAD, np.where(good, GOOD, UNKNOWN)).astype(np.uint8)
