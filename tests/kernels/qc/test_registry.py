"""What holds for every registered test, whatever it tests."""

import inspect
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import registry
from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.ragged import row_start_of, take_rows

TESTS = registry.tests()
PER_OBSERVATION = ("value", "pressure", "temperature", "salinity")
PER_ROW = ("time", "latitude", "longitude", "inside")
PARAMETERS = {
    "earliest_year": 1997.0,
    "minimum": -2.4,
    "maximum": 21.7,
    "shallow": 3.0,
    "deep": 0.9,
    "deep_from": 500.0,
    "threshold": 0.03,
    "fewest_levels": 2.0,
    "thinnest": 200.0,
    "latest": 30000.0,
}
"""A value for every parameter that a test needs; those of ``value`` lie within what is drawn below."""

TIE = 1e-9
"""Density is measured again by another library: closer to the limit than this, it may fall on either side."""

every_test = pytest.mark.parametrize("test", TESTS.values(), ids=TESTS)


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
    assert set(test.required) <= set(PARAMETERS), "give the new parameter a value above"


@every_test
def test_registered_test__reads_only_inputs_that_fit_its_target(test: registry.Test) -> None:
    assert set(test.inputs) <= set(registry.INPUTS)
    if test.on != "observation":
        assert not set(test.inputs) & {*PER_OBSERVATION, "row_start"}


def value_of(kind: str) -> st.SearchStrategy[float]:
    low, high = {
        "value": (-6.0, 45.0),
        "pressure": (-6.0, 6500.0),
        "temperature": (-2.5, 32.0),
        "salinity": (0.0, 41.0),
        "time": (-80_000.0, 40_000.0),
        "latitude": (-91.0, 91.0),
        "longitude": (-181.0, 181.0),
    }[kind]
    return st.one_of(
        st.floats(low, high),
        st.sampled_from([-2.4, 0.0, 3.0, 3.9, 21.7, -5.0, 500.0]).filter(lambda x: low <= x <= high),
        st.just(float("nan")),
    )


@st.composite
def partitions(draw: st.DrawFn) -> dict[str, Any]:
    """Inputs of every kind for a few profiles, some of them empty, with missing values anywhere."""
    size = draw(st.lists(st.integers(0, 7), max_size=5))
    n, row_start = sum(size), row_start_of(np.array(size, np.int64))
    columns: dict[str, Any] = {"row_start": row_start}
    for kind in PER_OBSERVATION:
        columns[kind] = np.array(draw(st.lists(value_of(kind), min_size=n, max_size=n)), np.float32)
    for kind in ("time", "latitude", "longitude"):
        columns[kind] = np.array(
            draw(st.lists(value_of(kind), min_size=len(size), max_size=len(size))), np.float64
        )
    columns["inside"] = np.array(
        draw(st.lists(st.booleans(), min_size=len(size), max_size=len(size))), np.bool_
    )
    columns["land_class"] = np.arange(18 * 36).reshape(18, 36).astype(np.uint8) % 4
    return columns


def run(test: registry.Test, columns: dict[str, Any]) -> np.ndarray:
    return np.asarray(test.kernel(**arguments(test, columns)))


def arguments(test: registry.Test, columns: dict[str, Any]) -> dict[str, Any]:
    given = [k for k in test.parameters if k in PARAMETERS]
    return {k: columns[k] for k in test.inputs} | {k: PARAMETERS[k] for k in given}


def rows_of(columns: dict[str, Any], rows: np.ndarray) -> dict[str, Any]:
    start, index = take_rows(columns["row_start"], rows)
    taken = {k: v[index] if k in PER_OBSERVATION else v for k, v in columns.items()}
    return taken | {k: columns[k][rows] for k in PER_ROW} | {"row_start": start}


def index_of(test: registry.Test, columns: dict[str, Any], rows: np.ndarray) -> np.ndarray:
    return take_rows(columns["row_start"], rows)[1] if test.on == "observation" else rows


@every_test
@settings(max_examples=60, deadline=None)
@given(columns=partitions())
def test_registered_test__fails_where_and_only_where_what_it_measured_is_not_accepted(
    test: registry.Test, columns: dict[str, Any]
) -> None:
    outcome = run(test, columns)
    measured, lowest, highest = test.measure(**arguments(test, columns))
    assert outcome.dtype == np.uint8
    assert measured.shape == lowest.shape == highest.shape == outcome.shape
    outside = np.where((measured < lowest) | (measured > highest), FAIL, PASS)
    expected = np.where(np.isnan(measured), NOT_RUN, outside)
    tie = (np.abs(measured - highest) < TIE) & (test.name == "density_inversion")
    np.testing.assert_array_equal(outcome[~tie], expected[~tie])


@every_test
@settings(max_examples=20, deadline=None)
@given(columns=partitions())
def test_registered_test__leaves_its_inputs_alone(test: registry.Test, columns: dict[str, Any]) -> None:
    before = {k: v.copy() for k, v in columns.items()}
    run(test, columns)
    for k, v in columns.items():
        np.testing.assert_array_equal(v, before[k])


@every_test
@settings(max_examples=20, deadline=None)
@given(columns=partitions(), data=st.data())
def test_registered_test__gives_the_same_in_chunks(
    test: registry.Test, columns: dict[str, Any], data: st.DataObject
) -> None:
    n = len(columns["row_start"]) - 1
    cut = data.draw(st.integers(0, n))
    parts = [run(test, rows_of(columns, rows)) for rows in (np.arange(cut), np.arange(cut, n))]
    np.testing.assert_array_equal(np.concatenate(parts), run(test, columns))


@every_test
@settings(max_examples=20, deadline=None)
@given(columns=partitions(), data=st.data())
def test_registered_test__permuting_the_profiles_permutes_the_result(
    test: registry.Test, columns: dict[str, Any], data: st.DataObject
) -> None:
    rows = np.array(data.draw(st.permutations(range(len(columns["row_start"]) - 1))), np.int64)
    permuted = run(test, rows_of(columns, rows))
    np.testing.assert_array_equal(permuted, run(test, columns)[index_of(test, columns, rows)])
