"""Calendar months as the flows count and write them."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def month_number(text: str) -> int:
    """``1993-01`` or ``1993/01`` -> 12 * year + month - 1."""
    match = re.fullmatch(r"(\d{4})[-/](\d{2})", text)
    if not match or not 1 <= int(match[2]) <= 12:
        raise ValueError(f"{text!r} is not a month; write for example 1993-01")
    return 12 * int(match[1]) + int(match[2]) - 1


def month_path(month: int) -> str:
    """12 * year + month - 1 -> ``1993/01``."""
    return f"{month // 12:04d}/{month % 12 + 1:02d}"


def month_date(month: NDArray[np.integer] | list[int]) -> NDArray[np.datetime64]:
    """First day of months as datetime64[M]."""
    return (np.asarray(month) - 12 * 1970).astype("datetime64[M]")


def month_middle(month: int) -> float:
    """Middle of a month in days since 1950-01-01."""
    edges = month_date([month, month + 1]).astype("M8[D]") - np.datetime64("1950-01-01")
    return float(edges.astype(np.int64).mean())


@dataclass(frozen=True)
class Months:
    """First and last month, both included."""

    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> "Months":
        """``1993-01/2020-12``."""
        first, _, last = text.partition("/")
        months = cls(month_number(first), month_number(last or first))
        if months.last < months.first:
            raise ValueError(f"months {text!r}: the last is before the first")
        return months

    def __contains__(self, month: int) -> bool:
        return self.first <= month <= self.last

    def numbers(self) -> range:
        return range(self.first, self.last + 1)
