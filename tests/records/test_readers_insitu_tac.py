"""The In Situ TAC and CORA readers against the netCDF4 library."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from catalogs.schema import Source, load
from flows.readers import cora, insitu_tac
from flows.records import Records, SourceError

pytestmark = pytest.mark.records
TAC, CORA = load(Source, "insitu_tac"), load(Source, "cora")
NAMES = {"DOXY": "DOX2", "CHLA": "CPHL", "NTRA": "NTAW", "PHPH": "PHPH"}


def filled(peer: netCDF4.Dataset, name: str) -> np.ndarray:
    return np.ma.filled(peer[name][:].astype("f8"), np.nan)


@pytest.mark.parametrize(
    ("file", "n_row", "n_obs"),
    [
        ("GL_PR_ML_EXRE0065_2010.nc", 63, 7625),
        ("GL_PR_PF_3900150.nc", 70, 2420),
        ("GL_PR_PF_5906438.nc", 68, 19340),
    ],
)
def test_insitu_tac__profiles_are_what_netcdf4_reads(
    shared_records: Path, file: str, n_row: int, n_obs: int
) -> None:
    (records,) = insitu_tac.open_records(str(shared_records / "insitu_tac" / file), TAC)
    assert (records.feature, records.n_row, records.n_obs) == ("profiles", n_row, n_obs)
    assert len(set(records.rows["RECORD_ID"].tolist())) == n_row
    with netCDF4.Dataset(shared_records / "insitu_tac" / file) as peer:
        np.testing.assert_array_equal(records.rows["TIME"], peer["TIME"][:])
        np.testing.assert_array_equal(records.rows["LONGITUDE"], peer["LONGITUDE"][:].astype("f8"))
        values = [name for name in records.obs if not name.endswith("_QC")]
        source = {name: name.replace(b, NAMES.get(b, b)) for name in values for b in [name.split("_")[0]]}
        keep = np.zeros(peer["TEMP"].shape, bool)
        for name in values:
            keep |= ~np.isnan(filled(peer, source[name])) & (not name.endswith("_ERROR"))
        np.testing.assert_array_equal(records.row_size, keep.sum(axis=1))
        for name in values:
            expected = filled(peer, source[name])[keep]
            # netCDF4 unpacks with the float32 factor 0.0010000000475, we with 0.001
            np.testing.assert_allclose(records.obs[name], expected, rtol=1.2e-7, err_msg=name)
            if not name.endswith("_ERROR"):
                flag = source[name] + "_QC"
                delivered = np.ma.filled(peer[flag][:], 0)[keep]
                own = name + "_QC" if name.endswith("_ADJUSTED") else name + "_SOURCE_QC"
                np.testing.assert_array_equal(records.obs[own], delivered, err_msg=flag)


@pytest.mark.parametrize(
    ("file", "n_row"),
    [
        ("GL_TS_DC_2300691.nc", 6),
        ("GL_TS_MO_62164.nc", 2),
        ("IR_201511_TS_MO_61198.nc", 1),
        ("NO_TS_MO_62081.nc", 41),
    ],
)
def test_insitu_tac__time_series_are_what_netcdf4_reads(shared_records: Path, file: str, n_row: int) -> None:
    (records,) = insitu_tac.open_records(str(shared_records / "insitu_tac" / file), TAC)
    assert (records.feature, records.n_row) == ("trajectories", n_row)
    with netCDF4.Dataset(shared_records / "insitu_tac" / file) as peer:
        temperature = filled(peer, "TEMP")
        keep = ~np.isnan(temperature)
        if "PSAL" in peer.variables:
            keep |= ~np.isnan(filled(peer, "PSAL"))
        np.testing.assert_array_equal(records.obs["TEMP"], temperature[keep].astype("f4"))
        time = np.repeat(np.asarray(peer["TIME"][:]), keep.sum(axis=1))
        np.testing.assert_array_equal(records.obs["TIME"], time)
        np.testing.assert_array_equal(
            records.obs["TEMP_SOURCE_QC"], np.ma.filled(peer["TEMP_QC"][:], 0)[keep]
        )
    months = np.datetime64("1950-01-01") + np.floor(records.obs["TIME"]).astype("m8[D]")
    for row in range(n_row):
        inside = slice(records.row_start[row], records.row_start[row + 1])
        assert len(set(months[inside].astype("M8[M]").tolist())) == 1


def test_insitu_tac__a_tide_gauge_has_nothing_for_us(shared_records: Path) -> None:
    with pytest.raises(SourceError, match=r"found SLEV$"):
        insitu_tac.open_records(str(shared_records / "insitu_tac" / "NO_TS_MO_HoekVanHollandTG.nc"), TAC)


def read_cora(shared_records: Path, file: str) -> Records:
    (records,) = cora.open_records(str(shared_records / "cora" / file), CORA)
    return records


def test_cora__ships_of_1951(shared_records: Path) -> None:
    records = read_cora(shared_records, "CO_DMQCGL01_19511210_PR_SH.nc")
    assert (records.n_row, records.n_obs) == (85, 2044)
    assert (records.obs["TEMP_SOURCE_QC"] == 1).all()
    np.testing.assert_allclose(
        [records.obs["TEMP"].min(), records.obs["TEMP"].max()], [11.1, 21.2], atol=1e-6
    )
    assert np.isnan(records.obs["PSAL"]).all()
    assert set(records.rows["PROBE_TYPE"].tolist()) == {800}
    assert set(records.rows["PLATFORM_CODE"].tolist()) == {"SHIP"}
    assert len(set(records.rows["RECORD_ID"].tolist())) == 85


def test_cora__moorings_of_1982(shared_records: Path) -> None:
    records = read_cora(shared_records, "CO_DMQCGL01_19820218_PR_ME.nc")
    assert (records.n_row, records.n_obs) == (5, 422)
    assert not [name for name in records.obs if "ADJUSTED" in name]
    with netCDF4.Dataset(shared_records / "cora" / "CO_DMQCGL01_19820218_PR_ME.nc") as peer:
        keep = ~np.ma.getmaskarray(peer["PRES"][:])
        for name in ("PRES", "TEMP", "PSAL"):
            np.testing.assert_array_equal(records.obs[name], filled(peer, name)[keep].astype("f4"))
