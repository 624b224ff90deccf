"""One indicator by several methods: what is compared, what is drawn and what is said of it."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from typer.testing import CliRunner

from catalogs.schema import Indicator, Region, load
from flows.cli import app
from flows.collection import Collection
from flows.figures import series as series_figures
from flows.figures.series import Line, methods_figure
from flows.figures.style import PALETTE, Caption
from flows.groups import write_dataset
from flows.methods import BOXES, by_several_methods, methods_of, on_common_terms
from flows.products import write_figures
from flows.report import figure_of

NAN = np.nan
MAPPING = "objective mapping, coarse"
YEARS = np.arange(2000, 2008)
YEARLY = np.array([NAN, NAN, 3.0, 1, 4, 1, 5, 9]) * 1e7
MAPPED = np.array([2.0, 7, 1, 8, 2, 8, 1, 8]) * 1e7


def series_of(
    yearly=YEARLY, *, first="2000-01", n_months=96, years=YEARS, slope=2e6, size=1e7, regions=("nino_3_4",)
) -> xr.Dataset:
    """In the layout of an indicator, the same in each region."""
    month = (np.datetime64(first, "M") + np.arange(n_months).astype("m8[M]")).astype("M8[ns]")
    monthly = np.linspace(0, 1e7, n_months)
    of_year = {"value": yearly, "standard_error": np.where(np.isfinite(yearly), size, NAN)}
    of_year["note"] = np.where(np.isfinite(yearly), "", "2 months with a value, fewer than 7")
    of_month = {"value": monthly, "standard_error": np.full(n_months, 3 * size)}
    of_month["note"] = np.full(n_months, "")
    data = {f"yearly_{k}": ("year", v) for k, v in of_year.items()}
    data |= {f"monthly_{k}": ("month", v) for k, v in of_month.items()}
    slope = slope if np.isfinite(yearly).any() else NAN
    trend = {
        "trend": slope,
        "trend_low": slope - 5e5,
        "trend_high": slope + 5e5,
        "trend_note": "",
        "area": 6e12,
    }
    one = xr.Dataset(data, {"month": month, "year": years}).assign(trend)
    one["trend"].attrs["units"] = "J m-2 year-1"
    about = {"indicator": "ohc_0_700", "title": "Ocean heat content", "units": "J m-2", "convention": "rho",
             "area": "ocean of the region", "reference_period": "2000-2007", "baseline": "mean of months",
             "standard_error": "sampling", "trend_method": "weighted least squares",
             "mapping": "boxes of all months"}  # fmt: skip
    everywhere = one.expand_dims(region=len(regions)).assign_coords(region=("region", np.array(regions)))
    return everywhere.assign_attrs(about)


def mapped_series_of(yearly=MAPPED, **of) -> xr.Dataset:
    made = series_of(yearly, slope=-1e6, size=2e7, **of)
    del made.attrs["mapping"]
    return made.assign_attrs(method="objective analysis of column values")


def both(boxes: xr.Dataset, *mapped: xr.Dataset) -> dict[str, xr.Dataset]:
    names = (MAPPING, "objective mapping, fine")
    return {BOXES: boxes.isel(region=0)} | {n: m.isel(region=0) for n, m in zip(names, mapped, strict=False)}


@pytest.fixture
def drawn(monkeypatch):
    """Figures as they are when they are written."""
    figures: list[Figure] = []
    monkeypatch.setattr(series_figures, "rendered", lambda figure, format: figures.append(figure) or b"")
    return figures


def band_of(axes, k):
    """Upper and lower edge of the k-th band at each point: x -> (low, high)."""
    bands = [c for c in axes.collections if isinstance(c, PolyCollection)]
    x, y = bands[k].get_paths()[0].vertices.T
    return {at: (y[x == at].min(), y[x == at].max()) for at in np.unique(x)}


# ---- what is compared


def test_on_common_terms__yearly_means_are_relative_to_the_years_that_all_have():
    compared = on_common_terms(both(series_of(), mapped_series_of()))
    assert compared.period == "yearly"
    np.testing.assert_array_equal(compared.time, YEARS)
    np.testing.assert_array_equal(compared.common, YEARS[2:])
    np.testing.assert_allclose(compared.value[BOXES], YEARLY - 23e7 / 6)
    np.testing.assert_allclose(compared.value[MAPPING], MAPPED - 28e7 / 6)
    np.testing.assert_array_equal(compared.error[MAPPING], 2e7)


def test_on_common_terms__a_longer_series_is_whole_where_years_are_compared():
    longer = mapped_series_of(np.arange(12.0), first="1998-01", n_months=144, years=np.arange(1998, 2010))
    compared = on_common_terms(both(series_of(), longer))
    np.testing.assert_array_equal(compared.time, np.arange(1998, 2010))
    np.testing.assert_array_equal(compared.common, YEARS[2:])
    assert np.isnan(compared.value[BOXES][[0, 1, 2, 3, 10, 11]]).all()
    np.testing.assert_allclose(compared.value[MAPPING], np.arange(12) - 6.5)


@pytest.mark.parametrize(("n_months", "period"), [(12, "monthly"), (60, "monthly"), (61, "yearly")])
def test_on_common_terms__up_to_sixty_shared_months_are_compared_themselves(n_months, period):
    few = mapped_series_of(MAPPED[:6], first="2001-07", n_months=n_months, years=np.arange(2001, 2007))
    compared = on_common_terms(both(series_of(), few))
    assert compared.period == period
    if period == "monthly":
        assert compared.time.size == n_months
        assert compared.time[0] == np.datetime64("2001-07")
        np.testing.assert_allclose(compared.value[BOXES].mean(), 0, atol=1)
        np.testing.assert_allclose(np.diff(compared.value[BOXES]), 1e7 / 95)


def test_on_common_terms__without_a_common_year_values_stay_as_they_are():
    early = mapped_series_of(np.where(YEARS < 2002, MAPPED, NAN))
    compared = on_common_terms(both(series_of(), early))
    assert compared.common.size == 0
    np.testing.assert_array_equal(compared.value[BOXES], YEARLY)
    np.testing.assert_array_equal(compared.value[MAPPING][:2], MAPPED[:2])


def test_on_common_terms__a_method_without_values_does_not_count():
    compared = on_common_terms(both(series_of(np.full(8, NAN)), mapped_series_of()))
    assert compared.drawn == [MAPPING]
    np.testing.assert_allclose(compared.value[MAPPING], MAPPED - MAPPED.mean())


# ---- what is drawn


def test_methods_of__draws_values_bands_and_trends_of_each_method(drawn):
    methods_of(both(series_of(), mapped_series_of()), "2026.11")
    (figure,) = drawn
    (axes,) = figure.axes
    zero, boxes, of_boxes, mapped, of_mapped = axes.lines
    assert list(zero.get_ydata()) == [0, 0]
    for line, values, color in ((boxes, YEARLY - 23e7 / 6, 0), (mapped, MAPPED - 28e7 / 6, 1)):
        np.testing.assert_allclose(line.get_xdata(), YEARS + 0.5)
        np.testing.assert_allclose(line.get_ydata(), values / 1e6)
        assert line.get_color() == PALETTE[color]
    assert axes.get_ylabel() == "anomaly (MJ m⁻²)"
    np.testing.assert_allclose(of_boxes.get_xdata(), YEARS[2:] + 0.5)
    np.testing.assert_allclose(of_boxes.get_ydata(), 2 * (np.arange(6) - 2.5), atol=1e-9)
    np.testing.assert_allclose(np.diff(of_mapped.get_ydata()), -1)
    for k, (values, size) in enumerate(((YEARLY - 23e7 / 6, 10), (MAPPED - 28e7 / 6, 20))):
        band = band_of(axes, k)
        for year, value in zip(YEARS[2:], values[2:] / 1e6, strict=True):
            assert band[year + 0.5] == pytest.approx((value - 1.96 * size, value + 1.96 * size))


def test_methods_of__legend_has_each_method_with_its_trend_and_its_years_where_they_differ(drawn):
    for boxes in (YEARLY, MAPPED):
        methods_of(both(series_of(boxes), mapped_series_of()), "2026.11")
    texts = [[t.get_text() for t in figure.axes[0].get_legend().texts] for figure in drawn]
    of_boxes, of_mapping = (
        "trend 2.00 [1.50, 2.50] MJ m⁻² year⁻¹",
        "trend \N{MINUS SIGN}1.00 [\N{MINUS SIGN}1.50, \N{MINUS SIGN}0.50] MJ m⁻² year⁻¹",
    )
    assert texts[0] == [
        f"{BOXES}\n{of_boxes}, 2002\N{EN DASH}2007",
        f"{MAPPING}\n{of_mapping}, 2000\N{EN DASH}2007",
    ]
    assert texts[1] == [f"{BOXES}\n{of_boxes}", f"{MAPPING}\n{of_mapping}"]


def test_methods_of__a_trend_of_other_years_is_printed_and_not_drawn(drawn):
    few = mapped_series_of(MAPPED[:2], first="2003-01", n_months=24, years=np.arange(2003, 2005))
    few["trend"][:] = NAN
    few["trend_note"] = "2 values, fewer than 5"
    methods_of(both(series_of(), few), "2026.11")
    (axes,) = drawn[0].axes
    assert len(axes.lines) == 3, "zero and the values of two methods"
    texts = [t.get_text() for t in axes.get_legend().texts]
    assert texts[0].endswith(", 2002\N{EN DASH}2007")
    assert texts[1] == f"{MAPPING}\nno trend: 2 values, fewer than 5"
    assert [t.get_text() for t in axes.get_xticklabels()][:3] == ["Jan\n2003", "Mar\n", "May\n"]
    assert axes.get_xlim() == pytest.approx((2003, 2005))


def test_methods_figure__has_the_legend_above_the_bands(drawn):
    """However many methods, and however long what is said of them."""
    values = 1e-5 * np.array([0.0, 3, -2, 8, 1, 9, 9, 9.5])
    for n in (2, 3, 5):
        for said in (
            "trend 0.8 W m⁻²",
            "trend \N{MINUS SIGN}14.3 [\N{MINUS SIGN}39.6, 11.0] 10⁻⁶ kg m⁻³ year⁻¹, 1999\N{EN DASH}2006",
        ):
            lines = {
                f"objective mapping, analysis_{k}deg": Line(values, values / 9, 1e-6, said) for k in range(n)
            }
            methods_figure(Caption("A title", "a region", ("Small print. " * 110,)), "1", YEARS, lines)
            (axes,) = drawn[-1].axes
            legend = axes.get_legend().get_window_extent()
            frame = axes.get_window_extent()
            bottom = axes.transData.inverted().transform((0, legend.y0))[1]
            assert bottom > 1e6 * (values + 1.96 * values / 9).max(), (n, said)
            assert legend.x1 <= frame.x1, (n, said)
            assert legend.y1 <= frame.y1, (n, said)


# ---- what is said


def footer_of(figure: Figure) -> str:
    return " ".join(figure.get_supxlabel().split())


def test_methods_of__caption_says_zero_methods_and_errors(drawn):
    methods_of(both(series_of(), mapped_series_of()), "2026.11")
    assert drawn[0].get_suptitle() == "Ocean heat content"
    assert drawn[0].axes[0].get_title(loc="left") == "Nino 3.4, yearly means"
    said = footer_of(drawn[0])
    for text in (
        "Version 2026.11",
        "relative to its mean over the 6 years that all have, 2002 to 2007",
        "Area 6 \N{MULTIPLICATION SIGN} 10¹² m²: ocean of the region",
        "Box averages: boxes of all months.",
        "Objective mapping, coarse: objective analysis of column values.",
        "share their casts, so their errors are not independent",
        "Trends: weighted least squares.",
    ):
        assert text in said, text


def test_methods_of__caption_says_the_months_and_which_have_none(drawn):
    few = mapped_series_of(MAPPED[:2], first="2003-01", n_months=24, years=np.arange(2003, 2005))
    methods_of(both(series_of(), few), "1")
    assert "over the 24 months that all have, January 2003 to December 2004" in footer_of(drawn[0])
    empty = mapped_series_of(np.full(8, NAN))
    methods_of(both(series_of(), empty), "1")
    assert "No yearly value by objective mapping, coarse: 2 months with a value, fewer" in footer_of(drawn[1])
    assert [t.get_text() for t in drawn[1].axes[0].get_legend().texts][1] == f"{MAPPING}\nno yearly value"
    early = mapped_series_of(np.where(YEARS < 2002, MAPPED, NAN))
    methods_of(both(series_of(), early), "1")
    own = "(box averages: 2000\N{EN DASH}2007, mean of months"
    assert f"No year has a value by all methods, so each keeps its own zero {own}" in footer_of(drawn[2])


def test_methods_of__nothing_to_draw_prints_the_reason(drawn):
    nothing = np.full(8, NAN)
    methods_of(both(series_of(nothing), mapped_series_of(nothing)), "1")
    (text,) = drawn[0].axes[0].texts
    assert "No value: box averages: 2 months with a value" in text.get_text().replace("\n", " ")


# ---- from a store


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> str:
    """A version with two indicators in two regions: an analysis has one of them, in one region."""
    url = str(tmp_path_factory.mktemp("methods") / "store")
    boxes = series_of(regions=("nino_3_4", "mediterranean_sea"))
    groups = {f"indicators/{k}": boxes.assign_attrs(indicator=k) for k in ("ohc_0_700", "temp_0_300")}
    groups["analysis/coarse/series/ohc_0_700"] = mapped_series_of()
    run = Collection.open(url, create=True).begin("test")
    session = run.session([*groups, "ledger/analysis_series"])
    for path, dataset in groups.items():
        write_dataset(session.store, path, dataset)
    path = "analysis/coarse/series/ohc_0_700"
    run.record(
        session, "analysis_series", {"coarse/ohc_0_700": {"fingerprint": "", "digest": {}, "wrote": [path]}}
    )
    run.commit(session, "groups")
    run.release()
    return url


@pytest.mark.parametrize(
    ("indicator", "region"), [("ohc_0_700", "mediterranean_sea"), ("temp_0_300", "nino_3_4")]
)
def test_figure_of__methods_where_no_analysis_has_it_says_what_there_is(store, indicator, region):
    said = f"no analysis of this version has {indicator} in {region}, so no methods; .*: coarse/ohc_0_700$"
    with pytest.raises(ValueError, match=said):
        figure_of(Collection.open(store).read(), "1", indicator, region, "methods")


def test_by_several_methods__names_the_analysis(store):
    reading = Collection.open(store).read()
    one = reading.dataset("indicators/ohc_0_700").sel(region="nino_3_4")
    found = by_several_methods(reading, one)
    assert list(found) == [BOXES, MAPPING]
    np.testing.assert_array_equal(found[MAPPING]["yearly_value"], MAPPED)


def test_write_figures__draws_methods_where_there_are_two(store, tmp_path):
    indicators = [load(Indicator, n) for n in ("ohc_0_700", "temp_0_300")]
    regions = [load(Region, n) for n in ("nino_3_4", "mediterranean_sea")]
    write_figures(Collection.open(store).read(), str(tmp_path), "1", indicators, regions, None)
    made = sorted(p.name for p in (tmp_path / "figures").glob("*_methods.png"))
    assert made == ["ohc_0_700_nino_3_4_methods.png"]


def test_command__draws_methods_or_says_in_one_line_that_there_is_one(store, tmp_path):
    def figure(indicator, *more):
        arguments = ["figure", indicator, "--kind", "methods", "--store", store, *more]
        return CliRunner().invoke(app, [*arguments, "--output", str(tmp_path / "methods.pdf")])

    assert figure("ohc_0_700").exit_code == 0
    assert (tmp_path / "methods.pdf").read_bytes().startswith(b"%PDF")
    refused = figure("temp_0_300", "--region", "nino_3_4")
    assert refused.exit_code == 1
    assert "no analysis of this version has temp_0_300 in nino_3_4" in str(refused.exception)
