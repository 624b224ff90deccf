"""Tables, figures and files of a version, on a store with boxes whose trends are known."""

import csv
import io
import json
from datetime import date

import netCDF4
import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr
from typer.testing import CliRunner

from catalogs.land import land_class
from catalogs.producer import NOT_STATED, Producer
from catalogs.schema import Grid, Indicator, Region, load
from flows.captions import missing_reason
from flows.cli import app
from flows.collection import Collection, Reading
from flows.columns import region_boxes
from flows.figures.style import STYLE
from flows.groups import write_dataset
from flows.indicators import indicator_dataset
from flows.location import read_bytes
from flows.omi_files import map_file, series_file
from flows.omi_layout import ATTRIBUTES, FILL
from flows.open import open_indicator
from flows.origin import Origin, origin_of
from flows.products import write_figures, write_omi_files
from flows.report import figure_of
from flows.tables import FORMATS, budget_rows, table, write_table
from flows.trend_maps import trend_map
from flows.uncertainty import with_budget

BOXES = load(Grid, "boxes_5x10")
REGIONS = [load(Region, n) for n in ("nino_3_4", "iberia_biscay_ireland", "mediterranean_sea")]
INDICATORS = [load(Indicator, n) for n in ("ohc_0_700", "thsl_0_700")]
YEARS = range(1993, 2013)
UNSAMPLED = "mediterranean_sea"
WARMING = 3e7
"""J m-2 per year in the boxes of the Pacific; nothing but noise in those of the Atlantic."""
RELEASED = date(2012, 12, 24)
PRODUCER = Producer(
    institution="Institute of the test",
    references="http://marine.copernicus.eu",
    credit="E.U. Copernicus Marine Service Information (CMEMS)",
    contact="somebody@example.org",
    licence="CC-BY-4.0",
)
ORIGIN = Origin("2026.11", RELEASED, "records of the test", PRODUCER)
SIGNATURES = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}


def boxes_of(year: int, rng: np.random.Generator) -> xr.Dataset:
    """Boxes of a year: a line in the Pacific, noise in the Atlantic, no record in the Mediterranean."""
    cells = region_boxes(REGIONS, BOXES)
    where = cells["region"].values
    month = np.arange(f"{year}-01", f"{year + 1}-01", dtype="M8[M]")
    time = month.astype(int) / 12 - 33
    mean = np.where(where == "nino_3_4", WARMING * time[:, None], 0) + rng.normal(0, 2e7, (12, where.size))
    mean[:, where == UNSAMPLED] = np.nan
    n = np.where(np.isfinite(mean), 4, 0)
    each = {"mean": mean, "variance": np.where(n > 0, 1e15, np.nan), "coverage": np.where(n > 0, 1.0, np.nan)}
    each |= {"n_samples": n, "n_profiles": n, "n_partial": 0 * n, "n_excluded": 0 * n}
    scale = {"mean": np.array([1, 7e-11]), "variance": np.array([1, 7e-11]) ** 2}  # joules to metres
    values = {
        k: (
            ("month", "indicator", "cell"),
            np.stack([v, v], axis=1) * scale[k][:, None] if k in scale else np.stack([v, v], axis=1),
        )
        for k, v in each.items()
    }
    coords = {"indicator": [i.name for i in INDICATORS], "month": month.astype("M8[ns]")} | dict(cells.coords)
    return xr.Dataset(values, coords, {"grid": BOXES.name})


@pytest.fixture(scope="module")
def groups() -> dict[str, xr.Dataset]:
    """What the groups of a version hold."""
    rng = np.random.default_rng(0)
    boxes = {y: boxes_of(y, rng) for y in YEARS}
    whole = xr.concat(boxes.values(), "month", data_vars="minimal", coords="minimal", compat="override",
                      join="override")  # fmt: skip
    out = {f"boxes/{y}": b for y, b in boxes.items()}
    for indicator in INDICATORS:
        made = indicator_dataset(whole, indicator, REGIONS, BOXES, land_class(), (1993, 2012))
        other = indicator_dataset(
            whole, indicator, REGIONS, BOXES, land_class(), (1993, 2012), mapping="area_weighted"
        )
        out[f"indicators/{indicator.name}"] = with_budget(made, {"mapping": [other]})
    return out


