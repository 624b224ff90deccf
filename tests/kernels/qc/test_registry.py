"""What holds for every registered test, whatever it tests."""

import inspect
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import registry
from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.ragged import row_start_of, take_rows

TESTS = registry.tests()
OF_OBS = {
    "value": (-6.0, 45.0),
    "pressure": (-6.0, 6500.0),
    "depth": (-6.0, 6500.0),
    "temperature": (-2.5, 32.0),
    "salinity": (0.0, 41.0),
    "normal_mean": (-2.0, 30.0),
    "normal_std": (0.0, 3.0),
    "normal_n": (0.0, 100.0),
    "normal_minimum": (-2.0, 10.0),
    "normal_low": (-1.0, 10.0),
    "normal_q1": (0.0, 12.0),
    "normal_median": (0.0, 15.0),
    "normal_q3": (5.0, 20.0),
    "normal_high": (10.0, 30.0),
    "normal_maximum": (10.0, 35.0),
    "normal_amd": (0.0, 2.0),
    "normal_medcouple": (-1.0, 1.0),
    "normal_slope": (-0.1, 0.1),
    "normal_year": (1950.0, 2020.0),
}
OF_ROW = {
    "time": (-80_000.0, 40_000.0),
    "latitude": (-91.0, 91.0),
    "longitude": (-181.0, 181.0),
    "bottom_depth": (0.0, 6000.0),
    "deep_mean": (-2.0, 36.0),
    "deep_pressure": (900.0, 2000.0),
}
OTHER_OF_ROW = ("inside", "listed", "wmo_number", "platform", "layer_mean")
CONSTANT = {
    "land_class": np.arange(18 * 36).reshape(18, 36).astype(np.uint8) % 4,
    "wod_region": (np.arange(180 * 360).reshape(180, 360) % 3).astype(np.uint8),
    "wod_level": np.array([0.0, 100.0, 1000.0]),
    "wod_range": np.array([[[np.nan] * 2] * 3, [[-2, 30], [-1, 20], [0, 10]], [[5, 35], [4, 25], [2, 12]]]),
}

every_test = pytest.mark.parametrize("test", TESTS.values(), ids=TESTS)
each_of_rows = pytest.mark.parametrize(
    "test", by_row := [t for t in TESTS.values() if t.scope == "row"], ids=[t.name for t in by_row]
)


@every_test
def test_registered_test__keeps_the_contract(test: registry.Test) -> None:
    module = import_module(f"kernels.qc.{test.name}")
    python = getattr(test.kernel, "py_func", test.kernel)
    arguments = inspect.signature(python).parameters
    assert test.kernel is getattr(module, test.name)
    assert list(inspect.signature(test.measure).parameters) == list(arguments)
    assert {k: p.default for k, p in inspect.signature(test.measure).parameters.items()} == {
        k: p.default for k, p in arguments.items()
    }
    assert test.reference.strip()
    assert test.quantity.strip()
    assert "References" in (python.__doc__ or "")
    assert set(test.features) <= {"profiles", "trajectories"}
    assert test.inputs
    assert set(test.required) <= set(test.example) <= set(test.parameters), "example: all that it needs"


@every_test
def test_registered_test__reads_only_inputs_that_fit_its_target(test: registry.Test) -> None:
    assert set(test.inputs) <= {*OF_OBS, *OF_ROW, *OTHER_OF_ROW, *CONSTANT} | {
        "row_start",
        "sequence_start",
        "platform_start",
    }
    if test.on in ("time", "position"):
        assert not set(test.inputs) & {*OF_OBS, "row_start"}
    if test.scope == "platform":
        assert "platform_start" in test.inputs
        assert not set(test.inputs) & {*OF_OBS, "row_start", "sequence_start"}
    else:
        assert not set(test.inputs) & {"platform_start", "layer_mean", "deep_mean", "deep_pressure"}


def numbers(low: float, high: float, shape: int, draw: st.DrawFn, dtype: type) -> np.ndarray:
    """Of a range, with values that tests take for limits, with repeats and with gaps."""
    special = [v for v in (-2.4, 0.0, 3.0, 3.9, 21.7, -5.0, 500.0) if low <= v <= high]
    one = st.one_of(st.floats(low, high), st.sampled_from([*special, float("nan")]))
    drawn = np.array(draw(st.lists(one, min_size=shape, max_size=shape)), dtype)
    if draw(st.booleans()):  # a smooth column, in which single values stand out
        drawn = (drawn * np.array(draw(st.sampled_from([0.0, 0.01])), dtype)).astype(dtype)
    return drawn


