"""Staging and collecting with a reader of the simplest format there is: one pickled ``Records`` a file."""

import pickle
import sys
import types
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from zarr.storage import MemoryStore

from catalogs.schema import Source
from flows.discovery import SourceFile, changed, discover
from flows.groups import read_dataset
from flows.ingest import collect, month_items
from flows.months import Months, month_number, month_path
from flows.records import Records, SourceError, concatenate, current_rendering, month_of_row, to_dataset
from flows.staging import batches, digest, read_index, read_piece, stage

SOURCE = Source(name="test", title="t", reference="r", licence="l", reader="pickled", files=(r"\.pkl$",))


def profiles(times, ids=None, precedence=None, mode="R", seed=0) -> Records:
    n = len(times)
    size = np.random.default_rng(seed).integers(0, 5, n)
    values = np.random.default_rng(seed).normal(size=size.sum()).astype("f4")
    text = {k: np.full(n, v) for k, v in {"PLATFORM_CODE": "p", "SOURCE": "test", "SOURCE_FILE": ""}.items()}
    rows = {
        "TIME": np.array(times, "f8"),
        "LATITUDE": np.linspace(-50, 50, n),
        "LONGITUDE": np.linspace(-150, 150, n),
        "TIME_SOURCE_QC": np.zeros(n, "u1"),
        "POSITION_SOURCE_QC": np.zeros(n, "u1"),
        "PLATFORM_TYPE": np.full(n, "PF"),
        "PROBE_TYPE": np.full(n, 846, "i2"),
        "DATA_MODE": np.full(n, mode),
        "DIRECTION": np.full(n, "A"),
        "CYCLE_NUMBER": np.arange(n, dtype="i4"),
        "SOURCE_INDEX": np.arange(n, dtype="i4"),
        "RECORD_ID": np.array(ids if ids is not None else np.arange(n) + 100 * seed, "u8"),
        "PRECEDENCE": np.full(n, precedence or 0, "i8"),
        **text,
    }
    return Records("profiles", size, rows, {"TEMP": values, "PRES": np.abs(values)})


@pytest.fixture(autouse=True)
def _reader(monkeypatch):
    def open_records(url: str, source: Source) -> list[Records]:
        with open(url.removeprefix("file://"), "rb") as file:
            content = file.read()
        if not content:
            raise SourceError(url, "is empty")
        return pickle.loads(content)

    module = types.ModuleType("flows.readers.pickled")
    module.open_records = open_records
    monkeypatch.setitem(sys.modules, "flows.readers.pickled", module)


def written(folder, **files: Records | bytes) -> list[SourceFile]:
    from catalogs.schema import Campaign

    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else pickle.dumps([content])
        (folder / f"{name}.pkl").write_bytes(data)
    campaign = Campaign(
        name="c", title="t", sources=("test",), procedure="p", climatology="c", boxes="b",
        reference_period=(1990, 2000), indicators=(), regions=(),
    )  # fmt: skip
    return list(discover(str(folder), campaign, [SOURCE]).files)


def staged(tmp_path, files):
    folder = str(tmp_path / "staging")
    made = batches(files, SOURCE)
    for batch in made:
        stage(folder, batch)
    return folder, {b.name: read_index(folder, b.name) for b in made}


def collected(folder, indexes, months=None) -> dict[str, xr.Dataset]:
    store = MemoryStore()
    import zarr

    zarr.create_group(store, path="profiles")
    zarr.create_group(store, path="trajectories")
    return {
        path: read_dataset(store, path)
        for item in month_items(folder, indexes, (), months)
        for path in collect(None, store, item)["wrote"]
    }


DAY = {"1950-01": 3.0, "1950-02": 40.0, "1950-03": 62.0}


def test_stage__every_row_arrives_once_in_its_month(tmp_path):
    one, two = profiles([3, 40, 62, 5], seed=1), profiles([41, 3.5], seed=2)
    folder, indexes = staged(tmp_path, written(tmp_path / "in", one=one, two=two))
    months = collected(folder, indexes)
    assert list(months) == ["profiles/1950/01", "profiles/1950/02", "profiles/1950/03"]
    both = concatenate([one, two])
    for path, partition in months.items():
        expected = np.sort(both.rows["RECORD_ID"][month_of_row(both) == month_number(path[-7:])])
        assert np.array_equal(np.sort(partition["RECORD_ID"].values), expected)
        for i, record in enumerate(partition["RECORD_ID"].values):
            row = np.flatnonzero(both.rows["RECORD_ID"] == record)
            start = partition["row_size"].values[:i].sum()
            values = partition["TEMP"].values[start : start + partition["row_size"].values[i]]
            np.testing.assert_array_equal(values, both.take(row).obs["TEMP"])


def test_stage__a_bad_file_is_quarantined_and_the_others_are_read(tmp_path):
    files = written(tmp_path / "in", good=profiles([3.0]), empty=b"")
    _, indexes = staged(tmp_path, files)
    (index,) = indexes.values()
    assert index.quarantined == (("empty.pkl", "", "is empty"),)
    assert (index.n_file, index.n_read, index.n_row) == (2, 1, 1)


