"""Ranges, positions and instruments beside AutoQC and CoTeDe, and the tables of the catalogue.

AutoQC's cases name a probe type: which probes a test is for, a procedure says, not the kernel. So the cases
of other probes are counted, and not compared. Each other difference is named with its reason.
"""

import json
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from catalogs.bottom import bottom_depth
from catalogs.land import land_class
from catalogs.ranges import wod_ranges
from kernels.bathymetry import bottom_depth_at
from kernels.flags import FAIL, NOT_RUN, PASS
from kernels.oxygen import oxygen_solubility
from kernels.qc.crude_range import crude_range
from kernels.qc.csiro_constant_bottom import csiro_constant_bottom
from kernels.qc.csiro_wire_break import csiro_wire_break
from kernels.qc.deepest_pressure import deepest_pressure
from kernels.qc.depth_range import depth_range
from kernels.qc.global_range import global_range
from kernels.qc.instrument_depth import instrument_depth
from kernels.qc.position_near_ocean import position_near_ocean
from kernels.qc.position_on_land import position_on_land
from kernels.qc.wod_range import wod_range

pytestmark = pytest.mark.records

Case = dict[str, Any]
XBT = 2
OTHER_PROBE = "another probe than an XBT: the procedure says which probes a test is for"
OUTCOME = {0: NOT_RUN, 9: NOT_RUN, 1: PASS, 3: FAIL, 4: FAIL}
"""CoTeDe's flag as an outcome."""

# fmt: off
ICDC_EDGE = np.array([
    -3.5, -2.5, -2.3, -2.0, -1.4, -1.0, -0.8, -0.5, -0.4, 3.0, 5.0, 5.5, 6.0, 7.0, 7.5, 8.8, 9.5, 10.0, 11.0,
    12.0, 12.8, 13.5, 14.75, 15.0, 16.0, 17.5, 18.5, 19.0, 20.0, 21.4, 22.4, 23.0, 24.0, 26.0, 28.0, 31.0,
    32.0, 35.0,
])
"""Edges of the boxes of temperature, degrees Celsius."""
ICDC_DEPTH = np.array([
    0, 500, 1200, 2000, 3800, 4200, 5000, 6000, 9000, 7500, 4400, 1950, 1900, 1800, 1700, 2200, 1700, 5200,
    1600, 1400, 3600, 5200, 1000, 800, 1800, 800, 600, 400, 350, 2400, 400, 350, 300, 250, 200, 100, 50,
], np.float64)
"""Depth from which each box does not occur, m."""
# fmt: on
ICDC_DEEPEST = {7: 9000.0, 14: 9000.0, 4: 9000.0, 9: 2020.0, 13: 1200.0, 1: 295.00001, 2: 1900.0}
"""By probe type; that of the MBT (1) for Japanese ones, as is the one in the cases."""


def cases(shared_records: Path, name: str) -> list[Case]:
    content: list[Case] = json.loads((shared_records.parent / "vectors" / "qc" / name).read_text())
    return content


def column(stored: Case, dtype: type = np.float32) -> np.ndarray:
    values = np.array([float(v) for v in stored.get("array", stored.get("masked_array"))])
    values[np.array(stored.get("mask", np.zeros(values.size, bool)), bool)] = np.nan
    return values.astype(dtype)


def one_row(values: np.ndarray) -> np.ndarray:
    return np.array([0, values.size])


def autoqc(shared_records: Path, check: str, n: int) -> list[tuple[Case, list[bool]]]:
    found = [c for c in cases(shared_records, "autoqc_pairs.json") if c["check"] == check]
    assert len(found) == n
    return [(c["profile"], c["qc"]["array"]) for c in found]


def rejected(outcome: np.ndarray) -> list[bool]:
    return [bool(o == FAIL) for o in outcome]


# ---------------------------------------------------------------- AutoQC


def test_autoqc__gross_range_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    """AOML's check is two of ours. Its limits are tested closer than float32 can tell."""
    for number, (profile, expected) in enumerate(autoqc(shared_records, "AOML_gross", 1)):
        value, depth = (column(profile[k], np.float64) for k in ("temperature", "depth"))
        wrong = (global_range(value, -2.5, 40.0) == FAIL) | (
            instrument_depth(value, depth, 0.0, 2000.0) == FAIL
        )
        pairs.compared(("AutoQC", "AOML_gross", number), (global_range, instrument_depth), wrong, expected)
        assert list(wrong) == expected


