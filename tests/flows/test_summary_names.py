"""What a run prints of series without a trend stays readable with many indicators and regions."""

from flows.summary import SERIES_NAMED, series_names


def rows(n, region):
    return [{"indicator": f"indicator_{k}", "region": region} for k in range(n)]


def test_series_names__few_are_named_and_many_are_counted():
    few, many = rows(SERIES_NAMED, "black_sea"), rows(SERIES_NAMED + 1, "baltic_sea")
    said = series_names([*many, *few])
    assert said == "baltic_sea (4 indicators), black_sea (indicator_0, indicator_1, indicator_2)"


def test_series_names__of_a_whole_ocean_state_fit_into_a_few_lines():
    everywhere = [row for k in range(14) for row in rows(47, f"region_{k}")]
    assert len(series_names(everywhere)) < 500
