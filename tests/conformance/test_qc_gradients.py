"""Gradients, order of levels, rates of change, stuck runs and extrema beside AutoQC and CoTeDe.

Each difference is named with its reason. The cases of AutoQC are compared in float64, in which it computes:
some lie closer to a limit than float32, which we store, can tell.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.csiro_long_gradient import csiro_long_gradient
from kernels.qc.csiro_short_gradient import csiro_short_gradient
from kernels.qc.cumulative_rate_of_change import cumulative_rate_of_change
from kernels.qc.cumulative_rate_of_change import measure as measured_rate
from kernels.qc.extrema_count import extrema_count
from kernels.qc.gradient_aoml import gradient_aoml
from kernels.qc.gradient_icdc import gradient_icdc
from kernels.qc.gradient_wod import gradient_wod
from kernels.qc.level_order import level_order
from kernels.qc.rate_of_change import rate_of_change
from kernels.qc.stuck_run import stuck_run

pytestmark = pytest.mark.records

Case = dict[str, Any]
OUTCOME = {0: NOT_RUN, 9: NOT_RUN, 1: PASS, 4: FAIL}
"""A flag of CoTeDe as an outcome."""

ICDC_GRADIENT = (-150.0, -0.010, -4.0, 100.0, 0.015, 1.5, -2.3, 33.0)
ICDC_EXTREMA = (0.5, 4.0, 6.0, -2.3, 33.0)
FEWEST_LEVELS = {"OSD": 7.0, "MBT": 7.0, "XBT": 20.0, "PFL": 20.0, "APB": 20.0, "CTD": 50.0}
WOD_DATA_SET = {1: "MBT", 2: "XBT", 4: "CTD", 7: "OSD", 9: "PFL", 13: "APB"}
"""Data set of the World Ocean Database of a probe type (its code table of probes)."""


def cases(shared_records: Path, name: str, key: str, wanted: str, n: int) -> list[Case]:
    content = json.loads((shared_records.parent / "vectors" / "qc" / name).read_text())
    found = [c for c in content if c[key] == wanted]
    assert len(found) == n
    return found


def column(stored: Case, dtype: type = np.float64) -> np.ndarray:
    """An array as the vectors store it; masked values and the string NaN are missing."""
    values = np.array([float(v) for v in stored.get("array", stored.get("masked_array"))])
    values[np.array(stored.get("mask", np.zeros(values.size, bool)), bool)] = np.nan
    return values.astype(dtype)


def one_row(values: np.ndarray) -> np.ndarray:
    return np.array([0, values.size])


def rejected(outcome: np.ndarray) -> list[bool]:
    return [bool(o == FAIL) for o in outcome]


def icdc_stuck(value: np.ndarray, depth: np.ndarray, data_set: str) -> np.ndarray:
    found: np.ndarray = stuck_run(
        one_row(value), value, depth, np.zeros(1), FEWEST_LEVELS[data_set], 1e-4, 200.0, 200.0, 65.0
    )
    return found


# ---------------------------------------------------------------- AutoQC


@pytest.mark.parametrize(
    ("check", "n", "kernel", "limits"),
    [
        ("WOD_gradient_check", 4, gradient_wod, (-0.7, 0.3, 3.0)),
        ("AOML_gradient", 3, gradient_aoml, (1.0, 0.2)),
        ("ICDC_aqc_08_gradient_check", 6, gradient_icdc, ICDC_GRADIENT),
        ("CSIRO_long_gradient", 3, csiro_long_gradient, (5.0, 4.0)),
        ("CSIRO_short_gradient", 3, csiro_short_gradient, (0.4, 0.5, 30.0, 0.4, 12.5)),
        ("ICDC_aqc_06_n_temperature_extrema", 6, extrema_count, ICDC_EXTREMA),
    ],
)
def test_autoqc__agrees_in_every_case(
    shared_records: Path, pairs: Any, check: str, n: int, kernel: Any, limits: tuple[float, ...]
) -> None:
    for number, case in enumerate(cases(shared_records, "autoqc_pairs.json", "check", check, n)):
        value, depth = (column(case["profile"][k]) for k in ("temperature", "depth"))
        found = rejected(kernel(one_row(value), value, depth, *limits))
        pairs.compared(("AutoQC", check, number), kernel, found, case["qc"]["array"])
        assert found == case["qc"]["array"], case["test"]


@pytest.mark.parametrize(
    ("check", "kernel", "limits"),
    [
        ("ICDC_aqc_08_gradient_check", gradient_icdc, ICDC_GRADIENT),
        ("ICDC_aqc_06_n_temperature_extrema", extrema_count, ICDC_EXTREMA),
    ],
)
def test_autoqc__real_profiles_agree_as_we_store_them_too(
    shared_records: Path, check: str, kernel: Any, limits: tuple[float, ...]
) -> None:
    for case in cases(shared_records, "autoqc_pairs.json", "check", check, 6):
        value, depth = (column(case["profile"][k], np.float32) for k in ("temperature", "depth"))
        assert rejected(kernel(one_row(value), value, depth, *limits)) == case["qc"]["array"], case["test"]


def test_autoqc__wod_gradient_in_float32_passes_what_float32_cannot_tell(shared_records: Path) -> None:
    """130.00001 degrees is 130.000015 as float32: beyond the limit by less than the error of storing it."""
    found = []
    for case in cases(shared_records, "autoqc_pairs.json", "check", "WOD_gradient_check", 4):
        value, depth = (column(case["profile"][k], np.float32) for k in ("temperature", "depth"))
        found += [rejected(gradient_wod(one_row(value), value, depth, -0.7, 0.3, 3.0)) == case["qc"]["array"]]
    assert found == [True, False, True, True]


def test_autoqc__level_order_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    check = "ICDC_aqc_01_level_order"
    for number, case in enumerate(cases(shared_records, "autoqc_pairs.json", "check", check, 6)):
        depth = column(case["profile"]["depth"], np.float32)
        found = rejected(level_order(depth, 0.0))
        pairs.compared(("AutoQC", check, number), level_order, found, case["qc"]["array"])
        assert found == case["qc"]["array"], case["test"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_autoqc__stuck_value_agrees_in_every_case(shared_records: Path, pairs: Any, dtype: type) -> None:
    check = "ICDC_aqc_05_stuck_value"
    for number, case in enumerate(cases(shared_records, "autoqc_pairs.json", "check", check, 6)):
        value, depth = (column(case["profile"][k], dtype) for k in ("temperature", "depth"))
        found = icdc_stuck(value, depth, WOD_DATA_SET[case["profile"]["probe_type"]])
        if dtype is np.float32:
            pairs.compared(("AutoQC", check, number), stuck_run, rejected(found), case["qc"]["array"])
        assert rejected(found) == case["qc"]["array"], case["test"]


# ---------------------------------------------------------------- ICDC's own cases


def icdc_profiles(file: Path) -> list[tuple[str, np.ndarray]]:
    """Data set and (n_level, 3) depth, temperature and flag of each profile of a file."""
    profiles: list[tuple[str, list[list[float]]]] = []
    for line in file.read_text().splitlines():
        if line.startswith("HH"):
            profiles.append((line[-3:], []))
        elif profiles and len(line.split()) == 3:
            profiles[-1][1].append([float(word) for word in line.split()])
    return [(data_set, np.array(levels)) for data_set, levels in profiles]


def test_icdc__gradient_agrees_in_every_profile(shared_records: Path, pairs: Any) -> None:
    profiles = icdc_profiles(shared_records / "qc_cases" / "icdc_08_gradient-check.txt")
    assert len(profiles) == 6
    for k, (_, levels) in enumerate(profiles):
        depth, value = levels[:, 0].astype(np.float32), levels[:, 1].astype(np.float32)
        found = rejected(gradient_icdc(one_row(value), value, depth, *ICDC_GRADIENT))
        pairs.compared(("ICDC", "08_gradient-check", k), gradient_icdc, found, levels[:, 2] == 1)
        np.testing.assert_array_equal(found, levels[:, 2] == 1)


def test_icdc__stuck_value_agrees_in_every_profile(shared_records: Path, pairs: Any) -> None:
    profiles = icdc_profiles(shared_records / "qc_cases" / "icdc_05_stuck-value.txt")
    assert len(profiles) == 6
    for k, (data_set, levels) in enumerate(profiles):
        depth, value = levels[:, 0].astype(np.float32), levels[:, 1].astype(np.float32)
        found = rejected(icdc_stuck(value, depth, data_set))
        pairs.compared(("ICDC", "05_stuck-value", k), stuck_run, found, levels[:, 2] == 1)
        np.testing.assert_array_equal(found, levels[:, 2] == 1)


# ---------------------------------------------------------------- CoTeDe


@pytest.mark.parametrize(
    ("function", "n", "kernel"),
    [("RateOfChange", 4, rate_of_change), ("CumRateOfChange", 1, cumulative_rate_of_change)],
)
def test_cotede__rates_of_change_agree_in_every_case(
    shared_records: Path, pairs: Any, function: str, n: int, kernel: Any
) -> None:
    found_in = cases(shared_records, "cotede_flag_pairs.json", "function", f"cotede.{function}", n)
    for number, case in enumerate(found_in):
        settings, value = case["args"]["cfg"], column(case["args"]["data"]["TEMP"], np.float32)
        limits = [float(settings[k]) for k in ("threshold", "memory") if k in settings]
        (flags,) = case["result"]["flags"].values()
        found, expected = kernel(one_row(value), value, *limits), [OUTCOME[f] for f in flags["array"]]
        pairs.compared(("CoTeDe", function, number), kernel, found, expected)
        np.testing.assert_array_equal(found, expected)


def test_cotede__cumulative_rate_is_the_one_that_is_measured(shared_records: Path) -> None:
    (case,) = cases(shared_records, "cotede_flag_pairs.json", "function", "cotede.CumRateOfChange", 1)
    value = column(case["args"]["data"]["TEMP"])
    measured, _, _ = measured_rate(one_row(value), value, 4.0, 0.8)
    np.testing.assert_allclose(measured, column(case["result"]["features"]["cum_rate_of_change"]), atol=1e-12)
