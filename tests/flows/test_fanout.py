"""The fan-out on a real cluster: what is retried, what is given up, what is skipped, what is written."""

import sys
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
import xarray as xr
from prefect import flow
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.collection import Collection
from flows.fanout import run_step
from flows.groups import write_dataset
from flows.work import Item, Step

pytestmark = pytest.mark.long
cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers do not see the tests


def write(reading, target, item):
    """Write the item's number; an item that says so fails, always or the first times."""
    attempts = Path(item.argument["log"]) / item.name.replace("/", "-")
    with attempts.open("a") as log:
        log.write("x")
    if len(attempts.read_text()) <= item.argument.get("failures", 0):
        raise OSError("the disk is full")
    data = xr.Dataset({"N": ("n", np.arange(item.argument["n"]))})
    return {"wrote": [f"out/{item.name}"], "digest": write_dataset(target, f"out/{item.name}", data)}


def items(folder, n=30, **failures):
    folder.mkdir(exist_ok=True)
    return [
        Item(
            f"{i:02d}",
            f"fingerprint {i}",
            {"n": i, "log": str(folder), "failures": failures.get(f"item_{i}", 0)},
            (f"out/{i:02d}",),
        )
        for i in range(n)
    ]


@pytest.fixture
def run(tmp_path, prefect_server):
    with temporary_settings({PREFECT_API_URL: prefect_server}):  # Prefect was imported before it was up
        yield Collection.open(str(tmp_path / "store"), create=True).begin("test")


def go(run, step, client):
    return flow(name="test", persist_result=False)(run_step)(run, step, client)


def attempts(folder, item):
    return len((folder / item).read_text())


def test_run_step__retries_and_gives_up_with_the_reason(run, tmp_path, dask_client):
    log = tmp_path / "log"
    report = go(run, Step("write", write, items(log, item_3=1, item_7=99)), dask_client)
    assert report.failed == {"07": "OSError: the disk is full"}
    assert len(report.done) == 29
    assert attempts(log, "03") == 2
    assert attempts(log, "07") == 3
    assert run.reading().groups("out") == [f"{i:02d}" for i in range(30) if i != 7]
    assert (run.reading().dataset("out/05")["N"].values == np.arange(5)).all()


def test_run_step__skips_what_is_current_and_makes_what_failed_or_changed(run, tmp_path, dask_client):
    go(run, Step("write", write, items(tmp_path / "first", item_7=99)), dask_client)
    again = items(tmp_path / "second")
    again[4] = Item("04", "another fingerprint", {**again[4].argument, "n": 40}, again[4].writes)
    report = go(run, Step("write", write, again), dask_client)
    assert sorted(report.done) == ["04", "07"]
    assert len(report.skipped) == 28
    assert run.reading().dataset("out/04").sizes["n"] == 40
    assert sorted(p.name for p in (tmp_path / "second").iterdir()) == ["04", "07"]


def test_run_step__nothing_to_do(run, dask_client):
    before = run.base
    report = go(run, Step("write", write, []), dask_client)
    assert (report.done, report.skipped, report.failed) == ((), (), {})
    assert run.base == before
