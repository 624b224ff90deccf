"""What the steps of sections and stations make, when they make it again, and how it is read and shown."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import OWN_CATALOGUE, Campaign, Indicator, load
from flows import depth_series, steps
from flows.collection import Collection, Run
from flows.columns import region_boxes
from flows.figures.style import STYLE
from flows.groups import write_dataset
from flows.months import month_path
from flows.open import open_indicator
from flows.origin import origin_at
from flows.products import omi_file, write_omi_files, write_sections_and_stations
from flows.report import figure_of, section_of
from flows.section_steps import sections_of, sections_step
from flows.station_steps import station_years_step, stations_of, stations_step
from flows.work import Step

EPOCH = np.datetime64("1950-01-01")
YEARS = range(2001, 2008)
WARMING = 0.05
SECTION = """
name: {name}
title: Trend
of: temp_at
band: {band}
regions: [nino_3_4]
convention: mean
reference: test
"""
STATION = """
name: p99
title: A percentile
quantity: percentile
layer: [0, 5]
percentile: 99
minimum_completeness: 0.7
minimum_month_completeness: 0.5
minimum_years: 3
units: degree_Celsius
convention: percentile
reference: test
"""
FILES = {
    "sections/tyz": SECTION.format(name="tyz", band=5),
    "sections/by_depth": SECTION.format(name="by_depth", band="null"),
    "sections/no_depths": SECTION.format(name="no_depths", band=5).replace("temp_at", "ohc_0_700"),
    "sections/elsewhere": SECTION.format(name="elsewhere", band=5).replace("nino_3_4", "baltic_sea"),
    "sections/salt": SECTION.format(name="salt", band=5).replace("temp_at", "psal_at"),
    "stations/p99": STATION,
    "stations/tyz": STATION.replace("p99", "tyz"),
    "stations/silver": STATION.replace("p99", "silver").replace("quantity", "variable: SILVER\nquantity"),
}


@pytest.fixture(scope="module", autouse=True)
def own_entries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("entries")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / f"{name}.yaml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OWN_CATALOGUE, str(folder))
        yield


@cache
def plain_job() -> steps.Job:
    campaign = load(Campaign, "records").model_copy(
        update={
            "indicators": ("temp_at",),
            "regions": ("global_60s_60n", "nino_3_4"),
            "reference_period": (2001, 2006),
        }
    )
    return steps.Job.of(campaign)


def job(**changes: object) -> steps.Job:
    return replace(plain_job(), campaign=plain_job().campaign.model_copy(update=changes))


def enter(run: Run, ledger: str, entries: dict, datasets: dict[str, xr.Dataset] | None = None) -> None:
    """Put what an earlier step would have made where this one finds it."""
    session = run.session([f"ledger/{ledger}", *(datasets or {})])
    for path, dataset in (datasets or {}).items():
        write_dataset(session.store, path, dataset)
    run.record(session, ledger, entries)
    run.commit(session, ledger)


def go(run: Run, step: Step) -> list[str]:
    """Make what is not current, as the fan-out does; the names of what was made."""
    known = run.reading().ledger(step.name)
    pending = [i for i in step.items if known.get(i.name, {}).get("fingerprint") != i.fingerprint]
    if not pending:
        return []
    session = run.session([f"ledger/{step.name}", *(p for i in pending for p in i.writes)])
    made = {
        i.name: {"fingerprint": i.fingerprint, **step.work(run.reading(), session.store, i)} for i in pending
    }
    run.record(session, step.name, made)
    run.commit(session, step.name)
    return sorted(made)


def boxes(year: int) -> xr.Dataset:
    """Box means of a year that warm everywhere, with scatter."""
    rng = np.random.default_rng(year)
    cells = region_boxes(plain_job().regions, plain_job().boxes)
    of = load(Indicator, "temp_at").each()
    shape = (len(of), 12, cells.sizes["cell"])
    when = (np.arange(12) + 12 * (year - 1970)).astype("M8[M]").astype("M8[ns]")
    mean = WARMING * (year - 2004) + 0.04 * rng.standard_normal(shape)
    columns = {
        "mean": mean,
        "variance": np.full(shape, 0.04),
        "n_samples": np.full(shape, 4),
        "n_profiles": np.full(shape, 5),
    }
    data = {k: (("indicator", "month", "cell"), v) for k, v in columns.items()}
    return xr.Dataset(data, {"indicator": [i.name for i in of], "month": when} | dict(cells.coords))


def moorings(year: int, month: int, warm: float = 0.0) -> xr.Dataset:
    first = np.datetime64(f"{year}-{month:02d}")
    ends = [int((m.astype("M8[D]") - EPOCH).astype(int)) for m in (first, first + np.timedelta64(1, "M"))]
    time = np.arange(*ends, 0.25)
    obs = {"TIME": time, "LATITUDE": 0.0, "LONGITUDE": -140.0, "DEPH": 1.0, "TEMP": 28 + warm + 0 * time}
    obs |= dict.fromkeys(
        ("TIME_QC", "POSITION_QC", "TEMP_QC", "TEMP_SOURCE_QC", "DEPH_QC", "TEMP_QC_FAILED"), 1
    )
    rows = {
        "row_size": [time.size],
        "PLATFORM_CODE": ["T0N140W"],
        "PLATFORM_TYPE": ["MO"],
        "DATA_MODE": ["D"],
    }
    columns = {k: ("obs", np.broadcast_to(v, time.size).copy()) for k, v in obs.items()}
    return xr.Dataset({k: ("trajectory", np.array(v)) for k, v in rows.items()} | columns)


def ingested(run: Run, partitions: dict[tuple[int, int], xr.Dataset], version: str = "a") -> None:
    """Checked months of trajectories."""
    at = {month_path(12 * y + m - 1): p for (y, m), p in partitions.items()}
    entries = {k: {"fingerprint": f"{k}{version}", "wrote": [f"trajectories/{k}"], "digest": ""} for k in at}
    enter(run, "ingest", entries, {f"trajectories/{k}": p for k, p in at.items()})
    flags = steps.quality_step(plain_job(), run.reading(), None).items
    enter(run, "quality", {i.name: {"fingerprint": i.fingerprint, "wrote": []} for i in flags})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with boxes and checked trajectories, in an unfinished run."""
    folder = tmp_path_factory.mktemp("prepared") / "store"
    run = Collection.open(str(folder), create=True).begin("records")
    of_year = {
        str(y): {"fingerprint": str(y), "digest": {f"boxes/{y}": "d"}, "wrote": [f"boxes/{y}"]} for y in YEARS
    }
    enter(run, "boxes", of_year, {f"boxes/{y}": boxes(y) for y in YEARS})
    ingested(run, {(y, m): moorings(y, m, float(y == 2007)) for y in YEARS for m in range(1, 13)})
    return folder


