from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.schema import CatalogueError, Procedure, load, names, parse
from flows import inputs
from flows.procedures import BoundProcedure, bind
from flows.quality import check, counts, fingerprint_parts, with_flags_of
from kernels.flags import Flag
from kernels.vertical import pressure_of

NAN = np.nan
ARGO = load(Procedure, "argo_real_time")
BITS = {t.id: np.uint64(1 << k) for k, t in enumerate(ARGO.tests)}


def profiles(*rows: dict[str, Any], **overrides: Any) -> xr.Dataset:
    """A partition of profiles; each row gives its observation variables and what differs from a good row."""
    good = {"TIME": 20000.0, "LATITUDE": 30.0, "LONGITUDE": -40.0, "PLATFORM_TYPE": "PF"}
    observed = sorted({k for row in rows for k in row} - set(good))
    size = [max((len(row[k]) for k in observed if k in row), default=0) for row in rows]
    data = {k: ("profile", np.array([row.get(k, v) for row in rows])) for k, v in good.items()}
    for k in observed:
        columns = [np.array(row.get(k, [NAN] * n), np.float32) for row, n in zip(rows, size, strict=True)]
        data[k] = ("obs", np.concatenate(columns))
    data["row_size"] = ("profile", np.array(size, np.int64), {"sample_dimension": "obs"})
    return xr.Dataset(data | overrides)


GOOD = {
    "PRES": [5, 50, 100, 400, 600, 1000],
    "TEMP": [20, 18, 16, 12, 8, 5],
    "PSAL": [36, 36, 35.8, 35.3, 35, 34.9],
}


def flags(checked: xr.Dataset, variable: str) -> list[int]:
    return [int(f) for f in checked[f"{variable}_QC"].values]


def failed(checked: xr.Dataset, variable: str) -> list[list[str]]:
    mask = checked[f"{variable}_QC_FAILED"].values
    return [[name for name, bit in BITS.items() if m & bit] for m in mask]


def with_test(**test: Any) -> Procedure:
    content = {
        "name": "some",
        "title": "t",
        "reference": "r",
        "tests": [{"id": "it", "variables": {}} | test],
    }
    return parse(Procedure, content, "procedures/some.yaml")


def test_check__calls_a_good_profile_good() -> None:
    checked = check(profiles(GOOD), ARGO)
    for variable in ("TEMP", "PSAL", "PRES"):
        assert flags(checked, variable) == [Flag.GOOD] * 6
        assert failed(checked, variable) == [[]] * 6
    assert flags(checked, "TIME") == flags(checked, "POSITION") == [Flag.GOOD]


def test_check__returns_only_new_variables_with_cf_masks() -> None:
    partition = profiles(GOOD)
    checked = check(partition, ARGO)
    assert set(checked.data_vars) == {
        f"{v}_QC{ending}"
        for v in ("TIME", "POSITION", "PRES", "TEMP", "PSAL")
        for ending in ("", "_FAILED", "_SKIPPED")
    }
    for name, array in checked.data_vars.items():
        assert array.dtype == (np.uint8 if str(name).endswith("_QC") else np.uint64)
        assert array.dims == (("profile",) if str(name).startswith(("TIME", "POSITION")) else ("obs",))
        if not str(name).endswith("_QC"):
            named = dict(zip(array.attrs["flag_meanings"].split(), array.attrs["flag_masks"], strict=True))
            assert named == {k: BITS[k] for k in named}
            assert array.attrs["procedure"] == "argo_real_time"


def test_check__leaves_the_partition_alone() -> None:
    partition = profiles(GOOD | {"TEMP": [20, 99, 16, 12, 8, 5]})
    before = partition.copy(deep=True)
    check(partition, ARGO)
    xr.testing.assert_identical(partition, before)


def test_check__a_spike_fails_alone() -> None:
    """99 degrees is no neighbour for the tests after the range: no rollover, spike or inversion beside it."""
    checked = check(profiles(GOOD | {"TEMP": [20, 99, 16, 12, 8, 5]}), ARGO)
    assert flags(checked, "TEMP") == [1, 4, 1, 1, 1, 1]
    assert failed(checked, "TEMP")[1] == ["global_range"]
    assert flags(checked, "PSAL") == [1] * 6


