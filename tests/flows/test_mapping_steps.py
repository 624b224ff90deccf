"""Which analyses a campaign needs, what they are made from, and how they are read and exported."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
import zarr

from catalogs.schema import Campaign, Grid, Indicator, Region, load
from flows import steps
from flows.analysis_files import alert_rows, open_analysis, write_netcdf, write_zarr
from flows.collection import Collection, Reading, Run
from flows.groups import write_dataset
from flows.mapping_steps import analysis_series_step, analysis_step
from flows.months import month_middle, month_number, month_path
from flows.open import open_indicator
from flows.standard_casts import settings_of
from flows.tables import table
from flows.work import Step

MONTHS = [month_number(m) for m in ("2003-01", "2003-02", "2003-03", "2003-11", "2004-01")]
"""Months with records; those between have none."""
CLIMATOLOGY = load(Grid, "climatology_5deg")
OWN = load(Grid, "analysis_1deg")
COARSE = OWN.model_copy(
    update={"name": "coarse", "cell_latitude": 10, "cell_longitude": 10, "levels": (10.0, 100.0)}
)
PERSISTENT = COARSE.model_copy(
    update={
        "name": "persistent",
        "analysis": settings_of(OWN).model_copy(
            update={
                "background": "damped_persistence",
                "persistence": 0.9,
                "spin_up_months": 2,
                "window_months": 0,
            }
        ),
    }
)
MEAN = load(Indicator, "temp_0_700")
LAYERS = (MEAN, MEAN.model_copy(update={"name": "temp_0_100", "layer": (0, 100)}))
ATLANTIC, SOUTH = (
    Region(name=f"test_{name}", title=name, reference="", latitude=latitude, longitude=(-60, -30))
    for name, latitude in (("atlantic", (20, 50)), ("south", (-60, -50)))
)
DEPTHS = np.array([5.0, 10, 50, 100, 120])
ANOMALY = 0.4


def partition(month: int, n: int = 60) -> xr.Dataset:
    """Warm casts in the North Atlantic, one of them far too warm in the first month."""
    rng = np.random.default_rng(month)
    time = month_middle(month) + rng.uniform(-14, 14, n)
    lat, lon = rng.uniform(20, 50, n), rng.uniform(-60, -30, n)
    temp = np.tile(20 - 0.02 * DEPTHS + ANOMALY, (n, 1))
    if month == MONTHS[0]:
        temp[7] += 5
    rows = {"row_size": np.full(n, DEPTHS.size), "TIME": time, "LATITUDE": lat, "LONGITUDE": lon}
    rows |= {"PLATFORM_TYPE": np.full(n, "PF"), "PLATFORM_CODE": np.array([f"{k:03d}" for k in range(n)])}
    rows |= {"DATA_MODE": np.full(n, "R"), "RECORD_ID": (1000 * month + np.arange(n)).astype(np.uint64)}
    rows |= {k: np.ones(n, np.uint8) for k in ("TIME_QC", "POSITION_QC")}
    obs = {"DEPH": np.tile(DEPTHS, n), "TEMP": temp.ravel(), "PSAL": np.full(n * DEPTHS.size, 35.0)}
    obs |= {f"{v}_QC": np.ones(n * DEPTHS.size, np.uint8) for v in ("DEPH", "TEMP", "PSAL")}
    return xr.Dataset({k: ("profile", v) for k, v in rows.items()} | {k: ("obs", v) for k, v in obs.items()})


def climatology() -> xr.Dataset:
    levels = np.array(CLIMATOLOGY.levels)
    shape, place = (36, 72, levels.size), ("latitude", "longitude", "depth")
    fields = {}
    for name, mean, std in (("TEMP", 20 - 0.02 * levels, 0.5), ("PSAL", 35 + 0 * levels, 0.1)):
        coefficient = np.zeros((*shape, 8))
        coefficient[..., 0] = np.where(levels <= 400, mean, np.nan)
        fields[f"{name}_COEFFICIENT"] = ((*place, "term"), coefficient)
        fields |= {f"{name}_N": (place, np.full(shape, 50)), f"{name}_STD": (place, np.full(shape, std))}
    about = {"surface_extension": 10.0, "grid": "climatology_5deg", "reference_period": "1993-2014"}
    return xr.Dataset(fields, {"depth": levels}, about)


@cache
def of_records() -> steps.Job:
    return steps.Job.of(load(Campaign, "records"))


def job(*grids: Grid, **changes: object) -> steps.Job:
    campaign = of_records().campaign.model_copy(update=changes)
    return replace(of_records(), campaign=campaign, analyses=grids, indicators=())


def enter(
    run: Run, ledger: str, entries: dict[str, dict], datasets: dict[str, xr.Dataset] | None = None
) -> None:
    """Put what an earlier step would have made where this one finds it."""
    datasets = datasets or {}
    session = run.session([f"ledger/{ledger}", *datasets])
    for path, dataset in datasets.items():
        write_dataset(session.store, path, dataset)
    run.record(session, ledger, entries)
    run.commit(session, ledger)


def checked(run: Run, months: list[int], version: str = "a") -> None:
    """Checked partitions of some months."""
    paths = {m: f"profiles/{month_path(m)}" for m in months}
    entries = {
        month_path(m): {"fingerprint": f"{m}{version}", "wrote": [p], "digest": ""} for m, p in paths.items()
    }
    enter(run, "ingest", entries, {p: partition(m) for m, p in paths.items()})
    flags = steps.quality_step(job(), run.reading(), None).items
    enter(run, "quality", {i.name: {"fingerprint": i.fingerprint, "wrote": []} for i in flags})


def go(run: Run, step: Step) -> list[str]:
    """Make what is not current, as the fan-out does; the names of what was made."""
    known = run.reading().ledger(step.name)
    pending = [i for i in step.items if known.get(i.name, {}).get("fingerprint") != i.fingerprint]
    session = run.session([f"ledger/{step.name}", *(p for i in pending for p in i.writes)])
    made = {
        i.name: {"fingerprint": i.fingerprint, **step.work(run.reading(), session.store, i)} for i in pending
    }
    run.record(session, step.name, made)
    if made:
        run.commit(session, step.name)
    return sorted(made)


def begun(folder: Path) -> Run:
    run = Collection.open(str(folder), create=True).begin("records")
    path = "climatology/climatology_5deg/fit"
    enter(
        run,
        "climatology",
        {"climatology_5deg": {"fingerprint": "", "digest": "c", "wrote": [path]}},
        {path: climatology()},
    )
    return run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A released version with both kinds of analysis. Nobody writes to it."""
    folder = tmp_path_factory.mktemp("analysed") / "store"
    run = begun(folder)
    checked(run, MONTHS)
    go(run, analysis_step(job(COARSE, PERSISTENT), run.reading()))
    run.release()
    return str(folder)


