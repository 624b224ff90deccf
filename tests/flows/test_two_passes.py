"""A run with both passes of quality control: killed in any of their steps, it comes to the same."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from distributed import Client

from flows.collection import Collection, Reading

pytestmark = pytest.mark.long

COMMAND = Path(sys.executable).parent / "oceanstate"
STEPS = ("ingest", "first_pass", "statistics", "history", "quality", "boxes", "indicators")
N_MONTHS = 30  # more than a wave
RUN = ("run", "twice", "--records", "synthetic://ocean?profiles=60", "--months", "2003-01/2005-06")

PROCEDURE = """
name: twice
title: Tests of rows, statistics and platforms
reference: none, a procedure of a test
tests:
  - test: global_range
    id: range
    variables: {TEMP: {minimum: -2.5, maximum: 40}, PSAL: {minimum: 2, maximum: 41}}
  - test: climatology_sigma
    id: sigma
    flag: 3
    variables: {TEMP: {threshold: 3, fewest: 5}, PSAL: {threshold: 3, fewest: 5}}
  - test: impossible_speed
    id: speed
    platform_types: [PF]
    variables: {POSITION: {highest: 3, position_error: 1000, shortest: 600}}
  - test: sensor_drift
    id: drift
    flag: 3
    platform_types: [PF]
    variables: {TEMP: {threshold: 0.2}, PSAL: {threshold: 0.05}}
"""
SAME = """
name: same
title: The same tests by another name
reference: none, a procedure of a test
based_on: twice
"""
BLIND = """
name: blind
title: No temperature passes
reference: none, a procedure of a test
tests:
  - {test: global_range, id: range, variables: {TEMP: {minimum: 90, maximum: 99}}}
"""
CAMPAIGN = """
name: twice
title: A small job with two passes
sources: [synthetic]
procedure: twice
climatology: climatology_5deg
boxes: boxes_5x10
reference_period: [2003, 2005]
indicators: [temp_0_300]
regions: [global_60s_60n]
ensemble:
  interpolation: [pchip]
  procedures: [same, blind]
