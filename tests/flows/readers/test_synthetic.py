import hashlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.schema import Indicator, Source, load
from flows.readers.synthetic import faults, open_records, parse_address, truth, truth_trend
from flows.records import IDENTITY, POSITION, SourceError, concatenate, dtype_of, record_id
from kernels.flags import Flag
from kernels.synthetic.faults import CAST_FAULTS, DUPLICATES, OTHER_FAULTS
from kernels.synthetic.ocean import layer_mean_warming

SOURCE = load(Source, "synthetic")
URL = "synthetic://ocean/2012/03?seed=5&profiles=400"


def indicator(quantity, **changes):
    fields = {
        "name": "test",
        "title": "test",
        "quantity": quantity,
        "layer": (0, 700),
        "units": "1",
        "convention": "test",
        "reference": "test",
    }
    return Indicator(**(fields | changes))


HEAT = indicator("ocean_heat_content", rho0=1030, cp=3980)
STERIC = indicator("thermosteric_sea_level")
YEARS = np.arange("1990-01", "2020-01", dtype="datetime64[M]")


def digest(records):
    out = hashlib.sha256()
    for part in records:
        for arrays in (part.rows, part.obs):
            for name in sorted(arrays):
                out.update(name.encode() + arrays[name].tobytes())
    return out.hexdigest()


def test_open_records__fills_the_record_model():
    profiles, series = open_records(URL, SOURCE)
    assert (profiles.feature, series.feature) == ("profiles", "trajectories")
    assert set(profiles.rows) == set(POSITION) | set(IDENTITY)
    assert set(series.rows) == set(IDENTITY)
    assert set(POSITION) <= set(series.obs)
    for part in (profiles, series):
        assert part.n_row > 0
        assert part.notes == ()
        for name, array in (part.rows | part.obs).items():
            wanted = dtype_of(name)
            assert array.dtype.kind == wanted.kind if wanted.kind == "U" else array.dtype == wanted, name
            if name.endswith("_QC"):
                assert np.all(array == Flag.NO_QC)
        assert set(part.rows["SOURCE"]) == {"synthetic"}
        assert set(part.rows["SOURCE_FILE"]) == {URL}
        np.testing.assert_array_equal(part.rows["SOURCE_INDEX"], np.arange(part.n_row))
    both = concatenate([profiles, open_records(URL.replace("2012", "1971"), SOURCE)[0]])
    assert both.n_row > profiles.n_row


def test_open_records__ids_are_unique_and_stable():
    ids = [i for part in open_records(URL, SOURCE) for i in part.rows["RECORD_ID"].tolist()]
    assert len(set(ids)) == len(ids)
    assert ids[7] == record_id("synthetic", 5, 2012, 3, 7)


def test_open_records__query_overrides_the_source():
    seeds = [open_records(f"synthetic://ocean/2012/03{q}", SOURCE)[0] for q in ("", "?seed=1", "?seed=2")]
    assert digest(seeds[:1]) == digest(seeds[1:2]) != digest(seeds[2:])
    file = seeds[0].rows["SOURCE_FILE"][0]
    assert digest(open_records(file, SOURCE)[:1]) == digest(seeds[:1])


def test_open_records__are_the_same_in_another_process():
    code = (
        "from catalogs.schema import Source, load; from flows.readers.synthetic import open_records\n"
        "import hashlib\n"
        f"r = open_records({URL!r}, load(Source, 'synthetic'))\n"
        "h = hashlib.sha256()\n"
        "[h.update(n.encode() + a[n].tobytes()) for p in r for a in (p.rows, p.obs) for n in sorted(a)]\n"
        "print(h.hexdigest())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    open_records(URL.replace("03?", "02?"), SOURCE)
    assert run.stdout.strip() == digest(open_records(URL, SOURCE))


@pytest.mark.parametrize("profiles", [0, 1])
@pytest.mark.parametrize("year", [1950, 1985, 2015])
def test_open_records__smallest_sizes_are_valid(profiles, year):
    for part in open_records(f"synthetic://ocean/{year}/02?profiles={profiles}", SOURCE):
        assert part.n_row <= 8
        assert part.row_size.sum() == part.n_obs
        if profiles == 0:
            assert part.n_row == 0


def test_open_records__default_size_gives_a_demo_of_30_years():
    months = [open_records(f"synthetic://ocean/{y}/06", SOURCE)[0].n_row for y in range(1990, 2021)]
    assert 100_000 < 12 * sum(months) < 150_000


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("synthetic://ocean/1993", "YEAR/MONTH", id="no month"),
        pytest.param("file://ocean/1993/01", "YEAR/MONTH", id="another scheme"),
        pytest.param("synthetic://lake/1993/01", "YEAR/MONTH", id="another place"),
        pytest.param("synthetic://ocean/1993/13", "month must be within 1 and 12, not 13", id="month 13"),
        pytest.param("synthetic://ocean/93/01", "year must be within", id="two-digit year"),
        pytest.param("synthetic://ocean/x/01", "year must be a whole number, not 'x'", id="no year"),
        pytest.param("synthetic://ocean/1993/-1", "month must be a whole number", id="negative month"),
        pytest.param(
            "synthetic://ocean/1993/01?sead=1", "unknown option sead; there are seed", id="misspelt"
        ),
        pytest.param("synthetic://ocean/1993/01?seed=1.5", "seed must be a whole number", id="broken seed"),
        pytest.param("synthetic://ocean/1993/01?seed=", "seed must be a whole number", id="empty seed"),
        pytest.param("synthetic://ocean/1993/01?profiles=-1", "profiles must be within", id="negative size"),
        pytest.param("synthetic://ocean/1993/01?profiles=nan", "profiles must be within", id="NaN size"),
        pytest.param("synthetic://ocean/1993/01?spike=2", "spike must be within 0 and 1", id="rate over 1"),
        pytest.param("synthetic://ocean/1993/01?spike=.6&stuck=.6", "must not exceed 1", id="rates over 1"),
    ],
)
def test_parse_address__says_what_is_wrong(url, message):
    with pytest.raises(SourceError, match=message) as caught:
        open_records(url, SOURCE)
    assert caught.value.file == url


