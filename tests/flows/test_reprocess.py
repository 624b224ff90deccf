"""The main job as a user runs it: the command, a real Prefect server, a real Dask cluster, real kills."""

import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import xarray as xr

from flows.collection import Collection

pytestmark = pytest.mark.long

COMMAND = Path(sys.executable).parent / "oceanstate"
RUN = ("small", "--records", "synthetic://ocean?profiles=60", "--months", "2003-01/2005-06")
"""What the store ``whole`` of ``conftest.py`` is made from."""


@pytest.fixture(autouse=True)
def _server(prefect_server: str, small_campaign: None) -> None:
    """Every run of these tests reports to the session's server and knows the small campaign."""


def oceanstate(*arguments: str | Path, **kwargs: object) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)  # type: ignore[call-overload]


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [str(COMMAND), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_until(condition, process: subprocess.Popen[str], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_run__a_second_run_does_nothing_and_makes_no_version(whole, dask_client, steps):
    before = Collection.open(str(whole)).versions()
    result = oceanstate("run", *RUN, "--store", whole, "--cluster", dask_client.scheduler.address)
    assert result.returncode == 0
    assert "nothing changed" in result.stdout
    rows = [[cell.strip() for cell in line.split("│")] for line in result.stdout.splitlines()]
    done = {cells[1]: cells[3] for cells in rows if len(cells) > 3 and cells[1] in steps}
    assert done == dict.fromkeys(steps, "0")
    assert Collection.open(str(whole)).versions() == before


def test_run__the_climatology_is_fitted_to_halves_of_the_years_and_is_part_of_the_error(whole):
    reading = Collection.open(str(whole)).read()
    fits = ["", " 1a", " 1b", " 2a", " 2b"]
    assert sorted(reading.ledger("climatology")) == [f"climatology_5deg{fit}" for fit in fits]
    n = {
        fit: int(reading.dataset(f"climatology/climatology_5deg/fit{fit.replace(' ', '_')}")["TEMP_N"].sum())
        for fit in fits
    }
    assert n[" 1a"] + n[" 1b"] == n[" 2a"] + n[" 2b"] == n[""], "every year is in one half of each split"
    assert n[" 1a"] != n[" 2a"], "and no two splits are alike"
    one = reading.dataset("indicators/ohc_0_700").sel(region="global_60s_60n", part="climatology")
    assert (one["monthly_error_part"] > 0).all()


def test_run__killed_in_the_middle_and_run_again_makes_only_what_is_missing(whole, tmp_path, made, committed):
    store = tmp_path / "store"
    first = start("run", *RUN, "--store", store)
    wait_until(lambda: committed(store, "small", "quality") >= 24, first)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    kept = {s: committed(store, "small", s) for s in ("ingest", "quality")}
    second = oceanstate("run", *RUN, "--store", store)
    assert second.returncode == 0, second.stderr
    for step, n in kept.items():
        (line,) = [line for line in second.stdout.splitlines() if line.startswith(f"│ {step} ")]
        assert int(line.split("│")[4]) == n
    assert made(Collection.open(str(store)).read()) == made(Collection.open(str(whole)).read())


def test_run__on_its_own_cluster_with_a_killed_worker_makes_the_same_as_on_one_that_is_there(
    whole, tmp_path, made, committed
):
    store = tmp_path / "store"
    run = start("run", *RUN, "--store", store)
    wait_until(lambda: committed(store, "small", "ingest") >= 24, run)
    workers = [
        p for p in psutil.Process(run.pid).children(recursive=True) if "spawn_main" in " ".join(p.cmdline())
    ]
    assert workers
    workers[-1].kill()
    out, err = run.communicate(timeout=300)
    assert run.returncode == 0, err
    assert "released as version" in out
    assert made(Collection.open(str(store)).read()) == made(Collection.open(str(whole)).read())


def test_run__a_reader_of_main_sees_the_previous_version_whole(tmp_path, dask_client, made, committed):
    store = tmp_path / "store"
    there = ("--store", store, "--cluster", dask_client.scheduler.address)
    assert oceanstate("run", *RUN[:3], "--months", "2003-01/2003-12", *there).returncode == 0
    collection = Collection.open(str(store))
    before = made(collection.read())
    run = start("run", *RUN, "--seed", "2", *there)
    wait_until(lambda: committed(store, "small", "ingest") >= 24, run)
    seen = 0
    while run.poll() is None and collection.runs():
        reading = collection.read()
        if collection.runs():
            assert made(reading) == before
            assert reading.partitions() == [f"profiles/2003/{m:02d}" for m in range(1, 13)]
            seen += 1
        time.sleep(0.2)
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert seen > 3
    assert made(collection.read()) != before


def test_run__on_an_object_store_makes_the_same_as_on_disk(whole, object_store, made):
    store = f"{object_store}/ocean"
    result = oceanstate("run", *RUN, "--store", store)
    assert result.returncode == 0, result.stderr
    assert made(Collection.open(store).read()) == made(Collection.open(str(whole)).read())
    table = oceanstate("table", "ohc_0_700", "--store", store, "--format", "csv")
    assert table.stdout == oceanstate("table", "ohc_0_700", "--store", whole, "--format", "csv").stdout


def test_run__a_store_that_can_take_no_more_stops_the_run_and_keeps_what_is_there(
    tmp_path, dask_client, made
):
    """As on a full disk: no file may grow beyond a limit that the metadata of a third month exceeds."""
    store = tmp_path / "store"
    there = ("--store", store, "--cluster", dask_client.scheduler.address)
    assert oceanstate("run", *RUN[:3], "--months", "2003-01/2003-02", *there).returncode == 0
    before = made(Collection.open(str(store)).read())
    limit = max(f.stat().st_size for f in (store / "collection").rglob("*") if f.is_file())

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    result = oceanstate("run", *RUN, "--store", store, preexec_fn=limited)
    assert result.returncode == 1
    assert "cannot commit to" in result.stderr
    assert "Traceback" not in result.stderr
    assert made(Collection.open(str(store)).read()) == before
    assert oceanstate("run", *RUN[:3], "--months", "2003-01/2003-04", *there).returncode == 0


def test_run__months_that_were_not_asked_for_stay(tmp_path, dask_client):
    store = tmp_path / "store"
    there = ("--store", store, "--cluster", dask_client.scheduler.address)
    for months in ("2003-01/2003-02", "2003-02/2003-03"):
        assert oceanstate("run", *RUN[:3], "--months", months, *there).returncode == 0
    assert len(Collection.open(str(store)).read().partitions()) == 3


def test_collection__everything_of_a_month_is_in_its_partition(whole):
    reading = Collection.open(str(whole)).read()
    month = reading.dataset("profiles/2004/06")
    assert month["row_size"].values.sum() == month.sizes["obs"]
    assert {"TEMP", "TEMP_QC", "TEMP_QC_FAILED", "TEMP_QC_SKIPPED", "TEMP_SOURCE_QC"} <= set(month.data_vars)
    assert {"spike", "density_inversion"} <= set(month["TEMP_QC_FAILED"].attrs["flag_meanings"].split())
    dates = np.datetime64("1950-01-01") + month["TIME"].values.astype("timedelta64[D]")
    assert set(dates.astype("datetime64[M]").astype(str)) == {"2004-06"}


def test_explain__names_test_value_limit_and_reference(whole):
    reading = Collection.open(str(whole)).read()
    month = reading.dataset("profiles/2004/06")
    bad = np.repeat(month["RECORD_ID"].values, month["row_size"].values)[month["TEMP_QC"].values == 4]
    result = oceanstate("explain", str(bad[0]), "--store", whole)
    assert result.returncode == 0, result.stderr
    assert str(bad[0]) in result.stdout
    assert re.search(r"measured .+; accepted .+\n +\S", result.stdout)  # and below it the reference
    absent = oceanstate("explain", "1", "--store", whole)
    assert absent.returncode == 1
    assert "there is no record 1" in absent.stderr


@pytest.mark.parametrize("form", ["csv", "json", "markdown"])
def test_table__says_unit_convention_period_area_and_version(whole, form, command_here):
    result = command_here("table", "ohc_0_700", "--store", whole, "--format", form)
    assert result.returncode == 0
    for word in ("J m-2", "1030", "3980", "1993-2014", Collection.open(str(whole)).current_version()):
        assert word in result.stdout


def test_status__lists_versions(whole, command_here):
    result = command_here("status", "--store", whole)
    assert Collection.open(str(whole)).current_version() in result.stdout


def test_products__are_written_beside_the_collection(whole):
    (products,) = (whole / "products").iterdir()
    assert (products / "tables" / "ohc_0_700.parquet").stat().st_size > 1000
    assert (products / "tables" / "trends.csv").read_text().startswith("indicator,region")
    assert (products / "figures" / "coverage.png").read_bytes().startswith(b"\x89PNG")


def test_products__any_zarr_reader_opens_the_collection(whole):
    store = Collection.open(str(whole)).read().store
    with xr.open_zarr(store, group="profiles/2004/06", chunks=None, consolidated=False) as month:
        assert month["TEMP"].attrs["standard_name"] == "sea_water_temperature"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("run", "no_such"), "catalogs/campaigns has no entry 'no_such'", id="campaign"),
        pytest.param(
            ("run", "small", "--months", "2003-13", "--store", "{tmp}/s"), "is not a month", id="month"
        ),
        pytest.param(
            ("run", "demo", "--store", "/proc/x"), "cannot create or open the collection", id="store"
        ),
        pytest.param(("table", "ohc_0_700", "--store", "{tmp}/s"), "repository doesn't exist", id="table"),
        pytest.param(("catalogue", "regions", "atlantis"), "regions has no entry 'atlantis'", id="catalogue"),
    ],
)
def test_command__tells_what_is_wrong_in_one_line(arguments, said, tmp_path, command_here):
    assert_one_line(command_here(*(a.format(tmp=tmp_path) for a in arguments)), said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("run", "records", "--store", "{tmp}/s"), "give --records URL", id="no records"),
        pytest.param(
            ("run", "records", "--records", "{tmp}/none", "--store", "{tmp}/s"),
            "no files under",
            id="no files",
        ),
        pytest.param(
            ("run", *RUN, "--store", "{tmp}/s", "--cluster", "tcp://127.0.0.1:9"),
            "no Dask scheduler",
            id="dask",
        ),
    ],
)
def test_command__stopped_within_its_flow_says_why_in_one_line_and_nothing_of_prefect(
    arguments, said, tmp_path
):
    assert_one_line(oceanstate(*(a.format(tmp=tmp_path) for a in arguments)), said)


def assert_one_line(result: subprocess.CompletedProcess[str], said: str) -> None:
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