def test_autoqc__crude_range_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    compared = 0
    check = "ICDC_aqc_02_crude_range"
    for number, (profile, expected) in enumerate(autoqc(shared_records, check, 6)):
        value, depth = (column(profile[k]) for k in ("temperature", "depth"))
        found = crude_range(value, depth, -2.3, 33.0, ICDC_EDGE[:-1], ICDC_EDGE[1:], ICDC_DEPTH)
        pairs.compared(("AutoQC", check, number), crude_range, rejected(found), expected)
        assert rejected(found) == expected
        compared += len(expected)
    assert compared > 100


def test_autoqc__wod_range_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    tables = wod_ranges()
    for number, (profile, expected) in enumerate(autoqc(shared_records, "WOD_range_check", 2)):
        value, depth = (column(profile[k]) for k in ("temperature", "depth"))
        place = (np.array([float(profile[k])]) for k in ("latitude", "longitude"))
        found = wod_range(one_row(value), value, depth, *place, **tables)
        pairs.compared(("AutoQC", "WOD_range_check", number), wod_range, rejected(found), expected)
        assert rejected(found) == expected
        assert NOT_RUN not in found


def test_autoqc__deepest_observation_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    check = "ICDC_aqc_04_max_obs_depth"
    for number, (profile, expected) in enumerate(autoqc(shared_records, check, 6)):
        value, depth = (column(profile[k]) for k in ("temperature", "depth"))
        found = instrument_depth(value, depth, -np.inf, ICDC_DEEPEST[profile["probe_type"]], 0.0)
        pairs.compared(("AutoQC", check, number), instrument_depth, rejected(found), expected)
        assert rejected(found) == expected


def test_autoqc__shallow_depth_agrees_for_xbt(shared_records: Path, pairs: Any) -> None:
    """CSIRO's depth check is the shallowest depth of the instrument."""
    compared = 0
    for number, (profile, expected) in enumerate(autoqc(shared_records, "CSIRO_depth", 3)):
        key = ("AutoQC", "CSIRO_depth", number)
        value, depth = (column(profile[k]) for k in ("temperature", "depth"))
        if profile["probe_type"] == XBT:
            found = rejected(instrument_depth(value, depth, 3.6, np.inf))
            pairs.compared(key, instrument_depth, found, expected)
            assert found == expected
            compared += 1
        else:
            pairs.not_compared(key, OTHER_PROBE)
    assert compared == 2


def test_autoqc__constant_bottom_agrees_for_xbt(shared_records: Path, pairs: Any) -> None:
    compared = 0
    for number, (profile, expected) in enumerate(autoqc(shared_records, "CSIRO_constant_bottom", 6)):
        key = ("AutoQC", "CSIRO_constant_bottom", number)
        value, depth = (column(profile[k]) for k in ("temperature", "depth"))
        if profile["probe_type"] == XBT:
            latitude = np.array([float(profile["latitude"])])
            found = rejected(csiro_constant_bottom(one_row(value), value, depth, latitude))
            pairs.compared(key, csiro_constant_bottom, found, expected)
            assert found == expected
            compared += 1
        else:
            pairs.not_compared(key, OTHER_PROBE)
    assert compared == 5


def test_autoqc__wire_break_agrees_for_xbt(shared_records: Path, pairs: Any) -> None:
    compared = 0
    for number, (profile, expected) in enumerate(autoqc(shared_records, "CSIRO_wire_break", 7)):
        key = ("AutoQC", "CSIRO_wire_break", number)
        value = column(profile["temperature"])
        if profile["probe_type"] == XBT:
            found = rejected(csiro_wire_break(one_row(value), value))
            pairs.compared(key, csiro_wire_break, found, expected)
            assert found == expected
            compared += 1
        else:
            pairs.not_compared(key, OTHER_PROBE)
    assert compared == 6


# ---------------------------------------------------------------- CoTeDe


def cotede(shared_records: Path, function: str, n: int) -> list[tuple[Case, Case, list[int]]]:
    """Data, settings and flags of each case of a CoTeDe test."""
    found = [
        c for c in cases(shared_records, "cotede_flag_pairs.json") if c["function"] == f"cotede.{function}"
    ]
    assert len(found) == n
    flags = [next(iter(c["result"]["flags"].values()))["array"] for c in found]
    return [
        (c["args"], c["args"]["cfg"], [OUTCOME[f] for f in flag])
        for c, flag in zip(found, flags, strict=True)
    ]


def table_of(layers: list[list[Any]]) -> list[np.ndarray]:
    """CoTeDe's layers ``> a, <= b, low, high`` as rows; what lies between two layers is not tested."""
    rows: dict[float, tuple[float, float]] = {}
    for above, to, low, high in layers:
        rows[float(above.removeprefix("> "))] = (float(low), float(high))
        rows.setdefault(float(to.removeprefix("<= ")), (np.nan, np.nan))
    return [np.array(sorted(rows)), *np.array([rows[k] for k in sorted(rows)]).T]


