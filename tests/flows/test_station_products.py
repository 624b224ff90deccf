"""Figures and files of stations whose heat waves and percentiles are planted."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from catalogs.producer import NOT_STATED
from catalogs.schema import Campaign, load
from catalogs.station import StationIndicator
from flows.cli import app
from flows.collection import Collection, Reading
from flows.figures.style import STYLE
from flows.groups import write_dataset
from flows.omi_layout import ATTRIBUTES, FILL, TIME_UNITS
from flows.omi_stations import station_file
from flows.origin import SYNTHETIC, origin_at, origin_of
from flows.report import figure_of
from flows.station_report import by_years
from flows.station_steps import daily_series
from flows.stations import of_station, station_dataset

YEARS = range(2001, 2011)
HEAT = "marine_heat_waves"
COLD = "sst_percentile1"
STATIONS = {"FAR": (55.0, 19.5), "GAPS": (40.0, -170.0), "WHOLE": (0.0, 5.0)}
"""Latitude and longitude; FAR has two years, GAPS misses one."""
EVENT = (np.datetime64("2008-07-01"), np.datetime64("2008-07-20"))
SIGNATURES = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}
RELEASED = date(2026, 11, 24)


def entry(name: str) -> StationIndicator:
    return load(StationIndicator, name).model_copy(
        update={"minimum_years": 5, "reference_period": (YEARS[0], YEARS[-1])}
    )


def day_means(code: str, year: int) -> np.ndarray:
    """Daily means: a season with scatter, and one event 5 degrees warmer; NaN where there is nothing."""
    day = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="M8[D]")
    rng = np.random.default_rng(year + len(code))
    place = (day - day[0]).astype(int)
    value = 15 - 4 * np.cos(2 * np.pi * place / 365) + rng.normal(0, 0.7, day.size)
    value[(day >= EVENT[0]) & (day <= EVENT[1])] += 5
    out = np.full(366, np.nan)
    lacks = (code == "FAR" and year > 2002) or (code == "GAPS" and year == 2005)
    out[: day.size] = np.where(lacks & (place > 60), np.nan, value)
    return out


def year_of(year: int, quantity: str) -> xr.Dataset:
    daily = np.stack([day_means(code, year) for code in STATIONS])
    ends = np.cumsum([0, 31, 29 if year % 4 == 0 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    days = np.stack([np.isfinite(daily[:, a:b]).sum(axis=1) for a, b in pairwise(ends)], 1)
    lat, lon = np.array(list(STATIONS.values())).T
    data = {"days": (("station", "month"), days), "latitude": ("station", lat), "longitude": ("station", lon)}
    data["platform_type"] = ("station", np.array(["MO"] * len(STATIONS)))
    if quantity == "percentile":
        data["percentile"] = ("station", np.nanpercentile(daily, 1, axis=1))
    else:
        data["daily"] = (("station", "day"), daily)
    return xr.Dataset(data, {"station": list(STATIONS)}, {"year": year})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A version that the campaign ``demo`` made, whose records are synthetic."""
    url = str(tmp_path_factory.mktemp("stations") / "store")
    run = Collection.open(url, create=True).begin("test")
    groups = {}
    for name in (HEAT, COLD):
        of_year = {y: year_of(y, entry(name).quantity) for y in YEARS}
        groups |= {f"stations/{name}/{y}": one for y, one in of_year.items()}
        made = station_dataset(of_year, entry(name), (YEARS[0], YEARS[-1]))
        groups[f"indicators/{name}"] = made.assign_attrs(minimum_completeness=0.7)
    session = run.session([*groups, "ledger/passes"])
    for path, dataset in groups.items():
        write_dataset(session.store, path, dataset)
    run.record(session, "passes", {"campaign": {"content": load(Campaign, "demo").model_dump(mode="json")}})
    run.commit(session, "groups")
    run.release()
    return url


@pytest.fixture(scope="module")
def reading(store: str) -> Reading:
    return Collection.open(store).read()


@pytest.fixture
def as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STYLE, "svg.fonttype", "none")


def words(svg: bytes) -> str:
    return " ".join(re.findall(r">([^<]*)</text>", svg.decode()))


# ---- series


def test_daily_series__is_what_each_year_holds(reading):
    day, value = daily_series(reading, HEAT, ["WHOLE", "FAR", "NOWHERE"])
    assert (str(day[0]), str(day[-1]), value.shape) == ("2001-01-01", "2010-12-31", (3, 3652))
    of_2004 = day.astype("M8[Y]") == np.datetime64("2004")
    np.testing.assert_array_equal(value[0, of_2004], day_means("WHOLE", 2004))
    assert not np.isfinite(value[2]).any()
    with pytest.raises(ValueError, match="no daily series for nothing"):
        daily_series(reading, "nothing", ["WHOLE"])


