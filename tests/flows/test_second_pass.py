"""Tests of quality control that need more than the row: lists, statistics, history, neighbours, layers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import CatalogueError, Procedure, parse
from flows import history
from flows.explain import explain_row, render
from flows.grey_list import GreyList
from flows.inputs import Columns
from flows.procedures import bind, earlier
from flows.quality import Given, check, unchecked
from kernels.flags import FAIL, NOT_RUN, PASS

NAN = np.nan


def procedure(*tests: dict[str, Any], **more: Any) -> Procedure:
    content = {"name": "some", "title": "t", "reference": "r", "tests": list(tests)} | more
    return parse(Procedure, content, "procedures/some.yaml")


def partition(values: list[list[float]], **rows: list[Any]) -> xr.Dataset:
    """Profiles of temperature at 10, 20, 30 ... dbar."""
    size = np.array([len(v) for v in values], np.int64)
    n = len(values)
    data = {
        "TIME": 20000.0 + 10 * np.arange(n),
        "LATITUDE": np.full(n, 30.0),
        "LONGITUDE": np.full(n, -40.0),
        "PLATFORM_TYPE": np.full(n, "PF"),
        "PLATFORM_CODE": np.full(n, "6900001"),
        "RECORD_ID": np.arange(1, n + 1, dtype=np.uint64),
    } | {k: np.array(v) for k, v in rows.items()}
    pressure = np.concatenate([10 * np.arange(1, k + 1) for k in size] or [[]])
    obs = {"PRES": pressure, "TEMP": np.concatenate([np.array(v, float) for v in values] or [[]])}
    return xr.Dataset(
        {k: ("profile", v) for k, v in data.items()}
        | {k: ("obs", v.astype(np.float32)) for k, v in obs.items()}
        | {"row_size": ("profile", size)}
    )


RANGE = {"test": "global_range", "id": "range", "variables": {"TEMP": {"minimum": -2.5, "maximum": 40}}}
SIGMA = {
    "test": "climatology_sigma",
    "id": "sigma",
    "flag": 3,
    "variables": {"TEMP": {"threshold": 3}},
}
DRIFT = {"test": "sensor_drift", "id": "drift", "flag": 3, "variables": {"TEMP": {"threshold": 1}}}


@dataclass(frozen=True)
class Tens:
    """A climatology of 10 degrees with a standard deviation of 1."""

    def at(self, columns: Columns, variable: str) -> Mapping[str, np.ndarray]:
        if variable != "TEMP":
            return {}
        one = np.ones(columns.n_obs, np.float32)
        return {"normal_mean": 10 * one, "normal_std": one, "normal_n": 50 * one}


def test_check__compares_with_the_statistics_that_are_given() -> None:
    records = partition([[10, 12.9, 13.1, 6.9]])
    checked = check(records, procedure(SIGMA), Given(normals=Tens()))
    np.testing.assert_array_equal(checked["TEMP_QC"], [1, 1, 3, 3])


def test_check__without_statistics_the_test_does_not_run() -> None:
    checked = check(partition([[10, 99]]), procedure(RANGE, SIGMA))
    np.testing.assert_array_equal(checked["TEMP_QC"], [1, 4])
    np.testing.assert_array_equal(checked["TEMP_QC_SKIPPED"], [2, 2])


def test_check__statistics_are_those_of_each_observation_whatever_the_blocks(monkeypatch: Any) -> None:
    records = partition([[10, 14, 10], [10, 10], [14, 10, 10]])
    whole = check(records, procedure(SIGMA), Given(normals=Tens()))
    monkeypatch.setattr("flows.inputs.BLOCK", 1)
    xr.testing.assert_identical(check(records, procedure(SIGMA), Given(normals=Tens())), whole)


def test_check__a_layer_restricts_a_test_to_its_levels() -> None:
    records = partition([[99, 99, 99, 99]])
    checked = check(records, procedure(RANGE | {"layer": [20, 40]}))
    np.testing.assert_array_equal(checked["TEMP_QC"], [0, 4, 4, 0])


def test_unchecked__takes_away_flags_and_masks_and_leaves_those_that_were_delivered() -> None:
    records = partition([[10, 99], [10]]).assign(TEMP_SOURCE_QC=("obs", np.ones(3, np.uint8)))
    place = {"test": "impossible_location", "id": "place", "variables": {"POSITION": {}}}
    checked = records.merge(check(records, procedure(RANGE, place)))
    assert {"TEMP_QC", "TEMP_QC_FAILED", "POSITION_QC_SKIPPED"} <= set(checked)
    xr.testing.assert_identical(unchecked(checked), records)


def test_bind__a_layer_makes_no_sense_for_a_position() -> None:
    test = {"test": "impossible_location", "id": "it", "variables": {"POSITION": {}}, "layer": [0, 9]}
    with pytest.raises(CatalogueError, match="test it: layer: impossible_location tests rows, not levels"):
        bind(procedure(test))


def test_check__a_bad_position_spoils_what_it_is_said_to_spoil() -> None:
    test = {"test": "impossible_location", "id": "place", "variables": {"POSITION": {}}, "also": ["TEMP"]}
    checked = check(partition([[10, 11], [10]], LATITUDE=[95.0, 30.0]), procedure(test, RANGE))
    np.testing.assert_array_equal(checked["POSITION_QC"], [4, 1])
    np.testing.assert_array_equal(checked["TEMP_QC"], [4, 4, 1])
    np.testing.assert_array_equal(checked["TEMP_QC_SKIPPED"] & 2, [2, 2, 0])  # the range did not look at them


def test_check__flags_never_improve_with_depth_where_the_procedure_says_so() -> None:
    records = partition([[10, 99, 10, NAN, 10], [10, 99, 10]], PLATFORM_TYPE=["XB", "CT"])
    checked = check(records, procedure(RANGE, never_improves_with_depth=["XB"]))
    np.testing.assert_array_equal(checked["TEMP_QC"], [1, 4, 4, 9, 4, 1, 4, 1])


def test_check__a_weaker_flag_below_takes_the_stronger_one_from_above() -> None:
    weak = {
        "test": "global_range",
        "id": "weak",
        "flag": 2,
        "variables": {"TEMP": {"minimum": 5, "maximum": 40}},
    }
    checked = check(
        partition([[4, 10, 99, 4, 10]], PLATFORM_TYPE=["XB"]),
        procedure(RANGE, weak, never_improves_with_depth=["XB"]),
    )
    np.testing.assert_array_equal(checked["TEMP_QC"], [2, 2, 4, 4, 4])


def test_earlier__tests_of_places_run_first_and_those_of_platforms_last() -> None:
    place = {"test": "impossible_location", "id": "place", "variables": {"POSITION": {}}}
    bound = bind(procedure(DRIFT, RANGE, place, SIGMA))
    order = sorted(bound.tests, key=lambda t: len(earlier(t, bound)))
    assert [t.entry.id for t in order] == ["place", "range", "sigma", "drift"]


# ---------------------------------------------------------------- history


def of_history(records: xr.Dataset, made_by: Procedure) -> tuple[xr.Dataset, Given]:
    bound = bind(made_by)
    rows = history.summary(records, check(records, bound.first_pass), history.wanted([bound]))
    found = history.outcomes(rows, np.ones(rows.sizes["row"], bool), bound)
    return found, history.given(records, [found], bound)


def test_history__a_jump_of_the_deep_temperature_fails_the_whole_profile() -> None:
    records = partition([[10, 5], [10, 5.1], [10, 8.5], [10, 5.1]])
    _, given = of_history(records, procedure(RANGE, DRIFT))
    np.testing.assert_array_equal(given.history["drift", "TEMP"], [NOT_RUN, PASS, FAIL, PASS])
    checked = check(records, procedure(RANGE, DRIFT), given)
    np.testing.assert_array_equal(checked["TEMP_QC"], [1, 1, 1, 1, 3, 3, 1, 1])


def test_history__values_that_failed_before_do_not_count() -> None:
    records = partition([[10, 5], [10, 99], [10, 5]])
    _, given = of_history(records, procedure(RANGE, DRIFT))
    assert FAIL not in given.history["drift", "TEMP"][[0, 2]]


def test_history__does_not_depend_on_the_order_of_the_records() -> None:
    records = partition([[10, 5], [10, 5.1], [10, 9.5], [10, 5.1]], PLATFORM_CODE=["a", "b", "a", "b"])
    order = [3, 0, 2, 1]
    _, given = of_history(records, procedure(DRIFT))
    moved = records.isel(profile=order)
    at = np.concatenate([[2 * k, 2 * k + 1] for k in order])
    _, again = of_history(moved.isel(obs=at), procedure(DRIFT))
    np.testing.assert_array_equal(again.history["drift", "TEMP"], given.history["drift", "TEMP"][order])


def test_history__another_platform_or_one_without_a_name_changes_nothing() -> None:
    records = partition([[10, 5], [10, 9], [10, 5], [10, 9]], PLATFORM_CODE=["a", "b", "", ""])
    _, given = of_history(records, procedure(DRIFT))
    np.testing.assert_array_equal(given.history["drift", "TEMP"], [NOT_RUN] * 4)


def test_history__is_restricted_to_the_platform_types_of_the_procedure() -> None:
    records = partition([[10, 5], [10, 9]], PLATFORM_TYPE=["CT", "CT"])
    _, given = of_history(records, procedure(DRIFT | {"platform_types": ["PF"]}))
    np.testing.assert_array_equal(given.history["drift", "TEMP"], [NOT_RUN] * 2)


def test_history__of_an_empty_partition_is_empty() -> None:
    found, given = of_history(partition([]), procedure(DRIFT))
    assert found.sizes["row"] == 0
    assert given.history["drift", "TEMP"].size == 0


def test_history__only_the_reported_rows_are_reported() -> None:
    records = partition([[10, 5], [10, 9]])
    bound = bind(procedure(DRIFT))
    rows = history.summary(records, check(records, bound.first_pass), history.wanted([bound]))
    found = history.outcomes(rows, np.array([False, True]), bound)
    np.testing.assert_array_equal(found["RECORD_ID"], [2])
    np.testing.assert_array_equal(found["drift TEMP"], [FAIL])


def test_explain__tells_what_statistics_history_and_rows_say() -> None:
    made_by = procedure(RANGE, SIGMA, DRIFT)
    records = partition([[10, 10], [10, 14], [10, 99]])
    _, given = of_history(records, made_by)
    given = Given(normals=Tens(), history=given.history, measured=given.measured)
    checked = records.merge(check(records, made_by, given))
    said = render(explain_row(checked, 1, made_by, given))
    assert "TEMP level 1 at 20 dbar: 14 degree_Celsius, flag 3" in said
    assert "sigma" in said
    assert "TEMP of the whole profile: flag 3" in said
    assert "drift" in said
    assert "range" not in said
    assert "range" in render(explain_row(checked, 2, made_by, given))


def test_explain__names_a_test_whose_numbers_are_gone() -> None:
    made_by = procedure(SIGMA)
    records = partition([[10, 14]])
    checked = records.merge(check(records, made_by, Given(normals=Tens())))
    assert "cannot be measured again here" in render(explain_row(checked, 0, made_by))


# ---------------------------------------------------------------- grey list

LIST = """PLATFORM_CODE,PARAMETER_NAME,START_DATE,END_DATE,QUALITY_CODE,COMMENT,DAC
6900001,TEMP,20041014,20041024,3,sensor,AO
6900002,PSAL,20041014,,3,sensor,AO
"""


def list_of(tmp_path: Path, text: str) -> GreyList:
    (tmp_path / "list.txt").write_text(text)
    return GreyList.read(str(tmp_path / "list.txt"))


def test_grey_list__fails_the_sensor_in_its_time(tmp_path: Path) -> None:
    listed = list_of(tmp_path, LIST)
    test = {"test": "grey_list", "id": "grey", "flag": 3, "variables": {"TEMP": {}}}
    first = (np.datetime64("2004-10-14") - np.datetime64("1950-01-01")).astype(float)
    days = [first - 0.1, first, first + 10.9, first + 11]
    records = partition([[10], [10], [10], [10]], TIME=days)
    checked = check(records, procedure(RANGE, test), Given(grey_list=listed))
    np.testing.assert_array_equal(checked["TEMP_QC"], [1, 3, 3, 1])


def test_grey_list__an_open_span_does_not_end_and_concerns_its_variable_only(tmp_path: Path) -> None:
    listed = list_of(tmp_path, LIST)
    codes, time = np.array(["6900002", "6900001"]), np.array([30_000.0, 30_000.0])
    np.testing.assert_array_equal(listed.names(codes, time, "PSAL"), [True, False])
    np.testing.assert_array_equal(listed.names(codes, time, "TEMP"), [False, False])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("a,b\n1,2\n", "has no column END_DATE, PARAMETER_NAME", id="columns"),
        pytest.param(
            LIST.replace("20041014", "soon", 1), "line 2, START_DATE: 'soon' is not a date", id="date"
        ),
    ],
)
def test_grey_list__says_what_is_wrong_with_it(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        list_of(tmp_path, text)
