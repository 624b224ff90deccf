"""Our tests of particle backscattering beside the authors' cases (BBP_RTQC), all fourteen of them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kernels.flags import FAIL
from kernels.qc.bbp_missing_data import bbp_missing_data
from kernels.qc.bbp_negative import bbp_negative
from kernels.qc.bbp_negative_deep import bbp_negative_deep
from kernels.qc.bbp_noisy import bbp_noisy
from kernels.running_median import smoothed_profile

pytestmark = pytest.mark.records

Case = dict[str, Any]
EDGES = np.array([50, 156, 261, 367, 472, 578, 683, 789, 894, 1000], np.float64)


def cases(shared_records: Path, code: str, n: int) -> list[Case]:
    content: list[Case] = json.loads((shared_records / "bgc" / "bbp_rtqc_cases.json").read_text())
    found = [case for case in content if case["code"].startswith(code)]
    assert len(found) == n
    return found


def columns(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Offsets, values, pressures and the flags that the authors expect."""
    value, pressure = (np.array(case["input"][k], np.float32) for k in ("BBP", "PRES"))
    return np.array([0, value.size]), value, pressure, np.array(case["output"]["flags_out"])


def flags_of(value: np.ndarray, *failures: tuple[np.ndarray | bool, int]) -> np.ndarray:
    """The highest of the flags that each failure gives, else 1."""
    flags = np.ones(value.size)
    for failed, flag in failures:
        flags = np.where(failed, np.maximum(flags, flag), flags)
    return flags


def test_bbp__every_case_is_compared(shared_records: Path) -> None:
    """There is none of the high-deep-value and of the parking-hook test."""
    codes = [case["code"] for case in cases(shared_records, "", 14)]
    assert sorted(codes) == ["A", "A2", "B", "B"] + ["E"] * 10


def test_bbp__negative_values_agree_in_every_case(shared_records: Path, pairs: Any) -> None:
    for k, case in enumerate(cases(shared_records, "A", 2)):
        start, value, pressure, expected = columns(case)
        flags = flags_of(
            value,
            (bbp_negative(value, pressure, 0.0, 5.0) == FAIL, 4),
            (bool(bbp_negative_deep(start, value, pressure, 0.0, 5.0, 0.0)[0] == FAIL), 3),
            (bool(bbp_negative_deep(start, value, pressure, 0.0, 5.0, 0.1)[0] == FAIL), 4),
        )
        pairs.compared(("BBP_RTQC", "A", k), (bbp_negative, bbp_negative_deep), flags, expected)
        np.testing.assert_array_equal(flags, expected, case["specifics"])


def test_bbp__noisy_profiles_agree_in_every_case(shared_records: Path, pairs: Any) -> None:
    for k, case in enumerate(cases(shared_records, "B", 2)):
        start, value, pressure, expected = columns(case)
        noisy = bool(bbp_noisy(start, value, pressure, 0.0005, 0.1, 100.0, 11.0, 11.0)[0] == FAIL)
        pairs.compared(("BBP_RTQC", "B", k), bbp_noisy, flags_of(value, (noisy, 3)), expected)
        np.testing.assert_array_equal(flags_of(value, (noisy, 3)), expected, case["specifics"])


def test_bbp__running_median_is_that_of_the_cases(shared_records: Path) -> None:
    for case in cases(shared_records, "", 14):
        _, value, pressure, _ = columns(case)
        work, level = np.empty((3, value.size)), np.empty(value.size, np.int64)
        known = ~np.isnan(value)
        n, _ = smoothed_profile(value, pressure, 11, work, level)
        expected = np.array(case["input"]["BBPmf1"], np.float64)
        assert np.count_nonzero(~np.isnan(expected[known])) == n
        np.testing.assert_allclose(work[2, :n], expected[level[:n]], rtol=1e-6)


@pytest.mark.parametrize(("of_levels", "differences"), [(1.0, [13]), (0.0, [12, 13])])
def test_bbp__missing_data_agree_but_for_profiles_with_hardly_any(
    shared_records: Path, pairs: Any, of_levels: float, differences: list[int]
) -> None:
    """The last case has data only at 1443 dbar: the authors' code flags them as missing (9), its comment and
    the paper as bad (4), and so do we: they are there. The one before has values in a single bin, which is 4
    by the rule; the code counts levels that have a pressure, in four bins, and gives 3."""
    found = []
    for number, case in enumerate(cases(shared_records, "E", 10), start=4):
        start, value, pressure, expected = columns(case)
        some, most = (
            bool(bbp_missing_data(start, value, pressure, EDGES, fewest, of_levels)[0] == FAIL)
            for fewest in (10.0, 2.0)
        )
        flags = flags_of(value, (some, 3), (most, 4))
        if of_levels:
            reason = (
                "data at 1443 dbar only: missing (9) in the authors' code, bad (4) by the paper and for us"
            )
            pairs.compared(("BBP_RTQC", "E", number - 4), bbp_missing_data, flags, expected, reason)
        if not np.array_equal(flags, expected):
            found.append(number)
            assert set(flags) == {4}
            assert set(expected) == ({9} if number == 13 else {3})
    assert found == differences
