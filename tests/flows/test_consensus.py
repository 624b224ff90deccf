"""Several series as one estimate: synthetic products whose combination is known, in every unit and layout."""

import io
from pathlib import Path

import netCDF4
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
import xarray as xr
from typer.testing import CliRunner

from catalogs.recipe import Recipe
from catalogs.schema import OWN_CATALOGUE, load, parse
from flows import cli, tables
from flows.consensus import combined
from flows.consensus_choices import adapted, years_of
from flows.consensus_products import consensus_figure, consensus_table, provenance_table, write_consensus
from flows.figures import style
from kernels.indicators.heat_content import EARTH_AREA, SECONDS_PER_YEAR

YEARS = np.arange(1990, 2011)
AREA = 3.5e14
A, B, C = 2.0 * (YEARS - 1990), 3.0 * (YEARS - 1990) + 50, 4.0 * (YEARS - 1990) - 7
"""ZJ; about the mean of 2000 their spread is that of 2, 3 and 4 times the years from 2000."""


def text(values, error=None, scale=1.0, head="year,value,standard_error"):
    """CSV of yearly values; scaled so that the unit is another."""
    errors = np.full(YEARS.size, np.nan) if error is None else np.full(YEARS.size, error)
    rows = [
        f"{y}.5,{v!r},{e!r}"
        for y, v, e in zip(YEARS, (values / scale).tolist(), (errors / scale).tolist(), strict=True)
    ]
    return "\n".join([head, *rows])


def recipe_of(**changes):
    products = {n: {"file": f"{n}.csv", "units": "ZJ", "reference": "test"} for n in ("A", "B", "C")}
    layer = {"central": "A", "products": products}
    content = {
        "name": "mine", "title": "Heat of a test", "quantity": "heat", "units": "ZJ", "region": "a basin",
        "baseline": [2000, 2000], "start": 1990, "window": 1, "layers": {"0-700": layer},
        "periods": [[1990, 2010]], "convention": "as tested", "reference": "test",
    }  # fmt: skip
    return parse(Recipe, content | changes, "recipes/mine.yaml")


@pytest.fixture
def folder(tmp_path):
    for name, values, error in (("A", A, 1.0), ("B", B, 5.0), ("C", C, 3.0)):
        (tmp_path / f"{name}.csv").write_text(text(values, error))
    return tmp_path


def own_table(values, error, area=AREA, region="global_60s_60n", layer="0-700 m", format="csv"):
    """A table of ours, in J m-2."""
    common = {
        "indicator": "ohc_0_700",
        "region": region,
        "period": "yearly",
        "units": "J m-2",
        "area_m2": area,
    }
    rows = [
        common | {"layer": layer, "time": str(y), "value": float(v), "standard_error": error * 1e21 / area}
        for y, v in zip(YEARS, values * 1e21 / area, strict=True)
    ]
    return tables.write_table(pa.Table.from_pylist(rows, tables.SCHEMA), format)


def test_combined__central_structural_mapping_and_total_error_are_those_of_the_recipe(folder):
    one = combined(recipe_of(), str(folder)).dataset.sel(layer="0-700")
    years_from_baseline = YEARS - 2000
    np.testing.assert_allclose(one["central"], 2.0 * (YEARS - 1990))
    np.testing.assert_allclose(one["structural_error"], np.sqrt(2 / 3) * abs(years_from_baseline), atol=1e-12)
    np.testing.assert_array_equal(one["mapping_error"], 5.0)
    np.testing.assert_allclose(one["total_error"], np.hypot(one["structural_error"], 5.0))
    np.testing.assert_allclose(one["high"] - one["central"], 1.645 * one["total_error"])
    np.testing.assert_allclose(one["mean"], 3.0 * years_from_baseline + 20)
    for name, slope in (("A", 2.0), ("B", 3.0), ("C", 4.0)):
        np.testing.assert_allclose(one["member"].sel(product=name), slope * years_from_baseline + 20)
    assert (one["n_products"] == 3).all()


