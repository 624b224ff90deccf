"""What figures show: projection, units as printed, levels, and every kind drawn without a warning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.figures import style
from flows.figures.budget import budget_figure
from flows.figures.maps import Frame, coverage_figure, trend_map_figure
from flows.figures.projection import equal_earth
from flows.figures.sections import LATTICE, depth_trend_figure, dots_in, hovmoeller_figure, section_figure
from flows.figures.series import Series, Slope, ensemble_figure, series_figure, trend_text
from flows.figures.style import Caption, in_print, scale_of, symmetric_levels, unit_text

CAPTION = Caption("A title", "a region", ("Version 1.",), "it was not measured")
DEPTH = np.array([5.0, 50, 200, 700, 2000])
LATITUDE = np.arange(-57.5, 60, 5)
NAN = np.nan


@pytest.fixture
def as_text(monkeypatch):
    """Text of an SVG stays text, to be looked for."""
    monkeypatch.setitem(style.STYLE, "svg.fonttype", "none")


def test_equal_earth__keeps_areas():
    """A cell's area on the map is that on the sphere, whatever its latitude (radius 1)."""
    for south in (-80, -30, 0, 45, 75):
        lat, lon = np.meshgrid(np.linspace(south, south + 5, 400), np.linspace(10, 20, 400), indexing="ij")
        x, y = equal_earth(lon, lat)
        mapped = np.trapezoid(x[:, -1] - x[:, 0], y[:, 0])
        true = np.radians(10) * (np.sin(np.radians(south + 5)) - np.sin(np.radians(south)))
        assert mapped == pytest.approx(true, rel=1e-5)


def test_equal_earth__has_the_published_size():
    """Width and height of the map of a unit sphere: poles are 0.59247 times as long as the equator."""
    x, y = equal_earth(np.array([180.0, 180, 0]), np.array([0.0, 90, 90]))
    assert x[0] == pytest.approx(2.7066297, abs=1e-6)
    assert y[2] == pytest.approx(1.3173627, abs=1e-6)
    assert x[1] / x[0] == pytest.approx(0.59247, abs=1e-4)


@pytest.mark.parametrize(
    ("units", "printed"),
    [
        ("W m-2", "W m⁻²"),
        ("J m-2 year-1", "J m⁻² year⁻¹"),
        ("kg m-3", "kg m⁻³"),
        ("umol kg-1", "umol kg⁻¹"),
        ("degC year-1", "°C year⁻¹"),
        ("1", ""),
        ("1 year-1", "year⁻¹"),
        ("m2", "m2"),
    ],
)
def test_unit_text__has_superscripts(units, printed):
    assert unit_text(units) == printed


def test_in_print__leaves_names_and_dates_alone():
    assert in_print("0-700 m, 60S-60N") == "0\N{EN DASH}700 m, 60°S\N{EN DASH}60°N"
    assert in_print("version 2026.11.1, n_eff") == "version 2026.11.1, n_eff"
    address = "doi:10.5194/essd-12-2013-2020, https://doi.org/10.1175/1520-0493(1999)127"
    assert in_print(f"{address} of 2013-2020") == f"{address} of 2013\N{EN DASH}2020"
    assert in_print("3.2 x 10^14 m^2") == "3.2 \N{MULTIPLICATION SIGN} 10¹⁴ m²"


@pytest.mark.parametrize(
    ("largest", "units", "factor", "printed"),
    [
        (3e8, "J m-2", 1e-6, "MJ m⁻²"),
        (3e9, "J m-2", 1e-9, "GJ m⁻²"),
        (0.02, "m", 1e3, "mm"),
        (0.002, "m year-1", 1e3, "mm year⁻¹"),
        (0.4, "degC", 1.0, "°C"),
        (2e-5, "1", 1e6, "10⁻⁶"),
        (0.0, "W m-2", 1.0, "W m⁻²"),
        (NAN, "W m-2", 1.0, "W m⁻²"),
    ],
)
def test_scale_of__gives_short_numbers(largest, units, factor, printed):
    assert scale_of(np.array([largest, -largest / 3]), units) == (pytest.approx(factor), printed)


@given(st.floats(1e-9, 1e9), st.integers(0, 1000))
def test_symmetric_levels__are_symmetric_about_zero_and_reach_far_enough(size, seed):
    values = size * np.random.default_rng(seed).normal(size=200)
    levels = symmetric_levels(values)
    np.testing.assert_allclose(levels, -levels[::-1], atol=1e-12 * levels[-1])
    assert 0 in levels
    assert 0 in style.middle_ticks(levels)
    assert levels[-1] >= np.quantile(np.abs(values), 0.99)
    assert 5 <= len(levels) <= 17


def test_trend_text__has_the_digits_of_its_interval():
    slope = Slope(1.0, 1.4712, 0.382, 2.5601, "W m-2")
    assert trend_text(slope) == "trend 1.47 [0.38, 2.56] W m⁻²"
    assert trend_text(slope._replace(low=NAN, high=NAN)) == "trend 1.47 W m⁻², no interval"
    assert "\N{MINUS SIGN}0.38" in trend_text(slope._replace(low=-0.382))


