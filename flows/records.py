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
import xarray as xr
from numpy.typing import NDArray

from catalogs.schema import Feature, flag_schemes, variables
from kernels.cells import CELL_DEGREES, morton_cell
from kernels.compiled import Array
from kernels.flags import Flag
from kernels.ragged import row_start_of, take_rows

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
``PROBE_TYPE`` WMO code table 1770 or one of the two below, ``DATA_MODE`` R, A or D, ``DIRECTION`` A or D,
``CYCLE_NUMBER`` -1 where there is none, ``SOURCE_INDEX`` the row in the file. Of several rows with one
``RECORD_ID`` the one with the highest ``PRECEDENCE`` is the record, the others are its earlier renderings."""
UNKNOWN_PROBE, DEPTHS_ARE_RIGHT = -1, -2
"""``PROBE_TYPE`` where the table has no code: nothing is known, or what is known is that the source has
corrected the depths or says that they need no correction."""


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


ROW_DIMENSION = {"profiles": "profile", "trajectories": "trajectory"}


def month_of_row(records: Records) -> NDArray[np.int64]:
    """Calendar month of each row as 12 * year + month - 1; -1 where it has no time between 1700 and 2100.

    A row of trajectories lies in the month of its first observation.
    """
    time = records.rows["TIME"] if records.feature == "profiles" else _first_of_row(records, "TIME")
    month = np.full(records.n_row, -1, np.int64)
    known = (time >= _days(1700)) & (time < _days(2101))
    dates = np.datetime64("1950-01-01") + np.floor(time[known]).astype("timedelta64[D]")
    month[known] = dates.astype("datetime64[M]").astype(np.int64) + 12 * 1970
    return month


def _days(year: int) -> int:
    return int((np.datetime64(f"{year}-01-01") - np.datetime64("1950-01-01")).astype(int))


def _first_of_row(records: Records, name: str) -> Array:
    first = np.full(records.n_row, np.nan)
    filled = records.row_size > 0
    first[filled] = records.obs[name][records.row_start[:-1][filled]]
    return first


def in_partition_order(records: Records) -> Records:
    """Rows sorted by cell, then time, then platform; ties by record id, so that the order is unique."""
    profiles = records.feature == "profiles"
    time, latitude, longitude = (
        records.rows[n] if profiles else _first_of_row(records, n) for n in ("TIME", "LATITUDE", "LONGITUDE")
    )
    cell = morton_cell(np.asarray(latitude, "f8"), np.asarray(longitude, "f8"), CELL_DEGREES)
    order = np.lexsort((records.rows["RECORD_ID"], records.rows["PLATFORM_CODE"], time, cell))
    return records.take(order)


def current_rendering(records: Records) -> NDArray[np.int64]:
    """For each row, the row with the same ``RECORD_ID`` and the highest ``PRECEDENCE``; itself where unique.

    Equal precedence (one file in two folders) is settled by file name and index, so that the choice does
    not depend on the order of reading.
    """
    rows = records.rows
    order = np.lexsort((rows["SOURCE_INDEX"], rows["SOURCE_FILE"], -rows["PRECEDENCE"], rows["RECORD_ID"]))
    ids = rows["RECORD_ID"][order]
    starts = np.r_[True, ids[1:] != ids[:-1]] if len(ids) else np.empty(0, bool)
    best = np.empty(len(ids), np.int64)
    best[order] = order[np.maximum.accumulate(np.where(starts, np.arange(len(ids)), 0))]
    return best


def to_dataset(records: Records) -> xr.Dataset:
    """The records as they are stored: CF discrete sampling geometry, contiguous ragged array."""
    dimension = ROW_DIMENSION[records.feature]
    rows = {k: v for k, v in records.rows.items() if k != "PRECEDENCE"}
    names = {
        **{k: (dimension, v) for k, v in rows.items()},
        **{k: ("obs", v) for k, v in records.obs.items()},
    }
    data = {k: xr.Variable(dims, values, attributes(k)) for k, (dims, values) in names.items()}
    data["row_size"] = xr.Variable(
        dimension,
        records.row_size.astype(np.int64),
        {"long_name": "number of observations of this row", "sample_dimension": "obs"},
    )
    kind = "profile" if records.feature == "profiles" else "trajectory"
    return xr.Dataset(data, attrs={"Conventions": "CF-1.11", "featureType": kind})


def attributes(name: str) -> dict[str, Any]:
    """CF attributes of a variable of the record model."""
    base = name.split("_SOURCE_QC")[0].removesuffix("_QC").removesuffix("_ERROR").removesuffix("_ADJUSTED")
    if name.endswith("_QC"):
        meanings = flag_schemes()["argo"].meanings
        delivered = " as delivered" if name.endswith(("_SOURCE_QC", "_ADJUSTED_QC")) else ""
        return {
            "long_name": f"quality flag of {base}{delivered}",
            "flag_values": [int(k) for k in meanings],
            "flag_meanings": " ".join(m.replace(",", "").replace(" ", "_") for m in meanings.values()),
        }
    if base in variables():
        known = variables()[base]
        plain = name in (base, f"{base}_ADJUSTED")
        what = {
            base: "",
            f"{base}_ADJUSTED": ", adjusted",
            f"{base}_ADJUSTED_ERROR": ", error of the adjusted value",
        }
        return {
            **({"standard_name": known.standard_name} if plain else {}),
            "long_name": known.long_name + what[name],
            "units": known.units,
        }
    return {"long_name": name.lower().replace("_", " ")}
