"""Declared corrections of instruments: what they change, what they leave alone, and the bias they remove."""

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr

from catalogs.land import land_class
from catalogs.schema import (
    Adjustment,
    CatalogueError,
    Grid,
    Indicator,
    Region,
    Selection,
    Source,
    load,
    names,
    parse,
)
from flows.climatology import accumulate, fit, merge
from flows.collection import fingerprint
from flows.columns import boxes
from flows.indicators import indicator_dataset
from flows.readers.synthetic import open_records, truth_trend
from flows.records import in_partition_order, to_dataset
from flows.selection import select, select_with_error
from kernels.adjustment.fall_rate import depth_by_fall_rate
from kernels.flags import Flag
from kernels.ragged import row_start_of
from kernels.synthetic.faults import xbt_bias
from kernels.synthetic.month import FAULTS

DEPTH = np.array([5.0, 50, 100, 200, 400, 700])
TEMPERATURE = np.array([20.0, 18, 15, 12, 9, 6])
HANAWA = depth_by_fall_rate(
    np.array([0, 6]), DEPTH, np.array([[6.472, 0.00216]]), np.array([[6.691, 0.00225]])
)
BY_CALENDAR = {"between_years": "calendar_year"}
TABLE = {"years": [1970, 1990], "depths": [0, 1000], "values": [[0.1, 0.1], [0.3, 0.3]]}


def days(year):
    return float((np.datetime64(f"{year}-01-01") - np.datetime64("1950-01-01")) / np.timedelta64(1, "D"))


def partition(**rows):
    """Casts of six levels, one for each platform type; by default one XBT of 1980 with the first equation."""
    rows = {"PLATFORM_TYPE": ["XB"], "PROBE_TYPE": [41], "SOURCE": ["wod"], "TIME": [days(1980)]} | rows
    n = len(rows["PLATFORM_TYPE"])
    filled = {k: np.resize(np.asarray(v), n) for k, v in rows.items()}
    filled |= {"row_size": np.full(n, 6), "LATITUDE": np.full(n, 30.0), "LONGITUDE": np.zeros(n)}
    filled |= {"DATA_MODE": np.full(n, "D")}
    obs = {"DEPH": np.tile(DEPTH, n), "TEMP": np.tile(TEMPERATURE, n), "PSAL": np.full(6 * n, 35.0)}
    obs |= {f"{v}_QC": np.full(6 * n, Flag.GOOD, np.uint8) for v in ("DEPH", "TEMP", "PSAL")}
    return xr.Dataset(
        {k: ("profile", v) for k, v in filled.items()} | {k: ("obs", v) for k, v in obs.items()}
    )


def entry(**content):
    base = {"name": "own", "title": "t", "reference": "r", "version": "1", "platform_types": ["XB"],
            "temperature_error": 0.1}  # fmt: skip
    return Adjustment.model_validate(base | content)


def adjusted(casts, *adjustments, variable="TEMP"):
    return select_with_error(casts, variable, Selection(adjustments=adjustments))


def test_select__adjusts_nothing_unless_told():
    casts = partition(PLATFORM_TYPE=["XB", "PF", "BA"])
    value, depth, error = select_with_error(casts, "TEMP", Selection())
    np.testing.assert_array_equal(value, np.tile(TEMPERATURE, 3))
    np.testing.assert_array_equal(depth, np.tile(DEPTH, 3))
    assert error is None


@pytest.mark.parametrize("probe", [1, 31, 41, 51, 201, 211, 221, 251])
def test_adjust__hanawa_deepens_what_came_from_the_first_equation(probe):
    casts = partition(PLATFORM_TYPE=["PF", "XB", "CT"], PROBE_TYPE=[probe])
    value, depth, error = adjusted(casts, "xbt_hanawa_1995")
    np.testing.assert_array_equal(value, np.tile(TEMPERATURE, 3))
    np.testing.assert_allclose(depth, np.concatenate([DEPTH, HANAWA, DEPTH]), rtol=1e-14)
    assert np.isnan(error).tolist() == [True] * 6 + [False] * 6 + [True] * 6
    steepest = (20 - 15) / (HANAWA[2] - HANAWA[0])
    assert error[7] == pytest.approx(np.hypot(0.1, 4.6 * steepest))