def test_combined__trends_of_products_and_their_spread(folder):
    one = combined(recipe_of(), str(folder)).dataset.sel(layer="0-700", period="1990-2010")
    np.testing.assert_allclose(one["trend"].sel(series=["central", "A", "B", "C"]), [2, 2, 3, 4])
    assert float(one["trend_structural_error"]) == pytest.approx(np.sqrt(2 / 3))
    flux = 2e21 / SECONDS_PER_YEAR / EARTH_AREA
    assert float(one["trend_flux_earth"].sel(series="A")) == pytest.approx(flux)
    np.testing.assert_allclose(one["by_slope"].sel(estimator=["ols", "theil_sen", "quadratic"]), 2)


@pytest.mark.parametrize(
    ("content", "units"),
    [
        pytest.param(text(B, 5.0), "ZJ", id="ZJ"),
        pytest.param(text(B, 5.0, 10), "1e22 J", id="1e22 J"),
        pytest.param(text(B, 5.0, 1e-21), "J", id="J"),
        pytest.param(own_table(B, 5.0), None, id="J m-2, our csv"),
        pytest.param(own_table(B, 5.0, format="parquet"), None, id="J m-2, our parquet"),
        pytest.param(own_table(B, 5.0, format="netcdf"), None, id="J m-2, our netcdf"),
    ],
)
def test_combined__the_same_from_every_unit_and_layout(folder, content, units):
    expected = combined(recipe_of(), str(folder)).dataset
    (folder / "other").write_bytes(content if isinstance(content, bytes) else content.encode())
    at = f"@{units}" if units else ""
    wanted = adapted(recipe_of(), [f"other={folder}/other{at}"], without=["B"])
    found = combined(wanted, str(folder)).dataset
    for name in ("central", "structural_error", "mapping_error", "mean"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-9)


def test_combined__is_the_same_for_products_in_any_order(folder):
    layer = recipe_of().model_dump()["layers"]["0-700"]
    turned = layer | {"products": dict(reversed(layer["products"].items()))}
    one, other = (
        combined(r, str(folder)).dataset for r in (recipe_of(), recipe_of(layers={"0-700": turned}))
    )
    for name in ("central", "total_error", "mean"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-12, atol=1e-12)


def test_combined__a_product_that_has_a_running_mean_gets_no_other(folder):
    bent = np.where(YEARS == 2005, A + 30, A)
    (folder / "A.csv").write_text(text(bent, 1.0))
    layer = recipe_of().model_dump()["layers"]["0-700"]
    as_it_is = layer | {"products": layer["products"] | {"A": layer["products"]["A"] | {"smoothed": True}}}
    peaks = [
        float(
            combined(recipe_of(window=3, layers={"0-700": lay}), str(folder))
            .dataset["central"]
            .sel(year=2005)[0]
        )
        for lay in (layer, as_it_is)
    ]
    np.testing.assert_allclose(peaks, [40, 60])


def test_combined__layers_and_their_sum(folder):
    (folder / "deep.csv").write_text(text(A + 1.5 * A, 4.0))
    (folder / "deep_B.csv").write_text(text(1.5 * A + 9, 2.0))
    products = recipe_of().model_dump()["layers"]["0-700"]["products"]
    given = {"units": "ZJ", "reference": "test"}
    lower = {"A": given | {"file": "deep.csv", "less": "0-700"}, "B": given | {"file": "deep_B.csv"}}
    layers = {"0-700": {"central": "A", "products": products}, "700-2000": {"products": lower}}
    found = combined(recipe_of(layers=layers, whole="0-2000"), str(folder))
    deep, whole = (found.dataset.sel(layer=n) for n in ("700-2000", "0-2000"))
    np.testing.assert_allclose(deep["member"].sel(product="A"), 1.5 * A)
    np.testing.assert_allclose(deep["mapping_error"], 4.0 * 1300 / 2000)
    assert np.isnan(deep["member"].sel(product="C")).all()
    np.testing.assert_allclose(whole["central"], 2.5 * A)
    upper = found.dataset["total_error"].sel(layer="0-700")
    np.testing.assert_allclose(whole["total_error"], upper + deep["total_error"])
    assert np.isnan(whole["structural_error"]).all()
    np.testing.assert_allclose(whole["trend"].sel(series="A", period="1990-2010"), 5.0)
    assert np.isnan(whole["trend"].sel(series="C", period="1990-2010"))
    only = consensus_figure(found, "700-2000", "svg")
    assert only.startswith(b"<?xml")


