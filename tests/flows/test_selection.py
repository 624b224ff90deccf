"""Which values may be used: flags are never improved."""

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import Adjustment, Selection, load
from flows.selection import select, usable_rows
from kernels.vertical import depth_of

N_LEVEL = 3


def partition(n_row=2, **changes):
    """Rows of three good levels; ``changes`` replace variables (a scalar stands for all)."""
    n = n_row * N_LEVEL
    rows = {"row_size": N_LEVEL, "TIME": 18262.0, "LATITUDE": 45.0, "LONGITUDE": -20.0, "TIME_QC": 1,
            "POSITION_QC": 1, "DATA_MODE": "R", "PLATFORM_TYPE": "PF"}  # fmt: skip
    obs = {"PRES": np.tile([10.0, 20, 30], n_row), "TEMP": np.arange(n, dtype=float)}
    obs |= {f"{v}{q}": 1 for v in ("PRES", "TEMP") for q in ("_QC", "_SOURCE_QC")}
    out = {}
    for name, value in (rows | obs | changes).items():
        size, dim = (n_row, "profile") if name in rows or name.endswith("N_SOURCE_QC") else (n, "obs")
        out[name] = (dim, np.full(size, value) if np.ndim(value) == 0 else np.asarray(value))
    return xr.Dataset(out)


def usable(selection=Selection(), **changes):  # noqa: B008 - frozen
    return np.isfinite(select(partition(**changes), "TEMP", selection)[0]).tolist()


def test_select__good_values_with_their_depth():
    value, depth = select(partition(), "TEMP", Selection())
    np.testing.assert_array_equal(value, np.arange(6.0))
    p = np.tile([10.0, 20, 30], 2)
    np.testing.assert_allclose(depth, depth_of(p, np.full(6, np.nan), np.full(6, 45.0)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"TEMP_QC": [1, 2, 3, 4, 0, 9]}, [1, 1, 0, 0, 0, 0], id="our flag"),
        pytest.param({"TEMP_SOURCE_QC": [0, 1, 2, 3, 4, 8]}, [1, 1, 1, 0, 0, 1], id="delivered flag"),
        pytest.param({"PRES_QC": [1, 0, 4, 1, 3, 1]}, [1, 1, 0, 1, 0, 1], id="our flag of the pressure"),
        pytest.param({"PRES_SOURCE_QC": [1, 4, 1, 1, 1, 3]}, [1, 0, 1, 1, 1, 0], id="delivered of pressure"),
        pytest.param({"PRES": [10, np.nan, 30, 10, 20, 30]}, [1, 0, 1, 1, 1, 1], id="no pressure"),
        pytest.param({"TIME_QC": [1, 4]}, [1, 1, 1, 0, 0, 0], id="bad time"),
        pytest.param({"POSITION_QC": [3, 1]}, [0, 0, 0, 1, 1, 1], id="bad position"),
        pytest.param({"POSITION_SOURCE_QC": [1, 4]}, [1, 1, 1, 0, 0, 0], id="delivered bad position"),
        pytest.param({"LATITUDE": [45.0, np.nan]}, [1, 1, 1, 0, 0, 0], id="no position"),
    ],
)
def test_select__leaves_out(changes, expected):
    assert usable(**changes) == [bool(e) for e in expected]


ADJUSTED = [10.0, np.nan, 12, np.nan, np.nan, np.nan]


@pytest.mark.parametrize(
    ("mode", "flag", "expected"),
    [
        pytest.param("D", [1, 4, 4, 0, 0, 0], [10, None, None, 3, 4, 5],
                     id="a rejected level stays so; a row without adjusted values is taken as it is"),
        pytest.param("A", [1, 4, 1, 4, 4, 4], [10, None, 12, None, None, None],
                     id="a wholly rejected row is not brought back"),
        pytest.param("R", [1, 4, 1, 4, 4, 4], [10, 1, 12, 3, 4, 5], id="a real-time row has its raw values"),
    ],
)  # fmt: skip
def test_select__adjusted_values_stand_in(mode, flag, expected):
    changed = partition(DATA_MODE=mode, TEMP_ADJUSTED=ADJUSTED, TEMP_ADJUSTED_QC=np.array(flag, np.uint8))
    value, _ = select(changed, "TEMP", Selection())
    np.testing.assert_array_equal(value, np.array(expected, float))
    plain, _ = select(changed, "TEMP", Selection(adjusted=False))
    np.testing.assert_array_equal(plain, np.arange(6.0))


def test_select__depth_comes_from_the_adjusted_pressure():
    changed = partition(
        DATA_MODE="D", PRES_ADJUSTED=np.tile([12.0, 22, np.nan], 2), PRES_ADJUSTED_QC=np.tile([1, 1, 4], 2)
    )
    _, depth = select(changed, "TEMP", Selection())
    expected = depth_of(np.array([12.0, 22, np.nan]), np.full(3, np.nan), np.full(3, 45.0))
    np.testing.assert_allclose(depth, np.tile(expected, 2))