@pytest.mark.parametrize("probe", [2, 32, 42, 52, 202, 212, 222, 252, 11, 61, 231, 421, 830, -1, 999])
def test_adjust__hanawa_leaves_other_probes_alone(probe):
    _, depth, error = adjusted(partition(PROBE_TYPE=[probe]), "xbt_hanawa_1995")
    np.testing.assert_array_equal(depth, DEPTH)
    assert np.isnan(error).all()


@pytest.mark.parametrize(
    ("year", "probe", "changes"),
    [(1995.9, 999, True), (1995.9, -1, True), (1996, 999, False), (1990, 42, False)],
)
def test_adjust__unknown_probes_before_1996(year, probe, changes):
    casts = partition(PROBE_TYPE=[probe], TIME=[days(int(year)) + 365 * (year % 1)])
    _, depth, _ = adjusted(casts, "xbt_hanawa_1995_unknown")
    np.testing.assert_allclose(depth, HANAWA if changes else DEPTH, rtol=1e-14)


@pytest.mark.parametrize(("deepest", "changes"), [(840, True), (840.5, False)])
def test_adjust__unknown_probes_that_reach_deeper_are_others(deepest, changes):
    casts = partition(PROBE_TYPE=[0])
    casts["DEPH"][-1] = deepest
    _, depth, _ = adjusted(casts, "xbt_hanawa_1995_unknown")
    assert (depth[1] != 50) == changes


def test_adjust__missing_values_stay_missing_and_levels_in_order():
    casts = partition(PLATFORM_TYPE=["XB", "XB"])
    casts["TEMP"][3] = np.nan
    casts["TEMP_QC"][8] = Flag.BAD
    value, depth, error = adjusted(casts, "xbt_hanawa_1995", entry(temperature_bias=TABLE))
    for array in (value, depth, error):
        assert np.flatnonzero(np.isnan(array)).tolist() == [3, 8]
    assert (np.diff(depth[:6][~np.isnan(depth[:6])]) > 0).all()


def test_adjust__tables_are_read_at_the_time_and_after_the_fall_rate():
    change = {"years": [1970], "depths": [0, 103], "values": [[0, -10.3]], "outside": "nearest"}
    own = entry(
        fall_rates=[{"probe_types": [41], "delivered": (6.0, 0.0), "adjusted": (6.18, 0.0)}],
        depth_change=change,
        temperature_bias=TABLE,
    )
    value, depth, _ = adjusted(partition(), own)
    np.testing.assert_allclose(value, TEMPERATURE - 0.2, rtol=1e-13)
    np.testing.assert_allclose(depth[:3], [5.15 * 0.9, 51.5 * 0.9, 103 * 0.9], rtol=1e-12)
    np.testing.assert_allclose(depth[3:], 1.03 * DEPTH[3:] - 10.3, rtol=1e-12)


def test_adjust__what_a_table_does_not_say_is_not_used():
    late = partition(TIME=[days(1991)])
    value, depth, _ = adjusted(late, entry(temperature_bias=TABLE))
    assert np.isnan(value).all()
    assert np.isnan(depth).all()
    nearest = entry(temperature_bias=TABLE | {"outside": "nearest"})
    np.testing.assert_allclose(adjusted(late, nearest)[0], TEMPERATURE - 0.3, rtol=1e-13)


def test_adjust__only_the_depth_of_another_variable():
    value, depth, error = adjusted(
        partition(), "xbt_hanawa_1995", entry(temperature_bias=TABLE), variable="PSAL"
    )
    np.testing.assert_array_equal(value, np.full(6, 35.0))
    np.testing.assert_allclose(depth, HANAWA, rtol=1e-14)
    assert np.isnan(error).all()


def test_adjust__sources_and_probes_can_be_named():
    casts = partition(PLATFORM_TYPE=["XB"] * 3, PROBE_TYPE=[41, 41, 42], SOURCE=["wod", "cora", "wod"])
    own = entry(sources=["wod"], probe_types=[41], temperature_bias=TABLE)
    np.testing.assert_allclose(adjusted(casts, own)[0][::6], [19.8, 20, 20])
    with pytest.raises(ValueError, match="own goes by SOURCE"):
        adjusted(casts.drop_vars("SOURCE"), own)