def reading_of(store: str) -> Reading:
    return Collection.open(store).read()


def test_analysis_step__every_month_from_the_first_to_the_last_and_persistence_by_year(store: str) -> None:
    reading = reading_of(store)
    made = reading.ledger("analysis")
    months = [f"coarse/{month_path(m)}" for m in range(MONTHS[0], MONTHS[-1] + 1)]
    assert sorted(made) == sorted([*months, "persistent/2003", "persistent/2004"])
    assert reading.groups("analysis/persistent/2003") == [f"{m:02d}" for m in range(1, 13)]
    assert reading.groups("analysis/persistent/2004") == ["01"], "the months of the spin-up are not written"


def test_analysis_step__without_a_climatology_or_records_or_a_wish_there_is_nothing(tmp_path: Path) -> None:
    run = begun(tmp_path / "store")
    assert not analysis_step(job(COARSE), run.reading()).items
    checked(run, MONTHS[:2])
    assert not analysis_step(job(), run.reading()).items
    run.remove("climatology", {"climatology_5deg": ()})
    assert not analysis_step(job(COARSE), run.reading()).items


def test_analysis_step__nothing_to_do_twice_and_a_changed_month_changes_its_window(tmp_path: Path) -> None:
    run = begun(tmp_path / "store")
    checked(run, MONTHS[:3])
    assert len(go(run, analysis_step(job(COARSE), run.reading()))) == 3
    assert go(run, analysis_step(job(COARSE), run.reading())) == []
    checked(run, MONTHS[:1], version="b")
    assert go(run, analysis_step(job(COARSE), run.reading())) == ["coarse/2003/01", "coarse/2003/02"]
    finer = COARSE.model_copy(update={"cell_latitude": 5})
    assert len(go(run, analysis_step(job(finer), run.reading()))) == 3


def test_analysis_step__only_the_months_that_the_campaign_names(tmp_path: Path) -> None:
    run = begun(tmp_path / "store")
    checked(run, MONTHS)
    step = analysis_step(job(COARSE, PERSISTENT, analysis_months="2003-03/2003-04"), run.reading())
    assert [i.name for i in step.items] == ["coarse/2003/03", "coarse/2003/04", "persistent/2003"]
    early = analysis_step(job(COARSE, analysis_months="1993-01/1993-12"), run.reading())
    assert not early.items


