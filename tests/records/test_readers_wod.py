"""The World Ocean Database reader against wodpy: value by value where it is installed, else by its sums."""

import gzip
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from catalogs.schema import Adjustment, Source, load
from flows.adjustment import adjust
from flows.readers.wod_ascii import open_records
from flows.records import Records
from kernels.ragged import row_start_of

pytestmark = pytest.mark.records
WOD = load(Source, "wod")
SECOND = 1 / 86400
BOTH = ["xbt_hanawa_1995", "xbt_hanawa_1995_unknown"]
ROWS = ("TIME", "PLATFORM_TYPE", "PROBE_TYPE", "SOURCE")


def read(file: Path, source: Source = WOD) -> Records:
    (records,) = open_records(str(file), source)
    return records


@pytest.mark.parametrize(
    ("name", "casts", "levels", "temperature", "bad"),
    [
        # casts, levels with a depth, sum of temperatures, values rejected by the flags that are delivered:
        # from wodpy 1.6.2,
        # but for classic.dat
        pytest.param("XBTO1966.gz", 1750, 54215, 932483.79, 3132, id="XBT 1966"),
        pytest.param("APBO1999.gz", 11164, 137980, 952870.10, 678, id="animals 1999"),
        pytest.param("quota_subset_first100.dat", 100, 2279, 38979.42, 112, id="QuOTA, the experts' flags"),
        pytest.param("iquod.dat", 2, 1005, 718.12, 1000, id="IQuOD"),
        pytest.param("pathological.dat", 1, 1576, 19083.86, 41, id="pathological"),
        pytest.param("pfl.dat", 1, 562, 1274.16, 0, id="float"),
        pytest.param("classic.dat", 2, 28, 244.24, 0, id="bottles, of which wodpy reads the first"),
    ],
)
def test_wod__every_cast_is_read(
    shared_records: Path, name: str, casts: int, levels: int, temperature: float, bad: int
) -> None:
    records = read(shared_records / "wod" / name)
    assert (records.n_row, records.n_obs, records.notes) == (casts, levels, ())
    assert int((records.obs["TEMP_SOURCE_QC"] >= 3).sum()) == bad
    assert float(np.nansum(records.obs["TEMP"], dtype=np.float64)) == pytest.approx(temperature, abs=0.01)


def test_wod__the_experts_of_quota_reject_other_values_than_the_database(shared_records: Path) -> None:
    file = shared_records / "wod" / "quota_subset_first100.dat"
    expert = read(file).obs["TEMP_SOURCE_QC"]
    ours = WOD.model_copy(update={"options": {**WOD.options, "originator_flags": []}})
    database = read(file, ours).obs["TEMP_SOURCE_QC"]
    assert np.unique(expert, return_counts=True)[1].tolist() == [2112, 55, 106, 6]
    assert int(((expert >= 3) & (database >= 3)).sum()) < 30


@pytest.mark.parametrize(
    ("name", "probes"),
    [
        # of 1750 casts 840 are T-4 that need the newer equation, 907 of an unknown probe need it too
        pytest.param("XBTO1966.gz", {-1: 910, 1: 840}, id="XBT 1966"),
        pytest.param("pathological.dat", {52: 1}, id="a corrected Deep Blue"),
        pytest.param("quota_subset_first100.dat", {-2: 12, -1: 58, 2: 30}, id="QuOTA, 42 of 58 corrected"),
        pytest.param("iquod.dat", {-1: 2}, id="CTD"),
    ],
)
def test_wod__probes_and_the_status_of_their_depths(
    shared_records: Path, name: str, probes: dict[int, int]
) -> None:
    found, n = np.unique(read(shared_records / "wod" / name).rows["PROBE_TYPE"], return_counts=True)
    assert dict(zip(found.tolist(), n.tolist(), strict=True)) == probes


