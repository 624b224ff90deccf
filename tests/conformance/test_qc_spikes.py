"""Our spike tests beside those of MEDD, AutoQC, ICDC and CoTeDe, on the peers' own cases.

Each difference is named with its reason.
"""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.qc.csiro_surface_spikes import csiro_surface_spikes
from kernels.qc.medd import measure, medd
from kernels.qc.spike_aoml import spike_aoml
from kernels.qc.spike_icdc import spike_icdc
from kernels.qc.tukey_53h import tukey_53h

pytestmark = pytest.mark.records

Case = dict[str, Any]
XBT = 2
"""AutoQC's code of the probe."""


def column(stored: Case, dtype: type = np.float32) -> np.ndarray:
    """An array as the vectors store it; masked values and the string NaN are missing."""
    values = np.array([float(v) for v in stored.get("array", stored.get("masked_array"))])
    values[np.array(stored.get("mask", np.zeros(values.size, bool)), bool)] = np.nan
    return values.astype(dtype)


def one_row(values: np.ndarray) -> np.ndarray:
    return np.array([0, values.size])


def vectors(shared_records: Path, name: str) -> list[Case]:
    content: list[Case] = json.loads((shared_records.parent / "vectors" / "qc" / name).read_text())
    return content


# ---------------------------------------------------------------- MEDD

TEMPERATURE: dict[str, Any] = {
    "steepest": np.array([5.0, 3.5, 0.5, 0.15, 0.05, 0.0004]),
    "steepest_reversal": np.array([0.08, 0.08, 0.03, 0.01, 0.003, 0.0004]),
    "distance": np.array([0.15, 0.15, 0.1, 0.1]),
    "distance_alone": np.array([0.22, 0.22, 0.15, 0.1]),
    "distance_alone_tropics": np.array([0.6, 0.18, 0.15, 0.1]),
    "narrowest": 4.0,
    "widest": 10.0,
    "steepest_increase": 0.5,
    "steepest_increase_at_top": 0.1,
}
OF_SALINITY = np.array([0.08, 0.08, 0.07, 0.07])
SALINITY: dict[str, Any] = {
    "steepest": np.array([1.0, 1.0, 0.08, 0.02, 0.004, 0.0002]),
    "steepest_reversal": np.array([0.01, 0.01, 0.005, 0.0001, 0.0002, 0.0002]),
    "distance": OF_SALINITY,
    "distance_alone": OF_SALINITY,
    "distance_alone_tropics": OF_SALINITY,
    "narrowest": 1.0,
    "widest": 5.0,
}
NOT_ASCENDING = {"1900615_009_0.2N", "4900672_147_13.9N"}
"""Two casts in one profile. We take the levels in order of pressure, as the published program does since its
version 1.4; the expected results are of version 1.2, which takes them as they come."""