def test_analysis_item__a_month_far_from_any_record_is_the_climatology(store: str) -> None:
    lone = open_analysis(store, "coarse", "2003-06/2003-07")
    known = np.isfinite(lone["TEMP"].values)
    assert known.any()
    assert set(np.unique(lone["TEMP_PCTVAR"].values[known])) == {100.0}
    expected = (20 - 0.02 * lone["depth"]).broadcast_like(lone["TEMP"]).values
    np.testing.assert_allclose(lone["TEMP"].values[known], expected[known], atol=0.51 / 2048)
    assert int(lone["N_CASTS"].sum()) == 0


def test_analysis_item__records_of_the_month_are_seen_and_persistence_fades(store: str) -> None:
    middle = {"depth": 10, "latitude": 35, "longitude": -45}
    anomaly = {
        name: open_analysis(store, name)["TEMP"].sel(middle).values - (20 - 0.2)
        for name in ("coarse", "persistent")
    }
    assert anomaly["coarse"][1] == pytest.approx(ANOMALY, abs=0.1)
    assert abs(anomaly["coarse"][5]) < 3e-4
    fading = anomaly["persistent"][3:10]
    np.testing.assert_allclose(fading[1:] / fading[:-1], 0.9, rtol=5e-3)
    assert anomaly["persistent"][3] == pytest.approx(0.9 * anomaly["persistent"][2], rel=5e-3)


def test_alerts__the_planted_cast_is_found_and_no_other(store: str) -> None:
    for name in ("coarse", "persistent"):
        rows = alert_rows(reading_of(store), name)
        assert [(r["RECORD_ID"], r["variable"]) for r in rows] == [(1000 * MONTHS[0] + 7, "TEMP")]
        assert rows[0]["residual"] == pytest.approx(5, abs=0.6)
        assert rows[0]["residual"] > 3 * rows[0]["expected_std"]
        assert (rows[0]["top"], rows[0]["bottom"]) == (10, 100)


