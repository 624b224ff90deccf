"""Our tests beside those of AutoQC, Argo's own checker (argortqcpy) and CoTeDe, on the peers' own cases.

Each difference is named with its reason; a peer's case that is not compared is counted, not passed over.
"""

import json
from pathlib import Path
from typing import Any

import gsw
import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.density_inversion import density_inversion
from kernels.qc.digit_rollover import digit_rollover
from kernels.qc.global_range import global_range
from kernels.qc.gradient import gradient
from kernels.qc.gross_pressure import gross_pressure
from kernels.qc.impossible_date import impossible_date
from kernels.qc.impossible_location import impossible_location
from kernels.qc.pressure_increasing import pressure_increasing
from kernels.qc.regional_range import regional_range
from kernels.qc.spike import spike
from kernels.qc.stuck_value import stuck_value

pytestmark = pytest.mark.records

Case = dict[str, Any]
OUTCOME = {0: NOT_RUN, 9: NOT_RUN, 1: PASS, 3: FAIL, 4: FAIL}
"""A peer's flag as an outcome."""


def cases(shared_records: Path, name: str) -> list[Case]:
    content: list[Case] = json.loads((shared_records.parent / "vectors" / "qc" / name).read_text())
    return content


def column(stored: Case, dtype: type = np.float32) -> np.ndarray:
    """An array as the vectors store it; masked values and the string NaN are missing."""
    values = np.array([float(v) for v in stored.get("array", stored.get("masked_array"))])
    values[np.array(stored.get("mask", np.zeros(values.size, bool)), bool)] = np.nan
    return values.astype(dtype)


def one_row(values: np.ndarray) -> np.ndarray:
    return np.array([0, values.size])


# ---------------------------------------------------------------- Argo's own checker


def test_argortqcpy__pressure_increasing_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    compared = [c for c in cases(shared_records, "argortqcpy_pairs.json") if "PRES" in c]
    assert len(compared) == 7
    for k, case in enumerate(compared):
        pressure = np.array(case["PRES"], np.float32)
        expected = [OUTCOME[int(f)] for f in case["flags"]]
        found = pressure_increasing(one_row(pressure), pressure)
        pairs.compared(("Argo", case["check"], k), pressure_increasing, found, expected)
        np.testing.assert_array_equal(found, expected, str(case))


def test_argortqcpy__limits_of_the_global_range_are_ours(shared_records: Path, pairs: Any) -> None:
    """It publishes the limits of test 6; a value at a limit passes, the next one beyond it fails."""
    (case,) = [c for c in cases(shared_records, "argortqcpy_pairs.json") if "limits" in c]
    assert case["limits"] == {
        "PRES<-5": "4 on PRES,TEMP,PSAL",
        "-5<=PRES<-2.4": "3 on PRES,TEMP,PSAL",
        "TEMP outside [-2.5,40]": "4",
        "PSAL outside [2,41]": "4",
    }
    found = []
    for low, high in ((-2.5, 40.0), (2.0, 41.0)):
        value = np.array([low, np.nextafter(low, -9), high, np.nextafter(high, 99)])
        found += rejected(global_range(value, low, high))
    for limit in (-5.0, -2.4):
        found += rejected(gross_pressure(np.array([limit, np.nextafter(limit, -9)]), limit))
    expected = 6 * [False, True]
    pairs.compared(("Argo", case["check"], 0), (global_range, gross_pressure), found, expected)
    assert found == expected


def test_argortqcpy__what_is_not_compared(shared_records: Path, pairs: Any) -> None:
    (case,) = [c for c in cases(shared_records, "argortqcpy_pairs.json") if "rule" in c]
    pairs.not_compared(
        ("Argo", case["check"], 0), "no test: which flag wins, a procedure says (kernels/flags.py)"
    )


# ---------------------------------------------------------------- AutoQC


