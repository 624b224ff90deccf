"""A small campaign, and a store that many tests look at, made once by the command."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).parent / "oceanstate"
SMALL = """
name: small
title: The main job in small, with both passes of quality control and an ensemble
sources: [synthetic]
procedure: argo_real_time
climatology: climatology_5deg
boxes: boxes_5x10
reference_period: [1993, 2014]
indicators: [ohc_0_700, temp_0_300]
regions: [global_60s_60n, nino_3_4]
selection:
  without_platform_types: [XB]
ensemble:
  mapping: [area_weighted]
  selections:
    instruments: {with_xbt: {}}
"""
RUN = ("small", "--records", "synthetic://ocean?profiles=60", "--months", "2003-01/2005-06")
"""More months than a wave holds."""


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
def whole(tmp_path_factory: pytest.TempPathFactory, prefect_server: str, small_campaign: None) -> Path:
    """A store made in one go: what every other way must arrive at. Nobody writes to it."""
    store = tmp_path_factory.mktemp("whole") / "store"
    command = [str(COMMAND), "run", *RUN, "--store", str(store)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "released as version" in result.stdout
    return store