def test_open_analysis__time_attributes_and_what_was_asked_for(store: str) -> None:
    data = open_analysis(store, "coarse", "2003-02/2003-03", variables=("TEMP", "TEMP_ERR"))
    assert set(data.data_vars) == {"TEMP", "TEMP_ERR"}
    assert data["TEMP"].dims == ("time", "depth", "latitude", "longitude")
    assert data["time"].values.astype("M8[D]").astype(str).tolist() == ["2003-02-15", "2003-03-16"]
    assert data["TEMP"].attrs["standard_name"] == "sea_water_temperature"
    assert data.attrs["version"] == Collection.open(store).current_version()
    for key in ("baseline", "area", "convention", "method", "Conventions"):
        assert data.attrs[key]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("fine",), "no analysis 'fine'; it has: coarse, persistent", id="name"),
        pytest.param(
            ("coarse", "1990-01/1990-02"), "no month in 1990-01/1990-02; it goes from 2003-01", id="month"
        ),
        pytest.param(("coarse", None, "main", ("DOXY",)), "no variable DOXY", id="variable"),
    ],
)
def test_open_analysis__says_what_there_is(store: str, arguments: tuple, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        open_analysis(store, *arguments)


def test_write_netcdf__has_the_layout_of_cora(store: str, tmp_path: Path) -> None:
    urls = write_netcdf(store, "coarse", str(tmp_path), "2003-01/2003-02")
    assert [Path(u).name for u in urls] == ["coarse_200301.nc", "coarse_200302.nc"]
    fields = [f"{v}{k}" for v in ("TEMP", "PSAL") for k in ("", "_ERR", "_PCTVAR")]
    with netCDF4.Dataset(urls[1]) as nc:
        assert set(fields) <= set(nc.variables)
        for name in fields:
            assert nc[name].dimensions == ("time", "depth", "latitude", "longitude")
            assert nc[name]._FillValue == 9999999
            assert nc[name].dtype == np.float32
        assert nc["time"].units == "days since 1950-01-01"
        assert nc["time"][0] == month_middle(MONTHS[1])
        assert nc["TEMP"].ancillary_variables == "TEMP_ERR TEMP_PCTVAR"
        nc.set_auto_mask(False)
        assert (nc["TEMP"][0, 0, 17, 0] == 9999999) == np.isnan(
            open_analysis(store, "coarse")["TEMP"][1, 0, 17, 0]
        )
        assert (nc["TEMP"][:] == 9999999).any()
    with xr.open_dataset(urls[0]) as back:
        np.testing.assert_array_equal(
            back["TEMP"].values, open_analysis(store, "coarse", "2003-01")["TEMP"].values
        )


def same_as_plain_zarr(store: str, url: str) -> None:
    """What another client finds: a group of plain arrays, each with its dimensions."""
    assert write_zarr(store, "coarse", url, "2003-01/2003-03") == 3
    group = zarr.open_group(url, mode="r")
    expected = open_analysis(store, "coarse", "2003-01/2003-03")
    for name in expected.data_vars:
        np.testing.assert_array_equal(group[str(name)][...], expected[name].values)
        assert group[str(name)].metadata.dimension_names == expected[name].dims
        assert not [c for c in group[str(name)].metadata.codecs if "Sharding" in type(c).__name__]
    assert group["time"][...].tolist() == [month_middle(m) for m in MONTHS[:3]]
    with xr.open_zarr(url, consolidated=False, chunks=None) as back:
        xr.testing.assert_equal(back.load(), expected)
        assert back.attrs["version"] == expected.attrs["version"]


def test_write_zarr__any_client_reads_it(store: str, tmp_path: Path) -> None:
    same_as_plain_zarr(store, str(tmp_path / "fields.zarr"))
    with pytest.raises(ValueError, match=r"fields.zarr: there is something already"):
        write_zarr(store, "coarse", str(tmp_path / "fields.zarr"))


@pytest.mark.long
def test_write_zarr__on_an_object_store(store: str, object_store: str) -> None:
    same_as_plain_zarr(store, f"{object_store}/fields.zarr")


@pytest.fixture(scope="module")
def with_series(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A released version with series of regional means by the coarse analysis. Nobody writes to it."""
    folder = tmp_path_factory.mktemp("series") / "store"
    run = begun(folder)
    checked(run, MONTHS)
    of_layers = replace(job(COARSE), indicators=LAYERS, regions=(ATLANTIC, SOUTH))
    go(run, analysis_step(of_layers, run.reading()))
    assert len(go(run, analysis_series_step(of_layers, run.reading()))) == 2
    assert go(run, analysis_series_step(of_layers, run.reading())) == []
    run.release()
    return str(folder)


def test_analysis_series__warm_casts_make_a_warm_region_and_months_without_have_a_note(with_series) -> None:
    found = open_indicator(with_series, "temp_0_100", analysis="coarse")
    assert found["month"].size == 13
    atlantic, south = (found.sel(region=r.name) for r in (ATLANTIC, SOUTH))
    value = (atlantic["monthly_value"] + atlantic["baseline"]).values
    np.testing.assert_allclose(value[[0, 1, 2]], ANOMALY, atol=0.1)
    known = [0, 1, 2, 3, 9, 10, 11, 12]  # months with casts and those beside them
    assert np.flatnonzero(np.isfinite(value)).tolist() == known
    assert set(atlantic["monthly_note"].values[4:9].tolist()) == {"no profile with usable values"}
    assert (atlantic["monthly_standard_error"].values[known] > 0).all()
    assert atlantic["monthly_n_profiles"].values[:4].tolist() == [60, 60, 60, 0]
    assert np.isnan(south["monthly_value"]).all()
    assert (south["monthly_note"].values == "no profile with usable values").all()
    assert found["yearly_note"].values[0, 1] == "1 months with a value, fewer than 7"
    for key in ("convention", "method", "standard_error", "reference_period", "units", "yearly_error"):
        assert found.attrs[key]


def test_analysis_series__columns_that_are_too_short_have_a_reason(with_series) -> None:
    found = open_indicator(with_series, "temp_0_700", region="test_atlantic", analysis="coarse")
    assert np.isnan(found["monthly_value"]).all()
    assert (
        found["monthly_note"].values[0].startswith("none of 60 profiles can be used: each covers less than")
    )


def test_analysis_series__are_a_table(with_series) -> None:
    rows = table(open_indicator(with_series, "temp_0_100", analysis="coarse")).to_pylist()
    first = next(r for r in rows if r["period"] == "monthly" and r["region"] == "test_atlantic")
    assert (first["time"], first["units"], first["n_profiles"]) == ("2003-01", "degree_Celsius", 60)
    assert first["method"].startswith("error of the sum over the region")
    assert first["standard_error"] > 0
    with pytest.raises(
        ValueError, match=r"no series of 'ohc' by analysis 'coarse'; there are: coarse/temp_0_1"
    ):
        open_indicator(with_series, "ohc", analysis="coarse")