def test_by_years__those_with_most_years_come_first(reading):
    assert by_years(reading.dataset(f"indicators/{COLD}")) == ["WHOLE", "GAPS", "FAR"]


# ---- figures


@pytest.mark.parametrize("name", [HEAT, COLD])
@pytest.mark.parametrize("format", SIGNATURES)
@pytest.mark.parametrize("kind", ["station", "stations"])
def test_figure_of__draws_stations_in_each_format(reading, name, kind, format):
    assert figure_of(reading, "1", name, None, kind, format).startswith(SIGNATURES[format])


def test_figure_of__heat_waves_shows_the_largest_and_says_how_each_is_called(reading, as_text):
    said = words(figure_of(reading, "1", HEAT, None, "station", "svg"))
    for text in ("Station WHOLE (MO), 0.00°N, 5.00°E", "climatology", "threshold", "Version 1"):
        assert text in said
    dataset = of_station(reading.dataset(f"indicators/{HEAT}"), "WHOLE")
    categories = dataset["event_category"].values
    assert (dataset["event_first"].values.astype("M8[D]") == EVENT[0]).any()
    for k, name in enumerate(("moderate", "strong", "severe", "extreme"), 1):
        assert (f"{name} ({(categories == k).sum()})" in said) == (categories == k).any()
    assert "Jul" in said
    of_2003 = words(figure_of(reading, "1", HEAT, "WHOLE", "station", "svg", 2003))
    assert "Dec" in of_2003
    assert of_2003 != said


def test_figure_of__percentiles_says_reference_and_completeness(reading, as_text):
    said = words(figure_of(reading, "1", COLD, "GAPS", "station", "svg"))
    for text in ("Station GAPS (MO), 40.00°N, 170.00°W", "mean of 2001\N{EN DASH}2010", "days with", "70%"):
        assert text in said
    whole = words(figure_of(reading, "1", COLD, None, "stations", "svg"))
    assert "3 stations" in whole
    assert whole.index("FAR") < whole.index("GAPS") < whole.index("WHOLE")  # from north to south
    assert "17%" in whole  # of the days of a year that does not count


def test_figure_of__prints_why_a_station_has_no_value(reading, as_text):
    for name in (HEAT, COLD):
        assert "2 years of 2001\N{EN DASH}2010 count, fewer than 5" in words(
            figure_of(reading, "1", name, "FAR", "station", "svg")
        )
    assert "No value: " in words(figure_of(reading, "1", HEAT, "FAR", "station", "svg"))


@pytest.mark.parametrize(
    ("name", "station", "kind", "year", "said"),
    [
        (HEAT, None, "series", None, "is of stations, so no series; try --kind station or --kind stations"),
        (HEAT, "X", "station", None, "no station 'X'; it has: FAR, GAPS, WHOLE"),
        (HEAT, None, "station", 2050, "no day of 2050; the series goes from 2001-01-01 to 2010-12-31"),
        (COLD, None, "station", 2005, "is by year: it has no days of 2005"),
    ],
)
def test_figure_of__names_what_stations_cannot_show(reading, name, station, kind, year, said):
    with pytest.raises(ValueError, match=said):
        figure_of(reading, "1", name, station, kind, year=year)


# ---- files in the layout of published indicators


def opened(tmp_path: Path, name_and_content: tuple[str, bytes]) -> xr.Dataset:
    name, content = name_and_content
    (tmp_path / name).write_bytes(content)
    with xr.open_dataset(tmp_path / name) as data:
        return data.load()


def test_station_file__of_percentiles_has_the_published_names_and_our_numbers(reading, tmp_path):
    made = reading.dataset(f"indicators/{COLD}")
    name, content = station_file(made, origin_of(reading, "1", RELEASED))
    assert name == "stations_omi_extreme_sst_percentile1_mean_and_anomaly_obs_2001_P20261124.nc"
    data = opened(tmp_path, (name, content))
    for suffix, ours in (("_mean", "mean"), ("_std", "std"), ("_anomaly", "anomaly")):
        np.testing.assert_array_equal(data[COLD + suffix], made[ours])
    np.testing.assert_array_equal(data[f"{COLD}_2010"], made["yearly_value"].isel(year=-1))
    np.testing.assert_array_equal(data[COLD], made["yearly_value"].transpose("station", "year"))
    np.testing.assert_array_equal(data["completeness"], made["yearly_completeness"])
    assert data["station_id"].values.astype(str).tolist() == list(STATIONS)
    assert data["note"].values.astype(str)[0].startswith("2 years of 2001-2010 count")
    assert data["yearly_note"].dims == ("station", "time")
    assert data["lon"].values.tolist() == [19.5, -170, 5]
    with netCDF4.Dataset(tmp_path / name) as nc:
        nc.set_auto_mask(False)
        assert nc.dimensions["time"].isunlimited()
        assert nc["time"].units == TIME_UNITS == "days since 1950-01-01 00:00:00"
        assert nc[f"{COLD}_mean"][0] == FILL
        assert list(nc.ncattrs())[: len(ATTRIBUTES)] == list(ATTRIBUTES)
        assert nc.product == "STATIONS_OMI_EXTREME_sst_percentile1_mean_and_anomaly_obs"
        assert (nc.comment, nc.version) == ("Period : 2001-2010", "1")
        assert nc.completeness.startswith("a year counts with good values on 70%")