def stored(url: str, groups: dict[str, xr.Dataset]) -> str:
    """A store with a released version that holds the groups; gives its URL."""
    run = Collection.open(url, create=True).begin("test")
    session = run.session(list(groups))
    for path, dataset in groups.items():
        write_dataset(session.store, path, dataset)
    run.commit(session, "groups")
    run.release()
    return url


@pytest.fixture(scope="module")
def store(tmp_path_factory, groups) -> str:
    return stored(str(tmp_path_factory.mktemp("products") / "store"), groups)


@pytest.fixture(scope="module")
def reading(store) -> Reading:
    return Collection.open(store).read()


def one_of(reading: Reading, region: str, indicator: str = "ohc_0_700") -> xr.Dataset:
    return reading.dataset(f"indicators/{indicator}").sel(region=region)


def opened(tmp_path, name_and_content) -> xr.Dataset:
    name, content = name_and_content
    (tmp_path / name).write_bytes(content)
    with xr.open_dataset(tmp_path / name) as dataset:
        return dataset.load()


# ---- tables


@pytest.mark.parametrize("format", FORMATS)
def test_table__every_row_says_version_baseline_area_convention_and_method(reading, format, tmp_path):
    content = write_table(table(reading.dataset("indicators/ohc_0_700"), "2026.11"), format)
    names = ("version", "baseline", "area_m2", "convention", "method", "reference_period")
    if format == "markdown":
        said = [
            line[2:].partition(":")[0].partition(" (")[0]
            for line in content.decode().splitlines()
            if line[:2] == "- "
        ]
        assert {"version", "baseline", "convention", "method", "reference_period"} <= set(said)
        return
    (tmp_path / "table").write_bytes(content)
    if format == "csv":
        rows = list(csv.DictReader(io.StringIO(content.decode())))
    elif format == "parquet":
        rows = pq.read_table(tmp_path / "table").to_pylist()
    elif format == "netcdf":
        with xr.open_dataset(tmp_path / "table") as data:
            rows = data.load().to_dataframe().to_dict("records")
    else:
        rows = json.loads(content)
    assert len(rows) == len(REGIONS) * (240 + 20 + 5)
    assert all(row[name] for row in rows for name in names)


def test_table__netcdf_keeps_every_number_and_missing_counts(reading, tmp_path):
    made = table(reading.dataset("indicators/ohc_0_700"), "2026.11")
    data = opened(tmp_path, ("table.nc", write_table(made, "netcdf")))
    np.testing.assert_array_equal(data["value"], np.array(made["value"].to_pylist(), float))
    n = np.array([np.nan if v is None else v for v in made["n_profiles"].to_pylist()])
    np.testing.assert_array_equal(data["n_profiles"], n)


def test_table__netcdf_keeps_every_text_in_little_room(reading, tmp_path):
    made = table(reading.dataset("indicators/ohc_0_700"), "2026.11")
    content = write_table(made, "netcdf")
    data = opened(tmp_path, ("text.nc", content))
    for name in ("region", "note", "method", "convention", "time"):
        assert [str(v) for v in data[name].values] == [v or "" for v in made[name].to_pylist()]
    assert len(content) < 150 * made.num_rows


def test_table__says_why_there_is_no_value(reading):
    rows = table(reading.dataset("indicators/ohc_0_700")).to_pylist()
    missing = [r for r in rows if r["value"] is None]
    assert len(missing) == 240 + 20 + 5
    assert {r["region"] for r in missing} == {UNSAMPLED}
    assert all(r["note"] for r in missing)
    assert not any(r["note"] for r in rows if r["value"] is not None and r["period"] in ("monthly", "yearly"))


def test_table__names_depth_and_latitude_of_indicators_that_have_them(reading):
    whole = reading.dataset("indicators/ohc_0_700")
    flat = whole[["trend", "trend_low", "trend_high"]]
    deep = xr.concat([flat, 2 * flat], xr.DataArray([10.0, 100.0], dims="depth", name="depth"))
    rows = table(deep.assign(area=whole["area"]).assign_attrs(whole.attrs)).to_pylist()
    pacific = [r for r in rows if r["region"] == "nino_3_4"]
    assert [r["depth_m"] for r in pacific] == [10, 100]
    assert pacific[1]["value"] == 2 * pacific[0]["value"]