def test_adjust__mechanical_bathythermographs_too():
    """The form of Gouretski and Reseghetti (2010), ``z (1 + b + a / z)`` below 40 m, as a table."""
    a, b = -1.2, 0.01
    z = np.array([0.0, 40, 280])
    change = {"years": [1960], "depths": z.tolist(), "values": [[0.0, *(a + b * z[1:])]]}
    own = entry(platform_types=["BA"], depth_change=change | BY_CALENDAR, temperature_error=0.3)
    casts = partition(PLATFORM_TYPE=["BA"], PROBE_TYPE=[800], TIME=[days(1960) + 100])
    _, depth, error = adjusted(casts, own)
    np.testing.assert_allclose(depth[1:4], DEPTH[1:4] * (1 + b) + a, rtol=1e-12)
    assert np.isnan(depth[4:]).all()
    assert (error[1:4] >= 0.3).all()


def test_adjust__chunked_equals_whole_and_input_stays():
    casts = partition(PLATFORM_TYPE=["XB", "PF", "XB"], PROBE_TYPE=[41, 846, 1], TIME=[days(1975)])
    before = casts.copy(deep=True)
    names_ = ("xbt_hanawa_1995", entry(temperature_bias=TABLE))
    whole = adjusted(casts, *names_)
    xr.testing.assert_identical(casts, before)
    for i in range(3):
        part = adjusted(casts.isel(profile=[i], obs=slice(6 * i, 6 * i + 6)), *names_)
        for a, b in zip(part, whole, strict=True):
            np.testing.assert_array_equal(a, b[6 * i : 6 * i + 6])
    empty = casts.isel(profile=slice(0), obs=slice(0))
    assert adjusted(empty, *names_)[0].size == 0


def test_selection__holds_the_content_of_what_it_names():
    plain, named = Selection(), Selection(adjustments=["xbt_hanawa_1995"])
    newer = load(Adjustment, "xbt_hanawa_1995").model_copy(update={"version": "2"})
    other = Selection(adjustments=(newer,))
    assert len({fingerprint(s) for s in (plain, named, other)}) == 3
    assert Selection.model_validate(named.model_dump(mode="json")) == named


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param({}, "nothing is adjusted", id="nothing"),
        pytest.param({"temperature_bias": TABLE | {"values": [[1, 2]]}}, "2 rows of 2", id="too few rows"),
        pytest.param({"temperature_bias": TABLE | {"years": [1990, 1970]}}, "must increase", id="years"),
        pytest.param({"temperature_bias": TABLE | {"years": [1970.5, 1990]} | BY_CALENDAR},
                     "whole numbers", id="half a calendar year"),
        pytest.param({"depth_change": {"years": [1970], "depths": [0, 10], "values": [[0, -10]]}},
                     "must stay deeper", id="levels that meet"),
        pytest.param({"fall_rates": [{"probe_types": [1], "delivered": [6, 0], "adjusted": [7, 0]},
                                     {"probe_types": [1, 2], "delivered": [6, 0], "adjusted": [8, 0]}]},
                     r"\[1\] have two equations", id="a probe twice"),
        pytest.param({"fall_rates": [{"probe_types": [1], "delivered": [0, 0], "adjusted": [7, 0]}]},
                     "greater than 0", id="a probe that does not fall"),
    ],
)  # fmt: skip
def test_adjustment__an_entry_that_cannot_be_meant_is_refused(content, said):
    base = {"name": "own", "title": "t", "reference": "r", "version": "1", "platform_types": ["XB"],
            "temperature_error": 0.1}  # fmt: skip
    with pytest.raises(CatalogueError, match=said):
        parse(Adjustment, base | content, "adjustments/own.yaml")


def test_selection__an_unknown_adjustment_is_refused():
    with pytest.raises(ValueError, match=r"no entry 'xbt_levitus'; it has: .*xbt_hanawa_1995"):
        Selection(adjustments=["xbt_levitus"])


def test_xbt_synthetic__says_what_the_synthetic_ocean_does():
    bias = load(Adjustment, "xbt_synthetic")
    time = np.arange(0, 80 * 365.25, 7.0)
    casts = partition(PLATFORM_TYPE=["XB"] * time.size, SOURCE=["synthetic"], TIME=time)
    value, depth, _ = adjusted(casts, bias)
    warm, fall = xbt_bias(time)
    np.testing.assert_allclose((TEMPERATURE - value.reshape(-1, 6))[:, 0], warm, rtol=0, atol=2e-4)
    np.testing.assert_allclose((1 - depth.reshape(-1, 6) / DEPTH)[:, 3], fall, rtol=0, atol=4e-5)