def autoqc(shared_records: Path, check: str, n: int) -> list[Case]:
    found = [c for c in cases(shared_records, "autoqc_pairs.json") if c["check"] == check]
    assert len(found) == n
    return found


def rejected(outcome: np.ndarray) -> list[bool]:
    return [bool(o == FAIL) for o in outcome]


def autoqc_pressure(profile: Case) -> np.ndarray:
    """AutoQC's cases give depths at the equator and compute the pressure from them, as we do."""
    return np.asarray(gsw.p_from_z(-column(profile["depth"], np.float64), profile["latitude"]))


@pytest.mark.parametrize(
    ("check", "kernel", "limits"),
    [("Argo_spike_test", spike, (6.0, 2.0, 500.0)), ("Argo_gradient_test", gradient, (9.0, 3.0, 500.0))],
    ids=["spike", "gradient"],
)
def test_autoqc__shape_tests_agree_in_every_case(
    shared_records: Path, pairs: Any, check: str, kernel: Any, limits: tuple[float, ...]
) -> None:
    for k, case in enumerate(autoqc(shared_records, check, 10)):
        profile = case["profile"]
        value = column(profile["temperature"])
        pressure = autoqc_pressure(profile).astype(np.float32)
        found = rejected(kernel(one_row(value), value, pressure, *limits))
        pairs.compared(("AutoQC", check, k), kernel, found, case["qc"]["array"])
        assert found == case["qc"]["array"], case["test"]


def test_autoqc__global_range_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    """Its limits are tested closer than float32 can tell: we store float32, the kernel takes either."""
    for k, case in enumerate(autoqc(shared_records, "Argo_global_range_check", 6)):
        profile = case["profile"]
        wrong_value = global_range(column(profile["temperature"], np.float64), -2.5, 40.0) == FAIL
        wrong_pressure = gross_pressure(autoqc_pressure(profile), -5.0) == FAIL
        found = list(wrong_value | wrong_pressure)
        key = ("AutoQC", case["check"], k)
        pairs.compared(key, (global_range, gross_pressure), found, case["qc"]["array"])
        assert found == case["qc"]["array"], case["test"]


def test_autoqc__impossible_location_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    for number, case in enumerate(autoqc(shared_records, "Argo_impossible_location_test", 2)):
        place = (np.array([case["profile"][k]], np.float64) for k in ("latitude", "longitude"))
        found = rejected(impossible_location(*place))
        pairs.compared(("AutoQC", case["check"], number), impossible_location, found, case["qc"]["array"])
        assert found == case["qc"]["array"], case["test"]


def test_autoqc__impossible_date_agrees_where_there_is_a_date(shared_records: Path, pairs: Any) -> None:
    """Three of the cases (month 0, 29 February 2001, 24 h) are no dates: a reader refuses them before."""
    compared = 0
    for k, case in enumerate(autoqc(shared_records, "Argo_impossible_date_test", 6)):
        p, key = case["profile"], ("AutoQC", case["check"], k)
        try:
            date = np.datetime64(f"{p['year']:04d}-{p['month']:02d}-{p['day']:02d}T{p['time'] or 0:02d}:00")
        except ValueError:
            assert case["qc"]["array"] == [True]
            pairs.not_compared(key, "no date at all (month 0, 29 February 2001, 24 h): a reader refuses it")
            continue
        days = (date - np.datetime64("1950-01-01T00:00")) / np.timedelta64(1, "D")
        found = rejected(impossible_date(np.array([days]), 1700.0))
        pairs.compared(key, impossible_date, found, case["qc"]["array"])
        assert found == case["qc"]["array"], case["test"]
        compared += 1
    assert compared == 3