def test_budget_rows__squares_add_up_to_the_standard_error(reading):
    dataset = reading.dataset("indicators/ohc_0_700")
    rows = budget_rows(dataset, "2026.11")
    of_year = [r for r in rows if (r["period"], r["region"], r["time"]) == ("yearly", "nino_3_4", "2005")]
    assert {r["part"] for r in of_year} == {"sampling", "mapping"}
    total = float(dataset["yearly_standard_error"].sel(region="nino_3_4", year=2005))
    assert np.sqrt(sum(r["standard_error"] ** 2 for r in of_year)) == pytest.approx(total)


# ---- figures


@pytest.mark.parametrize("format", SIGNATURES)
@pytest.mark.parametrize("kind", ["series", "trend_map", "budget"])
def test_figure_of__gives_each_kind_in_each_format(reading, kind, format):
    figure = figure_of(reading, "2026.11", "ohc_0_700", "nino_3_4", kind, format)
    assert figure.startswith(SIGNATURES[format])


@pytest.mark.parametrize("kind", ["series", "trend_map", "budget"])
def test_figure_of__prints_the_reason_where_nothing_was_sampled(reading, kind, monkeypatch):
    monkeypatch.setitem(STYLE, "svg.fonttype", "none")
    text = figure_of(reading, "2026.11", "ohc_0_700", UNSAMPLED, kind, "svg").decode()
    assert "No value: " in text
    assert "Version 2026.11" in text


def test_figure_of__says_what_the_numbers_depend_on(reading, monkeypatch):
    monkeypatch.setitem(STYLE, "svg.fonttype", "none")
    text = figure_of(reading, "2026.11", "ohc_0_700", "nino_3_4", "series", "svg").decode()
    for said in ("Version 2026.11", "1993\N{EN DASH}2012", "m²", "Gauss-Markov", "W m⁻²", "yearly mean"):
        assert said in text, said


def test_figure_of__is_the_same_for_the_same_numbers(reading):
    for format in SIGNATURES:
        first, second = (figure_of(reading, "1", "ohc_0_700", None, "series", format) for _ in range(2))
        assert first == second


@pytest.mark.parametrize(
    ("indicator", "region", "kind", "said"),
    [
        ("ohc", None, "series", "no indicator 'ohc'; there are: ohc_0_700, thsl_0_700"),
        ("ohc_0_700", "atlantis", "series", "no region 'atlantis'; it has: nino_3_4"),
        ("ohc_0_700", None, "pie", "figures are of kind series, methods, trend_map"),
        ("ohc_0_700", None, "depth_trend", "has no depth, so no depth_trend"),
        ("ohc_0_700", None, "stations", "ohc_0_700 is of regions, so no stations"),
        ("ohc_0_700", None, "section", "no section by latitude of ohc_0_700; sections: none"),
    ],
)
def test_figure_of__names_what_it_cannot_serve(reading, indicator, region, kind, said):
    with pytest.raises(ValueError, match=said):
        figure_of(reading, "", indicator, region, kind)


def test_missing_reason__of_a_region_without_ocean(reading):
    dry = one_of(reading, UNSAMPLED).drop_vars(["monthly_note", "yearly_note"], errors="ignore")
    assert missing_reason(dry.assign(area=0.0)) == "the region holds no ocean"


# ---- trend maps


def test_trend_map__finds_the_boxes_that_warm_and_no_others(reading):
    pacific = trend_map(reading, INDICATORS[0], "nino_3_4")
    known = np.isfinite(pacific["trend"].values)
    assert known.sum() == 10
    np.testing.assert_array_equal(pacific["significant"], np.isfinite(pacific["p_value"]))
    assert pacific["significant"].values.sum() >= 8
    seconds = 31557600
    assert (pacific["trend_low"].values[known] < WARMING / seconds).mean() >= 0.8
    assert (pacific["trend_high"].values[known] > WARMING / seconds).mean() >= 0.8
    atlantic = trend_map(reading, INDICATORS[0], "iberia_biscay_ireland")
    assert not atlantic["significant"].values.any()
    assert np.isfinite(atlantic["trend"].values).sum() > 5


