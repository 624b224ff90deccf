"""A store that many tests look at, made once by the command."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).parent / "oceanstate"
DEMO = ("demo", "--records", "synthetic://ocean?profiles=60", "--months", "2003-01/2005-12")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> Path:
    """A store made in one go: what every other way must arrive at. Nobody writes to it."""
    store = tmp_path_factory.mktemp("whole") / "store"
    command = [str(COMMAND), "run", *DEMO, "--store", str(store)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "released as version" in result.stdout
    return store
