"""The record model in memory: what every reader returns and every partition holds.

``Records`` are rows (profiles, or platform-month segments of trajectories) over contiguous ragged
observations. Row arrays have one value a row, observation arrays one value an observation, row after row.

Row variables of ``profiles``: ``TIME`` (days since 1950-01-01 UTC), ``LATITUDE``, ``LONGITUDE``,
``TIME_SOURCE_QC``, ``POSITION_SOURCE_QC`` and those of ``IDENTITY``. ``trajectories`` have the first five
per observation. Observation variables, for each variable V of ``catalogs/variables.yaml``: ``V`` as
delivered in the canonical unit, ``V_SOURCE_QC`` the delivered flag in Argo reference table 2, and where
delivered ``V_ADJUSTED``, ``V_ADJUSTED_QC``, ``V_ADJUSTED_ERROR``. NaN is missing; a flag of a value that
was delivered without one is ``NO_QC``.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalogs.schema import Feature, variables
from kernels.flags import Flag
from kernels.ragged import row_start_of, take_rows

Array = NDArray[Any]

POSITION = {
    "TIME": "f8",
    "LATITUDE": "f8",
    "LONGITUDE": "f8",
    "TIME_SOURCE_QC": "u1",
    "POSITION_SOURCE_QC": "u1",
}
"""Time and place: per row in profiles, per observation in trajectories."""

IDENTITY = {
    "PLATFORM_CODE": "U",
    "PLATFORM_TYPE": "U",
    "PROBE_TYPE": "i2",
    "DATA_MODE": "U",
    "DIRECTION": "U",
    "CYCLE_NUMBER": "i4",
    "SOURCE": "U",
    "SOURCE_FILE": "U",
    "SOURCE_INDEX": "i4",
    "RECORD_ID": "u8",
    "PRECEDENCE": "i8",
}
"""What a row is. ``PLATFORM_TYPE`` is the In Situ TAC code (PF, XB, CT, MO ...; empty where unknown),
``PROBE_TYPE`` WMO code table 1770 (-1 where unknown), ``DATA_MODE`` R, A or D, ``DIRECTION`` A or D,
``CYCLE_NUMBER`` -1 where there is none, ``SOURCE_INDEX`` the row in the file. Of several rows with one
``RECORD_ID`` the one with the highest ``PRECEDENCE`` is the record, the others are its earlier renderings."""


class SourceError(ValueError):
    """A source file cannot be read as records. ``file``, ``variable`` and ``reason`` go to the quarantine."""

    def __init__(self, file: str, reason: str, variable: str = "") -> None:
        self.file, self.variable, self.reason = file, variable, reason
        super().__init__(f"{file}: {variable + ': ' if variable else ''}{reason}")

    def __reduce__(self) -> tuple[Any, ...]:
        return SourceError, (self.file, self.reason, self.variable)


@dataclass(frozen=True)
class Records:
    """Rows over contiguous ragged observations; see the module for the names.

    ``notes`` are remarks for the report: (file, variable, remark) of what a reader had to leave out.
    """

    feature: Feature
    row_size: NDArray[np.int64]
    rows: Mapping[str, Array]
    obs: Mapping[str, Array]
    notes: tuple[tuple[str, str, str], ...] = field(default=())

    def __post_init__(self) -> None:
        n_row, n_obs = len(self.row_size), int(self.row_size.sum())
        for kind, arrays, n in (("row", self.rows, n_row), ("observation", self.obs, n_obs)):
            for name, array in arrays.items():
                if len(array) != n:
                    raise ValueError(f"{kind} variable {name} has {len(array)} values for {n} {kind}s")

    @property
    def row_start(self) -> NDArray[np.int64]:
        return row_start_of(self.row_size)

    @property
    def n_row(self) -> int:
        return len(self.row_size)

    @property
    def n_obs(self) -> int:
        return int(self.row_size.sum())

    def take(self, rows: Array) -> "Records":
        """The given rows, in the given order."""
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        start, index = take_rows(self.row_start, rows)
        return replace(
            self,
            row_size=np.diff(start),
            rows={k: v[rows] for k, v in self.rows.items()},
            obs={k: v[index] for k, v in self.obs.items()},
        )


def record_id(*identity: object) -> int:
    """Stable 64-bit hash of a source identity, for example ("argo", "3902131", 12, "A", 0)."""
    text = "|".join(str(part) for part in identity)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def fill_value(name: str) -> Any:
    """What stands where a variable has no value: NaN for values, ``NO_QC`` for delivered flags."""
    return np.uint8(Flag.NO_QC) if name.endswith("_QC") else np.nan


def dtype_of(name: str) -> np.dtype[Any]:
    """Storage type of a variable of the record model."""
    known = POSITION | IDENTITY
    if name in known:
        return np.dtype(known[name])
    if name.endswith("_QC"):
        return np.dtype("u1")
    if name.endswith(("_QC_FAILED", "_QC_SKIPPED")):
        return np.dtype("u8")
    base = name.removesuffix("_ERROR").removesuffix("_ADJUSTED")
    return np.dtype(variables()[base].dtype)


def concatenate(parts: Sequence[Records]) -> Records:
    """Records of one feature type one after the other; variables that a part lacks are filled."""
    if not parts:
        raise ValueError("nothing to concatenate")
    if len({p.feature for p in parts}) > 1:
        raise ValueError("profiles and trajectories cannot be concatenated")
    names = sorted({name for p in parts for name in p.obs})
    return Records(
        feature=parts[0].feature,
        row_size=np.concatenate([p.row_size for p in parts]),
        rows={k: np.concatenate([p.rows[k] for p in parts]) for k in parts[0].rows},
        obs={k: np.concatenate([_column(p, k) for p in parts]) for k in names},
        notes=tuple(n for p in parts for n in p.notes),
    )


def _column(part: Records, name: str) -> Array:
    if name in part.obs:
        return part.obs[name]
    return np.full(part.n_obs, fill_value(name), dtype_of(name))