def test_select__delivered_depth_needs_no_flag_of_ours():
    only_depth = partition(DEPH=np.tile([1.0, 2, 3], 2), DEPH_QC=0, DEPH_SOURCE_QC=0).drop_vars(
        ["PRES", "PRES_QC", "PRES_SOURCE_QC"]
    )
    np.testing.assert_array_equal(select(only_depth, "TEMP", Selection())[1], np.tile([1.0, 2, 3], 2))


def test_select__missing_variable_gives_nothing_and_unchecked_one_is_refused():
    assert np.isnan(select(partition(), "PSAL", Selection())).all()
    with pytest.raises(ValueError, match="run quality control"):
        select(partition().drop_vars("TEMP_QC"), "TEMP", Selection())


def test_select__leaves_the_partition_alone_and_takes_an_empty_one():
    before = partition(DATA_MODE="D", TEMP_ADJUSTED=ADJUSTED, TEMP_ADJUSTED_QC=1)
    copy = before.copy(deep=True)
    select(before, "TEMP", Selection())
    xr.testing.assert_identical(before, copy)
    empty = before.isel(profile=slice(0), obs=slice(0))
    assert select(empty, "TEMP", Selection())[0].size == 0
    assert usable_rows(empty, Selection()).size == 0


def test_select__platform_types_can_be_left_out():
    kinds = {"PLATFORM_TYPE": np.array(["XB", "PF"])}
    assert usable(Selection(without_platform_types=("XB",)), **kinds) == [False] * 3 + [True] * 3
    assert all(usable(Selection(), **kinds))


def trajectories(**changes):
    """Two moorings of three values, each with a time and a place of its own."""
    rows = {"row_size": [3, 3], "PLATFORM_TYPE": ["MO", "DB"], "DATA_MODE": ["R", "D"]}
    place = {
        "TIME": 18262.0,
        "LATITUDE": [0.0] * 3 + [60.0] * 3,
        "LONGITUDE": 0.0,
        "TIME_QC": 1,
        "POSITION_QC": 1,
    }
    obs = (
        {"DEPH": 1.0, "TEMP": np.arange(6.0), "TEMP_QC": 1, "TEMP_SOURCE_QC": 1, "DEPH_QC": 1}
        | place
        | changes
    )
    columns = {k: np.full(6, v) if np.ndim(v) == 0 else np.asarray(v) for k, v in obs.items()}
    data = {k: ("trajectory", np.asarray(v)) for k, v in rows.items()}
    return xr.Dataset(data | {k: ("obs", v) for k, v in columns.items()})


@pytest.mark.parametrize(
    ("changes", "selection", "expected"),
    [
        pytest.param({}, Selection(), [0, 1, 2, 3, 4, 5], id="all good"),
        pytest.param({"POSITION_QC": [1, 4, 1, 1, 1, 1]}, Selection(), [0, None, 2, 3, 4, 5],
                     id="a bad position spoils one value"),
        pytest.param({"TIME": [1, 1, np.nan, 1, 1, 1]}, Selection(), [0, 1, None, 3, 4, 5],
                     id="so does no time"),
        pytest.param({"TEMP_QC": [1, 1, 1, 1, 3, 4]}, Selection(), [0, 1, 2, 3, None, None], id="bad values"),
        pytest.param({}, Selection(without_platform_types=("DB",)), [0, 1, 2, None, None, None],
                     id="platforms are left out row by row"),
        pytest.param({}, Selection(data_modes=("D",)), [None, None, None, 3, 4, 5], id="modes too"),
    ],
)  # fmt: skip
def test_select__trajectories_have_a_place_for_every_value(changes, selection, expected):
    value, depth = select(trajectories(**changes), "TEMP", selection)
    np.testing.assert_array_equal(value, np.array(expected, float))
    np.testing.assert_array_equal(depth, np.where(np.isnan(value), np.nan, 1.0))


def test_select__pressures_of_trajectories_become_depths_at_their_own_latitude():
    only_pressure = trajectories(PRES=1000.0, PRES_QC=1, PRES_SOURCE_QC=1).drop_vars(["DEPH", "DEPH_QC"])
    _, depth = select(only_pressure, "TEMP", Selection())
    latitude = only_pressure["LATITUDE"].values
    np.testing.assert_allclose(depth, depth_of(np.full(6, 1000.0), np.full(6, np.nan), latitude))
    assert depth[0] - depth[3] > 3  # gravity is larger at 60N


def test_select__adjustments_are_of_profiles_only():
    entry = load(Adjustment, "xbt_synthetic")
    kept = select(trajectories(), "TEMP", Selection(adjustments=(entry,)))[0]
    np.testing.assert_array_equal(kept, np.arange(6.0))
    of_moorings = entry.model_copy(update={"platform_types": ("MO",)})
    with pytest.raises(ValueError, match="of profiles, not of trajectories"):
        select(trajectories(), "TEMP", Selection().model_copy(update={"adjustments": (of_moorings,)}))