def synthetic(year, bias, month=6, profiles=400):
    """The casts of a month without any other fault; every value is good."""
    none = "&".join(f"{fault}=0" for fault in FAULTS if fault != "xbt_bias")
    url = f"synthetic://ocean/{year}/{month:02d}?seed=3&profiles={profiles}&xbt_bias={bias}&{none}"
    made = to_dataset(in_partition_order(open_records(url, load(Source, "synthetic"))[0]))
    flags = {f"{n}_QC": (made[n].dims, np.full(made[n].shape, Flag.GOOD, np.uint8)) for n in ("TEMP", "PSAL")}
    return made.assign(flags)


@pytest.mark.parametrize("year", [1978, 1995])
def test_xbt_synthetic__removes_the_bias_of_xbts_and_nothing_else(year):
    """Against the same casts, noise and eddies of an ocean whose XBTs are not biased."""
    biased, fair = synthetic(year, 1), synthetic(year, 0)
    start = row_start_of(biased["row_size"].values)
    of_xbt = np.repeat(biased["PLATFORM_TYPE"].values == "XB", np.diff(start))
    assert of_xbt.any()
    truth, _ = select(fair, "TEMP", Selection())
    raw, _ = select(biased, "TEMP", Selection())
    value, depth, error = adjusted(biased, "xbt_synthetic")
    again = np.concatenate(
        [np.interp(biased["DEPH"].values[a:b].astype(float), depth[a:b], value[a:b])
         for a, b in pairwise(start)]
    )[of_xbt]  # fmt: skip
    inside = biased["DEPH"].values[of_xbt] < 400
    before = (raw - truth)[of_xbt][inside].mean()
    after = (again - truth[of_xbt])[inside].mean()
    assert before > 0.04
    assert abs(after) < 0.1 * before
    np.testing.assert_array_equal(value[~of_xbt], raw[~of_xbt])
    assert np.isnan(error[~of_xbt]).all()
    assert (error[of_xbt][np.isfinite(value[of_xbt])] >= 0.05).all()


def test_accumulate__sees_the_adjusted_values():
    """The climatology is fitted to what the selection adjusts."""
    grid, biased, fair = load(Grid, "climatology_5deg"), synthetic(1978, 1), synthetic(1978, 0)

    def mean(casts, *names_):
        sums = accumulate(casts, grid, Selection(adjustments=names_), ["TEMP"])["TEMP_MOMENTS"].values
        return sums.sum(axis=0)[5:20]

    raw, corrected, truth = mean(biased), mean(biased, "xbt_synthetic"), mean(fair)
    changed = np.abs(raw - truth).max(axis=0) > 1
    assert changed.any()
    off = np.abs(corrected - truth).max(axis=0)[changed] / np.abs(raw - truth).max(axis=0)[changed]
    assert off.max() < 0.5


def heat_trend(months, period, *names_):
    """Trend of the heat content of 0-700 m, global, as a run makes it."""
    climatology, boxes_ = load(Grid, "climatology_5deg"), load(Grid, "boxes_5x10")
    indicator, region = load(Indicator, "ohc_0_700"), load(Region, "global_60s_60n")
    selection = Selection(adjustments=names_)
    fitted = fit(merge([accumulate(p, climatology, selection) for p in months.values()]), climatology, period)
    averaged = [boxes(p, fitted, boxes_, [indicator], selection, [region]) for p in months.values()]
    month = xr.DataArray(np.array(list(months), "M8[M]").astype("M8[ns]"), dims="month", name="month")
    together = xr.concat(averaged, month, data_vars="all", coords="minimal", compat="override")
    made = indicator_dataset(together, indicator, [region], boxes_, land_class(), period, "test")
    return float(made["trend"][0])


@pytest.mark.long
def test_xbt_synthetic__brings_the_trend_of_heat_back_to_the_truth():
    period = (1974, 1990)
    years = [(y, m) for y in range(period[0], period[1] + 1) for m in range(1, 13)]
    biased, fair = ({f"{y}-{m:02d}": synthetic(y, bias, m, 120) for y, m in years} for bias in (1, 0))
    raw, corrected = heat_trend(biased, period), heat_trend(biased, period, "xbt_synthetic")
    unbiased = heat_trend(fair, period)
    truth = truth_trend(load(Indicator, "ohc_0_700"), "1974-01", "1990-12")
    assert abs(corrected - unbiased) < 0.05 * abs(raw - unbiased)
    assert abs(corrected - truth) < abs(raw - truth)


def test_catalogue__every_adjustment_names_its_source():
    for name in names("adjustments"):
        assert len(load(Adjustment, name).reference) > 40
