"""Tests of time series, at times and steps as series have them: what fails was measured to be wrong."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import registry
from kernels.flags import FAIL, NOT_RUN, PASS

NAN = np.nan
LIMITS = {
    "flat_line": {"duration": 180.0, "tolerance": 0.01},
    "attenuated_signal": {"threshold": 0.2, "duration": 240.0},
    "rate_of_change_time": {"threshold": 0.1 / 60},
    "rate_of_change_quince": {"threshold": 0.15},
    "flat_line_quince": {"longest": 240.0},
    "outlier": {"deviations": 2.0},
    "track_speed": {"highest": 20.0},
}
MINUTES = [0.0, 1.0, 1.0, 1.0, 2.0, 30.0, -3.0, NAN]
VALUES = [20.0, 20.0, 20.001, 20.1, 20.2, 20.9, NAN]

of_series = pytest.mark.parametrize(
    "test", series := [t for t in registry.tests().values() if t.name in LIMITS], ids=[t.name for t in series]
)


def column(choice: list[float], n: int, draw: st.DrawFn) -> np.ndarray:
    return np.array(draw(st.lists(st.sampled_from(choice), min_size=n, max_size=n)), np.float64)


@st.composite
def several_series(draw: st.DrawFn) -> dict[str, np.ndarray]:
    n = draw(st.integers(0, 40))
    steps = column(MINUTES, n, draw)
    cuts = draw(st.lists(st.integers(0, n), max_size=3))
    return {
        "sequence_start": np.array(sorted([0, *cuts, n]), np.int64),
        "time": np.where(np.isnan(steps), NAN, 27_000 + np.nancumsum(steps)[:n] / 1440),
        "value": column(VALUES, n, draw).astype(np.float32),
        "latitude": column([40.0, 40.001, 40.002, 41.0, NAN], n, draw),
        "longitude": column([-70.0, -70.001, NAN], n, draw),
    }


@of_series
@settings(max_examples=150, deadline=None)
@given(columns=several_series())
def test_series__fail_where_what_was_measured_is_not_accepted(
    test: registry.Test, columns: dict[str, np.ndarray]
) -> None:
    arguments: dict[str, Any] = {k: columns[k] for k in test.inputs} | LIMITS[test.name]
    measured, lowest, highest = test.measure(**arguments)
    expected = np.where((measured < lowest) | (measured > highest), FAIL, PASS)
    expected = np.where(np.isnan(measured), NOT_RUN, expected)
    tied = np.fmin(np.abs(measured - highest), np.abs(measured - lowest)) < test.tie
    outcome = test.kernel(**arguments)
    np.testing.assert_array_equal(outcome[~tied], expected[~tied])


@of_series
@settings(max_examples=50, deadline=None)
@given(columns=several_series())
def test_series__each_series_is_tested_by_itself(test: registry.Test, columns: dict[str, np.ndarray]) -> None:
    arguments: dict[str, Any] = {k: columns[k] for k in test.inputs} | LIMITS[test.name]
    whole = test.kernel(**arguments)
    start = columns["sequence_start"]
    for first, stop in pairwise(start):
        part = {k: v[first:stop] for k, v in columns.items() if k in test.inputs and k != "sequence_start"}
        alone = test.kernel(**arguments | part | {"sequence_start": np.array([0, stop - first])})
        np.testing.assert_array_equal(alone, whole[first:stop])