@pytest.mark.parametrize(
    ("name", "adjustments", "changed"),
    [
        pytest.param("XBTO1966.gz", ["xbt_hanawa_1995"], 840, id="T-4 of the first equation"),
        pytest.param("XBTO1966.gz", BOTH, 1749, id="and unknown ones; one cast has its surface alone"),
        pytest.param("quota_subset_first100.dat", BOTH, 16, id="QuOTA, of which 42 are corrected"),
        pytest.param("pathological.dat", BOTH, 0, id="Deep Blue"),
    ],
)
def test_wod__depths_are_corrected_once(
    shared_records: Path, name: str, adjustments: list[str], changed: int
) -> None:
    records = read(shared_records / "wod" / name)
    depth, start = records.obs["DEPH"].astype(np.float64), row_start_of(records.row_size)
    rows = xr.Dataset({k: ("profile", records.rows[k]) for k in ROWS})
    entries = [load(Adjustment, a) for a in adjustments]
    _, deeper, _ = adjust(rows, "TEMP", start, records.obs["TEMP"].astype(np.float64), depth, entries)
    moved = np.add.reduceat(np.append(deeper > depth, False), start[:-1]) > 0
    assert int(moved.sum()) == changed
    known = np.isfinite(deeper) & (depth > 0) & (deeper > depth)
    if changed:
        assert 1.02 < np.median(deeper[known] / depth[known]) < 1.04


@pytest.mark.parametrize(
    "name",
    [
        "XBTO1966.gz",
        "APBO1999.gz",
        "quota_subset_first100.dat",
        "iquod.dat",
        "pathological.dat",
        "pfl.dat",
        "classic.dat",
    ],
)
def test_wod__every_value_and_flag_is_the_one_that_wodpy_reads(
    shared_records: Path, tmp_path: Path, name: str
) -> None:
    wodpy = pytest.importorskip("wodpy.wod")
    file = shared_records / "wod" / name
    data = file.read_bytes()
    text = tmp_path / name.removesuffix(".gz")
    text.write_bytes(gzip.decompress(data) if name.endswith(".gz") else data)
    expert = name.startswith("quota")
    records = read(file)
    with open(text) as fid:
        n_row = 1 if name == "classic.dat" else records.n_row  # at its second cast wodpy raises KeyError
        for row in range(n_row):
            compare(wodpy.WodProfile(fid), records, row, expert)
        assert name == "classic.dat" or fid.tell() >= text.stat().st_size - 81


def compare(peer: Any, records: Records, row: int, expert: bool) -> None:
    start = records.row_start
    depth = peer.z()
    there = ~np.ma.getmaskarray(depth)
    found = {k: v[start[row] : start[row + 1]] for k, v in records.obs.items()}
    np.testing.assert_array_equal(found["DEPH"], depth.data[there].astype("f4"))
    for variable, value in (("TEMP", peer.t()), ("PSAL", peer.s()), ("PRES", peer.p())):
        if variable in found:
            expected = np.where(np.ma.getmaskarray(value), np.nan, value.data)[there].astype("f4")
            np.testing.assert_array_equal(found[variable], expected)
    if "DOXY" in found:
        expected = np.ma.filled(peer.oxygen(), np.nan)[there] * 43.570
        np.testing.assert_allclose(found["DOXY"], expected, rtol=1e-6)
    temperature = ~np.ma.getmaskarray(peer.t())[there]
    level = peer.t_level_qc(originator=expert).data[there][temperature]
    ours = found["TEMP_SOURCE_QC"][temperature]
    if expert:
        np.testing.assert_array_equal(ours, level)
    else:
        np.testing.assert_array_equal(ours == 4, (level > 0) | ((peer.t_profile_qc() or 0) > 0))
    assert records.rows["LATITUDE"][row] == peer.latitude()
    assert records.rows["LONGITUDE"][row] == peer.longitude()
    moment = peer.datetime()
    if moment is None or not peer.day():
        assert np.isnan(records.rows["TIME"][row])
    else:
        days = (moment - datetime(1950, 1, 1)).total_seconds() / 86400
        assert abs(records.rows["TIME"][row] - days) < SECOND
