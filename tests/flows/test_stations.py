"""Stations whose percentiles and heat waves are known."""

import json

import numpy as np
import pytest
import xarray as xr
from scipy.stats import norm

from catalogs.schema import Selection, load
from catalogs.station import StationIndicator
from flows.station_tables import event_table
from flows.stations import hours_of, of_station, station_dataset, station_year
from flows.tables import FORMATS, table, write_table

EPOCH = np.datetime64("1950-01-01")
PERCENTILE = load(StationIndicator, "sst_percentile99").model_copy(update={"minimum_years": 3})
HEAT_WAVES = load(StationIndicator, "marine_heat_waves").model_copy(update={"reference_period": None})
SELECTION = Selection()
NOTHING = "no good value whose depth is known as 0-5 m"


def month_days(year, month):
    first = np.datetime64(f"{year}-{month:02d}")
    return [int((m.astype("M8[D]") - EPOCH).astype(int)) for m in (first, first + np.timedelta64(1, "M"))]


def partition(*stations):
    """One month of stations: (code, times, values), and what changes of a station's columns."""
    rows, obs = {k: [] for k in ("row_size", "PLATFORM_CODE", "PLATFORM_TYPE", "DATA_MODE")}, {}
    for code, time, value, *changes in stations:
        own = {"kind": "MO", "LATITUDE": 40.0, "LONGITUDE": 5.0, "DEPH": 1.0, "TEMP_QC": 1} | (
            changes or [{}]
        )[0]
        for name, item in zip(rows, (len(time), code, own.pop("kind"), "D"), strict=True):
            rows[name].append(item)
        flags = dict.fromkeys(("TIME_QC", "POSITION_QC", "TEMP_SOURCE_QC", "DEPH_QC"), 1)
        for name, values in ({"TIME": time, "TEMP": value} | flags | own).items():
            obs.setdefault(name, []).append(np.broadcast_to(values, len(time)))
    data = {k: ("trajectory", np.array(v)) for k, v in rows.items()}
    return xr.Dataset(data | {k: ("obs", np.concatenate(v)) for k, v in obs.items()})


def year_of(entry, year, value, *, code="A", step=1 / 24, months=range(1, 13), **changes):
    """``station_year`` of one station; ``value`` is a function of time in days."""
    parts = []
    for m in months:
        time = np.arange(*month_days(year, m), step)
        parts.append(partition((code, time, value(time), changes)))
    return station_year([hours_of(p, entry, SELECTION) for p in parts], entry, year)


def normal(seed, warm=0.0):
    rng = np.random.default_rng(seed)
    return lambda time: 15 + warm + 2 * rng.standard_normal(time.size)


def test_hours_of__means_by_station_and_hour():
    time = 20000 + np.array([0.0, 10, 50, 70, 130]) / 1440
    made = hours_of(partition(("B", time, [1.0, 2, 3, 5, 9]), ("A", time[:1], [7.0])), PERCENTILE, SELECTION)
    assert made.code.tolist() == ["A", "B"]
    assert made.station.tolist() == [0, 1, 1, 1]
    assert (made.hour - 480000).tolist() == [0, 0, 1, 2]
    assert made.mean.tolist() == [7, 2, 5, 9]


def test_hours_of__a_full_hour_belongs_to_itself_whatever_its_rounding():
    time = 20000 + np.arange(24 * 31) / 24
    made = hours_of(partition(("A", time, time)), PERCENTILE, SELECTION)
    np.testing.assert_array_equal(made.hour, 480000 + np.arange(24 * 31))


@pytest.mark.parametrize(
    ("changes", "n"),
    [
        pytest.param({}, 4, id="a mooring at the surface"),
        pytest.param({"kind": "TG"}, 4, id="a tide gauge"),
        pytest.param({"kind": "DB"}, 0, id="a drifter is no station"),
        pytest.param({"DEPH": [1.0, 5, 5.1, 50]}, 2, id="deeper values are not its surface"),
        pytest.param({"TEMP_QC": [1, 4, 3, 2]}, 2, id="bad flags"),
        pytest.param({"POSITION_QC": [4, 4, 1, 1]}, 2, id="bad positions"),
        pytest.param({"DEPH": np.nan}, 0, id="without a depth"),
    ],
)
def test_hours_of__only_good_values_of_stations_near_the_surface(changes, n):
    time = 20000 + np.arange(4) / 24
    made = hours_of(partition(("A", time, time, changes)), PERCENTILE, SELECTION)
    assert made.mean.size == n


