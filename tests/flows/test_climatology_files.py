"""Climatologies as files: our own written and read again, and those of others."""

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import Grid, load
from flows.climatology_files import export, external, files_of
from flows.records import SourceError
from flows.statistics import Lookup, accumulate_values, at_observations, finish
from kernels.statistics.describe import STATISTICS

NAMES = [f"normal_{k}" for k in STATISTICS]
LON, LAT = np.arange(2.0, 360, 4), np.arange(-88.0, 90, 4)
LEVELS = np.array([0.0, 10, 30, 100])


def grid(equal_area):
    some = load(Grid, "statistics_5deg")
    options = dict(some.options) | {"equal_area": equal_area, "minimum_values": 3}
    return some.model_copy(update={"options": options, "levels": (-5.0, 5.0, 50.0, 200.0)})


def finished(equal_area, n=4000):
    rng = np.random.default_rng(1)
    time, lat, lon = 18262 + rng.uniform(0, 3000, n), rng.uniform(-90, 90, n), rng.uniform(-180, 180, n)
    where = np.arange(n + 1), time, lat, lon, rng.uniform(-5, 200, n)
    chosen = grid(equal_area)
    return finish(accumulate_values(chosen, "TEMP", *where, rng.gamma(2, 2, n)), chosen), where


def file(tmp_path, name="climate.nc", months=12, lon=LON, lat=LAT, **changes):
    """A climatology in the manner of the World Ocean Atlas; ``changes`` are attributes or names."""
    shape = (months, LEVELS.size, lat.size, lon.size)
    month, depth, y, x = np.meshgrid(np.arange(months), LEVELS, lat, (lon + 180) % 360 - 180, indexing="ij")
    mean = (month + 0.01 * depth + 100 * np.round(y, 1) + 1000 * np.round(x, 1)).astype(np.float32)
    units = changes.get("units", "degrees_celsius")
    fields = {"mean": mean, "std": np.full(shape, 2.0), "n": np.full(shape, 7.0)}
    named = changes.get("named", {"mean": "t_mn", "std": "t_sd", "n": "t_dd"})
    dims = changes.get("dims", ("time", "depth", "lat", "lon"))
    attrs = {"standard_name": "sea_water_temperature", "units": units} | changes.get("attrs", {})
    data = {named[k]: (dims, fields[k], attrs | changes.get("of", {}).get(k, {})) for k in named}
    coords = {
        dims[0]: (dims[0], np.arange(months) + 0.5, {"units": "months since 1955-01-01"}),
        dims[1]: (dims[1], LEVELS, {"units": changes.get("depth_units", "meters"), "standard_name": "depth"}),
        dims[2]: (dims[2], lat, {"units": "degrees_north"}),
        dims[3]: (dims[3], lon, {"units": "degrees_east"}),
    }
    dataset = xr.Dataset(data | {k: v for k, v in coords.items() if k not in changes.get("without", ())})
    path = str(tmp_path / name)
    dataset.to_netcdf(path, engine="netcdf4")
    return path


def at(known, latitude, longitude, depth, month, variable="TEMP"):
    time = (np.datetime64(f"2003-{month:02d}-10") - np.datetime64("1950-01-01")).astype(float)
    where = np.array([time]), np.array([latitude]), np.array([longitude]), np.array([float(depth)])
    found = at_observations(known.lookups[variable], NAMES, *where, np.array([0, 1]))
    return {k.removeprefix("normal_"): float(v[0]) for k, v in found.items()}


@pytest.mark.parametrize("url", ["{}/statistics.nc", "memory://statistics.nc"])
def test_export__what_is_read_again_is_the_same(tmp_path, url):
    made, (row_start, time, lat, lon, depth) = finished(0)
    export(made, url.format(tmp_path))
    again = external(url.format(tmp_path)).lookups["TEMP"]
    where = time, lat, lon, depth, row_start
    expected = at_observations(Lookup.of(made.assign_attrs(linear_in_depth=0)), NAMES, *where)
    found = at_observations(again, NAMES, *where)
    assert set(found) == set(NAMES)
    for name in NAMES:
        np.testing.assert_array_equal(found[name], expected[name])


