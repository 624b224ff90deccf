"""Checked profiles at standard levels, from a store to files."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from flows.cli import app
from flows.collection import Collection
from flows.groups import write_dataset
from flows.level_files import Wanted, at_levels, layer_of, write_levels
from flows.open import open_levels
from kernels.flags import Flag
from kernels.standard_levels.curve import SCHEMES

DEPTH = np.array([5.0, 20, 50, 80, 120, 160, 200, 260])
"""The last step but one is bridged, so that the layer to 260 m is covered."""


def straight(depth: np.ndarray) -> np.ndarray:
    return 20 - 0.02 * depth


def partition(month: int = 1, n: int = 3) -> xr.Dataset:
    """Casts whose temperature falls steadily; the last has nothing good, the first a bad salinity at 20 m."""
    time = 19358.0 + 31 * (month - 1) + np.arange(n)
    rows = {"row_size": np.full(n, DEPTH.size), "TIME": time, "LATITUDE": np.linspace(30, 40, n),
            "LONGITUDE": np.linspace(-40, -30, n)}  # fmt: skip
    rows |= {k: np.full(n, Flag.GOOD, np.uint8) for k in ("TIME_QC", "POSITION_QC")}
    rows |= {"DATA_MODE": np.full(n, "D"), "PLATFORM_TYPE": np.full(n, "PF"),
             "PLATFORM_CODE": np.array([f"69{i}" for i in range(n)]),
             "RECORD_ID": np.arange(n, dtype=np.uint64) + 100 * month}  # fmt: skip
    obs = {
        "DEPH": np.tile(DEPTH, n),
        "TEMP": np.tile(straight(DEPTH), n),
        "PSAL": np.full(DEPTH.size * n, 35.0),
    }
    flags = {f"{v}_QC": np.full(DEPTH.size * n, Flag.GOOD, np.uint8) for v in obs}
    flags["PSAL_QC"][1] = Flag.BAD
    obs["PSAL"][1] = 12.0
    for v in ("TEMP_QC", "PSAL_QC"):
        flags[v][-DEPTH.size :] = Flag.BAD
    return xr.Dataset(
        {k: ("profile", v) for k, v in rows.items()} | {k: ("obs", v) for k, v in (obs | flags).items()}
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A version of two months."""
    url = str(tmp_path_factory.mktemp("levels") / "store")
    run = Collection.open(url, create=True).begin("test")
    paths = ["profiles/2003/01", "profiles/2003/02"]
    session = run.session([*paths, "ledger/ingest"])
    for month, path in enumerate(paths, 1):
        write_dataset(session.store, path, partition(month))
    run.record(session, "ingest", {path: {"wrote": [path]} for path in paths})
    run.commit(session, "two months")
    run.release()
    return url


@pytest.mark.parametrize("scheme", SCHEMES)
def test_at_levels__a_straight_profile_comes_out_by_every_scheme(scheme):
    # counting levels instead of metres, the rotated scheme keeps straight lines between equal steps only
    tolerance = 0.04 if scheme == "mrst_pchip" else 2e-6
    made = at_levels(partition(), Wanted.of("climatology_5deg", scheme))
    depth = made["depth"].values
    within = (depth >= 5) & (depth <= 260)
    np.testing.assert_allclose(made["TEMP"].values[0][within], straight(depth[within]), atol=tolerance)
    assert np.isnan(made["TEMP"].values[0][~within]).all(), "nothing is extrapolated"
    measured = np.isin(depth, DEPTH)
    assert (made["TEMP_ERR"].values[0][within & measured] == 0).all()
    assert made["TEMP"].dtype == np.float32


def test_at_levels__what_was_called_bad_enters_nowhere():
    made = at_levels(partition(), Wanted.of("climatology_5deg"))
    assert made.sizes["profile"] == 2, "a cast without anything good is left out"
    np.testing.assert_allclose(made["PSAL"].sel(depth=20), 35)
    assert (made["PSAL"].fillna(35) == 35).all()


