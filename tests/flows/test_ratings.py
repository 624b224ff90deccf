"""Raters, and the counts by which they are compared."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import Source, load
from flows import tally
from flows.compare import half_of, rows_of_half
from flows.quality import NOTHING
from flows.ratings import BAD, GOOD, ROWS, UNKNOWN, Rater, swept, truth, truth_of
from flows.readers.synthetic import faults, open_records
from flows.records import to_dataset

NAN = np.nan


def partition(values: list[list[float]], **more: Any) -> xr.Dataset:
    size = np.array([len(v) for v in values], np.int64)
    n = len(values)
    data = {
        "TIME": np.full(n, 20000.0),
        "LATITUDE": np.full(n, 30.0),
        "LONGITUDE": np.full(n, -40.0),
        "PLATFORM_TYPE": np.full(n, "PF"),
        "PLATFORM_CODE": np.array([f"{k}" for k in range(n)]),
        "SOURCE": np.full(n, "argo"),
        "SOURCE_FILE": np.full(n, "file"),
        "DATA_MODE": np.full(n, "D"),
        "RECORD_ID": np.arange(1, n + 1, dtype=np.uint64),
    }
    pressure = np.concatenate([600 * np.arange(k) for k in size])
    obs = {"PRES": pressure.astype(np.float32), "TEMP": np.concatenate(values).astype(np.float32)}
    rows = {k: ("profile", np.array(more.get(k, v))) for k, v in data.items()}
    extra = {k: ("obs", np.array(v)) for k, v in more.items() if k not in rows}
    observed = {k: ("obs", v) for k, v in obs.items()}
    return xr.Dataset(rows | observed | extra | {"row_size": ("profile", size)})


def test_rater__says_what_the_flags_of_the_procedure_say() -> None:
    verdicts = Rater.of("argo_real_time").rate(partition([[10, 99, NAN], [10, 9]]), NOTHING)
    np.testing.assert_array_equal(verdicts["TEMP"], [GOOD, BAD, UNKNOWN, GOOD, GOOD])
    np.testing.assert_array_equal(verdicts[ROWS], [BAD, GOOD])


def test_rater__a_row_is_bad_where_only_its_position_is() -> None:
    records = partition([[10, 9], [10, 9]], LATITUDE=[95.0, 30.0])
    np.testing.assert_array_equal(Rater.of("argo_real_time").rate(records, NOTHING)[ROWS], [BAD, GOOD])


def test_rater__counts_flags_from_the_one_that_is_named() -> None:
    records = partition([[10, 9]], PRES=np.array([-3, 10], np.float32))
    assert Rater.of("argo_real_time").rate(records, NOTHING)["TEMP"][0] == BAD
    assert Rater.of("argo_real_time@4").rate(records, NOTHING)["TEMP"][0] == GOOD
    with pytest.raises(ValueError, match="must be 2, 3 or 4"):
        Rater.of("argo_real_time@5")


def test_truth__of_delivered_and_delayed_mode_flags() -> None:
    flags = {"TEMP_SOURCE_QC": [1, 4, 0, 9], "TEMP_ADJUSTED_QC": [4, 1, 2, 3]}
    records = partition([[10, 9], [8, NAN]], DATA_MODE=["D", "R"], **flags)
    np.testing.assert_array_equal(truth(records, "delivered")["TEMP"], [GOOD, BAD, UNKNOWN, UNKNOWN])
    np.testing.assert_array_equal(truth(records, "delivered")[ROWS], [BAD, UNKNOWN])
    np.testing.assert_array_equal(truth(records, "delayed")["TEMP"], [BAD, GOOD, UNKNOWN, UNKNOWN])


def test_truth_of__refuses_what_it_does_not_know() -> None:
    assert truth_of("planted") == "planted"
    with pytest.raises(ValueError, match="truth 'oracle' is not known; choose one of delivered"):
        truth_of("oracle")


def test_truth__of_planted_faults_has_every_label_of_the_source() -> None:
    source = load(Source, "synthetic")
    url = "synthetic://ocean/2010/06?seed=3&profiles=300&spike=0.2&longitude_sign=0.1&drift=0.3"
    records, _ = open_records(url, source)
    known = to_dataset(records)
    verdicts = truth(known, "planted")
    labels = faults(url, source)
    ids = known["RECORD_ID"].values
    start = np.concatenate([[0], np.cumsum(known["row_size"].values)])
    planted = 0
    for k, fault in enumerate(labels["FAULT"]):
        row = np.flatnonzero(ids == labels["RECORD_ID"][k])
        if fault.startswith("duplicate") or fault == "xbt_bias" or not row.size:
            continue
        planted += 1
        assert verdicts[ROWS][row[0]] == BAD
        if labels["FIRST_LEVEL"][k] >= 0:
            first, last = (start[row[0]] + labels[n][k] for n in ("FIRST_LEVEL", "LAST_LEVEL"))
            found = verdicts[labels["VARIABLE"][k]][first : last + 1]
            assert np.all(found != GOOD)
            assert np.any(found == BAD)
    assert planted > 20


def test_sweep__is_one_test_with_scaled_limits() -> None:
    records = partition([[10, 10 + 5, 10, 10]], PRES=np.array([10, 20, 30, 40], np.float32))
    raters = {r.name: r for r in swept(["argo_real_time"], "spike:shallow,deep")}
    assert len(raters) == 13
    assert raters["spike x 0.5"].rate(records, NOTHING)["TEMP"][1] == BAD
    assert raters["spike x 1"].rate(records, NOTHING)["TEMP"][1] == GOOD


@pytest.mark.parametrize(
    ("roc", "reason"),
    [
        pytest.param("spike", "needs one procedure and TEST:PARAMETER", id="no parameter"),
        pytest.param("spikes:shallow", "has no test 'spikes'; it has: ", id="no such test"),
        pytest.param("spike:shalow", "has no parameter shalow; it has: ", id="no such parameter"),
    ],
)
def test_sweep__says_what_is_wrong_with_its_words(roc: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        swept(["argo_real_time"], roc)


# ---------------------------------------------------------------- counts


def counted(*verdicts: list[int], records: xr.Dataset, rows: np.ndarray | None = None) -> Any:
    ratings = [
        {"TEMP": np.array(v, np.uint8), ROWS: np.zeros(records.sizes["profile"], np.uint8)} for v in verdicts
    ]
    return tally.patterns(records, ratings, rows)[0]


def test_patterns__count_what_each_rater_says() -> None:
    records = partition([[10, 10, 10], [10]])
    found = counted([0, 1, 1, 2], [0, 1, 0, 1], records=records)
    of_all = {pattern: n for (v, kind, _, pattern), n in found.items() if (v, kind) == ("TEMP", "all")}
    assert of_all == {"00": 1, "11": 1, "10": 1, "21": 1}
    (four,) = [c for (v, k, _), c in tally.four_cases(found, 0, 1).items() if (v, k) == ("TEMP", "all")]
    np.testing.assert_array_equal(four, [1, 1, 0, 1])


def test_patterns__every_kind_of_group_has_every_value_once() -> None:
    records = partition([[10] * 4, [10] * 2], LATITUDE=[35.0, 75.0], LONGITUDE=[18.0, 0.0], TIME=[1e4, 2e4])
    found = counted([0] * 6, [1] * 6, records=records)
    for kind in ("all", "platform", "source", "decade", "region", "depth"):
        assert sum(n for (v, k, _, _), n in found.items() if (v, k) == ("TEMP", kind)) == 6
    groups = {(k, g) for v, k, g, _ in found if v == "TEMP"}
    assert {
        ("region", "mediterranean_sea"),
        ("region", "66N-90N"),
        ("decade", "1970s"),
        ("decade", "2000s"),
    } <= groups
    assert {("depth", "0-10 dbar"), ("depth", "500-1000 dbar"), ("depth", "1000-2000 dbar")} <= groups


def test_patterns__add_up_over_partitions() -> None:
    one, other = partition([[10, 10]]), partition([[10, 10, 10]])
    together = partition([[10, 10], [10, 10, 10]])
    parts = [counted([0, 1], [1, 1], records=one), counted([1, 1, 2], [0, 1, 1], records=other)]
    whole = counted([0, 1, 1, 1, 2], [1, 1, 0, 1, 1], records=together)
    assert tally.merged(map(tally.as_json, parts)) == whole


def test_patterns__list_the_records_on_which_raters_differ() -> None:
    records = partition([[10], [10], [10]])
    ratings = [{ROWS: np.array([0, 1, 1], np.uint8)}, {ROWS: np.array([0, 1, 0], np.uint8)}]
    _, differing = tally.patterns(records, ratings)
    assert [(d["RECORD_ID"], d["verdicts"]) for d in differing] == [(3, "10")]


def test_patterns__only_of_the_rows_that_are_asked_for() -> None:
    records = partition([[10, 10], [10]])
    found = counted([1, 1, 1], [0, 0, 0], records=records, rows=np.array([False, True]))
    assert sum(n for (v, k, _, _), n in found.items() if (v, k) == ("TEMP", "all")) == 1


def test_halves__are_made_of_whole_platforms_and_are_about_equal() -> None:
    codes = [f"{6900000 + k}" for k in range(2000)]
    chosen = sum(half_of(c) == "chosen" for c in codes)
    assert 900 < chosen < 1100
    records = partition([[10]] * 4, PLATFORM_CODE=["a", "b", "a", "b "])
    both = [rows_of_half(records, half) for half in ("chosen", "held_back")]
    np.testing.assert_array_equal(both[0], ~both[1])
    assert both[0][0] == both[0][2]
    assert both[0][1] == both[0][3]
    assert rows_of_half(records, None).all()