def test_trend_map__of_nothing_is_empty(reading):
    nothing = trend_map(reading, INDICATORS[0], UNSAMPLED)
    assert not np.isfinite(nothing["trend"].values).any()
    assert not nothing["significant"].values.any()
    with pytest.raises(ValueError, match="region 'atlantis' has no boxes"):
        trend_map(reading, INDICATORS[0], "atlantis")


# ---- files in the layout of published indicators


@pytest.mark.parametrize("resolution", ["yearly", "monthly"])
def test_series_file__has_the_published_layout_and_our_numbers(reading, tmp_path, resolution):
    one = one_of(reading, "iberia_biscay_ireland")
    name, content = series_file(one, ORIGIN, resolution)
    suffix, first = ("", "1993") if resolution == "yearly" else ("_monthly", "19930101")
    assert name == f"ibi_omi_ohc_area_averaged_anomalies_0_700{suffix}_{first}_P20121224.nc"
    data = opened(tmp_path, (name, content))
    np.testing.assert_array_equal(data["ohc_oceanstate"], one[f"{resolution}_value"])
    np.testing.assert_array_equal(data["ohc_oceanstate_error"], one[f"{resolution}_standard_error"])
    expected = (
        one["month"].values if resolution == "monthly" else np.array([f"{y}-01-01" for y in YEARS], "M8[ns]")
    )
    np.testing.assert_array_equal(data["time"], expected)
    assert data["ohc_oceanstate_trend"].units == "W m-2"
    assert float(data["ohc_oceanstate_trend"]) == float(one["trend_flux"])
    assert float(data["ohc_oceanstate_trend_lower95p"]) == float(one["trend_flux_low"])


def test_series_file__has_the_attributes_of_the_layout(reading, tmp_path):
    name, content = series_file(one_of(reading, "nino_3_4"), ORIGIN)
    (tmp_path / name).write_bytes(content)
    with netCDF4.Dataset(tmp_path / name) as nc:
        said = {k: nc.getncattr(k) for k in nc.ncattrs()}
        assert nc.dimensions["time"].isunlimited()
        assert nc["time"].units == "days since 1950-01-01 00:00:00"
        assert (nc["time"].calendar, nc["time"].axis, nc["time"].standard_name) == ("gregorian", "T", "time")
        assert nc[nc["time"].bounds].shape == (20, 2)
        assert nc["ohc_oceanstate"]._FillValue == FILL == -9999
        assert nc["ohc_oceanstate"].units == "J m-2"
        assert all(v.long_name for n, v in nc.variables.items() if not n.startswith("time"))
        for named in nc["ohc_oceanstate"].ancillary_variables.split():
            assert named in nc.variables
    assert list(said)[: len(ATTRIBUTES)] == list(ATTRIBUTES)
    assert said["Conventions"] == "CF-1.7"
    assert {k: said[k] for k in PRODUCER.model_dump()} == PRODUCER.model_dump()
    assert said["comment"] == "Period : 1993-2012"
    assert said["dataset"] == "nino-3-4_omi_ohc_area_averaged_anomalies_0_700"
    assert said["product"] == "NINO-3-4_OMI_OHC_area_averaged_anomalies_0_700"
    assert said["source"] == "records of the test"
    for ours in (
        "version",
        "reference_period",
        "baseline",
        "area_m2",
        "convention",
        "method",
        "trend_method",
    ):
        assert said[ours], ours
    assert said["area_m2"] == pytest.approx(float(one_of(reading, "nino_3_4")["area"]))


def test_origin__states_nothing_that_no_campaign_said(reading):
    origin = origin_of(reading, "1", RELEASED)
    assert origin.producer.model_dump() == Producer(licence=NOT_STATED).model_dump()
    assert origin.source == NOT_STATED


