"""The command ``consensus`` on the published series: their trends, and the published ensemble."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from catalogs.recipe import Recipe
from catalogs.schema import load
from flows.cli import app
from flows.consensus import combined
from flows.consensus_choices import adapted
from flows.consensus_products import provenance_table, write_consensus
from kernels.indicators.trend import trend

pytestmark = pytest.mark.records
PUBLISHED = {
    "0-700": {
        1971: (0.0, 46.18328909726875),
        1990: (100.2, 32.83946022819342),
        2005: (162.5, 11.54645835342305),
        2023: (311.5, 17.50538542680427),
    },
    "700-2000": {
        1971: (0.0, 18.266684604951738),
        1990: (21.074869999999997, 10.87738580404175),
        2005: (70.90136999999999, 8.76910430512806),
        2023: (136.52157, 8.26165777874816),
    },
}
"""Central estimate and total error (1 sigma), ZJ: github.com/ClimateIndicator/ocean-heat-content at 8eccc7a,
Output/AR6_OHC_ensemble_IGCC_update_2024-04-13.csv."""


@pytest.fixture(scope="module")
def folder(shared_records):
    return shared_records / "reference" / "ohc"


@pytest.fixture(scope="module")
def found(folder):
    return combined(load(Recipe, "igcc_ohc"), str(folder))


def test_consensus__published_central_estimate_of_0_700_m_to_the_last_bit(folder, found):
    year, value = np.loadtxt(folder / "ensemble_0_700m_central.csv", delimiter=",", skiprows=2).T
    central = found.dataset["central"].sel(layer="0-700")
    np.testing.assert_array_equal(central["year"] + 0.5, year)
    np.testing.assert_array_equal(central, value)


@pytest.mark.parametrize("layer", list(PUBLISHED))
def test_consensus__published_central_estimate_and_error(found, layer):
    one = found.dataset.sel(layer=layer)
    for year, (central, total) in PUBLISHED[layer].items():
        at = one.sel(year=year)
        assert float(at["central"]) == pytest.approx(central, rel=1e-13, abs=1e-13)
        assert float(at["total_error"]) == pytest.approx(total, rel=1e-13)
        assert float(at["high"] - at["central"]) == pytest.approx(1.645 * total)


def test_consensus__of_both_layers_is_their_sum(found):
    whole = found.dataset.sel(layer="0-2000")
    for year, (upper, lower) in (
        (y, (PUBLISHED["0-700"][y], PUBLISHED["700-2000"][y])) for y in (1990, 2023)
    ):
        assert float(whole["central"].sel(year=year)) == pytest.approx(upper[0] + lower[0])
        assert float(whole["total_error"].sel(year=year)) == pytest.approx(upper[1] + lower[1])
    assert whole["n_products"].values.tolist() == [3] * 53


@pytest.mark.parametrize(
    ("product", "layer", "published", "flux"),
    [
        ("NCEI", "0-700", (4.136, 5.726, 6.184, 6.680), 0.415),
        ("IAPv4", "0-700", (4.995, 6.932, 6.093, 7.247), 0.450),
        ("JMA", "0-700", (4.179, 5.702, 6.325, 7.086), 0.440),
        ("EN4", "0-700", (4.231, 7.546, 6.604, 7.351), 0.457),
        ("Domingues", "0-700", (4.960, 6.836, 7.583, 8.476), 0.527),
        ("NCEI", "0-2000", (5.638, 8.227, 10.816, 10.672), 0.663),
        ("IAPv4", "0-2000", (7.041, 10.206, 9.912, 10.927), 0.679),
        ("JMA", "0-2000", (6.805, 9.511, 10.688, 11.292), 0.702),
    ],
)
def test_consensus__trends_of_the_products_to_three_digits(found, product, layer, published, flux):
    one = found.dataset.sel(layer=layer, series=product)
    np.testing.assert_allclose(one["trend"], published, atol=6e-4)
    assert float(one["trend_flux_earth"][-1]) == pytest.approx(flux, abs=6e-4)


def test_consensus__the_smoothed_central_estimate_gets_no_interval_but_a_spread(found):
    one = found.dataset.sel(layer="0-700", period="2005-2023")
    assert np.isnan(one["trend_low"].sel(series="central"))
    assert "effective sample size" in str(one["trend_note"].sel(series="central").values)
    of_products = np.std([6.680, 7.247, 7.086, 7.351, 8.476])
    assert float(one["trend_structural_error"]) == pytest.approx(of_products, abs=6e-4)


def test_trend__a_smoothed_accelerating_mean_gets_no_interval(found):
    """The AR(1) trap: the mean of the smoothed products about a line has r1 0.9; 48 years count as two."""
    mean = found.dataset["mean"].sel(layer="0-700", year=slice(1971, 2018))
    result = trend(mean["year"].values + 0.5, mean.values)
    assert result.n == 48
    assert result.r1 == pytest.approx(0.91, abs=0.01)
    assert result.n_eff == pytest.approx(2.2, abs=0.1)
    assert np.isnan([result.low, result.high]).all()
    assert "effective sample size 2.2" in result.note


def test_provenance__names_every_file_with_its_digest(folder, found):
    rows = provenance_table(found).to_pylist()
    assert {(r["layer"], r["product"]) for r in rows if r["central"]} == {
        ("0-700", "Domingues"),
        ("700-2000", "JMA"),
    }
    for row in (r for r in rows if r["file"]):
        assert hashlib.sha256(Path(row["file"]).read_bytes()).hexdigest() == row["sha256"]
    notes = {(r["layer"], r["product"]): r["note"] for r in rows}
    assert "1940-1969 not combined" in notes["0-700", "IAPv4"]
    assert "0-2000 m less 0-700 m" in notes["700-2000", "NCEI"]
    assert notes["700-2000", "EN4"].startswith("left out: not among the products")


def test_command__prints_the_published_trend(folder):
    done = CliRunner().invoke(
        app, ["consensus", "igcc_ohc", "--folder", str(folder), "--layer", "0-700", "--period", "1971/2018"]
    )
    assert done.exit_code == 0, done.output
    assert "4.96" in done.output
    assert "Domingues (central)" in done.output


def test_adapted__without_a_product_only_the_errors_change(folder, found, tmp_path):
    fewer = combined(adapted(load(Recipe, "igcc_ohc"), without=["EN4"]), str(folder))
    one, other = (c.dataset.sel(layer="0-700") for c in (found, fewer))
    np.testing.assert_array_equal(one["central"], other["central"])
    assert float(one["structural_error"].sel(year=1975)) != float(other["structural_error"].sel(year=1975))
    assert fewer.inputs != found.inputs
    assert {f.rsplit(".", 1)[-1] for f in write_consensus(str(tmp_path), fewer)} == {
        "csv",
        "parquet",
        "nc",
        "png",
        "pdf",
    }