def copied(prepared: Path, folder: Path) -> Run:
    shutil.copytree(prepared, folder)
    return Collection.open(str(folder)).begin("records")


FULL = {"sections": ("tyz", "by_depth"), "stations": ("p99",)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> str:
    """A released version with sections and stations. Nobody writes to it."""
    folder = tmp_path_factory.mktemp("sections") / "store"
    run = copied(prepared, folder)
    for plan in (sections_step, station_years_step, stations_step):
        go(run, plan(job(**FULL), run.reading()))
    run.release()
    return str(folder)


def test_sections_step__trends_come_from_the_boxes_of_all_years(store):
    one = open_indicator(store, "tyz", "nino_3_4")
    np.testing.assert_allclose(one["trend"].values, WARMING, atol=0.015)
    assert one["latitude"].values.tolist() == [-2.5, 2.5]
    assert one["depth"].values.tolist() == [0, 20, 50, 75, 100, 125, 150, 200, 250, 300]
    given = np.isfinite(one["trend_low"].values)
    assert given.mean() > 0.5  # of seven years some have residuals too persistent for an interval
    np.testing.assert_array_equal(one["significant"], given)
    assert all("effective sample size" in note for note in one["trend_note"].values[~given])
    alone = open_indicator(store, "by_depth", "nino_3_4")
    np.testing.assert_allclose(alone["trend"].values, WARMING, atol=0.01)
    assert open_indicator(store, "tyz")["region"].values.tolist() == ["nino_3_4"]


def test_stations_step__percentiles_come_from_the_trajectories_of_all_years(store):
    made = open_indicator(store, "p99")
    one = made.sel(station="T0N140W")
    assert (float(one["mean"]), float(one["std"])) == (28, 0)
    assert float(one["anomaly"]) == 1
    assert (one["yearly_note"] == "").all()
    assert open_indicator(store, "p99", "T0N140W")["station"].values == "T0N140W"
    with pytest.raises(ValueError, match="no station 'X'; it has: T0N140W"):
        open_indicator(store, "p99", "X")


def test_steps__are_made_again_only_for_what_changed(tmp_path, prepared):
    run = copied(prepared, tmp_path / "store")
    everything = job(**FULL)
    assert go(run, sections_step(everything, run.reading())) == ["by_depth", "tyz"]
    assert go(run, station_years_step(everything, run.reading())) == [str(y) for y in YEARS]
    assert go(run, stations_step(everything, run.reading())) == ["p99"]
    for plan in (sections_step, station_years_step, stations_step):
        assert go(run, plan(everything, run.reading())) == []
    ingested(run, {(2003, 5): moorings(2003, 5, 1.0)}, "b")
    assert go(run, station_years_step(everything, run.reading())) == ["2003"]
    assert go(run, stations_step(everything, run.reading())) == ["p99"]
    later = job(**FULL, reference_period=(2002, 2006))
    assert go(run, sections_step(later, run.reading())) == ["by_depth", "tyz"]
    assert go(run, station_years_step(later, run.reading())) == []
    assert go(run, stations_step(later, run.reading())) == ["p99"]


def test_steps__make_nothing_where_the_campaign_names_nothing_or_nothing_was_made(tmp_path):
    run = Collection.open(str(tmp_path), create=True).begin("records")
    for of in (job(), job(**FULL)):
        for plan in (sections_step, station_years_step, stations_step):
            assert list(plan(of, run.reading()).items) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param(
            {"sections": ("no_depths",)}, "ohc_0_700 has no depths", id="an indicator without depths"
        ),
        pytest.param({"sections": ("elsewhere",)}, "regions lack baltic_sea", id="a region"),
        pytest.param({"sections": ("salt",)}, "indicators lack psal_at", id="an indicator"),
        pytest.param({"sections": ("nowhere",)}, "no entry 'nowhere'", id="an entry"),
        pytest.param({"stations": ("silver",)}, "no variable 'SILVER'", id="a variable"),
        pytest.param(
            {"sections": ("tyz",), "stations": ("tyz",)}, "another indicator of that name", id="a name"
        ),
    ],
)
def test_campaign__what_it_lacks_is_named_before_anything_is_read(changes, problem):
    with pytest.raises(ValueError, match=problem):
        _ = sections_of(job(**changes)), stations_of(job(**changes))