def test_series_file__without_values_says_why(reading, tmp_path):
    name, content = series_file(one_of(reading, UNSAMPLED), ORIGIN)
    assert name.startswith("medsea_omi_ohc_")
    (tmp_path / name).write_bytes(content)
    with netCDF4.Dataset(tmp_path / name) as nc:
        nc.set_auto_mask(False)
        assert (nc["ohc_oceanstate"][:] == FILL).all()
        assert "no yearly value: " in nc.comment
        assert "fewer than" in nc["ohc_oceanstate_trend"].note


def test_map_file__has_the_trends_and_their_significance(reading, tmp_path):
    mapped = trend_map(reading, INDICATORS[0], "nino_3_4")
    name, content = map_file(mapped, one_of(reading, "nino_3_4"), ORIGIN)
    assert name == "nino-3-4_omi_ohc_trend_0_700_1993_P20121224.nc"
    data = opened(tmp_path, (name, content))
    assert data["opottemptend_oceanstate"].dims == ("lat", "lon")
    np.testing.assert_array_equal(data["opottemptend_oceanstate"], mapped["trend"])
    assert data["opottemptend_oceanstate"].units == "W m-2"
    np.testing.assert_array_equal(data["opottemptend_oceanstate_significance"] == 1, mapped["significant"])
    assert data["lat"].standard_name == "latitude"
    assert "false discovery" in data.attrs["significance"]


# ---- on an object store, and by the command


def test_products__are_written_to_an_object_store(object_store, groups):
    url = stored(
        f"{object_store}/products-{date.today():%H%M%S}-{np.random.default_rng().integers(1e9)}", groups
    )
    reading, folder = Collection.open(url).read(), f"{url}/products/1"
    write_omi_files(reading, folder, ORIGIN, INDICATORS[:1], REGIONS[:1])
    write_figures(reading, folder, "1", INDICATORS[:1], REGIONS[:1], None)
    for ending in ("", "_budget", "_trend_map"):
        assert read_bytes(f"{folder}/figures/ohc_0_700_nino_3_4{ending}.png").startswith(SIGNATURES["png"])
    name = "nino-3-4_omi_ohc_trend_0_700_1993_P20121224.nc"
    assert read_bytes(f"{folder}/omi/{name}").startswith(b"\x89HDF")
    assert open_indicator(url, "ohc_0_700").sizes["region"] == len(REGIONS)


def test_write_figures__draws_none_of_a_region_without_values(reading, tmp_path):
    regions = [r for r in REGIONS if r.name == UNSAMPLED]
    write_figures(reading, str(tmp_path), "1", INDICATORS[:1], regions, None)
    assert [p.name for p in (tmp_path / "figures").iterdir()] == ["coverage.png"]
    assert figure_of(reading, "1", "ohc_0_700", UNSAMPLED, "series").startswith(SIGNATURES["png"])


def test_open_indicator__gives_a_version_and_names_what_there_is_not(store):
    version = Collection.open(store).current_version()
    found = open_indicator(store, "ohc_0_700", "nino_3_4", version)
    assert found.attrs["version"] == version
    assert found["monthly_value"].dims == ("month",)
    with pytest.raises(ValueError, match="no indicator 'sst'; there are: ohc_0_700, thsl_0_700"):
        open_indicator(store, "sst")
    with pytest.raises(RuntimeError, match="no version '1999'"):
        open_indicator(store, "ohc_0_700", version="1999")


def test_command__draws_and_prints_or_says_what_is_wrong(store, tmp_path):
    def oceanstate(*arguments):
        return CliRunner().invoke(app, [*map(str, arguments), "--store", store])

    figure = tmp_path / "map.svg"
    assert oceanstate("figure", "ohc_0_700", "--kind", "trend_map", "--output", figure).exit_code == 0
    assert figure.read_bytes().startswith(SIGNATURES["svg"])
    file = tmp_path / "t.nc"
    assert oceanstate("table", "ohc_0_700", "--format", "netcdf", "--output", file).exit_code == 0
    assert file.read_bytes().startswith(b"\x89HDF")
    wrong = oceanstate("figure", "ohc_0_700", "--output", tmp_path / "map.gif")
    assert wrong.exit_code == 1
    assert "end in png, pdf, svg" in str(wrong.exception)