def medd_case(content: Any, cycle: str, variable: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What the kernel reads of a cycle, and the columns of the expected results.

    The cycles have no longitude: density is that of the reference composition, which differs from theirs by
    0.02 kg m-3 at most and by little within a profile.
    """
    table = dict(zip(content["columns"], content[f"{cycle}/data"].T, strict=True))
    t, s, p = (table[name].astype(np.float32) for name in ("TEMP", "PSAL", "PRES"))
    inputs = {
        "row_start": one_row(p),
        "value": t if variable == "TEMP" else s,
        "pressure": p,
        "temperature": t,
        "salinity": s,
        "latitude": np.array([float(content[f"{cycle}/lat"])]),
        "longitude": np.array([np.nan]),
    }
    spike = {"TEMP": "SPIKE_T", "PSAL": "SPIKE_S"}[variable]
    return inputs, np.array([table[name] for name in (spike, f"{variable}_medm", f"{variable}_medp")])


@pytest.mark.parametrize(("variable", "limits"), [("TEMP", TEMPERATURE), ("PSAL", SALINITY)])
def test_medd__finds_the_spikes_of_every_cycle(
    shared_records: Path, pairs: Any, variable: str, limits: dict[str, Any]
) -> None:
    content = np.load(shared_records.parent / "vectors" / "qc" / "medd_validation.npz", allow_pickle=False)
    assert len(content["cases"]) == 31
    differ = {}
    for number, cycle in enumerate(content["cases"]):
        inputs, (spike, _, _) = medd_case(content, cycle, variable)
        found = medd(**inputs, **limits)
        reason = "two casts in one profile: in order of pressure, as MEDD since 1.4; the pairs are of 1.2"
        key = ("MEDD", {"TEMP": "SPIKE_T", "PSAL": "SPIKE_S"}[variable], number)
        pairs.compared(key, medd, found == FAIL, spike == 1, reason if cycle in NOT_ASCENDING else "")
        n = np.count_nonzero((found == FAIL) != (spike == 1))
        if n:
            differ[str(cycle)] = n
            assert cycle in NOT_ASCENDING
    assert differ == ({} if variable == "TEMP" else {"1900615_009_0.2N": 8})


@pytest.mark.parametrize(("variable", "limits"), [("TEMP", TEMPERATURE), ("PSAL", SALINITY)])
def test_medd__draws_the_envelope_of_every_ascending_cycle(
    shared_records: Path, variable: str, limits: dict[str, Any]
) -> None:
    """They are printed with 4 decimals. Where density pardons a value, ``measure`` gives no limits."""
    content = np.load(shared_records.parent / "vectors" / "qc" / "medd_validation.npz", allow_pickle=False)
    for cycle in set(map(str, content["cases"])) - NOT_ASCENDING:
        inputs, (_, low, high) = medd_case(content, cycle, variable)
        _, lowest, highest = measure(**inputs, **limits)
        drawn = np.isfinite(lowest)
        np.testing.assert_allclose(lowest[drawn], low[drawn], atol=6e-5, err_msg=cycle)
        np.testing.assert_allclose(highest[drawn], high[drawn], atol=6e-5, err_msg=cycle)


# ---------------------------------------------------------------- AutoQC, ICDC


def autoqc(shared_records: Path, check: str, n: int) -> list[Case]:
    found = [c for c in vectors(shared_records, "autoqc_pairs.json") if c["check"] == check]
    assert len(found) == n
    return found


def rejected(outcome: np.ndarray) -> list[bool]:
    return [bool(o == FAIL) for o in outcome]


ICDC = (np.array([4.0, 3.0, 2.0]), np.array([1000.0, 2000.0]), -2.3, 33.0)


def test_autoqc__icdc_spike_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    for number, case in enumerate(autoqc(shared_records, "ICDC_aqc_07_spike_check", 6)):
        value, depth = (column(case["profile"][k]) for k in ("temperature", "depth"))
        found = rejected(spike_icdc(one_row(value), value, depth, *ICDC))
        pairs.compared(("AutoQC", case["check"], number), spike_icdc, found, case["qc"]["array"])
        assert found == case["qc"]["array"]


def test_icdc__spike_agrees_in_every_cast(shared_records: Path, pairs: Any) -> None:
    text = (shared_records / "qc_cases" / "icdc_07_spike-check.txt").read_text()
    casts = re.split(r"^HH.*$", text.split("'''")[1], flags=re.M)[1:]
    assert len(casts) == 6
    for number, cast in enumerate(casts):
        depth, value, expected = np.array(cast.split(), np.float64).reshape(-1, 3).T
        found = spike_icdc(one_row(value), value.astype(np.float32), depth.astype(np.float32), *ICDC)
        pairs.compared(("ICDC", "07_spike-check", number), spike_icdc, found == FAIL, expected == 1)
        np.testing.assert_array_equal(found == FAIL, expected == 1)


def test_autoqc__aoml_spike_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    for number, case in enumerate(autoqc(shared_records, "AOML_spike", 2)):
        value = column(case["profile"]["temperature"])
        found = rejected(spike_aoml(one_row(value), value, 0.3))
        pairs.compared(("AutoQC", case["check"], number), spike_aoml, found, case["qc"]["array"])
        assert found == case["qc"]["array"]


def test_autoqc__csiro_surface_spikes_agree_in_every_case(shared_records: Path, pairs: Any) -> None:
    """AutoQC's check selects the probes itself; with us the procedure does."""
    for number, case in enumerate(autoqc(shared_records, "CSIRO_surface_spikes", 3)):
        value, depth = (column(case["profile"][k]) for k in ("temperature", "depth"))
        found = np.array(rejected(csiro_surface_spikes(one_row(value), value, depth)))
        found &= case["profile"]["probe_type"] == XBT
        pairs.compared(("AutoQC", case["check"], number), csiro_surface_spikes, found, case["qc"]["array"])
        assert list(found) == case["qc"]["array"]


# ---------------------------------------------------------------- CoTeDe


def test_cotede__tukey_53h_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    outcome = {0: NOT_RUN, 9: NOT_RUN, 1: PASS, 4: FAIL}
    compared = 0
    for case in vectors(shared_records, "cotede_flag_pairs.json"):
        if case["function"] != "cotede.Tukey53H":
            continue
        value = column(case["args"]["data"]["TEMP"])
        threshold = float(case["args"]["cfg"]["threshold"])
        expected = [outcome[f] for f in case["result"]["flags"]["tukey53H"]["array"]]
        found = tukey_53h(one_row(value), value, threshold)
        pairs.compared(("CoTeDe", "Tukey53H", compared), tukey_53h, found, expected)
        np.testing.assert_array_equal(found, expected)
        compared += 1
    assert compared == 4


def test_cotede__normalised_tukey_53h_has_its_threshold_between(shared_records: Path) -> None:
    """Its features, as thresholds: just below the feature the value fails, just above it passes."""
    case = next(c for c in vectors(shared_records, "cotede_flag_pairs.json") if "l" in c["args"]["cfg"])
    value = column(case["args"]["data"]["TEMP"])
    feature = np.abs(column(case["result"]["features"]["tukey53H_norm"], np.float64))
    for i in np.flatnonzero(~np.isnan(feature)):
        assert tukey_53h(one_row(value), value, feature[i] - 1e-5, 1.0)[i] == FAIL
        assert tukey_53h(one_row(value), value, feature[i] + 1e-5, 1.0)[i] == PASS
