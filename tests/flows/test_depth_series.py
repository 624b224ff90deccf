"""Indicators at several depths: together again, in tables, figures and files."""

from datetime import date

import numpy as np
import pytest
import xarray as xr

from catalogs.land import land_class
from catalogs.producer import Producer
from catalogs.schema import Grid, Indicator, Region, load
from flows.collection import Collection, Reading
from flows.columns import region_boxes
from flows.depth_series import along_depth, depths_of, own_name
from flows.groups import write_dataset
from flows.indicators import indicator_dataset
from flows.omi_files import depth_trend_file
from flows.origin import Origin
from flows.products import write_figures, write_omi_files, write_tables
from flows.report import figure_of, indicator_of
from flows.tables import table

BOXES = load(Grid, "boxes_5x10")
REGIONS = [load(Region, n) for n in ("iberia_biscay_ireland", "nino_3_4")]
INDICATORS = load(Indicator, "temp_at").each()[::3]
DEPTHS = [i.layer[0] for i in INDICATORS]
YEARS = range(2000, 2016)
ORIGIN = Origin("1", date(2016, 1, 2), "x", Producer())


def true_trend(depth: float, latitude: np.ndarray) -> np.ndarray:
    """K per year."""
    return 0.05 * np.exp(-depth / 200) * (latitude - 40) / 10


@pytest.fixture(scope="module")
def reading(tmp_path_factory) -> Reading:
    """A version with boxes that warm north of 40N and cool south of it, less with depth."""
    rng = np.random.default_rng(0)
    cells = region_boxes(REGIONS, BOXES)
    lat, groups = cells["latitude"].values, {}
    for year in YEARS:
        month = np.arange(f"{year}-01", f"{year + 1}-01", dtype="M8[M]")
        time = month.astype(int) / 12 - 38
        line = np.stack([true_trend(z, lat) for z in DEPTHS])
        mean = line * time[:, None, None] + rng.normal(0, 0.01, (12, *line.shape))
        whole = np.full(mean.shape, 5)
        each = {"mean": mean, "variance": 0 * mean + 1e-4, "coverage": 0 * mean + 1, "n_samples": whole}
        each |= {"n_profiles": whole, "n_partial": 0 * whole, "n_excluded": 0 * whole}
        coords = {"indicator": [i.name for i in INDICATORS], "month": month.astype("M8[ns]")}
        dims = ("month", "indicator", "cell")
        groups[f"boxes/{year}"] = xr.Dataset(
            {k: (dims, v) for k, v in each.items()}, coords | dict(cells.coords), {"grid": BOXES.name}
        )
    whole = xr.concat(groups.values(), "month", data_vars="minimal", coords="minimal", compat="override",
                      join="override")  # fmt: skip
    for i in INDICATORS:
        made = indicator_dataset(whole, i, REGIONS, BOXES, land_class(), (2000, 2015))
        groups[f"indicators/{i.name}"] = made
    collection = Collection.open(str(tmp_path_factory.mktemp("depths") / "store"), create=True)
    run = collection.begin("test")
    session = run.session(list(groups))
    for path, dataset in groups.items():
        write_dataset(session.store, path, dataset)
    run.commit(session, "groups")
    run.release()
    return collection.read()


def test_own_name__is_that_of_the_catalogue():
    assert own_name("temp_at_100") == "temp_at"
    assert own_name("ohc_0_700") == "ohc_0_700"
    assert own_name("psal_at_1000") == "psal_at_1000"


def test_along_depth__holds_what_each_depth_holds(reading):
    assert list(depths_of(reading, "temp_at")) == DEPTHS
    assert depths_of(reading, "ohc_0_700") == {}
    together = along_depth(reading, "temp_at")
    for i in INDICATORS:
        one = reading.dataset(f"indicators/{i.name}")
        np.testing.assert_array_equal(together["yearly_value"].sel(depth=i.layer[0]), one["yearly_value"])
    assert together["area"].dims == ("region",)
    assert together.attrs["indicator"] == "temp_at"
    assert indicator_of(reading, "temp_at").identical(together)


def test_table__of_depths_has_a_row_each(reading):
    rows = table(along_depth(reading, "temp_at"), "1").to_pylist()
    trends = [r for r in rows if r["period"] == "trend" and r["region"] == "nino_3_4"]
    assert [r["depth_m"] for r in trends] == DEPTHS
    of_depth = reading.dataset(f"indicators/{INDICATORS[1].name}").sel(region="nino_3_4")
    assert trends[1]["value"] == float(of_depth["trend"])


@pytest.mark.parametrize("kind", ["hovmoeller", "depth_trend"])
def test_figure_of__draws_depths(reading, kind):
    assert figure_of(reading, "1", "temp_at", None, kind, "pdf").startswith(b"%PDF")


@pytest.mark.parametrize(
    ("region", "kind", "said"),
    [
        (None, "section", "no section by latitude of temp_at; sections: none"),
        (None, "series", "temp_at has depths: try --kind hovmoeller"),
        (None, "budget", "temp_at has depths"),
    ],
)
def test_figure_of__says_what_depths_cannot_show(reading, region, kind, said):
    with pytest.raises(ValueError, match=said):
        figure_of(reading, "1", "temp_at", region, kind)


def test_depth_trend_file__is_laid_out_as_that_of_the_baltic(reading, tmp_path):
    one = along_depth(reading, "temp_at").sel(region="nino_3_4")
    name, content = depth_trend_file(one, ORIGIN)
    assert name == "nino-3-4_omi_tempsal_ttz_trend_2000_P20160102.nc"
    (tmp_path / name).write_bytes(content)
    with xr.open_dataset(tmp_path / name) as data:
        np.testing.assert_array_equal(data["depth"], DEPTHS)
        np.testing.assert_array_equal(data["to_trend"], one["trend"])
        np.testing.assert_array_equal(data["to_trend_upper95p"], one["trend_high"])
        assert data.attrs["version"] == "1"
        assert data.attrs["product"] == "NINO-3-4_OMI_TEMPSAL_Ttz_trend"
        assert data.attrs["dataset"] == "nino-3-4_omi_tempsal_ttz_trend"
    write_omi_files(reading, str(tmp_path), ORIGIN, INDICATORS, REGIONS)
    assert {p.name for p in (tmp_path / "omi").iterdir()} == {name, name.replace("nino-3-4", "ibi")}


def test_products__of_depths_are_one_table_and_figures_by_depth(reading, tmp_path):
    write_tables(reading, str(tmp_path), "1", INDICATORS, {}, [])
    write_figures(reading, str(tmp_path), "1", INDICATORS, REGIONS[:1], None)
    made = {p.name for p in tmp_path.rglob("temp_at*")}
    figures = {f"temp_at_iberia_biscay_ireland_{k}.png" for k in ("hovmoeller", "depth_trend")}
    assert made == {"temp_at.csv", "temp_at.parquet", "temp_at.nc"} | figures