def test_autoqc__pressure_increasing_agrees_but_for_the_level_before_a_reversal(
    shared_records: Path, pairs: Any
) -> None:
    """AutoQC fails both sides of a reversal; the manual, argortqcpy and we fail what comes after it."""
    ours = []
    for k, case in enumerate(autoqc(shared_records, "Argo_pressure_increasing_test", 2)):
        depth = column(case["profile"]["depth"])
        found = rejected(pressure_increasing(one_row(depth), depth))
        pairs.compared(
            ("AutoQC", case["check"], k),
            pressure_increasing,
            found,
            case["qc"]["array"],
            "level before a reversal: AutoQC fails it too; the manual, argortqcpy and we what comes after it",
        )
        assert not np.any(np.array(found) & ~np.array(case["qc"]["array"])), (
            "we fail no level that AutoQC passes"
        )
        ours.append((found, case["qc"]["array"]))
    assert ours == [
        ([False, True, True], [False, True, True]),
        ([False, False, True], [False, True, True]),
    ]


def test_autoqc__stuck_value_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    """AOML_constant fails the missing levels of a stuck profile too; they are ``NOT_RUN`` with us."""
    for k, case in enumerate(autoqc(shared_records, "AOML_constant", 4)):
        value = column(case["profile"]["temperature"])
        expected = np.array(case["qc"]["array"]) & ~np.isnan(value)
        found = rejected(stuck_value(one_row(value), value, np.arange(value.size, dtype=np.float32)))
        pairs.compared(
            ("AutoQC", case["check"], k),
            stuck_value,
            found,
            case["qc"]["array"],
            "missing levels: AutoQC fails those of a stuck profile too; nothing missing fails with us",
        )
        assert found == list(expected), case["test"]


# ---------------------------------------------------------------- CoTeDe


def cotede(shared_records: Path, function: str, n: int) -> list[tuple[Case, Case, list[int]]]:
    """Data, settings and flags of each case of a CoTeDe test."""
    found = [
        c for c in cases(shared_records, "cotede_flag_pairs.json") if c["function"] == f"cotede.{function}"
    ]
    assert len(found) == n
    return [
        (
            c["args"],
            c["args"]["cfg"],
            [OUTCOME[f] for f in next(iter(c["result"]["flags"].values()))["array"]],
        )
        for c in found
    ]


def data_of(args: Case, *names: str) -> list[np.ndarray]:
    return [column(args["data"][name]) for name in names]


def test_cotede__global_range_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    for k, (args, settings, expected) in enumerate(cotede(shared_records, "GlobalRange", 3)):
        (value,) = data_of(args, "TEMP")
        found = global_range(value, settings["minval"], settings["maxval"])
        pairs.compared(("CoTeDe", "GlobalRange", k), global_range, found, expected)
        np.testing.assert_array_equal(found, expected)


def test_cotede__digit_rollover_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    for k, (args, settings, expected) in enumerate(cotede(shared_records, "DigitRollOver", 4)):
        (value,) = data_of(args, "TEMP")
        found = digit_rollover(one_row(value), value, float(settings["threshold"]))
        pairs.compared(("CoTeDe", "DigitRollOver", k), digit_rollover, found, expected)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("function", "n"), [("Gradient", 4), ("GradientDepthConditional", 4)])
def test_cotede__gradient_agrees_in_every_case(
    shared_records: Path, pairs: Any, function: str, n: int
) -> None:
    for k, (args, settings, expected) in enumerate(cotede(shared_records, function, n)):
        value, pressure = data_of(args, "TEMP", "PRES")
        found = gradient(one_row(value), value, pressure, *limits(settings))
        pairs.compared(("CoTeDe", function, k), gradient, found, expected)
        np.testing.assert_array_equal(found, expected)


def limits(settings: Case) -> tuple[float, float, float]:
    if "threshold" in settings:
        return float(settings["threshold"]), float(settings["threshold"]), 0.0
    # CoTeDe takes the deep limit below pressure_threshold, the manual from there on
    boundary = np.nextafter(np.float32(settings["pressure_threshold"]), np.float32(np.inf))
    return float(settings["shallow_max"]), float(settings["deep_max"]), float(boundary)