def test_station_file__of_heat_waves_lists_the_events(reading, tmp_path):
    made = reading.dataset(f"indicators/{HEAT}")
    data = opened(tmp_path, station_file(made, origin_of(reading, "1", RELEASED)))
    np.testing.assert_array_equal(data["event_first"], made["event_first"])
    np.testing.assert_array_equal(data["event_category"], made["event_category"])
    assert data["event_category"].attrs["flag_meanings"] == "none moderate strong severe extreme"
    assert data["event_station"].values.astype(str).tolist() == made["event_station"].values.tolist()
    np.testing.assert_array_equal(data["threshold"], made["threshold"])
    np.testing.assert_array_equal(data[f"{HEAT}_days"], made["yearly_days"].transpose("station", "year"))
    one = opened(tmp_path, station_file(of_station(made, "WHOLE"), origin_of(reading, "1", RELEASED)))
    assert one["station_id"].values.astype(str).tolist() == ["WHOLE"]
    assert one.sizes["event"] == int((made["event_station"] == "WHOLE").sum()) > 0
    np.testing.assert_array_equal(one["climatology"][0], made["climatology"].sel(station="WHOLE"))


def test_station_file__without_any_value_says_why(reading, tmp_path):
    nothing = reading.dataset(f"indicators/{HEAT}").isel(station=[0])
    nothing = nothing.isel(event=nothing["event_station"].values == "FAR")
    data = opened(tmp_path, station_file(nothing, origin_of(reading, "1", RELEASED)))
    assert data.attrs["comment"].endswith("no value: 2 years of 2001-2010 count, fewer than 5")
    assert data.sizes["event"] == 0


def test_origin__of_synthetic_records_credits_nobody(store, reading, tmp_path):
    origin = origin_at(Collection.open(store), Collection.open(store).snapshot())
    assert origin.version == Collection.open(store).current_version()
    assert origin.producer.credit == SYNTHETIC
    assert origin.producer.contact == NOT_STATED
    data = opened(tmp_path, station_file(reading.dataset(f"indicators/{COLD}"), origin))
    said = " ".join(str(data.attrs[k]) for k in ATTRIBUTES)
    assert not re.search("copernicus|cmems|mercator", said, re.IGNORECASE)
    assert "synthetic ocean" in data.attrs["source"]


# ---- by the command


def test_command__writes_the_layout_by_the_ending_of_the_name(store, tmp_path):
    def oceanstate(*arguments):
        return CliRunner().invoke(app, [*map(str, arguments), "--store", store])

    file = tmp_path / "heat.nc"
    assert oceanstate("table", HEAT, "--output", file).exit_code == 0
    with xr.open_dataset(file) as data:
        assert (data.sizes["station"], data.attrs["Conventions"]) == (3, "CF-1.7")
    assert oceanstate("table", HEAT, "--region", "GAPS", "--output", file).exit_code == 0
    with xr.open_dataset(file) as data:
        assert data.sizes["station"] == 1
    assert oceanstate("table", HEAT, "--format", "netcdf", "--output", file).exit_code == 0
    with xr.open_dataset(file) as data:
        assert data.sizes["row"] > 3
    assert oceanstate("table", COLD, "--region", "GAPS", "--output", tmp_path / "t.csv").exit_code == 0
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert all('"GAPS"' in line for line in lines[1:])
    wrong = oceanstate("table", COLD, "--format", "xls")
    assert "choose one of csv, json, parquet, netcdf, markdown, omi" in str(wrong.exception)
    figure = tmp_path / "f.svg"
    drawn = oceanstate("figure", HEAT, "--kind", "station", "--year", 2003, "--output", figure)
    assert drawn.exit_code == 0
    assert figure.read_bytes().startswith(SIGNATURES["svg"])
