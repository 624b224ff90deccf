"""The Argo reader against the netCDF4 library, on the floats of nine centres."""

import re
from collections import Counter
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from catalogs.schema import Source, load
from flows.readers.argo import open_records
from flows.records import SourceError, concatenate

pytestmark = pytest.mark.records
ARGO = load(Source, "argo")
BY_PRECEDENCE = ("PRECEDENCE", "RECORD_ID", "DATA_MODE")
ID_TIME_PRECEDENCE = ("RECORD_ID", "TIME", "PRECEDENCE")


def files(folder: Path) -> list[Path]:
    return sorted(f for f in folder.rglob("*.nc") if any(re.search(p, f.name) for p in ARGO.files))


def delivered(peer: netCDF4.Dataset, name: str) -> np.ndarray:
    """Values as the library has them; it would also hide those outside valid_min and valid_max."""
    variable = peer[name]
    variable.set_auto_mask(False)
    values = variable[:]
    return np.where(values == variable._FillValue, np.nan, values)


def test_argo__every_value_and_flag_is_the_one_that_netcdf4_reads(shared_records: Path) -> None:
    singles = files(shared_records / "argo")
    for file in [*singles[::40], *(f for f in singles if f.name.endswith("_prof.nc"))]:
        (records,) = open_records(str(file), ARGO)
        with netCDF4.Dataset(file) as peer:
            grid = peer["PRES"].shape
            keep = np.zeros(grid, bool)
            for name in ("PRES", "TEMP", "PSAL"):
                if name in peer.variables:
                    for suffix in ("", "_ADJUSTED"):
                        keep |= ~np.isnan(delivered(peer, name + suffix))
            np.testing.assert_array_equal(records.row_size, keep.sum(axis=1), err_msg=file.name)
            compared = 0
            for name in records.obs:
                if name.endswith("_QC"):
                    raw = peer[name.replace("_SOURCE_QC", "_QC")][:]
                    text = np.ma.filled(raw, b"0")[keep]
                    expected = np.where(text == b" ", b"0", text).astype(int)
                else:
                    expected = delivered(peer, name)[keep]
                np.testing.assert_array_equal(records.obs[name], expected, err_msg=f"{file.name} {name}")
                compared += 1
            assert compared >= 4
            np.testing.assert_array_equal(records.rows["TIME"], delivered(peer, "JULD"))
            np.testing.assert_array_equal(records.rows["LATITUDE"], delivered(peer, "LATITUDE"))
            texts = netCDF4.chartostring(peer["PLATFORM_NUMBER"][:])
            assert records.rows["PLATFORM_CODE"].tolist() == [str(t).strip() for t in texts]
            np.testing.assert_array_equal(records.rows["CYCLE_NUMBER"], peer["CYCLE_NUMBER"][:])


def test_argo__every_file_is_read_and_every_profile_is_there_once(shared_records: Path) -> None:
    singles = [f for f in files(shared_records / "argo") if not f.name.endswith("_prof.nc")]
    parts = [open_records(str(f), ARGO)[0] for f in singles]
    records = concatenate(parts)
    assert len(singles) == 1329
    assert (records.n_row, records.n_obs, records.notes) == (1687, 241871, ())
    # 98 cycles of 2901623 are there as R and as D, all others once
    times = Counter(records.rows["RECORD_ID"].tolist())
    assert Counter(times.values()) == {1: 1491, 2: 98}
    twice = np.array([times[i] == 2 for i in records.rows["RECORD_ID"].tolist()])
    assert set(records.rows["PLATFORM_CODE"][twice].tolist()) == {"2901623"}
    best = {
        int(i): m for _, i, m in sorted(zip(*(records.rows[k].tolist() for k in BY_PRECEDENCE), strict=True))
    }
    assert {best[i] for i, n in times.items() if n == 2} == {"D"}


def test_argo__aggregates_hold_the_profiles_of_the_single_files(shared_records: Path) -> None:
    for prof in (shared_records / "argo").rglob("*_prof.nc"):
        (aggregate,) = open_records(str(prof), ARGO)
        singles = concatenate(
            [open_records(str(f), ARGO)[0] for f in files(prof.parent) if not f.name.endswith("_prof.nc")]
        )
        shared = np.isin(aggregate.rows["RECORD_ID"], singles.rows["RECORD_ID"])
        # cycle 0 of 2901615 is in the aggregate only
        assert aggregate.rows["CYCLE_NUMBER"][~shared].tolist() == ([0] if "2901615" in prof.name else [])
        aggregate = aggregate.take(shared)
        renderings: dict[int, list[tuple[float, int]]] = {}
        for i, time, p in zip(*(singles.rows[k].tolist() for k in ID_TIME_PRECEDENCE), strict=True):
            renderings.setdefault(i, []).append((time, p))
        for i, time, p in zip(*(aggregate.rows[k].tolist() for k in ID_TIME_PRECEDENCE), strict=True):
            assert min(abs(time - t) for t, _ in renderings[i]) < 1e-3
            assert p < max(q for _, q in renderings[i]), prof.name


def test_argo__every_file_of_the_format_checker_is_read_refused_or_skipped(shared_records: Path) -> None:
    outcome: Counter[str] = Counter()
    for file in sorted((shared_records / "argo_formatcheck").rglob("*.nc")):
        if any(re.search(p, file.name) for p in ARGO.skip):
            outcome["skipped"] += 1
        elif not any(re.search(p, file.name) for p in ARGO.files):
            with pytest.raises(SourceError, match="has no dimension N_PROF"):
                open_records(str(file), ARGO)
            outcome["refused"] += 1
        else:
            (records,) = open_records(str(file), ARGO)
            assert records.n_obs > 0
            assert not records.notes
            outcome["read"] += 1
    assert outcome == {"skipped": 50, "refused": 1, "read": 12}