def test_adapted__tables_of_ours_find_their_layers(folder):
    (folder / "whole.csv").write_bytes(own_table(3 * A, 1.0, layer="0-2000 m"))
    (folder / "upper.csv").write_bytes(own_table(A, 1.0))
    (folder / "A2.csv").write_text(text(A, 1.0))
    (folder / "B2.csv").write_text(text(B, 1.0))
    two = {"0-700": recipe_of().model_dump()["layers"]["0-700"]}
    given = {"units": "ZJ", "reference": "test"}
    two["700-2000"] = {"products": {n: given | {"file": f"{n}2.csv"} for n in ("A", "B")}}
    ours = [f"ours={folder}/upper.csv", f"ours={folder}/whole.csv"]
    found = combined(adapted(recipe_of(layers=two), ours), str(folder))
    deep = found.dataset["member"].sel(layer="700-2000", product="ours")
    np.testing.assert_allclose(deep - deep.sel(year=2000), 2.0 * (A - A[10]), atol=1e-9)
    with pytest.raises(ValueError, match=r"ours is the difference of .*whole.csv to ours of 0-700 m"):
        adapted(recipe_of(layers=two), ours[1:])
    (folder / "other.csv").write_bytes(own_table(A, 1.0, layer="0-300 m"))
    with pytest.raises(ValueError, match=r"other.csv: is of 0-300 m; the recipe has: 0-700, 700-2000"):
        adapted(recipe_of(layers=two), [f"ours={folder}/other.csv"])
    with pytest.raises(ValueError, match=r"other.csv: is of 0-300 m, ours needs 0-700 m"):
        combined(adapted(recipe_of(layers=two), [f"ours:0-700={folder}/other.csv"]), str(folder))
    with pytest.raises(ValueError, match=r"A is in the layers 0-700, 700-2000; give A:LAYER=FILE"):
        adapted(recipe_of(layers=two), [f"A={folder}/A2.csv"])


def test_adapted__a_layer_alone_still_takes_off_the_one_above(folder):
    (folder / "deep.csv").write_text(text(2.5 * A, 4.0))
    (folder / "whole.csv").write_bytes(own_table(3 * A, 1.0, layer="0-2000 m"))
    (folder / "upper.csv").write_bytes(own_table(A, 1.0))
    upper = recipe_of().model_dump()["layers"]["0-700"]
    given = {"units": "ZJ", "reference": "test"}
    lower = {"A": given | {"file": "deep.csv", "less": "0-700"}, "B": given | {"file": "B.csv"}}
    recipe = recipe_of(layers={"0-700": upper, "700-2000": {"products": lower}}, whole="0-2000")
    (folder / "C.csv").unlink()  # not needed for the lower layer
    ours = [f"ours={folder}/upper.csv", f"ours={folder}/whole.csv"]
    found = combined(adapted(recipe, ours, layers=["700-2000"]), str(folder))
    assert found.dataset["layer"].values.tolist() == ["700-2000"]
    change = found.dataset["member"][0] - found.dataset["member"][0].sel(year=2000)
    np.testing.assert_allclose(change.sel(product="A"), 1.5 * (A - A[10]), atol=1e-9)
    np.testing.assert_allclose(change.sel(product="ours"), 2.0 * (A - A[10]), atol=1e-9)
    notes = {(r["layer"], r["product"]): r["note"] for r in provenance_table(found).to_pylist()}
    assert set(notes) == {("0-700", "A"), ("0-700", "ours"), *(("700-2000", n) for n in ("A", "B", "ours"))}
    assert "not combined: only taken off the layer below" in notes["0-700", "A"]
    with pytest.raises(ValueError, match=r"there is no layer '0-300'; there are: 0-700, 700-2000"):
        adapted(recipe, layers=["0-300"])