def test_cotede__profile_envelope_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    for number, (args, settings, expected) in enumerate(cotede(shared_records, "ProfileEnvelop", 3)):
        value, pressure = (column(args["data"][k]) for k in ("TEMP", "PRES"))
        table = [np.ascontiguousarray(a) for a in table_of(settings["layers"])]
        found = depth_range(value, pressure, pressure, *table, by_pressure=1.0, limits_pass=0.0)
        pairs.compared(("CoTeDe", "ProfileEnvelop", number), depth_range, found, expected)
        np.testing.assert_array_equal(found, expected)


def test_cotede__deepest_pressure_agrees_in_every_case(shared_records: Path, pairs: Any) -> None:
    for number, (args, settings, expected) in enumerate(cotede(shared_records, "DeepestPressure", 1)):
        value, pressure = (column(args["data"][k]) for k in ("TEMP", "PRES"))
        found = deepest_pressure(value, pressure, float(settings["threshold"]))
        pairs.compared(("CoTeDe", "DeepestPressure", number), deepest_pressure, found, expected)
        np.testing.assert_array_equal(found, expected)


def test_cotede__location_at_sea_is_a_place_that_it_did_not_judge(shared_records: Path, pairs: Any) -> None:
    """CoTeDe had no bathymetry in its cases (flag 0). All are at 15N 38W: ocean, for us."""
    for number, (args, _, expected) in enumerate(cotede(shared_records, "LocationAtSea", 4)):
        pairs.not_compared(("CoTeDe", "LocationAtSea", number), "CoTeDe had no bathymetry and judged nothing")
        source = args["attrs"] or args["data"]
        assert set(expected) == {NOT_RUN}
        if "LATITUDE" in args["attrs"]:
            assert (source["LATITUDE"], source["LONGITUDE"]) == (15, -38)
    place = np.array([15.0]), np.array([-38.0])
    assert position_on_land(*place, land_class())[0] == position_near_ocean(*place, land_class())[0] == PASS


# ---------------------------------------------------------------- the catalogue's tables


def test_wod_ranges__are_those_of_the_tables(shared_records: Path) -> None:
    folder = shared_records / "reference" / "qc"
    area = np.loadtxt(folder / "range_area.csv", delimiter=",", skiprows=1)
    tables = wod_ranges()
    rows, columns = np.floor(area[:, 0] + 90).astype(int), np.floor(area[:, 1] + 180).astype(int)
    np.testing.assert_array_equal(tables["wod_region"][rows, columns], area[:, 2])
    limits = np.loadtxt(folder / "WOD_ranges_Temperature.csv", delimiter=",", skiprows=1)
    header = (folder / "WOD_ranges_Temperature.csv").read_text().split("\n")[0].split(",")
    np.testing.assert_array_equal(tables["wod_level"], limits[:, 0])
    for line in (folder / "regionCodes.csv").read_text().split("\n")[2:28]:
        name, code = line.split(",")
        wanted = limits[:, [header.index(f"{name}_min"), header.index(f"{name}_max")]]
        np.testing.assert_array_equal(tables["wod_range"][int(code)], wanted)
    assert np.all(tables["wod_range"][2:, :, 0] < tables["wod_range"][2:, :, 1])


def test_bottom_depth__is_seldom_shallower_than_the_mean_of_half_a_degree(shared_records: Path) -> None:
    """The other bathymetry holds means of 30 minutes of arc; ours the deepest of 15."""
    with netCDF4.Dataset(shared_records / "reference" / "topo_30min.nc") as data:
        mean, latitude, longitude = (np.asarray(data[k][:]) for k in ("Band1", "lat", "lon"))
    there = np.meshgrid(latitude, longitude, indexing="ij")
    ours = bottom_depth_at(bottom_depth(), *(a.ravel() for a in there))
    deep = (-mean.ravel() > 3000) & (np.abs(there[0].ravel()) < 60)
    assert np.mean(~(ours[deep] > -0.9 * mean.ravel()[deep])) < 0.02


# ---------------------------------------------------------------- oxygen


def test_oxygen_solubility__agrees_with_the_reference_and_with_gsw(shared_records: Path) -> None:
    content = json.loads((shared_records.parent / "vectors" / "o2_solubility.json").read_text())
    assert len(content["rows"]) > 20
    for row in content["rows"]:
        found = oxygen_solubility(float(row["T"]), float(row["S"]))
        assert found == pytest.approx(row["BK_umol_kg"], rel=1e-9)
        assert found == pytest.approx(row["gsw_O2sol_SP_pt"], rel=2e-4)
