"""Published series of global ocean heat content: their trends, and the ensemble that is made of them."""

import numpy as np
import pytest

from kernels.indicators.consensus import consensus, error_by_thickness, sigma_of_interval, sum_of_layers
from kernels.indicators.heat_content import flux_of_trend
from kernels.indicators.trend import trend

pytestmark = pytest.mark.records
IAP = "OHC{}m_annual_timeseries_1981_2010baseline_IAPv4.txt"
EN4 = "OHC_series_1950_2023_MOHC_g10_19502023clim_0700m.txt"


@pytest.fixture(scope="module")
def products(shared_records):
    """(year at mid-year, value and standard error in ZJ) by product and layer."""

    def read(file, scale=1.0, columns=(0, 1, 2), skip=0):
        table = np.loadtxt(shared_records / "reference" / "ohc" / file, skiprows=skip)[:, columns]
        return np.floor(table[:, 0]) + 0.5, scale * table[:, 1], scale * table[:, 2]

    found = {
        ("NCEI", "0-700"): read("h22-w0-700m.dat", 10, skip=1),
        ("NCEI", "0-2000"): read("h22-w0-2000m_merged.dat", 10, skip=1),
        ("IAPv4", "0-700"): read(IAP.format("0_700")),
        ("IAPv4", "700-2000"): read(IAP.format("700_2000")),
        ("JMA", "0-700"): read("OHC_0-700.txt"),
        ("JMA", "700-2000"): read("OHC_700-2000.txt"),
        ("EN4", "0-700"): read(EN4, 1e-21, (1, 2, 3), skip=1),
        ("Domingues", "0-700"): read("GOHC0700m_timeseries.txt", 10),
    }
    for name in ("IAPv4", "JMA"):
        year, upper, _ = found[name, "0-700"]
        found[name, "0-2000"] = year, upper + found[name, "700-2000"][1], None
    return found


def on_years(years, series):
    """Value and error of a product on given years."""
    at = np.searchsorted(series[0], years)
    np.testing.assert_array_equal(series[0][at], years)
    return series[1][at], series[2][at]


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
def test_trend__of_published_series_to_three_digits(products, product, layer, published, flux):
    year, value, _ = products[product, layer]
    periods = (1971, 2018), (1993, 2018), (2005, 2019), (2005, 2023)
    for (first, last), expected in zip(periods, published, strict=True):
        inside = (year >= first) & (year < last + 1)
        assert inside.sum() == last - first + 1
        slope = trend(year[inside], value[inside]).slope
        assert slope == pytest.approx(expected, abs=6e-4), (first, last)
    assert flux_of_trend(slope * 1e21) == pytest.approx(flux, abs=6e-4)


@pytest.fixture(scope="module")
def layers(products):
    """The two layers of the published ensemble, with its products, conversions and rules."""
    years = np.arange(1970.5, 2024)
    upper = {k: on_years(years, products[k, "0-700"]) for k in ("NCEI", "JMA", "EN4", "IAPv4", "Domingues")}
    upper["IAPv4"] = upper["IAPv4"][0], sigma_of_interval(upper["IAPv4"][1], 0.95)
    lower = {k: on_years(years, products[k, "700-2000"]) for k in ("JMA", "IAPv4")}
    lower["IAPv4"] = lower["IAPv4"][0], sigma_of_interval(lower["IAPv4"][1], 0.95)
    whole = on_years(years, products["NCEI", "0-2000"])
    lower["NCEI"] = whole[0] - upper["NCEI"][0], error_by_thickness(whole[1], 1300, 2000)

    def combined(members, central):
        names = list(members)
        values, errors = np.array([members[k] for k in names]).swapaxes(0, 1)
        return consensus(
            years, values, errors, names.index(central), smoothed=[k != "Domingues" for k in names]
        )

    return {"0-700": combined(upper, "Domingues"), "700-2000": combined(lower, "JMA")}


def test_consensus__published_central_estimate_of_0_700_m_to_the_last_bit(shared_records, layers):
    table = np.loadtxt(
        shared_records / "reference" / "ohc" / "ensemble_0_700m_central.csv", delimiter=",", skiprows=2
    )
    np.testing.assert_array_equal(layers["0-700"].time, table[:, 0])
    np.testing.assert_array_equal(layers["0-700"].central, table[:, 1])


def test_consensus__layers_and_their_sum(layers):
    """Nothing is published of these in the folder: bounds from the products themselves."""
    for layer in layers.values():
        assert (layer.total >= np.maximum(layer.structural, layer.mapping)).all()
    central, sigma = sum_of_layers(list(layers.values()))
    period = layers["0-700"].time >= 2005
    slope = trend(layers["0-700"].time[period], central[period]).slope
    assert 10.5 < slope < 13.1
    np.testing.assert_allclose(sigma, layers["0-700"].total + layers["700-2000"].total)


def test_trend__a_smoothed_accelerating_mean_gets_no_interval(layers):
    """The AR(1) trap: the mean of the smoothed products about a line has r1 0.9; 48 years count as two."""
    period = layers["0-700"].time < 2019
    result = trend(layers["0-700"].time[period], layers["0-700"].mean[period])
    assert result.n == 48
    assert result.r1 == pytest.approx(0.91, abs=0.01)
    assert result.n_eff == pytest.approx(2.2, abs=0.1)
    assert np.isnan([result.low, result.high]).all()
    assert "effective sample size 2.2" in result.note