def test_stage__rows_without_a_time_are_quarantined_not_lost(tmp_path):
    folder, indexes = staged(tmp_path, written(tmp_path / "in", one=profiles([np.nan, 3.0, 1e9])))
    (index,) = indexes.values()
    assert [q[:2] for q in index.quarantined] == [("one.pkl", "TIME")] * 2
    assert collected(folder, indexes)["profiles/1950/01"].sizes["profile"] == 1


def test_stage__a_file_that_changes_while_it_is_read_is_quarantined(tmp_path):
    (file,) = written(tmp_path / "in", one=profiles([3.0]))
    assert not changed(file)
    _, indexes = staged(tmp_path, [replace(file, token="an earlier time")])
    assert "changed while it was read" in next(iter(indexes.values())).quarantined[0][2]


def test_collect__a_better_rendering_replaces_the_earlier_one(tmp_path):
    r = profiles([3.0, 4.0], ids=[1, 2], precedence=1, mode="R", seed=1)
    d = profiles([3.1], ids=[1], precedence=2, mode="D", seed=2)
    folder, indexes = staged(tmp_path, written(tmp_path / "in", r=r, d=d))
    partition = collected(folder, indexes)["profiles/1950/01"]
    assert dict(zip(partition["RECORD_ID"].values, partition["DATA_MODE"].values, strict=True)) == {
        1: "D",
        2: "R",
    }


def test_collect__a_rendering_with_a_corrected_month_counts_once(tmp_path):
    r = profiles([3.0, 4.0], ids=[1, 2], precedence=1)
    d = profiles([40.0], ids=[1], precedence=2, mode="D")
    folder, indexes = staged(tmp_path, written(tmp_path / "in", r=r, d=d))
    months = collected(folder, indexes)
    assert months["profiles/1950/01"]["RECORD_ID"].values.tolist() == [2]
    assert months["profiles/1950/02"]["RECORD_ID"].values.tolist() == [1]


def test_month_items__only_months_with_changed_inputs_get_a_new_fingerprint(tmp_path):
    before = written(tmp_path / "in", one=profiles([3.0, 40.0], seed=1), two=profiles([62.0], seed=2))
    first = {i.name: i.fingerprint for i in month_items(*staged(tmp_path, before), (), None)}
    after = written(tmp_path / "in", two=profiles([62.0], seed=3))
    second = {i.name: i.fingerprint for i in month_items(*staged(tmp_path, after), (), None)}
    assert first.keys() == second.keys()
    assert {m for m in first if first[m] != second[m]} == {"1950/03"}


def test_month_items__do_not_depend_on_where_the_records_lie(tmp_path):
    content = {"one": profiles([3.0, 40.0], seed=1)}
    here = month_items(*staged(tmp_path / "a", written(tmp_path / "in", **content)), (), None)
    there = month_items(*staged(tmp_path / "b", written(tmp_path / "out", **content)), (), None)
    assert [i.fingerprint for i in here] == [i.fingerprint for i in there]


def test_month_items__months_restrict(tmp_path):
    folder, indexes = staged(tmp_path, written(tmp_path / "in", one=profiles([3.0, 40.0, 62.0])))
    assert list(collected(folder, indexes, Months.parse("1950-02/1950-02"))) == ["profiles/1950/02"]


def test_batches__a_new_file_moves_no_border_but_its_own():
    files = [SourceFile(f"/{i}", f"{i:05d}", "test", 1, "t") for i in range(3000)]
    before = {b.name for b in batches(files, SOURCE)}
    after = {b.name for b in batches([*files, SourceFile("/x", "01500x", "test", 1, "t")], SOURCE)}
    assert 15 < len(before) < 60
    assert len(before - after) == 1


def test_read_piece__holds_exactly_what_was_staged(tmp_path):
    one = profiles([3.0, 3.5, 4.0], seed=4)
    folder, indexes = staged(tmp_path, written(tmp_path / "in", one=one))
    (piece,) = next(iter(indexes.values())).pieces
    back = read_piece(folder, piece)
    named = replace(one, rows={**one.rows, "SOURCE_FILE": np.full(3, "one.pkl")})
    assert digest(back) == digest(named)


def test_current_rendering__does_not_depend_on_order():
    both = concatenate([profiles([3.0], ids=[1], precedence=1), profiles([4.0], ids=[1], precedence=3)])
    assert current_rendering(both).tolist() == [1, 1]
    assert current_rendering(both.take(np.array([1, 0]))).tolist() == [0, 0]


def test_to_dataset__is_a_cf_ragged_array():
    dataset = to_dataset(profiles([3.0, 40.0]))
    assert dataset["row_size"].attrs["sample_dimension"] == "obs"
    assert dataset["TEMP"].attrs["standard_name"] == "sea_water_temperature"
    assert dataset["row_size"].values.sum() == dataset.sizes["obs"]
    assert "PRECEDENCE" not in dataset


@pytest.mark.parametrize("text", ["1993-13/1994-01", "93-01", "1994-01/1993-01", ""])
def test_months__nonsense_is_refused(text):
    with pytest.raises(ValueError, match=r"month|first"):
        Months.parse(text)


def test_month_path__inverts_month_number():
    assert month_path(month_number("1993-01")) == "1993/01"
    assert month_path(month_number("2020-12")) == "2020/12"