def test_hours_of__positions_across_the_date_line():
    time = 20000 + np.arange(2) / 24
    made = hours_of(partition(("A", time, time, {"LONGITUDE": [179.9, -179.9]})), PERCENTILE, SELECTION)
    assert abs(made.longitude[0]) == pytest.approx(180)


def test_hours_of__a_station_of_unknown_depth_is_listed_with_its_reason():
    made = [year_of(PERCENTILE, 2004, np.cos, code="K", step=0.25, DEPH=np.nan)]
    one = of_station(station_dataset({2004: made[0]}, PERCENTILE, (2000, 2006)), "K")
    assert str(one["yearly_note"].values[0]) == NOTHING
    assert np.isnan(one["latitude"])
    assert str(one["note"].values) == "0 years of 2000-2006 count, fewer than 3"
    assert str(one["platform_type"].values) == "MO"


def test_hours_of__a_partition_without_stations_gives_none():
    made = hours_of(partition(("", [1.0], [1.0])), PERCENTILE, SELECTION)
    assert made.code.size == made.mean.size == 0


@pytest.fixture(scope="module")
def percentiles():
    """A: eight years, the last warmer; B: two years; C: no March; D: moved; E: half the days."""
    years = {}
    for year in range(2000, 2008):
        warm = 3.0 if year == 2007 else 0.0
        made = [year_of(PERCENTILE, year, normal(year, warm))]
        if year < 2002:
            made.append(year_of(PERCENTILE, year, normal(year + 50), code="B"))
        march = [m for m in range(1, 13) if m != 3]
        made.append(year_of(PERCENTILE, year, np.cos, code="C", months=march, step=0.25))
        made.append(year_of(PERCENTILE, year, np.cos, code="D", step=0.25, LATITUDE=40 + 0.2 * (year - 2000)))
        made.append(year_of(PERCENTILE, year, np.cos, code="E", step=2.0))
        years[year] = xr.concat(made, "station", data_vars="minimal", join="override", compat="override",
                                coords="minimal")  # fmt: skip
    return station_dataset(years, PERCENTILE, (2000, 2006), "v")


def test_percentiles__of_a_known_distribution(percentiles):
    one = of_station(percentiles, "A")
    truth = 15 + 2 * norm.ppf(0.99)
    error = 2 * np.sqrt(0.99 * 0.01 / 8760) / norm.pdf(norm.ppf(0.99))
    assert float(one["mean"]) == pytest.approx(truth, abs=4 * error / np.sqrt(7))
    assert 0.3 * error < float(one["std"]) < 2 * error
    assert float(one["anomaly"]) == pytest.approx(3, abs=5 * error)
    assert int(one["n_years"]) == 7
    assert str(one["note"].values) == ""
    np.testing.assert_allclose(one["yearly_completeness"], 1)
    assert percentiles["mean"].attrs["units"] == "degree_Celsius"


@pytest.mark.parametrize(
    ("code", "year", "of_year", "of_station_"),
    [
        pytest.param("B", 2005, NOTHING, "2 years of 2000-2006 count, fewer than 3", id="too few years"),
        pytest.param(
            "C", 2003, "a month has good values on less than 50% of its days", "0 years", id="no March"
        ),
        pytest.param(
            "D", 2003, "the station moved", "its yearly positions lie 1.40 degrees apart", id="moved"
        ),
        pytest.param(
            "E", 2003, "51 % of the days, less than 70%", "0 years of 2000-2006", id="half the days"
        ),
    ],
)
def test_percentiles__a_reason_beside_every_missing_value(percentiles, code, year, of_year, of_station_):
    one = of_station(percentiles, code)
    assert np.isnan(one["mean"])
    assert np.isnan(one["anomaly"])
    assert np.isnan(one["yearly_value"].sel(year=year))
    assert str(one["yearly_note"].sel(year=year).values) == of_year
    assert str(one["note"].values).startswith(of_station_)


def test_percentiles__years_that_count_keep_their_value_where_the_reference_is_too_short(percentiles):
    one = of_station(percentiles, "B")
    assert np.isfinite(one["yearly_value"].sel(year=[2000, 2001])).all()
    assert np.isnan(one["yearly_anomaly"]).all()


def test_of_station__an_unknown_station_is_named_with_those_that_there_are(percentiles):
    with pytest.raises(ValueError, match="has no station 'Z'; it has: A, B, C, D, E"):
        of_station(percentiles, "Z")