@pytest.mark.parametrize(("function", "n"), [("Spike", 3), ("SpikeDepthConditional", 4)])
def test_cotede__spike_agrees_but_for_steps(shared_records: Path, pairs: Any, function: str, n: int) -> None:
    """CoTeDe takes the size of the spike height, so that a step between two steps fails where the value
    lies well *between* its neighbours; in the manual such a height is negative and passes."""
    differences = 0
    for k, (args, settings, expected) in enumerate(cotede(shared_records, function, n)):
        value, pressure = data_of(args, "TEMP", "PRES")
        found = spike(one_row(value), value, pressure, *limits(settings))
        reason = "steps: CoTeDe fails a step between two steps, whose spike height is negative in the manual"
        pairs.compared(("CoTeDe", function, k), spike, found, expected, reason)
        differ = np.flatnonzero(found != expected)
        for i in differ:
            low, high = sorted((value[i - 1], value[i + 1]))
            assert low < value[i] < high
            assert (found[i], expected[i]) == (PASS, FAIL)
        differences += differ.size
    assert differences == {"Spike": 3, "SpikeDepthConditional": 0}[function]


def test_cotede__regional_range_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    """The boxes of its cases are placed by hand here: inside in the first, elsewhere in the other three."""
    for k, (args, settings, expected) in enumerate(cotede(shared_records, "RegionalRange", 4)):
        (value,) = data_of(args, "TEMP")
        region = settings["regions"][0]
        inside = np.array([k == 0])
        found = regional_range(
            one_row(value), value, inside, float(region["minval"]), float(region["maxval"])
        )
        pairs.compared(("CoTeDe", "RegionalRange", k), regional_range, found, expected)
        np.testing.assert_array_equal(found, expected)


def test_cotede__stuck_value_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    """Its negligible differences of 10^-10 do not survive the rounding to float32."""
    for k, (args, _, expected) in enumerate(cotede(shared_records, "StuckValue", 3)):
        (value,) = data_of(args, "TEMP")
        found = stuck_value(one_row(value), value, np.arange(value.size, dtype=np.float32))
        pairs.compared(("CoTeDe", "StuckValue", k), stuck_value, found, expected)
        np.testing.assert_array_equal(found, expected)


def test_cotede__density_inversion_agrees_but_for_the_upper_level(shared_records: Path, pairs: Any) -> None:
    """CoTeDe fails the lower level of an inversion and does not judge the first level; the manual looks in
    both directions, so that both levels fail and the first level is judged by the one below it."""
    for number, (args, settings, expected) in enumerate(cotede(shared_records, "DensityInversion", 2)):
        p, t, s = data_of(args, "PRES", "TEMP", "PSAL")
        place = (np.array([float(args["attrs"][k])]) for k in ("LATITUDE", "LONGITUDE"))
        found = density_inversion(one_row(p), p, t, s, *place, -float(settings["threshold"]))
        reason = "upper level: CoTeDe fails the lower one of an inversion alone; the manual, and we, both"
        pairs.compared(("CoTeDe", "DensityInversion", number), density_inversion, found, expected, reason)
        wanted = np.array(expected)
        wanted[0] = PASS
        wanted[np.flatnonzero(wanted == FAIL) - 1] = FAIL
        np.testing.assert_array_equal(found, wanted)


def test_cotede__a_valid_place_is_one_for_us(shared_records: Path, pairs: Any) -> None:
    """One of its cases holds the place that it judged; in the other three the places were not kept."""
    for k, (args, _, expected) in enumerate(cotede(shared_records, "ValidGeolocation", 4)):
        key = ("CoTeDe", "ValidGeolocation", k)
        if len(expected) > 1:
            assert "LATITUDE" not in args["data"]
            pairs.not_compared(key, "its positions by level are not in the case")
            continue
        place = (np.array([float(args["attrs"][c])]) for c in ("LATITUDE", "LONGITUDE"))
        found = impossible_location(*place)
        pairs.compared(key, impossible_location, found, expected)
        np.testing.assert_array_equal(found, expected)
