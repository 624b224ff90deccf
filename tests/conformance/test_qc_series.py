"""Our tests of time series, tracks and platforms beside those of QuinCe and ioos_qc, on the peers' own cases.

Each difference is named with its reason.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.attenuated_signal import attenuated_signal
from kernels.qc.flat_line import flat_line
from kernels.qc.flat_line_quince import flat_line_quince
from kernels.qc.impossible_speed import impossible_speed
from kernels.qc.rate_of_change_quince import rate_of_change_quince
from kernels.qc.rate_of_change_time import rate_of_change_time
from kernels.qc.track_speed import track_speed

pytestmark = pytest.mark.records

NAN = np.nan
MINUTE, HOUR = 1 / 1440, 1 / 24


def series(values: list[Any], step: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets, times and values of a series with regular times; None is missing."""
    value = np.array([NAN if v is None else v for v in values], np.float32)
    return np.array([0, value.size]), 23_000 + step * np.arange(value.size), value


# ---------------------------------------------------------------- QuinCe


def quince(shared_records: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        (shared_records.parent / "vectors" / "quince_routines.json").read_text()
    )
    return content


def test_quince__constant_value_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    routine = quince(shared_records)["constant"]
    assert len(routine["cases"]) == 6
    for k, case in enumerate(routine["cases"]):
        start, time, value = series(case["values"], routine["step_minutes"] * MINUTE)
        found = flat_line_quince(start, time, value, 60.0 * routine["limit_minutes_in_test"])
        failed = list(1 + np.flatnonzero(found == FAIL))
        pairs.compared(("QuinCe", "constant", k), flat_line_quince, failed, case["flagged_1based"])
        assert failed == case["flagged_1based"], case


def test_quince__gradient_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    routine = quince(shared_records)["gradient"]
    assert len(routine["cases"]) == 9
    for k, case in enumerate(routine["cases"]):
        start, time, value = series(case["values"], routine["step_minutes"] * MINUTE)
        found = rate_of_change_quince(start, time, value, float(routine["limit_per_minute"]))
        failed = list(1 + np.flatnonzero(found == FAIL))
        pairs.compared(("QuinCe", "gradient", k), rate_of_change_quince, failed, case["flagged_1based"])
        assert failed == case["flagged_1based"], case


@pytest.mark.parametrize("kernel", [impossible_speed, track_speed], ids=["profiles", "trajectories"])
def test_quince__speed_agrees_in_every_case(shared_records: Path, pairs: Any, kernel: Any) -> None:
    """The rows name no times: a position a minute is assumed. One flagged B before is missing with us."""
    rows = json.loads((shared_records.parent / "vectors" / "qc" / "quince_speed_rows.json").read_text())
    assert len(rows) == 14
    for number, row in enumerate(rows):
        n = sum(row[f"Flag {k}"] != "" for k in (1, 2, 3))
        good = [row[f"Flag {k}"].upper() == "G" for k in range(1, n + 1)]
        lat, lon = (
            np.where(good, [float(row[f"{name} {k}"]) for k in range(1, n + 1)], NAN)
            for name in ("Lat", "Lon")
        )
        found = kernel(np.array([0, n]), 23_000 + MINUTE * np.arange(n), lat, lon, 160.0)
        flags = ["B" if not g or o == FAIL else "G" for g, o in zip(good, found, strict=True)]
        expected = [row[f"QC Flag {k}"] for k in range(1, n + 1)]
        pairs.compared(("QuinCe", "speed", number), kernel, flags, expected)
        assert flags == expected, row


# ---------------------------------------------------------------- ioos_qc 3.0, its own tests

SUSPECT_AND_FAIL = {1: (0, 0), 3: (1, 0), 4: (1, 1), 9: (2, 2), 2: (2, 2)}
"""An ioos_qc flag as outcomes of the two entries that a procedure has, one for suspect and one for fail."""