def test_export__is_cf(tmp_path):
    made, _ = finished(0)
    export(made, str(tmp_path / "statistics.nc"))
    with xr.open_dataset(tmp_path / "statistics.nc", decode_times=False) as written:
        assert written["mean"].dims == ("month", "depth", "latitude", "longitude")
        assert written["mean"].attrs["standard_name"] == "sea_water_temperature"
        assert written["mean"].attrs["units"] == "degree_Celsius"
        assert written["std"].attrs["cell_methods"] == "area: depth: time: standard_deviation"
        assert written["slope"].attrs["units"] == "degree_Celsius year-1"
        assert written["n"].attrs["standard_name"] == "sea_water_temperature number_of_observations"
        assert written["latitude"].values[[0, -1]].tolist() == [-87.5, 87.5]
        for name in ("depth", "latitude", "longitude"):
            assert written[written[name].attrs["bounds"]].shape == (written.sizes[name], 2)
        known = np.isfinite(made["mean"].values)
        assert int(np.isfinite(written["mean"]).sum()) == known.sum()
        assert float(written["mean"].sum()) == pytest.approx(
            float(made["mean"].values[known].sum()), rel=1e-5
        )


def test_export__cells_of_equal_area(tmp_path):
    made, (row_start, time, lat, lon, depth) = finished(1)
    export(made, str(tmp_path / "statistics.nc"))
    with xr.open_dataset(tmp_path / "statistics.nc", decode_times=False) as written:
        assert written["mean"].dims == ("month", "depth", "cell")
        assert written.sizes["cell"] == 1654
        lookup = Lookup.of(made.assign_attrs(linear_in_depth=0))
        found = at_observations(lookup, NAMES, time, lat, lon, depth, row_start)["normal_mean"]
        month = (np.datetime64("1950-01-01") + time.astype("timedelta64[D]")).astype("datetime64[M]").astype(
            int
        ) % 12
        (south, north), (west, east) = (written[f"{k}_bounds"].values.T for k in ("latitude", "longitude"))
        for i in range(0, 4000, 400):
            cell = (south <= lat[i]) & (lat[i] < north) & (west <= lon[i]) & (lon[i] < east)
            layer = (written["depth_bounds"][:, 0] <= depth[i]) & (depth[i] < written["depth_bounds"][:, 1])
            there = written["mean"].values[month[i], layer.values, cell]
            np.testing.assert_array_equal(there, [found[i]])
    with pytest.raises(SourceError, match="no latitude axis"):
        external(str(tmp_path / "statistics.nc"))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="0 to 360"),
        pytest.param({"lon": np.arange(-178.0, 180, 4)}, id="-180 to 180"),
        pytest.param({"lon": np.arange(2.0, 363, 4)}, id="first meridian twice"),
        pytest.param({"lon": (np.arange(22.0, 380, 4) + 180) % 360 - 180}, id="across the date line"),
        pytest.param({"lat": np.arange(88.0, -90, -4)}, id="from the north"),
        pytest.param({"named": {"mean": "TEMP_mean", "std": "TEMP_std", "n": "TEMP_n"}}, id="our names"),
        pytest.param({"named": {"mean": "mean", "std": "std", "n": "n"}}, id="plain names"),
        pytest.param({"dims": ("month", "lev", "latitude", "longitude")}, id="other dimensions"),
        pytest.param(
            {
                "named": {"mean": "a", "std": "b", "n": "c"},
                "of": {
                    "mean": {"cell_methods": "area: mean time: mean"},
                    "std": {"cell_methods": "area: mean time: standard_deviation"},
                    "n": {"standard_name": "sea_water_temperature number_of_observations"},
                },
            },
            id="by cell methods",
        ),
    ],
)
def test_external__nearest_point_of_the_month(tmp_path, changes):
    known = external(file(tmp_path, **changes))
    assert list(known.lookups) == ["TEMP"]
    for lat, lon, y, x in (
        (10.2, -30.3, 12, -30),
        (-70.9, 179.9, -72, 178),
        (89.9, -179.9, 88, -178),
    ):
        for depth, level in ((0, 0), (4.9, 0), (5.1, 10), (64, 30), (66, 100), (130, 100)):
            for month in (1, 12):
                expected = month - 1 + 0.01 * level + 100 * y + 1000 * x
                found = at(known, lat, lon, depth, month)
                assert found == pytest.approx({"mean": expected, "std": 2, "n": 7}, rel=1e-6)
    assert np.isnan(at(known, 10, 20, 136, 1)["mean"])