def of_series(test: registry.Test) -> bool:
    """Whether each observation is a row of its own, and sequences of them are what the test looks at."""
    return test.features == ("trajectories",)


def starts(test: registry.Test, sequence_start: np.ndarray) -> dict[str, np.ndarray]:
    n = int(sequence_start[-1])
    row_start = np.arange(n + 1, dtype=np.int64) if of_series(test) else sequence_start
    return {"row_start": row_start, "sequence_start": sequence_start}


@st.composite
def partitions(draw: st.DrawFn, test: registry.Test) -> dict[str, Any]:
    """What a test reads of a few rows, some of them empty, with missing values anywhere."""
    size = draw(st.lists(st.integers(0, 9), max_size=5))
    n, sequence_start = sum(size), row_start_of(np.array(size, np.int64))
    columns: dict[str, Any] = {**starts(test, sequence_start), **CONSTANT}
    row_start = columns["row_start"]
    n_row = len(row_start) - 1
    for kind, (low, high) in OF_OBS.items():
        if kind in test.inputs:
            columns[kind] = numbers(low, high, n, draw, np.float32)
    if draw(st.booleans()):  # in order from the surface, as most profiles are
        for kind in {"pressure", "depth"} & set(columns):
            ordered = [np.sort(columns[kind][a:b]) for a, b in pairwise(row_start)]
            columns[kind] = np.concatenate([columns[kind][:0], *ordered])
    for kind, (low, high) in OF_ROW.items():
        if kind in test.inputs:
            columns[kind] = numbers(low, high, n_row, draw, np.float64)
    booleans = st.lists(st.booleans(), min_size=n_row, max_size=n_row)
    whole = st.lists(st.sampled_from([-1, 17, 12345, 6900001]), min_size=n_row, max_size=n_row)
    for kind in {"inside", "listed"} & set(test.inputs):
        columns[kind] = np.array(draw(booleans), np.bool_)
    for kind in {"wmo_number", "platform"} & set(test.inputs):
        columns[kind] = np.array(draw(whole), np.int64)
    if "layer_mean" in test.inputs:
        columns["layer_mean"] = numbers(-2.0, 36.0, n_row * 4, draw, np.float64).reshape(n_row, 4)
    if test.scope == "platform":
        cuts = draw(st.lists(st.integers(0, n_row), max_size=3))
        columns["platform_start"] = np.unique([0, *cuts, n_row]).astype(np.int64)
    return columns


def arguments(test: registry.Test, columns: dict[str, Any]) -> dict[str, Any]:
    given = {
        k: np.array(v, np.float64) if isinstance(v, list | tuple) else v for k, v in test.example.items()
    }
    return {k: columns[k] for k in test.inputs} | given


def run(test: registry.Test, columns: dict[str, Any]) -> np.ndarray:
    return np.asarray(test.kernel(**arguments(test, columns)))


def rows_of(test: registry.Test, columns: dict[str, Any], rows: np.ndarray) -> dict[str, Any]:
    """Some profiles, or some time series, in another order."""
    start, index = take_rows(columns["sequence_start"], rows)
    taken = columns | {k: columns[k][index] for k in OF_OBS if k in columns}
    of_row = index if of_series(test) else rows
    taken |= {k: columns[k][of_row] for k in (*OF_ROW, *OTHER_OF_ROW) if k in columns}
    return taken | starts(test, start)


def index_of(test: registry.Test, columns: dict[str, Any], rows: np.ndarray) -> np.ndarray:
    of_obs = test.on == "observation" or of_series(test)
    return take_rows(columns["sequence_start"], rows)[1] if of_obs else rows


