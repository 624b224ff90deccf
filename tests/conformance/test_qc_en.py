"""Our EN tests beside AutoQC's, on AutoQC's own cases. Each difference is named with its reason."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kernels.flags import FAIL
from kernels.qc.en_constant_value import en_constant_value
from kernels.qc.en_increasing_depth import en_increasing_depth
from kernels.qc.en_spike_and_step import en_spike_and_step
from kernels.qc.en_spike_and_step_suspect import en_spike_and_step_suspect
from kernels.qc.en_stability import en_stability
from kernels.qc.global_range import global_range

pytestmark = pytest.mark.records

Case = dict[str, Any]

OF_SUSPECTS = {"tropics_prelim", "C_nominal", "excpetion_C_iii", "trailing_zero"}
"""Cases that AutoQC ran for suspect levels; the pairs do not say so, its test names do."""

DBAR_PER_M = 0.9806652
"""AutoQC's pressure for the stability check where there are depths only."""


def autoqc(shared_records: Path, check: str, n: int) -> list[Case]:
    content = json.loads((shared_records.parent / "vectors" / "qc" / "autoqc_pairs.json").read_text())
    found = [c for c in content if c["check"] == check]
    assert len(found) == n
    return found


def column(stored: Case, dtype: type = np.float32) -> np.ndarray:
    """An array as the vectors store it; masked values are missing."""
    values = np.array([float(v) for v in stored.get("array", stored.get("masked_array"))])
    values[np.array(stored.get("mask", np.zeros(values.size, bool)), bool)] = np.nan
    return values.astype(dtype)


def columns(case: Case, *names: str) -> list[np.ndarray]:
    return [column(case["profile"][name]) for name in names]


def latitude(case: Case) -> np.ndarray:
    """Missing where AutoQC's case has none: there its check does not ask for it."""
    stored = case["profile"]["latitude"]
    return np.array([np.nan if stored is None else stored], np.float64)


def one_row(values: np.ndarray) -> np.ndarray:
    return np.array([0, values.size])


def rejected(outcome: np.ndarray) -> list[bool]:
    return [bool(o == FAIL) for o in outcome]


def test_autoqc__spike_and_step_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    n_suspects = 0
    for k, case in enumerate(autoqc(shared_records, "EN_spike_and_step_check", 10)):
        value, depth = columns(case, "temperature", "depth")
        suspects = any(case["test"].endswith(name) for name in OF_SUSPECTS)
        kernel = en_spike_and_step_suspect if suspects else en_spike_and_step
        found = rejected(kernel(one_row(value), value, depth, latitude(case)))
        pairs.compared(("AutoQC", case["check"], k), kernel, found, case["qc"]["array"])
        assert found == case["qc"]["array"], case["test"]
        n_suspects += suspects
    assert n_suspects == len(OF_SUSPECTS)


def test_autoqc__stability_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    for k, case in enumerate(autoqc(shared_records, "EN_stability_check", 3)):
        pressure, temperature, salinity, depth = columns(case, "pressure", "temperature", "salinity", "depth")
        if np.all(np.isnan(pressure)):
            pressure = (DBAR_PER_M * depth.astype(np.float64)).astype(np.float32)
        found = rejected(en_stability(one_row(pressure), pressure, temperature, salinity, 0.03))
        pairs.compared(("AutoQC", case["check"], k), en_stability, found, case["qc"]["array"])
        assert found == case["qc"]["array"], case["test"]


def test_autoqc__increasing_depth_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    for k, case in enumerate(autoqc(shared_records, "EN_increasing_depth_check", 6)):
        depth, temperature = columns(case, "depth", "temperature")
        found = rejected(en_increasing_depth(one_row(depth), depth, temperature, latitude(case)))
        pairs.compared(("AutoQC", case["check"], k), en_increasing_depth, found, case["qc"]["array"])
        assert found == case["qc"]["array"], case["test"]


def test_autoqc__constant_value_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    for k, case in enumerate(autoqc(shared_records, "EN_constant_value_check", 4)):
        value, depth = columns(case, "temperature", "depth")
        found = rejected(en_constant_value(one_row(value), value, depth, 100.0))
        pairs.compared(("AutoQC", case["check"], k), en_constant_value, found, case["qc"]["array"])
        assert found == case["qc"]["array"], case["test"]


@pytest.mark.parametrize(
    ("check", "n", "highest"),
    [("EN_range_check", 4, 40.0), ("IQuOD_gross_range_check", 5, 100.0)],
)
def test_autoqc__ranges_agree_in_every_case_with_global_range(
    shared_records: Path, pairs: Any, check: str, n: int, highest: float
) -> None:
    """Limits are tested closer than float32 can tell: we store float32, the kernel takes either."""
    for k, case in enumerate(autoqc(shared_records, check, n)):
        value = column(case["profile"]["temperature"], np.float64)
        found = rejected(global_range(value, -4.0, highest))
        pairs.compared(("AutoQC", check, k), global_range, found, case["qc"]["array"])
        assert found == case["qc"]["array"], case["test"]