def test_station_dataset__without_a_year_or_a_station():
    with pytest.raises(ValueError, match="no year with trajectories"):
        station_dataset({}, PERCENTILE, (2000, 2006))
    for entry in (PERCENTILE, HEAT_WAVES):
        empty = station_year([hours_of(partition(("", [20000.0], [1.0])), entry, SELECTION)], entry, 2004)
        made = station_dataset({2004: empty}, entry, (2000, 2006))
        assert made.sizes["station"] == 0
        assert table(made).num_rows == 0


def test_station_table__states_everything(percentiles):
    rows = table(percentiles, "2026.11").to_pylist()
    one = next(r for r in rows if (r["station"], r["quantity"]) == ("A", "mean"))
    assert one["value"] == float(of_station(percentiles, "A")["mean"])
    assert (one["version"], one["reference_period"], one["layer"]) == ("2026.11", "2000-2006", "0-5 m")
    assert "70% of its days" in percentiles.attrs["completeness"]
    missing = [r for r in rows if r["value"] is None]
    assert missing
    assert all(r["note"] for r in missing)
    assert all(r["convention"] and r["method"] and r["baseline"] for r in rows)
    assert len([r for r in rows if r["station"] == "A" and r["quantity"] == "value"]) == 8
    for form in FORMATS:
        assert write_table(table(percentiles), form)
    json.loads(write_table(table(percentiles), "json"))
    assert table(of_station(percentiles, "A")).num_rows == len([r for r in rows if r["station"] == "A"])


PLANTED = int((np.datetime64("2015-07-10") - EPOCH).astype(int))


def ocean(time, planted=3.0):
    """A gentle season with alternating days; 13 days of heat in 2015 and a gap within."""
    day = np.floor(time).astype(int)
    value = 15 + 0.5 * np.sin(2 * np.pi * (time - 100) / 365.25) + 0.4 * np.where(day % 2, 1, -1)
    within = (day >= PLANTED) & (day < PLANTED + 13) & (day != PLANTED + 5) & (day != PLANTED + 6)
    return np.where(within, 15.5 + planted, value)


@pytest.fixture(scope="module")
def heat_waves():
    """A: 1983 to 2016; S: from 1990 on, too short a baseline."""
    years = {}
    for year in range(1983, 2017):
        parts = []
        for m in range(1, 13):
            time = np.arange(*month_days(year, m), 0.25)
            own = [("A", time, ocean(time))]
            parts.append(partition(*own, *([("S", time, ocean(time))] if year >= 1990 else [])))
        years[year] = station_year([hours_of(p, HEAT_WAVES, SELECTION) for p in parts], HEAT_WAVES, year)
    return station_dataset(years, HEAT_WAVES, (1983, 2012), "v")


def test_heat_waves__a_planted_one_comes_back(heat_waves):
    one = of_station(heat_waves, "A")
    assert one.sizes["event"] == 1
    event = one.isel(event=0)
    assert str(event["event_first"].values)[:10] == "2015-07-10"
    assert str(event["event_last"].values)[:10] == "2015-07-22"
    assert int(event["event_duration"]) == 13
    assert float(event["event_intensity_max"]) == pytest.approx(3.0, abs=0.15)
    assert one.attrs["reference_period"] == "1983-2012"
    at = one.sel(year=2015)
    assert (int(at["yearly_n_events"]), int(at["yearly_days"])) == (1, 13)
    assert float(at["yearly_intensity_cumulative"]) == pytest.approx(
        float(event["event_intensity_cumulative"])
    )
    others = one["yearly_days"].drop_sel(year=2015)
    np.testing.assert_array_equal(others, 0)
    assert int(one["n_years"]) == 30
    gap = np.abs(one["threshold"] - one["climatology"] - 0.4)
    assert float(gap.max()) < 0.1


def test_heat_waves__too_short_a_baseline_is_refused_with_its_reason(heat_waves):
    one = of_station(heat_waves, "S")
    assert str(one["note"].values) == "23 years of 1983-2012 count, fewer than 30"
    assert one.sizes["event"] == 0
    for name in ("yearly_n_events", "yearly_days", "climatology", "threshold"):
        assert np.isnan(one[name]).all()
    rows = [r for r in table(heat_waves).to_pylist() if r["station"] == "S" and r["quantity"] == "days"]
    assert {r["note"] for r in rows} == {NOTHING, str(one["note"].values)}


def test_event_table__one_row_a_heat_wave(heat_waves):
    rows = event_table(heat_waves).to_pylist()
    assert [r["station"] for r in rows] == ["A"]
    assert rows[0]["first"] == "2015-07-10"
    assert rows[0]["category"] == "extreme"
    assert write_table(event_table(heat_waves), "csv").count(b"\n") == 2
