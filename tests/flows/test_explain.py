from typing import Any

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import Procedure, load
from flows.explain import Finding, explain_record, explain_row, render
from flows.quality import check, counts

ARGO = load(Procedure, "argo_real_time")
COLUMNS = ("PRES", "TEMP", "PSAL")


def partition(*rows: dict[str, Any]) -> xr.Dataset:
    """Profiles that have passed quality control."""
    good = {"TIME": 20000.0, "LATITUDE": 30.0, "LONGITUDE": -40.0, "PLATFORM_TYPE": "PF"}
    data: dict[str, Any] = {
        k: ("profile", np.array([row.get(k, v) for row in rows])) for k, v in good.items()
    }
    for k in COLUMNS:
        data[k] = ("obs", np.concatenate([np.array(row[k], np.float32) for row in rows]))
    data["row_size"] = ("profile", np.array([len(row["PRES"]) for row in rows]))
    data["RECORD_ID"] = ("profile", np.arange(len(rows), dtype=np.uint64) + np.uint64(2**63))
    records = xr.Dataset(data)
    return records.merge(check(records, ARGO))


GOOD = {"PRES": [5, 50, 600], "TEMP": [12, 10, 8], "PSAL": [36, 36, 35.9]}
SPIKE = {"PRES": [5, 50, 60, 600], "TEMP": [18, 18, 25, 17], "PSAL": [36, 36.1, 36.2, 36.3]}
STUCK = {"PRES": [5, 6, 7, 8, 9], "TEMP": [8, 8, 8, 8, 8], "PSAL": [36, 36, 36, 36, 36.1]}


def found(row: dict[str, Any], *, before: dict[str, Any] = GOOD) -> list[Finding]:
    return explain_row(partition(before, row), 1, ARGO)


def test_explain_row__has_nothing_to_say_of_a_good_row() -> None:
    assert found(GOOD, before=SPIKE) == []
    assert render([]) == "No value of this record failed a test."


def test_explain_row__gives_what_was_measured_the_threshold_and_the_reference() -> None:
    (spike,) = [f for f in found(SPIKE) if f.test == "spike"]
    assert (spike.variable, spike.level, spike.pressure, spike.value) == ("TEMP", 2, 60, (25,))
    assert (spike.flag, spike.number, spike.unit) == (4, 9, "degree_Celsius")
    assert spike.measured == 7
    assert spike.highest == pytest.approx(6, abs=1e-5)
    assert "Argo Quality Control Manual" in spike.reference
    assert "test 9" in spike.reference


def test_explain_row__measures_on_what_the_test_saw() -> None:
    """Without the 99 degrees, which the range test took out, nothing is wrong at its neighbours."""
    row = {"PRES": [5, 50, 60, 600], "TEMP": [20, 99, 18, 17], "PSAL": [36, 36, 36.2, 36.3]}
    assert [(f.variable, f.level, f.test) for f in found(row)] == [("TEMP", 1, "global_range")]


def test_explain_row__tells_why_a_value_shares_the_fate_of_its_level() -> None:
    row = GOOD | {"PRES": [5, 4, 600]}
    findings = found(row)
    assert [(f.variable, f.level, f.test) for f in findings] == [
        (v, 1, "pressure_increasing") for v in ("PRES", "TEMP", "PSAL")
    ]
    assert {f.measured for f in findings} == {4}
    assert {f.unit for f in findings} == {"dbar"}


def test_explain_row__of_time_and_position() -> None:
    time, position = found(GOOD | {"TIME": -1000.0, "LATITUDE": 48.0, "LONGITUDE": 2.0})
    assert (time.variable, time.level, time.test, time.value) == (
        "TIME",
        None,
        "impossible_date_float",
        (-1000,),
    )
    assert (position.variable, position.test, position.value) == ("POSITION", "position_on_land", (48, 2))
    assert (position.measured, position.highest) == (3, 2)