def test_external__one_file_a_month_and_one_for_the_year(tmp_path):
    for month in range(1, 13):
        path = file(tmp_path, f"woa_t{month:02d}.nc", months=1)
        with xr.open_dataset(path, decode_times=False) as one:
            moved = one.load()
        moved["t_mn"] += month
        moved.to_netcdf(path, engine="netcdf4")
    url = str(tmp_path / "woa_t{month:02d}.nc")
    assert len(files_of(url)) == 12
    known = external(url)
    year = at(external(files_of(url)[0]), 0.4, 0.4, 0, 9)["mean"]
    assert year == pytest.approx(at(known, 0.4, 0.4, 0, 1)["mean"])
    assert at(known, 0.4, 0.4, 0, 9)["mean"] == pytest.approx(year + 8)


def test_external__part_of_the_ocean_unit_and_gaps(tmp_path):
    path = file(tmp_path, lon=np.arange(10.0, 40, 2), lat=np.arange(30.0, 46, 2), units="kelvin")
    known = external(path)
    assert at(known, 30.9, 10.9, 0, 1) == pytest.approx({"mean": 13000 - 273.15, "std": 2, "n": 7})
    for lat, lon in ((28.9, 20), (45.1, 20), (40, 8.9), (40, 39.1), (40, -150)):
        assert np.isnan(at(known, lat, lon, 0, 1)["mean"])


def test_external__names_that_the_file_does_not_tell(tmp_path):
    path = file(tmp_path, named={"mean": "theta", "std": "theta_spread"}, attrs={"standard_name": ""})
    known = external(path, {"TEMP": {"mean": "theta", "std": "theta_spread"}})
    assert at(known, 0.4, 0.4, 0, 1)["std"] == 2
    with pytest.raises(SourceError, match="there is no variable spread"):
        external(path, {"TEMP": {"mean": "theta", "std": "spread"}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"named": {"mean": "t_mn"}}, "TEMP: holds no standard deviation", id="no deviation"),
        pytest.param({"named": {"std": "t_sd"}}, "TEMP: holds no mean", id="no mean"),
        pytest.param({"named": {"mean": "u"}, "attrs": {"standard_name": "x"}}, "no variable of", id="none"),
        pytest.param({"units": "furlongs"}, "t_mn: its unit 'furlongs'", id="unit"),
        pytest.param({"depth_units": "dbar"}, "must be m, not 'dbar'", id="pressure"),
        pytest.param({"months": 4}, "the year or 12 months", id="seasons"),
        pytest.param({"lat": np.array([-80.0, 0, 10, 20])}, "evenly spaced", id="uneven"),
        pytest.param({"without": ("lon",)}, "no coordinate variable", id="no coordinates"),
    ],
)  # fmt: skip
def test_external__says_what_is_wrong(tmp_path, changes, message):
    path = file(tmp_path, **{"lon": np.arange(0.0, 360, 30), "lat": np.arange(-75.0, 90, 15)} | changes)
    with pytest.raises(SourceError, match=message) as raised:
        external(path)
    assert path in str(raised.value)


def test_external__no_file_and_no_netcdf(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        external(str(tmp_path / "nothing.nc"))
    (tmp_path / "text.nc").write_text("latitude,longitude")
    with pytest.raises(SourceError, match="not NetCDF"):
        external(str(tmp_path / "text.nc"))
