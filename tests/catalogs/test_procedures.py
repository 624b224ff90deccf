"""The procedures of the catalogue: what they name, and flags that they are known to give."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import CatalogueError, Procedure, Use, load, names, parse
from flows.columns import inside_region
from flows.procedures import bind
from flows.quality import check, fingerprint_parts
from kernels import registry

NAN = np.nan
PROCEDURES = {name: load(Procedure, name) for name in names("procedures")}
ENTRIES = [(name, t) for name, p in PROCEDURES.items() for t in p.tests]
COMMUNITIES = {
    "argo_real_time", "argo_real_time_gradient", "bgc_argo", "insitu_tac_ts", "insitu_tac_oxygen", "cora",
    "gtspp", "eurogoos", "cotede", "wod", "seadatanet", "qartod", "imos", "iquod", "codc", "csiro_xbt",
    "icdc", "aoml", "en4", "quince", "marine_surface",
}  # fmt: skip

UNUSED = {
    "bbp_high_deep": "the record model has no backscattering yet",
    "bbp_missing_data": "the record model has no backscattering yet",
    "bbp_negative": "the record model has no backscattering yet",
    "bbp_negative_deep": "the record model has no backscattering yet",
    "bbp_noisy": "the record model has no backscattering yet",
    "bbp_parking_hook": "the record model has no backscattering yet",
}
"""Kernels that the procedures of the communities do not use, and why."""


def profile(platform_type: str = "PF", *, at: tuple[float, float] = (30.0, -40.0), **obs: Any) -> xr.Dataset:
    """One profile of a platform, in the Sargasso Sea unless said otherwise."""
    rows = {
        "TIME": np.array([20000.0]),
        "LATITUDE": np.array([at[0]]),
        "LONGITUDE": np.array([at[1]]),
        "PLATFORM_TYPE": np.array([platform_type]),
        "row_size": np.array([len(obs["PRES"])]),
    }
    data = {k: ("obs", np.array(v, np.float32)) for k, v in obs.items()}
    return xr.Dataset({k: ("profile", v) for k, v in rows.items()} | data)


def series(platform_type: str = "TS", hours: float = 1.0, **obs: Any) -> xr.Dataset:
    """One series at a fixed place, at even times."""
    n = len(next(iter(obs.values())))
    time = 20000.0 + hours / 24 * np.arange(n)
    where = {"TIME": time, "LATITUDE": np.full(n, 30.0), "LONGITUDE": np.full(n, -40.0)}
    data = where | {k: np.array(v, np.float32) for k, v in obs.items()}
    rows = {"PLATFORM_TYPE": np.array([platform_type]), "row_size": np.array([n])}
    return xr.Dataset(
        {k: ("obs", v) for k, v in data.items()} | {k: ("trajectory", v) for k, v in rows.items()}
    )


def flags(procedure: str, records: xr.Dataset, variable: str = "TEMP") -> list[int]:
    return [int(f) for f in check(records, PROCEDURES[procedure])[f"{variable}_QC"].values]


def failures(procedure: str, records: xr.Dataset, variable: str = "TEMP") -> set[str]:
    mask = np.bitwise_or.reduce(check(records, PROCEDURES[procedure])[f"{variable}_QC_FAILED"].values)
    return {t.id for k, t in enumerate(PROCEDURES[procedure].tests) if mask & np.uint64(1 << k)}


def test_procedures__are_those_of_the_communities() -> None:
    assert set(PROCEDURES) >= COMMUNITIES


@pytest.mark.parametrize("procedure", PROCEDURES.values(), ids=list(PROCEDURES))
def test_procedure__binds_states_its_reference_and_has_a_fingerprint(procedure: Procedure) -> None:
    assert len(bind(procedure).tests) == len(procedure.tests) <= 64
    assert len(procedure.reference) > 20
    assert len(json.dumps(fingerprint_parts(procedure))) > 100


def test_procedures__use_every_test() -> None:
    used = {t.test for _, t in ENTRIES}
    assert set(registry.tests()) - used == set(UNUSED)


@pytest.mark.parametrize(
    ("procedure", "numbers"),
    [
        ("argo_real_time", {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 18, 19, 25}),
        ("insitu_tac_ts", {*range(1, 19)} - {10}),
        ("insitu_tac_oxygen", {1, 3, 4, 5, 6, 7, 8, 9, 10}),
        ("icdc", {*range(1, 11)} - {3}),
        ("codc", {*range(1, 13)}),
        ("qartod", {*range(3, 13)} - {9, 10}),
    ],
)
def test_procedure__has_the_tests_of_its_manual_by_number(procedure: str, numbers: set[int]) -> None:
    assert {t.number for t in PROCEDURES[procedure].tests} - {None} == numbers


def test_procedures__every_comparison_with_what_is_usual_can_be_set_aside() -> None:
    """A use that looks for extremes sets every comparison with what is usual aside, by id."""
    aside = set(load(Use, "extremes").selection.without_tests)
    inputs = {name: registry.tests()[name].inputs for name in registry.tests()}
    usual = {
        t.id
        for _, t in ENTRIES
        if any(i.startswith("normal_") for i in inputs[t.test]) and t.test != "en_background_available"
    }
    assert usual == aside


def test_procedure__own_tests_come_after_the_one_that_it_names() -> None:
    content = {
        "name": "some", "title": "t", "reference": "r", "based_on": "eurogoos", "after": "global_range",
        "tests": [{"test": "gross_pressure", "id": "own", "variables": {"PRES": {"minimum": -5}}}],
    }  # fmt: skip
    ids = [t.id for t in parse(Procedure, content, "procedures/some.yaml").tests]
    assert ids[ids.index("global_range") + 1] == "own"
    with pytest.raises(CatalogueError, match="has no test 'none'"):
        parse(Procedure, content | {"after": "none"}, "procedures/some.yaml")


LEVELS = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
SMOOTH = [20.0, 19.9, 19.8, 19.7, 19.6, 19.5, 19.4, 19.3, 19.2, 19.1]


@pytest.mark.parametrize(
    ("platform_type", "temperature", "expected"),
    [
        pytest.param("PF", SMOOTH, [1] * 10, id="good"),
        pytest.param("PF", [*SMOOTH[:4], 19.24, *SMOOTH[5:]], [1, 1, 1, 1, 2, 1, 1, 1, 1, 1], id="HTPR"),
        pytest.param("XB", [*SMOOTH[:4], 19.24, *SMOOTH[5:]], [1, 1, 1, 1, 2, 2, 2, 2, 2, 2], id="HTPR, XBT"),
        pytest.param("PF", [*SMOOTH[:4], 33.5, *SMOOTH[5:]], [1, 1, 1, 1, 4, 1, 1, 1, 1, 1], id="LFPR"),
        pytest.param("XB", [*SMOOTH[:4], 33.5, *SMOOTH[5:]], [1, 1, 1, 1, 4, 4, 4, 4, 4, 4], id="LFPR, XBT"),
    ],
)
def test_iquod__flags_of_xbts_do_not_improve_with_depth(
    platform_type: str, temperature: list[float], expected: list[int]
) -> None:
    assert flags("iquod", profile(platform_type, PRES=LEVELS, TEMP=temperature)) == expected


def test_iquod__compromise_is_3_and_weaker_sets_do_not_change_it() -> None:
    pressure = [480, 490, 500, 510, 520, 530]
    temperature = [14.0, 13.9, 13.8, 9.8, 9.7, 9.6]  # -0.4 degrees per m at 500 m, where ICDC accepts -0.31
    records = profile(PRES=pressure, TEMP=temperature)
    assert flags("iquod", records)[2:4] == [3, 3]
    assert "gradient_icdc" in failures("iquod", records)


def test_iquod__a_position_on_land_condemns_the_profile() -> None:
    records = profile(at=(25.0, 10.0), PRES=LEVELS, TEMP=SMOOTH)  # the Sahara
    assert flags("iquod", records) == [4] * 10


def test_gtspp__spikes_of_2_degrees() -> None:
    bump = [*SMOOTH[:4], 22.0, *SMOOTH[5:]]
    assert flags("gtspp", profile(PRES=LEVELS, TEMP=bump))[4] == 4
    assert flags("eurogoos", profile(PRES=LEVELS, TEMP=bump))[4] == 1


def test_codc__global_range_is_not_for_the_mediterranean() -> None:
    deep = {"PRES": [1000, 1200, 1500, 2500, 2600], "TEMP": [13.5, 13.5, 13.6, 13.6, 13.7]}
    here = failures("codc", profile(at=(38.0, 5.0), **deep))
    assert not here & {"global_range", "global_range_deep"}
    assert flags("codc", profile(**deep)) == [4] * 5
    assert failures("codc", profile(**deep)) >= {"global_range", "global_range_deep"}


def test_codc__below_2000_m_the_gulf_of_mexico_is_left_out() -> None:
    deep = {"PRES": [3000, 3100, 3200], "TEMP": [4.3, 4.31, 4.32]}
    assert "global_range_deep" not in failures("codc", profile(at=(25.0, -90.0), **deep))
    assert "global_range_deep" in failures("codc", profile(**deep))


def test_oxygen__ranges_are_of_the_region_and_the_layer() -> None:
    pressure, oxygen = [500, 1390, 1410, 1500], [345, 100, 100, 250]
    records = profile(PRES=pressure, DOXY=oxygen)  # Central Atlantic: -5..340 to 1400 dbar, 150..330 below
    assert flags("insitu_tac_oxygen", records, "DOXY") == [4, 1, 4, 1]
    chukchi = profile(at=(70.0, -170.0), PRES=[5, 10], DOXY=[700, 760])
    assert flags("insitu_tac_oxygen", chukchi, "DOXY") == [1, 4]


def test_oxygen__shares_the_flags_of_temperature_salinity_and_pressure() -> None:
    records = profile(
        PRES=[100, 90, 200, 300, 400], TEMP=[10, 10, 99, 10, 10], PSAL=[35, 35, 35, 1, 35.1], DOXY=[250] * 5
    )
    assert flags("insitu_tac_oxygen", records, "DOXY") == [1, 4, 4, 4, 1]


def test_oxygen__every_place_has_one_region() -> None:
    at = np.random.default_rng(1).uniform([-89, -180], [89, 180], (200, 2))
    tests = [t for t in bind(PROCEDURES["insitu_tac_oxygen"]).tests if t.entry.number == 7]
    columns = [inside_region(at[:, 0], at[:, 1], t.region) for t in tests]
    np.testing.assert_array_equal(np.sum(columns, axis=0), 1)


@pytest.mark.parametrize(
    ("value", "flag"),
    [(20.1, 1), (23.2, 3), (28.2, 4), (41.0, 4), (36.0, 4)],
)
def test_qartod__pairs_of_thresholds_are_suspect_and_fail(value: float, flag: int) -> None:
    around = np.linspace(20, 20.1, 9)
    temperature = [*around[:4], value, *around[5:]]
    assert flags("qartod", series(TEMP=temperature))[4] == flag


def test_qartod__a_flat_line_is_suspect_before_it_fails() -> None:
    values = flags("qartod", series(TEMP=[20.0 + 0.01 * (k % 2) for k in range(12)] + [20.0] * 40))
    assert values[:12] == [1] * 12
    assert 3 in values[12:40]
    assert values[-1] == 4


def test_quince__questionable_and_bad() -> None:
    temperature = [10.0, 10.1, 10.2, 42.0, 55.0, 10.3, 10.4]
    assert flags("quince", series(TEMP=temperature)) == [1, 1, 1, 3, 4, 1, 1]


@pytest.mark.parametrize(("platform_type", "expected"), [("XB", [4, 4, 1, 1]), ("CT", [1, 1, 1, 0])])
def test_csiro__surface_of_xbts(platform_type: str, expected: list[int]) -> None:
    """The last level of others is not judged: the tests that are not for XBTs look at the next level."""
    records = profile(platform_type, PRES=[1, 3.8, 5, 12], TEMP=[20.2, 20.15, 20.1, 20.0])
    assert flags("csiro_xbt", records) == expected


def test_icdc__a_warm_value_is_possible_only_above_its_depth() -> None:
    records = profile("CT", PRES=[20, 30, 40, 120], TEMP=[31.5, 31.5, 31.4, 31.3])
    assert flags("icdc", records) == [1, 1, 1, 4]
    assert failures("icdc", records) == {"crude_range"}


def test_en4__a_spike_and_a_constant_profile() -> None:
    assert flags("en4", profile(PRES=LEVELS, TEMP=[*SMOOTH[:4], 26.0, *SMOOTH[5:]]))[4] == 4
    constant = profile(PRES=[10, 50, 100, 150], TEMP=[10.0] * 4)
    assert flags("en4", constant) == [4] * 4


def test_argo__a_float_needs_a_number_where_platforms_have_codes() -> None:
    """Without one its values are tested all the same."""
    records = profile(PRES=LEVELS, TEMP=SMOOTH)
    assert flags("argo_real_time", records) == [1] * 10
    for code, flag in (("6900001", 1), ("69001", 1), ("690000", 2), ("D5", 2)):
        named = records.assign(PLATFORM_CODE=("profile", np.array([code])))
        assert flags("argo_real_time", named) == [flag] * 10
    hot = profile(PRES=LEVELS, TEMP=[*SMOOTH[:9], 99.0])
    named = hot.assign(PLATFORM_CODE=("profile", np.array(["D5"])))
    assert flags("argo_real_time", named) == [2] * 9 + [4]


def test_seadatanet__limits_of_the_shelf_are_wider() -> None:
    sigmas = [t for t in PROCEDURES["seadatanet"].tests if t.test == "climatology_sigma"]
    assert [t.variables["TEMP"]["threshold"] for t in sigmas] == [5, 4, 3]
    assert {t.flag for t in sigmas} == {2}


def test_wod__a_fall_and_a_rise() -> None:
    records = profile("CT", PRES=[10, 20, 30, 40], TEMP=[20, 12, 11.9, 16])
    assert failures("wod", records) >= {"excessive_gradient", "excessive_inversion"}


def test_docs__table_of_procedures_has_each_with_its_number_of_tests() -> None:
    text = (Path(__file__).parents[2] / "docs" / "procedures.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (\d+) \|", text, re.MULTILINE))
    assert told == {name: str(len(PROCEDURES[name].tests)) for name in COMMUNITIES}