def test_explain_row__accounts_for_every_failure_that_is_counted() -> None:
    rng = np.random.default_rng(3)
    rows = [
        {
            "PRES": rng.integers(-7, 900, 12).astype(float),
            "TEMP": rng.choice([5.0, 6.0, 12.0, 41.0, np.nan], 12),
            "PSAL": rng.choice([35.0, 35.4, 1.0], 12),
            "LATITUDE": rng.uniform(-100, 100),
        }
        for _ in range(40)
    ]
    checked = partition(*rows)
    explained: dict[str, dict[str, int]] = {}
    for row in range(40):
        for f in explain_row(checked, row, ARGO):
            assert f.measured < f.lowest or f.measured > f.highest
            by_variable = explained.setdefault(f.test, {})
            by_variable[f.variable] = by_variable.get(f.variable, 0) + 1
    assert explained == counts(checked)


def test_render__is_text_that_a_user_can_act_on() -> None:
    text = render(found(SPIKE))
    assert "TEMP level 2 at 60 dbar: 25 degree_Celsius, flag 4" in text
    assert "spike (test 9): spike height |V2 - (V1 + V3)/2| - |(V3 - V1)/2|" in text
    assert "measured 7 degree_Celsius; accepted up to 6 degree_Celsius" in text


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param(
            GOOD | {"TEMP": [12, 41, 8]}, "measured 41 degree_Celsius; accepted -2.5 to 40", id="max"
        ),
        pytest.param(GOOD | {"PRES": [-6, 50, 600]}, "measured -6 dbar; accepted from -5 dbar", id="min"),
        pytest.param(STUCK, "measured 0 degree_Celsius; accepted above 0", id="stuck"),
        pytest.param(
            GOOD | {"PRES": [5, 600, 600]}, "measured 600 dbar; accepted from 600.00006", id="equal"
        ),
        pytest.param(GOOD | {"LATITUDE": 91.0}, "measured 91; accepted -90 to 90", id="position"),
    ],
)
def test_render__numbers(row: dict[str, Any], said: str) -> None:
    assert said in render(found(row))


def test_explain_row__refuses_masks_of_other_tests() -> None:
    other = ARGO.model_copy(update={"tests": ARGO.tests[1:]})
    with pytest.raises(ValueError, match="checked with the tests"):
        explain_row(partition(GOOD), 0, other)


def test_explain_row__refuses_what_was_not_checked() -> None:
    raw = partition(GOOD)
    raw = raw.drop_vars([n for n in raw.data_vars if "_QC" in str(n)])
    with pytest.raises(ValueError, match="run quality control first"):
        explain_row(raw, 0, ARGO)


@pytest.mark.parametrize("row", [-1, 1])
def test_explain_row__refuses_a_row_that_is_not_there(row: int) -> None:
    with pytest.raises(ValueError, match=f"no row {row}"):
        explain_row(partition(GOOD), row, ARGO)


class Reading:
    """A version of a collection with one partition of profiles."""

    def __init__(self, content: xr.Dataset) -> None:
        self.content = content

    def partitions(self, feature: str) -> list[str]:
        return ["profiles/2004/10"] if feature == "profiles" else []

    def dataset(self, path: str, names: list[str] | None = None) -> xr.Dataset:
        return self.content[names] if names else self.content

    def ledger(self, step: str) -> dict[str, Any]:
        return {}


def test_explain_record__finds_a_record_by_its_id() -> None:
    text = explain_record(Reading(partition(GOOD, SPIKE)), 2**63 + 1)  # type: ignore[arg-type]
    assert text.startswith(f"profiles/2004/10: RECORD_ID {2**63 + 1}")
    assert "spike (test 9)" in text


def test_explain_record__says_that_there_is_no_such_record() -> None:
    with pytest.raises(ValueError, match="no record 7"):
        explain_record(Reading(partition(GOOD)), 7)  # type: ignore[arg-type]