NAN_ONLY = "year,value (ZJ)\n2000,nan\n2001,\n"


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        pytest.param("B.csv", "year,val\n2000,1\n", "B.csv: no column called value", id="column"),
        pytest.param("B.csv", NAN_ONLY, "B.csv, column value .ZJ.: has no value", id="NaN only"),
        pytest.param(
            "B.csv",
            "year,value\n1950,1\n1951,2\n",
            r"B.csv, column value: no value in the baseline 2000-2000; it has 1950-1951",
            id="baseline",
        ),
        pytest.param("B.csv", text(A, 1.0), r"B.csv: A and B are the same series", id="twice"),
        pytest.param(
            "A.csv",
            "year,value\n1995,1\n2000,2\n2010,3\n",
            "0-700 m: A, the central estimate, lacks a value in 1990",
            id="start",
        ),
        pytest.param("A.csv", "year,value\n1990,1\n2000,2\n", None, id="ends with the baseline"),
        pytest.param("B.csv", "year,value (K)\n2000,1\n", "the file says K, the recipe ZJ", id="unit"),
    ],
)
def test_combined__what_is_wrong_is_named(folder, file, content, said):
    (folder / file).write_text(content)
    if said is None:
        assert combined(recipe_of(), str(folder)).dataset["year"][-1] == 2000
        return
    with pytest.raises(ValueError, match=said):
        combined(recipe_of(), str(folder))


def test_combined__one_product_is_no_ensemble(folder):
    with pytest.raises(ValueError, match="0-700 m: two products at least are needed, there is only A"):
        combined(adapted(recipe_of(), without=["B", "C"]), str(folder))
    with pytest.raises(ValueError, match="A, the central estimate, cannot be left out"):
        adapted(recipe_of(), without=["A"])
    with pytest.raises(ValueError, match="there is no product 'D' to leave out"):
        adapted(recipe_of(), without=["D"])
    with pytest.raises(ValueError, match="A ends in 2010, before the baseline 2000-2015"):
        combined(adapted(recipe_of(), baseline=(2000, 2015)), str(folder))


@pytest.mark.parametrize("one", ["ours", "=file", "ours=", "a@b=file"])
def test_adapted__a_product_is_named_with_its_file(one):
    with pytest.raises(ValueError, match="a product is given as NAME=FILE"):
        adapted(recipe_of(), [one])


def test_years_of__first_and_last():
    assert years_of("1971/2018") == (1971, 2018)
    for wrong in ("1971-2018", "2018/1971", "1971"):
        with pytest.raises(ValueError, match="first/last"):
            years_of(wrong)


def test_provenance__says_what_entered_and_what_did_not(folder):
    (folder / "B.csv").write_text("\n".join(text(B, 5.0).splitlines()[:16]))
    (folder / "ours.csv").write_bytes(own_table(B + 1, 2.0))
    wanted = adapted(recipe_of(start=1995, baseline=(2000, 2005)), [f"ours={folder}/ours.csv"], without=["C"])
    rows = {r["product"]: r for r in provenance_table(combined(wanted, str(folder))).to_pylist()}
    assert rows["A"]["central"]
    assert rows["A"]["note"] == "1990-1994 not combined: before the result and its running mean"
    assert "combined only in 1995-2004" in rows["B"]["note"]
    assert "its mean is over 5 of the 6 years of the baseline" in rows["B"]["note"]
    assert rows["C"]["note"] == "left out: by the user"
    assert rows["C"]["sha256"] is None
    assert rows["ours"]["units"] == "J m-2"
    assert rows["ours"]["factor"] == pytest.approx(AREA / 1e21)
    assert "of the region global_60s_60n, and of nothing beyond it" in rows["ours"]["note"]
    assert {r["inputs"] for r in rows.values()} == {combined(wanted, str(folder)).inputs}
    assert combined(recipe_of(), str(folder)).inputs != rows["A"]["inputs"]