"""
Made = dict[str, tuple[str, str]]
OfReading = Callable[[Reading], Made]
Committed = Callable[[Path, str, str], int]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> dict[str, str]:
    """With a catalogue of our own."""
    catalogue = tmp_path_factory.mktemp("catalogue")
    for kind, texts in (("procedures", (PROCEDURE, SAME, BLIND)), ("campaigns", (CAMPAIGN,))):
        (catalogue / kind).mkdir()
        for text in texts:
            name = text.split()[1]
            (catalogue / kind / f"{name}.yaml").write_text(text)
    return {**os.environ, "OCEANSTATE_CATALOGUE": str(catalogue)}


def start(store: Path, environment: dict[str, str], cluster: str = "local") -> subprocess.Popen[str]:
    command = [str(COMMAND), *RUN, "--store", str(store), "--cluster", cluster]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment)


def run(store: Path, environment: dict[str, str], cluster: str = "local") -> dict[str, tuple[str, str]]:
    """Run to the end: what was done and what was skipped of each step."""
    process = start(store, environment, cluster)
    out, err = process.communicate()
    assert process.returncode == 0, err
    lines = [[cell.strip() for cell in line.split("│")] for line in out.splitlines()]
    return {cells[1]: (cells[3], cells[4]) for cells in lines if len(cells) > 5 and cells[1] in STEPS}


@pytest.fixture(scope="module")
def uninterrupted(
    tmp_path_factory: pytest.TempPathFactory,
    environment: dict[str, str],
    dask_client: Client,
    made: OfReading,
) -> tuple[Path, Made]:
    store = tmp_path_factory.mktemp("uninterrupted") / "store"
    run(store, environment, dask_client.scheduler.address)
    return store, made(Collection.open(str(store)).read())


def test_two_passes__every_test_has_found_something(uninterrupted: tuple[Path, Made]) -> None:
    reading = Collection.open(str(uninterrupted[0])).read()
    failed: Counter[str] = Counter()
    for entry in reading.ledger("quality").values():
        failed.update(entry["flagged"])
    assert {name.split()[0] for name in failed} == {"range", "sigma", "speed", "drift"}
    assert set(reading.ledger("statistics")) == {"TEMP", "PSAL"}
    assert set(reading.ledger("history")) == {"2003", "2004", "2005"}


def test_two_passes__a_member_with_the_same_tests_has_the_same_boxes(
    uninterrupted: tuple[Path, Made],
) -> None:
    """Statistics and what came along platforms reach the procedures of the ensemble too."""
    reading = Collection.open(str(uninterrupted[0])).read()
    for year in (2003, 2004, 2005):
        others = ("procedure_same", "procedure_blind", "interpolation_pchip")
        own, same, blind, curved = (
            reading.dataset(path) for path in (f"boxes/{year}", *(f"members/{m}/{year}" for m in others))
        )
        xr.testing.assert_identical(own, same)
        assert own["n_profiles"].sum() > 100
        assert blind["n_profiles"].sum() == 0
        np.testing.assert_array_equal(curved["n_profiles"], own["n_profiles"])
        np.testing.assert_allclose(curved["mean"], own["mean"], atol=0.1)
        assert not np.allclose(curved["mean"], own["mean"], atol=1e-6, equal_nan=True)
    series = reading.dataset("indicators/temp_0_300")
    assert series.attrs["choices_without_values"] == "procedure (1 of 2)"
    of_procedure = series["monthly_error_part"].sel(part="procedure")
    assert (of_procedure.values[np.isfinite(series["monthly_value"].values)] == 0).all()


def killed_when(
    begun: Callable[[Callable[[str], int]], bool],
    store: Path,
    environment: dict[str, str],
    committed: Committed,
) -> dict[str, int]:
    """Start a run, kill it when a step has begun, and say what it has committed of each."""
    process = start(store, environment)
    deadline = time.monotonic() + 300
    while not begun(lambda of: committed(store, "twice", of)):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert not Collection.open(str(store)).versions(), "it was killed before the release"
    return {of: committed(store, "twice", of) for of in STEPS}


def test_two_passes__killed_in_one_step_after_the_other_a_run_comes_to_the_same(
    uninterrupted: tuple[Path, Made],
    environment: dict[str, str],
    tmp_path: Path,
    made: OfReading,
    committed: Committed,
) -> None:
    """In the first pass, in the history and in the second pass, each time where the last one had come to."""
    store = tmp_path / "store"
    killed_when(lambda n: n("ingest") == N_MONTHS, store, environment, committed)
    killed_when(lambda n: n("statistics") > 0, store, environment, committed)
    kept = killed_when(lambda n: n("quality") > 0, store, environment, committed)
    assert kept["quality"] < N_MONTHS, "it was killed between two waves"
    done = run(store, environment)
    for step in ("ingest", "first_pass", "statistics", "history"):
        assert done[step] == ("0", str(kept[step])), f"what was committed of {step} is not made again"
    assert made(Collection.open(str(store)).read()) == uninterrupted[1]


def test_two_passes__a_second_run_has_nothing_to_do(
    uninterrupted: tuple[Path, Made], environment: dict[str, str], dask_client: Client, made: OfReading
) -> None:
    store, before = uninterrupted
    again = run(store, environment, dask_client.scheduler.address)
    assert {done for done, _ in again.values()} == {"0"}
    assert made(Collection.open(str(store)).read()) == before
    assert len(Collection.open(str(store)).versions()) == 1


def test_two_passes__months_that_come_later_change_what_the_earlier_ones_are_compared_with(
    uninterrupted: tuple[Path, Made],
    environment: dict[str, str],
    tmp_path: Path,
    dask_client: Client,
    made: OfReading,
) -> None:
    """A store that got its months in two runs says the same of each as one that got them in one."""
    store = tmp_path / "store"
    for months in ("2003-01/2004-06", "2004-07/2005-06"):
        there = ("--store", str(store), "--cluster", dask_client.scheduler.address)
        command = [str(COMMAND), *RUN[:-1], months, *there]
        subprocess.run(command, capture_output=True, check=True, env=environment)
    assert made(Collection.open(str(store)).read()) == uninterrupted[1]