def test_parse_address__needs_seed_and_profiles():
    with pytest.raises(SourceError, match="needs the option profiles, seed"):
        parse_address("synthetic://ocean/1993/01", SOURCE.model_copy(update={"options": {}}))


@given(st.text(max_size=30))
def test_parse_address__fails_with_nothing_but_source_errors(text):
    for url in (text, f"synthetic://ocean/{text}", f"synthetic://ocean/1993/01?{text}"):
        try:
            address = parse_address(url, SOURCE)
        except SourceError:
            continue
        assert 1 <= address.month <= 12


def test_faults__name_records_and_levels_of_the_month():
    rates = "&".join(f"{f}=0.05" for f in (*CAST_FAULTS, *DUPLICATES, "drift"))
    url = f"{URL}&{rates}"
    profiles, series = open_records(url, SOURCE)
    found = faults(url, SOURCE)
    size = {
        i: n
        for p in (profiles, series)
        for i, n in zip(p.rows["RECORD_ID"].tolist(), p.row_size.tolist(), strict=True)
    }
    assert set(found["FAULT"]) == {*CAST_FAULTS, *DUPLICATES, *OTHER_FAULTS}
    assert set(found["VARIABLE"]) == {"TEMP", "PSAL", "LONGITUDE", "TIME", ""}
    assert set(found["RECORD_ID"].tolist()) <= set(size)
    for i, first, last in zip(*(found[k] for k in ("RECORD_ID", "FIRST_LEVEL", "LAST_LEVEL")), strict=True):
        assert (first, last) == (-1, -1) or 0 <= first <= last < size[int(i)]
    copies = np.isin(found["FAULT"], DUPLICATES)
    assert np.all(found["ORIGINAL"][~copies] == 0)
    assert set(found["ORIGINAL"][copies].tolist()) <= set(size)
    assert np.all(found["ORIGINAL"][copies] != found["RECORD_ID"][copies])


def test_faults__exact_duplicates_equal_their_originals():
    url = f"{URL}&duplicate_exact=0.2"
    profiles = open_records(url, SOURCE)[0]
    found = faults(url, SOURCE)
    row = {i: k for k, i in enumerate(profiles.rows["RECORD_ID"].tolist())}
    chosen = found["FAULT"] == "duplicate_exact"
    assert chosen.sum() > 20
    copy, original = (
        profiles.take(np.array([row[i] for i in found[k][chosen].tolist()]))
        for k in ("RECORD_ID", "ORIGINAL")
    )
    for name in ("TIME", "LATITUDE", "LONGITUDE", "PLATFORM_TYPE"):
        np.testing.assert_array_equal(copy.rows[name], original.rows[name])
    for name in copy.obs:
        np.testing.assert_array_equal(copy.obs[name], original.obs[name])


def test_faults__none_where_all_rates_are_zero():
    none = "&".join(f"{f}=0" for f in (*CAST_FAULTS, *DUPLICATES, *OTHER_FAULTS))
    assert all(len(column) == 0 for column in faults(f"{URL}&{none}", SOURCE).values())


def test_truth__is_zero_in_the_mean_of_the_reference_period():
    for which in (HEAT, STERIC, indicator("layer_mean"), indicator("layer_mean", variable="PSAL")):
        months = np.arange("2005-01", "2015-01", dtype="datetime64[M]")
        anomaly = truth(which, months, (2005, 2014))
        assert abs(anomaly.mean()) < 1e-12 * max(1, np.abs(anomaly).max())


def test_truth__heat_content_is_rho_cp_times_the_warming_of_the_layer():
    anomaly = truth(HEAT, np.array(["1990-06", "2019-06"]), (2005, 2014))
    days = (np.array(["1990-06-16", "2019-06-16"], "datetime64[D]") - np.datetime64("1950-01-01")).astype(
        float
    )
    change = np.diff(layer_mean_warming(0.0, 700.0, days))[0]
    assert np.diff(anomaly)[0] == pytest.approx(1030 * 3980 * 700 * change, rel=1e-9)
    assert truth_trend(HEAT, "1990-01", "2019-12") / (365.25 * 86400) == pytest.approx(0.60, abs=0.005)


def test_truth__does_not_depend_on_the_region_but_for_sea_level():
    boxes = [((-60, 60), (-180, 180)), ((-10, 10), (170, -120)), ((50, 60), (-40, -20))]
    heat = [truth(HEAT, YEARS, (1993, 2014), *box) for box in boxes]
    np.testing.assert_array_equal(heat[0], heat[1])
    tropics, subpolar = (truth_trend(STERIC, "1993-01", "2019-12", *box) for box in boxes[1:])
    assert 0.0001 < subpolar < tropics < 0.002


def test_truth__layer_mean_and_salinity():
    months = np.array(["1995-01", "2005-01"])
    assert np.diff(truth(indicator("layer_mean"), months, (1993, 2014)))[0] == pytest.approx(0.066, abs=0.002)
    assert not truth(indicator("layer_mean", variable="PSAL"), months, (1993, 2014)).any()
    assert truth_trend(indicator("layer_mean", variable="PSAL"), "1993-01", "2014-12") == 0


def test_truth__one_month_and_none():
    assert truth(HEAT, np.array(["2000-01"]), (2000, 2000)).shape == (1,)
    assert truth(STERIC, np.array([], "datetime64[M]"), (2000, 2001)).shape == (0,)