def test_products__tables_and_figures_of_sections_and_stations(store, tmp_path):
    collection = Collection.open(store)
    write_sections_and_stations(collection.read(), str(tmp_path), "v", ["tyz", "by_depth", "p99"])
    tables = sorted(f.name for f in (tmp_path / "tables").iterdir())
    assert tables == sorted(f"{n}.{e}" for n in ("tyz", "by_depth", "p99") for e in ("csv", "parquet", "nc"))
    figures = sorted((tmp_path / "figures").iterdir())
    assert [f.name for f in figures] == [
        "by_depth_nino_3_4_depth_trend.png",
        "p99_T0N140W_station.png",
        "p99_stations.png",
        "tyz_nino_3_4_section.png",
    ]
    assert all(f.read_bytes().startswith(b"\x89PNG") for f in figures)


@pytest.mark.parametrize(
    ("name", "kind", "problem"),
    [("tyz", "series", "try --kind section"), ("by_depth", "section", "try --kind depth_trend"),
     ("tyz", "hovmoeller", "try --kind section"), ("tyz", "station", "tyz is of regions, so no station"),
     ("p99", "series", "try --kind station or --kind stations")],
)  # fmt: skip
def test_figure_of__says_what_sections_and_stations_give(store, name, kind, problem):
    with pytest.raises(ValueError, match=problem):
        figure_of(Collection.open(store).read(), "v", name, None, kind)


