"""How far our flags and the delayed-mode flags of the producer agree."""

from collections.abc import Iterable, Mapping

import numpy as np
import xarray as xr

from catalogs.schema import variables
from kernels.ragged import row_of_obs, row_start_of

Confusion = dict[str, dict[str, int]]
"""Variable -> "our flag,their flag" -> number of observations."""


def confusion(partition: xr.Dataset, checked: xr.Dataset) -> Confusion:
    """Our flag of the value as delivered against the expert's flag, for records in delayed mode.

    The expert's flag is that of the adjusted value, ``V_ADJUSTED_QC``; where delayed mode left no adjusted
    value it is ``BAD`` or ``MISSING`` there.
    """
    delayed = partition["DATA_MODE"].values == "D"
    rows = row_of_obs(row_start_of(partition["row_size"].values))
    found: Confusion = {}
    for name in variables():
        expert = f"{name}_ADJUSTED_QC"
        if f"{name}_QC" not in checked or expert not in partition or checked[f"{name}_QC"].dims != ("obs",):
            continue
        wanted = delayed[rows] & ~np.isnan(partition[name].values)
        pairs = 10 * checked[f"{name}_QC"].values[wanted].astype(int) + partition[expert].values[wanted]
        codes, n = np.unique(pairs, return_counts=True)
        found[name] = {f"{c // 10},{c % 10}": k for c, k in zip(codes.tolist(), n.tolist(), strict=True)}
    return found


def merged(parts: Iterable[Mapping[str, Mapping[str, int]]]) -> Confusion:
    """Sum of confusions."""
    total: Confusion = {}
    for part in parts:
        for name, pairs in part.items():
            into = total.setdefault(name, {})
            for pair, n in pairs.items():
                into[pair] = into.get(pair, 0) + n
    return total


def lines(confusion: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The confusion in words: how many bad ones we found, how many good ones we flagged."""
    said = []
    for name, pairs in sorted(confusion.items()):
        both = {(o, e): n for pair, n in pairs.items() for o, e in [map(int, pair.split(","))]}
        bad = sum(n for (_, e), n in both.items() if e in (3, 4))
        good = sum(n for (_, e), n in both.items() if e in (1, 2, 5, 8))
        hit = sum(n for (o, e), n in both.items() if e in (3, 4) and o in (3, 4))
        false = sum(n for (o, e), n in both.items() if e in (1, 2, 5, 8) and o in (3, 4))
        if bad + good:
            said.append(f"{name}: of {bad} bad to the expert we flag {hit}, of {good} good ones {false}")
    return said
