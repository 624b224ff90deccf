"""The grey list: sensors whose values are not to be trusted from a date on, named by hand."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.location import read_bytes
from kernels.compiled import Array

COLUMNS = ("PLATFORM_CODE", "PARAMETER_NAME", "START_DATE", "END_DATE")


@dataclass(frozen=True)
class GreyList:
    """Spans of time, days since 1950-01-01, in which the sensor of a platform is on the list."""

    spans: Mapping[tuple[str, str], tuple[tuple[float, float], ...]]
    """(platform code, variable): first day and the day after the last; infinity where the list is open."""

    @classmethod
    def read(cls, url: str) -> "GreyList":
        """Read a list in the layout of Argo's ``ar_greylist.txt``.

        Raises
        ------
        ValueError
            names the file, the line and the column that is wrong.
        """
        rows = csv.DictReader(io.StringIO(read_bytes(url).decode("utf-8", "replace")))
        if missing := sorted(set(COLUMNS) - set(rows.fieldnames or ())):
            raise ValueError(f"grey list {url}: has no column {', '.join(missing)}")
        spans: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        for line, row in enumerate(rows, start=2):
            code, name, first, last = (str(row[c] or "").strip() for c in COLUMNS)
            where = f"grey list {url}, line {line}"
            start = _day(first, f"{where}, START_DATE")
            stop = _day(last, f"{where}, END_DATE") + 1 if last else np.inf
            spans[code, name].append((start, stop))
        return cls({key: tuple(sorted(s)) for key, s in sorted(spans.items())})

    def names(self, codes: Array, time: Array, variable: str) -> NDArray[np.bool_]:
        """Profiles of a listed sensor at a listed time: (n_row,) bool."""
        listed = np.zeros(len(codes), bool)
        concerned = sorted({code for code, name in self.spans if name == variable} & set(codes.tolist()))
        for code in concerned:
            for start, stop in self.spans[code, variable]:
                listed |= (codes == code) & (time >= start) & (time < stop)
        return listed


def _day(text: str, where: str) -> float:
    try:
        date = np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:8]}", "D")
    except ValueError:
        raise ValueError(f"{where}: {text!r} is not a date of the form 20240131") from None
    return float((date - np.datetime64("1950-01-01", "D")).astype(int))