@pytest.mark.parametrize(
    ("pressure", "flag", "test"),
    [
        pytest.param(-6, Flag.BAD, "pressure_below_minus_5", id="below -5 dbar"),
        pytest.param(-5, Flag.PROBABLY_BAD, "pressure_below_minus_2_4", id="at -5 dbar"),
        pytest.param(-2.4, Flag.GOOD, None, id="at -2.4 dbar"),
    ],
)
def test_check__a_bad_pressure_spoils_what_was_measured_at_it(
    pressure: float, flag: int, test: str | None
) -> None:
    checked = check(profiles(GOOD | {"PRES": [pressure, 50, 100, 400, 600, 1000]}), ARGO)
    for variable in ("PRES", "TEMP", "PSAL"):
        assert flags(checked, variable) == [flag, 1, 1, 1, 1, 1]
        assert failed(checked, variable)[0] == ([test] if test else [])


def test_check__a_variable_without_tests_is_never_good() -> None:
    """Nitrate has no test of its own, but shares the fate of its level."""
    row = GOOD | {"NTRA": [1, 2, 3, NAN, 5, 6], "PRES": [5, 50, 40, 400, 600, 1000]}
    assert flags(check(profiles(row), ARGO), "NTRA") == [0, 0, 4, 9, 0, 0]


def test_check__missing_values_are_missing_and_fail_nothing() -> None:
    checked = check(
        profiles(GOOD | {"TEMP": [20, NAN, 16, 12, 8, 5], "PRES": [5, 3, 100, 400, 600, 1000]}), ARGO
    )
    assert flags(checked, "TEMP") == [1, 9, 1, 1, 1, 1]
    assert flags(checked, "PRES") == [1, 4, 1, 1, 1, 1]
    assert failed(checked, "TEMP")[1] == []


def test_check__depth_stands_in_for_pressure_where_there_is_none() -> None:
    """A cast of depths: its reversal fails the depth and what was measured at it."""
    by_depth = {"DEPH": [5, 50, 40, 400], "TEMP": [20, 18, 18, 12]}
    checked = check(profiles(by_depth, GOOD), ARGO)
    assert flags(checked, "DEPH") == [1, 1, 4, 1] + [9] * 6
    assert flags(checked, "TEMP") == [1, 1, 4, 1] + [1] * 6
    assert flags(checked, "PRES") == [9] * 4 + [1] * 6
    assert "PRES_QC" not in check(profiles(by_depth), ARGO)


@pytest.mark.parametrize(("wanted", "outcome"), [(499.9, 1), (500.1, 4)])
def test_check__takes_the_threshold_of_the_pressure_at_a_depth(wanted: float, outcome: int) -> None:
    """A spike of 3 degrees passes above 500 dbar, not above 500 m."""
    depth = np.arange(480, 510, 0.01)
    pressure = pressure_of(np.full(depth.size, NAN), depth, np.full(depth.size, 30.0))
    depth = depth[np.searchsorted(pressure, wanted)]
    row = {"DEPH": [100, depth, 800], "TEMP": [12, 15, 12]}
    assert flags(check(profiles(row), ARGO), "TEMP")[1] == outcome


def test_check__regions_and_platform_types_restrict_a_test() -> None:
    cold = {"PRES": [5, 10], "TEMP": [9, 8.9], "PSAL": [38, 38.1]}
    mediterranean = {"LATITUDE": 40.0, "LONGITUDE": 5.0}
    old = {"TIME": -1000.0}
    checked = check(
        profiles(cold, cold | mediterranean, cold | old, cold | old | {"PLATFORM_TYPE": "CT"}), ARGO
    )
    assert flags(checked, "TEMP") == [1, 1, 4, 4, 1, 1, 1, 1]
    assert flags(checked, "TIME") == [1, 1, 4, 1]
    skipped = checked["TIME_QC_SKIPPED"].values & BITS["impossible_date_float"]
    assert [bool(s) for s in skipped] == [False, False, False, True]


def test_check__positions_on_land_and_off_the_earth() -> None:
    checked = check(
        profiles(
            GOOD,
            GOOD | {"LATITUDE": 48.0, "LONGITUDE": 2.0},
            GOOD | {"LATITUDE": 95.0},
            GOOD | {"LATITUDE": NAN},
        ),
        ARGO,
    )
    assert flags(checked, "POSITION") == [1, 4, 4, 9]
    assert flags(checked, "TEMP") == [1] * 24