def test_inputs__follow_content_and_rules_not_places(folder, tmp_path):
    (tmp_path / "moved").mkdir()
    for name in "ABC":
        (tmp_path / "moved" / f"{name}.csv").write_bytes((folder / f"{name}.csv").read_bytes())
    one = combined(recipe_of(), str(folder)).inputs
    assert combined(recipe_of(), str(tmp_path / "moved")).inputs == one
    assert combined(adapted(recipe_of(), [f"B={tmp_path}/moved/B.csv"]), str(folder)).inputs == one
    assert combined(recipe_of(window=3), str(folder)).inputs != one
    (tmp_path / "moved" / "C.csv").write_text(text(C, 3.5))
    assert combined(recipe_of(), str(tmp_path / "moved")).inputs != one


def test_consensus_table__is_the_same_in_every_format(folder, tmp_path):
    found = combined(recipe_of(), str(folder))
    files = {
        f.rsplit(".", 1)[-1]: f for f in write_consensus(str(tmp_path / "out"), found) if "products" not in f
    }
    table = consensus_table(found)
    assert pq.read_table(files["parquet"]).equals(table)
    read = pacsv.read_csv(io.BytesIO(Path(files["csv"]).read_bytes()))
    np.testing.assert_array_equal(read["value"].to_numpy(), table["value"].to_numpy())
    with xr.open_dataset(files["nc"]) as nc:
        np.testing.assert_array_equal(nc["value"], table["value"].to_numpy())
    rows = table.to_pylist()
    (central,) = (r for r in rows if r["series"] == "central" and r["time"] == "2010")
    assert (central["value"], central["mapping_error"], central["n_products"]) == (40, 5, 3)
    assert (central["interval"], central["units"], central["baseline"]) == ("90 %", "ZJ", "2000-2000")
    trends = {(r["series"], r["period"]): r for r in rows if r["time"] == "1990/2010"}
    assert trends["B", "trend"]["value"] == pytest.approx(3)
    assert trends["central", "trend"]["structural_error"] == pytest.approx(np.sqrt(2 / 3))
    assert trends["A", "trend_flux_earth"]["units"] == "W m-2"
    assert ("central", "trend_theil_sen") in trends
    (shorter,) = (r for r in rows if (r["series"], r["period"]) == ("C", "trend_without_last_year"))
    assert (shorter["time"], shorter["value"]) == ("1990/2009", pytest.approx(4))


def test_consensus_table__says_why_there_is_no_total_error(folder):
    for name in ("B", "C"):
        (folder / f"{name}.csv").write_text("\n".join(text(B if name == "B" else C).splitlines()[:12]))
    (folder / "A.csv").write_text(text(A))
    rows = consensus_table(combined(recipe_of(), str(folder))).to_pylist()
    notes = {r["time"]: r["note"] for r in rows if (r["series"], r["period"]) == ("central", "yearly")}
    assert notes["2000"] == "no product has errors, so no mapping error"
    assert notes["2001"] == "one product, so no structural error"
    assert all(r["standard_error"] is None for r in rows if r["period"] == "yearly")


def test_consensus_figure__a_product_keeps_its_colour(folder):
    """A and B in the upper layer, B and C in the lower one: B is drawn alike in both."""
    products = recipe_of().model_dump()["layers"]["0-700"]["products"]
    layers = {
        "0-700": {"products": {n: products[n] for n in ("A", "B")}},
        "700-2000": {"products": {n: products[n] for n in ("B", "C")}},
    }
    found = combined(recipe_of(layers=layers), str(folder))
    upper, lower = (consensus_figure(found, layer, "svg").decode() for layer in layers)
    of_a, of_b, of_c = style.PALETTE[:3]
    assert [c in upper for c in (of_a, of_b, of_c)] == [True, True, False]
    assert [c in lower for c in (of_a, of_b, of_c)] == [False, True, True]