def failures(suspect: np.ndarray, fail: np.ndarray, flags: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Where suspect and fail failed, and where ioos_qc's flags say so."""
    expected = np.array([SUSPECT_AND_FAIL[f] for f in flags]).reshape(-1, 2).T
    return np.array([suspect, fail]) == FAIL, expected == FAIL


def agree(suspect: np.ndarray, fail: np.ndarray, flags: list[int], not_run: tuple[int, ...] = ()) -> None:
    """Outcomes beside flags; at the positions ``not_run`` ioos_qc passes what it did not test."""
    for outcome, k in ((suspect, 0), (fail, 1)):
        expected = [SUSPECT_AND_FAIL[f][k] for f in flags]
        for i, (found, wanted) in enumerate(zip(outcome, expected, strict=True)):
            if not (found == NOT_RUN and wanted == PASS and (i in not_run or outcome is fail)):
                assert found == wanted, (i, outcome, expected)


def test_ioos_qc__flat_line_agrees_but_for_the_first_window(pairs: Any) -> None:
    """Before the first window is whole ioos_qc says good, we say that nothing was tested."""
    compared = 0

    def both(given: Any, limits: tuple[float, float, float], flags: list[int]) -> None:
        nonlocal compared
        outcomes = [flat_line(*given, limit, limits[2]) for limit in limits[:2]]
        pairs.compared(("ioos_qc", "flat_line_test", compared), flat_line, *failures(*outcomes, flags))
        agree(*outcomes, flags, (0, 1, 2))
        compared += 1

    flat = [2, 2.0001, 2, 2.0001, 2, 2.0001, 2, 4, 5, 3, 3.0001, 3.0005, 3.00001]
    cases = [
        ([1, *flat], [1, 1, 1, 1, 3, 3, 4, 4, 1, 1, 1, 1, 1, 3]),
        ([-v for v in [1, *flat]], [1, 1, 1, 1, 3, 3, 4, 4, 1, 1, 1, 1, 1, 3]),
        (flat, [1, 1, 1, 3, 3, 4, 4, 1, 1, 1, 1, 1, 3]),
        (
            [1, None, None, 2, 2.0001, 2, 2.0001, 2, 4, None, 3, None, None, 3.00001],
            [1, 9, 9, 1, 3, 3, 4, 4, 1, 9, 1, 9, 9, 3],
        ),
    ]
    for values, flags in cases:
        both(series(values, 15 * MINUTE), (3000.0, 4800.0, 0.01), flags)
    second = MINUTE / 60
    for n, flags in enumerate(
        [[], [1], [1, 1], [1, 1, 1], [1, 1, 1, 3], [1, 1, 1, 3, 3], [1, 1, 1, 3, 3, 4]]
    ):
        both(series([5] * n, second), (3.0, 5.0, 0.1), flags)
    given = series([1, 1, 1, 1, 1, 6, 5, 4, 3, 2], second)
    both(given, (3.0, 6.0, 4.0), [1, 1, 1, 3, 3, 1, 1, 1, 3, 3])


@pytest.mark.parametrize(
    ("number", "values", "suspect", "fail", "by_range", "flag"),
    [
        (0, [1, 2, 3, 4], 0.75, 0.5, 0.0, [1, 1, 1, 1]),
        (1, [1, 2, 3, 4], 5.0, 0.0, 0.0, [3, 3, 3, 3]),
        (2, [1, 1, 1, 1], 10.0, 8.0, 0.0, [4, 4, 4, 4]),
        (3, [10, 20, 30, 40], 100_000.0, 1000.0, 0.0, [4, 4, 4, 4]),
        (4, [10, 20, 30, 40], 50.0, 31.0, 1.0, [4, 4, 4, 4]),
        (5, [10, 20, 30, 40], 31.0, 10.0, 1.0, [3, 3, 3, 3]),
        (6, [3, 4, 5, 8.1, 9, 8.5, 8.7, 8.4, 8.2, 8.35, 2, 1], 0.15, 0.1, 1.0, [1] * 12),
        (7, [None, 2, 3, 4], 0.75, 0.5, 0.0, [9, 1, 1, 1]),
        (8, [None] * 4, 0.75, 0.5, 0.0, [9] * 4),
        (9, [10, None, None, 40], 50.0, 31.0, 1.0, [4, 9, 9, 4]),
    ],
)
def test_ioos_qc__attenuated_signal_agrees_in_every_case(
    pairs: Any, number: int, values: list[Any], suspect: float, fail: float, by_range: float, flag: list[int]
) -> None:
    given = series(values, 1.0)
    outcomes = [attenuated_signal(*given, limit, 0.0, 2.0, by_range) for limit in (suspect, fail)]
    key = ("ioos_qc", "attenuated_signal_test", number)
    pairs.compared(key, attenuated_signal, *failures(*outcomes, flag))
    agree(*outcomes, flag)


@pytest.mark.parametrize(
    ("number", "values", "suspect", "fail", "fewest", "by_range", "flag"),
    [
        (10, [1, 2, 3, 100, 1000], 100.0, 10.0, 1.0, 1.0, [4, 4, 4, 3, 1]),
        (11, [1, 2, 3, 100, 1000], 100.0, 10.0, 2.0, 1.0, [2, 4, 4, 3, 1]),
        (12, [1, None, 10, 100, 1000], 100.0, 50.0, 2.0, 1.0, [2, 9, 2, 3, 1]),
        (13, [1, None, 10, 100, 1000], 150.0, 40.0, 2.0, 0.0, [2, 9, 2, 3, 1]),
    ],
)
def test_ioos_qc__attenuated_signal_in_windows_agrees_in_every_case(
    pairs: Any,
    number: int,
    values: list[Any],
    suspect: float,
    fail: float,
    fewest: float,
    by_range: float,
    flag: list[int],
) -> None:
    given = series(values, 1.0)
    two_days = 2 * 86_400.0
    outcomes = [attenuated_signal(*given, limit, two_days, fewest, by_range) for limit in (suspect, fail)]
    key = ("ioos_qc", "attenuated_signal_test", number)
    pairs.compared(key, attenuated_signal, *failures(*outcomes, flag))
    agree(*outcomes, flag)


def test_ioos_qc__rate_of_change_agrees_but_for_the_first_value(pairs: Any) -> None:
    """The first value has nothing before it: ``NOT_RUN`` with us, good there. After missing values we take
    the last one that is known; here that passes as well."""
    cases = [
        ([2, 10, 2, 3, None, None, 7, 10], [1, 3, 3, 1, 9, 9, 1, 1]),
        ([-2, -10, -2, -3], [1, 3, 3, 1]),
    ]
    for k, (values, flags) in enumerate(cases):
        found = rate_of_change_time(*series(values, 15 * MINUTE), 5 / 15 / 60)
        outcomes = found, np.where(found == FAIL, PASS, found)
        key = ("ioos_qc", "rate_of_change_test", k)
        pairs.compared(key, rate_of_change_time, *failures(*outcomes, flags))
        agree(*outcomes, flags, (0,))


def test_ioos_qc__speed_agrees_in_every_case_when_the_later_fix_is_held_responsible(pairs: Any) -> None:
    """By Argo's own rule only the fix that is wrong by itself fails, the fourth of the second case."""
    lon = np.full(6, -71.05)
    cases = [
        ([41.01, 41.02, 41.03, 41.04, 41.05, 41.05], [2, 1, 1, 1, 1, 1]),
        ([41.01, 41.02, 41.06, 41.50, 41.05, 41.05], [2, 1, 3, 4, 4, 1]),
        ([41.01], [2]),
        ([41.01, 41.02], [2, 1]),
    ]
    for k, (lat, flags) in enumerate(cases):
        n = len(lat)
        given = (np.array([0, n]), HOUR * np.arange(n), np.array(lat), lon[:n])
        outcomes = [track_speed(*given, limit, 0.0, 0.0, 1.0) for limit in (1.0, 3.0)]
        pairs.compared(("ioos_qc", "speed_test", k), track_speed, *failures(*outcomes, flags))
        agree(*outcomes, flags)
        assert list(np.flatnonzero(track_speed(*given, 3.0) == FAIL)) == [i for i in [3] if 41.5 in lat]