@every_test
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_registered_test__fails_where_and_only_where_what_it_measured_is_not_accepted(
    test: registry.Test, data: st.DataObject
) -> None:
    columns = data.draw(partitions(test))
    outcome = run(test, columns)
    measured, lowest, highest = test.measure(**arguments(test, columns))
    assert outcome.dtype == np.uint8
    assert measured.shape == lowest.shape == highest.shape == outcome.shape
    outside = np.where((measured < lowest) | (measured > highest), FAIL, PASS)
    expected = np.where(np.isnan(measured), NOT_RUN, outside)
    clear = ~(np.fmin(np.abs(measured - highest), np.abs(measured - lowest)) < test.tie)
    np.testing.assert_array_equal(outcome[clear], expected[clear])


@every_test
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_registered_test__leaves_its_inputs_alone(test: registry.Test, data: st.DataObject) -> None:
    columns = data.draw(partitions(test))
    before = {k: v.copy() for k, v in columns.items()}
    run(test, columns)
    for k, v in columns.items():
        np.testing.assert_array_equal(v, before[k])


@each_of_rows
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_test_of_rows__gives_the_same_in_chunks(test: registry.Test, data: st.DataObject) -> None:
    columns = data.draw(partitions(test))
    n = len(columns["sequence_start"]) - 1
    cut = data.draw(st.integers(0, n))
    parts = [run(test, rows_of(test, columns, rows)) for rows in (np.arange(cut), np.arange(cut, n))]
    np.testing.assert_array_equal(np.concatenate(parts), run(test, columns))


@every_test
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_registered_test__permuting_the_rows_permutes_the_result(
    test: registry.Test, data: st.DataObject
) -> None:
    columns = data.draw(partitions(test))
    if test.scope == "platform":
        columns["platform_start"] = np.arange(len(columns["row_start"]))  # each row a platform of its own
    rows = np.array(data.draw(st.permutations(range(len(columns["sequence_start"]) - 1))), np.int64)
    permuted = run(test, rows_of(test, columns, rows))
    np.testing.assert_array_equal(permuted, run(test, columns)[index_of(test, columns, rows)])


@each_of_rows
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_test_of_rows__a_row_elsewhere_changes_nothing(test: registry.Test, data: st.DataObject) -> None:
    columns, other = data.draw(partitions(test)), data.draw(partitions(test))
    together = [k for k in (*OF_OBS, *OF_ROW, *OTHER_OF_ROW) if k in columns]
    both = columns | {k: np.concatenate([columns[k], other[k]]) for k in together}
    start, more = columns["sequence_start"], other["sequence_start"]
    both |= starts(test, np.concatenate([start, start[-1] + more[1:]]))
    alone = run(test, columns)
    np.testing.assert_array_equal(run(test, both)[: alone.size], alone)


NO_LEVEL, ONE_LEVEL = np.array([0, 0], np.int64), np.array([0, 1], np.int64)


@each_of_rows
@pytest.mark.parametrize("row_start", [NO_LEVEL, ONE_LEVEL], ids=["no level", "one level"])
def test_test_of_rows__answers_for_the_shortest_rows(test: registry.Test, row_start: np.ndarray) -> None:
    n = int(row_start[-1])
    n_row = n if of_series(test) else 1
    columns: dict[str, Any] = {**starts(test, row_start), **CONSTANT}
    columns |= {k: np.ones(n, np.float32) for k in OF_OBS} | {k: np.ones(n_row) for k in OF_ROW}
    columns |= {"inside": np.ones(n_row, bool), "listed": np.zeros(n_row, bool)}
    columns |= {"wmo_number": np.full(n_row, 6900001), "platform": np.ones(n_row, np.int64)}
    assert run(test, columns).size == (n if test.on == "observation" else n_row)


@each_of_rows
def test_test_of_rows__says_nothing_of_missing_values(test: registry.Test) -> None:
    """All that a test reads of the observations is missing: it cannot fail anything."""
    start = np.array([0, 8], np.int64)
    n_row = 8 if of_series(test) else 1
    columns: dict[str, Any] = {**starts(test, start), **CONSTANT}
    columns |= {k: np.full(8, np.nan, np.float32) for k in OF_OBS}
    columns |= {k: np.full(n_row, np.nan) for k in OF_ROW}
    columns |= {"inside": np.ones(n_row, bool), "listed": np.zeros(n_row, bool)}
    columns |= {"wmo_number": np.full(n_row, 6900001), "platform": np.ones(n_row, np.int64)}
    if set(test.inputs) & {*OF_OBS, *OF_ROW}:
        assert np.all(run(test, columns) == NOT_RUN)