def test_check__without_salinity_density_is_not_tested() -> None:
    checked = check(profiles({"PRES": [5, 10], "TEMP": [10, 20]}), ARGO)
    assert flags(checked, "TEMP") == [1, 1]
    assert (checked["TEMP_QC_SKIPPED"].values & BITS["density_inversion"] != 0).all()


@pytest.mark.parametrize("rows", [(), ({},), ({}, GOOD, {})], ids=["no row", "empty row", "around"])
def test_check__empty_partitions_and_rows(rows: tuple[dict[str, Any], ...]) -> None:
    partition = profiles(*rows)
    if "TEMP" not in partition:
        partition["TEMP"] = ("obs", np.empty(0, np.float32))
    checked = check(partition, ARGO)
    assert checked["TEMP_QC"].size == partition.sizes["obs"]
    assert checked["TIME_QC"].size == partition.sizes["profile"]


def test_check__trajectories_are_tested_value_by_value() -> None:
    n = 4
    partition = xr.Dataset(
        {
            "row_size": ("trajectory", np.array([3, 1])),
            "PLATFORM_TYPE": ("trajectory", np.array(["TS", "MO"])),
            "TIME": ("obs", np.array([20000.0, 20000.1, NAN, 20000.0])),
            "LATITUDE": ("obs", np.array([40.0, 40.0, 40.0, 48.0])),
            "LONGITUDE": ("obs", np.array([5.0, -40.0, 5.0, 2.0])),
            "TEMP": ("obs", np.array([9, 9, NAN, 41], np.float32)),
        }
    )
    checked = check(partition, ARGO)
    assert checked["TIME_QC"].dims == ("obs",)
    assert flags(checked, "TIME") == [1, 1, 9, 1]
    assert flags(checked, "POSITION") == [1, 1, 1, 4]
    assert flags(checked, "TEMP") == [4, 1, 9, 4]
    assert failed(checked, "TEMP")[3] == ["global_range"]
    skipped = checked["TEMP_QC_SKIPPED"].values & BITS["spike"]
    assert (skipped != 0).sum() == n


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(1, 20), st.integers(0, 2**31))
def test_check__does_not_depend_on_the_block_size(size: list[int], block: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [
        {
            "PRES": rng.integers(-3, 900, n).astype(float),
            "TEMP": rng.choice([5.0, 6.0, 12.0, 41.0, NAN], n),
            "PSAL": rng.choice([35.0, 35.4, 1.0], n),
            "LATITUDE": rng.uniform(-91, 91),
        }
        for n in size
    ]
    partition = profiles(*rows)
    whole = check(partition, ARGO)
    before, inputs.BLOCK = inputs.BLOCK, block
    try:
        xr.testing.assert_identical(check(partition, ARGO), whole)
    finally:
        inputs.BLOCK = before


def test_counts__says_how_many_values_of_which_variable_failed_which_test() -> None:
    checked = check(profiles(GOOD | {"TEMP": [20, 99, 98, 12, 8, 5]}, GOOD | {"LATITUDE": 91.0}), ARGO)
    assert counts(checked) == {"global_range": {"TEMP": 2}, "impossible_location": {"POSITION": 1}}


def test_with_flags_of__another_procedure_leaves_nothing_of_the_first() -> None:
    warm = with_test(test="global_range", variables={"TEMP": {"minimum": -2, "maximum": 10}})
    delivered = {"TEMP_SOURCE_QC": ("obs", np.full(6, 3, np.uint8))}
    partition = profiles(GOOD | {"DOXY": [200] * 6}).assign(delivered)
    first = partition.merge(check(partition, ARGO))
    both = with_flags_of(first, check(first, warm))
    assert flags(both, "TEMP") == [4, 4, 4, 4, 1, 1]
    assert flags(both, "PSAL") == flags(both, "DOXY") == [Flag.NO_QC] * 6
    assert flags(both, "POSITION") == flags(both, "TIME") == [Flag.NO_QC]
    assert flags(both, "TEMP_SOURCE") == [3] * 6
    assert not [
        name for name in both if str(name).endswith(("_FAILED", "_SKIPPED")) and "TEMP" not in str(name)
    ]
    without_masks = with_flags_of(
        first[[n for n in first if not str(n).endswith(("_FAILED", "_SKIPPED"))]], check(first, warm)
    )
    xr.testing.assert_identical(without_masks, both)


@pytest.mark.parametrize("name", names("procedures"))
def test_bind__accepts_every_procedure_of_the_catalogue(name: str) -> None:
    procedure = load(Procedure, name)
    assert isinstance(bind(procedure), BoundProcedure)
    assert [t.entry.id for t in bind(procedure).tests] == [t.id for t in procedure.tests]


def test_procedure__with_gradient_adds_the_retired_test_to_the_current_ones() -> None:
    older = load(Procedure, "argo_real_time_gradient")
    assert tuple(t for t in older.tests if t.id != "gradient") == ARGO.tests
    sharp = profiles({"PRES": [5, 10, 15, 20], "TEMP": [25, 25, 6, 5.9], "PSAL": [35, 35, 35, 35.1]})
    assert "gradient" not in counts(check(sharp, ARGO))
    assert counts(check(sharp, older))["gradient"] == {"TEMP": 1}


@pytest.mark.parametrize(
    ("test", "message"),
    [
        pytest.param({"test": "spyke"}, r"test it: test: unknown test 'spyke'.*spike", id="test"),
        pytest.param(
            {"test": "global_range", "variables": {"TEMP": {"minimum": 0, "maximum": 1, "maximal": 2}}},
            r"variables.TEMP: unknown parameter 'maximal'.*minimum, maximum",
            id="parameter",
        ),
        pytest.param(
            {"test": "global_range", "variables": {"TEMP": {"minimum": 0}}},
            r"variables.TEMP: global_range needs maximum",
            id="missing parameter",
        ),
        pytest.param(
            {"test": "stuck_value", "variables": {"TEMPERATURE": {}}},
            r"variables.TEMPERATURE: unknown.*TEMP, PSAL",
            id="variable",
        ),
        pytest.param({"test": "impossible_location", "variables": {"TEMP": {}}}, "POSITION", id="on"),
        pytest.param({"test": "stuck_value", "variables": {"TIME": {}}}, r".TIME: unknown", id="time"),
        pytest.param({"test": "stuck_value", "also": ["SALT"]}, r"also.SALT: unknown", id="also"),
        pytest.param({"test": "stuck_value", "region": "atlantis"}, "atlantis.*red_sea", id="region"),
        pytest.param(
            {"test": "regional_range", "variables": {"TEMP": {"minimum": 0, "maximum": 1}}},
            r"region: regional_range needs a region",
            id="no region",
        ),
    ],
)
def test_bind__names_file_and_key_of_what_does_not_exist(test: dict[str, Any], message: str) -> None:
    with pytest.raises(CatalogueError, match=r"catalogs/procedures/some.yaml.*" + message):
        bind(with_test(**test))


def test_bind__refuses_a_flag_without_precedence() -> None:
    procedure = with_test(test="stuck_value", flag=3).model_copy(update={"precedence": (4,)})
    with pytest.raises(CatalogueError, match="flag: 3"):
        bind(procedure)


def test_fingerprint_parts__change_with_the_procedure() -> None:
    one, other = (with_test(test="digit_rollover", variables={"TEMP": {"threshold": x}}) for x in (10, 11))
    assert fingerprint_parts(one) == fingerprint_parts(one)
    assert fingerprint_parts(one) != fingerprint_parts(other)
    assert set(fingerprint_parts(ARGO)["regions"]) == {"red_sea", "mediterranean_sea_argo"}


def test_check__a_uniform_mixed_layer_is_no_stuck_sensor() -> None:
    """Bathythermographs resolve 0.1 degrees Celsius; floats see more, and fail at any thickness."""
    layer = {"DEPH": np.arange(0, 110, 5), "TEMP": [19.6] * 22, "PLATFORM_TYPE": "XB"}
    deep = layer | {"DEPH": np.arange(0, 220, 10)}
    checked = check(profiles(layer, deep, layer | {"PLATFORM_TYPE": "PF"}), ARGO)
    assert flags(checked, "TEMP") == [1] * 22 + [4] * 44
    assert counts(checked) == {"stuck_value": {"TEMP": 22}, "stuck_value_thick": {"TEMP": 22}}