def test_combined__without_flux_where_it_is_not_heat(folder):
    products = {n: {"file": f"{n}.csv", "units": "mm", "reference": "test"} for n in ("A", "B")}
    layers = {"0-700": {"products": products}}
    found = combined(recipe_of(units="m", quantity="sea level", layers=layers), str(folder)).dataset
    assert "trend_flux_earth" not in found
    np.testing.assert_allclose(found["central"][0], 1e-3 * (A + 0.5 * (YEARS - 1990)))
    assert float(found["mapping_error"][0, 0]) == pytest.approx(5e-3)


def test_combined__reads_published_netcdf(folder):
    with netCDF4.Dataset(folder / "omi.nc", "w") as nc:
        nc.createDimension("time", None)
        nc.createVariable("time", "f8", ("time",)).units = "days since 1950-01-01 00:00:00"
        nc["time"][:] = [
            (np.datetime64(f"{y}-01-01") - np.datetime64("1950-01-01")).astype(int) for y in YEARS
        ]
        for name, values in (("ohc_b", B), ("ohc_b_error", np.full(YEARS.size, 5.0))):
            nc.createVariable(name, "f8", ("time",)).units = "J m-2"
            nc[name][:] = values * 1e21 / AREA
        nc.area_m2 = AREA
    wanted = adapted(recipe_of(), [f"omi={folder}/omi.nc"], without=["B"])
    np.testing.assert_allclose(combined(wanted, str(folder)).dataset["mean"][0], 3.0 * (YEARS - 2000) + 20)


def test_consensus_figure__names_products_band_and_trends(folder, monkeypatch):
    monkeypatch.setitem(style.STYLE, "svg.fonttype", "none")
    said = consensus_figure(combined(recipe_of(), str(folder)), "0-700", "svg").decode()
    for text_in in (
        "Heat of a test, 0",
        "(A)",
        "90 % interval",
        "heat anomaly (ZJ)",
        "2000",
        "2.00 ± 0.82",
        "mine",
    ):
        assert text_in in said
    for name, times in (("A", 0), ("B", 1), ("C", 1)):
        assert said.count(f">{name}<") == times, "the central product is the thick line, not one more"


@pytest.fixture
def catalogue(folder, monkeypatch):
    """The recipe as an entry of the user's own."""
    (folder / "own" / "recipes").mkdir(parents=True)
    (folder / "own" / "recipes" / "mine.yaml").write_text(recipe_of().model_dump_json())
    monkeypatch.setenv(OWN_CATALOGUE, str(folder / "own"))


def test_command__with_a_recipe_of_the_users_own(folder, catalogue, tmp_path):
    assert load(Recipe, "mine").title == "Heat of a test"
    out = tmp_path / "report"
    done = CliRunner().invoke(cli.app, ["consensus", "mine", "--folder", str(folder), "--output", str(out)])
    assert done.exit_code == 0, done.output
    names = {"mine.csv", "mine.parquet", "mine.nc", "mine_products.csv", "mine_0-700.png", "mine_0-700.pdf"}
    assert {f.name for f in out.iterdir()} == names
    assert "A (central)" in done.output


def test_command__prints_the_table_that_is_asked_for(folder, catalogue):
    (folder / "ours.csv").write_bytes(own_table(B, 5.0))
    choices = ["--without", "B", "--period", "1995/2005", "--baseline", "1995/2004", "--format", "csv"]
    done = CliRunner().invoke(
        cli.app, ["consensus", "mine", f"ours={folder}/ours.csv", "--folder", str(folder), *choices]
    )
    assert done.exit_code == 0, done.output
    rows = pacsv.read_csv(io.BytesIO(done.stdout_bytes)).to_pylist()
    (trend,) = (r for r in rows if r["series"] == "ours" and r["period"] == "trend")
    assert (trend["time"], trend["baseline"]) == ("1995/2005", "1995-2004")
    assert trend["value"] == pytest.approx(3)
    wrong = CliRunner().invoke(cli.app, ["consensus", "mine", "--format", "docx"])
    assert "format 'docx' is not known" in str(wrong.exception)
