"""Counts of what several raters say of the same values, by group, so that any two can be compared.

The unit that is counted is a *pattern*: one verdict per rater. Patterns of partitions add up, whatever the
number of records; every table and figure of a comparison is made from them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr

from catalogs.schema import Region, load
from flows.columns import inside_region
from flows.inputs import Columns
from flows.ratings import BAD, ROWS, UNKNOWN, Rating
from kernels.agreement import Agreement, agreement
from kernels.compiled import Array

Patterns = Counter[tuple[str, str, str, str]]
"""(variable or ROWS, kind of group, group, verdicts as digits): number of values."""

SEAS = ("mediterranean_sea", "black_sea", "baltic_sea", "red_sea")
ZONES = ((66.0, "66N-90N"), (30.0, "30N-66N"), (-30.0, "30S-30N"), (-66.0, "66S-30S"), (-91.0, "90S-66S"))
"""Southern edge and name: a place belongs to one of the seas, else to its zone."""
DEPTHS = (0.0, 10.0, 100.0, 500.0, 1000.0, 2000.0)
"""dbar"""
LISTED = 1000
"""Records on which raters differ that are listed of one partition, at most."""


@dataclass(frozen=True)
class Groups:
    """Group of each value by kind of group: names, and the index of the name."""

    of_rows: Mapping[str, tuple[Array, Array]]
    of_observations: Mapping[str, tuple[Array, Array]]

    @classmethod
    def of(cls, partition: xr.Dataset) -> "Groups":
        size = partition["row_size"].values
        first = np.concatenate([[0], np.cumsum(size)])[:-1]
        profiles = "profile" in partition.sizes
        filled = np.flatnonzero(size > 0)
        time, lat, lon = (np.full(len(size), np.nan) for _ in range(3))
        for into, name in ((time, "TIME"), (lat, "LATITUDE"), (lon, "LONGITUDE")):
            values = partition[name].values
            into[filled] = values[filled] if profiles else values[first[filled]]
        rows = {
            "all": np.full(len(size), "all"),
            "platform": partition["PLATFORM_TYPE"].values,
            "source": partition["SOURCE"].values,
            "decade": _decade(time),
            "region": _region(lat, lon),
        }
        by_row = {kind: _indexed(labels) for kind, labels in rows.items()}
        by_obs = {kind: (names, np.repeat(at, size)) for kind, (names, at) in by_row.items()}
        return cls(by_row, by_obs | {"depth": _depth(partition)})


def _indexed(labels: Array) -> tuple[Array, Array]:
    names, at = np.unique(labels, return_inverse=True)
    return names, at.reshape(-1)


def _decade(time: Array) -> Array:
    year = np.where(np.isnan(time), -1, 1950 + np.nan_to_num(time) / 365.2425)
    return np.where(year < 0, "unknown", np.char.add((year // 10 * 10).astype(int).astype(str), "s"))


def _region(latitude: Array, longitude: Array) -> Array:
    zones = [name for _, name in ZONES]
    at = [latitude >= south for south, _ in ZONES]
    region = np.select(at, zones, "unknown").astype("U32")
    for sea in SEAS:
        region[inside_region(latitude, longitude, load(Region, sea))] = sea
    return region


def _depth(partition: xr.Dataset) -> tuple[Array, Array]:
    columns = Columns.of(partition)
    pressure = columns.values.get("PRES", np.full(columns.n_obs, np.nan))
    names = np.array(
        [f"{a:g}-{b:g} dbar" for a, b in pairwise(DEPTHS)] + [f"below {DEPTHS[-1]:g} dbar", "unknown"]
    )
    at = np.searchsorted(DEPTHS, pressure, side="right") - 1
    return names, np.where(np.isnan(pressure), len(names) - 1, np.maximum(at, 0))


def patterns(
    partition: xr.Dataset, ratings: Sequence[Rating], rows: Array | None = None
) -> tuple[Patterns, list[dict[str, Any]]]:
    """Patterns of a partition, and the records on whose rows the raters differ.

    Parameters
    ----------
    ratings : one a rater. Values of a variable that a rater does not rate are UNKNOWN to it.
    rows : (n_row,) bool, rows that are counted; all where it is None.
    """
    groups = Groups.of(partition)
    size = partition["row_size"].values
    rows = np.ones(len(size), bool) if rows is None else rows
    found: Patterns = Counter()
    for variable in sorted({v for rating in ratings for v in rating}):
        n = len(size) if variable == ROWS else int(size.sum())
        verdicts = [r.get(variable, np.full(n, UNKNOWN, np.uint8)) for r in ratings]
        counted = rows if variable == ROWS else np.repeat(rows, size)
        by_group = groups.of_rows if variable == ROWS else groups.of_observations
        for kind, (names, at) in by_group.items():
            for group, pattern, k in _count([v[counted] for v in verdicts], at[counted]):
                found[variable, kind, str(names[group]), pattern] += k
    return found, list(_differing(partition, ratings, rows))


def _count(verdicts: Sequence[Array], group: Array) -> Iterator[tuple[int, str, int]]:
    code = group.astype(np.int64)
    for verdict in verdicts:
        code = code * 3 + verdict
    codes, n = np.unique(code, return_counts=True)
    for c, k in zip(codes.tolist(), n.tolist(), strict=True):
        digits = []
        for _ in verdicts:
            c, digit = divmod(c, 3)
            digits.append(str(digit))
        yield c, "".join(reversed(digits)), k


def _differing(partition: xr.Dataset, ratings: Sequence[Rating], rows: Array) -> Iterator[dict[str, Any]]:
    verdicts = np.stack([r[ROWS] for r in ratings])
    differ = (verdicts == BAD).any(axis=0) & (verdicts != verdicts[0]).any(axis=0) & rows
    for i in np.flatnonzero(differ)[:LISTED].tolist():
        yield {
            "RECORD_ID": int(partition["RECORD_ID"].values[i]),
            "PLATFORM_CODE": str(partition["PLATFORM_CODE"].values[i]),
            "PLATFORM_TYPE": str(partition["PLATFORM_TYPE"].values[i]),
            "SOURCE_FILE": str(partition["SOURCE_FILE"].values[i]),
            "verdicts": "".join(map(str, verdicts[:, i].tolist())),
        }


def as_json(found: Patterns) -> list[list[Any]]:
    """Patterns as plain lists, for the way from a worker to the flow."""
    return [[*key, n] for key, n in sorted(found.items())]


def merged(parts: Iterable[Iterable[Sequence[Any]]]) -> Patterns:
    """Sum of patterns that came as ``as_json``."""
    total: Patterns = Counter()
    for part in parts:
        for variable, kind, group, pattern, n in part:
            total[variable, kind, group, pattern] += n
    return total


def four_cases(found: Patterns, a: int, b: int) -> dict[tuple[str, str, str], Array]:
    """For raters a and b: (variable, kind, group) -> both bad, only a, only b, neither; values that either
    of them does not know are left out."""
    cases: dict[tuple[str, str, str], Array] = {}
    place = {"11": 0, "10": 1, "01": 2, "00": 3}
    for (variable, kind, group, pattern), n in found.items():
        into = cases.setdefault((variable, kind, group), np.zeros(4, np.int64))
        if (pair := pattern[a] + pattern[b]) in place:
            into[place[pair]] += n
    return {k: v for k, v in cases.items() if v.sum()}


def pair_rows(
    found: Patterns, names: Sequence[str], pairs: Iterable[tuple[int, int]]
) -> list[dict[str, Any]]:
    """Table of pairs of raters: counts of the four cases, agreement, kappa, base rates, rates of a on b."""
    rows = []
    for a, b in pairs:
        for (variable, kind, group), four in sorted(four_cases(found, a, b).items()):
            told: Agreement = agreement(*four)
            counts = dict(
                zip(("both_bad", "only_a_bad", "only_b_bad", "neither_bad"), four.tolist(), strict=True)
            )
            where = {"a": names[a], "b": names[b], "variable": variable, "by": kind, "group": group}
            measures = {k: float(v) for k, v in told._asdict().items() if k != "n"}
            rows.append(where | {"n": int(four.sum())} | counts | measures)
    return rows