def test_at_levels__means_of_layers_say_how_much_they_cover():
    layers = [(0.0, 100.0), (0.0, 520.0), (300.0, 700.0)]
    made = at_levels(partition(), Wanted.of("climatology_5deg", "pchip", layers=layers))
    # the shallowest level, 5 m, stands for the water above it
    top = (5 * straight(5.0) + 95 * straight(52.5)) / 100
    whole = (5 * straight(5.0) + 255 * straight(132.5)) / 260
    np.testing.assert_allclose(made["TEMP_LAYER_MEAN"][0], [top, whole, np.nan], rtol=1e-6)
    np.testing.assert_allclose(made["TEMP_LAYER_COVERED"][0], [1, 0.5, 0])
    np.testing.assert_allclose(made["layer_bottom"], [100, 520, 700])


def test_at_levels__a_gap_that_the_grid_does_not_bridge_stays_empty():
    sparse = partition()
    sparse["TEMP_QC"][3:7] = Flag.BAD  # nothing good between 50 and 260 m
    made = at_levels(sparse, Wanted.of("climatology_5deg"))
    depth = made["depth"].values
    between = (depth > 50) & (depth < 260)
    assert np.isnan(made["TEMP"].values[0][between]).all()
    assert np.isfinite(made["TEMP"].values[1][between]).all()


def test_at_levels__leaves_the_partition_as_it_was():
    given = partition()
    at_levels(given, Wanted.of("climatology_5deg", layers=[(0, 100)]))
    xr.testing.assert_identical(given, partition())


def test_open_levels__is_what_the_files_hold(store, tmp_path):
    opened = open_levels(store, layers=[(0, 100)])
    assert opened.sizes["profile"] == 4
    np.testing.assert_array_equal(opened["RECORD_ID"], [100, 101, 200, 201])
    files, n = write_levels(store, str(tmp_path), Wanted.of("climatology_5deg", layers=[(0, 100)]))
    assert ([Path(f).name for f in files], n) == (["levels_200301.nc", "levels_200302.nc"], 4)
    with xr.open_dataset(files[1], decode_times=False) as second:
        xr.testing.assert_equal(second.load(), opened.isel(profile=slice(2, 4)))
    with netCDF4.Dataset(files[0]) as file:
        assert file.featureType == "profile"
        assert file["RECORD_ID"].cf_role == "profile_id"
        assert file["TIME"].units == "days since 1950-01-01"
        assert file["TEMP"].standard_name == "sea_water_temperature"
        assert file["TEMP_ERR"].standard_name == "sea_water_temperature standard_error"
        assert "pchip" in file.method
        assert file.version == Collection.open(store).current_version()


def test_levels__from_the_command_line(store, tmp_path):
    words = [
        "levels",
        "--store",
        store,
        "--output",
        str(tmp_path),
        "--months",
        "2003-02",
        "--scheme",
        "linear",
    ]
    result = CliRunner().invoke(app, [*words, "--variable", "TEMP", "--layer", "0-100"])
    assert result.exit_code == 0, result.output
    assert "1 months, 2 profiles" in result.output
    with xr.open_dataset(tmp_path / "levels_200302.nc") as file:
        assert "PSAL" not in file
        assert file["TEMP_LAYER_MEAN"].shape == (2, 1)
        assert "by linear" in file.attrs["method"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param({"grid": "climatology_5deg", "scheme": "spline"}, "mrst_pchip", id="scheme"),
        pytest.param({"grid": "boxes_5x10"}, "boxes_5x10 has no levels", id="no levels"),
        pytest.param(
            {"grid": "climatology_5deg", "variables_": ["TMEP"]}, "unknown variable TMEP", id="name"
        ),
        pytest.param({"grid": "climatology_5deg", "layers": [(700, 0)]}, "layer 700-0 m", id="layer"),
        pytest.param({"grid": "climatology_5deg", "use": "none"}, "none", id="use"),
    ],
)
def test_wanted__refuses_what_it_does_not_know(words, reason):
    with pytest.raises(ValueError, match=reason):
        Wanted.of(**words)


def test_layer_of__refuses_what_is_no_layer():
    assert layer_of("0-700") == (0, 700)
    with pytest.raises(ValueError, match="for example 0-700"):
        layer_of("700")


def test_open_levels__names_the_months_that_there_are(store):
    with pytest.raises(ValueError, match="no profiles of 1999-01; they go from 2003/01 to 2003/02"):
        open_levels(store, "1999-01")
