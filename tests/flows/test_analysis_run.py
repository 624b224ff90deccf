"""A small campaign that maps its months, as a user runs it."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import variables
from flows.analysis_files import open_analysis
from flows.collection import Collection
from flows.explain import explain_record

pytestmark = pytest.mark.long

COMMAND = Path(sys.executable).parent / "oceanstate"
MONTHS = [f"2005-{m:02d}" for m in range(1, 7)]
GRID = """
name: coarse
title: A coarse analysis
reference: none, a grid of a test
cell_latitude: 5
cell_longitude: 5
levels: [10, 100, 400]
options: {gap_at_surface: 50, gap_per_depth: 0.2, surface_extension: 12, pooled_variance_weight: 20,
  fitted_records: 28}
analysis:
  scales: [{kilometres: 300, days: 30, share: 1}]
  signal_share: 0.8
  unresolved: {default: 0.25}
  neighbours: 20
  barrier_km: 40
"""
CAMPAIGN = """
name: mapped
title: A small job with an analysis
sources: [synthetic]
procedure: argo_real_time
climatology: climatology_5deg
boxes: boxes_5x10
reference_period: [2005, 2005]
indicators: [temp_0_300]
regions: [global_60s_60n]
analyses: [coarse]
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> dict[str, str]:
    """With a catalogue of our own."""
    catalogue = tmp_path_factory.mktemp("catalogue")
    for kind, name, text in (("grids", "coarse", GRID), ("campaigns", "mapped", CAMPAIGN)):
        (catalogue / kind).mkdir()
        (catalogue / kind / f"{name}.yaml").write_text(text)
    return {**os.environ, "OCEANSTATE_CATALOGUE": str(catalogue)}


def run(store: Path, environment: dict[str, str], months: str) -> tuple[str, str]:
    """Run the campaign: what was done and what was skipped of the analyses."""
    command = [
        str(COMMAND),
        "run",
        "mapped",
        "--records",
        "synthetic://ocean?profiles=900",
        "--months",
        months,
    ]
    done = subprocess.run([*command, "--store", str(store)], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    lines = [[cell.strip() for cell in line.split("│")] for line in done.stdout.splitlines()]
    (line,) = [cells for cells in lines if len(cells) > 5 and cells[1] == "analysis"]
    return line[3], line[4]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    store = tmp_path_factory.mktemp("mapped") / "store"
    assert run(store, environment, "2005-01/2005-06") == ("6", "0")
    return store


def test_run__every_month_is_mapped_and_alerts_are_a_product(store: Path) -> None:
    data = open_analysis(str(store), "coarse")
    assert data["time"].values.astype("M8[M]").astype(str).tolist() == MONTHS
    known = np.isfinite(data["TEMP"])
    assert bool((known == known.isel(time=0)).all()), "the mask is that of the climatology and the land"
    assert 0.05 < float(known.mean()) < 0.7
    percent = data["TEMP_PCTVAR"].where(known)
    assert float(percent.min()) < 60
    assert float(percent.max()) <= 100
    tropics = data["TEMP"].sel(depth=10, latitude=slice(-20, 20)).mean()
    assert 20 < float(tropics) < 30
    with (store / "products" / data.attrs["version"] / "tables" / "analysis_alerts.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert {r["analysis"] for r in rows} == {"coarse"}
    assert all(abs(float(r["residual"])) > 3 * float(r["expected_std"]) for r in rows)
    with (store / "products" / data.attrs["version"] / "tables" / "coarse_series.csv").open() as file:
        series = list(csv.DictReader(file))
    months = [r for r in series if r["period"] == "monthly"]
    assert [r["time"] for r in months] == MONTHS
    assert {r["indicator"] for r in series} == {"temp_0_300"}
    assert all(float(r["standard_error"]) > 0 for r in months)
    (trend,) = (r for r in series if r["period"] == "trend")
    assert trend["note"].endswith("values, fewer than 5")
    figures = store / "products" / data.attrs["version"] / "figures"
    assert (figures / "temp_0_300_global_60s_60n_methods.png").read_bytes().startswith(b"\x89PNG")
    said = explain_record(Collection.open(str(store)).read(), int(rows[0]["RECORD_ID"]))
    off = f"{float(rows[0]['residual']):+.3g} {variables()[rows[0]['variable']].units}".removesuffix(" 1")
    assert f"coarse alerts, {off} off the analysis" in said


def test_run__a_second_run_has_nothing_to_map(store: Path, environment: dict[str, str]) -> None:
    before = Collection.open(str(store)).versions()
    assert run(store, environment, "2005-01/2005-06") == ("0", "6")
    assert Collection.open(str(store)).versions() == before


def test_analysis__command_exports_netcdf_and_zarr(store: Path, tmp_path: Path) -> None:
    for output, n in ((tmp_path / "fields", 2), (tmp_path / "fields.zarr", 2)):
        command = [str(COMMAND), "analysis", "coarse", "--store", str(store), "--months", "2005-02/2005-03"]
        done = subprocess.run([*command, "--output", str(output)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert f"{n} months" in done.stdout
    stored = open_analysis(str(store), "coarse", "2005-02/2005-03")
    with xr.open_dataset(tmp_path / "fields" / "coarse_200503.nc") as march:
        np.testing.assert_allclose(march["TEMP"].values[0], stored["TEMP"].values[1], atol=1e-3)
    with xr.open_zarr(tmp_path / "fields.zarr", consolidated=False) as both:
        assert both["time"].values.astype("M8[M]").astype(str).tolist() == ["2005-02", "2005-03"]
        np.testing.assert_allclose(both["PSAL_PCTVAR"], stored["PSAL_PCTVAR"], atol=1e-3)


def test_analysis__unknown_name_is_told_in_one_line(store: Path, tmp_path: Path) -> None:
    command = [str(COMMAND), "analysis", "fine", "--store", str(store), "--output", str(tmp_path / "x")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "coarse" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