def series(value: float = 1.0) -> Series:
    months, years = np.arange("2000-01", "2008-01", dtype="M8[M]"), np.arange(2000, 2008)
    yearly = value * np.arange(8.0)
    yearly[1] = NAN  # so that the first year stands alone
    return Series(months, value * np.linspace(0, 8, 96), years, yearly, np.full(8, 0.3))


def drawn(values, significant=None):
    """Every kind of figure of (depth, latitude) values as text."""
    per_depth, flat = values[:, 0], np.full(LATITUDE.size, values[0, 0])
    years = np.arange(LATITUDE.size) + 2000
    nothing = not np.isfinite(values).any()
    grid = np.broadcast_to(values[0], (36, LATITUDE.size))
    lon = np.arange(-180 + 180 / LATITUDE.size, 180, 360 / LATITUDE.size)
    lat = np.arange(-87.5, 90, 5)
    mask = None if significant is None else np.broadcast_to(significant[0], grid.shape)
    variance = np.full((2, 3), NAN if nothing else 1.0)
    return {
        "section": section_figure(CAPTION, "K year-1", DEPTH, LATITUDE, values, significant, format="svg"),
        "hovmoeller": hovmoeller_figure(CAPTION, "K", DEPTH, 2000 + LATITUDE / 5, values, format="svg"),
        "depth": depth_trend_figure(CAPTION, "K", DEPTH, per_depth, per_depth, per_depth, format="svg"),
        "globe": trend_map_figure(CAPTION, "W m-2", lat, lon, grid, mask, format="svg"),
        "region": trend_map_figure(
            CAPTION, "W m-2", lat, lon, grid, mask, frame=Frame(150, 210, -50, 10), format="svg"
        ),
        "series": series_figure(CAPTION, "J m-2", series(values[0, 0]), format="svg"),
        "ensemble": ensemble_figure(
            CAPTION, "J", years, {"a": flat, "b": flat}, flat, flat, flat, format="svg"
        ),
        "budget": budget_figure(
            CAPTION, "J", ["a", "b"], ["x", "y", "z"], variance, 4 * variance[:, 0], format="svg"
        ),
    }  # fmt: skip


def test_figures__of_values_say_what_they_show(as_text):
    values = np.outer(1 / (1 + DEPTH / 500), np.cos(np.radians(LATITUDE)) - 0.7)
    figures = drawn(values, np.abs(values) > 0.1)
    for kind, content in figures.items():
        text = content.decode()
        assert "A title" in text, kind
        assert "Version 1." in text, kind
        assert "No value" not in text, kind
    for kind in ("section", "globe", "region"):
        assert "dots: not significant" in figures[kind].decode()
    assert "not attributed" in figures["budget"].decode()


def test_figures__of_nothing_print_the_reason(as_text):
    for kind, content in drawn(np.full((5, LATITUDE.size), NAN)).items():
        assert "No value: it was not measured" in content.decode(), kind


def test_series_figure__without_yearly_means_says_so(as_text):
    thin = series()._replace(yearly=np.full(8, NAN), yearly_error=np.full(8, NAN))
    assert "no yearly mean: it was not measured" in series_figure(CAPTION, "J", thin, format="svg").decode()


@given(st.integers(0, 1000), st.integers(1, 6), st.integers(1, 6))
def test_dots_in__lie_in_the_cells_that_are_named_and_in_all_of_their_area(seed, n_depth, n_across):
    rng = np.random.default_rng(seed)
    x, y = (np.cumsum(rng.uniform(1, 9, n + 1)) for n in (n_across, n_depth))
    where = rng.random((n_depth, n_across)) < 0.5
    across, depth = dots_in(x, y, where)
    i, j = np.searchsorted(y, depth) - 1, np.searchsorted(x, across) - 1
    assert where[i, j].all()
    rest = dots_in(x, y, ~where)[0]
    assert across.size + rest.size == LATTICE[0] * LATTICE[1]


def test_depth_trend_figure__hollow_points_are_those_that_are_not_significant(as_text):
    trend = np.linspace(-1, 1, 5)
    args = (CAPTION, "K year-1", DEPTH, trend, trend - 0.5, trend + 0.5)
    said = [depth_trend_figure(*args, mask, format="svg").decode() for mask in (None, trend > 9, trend < 9)]
    assert ["not significant" in text for text in said] == [False, True, False]


def test_trend_map_figure__refuses_cells_in_uneven_steps():
    with pytest.raises(ValueError, match="even, ascending steps"):
        trend_map_figure(CAPTION, "K", np.array([0.0, 1, 3]), np.array([0.0, 1, 2]), np.zeros((3, 3)))


def test_coverage_figure__of_no_record_says_so():
    assert coverage_figure("none", np.empty(0), np.empty(0)).startswith(b"\x89PNG")


def test_rendered__refuses_a_format_that_it_cannot_write():
    with pytest.raises(ValueError, match="png, pdf, svg"):
        series_figure(CAPTION, "J", series(), format="gif")
