"""A small campaign, a store that many tests look at, made once by the command, and what a store holds."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from distributed import Client
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.cli import main
from flows.collection import Collection, Reading

COMMAND = Path(sys.executable).parent / "oceanstate"
SMALL = """
name: small
title: The main job in small, with both passes of quality control and an ensemble
sources: [synthetic]
procedure: argo_real_time
climatology: climatology_5deg
boxes: boxes_5x10
mapping: space_time
reference_period: [1993, 2014]
indicators: [ohc_0_700, temp_0_300]
regions: [global_60s_60n, nino_3_4]
selection:
  without_platform_types: [XB]
ensemble:
  climatology_splits: 2
  slow_correlation_km: [1000]
  procedures: [cora]
  selections:
    instruments: {with_xbt: {}}
"""
RUN = ("small", "--records", "synthetic://ocean?profiles=60", "--months", "2003-01/2005-06")
"""More months than a wave holds."""
STEPS = (
    "ingest",
    "first_pass",
    "statistics",
    "history",
    "quality",
    "climatology_sums",
    "climatology",
    "boxes",
    "indicators",
)


@pytest.fixture(scope="session")
def steps() -> tuple[str, ...]:
    """Steps of the campaign ``small``, in order."""
    return STEPS


@pytest.fixture(scope="session")
def made() -> Callable[[Reading], dict[str, tuple[str, str]]]:
    """Fingerprint, and digest of what was written, of every item of every step that a reading shows."""

    def of(reading: Reading) -> dict[str, tuple[str, str]]:
        return {
            f"{step} {name}": (entry["fingerprint"], json.dumps(entry["digest"], sort_keys=True))
            for step in STEPS
            for name, entry in reading.ledger(step).items()
        }

    return of


@pytest.fixture(scope="session")
def committed() -> Callable[[Path, str, str], int]:
    """Items of a step that an unfinished run of a campaign has committed."""

    def of(store: Path, campaign: str, step: str) -> int:
        try:
            return len(Collection.open(str(store)).read(f"run/{campaign}").ledger(step))
        except Exception:  # the store or the branch is not there yet
            return 0

    return of


@pytest.fixture(scope="session")
def command_here(prefect_server: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command in the process of the tests, which spares its start; what it says and its exit status."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        said = {name: io.TextIOWrapper(io.BytesIO(), "utf-8") for name in ("stdout", "stderr")}
        with (
            temporary_settings({PREFECT_API_URL: prefect_server}),  # Prefect was imported before it was up
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(said["stdout"]),
            contextlib.redirect_stderr(said["stderr"]),
        ):
            patch.setattr(sys, "argv", ["oceanstate", *map(str, arguments)])
            with pytest.raises(SystemExit) as end:
                main()
        for stream in said.values():
            stream.seek(0)
        text = {name: stream.read() for name, stream in said.items()}
        return subprocess.CompletedProcess(arguments, int(end.value.code or 0), **text)

    return run


@pytest.fixture(scope="session")
def small_campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A catalogue of the user's own with the campaign ``small``."""
    folder = tmp_path_factory.mktemp("catalogue")
    (folder / "campaigns").mkdir()
    (folder / "campaigns" / "small.yaml").write_text(SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "OCEANSTATE_CATALOGUE", str(folder))
        yield


@pytest.fixture(scope="session")
def whole(
    tmp_path_factory: pytest.TempPathFactory, prefect_server: str, small_campaign: None, dask_client: Client
) -> Path:
    """A store made in one go, on a cluster that was there: what every other way must arrive at.

    Nobody writes to it.
    """
    store = tmp_path_factory.mktemp("whole") / "store"
    command = [str(COMMAND), "run", *RUN, "--store", str(store), "--cluster", dask_client.scheduler.address]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "released as version" in result.stdout
    return store