def test_sections__state_the_indicator_that_they_are_made_of(store):
    reading = Collection.open(store).read()
    assert depth_series.sections_of(reading) == {"by_depth": "temp_at", "tyz": "temp_at"}
    assert open_indicator(store, "p99").attrs["minimum_completeness"] == 0.7


def test_section_figure__of_an_indicator_with_depths_is_the_section_that_is_stored(store, tmp_path):
    run = Collection.open(str(shutil.copytree(store, tmp_path / "store"))).begin("records")
    session = run.session(["indicators/temp_at_0"])
    one = run.reading().dataset("indicators/by_depth").isel(depth=0, drop=True)
    one["monthly_value"] = one["trend"]
    write_dataset(session.store, "indicators/temp_at_0", one.assign_attrs(indicator="temp_at_0"))
    run.commit(session, "one depth")
    reading = run.reading()
    drawn = [figure_of(reading, "v", name, None, "section", "svg") for name in ("temp_at", "tyz")]
    assert drawn[0] == drawn[1]
    with pytest.raises(ValueError, match="tyz has no region 'baltic_sea'; it has: nino_3_4"):
        figure_of(reading, "v", "temp_at", "baltic_sea", "section")
    session = run.session(["indicators/other"])
    write_dataset(
        session.store, "indicators/other", reading.dataset("indicators/tyz").assign_attrs(indicator="other")
    )
    run.record(session, "sections", {"other": {}})
    run.commit(session, "a second section")
    with pytest.raises(ValueError, match="several sections by latitude of temp_at: name one of other, tyz"):
        figure_of(run.reading(), "v", "temp_at", None, "section")


def test_section_figure__dots_where_the_trend_does_not_stand_for_the_whole(store, monkeypatch):
    monkeypatch.setitem(STYLE, "svg.fonttype", "none")
    one = open_indicator(store, "tyz", "nino_3_4")
    all_stand = one.assign(significant=one["significant"] * 0 + 1)
    none_stands = one.assign(significant=one["significant"] * 0)
    plain, dotted = (section_of(x, "v", "svg") for x in (all_stand, none_stands))
    assert len(dotted) > len(plain)
    bare = int((np.isfinite(one["trend"]) & ~np.isfinite(one["trend_low"])).sum())
    assert f"{bare} of 20 trends have too few independent years" in " ".join(
        re.findall(r">([^<]*)</text>", plain.decode())
    )


def test_omi_files__of_sections_and_stations(store, tmp_path):
    collection = Collection.open(store)
    origin = origin_at(collection, collection.snapshot())
    one = open_indicator(store, "tyz")
    name, content = omi_file(one, None, origin)
    assert name == f"nino-3-4_omi_tempsal_tyz_trend_2001_P{origin.released:%Y%m%d}.nc"
    (tmp_path / name).write_bytes(content)
    with xr.open_dataset(tmp_path / name) as data:
        assert data["to_trend"].dims == ("depth", "lat")
        assert data.attrs["product"] == "NINO-3-4_OMI_TEMPSAL_Tyz_trend"
        here = one.sel(region="nino_3_4").transpose("depth", "latitude", ...)
        for ours, theirs in (("trend", ""), ("trend_low", "_lower95p"), ("significant", "_significance")):
            np.testing.assert_array_equal(data[f"to_trend{theirs}"], here[ours])
        np.testing.assert_array_equal(data["lat"], here["latitude"])
        assert data.attrs["significance"].startswith("global level 0.05")
    by_depth, _ = omi_file(open_indicator(store, "by_depth"), "nino_3_4", origin)
    assert by_depth.startswith("nino-3-4_omi_tempsal_ttz_trend_2001_P")
    stations, _ = omi_file(open_indicator(store, "p99"), None, origin)
    assert stations.startswith("stations_omi_extreme_p99_mean_and_anomaly_obs_2001_P")
    write_omi_files(collection.read(), str(tmp_path), origin, (), (), ["tyz", "by_depth", "p99"])
    assert sorted(f.name for f in (tmp_path / "omi").iterdir()) == sorted([name, by_depth, stations])
